"""Secrets are nowhere but in the environment: planted ones are looked for wherever we write.

Every source that is found, with a secret in each of its options that takes one, meets a platform
that answers well, refuses, redirects, breaks off, talks nonsense, and tells back all it was sent.
"""

import base64
import json
import logging
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

import alerts.channels.apprise  # noqa: F401  so that what its library logs is caught, too
from krasae.schema import ROOMS
from krasae.workspace import Workspace, open_workspace
from listener.collect.inbox import deliver
from listener.collect.keep import StoreKeeper
from listener.collect.station import Station, Surroundings, hear, stations
from listener.errors import KrasaeError
from listener.fetch.addresses import plain
from listener.fetch.fetcher import Limits
from listener.source import Call, Stopped
from listener.sources import SOURCES
from listener.store import open_database, transaction
from tests.conftest import AUTHOR_KEY, CONFIG, Ran
from tests.laws.secrets import LEFT_OUT, MOODS, Planting, Platform, found, plant
from tests.recordings.loopback import Loopback
from tests.recordings.replay import FOLDER, NOW, QUERIES, Recording

NAMES = SOURCES.built_in()
CHANNEL = "pl4nted-channel-x7Qz"
_CHANNEL = """
[[channels]]
name = "team"
type = "apprise"
options = { url = "env:PLANTED_CHANNEL" }

[[channels]]
name = "folder"
type = "folder"
options = { path = "out" }
"""


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = partial(Limits, connect=1.0, read=0.2, total=1.0)
    monkeypatch.setattr("listener.fetch.fetcher.Limits", hasty)
    monkeypatch.setattr("listener.sources.bluesky._SEEKING", 0.2)
    monkeypatch.setattr("listener.sources.bluesky._QUIET", 0.1)


class Desk:
    """A workspace with planted sources, each with a platform of its own."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.folder = folder
        self.servers = {name: Loopback() for name in names}
        self.recordings = {name: Recording.load(name) for name in names}
        self.plantings: dict[str, Planting] = {}
        for name, server in self.servers.items():
            server.__enter__()
            options = SOURCES.load(name).SPEC.options
            self.plantings[name] = plant(name, options, self.recordings[name], server.url)
            shutil.copytree(FOLDER / name, folder, dirs_exist_ok=True)
        self._write()

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that were planted."""
        planted = (secret for one in self.plantings.values() for secret in one.secrets)
        return (*planted, AUTHOR_KEY, CHANNEL)

    def mood(self, mood: str) -> None:
        """How the platforms answer from now on."""
        for name, server in self.servers.items():
            server.answers = Platform(self.recordings[name], self.secrets, mood)

    def close(self) -> None:
        """Stop the platforms."""
        for server in self.servers.values():
            server.__exit__(None, None, None)

    def written(self) -> bytes:
        """All files of the folder but .env, one after the other."""
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return b"\n".join(path.read_bytes() for path in files if path.name != ".env")

    def _write(self) -> None:
        lines = [CONFIG, "[receiver]\nport = 0\n"]
        variables = {"KRASAE_AUTHOR_KEY": AUTHOR_KEY}
        for name, planting in self.plantings.items():
            pairs = ", ".join(f"{key} = {_toml(value)}" for key, value in planting.options.items())
            lines.append(
                f'[[sources]]\nname = "{name}"\ntype = "{name}"\noptions = {{ {pairs} }}\n'
            )
            variables |= planting.environment
        lines.append(_CHANNEL)
        variables["PLANTED_CHANNEL"] = f"json://user:{CHANNEL}@127.0.0.1:9/{CHANNEL}"
        (self.folder / "config.toml").write_text("\n".join(lines), "utf-8")
        text = "".join(f"{name}='{value}'\n" for name, value in variables.items())
        (self.folder / ".env").write_text(text, "utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(one)}' for key, one in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk with the sources that the test names."""
    made = Desk(tmp_path, request.param)
    yield made
    made.close()


@pytest.fixture
def said(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[[], bytes]:
    """All that was logged at any level, or written to stdout and stderr."""
    caplog.set_level(logging.DEBUG)

    def everything() -> bytes:
        return "\n".join((caplog.text, *capsys.readouterr())).encode()

    return everything


def listen(workspace: Workspace, station: Station, waits: int) -> str:
    """Hear a source as `krasae listen` does; what its errors say, to the last cause."""
    surroundings = Surroundings(
        workspace.folder, "UTC", QUERIES, workspace.key, workspace.folder / "krasae.db"
    )
    left = [waits]

    def wait(seconds: float) -> bool:
        time.sleep(min(seconds, 0.01))
        left[0] -= 1
        return left[0] < 0

    keeper = StoreKeeper(workspace.db, workspace.key)
    position = keeper.position(station)
    context = surroundings.context(station, now=lambda: NOW, wait=wait)
    try:
        with closing(hear(station, context, position.cursor)) as batches:
            for batch in batches:
                _, position = keeper.keep(
                    station, batch, since=position, tally=context.tally, now=NOW
                )
    except Stopped:
        return ""
    except KrasaeError as error:
        keeper.failed(station, error, tally=context.tally, now=NOW)
        return "".join(traceback.format_exception(error)) + repr(error)
    keeper.caught_up(station, tally=context.tally, now=NOW)
    return ""


@pytest.mark.parametrize("desk", [(name,) for name in NAMES], indirect=True, ids=NAMES)
def test_a_source_lets_no_secret_out(desk: Desk, said: Callable[[], bytes]) -> None:
    with open_workspace(desk.folder / "config.toml", create=True) as workspace:
        (station,) = stations(workspace.settings.sources)
        told = [repr(station), repr(workspace.settings), str(station.options.model_dump())]
        with transaction(workspace.db) as connection:
            for one in desk.recordings[station.name].deliveries:
                deliver(connection, station.name, one.body, now=NOW)
        for mood in ("good", *MOODS, "good"):
            desk.mood(mood)
            told.append(listen(workspace, station, 200))
            if station.streams:
                told.append(listen(workspace, replace(station, streaming=True), 5))
        written = desk.written()  # with what is in the log of the database still
        (kept,) = workspace.db.execute("SELECT count(*) FROM mentions").fetchone()
    assert kept, "it heard nothing when all was well"
    server = desk.servers[station.name]
    asked = "".join(map(repr, server.asked)).encode()
    assert not server.asked or found(desk.secrets, asked), "no secret was used"
    assert found(desk.secrets, "\n".join(told).encode()) == [], "errors"
    assert found(desk.secrets, written) == [], "files"
    assert found(desk.secrets, said()) == [], "logs"


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "receive" in SOURCES.load(name).SPEC.capabilities]
)
def test_what_a_call_is_answered_holds_no_secret(name: str, tmp_path: Path) -> None:
    """Whether it is genuine, or carries the secret for all to see, or a wrong signature."""
    desk = Desk(tmp_path, (name,))
    desk.close()
    with open_workspace(tmp_path / "config.toml", create=True) as workspace:
        (station,) = stations(workspace.settings.sources)
    replies = [
        repr(station.plug.answer(station.options, Call(method, headers, query, body), NOW))
        for secret in desk.secrets
        for method in ("GET", "POST", "PUT")
        for headers in ({}, {"authorization": secret}, {"x-hub-signature-256": secret})
        for query in ({}, {"hub.mode": "subscribe", "hub.verify_token": secret})
        for body in (b"", b"{}", secret.encode())
    ]
    assert found(desk.secrets, "\n".join(replies).encode()) == []


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize("desk", [NAMES], indirect=True, ids=["all"])
def test_the_commands_let_no_secret_out(
    desk: Desk, krasae: Callable[..., Ran], said: Callable[[], bytes]
) -> None:
    printed: list[str] = []

    def run(*arguments: str) -> None:
        ran = krasae(*arguments, cwd=desk.folder)
        printed.extend((ran.out, ran.err))

    open_database(desk.folder / "krasae.db", ROOMS, create=True).close()
    desk.mood("good")
    run("listen", "--once", "--for", "4s")
    desk.mood("401")
    run("listen", "--once", "--for", "4s", "--json")
    for command in ("sources", "doctor", "spending", "stages", "alerts", "issues"):
        run(command)
        run(command, "--json")
    run("process", "--flush", "--json")
    run("process")
    run("search", "tea", "--json")
    run("digest", "--out", "digest")
    (desk.folder / "config.toml").write_text(
        (desk.folder / "config.toml").read_text("utf-8").replace("env:", "env:UNSET_"), "utf-8"
    )
    run("doctor")
    run("listen", "--once")
    assert sum(map(len, printed)) > 2_000, "nothing was said"
    assert len(list((desk.folder / "digest").iterdir())) > 0
    assert found(desk.secrets, "\n".join(printed).encode()) == [], "output"
    assert found(desk.secrets, desk.written()) == [], "files"
    assert found(desk.secrets, said()) == [], "logs"


