"""The other end of a websocket, as Jetstream is: replays what is not older than the cursor.

A recorded body is a JSON object whose values are the messages, in order; a string is sent as
it is, whatever is in it. Another body is sent as one message, and the connection closed.
"""

import gzip
import re
import select
import threading
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol

_CURSOR = re.compile(r"[?&]cursor=(\d+)")
_WINDOW = {"server_max_window_bits": 12, "client_max_window_bits": 12}


def recorded(path: str, known: Iterable[str]) -> str:
    """The recorded path that differs in the cursor at most; else the path itself."""
    bare = _CURSOR.sub("", path)
    return next((one for one in known if _CURSOR.sub("", one) == bare), path)


def talk(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    headers: Mapping[str, str],
    over: threading.Event,
) -> None:
    """Take the upgrade, send the messages, and stay silent until the client closes."""
    protocol = ServerProtocol(extensions=[ServerPerMessageDeflateFactory(**_WINDOW)])
    asked = "".join(f"{name}: {value}\r\n" for name, value in handler.headers.items())
    protocol.receive_data(f"GET {handler.path} HTTP/1.1\r\n{asked}\r\n".encode())
    (request,) = protocol.events_received()
    assert isinstance(request, Request)
    protocol.send_response(protocol.accept(request))
    handler.wfile.write(b"".join(protocol.data_to_send()))
    handler.wfile.flush()  # before what takes long
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    cursor = _CURSOR.search(handler.path)
    messages, whole = _messages(body, int(cursor[1]) if cursor else 0)
    for message in messages:
        protocol.send_text(message)
    if not whole:
        protocol.send_close(1011, "that was all")
    while not over.is_set():
        handler.wfile.write(b"".join(protocol.data_to_send()))
        handler.wfile.flush()
        if protocol.close_rcvd:
            return
        if select.select([handler.connection], [], [], 0.1)[0]:
            received = handler.connection.recv(1 << 16)
            if not received:
                return
            protocol.receive_data(received)


def _messages(body: bytes, cursor: int) -> tuple[Iterator[bytes], bool]:
    try:
        recorded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return iter([body]), False
    if not isinstance(recorded, dict):
        return iter([body]), False
    return (_sent(message) for message in recorded.values() if _is_due(message, cursor)), True


def _sent(message: Any) -> bytes:
    return message.encode() if isinstance(message, str) else orjson.dumps(message)


def _is_due(message: Any, cursor: int) -> bool:
    """Inclusive, as Jetstream's is. What has no time is sent once: from the start."""
    at = message.get("time_us") if isinstance(message, dict) else None
    return at >= cursor if isinstance(at, int) else cursor < 1_795_520_000_000_000
