"""The diary of what was done to the store: imports, erasures, daily jobs (table `runs`).

Those that write take a connection inside the caller's transaction. Times are UTC ms.
"""

import sqlite3
from typing import Literal

from sqlite_utils import Database

from listener.store.mentions import Stored

Outcome = Literal["done", "failed"]


def begin(connection: sqlite3.Connection, what: str, *, now: int) -> int:
    """A run begins; its number. Killed, it stays without an outcome."""
    begun = connection.execute("INSERT INTO runs (what, started_at) VALUES (?, ?)", [what, now])
    return begun.lastrowid or 0


def count(connection: sqlite3.Connection, run: int, stored: Stored, *, refused: int) -> None:
    """So many rows were read in a run, and became that."""
    read = stored.new + stored.updated + stored.known + refused
    connection.execute(
        "UPDATE runs SET rows_read = rows_read + ?, rows_new = rows_new + ?, "
        "rows_updated = rows_updated + ?, rows_known = rows_known + ?, "
        "rows_refused = rows_refused + ? WHERE id = ?",
        [read, stored.new, stored.updated, stored.known, refused, run],
    )


def end(connection: sqlite3.Connection, run: int, outcome: Outcome, *, now: int) -> None:
    """A run came to its end."""
    connection.execute(
        "UPDATE runs SET ended_at = ?, outcome = ? WHERE id = ?", [now, outcome, run]
    )


def note_done(
    connection: sqlite3.Connection, what: str, *, since: int, now: int, rows: int = 0
) -> None:
    """Something was done at one go, to so many `rows`."""
    connection.execute(
        "INSERT INTO runs (what, started_at, ended_at, outcome, rows_read) "
        "VALUES (?, ?, ?, 'done', ?)",
        [what, since, now, rows],
    )


def is_done(db: Database, what: str) -> bool:
    """Whether that was done, ever."""
    row = db.execute("SELECT 1 FROM runs WHERE what = ? AND outcome = 'done'", [what]).fetchone()
    return row is not None


def unended(db: Database) -> list[tuple[str, int]]:
    """What began and did not end, and when; but for what was repeated since, to its end."""
    rows = db.execute(
        """
        SELECT what, started_at FROM runs AS killed
        WHERE outcome IS NULL AND NOT EXISTS (
            SELECT 1 FROM runs WHERE what = killed.what AND id > killed.id AND outcome IS NOT NULL
        )
        ORDER BY id
        """
    )
    return [(str(what), int(started)) for what, started in rows]
