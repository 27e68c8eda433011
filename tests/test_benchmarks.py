"""Every benchmark is run by `make bench`, so that none can be forgotten or rot unseen."""

from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS

# Parts of benchmarks that are none themselves.
NOT_ONE = {"__init__", "__main__", "streams"}
FOLDER = Path(__file__).parents[1] / "benchmarks"


def test_every_script_is_listed() -> None:
    scripts = {path.stem for path in FOLDER.glob("*.py")} - NOT_ONE
    assert scripts == set(BENCHMARKS)


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_a_benchmark_can_be_started(name: str) -> None:
    assert callable(import_module(f"benchmarks.{name}").main)
