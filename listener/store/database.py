"""Opening the one SQLite file, and the one way to write to it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from listener.errors import NewerDatabaseError, StoreBusyError, StoreError

BUSY_TIMEOUT_MS = 10_000
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables; the trigram tokenizer came with 3.34


def open_database(
    path: Path | str,
    rooms: Sequence[Migrations],
    *,
    create: bool = False,
    read_only: bool = False,
    upgrade: bool = True,
) -> Database:
    """Open a workspace's database and bring every room's tables up to date, all or none.

    Raises StoreError when the file is missing (and not `create`), is not a database or
    another program's, cannot be written, was written by a newer version, or by an older
    one while `read_only`. Without `upgrade` an older one is left as it is.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or newer is needed.",
            remedy="Use a Python that was built with a newer SQLite.",
        )
    if str(path) != ":memory:":
        _check_path(Path(path), create=create)
    with explained(path):
        connection = _connect(path, read_only=read_only)
        try:
            db = Database(connection, use_counts_table=False)
            _check_features(db)
            _refuse_strange(db, rooms, path)
            if upgrade:
                _bring_up_to_date(db, rooms, path, read_only=read_only)
        except BaseException:
            connection.close()
            raise
    return db


def _check_path(path: Path, *, create: bool) -> None:
    try:
        if path.is_dir():
            raise StoreError(f"{path} is a folder, not a database.", remedy="Name a file.")
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise StoreError(
                f"There is no database at {path}.",
                remedy="Make one with `krasae init`, or name another with --config.",
            )
    except OSError as error:
        raise StoreError(
            f"{path} cannot be reached: {error.strerror}.",
            remedy="Check the path and its permissions.",
        ) from error


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


def _refuse_strange(db: Database, rooms: Sequence[Migrations], path: Path | str) -> None:
    tables = db.table_names()
    applied: set[tuple[str, str]] = set()
    if Migrations.migrations_table in tables:
        rows = db.execute(f"SELECT migration_set, name FROM {Migrations.migrations_table}")
        applied = {(room, name) for room, name in rows.fetchall()}
    if tables and not {room for room, _ in applied} & {room.name for room in rooms}:
        raise StoreError(
            f"{path} is another program's database: it has the table {tables[0]}.",
            remedy="Name a database that Krasae made, or a path where there is none yet.",
        )
    # Private to sqlite-utils 4, pinned; there is no public list of a set's names.
    known = {(room.name, step.name) for room in rooms for step in room._migrations}
    if newer := sorted(applied - known):
        steps = ", ".join(f"{room}.{name}" for room, name in newer)
        raise NewerDatabaseError(
            f"{path} was written by a newer Krasae (it has {steps}).",
            remedy="Upgrade Krasae, or restore a backup made by this version.",
        )


def needs_upgrade(db: Database, rooms: Sequence[Migrations]) -> bool:
    """Whether an older Krasae wrote this database."""
    return any(room.pending(db) for room in rooms)


def _bring_up_to_date(
    db: Database, rooms: Sequence[Migrations], path: Path | str, *, read_only: bool
) -> None:
    if read_only:
        if needs_upgrade(db, rooms):
            raise StoreError(
                f"{path} was written by an older Krasae and must be brought up to date first.",
                remedy="Run `krasae process` once.",
            )
        return
    db.conn.execute("PRAGMA journal_mode = WAL")
    if needs_upgrade(db, rooms):
        # Inside a transaction of ours, sqlite-utils makes do with savepoints; and of two
        # processes that find an old database, the second waits and finds nothing to do.
        with transaction(db):
            for room in rooms:
                room.apply(db)


@contextmanager
def transaction(db: Database) -> Iterator[sqlite3.Connection]:
    """One write transaction: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK on any error.

    Never a deferred BEGIN: it takes the write lock at the first write, too late to wait
    for it, and fails with SQLITE_BUSY in spite of the time-out.
    """
    connection: sqlite3.Connection = db.conn
    with explained(connection):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


_REMEDIES = {
    sqlite3.SQLITE_BUSY: "Another Krasae is writing to it. Wait for it, or stop it.",
    sqlite3.SQLITE_LOCKED: "Another Krasae is writing to it. Wait for it, or stop it.",
    sqlite3.SQLITE_READONLY: "Give this user write permission to the file and its folder.",
    sqlite3.SQLITE_FULL: "Free some space on the disk, then try again: nothing is half-written.",
    sqlite3.SQLITE_CANTOPEN: "Check the path, the permissions and the free disk space.",
    sqlite3.SQLITE_PERM: "Give this user write permission to the file and its folder.",
    sqlite3.SQLITE_IOERR: "The disk failed or is full; nothing is half-written. "
    "`krasae doctor` checks the database.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged. Restore a backup, or save what can be saved: "
    "`sqlite3 damaged.db .recover | sqlite3 saved.db`.",
    sqlite3.SQLITE_NOTADB: "Name a database that Krasae made, or a path where there is none yet.",
}
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection of one's own to read over, for who lives in a thread. Raises StoreError."""
    with explained(database):
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def explained(what: Path | str | sqlite3.Connection | None = None) -> Iterator[None]:
    """Turn SQLite's errors of the outside world into ours; leave programming errors alone.

    `what` is the database that the error names: its path, or a connection to it.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
        if code not in _REMEDIES:
            raise
        kind = StoreBusyError if code in _BUSY else StoreError
        where = _file_of(what) if isinstance(what, sqlite3.Connection) else what
        raise kind(
            f"{where or 'The database'} cannot be used: {error}.", remedy=_REMEDIES[code]
        ) from error


def _file_of(connection: sqlite3.Connection) -> str | None:
    try:
        row = connection.execute("PRAGMA database_list").fetchone()
    except sqlite3.Error:
        return None
    return str(row[2]) if row and row[2] else None
