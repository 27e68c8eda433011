"""Erasure: mentions and authors leave the log, the index and the file itself."""

import sqlite3
from collections.abc import Collection

import orjson
from sqlite_utils import Database

from listener.errors import StoreBusyError
from listener.store.database import explained


def seqs_of_author(db: Database, author_id: int) -> list[int]:
    """All mentions of an author."""
    rows = db.execute("SELECT seq FROM mentions WHERE author_id = ? ORDER BY seq", [author_id])
    return [int(row[0]) for row in rows]


def seqs_of_mention(db: Database, platform: str, native_id: str) -> list[int]:
    """The mention that a platform knows by this id, if it is there."""
    rows = db.execute(
        "SELECT seq FROM mentions WHERE platform = ? AND native_id = ?", [platform, native_id]
    )
    return [int(row[0]) for row in rows]


def expired(
    db: Database, *, now: int, days: int, platforms: dict[str, int], limit: int = 10_000
) -> list[int]:
    """Mentions that are older than their platform may keep them, oldest first."""
    day = 86_400_000
    rows = db.execute(
        """
        SELECT seq FROM mentions
        LEFT JOIN json_each(:platforms) AS own ON own.key = mentions.platform
        WHERE published_at < :now - :day * coalesce(own.value, :days)
        ORDER BY published_at LIMIT :limit
        """,
        {
            "platforms": orjson.dumps(platforms).decode(),
            "now": now,
            "day": day,
            "days": days,
            "limit": limit,
        },
    )
    return [int(row[0]) for row in rows]


def erase_within(
    connection: sqlite3.Connection, seqs: Collection[int], authors: Collection[int] = ()
) -> int:
    """Erase mentions, and authors who have none left among `authors`; the number of mentions.

    Other rooms' rows go by their foreign keys (ON DELETE CASCADE), the index by a trigger.
    """
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(
        "DELETE FROM mentions WHERE seq IN (SELECT value FROM json_each(?))",
        [orjson.dumps(list(seqs)).decode()],
    )
    connection.execute(
        """
        DELETE FROM authors WHERE id IN (SELECT value FROM json_each(?))
            AND NOT EXISTS (SELECT 1 FROM mentions WHERE author_id = authors.id)
        """,
        [orjson.dumps(list(authors)).decode()],
    )
    return len(seqs)


def vacuum(db: Database) -> None:
    """Take what was erased out of the file: merge the index, rewrite the file, empty the log."""
    with explained(db.conn):
        db.execute("INSERT INTO mentions_fts (mentions_fts) VALUES ('optimize')")
        db.execute("VACUUM")
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        # SQLite says so in a row, not by an error.
        raise StoreBusyError(
            "What was erased is still in the database's log: another process is reading.",
            remedy="Stop it, then run the erasure again: it finishes what is left.",
        )
