"""The jobs of the daemon by a clock that jumps: each once, none twice, none for another's fault."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from alerts.digest.day import Day
from krasae.daemon.daily import Daily, Lines, daily_jobs, due_day, next_day
from krasae.daemon.notice import Notice
from krasae.daemon.work import Work
from krasae.settings import Settings
from krasae.workspace import Workspace
from listener.errors import KrasaeError, StoreBusyError, StoreError
from listener.model import DAY_MS, HOUR_MS, Mention
from listener.stage import IDLE, Stage, Step
from listener.store import append, runs

SECOND = 1000
MINUTE = 60 * SECOND


def at(text: str, zone: str = "Asia/Bangkok", fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.timestamp() * 1000)


@dataclass
class Wall:
    """The clock on the wall, ours and APScheduler's."""

    now: int = at("2026-11-24T07:00")

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    found = Wall()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(found.now / 1000, tz)

    for module in ("schedulers", "executors"):
        monkeypatch.setattr(f"apscheduler.{module}.base.datetime", Clock)
    return found


@dataclass
class Counting:
    """A stage that counts its runs, and fails as it is told."""

    name: str = "counting"
    needs: tuple[str, ...] = ()
    runs: int = 0
    fault: Exception | None = None

    def backlog(self, db: Database) -> int:
        return 0

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        self.runs += 1
        if self.fault:
            raise self.fault
        return IDLE


@dataclass
class Doing:
    """Daily jobs that note their days."""

    settings: Settings
    done: list[tuple[str, date]] = field(default_factory=list)
    faults: int = 0

    @property
    def jobs(self) -> tuple[Daily, ...]:
        return tuple(
            Daily(job.name, job.at, self._doing(job.name)) for job in daily_jobs(self.settings)
        )

    def _doing(self, name: str) -> Any:
        def do(workspace: Workspace, day: Day, now: int) -> str:
            assert day.end <= now
            if self.faults:
                self.faults -= 1
                raise OSError("No space left on device: /secret/place")
            self.done.append((name, day.date))
            return "done"

        return do

    def of(self, name: str) -> list[str]:
        return [day.isoformat() for who, day in self.done if who == name]


@dataclass
class Bench:
    """A workspace's work, a clock, and what was told."""

    workspace: Workspace
    wall: Wall
    stage: Counting = field(default_factory=Counting)
    told: list[Notice] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.doing = Doing(self.workspace.settings)

    def start(self, *stages: Stage, jobs: tuple[Daily, ...] | None = None) -> Work:
        return Work(
            self.workspace,
            stages or (self.stage,),
            self.doing.jobs if jobs is None else jobs,
            now=self.wall,
            tell=self.told.append,
            stopping=self.stopping,
        )

    def pass_time(self, work: Work, until: int, step: int) -> None:
        while self.wall.now < until:
            self.wall.now = min(until, self.wall.now + step)
            work.go_on()

    @property
    def lines(self) -> list[str]:
        return [f"{notice.about}: {notice.text}" for notice in self.told]


@pytest.fixture
def bench(workspace: Workspace, wall: Wall) -> Bench:
    return Bench(workspace, wall)


def in_zone(bench: Bench, zone: str, digest_at: str) -> None:
    settings = bench.workspace.settings
    changed = settings.model_copy(
        update={
            "workspace": settings.workspace.model_copy(update={"timezone": zone}),
            "digest": settings.digest.model_copy(update={"hour": digest_at}),
        }
    )
    bench.workspace = Workspace(
        bench.workspace.folder, changed, bench.workspace.db, bench.workspace.key
    )
    bench.doing = Doing(changed)


def test_the_stages_run_at_once_and_then_every_twenty_seconds(bench: Bench) -> None:
    work = bench.start()
    work.go_on()
    assert bench.stage.runs == 1 + 2  # and before the retention and the topics that were missed
    runs = bench.stage.runs
    bench.pass_time(work, bench.wall.now + 10 * MINUTE, SECOND)
    assert bench.stage.runs - runs == 30


def test_a_day_has_one_digest_and_one_retention(bench: Bench) -> None:
    work = bench.start()
    bench.pass_time(work, bench.wall.now + 3 * DAY_MS, 5 * MINUTE)
    days = ["2026-11-24", "2026-11-25", "2026-11-26"]
    assert bench.doing.of("digest") == days
    assert bench.doing.of("retention") == [*days, "2026-11-27"]


