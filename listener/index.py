"""The index stage: feeds the trigram index, and folds again what was edited.

`mentions_fts` holds the text itself where folding would change nothing but the case of
a-z and white space, and otherwise the folded text, kept in `folded_texts`.
"""

import sqlite3
from collections.abc import Iterable

from sqlite_utils import Database

from listener.query.normalise import folded_otherwise
from listener.stage import IDLE, Step
from listener.store.cursors import advance, position

INDEX = "index"
CHANGES = "index.changes"


class IndexStage:
    """Puts mentions into the search index in the order of the log, then follows `changes`.

    Unlike other stages it folds inside the transaction: that takes microseconds, writing
    the index milliseconds, and so no edit can come between reading a text and indexing it.
    """

    name = INDEX
    needs: tuple[str, ...] = ()

    def backlog(self, db: Database) -> int:
        """Mentions not indexed yet, and changes not followed yet."""
        return waiting(db)

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Index at most `limit` mentions, or follow at most as many changes."""
        step = _index(db, limit)
        return step if step.read else _follow(db, limit)


def waiting(db: Database) -> int:
    """How many mentions and changes wait for the index."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM mentions WHERE seq > ?)"
        " + (SELECT count(*) FROM changes WHERE id > ?)",
        [position(db, INDEX), position(db, CHANGES)],
    ).fetchone()
    return int(row[0])


def _index(db: Database, limit: int) -> Step:
    since = position(db, INDEX)
    to, count = db.execute(
        "SELECT max(seq), count(*) FROM"
        " (SELECT seq FROM mentions WHERE seq > ? ORDER BY seq LIMIT ?)",
        [since, limit],
    ).fetchone()
    if not count:
        return IDLE
    with advance(db, INDEX, since=since, to=to) as connection:
        rows = connection.execute(
            "SELECT seq, text FROM mentions WHERE seq > ? AND seq <= ?", [since, to]
        ).fetchall()
        _keep_folded(connection, rows)
        written = connection.execute(
            "INSERT INTO mentions_fts (rowid, text)"
            " SELECT seq, text FROM indexed_texts WHERE seq > ? AND seq <= ? ORDER BY seq",
            [since, to],
        )
        return Step(read=count, written=written.rowcount)


def _keep_folded(connection: sqlite3.Connection, rows: Iterable[tuple[int, str]]) -> None:
    connection.executemany(
        "INSERT INTO folded_texts (mention_seq, folded) VALUES (?, ?)",
        [(seq, folded) for seq, text in rows if (folded := folded_otherwise(text)) is not None],
    )


def _follow(db: Database, limit: int) -> Step:
    since = position(db, CHANGES)
    to, count = db.execute(
        "SELECT max(id), count(*) FROM (SELECT id FROM changes WHERE id > ? ORDER BY id LIMIT ?)",
        [since, limit],
    ).fetchone()
    if not count:
        return IDLE
    with advance(db, CHANGES, since=since, to=to) as connection:
        # What is not indexed yet will be, as it then stands.
        rows = connection.execute(
            "SELECT DISTINCT seq, text, folded FROM changes"
            " JOIN mentions ON seq = changes.mention_seq"
            " LEFT JOIN folded_texts ON folded_texts.mention_seq = seq"
            " WHERE changes.id > ? AND changes.id <= ?"
            " AND seq <= (SELECT position FROM cursors WHERE stage = ?)",
            [since, to, INDEX],
        ).fetchall()
        written = sum(_fold_again(connection, *row) for row in rows)
        return Step(read=count, written=written)


def _fold_again(connection: sqlite3.Connection, seq: int, text: str, known: str | None) -> bool:
    """Bring one indexed mention up to date; whether there was anything to do."""
    folded = folded_otherwise(text)
    if folded == known:
        return False
    connection.execute(
        "INSERT INTO mentions_fts (mentions_fts, rowid, text)"
        " SELECT 'delete', seq, text FROM indexed_texts WHERE seq = ?",
        [seq],
    )
    connection.execute("DELETE FROM folded_texts WHERE mention_seq = ?", [seq])
    if folded is not None:
        connection.execute(
            "INSERT INTO folded_texts (mention_seq, folded) VALUES (?, ?)", [seq, folded]
        )
    connection.execute(
        "INSERT INTO mentions_fts (rowid, text) SELECT seq, text FROM indexed_texts WHERE seq = ?",
        [seq],
    )
    return True
