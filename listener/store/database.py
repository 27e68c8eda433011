"""Opening the one SQLite file, and the one way to write to it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from listener.errors import NewerDatabaseError, StoreBusyError, StoreError

BUSY_TIMEOUT_MS = 10_000
_OLDEST_SQLITE = (3, 37, 0)  # STRICT tables; the trigram tokenizer came with 3.34


def open_database(
    path: Path | str, rooms: Sequence[Migrations], *, create: bool = False, read_only: bool = False
) -> Database:
    """Open a workspace's database and bring every room's tables up to date.

    Raises StoreError when the file is missing (and not `create`), is not a
    database, cannot be written, or was written by a newer version.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or newer is needed.",
            remedy="Use a Python that was built with a newer SQLite.",
        )
    if str(path) != ":memory:":
        _check_path(Path(path), create=create)
    with explained(path):
        connection = _connect(path, read_only=read_only)
        db = Database(connection, use_counts_table=False)
        _check_features(db)
        _refuse_newer(db, rooms, path)
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            for room in rooms:
                if room.pending(db):
                    room.apply(db)
    return db


def _check_path(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a database.", remedy="Name a file.")
    if not path.exists() and not create:
        raise StoreError(
            f"There is no database at {path}.",
            remedy="Make one with `krasae init`, or name another with --config.",
        )
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)


def _connect(path: Path | str, *, read_only: bool) -> sqlite3.Connection:
    if read_only and str(path) != ":memory:":
        uri = f"{Path(path).absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    else:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _check_features(db: Database) -> None:
    try:
        db.execute("CREATE VIRTUAL TABLE temp.probe USING fts5(x, tokenize = 'trigram')")
        db.execute("DROP TABLE temp.probe")
    except sqlite3.OperationalError as error:
        if "no such" not in str(error):
            raise
        raise StoreError(
            "This SQLite has no FTS5 trigram tokenizer, which the search needs.",
            remedy="Use a Python that was built with SQLite's FTS5.",
        ) from error


def _refuse_newer(db: Database, rooms: Sequence[Migrations], path: Path | str) -> None:
    table = Migrations.migrations_table
    if table not in db.table_names():
        return
    # Private to sqlite-utils 4, pinned; there is no public list of a set's names.
    known = {(room.name, step.name) for room in rooms for step in room._migrations}
    rows = db.execute(f"SELECT migration_set, name FROM {table}").fetchall()
    unknown = [f"{room}.{name}" for room, name in rows if (room, name) not in known]
    if unknown:
        raise NewerDatabaseError(
            f"{path} was written by a newer Krasae (it has {', '.join(unknown)}).",
            remedy="Upgrade Krasae, or restore a backup made by this version.",
        )


@contextmanager
def transaction(db: Database) -> Iterator[sqlite3.Connection]:
    """One write transaction: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK on any error.

    Never a deferred BEGIN: it takes the write lock at the first write, too late to wait
    for it, and fails with SQLITE_BUSY in spite of the time-out.
    """
    connection: sqlite3.Connection = db.conn
    with explained(None):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


_REMEDIES = (
    ("locked", "Another Krasae is writing to it. Wait for it, or stop it, then try again."),
    ("readonly", "Give this user write permission to the file and its folder."),
    ("read-only", "Give this user write permission to the file and its folder."),
    ("full", "The disk is full. Free some space, then try again: nothing was half-written."),
    ("unable to open", "Check the path, the permissions and the free disk space."),
    ("disk i/o", "The disk failed or is full. `krasae doctor` checks the database."),
    ("malformed", "The file is damaged. Restore a backup."),
    ("not a database", "Name a database that Krasae made, or a path where there is none yet."),
)


@contextmanager
def explained(path: Path | str | None) -> Iterator[None]:
    """Turn SQLite's errors of the outside world into ours; leave programming errors alone."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        for sign, remedy in _REMEDIES:
            if sign in text.lower():
                where = f"{path}: " if path else ""
                kind = StoreBusyError if sign == "locked" else StoreError
                raise kind(f"Database error: {where}{text}.", remedy=remedy) from error
        raise
