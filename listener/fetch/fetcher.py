"""One HTTP client for all sources: limits, redirects, retries, pace, and errors that are ours."""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr

from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SourceDownError,
    SourceError,
)
from listener.fetch.addresses import are_link_local, are_public, is_web, plain, resolve, shown
from listener.fetch.body import read_beginning, read_body
from listener.fetch.refusals import refuse
from listener.fetch.waits import Pace, allowed_at
from listener.source import Context, Stopped

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REASONS = 64 << 10  # bytes of the body of a refusal; whoever gives a reason needs no more

# What a platform says in the body of a refusal (status, headers, body), as one of our errors;
# None where the status says it all. Headers have lower-case names.
Refusal = Callable[[int, Mapping[str, str], bytes], SourceError | None]


# IP addresses that were checked, or, of the configured host, whatever its name resolves to.
_Places = Sequence[str | None]
_BY_NAME: _Places = (None,)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take. Seconds, bytes, counts."""

    body: int = 20 << 20  # unpacked
    connect: float = 10.0
    read: float = 20.0  # of silence
    total: float = 60.0  # of one answer
    redirects: int = 5
    attempts: int = 3
    patience: float = 30.0  # what asks for a longer wait is put off to a later poll


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: status 200 to 299, or 304 with an empty body."""

    status: int
    url: str
    body: bytes
    headers: Mapping[str, str]  # lower-case names

    @property
    def unchanged(self) -> bool:
        """Whether what we have is still all there is."""
        return self.status == 304


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for. `said` is the address as errors may name it."""

    url: httpx.URL
    headers: Mapping[str, str]
    said: str
    secret: bool
    own_headers: Mapping[str, str]  # for that host alone
    method: str = "GET"
    body: bytes | None = None


class Fetcher:
    """Fetches pages for one source. Safe to use from several threads.

    `headers` (an authorisation, say) go to the configured host alone, never where it
    redirects to. `spacing` is in seconds between two requests to one host.
    """

    def __init__(
        self,
        context: Context,
        *,
        headers: Mapping[str, str] | None = None,
        spacing: float = 0.0,
        limits: Limits | None = None,
        resolver: Callable[[str], tuple[str, ...]] = resolve,
        refusal: Refusal | None = None,
    ) -> None:
        self._context = context
        self._limits = limits or Limits()
        self._own_headers = dict(headers or {})
        self._pace = Pace(spacing)
        self._resolve = resolver
        self._refusal = refusal
        self._client = httpx.Client(
            verify=_trust(),
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
            headers={
                "user-agent": f"Krasae/{version('krasae')} (self-hosted social listening)",
                "accept-encoding": "gzip",
            },
        )

    def get(
        self,
        address: str | SecretStr,
        *,
        etag: str | None = None,
        modified: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """The page at an address from the configuration, unless it is unchanged.

        `etag` and `modified` are those of the copy that we have; `headers` go where the
        Fetcher's own go. What fails in passing is tried again, after a wait with jitter;
        raises SourceError, or Stopped.
        """
        question = self._question(address, etag, modified, headers)
        return self._retrying()(self._follow, question)

    def send(
        self,
        method: str,
        address: str | SecretStr,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """What is answered to a request that may change something there: it is made once.

        It follows no redirect. Raises SourceError, or Stopped.
        """
        question = self._question(address, own_headers=headers)
        question = replace(question, method=method, body=body)
        answer = self._reach(question, question.url, _BY_NAME)
        if isinstance(answer, Page):
            return answer
        raise _nowhere(question)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _question(
        self,
        address: str | SecretStr,
        etag: str | None = None,
        modified: str | None = None,
        own_headers: Mapping[str, str] | None = None,
    ) -> _Question:
        headers: dict[str, str] = {}
        if etag:
            headers["if-none-match"] = etag
        if modified:
            headers["if-modified-since"] = modified
        said = shown(address)
        try:
            url = httpx.URL(plain(address))
        except httpx.InvalidURL as error:
            raise SourceError(
                f"{said} is no address that can be asked.", remedy="Correct it in config.toml."
            ) from error
        secret = isinstance(address, SecretStr)
        return _Question(url, headers, said, secret, dict(own_headers or {}))

    def _retrying(self) -> "Retrying":
        from tenacity import Retrying, retry_if_exception, stop_after_attempt
        from tenacity.wait import wait_exponential_jitter

        usual = wait_exponential_jitter(initial=1, max=20, jitter=1)

        def wait(state: "RetryCallState") -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = self._seconds_until(error.retry_at) if isinstance(error, SourceError) else 0.0
            return max(usual(state), asked)

        return Retrying(
            retry=retry_if_exception(self._is_passing),
            stop=stop_after_attempt(self._limits.attempts),
            wait=wait,
            sleep=self._wait,
            reraise=True,
        )

    def _is_passing(self, error: BaseException) -> bool:
        return (
            isinstance(error, SourceDownError | RateLimitedError)
            and self._seconds_until(error.retry_at) <= self._limits.patience
        )

    def _seconds_until(self, moment: int | None) -> float:
        return max(0.0, (moment - self._context.now()) / 1000) if moment else 0.0

    def _wait(self, seconds: float) -> None:
        if seconds > 0 and self._context.wait(seconds):
            raise Stopped

    def _follow(self, question: _Question) -> Page:
        url, places = question.url, _BY_NAME
        for _ in range(self._limits.redirects + 1):
            answer = self._reach(question, url, places)
            if isinstance(answer, Page):
                return answer
            url, places = self._checked(question, url, answer)
        raise BadPayloadError(
            f"{question.said} redirects more than {self._limits.redirects} times.",
            remedy="Open the address in a browser, and configure where it ends.",
        )

    def _reach(self, question: _Question, url: httpx.URL, places: _Places) -> Page | str:
        """Ask the first of the places that lets us connect: a page, or where it redirects to."""
        self._take_turn(url.host, question.said)
        try:
            for place in places[:-1]:
                with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                    return self._ask(question, url, place)
            return self._ask(question, url, places[-1])
        except httpx.InvalidURL as error:  # httpx looks at where a redirect leads, too
            raise _nowhere(question) from error
        except httpx.TransportError as error:
            # Only its kind: its text may hold the address.
            raise SourceDownError(
                f"{question.said} cannot be reached: {_in_words(error)}.",
                remedy="It is tried again later. Check the address and the network, if it stays.",
            ) from error

    def _ask(self, question: _Question, url: httpx.URL, place: str | None) -> Page | str:
        deadline = time.monotonic() + self._limits.total
        request = self._request(question, url, place)
        with closing(self._client.send(request, stream=True)) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            self._learn(url.host, headers)
            if response.status_code in _REDIRECTS and "location" in headers:
                return headers["location"]
            self._refuse(response, headers, question.said, deadline)
            body = read_body(
                response, limit=self._limits.body, deadline=deadline, where=question.said
            )
            return Page(response.status_code, str(url), body, headers)

    def _refuse(
        self, response: httpx.Response, headers: Mapping[str, str], said: str, deadline: float
    ) -> None:
        status = response.status_code
        if self._refusal and status >= 400:
            body = read_beginning(response, limit=_REASONS, deadline=deadline)
            if error := self._refusal(status, headers, body):
                raise error
        refuse(status, headers, said, now=self._context.now())

    def _request(self, question: _Question, url: httpx.URL, place: str | None) -> httpx.Request:
        headers = dict(question.headers)
        if _origin(url) == _origin(question.url):
            headers |= {**self._own_headers, **question.own_headers}
        if place is None:
            return self._client.build_request(
                question.method, url, headers=headers, content=question.body
            )
        # To the very address that was checked, whatever the name resolves to a moment later;
        # and not kept open, for the pool would take it for that address's own connection.
        headers |= {"host": url.netloc.decode("ascii"), "connection": "close"}
        return self._client.build_request(
            "GET",
            url.copy_with(host=place),
            headers=headers,
            extensions={"sni_hostname": url.host},
        )

    def _take_turn(self, host: str, said: str) -> None:
        delay = self._pace.delay(host)
        if delay > self._limits.patience:
            raise RateLimitedError(
                f"{said} allows no more requests for now.",
                remedy="It is asked again when it allows it.",
                retry_at=self._context.now() + int(delay * 1000),
            )
        self._wait(delay)
        self._pace.asked(host)
        self._context.tally.add()

    def _learn(self, host: str, headers: Mapping[str, str]) -> None:
        now = self._context.now()
        if (moment := allowed_at(headers, now=now)) is not None:
            self._pace.hold(host, (moment - now) / 1000)

    def _checked(
        self, question: _Question, url: httpx.URL, location: str
    ) -> tuple[httpx.URL, _Places]:
        """Where a redirect leads, and the IP addresses to use; raises when it may not."""
        target = url.join(location)
        if not is_web(str(target)):
            raise _nowhere(question)
        if url.scheme == "https" and target.scheme == "http":
            raise BadPayloadError(
                f"{question.said} redirects from https to http.",
                remedy="Configure the http address, if you trust it.",
            )
        if _origin(target) == _origin(question.url):
            return target, _BY_NAME
        found = self._resolve(target.host)
        name = "another host" if question.secret else target.host
        if not found:
            raise SourceDownError(
                f"{question.said} redirects to {name}, which has no address.",
                remedy="It is tried again later.",
            )
        allowed = are_public(found) or not (
            are_link_local(found) or are_public(self._resolve(question.url.host))
        )
        if not allowed:
            raise BadPayloadError(
                f"{question.said} redirects into a private network ({name}).",
                remedy="Nobody outside should send us there. If it is yours, configure that "
                "address itself.",
            )
        return target, found


def _nowhere(question: _Question) -> BadPayloadError:
    return BadPayloadError(
        f"{question.said} redirects to what is no web address.",
        remedy="Open the address in a browser, and configure where it ends.",
    )


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that we trust; reading them takes longer than many a request."""
    return httpx.create_ssl_context()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _in_words(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "it does not answer"
    if isinstance(error, httpx.TimeoutException):
        return "it went silent in the middle of an answer"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    if isinstance(error, httpx.ProtocolError):
        return "it broke off, or does not speak HTTP"
    return "the connection failed"
