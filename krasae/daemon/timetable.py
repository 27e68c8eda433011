"""APScheduler, one job at a time, by a clock on the wall that may jump."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from listener.model import HOUR_MS

Do = Callable[[], None]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Its warnings are about what is meant to be so here; what goes wrong in a job, the job tells.
logging.getLogger("apscheduler").addHandler(logging.NullHandler())


class Timetable(BaseScheduler):  # type: ignore[misc]
    """Does what is due at each `look`, in the thread that looks: no job beside another.

    APScheduler's own loops sleep until the next job by a clock that stands still while the
    machine is suspended. So somebody looks every second, and what came due meanwhile is done
    at once, and once (`coalesce`). How late is too late, the job knows itself.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._now = now
        self._last = now()

    def every(self, seconds: float, name: str, do: Do) -> None:
        """At the first look, and then so often."""
        trigger = IntervalTrigger(seconds=seconds, start_date=_EPOCH, timezone=UTC)
        self.add_job(do, trigger, id=name, next_run_time=self._moment())

    def daily(self, at: str, timezone: str, name: str, do: Do) -> None:
        """At the first look, for what was missed, and then daily at `at` ("08:30") there."""
        hour, minute = at.split(":")
        trigger = CronTrigger(hour=int(hour), minute=int(minute), timezone=ZoneInfo(timezone))
        self.add_job(do, trigger, id=name, next_run_time=self._moment())

    def later(self, seconds: float, do: Do) -> None:
        """Once more, after so long."""
        self.add_job(do, DateTrigger(self._moment(seconds)))

    def look(self) -> None:
        """Do what is due."""
        now = self._now()
        moved, self._last = now - self._last, now
        for job in self.get_jobs():
            # Back: what is due next would be waited for too long. Far on: APScheduler would
            # count every run that was missed, and a clock without a battery begins in 1970.
            if moved < 0 or (moved > HOUR_MS and isinstance(job.trigger, IntervalTrigger)):
                self.reschedule_job(job.id, trigger=job.trigger)
        self._process_jobs()

    def wakeup(self) -> None:
        """Nothing sleeps here."""

    def shutdown(self, wait: bool = True) -> None:
        """There is no thread to end."""
        super().shutdown(wait)

    def _moment(self, seconds: float = 0.0) -> datetime:
        return datetime.fromtimestamp(self._now() / 1000 + seconds, UTC)
