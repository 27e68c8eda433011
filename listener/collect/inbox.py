"""Deliveries: what a webhook brought is kept before it is answered, until a source took it in."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlite_utils import Database

from listener.errors import StoreError
from listener.source import Delivery
from listener.store.database import explained, reading, transaction

_BUSY_MS = 500  # whoever keeps a delivery asks again, and is not held up for long


class StoreInbox:
    """The deliveries of one source, read over a connection of its own: it lives in a thread."""

    def __init__(self, database: Path, source: str) -> None:
        self._database = database
        self._source = source

    def after(self, number: int, most: int) -> Sequence[Delivery]:
        """The next ones after that number, oldest first, at most so many."""
        with reading(self._database) as connection:
            rows = connection.execute(
                "SELECT id, received_at, body FROM deliveries "
                "WHERE source = ? AND id > ? ORDER BY id LIMIT ?",
                [self._source, number, most],
            ).fetchall()
        return [Delivery(*row) for row in rows]


class DeliveryKeeper:
    """Keeps deliveries over a connection of its own, one thread at a time. `now` in UTC ms.

    What is kept survives a power cut: each commit is on the disk before it is answered.
    At most `most_waiting` deliveries of a source may wait to be taken in.
    """

    def __init__(
        self, database: Path, *, now: Callable[[], int], most_waiting: int = 10_000
    ) -> None:
        self._now = now
        self._most = most_waiting
        with explained(database):
            connection = sqlite3.connect(
                f"{database.absolute().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            connection.execute("PRAGMA synchronous = FULL")
        self._db = Database(connection, use_counts_table=False)

    def keep(self, source: str, body: bytes) -> None:
        """Commit a delivery. Raises StoreBusyError, to be tried again, or StoreError."""
        with transaction(self._db) as connection:
            if self._is_full(connection, source):
                raise StoreError(
                    f"{self._most:,} deliveries wait already.",
                    remedy="They are taken in by `krasae listen` or `krasae run`: see what "
                    "`krasae sources` says of it.",
                )
            deliver(connection, source, body, now=self._now())

    def note(self, source: str, message: str) -> None:
        """Write into the ledger what is wrong with the calls to a source."""
        with transaction(self._db) as connection:
            connection.execute(
                "UPDATE source_health SET error = ?, error_at = ? WHERE source = ?",
                [message, self._now(), source],
            )

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def _is_full(self, connection: sqlite3.Connection, source: str) -> bool:
        row = connection.execute(
            "SELECT 1 FROM deliveries WHERE source = ? ORDER BY id LIMIT 1 OFFSET ?",
            [source, self._most - 1],
        ).fetchone()
        return row is not None


def deliver(connection: sqlite3.Connection, source: str, body: bytes, *, now: int) -> None:
    """Keep a delivery inside the caller's transaction."""
    connection.execute(
        "INSERT INTO deliveries (source, received_at, body) VALUES (?, ?, ?)", [source, now, body]
    )


def throw_away(connection: sqlite3.Connection, source: str, taken: int) -> None:
    """Drop what was taken in, inside the transaction that keeps what came of it."""
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("DELETE FROM deliveries WHERE source = ? AND id <= ?", [source, taken])


def forget_before(connection: sqlite3.Connection, moment: int) -> None:
    """Drop deliveries that came before that moment (UTC ms), whoever they were for."""
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("DELETE FROM deliveries WHERE received_at < ?", [moment])
