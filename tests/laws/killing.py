"""Kill a job before its n-th SQL statement, for every n, and compare what is left.

The job runs in a forked child on a database of its own; the kill is SIGKILL, so nothing of
the child's clean-up runs. SQLite's trace callback tells each statement before it starts.
"""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.store import open_database

Job = Callable[[Database], None]

# What may differ: the diary of runs (a killed run leaves its line), and the index's inner
# tables, which are compared by asking the index.
NOT_COMPARED = ("runs", "_sqlite_migrations", "mentions_fts", "sqlite_")


def statements(job: Job, database: Path) -> int:
    """How many SQL statements an undisturbed job runs."""
    seen = [0]
    db = open_database(database, ROOMS)

    def count(statement: str) -> None:
        seen[0] += 1

    db.conn.set_trace_callback(count)
    job(db)
    db.conn.set_trace_callback(None)
    db.close()
    return seen[0]


def run_and_kill(job: Job, database: Path, before: int) -> bool:
    """Run the job in a child that dies before its statement number `before` (from 1)."""
    child = os.fork()
    if child == 0:
        try:
            _run_until(job, database, before)
        finally:
            os._exit(70)  # an error in the job: told apart from the kill below
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) not in (0,):
        raise AssertionError(f"the job failed by itself before statement {before}")
    return os.WIFSIGNALED(status)


def _run_until(job: Job, database: Path, before: int) -> None:
    db = open_database(database, ROOMS)
    seen = [0]

    def strike(statement: str) -> None:
        seen[0] += 1
        if seen[0] == before:
            os.kill(os.getpid(), signal.SIGKILL)

    db.conn.set_trace_callback(strike)
    job(db)
    db.conn.set_trace_callback(None)
    db.close()
    os._exit(0)


def contents(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every compared table's rows, sorted; and what the index finds."""
    db = open_database(database, ROOMS)
    tables = {}
    for name in sorted(db.table_names()):
        if not name.startswith(NOT_COMPARED):
            rows = db.execute(f"SELECT * FROM [{name}]").fetchall()
            tables[name] = sorted(rows, key=repr)
    db.execute("INSERT INTO mentions_fts (mentions_fts, rank) VALUES ('integrity-check', 0)")
    tables["index"] = db.execute(
        "SELECT rowid FROM mentions_fts WHERE mentions_fts MATCH 'the' ORDER BY rowid"
    ).fetchall()
    db.close()
    return tables


def copy(database: Path, to: Path) -> Path:
    """A copy of a closed database."""
    for old in to.parent.glob(f"{to.name}*"):
        old.unlink()
    shutil.copy(database, to)
    return to


def wrong_after_kills(
    job: Job, start: Path, scratch: Path, *, stride: int = 1
) -> Iterator[tuple[int, str]]:
    """Kill before each statement, resume, compare: the kill points that went wrong and where."""
    undisturbed = copy(start, scratch / "undisturbed.db")
    total = statements(job, undisturbed)
    expected = contents(undisturbed)
    assert total > 3, "the job runs no SQL: there is nothing to test"
    for before in range(1, total + 1, stride):
        database = copy(start, scratch / "killed.db")
        assert run_and_kill(job, database, before), f"not killed at {before} of {total}"
        resumed = open_database(database, ROOMS)
        job(resumed)
        resumed.close()
        found = contents(database)
        for table, rows in expected.items():
            if found[table] != rows:
                yield before, table
