"""Where each source stands, moved in the same transaction as what came from it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlite_utils import Database

from listener.errors import CursorMovedError
from listener.store import transaction


@dataclass(frozen=True, slots=True)
class Position:
    """A source's `cursor` (None: never heard), and how often it has moved."""

    cursor: str | None = None
    moves: int = 0


def position(db: Database, source: str, kind: str) -> Position:
    """Where a source of that type stands. Another type's cursor under its name is void."""
    row = db.execute(
        "SELECT type, cursor, moves FROM source_cursors WHERE source = ?", [source]
    ).fetchone()
    if row is None:
        return Position()
    return Position(row[1] if row[0] == kind else None, int(row[2]))


@contextmanager
def advance(
    db: Database, source: str, kind: str, *, since: Position, to: str
) -> Iterator[sqlite3.Connection]:
    """One transaction in which a batch, the ledger and the source's cursor move together.

    Compare-and-set: raises CursorMovedError, with nothing written, when the source is no
    longer at `since` because another process stored a batch first. The moves are compared,
    not the cursors: a heartbeat may leave a cursor as it was.
    """
    with transaction(db) as connection:
        connection.execute(
            "INSERT OR IGNORE INTO source_cursors (source, type, cursor, moves) "
            "VALUES (?, ?, '', 0)",
            [source, kind],
        )
        moved = connection.execute(
            "UPDATE source_cursors SET type = ?, cursor = ?, moves = moves + 1 "
            "WHERE source = ? AND moves = ?",
            [kind, to, source, since.moves],
        )
        if moved.rowcount != 1:
            raise CursorMovedError(f"Source {source} was advanced by another process.")
        yield connection
