"""What a stage of the pipeline is. The list of stages is `krasae/pipeline.py`.

A stage reads after its cursor, computes outside any transaction, then writes its
results, its state and its cursor in one (`listener.store.cursors.advance`). After a
kill at any instant the same step is done again, or was done: nothing is lost, nothing
happens twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sqlite_utils import Database

from listener.errors import CursorMovedError

DEFAULT_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a stage did: rows `read` and `written`; nothing read means idle."""

    read: int
    written: int = 0


IDLE = Step(0)


@runtime_checkable
class Stage(Protocol):
    """One stage."""

    @property
    def name(self) -> str:
        """What its cursor is called."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The stages that must come before it."""
        ...

    def backlog(self, db: Database) -> int:
        """How many rows wait; for progress bars and `krasae doctor`."""
        ...

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Do at most about `limit` rows. `now` (UTC ms) is the only clock a stage has.

        Its results must not depend on `limit`.
        """
        ...


def steps(stage: Stage, db: Database, *, now: int, limit: int = DEFAULT_BATCH) -> Iterator[Step]:
    """Step a stage until it is idle.

    When another process moved the stage's cursor, the step is given up, nothing of it is
    written, and the stage reads on from where the other has come to.
    """
    while True:
        try:
            done = stage.step(db, limit=limit, now=now)
        except CursorMovedError:
            continue
        if not done.read:
            return
        yield done


def run_to_end(stage: Stage, db: Database, *, now: int, limit: int = DEFAULT_BATCH) -> int:
    """Step a stage until it is idle; the number of rows read."""
    return sum(step.read for step in steps(stage, db, now=now, limit=limit))
