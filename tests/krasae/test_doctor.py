"""The doctor sees what is wrong, says what to do, and goes on."""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from krasae import database_checks
from krasae.doctor import adopt_author_key, examine, is_well
from krasae.health import Check, Outcome
from krasae.workspace import open_workspace
from listener.errors import SettingsError
from listener.model import DAY_MS, HOUR_MS, Mention
from listener.store import append

NOW = 1_700_000_000_000
OTHER_KEY = {"KRASAE_AUTHOR_KEY": "another key, also long enough"}


@pytest.fixture
def config(workspace_folder: Path) -> Path:
    """A healthy workspace, closed."""
    (workspace_folder / ".env").chmod(0o600)
    path = workspace_folder / "config.toml"
    with open_workspace(path, create=True, environment={}):
        pass
    return path


def look(config: Path, environment: Mapping[str, str] | None = None) -> dict[str, Check]:
    checks = list(examine(config, now=NOW, environment=environment or {}))
    assert all(check.remedy for check in checks if check.outcome is not Outcome.OK)
    return {check.name: check for check in checks}


def look_at_database(config: Path) -> dict[str, Check]:
    """The checks of the database alone, which need no models."""
    folder = config.parent
    patient = database_checks.Patient(folder, folder / "krasae.db", None, None)
    return {check.name: check for check in database_checks.examine(patient, now=NOW)}


def bad(checks: dict[str, Check]) -> dict[str, str]:
    return {
        name: check.outcome.value
        for name, check in checks.items()
        if check.outcome is not Outcome.OK
    }


def execute(config: Path, sql: str, *values: object) -> None:
    connection = sqlite3.connect(config.parent / "krasae.db", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(sql, values)
    connection.close()


def test_a_healthy_workspace_and_nothing_is_written(config: Path) -> None:
    before = {path.name: path.read_bytes() for path in config.parent.iterdir()}
    checks = look(config)
    assert bad(checks) == {}
    assert is_well(list(checks.values()))
    assert {
        "python", "sqlite", "time zones", "packages", "extra embeddings", "extra parquet",
        "extra topics", "extra train", "secrets file", "configuration", "author key", "models",
        "disk", "database", "integrity", "schema", "key and database", "write-ahead log", "runs",
        "stages",
    } == set(checks)  # fmt: skip
    # Not SQLite's -wal and -shm: even a reader makes them.
    assert {name: (config.parent / name).read_bytes() for name in before} == before


def test_a_broken_configuration_does_not_hide_the_rest(config: Path) -> None:
    (config.parent / "krasae.db").rename(config.parent / "named.db")
    text = config.read_text().replace("[workspace]", "[workspace]\ndatabase = 'named.db'\nnmae = 1")
    config.write_text(text)
    checks = look(config)
    assert bad(checks) == {"configuration": "fail"}
    assert "did you mean `name`?" in checks["configuration"].message
    assert "named.db: 0 mentions" in checks["database"].message


def test_no_configuration_at_all(tmp_path: Path) -> None:
    checks = look(tmp_path / "config.toml")
    assert bad(checks) == {"configuration": "fail", "author key": "fail", "database": "fail"}
    assert "krasae init" in checks["configuration"].remedy


def test_secrets(config: Path) -> None:
    secrets = config.parent / ".env"
    if os.name == "posix":
        secrets.chmod(0o644)
        checks = look(config)
        assert bad(checks) == {"secrets file": "warn"}
        assert checks["secrets file"].remedy == f"chmod 600 {secrets}"
        secrets.chmod(0o600)
    checks = look(config, OTHER_KEY)
    assert bad(checks) == {"key and database": "fail"}
    assert "--adopt-key" in checks["key and database"].remedy
    secrets.write_text("KRASAE_AUTHOR_KEY=short\n")
    assert bad(look(config)) == {"author key": "fail"}
    secrets.write_text("KRASAE_AUTHOR_KEY='never closed\n")
    assert bad(look(config)) == {"secrets file": "fail", "author key": "fail"}
    secrets.unlink()
    assert bad(look(config)) == {"author key": "fail"}


def test_another_key_can_be_adopted(config: Path) -> None:
    adopt_author_key(config, OTHER_KEY)
    assert bad(look(config, OTHER_KEY)) == {}
    with pytest.raises(SettingsError), open_workspace(config, environment={}):
        pass


def no_database(config: Path) -> None:
    (config.parent / "krasae.db").unlink()


def a_text_file(config: Path) -> None:
    (config.parent / "krasae.db").write_text("not a database\n" * 1000)


def a_torn_index(config: Path) -> None:
    execute(config, "INSERT INTO authors VALUES (1, 'x', NULL, 1)")
    path = config.parent / "krasae.db"
    connection = sqlite3.connect(path)
    [size] = connection.execute("PRAGMA page_size").fetchone()
    [page] = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'authors'"
    ).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 8)
        file.write(b"\xff" * 8)


def an_orphan(config: Path) -> None:
    execute(config, "INSERT INTO brand_matches VALUES ('apple', 12345)")


def from_the_future(config: Path) -> None:
    execute(
        config, "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('nlp', 'm999_new')"
    )


@pytest.mark.parametrize(
    ("spoil", "check", "says"),
    [
        (no_database, "database", "There is no database at"),
        (a_text_file, "database", "file is not a database"),
        (a_torn_index, "integrity", "The database is damaged: "),
        (an_orphan, "integrity", "1 rows point at rows that are not there (in brand_matches)"),
        (from_the_future, "database", "newer Krasae (it has nlp.m999_new)"),
    ],
)
def test_a_database_that_is_not_sound(
    config: Path, spoil: Callable[[Path], None], check: str, says: str
) -> None:
    spoil(config)
    checks = look_at_database(config)
    assert checks[check].outcome is Outcome.FAIL
    assert says in checks[check].message
    assert not is_well(list(checks.values()))


