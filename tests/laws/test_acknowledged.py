"""What a platform was told is kept, is kept: once, whatever is killed when.

A process listens and receives; deliveries are posted to it, and it is killed at random
instants until all are through. Every delivery that was answered 200 is in the log.
"""

import hashlib
import hmac
import http.client
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import orjson
import pytest

from krasae.cli.options import now_ms
from krasae.pipeline import surroundings
from listener.collect.inbox import DeliveryKeeper
from listener.collect.keep import StoreKeeper
from listener.collect.station import stations
from listener.collect.watch import Watch
from listener.receive import receiving
from tests.laws.workspaces import workspace_in

Keep = Callable[[DeliveryKeeper, str, bytes], None]
_SECRET = "a-secret-of-the-sender"
_CONFIG = """\
[workspace]
name = "Received"

[[sources]]
name = "hook"
type = "webhook"
options = { secrets = ["env:HOOK_SECRET"] }

[receiver]
port = PORT
"""
_KILLS = 20
_LONGEST_LIFE = 0.3  # seconds after it is up


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """The server is imported before all the forks."""
    import_module("listener.receive.server")


def _workspace(folder: Path) -> int:
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    (folder / "config.toml").write_text(_CONFIG.replace("PORT", str(port)), "utf-8")
    (folder / ".env").write_text(f"HOOK_SECRET='{_SECRET}'\n", "utf-8")
    with workspace_in(folder):
        return port


def _listen_in_child(folder: Path, port: int, keep: Keep) -> int:
    """Fork a process that listens; it is up when this returns."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            _listen(folder, keep)
            code = 0
        finally:
            os._exit(code)
    while True:
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "it ended by itself"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
        except OSError:
            time.sleep(0.005)
        else:
            return child


def _listen(folder: Path, keep: Keep) -> None:
    DeliveryKeeper.keep = keep  # type: ignore[method-assign]
    with workspace_in(folder) as workspace:
        chosen = stations(workspace.settings.sources)
        keeper = StoreKeeper(workspace.db, workspace.key)
        watch = Watch(chosen, keeper, surroundings(workspace), now=now_ms)
        signal.signal(signal.SIGTERM, lambda *_: watch.stop())
        database = workspace.folder / workspace.settings.workspace.database
        with receiving(chosen, workspace.settings.receiver, database, now=now_ms):
            for _ in watch.events():
                pass


def _post(port: int, number: int) -> bool:
    """Whether the delivery was acknowledged."""
    row = {"text": f"delivery {number}", "published_at": now_ms(), "native_id": str(number)}
    body, seconds = orjson.dumps(row), str(now_ms() // 1000)
    digest = hmac.new(_SECRET.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"x-krasae-timestamp": seconds, "x-krasae-signature": f"v1={digest}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/hooks/hook", body, headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _killed_again_and_again(folder: Path, port: int, keep: Keep) -> list[int]:
    """Post to a process that is killed, and begun anew, many times; what was acknowledged."""
    dice = random.Random(2014)
    acknowledged: list[int] = []
    for _ in range(_KILLS):
        child = _listen_in_child(folder, port, keep)
        life = dice.uniform(0, _LONGEST_LIFE)
        killer = threading.Timer(life, os.kill, (child, signal.SIGKILL))
        killer.start()
        while killer.is_alive():
            if _post(port, number := len(acknowledged)):
                acknowledged.append(number)  # else it is brought again, as platforms do
        os.waitpid(child, 0)
    return acknowledged


def _found(folder: Path, port: int, keep: Keep) -> list[int]:
    """The deliveries in the log, once a process that is not killed has taken in what waits."""
    child = _listen_in_child(folder, port, keep)
    with workspace_in(folder) as workspace:
        end = time.monotonic() + 30
        while workspace.db.execute("SELECT count(*) FROM deliveries").fetchone()[0]:
            assert time.monotonic() < end, "deliveries are not taken in"
            time.sleep(0.02)
        os.kill(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        rows = workspace.db.execute("SELECT native_id FROM mentions").fetchall()
    return [int(row[0]) for row in rows]


def test_what_was_acknowledged_is_there_once(tmp_path: Path) -> None:
    port = _workspace(tmp_path / "it")
    acknowledged = _killed_again_and_again(tmp_path / "it", port, DeliveryKeeper.keep)
    found = _found(tmp_path / "it", port, DeliveryKeeper.keep)
    assert len(acknowledged) > _KILLS
    assert sorted(found)[: len(acknowledged)] == acknowledged
    # What was sent last, before a kill, may be there without an answer.
    assert len(found) <= len(acknowledged) + 1


def test_a_receiver_that_answers_before_it_keeps_is_caught(tmp_path: Path) -> None:
    """The proof that the test above can fail."""
    commit = DeliveryKeeper.keep
    one_at_a_time = threading.Lock()

    def later(keeper: DeliveryKeeper, source: str, body: bytes) -> None:
        def write() -> None:
            time.sleep(0.05)
            with one_at_a_time:
                commit(keeper, source, body)

        threading.Thread(target=write, daemon=True).start()

    port = _workspace(tmp_path / "it")
    acknowledged = _killed_again_and_again(tmp_path / "it", port, later)
    found = _found(tmp_path / "it", port, commit)
    assert not set(acknowledged) <= set(found)
