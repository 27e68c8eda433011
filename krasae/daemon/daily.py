"""What is done once a day, and the diary that says that it was."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta

from sqlite_utils import Database

from alerts.digest.day import Day, day_of, latest_date
from krasae import digests, topics
from krasae.erase import expire
from krasae.settings import Settings
from krasae.workspace import Workspace
from listener.store import runs, transaction

Lines = Generator[str | None, None, None]


@dataclass(frozen=True, slots=True)
class Daily:
    """A job for the day that ends `at` ("08:30"). `do` returns its line, None for nothing done.

    One that takes long, and computes elsewhere, is a generator: it is asked again and again
    for its next line, None for none yet, and everything else is done in between.
    """

    name: str
    at: str
    do: Callable[[Workspace, Day, int], str | Lines | None]


def daily_jobs(settings: Settings) -> tuple[Daily, ...]:
    """All of them. What is to be done daily, or fitted anew, joins here."""
    jobs = [
        Daily("digest", settings.digest.hour, _digest),
        Daily("retention", settings.daemon.retention_at, _retention),
    ]
    if settings.daemon.topics_at != "never" and topics.installed():
        jobs.append(Daily("topics", settings.daemon.topics_at, _topics))
    return tuple(jobs)


def due_day(job: Daily, timezone: str, now: int) -> Day:
    """The latest day whose end has come, also when its hour is left out or comes twice."""
    date = latest_date(now, hour=job.at, timezone=timezone)
    day = day_of(date, hour=job.at, timezone=timezone)
    if day.end > now:  # the clocks went forward over the hour, which is late today
        day = day_of(date - timedelta(days=1), hour=job.at, timezone=timezone)
    return day


def next_day(job: Daily, timezone: str, now: int) -> Day:
    """The day after that one."""
    date = due_day(job, timezone, now).date + timedelta(days=1)
    return day_of(date, hour=job.at, timezone=timezone)


def is_done(db: Database, job: Daily, day: Day) -> bool:
    """Whether the diary says so."""
    return runs.is_done(db, _entry(job, day))


def note_done(db: Database, job: Daily, day: Day, *, since: int, now: int) -> None:
    """Write it into the diary."""
    with transaction(db) as connection:
        runs.note_done(connection, _entry(job, day), since=since, now=now)


def _entry(job: Daily, day: Day) -> str:
    return f"{job.name} {day.date.isoformat()}"


def _digest(workspace: Workspace, day: Day, now: int) -> str | None:
    if not _was_there(workspace.db, day):
        return None  # "a calm day" would be untrue of a day that nobody heard
    _, written = digests.write(workspace, day, now=now)
    return f"{written.headline} ({written.files[0]})"


def _was_there(db: Database, day: Day) -> bool:
    """Whether anything was collected before the day's end, or was imported about it since."""
    first = db.execute("SELECT collected_at FROM mentions ORDER BY seq LIMIT 1").fetchone()
    if first is None or first[0] < day.end:
        return first is not None
    about = db.execute(
        "SELECT 1 FROM mentions WHERE published_at >= ? AND published_at < ? LIMIT 1",
        [day.start, day.end],
    ).fetchone()
    return about is not None


def _retention(workspace: Workspace, day: Day, now: int) -> str | None:
    erased = expire(workspace, now=now).mentions
    return f"old mentions erased: {erased:,}." if erased else None


def _topics(workspace: Workspace, day: Day, now: int) -> Lines:
    from krasae.daemon.topics import refit

    return refit(workspace, since=day.end, now=now)
