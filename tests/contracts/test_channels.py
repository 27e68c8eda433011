"""What every channel must do. A new file under alerts/channels fails here until it has a stand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from alerts.channels import PLUGS, Channel, Context, KeepsFiles, connect
from alerts.errors import ChannelError
from alerts.message import Message
from alerts.settings import ChannelSettings
from listener.errors import PlugError, SettingsError

# Apprise imports a module that Python 3.13 takes away, and has its own answer to that.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "T0PS3CR3TT0KEN"
MESSAGE = Message(
    key="77:open:0",
    title="[7] Apple: คนพูดถึงมากเป็น 5.2 เท่า “iphone 6”",
    text="อ่านก่อน:\n1. <b>กระแส</b> & {{ not.a.template }} 🔥\n   https://x.com/i/status/1\n",
    values={"key": "77:open:0", "alert": {"id": 1, "brand": "apple"}},
    quoted=(5, 8),
)
Received = Callable[[], list[tuple[str, str]]]  # (title, text)


@dataclass
class Stand:
    """A channel set up for a test: what arrived, and options that lead nowhere."""

    options: Mapping[str, Any]
    received: Received
    nowhere: Mapping[str, Any]
    secrets: tuple[str, ...] = field(default=())


@contextmanager
def folder_stand(tmp_path: Path) -> Iterator[Stand]:
    (tmp_path / "a-file").write_text("in the way")

    def received() -> list[tuple[str, str]]:
        files = sorted((tmp_path / "out").glob("*.txt"))
        parts = [path.read_text("utf-8").partition("\n\n") for path in files]
        return [(title, text) for title, _, text in parts]

    yield Stand({"path": "out"}, received, {"path": "a-file"})


@contextmanager
def apprise_stand(tmp_path: Path) -> Iterator[Stand]:
    arrived: list[tuple[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            refused = "refused" in self.path
            if not refused:
                arrived.append((body["title"], body["message"]))
            self.send_response(500 if refused else 200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """A test's server keeps no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    address = f"json://user:{SECRET}@127.0.0.1:{server.server_port}"
    try:
        yield Stand(
            {"url": SecretStr(f"{address}/{SECRET}")},
            lambda: arrived,
            {"url": SecretStr(f"{address}/refused/{SECRET}")},
            (SECRET,),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


STANDS = {"folder": folder_stand, "apprise": apprise_stand}


@pytest.fixture(params=PLUGS.names())
def kind(request: pytest.FixtureRequest) -> str:
    """Every channel that is found, without a list of them."""
    name: str = request.param
    assert name in STANDS, f"channel {name} has no stand in tests/contracts/test_channels.py"
    return name


@pytest.fixture
def stand(kind: str, tmp_path: Path) -> Iterator[Stand]:
    with STANDS[kind](tmp_path) as stand:
        yield stand


def opened(kind: str, options: Mapping[str, Any], folder: Path) -> Channel:
    return connect(ChannelSettings(name="team", type=kind, options=options), Context(folder))


def test_a_message_arrives_as_it_was_written(kind: str, stand: Stand, tmp_path: Path) -> None:
    opened(kind, stand.options, tmp_path).send(MESSAGE)
    [(title, text)] = stand.received()
    assert title == MESSAGE.title
    assert text.strip() == MESSAGE.text.strip()


def test_a_long_message_arrives_whole(kind: str, stand: Stand, tmp_path: Path) -> None:
    text = "กระแส " * 1_000
    opened(kind, stand.options, tmp_path).send(Message("1:open:0", "long", text, {}))
    [(_, arrived)] = stand.received()
    assert arrived.strip() == text.strip()


def test_one_channel_sends_many(kind: str, stand: Stand, tmp_path: Path) -> None:
    channel = opened(kind, stand.options, tmp_path)
    for number in range(3):
        channel.send(Message(f"{number}:open:0", f"title {number}", "text", {}))
    assert [title for title, _ in stand.received()] == ["title 0", "title 1", "title 2"]


def test_the_same_message_again_is_no_error(kind: str, stand: Stand, tmp_path: Path) -> None:
    channel = opened(kind, stand.options, tmp_path)
    channel.send(MESSAGE)
    channel.send(MESSAGE)
    assert {title for title, _ in stand.received()} == {MESSAGE.title}


def test_a_failure_is_our_error_and_tells_no_secret(
    kind: str, stand: Stand, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    channel = opened(kind, stand.nowhere, tmp_path)
    with pytest.raises(ChannelError) as failed:
        channel.send(MESSAGE)
    assert failed.value.remedy
    said = str(failed.value) + repr(channel) + "".join(capfd.readouterr())
    assert not [secret for secret in stand.secrets if secret in said]
    assert stand.received() == []


def test_unknown_options_are_refused_by_name(kind: str, stand: Stand, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"team.*colour") as refused:
        opened(kind, {**stand.options, "colour": "red"}, tmp_path)
    assert not [secret for secret in stand.secrets if secret in str(refused.value)]


def test_missing_options_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    options: type[BaseModel] = PLUGS.load(kind).Options
    required = [name for name, info in options.model_fields.items() if info.is_required()]
    if required:
        with pytest.raises(SettingsError, match=required[0]):
            opened(kind, {}, tmp_path)


def test_options_explain_themselves(kind: str) -> None:
    options: type[BaseModel] = PLUGS.load(kind).Options
    assert options.__doc__
    assert all(info.description for info in options.model_fields.values())


def test_files_are_where_the_channel_says(kind: str, stand: Stand, tmp_path: Path) -> None:
    channel = opened(kind, stand.options, tmp_path)
    before = set(tmp_path.rglob("*"))
    channel.send(MESSAGE)
    written = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()}
    said = set(channel.files(MESSAGE)) if isinstance(channel, KeepsFiles) else set()
    assert written == said


def test_a_channel_that_is_not_there_names_its_neighbour() -> None:
    with pytest.raises(PlugError, match="floder") as unknown:
        PLUGS.load("floder")
    assert "folder" in unknown.value.remedy


def test_an_address_in_the_configuration_itself_is_refused_unseen(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="env:NAME") as refused:
        opened("apprise", {"url": f"json://user:{SECRET}@127.0.0.1"}, tmp_path)
    assert SECRET not in str(refused.value)


def test_an_address_of_nothing_is_refused_unseen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingsError, match="Apprise knows") as refused:
        opened("apprise", {"url": SecretStr(f"nonsense://{SECRET}")}, tmp_path)
    assert SECRET not in str(refused.value) + "".join(capfd.readouterr())


def test_a_service_that_logs_its_address_does_not_give_it_away(tmp_path: Path) -> None:
    import logging

    import apprise

    address = f"leaky://user:{SECRET}@host.example/a%20b%2Fcdef/{SECRET}"

    @apprise.decorators.notify(on="leaky")
    def leak(*told: object, **more: object) -> bool:
        logging.getLogger("apprise").warning("cannot reach %s nor %s", address, "a b/cdef")
        return False

    with pytest.raises(ChannelError) as failed:
        opened("apprise", {"url": SecretStr(address)}, tmp_path).send(MESSAGE)
    assert "cannot reach" in failed.value.message
    assert not [part for part in (SECRET, "user", "host", "cdef") if part in failed.value.message]
