"""A database of every release can be opened by this one, with everything that is in it.

tests/golden/databases/ holds one SQL dump per release. `pytest --update-golden` adds that of
the version in pyproject.toml when it is not there; one that was released is never changed.
"""

import re
import sqlite3
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlite_utils import Database

from krasae import pipeline
from krasae.engine import local
from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.model import HOUR_MS, Folding, FoldingKind, Mention
from listener.store import append, fold, open_database

FOLDER = Path(__file__).parents[1] / "golden" / "databases"
RELEASES = sorted(FOLDER.glob("*.sql"))
NOW = 1_400_000_000_000


def _fill(workspace: Workspace) -> None:
    posts = [
        Mention(
            platform="x",
            native_id=str(number),
            published_at=NOW + number * HOUR_MS // 4,
            text=("บาร์บีคิวพลาซ่า อร่อยมาก" if number % 2 else "the #iphone is on fire again"),
            author=f"author {number % 7}",
            followers=number * 1000,
            labels=("food",),
        )
        for number in range(40)
    ]
    append(workspace.db, posts, source="test", key=workspace.key, now=NOW)
    foldings = [
        Folding(FoldingKind.EDIT, "x", NOW, native_id="1", text="แก้ไขแล้ว"),
        Folding(FoldingKind.DELETE, "x", NOW, native_id="2"),
        Folding(FoldingKind.DELETE, "x", NOW, native_id="not yet here"),
    ]
    fold(workspace.db, foldings, key=workspace.key)
    local.run(pipeline.build(workspace, flush=True), workspace.db, now=NOW)


def _dump(db: Database) -> str:
    text = "\n".join(db.conn.iterdump())
    # When a migration was applied is no matter, and differs from run to run.
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00:00", "2026-01-01 00:00:00+00:00", text)


def test_this_version_has_its_database(
    workspace: Workspace, request: pytest.FixtureRequest
) -> None:
    path = FOLDER / f"{version('krasae')}.sql"
    if request.config.getoption("--update-golden") and not path.exists():
        _fill(workspace)
        FOLDER.mkdir(parents=True, exist_ok=True)
        path.write_text(_dump(workspace.db) + "\n", "utf-8")
    assert path.exists(), "write it with pytest --update-golden"


def _restored(release: Path, path: Path) -> dict[str, int]:
    """The database of a release, as it was; the number of rows in each table."""
    connection = sqlite3.connect(path)
    connection.executescript(release.read_text("utf-8"))
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'mentions_fts%'"
    ).fetchall()
    rows = {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in tables
    }
    connection.close()
    return rows


def _shape(db: Database) -> dict[str, object]:
    """Tables by their columns, the rest by its SQL: not how it all came about."""
    shape: dict[str, object] = {}
    rows = db.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'mentions_fts_%'"
    )
    for kind, name, sql in rows.fetchall():
        if kind == "table":
            columns = db.execute("SELECT * FROM pragma_table_xinfo(?)", [name]).fetchall()
            shape[name] = [column[1:] for column in columns]
        else:
            shape[name] = sql
    return shape


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_a_database_of_every_release_is_brought_up_to_date(release: Path, tmp_path: Path) -> None:
    path = tmp_path / "krasae.db"
    rows = _restored(release, path)
    assert rows["mentions"] and rows["enrichments"] and rows["brand_matches"]
    db = open_database(path, ROOMS)
    fresh = open_database(":memory:", ROOMS)
    assert _shape(db) == _shape(fresh)
    fresh.close()
    del rows["_sqlite_migrations"]
    assert {name: db[name].count for name in rows} == rows
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert db.execute(
        "SELECT count(*) FROM mentions_fts WHERE mentions_fts MATCH 'iphone'"
    ).fetchone()[0]
    db.close()
