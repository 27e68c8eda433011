"""A database of every release can be opened by this one, with everything that is in it.

tests/golden/databases/ holds one SQL dump per release. `pytest --update-golden` adds that of
the version in pyproject.toml when it is not there; one that was released is never changed.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts.settings import ChannelSettings
from krasae import pipeline
from krasae.engine import local
from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.model import DAY_MS, HOUR_MS, Folding, FoldingKind, Mention
from listener.store import append, fold, open_database
from tests.alerts.making import put_signals, signal
from trends.model import SignalKind

FOLDER = Path(__file__).parents[1] / "golden" / "databases"
RELEASES = sorted(FOLDER.glob("*.sql"))
START = 1_400_000_000_000
NOW = START + 2 * DAY_MS
TEAM = ChannelSettings(name="team", type="folder", options={"path": "messages"})


def _fill(workspace: Workspace) -> None:
    """Some of everything: posts, changes, counts, an alert that was told, issues."""
    posts = [
        Mention(
            platform="x",
            native_id=str(number),
            published_at=START + number * HOUR_MS // 4,
            text=("บาร์บีคิวพลาซ่า อร่อยมาก" if number % 2 else "i hate this awful broken #iphone"),
            author=f"author {number % 7}",
            followers=number * 10_000,
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
    put_signals(
        workspace.db,
        [signal(kind=SignalKind.RISK, severity=9, detected_at=NOW, mention_seqs=(5, 7, 9))],
    )
    told = replace(workspace, settings=workspace.settings.model_copy(update={"channels": (TEAM,)}))
    local.run(pipeline.build(told, flush=True), told.db, now=NOW)


def _dump(db: Database) -> str:
    """The database as SQL. Not `iterdump`, whose full-text index cannot be read in again."""
    master = db.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'mentions_fts_%' AND sql IS NOT NULL ORDER BY rowid"
    ).fetchall()
    lines = ["PRAGMA foreign_keys = OFF;", "BEGIN;"]
    for kind, name, sql in master:
        if kind == "table" and name != "mentions_fts":
            lines += [f"{sql};", *_rows(db, name)]
    lines += [f"{sql};" for kind, name, sql in master if kind != "table" or name == "mentions_fts"]
    lines += ["DELETE FROM sqlite_sequence;", *_rows(db, "sqlite_sequence")]
    lines += ["INSERT INTO mentions_fts (mentions_fts) VALUES ('rebuild');", "COMMIT;"]
    # When a migration was applied is no matter, and differs from run to run.
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "2026-01-01 00:00:00", "\n".join(lines))


def _rows(db: Database, table: str) -> Iterator[str]:
    names = [row[1] for row in db.execute(f"PRAGMA table_info([{table}])").fetchall()]
    quoted = " || ', ' || ".join(f"quote([{name}])" for name in names)
    for (values,) in db.execute(f"SELECT {quoted} FROM [{table}]").fetchall():
        yield f"INSERT INTO [{table}] VALUES ({values});"


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
    assert all(rows[name] for name in ("mentions", "enrichments", "brand_counts", "alerts"))
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
