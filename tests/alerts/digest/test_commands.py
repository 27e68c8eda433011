"""Every figure's command exists, and lists as many rows as the figure says."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from alerts.digest import render
from alerts.digest.commands import Commands, listed
from alerts.digest.model import AlertFacts, Facts, Figure
from krasae.cli import build
from krasae.workspace import Workspace
from tests.alerts.digest.making import BRANDS, TENTH, ZONE, a_full_day, facts_of
from tests.alerts.making import say
from tests.conftest import AUTHOR_KEY

MANY = 30  # more than a listing shows unless it is told otherwise


def the_same(value: object) -> Iterator[object]:
    """A value and all that it is made of."""
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from the_same(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from the_same(getattr(value, field.name))


@pytest.fixture
def config(workspace: Workspace) -> Path:
    """A workspace with a full day in it; somebody went on working after it."""
    path = workspace.folder / "config.toml"
    brands = "".join(
        f"[[brands]]\nid = '{brand.id}'\nname = '{brand.name}'\nquery = '{brand.query}'\n"
        f"own = {str(brand.own).lower()}\n"
        for brand in BRANDS
    )
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("[[brands]]")] + brands, "utf-8")
    for number in range(MANY):
        at = TENTH.start + number
        say(workspace.db, f"{number}", author=f"m{number}", at=at, brand="hd", sentiment="positive")
    a_full_day(workspace.db)
    return path


def rows(config: Path, command: str, *, more: int = 0) -> list[dict[str, object]]:
    """What a command of the digest prints as JSON; with `more` rows allowed than it asks for."""
    program, *arguments = shlex.split(command)
    assert program == "krasae"
    if "--limit" in arguments:
        place = arguments.index("--limit") + 1
        arguments[place] = str(int(arguments[place]) + more)
    runner = CliRunner(env={"KRASAE_AUTHOR_KEY": AUTHOR_KEY, "KRASAE_CONFIG": str(config)})
    result = runner.invoke(build(), [*arguments, "--json"])
    assert result.exit_code == 0, (command, result.output)
    return [orjson.loads(line) for line in result.stdout.splitlines()]


def test_every_count_is_that_of_its_command(config: Path, workspace: Workspace) -> None:
    facts = facts_of(workspace.db)
    figures = {found for found in the_same(facts) if isinstance(found, Figure)}
    assert {figure.value for figure in figures} > {0, 1, MANY + 3}
    for figure in figures:
        found = rows(config, figure.command, more=10)
        if figure.command.startswith("krasae issues show"):
            (issue,) = found
            found = issue["mentions_to_read"]  # type: ignore[assignment]
        assert len(found) == figure.value, figure


def test_an_alerts_figures_are_those_of_its_commands(config: Path, workspace: Workspace) -> None:
    facts = facts_of(workspace.db)
    for fact in (*facts.alerts, *facts.closed):
        (shown,) = rows(config, fact.command)
        for name in ("observed", "expected", "lower", "upper", "unique_authors", "severity"):
            assert shown[name] == getattr(fact.alert, name)
        assert len(rows(config, fact.rows)) == fact.alert.mentions


def test_nothing_is_printed_that_was_not_run(config: Path, workspace: Workspace) -> None:
    facts = facts_of(workspace.db)
    known = {found.command for found in the_same(facts) if isinstance(found, Figure)}
    for fact in the_same(facts):
        if isinstance(fact, AlertFacts):
            known |= {fact.command, fact.rows}
    lines = re.findall(r"^ *\[\d+\] (krasae .*)$", _text(facts), re.M)
    printed = {command for line in lines for command in line.split("; ")}
    assert printed
    assert printed <= known


def _text(facts: Facts) -> str:
    return render.text(facts, language="en", timezone=ZONE).decode()


def test_times_name_their_zone_and_values_are_quoted_for_the_shell() -> None:
    made = Commands(ZONE).mentions(TENTH.start, TENTH.end, source="my feed; rm -rf ~", brand="")
    assert shlex.split(made) == [
        "krasae",
        "search",
        "--source",
        "my feed; rm -rf ~",
        "--since",
        "2014-09-09T08:30+07:00",
        "--until",
        "2014-09-10T08:30+07:00",
    ]


@pytest.mark.parametrize(("count", "limit"), [(0, ""), (20, ""), (21, " --limit 21")])
def test_a_listing_is_asked_for_all_rows(count: int, limit: str) -> None:
    assert listed(count, "krasae alerts") == Figure(count, f"krasae alerts{limit}")
