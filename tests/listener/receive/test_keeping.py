"""Deliveries on their way: into the store before the answer, out of it with what they say."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn

from krasae.cli.options import now_ms
from krasae.erase import expire
from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.collect.inbox import DeliveryKeeper, StoreInbox
from listener.collect.keep import StoreKeeper
from listener.errors import StoreBusyError, StoreError
from listener.model import DAY_MS, Mention
from listener.receive import receiving
from listener.receive.app import Limits
from listener.receive.taking import Content, read_json, taken_in
from listener.settings import ReceiverSettings
from listener.source import Batch, Context, Delivery, Stopped, Tally
from listener.store import open_database, transaction
from tests.listener.receive.doors import NOW, SECRET, knock, opened, signed, station, until

BODY = b'{"text": "iced tea", "published_at": 1795521000}'


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "krasae.db"
    open_database(path, ROOMS, create=True).close()
    return path


@pytest.fixture
def keeper(database: Path) -> Iterator[DeliveryKeeper]:
    with closing(DeliveryKeeper(database, now=lambda: NOW, most_waiting=3)) as found:
        yield found


def test_deliveries_come_out_in_their_order_by_source(
    keeper: DeliveryKeeper, database: Path
) -> None:
    for body in (b"1", b"2", b"\x00\xff"):
        keeper.keep("a", body)
    keeper.keep("b", b"other")
    inbox = StoreInbox(database, "a")
    assert [one.body for one in inbox.after(0, 10)] == [b"1", b"2", b"\x00\xff"]
    first, second = inbox.after(0, 2)
    assert first.received_at == NOW
    assert [one.body for one in inbox.after(second.number, 10)] == [b"\x00\xff"]


def test_more_than_may_wait_are_turned_away(keeper: DeliveryKeeper, database: Path) -> None:
    with opened(keep=keeper.keep) as door:
        assert [door.deliver(BODY).status for _ in range(5)] == [200, 200, 200, 503, 503]
    assert len(StoreInbox(database, "reviews").after(0, 10)) == 3
    keeper.keep("b", b"another source is not held up")


def test_each_delivery_is_on_the_disk_before_the_answer(keeper: DeliveryKeeper) -> None:
    (mode,) = keeper._db.execute("PRAGMA synchronous").fetchone()
    assert mode == 2, "FULL: in WAL mode each commit is synced, and survives a power cut"


def test_a_full_disk_turns_away_and_keeps_the_rest(keeper: DeliveryKeeper, database: Path) -> None:
    pages = keeper._db.execute("PRAGMA page_count").fetchone()[0]
    keeper._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with opened(keep=keeper.keep) as door:
        assert door.deliver(BODY).status == 200
        assert door.deliver(BODY + b" " * 100_000).status == 503
        assert "full" in door.told[0][1]
        assert door.deliver(BODY).status == 200
    assert [one.body for one in StoreInbox(database, "reviews").after(0, 9)] == [BODY, BODY]


def test_a_call_waits_for_another_writer(keeper: DeliveryKeeper, database: Path) -> None:
    with closing(open_database(database, ROOMS)) as db, opened(keep=keeper.keep) as door:
        done: list[int] = []
        caller = threading.Thread(target=lambda: done.append(door.deliver(BODY).status))
        with transaction(db):
            caller.start()
            with pytest.raises(StoreBusyError):
                _other(database).keep("b", b"")  # so long at least
            assert done == []
        caller.join()
        assert done == [200]


def _other(database: Path) -> DeliveryKeeper:
    return DeliveryKeeper(database, now=lambda: NOW)


def test_another_writer_that_stays_is_not_waited_for(
    keeper: DeliveryKeeper, database: Path
) -> None:
    limits = Limits(keep=0.2)
    with (
        closing(open_database(database, ROOMS)) as db,
        opened(keep=keeper.keep, limits=limits) as door,
    ):
        with transaction(db):
            assert door.deliver(BODY).status == 503
        assert door.deliver(BODY).status == 200


def test_what_nobody_took_in_is_dropped_with_what_is_too_old(workspace: Workspace) -> None:
    days = workspace.settings.retention.days
    path = workspace.folder / workspace.settings.workspace.database
    clock = [NOW - days * DAY_MS - 1]
    with closing(DeliveryKeeper(path, now=lambda: clock[0])) as keeper:
        keeper.keep("gone", b"old")
        clock[0] += 1
        keeper.keep("gone", b"new")
    expire(workspace, now=NOW)
    assert [one.body for one in StoreInbox(path, "gone").after(0, 9)] == [b"new"]


def test_without_a_database_there_is_no_door(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.db cannot be used"):
        DeliveryKeeper(tmp_path / "nowhere.db", now=lambda: NOW)


def context(inbox: Any, *, streaming: bool, wait: Callable[[float], bool]) -> Context:
    return Context(
        name="it",
        folder=Path(),
        timezone="UTC",
        queries={},
        now=lambda: NOW,
        wait=wait,
        streaming=streaming,
        inbox=inbox,
    )


class Box(list[Delivery]):
    """An inbox in memory."""

    def after(self, number: int, most: int) -> list[Delivery]:
        return [one for one in self if one.number > number][:most]


def told(delivery: Delivery) -> Content:
    text = delivery.body.decode()
    return Content((Mention("test", text, NOW, text),))


def test_a_stream_takes_in_what_comes_until_it_is_stopped() -> None:
    box = Box()
    waits = iter(range(100))

    def wait(seconds: float) -> bool:
        number = next(waits)
        box.append(Delivery(number + 1, NOW, b"%d" % number))
        return number == 30

    heard: list[Batch] = []
    with pytest.raises(Stopped):
        heard.extend(_collected(heard, context(box, streaming=True, wait=wait)))
    assert heard[0] == Batch(heard[0].cursor), "a heartbeat first: it is up"
    said = [mention.native_id for batch in heard for mention in batch.mentions]
    assert said == [str(number) for number in range(30)]
    assert [batch.taken for batch in heard[1:]] == list(range(1, 31))


def _collected(heard: list[Batch], context: Context) -> list[Batch]:
    for batch in taken_in(context, None, told):
        heard.append(batch)
    return []


def test_a_stream_says_now_and_then_that_it_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.receive.taking._BEAT", 0.0)
    waits: list[float] = []
    batches = taken_in(context(Box(), streaming=True, wait=lambda _: bool(waits)), None, told)
    assert [next(batches).mentions for _ in range(5)] == [()] * 5


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "\\ud83d"}', {"a": "\ufffd"}),
        (b'{"a": "tab\there"}', {"a": "tab\there"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
        (b"", None),
    ],
)
def test_json_as_platforms_write_it(body: bytes, value: object) -> None:
    assert read_json(body) == value


def test_nothing_is_opened_for_who_does_not_receive(tmp_path: Path) -> None:
    with receiving((), ReceiverSettings(), tmp_path / "none.db", now=now_ms) as addresses:
        assert addresses == {}


def test_the_server_is_loaded_only_to_open_the_door() -> None:
    script = (
        "import sys, listener.receive.taking, listener.sources.line, listener.sources.webhook, "
        "krasae.cli.listen; sys.exit(bool({'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0


def test_the_addresses_are_those_of_the_proxy(database: Path) -> None:
    settings = ReceiverSettings(port=0, public="https://hooks.example.org/krasae/")
    with receiving((station(),), settings, database, now=now_ms) as addresses:
        assert addresses == {"reviews": "https://hooks.example.org/krasae/hooks/reviews"}


@pytest.mark.parametrize("public", ["hooks.example.org", "ftp://x", "https://u:p@x", "https://x?a"])
def test_an_address_that_is_none_is_refused(public: str) -> None:
    with pytest.raises(ValueError, match="expected an address such as"):
        ReceiverSettings(public=public)


def test_the_ledger_says_what_is_wrong_with_the_calls(workspace: Workspace) -> None:
    door = station()
    keeper = StoreKeeper(workspace.db, workspace.key)
    first = Batch("{}")
    keeper.keep(door, first, since=keeper.position(door), tally=Tally(), now=NOW)
    path = workspace.folder / workspace.settings.workspace.database
    heard: list[tuple[str, str]] = []
    with receiving(
        (door,),
        ReceiverSettings(port=0),
        path,
        now=lambda: NOW,
        told=lambda name, words: heard.append((name, words)),
    ) as addresses:
        port = int(addresses["reviews"].split(":")[2].partition("/")[0])
        assert knock(port, "/hooks/reviews", BODY, {}).status == 401
        assert knock(port, "/hooks/reviews", BODY, signed(BODY)).status == 200
    error = "a call was refused (401): the signature is missing, wrong, or too old."
    assert heard == [("reviews", error)]
    row = workspace.db.execute("SELECT error, error_at FROM source_health").fetchone()
    assert row == (error, NOW)


@pytest.mark.parametrize("how", ["ends", "breaks"])
def test_a_receiver_that_stops_is_told_and_started_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The port stays the same, and what is brought afterwards is kept."""
    servers: list[uvicorn.Server] = []

    class Noted(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr("uvicorn.Server", Noted)
    monkeypatch.setattr("listener.receive.server._AGAIN", 0.01)
    door = station()
    keeper = StoreKeeper(workspace.db, workspace.key)
    keeper.keep(door, Batch("{}"), since=keeper.position(door), tally=Tally(), now=NOW)
    path = workspace.folder / workspace.settings.workspace.database
    heard: list[tuple[str, str]] = []

    def told(name: str, words: str) -> None:
        heard.append((name, words))

    with receiving((door,), ReceiverSettings(port=0), path, now=lambda: NOW, told=told) as at:
        port = int(at["reviews"].split(":")[2].partition("/")[0])
        assert knock(port, "/hooks/reviews", BODY, signed(BODY)).status == 200
        _end(servers[0], how)
        until(lambda: bool(heard))
        assert knock(port, "/hooks/reviews", BODY, signed(BODY)).status == 200
    why = "it ended unasked" if how == "ends" else "RuntimeError"
    words = f"the receiver stopped ({why}); it is started again."
    assert heard == [("reviews", words)]
    assert workspace.db.execute("SELECT error FROM source_health").fetchone() == (words,)
    assert len(StoreInbox(path, "reviews").after(0, 9)) == 2


def _end(server: uvicorn.Server, how: str) -> None:
    """Make it end, or stop the loop under it."""
    if how == "ends":
        server.should_exit = True
        return
    loop = server.servers[0].get_loop()
    loop.call_soon_threadsafe(loop.stop)


CONFIG = """\
[workspace]
name = "Test"

[[brands]]
id = "tea"
name = "Tea"
query = "tea"

[[sources]]
name = "reviews"
type = "webhook"
options = { secrets = ["env:HOOK_SECRET"] }

[receiver]
port = PORT
"""


def test_listen_opens_the_door_and_says_where(tmp_path: Path, krasae: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "config.toml").write_text(CONFIG.replace("PORT", str(port)), "utf-8")
    (tmp_path / ".env").write_text(
        f"KRASAE_AUTHOR_KEY='a key for the tests alone'\nHOOK_SECRET='{SECRET}'\n", "utf-8"
    )
    open_database(tmp_path / "krasae.db", ROOMS, create=True).close()
    body = orjson.dumps({"text": "iced tea", "published_at": now_ms(), "native_id": "1"})

    def call() -> None:
        until(lambda: _answers(port), seconds=30)
        status = knock(port, "/hooks/reviews", body, signed(body, now=now_ms())).status
        until(lambda: status != 200 or _stored(tmp_path / "krasae.db") == 1, seconds=30)
        os.kill(os.getpid(), signal.SIGINT)

    caller = threading.Thread(target=call)
    caller.start()
    ran = krasae("listen", "--json", cwd=tmp_path)
    caller.join()
    assert ran.code == 0
    assert f"reviews receives at http://127.0.0.1:{port}/hooks/reviews" in ran.err
    assert orjson.loads(ran.out)["brands"] == ["tea"]
    assert SECRET not in ran.err
    assert _stored(tmp_path / "krasae.db", "deliveries") == 0


def _answers(port: int) -> bool:
    try:
        return knock(port, "/", b"").status == 404
    except OSError:
        return False


def _stored(path: Path, table: str = "mentions") -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
