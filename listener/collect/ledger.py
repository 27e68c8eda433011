"""The ledger of sources: who was heard when, how much came, what failed, what was missed.

The functions that write take a connection inside the caller's transaction.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlite_utils import Database

from listener.collect.station import Station
from listener.model import HOUR_MS, WEEK_MS
from listener.source import Batch

_STREAM_RETRY = 1000  # ms; doubles with every failure in a row
_POLL_RETRY = 60_000
_LONGEST_RETRY = HOUR_MS
HISTORY = 8 * WEEK_MS  # what the expected rate is taken from


@dataclass(frozen=True, slots=True)
class Hour:
    """What came in one hour, by time of arrival. Not `heard`: missing, whatever it was."""

    start: int
    items: int
    refused: int = 0
    requests: int = 0
    heard: bool = True


@dataclass(frozen=True, slots=True)
class GapRecord:
    """[since, until) was not heard. `until` is None while it lasts, `repaired_at` if it is lost.

    `known_at` is when we came to know of it; what is `final` cannot be had any more.
    """

    since: int
    until: int | None
    cause: str
    repaired_at: int | None
    known_at: int = 0
    final: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger knows of one source: times in UTC ms, hours of the last eight weeks."""

    source: str
    type: str
    first_at: int
    next_at: int
    heard_at: int | None
    item_at: int | None
    failures: int
    error: str | None
    error_at: int | None
    hours: tuple[Hour, ...] = ()
    gaps: tuple[GapRecord, ...] = ()


def retry_at(station: Station, failures: int, *, now: int, asked: int | None = None) -> int:
    """When to try again after so many failures in a row, and not before the platform allows.

    Doubles up to an hour, by up to a quarter more or less, so that many sources do not knock
    all at once; the same source after the same failures waits the same. Who only receives asks
    nobody, and need not wait.
    """
    first = _STREAM_RETRY if station.streaming else _POLL_RETRY
    longest = station.interval if station.only_receives else _LONGEST_RETRY
    wait = min(first << min(failures - 1, 20), longest)
    digest = hashlib.blake2b(f"{station.name} {failures}".encode(), digest_size=2).digest()
    share = int.from_bytes(digest, "big") / 0xFFFF
    return max(now + int(wait * (0.75 + share / 2)), asked or 0)


def next_at(db: Database, station: Station) -> int:
    """When a source is due (UTC ms); 0 if it was never tried."""
    row = db.execute(
        "SELECT next_at FROM source_health WHERE source = ?", [station.name]
    ).fetchone()
    return int(row[0]) if row else 0


def failing(db: Database, station: Station) -> bool:
    """Whether its last run failed."""
    return bool(
        db.execute(
            "SELECT 1 FROM source_health WHERE source = ? AND failures > 0", [station.name]
        ).fetchone()
    )


def note_batch(
    connection: sqlite3.Connection,
    station: Station,
    batch: Batch,
    *,
    new: int,
    requests: int,
    now: int,
) -> None:
    """A batch came. Of a stream, it is the proof that the line is up."""
    _open_record(connection, station, now)
    _note_absence(connection, station, now)
    connection.execute(
        "UPDATE source_health SET heard_at = ?, item_at = CASE WHEN ? THEN ? ELSE item_at END "
        "WHERE source = ?",
        [now, new > 0, now, station.name],
    )
    if batch.problem:
        _note_error(connection, station, batch.problem, now)
    _note_hour(
        connection,
        station,
        Hour(now - now % HOUR_MS, new, batch.refused, requests),
    )
    connection.executemany(
        "INSERT INTO source_gaps (source, since, until, cause, known_at, final) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [(station.name, g.since, g.until, g.cause, now, g.final) for g in batch.gaps],
    )
    if station.streaming:
        _recover(connection, station, now, complete=False)
    if batch.heard_until is not None:
        connection.execute(
            "UPDATE source_gaps SET repaired_at = ? "
            "WHERE source = ? AND repaired_at IS NULL AND until <= ? AND final = 0",
            [now, station.name, batch.heard_until],
        )


def note_caught_up(
    connection: sqlite3.Connection, station: Station, *, requests: int, now: int
) -> int:
    """A poll came to its end; when the next is due (UTC ms)."""
    _open_record(connection, station, now)
    _note_absence(connection, station, now)
    _note_hour(connection, station, Hour(now - now % HOUR_MS, 0, requests=requests))
    due = now + station.interval
    connection.execute(
        "UPDATE source_health SET heard_at = ?, next_at = ? WHERE source = ?",
        [now, due, station.name],
    )
    _recover(connection, station, now, complete=True)
    return due


def note_failure(
    connection: sqlite3.Connection,
    station: Station,
    message: str,
    *,
    requests: int,
    now: int,
    asked: int | None,
) -> int:
    """A run failed; when to try again (UTC ms). What is said from now on may be missed.

    Not of who only receives: that waits at the door, which is open as long as somebody listens.
    """
    _open_record(connection, station, now)
    if station.only_receives:
        _note_absence(connection, station, now)
    failures, since = connection.execute(
        "SELECT failures + 1, coalesce(heard_at, first_at) FROM source_health WHERE source = ?",
        [station.name],
    ).fetchone()
    due = retry_at(station, failures, now=now, asked=asked)
    connection.execute(
        "UPDATE source_health SET failures = ?, next_at = ? WHERE source = ?",
        [failures, due, station.name],
    )
    _note_error(connection, station, message, now)
    if not station.only_receives:
        _note_failing(connection, station, message, since=since, now=now)
    _note_hour(connection, station, Hour(now - now % HOUR_MS, 0, requests=requests, heard=False))
    return due


