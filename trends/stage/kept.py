"""Mappings that a stage keeps in a table, read on demand, written in its transaction."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlite_utils import Database

from trends.vocabulary import Level

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A mapping over a table's rows.

    `select` finds a row's value columns by its key columns; `upsert` takes both. What was
    set is only here until `write` puts it into the table, inside the stage's transaction.
    """

    def __init__(
        self,
        db: Database,
        *,
        select: str,
        upsert: str,
        columns: Callable[[K], tuple[Any, ...]],
        values: Callable[[V], tuple[Any, ...]],
        value: Callable[[tuple[Any, ...]], V],
    ) -> None:
        self._db = db
        self._select, self._upsert = select, upsert
        self._columns, self._values, self._value = columns, values, value
        self._known: dict[K, V | None] = {}
        self._set: dict[K, V] = {}

    def get(self, key: K, /) -> V | None:
        """The value under a key, if there is one."""
        if key not in self._known:
            row = self._db.execute(self._select, self._columns(key)).fetchone()
            self._known[key] = self._value(tuple(row)) if row else None
        return self._known[key]

    def __setitem__(self, key: K, value: V, /) -> None:
        self._known[key] = self._set[key] = value

    def write(self, connection: sqlite3.Connection) -> None:
        """Write what was set."""
        rows = [(*self._columns(key), *self._values(value)) for key, value in self._set.items()]
        connection.executemany(self._upsert, rows)

    def forget(self) -> None:
        """Read anew from now on, and drop what was set: after a step."""
        self._known.clear()
        self._set.clear()


SeenAt = Kept[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class SeenInTables:
    """What was seen lately, as the count stage keeps it."""

    authors: SeenAt
    copies: SeenAt


def seen_in_tables(db: Database) -> SeenInTables:
    """The tables `seen_authors` and `seen_copies`."""
    return SeenInTables(
        _seen(db, "seen_authors", "author_id"), _seen(db, "seen_copies", "duplicate_key")
    )


def _seen(db: Database, table: str, column: str) -> SeenAt:
    return Kept(
        db,
        select=f"SELECT at FROM {table} WHERE brand = ? AND {column} = ?",
        upsert=f"INSERT INTO {table} (brand, {column}, at) VALUES (?, ?, ?) "
        f"ON CONFLICT (brand, {column}) DO UPDATE SET at = excluded.at",
        columns=lambda key: key,
        values=lambda at: (at,),
        value=lambda row: int(row[0]),
    )


def levels_in_table(db: Database) -> Kept[int, Level]:
    """The table `term_levels`."""
    return Kept(
        db,
        select="SELECT level, bucket FROM term_levels WHERE term = ?",
        upsert="INSERT INTO term_levels (term, level, bucket) VALUES (?, ?, ?) "
        "ON CONFLICT (term) DO UPDATE SET level = excluded.level, bucket = excluded.bucket",
        columns=lambda term: (term,),
        values=lambda level: level,
        value=lambda row: (float(row[0]), int(row[1])),
    )
