"""Which mentions come to the queue, and which join what is there."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from alerts import queue
from alerts.issue import CLOSED, OPEN, Action, Issue, IssueState
from alerts.settings import AlertSettings
from alerts.stage import FlagStage
from krasae.schema import ROOMS
from listener.model import DAY_MS
from listener.stage import IDLE, run_to_end
from listener.store import open_database, transaction
from listener.store.erase import erase_within
from tests.alerts.making import NINE_SEPTEMBER, database, say, tables
from tests.laws.killing import wrong_after_kills

OURS = ("issues", "issue_mentions", "cursors", "sqlite_sequence")
ANGRY: dict[str, Any] = {"sentiment": "negative", "probability": 0.9, "followers": 20_000}


def flag(db: Database, **settings: Any) -> list[Issue]:
    run_to_end(FlagStage(AlertSettings(**settings)), db, now=1)
    return queue.listed(db, queue.Filter(), limit=100)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (ANGRY, "negative"),
        ({**ANGRY, "followers": 9_999}, None),
        ({**ANGRY, "followers": None}, None),
        ({**ANGRY, "probability": 0.79}, None),
        ({**ANGRY, "sentiment": "neutral"}, None),
        ({**ANGRY, "intent": "promotion"}, None),
        ({**ANGRY, "followers": 3, "probability": 0.5, "risks": ("privacy",)}, "risk"),
        ({"sentiment": "neutral", "risks": ("privacy",), "followers": 10**6}, None),
    ],
)
def test_what_opens_an_issue(said: dict[str, Any], reason: str | None) -> None:
    db = database()
    say(db, "hm", **said)
    assert [issue.reason for issue in flag(db)] == ([reason] if reason else [])


def test_the_limits_are_the_users() -> None:
    db = database()
    say(db, "hm", **{**ANGRY, "followers": 10, "probability": 0.4})
    assert len(flag(db, issue_min_followers=10, issue_min_probability=0.4)) == 1


def test_only_brands_are_flagged_and_only_ones_own_where_told() -> None:
    db = database()
    say(db, "a competitor's trouble", brand="bbq", **ANGRY)
    run_to_end(FlagStage(AlertSettings(), own={"apple"}), db, now=1)
    assert queue.count(db, queue.Filter()) == 0


def test_near_copies_are_one_issue_whoever_repeats_it() -> None:
    db = database()
    say(db, "hm", author="a", copies=7, **ANGRY)
    say(db, "hm", author="b", copies=7, sentiment="negative", followers=5, at=NINE_SEPTEMBER + 5)
    say(db, "hm!", author="a", copies=7, sentiment="negative", followers=20_001)
    say(db, "other words", author="c", copies=8, **ANGRY)
    one, other = sorted(flag(db), key=lambda issue: issue.id)
    assert (one.mentions, one.reach, one.latest_at) == (3, 20_006, NINE_SEPTEMBER + 5)
    assert [mention.seq for mention in queue.mentions(db, one)] == [3, 1, 2]
    assert other.mentions == 1


def test_texts_too_short_to_compare_do_not_join() -> None:
    db = database()
    for _ in range(2):
        say(db, "hm", copies=0, **ANGRY)
    assert len(flag(db)) == 2


def test_another_brands_copy_and_a_late_copy_are_new_matters() -> None:
    db = database()
    say(db, "hm", copies=7, **ANGRY)
    say(db, "hm", copies=7, brand="bbq", **ANGRY)
    say(db, "hm", copies=7, at=NINE_SEPTEMBER + 8 * DAY_MS, **ANGRY)
    assert len(flag(db)) == 3


@pytest.mark.parametrize(("action", "issues"), [(Action.DISMISS, 0), (Action.RESOLVE, 1)])
def test_a_copy_of_noise_is_not_asked_again_one_of_something_answered_is(
    action: Action, issues: int
) -> None:
    db = database()
    say(db, "hm", copies=7, **ANGRY)
    [issue] = flag(db)
    if action is Action.RESOLVE:
        issue = queue.act(db, issue, Action.ACKNOWLEDGE, by="nok", at=2)
    queue.act(db, issue, action, by="nok", at=3)
    say(db, "hm", copies=7, **ANGRY)
    assert len(flag(db)) == issues


def test_a_growing_issue_grows_more_urgent() -> None:
    db = database()
    say(db, "hm", copies=7, author="first", **ANGRY)
    [before] = flag(db)
    for number in range(12):
        say(db, "hm", copies=7, author=f"a{number}", **ANGRY)
    [after] = flag(db)
    assert after.priority < before.priority
    assert after.version == before.version  # people's changes are not disturbed


def a_day(db: Database) -> None:
    for number in range(12):
        say(
            db,
            f"text {number}",
            author=f"a{number % 5}",
            at=NINE_SEPTEMBER - number,
            sentiment="negative" if number % 4 else "neutral",
            followers=30_000 if number % 3 else 10,
            copies=number % 2,
            risks=("fraud",) if number % 5 == 0 else (),
        )


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_queue_does_not_depend_on_the_batches(limit: int) -> None:
    whole, parts = database(), database()
    for db, size in ((whole, 100), (parts, limit)):
        a_day(db)
        stage = FlagStage(AlertSettings())
        assert stage.backlog(db) == 12
        run_to_end(stage, db, now=1, limit=size)
        assert stage.backlog(db) == 0
        assert stage.step(db, limit=size, now=1) == IDLE
    assert len(tables(whole, "issues")["issues"]) > 2
    assert tables(parts, *OURS) == tables(whole, *OURS)


def test_a_kill_before_any_statement_changes_nothing(tmp_path: Path) -> None:
    db = open_database(tmp_path / "start.db", ROOMS, create=True)
    a_day(db)
    db.close()

    def job(db: Database) -> None:
        run_to_end(FlagStage(AlertSettings()), db, now=1, limit=5)

    assert list(wrong_after_kills(job, tmp_path / "start.db", tmp_path)) == []


def test_the_queue_is_ordered_by_urgency() -> None:
    db = database()
    say(db, "mild, old", **ANGRY)
    say(db, "mild, new", at=NINE_SEPTEMBER + 1, **ANGRY)
    say(db, "grave", at=NINE_SEPTEMBER - DAY_MS, risks=("safety",), **ANGRY)
    flag(db)
    assert [issue.id for issue in flag(db)] == [3, 2, 1]
    queue.act(db, queue.one(db, 2), Action.ACKNOWLEDGE, by="nok", at=2)
    assert [issue.id for issue in flag(db)] == [3, 1, 2]
    assert [issue.id for issue in queue.listed(db, queue.Filter(priority=2), limit=9)] == [3]


def test_an_issue_outlives_its_erased_mention() -> None:
    db = database()
    say(db, "hm", **ANGRY)
    [issue] = flag(db)
    with transaction(db) as connection:
        erase_within(connection, [1])
    assert queue.mentions(db, queue.one(db, issue.id)) == []


def test_the_queue_can_be_had_as_people_had_left_it() -> None:
    db = database()
    say(db, "hm", **ANGRY)
    say(db, "hm", at=NINE_SEPTEMBER + DAY_MS, **ANGRY)
    [_, first] = flag(db)
    noon = NINE_SEPTEMBER + 3_600_000
    queue.act(db, first, Action.ASSIGN, by="nok", at=noon, assignee="somchai")
    queue.act(db, queue.one(db, 1), Action.RESOLVE, by="somchai", at=noon + DAY_MS)

    def then(at: int, states: frozenset[IssueState] = OPEN) -> list[tuple[int, str, str | None]]:
        found = queue.as_of(db, at, queue.Filter(states))
        return [(issue.id, issue.state, issue.assignee) for issue in found]

    assert then(NINE_SEPTEMBER) == []
    assert then(noon) == [(1, "new", None)]
    assert then(noon + 1) == [(1, "assigned", "somchai")]
    assert then(noon + DAY_MS + 1) == [(2, "new", None)]
    assert then(noon + DAY_MS + 1, CLOSED) == [(1, "resolved", "somchai")]
    assert queue.as_of(db, noon + 2 * DAY_MS, queue.Filter(since=noon), limit=1)[0].id == 2
