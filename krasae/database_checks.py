"""The doctor's look at the database: can it be opened, is it sound, does it keep up."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from krasae import pipeline
from krasae.health import Check, fail, failed, ok, warn
from krasae.schema import ROOMS
from krasae.settings import Settings
from krasae.workspace import Workspace
from listener.errors import KrasaeError, SettingsError
from listener.model import DAY_MS, HOUR_MS
from listener.store import AuthorKey, open_database, position
from listener.store.database import explained, needs_upgrade
from listener.store.keys import check_key
from listener.store.runs import unended

_MB = 1_000_000
_LEAST_FREE = 1000 * _MB
_BIG_WAL = 100 * _MB
_RUNNING = HOUR_MS  # a run without an end that began within this time may still be running


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined; None where it cannot be had. Without settings, no stages."""

    folder: Path
    database: Path
    settings: Settings | None
    key: AuthorKey | None


def examine(patient: Patient, *, now: int) -> Iterator[Check]:
    """Every check of the database in turn; none of them writes anything."""
    yield _disk(patient.database)
    try:
        db = open_database(patient.database, ROOMS, read_only=True, upgrade=False)
    except KrasaeError as error:
        yield failed("database", error)
        return
    try:
        yield from _look(db, patient, now=now)
    except KrasaeError as error:
        yield failed("database", error)
    finally:
        db.close()


def _look(db: Database, patient: Patient, *, now: int) -> Iterator[Check]:
    with explained(patient.database):
        size = patient.database.stat().st_size
        mentions = db.execute("SELECT count(*) FROM mentions").fetchone()[0]
        yield ok("database", f"{patient.database}: {mentions:,} mentions in {_size(size)}")
        yield _integrity(db)
        if needs_upgrade(db, ROOMS):
            yield warn(
                "schema",
                "The database was written by an older Krasae.",
                "The next `krasae process` brings it up to date; make a copy first.",
            )
            return
        yield ok("schema", "up to date")
        if patient.key:
            yield _author_key(db, patient.key)
        yield _wal(patient.database, size)
        yield _runs(db, now=now)
        if patient.settings and patient.key:
            yield _stages(
                Workspace(patient.folder, patient.settings, db, patient.key),
                now=now,
            )


def _disk(database: Path) -> Check:
    folder = next(place for place in database.parents if place.exists())
    free = shutil.disk_usage(folder).free
    size = database.stat().st_size if database.is_file() else 0
    if free < _LEAST_FREE or free < 2 * size:
        return warn(
            "disk",
            f"Only {_size(free)} are free where the database ({_size(size)}) lies.",
            "Free some space: at least 1 GB, and twice the database, which erasing rewrites.",
        )
    return ok("disk", f"{_size(free)} free")


def _integrity(db: Database) -> Check:
    try:
        said = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)").fetchall()]
    except sqlite3.DatabaseError as error:  # so badly that it cannot even be looked through
        said = [str(error)]
    if said != ["ok"]:
        return fail(
            "integrity",
            f"The database is damaged: {'; '.join(said)}.",
            "Restore a backup, or save what can be saved: "
            "sqlite3 damaged.db .recover | sqlite3 saved.db",
        )
    orphans = db.execute("PRAGMA foreign_key_check").fetchall()
    if orphans:
        tables = ", ".join(sorted({str(row[0]) for row in orphans}))
        return fail(
            "integrity",
            f"{len(orphans)} rows point at rows that are not there (in {tables}).",
            "Another program wrote to the database. Restore a backup.",
        )
    return ok("integrity", "every page and every reference is sound")


def _author_key(db: Database, key: AuthorKey) -> Check:
    try:
        check_key(db, key)
    except KrasaeError as error:
        return failed("key and database", error)
    return ok("key and database", "the author key is the one this database was written with")


def _wal(database: Path, size: int) -> Check:
    wal = database.with_name(f"{database.name}-wal")
    written = wal.stat().st_size if wal.exists() else 0
    if written > max(_BIG_WAL, size):
        return warn(
            "write-ahead log",
            f"{wal.name} has grown to {_size(written)}.",
            "A program keeps the database open for reading. Close it; the log then empties itself.",
        )
    return ok("write-ahead log", _size(written))


def _runs(db: Database, *, now: int) -> Check:
    rows = unended(db)
    killed = [what for what, started_at in rows if started_at < now - _RUNNING]
    if killed:
        return warn(
            "runs",
            f"Did not come to their end: {', '.join(killed[:3])}"
            + (f" and {len(killed) - 3} more." if len(killed) > 3 else "."),
            "Run them again: what is stored already is not stored twice.",
        )
    running = f"{len(rows)} running or just ended" if rows else "none was cut off"
    return ok("runs", running)


def _stages(workspace: Workspace, *, now: int) -> Check:
    try:
        stages = pipeline.build(workspace)
    except SettingsError:
        return warn(
            "stages",
            "Nothing runs while options above cannot be used.",
            "Correct them first.",
        )
    except KrasaeError as error:
        return failed("stages", error)
    waiting = {stage.name: stage.backlog(workspace.db) for stage in stages}
    late = ", ".join(f"{name} {rows:,}" for name, rows in waiting.items() if rows)
    if not late:
        return ok("stages", "nothing waits")
    oldest = workspace.db.execute(
        "SELECT collected_at FROM mentions WHERE seq > ? ORDER BY seq LIMIT 1",
        [position(workspace.db, "enrich")],
    ).fetchone()
    waited = now - oldest[0] if oldest else 0
    if waited > DAY_MS:
        return warn(
            "stages",
            f"Waiting: {late}; the oldest for {waited // DAY_MS} day(s).",
            "Run `krasae process`.",
        )
    return ok("stages", f"waiting: {late}; `krasae process` takes them on")


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
