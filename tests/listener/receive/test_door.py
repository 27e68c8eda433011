"""The door: what is answered to whom, and that it stays open for the genuine."""

import errno
import http.client
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from listener.errors import PlugError, SettingsError, StoreBusyError, StoreError
from listener.receive.app import Limits, receiver
from listener.receive.server import Receiver
from listener.source import Call, Reply, SourceOptions
from tests.listener.receive.doors import NOW, Door, opened, scripted, signed, station, until

BODY = b'{"text": "iced tea", "published_at": 1795521000}'


@pytest.fixture
def door() -> Iterator[Door]:
    with opened() as found:
        yield found


def test_a_genuine_call_is_kept_and_then_answered(door: Door) -> None:
    answered = door.deliver(BODY)
    assert (answered.status, answered.body) == (200, b"kept")
    assert door.kept == [("reviews", BODY)]
    assert "server" not in answered.headers
    assert answered.headers["cache-control"] == "no-store"


def test_another_call_is_refused_and_not_kept(door: Door) -> None:
    for headers in ({}, signed(b"other"), signed(BODY, secret="guessed")):
        assert door.knock(body=BODY, headers=headers).status == 401
    assert door.kept == []
    assert door.told == [
        ("reviews", "a call was refused (401): the signature is missing, wrong, or too old.")
    ], "told once a minute, however often somebody knocks"


def test_refused_calls_are_told_again_after_a_minute() -> None:
    clock = [NOW]
    with opened(now=lambda: clock[0]) as door:
        for _ in range(3):
            door.knock(body=BODY)
        clock[0] += 60_000
        door.knock(body=BODY)
    assert [words.partition(" refused")[0] for _, words in door.told] == [
        "a call was",
        "3 calls were",
    ]


def test_a_refused_handshake_is_not_told_as_a_wrong_signature() -> None:
    refusing = scripted(lambda *_: Reply(403))
    with opened(refusing) as door:
        door.knock("/hooks/own", method="GET")
        door.knock("/hooks/own", BODY)
    assert door.told == [
        ("own", "a handshake was refused (403): the word that it must know is missing or another."),
        ("own", "a call was refused (403): the signature is missing, wrong, or too old."),
    ]


@pytest.mark.parametrize(
    "path", ["/", "/hooks", "/hooks/", "/hooks/other", "/hooks/reviews/", "/x"]
)
def test_there_is_nothing_elsewhere(door: Door, path: str) -> None:
    assert door.knock(path, BODY, signed(BODY)).status == 404
    assert door.kept == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_known(door: Door, method: str) -> None:
    assert door.knock(body=BODY, headers=signed(BODY), method=method).status == 405
    assert door.kept == []


def test_get_and_head_are_for_the_source_to_answer() -> None:
    calls: list[Call] = []

    def answer(options: SourceOptions, call: Call, now: int) -> Reply:
        calls.append(call)
        return Reply(200, call.query["challenge"])

    with opened(scripted(answer)) as door:
        got = door.knock("/hooks/own?challenge=%3Cb%3E1&x=", method="GET")
        assert (got.status, got.body) == (200, b"<b>1")
        assert got.headers["content-type"] == "text/plain; charset=utf-8"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert door.knock("/hooks/own?challenge=2", method="HEAD").body == b""
    assert [call.method for call in calls] == ["GET", "GET"]
    assert calls[0].query == {"challenge": "<b>1", "x": ""}


LIMITS = Limits(body=1000)


