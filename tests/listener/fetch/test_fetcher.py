"""Fetching: redirects, limits, retries and pace, against a server on this machine."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SourceAuthError,
    SourceDownError,
    SourceError,
)
from listener.fetch.addresses import are_link_local, are_public, is_web, resolve, shown
from listener.fetch.fetcher import Fetcher, Limits
from listener.source import Context, Stopped
from tests.recordings.loopback import Answer, Loopback, Request, zipped
from tests.recordings.replay import NOW

HASTY = Limits(connect=1.0, read=0.1, total=0.5, body=10_000)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback({"/": Answer(b"hello")}) as found:
        yield found


_OPEN: list[Fetcher] = []


def open_fetcher(context: Context, **options: Any) -> Fetcher:
    """A fetcher that is closed when the test is over."""
    _OPEN.append(Fetcher(context, **options))
    return _OPEN[-1]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


class World:
    """A context whose waits are written down and take no time; `stops` ends them."""

    def __init__(self, *, stops: bool = False) -> None:
        self.waits: list[float] = []
        self._stops = stops
        self.context = Context("it", Path(), "UTC", {}, lambda: NOW, self._wait)

    def _wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self._stops


def redirect(to: str, status: int = 302) -> Answer:
    return Answer(b"", status, {"location": to})


def public(host: str) -> tuple[str, ...]:
    """A resolver that takes this machine's name for a place on the internet."""
    return ("93.184.216.34",) if host == "localhost" else resolve(host)


def test_a_page(server: Loopback) -> None:
    world = World()
    fetcher = open_fetcher(world.context)
    page = fetcher.get(f"{server.url}/")
    assert (page.status, page.body, page.url) == (200, b"hello", f"{server.url}/")
    [asked] = server.asked
    assert asked.headers["user-agent"].startswith("Krasae/")
    assert asked.headers["accept-encoding"] == "gzip"
    assert world.context.tally.take() == 1
    assert world.waits == []
    fetcher.close()
    fetcher.close()


def test_unchanged_pages_are_not_sent_again(server: Loopback) -> None:
    def conditional(request: Request) -> Answer:
        same = request.headers.get("if-none-match") == '"7"'
        return Answer(b"" if same else b"new", 304 if same else 200, {"etag": '"7"'})

    server.answers |= {"/feed": conditional, "/moved": redirect("/feed", 301)}
    fetcher = open_fetcher(World().context)
    assert not fetcher.get(f"{server.url}/feed").unchanged
    assert fetcher.get(f"{server.url}/feed", etag='"7"').unchanged
    assert fetcher.get(f"{server.url}/moved", etag='"7"', modified="x").unchanged
    assert server.asked[-1].headers["if-modified-since"] == "x"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: Loopback, status: int) -> None:
    server.answers["/old"] = redirect("../", status)
    assert open_fetcher(World().context).get(f"{server.url}/old").body == b"hello"


def test_redirects_are_limited(server: Loopback) -> None:
    server.answers["/loop"] = redirect("/loop")
    with pytest.raises(BadPayloadError, match="more than 5 times"):
        open_fetcher(World().context).get(f"{server.url}/loop")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "http://[::1]:{port}/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://172.16.9.9/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0:{port}/",
        "http://224.0.0.1/",
    ],
)
def test_nobody_outside_sends_us_into_our_own_network(server: Loopback, target: str) -> None:
    server.answers["/go"] = redirect(target.format(port=server.port))
    fetcher = open_fetcher(World().context, resolver=public)
    with pytest.raises(BadPayloadError, match="into a private network"):
        fetcher.get(f"http://localhost:{server.port}/go")
    assert server.paths == ["/go"]


def test_a_private_address_may_redirect_to_another(server: Loopback) -> None:
    server.answers["/go"] = redirect(f"http://localhost:{server.port}/")
    with Loopback({"/": Answer(b"other")}) as other:
        server.answers["/far"] = redirect(f"{other.url}/")
        fetcher = open_fetcher(World().context, resolver=lambda _: ("127.0.0.1",))
        assert fetcher.get(f"{server.url}/go").body == b"hello"
        assert fetcher.get(f"{server.url}/far").body == b"other"
        server.answers["/meta"] = redirect("http://169.254.169.254/")
        with pytest.raises(BadPayloadError, match="private network"):
            open_fetcher(World().context).get(f"{server.url}/meta")


def test_it_goes_to_the_very_address_that_was_checked(server: Loopback) -> None:
    """A name that resolves to another address a moment later leads nowhere else."""
    server.answers["/go"] = redirect(f"http://rebound.example:{server.port}/")
    fetcher = open_fetcher(World().context, resolver=lambda _: ("127.0.0.1",))
    assert fetcher.get(f"{server.url}/go").body == b"hello"
    assert server.asked[-1].headers["host"] == f"rebound.example:{server.port}"