def test_an_older_database_is_shown_and_not_changed(config: Path) -> None:
    execute(config, "DELETE FROM _sqlite_migrations WHERE name = 'm003_author_key'")
    execute(config, "DROP TABLE author_key")
    checks = look_at_database(config)
    assert bad(checks) == {"schema": "warn"}
    execute(config, "CREATE TABLE author_key (id INTEGER)")  # it was not made again


def test_runs_that_were_cut_off(config: Path) -> None:
    start = "INSERT INTO runs (what, started_at, outcome) VALUES (?, ?, ?)"
    execute(config, start, "import new.csv", NOW - 60_000, None)
    assert bad(look_at_database(config)) == {}
    assert "1 running" in look_at_database(config)["runs"].message
    for number in range(5):
        execute(config, start, f"import {number}.csv", NOW - 2 * HOUR_MS, None)
    checks = look_at_database(config)
    assert bad(checks) == {"runs": "warn"}
    assert "import 0.csv, import 1.csv, import 2.csv and 2 more." in checks["runs"].message
    for number in range(5):  # repeated, and done
        execute(config, start, f"import {number}.csv", NOW - HOUR_MS, "done")
    assert bad(look_at_database(config)) == {}


def test_posts_that_wait_too_long(config: Path) -> None:
    posts = [Mention("x", str(n), NOW - 5 * DAY_MS, "an iphone") for n in range(3)]
    with open_workspace(config, environment={}) as opened:
        append(opened.db, posts, source="test", key=opened.key, now=NOW - HOUR_MS)
    checks = look(config)
    assert bad(checks) == {}
    assert "enrich 3" in checks["stages"].message
    execute(config, "UPDATE mentions SET collected_at = ?", NOW - 3 * DAY_MS)
    checks = look(config)
    assert bad(checks) == {"stages": "warn"}
    assert "the oldest for 3 day(s)" in checks["stages"].message


def test_a_disk_that_is_nearly_full(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_checks, "_LEAST_FREE", 10**18)
    checks = look_at_database(config)
    assert bad(checks) == {"disk": "warn"}
    assert "are free where the database" in checks["disk"].message


def test_a_log_that_does_not_empty(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_checks, "_BIG_WAL", 1000)
    with open_workspace(config, environment={}) as opened:
        opened.db.execute("PRAGMA wal_autocheckpoint = 0")
        posts = [Mention("x", str(n), 1, "text " * 1000) for n in range(100)]
        append(opened.db, posts, source="test", key=opened.key, now=NOW)
        checks = look_at_database(config)
    assert bad(checks) == {"write-ahead log": "warn"}
    assert bad(look_at_database(config)) == {}


def test_a_package_of_the_same_name(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "some_nlp-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-nlp\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("nlp\n")
    monkeypatch.syspath_prepend(tmp_path)
    checks = look(config)
    assert bad(checks) == {"packages": "warn"}
    assert "some-nlp also installs a package named nlp" in checks["packages"].message


@pytest.mark.parametrize("damage", ["none", "gone", "empty", "cut off", "overwritten"])
def test_models_that_cannot_be_loaded(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    real = resources.files
    for folder in ("models", "data"):
        shutil.copytree(str(real("nlp") / folder), tmp_path / folder)
    model = tmp_path / "models" / "sentiment_th.npz"
    whole, half = model.read_bytes(), model.stat().st_size // 2
    left = {"none": whole, "empty": b"", "cut off": whole[:half], "overwritten": b"\0" * half}
    if damage == "gone":
        model.unlink()
    else:
        model.write_bytes(left[damage])
    monkeypatch.setattr(
        resources, "files", lambda package: tmp_path if package == "nlp" else real(package)
    )
    checks = look(config)
    if damage == "none":
        assert bad(checks) == {}
    else:
        assert bad(checks) == {"models": "fail"}
        assert "Install Krasae again" in checks["models"].remedy
        assert "stages" not in checks


def test_plugs_that_cannot_be_used(config: Path) -> None:
    with config.open("a") as file:
        file.write(
            "[[channels]]\nname = 'good'\ntype = 'folder'\noptions = { path = 'messages' }\n"
            "[[channels]]\nname = 'unknown'\ntype = 'foldre'\n"
            "[[channels]]\nname = 'empty'\ntype = 'folder'\n"
            "[[sources]]\nname = 'news'\ntype = 'no-such-source'\n"
        )
    checks = look(config)
    assert checks["channel good"].outcome is Outcome.OK
    assert "Did you mean folder?" in checks["channel unknown"].remedy
    assert checks["channel empty"].outcome is Outcome.FAIL
    assert "There is no kind of source named no-such-source" in checks["source news"].message


def test_the_command(config: Path, krasae: Callable[..., Any]) -> None:
    ran = krasae("doctor", "--config", config)
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"^ok +configuration ", ran.out, re.M)
    (config.parent / "krasae.db").unlink()
    ran = krasae("doctor", "--config", config)
    assert ran.code == 1
    assert "→ Make one with `krasae init`" in ran.out
    ran = krasae("doctor", "--json", cwd=config.parent)
    [database] = [check for check in json.loads(ran.out) if check["name"] == "database"]
    assert ran.code == 1
    assert database["outcome"] == "fail"
    assert set(database) == {"name", "outcome", "message", "remedy"}
