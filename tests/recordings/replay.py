"""Recordings: what a platform was seen or documented to send, replayed to the real source.

A recording is a folder here, called as the source's file is: `recording.toml` says the options
and which file answers which path; `expected.json` is what must come of it. "{server}" stands
for the loopback server, "{folder}" for a copy of the folder.

A source that receives has `[[delivery]]` entries, each with a `file` or a `body`: what its platform
posts. `[signature]` says how each is signed with the planted `secret`; the option "{secret}" is it.
"""

import base64
import hashlib
import hmac
import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from listener.collect.station import Station, Surroundings, hear, stations
from listener.model import Folding, Mention
from listener.settings import SourceSettings
from listener.source import Batch, Call, Delivery, Reply
from listener.store import AuthorKey
from tests.recordings.loopback import Answer, Loopback

FOLDER = Path(__file__).parent
NOW = 1_795_521_600_000  # 2026-11-24 12:00 UTC: every recording is older
KEY = AuthorKey("a key for tests only")
QUERIES = {"tea": '"iced tea" OR ชาเย็น -giveaway', "apple": "apple iphone"}


@dataclass(frozen=True)
class Signature:
    """How a platform signs: which header says what. "{seconds}" is the time of signing."""

    header: str
    value: str  # with "{hex}" or "{base64}", of the HMAC-SHA256
    signed: str = "{body}"
    headers: Mapping[str, str] = field(default_factory=dict)

    def of(self, body: bytes, secret: str, now: int = NOW) -> dict[str, str]:
        """All headers of a signed body."""
        before, _, after = self.signed.replace("{seconds}", str(now // 1000)).partition("{body}")
        signed = before.encode() + body + after.encode()
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        values = {
            "{seconds}": str(now // 1000),
            "{hex}": digest.hex(),
            "{base64}": base64.b64encode(digest).decode(),
        }
        return {name: _filled(text, values) for name, text in (*self.headers.items(), self._own)}

    @property
    def _own(self) -> tuple[str, str]:
        return self.header, self.value


@dataclass(frozen=True)
class Delivered:
    """A call that the platform makes, unsigned, and what is answered: `status`, and `reply`."""

    body: bytes = b""
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    reply: str = ""
    kept: bool = True


@dataclass(frozen=True)
class Recording:
    """One folder: options as in config.toml, and the answers by path."""

    name: str
    folder: Path
    options: Mapping[str, Any]
    answers: Mapping[str, Answer] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # path: the file that answers
    deliveries: Sequence[Delivered] = ()
    signature: Signature | None = None
    secret: str = ""

    @classmethod
    def load(cls, name: str) -> "Recording":
        """The recording of that source."""
        folder = FOLDER / name
        told = tomllib.loads((folder / "recording.toml").read_text("utf-8"))
        answers: dict[str, Answer] = {}
        files: dict[str, str] = {}
        for exchange in told.get("exchange", []):
            method = exchange.get("method", "GET")
            path = exchange["path"] if method == "GET" else f"{method} {exchange['path']}"
            assert path not in answers, f"{name}: two answers for {path}"
            if "file" in exchange:
                files[path] = exchange["file"]
                body = (folder / exchange["file"]).read_bytes()
            else:
                body = exchange["body"].encode()
            answers[path] = Answer(body, exchange.get("status", 200), exchange.get("headers", {}))
        deliveries = []
        for number, delivery in enumerate(told.get("delivery", [])):
            if file := delivery.pop("file", None):
                files[f"delivery {number}"] = file
                body = (folder / file).read_bytes()
            else:
                body = delivery.pop("body", "").encode()
            deliveries.append(Delivered(body, **delivery))
        signature = Signature(**told["signature"]) if "signature" in told else None
        secret = told.get("secret", "")
        return cls(name, folder, told["options"], answers, files, deliveries, signature, secret)

    def unused(self) -> set[str]:
        """Files of the folder that answer nothing: a recording is strict."""
        known = {"recording.toml", "expected.json", *self.files.values()}
        return {
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and "LICENSE" not in path.name
        } - known


@dataclass(frozen=True)
class Heard:
    """All that came of a run: batches in order, and the waits that the source asked for."""

    batches: tuple[Batch, ...]
    waits: tuple[float, ...] = field(default=(), compare=False)  # they have jitter

    @property
    def mentions(self) -> list[Mention]:
        """All mentions, in order."""
        return [mention for batch in self.batches for mention in batch.mentions]

    @property
    def foldings(self) -> list[Folding]:
        """All foldings, in order."""
        return [folding for batch in self.batches for folding in batch.foldings]

    def as_json(self) -> dict[str, Any]:
        """What is expected of the run, without what is None."""
        return {
            "mentions": [_present(mention) for mention in self.mentions],
            "foldings": [_present(folding) for folding in self.foldings],
            "refused": sum(batch.refused for batch in self.batches),
        }


@dataclass
class Stage:
    """A recording that is being served; `answers` of the server may be changed."""

    recording: Recording
    server: Loopback
    station: Station
    folder: Path
    inbox: Sequence[Delivery] = ()

    def call(self, delivered: Delivered, **changes: Any) -> Call:
        """The call of a delivery, signed if it is a POST; `changes` are made afterwards."""
        query = {name: _filled(text, self._secrets) for name, text in delivered.query.items()}
        headers = dict(delivered.headers)
        if delivered.method == "POST" and self.recording.signature:
            headers |= self.recording.signature.of(delivered.body, self.recording.secret)
        return replace(Call(delivered.method, headers, query, delivered.body), **changes)

    @property
    def _secrets(self) -> dict[str, str]:
        return {"{secret}": self.recording.secret}

    def answer(self, call: Call, *, now: int = NOW) -> Reply:
        """What the source answers to a call."""
        reply = self.station.plug.answer(self.station.options, call, now)
        assert isinstance(reply, Reply)
        return reply

    def deliver(self, bodies: Sequence[bytes]) -> None:
        """Let these bodies wait to be taken in."""
        self.inbox = [Delivery(number, NOW, body) for number, body in enumerate(bodies, 1)]

    def after(self, number: int, most: int) -> Sequence[Delivery]:
        """The stage is its source's inbox."""
        return [delivery for delivery in self.inbox if delivery.number > number][:most]

    def hear(self, cursor: str | None = None, *, now: int = NOW) -> Heard:
        """Run the source to its end. Raises what it raises."""
        waits: list[float] = []

        def wait(seconds: float) -> bool:
            waits.append(seconds)
            return False

        surroundings = Surroundings(self.folder, "Asia/Bangkok", QUERIES, KEY)
        context = surroundings.context(self.station, now=lambda: now, wait=wait)
        context = replace(context, inbox=self)
        with closing(hear(self.station, context, cursor)) as batches:
            return Heard(tuple(batches), tuple(waits))


@contextmanager
def served(recording: Recording, scratch: Path) -> Iterator[Stage]:
    """Serve a recording; its files lie in a copy whose times follow their names."""
    folder = scratch / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(recording.folder, folder)
    for number, path in enumerate(sorted(folder.rglob("*"))):
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    with Loopback() as server:
        filled = {"{server}": server.url, "{folder}": str(folder)}
        for path, answer in recording.answers.items():
            server.answers[path] = replace(
                answer,
                headers={name: _filled(text, filled) for name, text in answer.headers.items()},
            )
        options = _revealed(_filled(dict(recording.options), filled), recording.secret)
        settings = SourceSettings(name="it", type=recording.name, options=options)
        stage = Stage(recording, server, stations([settings])[0], folder)
        stage.deliver([one.body for one in recording.deliveries if one.kept])
        yield stage


def _revealed(value: Any, secret: str) -> Any:
    """As krasae.settings does with "env:NAME"."""
    if isinstance(value, Mapping):
        return {key: _revealed(inner, secret) for key, inner in value.items()}
    if isinstance(value, list):
        return [_revealed(inner, secret) for inner in value]
    return SecretStr(secret) if value == "{secret}" else value


def _filled(value: Any, filled: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(inner, filled) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, filled) for inner in value]
    if isinstance(value, str):
        for name, text in filled.items():
            value = value.replace(name, text)
    return value


def _present(value: Mention | Folding) -> dict[str, Any]:
    return {
        name: list(found) if isinstance(found, tuple) else found
        for name, found in asdict(value).items()
        if found not in (None, ())
    }
