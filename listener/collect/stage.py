"""The stage that polls: every source that is due, once, a batch a step."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from listener.collect import ledger
from listener.collect.cursors import Position
from listener.collect.keep import StoreKeeper
from listener.collect.station import Station, Surroundings, hear
from listener.errors import CursorMovedError, KrasaeError
from listener.source import Batch, Stopped, Tally
from listener.stage import IDLE, Step


@dataclass(slots=True)
class _Run:
    """One poll of one station, in the middle of it."""

    station: Station
    batches: Generator[Batch, None, None]
    position: Position
    tally: Tally


class CollectStage:
    """Polls each station that can be polled and is due. One that fails is tried again later.

    Streams are left to `krasae listen` and the daemon. `wait` sleeps that many seconds and is
    true when the source shall stop.
    """

    name = "collect"
    needs: tuple[str, ...] = ()

    def __init__(
        self,
        stations: Sequence[Station],
        surroundings: Surroundings,
        *,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._stations = [station for station in stations if station.polls]
        self._surroundings = surroundings
        self._wait = wait or _sleep
        self._now = 0
        self._run: _Run | None = None

    def backlog(self, db: Database) -> int:
        """Nobody knows how much a platform has to say: 0."""
        return 0

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Store the next batch that says something; idle when no station is due."""
        self._now = now
        keeper = StoreKeeper(db, self._surroundings.key)
        while run := self._run or self._next_run(db, keeper):
            self._run = run
            batch = self._next_batch(keeper, run)
            if batch is None:
                self._run = None
                continue
            try:
                stored, run.position = keeper.keep(
                    run.station, batch, since=run.position, tally=run.tally, now=now
                )
            except CursorMovedError:
                self._run = None
                run.batches.close()
                raise
            read = len(batch.mentions) + len(batch.foldings) + batch.refused
            if read:
                return Step(read, stored.new + stored.updated)
        return IDLE

    def _next_run(self, db: Database, keeper: StoreKeeper) -> _Run | None:
        for station in self._stations:
            if ledger.next_at(db, station) <= self._now:
                position = keeper.position(station)
                context = self._surroundings.context(
                    station, now=lambda: self._now, wait=self._wait
                )
                batches = hear(station, context, position.cursor)
                return _Run(station, batches, position, context.tally)
        return None

    def _next_batch(self, keeper: StoreKeeper, run: _Run) -> Batch | None:
        """The next batch of a run; None when it is over, and its end is in the ledger."""
        try:
            return next(run.batches)
        except (StopIteration, Stopped):
            keeper.caught_up(run.station, tally=run.tally, now=self._now)
        except KrasaeError as error:
            keeper.failed(run.station, error, tally=run.tally, now=self._now)
        return None


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False
