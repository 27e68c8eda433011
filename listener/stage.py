"""What a stage of the pipeline is. The list of stages is `krasae/pipeline.py`.

A stage reads after its cursor, computes outside any transaction, then writes its
results, its state and its cursor in one (`listener.store.cursors.advance`). After a
kill at any instant the same step is done again, or was done: nothing is lost, nothing
happens twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sqlite_utils import Database

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


def run_to_end(
    stage: Stage,
    db: Database,
    *,
    now: int,
    limit: int = DEFAULT_BATCH,
    on_step: Callable[[Step], None] | None = None,
) -> int:
    """Step a stage until it is idle; the number of rows read."""
    total = 0
    while (done := stage.step(db, limit=limit, now=now)).read:
        total += done.read
        if on_step:
            on_step(done)
    return total
