"""A requests session for client libraries that are built on requests: it fetches as we do.

What is asked for goes through the Fetcher, with its limits, pace and errors, and what is asked
by GET with its retries; streams, which never end, over connections that can be let go of from
another thread.
"""

from contextlib import suppress
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import requests
from pydantic import SecretStr
from requests.adapters import BaseAdapter, HTTPAdapter

from listener.errors import BadPayloadError, KrasaeError, SourceDownError
from listener.fetch.addresses import plain, shown
from listener.fetch.refusals import refuse
from listener.source import Stopped

if TYPE_CHECKING:
    from listener.fetch.fetcher import Fetcher, Page
    from listener.source import Context

# The Fetcher has unpacked the body, and it keeps the pace: the library shall not do it again.
_OURS = ("content-encoding", "content-length", "transfer-encoding")
_SAID = ("authorization", "content-type", "accept")
_PACE = ("x-ratelimit", "x-rate-limit", "ratelimit", "retry-after", "deprecation")


class FetcherAdapter(BaseAdapter):
    """Fetches by a Fetcher. `secret`: the address must not be shown."""

    def __init__(self, fetcher: "Fetcher", *, secret: bool) -> None:
        super().__init__()
        self._fetcher = fetcher
        self._secret = secret
        self.failures: list[KrasaeError | Stopped] = []  # which the library may have swallowed

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """The answer, which is always a good one. Raises SourceError, or Stopped."""
        address = SecretStr(request.url or "") if self._secret else request.url or ""
        try:
            page = self._page(request, address)
        except (KrasaeError, Stopped) as error:
            self.failures.append(error)
            raise
        response = requests.Response()
        response.status_code = page.status
        response.url = page.url
        response.request = request
        response.encoding = "utf-8"
        response.raw = BytesIO(page.body)
        response.headers.update(
            {
                name: text
                for name, text in page.headers.items()
                if name not in _OURS and not name.startswith(_PACE)
            }
        )
        return response

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()

    def _page(self, request: requests.PreparedRequest, address: str | SecretStr) -> "Page":
        if request.method == "GET":
            return self._fetcher.get(address, headers=_sent(request))
        told = request.body or b""
        body = told.encode() if isinstance(told, str) else told if isinstance(told, bytes) else b""
        return self._fetcher.send(
            request.method or "GET", address, body=body, headers=_sent(request)
        )


class StreamAdapter(HTTPAdapter):
    """Opens streams, and lets go of all of them on `close`, whoever is reading.

    `content` is what the platform says that a stream of its consists of.
    """

    def __init__(
        self, context: "Context", address: str | SecretStr, *, content: str = "text/event-stream"
    ) -> None:
        super().__init__()
        self._content = content
        self._context = context
        self._said = shown(address)
        self._open: list[requests.Response] = []
        self.opened = 0
        self._closed = False
        self._lock = Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """The beginning of a stream. Raises SourceError."""
        self._context.tally.add()
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
        except requests.RequestException as error:
            words = "it does not answer" if isinstance(error, requests.Timeout) else "no connection"
            raise SourceDownError(
                f"{self._said} cannot be reached: {words}.", remedy="It is tried again later."
            ) from error
        with self._lock:
            self._open.append(response)
        if self._closed:
            self.close()
        headers = {name.lower(): text for name, text in response.headers.items()}
        try:
            refuse(response.status_code, headers, self._said, now=self._context.now())
        except BaseException:
            response.close()
            raise
        if self._content not in headers.get("content-type", ""):
            response.close()
            raise BadPayloadError(
                f"{self._said} answers with no stream of events.", remedy="Check the address."
            )
        self.opened += 1
        return response

    def close(self) -> None:
        """Let go of every stream: who reads one comes to its end."""
        with self._lock:
            self._closed = True
            streams, self._open = self._open, []
        for stream in streams:
            with suppress(OSError, RuntimeError, ValueError):
                stream.raw.shutdown()
        super().close()


def session_for(
    address: str | SecretStr, api: FetcherAdapter, streaming: StreamAdapter, *, streams: str
) -> requests.Session:
    """A session for one platform's client; below the path `streams` are its streams."""
    session = requests.Session()
    session.auth = _as_it_is  # else a .netrc would
    base = plain(address).rstrip("/")
    # The longest prefix is taken: the API is asked by the Fetcher, and a host that the platform
    # keeps for streams by the other.
    for prefix in ("http://", "https://", f"{base}{streams}"):
        session.mount(prefix, streaming)
    session.mount(f"{base}/", api)
    return session


def _sent(request: requests.PreparedRequest) -> dict[str, str]:
    """What the library says to the platform beside the address: who it is, and in which form."""
    return {
        name.lower(): str(text) for name, text in request.headers.items() if name.lower() in _SAID
    }


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