def test_after_a_sleep_all_is_done_once_and_at_once(bench: Bench) -> None:
    work = bench.start()
    work.go_on()
    bench.doing.done.clear()
    bench.wall.now = at("2026-11-24T15:00")  # slept over the digest
    runs = bench.stage.runs
    work.go_on()
    assert bench.doing.of("digest") == ["2026-11-24"]
    assert bench.stage.runs <= runs + 2
    bench.pass_time(work, bench.wall.now + HOUR_MS, 30 * SECOND)
    assert bench.doing.done == [("digest", date(2026, 11, 24))]


def test_after_a_week_in_the_drawer_only_the_last_day_is_made_up_for(bench: Bench) -> None:
    work = bench.start()
    work.go_on()
    bench.doing.done.clear()
    bench.wall.now = at("2026-12-02T09:00")
    work.go_on()
    today = date(2026, 12, 2)
    names = ("digest", "retention", "topics")
    assert sorted(bench.doing.done) == [(name, today) for name in names]


def test_what_is_too_late_is_left_out(bench: Bench) -> None:
    bench.wall.now = at("2026-11-24T20:31")
    work = bench.start()
    bench.pass_time(work, at("2026-11-25T03:29"), 10 * MINUTE)
    assert bench.doing.done == []


def test_a_clock_that_is_set_back_makes_no_storm(bench: Bench) -> None:
    work = bench.start()
    bench.pass_time(work, at("2026-11-24T09:00"), MINUTE)
    done, runs = list(bench.doing.done), bench.stage.runs
    bench.wall.now -= HOUR_MS
    bench.pass_time(work, at("2026-11-24T08:10"), SECOND)
    assert 28 <= bench.stage.runs - runs <= 31  # as ever, and not after an hour only
    bench.pass_time(work, at("2026-11-24T10:00"), MINUTE)
    assert bench.doing.done == done


def test_a_clock_that_began_in_1970(bench: Bench) -> None:
    bench.wall.now = 60 * SECOND
    work = bench.start()
    work.go_on()
    bench.doing.done.clear()
    runs = bench.stage.runs
    bench.wall.now = at("2026-11-24T09:00")
    work.go_on()
    bench.pass_time(work, bench.wall.now + MINUTE, SECOND)
    assert bench.doing.of("digest") == ["2026-11-24"]
    assert bench.stage.runs - runs <= 7


@pytest.mark.parametrize(
    ("zone", "hour", "start", "days"),
    [
        ("Europe/Berlin", "02:30", "2026-03-27T12:00", ["03-28", "03-29", "03-30"]),
        ("Europe/Berlin", "02:00", "2026-03-27T12:00", ["03-28", "03-29", "03-30"]),
        ("Europe/Berlin", "02:30", "2026-10-23T12:00", ["10-24", "10-25", "10-26"]),
        ("America/New_York", "02:30", "2026-03-06T12:00", ["03-07", "03-08", "03-09"]),
        ("America/New_York", "01:30", "2026-10-30T12:00", ["10-31", "11-01", "11-02"]),
    ],
)
def test_when_the_clocks_change(
    bench: Bench, zone: str, hour: str, start: str, days: list[str]
) -> None:
    """An hour that is left out, or comes twice, makes one digest all the same, when it is due."""
    in_zone(bench, zone, hour)
    bench.wall.now = at(start, zone)
    work = bench.start()
    work.go_on()
    bench.doing.done.clear()
    seen: list[tuple[str, int]] = []
    end = bench.wall.now + 3 * DAY_MS
    while bench.wall.now < end:
        bench.pass_time(work, bench.wall.now + 5 * MINUTE, 5 * MINUTE)
        seen += [(day[5:], bench.wall.now) for day in bench.doing.of("digest")[len(seen) :]]
    assert [day for day, _ in seen] == days
    for _, moment in seen:
        job = next(job for job in bench.doing.jobs if job.name == "digest")
        assert 0 <= moment - due_day(job, zone, moment).end < 5 * MINUTE + SECOND


