"""The Graph API: the token stays in its header, limits are kept, refusals are our errors."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SourceAuthError,
    SourceDownError,
    SourceError,
    SourceGoneError,
)
from listener.fetch.graph import Graph
from listener.source import Context
from tests.recordings.graph_server import APP_SECRET, TOKEN, Edge, GraphServer, refusal
from tests.recordings.loopback import Answer
from tests.recordings.replay import NOW

MINUTE = 60_000


class Clock:
    """Where the graph's time comes from."""

    def __init__(self) -> None:
        self.now = NOW


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with GraphServer() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


def graph(server: GraphServer, clock: Clock, app_secret: str | None = None) -> Graph:
    context = Context("it", Path(), "UTC", {}, lambda: clock.now, lambda _: False)
    secret = SecretStr(app_secret) if app_secret else None
    return Graph(server.url, "v25.0", SecretStr(TOKEN), secret, context)


def test_the_token_is_in_a_header_alone(server: GraphServer, clock: Clock) -> None:
    server.answers["7/feed"] = Edge([{"id": str(number)} for number in range(5)], page=2)
    with closing(graph(server, clock)) as found:
        leaves = list(found.pages("7/feed", 10, fields="id,from{id}"))
    assert [one["id"] for leaf in leaves for one in leaf.items] == ["0", "1", "2", "3", "4"]
    assert [leaf.more for leaf in leaves] == [True, True, False]
    assert server.paths[0] == "/v25.0/7/feed?fields=id,from%7Bid%7D"
    assert server.paths[1].endswith("&after=1")
    for request in server.asked:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in request.path


def test_the_proof_that_it_comes_from_the_app(server: GraphServer, clock: Clock) -> None:
    server.answers["7"] = Answer(b"{}")
    with closing(graph(server, clock, APP_SECRET)) as found:
        found.get("7")
    # openssl: printf %s EAAB-the-token | openssl dgst -sha256 -hmac the-app-secret
    proof = "16c7d7a55c55c5c3b29e109790032cf72ecdc405af86a11740864394e80017c7"
    assert server.paths == [f"/v25.0/7?appsecret_proof={proof}"]


def test_pages_are_bounded(server: GraphServer, clock: Clock) -> None:
    server.answers["7/feed"] = Edge([{"id": str(number)} for number in range(50)], page=1)
    with closing(graph(server, clock)) as found:
        leaves = list(found.pages("7/feed", 3))
    assert len(leaves) == len(server.asked) == 3
    assert leaves[-1].more


def test_a_cursor_that_stands_still_ends_it(server: GraphServer, clock: Clock) -> None:
    told = {"data": [], "paging": {"cursors": {"after": "a"}, "next": "https://x.example/"}}
    server.answers["7/feed"] = Answer(orjson.dumps(told))
    with closing(graph(server, clock)) as found:
        assert [leaf.more for leaf in found.pages("7/feed", 9)] == [True, False]


def business(**told: Any) -> str:
    return orjson.dumps({"7": [{"type": "pages", "call_count": 1, **told}]}).decode()


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"X-App-Usage": '{"call_count":96,"total_time":2,"total_cputime":2}'}, 5),
        ({"X-Page-Usage": '{"call_count":2,"total_time":95,"total_cputime":2}'}, 5),
        ({"X-Business-Use-Case-Usage": business(total_time=99)}, 5),
        ({"X-Business-Use-Case-Usage": business(estimated_time_to_regain_access=42)}, 42),
        ({"X-Business-Use-Case-Usage": business(estimated_time_to_regain_access=10**6)}, 24 * 60),
    ],
)
def test_it_stops_short_of_the_limit(
    server: GraphServer, clock: Clock, headers: dict[str, str], minutes: int
) -> None:
    server.answers["7"] = Answer(b'{"id":"7"}', headers=headers)
    with closing(graph(server, clock)) as found:
        assert found.get("7") == {"id": "7"}, "the answer itself is a good one"
        with pytest.raises(RateLimitedError) as caught:
            found.get("7")
        assert caught.value.retry_at == NOW + minutes * MINUTE
        assert len(server.asked) == 1
        clock.now = NOW + minutes * MINUTE
        found.get("7")
    assert len(server.asked) == 2


