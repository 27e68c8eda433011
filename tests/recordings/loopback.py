"""A platform on this machine: an HTTP server in a thread that answers as it is told."""

import gzip
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.recordings.websocket import recorded, talk


@dataclass(frozen=True)
class Answer:
    """What to answer. `raw` writes to the connection itself, headers and all."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass(frozen=True)
class Request:
    """What was asked; header names in lower case. `path` of what is no GET is "POST /path"."""

    path: str
    headers: Mapping[str, str]
    body: bytes = b""


Answers = Answer | Callable[[Request], Answer]


def zipped(body: bytes) -> Answer:
    """The body packed with gzip."""
    return Answer(gzip.compress(body, mtime=0), headers={"content-encoding": "gzip"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up in the middle is no error of the server's."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Loopback:
    """Answers by path (with the query), 404 where it knows none; `asked` is the diary.

    Other methods than GET are part of the path: "POST /2/tweets".
    """

    def __init__(self, answers: Mapping[str, Answers] | None = None, *, port: int = 0) -> None:
        self.answers: dict[str, Answers] = dict(answers or {})
        self.asked: list[Request] = []
        self.over = threading.Event()  # for answers that hang until the test is over
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        """The port that was free."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10
            wbufsize = 1 << 16  # headers and body in one packet
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._answer(self.path)

            def do_POST(self) -> None:
                self._answer(f"POST {self.path}")

            def do_PUT(self) -> None:
                self._answer(f"PUT {self.path}")

            def do_DELETE(self) -> None:
                self._answer(f"DELETE {self.path}")

            def _answer(self, path: str) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                request = Request(path, headers, body)
                platform.asked.append(request)
                upgrade = request.headers.get("upgrade") == "websocket"
                try:
                    found = platform.answers[recorded(path, platform.answers) if upgrade else path]
                except KeyError:
                    found = Answer(status=404)
                answer = found(request) if callable(found) else found
                try:
                    if upgrade and answer.status == 200 and not answer.raw:
                        self.close_connection = True
                        talk(self, answer.body, dict(answer.headers), platform.over)
                    elif answer.raw:
                        self.close_connection = True
                        answer.raw(self)
                    else:
                        self._send(answer)
                except OSError:
                    self.close_connection = True  # the reader has had enough

            def _send(self, answer: Answer) -> None:
                self.send_response_only(answer.status)  # without the Date of today
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 304:
                    self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                if answer.status != 304:
                    self.wfile.write(answer.body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        return Handler
