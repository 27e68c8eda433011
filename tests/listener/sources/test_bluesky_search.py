"""Bluesky's search by the atproto client, unmodified: for what Jetstream does not have."""

import base64
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from pydantic import SecretStr

from listener.collect.station import Surroundings, hear, stations
from listener.errors import SettingsError
from listener.payloads.bluesky_search import read_found
from listener.settings import SourceSettings
from listener.source import Batch, Stopped
from tests.listener.collect.scripted import missing
from tests.listener.sources.test_bluesky import DID, Jetstream, native_id, post
from tests.recordings.loopback import Answer, Loopback, Request
from tests.recordings.replay import KEY, NOW

PASSWORD = "s3cr-3t0f-4na-cc0t"
JSON = {"content-type": "application/json; charset=utf-8"}
DAY = 86_400_000
QUERIES = {"tea": '"iced tea" OR latte', "cola": "cola"}


def token(kind: str) -> str:
    parts = ({"typ": "at+jwt", "alg": "ES256K"}, {"scope": kind, "sub": DID, "exp": 4_000_000_000})
    encoded = [base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b"c2lnbmF0dXJl"]).decode()


def found(number: int, text: str = "iced tea", **more: Any) -> dict[str, Any]:
    """A post as a search has it, a minute older the higher its number."""
    at = f"2026-11-23T{10 - number // 60:02}:{59 - number % 60:02}:00.000Z"
    return {
        "uri": native_id(number),
        "cid": "bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4",
        "author": {"did": DID, "handle": "tea.example"},
        "record": {"$type": "app.bsky.feed.post", "createdAt": at, "text": f"{text} {number}"},
        "likeCount": 3,
        "repostCount": 2,
        "replyCount": 1,
        "quoteCount": 0,
        "indexedAt": at,
        **more,
    }


class Server:
    """A server that logs in and searches; `posts` by query, newest first."""

    def __init__(self, **posts: list[Any]) -> None:
        self.posts = {query.replace("_", " "): found for query, found in posts.items()}
        self.session: dict[str, Any] = {
            "did": DID,
            "handle": "tea.example",
            "accessJwt": token("access"),
            "refreshJwt": token("refresh"),
            "active": True,
        }
        self.refusal: Answer | None = None
        self.searches: list[dict[str, str]] = []
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        self.asked.append(request)
        path = urlsplit(request.path.removeprefix("POST "))
        if self.refusal:
            return self.refusal
        if path.path == "/xrpc/com.atproto.server.createSession":
            return Answer(orjson.dumps(self.session), headers=JSON)
        assert path.path == "/xrpc/app.bsky.feed.searchPosts"
        asked = {name: values[0] for name, values in parse_qs(path.query).items()}
        self.searches.append(asked)
        begin, size = int(asked.get("cursor", 0)), int(asked["limit"])
        posts = self.posts.get(asked["q"].strip('"'), [])
        page: dict[str, Any] = {"posts": posts[begin : begin + size], "hitsTotal": len(posts)}
        if begin + size < len(posts):
            page["cursor"] = str(begin + size)
        return Answer(orjson.dumps(page), headers=JSON)