def test_below_the_limit_it_goes_on(server: GraphServer, clock: Clock) -> None:
    usage = '{"call_count":94,"total_time":94,"total_cputime":94}'
    server.answers["7"] = Answer(b"{}", headers={"X-App-Usage": usage})
    with closing(graph(server, clock)) as found:
        found.get("7")
        found.get("7")


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
@pytest.mark.parametrize("status", [200, 400, 403])
def test_limits(server: GraphServer, clock: Clock, code: int, status: int) -> None:
    server.answers["7"] = refusal(status, code)
    with closing(graph(server, clock)) as found:
        for _ in range(2):
            with pytest.raises(RateLimitedError) as caught:
                found.get("7")
            assert caught.value.retry_at == NOW + 5 * MINUTE
    assert len(server.asked) == 1, "who is asked to wait does not ask"


def test_a_limit_says_when_it_ends(server: GraphServer, clock: Clock) -> None:
    limit = refusal(400, 80001)
    usage = {"X-Business-Use-Case-Usage": business(estimated_time_to_regain_access=17)}
    server.answers["7"] = Answer(limit.body, limit.status, usage)
    server.answers["8"] = Answer(limit.body, limit.status, {"retry-after": "3000"})
    for path, minutes in (("7", 17), ("8", 50)):
        with closing(graph(server, clock)) as found, pytest.raises(RateLimitedError) as caught:
            found.get(path)
        assert caught.value.retry_at == NOW + minutes * MINUTE


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (refusal(400, 190, f"Malformed access token {TOKEN}"), SourceAuthError, "expired"),
        (refusal(401, 190, error_subcode=463), SourceAuthError, "190/463"),
        (
            refusal(403, 10, "(#10) This endpoint requires the 'pages_read_engagement' permission"),
            SourceAuthError,
            "lacks: pages_read_engagement",
        ),
        (
            refusal(
                400,
                200,
                "Requires pages_read_user_content or instagram_basic, or pages_read_user_content",
            ),
            SourceAuthError,
            "lacks: pages_read_user_content, instagram_basic",
        ),
        (refusal(403, 10), SourceAuthError, "lacks: one that its page"),
        (refusal(400, 100, "Tried accessing nonexisting field"), SourceError, "not accept"),
        (refusal(400, 100, error_subcode=33), SourceGoneError, "knows nothing"),
        (refusal(404, 803), SourceGoneError, "knows nothing"),
        (refusal(500, 1), SourceDownError, "out of order"),
        (refusal(400, 2), SourceDownError, "out of order"),
        (refusal(400, 999, is_transient=True), SourceDownError, "out of order"),
        (refusal(503, 999), SourceDownError, r"out of order \(503\)"),
        (refusal(429, 999), RateLimitedError, r"\(429\)"),
        (Answer(b"<html>", 403), SourceAuthError, r"refuses us \(403\)"),
        (Answer(b'{"error":"no"}', 400), SourceError, r"\(400\)"),
        (Answer(b'{"error":{"code":"4"}}', 400), SourceError, r"\(400\)"),
        (Answer(b"[]"), BadPayloadError, "no JSON object"),
        (Answer(b"<html>"), BadPayloadError, "no JSON object"),
    ],
)
def test_refusals(
    server: GraphServer, clock: Clock, answer: Answer, error: type[SourceError], says: str
) -> None:
    server.answers["7"] = answer
    with closing(graph(server, clock)) as found, pytest.raises(error, match=says) as caught:
        found.get("7")
    assert type(caught.value) is error
    assert caught.value.remedy
    assert TOKEN not in str(caught.value)


def test_what_is_no_list_is_said(server: GraphServer, clock: Clock) -> None:
    server.answers["7/feed"] = Answer(b'{"data":{}}')
    with closing(graph(server, clock)) as found, pytest.raises(BadPayloadError, match="no list"):
        list(found.pages("7/feed", 3))
