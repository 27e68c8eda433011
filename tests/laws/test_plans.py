"""What is done again and again never reads a whole table that grows with the posts.

Every statement is taken down while a workspace that already holds posts takes in some more
and is processed, and SQLite is asked how it would run it.
"""

import re
from collections.abc import Iterator

import pytest

from krasae import pipeline
from krasae.engine import local
from krasae.workspace import Workspace
from listener.model import HOUR_MS, Folding, FoldingKind, Mention
from listener.store import append, fold
from tests.nlp.topic_stage.making import keep_fit

START = 1_400_000_000_000
# Tables whose size does not follow from the number of posts.
SMALL = {
    "cursors", "runs", "tombstones", "author_key", "issues", "alerts", "outages", "topics",
    "topic_fits",
}  # fmt: skip
# An index that SQLite makes for the one statement is made from the whole table.
_STEP = re.compile(r"SCAN (\w+)|SEARCH (\w+) USING AUTOMATIC")


def posts(first: int, count: int) -> list[Mention]:
    return [
        Mention(
            platform="x",
            native_id=str(number),
            published_at=START + number * HOUR_MS // 6,
            text=f"{'iphone on fire' if number % 3 else 'บาร์บีคิวพลาซ่า อร่อย'} {number} #tag",
            author=f"author {number % 50}",
            followers=number,
        )
        for number in range(first, first + count)
    ]


def take_in(workspace: Workspace, first: int, count: int) -> None:
    new = posts(first, count)
    append(workspace.db, new, source="test", key=workspace.key, now=START)
    changes = [
        Folding(FoldingKind.EDIT, "x", START, native_id=new[0].native_id, text="other words"),
        Folding(FoldingKind.DELETE, "x", START, native_id=new[1].native_id),
        Folding(FoldingKind.AUTHOR_DELETE, "x", START, author=new[2].author),
    ]
    fold(workspace.db, changes, key=workspace.key)
    stages = pipeline.build(workspace)
    for stage in stages:
        stage.backlog(workspace.db)
    local.run(stages, workspace.db, now=START)


def scans(workspace: Workspace, statements: list[str]) -> Iterator[tuple[str, str]]:
    """Each reading of a whole table, and the statement that does it."""
    tables = {
        row[0]
        for row in workspace.db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND name NOT LIKE 'mentions_fts%'"
        ).fetchall()
    }
    for sql in sorted(set(statements)):
        if sql.split()[0] not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE"):
            continue
        for step in workspace.db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
            found = _STEP.match(step[3])
            name = found and _table(found[1] or found[2], sql)
            if name in tables - SMALL:
                yield step[3], sql


def _table(alias: str, sql: str) -> str:
    """The table behind a name in a plan: aliases stand for it there."""
    found = re.search(rf"(\w+)\s+(?:AS\s+)?{alias}\b", sql, re.I)
    named = found[1] if found else alias
    return alias if named.upper() in ("FROM", "JOIN", "UPDATE", "INTO", "TABLE", "BY") else named


def test_taking_in_a_few_more_posts_reads_no_whole_table(workspace: Workspace) -> None:
    take_in(workspace, 0, 300)
    keep_fit(workspace)
    statements: list[str] = []
    workspace.db.conn.set_trace_callback(statements.append)
    take_in(workspace, 300, 60)
    workspace.db.conn.set_trace_callback(None)
    assert len(set(statements)) > 30
    assert list(scans(workspace, statements)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT text FROM mentions WHERE likes = 1",
        "SELECT 1 FROM cursors AS c JOIN mentions AS m WHERE m.followers = 3",
        "DELETE FROM enrichments WHERE sentiment = 'negative'",
    ],
)
def test_a_whole_table_is_noticed(workspace: Workspace, sql: str) -> None:
    assert [found for _, found in scans(workspace, [sql])] == [sql]
