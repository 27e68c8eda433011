"""Outages: raised in the stated time, once, worse as they last, over when the source is heard."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.collect.ledger import (
    GapRecord,
    Hour,
    Record,
    note_batch,
    note_caught_up,
    note_failure,
    records,
)
from listener.collect.station import Station
from listener.model import DAY_MS, HOUR_MS
from listener.source import Batch, Gap
from listener.stage import run_to_end
from listener.store import open_database, transaction
from tests.laws.killing import contents, wrong_after_kills
from tests.listener.collect.scripted import Platform, station
from trends.coverage import (
    FIRST_EVENT,
    Listened,
    expected_between,
    follow,
    patience,
    severity,
    signal,
    trouble,
    usual_shares,
)
from trends.model import Cause, EventState, Outage, SignalKind
from trends.stage import CoverageStage, stored_gaps
from trends.stage.coverage import open_outages

MINUTE = 60_000
START = 1_790_553_600_000  # a Monday, 00:00 UTC
NOW = START + 28 * DAY_MS
STEADY = tuple(Hour(START + n * HOUR_MS, 10) for n in range(28 * 24))


def record(**changes: Any) -> Record:
    """A source that brought ten items in every hour of four weeks, until NOW."""
    well = Record(
        source="it",
        type="scripted",
        first_at=START,
        next_at=NOW + 5 * MINUTE,
        heard_at=NOW,
        item_at=NOW - 1000,
        failures=0,
        error=None,
        error_at=None,
        hours=STEADY,
    )
    return replace(well, **changes)


def failing(since: int, **changes: Any) -> Record:
    """It has failed since `since`."""
    gap = GapRecord(NOW, None, "HTTP 503", None, known_at=since)
    return record(failures=4, error="HTTP 503", next_at=NOW + 9 * DAY_MS, gaps=(gap,), **changes)


def quiet(hours: int) -> Record:
    """It answers and has said nothing for so many hours."""
    more = tuple(Hour(NOW + n * HOUR_MS, 0) for n in range(hours))
    return record(heard_at=NOW + hours * HOUR_MS, hours=(*STEADY, *more))


def heard(of: Record, name: str = "it", *, streams: bool = False, minutes: int = 5) -> Listened:
    return Listened(name, minutes * MINUTE, streams, replace(of, source=name))


def step(known: Outage | None, *listened: Listened, now: int, awake: int = 0) -> list[Outage]:
    before = {known.source: known} if known else {}
    return follow(before, listened, awake_since=awake, now=now, next_event=FIRST_EVENT + 7)


@pytest.mark.parametrize(
    ("minutes", "streams", "expected"),
    [(1, False, 30), (10, False, 30), (60, False, 180), (1, True, 10), (5, True, 15)],
)
def test_patience_is_as_stated(minutes: int, streams: bool, expected: int) -> None:
    assert patience(minutes * MINUTE, streams=streams) == expected * MINUTE


def test_a_source_that_fails_is_an_outage_after_the_stated_time() -> None:
    for streams, minutes in ((False, 30), (True, 15)):
        listened = heard(failing(NOW), streams=streams)
        before = trouble(listened, awake_since=0, now=NOW + minutes * MINUTE - 1)
        after = trouble(listened, awake_since=0, now=NOW + minutes * MINUTE)
        assert before is None
        assert after is not None
        assert (after.cause, after.since) == (Cause.FAILING, NOW)


def test_who_is_no_longer_tried_is_not_failing() -> None:
    """Krasae was off for a day, and has not asked anew yet."""
    listened = heard(replace(failing(NOW), next_at=NOW + MINUTE))
    assert trouble(listened, awake_since=0, now=NOW + DAY_MS) is None


def test_a_line_that_hangs_is_an_outage_but_not_krasaes_own_absence() -> None:
    listened = heard(record(), streams=True)
    found = trouble(listened, awake_since=NOW, now=NOW + 15 * MINUTE)
    assert found is not None
    assert found.cause is Cause.OVERDUE
    woken = NOW + DAY_MS
    assert trouble(listened, awake_since=woken, now=woken + 14 * MINUTE) is None


def test_an_unusual_silence_is_an_outage_and_an_usual_one_is_not() -> None:
    slow = tuple(replace(hour, items=1 if hour.items else 0) for hour in quiet(3).hours)
    seldom = replace(quiet(3), hours=slow)
    assert trouble(heard(seldom), awake_since=0, now=NOW + 3 * HOUR_MS) is None
    found = trouble(heard(quiet(3)), awake_since=0, now=NOW + 3 * HOUR_MS)
    assert found is not None
    assert (found.cause, found.since) == (Cause.SILENT, NOW - 1000)


def test_who_is_well_or_was_never_tried_is_no_outage() -> None:
    assert trouble(heard(record()), awake_since=0, now=NOW + MINUTE) is None
    assert trouble(Listened("new", MINUTE, streams=True), awake_since=0, now=NOW) is None


def test_an_outage_is_told_once_then_when_it_is_worse_and_when_it_is_over() -> None:
    known: Outage | None = None
    told = []
    hours = range(1, 72)
    for hour in hours:
        for outage in step(known, heard(failing(NOW)), now=NOW + hour * HOUR_MS):
            known = outage
            told.append(outage)
    assert known is not None
    assert {one.event for one in told} == {FIRST_EVENT + 7}
    assert len(told) == len(hours)  # its figures are at most an hour old
    assert len({one.severity for one in told}) < 8
    severities = [one.severity for one in told]
    assert severities == sorted(severities)
    assert told[-1].missing == pytest.approx(10 * (told[-1].told_at - NOW) / HOUR_MS, rel=0.1)
    back = NOW + 72 * HOUR_MS
    well = record(heard_at=back, item_at=back)
    [over] = step(known, heard(well), now=back + MINUTE)
    assert over.until == back
    assert over.event == known.event
    assert over.missing == pytest.approx(720, rel=0.1)


def test_a_silence_is_over_with_a_mention_not_with_an_answer() -> None:
    [known] = step(None, heard(quiet(5)), now=NOW + 5 * HOUR_MS)
    [still] = step(known, heard(quiet(6)), now=NOW + 6 * HOUR_MS)
    assert still.until is None
    said = NOW + 6 * HOUR_MS + 5 * MINUTE
    spoke = replace(quiet(6), heard_at=said, item_at=said)
    [over] = step(known, heard(spoke), now=said + MINUTE)
    assert over.until == said


def test_a_silent_source_that_then_fails_is_one_outage() -> None:
    [known] = step(None, heard(quiet(5)), now=NOW + 5 * HOUR_MS)
    down = replace(failing(NOW + 5 * HOUR_MS), heard_at=NOW + 5 * HOUR_MS)
    [after] = step(known, heard(down), now=NOW + 6 * HOUR_MS)
    assert (after.event, after.cause, after.since) == (known.event, Cause.FAILING, known.since)
    assert after.error == "HTTP 503"


def test_a_source_that_is_removed_ends_its_outage() -> None:
    [known] = step(None, heard(failing(NOW)), now=NOW + HOUR_MS)
    [over] = step(known, now=NOW + 2 * HOUR_MS)
    assert over.until == NOW + 2 * HOUR_MS


def test_it_says_which_other_sources_were_up() -> None:
    listened = [
        heard(failing(NOW)),
        heard(record(heard_at=NOW + HOUR_MS, item_at=NOW + HOUR_MS), "well"),
        heard(failing(NOW), "also"),
    ]
    told = step(None, *listened, now=NOW + HOUR_MS)
    assert [one.source for one in told] == ["also", "it"]
    assert (told[1].up, told[1].down) == (("well",), ("also",))
    assert [one.event for one in told] == [FIRST_EVENT + 7, FIRST_EVENT + 8]


def test_severity_grows_with_the_share_and_the_time() -> None:
    known = {
        (0.05, 1): 3,
        (0.05, 24): 5,
        (0.5, 1): 5,
        (1.0, 1): 7,
        (1.0, 24): 9,
        (1.0, 24 * 7): 10,
        (1.0, 24 * 365): 10,
    }
    for (share, hours), expected in known.items():
        assert severity(share, hours * HOUR_MS) == expected


def test_shares_are_those_of_the_usual_mentions() -> None:
    few = record(hours=tuple(Hour(hour.start, 2) for hour in STEADY))
    shares = usual_shares([heard(record()), heard(few, "few"), Listened("new", 1, streams=False)])
    assert shares == {"it": pytest.approx(5 / 6), "few": pytest.approx(1 / 6), "new": 0.0}
    assert usual_shares([Listened("new", 1, streams=False)]) == {"new": 0.0}


def test_without_a_history_nothing_is_said_of_what_is_missing() -> None:
    new = replace(failing(NOW), hours=STEADY[:24])
    [told] = step(None, heard(new), now=NOW + HOUR_MS)
    assert (told.usual, told.missing) == (None, 0.0)
    assert expected_between(None, 0, DAY_MS) == (0.0, 0.0)
    assert signal(told).expected == 0.0


def test_the_signal_is_about_krasae_not_about_a_brand() -> None:
    [told] = step(None, heard(failing(NOW)), now=NOW + HOUR_MS)
    said = signal(told)
    assert (said.kind, said.brand, said.series) == (SignalKind.COVERAGE, "", "it")
    assert said.state is EventState.OPEN
    assert (said.window_start, said.window_end, said.detected_at) == (NOW, *[NOW + HOUR_MS] * 2)
    assert said.lower <= said.expected <= said.upper
    assert (said.score, said.mention_seqs) == (0.0, ())


# -- the stage -----------------------------------------------------------------------------

POLLED = station(Platform(), "polled", "poll", "backfill")
STREAM = station(Platform(), "stream", "stream", interval=60.0)
SILENT = station(Platform(), "silent", "poll")
STATIONS = (POLLED, STREAM, SILENT)


def put(db: Database, source: str, hours: Sequence[Hour]) -> None:
    db.conn.executemany(
        "INSERT OR REPLACE INTO source_hours (source, hour, heard, items, refused, requests) "
        "VALUES (?, ?, ?, ?, 0, 1)",
        [(source, hour.start, hour.heard, hour.items) for hour in hours],
    )


def with_history(path: Path | str = ":memory:") -> Database:
    """Three sources that were well until NOW."""
    db = open_database(path, ROOMS, create=True)
    with transaction(db) as connection:
        for one in STATIONS:
            connection.execute(
                "INSERT INTO source_health (source, type, first_at, next_at, heard_at, item_at) "
                "VALUES (?, 'scripted', ?, ?, ?, ?)",
                [one.name, START, NOW, NOW, NOW - 1000],
            )
            put(db, one.name, STEADY)
    return db


def go_on(db: Database, minutes: int) -> None:
    """What happens to the ledger: one fails, one hangs, one says nothing."""
    now = NOW + minutes * MINUTE
    with transaction(db) as connection:
        if minutes % 5 == 0:
            note_failure(connection, POLLED, "HTTP 503", requests=1, now=now, asked=None)
            note_caught_up(connection, SILENT, requests=1, now=now)


def look(db: Database, minutes: int, stations: Sequence[Station] = STATIONS) -> int:
    return run_to_end(CoverageStage(stations), db, now=NOW + minutes * MINUTE)


def told(db: Database) -> list[tuple[str, str, int]]:
    rows = db.execute("SELECT series, state, detected_at FROM signals ORDER BY id").fetchall()
    return [(source, state, (at - NOW) // MINUTE) for source, state, at in rows]


def test_each_outage_is_raised_within_its_stated_time() -> None:
    db = with_history()
    for minute in range(6 * 60):
        go_on(db, minute)
        look(db, minute)
    first = {source: at for source, _, at in reversed(told(db))}
    assert first["polled"] == 30  # the first failure was at 0
    assert first["stream"] == 10
    assert 60 <= first["silent"] <= 3 * 60
    assert {one.source: one.cause for one in open_outages(db)} == {
        "polled": Cause.FAILING,
        "silent": Cause.SILENT,
        "stream": Cause.OVERDUE,
    }
    assert [gap.source for gap in stored_gaps(db)] == ["polled", "silent"]


def test_what_is_heard_again_is_over_and_the_ledger_knows() -> None:
    db = with_history()
    for minute in range(4 * 60):
        go_on(db, minute)
        look(db, minute)
    back = NOW + 4 * HOUR_MS
    with transaction(db) as connection:
        note_caught_up(connection, POLLED, requests=1, now=back)
        for one in (STREAM, SILENT):
            note_batch(connection, one, Batch("1"), new=3, requests=1, now=back)
    look(db, 4 * 60 + 1)
    assert open_outages(db) == []
    assert sorted(row[0] for row in told(db) if row[1] == "closed") == [
        "polled",
        "silent",
        "stream",
    ]
    gaps = {gap.source: gap for gap in stored_gaps(db)}
    assert gaps["polled"].repaired_at == back
    assert (gaps["silent"].until, gaps["silent"].repaired_at) == (back + MINUTE, None)


def test_an_answer_does_not_end_the_gap_of_a_silence() -> None:
    db = with_history()
    for minute in range(4 * 60):
        go_on(db, minute)
        look(db, minute)
    with transaction(db) as connection:
        note_batch(connection, SILENT, Batch("1"), new=0, requests=1, now=NOW + 4 * HOUR_MS)
        note_caught_up(connection, SILENT, requests=1, now=NOW + 4 * HOUR_MS)
    [gap] = [gap for gap in stored_gaps(db) if gap.source == "silent"]
    assert gap.until is None


def test_a_removed_source_is_missing_no_longer() -> None:
    db = with_history()
    for minute in range(60):
        go_on(db, minute)
        look(db, minute)
    look(db, 60, [STREAM, SILENT])
    assert [(source, state) for source, state, _ in told(db)][-1] == ("polled", "closed")
    assert all(gap.until for gap in stored_gaps(db) if gap.source == "polled")
    look(db, 61, [])
    assert open_outages(db) == []
    assert look(db, 62, []) == 0


def test_a_pause_of_krasae_itself_is_nobodys_outage() -> None:
    db = with_history()
    look(db, 0)
    day = 24 * 60
    assert look(db, day) > 0
    assert told(db) == []
    with transaction(db) as connection:
        note_batch(connection, STREAM, Batch("1"), new=1, requests=1, now=NOW + DAY_MS + MINUTE)
        note_caught_up(connection, POLLED, requests=1, now=NOW + DAY_MS + MINUTE)
        note_caught_up(connection, SILENT, requests=1, now=NOW + DAY_MS + MINUTE)
    for minute in range(day + 1, day + 9):
        look(db, minute)
    assert told(db) == []


def test_it_looks_once_a_minute_and_not_at_all_where_nothing_is_configured() -> None:
    db = with_history()
    assert look(db, 0) > 0
    stage = CoverageStage(STATIONS)
    assert stage.step(db, limit=1, now=NOW + MINUTE - 1).read == 0
    assert stage.step(db, limit=1, now=NOW + MINUTE).read > 0
    assert stage.backlog(db) == 0
    empty = open_database(":memory:", ROOMS, create=True)
    assert run_to_end(CoverageStage(()), empty, now=NOW) == 0
    assert empty.execute("SELECT count(*) FROM cursors").fetchone()[0] == 0


def test_the_stage_survives_a_kill_before_every_statement(tmp_path: Path) -> None:
    start = tmp_path / "start.db"
    db = with_history(start)
    for minute in range(0, 4 * 60, 5):
        go_on(db, minute)
    db.close()

    def job(db: Database) -> None:
        for minute in (240, 241, 60 * 30):
            look(db, minute)
        look(db, 60 * 30 + 1, [POLLED])

    before = contents(start)
    assert list(wrong_after_kills(job, start, tmp_path)) == []
    after = contents(tmp_path / "undisturbed.db")
    assert len(after["signals"]) > len(before["signals"]) + 3


# -- losses that are final -----------------------------------------------------------------


def test_a_loss_that_is_final_is_not_repaired_by_being_heard_again() -> None:
    db = with_history()
    lost = Gap(NOW - 3 * HOUR_MS, NOW - 2 * HOUR_MS, "too old to have")
    open_still = replace(lost, cause="not asked for yet", final=False)
    with transaction(db) as connection:
        batch = Batch("1", gaps=(lost, open_still))
        note_batch(connection, POLLED, batch, new=0, requests=1, now=NOW)
        batch = Batch("2", heard_until=NOW)
        note_batch(connection, POLLED, batch, new=0, requests=1, now=NOW + MINUTE)
    gaps = {gap.cause: gap for gap in records(db, now=NOW + MINUTE)["polled"].gaps}
    assert gaps["too old to have"].repaired_at is None
    assert gaps["too old to have"].final
    assert gaps["not asked for yet"].repaired_at == NOW + MINUTE
    assert gaps["not asked for yet"].known_at == NOW
