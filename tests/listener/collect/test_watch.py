"""Listening to several at once: stored in order, restarted, held back, stopped in time."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from krasae.schema import ROOMS
from listener.collect.keep import MemoryKeeper, StoreKeeper
from listener.collect.station import Station
from listener.collect.watch import Event, Watch
from listener.errors import SourceDownError, SourceError, StoreError
from listener.source import Batch, Context, Gap, Source, Tally
from listener.store import open_database
from tests.listener.collect.scripted import (
    KEY,
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


class Clock:
    """A clock that runs as fast as it is read: `step` ms at every look."""

    def __init__(self, step: int = 2000) -> None:
        self._now = NOW
        self._step = step

    def __call__(self) -> int:
        self._now += self._step
        return self._now


def watch(
    keeper: StoreKeeper | MemoryKeeper, *stations: Station, step: int = 2000, **options: float
) -> Watch:
    return Watch(
        stations,
        keeper,
        SURROUNDINGS,
        now=Clock(step),
        **options,  # type: ignore[arg-type]
    )


def stream(platform: Platform, name: str = "it") -> Station:
    return station(platform, name, "stream", "backfill")


def listen_until(watching: Watch, mentions: int) -> list[Event]:
    """Listen until so many mentions came, or for a minute at most."""
    events: list[Event] = []
    timer = threading.Timer(60, watching.stop)
    timer.start()
    heard = 0
    for event in watching.events():
        events.append(event)
        heard += len(event.batch.mentions) if event.batch else 0
        if heard >= mentions:
            watching.stop()
    timer.cancel()
    assert heard >= mentions
    return events


def test_polls_and_streams_are_heard_and_stored() -> None:
    db = fresh()
    poll = Platform([post(n) for n in range(25)])
    live = Platform([post(n) for n in range(100, 125)])
    listen_until(watch(StoreKeeper(db, KEY), station(poll, "poll"), stream(live, "live")), 50)
    assert sorted(map(int, ids(db))) == [*range(25), *range(100, 125)]
    cursors = db.execute("SELECT source, cursor FROM source_cursors ORDER BY source").fetchall()
    assert cursors == [("live", "25"), ("poll", "25")]
    assert live.closed == live.connections


def test_a_later_watch_goes_on_where_it_ended() -> None:
    db = fresh()
    platform = Platform([post(n) for n in range(10)])
    listen_until(watch(StoreKeeper(db, KEY), stream(platform)), 10)
    platform.posts += [post(n) for n in range(10, 20)]
    listen_until(watch(StoreKeeper(db, KEY), stream(platform)), 10)
    assert platform.cursors == [None, "10"]
    assert ids(db) == [str(n) for n in range(20)]


def test_a_run_that_fails_is_begun_again_from_what_was_kept() -> None:
    db = fresh()
    platform = Platform([post(n) for n in range(50)], size=5)
    failed: set[int] = set()

    def fault(done: int) -> None:
        if done % 15 == 10 and done not in failed:
            failed.add(done)
            raise (SourceDownError("It is down.") if done % 2 else ZeroDivisionError("oops"))

    platform.fault = fault
    other = Platform([post(n) for n in range(100, 120)])
    watching = watch(StoreKeeper(db, KEY), stream(platform), stream(other, "other"))
    events = listen_until(watching, 70)
    assert sorted(map(int, ids(db))) == [*range(50), *range(100, 120)]
    errors = [event.error.message for event in events if event.error]
    assert errors.count("It is down.") == 1
    assert errors.count("ZeroDivisionError in source it (type scripted).") == 2
    assert platform.cursors == [None, "10", "25", "40"]
    assert health(db)["failures"] == 0
    assert len(gaps(db)) == 3
    assert all(until and until > since for since, until, _, _ in gaps(db))


def test_a_stream_says_up_to_when_it_has_heard_all() -> None:
    """Then the gaps before that are repaired, and the later ones are not."""
    db = fresh()
    keeper, it = StoreKeeper(db, KEY), stream(Platform())
    live = Station(it.name, it.type, it.spec, it.options, it.plug, streaming=True)
    tally = Context("", Path(), "", {}, int, bool).tally
    _, at = keeper.keep(live, Batch("1"), since=keeper.position(live), tally=tally, now=NOW)
    keeper.failed(live, SourceDownError("Down."), tally=tally, now=NOW + 10)
    _, at = keeper.keep(live, Batch("2"), since=at, tally=tally, now=NOW + 20)
    assert gaps(db) == [(NOW, NOW + 20, "Down.", None)]
    _, at = keeper.keep(live, Batch("3", heard_until=NOW + 19), since=at, tally=tally, now=NOW + 30)
    assert gaps(db)[0][3] is None
    keeper.keep(live, Batch("4", heard_until=NOW + 20), since=at, tally=tally, now=NOW + 40)
    assert gaps(db) == [(NOW, NOW + 20, "Down.", NOW + 40)]


def test_what_is_lost_for_good_does_not_keep_what_is_had_later_from_being_repaired() -> None:
    db = fresh()
    keeper, live = StoreKeeper(db, KEY), replace(stream(Platform()), streaming=True)
    lost = Gap(NOW - 500, NOW - 400, "It is not kept for so long.")
    first = Batch("1", gaps=(lost,), heard_until=NOW)
    _, at = keeper.keep(live, first, since=keeper.position(live), tally=Tally(), now=NOW)
    keeper.failed(live, SourceDownError("Down."), tally=Tally(), now=NOW + 10)
    later = Batch("2", heard_until=NOW + 20)
    keeper.keep(live, later, since=at, tally=Tally(), now=NOW + 20)
    assert gaps(db) == [
        (NOW - 500, NOW - 400, "It is not kept for so long.", None),
        (NOW, NOW + 20, "Down.", NOW + 20),
    ]


def test_of_who_only_receives_the_closed_door_is_a_gap_and_a_failure_is_none() -> None:
    """What is delivered waits for a source that fails; it tries again while the door is open."""
    db = fresh()
    door = station(Platform(), "it", "stream", "receive", interval=60.0)
    keeper, live = StoreKeeper(db, KEY), replace(door, streaming=True)
    at, now = keeper.position(live), NOW
    _, at = keeper.keep(live, Batch("1"), since=at, tally=Tally(), now=now)
    for _ in range(20):
        due = keeper.failed(live, SourceError("No use."), tally=Tally(), now=now)
        assert due - now < 3 * live.interval
        now = due
    assert health(db)["failures"] == 20
    assert health(db)["heard_at"] == NOW, "it fails, and whoever should know is told"
    due = keeper.failed(live, SourceError("No use."), tally=Tally(), now=now)
    assert gaps(db) == []
    opened = now + 10 * live.interval
    keeper.failed(live, SourceError("No use."), tally=Tally(), now=opened)
    assert gaps(db) == [(due, opened, "nobody listened", None)]
    keeper.keep(live, Batch("2"), since=at, tally=Tally(), now=opened + 10)
    assert len(gaps(db)) == 1
    assert health(db)["failures"] == 0


def test_not_streaming_it_polls_what_can_be_polled() -> None:
    both = Platform([post(n) for n in range(25)])
    watching = watch(MemoryKeeper(), station(both, "it", "stream", "poll"), streaming=False)
    heard = 0
    for event in watching.events():
        heard += len(event.batch.mentions) if event.batch else 0
        if event.batch is None:
            watching.stop()
    assert (heard, event.error) == (25, None)


def test_without_a_store_nothing_is_kept_and_nothing_heard_twice() -> None:
    platform = Platform([post(n) for n in range(30)])
    failed: list[int] = []

    def fault(done: int) -> None:
        if done == 20 and not failed:
            failed.append(done)
            raise SourceDownError("It is down.")

    platform.fault = fault
    events = listen_until(watch(MemoryKeeper(), station(platform), step=3_600_000), 30)
    heard = [mention.native_id for e in events if e.batch for mention in e.batch.mentions]
    assert heard == [str(n) for n in range(30)]


def test_another_process_that_is_ahead_is_caught_up_with(tmp_path: Path) -> None:
    path = tmp_path / "two.db"
    first, second = open_database(path, ROOMS, create=True), open_database(path, ROOMS)
    platform = Platform([post(n) for n in range(40)], size=1)
    one = watch(StoreKeeper(first, KEY), stream(platform))
    two = watch(StoreKeeper(second, KEY), stream(platform))
    deadline = time.monotonic() + 60
    streams: list[Iterator[Event]] = [one.events(), two.events()]
    while len(ids(first)) < 40 and time.monotonic() < deadline:
        for events in streams:
            next(events)
    one.stop()
    two.stop()
    for events in streams:
        list(events)
    assert ids(first) == [str(n) for n in range(40)]
    assert first.execute("SELECT sum(items) FROM source_hours").fetchone() == (40,)
    first.close()
    second.close()


class _Flood:
    """Says more than anyone can store; counts how far it got."""

    def __init__(self) -> None:
        self.said = 0

    def connect(self, options: object, context: Context) -> Source:
        return self

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        while True:
            self.said += 1
            yield Batch(str(self.said), (post(self.said),))

    def close(self) -> None: ...


def test_a_flood_is_held_back() -> None:
    flood = _Flood()
    watching = watch(MemoryKeeper(), stream(flood), waiting=4)  # type: ignore[arg-type]
    events = watching.events()
    next(events)
    ahead = 0
    for _ in range(20):
        time.sleep(0.005)
        ahead = max(ahead, flood.said)
    assert ahead <= 7  # four that wait, one in each hand
    watching.stop()
    list(events)


class _Deaf:
    """Hangs, and does not hear that it should stop."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def connect(self, options: object, context: Context) -> Source:
        return self

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        yield Batch("1", (post(1),))
        self.over.wait(60)

    def close(self) -> None: ...