def test_what_is_due_next(bench: Bench) -> None:
    digest = daily_jobs(bench.workspace.settings)[0]
    assert next_day(digest, "Asia/Bangkok", at("2026-11-24T08:29")).end == at("2026-11-24T08:30")
    assert next_day(digest, "Asia/Bangkok", at("2026-11-24T08:30")).end == at("2026-11-25T08:30")


def test_a_restart_does_nothing_again(bench: Bench) -> None:
    bench.wall.now = at("2026-11-24T08:29:59")
    work = bench.start()
    bench.pass_time(work, at("2026-11-24T08:31"), SECOND)
    assert len(bench.doing.of("digest")) == 1
    for _ in range(3):
        bench.wall.now += MINUTE
        bench.start().go_on()
    assert len(bench.doing.of("digest")) == len(bench.doing.of("retention")) == 1


def test_what_was_missed_while_it_stood_still_is_made_up_for(bench: Bench) -> None:
    bench.wall.now = at("2026-11-24T11:00")
    bench.start().go_on()
    assert bench.doing.of("digest") == ["2026-11-24"]


def test_a_daily_job_that_fails_is_tried_again_soon(bench: Bench) -> None:
    bench.wall.now = at("2026-11-24T08:30")
    bench.doing.faults = 2
    job = next(job for job in bench.doing.jobs if job.name == "digest")
    work = bench.start(jobs=(job,))
    work.go_on()
    assert bench.doing.done == []
    assert len(bench.lines) == 1
    assert bench.lines[0].startswith("digest: OSError in digest (test_daemon_jobs.py:")
    bench.pass_time(work, at("2026-11-24T08:45"), 10 * SECOND)
    assert bench.doing.done == []  # the second time
    bench.pass_time(work, at("2026-11-24T08:51"), 10 * SECOND)
    assert bench.doing.done == [("digest", date(2026, 11, 24))]
    assert bench.lines[1:] == ["digest: done", "digest: is done after all."]
    assert "secret" not in str(bench.told)


def test_a_stage_that_fails_stops_no_other_and_is_told_once(bench: Bench) -> None:
    broken = Counting("broken", fault=ZeroDivisionError("a secret"))
    work = bench.start(broken, bench.stage, jobs=())
    bench.pass_time(work, bench.wall.now + 2 * MINUTE, 10 * SECOND)
    assert broken.runs == bench.stage.runs >= 6
    assert len(bench.lines) == 1
    assert bench.lines[0].startswith("stage broken: ZeroDivisionError in stage broken (")
    assert bench.told[0].remedy
    broken.fault = StoreBusyError("It is locked.")
    bench.pass_time(work, bench.wall.now + MINUTE, 10 * SECOND)
    broken.fault = None
    bench.pass_time(work, bench.wall.now + MINUTE, 10 * SECOND)
    assert bench.lines[1:] == ["stage broken: It is locked.", "stage broken: works again."]


def test_a_database_that_cannot_be_used_ends_it(bench: Bench) -> None:
    full = Counting("full", fault=StoreError("The disk is full.", remedy="Free some space."))
    work = bench.start(full, bench.stage)
    with pytest.raises(StoreError, match="disk is full"):
        work.go_on()
    assert (bench.stage.runs, bench.doing.done) == (0, [])


def test_a_disk_that_is_full(bench: Bench) -> None:
    """As SQLite says it, not as a test does."""
    db = bench.workspace.db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")

    class Writing(Counting):
        def step(self, db: Database, *, limit: int, now: int) -> Step:
            db.execute("CREATE TABLE much AS SELECT zeroblob(1000000) AS x")
            return IDLE

    with pytest.raises(StoreError) as caught:
        bench.start(Writing()).go_on()
    assert type(caught.value) is StoreError
    assert "Free some space" in caught.value.remedy


def test_asked_to_stop_it_begins_nothing_more(bench: Bench) -> None:
    work = bench.start()
    bench.stopping.set()
    work.go_on()
    assert (bench.stage.runs, bench.doing.done) == (0, [])


class Slow:
    """A job that computes elsewhere, and has nothing to say at first."""

    def __init__(self) -> None:
        self.begun = self.ended = 0
        self.fault: KrasaeError | None = None

    def __call__(self, workspace: Workspace, day: Day, now: int) -> Lines:
        self.begun += 1
        try:
            yield None
            yield "half of it"
            if self.fault:
                raise self.fault
            yield None
        finally:
            self.ended += 1


