"""The examples under deploy/ name commands and options that exist, and systemd reads the unit."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from krasae.cli import build
from listener.errors import SettingsError, StoreError

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# A command of ours in a unit, a shell line, a list of words.
_CALL = re.compile(r"(?:bin/krasae|^krasae|run --rm krasae|exec krasae krasae) +(.*)", re.MULTILINE)
_LIST = re.compile(r"(?:command:|CMD|ENTRYPOINT) *\[(.*)\]")


def calls() -> list[tuple[str, list[str]]]:
    found = []
    for path in sorted(DEPLOY.iterdir()):
        text = path.read_text("utf-8")
        found += [(path.name, line.split()) for line in _CALL.findall(text)]
        for line in _LIST.findall(text):
            words = [word.strip(' "') for word in line.split(",")]
            found.append((path.name, words[1:] if words[0] == "krasae" else words))
    return [(name, words) for name, words in found if words]


def test_what_is_called_exists() -> None:
    group = get_command(build())
    assert isinstance(group, TyperGroup)
    seen = set()
    for name, (command, *rest) in calls():
        assert command in group.commands, f"{name} calls krasae {command}"
        known = {option for one in group.commands[command].params for option in one.opts}
        for word in rest:
            assert not word.startswith("-") or word in known, f"{name}: {command} {word}"
        seen.add((name, command))
    assert {
        ("krasae.service", "run"),
        ("Containerfile", "run"),
        ("Containerfile", "doctor"),
        ("compose.yaml", "run"),
        ("README.md", "init"),
        ("README.md", "alerts"),
    } <= seen


def test_the_unit() -> None:
    unit = (DEPLOY / "krasae.service").read_text("utf-8")
    for line in ("Type=exec", "NoNewPrivileges=yes", "ProtectSystem=strict", "User=krasae"):
        assert f"\n{line}\n" in unit
    assert f"RestartPreventExitStatus={SettingsError.exit_code} {StoreError.exit_code}\n" in unit
    [stops] = re.findall(r"TimeoutStopSec=(\d+)", unit)
    assert int(stops) > 10  # which is what the daemon may take


def test_the_container_has_a_tested_python_and_every_room() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    [version] = re.findall(r"FROM python:([\d.]+)-slim", text)
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert f"Programming Language :: Python :: {version}" in tables["project"]["classifiers"]
    rooms = tables["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert re.findall(r"^COPY (\w+) (\w+)$", text, re.MULTILINE) == [(room, room) for room in rooms]
    assert text.index("USER krasae") < text.index("ENTRYPOINT")


def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    # Its program is not installed here; everything else of it is looked at.
    program = shutil.which("true")
    text = (DEPLOY / "krasae.service").read_text("utf-8")
    unit = tmp_path / "krasae.service"
    unit.write_text(text.replace("/opt/krasae/.venv/bin/krasae", str(program)), "utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        check=False,
        capture_output=True,
        text=True,
    )
    complaints = [line for line in ran.stderr.splitlines() if "krasae.service" in line]
    assert complaints == [], ran.stderr
