"""The daemon, killed at random instants while it hears and reads, ends as if undisturbed."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from krasae.cli.options import now_ms
from krasae.daemon.daemon import Daemon
from krasae.schema import ROOMS
from listener.store import open_database, position
from tests.laws.corpus import CONFIG, corpus
from tests.laws.killing import contents
from tests.laws.workspaces import workspace_in
from tests.recordings.loopback import Answer, Loopback

# Retention would take posts of 2014 away at once, and which digest is due depends on today.
_SETTINGS = """
[[sources]]
name = "hn"
type = "hackernews"
options = { address = "%s", backlog = 1000 }

[daemon]
process_seconds = 1
catch_up_hours = 0
"""
_KILLS = 6
_LONGEST_LIFE = 1.5  # seconds
_PATIENCE = 120.0
# When it happened to be heard or told.
_CLOCKS = ("collected_at", "first_seen_at", "created_at", "next_try", "settled_at")
# The ledger says how often a platform was asked: after a kill, once more.
_LEDGER = "source_"


@contextmanager
def _platform() -> Iterator[str]:
    """Hacker News, where they talk of a company before its listing."""
    answers = {
        "/updates.json": Answer(b'{"items": []}'),
        "/maxitem.json": Answer(b"%d" % len(corpus())),
    }
    for number, mention in enumerate(corpus(), 1):
        item = {
            "id": number,
            "type": "comment",
            "text": mention.text,
            "time": mention.published_at // 1000,
            "by": mention.author,
        }
        answers[f"/item/{number}.json"] = Answer(orjson.dumps(item))
    with Loopback(answers) as server:
        yield server.url


def _daemon_in_child(folder: Path) -> int:
    child = os.fork()
    if child == 0:
        code = 70
        try:
            with workspace_in(folder) as workspace:
                daemon = Daemon(workspace, now=now_ms, tell=[].append)
                signal.signal(signal.SIGTERM, lambda *_: daemon.stop())
                daemon.run()
            code = 0
        finally:
            os._exit(code)
    return child


def _is_through(folder: Path) -> bool:
    """Whether all is heard, and read to the end by the last stages."""
    db = open_database(folder / "krasae.db", ROOMS, read_only=True)
    last = db.execute("SELECT coalesce(max(seq), 0) FROM mentions").fetchone()[0]
    through = last == len(corpus()) and all(
        position(db, name) == last for name in ("enrich", "index")
    )
    db.close()
    return through


def _run_to_the_end(folder: Path) -> None:
    child = _daemon_in_child(folder)
    deadline = time.monotonic() + _PATIENCE
    while not _is_through(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2.5)  # the stages between the two come once more
    os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert _is_through(folder)


def _timeless(folder: Path) -> dict[str, Any]:
    """What is in the database, without the clock."""
    found = contents(folder / "krasae.db")
    db = open_database(folder / "krasae.db", ROOMS)
    for table in [name for name in found if name != "index"]:
        columns = [name for name in db[table].columns_dict if name not in _CLOCKS]
        listed = ", ".join(f"[{name}]" for name in columns)
        rows = db.execute(f"SELECT {listed} FROM [{table}]").fetchall()
        if table == "cursors":  # this stage follows the clock, not the log
            rows = [row for row in rows if not row[0].startswith("coverage")]
        found[table] = sorted(rows, key=repr)
    db.close()
    return {name: rows for name, rows in found.items() if not name.startswith(_LEDGER)}


def test_a_daemon_that_is_killed_ends_as_if_undisturbed(tmp_path: Path) -> None:
    dice = random.Random(2014)
    with _platform() as address:
        for name in ("undisturbed", "killed"):
            (tmp_path / name).mkdir()
            config = tmp_path / name / "config.toml"
            config.write_text(CONFIG + _SETTINGS % address, "utf-8")
            with workspace_in(tmp_path / name):
                pass
        _run_to_the_end(tmp_path / "undisturbed")
        heard: set[bool] = set()
        for _ in range(_KILLS):
            child = _daemon_in_child(tmp_path / "killed")
            time.sleep(dice.uniform(0.2, _LONGEST_LIFE))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            heard.add(_is_through(tmp_path / "killed"))
        assert False in heard, "all was done before it could be killed"
        _run_to_the_end(tmp_path / "killed")
    undisturbed, killed = _timeless(tmp_path / "undisturbed"), _timeless(tmp_path / "killed")
    assert undisturbed["signals"]
    for table, rows in undisturbed.items():
        assert killed[table] == rows, table