def test_a_source_that_does_not_stop_is_left_behind() -> None:
    db = fresh()
    deaf, well = _Deaf(), Platform([post(2)])
    watching = watch(
        StoreKeeper(db, KEY),
        stream(deaf, "deaf"),  # type: ignore[arg-type]
        stream(well, "well"),
        grace=0.2,
    )
    listen_until(watching, 2)
    assert sorted(ids(db)) == ["1", "2"]
    deaf.over.set()


def test_what_waits_when_time_is_up_comes_the_next_time() -> None:
    """A reader of the events that is slow keeps nobody from stopping; nothing is lost by it."""
    db = fresh()
    platform = Platform([post(number) for number in range(200)], size=1, streaming=True)
    watching = watch(StoreKeeper(db, KEY), stream(platform), grace=0.05)
    events = watching.events()
    next(events)
    watching.stop()
    for _ in events:
        time.sleep(0.01)
    assert len(ids(db)) < 64  # of those that waited, most are left
    listen_until(watch(StoreKeeper(db, KEY), stream(platform)), 200 - len(ids(db)))
    assert sorted(ids(db), key=int) == [str(number) for number in range(200)]


def test_a_stop_ends_a_long_pause() -> None:
    watching = Watch(
        [station(Platform([post(1)]), interval=86_400.0)],
        MemoryKeeper(),
        SURROUNDINGS,
        now=lambda: NOW,
    )
    assert len(listen_until(watching, 1)) >= 1


