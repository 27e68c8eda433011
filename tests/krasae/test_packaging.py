"""What is named in pyproject.toml is pinned in constraints.txt, to a version that fits."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_every_dependency_is_pinned() -> None:
    pins = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, pinned = line.partition("==")
            assert pinned, f"{line} is no pin"
            pins[canonicalize_name(name)] = pinned
    optional = PROJECT["optional-dependencies"].values()
    for text in [*PROJECT["dependencies"], *(one for group in optional for one in group)]:
        needed = Requirement(text)
        name = canonicalize_name(needed.name)
        if name != "krasae":
            assert name in pins, f"{name} is not in constraints.txt"
            assert needed.specifier.contains(pins[name]), f"{text} and {pins[name]}"


def test_every_room_is_in_the_wheel_and_typed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    rooms = {path.parent.name for path in ROOT.glob("*/py.typed")}
    assert set(project["hatch"]["build"]["targets"]["wheel"]["packages"]) == rooms
    assert set(project["mypy"]["packages"]) == rooms
    assert set(project["importlinter"]["root_packages"]) == rooms
