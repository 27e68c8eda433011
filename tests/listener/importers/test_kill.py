"""An import that is killed anywhere and repeated ends as if it had not been."""

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.importers import import_file
from listener.importers.profile import checked
from listener.store import AuthorKey, append, open_database
from tests.laws.killing import Job, contents, wrong_after_kills

KEY = AuthorKey("a key for the tests, and for nothing else")
NOW = 1_767_225_600_000
PROFILE = checked(
    {
        "columns": {
            "text": "text",
            "published_at": "time",
            "native_id": "id",
            "author": "author",
            "labels": "label",
            "likes": "likes",
        }
    },
    where="test",
)


def write(path: Path, rows: int) -> Path:
    """Rows with repeated ids, ids to be made, labels to be merged, and rows to be refused."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            row: dict[str, Any] = {
                "id": None if number % 7 == 3 else str(number % (rows * 3 // 4)),
                "time": f"2014-01-01T00:{number % 60:02}:00Z" if number % 11 else None,
                "text": f"the post {number % (rows * 3 // 4)}{' reworded' * (number % 5 == 1)}",
                "author": f"author {number % 9}",
                "label": f"label {number % 4}",
                "likes": number % 3 or None,
            }
            file.write(f"{json.dumps(row)}\n")
    return path


def job(path: Path, batch: int) -> Job:
    def run(db: Database) -> None:
        import_file(db, path, PROFILE, key=KEY, timezone="UTC", now=NOW, batch=batch)

    return run


def start(folder: Path) -> Path:
    database = folder / "start.db"
    open_database(database, ROOMS, create=True).close()
    return database


def test_killed_before_every_statement(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.jsonl", 33)
    wrong = wrong_after_kills(job(path, 12), start(tmp_path), tmp_path)
    # `changes` may name a mention more often: two rows that contradict each other are seen
    # twice. What it names is looked at again, with the same result.
    assert [(before, table) for before, table in wrong if table != "changes"] == []


def test_the_test_can_fail(tmp_path: Path) -> None:
    """Ids that count the rows of a run, instead of telling what is in them, are caught."""
    path = write(tmp_path / "posts.jsonl", 20)

    def counting(db: Database) -> None:
        from listener.importers import read_mentions
        from listener.model import Mention

        first = db.execute("SELECT count(*) FROM mentions").fetchone()[0]
        taken = read_mentions(path, PROFILE, timezone="UTC", now=NOW)
        mentions = [mention for mention in taken if isinstance(mention, Mention)]
        for at in range(0, len(mentions), 9):
            numbered = [
                Mention("x", str(first + at + n), mention.published_at, mention.text)
                for n, mention in enumerate(mentions[at : at + 9])
            ]
            append(db, numbered, source="test", key=KEY, now=NOW)

    wrong = {table for _, table in wrong_after_kills(counting, start(tmp_path), tmp_path)}
    assert "mentions" in wrong


def test_killed_at_random_instants(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.jsonl", 6000)
    undisturbed = start(tmp_path)
    db = open_database(undisturbed, ROOMS)
    began = time.monotonic()
    job(path, 500)(db)
    took = time.monotonic() - began
    db.close()
    killed = tmp_path / "killed.db"
    open_database(killed, ROOMS, create=True).close()
    chance = random.Random(7)
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                job(path, 500)(open_database(killed, ROOMS))
            finally:
                os._exit(0)
        time.sleep(took * chance.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    db = open_database(killed, ROOMS)
    job(path, 500)(db)
    runs = db.execute("SELECT outcome FROM runs ORDER BY id").fetchall()
    seqs = [row[0] for row in db.execute("SELECT seq FROM mentions ORDER BY seq")]
    db.close()
    assert seqs == list(range(1, len(seqs) + 1))
    assert runs[-1] == ("done",)
    expected, found = contents(undisturbed), contents(killed)
    assert found["mentions"] == expected["mentions"]
    assert found["authors"] == expected["authors"]


def test_batches_of_any_size_end_alike(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.jsonl", 120)
    found = []
    for batch in (1, 10, 1000):
        database = tmp_path / f"{batch}.db"
        db = open_database(database, ROOMS, create=True)
        job(path, batch)(db)
        db.close()
        found.append(contents(database))
    for tables in found[1:]:
        assert tables["mentions"] == found[0]["mentions"]
        assert tables["authors"] == found[0]["authors"]