def test_an_address_that_does_not_connect_is_not_the_only_one(server: Loopback) -> None:
    """As on a machine without IPv6, to which a name resolves first."""
    server.answers["/go"] = redirect(f"http://two.example:{server.port}/")
    fetcher = open_fetcher(World().context, resolver=lambda _: ("::1", "127.0.0.1"))
    assert fetcher.get(f"{server.url}/go").body == b"hello"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("file:///etc/passwd", "no web address"),
        ("javascript:alert(1)", "no web address"),
        ("http://[", "has no address"),
        ("http://gone.example/", "has no address"),
    ],
)
def test_redirects_that_lead_nowhere(server: Loopback, target: str, says: str) -> None:
    server.answers["/go"] = redirect(target)
    fetcher = open_fetcher(World().context, resolver=lambda _: ())
    with pytest.raises(SourceError, match=says):
        fetcher.get(f"{server.url}/go")


def test_headers_stay_with_the_host_they_are_for(server: Loopback) -> None:
    with Loopback({"/": Answer(b"other")}) as other:
        server.answers["/near"] = redirect("/")
        server.answers["/far"] = redirect(f"{other.url}/")
        fetcher = open_fetcher(World().context, headers={"authorization": "Bearer k3y"})
        fetcher.get(f"{server.url}/near")
        assert all(asked.headers["authorization"] == "Bearer k3y" for asked in server.asked)
        fetcher.get(f"{server.url}/far")
        assert "authorization" not in other.asked[0].headers


