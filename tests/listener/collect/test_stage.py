"""The stage that polls: what is stored, when it asks again, and what no kill can break."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.collect.stage import CollectStage
from listener.collect.station import Station
from listener.errors import CursorMovedError, RateLimitedError, SourceDownError, StoreError
from listener.model import Folding, FoldingKind
from listener.source import Batch, Gap
from listener.stage import IDLE, Stage, Step, run_to_end
from listener.store import open_database
from tests.laws.killing import wrong_after_kills
from tests.listener.collect.scripted import (
    NOW,
    SURROUNDINGS,
    Platform,
    fresh,
    gaps,
    health,
    ids,
    post,
    station,
)

MINUTE = 60_000
HOUR = 60 * MINUTE


def stage(*stations: Station) -> CollectStage:
    return CollectStage(stations, SURROUNDINGS, wait=lambda _: False)


def collect(db: Database, *stations: Station, now: int = NOW) -> int:
    return run_to_end(stage(*stations), db, now=now)


def raising(error: Exception, at: int) -> Callable[[int], None]:
    def fault(done: int) -> None:
        if done == at:
            raise error

    return fault


def test_it_is_a_stage() -> None:
    assert isinstance(stage(), Stage)
    assert (CollectStage.name, CollectStage.needs) == ("collect", ())
    assert stage().backlog(fresh()) == 0
    assert stage().step(fresh(), limit=1, now=NOW) == IDLE


def test_a_batch_a_step() -> None:
    db = fresh()
    platform = Platform([post(n) for n in range(25)])
    polled = stage(station(platform))
    steps = [polled.step(db, limit=1000, now=NOW) for _ in range(5)]
    assert steps == [Step(10, 10), Step(10, 10), Step(5, 5), IDLE, IDLE]
    assert ids(db) == [str(n) for n in range(25)]
    assert platform.connections == platform.closed == 1
    [cursor] = db.query("SELECT * FROM source_cursors")
    assert cursor == {"source": "it", "type": "scripted", "cursor": "25", "moves": 3}


def test_it_asks_again_when_it_is_due_and_goes_on_from_there() -> None:
    db = fresh()
    platform = Platform([post(n) for n in range(3)])
    it = station(platform)
    assert collect(db, it) == 3
    platform.posts.append(post(3))
    assert collect(db, it, now=NOW + 299_999) == 0
    assert collect(db, it, now=NOW + 300_000) == 1
    assert platform.cursors == [None, "3"]
    assert health(db)["item_at"] == NOW + 300_000
    assert db.execute("SELECT count(*) FROM mentions").fetchone() == (4,)


def test_edits_and_deletions_are_folded_in() -> None:
    db = fresh()
    platform = Platform([post(1), post(2)])
    collect(db, station(platform))
    platform.posts += [
        Folding(FoldingKind.EDIT, "x", at=NOW, native_id="1", text="better"),
        Folding(FoldingKind.DELETE, "x", at=NOW, native_id="2"),
        Folding(FoldingKind.DELETE, "x", at=NOW, native_id="3"),
        post(3),
    ]
    platform.size = 4
    assert collect(db, station(platform), now=NOW + HOUR) == 4
    rows = db.execute("SELECT native_id, text, deleted_at FROM mentions ORDER BY seq").fetchall()
    assert rows == [("1", "better", None), ("2", "", NOW), ("3", "", NOW)]


def test_a_broken_source_stops_no_other() -> None:
    db = fresh()
    broken = Platform([post(n) for n in range(30)], fault=raising(KeyError("s3cret"), 10))
    late = Platform([post(100)], fault=raising(RateLimitedError("Wait.", retry_at=NOW + HOUR), 1))
    well = Platform([post(200)])
    stations = [station(broken, "broken"), station(late, "late"), station(well, "well")]
    assert collect(db, *stations) == 12
    assert ids(db) == [*map(str, range(10)), "100", "200"]
    found = health(db, "broken")
    assert found["error"] == "KeyError in source broken (type scripted)."
    assert (found["failures"], found["error_at"]) == (1, NOW)
    assert MINUTE * 0.75 <= found["next_at"] - NOW <= MINUTE * 1.25
    assert health(db, "late")["next_at"] == NOW + HOUR
    assert health(db, "well")["failures"] == 0
    assert broken.closed == late.closed == 1
    assert "s3cret" not in repr(list(db.iterdump()))


def test_it_waits_longer_after_every_failure_and_recovers() -> None:
    db = fresh()
    platform = Platform([post(1)], fault=raising(SourceDownError("It is down."), 0))
    now, waits = NOW, []
    for _ in range(10):
        collect(db, station(platform), now=now)
        waits.append(health(db)["next_at"] - now)
        now = health(db)["next_at"]
    assert all(0.7 < wait / (MINUTE * 2**n) < 1.3 for n, wait in enumerate(waits[:6]))
    assert max(waits) <= HOUR * 1.25
    assert platform.connections == 10
    platform.fault = lambda _: None
    assert collect(db, station(platform), now=now) == 1
    assert health(db)["failures"] == 0
    assert health(db)["error"] == "It is down."  # it stays for who looks later
    assert gaps(db) == [(NOW, now, "It is down.", now)]


def test_a_gap_that_cannot_be_filled_stays_open() -> None:
    db = fresh()
    platform = Platform([post(1)])
    it = station(platform, "it", "poll")
    collect(db, it)
    platform.fault = raising(SourceDownError("It is down."), 1)
    collect(db, it, now=NOW + HOUR)
    platform.fault = lambda _: None
    later = health(db)["next_at"]
    collect(db, it, now=later)
    assert gaps(db) == [(NOW, later, "It is down.", None)]
    collect(db, it, now=later + 9 * HOUR)
    assert gaps(db)[1] == (later, later + 9 * HOUR, "nobody listened", None)


def test_what_a_source_tells_itself_is_in_the_ledger() -> None:
    db = fresh()

    class Told:
        def batches(self, cursor: str | None) -> list[Batch]:
            gap = Gap(NOW - 5, NOW - 1, "the feed had moved on")
            return [Batch("1", gaps=(gap,), refused=2), Batch("2", problem="One of two is down.")]

        def close(self) -> None: ...

    it = station(Platform())
    told = replace(it, plug=type("Plug", (), {"connect": lambda *_: Told()})())
    assert collect(db, told) == 2
    assert gaps(db) == [(NOW - 5, NOW - 1, "the feed had moved on", None)]
    found = health(db)
    assert (found["failures"], found["error"]) == (0, "One of two is down.")
    hours = db.execute("SELECT heard, items, refused, requests FROM source_hours").fetchall()
    assert hours == [(1, 0, 2, 0)]


def test_no_mention_is_from_the_future() -> None:
    db = fresh()
    collect(db, station(Platform([post(1, at=NOW + HOUR), post(2, at=NOW - HOUR)])))
    rows = db.execute("SELECT published_at FROM mentions ORDER BY seq").fetchall()
    assert rows == [(NOW,), (NOW - HOUR,)]


def test_another_type_under_the_same_name_starts_anew() -> None:
    db = fresh()
    platform = Platform([post(1)])
    collect(db, station(platform))
    collect(db, station(platform, kind="other"), now=NOW + HOUR)
    assert platform.cursors == [None, None]
    assert health(db)["type"] == "other"


def test_streams_are_left_alone() -> None:
    platform = Platform([post(1)])
    assert collect(fresh(), station(platform, "it", "stream")) == 0
    assert platform.connections == 0


def test_two_processes_do_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "two.db"
    first, second = open_database(path, ROOMS, create=True), open_database(path, ROOMS)
    platform = Platform([post(n) for n in range(95)])
    one, two = stage(station(platform)), stage(station(platform))
    read = moved = 0
    for turn in range(400):
        try:
            step = (one, two)[turn % 2].step((first, second)[turn % 2], limit=9, now=NOW)
            read += step.read
        except CursorMovedError:
            moved += 1
        if len(ids(first)) == 95 and health(first)["next_at"] > NOW:
            break
    assert moved > 0
    assert read == 95
    assert ids(first) == [str(n) for n in range(95)]
    assert first.execute("SELECT sum(items) FROM source_hours").fetchone() == (95,)
    first.close()
    second.close()


@pytest.mark.parametrize("fault", [None, SourceDownError("It is down.")])
def test_no_kill_breaks_it(tmp_path: Path, fault: SourceDownError | None) -> None:
    start = tmp_path / "start.db"
    open_database(start, ROOMS, create=True).close()

    def job(db: Database) -> None:
        posts = [post(n) for n in range(7)]
        platform = Platform([*posts, Folding(FoldingKind.DELETE, "x", at=NOW, native_id="3")])
        platform.size = 4
        if fault:
            platform.fault = raising(fault, 4)
        unasked = replace(station(platform), plug=_WithoutRequests(platform))
        run_to_end(CollectStage([unasked], SURROUNDINGS), db, now=NOW)

    assert list(wrong_after_kills(job, start, tmp_path)) == []


class _WithoutRequests:
    """Counts no requests: those of a killed run were really made, and made again after it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def connect(self, options: object, context: object) -> object:
        from listener.source import Tally

        quiet = replace(context, tally=Tally())  # type: ignore[type-var]
        return self._platform.connect(options, quiet)  # type: ignore[arg-type]


def test_a_store_that_fails_is_not_the_sources_fault() -> None:
    db = fresh()
    platform = Platform([post(1)])
    db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError):
        collect(db, station(platform))
    db.execute("PRAGMA query_only = OFF")
    assert db.execute("SELECT count(*) FROM source_health").fetchone() == (0,)
