"""What others rely on, in plain files: the schema, the commands' help, the settings.

`pytest --update-golden` writes them anew; the difference belongs into the change's review.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from typer.core import TyperGroup
from typer.main import get_command

from krasae.cli import build
from krasae.initialise import brands_from, named_query, settings_from
from krasae.reference import config_text, reference_text
from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.store import open_database

Golden = Callable[[str, str], None]
DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"


def schema(db: Database) -> str:
    """Every table, index, view and trigger, in the order in which they were made.

    Not the inner tables of the full-text index: those are SQLite's, and change with it.
    """
    rows = db.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'mentions_fts_%' "
        "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlite_%' "
        "AND name NOT LIKE 'idx__sqlite_%' ORDER BY rowid"
    )
    return "".join(f"{_dedented(row[0])};\n\n" for row in rows.fetchall())


def _dedented(sql: str) -> str:
    margin = re.search(r"\n( *)\S[^\n]*\Z", sql)
    return sql.replace(f"\n{margin[1]}", "\n") if margin else sql


def test_the_schema(golden: Golden) -> None:
    db = open_database(":memory:", ROOMS)
    golden("schema.sql", schema(db))
    db.close()


def test_the_help_of_every_command(
    golden: Golden, krasae: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    root = get_command(build())
    assert isinstance(root, TyperGroup)
    golden("help.txt", "\n".join(_help(krasae, root)))


def _help(krasae: Callable[..., Any], group: TyperGroup, *above: str) -> list[str]:
    pages = [krasae(*above, "--help").out]
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            pages += _help(krasae, command, *above, name)
        else:
            pages.append(krasae(*above, name, "--help").out)
    return pages


def test_the_file_that_init_writes(golden: Golden) -> None:
    brands = brands_from(
        [named_query('Bar B Q Plaza="bar b q" OR บาร์บีคิวพลาซ่า')], [named_query("MK")]
    )
    settings = settings_from(name="Plaza", timezone="Asia/Bangkok", language="th", brands=brands)
    golden("config.toml", config_text(settings))


def test_the_reference_in_the_docs(golden: Golden) -> None:
    page = DOCS.read_text("utf-8")
    parts = re.fullmatch(r"(.*<!-- settings -->\n)(.*)(<!-- end of settings -->.*)", page, re.S)
    assert parts, "docs/configuration.md has lost the marks around its reference"
    golden(str(DOCS), f"{parts[1]}\n{reference_text()}\n{parts[3]}")


def test_every_command_has_the_options_that_all_share() -> None:
    root = get_command(build())
    assert isinstance(root, TyperGroup)
    for words, options in _options(root):
        assert "--config" in options or words in WITHOUT_WORKSPACE, words
        assert "--json" in options or words in WITHOUT_JSON, words


# They make or need none.
WITHOUT_WORKSPACE = {("init",), ("demo",), ("query", "explain"), ("models",), ("anomalies",)}
# A tour for a person; nothing to print; JSON as it is.
WITHOUT_JSON = {("demo",), ("alerts", "label"), ("label",), ("classify",), ("anomalies",)}


def _options(group: TyperGroup, *above: str) -> list[tuple[tuple[str, ...], set[str]]]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found += _options(command, *above, name)
        else:
            found.append(((*above, name), {o for p in command.params for o in p.opts}))
    return found


def test_queries_use_the_indices(workspace: Workspace) -> None:
    """What is asked often never reads a whole table."""
    for sql in (
        "SELECT position FROM cursors WHERE stage = ?",
        "SELECT * FROM mentions WHERE seq > ? ORDER BY seq LIMIT 1000",
        "SELECT native_id FROM mentions WHERE platform = ? AND native_id IN (?)",
        "SELECT seq FROM mentions WHERE author_id = ?",
        "SELECT seq FROM mentions WHERE published_at < ?",
        "SELECT * FROM changes WHERE id > ? ORDER BY id LIMIT 1000",
        "DELETE FROM changes WHERE mention_seq = ?",
        "SELECT brand FROM brand_matches WHERE mention_seq = ?",
        "SELECT mention_seq FROM brand_matches WHERE brand = ?",
        "SELECT * FROM brand_counts WHERE brand = ? AND bucket >= ? ORDER BY bucket",
        "SELECT * FROM signals WHERE event = ? ORDER BY id",
        "SELECT fingerprint FROM author_key",
    ):
        plan = workspace.db.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * sql.count("?")).fetchall()
        steps = [str(row[3]) for row in plan]
        assert all(step.startswith("SEARCH") or "author_key" in step for step in steps), (
            sql,
            steps,
        )