def test_what_is_too_large_is_refused(server: Loopback) -> None:
    def unended(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.over.is_set():
            handler.wfile.write(b"x" * 4096)
            handler.wfile.flush()

    server.answers |= {
        "/plain": Answer(b"x" * 10_001),
        "/packed": zipped(b"x" * 10_001),
        "/unended": Answer(raw=unended),
        "/enough": Answer(b"x" * 10_000),
        "/packed-enough": zipped(b"x" * 10_000),
    }
    fetcher = open_fetcher(World().context, limits=HASTY)
    for path in ("/plain", "/packed", "/unended"):
        with pytest.raises(BadPayloadError, match=r"more than 0.00953674 MiB"):
            fetcher.get(f"{server.url}{path}")
    for path in ("/enough", "/packed-enough"):
        assert len(fetcher.get(f"{server.url}{path}").body) == 10_000


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(b"not gzip", headers={"content-encoding": "gzip"}), "damaged gzip"),
        (Answer(zipped(b"x" * 99).body[:-9], headers={"content-encoding": "gzip"}), "cut short"),
        (Answer(b"x", headers={"content-encoding": "br"}), "packed as 'br'"),
        (Answer(b"x", headers={"content-encoding": "gzip, gzip"}), "packed as 'gzip, gzip'"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(server: Loopback, answer: Answer, says: str) -> None:
    server.answers["/x"] = answer
    with pytest.raises(BadPayloadError, match=says):
        open_fetcher(World().context).get(f"{server.url}/x")


def test_what_drips_in_is_given_up(server: Loopback) -> None:
    def drip(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
        while not server.over.wait(0.02):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    server.answers["/drip"] = Answer(raw=drip)
    with pytest.raises(SourceDownError, match="so slowly"):
        open_fetcher(World().context, limits=HASTY).get(f"{server.url}/drip")


def failing(times: int, answer: Answer) -> Callable[[Request], Answer]:
    left = [times]

    def reply(request: Request) -> Answer:
        left[0] -= 1
        return answer if left[0] >= 0 else Answer(b"at last")

    return reply


def test_what_fails_in_passing_is_tried_again(server: Loopback) -> None:
    world = World()
    server.answers["/x"] = failing(2, Answer(status=502))
    assert open_fetcher(world.context).get(f"{server.url}/x").body == b"at last"
    first, second = world.waits
    assert 1 <= first <= 2
    assert 2 <= second <= 3
    server.answers["/x"] = failing(3, Answer(status=502))
    with pytest.raises(SourceDownError):
        open_fetcher(world.context).get(f"{server.url}/x")


def test_a_short_wait_is_kept_and_a_long_one_put_off(server: Loopback) -> None:
    world = World()
    server.answers["/x"] = failing(1, Answer(status=429, headers={"retry-after": "20"}))
    assert open_fetcher(world.context).get(f"{server.url}/x").body == b"at last"
    assert max(world.waits) >= 19
    server.answers["/x"] = failing(1, Answer(status=429, headers={"retry-after": "31"}))
    with pytest.raises(RateLimitedError) as caught:
        open_fetcher(world.context).get(f"{server.url}/x")
    assert caught.value.retry_at == NOW + 31_000


def test_a_budget_that_is_used_up_is_not_overdrawn(server: Loopback) -> None:
    used_up = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "600"}
    server.answers["/last"] = Answer(b"last", headers=used_up)
    fetcher = open_fetcher(World().context)
    assert fetcher.get(f"{server.url}/last").body == b"last"
    with pytest.raises(RateLimitedError, match="no more requests for now") as caught:
        fetcher.get(f"{server.url}/")
    assert len(server.asked) == 1
    retry_at = caught.value.retry_at
    assert retry_at is not None
    assert NOW + 590_000 < retry_at <= NOW + 600_000


def test_a_refusal_that_is_a_limit(server: Loopback) -> None:
    server.answers["/x"] = Answer(status=403, headers={"retry-after": "99"})
    with pytest.raises(RateLimitedError):
        open_fetcher(World().context).get(f"{server.url}/x")
    server.answers["/x"] = Answer(status=403)
    with pytest.raises(SourceAuthError):
        open_fetcher(World().context).get(f"{server.url}/x")


def test_hosts_are_asked_at_a_pace(server: Loopback) -> None:
    world = World()
    fetcher = open_fetcher(world.context, spacing=2.0)
    for _ in range(3):
        fetcher.get(f"{server.url}/")
    assert len(world.waits) == 2
    assert all(1.5 < wait <= 2 for wait in world.waits)


def test_it_stops_in_the_middle_of_a_wait(server: Loopback) -> None:
    server.answers["/x"] = failing(9, Answer(status=502))
    with pytest.raises(Stopped):
        open_fetcher(World(stops=True).context).get(f"{server.url}/x")
    assert len(server.asked) == 1


def test_addresses_are_not_logged(server: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        server.answers["/?key=k3y"] = Answer(b"x")
        open_fetcher(World().context).get(f"{server.url}/?key=k3y")
    assert "k3y" not in caplog.text


def test_addresses_are_shown_without_their_secrets() -> None:
    address = "https://user:pw@feeds.example:8443/a/b?key=k#f"
    assert shown(address) == "https://feeds.example:8443/a/b"
    assert shown(SecretStr(address)) == "https://feeds.example:8443/..."
    assert shown("https://[") == "an address that cannot be read"
    assert not is_web("https://[")
    assert not is_web("https://a:99999999/")


def test_which_addresses_are_public() -> None:
    assert are_public(("8.8.8.8", "2606:4700::1111"))
    assert not are_public(("8.8.8.8", "10.0.0.1"))
    assert not are_public(())
    assert are_link_local(("fe80::1%eth0",))
    assert resolve("[::1]") == ("::1",)
    assert resolve("127.0.0.1") == ("127.0.0.1",)


def reason(status: int, headers: Mapping[str, str], body: bytes) -> SourceError | None:
    """A platform that says in the body that it is a limit."""
    if b"quota" not in body:
        return None
    return RateLimitedError(f"{len(body)} {headers['x-why']}", retry_at=NOW + 90_000)


def test_the_body_of_a_refusal_may_say_more_than_its_status(server: Loopback) -> None:
    fetcher = open_fetcher(World().context, refusal=reason)
    why = {"x-why": "said"}
    server.answers["/quota"] = Answer(b"quota", 403, why)
    with pytest.raises(RateLimitedError, match="5 said") as caught:
        fetcher.get(f"{server.url}/quota")
    assert caught.value.retry_at == NOW + 90_000
    packed = zipped(b"quota" + b" " * (50 << 20))
    for long in (Answer(b"quota" * 50_000, 400, why), replace(packed, status=400)):
        server.answers["/long"] = replace(long, headers={**long.headers, **why})
        with pytest.raises(RateLimitedError, match="65536 said"):
            fetcher.get(f"{server.url}/long")


@pytest.mark.parametrize(
    "raw",
    [
        b"content-length: 9\r\n\r\nquo",
        b"content-length: 0\r\n\r\n",
        b"content-encoding: gzip\r\ncontent-length: 5\r\n\r\nquota",
        b"content-encoding: br\r\ncontent-length: 5\r\n\r\nquota",
    ],
)
def test_where_a_refusal_gives_no_reason_its_status_counts(server: Loopback, raw: bytes) -> None:
    fetcher = open_fetcher(World().context, refusal=reason, limits=HASTY)

    def say(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 403 No\r\n" + raw)

    server.answers["/"] = Answer(raw=say)
    with pytest.raises(SourceAuthError, match=r"refuses us \(403\)"):
        fetcher.get(f"{server.url}/")