def _note_failing(
    connection: sqlite3.Connection, station: Station, message: str, *, since: int, now: int
) -> None:
    """A gap, unless one is open: nothing is heard until a run succeeds."""
    connection.execute(
        """
        INSERT INTO source_gaps (source, since, cause, known_at)
        SELECT :source, :since, :cause, :now
        WHERE NOT EXISTS (
            SELECT 1 FROM source_gaps WHERE source = :source AND until IS NULL AND final = 0
        )
        """,
        {"source": station.name, "since": since, "cause": message, "now": now},
    )


def _open_record(connection: sqlite3.Connection, station: Station, now: int) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO source_health (source, type, first_at, next_at) VALUES (?, ?, ?, ?)",
        [station.name, station.type, now, now],
    )
    connection.execute(
        "UPDATE source_health SET type = ? WHERE source = ? AND type <> ?",
        [station.type, station.name, station.type],
    )


def _note_hour(connection: sqlite3.Connection, station: Station, hour: Hour) -> None:
    connection.execute(
        """
        INSERT INTO source_hours (source, hour, heard, items, refused, requests)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, hour) DO UPDATE SET heard = max(heard, excluded.heard),
            items = items + excluded.items, refused = refused + excluded.refused,
            requests = requests + excluded.requests
        """,
        [station.name, hour.start, hour.heard, hour.items, hour.refused, hour.requests],
    )


def _note_error(connection: sqlite3.Connection, station: Station, message: str, now: int) -> None:
    connection.execute(
        "UPDATE source_health SET error = ?, error_at = ? WHERE source = ?",
        [message, now, station.name],
    )


def _note_absence(connection: sqlite3.Connection, station: Station, now: int) -> None:
    """Nobody asked for a long time: a gap, if what was said then cannot be had any more."""
    if station.backfills and not station.streaming:
        return
    connection.execute(
        """
        INSERT INTO source_gaps (source, since, until, cause, known_at)
        SELECT source, last, :now, 'nobody listened', :now
        FROM (
            SELECT *, iif(failures > 0, next_at, heard_at) AS last  -- until then somebody did
            FROM source_health WHERE source = :source
        )
        WHERE (failures = 0 OR :receives) AND last < :now - 3 * :interval
        """,
        {
            "now": now,
            "interval": station.interval,
            "source": station.name,
            "receives": station.only_receives,
        },
    )


def _recover(connection: sqlite3.Connection, station: Station, now: int, *, complete: bool) -> None:
    connection.execute("UPDATE source_health SET failures = 0 WHERE source = ?", [station.name])
    repaired = now if complete and station.backfills else None
    connection.execute(
        "UPDATE source_gaps SET until = ?, repaired_at = ? "
        "WHERE source = ? AND until IS NULL AND final = 0",
        [now, repaired, station.name],
    )


def note_silence(connection: sqlite3.Connection, source: str, since: int, *, now: int) -> None:
    """A source answers and says nothing where it should: what it would have said is missing."""
    connection.execute(
        """
        INSERT INTO source_gaps (source, since, cause, known_at, final)
        SELECT :source, :since, 'it said nothing, which is not like it', :now, 1
        WHERE NOT EXISTS (
            SELECT 1 FROM source_gaps WHERE source = :source AND until IS NULL AND final = 1
        )
        """,
        {"source": source, "since": since, "now": now},
    )


def note_silence_over(connection: sqlite3.Connection, source: str, *, now: int) -> None:
    """A source that was silent said something."""
    connection.execute(
        "UPDATE source_gaps SET until = ? WHERE source = ? AND until IS NULL AND final = 1",
        [now, source],
    )


def note_removed(connection: sqlite3.Connection, source: str, *, now: int) -> None:
    """A source is listened to no longer: from now on nothing of it is missing."""
    connection.execute(
        "UPDATE source_gaps SET until = ? WHERE source = ? AND until IS NULL", [now, source]
    )


def records(db: Database, *, now: int) -> dict[str, Record]:
    """Every source that was ever tried, by name; hours and gaps of the last eight weeks."""
    hours: dict[str, list[Hour]] = {}
    for source, *hour in db.execute(
        "SELECT source, hour, items, refused, requests, heard FROM source_hours "
        "WHERE hour > ? ORDER BY source, hour",
        [now - HISTORY],
    ):
        hours.setdefault(source, []).append(Hour(*hour))
    gaps: dict[str, list[GapRecord]] = {}
    for source, *gap in db.execute(
        "SELECT source, since, until, cause, repaired_at, known_at, final FROM source_gaps "
        "WHERE until IS NULL OR until > ? ORDER BY source, since, id",
        [now - HISTORY],
    ):
        since, until, cause, repaired_at, known_at, final = gap
        found = GapRecord(since, until, cause, repaired_at, known_at, bool(final))
        gaps.setdefault(source, []).append(found)
    return _records(db, hours, gaps)


def _records(
    db: Database, hours: Mapping[str, list[Hour]], gaps: Mapping[str, list[GapRecord]]
) -> dict[str, Record]:
    rows = db.execute(
        "SELECT source, type, first_at, next_at, heard_at, item_at, failures, error, error_at "
        "FROM source_health ORDER BY source"
    )
    found: dict[str, Record] = {}
    for row in rows:
        name = row[0]
        found[name] = replace(
            Record(*row), hours=tuple(hours.get(name, ())), gaps=tuple(gaps.get(name, ()))
        )
    return found
