"""From `[[sources]]` to a station: built-in or another package's, usable or refused."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from listener.collect.stage import CollectStage
from listener.collect.station import hear, stations
from listener.errors import PlugError, SettingsError
from listener.settings import SourceSettings
from listener.stage import run_to_end
from tests.listener.collect.scripted import NOW, SURROUNDINGS, fresh, health, ids

PANTIP = '''
"""A source that somebody else wrote."""

from pydantic import Field

from listener.model import Mention
from listener.source import Batch, SourceOptions, Spec


class Options(SourceOptions):
    """Options of a `pantip` source."""

    room: str = Field(description="which room")


SPEC = Spec("pantip", "Pantip", Options, frozenset({"poll"}))


class Pantip:
    def __init__(self, options, context):
        self._room = options.room
        self._now = context.now

    def batches(self, cursor):
        text = f"from {self._room}"
        if cursor is None:
            yield Batch("1", (Mention("pantip", "1", self._now(), text),))

    def close(self):
        pass


connect = Pantip
'''


@pytest.fixture
def _pantip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What pip would leave of a package that brings a source, and of one that is broken."""
    info = tmp_path / "krasae_pantip-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: krasae-pantip\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[krasae.sources]\npantip = krasae_pantip.source\nhungry = krasae_pantip.hungry\n"
    )
    package = tmp_path / "krasae_pantip"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "source.py").write_text(PANTIP)
    (package / "hungry.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("krasae_pantip")]:
        del sys.modules[name]


def section(kind: str, name: str = "it", **options: object) -> SourceSettings:
    return SourceSettings(name=name, type=kind, options=options)


@pytest.mark.usefixtures("_pantip")
def test_another_packages_source_works_like_a_built_in() -> None:
    db = fresh()
    found = stations([section("pantip", room="silom"), section("hungry", "hungry")])
    assert run_to_end(CollectStage(found, SURROUNDINGS), db, now=NOW) == 1
    assert ids(db) == ["1"]
    assert db.execute("SELECT text, source FROM mentions").fetchall() == [("from silom", "it")]
    assert "Install" not in health(db, "hungry")["error"]
    assert "a_package_that_nobody_has" in health(db, "hungry")["error"]


@pytest.mark.usefixtures("_pantip")
def test_options_that_cannot_be_used_are_refused_by_name() -> None:
    for options in ({}, {"room": 7, "zoom": 1}, {"room": "a", "interval_seconds": 1}):
        with pytest.raises(SettingsError, match="Source it: its options cannot be used") as caught:
            stations([section("pantip", **options)])
        assert "interval_seconds, room" in caught.value.remedy
    with pytest.raises(SettingsError, match=r"adresses: .* did you mean `addresses`\?\n") as caught:
        stations([section("feeds", adresses=["https://example.org/feed.xml"])])
    assert "docs/sources/feeds.md" in caught.value.remedy


def test_a_secret_is_not_in_the_refusal() -> None:
    with pytest.raises(SettingsError) as caught:
        stations([section("feeds", addresses=["ftp://k3y@host/k3y"])])
    assert "k3y" not in str(caught.value)
    assert "https://" in str(caught.value)


def test_an_unknown_type_fails_when_it_is_listened_to() -> None:
    [unknown] = stations([section("pantipp")])
    context = SURROUNDINGS.context(unknown, now=lambda: NOW, wait=lambda _: False)
    with pytest.raises(PlugError, match="no kind of source named pantipp"):
        next(hear(unknown, context, None))


def test_an_interval_of_ones_own() -> None:
    usual, own = stations(
        [
            section("hackernews"),
            section("hackernews", interval_seconds=45),
        ]
    )
    assert (usual.interval, own.interval) == (120_000, 45_000)
    assert usual.polls
    assert usual.backfills
    assert not usual.streams


def test_each_wrong_option_is_said_once_and_without_what_was_given() -> None:
    for secrets, message in (
        (["pl4in"], r"be used: secrets\[0\]: it is a secret: write \"env:NAME\" here, .*\.env\.\n"),
        ("pl4in", r"be used: secrets: expected a list: \[\.\.\., \.\.\.\]\.\n"),
        ([], r"be used: secrets: expected at least 1 in the list\.\n"),
    ):
        with pytest.raises(SettingsError, match=message) as caught:
            stations([section("webhook", secrets=secrets)])
        assert "pl4in" not in str(caught.value)
