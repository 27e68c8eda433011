"""Deliveries: what a webhook brought is kept before it is answered, until a source took it in."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from listener.source import Delivery


class StoreInbox:
    """The deliveries of one source, read over a connection of its own: it lives in a thread."""

    def __init__(self, database: Path, source: str) -> None:
        self._database = database
        self._source = source

    def after(self, number: int, most: int) -> Sequence[Delivery]:
        """The next ones after that number, oldest first, at most so many."""
        connection = sqlite3.connect(f"{self._database.absolute().as_uri()}?mode=ro", uri=True)
        try:
            rows = connection.execute(
                "SELECT id, received_at, body FROM deliveries "
                "WHERE source = ? AND id > ? ORDER BY id LIMIT ?",
                [self._source, number, most],
            ).fetchall()
        finally:
            connection.close()
        return [Delivery(*row) for row in rows]


def deliver(connection: sqlite3.Connection, source: str, body: bytes, *, now: int) -> None:
    """Keep a delivery inside the caller's transaction."""
    connection.execute(
        "INSERT INTO deliveries (source, received_at, body) VALUES (?, ?, ?)", [source, now, body]
    )


def throw_away(connection: sqlite3.Connection, source: str, taken: int) -> None:
    """Drop what was taken in, inside the transaction that keeps what came of it."""
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("DELETE FROM deliveries WHERE source = ? AND id <= ?", [source, taken])
