"""Topics once a day: in a child process, a line for each brand."""

import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlite_utils import Database

from krasae.daemon import topics as daily_topics
from krasae.daemon.daily import daily_jobs
from krasae.daemon.topics import Child, refit
from krasae.settings import parse_settings
from krasae.topics import Asked, asked, find
from krasae.workspace import Workspace
from listener.errors import InputError, KrasaeError, SettingsError, StoreError
from nlp.topic_stage.fits import Found, current, keep, latest
from tests.nlp.topic_stage.making import NOW, by_word, hear, posts

PATIENCE = 240.0  # seconds, on a busy machine


class Quick:
    """A child that is asked twice before it has its answer; computed here."""

    asked: ClassVar[list[str]]
    faults: ClassVar[dict[str, KrasaeError]]
    db: ClassVar[Database]

    def __init__(self, database: Path, what: Asked, *, now: int) -> None:
        self._looks = 2
        self._what, self._now = what, now
        self.asked.append(what.brand)

    def __enter__(self) -> "Quick":
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def is_busy(self) -> bool:
        self._looks -= 1
        return self._looks >= 0

    def result(self) -> Found:
        if self._what.brand in self.faults:
            raise self.faults[self._what.brand]
        return find(Quick.db, self._what, now=self._now)


@pytest.fixture
def quick(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> type[Quick]:
    monkeypatch.setattr(Quick, "asked", [], raising=False)
    monkeypatch.setattr(Quick, "faults", {}, raising=False)
    monkeypatch.setattr(Quick, "db", workspace.db, raising=False)
    monkeypatch.setattr(daily_topics, "Child", Quick)
    monkeypatch.setattr("krasae.topics.fit", by_word)
    return Quick


def lines(workspace: Workspace, since: int = NOW) -> list[str | None]:
    return list(refit(workspace, since=since, now=NOW))


def test_every_brand_is_fitted_and_told(workspace: Workspace, quick: type[Quick]) -> None:
    few = posts(*["price at bar b q"] * 3, first=60)
    hear(workspace, [*posts(*["battery", "price"] * 20), *few])
    assert lines(workspace) == [
        None,
        None,
        "Apple: 2 topics in 40 posts.",
        "left out: Bar B Q Plaza has 3 posts in 30 days: too few for topics, which need 30.",
    ]
    assert quick.asked == ["apple"]  # for so few no process is begun
    assert lines(workspace)[:1] == [
        "left out: Bar B Q Plaza has 3 posts in 30 days: too few for topics, which need 30."
    ]
    again = lines(workspace, since=NOW + 1)  # the next day
    assert again[2] == "Apple: 2 topics in 40 posts: 2 as before, 0 new, 0 gone."


def test_a_brand_that_nobody_speaks_of_has_no_line(
    workspace: Workspace, quick: type[Quick]
) -> None:
    assert lines(workspace) == []


def test_one_brand_that_fails_stops_no_other(workspace: Workspace, quick: type[Quick]) -> None:
    both = [f"the price of bar b q and of my iphone {number}" for number in range(40)]
    hear(workspace, posts(*both))
    quick.faults["apple"] = SettingsError("no such embedding")
    told = refit(workspace, since=NOW, now=NOW)
    seen = []
    with pytest.raises(SettingsError, match="embedding"):
        for line in told:
            seen.append(line)
    assert seen[-1] == "Bar B Q Plaza: 1 topic in 40 posts."
    assert [fit.brand for fit in current(workspace.db)] == ["bbq"]


def test_the_whole_stream_of_a_workspace_without_brands(
    workspace: Workspace, quick: type[Quick]
) -> None:
    hear(workspace, posts(*["battery", "price"] * 20))
    settings = workspace.settings.model_copy(update={"brands": ()})
    whole = Workspace(workspace.folder, settings, workspace.db, workspace.key)
    assert lines(whole)[-1] == "Tests: 2 topics in 40 posts."


def test_a_real_child_fits(workspace: Workspace) -> None:
    """The one real fit of these tests: BERTopic is loaded in the child, and goes with it."""
    sayings = [f"{one} {two}" for one in _BATTERY for two in _MORE]
    sayings += [f"{one} {two}" for one in _CAMERA for two in _MORE]
    hear(workspace, posts(*sayings))
    [apple, _] = asked(workspace.settings)
    with Child(workspace.folder / "krasae.db", apple, now=NOW) as child:
        until = time.monotonic() + PATIENCE
        while child.is_busy() and time.monotonic() < until:
            time.sleep(0.1)
        found = child.result()
        process = child._process
    assert process.exitcode is not None
    fit = keep(workspace.db, found, now=NOW)
    assert fit.fitted == len(sayings)
    terms = workspace.db.execute("SELECT group_concat(terms) FROM topics").fetchone()[0]
    assert "battery" in terms
    assert "camera" in terms
    assert "apple" not in terms


_BATTERY = (
    "my iphone battery drains so fast",
    "iphone battery dead by noon again",
    "charging the iphone battery twice a day",
    "replaced the iphone battery and it is fine",
    "battery life of this iphone is awful",
)
_CAMERA = (
    "the iphone camera takes lovely night pictures",
    "iphone camera beats every other phone camera",
    "portrait photos by the iphone camera are great",
    "zoom of the iphone camera is sharp",
    "iphone camera lens scratched after a week",
)
_MORE = (
    "since the update last week", "says my sister", "and nobody at the shop can explain it",
    "as every review told us", "honestly", "compared with the old one", "on my trip to Japan",
)  # fmt: skip


def test_what_goes_wrong_in_a_child_is_told_here(workspace: Workspace) -> None:
    [apple, _] = asked(workspace.settings)
    for database, kind, words in (
        ("krasae.db", InputError, "0 posts"),
        ("no.db", StoreError, "no database"),
    ):
        child = Child(workspace.folder / database, apple, now=NOW)
        with child, pytest.raises(kind, match=words):
            child.result()


def test_a_child_that_is_killed(workspace: Workspace) -> None:
    [apple, _] = asked(workspace.settings)
    with Child(workspace.folder / "krasae.db", apple, now=NOW) as child:
        child._process.kill()
        with pytest.raises(KrasaeError, match="ended early") as caught:
            child.result()
    assert caught.value.remedy


def test_left_in_the_middle_the_child_is_ended(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(workspace, posts(*["battery", "price"] * 20))
    begun: list[Child] = []

    class Noted(Child):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            begun.append(self)

    monkeypatch.setattr(daily_topics, "Child", Noted)
    told = refit(workspace, since=NOW, now=NOW)
    assert next(told) is None
    assert begun[0]._process.is_alive()
    told.close()
    assert not begun[0]._process.is_alive()
    assert latest(workspace.db, "apple") is None


def test_when_topics_are_fitted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(setting: str) -> list[tuple[str, str]]:
        text = f'[workspace]\nname = "T"\n[daemon]\ntopics_at = "{setting}"\n'
        settings = parse_settings(text, Path("config.toml"), {})
        return [(job.name, job.at) for job in daily_jobs(settings) if job.name == "topics"]

    assert at("02:15") == [("topics", "02:15")]
    assert at("never") == []
    monkeypatch.setattr("krasae.topics.find_spec", lambda *_: None)
    assert at("02:15") == []
    with pytest.raises(SettingsError) as caught:
        at("25:00")
    assert "time of day" in str(caught.value)
