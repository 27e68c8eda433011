"""Sources, stages and daily jobs of one workspace, until somebody says stop."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from krasae import pipeline
from krasae.daemon.daily import daily_jobs, next_day
from krasae.daemon.lock import alone
from krasae.daemon.notice import Notice, Tell
from krasae.daemon.sources import SourceReport
from krasae.daemon.work import Work
from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.collect.keep import StoreKeeper
from listener.collect.ledger import failing, next_at
from listener.collect.stage import CollectStage
from listener.collect.station import Station, stations
from listener.collect.watch import Event, Watch
from listener.errors import KrasaeError
from listener.receive import receiving
from listener.store import open_database

_LOOK = 1.0  # seconds between looks at what is due
_GRACE = 5.0  # seconds that sources have to stop
_PATIENCE = 8.5  # seconds from stop to the end, whatever still runs


class Daemon:
    """Runs a workspace. `now` is the clock (UTC ms); `heard` is told of every event.

    `tell` is called from any thread.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: Callable[[], int],
        tell: Tell,
        heard: Callable[[Event], object] | None = None,
    ) -> None:
        self._workspace = workspace
        self._database = workspace.folder / workspace.settings.workspace.database
        self._now = now
        self._tell = tell
        self._heard = heard
        self._stopping = threading.Event()
        self._latest = float("inf")
        self._watch: Watch | None = None
        self._failure: KrasaeError | None = None

    def stop(self) -> None:
        """Stop soon. Safe from a signal handler and from any thread."""
        self._latest = min(self._latest, time.monotonic() + _PATIENCE)
        self._stopping.set()
        if self._watch:
            self._watch.stop()

    def run(self) -> None:
        """Run until `stop`. What does not end in time is left behind: a kill harms nothing.

        Raises StoreBusyError when another daemon runs, StoreError when the database cannot
        be used any more.
        """
        with alone(self._database):
            heard = stations(self._workspace.settings.sources)
            stages = [
                stage
                for stage in pipeline.build(self._workspace)
                if stage.name != CollectStage.name
            ]
            own = replace(self._workspace, db=open_database(self._database, ROOMS))
            work = Work(
                own,
                stages,
                daily_jobs(self._workspace.settings),
                now=self._now,
                tell=self._tell,
                stopping=self._stopping,
            )
            worker = threading.Thread(target=self._work, args=(work,), name="jobs", daemon=True)
            worker.start()
            try:
                self._listen(heard)
            finally:
                self.stop()
                worker.join(max(0.0, self._latest - time.monotonic()))
                if not worker.is_alive():
                    own.db.close()
        if self._failure:
            raise self._failure

    def _listen(self, heard: tuple[Station, ...]) -> None:
        settings = self._workspace.settings
        self._watch = Watch(
            heard,
            StoreKeeper(self._workspace.db, self._workspace.key),
            pipeline.surroundings(self._workspace),
            now=self._now,
            grace=_GRACE,
            patient=True,
        )
        if self._stopping.is_set():
            return

        def told(name: str, words: str) -> None:
            self._tell(Notice(name, words, "bad"))

        report = SourceReport(self._tell)
        with receiving(
            heard, settings.receiver, self._database, now=self._now, told=told
        ) as addresses:
            self._say_what_is_heard(heard, addresses)
            for event in self._watch.events():
                report.take(event)
                if self._heard:
                    self._heard(event)
            # Without a source there is nothing to hear, and much to do. Not `wait`: a signal
            # handler that sets an event in the middle of waiting for it would wait for itself.
            while not self._stopping.is_set():
                time.sleep(_LOOK / 4)

    def _work(self, work: Work) -> None:
        try:
            while not self._stopping.is_set():
                work.go_on()
                self._stopping.wait(_LOOK)
        except KrasaeError as error:
            self._failure = error
            self.stop()
        finally:
            work.close()

    def _say_what_is_heard(self, heard: tuple[Station, ...], addresses: dict[str, str]) -> None:
        settings, now = self._workspace.settings, self._now()
        self._tell(Notice("krasae", f"runs {settings.workspace.name} in {self._database}."))
        for station in heard:
            self._tell(
                Notice(station.name, f"{station.spec.title}, {self._how(station, addresses)}.")
            )
        if not heard:
            self._tell(
                Notice(
                    "sources",
                    "none is configured; what is imported is read all the same.",
                    remedy="Add a [[sources]] section to config.toml; docs/sources/ has a page "
                    "for each kind.",
                )
            )
        for job in daily_jobs(settings):
            day = next_day(job, settings.workspace.timezone, now)
            self._tell(Notice(job.name, f"next at {self._local(day.end):%Y-%m-%d %H:%M}."))

    def _how(self, station: Station, addresses: dict[str, str]) -> str:
        if station.name in addresses:
            how = f"receives at {addresses[station.name]}"
        elif station.streams:
            how = "streams"
        else:
            how = f"asked every {_length(station.interval)}"
        if failing(self._workspace.db, station):
            how += ", failed last time (`krasae sources` says why)"
        due = next_at(self._workspace.db, station)
        return f"{how}, next at {self._local(due):%H:%M}" if due > self._now() else how

    def _local(self, moment: int) -> datetime:
        return datetime.fromtimestamp(
            moment / 1000, ZoneInfo(self._workspace.settings.workspace.timezone)
        )


def _length(interval: int) -> str:
    seconds = interval // 1000
    return f"{seconds} s" if seconds < 120 else f"{seconds / 60:g} min"
