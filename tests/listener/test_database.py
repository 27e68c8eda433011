"""What can be wrong with a database file: a clear error, nothing lost, nothing half-written."""

import inspect
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

import listener.store
from krasae.schema import ROOMS
from listener.errors import NewerDatabaseError, SettingsError, StoreBusyError, StoreError
from listener.model import Folding, FoldingKind, Mention
from listener.store import (
    AuthorKey,
    advance,
    append,
    authors,
    cursors,
    database,
    erase,
    fold,
    keys,
    mentions,
    numbers,
    open_database,
    position,
    runs,
    transaction,
)

KEY = AuthorKey("a key for the tests, and for nothing else")
POSTS = [Mention("x", str(n), n, f"post {n} " + "text " * 50, author="a") for n in range(100)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with a hundred mentions, closed."""
    path = tmp_path / "krasae.db"
    db = open_database(path, ROOMS, create=True)
    append(db, POSTS, source="test", key=KEY, now=1)
    keys.claim(db, KEY)
    db.close()
    return path


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    """The same, open, and not patient with locks."""
    db = open_database(path, ROOMS)
    db.conn.execute("PRAGMA busy_timeout = 20")
    yield db
    db.close()


def run_script(script: str, *arguments: str | Path) -> Any:
    """Run Python elsewhere; what it printed as JSON."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Opening --------------------------------------------------------------------------------


def missing(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("[workspace]\nname = 'this is no database'\n" * 100)


def another_programs(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE moz_places (url TEXT)")
    connection.close()


def another_programs_with_migrations(path: Path) -> None:
    path.unlink()
    theirs = Migrations("llm")
    theirs()(lambda db: db["responses"].create({"id": int}))
    db = Database(path)
    theirs.apply(db)
    db.close()


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('listener', 'm999_future', '2030-01-01')"
        )
    connection.close()


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)  # the schema's page
        file.write(b"\xff" * 3000)


@pytest.mark.parametrize(
    ("spoil", "kind", "says"),
    [
        (missing, StoreError, "There is no database at"),
        (a_folder, StoreError, "is a folder, not a database"),
        (a_text, StoreError, "file is not a database"),
        (another_programs, StoreError, "another program's database: it has the table moz_places"),
        (another_programs_with_migrations, StoreError, "another program's database"),
        (newer, NewerDatabaseError, r"newer Krasae \(it has listener.m999_future\)"),
        (cut_off, StoreError, "malformed|disk image"),
        (overwritten, StoreError, "malformed|disk image"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_cannot_be_used_is_refused_and_left_as_it_is(
    path: Path, spoil: Callable[[Path], None], kind: type[StoreError], says: str, read_only: bool
) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(kind, match=says) as caught:
        open_database(path, ROOMS, read_only=read_only)
    assert str(path) in caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code == 4
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be reached"):
        open_database(tmp_path / "file" / "krasae.db", ROOMS, create=True)


def test_an_older_database_is_not_changed_by_reading_it(path: Path) -> None:
    extended = Migrations("listener")
    for step in ROOMS[0]._migrations:
        extended(name=step.name)(step.fn)

    @extended()
    def m998_next(db: Database) -> None:
        db.execute("CREATE TABLE next (id INTEGER)")

    rooms = (extended, *ROOMS[1:])
    with pytest.raises(StoreError, match="written by an older Krasae"):
        open_database(path, rooms, read_only=True)
    as_it_is = open_database(path, rooms, read_only=True, upgrade=False)
    assert database.needs_upgrade(as_it_is, rooms)
    as_it_is.close()
    upgraded = open_database(path, rooms)
    assert "next" in upgraded.table_names()
    assert not database.needs_upgrade(upgraded, rooms)
    upgraded.close()


def test_a_migration_that_fails_leaves_nothing_behind(path: Path) -> None:
    late = Migrations("late")

    @late()
    def m001_first(db: Database) -> None:
        db.execute("CREATE TABLE first (id INTEGER)")

    @late()
    def m002_second(db: Database) -> None:
        db.executescript("CREATE TABLE second (id INTEGER); CREATE TABLE second (id INTEGER);")

    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        open_database(path, (*ROOMS, late))
    db = open_database(path, ROOMS)
    assert not {"first", "second"} & {*db.table_names()}
    db.close()


OPEN_AND_DIE = """
import json, os, signal, sys
from pathlib import Path
from krasae.schema import ROOMS
from listener.store import database

folder = Path(sys.argv[1])
connect = database._connect

def counted(limit):
    seen = [0]
    def connected(path, *, read_only):
        connection = connect(path, read_only=read_only)
        def before(statement):
            if statement.split()[0] in ("SELECT", "PRAGMA"):
                return  # to die before a reading is to die before the next writing
            seen[0] += 1
            if seen[0] == limit:
                os.kill(os.getpid(), signal.SIGKILL)
        connection.set_trace_callback(before)
        return connection
    database._connect = connected
    return seen

whole = folder / "whole.db"
seen = counted(0)
database.open_database(whole, ROOMS, create=True).close()
database._connect = connect
schema = lambda db: db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
db = database.open_database(whole, ROOMS)
wanted = schema(db)
db.close()
wrong = []
last = seen[0]  # all lie in one transaction: its edges, and some from its middle
limits = sorted({1, 2, 3, *range(4, last, 12), last - 1, last})
for limit in limits:
    path = folder / f"{limit}.db"
    child = os.fork()
    if not child:
        counted(limit)
        database.open_database(path, ROOMS, create=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    db = database.open_database(path, ROOMS, create=True)
    if schema(db) != wanted:
        wrong.append(limit)
    db.close()
print(json.dumps({"kills": len(limits), "wrong": wrong}))
"""


def test_killed_while_it_is_made(tmp_path: Path) -> None:
    found = run_script(OPEN_AND_DIE, tmp_path)
    assert found["kills"] > 15
    assert found["wrong"] == []


def test_many_processes_make_it_at_once(tmp_path: Path) -> None:
    script = (
        "import sys, time; from krasae.schema import ROOMS; from listener.store import *\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "open_database(sys.argv[1], ROOMS, create=True).close()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "krasae.db")]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout and child.stdout.readline() == "ready\n"
    for child in children:
        child.communicate("go\n", timeout=60)
    assert [child.returncode for child in children] == [0, 0, 0]
    db = open_database(tmp_path / "krasae.db", ROOMS)
    steps = sum(len(room._migrations) for room in ROOMS)
    assert db["_sqlite_migrations"].count == steps
    db.close()


# Writing where one may not, or cannot ---------------------------------------------------

AS_NOBODY = """
import json, os, sys
from pathlib import Path
from krasae.schema import ROOMS
from listener.errors import KrasaeError
from listener.model import Mention
from listener.store import AuthorKey, append, open_database

key = AuthorKey("a key for the tests, and for nothing else")
open_database(":memory:", ROOMS)  # loads all modules while they can be read
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)  # root may write everywhere
try:
    db = open_database(sys.argv[1], ROOMS, create=sys.argv[2] == "create")
    append(db, [Mention("x", "new", 1, "new")], source="test", key=key, now=1)
    print(json.dumps(None))
except KrasaeError as error:
    print(json.dumps([type(error).__name__, error.message, error.remedy]))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("file_mode", "folder_mode"), [(0o444, 0o777), (0o444, 0o555), (0o666, 0o555), (0o000, 0o777)]
)
def test_a_file_or_folder_that_one_may_not_write(
    path: Path, open_folder: Path, file_mode: int, folder_mode: int
) -> None:
    inside = open_folder / "inside"
    inside.mkdir()
    copy = inside / "krasae.db"
    shutil.copy(path, copy)
    before = copy.read_bytes()
    copy.chmod(file_mode)
    inside.chmod(folder_mode)
    kind, message, remedy = run_script(AS_NOBODY, copy, "open")
    assert kind == "StoreError"
    assert str(copy) in message
    assert "permission" in remedy
    inside.chmod(0o755)
    copy.chmod(0o644)
    assert copy.read_bytes() == before


def test_a_folder_in_which_one_may_not_make_it(open_folder: Path) -> None:
    kind, message, remedy = run_script(AS_NOBODY, open_folder / "krasae.db", "create")
    assert kind == "StoreError"
    assert "permission" in remedy
    assert not [*open_folder.iterdir()]
    kind, message, remedy = run_script(AS_NOBODY, open_folder / "new" / "krasae.db", "create")
    assert kind == "StoreError"
    assert "Permission denied" in message


FULL_DISK = """
import json, resource, signal, sys
from krasae.schema import ROOMS
from listener.errors import KrasaeError
from listener.model import Mention
from listener.store import AuthorKey, append, open_database

key = AuthorKey("a key for the tests, and for nothing else")
if sys.argv[2] != "0":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
stored = 0
try:
    db = open_database(sys.argv[1], ROOMS, create=True)
    for batch in range(10_000):
        posts = [Mention("x", f"{batch}.{n}", n, "text " * 99) for n in range(50)]
        stored += append(db, posts, source="test", key=key, now=1).new
except KrasaeError as error:
    print(json.dumps([stored, type(error).__name__, error.message, error.remedy]))
"""


def check_full(path: Path, limit: int) -> None:
    stored, kind, message, remedy = run_script(FULL_DISK, path, limit)
    assert kind == "StoreError"
    assert str(path) in message
    assert "half-written" in remedy
    if limit:
        db = open_database(path, ROOMS, create=True)
        assert db["mentions"].count == stored
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        db.close()


def test_a_full_disk(tmp_path: Path) -> None:
    check_full(tmp_path / "krasae.db", 1_000_000)


def test_a_full_disk_while_it_is_made(tmp_path: Path) -> None:
    check_full(tmp_path / "krasae.db", 20_000)


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root may mount a small disk"
)
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        check_full(tmp_path / "krasae.db", 0)
        db = open_database(tmp_path / "krasae.db", ROOMS, read_only=True)
        assert db["mentions"].count > 0
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        db.close()
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_batch_that_does_not_fit_is_not_stored_in_part(db: Database) -> None:
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 3}")
    many = [Mention("x", f"new {n}", n, "text " * 99) for n in range(500)]
    with pytest.raises(StoreError, match="full"):
        append(db, many, source="test", key=KEY, now=1)
    assert db["mentions"].count == len(POSTS)
    assert not db.conn.in_transaction


# Another process ------------------------------------------------------------------------

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE mentions SET likes = 1")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@pytest.fixture
def locked(db: Database, path: Path) -> Iterator[Database]:
    """The open database while another process is in the middle of a write."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        yield db
        other.communicate("\n", timeout=60)


def enter(context: Any) -> None:
    with context:
        pass


DELETION = Folding(FoldingKind.DELETE, "x", 5, native_id="1")
# Every public function of listener.store that takes a database: those that write wait for
# the lock and then give up; those that read are not held up.
WRITING: dict[Callable[..., Any], Callable[[Database], object]] = {
    append: lambda db: append(db, POSTS, source="test", key=KEY, now=1),
    fold: lambda db: fold(db, [DELETION], key=KEY),
    advance: lambda db: enter(advance(db, "test", since=0, to=1)),
    transaction: lambda db: enter(transaction(db)),
    keys.adopt: lambda db: keys.adopt(db, KEY),
    erase.vacuum: erase.vacuum,
}
READING: dict[Callable[..., Any], Callable[[Database], object]] = {
    position: lambda db: position(db, "index"),
    keys.fingerprint: keys.fingerprint,
    keys.check_key: lambda db: keys.check_key(db, KEY),
    keys.claim: lambda db: keys.claim(db, KEY),  # writes only in a database without a key
    database.needs_upgrade: lambda db: database.needs_upgrade(db, ROOMS),
    erase.seqs_of_author: lambda db: erase.seqs_of_author(db, 1),
    erase.seqs_of_mention: lambda db: erase.seqs_of_mention(db, "x", "1"),
    runs.is_done: lambda db: runs.is_done(db, "a job"),
    runs.unended: runs.unended,
    erase.expired: lambda db: erase.expired(db, now=1, days=1, platforms={}),
}
# Tested by themselves above and below.
APART = {open_database, database.explained, database.reading}


MODULES = (authors, cursors, database, erase, keys, mentions, numbers, runs)


def test_one_may_read_beside_a_writer(locked: Database) -> None:
    path = Path(locked.execute("PRAGMA database_list").fetchone()[2])
    with database.reading(path) as connection:
        assert connection.execute("SELECT seq FROM mentions").fetchone() == (1,)
    with pytest.raises(StoreError), database.reading(path.with_name("none.db")) as connection:
        connection.execute("SELECT 1 FROM mentions")


def name_of(function: Callable[..., Any]) -> str:
    return function.__name__


def test_the_lists_above_are_complete() -> None:
    public = {
        function
        for module in (listener.store, *MODULES)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__.startswith("listener.store")
        and not name.startswith("_")
        and "connection" not in inspect.signature(function).parameters  # the caller has the lock
    }
    assert public == {*WRITING, *READING, *APART}
    files = {path.stem for path in Path(listener.store.__file__).parent.glob("*.py")}
    assert files - {"__init__"} == {module.__name__.rpartition(".")[2] for module in MODULES}


@pytest.mark.parametrize("function", WRITING, ids=name_of)
def test_writing_while_another_writes(locked: Database, function: Callable[..., Any]) -> None:
    with pytest.raises(StoreBusyError, match="locked") as caught:
        WRITING[function](locked)
    assert "Another Krasae is writing" in caught.value.remedy
    assert str(locked.execute("PRAGMA database_list").fetchone()[2]) in caught.value.message
    assert not locked.conn.in_transaction


@pytest.mark.parametrize("function", READING, ids=name_of)
def test_reading_while_another_writes(locked: Database, function: Callable[..., Any]) -> None:
    READING[function](locked)


def test_opening_while_another_writes(locked: Database, path: Path) -> None:
    again = open_database(path, ROOMS)
    assert again["mentions"].count == len(POSTS)
    again.close()


# Damage ---------------------------------------------------------------------------------


def test_a_damaged_page_is_an_error_and_not_a_wrong_answer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'mentions'"
        ).fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xab" * size)
    db = open_database(path, ROOMS)
    with pytest.raises(StoreError, match="malformed") as caught:
        fold(db, [DELETION], key=KEY)
    assert "Restore a backup" in caught.value.remedy
    assert not db.conn.in_transaction
    db.close()


# Transactions, keys ---------------------------------------------------------------------


def test_an_error_inside_rolls_everything_back(db: Database) -> None:
    with pytest.raises(ValueError, match="ours"), transaction(db) as connection:
        connection.execute("DELETE FROM mentions")
        raise ValueError("ours")
    assert db["mentions"].count == len(POSTS)


def test_our_own_mistakes_stay_tracebacks(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), transaction(db) as c:
        c.execute("SELECT 1 FROM no_table")
    with pytest.raises(sqlite3.IntegrityError), transaction(db) as c:
        c.execute("INSERT INTO brand_matches VALUES ('b', 123456)")


def test_one_database_one_key(db: Database) -> None:
    other = AuthorKey("another key, also long enough")
    with pytest.raises(SettingsError, match="not the one this database was written with"):
        keys.claim(db, other)
    keys.adopt(db, other)
    keys.claim(db, other)
    assert keys.fingerprint(db) == other.fingerprint != KEY.fingerprint
    assert KEY.fingerprint == AuthorKey("a key for the tests, and for nothing else").fingerprint
