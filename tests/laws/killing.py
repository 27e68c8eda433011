"""Kill a job before its n-th SQL statement, for every n that may matter, and compare.

A statement that only reads changes nothing on disk: to be killed before it is to be killed
before the next one that writes. So the kill points are all statements that do not read only.

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

READING = ("SELECT", "PRAGMA", "WITH")

# What may differ: the diary of runs (a killed run leaves its line), and the index's inner
# tables, which are compared by asking the index.
NOT_COMPARED = ("runs", "_sqlite_migrations", "mentions_fts", "sqlite_")


def kill_points(job: Job, database: Path) -> list[int]:
    """Run the job undisturbed; the numbers (from 1) of its statements that write."""
    seen: list[str] = []
    db = open_database(database, ROOMS)
    db.conn.set_trace_callback(seen.append)
    job(db)
    db.conn.set_trace_callback(None)
    db.close()
    return [n for n, text in enumerate(seen, 1) if not text.lstrip("- \n").startswith(READING)]


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


def wrong_after_kills(job: Job, start: Path, scratch: Path) -> Iterator[tuple[int, str]]:
    """Kill at each point, resume, compare: the points that went wrong and the table."""
    undisturbed = copy(start, scratch / "undisturbed.db")
    points = kill_points(job, undisturbed)
    expected = contents(undisturbed)
    assert len(points) > 3, "the job writes nothing: there is nothing to test"
    for before in points:
        database = copy(start, scratch / "killed.db")
        assert run_and_kill(job, database, before), f"not killed before statement {before}"
        resumed = open_database(database, ROOMS)
        job(resumed)
        resumed.close()
        found = contents(database)
        for table, rows in expected.items():
            if found[table] != rows:
                yield before, table