@pytest.mark.parametrize("size", [999, 1000, 1001, 5000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_not_read(size: int, chunked: bool) -> None:
    body = b"x" * size
    with opened(limits=LIMITS) as door:
        sent = iter([body[:400], body[400:]]) if chunked else body
        answered = door.knock(body=sent, headers=signed(body))
    assert answered.status == (200 if size <= LIMITS.body else 413)
    assert len(door.kept) == (size <= LIMITS.body)


def test_a_declared_size_over_the_limit_is_refused_before_the_body(door: Door) -> None:
    with door.line() as line:
        line.sendall(b"POST /hooks/reviews HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n")
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 413
        answer.close()


def test_who_drips_a_body_is_told_off() -> None:
    with opened(limits=Limits(arrive=0.1)) as door, door.line() as line:
        line.sendall(b"POST /hooks/reviews HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nabc")
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 408
        answer.close()
    assert door.kept == []


@pytest.mark.parametrize("sent", [b"", b"POST /hooks/rev", b"GET /hooks/x HTTP/1.1\r\nhost: x\r\n"])
def test_who_drips_headers_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr("listener.receive.server._PATIENCE", 0.1)
    with opened() as door:
        with door.line() as line:
            line.sendall(sent)
            assert _hung_up(line)
        assert door.deliver(BODY).status == 200


def test_who_drips_the_next_headers_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.receive.server._PATIENCE", 0.1)
    with opened() as door, door.line() as line:
        line.sendall(b"GET /x HTTP/1.1\r\nhost: x\r\n\r\n")
        assert line.recv(5000).startswith(b"HTTP/1.1 404")
        line.sendall(b"GET /x HT")
        assert _hung_up(line)


def _hung_up(line: socket.socket) -> bool:
    try:
        while line.recv(1000):
            pass
        return True
    except ConnectionResetError:
        return True


def test_nonsense_is_no_call(door: Door) -> None:
    for sent in (b"\x16\x03\x01 hello\r\n\r\n", b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n"):
        with door.line() as line:
            line.sendall(sent)
            assert line.recv(12) == b"HTTP/1.1 400"
    assert door.deliver(BODY).status == 200


def test_too_many_at_once_are_told_to_come_again() -> None:
    with opened(connections=3) as door, ExitStack() as held:
        for _ in range(3):
            line = held.enter_context(door.line())
            line.sendall(b"POST /hooks/reviews HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n")
        until(lambda: door.deliver(BODY).status == 503)
        held.close()
        until(lambda: door.deliver(BODY).status == 200)


def test_what_cannot_be_kept_is_not_acknowledged() -> None:
    def full(name: str, body: bytes) -> None:
        raise StoreError("krasae.db cannot be used: database or disk is full.")

    with opened(keep=full) as door:
        answered = door.deliver(BODY)
    assert answered.status == 503
    assert answered.headers["retry-after"] == "30"
    assert door.told == [
        (
            "reviews",
            "a delivery was turned away: krasae.db cannot be used: database or disk is full.",
        )
    ]


def test_who_writes_to_a_busy_store_waits_a_while() -> None:
    tries: list[bytes] = []

    def busy(name: str, body: bytes) -> None:
        tries.append(body)
        if len(tries) < 4:
            raise StoreBusyError("busy")

    with opened(keep=busy) as door:
        assert door.deliver(BODY).status == 200
    assert tries == [BODY] * 4


def test_who_writes_to_a_store_that_stays_busy_is_told_to_come_again() -> None:
    def busy(name: str, body: bytes) -> None:
        raise StoreBusyError("busy")

    with opened(keep=busy, limits=Limits(keep=0.1)) as door:
        assert door.deliver(BODY).status == 503
    assert "busy too long" in door.told[0][1]


def test_a_bug_in_a_source_tells_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    def answer(options: SourceOptions, call: Call, now: int) -> Reply:
        raise KeyError(call.body)

    with caplog.at_level(logging.DEBUG), opened(scripted(answer), station()) as door:
        answered = door.knock("/hooks/own", b"secret body")
        assert door.deliver(BODY).status == 200, "the others go on"
    assert answered.status == 500
    assert door.told == [("own", "KeyError while a call was answered: a bug, report it.")]
    assert "secret body" not in caplog.text


def test_nothing_of_a_call_is_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), opened(limits=Limits(body=100)) as door:
        for body in (b"planted", b"planted" * 100):
            door.knock("/hooks/reviews?token=planted", body, {"x-planted": "planted"})
            door.knock("/planted", body)
        with door.line() as line:
            line.sendall(b"planted\r\n\r\n")
            line.recv(100)
    assert "planted" not in caplog.text + "".join(capfd.readouterr()) + repr(door.told)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        app = receiver((station(),), print, lambda: NOW, told=print)
        with pytest.raises(SettingsError, match=f"port {port}: the port is taken") as caught:
            Receiver(app, "127.0.0.1", port)
    assert "[receiver]" in caught.value.remedy


@pytest.mark.parametrize("number", [errno.EACCES, errno.EADDRNOTAVAIL])
def test_a_port_or_host_that_cannot_be_had_has_a_remedy(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(socket, "create_server", refuse)
    app = receiver((station(),), print, lambda: NOW, told=print)
    with pytest.raises(SettingsError, match="port 80: no") as caught:
        Receiver(app, "127.0.0.1", 80)
    assert "[receiver]" in caught.value.remedy


def test_who_says_it_receives_and_cannot_is_a_broken_plug() -> None:
    broken = replace(station(), type="own", plug=object())
    with pytest.raises(PlugError, match="own receives, and has no function `answer`"):
        receiver((broken,), print, lambda: NOW, told=print)


def test_it_closes_though_somebody_holds_on() -> None:
    with ExitStack() as held:
        with opened() as door:
            for sent in (
                b"",
                b"POST /hooks/reviews HTTP/1.1\r\ncontent-length: 9\r\nhost: x\r\n\r\n",
            ):
                held.enter_context(door.line()).sendall(sent)
            assert door.deliver(BODY).status == 200
        with pytest.raises(OSError):
            door.line()
