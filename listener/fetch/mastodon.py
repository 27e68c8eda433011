"""One Mastodon server, asked and listened to by Mastodon.py; none of its objects leaves here."""

import queue
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from mastodon import Mastodon, MastodonError, MastodonNetworkError, StreamListener
from pydantic import SecretStr

from listener.errors import BadPayloadError, KrasaeError, SourceDownError, SourceGoneError
from listener.fetch.addresses import plain, shown
from listener.fetch.fetcher import Fetcher
from listener.fetch.session import FetcherAdapter, StreamAdapter, session_for
from listener.source import Context, Stopped

_SPACING = 1.0  # seconds; a server allows 300 requests in five minutes
_LIMIT = 40
_STREAMS = "/api/v1/streaming"
_CONNECT = 10.0  # seconds
_SILENCE = 60.0  # seconds; a server says ":thump" every 15
_WAITING = 1000  # events
_END = 3.0  # seconds
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Heard:
    """An event on a stream: the number of its line, its name, and what it is about."""

    line: int
    event: str
    data: Any = None


class Server:
    """A server. With a `token` it can be listened to."""

    def __init__(self, address: str | SecretStr, token: SecretStr | None, context: Context) -> None:
        # What it warns of, as a timeline that is closed to strangers, is an error, or none, once
        # it is asked for.
        warnings.filterwarnings("ignore", module="mastodon")
        self._said = shown(address)
        self._context = context
        secret = token.get_secret_value() if token else None
        headers = {"authorization": f"Bearer {secret}"} if secret else None
        fetcher = Fetcher(context, headers=headers, spacing=_SPACING)
        self._api = FetcherAdapter(fetcher, secret=isinstance(address, SecretStr))
        self._streams = StreamAdapter(context, address)
        self._session = session_for(address, self._api, self._streams, streams=_STREAMS)
        self._client = Mastodon(
            api_base_url=plain(address).rstrip("/"),
            access_token=secret,
            version_check_mode="none",
            ratelimit_method="throw",
            request_timeout=_CONNECT,
            session=self._session,
            user_agent=f"Krasae/{version('krasae')}",
        )
        self._events: Events | None = None

    def page(self, kind: str, words: str, after: str, local: bool) -> list[Any]:
        """The statuses next after an id, or, without one, the newest. Raises SourceError."""
        least = after or None
        with self._ours():
            if kind == "tag":
                found: Any = self._client.timeline_hashtag(
                    words, local=local, min_id=least, limit=_LIMIT
                )
            elif kind == "public":
                found = self._client.timeline_public(local=local, min_id=least, limit=_LIMIT)
            else:
                answer: Any = self._client.search_v2(
                    words, resolve=False, result_type="statuses", min_id=least, limit=_LIMIT
                )
                found = answer.get("statuses") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise BadPayloadError(
                f"{self._said} answers with what is no list of posts.",
                remedy="Check that the address is that of a Mastodon server.",
            )
        return list(found)

    def listen(self, lines: Sequence[tuple[str, str]], local: bool) -> "Events":
        """Streams for these lines; all are open when this returns. Raises SourceError."""
        self._events = Events(self, lines, local)
        deadline = time.monotonic() + 2 * _CONNECT
        while self._streams.opened < len(lines) and time.monotonic() < deadline:
            self._events.check()
            if self._context.wait(_LOOK):
                raise Stopped
        return self._events

    def stream(self, kind: str, words: str, local: bool, listener: StreamListener) -> None:
        """Listen, for as long as the server talks."""
        if kind == "tag":
            self._client.stream_hashtag(words, listener, local=local, timeout=_SILENCE)
        else:
            self._client.stream_public(listener, local=local, timeout=_SILENCE)

    def ended(self, future: "Future[None]") -> None:
        """Raise what ended a stream: a server does not end it by itself."""
        with self._ours():
            future.result()
        raise SourceDownError(f"{self._said} ended the stream.", remedy="It is connected again.")

    def close(self) -> None:
        """Let go of streams and connections."""
        if self._events:
            self._events.close()
        self._streams.close()
        if self._events:
            self._events.join()  # a connection that is made while its pool closes stays open
        self._session.close()

    @contextmanager
    def _ours(self) -> Iterator[None]:
        """Mastodon.py's errors as ours. Its texts hold what was sent: they are left out.

        It first asks what the server allows, and swallows it if that fails: but then, what
        failed first says more than what the request itself met with.
        """
        self._api.failures.clear()
        try:
            yield
        except MastodonError as error:
            causes = [*self._api.failures, error.__context__]
            for cause in causes:
                if isinstance(cause, KrasaeError | Stopped) and (
                    cause is causes[-1] or not isinstance(cause, SourceGoneError)
                ):
                    raise cause from None
            if isinstance(error, MastodonNetworkError):
                raise SourceDownError(
                    f"{self._said} broke the connection off ({type(error).__name__}).",
                    remedy="It is connected again.",
                ) from None
            raise BadPayloadError(
                f"{self._said} sends what cannot be read ({type(error).__name__}).",
                remedy="Check that the address is that of a Mastodon server.",
            ) from None


class Events:
    """What is heard on several streams, each in a thread of its own."""

    def __init__(self, server: Server, lines: Sequence[tuple[str, str]], local: bool) -> None:
        self._server = server
        self._queue: queue.Queue[Heard] = queue.Queue(_WAITING)
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(len(lines), thread_name_prefix="mastodon")
        self._futures = [
            self._pool.submit(
                server.stream, kind, words, local, _Listener(number, self._queue, self._over)
            )
            for number, (kind, words) in enumerate(lines)
        ]

    def next(self, seconds: float) -> Heard | None:
        """The next event; None when none came in so many seconds. Raises SourceError."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            self.check()
            return None

    def check(self) -> None:
        """Raise what ended a stream, if one has ended."""
        for future in self._futures:
            if future.done():
                self._server.ended(future)

    def close(self) -> None:
        """Let the threads end; the server shuts their connections."""
        self._over.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Wait for the threads to have ended, for a short time."""
        wait(self._futures, timeout=_END)


class _Listener(StreamListener):
    """Puts events into the queue, and waits when it is full (back-pressure)."""

    def __init__(self, line: int, waiting: "queue.Queue[Heard]", over: threading.Event) -> None:
        super().__init__()
        self._line = line
        self._waiting = waiting
        self._over = over

    def on_update(self, status: Any) -> None:
        """A new status."""
        self._put("update", status)

    def on_status_update(self, status: Any) -> None:
        """An edited one."""
        self._put("status.update", status)

    def on_delete(self, status_id: Any) -> None:
        """A deleted one."""
        self._put("delete", status_id)

    def on_unknown_event(self, name: str, unknown_event: Any = None) -> None:
        """What we do not know is counted."""
        self._put(f"unknown {name}"[:100], None)

    def handle_heartbeat(self) -> None:
        """The line is up."""
        if self._over.is_set():
            raise Stopped

    def _put(self, event: str, data: Any) -> None:
        while not self._over.is_set():
            try:
                self._waiting.put(Heard(self._line, event, data), timeout=_LOOK)
                return
            except queue.Full:
                continue
        raise Stopped
