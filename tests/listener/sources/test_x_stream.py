"""X's stream: tweepy, unmodified, against a server on this machine."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson
import pytest

from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SourceAuthError,
    SourceDownError,
    SourceError,
    SpendingCapError,
)
from listener.payloads.x_cursor import recalled
from listener.source import Budget
from tests.listener.sources.x_desk import (
    RULES,
    SEARCH,
    STREAM,
    Ledger,
    Run,
    context,
    desk,
    post,
    run,
    said,
    station,
)
from tests.recordings.loopback import Answer, Loopback
from tests.recordings.replay import KEY
from tests.recordings.x_server import XServer

TAG = f"krasae/{KEY.fingerprint[:8]}/it"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.fetch.x_listening.INDEXED", 0.05)
    monkeypatch.setattr("listener.fetch.x_listening._BEAT", 0.02)
    monkeypatch.setattr("listener.fetch.x_listening._LOOK", 0.02)


def listen(
    address: str,
    until: Callable[[Run], bool] = lambda _: False,
    cursor: str | None = None,
    *,
    queries: Mapping[str, str] | None = None,
    **options: Any,
) -> Run:
    """Listen until something is so, or it fails; it never takes longer than ten seconds."""
    told = {"stream": True, "counts": False, **options}
    found = replace(station(address, **told), streaming=True)
    heard, deadline = Run([]), time.monotonic() + 10

    def stop(seconds: float) -> bool:
        time.sleep(min(seconds, 0.01))
        return until(heard) or time.monotonic() > deadline

    now = int(time.time() * 1000)
    return run(found, context(found, now=now, wait=stop, queries=queries), cursor, into=heard)


def many(number: int) -> Callable[[Run], bool]:
    """Whether so many posts were told."""
    return lambda heard: len(heard.ids) >= number


def test_posts_cut_in_the_middle_of_characters_are_whole() -> None:
    with XServer(total=300, chunk=7) as server:
        server.publish(20)

        def until(heard: Run) -> bool:
            if len(heard.batches) == 2:
                server.publish(280)
            return len(heard.ids) >= 290

        heard = listen(server.url, until)
    assert len(heard.ids) == len(set(heard.ids)) == 290  # ten were there before
    assert {mention.text for mention in heard.mentions} == {server.text(n) for n in range(10, 300)}


def test_keep_alives_are_no_posts() -> None:
    with XServer(total=1, keep_alive=0.01) as server:
        began = time.monotonic()
        heard = listen(server.url, lambda _: time.monotonic() - began > 0.5)
    assert heard.ids == []
    assert heard.error is None
    assert sum(batch.refused for batch in heard.batches) == 0


def test_nothing_is_lost_and_nothing_told_twice_over_breaks() -> None:
    told: list[str] = []

    def until(heard: Run) -> bool:
        if heard.batches and server.published == 0:
            server.begin()
        return len({*told, *heard.ids}) >= server.total

    with XServer(total=4_000, rate=3_000, cut=0.004, seed=3) as server:
        cursor, errors = None, list[SourceError | None]()
        while len(set(told)) < server.total and len(errors) < 40:
            heard = listen(server.url, until, cursor)
            told += heard.ids
            cursor = heard.cursor if heard.batches else cursor
            errors.append(heard.error)
        everything = server.native_ids()
    assert server.cuts
    assert SourceDownError in {type(error) for error in errors}
    assert sorted(told) == sorted(everything)
    assert server.asked["POST " + RULES] == 1, "the rules were there already"


def test_what_was_said_while_nobody_listened_is_read_afterwards() -> None:
    with XServer(total=1_000) as server:
        server.publish(10)
        first = listen(server.url, many(10))
        server.publish(500)
        second = listen(server.url, many(500), first.cursor)
    assert len(first.ids) == 10
    assert sorted({*first.ids, *second.ids}) == sorted(server.native_ids())
    assert not {*first.ids} & {*second.ids}


def test_a_restarted_server_is_heard_again() -> None:
    with XServer(total=100) as server:
        server.publish(10)

        def until(heard: Run) -> bool:
            if len(heard.ids) == 10:
                server.restart(0.05)
            return False

        first = listen(server.url, until)
        assert isinstance(first.error, SourceDownError)
        server.publish(5)
        second = listen(server.url, many(5), first.cursor)
    assert len({*first.ids, *second.ids}) == 15


def test_another_connection_is_told_to_wait() -> None:
    with XServer(total=1) as server:
        assert server.enter_stream()
        heard = listen(server.url)
        server.leave_stream()
    assert isinstance(heard.error, RateLimitedError)


def test_more_connections_than_x_allows_are_not_made() -> None:
    with XServer(total=1) as server:
        now = int(time.time() * 1000)
        state = recalled(None)
        state.connected = [now - 60_000 - place for place in range(45, 0, -1)]
        heard = listen(server.url, cursor=state.cursor())
        assert server.asked[STREAM] == 0
    assert isinstance(heard.error, RateLimitedError)
    assert heard.error.retry_at == state.connected[0] + 900_000


def test_rules_are_those_of_the_queries_and_others_stay() -> None:
    with XServer(total=1) as server:
        server.rules = {"a": ("old", TAG), "b": ("cats", "mine"), "c": ("iced tea", "elsewhere")}
        listen(server.url, lambda heard: bool(heard.batches))
        assert sorted(server.rules.values()) == [
            ("cats", "mine"),
            ("iced tea", "elsewhere"),
        ], "X knows no rule twice"


def test_a_rule_that_x_does_not_take_is_told() -> None:
    with XServer(total=1) as server:
        heard = listen(
            server.url, lambda one: bool(one.batches), queries={"a": "tea", "b": "unacceptable"}
        )
        assert [value for value, _ in server.rules.values()] == ["tea"]
    assert heard.problems[0] == "X says: Invalid Rule (unacceptable)"


@pytest.fixture
def platform() -> Iterator[Loopback]:
    """A server with a stream that a test writes itself."""
    with Loopback() as server:
        server.answers = Rules({RULES: said({"data": [], "meta": {}}), f"POST {RULES}": said({})})
        server.answers[SEARCH] = said({"meta": {"result_count": 0}})
        yield server


class Rules(dict[str, Any]):
    """Answers by the path without the query."""

    def __missing__(self, path: str) -> Any:
        if "?" not in path:
            raise KeyError(path)
        return self[path.partition("?")[0]]


def streaming(*parts: bytes, over: threading.Event) -> Answer:
    """A stream that sends these chunks, and then nothing more."""

    def talk(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        handler.wfile.flush()
        for part in parts:
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            handler.wfile.flush()
        over.wait(10)

    return Answer(raw=talk)


def line(number: int, *tags: str, **more: Any) -> bytes:
    """A line of the stream."""
    rules = [{"id": "1", "tag": tag} for tag in tags]
    now = int(time.time() * 1000) - 60_000
    return orjson.dumps({"data": post(now, number), "matching_rules": rules, **more}) + b"\r\n"


def test_posts_of_other_rules_are_left_alone(platform: Loopback) -> None:
    lines = (line(1, "mine"), line(2, "mine", TAG), line(3, TAG), line(3, TAG), line(4))
    platform.answers[STREAM] = streaming(*lines, over=platform.over)
    heard = listen(platform.url, many(3))
    assert len(heard.ids) == 3


def test_what_cannot_be_read_is_counted_and_what_x_says_is_told(platform: Loopback) -> None:
    complaint = {"errors": [{"title": "operational-disconnect", "detail": "This stream ends"}]}
    platform.answers[STREAM] = streaming(
        b"\xff{\r\n[1]\r\n",
        orjson.dumps({"data": {"id": []}}) + b"\r\n",
        line(1, TAG),
        orjson.dumps(complaint) + b"\r\n",
        over=platform.over,
    )
    heard = listen(platform.url, lambda one: len(one.ids) == 1 and bool(one.problems))
    assert sum(batch.refused for batch in heard.batches) == 3
    assert heard.problems == ["X says: This stream ends"]


def test_a_half_open_connection_is_noticed(
    platform: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.fetch.x_stream.SILENCE", 1.0)
    platform.answers[STREAM] = streaming(line(1, TAG), over=platform.over)
    heard = listen(platform.url)
    assert len(heard.ids) == 1
    assert isinstance(heard.error, SourceDownError)
    assert "went silent" in heard.error.message


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"{}", 401), SourceAuthError),
        (Answer(b"{}", 429), RateLimitedError),
        (Answer(b"{}", 503), SourceDownError),
        (Answer(b"<html>", 200, {"content-type": "text/html"}), BadPayloadError),
    ],
)
def test_a_stream_that_does_not_open_is_asked_for_once(
    platform: Loopback, answer: Answer, error: type[Exception]
) -> None:
    platform.answers[STREAM] = answer
    heard = listen(platform.url)
    assert type(heard.error) is error
    assert [path.partition("?")[0] for path in platform.paths].count(STREAM) == 1


def test_a_stream_ends_before_the_cap_and_what_came_is_told(platform: Loopback) -> None:
    purses: list[Ledger] = []

    def purse(budget: Budget) -> Ledger:
        purses.append(Ledger(budget))
        return purses[-1]

    lines = [line(number, TAG) for number in range(1, 200)]
    sent = 0

    def talk(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.wfile.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        for one in lines:
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(one), one))
            handler.wfile.flush()
            sent += 1
            if platform.over.wait(0.01):
                return

    platform.answers[STREAM] = Answer(raw=talk)
    found = station(platform.url, stream=True, counts=False, authors=False, daily_usd=0.5)
    found = replace(found, streaming=True)
    told = context(found, now=int(time.time() * 1000), purse=purse)
    told = replace(told, wait=lambda seconds: platform.over.wait(min(seconds, 0.01)))
    heard = run(found, told)
    assert isinstance(heard.error, SpendingCapError)
    assert len(heard.ids) >= 60, "0.5 dollars are a hundred posts"
    assert sent < len(lines), "the connection is let go of"
    (ledger,) = purses
    aside = sum(most for what, most in ledger.lines if what == "filtered stream")
    assert aside <= 500_000
    assert sum(ledger.costs.values()) == min(aside, 5_000 * len(heard.ids))


def test_no_stream_is_opened_that_cannot_be_paid(platform: Loopback) -> None:
    heard = listen(platform.url, daily_usd=0.2)
    assert isinstance(heard.error, SpendingCapError)
    assert [path.partition("?")[0] for path in platform.paths] == [RULES, f"POST {RULES}"]


def test_counts_are_asked_for_beside_the_stream_and_no_posts() -> None:
    start = int(time.time() * 1000) - 5 * 3_600_000
    with XServer(total=40, spacing=600_000, start=start) as server:
        server.publish(25)  # up to an hour ago
        heard = listen(
            server.url,
            lambda one: any(batch.counts for batch in one.batches),
            counts=True,
            evidence="always",
        )
        assert server.asked[SEARCH] <= 2, "for the gap alone"
    counts = [count for batch in heard.batches for count in batch.counts]
    assert sum(count.count for count in counts) >= 18


def test_a_post_that_was_late_when_the_stream_broke_is_read_afterwards() -> None:
    now = int(time.time() * 1000) - 60_000
    first, late, next_one = post(now, 1), post(now - 5_000, 2), post(now + 1_000, 3)
    body = orjson.dumps({"data": first, "matching_rules": [{"id": "1", "tag": TAG}]}) + b"\r\n"
    with desk() as x:
        x.server.answers |= {RULES: said({"meta": {}}), f"POST {RULES}": said({})}
        x.server.answers[STREAM] = streaming(body, over=x.server.over)
        # The second search is for what the first did not know of yet.
        before = listen(x.server.url, lambda one: bool(one.ids) and len(x.queries(SEARCH)) == 2)
        x.posts = [first, late, next_one]
        x.server.answers[STREAM] = streaming(over=x.server.over)
        after = listen(x.server.url, many(2), before.cursor)
        assert int(x.queries(SEARCH)[-1]["since_id"]) < int(late["id"])
    assert before.ids == [first["id"]]
    assert after.ids == [next_one["id"], late["id"]]