@pytest.mark.parametrize("desk", [("feeds",)], indirect=True, ids=["feeds"])
def test_a_careless_error_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that these tests can fail: an error that names the whole address."""
    monkeypatch.setattr("listener.fetch.fetcher.shown", plain)
    desk.mood("401")
    with open_workspace(desk.folder / "config.toml", create=True) as workspace:
        (station,) = stations(workspace.settings.sources)
        told = listen(workspace, station, 10)
        assert found(desk.secrets, told.encode())
        assert found(desk.secrets, desk.written()), "the ledger keeps the error"


def test_a_secret_is_found_in_every_form() -> None:
    secret = "pl4nted/one+x7Qz="
    basic = [f"{'u' * user}:{secret}{more}" for user in range(6) for more in ("", " and more")]
    for text in (
        secret,
        quote(secret, safe=""),
        f"https://example.org/?key={quote_plus(secret)}&more",
        json.dumps({"token": secret}),
        *(base64.b64encode(one.encode()).decode() for one in basic),
    ):
        assert found((secret,), f"before {text} after".encode()), text
    assert not found((secret,), b"pl4nted/two+x7Qz=")


def test_every_option_that_takes_a_secret_has_one() -> None:
    """Found by type: whatever a source's option is called."""
    planted = {
        name: plant(name, SOURCES.load(name).SPEC.options, Recording.load(name), "http://x")
        for name in NAMES
    }
    for name, planting in planted.items():
        fields = SOURCES.load(name).SPEC.options.model_fields
        takes = {field for field, about in fields.items() if "Secret" in repr(about.annotation)}
        told = {field for field, value in planting.options.items() if "env:PLANTED" in str(value)}
        assert takes - told == LEFT_OUT.get(name, set()), name
    assert sum(len(planting.secrets) for planting in planted.values()) > 20
