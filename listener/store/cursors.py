"""Where each stage stands, moved in the same transaction as what the stage wrote."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from listener.errors import CursorMovedError
from listener.store.database import transaction


def position(db: Database, stage: str) -> int:
    """How far a stage has come; 0 before its first step."""
    row = db.execute("SELECT position FROM cursors WHERE stage = ?", [stage]).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def advance(db: Database, stage: str, *, since: int, to: int) -> Iterator[sqlite3.Connection]:
    """One transaction in which a stage's results, state and cursor move together.

    Compare-and-set: raises CursorMovedError, with nothing written, when the cursor is no
    longer at `since` because another process did this step first.
    """
    with transaction(db) as connection:
        connection.execute("INSERT OR IGNORE INTO cursors (stage, position) VALUES (?, 0)", [stage])
        moved = connection.execute(
            "UPDATE cursors SET position = ? WHERE stage = ? AND position = ?", [to, stage, since]
        )
        if moved.rowcount != 1:
            raise CursorMovedError(f"Stage {stage} was advanced by another process.")
        yield connection
