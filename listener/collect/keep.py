"""Keeping what sources say: in the database, or, to listen without storing, in memory."""

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from sqlite_utils import Database

from listener.collect import cursors, ledger
from listener.collect.cursors import Position
from listener.collect.inbox import throw_away
from listener.collect.station import Station
from listener.errors import KrasaeError, SourceError
from listener.model import Mention
from listener.source import Batch, Tally
from listener.store import AuthorKey, Stored, append_within, fold_within, transaction
from listener.store.numbers import keep_counts_within, keep_own_posts_within


class Keeper(Protocol):
    """Where batches go. All times are UTC ms; `tally` is emptied into the ledger."""

    def position(self, station: Station) -> Position:
        """Where the station stands."""
        ...

    def due(self, station: Station) -> int:
        """When it is to be heard next; 0 if nothing is known of it."""
        ...

    def keep(
        self, station: Station, batch: Batch, *, since: Position, tally: Tally, now: int
    ) -> tuple[Stored, Position]:
        """Keep a batch; what became of it, and where the station stands now.

        Raises CursorMovedError when another process is ahead.
        """
        ...

    def caught_up(self, station: Station, *, tally: Tally, now: int) -> int:
        """A poll ended well; when the next is due."""
        ...

    def failed(self, station: Station, error: KrasaeError, *, tally: Tally, now: int) -> int:
        """A run failed; when to try again."""
        ...


class StoreKeeper:
    """Keeps in the database: mentions, foldings, ledger and cursor in one transaction."""

    def __init__(self, db: Database, key: AuthorKey) -> None:
        self._db = db
        self._key = key

    def position(self, station: Station) -> Position:
        """Where the station stands."""
        return cursors.position(self._db, station.name, station.type)

    def due(self, station: Station) -> int:
        """When it is to be heard next."""
        return ledger.next_at(self._db, station)

    def keep(
        self, station: Station, batch: Batch, *, since: Position, tally: Tally, now: int
    ) -> tuple[Stored, Position]:
        """Keep a batch; what became of it, and where the station stands now."""
        mentions = tuple(_dated(mention, now) for mention in batch.mentions)
        moves = not _says_nothing(batch) or batch.cursor != since.cursor
        step: AbstractContextManager[sqlite3.Connection] = (
            cursors.advance(self._db, station.name, station.type, since=since, to=batch.cursor)
            if moves
            else transaction(self._db)
        )
        with step as connection:
            stored = append_within(
                connection, mentions, source=station.name, key=self._key, now=now
            )
            folded = fold_within(connection, batch.foldings, key=self._key)
            keep_counts_within(connection, batch.counts, source=station.name)
            keep_own_posts_within(connection, batch.own_posts)
            if batch.taken is not None:
                throw_away(connection, station.name, batch.taken)
            ledger.note_batch(
                connection, station, batch, new=stored.new, requests=tally.take(), now=now
            )
        stored = replace(stored, updated=stored.updated + folded)
        return stored, Position(batch.cursor, since.moves + moves)

    def caught_up(self, station: Station, *, tally: Tally, now: int) -> int:
        """A poll ended well; when the next is due."""
        with transaction(self._db) as connection:
            return ledger.note_caught_up(connection, station, requests=tally.take(), now=now)

    def failed(self, station: Station, error: KrasaeError, *, tally: Tally, now: int) -> int:
        """A run failed; when to try again."""
        with transaction(self._db) as connection:
            return ledger.note_failure(
                connection,
                station,
                error.message,
                requests=tally.take(),
                now=now,
                asked=_asked(error),
            )


class MemoryKeeper:
    """Keeps nothing but where each station stands, and that only while it lives."""

    def __init__(self) -> None:
        self._positions: dict[str, Position] = {}
        self._failures: dict[str, int] = {}

    def position(self, station: Station) -> Position:
        """Where the station stands; at first nowhere."""
        return self._positions.get(station.name, Position())

    def due(self, station: Station) -> int:
        """At once."""
        return 0

    def keep(
        self, station: Station, batch: Batch, *, since: Position, tally: Tally, now: int
    ) -> tuple[Stored, Position]:
        """Let a batch pass; nothing becomes of it."""
        position = Position(batch.cursor, since.moves + 1)
        self._positions[station.name] = position
        return Stored(), position

    def caught_up(self, station: Station, *, tally: Tally, now: int) -> int:
        """A poll ended well; when the next is due."""
        self._failures.pop(station.name, None)
        return now + station.interval

    def failed(self, station: Station, error: KrasaeError, *, tally: Tally, now: int) -> int:
        """A run failed; when to try again."""
        failures = self._failures[station.name] = self._failures.get(station.name, 0) + 1
        return ledger.retry_at(station, failures, now=now, asked=_asked(error))


def _says_nothing(batch: Batch) -> bool:
    return not (
        batch.mentions
        or batch.foldings
        or batch.refused
        or batch.gaps
        or batch.counts
        or batch.own_posts
        or batch.taken is not None
    )


def _asked(error: KrasaeError) -> int | None:
    return error.retry_at if isinstance(error, SourceError) else None


def _dated(mention: Mention, now: int) -> Mention:
    """No mention is from the future: one such would close the time buckets of all others."""
    return mention if mention.published_at <= now else replace(mention, published_at=now)
