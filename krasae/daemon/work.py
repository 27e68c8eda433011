"""The jobs of the daemon: the stages again and again, the daily ones once a day.

All of them run in one thread, one after the other, over one connection to the database. A job
that waits for a process of its own is looked after between the others.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from functools import partial

from alerts import records
from alerts.digest.day import Day
from alerts.message import Edition
from krasae.daemon.daily import Daily, Lines, due_day, is_done, note_done
from krasae.daemon.notice import Notice, Tell, Troubles
from krasae.daemon.timetable import Timetable
from krasae.engine.local import guarded
from krasae.workspace import Workspace
from listener.errors import KrasaeError, StoreBusyError, StoreError
from listener.model import HOUR_MS
from listener.stage import Stage, steps

STAGES = "stages"
_AGAIN = 600.0  # seconds until a daily job that failed is tried again
_MOST_ALERTS = 5  # told one by one after a run of the stages


class Work:
    """Does the jobs of a workspace; its database is this thread's own. `now` in UTC ms.

    What goes wrong in a job is told and tried again; only a StoreError that says that the
    database cannot be used comes out of `go_on`, for then nothing can be kept.
    """

    def __init__(
        self,
        workspace: Workspace,
        stages: Sequence[Stage],
        daily: Sequence[Daily],
        *,
        now: Callable[[], int],
        tell: Tell,
        stopping: threading.Event,
    ) -> None:
        self._workspace = workspace
        self._db = workspace.db
        self._stages = stages
        self._now = now
        self._tell = tell
        self._troubles = Troubles(tell)
        self._stopping = stopping
        self._waiting: dict[str, tuple[Daily, int, Lines]] = {}
        self._unusable: StoreError | None = None
        settings = workspace.settings
        self._edition = Edition.of(settings.workspace, settings.brands, "en")
        self._newest_alert = self._last_alert()
        self._table = Timetable(now)
        self._table.every(settings.daemon.process_seconds, STAGES, self.run_stages)
        for job in daily:
            self._table.daily(
                job.at, settings.workspace.timezone, job.name, partial(self.run_daily, job)
            )
        self._table.start()

    def go_on(self) -> None:
        """Do what is due. Raises StoreError when the database cannot be used any more."""
        self._table.look()
        for job, since, lines in tuple(self._waiting.values()):
            self._settle(job, since, partial(self._next, job, since, lines))
        if self._unusable:
            raise self._unusable

    def close(self) -> None:
        """Give up the jobs that wait; another daemon does them again."""
        for _, _, lines in self._waiting.values():
            lines.close()
        self._waiting.clear()

    def run_stages(self) -> None:
        """Every stage to its end, the later ones also when an earlier one fails."""
        for stage in self._stages:
            if self._stopped:
                return
            if self._attempt(f"stage {stage.name}", partial(self._to_end, stage)):
                self._troubles.well(f"stage {stage.name}", "works again.")
        self._tell_alerts()

    def run_daily(self, job: Daily) -> None:
        """Do a daily job if its day is over, it is not done yet, and it is not too late."""
        settings, since = self._workspace.settings, self._now()
        day = due_day(job, settings.workspace.timezone, since)
        if self._stopped or job.name in self._waiting or is_done(self._db, job, day):
            return
        if since - day.end > settings.daemon.catch_up_hours * HOUR_MS:
            return
        self.run_stages()  # what came before its hour belongs to the day
        if self._stopped:
            return
        self._settle(job, since, partial(self._do, job, since))

    @property
    def _stopped(self) -> bool:
        return self._stopping.is_set() or self._unusable is not None

    def _settle(self, job: Daily, since: int, do: Callable[[], None]) -> None:
        """Do a job, or what comes next of it; when it failed, begin it again later."""
        if self._attempt(job.name, do):
            if job.name not in self._waiting:
                self._troubles.well(job.name, "is done after all.")
            return
        self._waiting.pop(job.name, None)
        self._table.later(_AGAIN, partial(self.run_daily, job))

    def _do(self, job: Daily, since: int) -> None:
        said = job.do(self._workspace, self._day(job, since), since)
        if isinstance(said, Generator):
            self._waiting[job.name] = job, since, said
            return
        self._done(job, since)
        if said:
            self._tell(Notice(job.name, said))

    def _next(self, job: Daily, since: int, lines: Lines) -> None:
        try:
            said = next(lines)
        except StopIteration:
            del self._waiting[job.name]
            self._done(job, since)
        else:
            if said:
                self._tell(Notice(job.name, said))

    def _done(self, job: Daily, since: int) -> None:
        note_done(self._db, job, self._day(job, since), since=since, now=self._now())

    def _day(self, job: Daily, since: int) -> Day:
        return due_day(job, self._workspace.settings.workspace.timezone, since)

    def _to_end(self, stage: Stage) -> None:
        for _ in steps(stage, self._db, now=self._now()):
            if self._stopping.is_set():
                return

    def _attempt(self, what: str, do: Callable[[], None]) -> bool:
        """Whether it went well; what went wrong is told, and ends no more than it must."""
        try:
            with guarded(what):
                do()
        except StoreBusyError as error:
            self._troubles.wrong(what, error.message, "It is tried again.")
        except StoreError as error:
            self._unusable = error
        except KrasaeError as error:
            self._troubles.wrong(what, error.message, error.remedy)
        else:
            return True
        return False

    def _last_alert(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM alerts").fetchone()[0])

    def _tell_alerts(self) -> None:
        first, last = self._newest_alert + 1, self._last_alert()
        self._newest_alert = last
        for number in range(max(first, last + 1 - _MOST_ALERTS), last + 1):
            alert = records.one(self._db, number)
            self._tell(
                Notice(
                    f"alert {number}",
                    f"severity {alert.peak_severity}, {self._edition.subject(alert)}",
                    "bad" if alert.peak_severity >= 7 else "note",
                )
            )
        if (more := last - first + 1 - _MOST_ALERTS) > 0:
            self._tell(Notice("alerts", f"{more:,} more before these: krasae alerts"))
