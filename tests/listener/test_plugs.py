"""Plugs are found without being imported, loaded on use, and a bad one is named."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from listener.errors import PlugError
from listener.plugs import Plugs

BUILT_IN = {
    "__init__.py": "",
    "rss.py": "import sys\nsys.loaded_rss = True\nSPEC = 'rss'\n",
    "_shared.py": "raise RuntimeError('not a plug, and not to be imported')\n",
    "broken.py": "def open(:\n",
    "hungry.py": "import a_package_that_nobody_has\n",
    "empty.py": "",
}
OTHERS = {
    "pantip.py": "SPEC = 'pantip'\n",
    "clash.py": "SPEC = 'clash'\n",
    "exploding.py": "SPEC = {}['nothing']\n",
}


def _install(site: Path, name: str, entry_points: str, files: dict[str, str]) -> None:
    """What pip leaves behind: the files, and a dist-info that names the entry points."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[throwaway.sources]\n{entry_points}")
    package = site / name
    package.mkdir()
    for file, text in {"__init__.py": "", **files}.items():
        (package / file).write_text(text)


@pytest.fixture
def plugs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugs]:
    """A throw-away package of built-ins, and three distributions that add to it."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    built_in = tmp_path / "throwaway_sources"
    built_in.mkdir()
    for file, text in BUILT_IN.items():
        (built_in / file).write_text(text)
    _install(
        tmp_path,
        "krasae_thai",
        "pantip = krasae_thai.pantip\ngone = krasae_thai.gone\nboom = krasae_thai.exploding\n",
        OTHERS,
    )
    _install(tmp_path, "krasae_one", "twin = krasae_one.clash\nrss = krasae_one.clash\n", OTHERS)
    _install(tmp_path, "krasae_two", "twin = krasae_two.clash\n", OTHERS)
    yield Plugs("source", "throwaway_sources", "throwaway.sources", has=("SPEC",))
    for module in set(sys.modules) - before:
        del sys.modules[module]


def test_names_are_found_without_importing_anything(plugs: Plugs) -> None:
    assert plugs.names() == (
        "boom", "broken", "empty", "gone", "hungry", "pantip", "rss", "twin"
    )  # fmt: skip
    assert not [name for name in sys.modules if name.startswith(("throwaway_", "krasae_t"))]


def test_another_distributions_plug_loads_like_a_built_in(plugs: Plugs, tmp_path: Path) -> None:
    assert plugs.load("pantip").SPEC == "pantip"
    (tmp_path / "krasae_one-1.0.dist-info" / "entry_points.txt").unlink()
    assert plugs.load("rss").SPEC == "rss"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("broken", r"source broken \(throwaway_sources.broken\) cannot be loaded: .*syntax"),
        ("hungry", r"(?s)source hungry .*Install a_package_that_nobody_has"),
        ("empty", r"source empty .* is no source: it has no SPEC"),
        ("gone", r"source gone \(krasae_thai.gone, from krasae_thai\) cannot be loaded"),
        ("boom", r"source boom .* cannot be loaded: 'nothing'"),
        ("twin", r"two sources named twin: from krasae_one and krasae_two"),
        ("rss", r"two sources named rss: from krasae_one and Krasae itself"),
        ("pantipp", r"(?s)no kind of source named pantipp.*Did you mean pantip\?"),
        ("zzz", r"(?s)no kind of source named zzz.*There are: boom, broken"),
        ("_shared", r"no kind of source named _shared"),
    ],
)
def test_a_bad_plug_is_named(plugs: Plugs, name: str, says: str) -> None:
    with pytest.raises(PlugError, match=says) as caught:
        plugs.load(name)
    assert caught.value.remedy


def test_no_plug_at_all(tmp_path: Path) -> None:
    with pytest.raises(PlugError, match="No channel is installed"):
        Plugs("channel", "a_package_that_nobody_has", "throwaway.none").load("mail")
