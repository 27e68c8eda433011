"""The kill harness can fail: a stage that breaks the law is caught, one that keeps it is not."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.model import Mention
from listener.store import AuthorKey, advance, append, open_database, position, transaction
from tests.laws.killing import wrong_after_kills

KEY = AuthorKey("a key for tests only")


def lawful(db: Database) -> None:
    """Counts mentions into another table: results and cursor in one transaction."""
    while rows := _next(db):
        since = position(db, "toy")
        with advance(db, "toy", since=since, to=rows[-1]) as connection:
            connection.execute("UPDATE toy SET total = total + ?", [len(rows)])


def lawless(db: Database) -> None:
    """The same in two transactions: a kill between them counts a batch twice."""
    while rows := _next(db):
        since = position(db, "toy")
        with transaction(db) as connection:
            connection.execute("UPDATE toy SET total = total + ?", [len(rows)])
        with advance(db, "toy", since=since, to=rows[-1]):
            pass


def _next(db: Database) -> list[int]:
    since = position(db, "toy")
    rows = db.execute("SELECT seq FROM mentions WHERE seq > ? ORDER BY seq LIMIT 10", [since])
    return [row[0] for row in rows]


@pytest.fixture
def start(tmp_path: Path) -> Path:
    database = tmp_path / "start.db"
    db = open_database(database, ROOMS, create=True)
    mentions = [Mention("x", str(i), 1000 + i, f"the post {i}", author="a") for i in range(35)]
    append(db, mentions, source="test", key=KEY, now=5)
    db.execute("CREATE TABLE toy (total INTEGER NOT NULL) STRICT")
    db.execute("INSERT INTO toy VALUES (0)")
    db.close()
    return database


def test_a_lawful_stage_survives_every_kill(start: Path, tmp_path: Path) -> None:
    assert list(wrong_after_kills(lawful, start, tmp_path)) == []


def test_a_lawless_stage_is_caught(start: Path, tmp_path: Path) -> None:
    wrong = list(wrong_after_kills(lawless, start, tmp_path))
    assert {table for _, table in wrong} == {"toy"}
    assert len(wrong) >= 4


def test_appending_mentions_survives_every_kill(tmp_path: Path) -> None:
    database = tmp_path / "start.db"
    open_database(database, ROOMS, create=True).close()
    mentions = [
        Mention(
            "x",
            str(i % 25),
            1000 + i % 25,
            f"the post {i % 25}",
            author=f"a{i % 3}",
            labels=(f"l{i}",),
        )
        for i in range(40)
    ]

    def job(db: Database) -> None:
        for first in range(0, len(mentions), 10):
            append(db, mentions[first : first + 10], source="test", key=KEY, now=5)

    assert list(wrong_after_kills(job, database, tmp_path)) == []
