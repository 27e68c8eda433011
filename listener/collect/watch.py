"""Listening to several sources at once: one thread each, one writer, none stops another.

A source's thread puts what it hears into one bounded queue and waits when that is full
(back-pressure). The writer, which is whoever iterates over `Watch.events`, keeps it. A run
that failed is begun again from the cursor that was last kept, after a pause that grows.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from listener.collect.cursors import Position
from listener.collect.keep import Keeper
from listener.collect.station import Station, Surroundings, hear
from listener.errors import CursorMovedError, KrasaeError, SourceDownError, StoreBusyError
from listener.model import DAY_MS
from listener.source import Batch, Stopped, Tally
from listener.store import Stored

_GRACE = 8.0  # seconds that a source has to stop
_WAITING = 64  # batches
_LOOK = 0.1  # seconds between looks at whether to stop
_AGAIN = 1000  # ms, when another process was writing
_GLANCE = 1.0  # seconds between looks at the clock, which may have jumped
_FAR = DAY_MS  # ms; that nobody is asked for longer is not believed of a ledger


@dataclass(frozen=True, slots=True)
class Event:
    """What happened on a station: a batch was kept, or a run ended, with an `error` or well."""

    station: Station
    batch: Batch | None = None
    stored: Stored = field(default_factory=Stored)
    error: KrasaeError | None = None


@dataclass(slots=True)
class _Line:
    """One station's line to the writer. `run` rises when the writer gives a run up."""

    station: Station
    position: Position
    tally: Tally = field(default_factory=Tally)
    run: int = 0
    due: int = 0  # by the clock on the wall, which stands still in no sleep of the machine
    latest: float = 0.0  # by the monotonic one, which is never set back

    def put_off(self, due: int, now: int) -> None:
        """Be heard next at `due`."""
        self.due, self.latest = due, time.monotonic() + (due - now) / 1000


@dataclass(frozen=True, slots=True)
class _Said:
    """A batch of a run, or its end: `error`, None if it caught up; then `settled` is set."""

    line: _Line
    run: int
    batch: Batch | None = None
    error: KrasaeError | None = None
    settled: threading.Event | None = None


class Watch:
    """Listens to stations until `stop`. `now` is the clock (UTC ms).

    Each is heard at once; with `patient`, when the ledger says it is due: who is started again
    and again asks no platform more often for that. Not `streaming`, what can both stream and
    poll is polled, so that its run comes to an end.
    """

    def __init__(
        self,
        stations: Sequence[Station],
        keeper: Keeper,
        surroundings: Surroundings,
        *,
        now: Callable[[], int],
        grace: float = _GRACE,
        waiting: int = _WAITING,
        patient: bool = False,
        streaming: bool = True,
    ) -> None:
        self._keeper = keeper
        self._surroundings = surroundings
        self._now = now
        self._grace = grace
        self._queue: queue.Queue[_Said] = queue.Queue(waiting)
        self._stopping = threading.Event()
        self._abandoned = threading.Event()
        self._lines = [
            _Line(replace(one, streaming=one.streams and streaming), keeper.position(one))
            for one in stations
        ]
        for line in self._lines if patient else ():
            at = now()
            farthest = at + max(line.station.interval, _FAR)
            line.put_off(min(keeper.due(line.station), farthest), at)

    def stop(self) -> None:
        """Ask every source to stop. Safe from a signal handler and from any thread."""
        self._stopping.set()

    def events(self) -> Iterator[Event]:
        """What happens, kept already. Ends soon after `stop`, all kept that the time allows.

        A source that does not stop within the grace period is left behind. Raises StoreError
        when the store cannot be written any more.
        """
        threads = [
            threading.Thread(
                target=self._listen, args=(line,), name=f"source {line.station.name}", daemon=True
            )
            for line in self._lines
        ]
        for thread in threads:
            thread.start()
        try:
            yield from self._written(threads)
        finally:
            self._stopping.set()
            self._abandoned.set()

    def _written(self, threads: Sequence[threading.Thread]) -> Iterator[Event]:
        deadline = float("inf")
        while True:
            if self._stopping.is_set() and deadline == float("inf"):
                deadline = time.monotonic() + self._grace
            if time.monotonic() > deadline:
                return  # what waits still is heard again: its cursors are not kept
            alive = any(thread.is_alive() for thread in threads)
            try:
                said = self._queue.get(timeout=_LOOK)
            except queue.Empty:
                if not alive:
                    return
                continue
            event = self._settle(said) if said.settled else self._keep(said)
            if event:
                yield event

    def _keep(self, said: _Said) -> Event | None:
        line = said.line
        if said.run != line.run or said.batch is None:
            return None  # of a run that was given up
        try:
            stored, line.position = self._keeper.keep(
                line.station,
                said.batch,
                since=line.position,
                tally=line.tally,
                now=self._now(),
            )
        except (CursorMovedError, StoreBusyError):
            line.run += 1  # the source begins again from where the other process has come to
            return None
        return Event(line.station, said.batch, stored)

    def _settle(self, said: _Said) -> Event | None:
        line, now = said.line, self._now()
        try:
            if said.run != line.run:
                line.position = self._keeper.position(line.station)
                line.put_off(now + _AGAIN, now)
            elif said.error is None:
                due = self._keeper.caught_up(line.station, tally=line.tally, now=now)
                line.put_off(due, now)
                return Event(line.station)
            else:
                due = self._keeper.failed(line.station, said.error, tally=line.tally, now=now)
                line.put_off(due, now)
                return Event(line.station, error=said.error)
        except StoreBusyError:
            line.put_off(now + _AGAIN, now)
        finally:
            if said.settled:
                said.settled.set()
        return None

    def _listen(self, line: _Line) -> None:
        """A source's thread: run after run, until stopped."""
        with suppress(Stopped):
            while not self._paused(line):
                run, error = line.run, None
                try:
                    self._hear(line, run)
                except KrasaeError as failure:
                    error = failure
                settled = threading.Event()
                self._put(_Said(line, run, error=error, settled=settled))
                while not settled.wait(_LOOK):
                    if self._abandoned.is_set():
                        return

    def _paused(self, line: _Line) -> bool:
        """Wait until a line is due, by either clock; whether to stop."""
        while (left := min((line.due - self._now()) / 1000, line.latest - time.monotonic())) > 0:
            if self._stopping.wait(min(left, _GLANCE)):
                break
        return self._stopping.is_set()

    def _hear(self, line: _Line, run: int) -> None:
        context = self._surroundings.context(line.station, now=self._now, wait=self._stopping.wait)
        batches = hear(line.station, replace(context, tally=line.tally), line.position.cursor)
        try:
            for batch in batches:
                self._put(_Said(line, run, batch=batch))
                if line.run != run:
                    return
                if self._stopping.is_set():
                    raise Stopped
        finally:
            batches.close()
        if line.station.streaming and not self._stopping.is_set():
            raise SourceDownError(
                f"Source {line.station.name} ended its stream.", remedy="It is connected again."
            )

    def _put(self, said: _Said) -> None:
        while not self._abandoned.is_set():
            with suppress(queue.Full):
                self._queue.put(said, timeout=_LOOK)
                return
        raise Stopped
