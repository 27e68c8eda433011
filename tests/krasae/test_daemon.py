"""`krasae run` as a process: it hears, it stops in time, there is one of it, it keeps secrets."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from krasae.daemon.daemon import Daemon
from krasae.daemon.lock import alone
from krasae.daemon.notice import Notice
from krasae.workspace import open_workspace
from listener.errors import StoreBusyError, StoreError
from tests.recordings.loopback import Answer, Loopback

SECRET = "k3y-that-nobody-may-see"
FEED = """\
<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>ข่าว</title>
<item><guid>tag:1</guid><title>บาร์บีคิวพลาซ่า เปิดใหม่ อร่อยมาก</title></item>
<item><guid>tag:2</guid><title>weather</title></item></channel></rss>
"""
PATIENCE = 60.0  # seconds, on a busy machine
STOPS = 10.0  # seconds that a service is given


@dataclass
class Running:
    """A daemon in a process of its own; its lines are read as they come."""

    folder: Path
    arguments: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.pop("JOURNAL_STREAM", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "krasae", "run", *self.arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def said(self) -> str:
        while not self._waiting.empty():
            self.lines.append(self._waiting.get())
        return "".join(self.lines)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._waiting.put(line)

    def until(self, there: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not there():
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def says(self, words: str) -> None:
        self.until(lambda: words in self.said)

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def ends(self, within: float = PATIENCE) -> int:
        code = self._process.wait(within)
        self._reader.join()
        return code

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()


Start = Callable[..., Running]


@pytest.fixture
def server() -> Iterator[Loopback]:
    feed = Answer(FEED.encode(), headers={"content-type": "text/xml"})
    with Loopback({f"/feed?key={SECRET}": feed, "/feed": feed}) as found:
        yield found


# Whether topics are due depends on the hour at which the tests run.
DAEMON = 'process_seconds = 1\ntopics_at = "never"\n'


def configure(folder: Path, sources: str = "", daemon: str = DAEMON) -> None:
    config = folder / "config.toml"
    config.write_text(f"{config.read_text('utf-8')}{sources}\n[daemon]\n{daemon}", "utf-8")
    with open_workspace(config, create=True):
        pass


def source(name: str, *addresses: str) -> str:
    return f'\n[[sources]]\nname = "{name}"\ntype = "feeds"\n' + (
        f"options = {{ addresses = {json.dumps(addresses)}, interval_seconds = 60 }}\n"
    )


@pytest.fixture
def start(workspace_folder: Path) -> Iterator[Start]:
    running: list[Running] = []

    def starting(*arguments: str) -> Running:
        running.append(Running(workspace_folder, arguments))
        return running[-1]

    yield starting
    for one in running:
        one.close()


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_workspace(folder / "config.toml", read_only=True) as workspace:
        return workspace.db.execute(sql).fetchall()


def test_it_hears_reads_and_stops(start: Start, workspace_folder: Path, server: Loopback) -> None:
    configure(workspace_folder, source("news", f"{server.url}/feed"))
    daemon = start()
    daemon.says("news: RSS")
    daemon.until(lambda: rows(workspace_folder, "SELECT * FROM brand_matches"))
    daemon.send(signal.SIGTERM)
    assert daemon.ends(STOPS) == 0, daemon.said
    assert "Stopped; what was heard is stored." in daemon.said
    assert rows(workspace_folder, "SELECT native_id FROM mentions") == [("tag:1",), ("tag:2",)]
    # Started again, it asks no platform more often for that.
    again = start()
    again.says(", next at ")
    again.send(signal.SIGINT)
    assert again.ends(STOPS) == 0, again.said
    assert len(server.asked) == 1


def test_a_source_that_hangs_does_not_hold_it_up(
    start: Start, workspace_folder: Path, server: Loopback
) -> None:
    asked = threading.Event()

    def hanging(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<rss")
        handler.wfile.flush()
        server.over.wait(PATIENCE)

    server.answers["/hanging"] = Answer(raw=hanging)
    configure(
        workspace_folder,
        source("stuck", f"{server.url}/hanging") + source("news", f"{server.url}/feed"),
    )
    daemon = start()
    daemon.until(lambda: asked.is_set() and rows(workspace_folder, "SELECT * FROM mentions"))
    began = time.monotonic()
    daemon.send(signal.SIGTERM)
    assert daemon.ends(2 * STOPS) == 0, daemon.said
    assert time.monotonic() - began < STOPS
    assert len(rows(workspace_folder, "SELECT * FROM mentions")) == 2


def test_the_second_ctrl_c_ends_it_at_once(
    start: Start, workspace_folder: Path, server: Loopback
) -> None:
    asked = threading.Event()

    def hanging(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        server.over.wait(PATIENCE)

    server.answers["/hanging"] = Answer(raw=hanging)
    configure(workspace_folder, source("stuck", f"{server.url}/hanging"))
    daemon = start()
    daemon.until(asked.is_set)
    daemon.send(signal.SIGINT)
    daemon.says("Stopping.")
    daemon.send(signal.SIGINT)
    assert daemon.ends() == 130
    assert "Stopped" not in daemon.said


def test_there_is_one_of_it(start: Start, workspace_folder: Path) -> None:
    configure(workspace_folder)
    first = start()
    first.says("none is configured")
    second = start()
    assert second.ends() == StoreBusyError.exit_code
    assert f"at work on this workspace already as pid {first.pid}" in second.said
    assert "Traceback" not in second.said
    first.send(signal.SIGKILL)  # and the kernel lets go of its lock
    first.ends()
    third = start()
    third.says("none is configured")
    third.send(signal.SIGTERM)
    assert third.ends(STOPS) == 0


def test_beside_it_one_may_process_and_listen(
    start: Start, workspace_folder: Path, server: Loopback, krasae: Callable[..., Any]
) -> None:
    configure(workspace_folder, source("news", f"{server.url}/feed"))
    daemon = start()
    daemon.says("news: ")
    for _ in range(3):
        assert krasae("listen", "--once", cwd=workspace_folder).code == 0
        assert krasae("process", cwd=workspace_folder).code == 0
    daemon.send(signal.SIGTERM)
    assert daemon.ends(STOPS) == 0, daemon.said
    assert len(rows(workspace_folder, "SELECT * FROM enrichments")) == 2


def test_secrets_are_in_no_line(start: Start, workspace_folder: Path, server: Loopback) -> None:
    server.answers[f"/feed?key={SECRET}"] = Answer(status=401)
    secret = f"PRIVATE={server.url}/feed?key={SECRET}\n"
    with (workspace_folder / ".env").open("a") as file:
        file.write(secret)
    configure(workspace_folder, source("private", "env:PRIVATE"))
    daemon = start("--verbose")
    daemon.says("refuses")
    daemon.send(signal.SIGTERM)
    assert daemon.ends(STOPS) == 0
    assert "private: " in daemon.said
    assert SECRET not in daemon.said


def test_as_json(start: Start, workspace_folder: Path, server: Loopback) -> None:
    configure(workspace_folder, source("news", f"{server.url}/feed"))
    daemon = start("--json", "--verbose")
    daemon.says("tag:2")
    daemon.send(signal.SIGTERM)
    assert daemon.ends(STOPS) == 0
    values = [json.loads(line) for line in daemon.said.splitlines()]
    notices = [value for value in values if "about" in value]
    assert [value["about"] for value in notices] == ["krasae", "news", "digest", "retention"]
    assert [value["id"] for value in values if "id" in value] == ["tag:1", "tag:2"]


def test_a_wrong_configuration_is_refused_at_the_start(
    start: Start, workspace_folder: Path
) -> None:
    configure(workspace_folder, daemon="")
    config = workspace_folder / "config.toml"
    config.write_text(config.read_text("utf-8") + 'retention_at = "25:00"\n', "utf-8")
    daemon = start()
    assert daemon.ends() == 3
    assert 'daemon.retention_at: expected a time of day like "08:30"' in daemon.said


def test_the_lock(tmp_path: Path) -> None:
    database = tmp_path / "krasae.db"
    with (
        alone(database),
        pytest.raises(StoreBusyError, match=f"pid {os.getpid()}"),
        alone(database),
    ):
        pass
    with alone(database):
        pass
    with pytest.raises(StoreError), alone(tmp_path / "nowhere" / "krasae.db"):
        pass


def test_a_full_disk_ends_it(workspace_folder: Path, server: Loopback) -> None:
    """Where what is heard is written; where the stages write is in test_daemon_jobs.py."""
    configure(workspace_folder, source("news", f"{server.url}/feed"))
    told: list[Notice] = []
    with open_workspace(workspace_folder / "config.toml") as workspace:
        pages = workspace.db.execute("PRAGMA page_count").fetchone()[0]
        workspace.db.execute(f"PRAGMA max_page_count = {pages}")
        server.answers["/feed"] = Answer(FEED.replace("weather", "rain " * 100_000).encode())
        daemon = Daemon(workspace, now=lambda: time.time_ns() // 1_000_000, tell=told.append)
        with pytest.raises(StoreError, match="full") as caught:
            daemon.run()
    assert "Free some space" in caught.value.remedy
    assert [notice.about for notice in told] == ["krasae", "news", "digest", "retention"]
    with alone(workspace_folder / "krasae.db"):
        pass  # its lock is free again
