"""The detect stage: the detection, one closed bucket after the other."""

import sqlite3
from collections.abc import Iterator
from itertools import groupby

from sqlite_utils import Database

from listener.errors import SettingsError
from listener.model import DAY_MS
from listener.stage import IDLE, Step
from listener.store import advance, position
from trends import state
from trends.detection import Detection
from trends.model import Counted, Signal
from trends.season import Cut
from trends.settings import TrendSettings
from trends.stage.count import CountStage
from trends.stage.kept import levels_in_table
from trends.stage.rows import INSERT_SIGNAL, signal_row, stored_counted, stored_gaps
from trends.vocabulary import RARE

_FORGET_EVERY_MS = 30 * DAY_MS


class DetectStage:
    """Gives the signals of counted buckets. Its cursor is the end of the last one.

    Between steps it holds the detection as it stood at its cursor; when the cursor is
    elsewhere (a restart, another process) it is read from the database again.
    """

    name = "detect"
    needs: tuple[str, ...] = (CountStage.name,)

    def __init__(self, settings: TrendSettings) -> None:
        self.settings = settings
        self._cut = Cut.of(settings.bucket_minutes)
        self._held: _Held | None = None

    def backlog(self, db: Database) -> int:
        """Counted mentions that no detection has seen."""
        row = db.execute(
            "SELECT count(*) FROM counted WHERE bucket >= ?", [position(db, self.name)]
        ).fetchone()
        return int(row[0])

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Take whole buckets until about `limit` counted mentions are done."""
        since, counted_until = position(db, self.name), position(db, CountStage.name)
        if since >= counted_until:
            return IDLE
        nth = db.execute(_NTH, [since, counted_until, max(0, limit - 1)]).fetchone()
        until = nth[0] + self._cut.bucket_ms if nth else counted_until
        held = self._held
        if held is None or held.db is not db or held.at != since:
            held = _Held.read(db, self.settings, since)
        held.detection.gaps = stored_gaps(db, since=held.oldest)
        self._held = None  # until the step is committed, nothing is held
        read = 0
        signals: list[Signal] = []
        for number, counted in _buckets(db, self._cut, since, until):
            read += len(counted)
            signals += held.detection.step(number, counted)
        with advance(db, self.name, since=since, to=until) as connection:
            connection.executemany(INSERT_SIGNAL, [signal_row(signal) for signal in signals])
            held.write(connection, since, until)
        self._held = held
        return Step(read=read, written=len(signals))


class _Held:
    """A detection, its rows as they are in the database, and the cursor to which they belong."""

    def __init__(self, db: Database, settings: TrendSettings, at: int) -> None:
        self.db = db
        self.at = at
        self.levels = levels_in_table(db)
        self.rows: dict[str, bytes] = {}
        self.detection = Detection(settings, self.levels)

    @classmethod
    def read(cls, db: Database, settings: TrendSettings, at: int) -> "_Held":
        held = cls(db, settings, at)
        found = db.execute("SELECT part, state FROM detection").fetchall()
        held.rows = {part: text.encode() for part, text in found}
        if held.rows:
            _check(held.rows, settings)
            cut = held.detection.cut
            first, last = state.window(held.rows)
            window = _buckets(db, cut, cut.start(first), cut.start(last + 1))
            held.detection = state.load(settings, held.levels, held.rows, window)
        return held

    @property
    def oldest(self) -> int:
        """The start of the oldest bucket that is still to be learnt, UTC ms."""
        recent = self.detection.recent
        return self.detection.cut.start(recent[0][0]) if recent else 0

    def write(self, connection: sqlite3.Connection, since: int, until: int) -> None:
        """Write what changed, inside the stage's transaction."""
        rows = state.dump(self.detection)
        changed = [
            (part, text.decode()) for part, text in rows.items() if self.rows.get(part) != text
        ]
        connection.executemany(_UPSERT_PART, changed)
        gone = [(part,) for part in self.rows if part not in rows]
        connection.executemany("DELETE FROM detection WHERE part = ?", gone)
        self.levels.write(connection)
        self.levels.forget()
        if since // _FORGET_EVERY_MS != until // _FORGET_EVERY_MS and self.detection.recent:
            # As of the oldest bucket that is still to be learnt.
            oldest = self.detection.recent[0][0]
            rare, other = self.detection.vocabulary.memory
            connection.execute(_FORGET_TERMS, [oldest - other, oldest - rare, RARE])
        self.rows, self.at = rows, until


_NTH = (
    "SELECT bucket FROM counted WHERE bucket >= ? AND bucket < ? ORDER BY bucket LIMIT 1 OFFSET ?"
)
_UPSERT_PART = """
INSERT INTO detection (part, state) VALUES (?, ?)
ON CONFLICT (part) DO UPDATE SET state = excluded.state
"""
_FORGET_TERMS = "DELETE FROM term_levels WHERE bucket < ? OR (bucket < ? AND level <= ?)"


def _buckets(db: Database, cut: Cut, since: int, until: int) -> Iterator[tuple[int, list[Counted]]]:
    """The counted buckets that start in [since, until), by number."""
    found = stored_counted(db, since=since, until=until)
    for start, group in groupby(found, lambda row: row[0]):
        yield cut.number(start), [counted for _, counted in group]


def _check(rows: dict[str, bytes], settings: TrendSettings) -> None:
    minutes = state.bucket_minutes(rows)
    if minutes != settings.bucket_minutes:
        raise SettingsError(
            f"[trends] bucket_minutes is {settings.bucket_minutes}, but what was counted so far "
            f"is in buckets of {minutes} minutes.",
            remedy=f"Set it back to {minutes}, or begin a new workspace and import again.",
        )
