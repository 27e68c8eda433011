"""The filtered stream of X, read by tweepy in a thread of its own; none of its objects leaves."""

import threading
import time
from collections import deque
from typing import Any

import tweepy
from pydantic import SecretStr

from listener.errors import KrasaeError, SourceDownError
from listener.fetch.addresses import shown
from listener.fetch.session import StreamAdapter
from listener.fetch.x import Fields, MovedSession
from listener.source import Context, Stopped

SILENCE = 25.0  # seconds; X says something every 20
_CONNECT = 30.0  # seconds
_WAITING = 5_000  # lines; when so many wait, X has to
_TAKEN = 1_000  # lines at once
_FULL = 0.005
_CHUNK = 1 << 16  # bytes; X sends in chunks, and each is read when it is there


class Stream:
    """One connection. It is never made again here: who listens repairs the gap first."""

    def __init__(
        self, address: str | SecretStr, bearer: SecretStr, fields: Fields, context: Context
    ) -> None:
        self._said = shown(address)
        self._context = context
        self._fields = fields
        self._adapter = StreamAdapter(context, address, content="application/json")
        self._lines = _Lines(bearer.get_secret_value())
        self._lines.session = MovedSession(address, self._adapter)

    def open(self) -> None:
        """Connect; from now on nothing is missed. Raises SourceError, or Stopped."""
        self._lines.filter(threaded=True, **self._fields.asked)
        deadline = time.monotonic() + _CONNECT
        while not self._lines.connected.is_set():
            if self._lines.over.is_set():
                raise self._ended()
            if time.monotonic() > deadline:
                raise SourceDownError(
                    f"{self._said} does not open the stream.", remedy="It is tried again later."
                )
            if self._context.wait(_FULL):
                raise Stopped

    def take(self, seconds: float) -> list[bytes]:
        """The next lines; none when none came in so many seconds.

        Raises SourceError when the connection has ended, or is dead, and all is taken.
        """
        lines = self._lines.take(seconds)
        if lines:
            return lines
        if self._lines.over.is_set():
            lines = self._lines.take(0)  # what came in between
            if not lines:
                raise self._ended()
        elif time.monotonic() - self._lines.heard > SILENCE:
            raise SourceDownError(
                f"{self._said} went silent: not even a sign of life for {SILENCE:.0f} seconds.",
                remedy="It is connected again.",
            )
        return lines

    def close(self) -> None:
        """Let go of the connection. May be called from another thread."""
        self._lines.let_go()
        self._adapter.close()

    def _ended(self) -> KrasaeError | Stopped:
        failure = self._lines.failure
        if isinstance(failure, KrasaeError | Stopped):
            return failure
        kind = f" ({type(failure).__name__})" if failure else ""
        return SourceDownError(
            f"{self._said} broke the stream off{kind}.", remedy="It is connected again."
        )


class _Lines(tweepy.StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """Keeps lines as they come, without a look at them, and ends with its connection."""

    def __init__(self, bearer: str) -> None:
        super().__init__(bearer, max_retries=0, daemon=True, chunk_size=_CHUNK)
        self.connected = threading.Event()
        self.over = threading.Event()
        self.failure: Exception | None = None
        self.heard = time.monotonic()
        self._waiting: deque[bytes] = deque()
        self._arrived = threading.Event()
        self._going = False

    def take(self, seconds: float) -> list[bytes]:
        """The lines that wait, at most `_TAKEN`, after at most so many seconds."""
        if not self._waiting and not self.over.is_set():
            self._arrived.wait(seconds)
        self._arrived.clear()
        waiting = self._waiting
        return [waiting.popleft() for _ in range(min(len(waiting), _TAKEN))]

    def let_go(self) -> None:
        """End soon."""
        self._going = True
        self.disconnect()

    def on_connect(self) -> None:
        """The connection is open."""
        self.heard = time.monotonic()
        self.connected.set()

    def on_data(self, raw_data: bytes) -> None:
        """A line. Waits while too many wait (back-pressure)."""
        self.heard = time.monotonic()
        self._waiting.append(raw_data)
        if not self._arrived.is_set():
            self._arrived.set()
        while len(self._waiting) >= _WAITING and not self._going:
            self._arrived.set()
            self.over.wait(_FULL)
            self.heard = time.monotonic()

    def on_keep_alive(self) -> None:
        """A sign of life."""
        self.heard = time.monotonic()

    def on_closed(self, response: Any) -> None:
        """X ended it: it is not opened again before the gap is repaired."""
        self.running = False

    def on_connection_error(self) -> None:
        """The connection failed."""
        self.running = False

    def on_request_error(self, status_code: int) -> None:
        """X refused it."""
        self.running = False

    def on_exception(self, exception: Exception) -> None:
        """One of our errors, from the adapter, or another."""
        self.failure = exception

    def on_disconnect(self) -> None:
        """It is over."""
        self.over.set()
        self._arrived.set()
