"""Doors to knock at: a receiver on this machine, and how a sender signs."""

import hashlib
import hmac
import http.client
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

from pydantic import SecretStr

from listener.collect.station import Station, stations
from listener.receive.app import Limits, receiver
from listener.receive.server import Receiver
from listener.settings import SourceSettings
from listener.source import Call, Reply, SourceOptions, Spec

SECRET = "a-secret-to-sign-with"
NOW = 1_795_521_600_000


def station() -> Station:
    """A webhook source named `reviews`."""
    options = {"secrets": [SecretStr(SECRET)]}
    return stations([SourceSettings(name="reviews", type="webhook", options=options)])[0]


def scripted(answer: Callable[[SourceOptions, Call, int], Reply]) -> Station:
    """A station named `own` that answers like that."""
    spec = Spec("own", "Our own", SourceOptions, frozenset({"stream", "receive"}))
    return Station("own", "own", spec, SourceOptions(), SimpleNamespace(SPEC=spec, answer=answer))


def signed(body: bytes, *, now: int = NOW, secret: str = SECRET) -> dict[str, str]:
    """The headers of a genuine call."""
    seconds = str(now // 1000)
    digest = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256)
    return {"x-krasae-timestamp": seconds, "x-krasae-signature": f"v1={digest.hexdigest()}"}


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Door:
    """An open door: its port, what was kept, and what was told of it."""

    port: int
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def knock(
        self,
        path: str = "/hooks/reviews",
        body: bytes | Iterator[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
    ) -> Answered:
        """Make a call."""
        return knock(self.port, path, body, headers, method=method)

    def deliver(self, body: bytes) -> Answered:
        """Make a genuine call."""
        return self.knock(body=body, headers=signed(body))

    def line(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


def knock(
    port: int,
    path: str,
    body: bytes | Iterator[bytes],
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
) -> Answered:
    """Make a call over a connection of its own; an iterator is sent in chunks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        chunked = not isinstance(body, bytes)
        connection.request(method, path, body, dict(headers or {}), encode_chunked=chunked)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, told, response.read())
    finally:
        connection.close()


@contextmanager
def opened(
    *stations: Station,
    keep: Callable[[str, bytes], None] | None = None,
    limits: Limits | None = None,
    connections: int = 64,
    now: Callable[[], int] = lambda: NOW,
) -> Iterator[Door]:
    """A door for these stations, else for `reviews`; it keeps in memory, else by `keep`."""
    door = Door(0)
    app = receiver(
        stations or (station(),),
        keep or (lambda name, body: door.kept.append((name, body))),
        now,
        told=lambda name, words: door.told.append((name, words)),
        limits=limits,
    )
    with Receiver(app, "127.0.0.1", 0, connections=connections) as server:
        door.port = server.port
        yield door


def until(true: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Wait until something is so; fail when it never is."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)