class Everything(dict[str, Any]):
    """Every path is answered by one server."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    def __missing__(self, path: str) -> Any:
        return self._server


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


def listened(
    jetstream: str,
    loopback: Loopback,
    server: Server,
    cursor: str | None = None,
    *,
    queries: dict[str, str] | None = None,
    streaming: bool = False,
    stop: Callable[[], bool] = lambda: False,
    now: Callable[[], int] = lambda: NOW,
    **options: Any,
) -> Generator[Batch, None, None]:
    """The batches of one run."""
    loopback.answers = Everything(server)
    usual = {
        "addresses": [jetstream],
        "identifier": "tea.example",
        "app_password": SecretStr(PASSWORD),
        "search_address": loopback.url,
    }
    settings = SourceSettings(name="sky", type="bluesky", options={**usual, **options})
    (station,) = stations([settings])
    context = Surroundings(Path(), "UTC", queries or QUERIES, KEY).context(
        replace(station, streaming=streaming), now=now, wait=lambda _: stop()
    )
    return hear(station, context, cursor)


def ids(batches: list[Batch]) -> list[str]:
    return [mention.native_id for batch in batches for mention in batch.mentions]


def now_is(number: int) -> Any:
    """A post that a poll has caught up with."""
    return post(number, "cola", at=NOW * 1000)


def test_what_was_said_before_is_searched_for(loopback: Loopback) -> None:
    server = Server(
        iced_tea=[found(number) for number in range(250)],
        latte=[found(3, "iced tea and latte"), found(301, "latte"), found(302, "lattes, a lot")],
    )
    with Jetstream([now_is(900)]).serving() as jetstream:
        batches = list(listened(jetstream, loopback, server))
        expected = [native_id(number) for number in (*range(249, -1, -1), 301, 900)]
        assert sorted(ids(batches)) == sorted(expected)
        first = batches[0].mentions[0]
        assert (first.likes, first.reposts, first.replies) == (3, 2, 1)
        assert first.url == f"https://bsky.app/profile/{DID}/post/3lb000249"
        assert {(one["since"], one["until"]) for one in server.searches} == {
            ("2026-11-17T12:00:00.000Z", "2026-11-24T11:50:00.000Z")
        }
        assert [one["q"] for one in server.searches] == ['"iced tea"'] * 3 + ["latte", "cola"]
        for cut in range(1, len(batches) + 1):
            rest = list(listened(jetstream, loopback, server, batches[cut - 1].cursor))
            assert sorted({*ids(batches[:cut]), *ids(rest)}) == sorted(expected)
        server.searches.clear()
        list(listened(jetstream, loopback, server, batches[-1].cursor))
        assert server.searches == []


def cursor_of(at: int) -> str:
    return orjson.dumps({"version": 1, "at": at, "place": "", "seen": []}).decode()


@pytest.mark.parametrize(
    ("queries", "posts", "repaired"),
    [
        (QUERIES, 30, True),
        (QUERIES, 5_200, False),  # more than a search gives
        ({**QUERIES, "thai": "ชาเย็น"}, 30, False),  # words are cut there in another way
        ({**QUERIES, "language": "lang:th"}, 30, False),  # it cannot be searched for
    ],
)
def test_a_gap_is_searched_and_repaired_as_far_as_that_goes(
    loopback: Loopback, queries: dict[str, str], posts: int, repaired: bool
) -> None:
    server = Server(iced_tea=[found(number % 600) for number in range(posts)])
    began = NOW - DAY  # what Jetstream has still
    events = [post(700, at=began * 1000), post(701, at=began * 1000), now_is(900)]
    with Jetstream(events).serving() as jetstream:
        long_ago = cursor_of((NOW - 9 * DAY) * 1000)
        batches = list(listened(jetstream, loopback, server, long_ago, queries=queries))
    gap = (NOW - 9 * DAY, began)
    searched = next(place for place, batch in enumerate(batches) if ids([batch]))
    assert missing(batches[:searched]) == [gap], "it is repaired before it is searched"
    assert missing(batches) == ([] if repaired else [gap])
    assert batches[-1].heard_until == NOW, "what was missed at other times stays open"
    assert {(one["since"], one["until"]) for one in server.searches} == {
        ("2026-11-15T12:00:00.000Z", "2026-11-23T12:00:00.000Z")
    }
    numbers = (*range(min(posts, 600)), 700, 701, 900)
    assert sorted(ids(batches)) == sorted(native_id(number) for number in numbers)


def test_without_an_account_a_gap_stays_one(loopback: Loopback) -> None:
    began = (NOW - DAY) * 1000
    none = {"identifier": None, "app_password": None}
    server = Server()
    with Jetstream([post(700, at=began), now_is(900)]).serving() as jetstream:
        long_ago = cursor_of((NOW - 9 * DAY) * 1000)
        batches = list(listened(jetstream, loopback, server, long_ago, **none))
        gap = (NOW - 9 * DAY, began // 1000)
        assert missing(batches) == [gap]
        assert server.asked == []
        # An account that is taken away again leaves a gap that nobody will search.
        batches = list(listened(jetstream, loopback, server, long_ago))
        pending = next(batch.cursor for batch in batches if batch.gaps)
        after = list(listened(jetstream, loopback, Server(), pending, **none))
        assert ids(after) == [native_id(700), native_id(900)]
        broken = next(place for place, batch in enumerate(batches) if batch.gaps)
        assert missing([*batches[: broken + 1], *after]) == [gap]


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(b'{"error":"AuthenticationRequired","message":"Invalid password"}', 401, JSON),
        Answer(b"", 429, {"retry-after": "120"}),
        Answer(b"{}", 200, JSON),
        Answer(b"<html>", 200, {"content-type": "text/html"}),
        Answer(b"[1]", 200, JSON),
    ],
)
def test_a_search_that_fails_does_not_stop_the_listening(
    loopback: Loopback, refusal: Answer
) -> None:
    server = Server(iced_tea=[found(1)])
    server.refusal = refusal
    with Jetstream([now_is(900)]).serving() as jetstream:
        batches = list(listened(jetstream, loopback, server))
        assert ids(batches) == [native_id(900)]
        (problem,) = [batch.problem for batch in batches if batch.problem]
        assert loopback.url in problem
        server.refusal = None
        server.asked.clear()
        soon = list(listened(jetstream, loopback, server, batches[-1].cursor))
        assert (ids(soon), server.asked) == ([], [])
        hour = NOW + 3_600_000
        later = list(listened(jetstream, loopback, server, soon[-1].cursor, now=lambda: hour))
        assert ids(later) == [native_id(1)]
        assert not any(batch.problem for batch in later)
        assert later[-1].heard_until == NOW


def test_a_stream_searches_again_after_an_hour(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.sources.bluesky._SEARCH_AGAIN", 200)
    began = time.monotonic()
    server = Server(iced_tea=[found(1)])
    server.refusal = Answer(b"", 500)
    said: list[Batch] = []

    def stop() -> bool:
        return native_id(1) in ids(said)

    def now() -> int:
        return NOW + int((time.monotonic() - began) * 1000)

    with Jetstream([now_is(900)]).serving() as jetstream, pytest.raises(Stopped):
        for batch in listened(jetstream, loopback, server, streaming=True, stop=stop, now=now):
            said.append(batch)
            if batch.problem:
                server.refusal = None
    assert ids(said) == [native_id(900), native_id(1)]


def test_the_password_is_sent_once_and_kept_nowhere(loopback: Loopback) -> None:
    server = Server(iced_tea=[found(1)])
    with Jetstream([now_is(900)]).serving() as jetstream:
        said = repr(list(listened(jetstream, loopback, server)))
    login, *searches = server.asked
    assert orjson.loads(login.body) == {"identifier": "tea.example", "password": PASSWORD}
    assert [one.headers["authorization"] for one in searches] == [
        f"Bearer {server.session['accessJwt']}"
    ] * 3
    assert not any(secret in said for secret in (PASSWORD, token("access"), token("refresh")))


@pytest.mark.parametrize("place", ["http://127.0.0.2:9", "https://10.0.0.1", "http://192.0.2.1"])
def test_an_account_cannot_lead_us_into_a_private_network(loopback: Loopback, place: str) -> None:
    server = Server(iced_tea=[found(1)])
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": place,
    }
    server.session["didDoc"] = {"id": DID, "service": [service]}
    with Jetstream([now_is(900)]).serving() as jetstream:
        batches = list(listened(jetstream, loopback, server))
    (problem,) = [batch.problem for batch in batches if batch.problem]
    assert "private network" in problem
    assert server.searches == []


@pytest.mark.parametrize(
    "options",
    [
        {"identifier": None},
        {"app_password": None},
        {"app_password": "written-into-the-file"},
        {"search_address": "bsky.social"},
        {"search_days": -1},
    ],
)
def test_options_that_cannot_be_used(loopback: Loopback, options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="options cannot be used"):
        list(listened("ws://127.0.0.1/", loopback, Server(), **options))


def mutants(value: Any) -> Iterator[Any]:
    """The value with each part of it, however deep, left out or replaced."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        yield {name: one for name, one in value.items() if name != key}
        for other in (None, [], {}, "text", "", -1, 10**18, 1.5, True, [[]]):
            yield {**value, key: other}
        for changed in mutants(inner):
            yield {**value, key: changed}


def test_any_part_may_be_missing_or_of_another_type() -> None:
    tried = 0
    for mutant in mutants(found(1)):
        tried += 1
        page = read_found({"posts": [mutant, found(2)]})
        assert page
        assert native_id(2) in [one.native_id for one in page.mentions]
        assert len(page.mentions) + page.refused <= 2
        for mention in page.mentions:
            assert mention.text.strip()
            assert mention.native_id.startswith("at://did:")
    assert tried > 100
    for value in (None, [], {}, {"posts": {}}, "x"):
        assert read_found(value) is None
    none = read_found({"posts": [], "cursor": "7"})
    assert none
    assert none.after == ""
