"""The receiver's server: uvicorn in a thread, which a slow or greedy caller cannot hold up."""

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from listener.errors import SettingsError

_HEADERS = 16 << 10  # bytes of a request line and headers
_PATIENCE = 10.0  # seconds for them to arrive
_IDLE = 5  # seconds that a connection without a request is kept
_GRACE = 1  # seconds for calls in progress when the door closes
_AGAIN = 1.0  # seconds before a server that fell is begun again; doubles with each fall in a row
_LONGEST = 60.0  # seconds; who served for so long had not fallen in a row


class Receiver:
    """Serves an application at a host and a port until `stop`. Port 0 takes any free one.

    `connections` may be open at once; whoever comes after is answered 503. A server that ends
    unasked is begun again, at the same port; `fell` hears why, from a thread. Raises
    SettingsError when the port cannot be had.
    """

    def __init__(
        self,
        app: Starlette,
        host: str,
        port: int,
        *,
        connections: int = 64,
        fell: Callable[[str], None] | None = None,
    ) -> None:
        self._host = host
        self._fell = fell
        self._socket = _bound(host, port)
        self.port = int(self._socket.getsockname()[1])
        self._config = uvicorn.Config(
            app,
            http=_Impatient,
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=connections + 1,  # uvicorn's own count is of one more
            timeout_keep_alive=_IDLE,
            timeout_graceful_shutdown=_GRACE,
            h11_max_incomplete_event_size=_HEADERS,
        )
        self._server = uvicorn.Server(self._config)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="receiver", daemon=True)

    @property
    def address(self) -> str:
        """Where it is reached from this machine, without a path."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Begin to serve; returns when it does."""
        self._thread.start()
        while self._thread.is_alive() and not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        """Let calls in progress end, for about a second, and stop."""
        self._stopping.set()
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        """Serve, again and again until asked to stop. The port is held all the time."""
        pause = _AGAIN
        with ThreadPoolExecutor(1, "receiver's server") as pool:
            while not self._stopping.is_set():
                begun = time.monotonic()
                with self._socket.dup() as listening:
                    error = pool.submit(self._server.run, [listening]).exception()
                if self._stopping.is_set():
                    return
                if self._fell:
                    self._fell(type(error).__name__ if error else "it ended unasked")
                if time.monotonic() - begun > _LONGEST:
                    pause = _AGAIN
                self._stopping.wait(pause)
                pause = min(2 * pause, _LONGEST)
                self._server = uvicorn.Server(self._config)


class _Impatient(H11Protocol):
    """Closes a connection on which no whole request head arrives in time."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._expect()
        else:
            self._forget()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _expect(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(_PATIENCE, self.transport.abort)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    where: Any = (host, port)
    try:
        listening = socket.create_server(where, family=family)
        # Accepted connections take it over; an answer in two parts is else held back for 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise SettingsError(
            f"Nobody can be received at {host}, port {port}: {_why(error)}.", remedy=_remedy(error)
        ) from error


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is taken"
    return error.strerror or type(error).__name__


def _remedy(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            "Another Krasae may be listening: stop it. Or set another `port` in [receiver], and "
            "tell it to the proxy before it."
        )
    if error.errno == errno.EACCES:
        return "Set a `port` above 1023 in [receiver], and let a proxy have the one below."
    return "Set `host` in [receiver] to an address of this machine, such as 127.0.0.1."
