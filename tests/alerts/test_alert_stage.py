"""The alert stage: signals become alerts with their mentions, issues and messages, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts import queue, records
from alerts.reading import mentions_of, read_first, sources_heard
from alerts.settings import ChannelSettings
from alerts.stage import AlertStage
from krasae.schema import ROOMS
from listener.errors import CursorMovedError, NotFoundError
from listener.model import DAY_MS, HOUR_MS, WEEK_MS
from listener.stage import IDLE, run_to_end
from listener.store import open_database, transaction
from listener.store.erase import erase_within
from tests.alerts.making import (
    NINE_SEPTEMBER,
    SIGNAL,
    database,
    life,
    put_signals,
    say,
    signal,
    tables,
)
from tests.laws.killing import wrong_after_kills
from trends.model import EventState as State
from trends.model import SignalKind

NOW = SIGNAL.detected_at
TEAM = ChannelSettings(name="team", type="folder", min_severity=6)
OURS = ("alerts", "alert_mentions", "issues", "outbox", "cursors", "sqlite_sequence")


def a_day(db: Database) -> None:
    """Three mentions, and two events whose signals alternate, one of them a risk."""
    for number in range(4):
        say(db, f"leak {number}", author=f"author {number}", terms=("iphone",))
    surge = life(
        (State.OPEN, 5, 2.0),
        (State.GROWING, 7, 4.0),
        (State.FADING, 3, 1.0),
        (State.CLOSED, 1, 0.5),
    )
    risk = life(
        (State.OPEN, 6, 2.0),
        (State.GROWING, 9, 5.0),
        event=78,
        kind=SignalKind.RISK,
        series="privacy",
    )
    put_signals(db, [surge[0], risk[0], surge[1], surge[2], risk[1], surge[3]])


def run(db: Database, limit: int = 1000) -> None:
    run_to_end(AlertStage([TEAM]), db, now=NOW, limit=limit)


def test_an_event_is_one_alert_however_many_signals() -> None:
    db = database()
    a_day(db)
    stage = AlertStage([TEAM])
    assert stage.backlog(db) == 6
    assert stage.step(db, limit=100, now=NOW).read == 6
    assert stage.step(db, limit=100, now=NOW) == IDLE
    assert stage.backlog(db) == 0
    surge, risk = records.one(db, 1), records.one(db, 2)
    assert (surge.event, surge.state, surge.peak_severity, surge.score) == (
        77,
        State.CLOSED,
        7,
        4.0,
    )
    assert (risk.event, risk.severity) == (78, 9)
    with pytest.raises(NotFoundError):
        records.one(db, 3)


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_the_tables_do_not_depend_on_the_batches(limit: int) -> None:
    whole, parts = database(), database()
    for db in (whole, parts):
        a_day(db)
    run(whole)
    run(parts, limit)
    assert tables(parts, *OURS) == tables(whole, *OURS)


def test_a_kill_before_any_statement_changes_nothing(tmp_path: Path) -> None:
    db = open_database(tmp_path / "start.db", ROOMS, create=True)
    a_day(db)
    db.close()
    wrong = wrong_after_kills(lambda db: run(db, limit=3), tmp_path / "start.db", tmp_path)
    assert list(wrong) == []


def test_two_processes_do_nothing_twice() -> None:
    db = database()
    a_day(db)

    class Overtaken(list[ChannelSettings]):
        """Asked for its channels, which is outside the transaction, it lets the other go first."""

        def __iter__(self) -> Iterator[ChannelSettings]:
            run(db)
            return super().__iter__()

    with pytest.raises(CursorMovedError):
        AlertStage(Overtaken()).step(db, limit=10, now=NOW)
    once = database()
    a_day(once)
    run(once)
    assert tables(db, *OURS) == tables(once, *OURS)


def test_an_erased_mention_leaves_the_evidence() -> None:
    db = database()
    a_day(db)
    run(db)
    before = [mention.seq for mention in mentions_of(db, 1)]
    assert sorted(before) == [1, 2, 3]
    with transaction(db) as connection:
        connection.execute(
            "UPDATE mentions SET text = '', url = NULL, deleted_at = 5 WHERE seq = ?", [before[0]]
        )
        erase_within(connection, [before[1]])
    assert [mention.seq for mention in read_first(db, 1)] == before[2:]
    assert records.one(db, 1).mention_seqs == (before[0], before[2])


def test_a_mention_erased_before_it_is_counted_is_no_evidence() -> None:
    db = database()
    a_day(db)
    with transaction(db) as connection:
        erase_within(connection, [2])
    run(db)
    assert sorted(records.one(db, 1).mention_seqs) == [1, 3]


def test_a_risk_opens_one_issue_that_follows_it() -> None:
    db = database()
    a_day(db)
    AlertStage().step(db, limit=2, now=NOW)
    [issue] = queue.listed(db, queue.Filter(), limit=10)
    assert (issue.reason, issue.alert_id, issue.priority) == ("alert", 2, 2)
    run_to_end(AlertStage(), db, now=NOW)
    [issue] = queue.listed(db, queue.Filter(), limit=10)
    assert (issue.priority, issue.latest_at) == (1, records.one(db, 2).updated_at)
    assert [one.seq for one in queue.mentions(db, issue)] == list(records.one(db, 2).mention_seqs)


def test_a_competitors_risk_opens_no_issue() -> None:
    db = database()
    a_day(db)
    run_to_end(AlertStage(own={"bbq"}), db, now=NOW)
    assert queue.count(db, queue.Filter()) == 0


def test_an_alert_can_be_had_as_it_was() -> None:
    db = database()
    a_day(db)
    run(db)
    raised = records.as_raised(db, records.one(db, 1))
    assert (raised.state, raised.severity, raised.id) == (State.OPEN, 5, 1)
    second = SIGNAL.detected_at + HOUR_MS
    [surge, risk] = records.as_of(db, second)
    assert (surge.state, surge.severity, risk.severity) == (State.GROWING, 7, 9)
    assert records.as_of(db, second, since=second) == []
    assert records.as_of(db, SIGNAL.detected_at - 1) == []
    assert [alert.state for alert in records.as_of(db, NOW + DAY_MS)] == [
        State.CLOSED,
        State.GROWING,
    ]


def test_alerts_are_listed_by_what_one_asks_for() -> None:
    db = database()
    a_day(db)
    run(db)

    def ids(**wanted: object) -> list[int | None]:
        chosen = records.Filter(**wanted)  # type: ignore[arg-type]
        found = records.listed(db, chosen, limit=10)
        assert records.count(db, chosen) == len(found)
        return [alert.id for alert in found]

    assert ids() == [2, 1]
    assert ids(open_only=True) == [2]
    assert ids(kind="risk") == [2]
    assert ids(brand="bbq") == []
    assert ids(severity=8) == [2]
    assert ids(since=NOW + 1) == ids(until=NOW) == []
    assert len(records.listed(db, records.Filter(), limit=1)) == 1


def test_a_verdict_is_kept_when_the_alert_goes_on() -> None:
    db = database()
    a_day(db)
    AlertStage().step(db, limit=1, now=NOW)
    records.label(db, 1, "useful", at=NOW)
    run(db)
    assert records.one(db, 1).label == "useful"


def test_the_life_of_an_alert_shows_its_turns() -> None:
    db = database()
    put_signals(db, life(*[(State.OPEN, 5, 1.0)] * 3, (State.GROWING, 5, 1.0)))
    run(db)
    turns = records.life(db, records.one(db, 1))
    assert [turn.state for turn in turns] == [State.OPEN, State.GROWING]


def test_a_source_that_was_heard_before_and_is_not_now_is_silent() -> None:
    db = database()
    say(db, "now", at=NINE_SEPTEMBER)
    db.execute("UPDATE mentions SET source = 'loud'")
    say(db, "before", at=NINE_SEPTEMBER - DAY_MS)
    db.execute("UPDATE mentions SET source = 'quiet' WHERE source = 'stream'")
    say(db, "long ago", at=NINE_SEPTEMBER - WEEK_MS - 1)
    heard = sources_heard(db, NINE_SEPTEMBER, NINE_SEPTEMBER + HOUR_MS)
    assert [(one.source, one.mentions, one.silent) for one in heard] == [
        ("loud", 1, False),
        ("quiet", 0, True),
    ]


def test_signals_of_nothing_stored_make_an_alert_without_mentions() -> None:
    db = database()
    put_signals(db, [signal(terms=(), mention_seqs=())])
    run(db)
    assert read_first(db, 1) == []


def test_alerts_are_listed_as_they_were() -> None:
    db = database()
    a_day(db)
    run(db)
    second = SIGNAL.detected_at + HOUR_MS + 1
    then = records.listed_as_of(db, second, records.Filter())
    assert [(alert.id, alert.state) for alert in then] == [(2, State.GROWING), (1, State.GROWING)]
    assert records.listed_as_of(db, SIGNAL.detected_at, records.Filter()) == []
    risks = records.Filter(open_only=True, kind="risk", severity=9, since=NOW, until=NOW + 1)
    assert [alert.id for alert in records.listed_as_of(db, second, risks)] == [2]
    assert records.listed_as_of(db, second, records.Filter(brand="bbq")) == []