def test_a_store_that_cannot_be_written_ends_it_loudly() -> None:
    db = fresh()
    db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError):
        list(watch(StoreKeeper(db, KEY), stream(Platform([post(1)]))).events())


class Wall:
    """A clock on the wall, set by the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def _heard(watching: Watch, events: Iterator[Event], runs: int) -> None:
    """Take events until so many polls came to their end."""
    timer = threading.Timer(60, watching.stop)
    timer.start()
    while runs:
        runs -= next(events).batch is None
    timer.cancel()


def test_a_poll_that_was_slept_over_is_made_at_once_and_once() -> None:
    wall, platform, keeper = Wall(), Platform([post(1)]), MemoryKeeper()
    watching = Watch([station(platform)], keeper, SURROUNDINGS, now=wall)
    events = watching.events()
    _heard(watching, events, 1)
    wall.now += 8 * 3_600_000  # 96 polls were missed
    _heard(watching, events, 1)
    time.sleep(0.3)
    assert platform.connections == 2
    watching.stop()
    list(events)


def test_a_clock_that_is_set_back_puts_no_poll_off() -> None:
    wall, platform = Wall(), Platform([post(1)])
    watching = Watch([station(platform, interval=0.5)], MemoryKeeper(), SURROUNDINGS, now=wall)
    events = watching.events()
    _heard(watching, events, 1)
    wall.now -= 3_600_000
    _heard(watching, events, 1)
    assert platform.connections == 2
    watching.stop()
    list(events)


def test_who_is_patient_asks_when_it_is_due() -> None:
    wall, db = Wall(), fresh()
    platform = Platform([post(1)])

    def listen(*, patient: bool) -> None:
        watching = Watch(
            [station(platform)], StoreKeeper(db, KEY), SURROUNDINGS, now=wall, patient=patient
        )
        events = watching.events()
        if patient:
            threading.Timer(0.3, watching.stop).start()
            list(events)
            return
        _heard(watching, events, 1)
        watching.stop()
        list(events)

    listen(patient=True)  # nobody knows it: it is due
    assert platform.connections == 1
    listen(patient=True)
    assert platform.connections == 1
    listen(patient=False)
    assert platform.connections == 2
    wall.now += 301_000
    listen(patient=True)
    assert platform.connections == 3