@pytest.fixture
def slow(bench: Bench) -> Slow:
    bench.wall.now = at("2026-11-24T04:00")
    return Slow()


def is_done(bench: Bench) -> bool:
    return runs.is_done(bench.workspace.db, "topics 2026-11-24")


def test_a_job_that_waits_is_looked_after_between_the_others(bench: Bench, slow: Slow) -> None:
    work = bench.start(jobs=(Daily("topics", "03:30", slow),))
    bench.pass_time(work, bench.wall.now + SECOND, SECOND)
    assert bench.lines == []
    assert bench.stage.runs == 2
    bench.pass_time(work, bench.wall.now + SECOND, SECOND)
    assert bench.lines == ["topics: half of it"]
    assert not is_done(bench)
    bench.pass_time(work, bench.wall.now + MINUTE, SECOND)
    assert bench.stage.runs == 5
    assert bench.lines == ["topics: half of it"]
    assert is_done(bench)
    assert (slow.begun, slow.ended) == (1, 1)


def test_a_job_that_waits_and_fails_begins_again_later(bench: Bench, slow: Slow) -> None:
    slow.fault = KrasaeError("It needs more memory.")
    work = bench.start(jobs=(Daily("topics", "03:30", slow),))
    bench.pass_time(work, bench.wall.now + MINUTE, SECOND)
    assert bench.lines == ["topics: half of it", "topics: It needs more memory."]
    assert (slow.begun, slow.ended) == (1, 1)
    slow.fault = None
    bench.pass_time(work, bench.wall.now + 10 * MINUTE, SECOND)
    assert bench.lines[2:] == ["topics: half of it", "topics: is done after all."]
    assert is_done(bench)


def test_a_job_that_waits_at_the_end_is_done_by_the_next(bench: Bench, slow: Slow) -> None:
    jobs = (Daily("topics", "03:30", slow),)
    work = bench.start(jobs=jobs)
    bench.pass_time(work, bench.wall.now + SECOND, SECOND)
    work.close()
    assert slow.ended == 1 or not slow.begun
    assert not is_done(bench)
    bench.pass_time(bench.start(jobs=jobs), bench.wall.now + 10 * SECOND, SECOND)
    assert is_done(bench)


@pytest.fixture
def spoken(bench: Bench) -> Iterator[Bench]:
    mention = Mention("x", "1", at("2026-11-24T06:00"), "my iphone is broken")
    old = Mention("x", "2", at("2024-01-01T00:00"), "an old iphone")
    append(
        bench.workspace.db, [mention, old], source="t", key=bench.workspace.key, now=bench.wall.now
    )
    yield bench


def test_the_real_digest_and_retention(spoken: Bench) -> None:
    settings, folder = spoken.workspace.settings, spoken.workspace.folder
    spoken.wall.now = at("2026-11-24T08:30")
    spoken.start(jobs=daily_jobs(settings)).go_on()
    pages = sorted(path.name for path in (folder / "digests").iterdir())
    assert pages == ["digest-2026-11-24.en.html", "digest-2026-11-24.en.txt"]
    assert any(line.startswith("digest: ") and "digest-2026" in line for line in spoken.lines)
    assert "retention: old mentions erased: 1." in spoken.lines
    assert [row["native_id"] for row in spoken.workspace.db["mentions"].rows] == ["1"]
    for path in Path(folder / "digests").iterdir():
        path.unlink()
    spoken.start(jobs=daily_jobs(settings)).go_on()
    assert list((folder / "digests").iterdir()) == []  # it was written: not again


def test_a_new_workspace_has_no_day_to_sum_up(bench: Bench) -> None:
    bench.wall.now = at("2026-11-24T09:00")
    bench.start(jobs=daily_jobs(bench.workspace.settings)).go_on()
    assert not (bench.workspace.folder / "digests").exists()
    assert bench.told == []


def test_the_clock_that_is_patched_is_the_one_in_use(wall: Wall) -> None:
    import apscheduler.schedulers.base as base

    assert base.datetime.now(UTC) == datetime.fromtimestamp(wall.now / 1000, UTC)
