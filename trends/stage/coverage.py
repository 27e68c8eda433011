"""The coverage stage: the ledger of sources and the time, and what is to be told of outages."""

import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson
from sqlite_utils import Database

from listener.collect.ledger import note_removed, note_silence, note_silence_over, records
from listener.collect.station import Station
from listener.stage import IDLE, Step
from listener.store import advance, position
from trends.coverage import FIRST_EVENT, Listened, follow, signal
from trends.model import Cause, Outage
from trends.stage.rows import INSERT_SIGNAL, signal_row

LOOK_EVERY = 60_000
"""How often (ms) the ledger is looked at."""

LONGEST_PAUSE = 15 * 60_000
"""A longer time between two looks (ms) is Krasae's own absence, not the sources'."""

AWAKE = "coverage.awake"
"""The cursor that says since when the looks have come without a pause."""


class CoverageStage:
    """Raises, updates and closes the alerts about sources. Its cursor is the last look (UTC ms).

    It hangs on no mention: when the only source dies, no bucket closes any more. A silence is
    also noted in the ledger as a gap, so that the detection takes it as missing.
    """

    name = "coverage"
    needs: tuple[str, ...] = ("collect",)

    def __init__(self, stations: Sequence[Station]) -> None:
        self._stations = tuple(stations)

    def backlog(self, db: Database) -> int:
        """What is heard is in the ledger already: 0."""
        return 0

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Look at every source once; idle for a minute after that."""
        since = position(db, self.name)
        if since <= now < since + LOOK_EVERY:
            return IDLE
        known = open_outages(db)
        if not self._stations and not known:
            return IDLE
        awake = position(db, AWAKE) if 0 <= now - since <= LONGEST_PAUSE else now
        ledger = records(db, now=now)
        told = follow(
            {outage.source: outage for outage in known},
            [
                Listened(one.name, one.interval, one.streams, ledger.get(one.name))
                for one in self._stations
            ],
            awake_since=awake,
            now=now,
            next_event=_next_event(db),
        )
        configured = {station.name for station in self._stations}
        with advance(db, self.name, since=since, to=now) as connection:
            connection.execute(_SET_CURSOR, [AWAKE, awake])
            for outage in told:
                connection.execute(_UPSERT, _row(outage))
                connection.execute(INSERT_SIGNAL, signal_row(signal(outage)))
                _note(connection, outage, removed=outage.source not in configured, now=now)
        return Step(read=max(1, len(self._stations)), written=len(told))


def open_outages(db: Database) -> list[Outage]:
    """The outages that last, by source."""
    rows = db.execute(f"{_SELECT} WHERE until IS NULL ORDER BY source")
    return [_outage(row) for row in rows]


def _outage(row: Sequence[Any]) -> Outage:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["cause"] = Cause(values["cause"])
    for name in ("up", "down"):
        values[name] = tuple(orjson.loads(values[name]))
    return Outage(**values)


def _next_event(db: Database) -> int:
    last = db.execute("SELECT max(event) FROM outages").fetchone()[0]
    return int(last or FIRST_EVENT) + 1


def _note(connection: sqlite3.Connection, outage: Outage, *, removed: bool, now: int) -> None:
    """What an outage means to the ledger."""
    if removed:
        note_removed(connection, outage.source, now=now)
    elif outage.until is not None:
        note_silence_over(connection, outage.source, now=now)
    elif outage.cause is Cause.SILENT:
        note_silence(connection, outage.source, outage.since, now=now)


def _row(outage: Outage) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(outage, name) for name in _COLUMNS}
    for name in ("up", "down"):
        row[name] = orjson.dumps(row[name]).decode()
    return row


_COLUMNS = tuple(field.name for field in fields(Outage))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM outages"
_UPSERT = f"""
INSERT INTO outages ({", ".join(_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
ON CONFLICT (event) DO UPDATE SET
{", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "event")}
"""
_SET_CURSOR = """
INSERT INTO cursors (stage, position) VALUES (?, ?)
ON CONFLICT (stage) DO UPDATE SET position = excluded.position
"""
