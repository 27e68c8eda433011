"""Mastodon: Mastodon.py, unmodified, against a server on this machine."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from pydantic import SecretStr

from listener.collect.station import Surroundings, hear, stations
from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SettingsError,
    SourceAuthError,
    SourceDownError,
    SourceError,
)
from listener.model import HOUR_MS, FoldingKind, Mention
from listener.payloads.mastodon import parse_status, status_text
from listener.settings import SourceSettings
from listener.source import Batch, Stopped
from tests.recordings.loopback import Answer, Loopback, Request
from tests.recordings.replay import FOLDER, KEY, NOW, QUERIES

HOST = "127.0.0.1"
STREAM = "/api/v1/streaming/public"
TOKEN = "t0ken-that-is-secret"


def status(number: int, text: str = "ชาเย็น", **more: Any) -> dict[str, Any]:
    """A status of that id; ids are of these days."""
    (recorded,) = orjson.loads((FOLDER / "mastodon" / "tag_hoot.json").read_bytes())
    named = {"id": str(number), "content": f"<p>{text} {number % 1000}</p>"}
    return {**recorded, **named, "created_at": "2026-11-24T11:00:00.000Z", **more}


EDITED = "2026-11-24T11:00:00.000Z"
FIRST = 117_700_000_000_000_000


class Fediverse:
    """A server's timelines: those of `posts` that are newer than min_id, oldest 40 of them."""

    def __init__(self, posts: list[Any]) -> None:
        self.posts = posts

    def __call__(self, request: Request) -> Answer:
        asked = dict(part.split("=") for part in request.path.partition("?")[2].split("&"))
        newer = [one for one in self.posts if int(one["id"]) > int(asked.get("min_id", 0))]
        page = newer[:40] if "min_id" in asked else newer[-40:]
        return Answer(orjson.dumps(page[::-1]), headers={"content-type": "application/json"})


class Paths(dict[str, Any]):
    """Answers by the path without the query."""

    def __missing__(self, path: str) -> Any:
        if "?" not in path:
            raise KeyError(path)
        return self[path.partition("?")[0]]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as found:
        found.answers = Paths()
        instance = {"uri": "t", "version": "4.6.4", "urls": {"streaming_api": found.url}}
        found.answers["/api/v1/instance/"] = Answer(orjson.dumps(instance))
        yield found


def listened(
    server: Loopback,
    cursor: str | None = None,
    *,
    streaming: bool = False,
    stop: Callable[[], bool] = lambda: False,
    token: bool | str = False,
    **options: Any,
) -> Generator[Batch, None, None]:
    """The batches of one run."""
    secret = SecretStr(TOKEN) if token is True else None
    given = token if isinstance(token, str) else secret
    chosen = {"address": server.url, "token": given, **options}
    (station,) = stations([SourceSettings(name="fedi", type="mastodon", options=chosen)])
    station = replace(station, streaming=streaming)
    surroundings = Surroundings(Path(), "UTC", QUERIES, KEY)

    def wait(seconds: float) -> bool:
        time.sleep(min(seconds, 0.01))
        return stop()

    return hear(station, surroundings.context(station, now=lambda: NOW, wait=wait), cursor)


def ids(batches: list[Batch]) -> list[int]:
    return [int(one.native_id.partition("/")[2]) for batch in batches for one in batch.mentions]


# Polling.


def test_all_pages_are_read_and_late_posts_are_found(server: Loopback) -> None:
    fediverse = Fediverse([status(FIRST + number) for number in range(10)])
    server.answers["/api/v1/timelines/tag/tea"] = fediverse
    first = list(listened(server, hashtags=["tea"]))
    assert ids(first) == [FIRST + number for number in range(10)]
    fediverse.posts += [status(FIRST + number) for number in range(10, 120)]
    late = status(FIRST - (300_000 << 16))  # written five minutes before
    too_late = status(FIRST - (700_000 << 16))
    fediverse.posts[:0] = [too_late, late]
    second = list(listened(server, first[-1].cursor, hashtags=["tea"]))
    assert ids(second) == [int(late["id"]), *(FIRST + number for number in range(10, 120))]
    assert ids(list(listened(server, second[-1].cursor, hashtags=["tea"]))) == []


def test_it_can_be_cut_after_every_page(server: Loopback) -> None:
    fediverse = Fediverse([status(FIRST + number) for number in range(3)])
    server.answers["/api/v1/timelines/tag/tea"] = fediverse
    server.answers["/api/v1/timelines/public"] = fediverse
    options: dict[str, Any] = {"hashtags": ["tea"], "public": True}
    start = list(listened(server, **options))[-1].cursor
    fediverse.posts += [status(FIRST + number) for number in range(3, 60)]
    whole = list(listened(server, start, **options))
    assert ids(whole) == [FIRST + number for number in range(3, 60)]
    for cut in range(1, len(whole) + 1):
        after = list(listened(server, whole[cut - 1].cursor, **options))
        assert sorted(ids([*whole[:cut], *after])) == ids(whole)


def test_of_the_public_posts_those_are_kept_that_brands_ask_for(server: Loopback) -> None:
    posts = [status(FIRST), status(FIRST + 1, "good morning"), status(FIRST + 2, "iced tea")]
    server.answers["/api/v1/timelines/public"] = Fediverse(posts)
    batches = list(listened(server, public=True, local=True))
    assert ids(batches) == [FIRST, FIRST + 2]
    assert sum(batch.seen or 0 for batch in batches) == len(posts)
    assert all("local=1" in path for path in server.paths if "timelines" in path)


def test_one_line_that_fails_does_not_silence_the_others(server: Loopback) -> None:
    server.answers["/api/v1/timelines/tag/tea"] = Fediverse([status(FIRST)])
    server.answers["/api/v1/timelines/public"] = Answer(b"{}", 403)
    batches = list(listened(server, public=True, hashtags=["tea"]))
    assert ids(batches) == [FIRST]
    assert "refuses us (403)" in (batches[-1].problem or "")
    assert batches[-1].heard_until is None


def test_it_searches_for_words_with_a_token(server: Loopback) -> None:
    found = {"accounts": [], "hashtags": [], "statuses": [status(FIRST)]}
    none = {"accounts": [], "hashtags": [], "statuses": []}

    def answer(request: Request) -> Answer:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        wanted = "q=apple" not in request.path and "min_id" not in request.path
        return Answer(orjson.dumps(found if wanted else none))

    server.answers["/api/v2/search"] = answer
    assert ids(list(listened(server, search=True, token=True))) == [FIRST]
    asked = [path for path in server.paths if "search" in path]
    assert any("q=iced+tea" in path for path in asked)
    assert all("type=statuses" in path for path in asked)


def test_a_rate_limit_is_honoured(server: Loopback) -> None:
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "2026-11-24T12:04:00.000Z",
        "date": "Tue, 24 Nov 2026 12:00:00 GMT",
    }
    server.answers["/api/v1/timelines/tag/tea"] = Answer(b"{}", 429, headers)
    with pytest.raises(RateLimitedError) as caught:
        list(listened(server, hashtags=["tea"]))
    assert caught.value.retry_at == NOW + 240_000


@pytest.mark.parametrize("body", [b'"x"', b"[1, null, []]", b'[{"id": null}]', b"[[["])
def test_what_is_no_timeline_is_refused(server: Loopback, body: bytes) -> None:
    server.answers["/api/v1/timelines/tag/tea"] = Answer(body)
    try:
        batches = list(listened(server, hashtags=["tea"]))
    except BadPayloadError:
        return
    assert ids(batches) == []
    assert sum(batch.refused for batch in batches) > 0


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"search": True},
        {"public": True, "token": TOKEN},
        {"hashtags": ["a b"]},
        {"hashtags": ["../x"]},
        {"hashtags": [""]},
    ],
)
def test_options_that_make_no_sense_are_refused(server: Loopback, options: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        next(listened(server, **options))
    assert TOKEN not in str(caught.value)


def test_without_a_token_a_stream_polls(server: Loopback) -> None:
    fediverse = Fediverse([status(FIRST)])
    server.answers["/api/v1/timelines/tag/tea"] = fediverse
    batches: list[Batch] = []
    with closing(listened(server, hashtags=["tea"], streaming=True)) as run:
        for batch in run:
            batches.append(batch)
            if len(ids(batches)) == 2:
                break
            if not batch.mentions:
                fediverse.posts.append(status(FIRST + 1))
    assert ids(batches) == [FIRST, FIRST + 1]


# Streaming.


def event(name: str, data: Any) -> bytes:
    told = data if isinstance(data, str) else orjson.dumps(data).decode()
    return f"event: {name}\ndata: {told}\n\n".encode()


def stream(body: bytes, *, size: int = 7, stay: threading.Event | None = None) -> Answer:
    """A chunked event stream, cut every few bytes: in the middle of Thai letters, too."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        write = handler.wfile.write
        write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
        write(b"transfer-encoding: chunked\r\n\r\n")
        whole = b":)\n" + body
        for start in range(0, len(whole), size):
            part = whole[start : start + size]
            write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        handler.wfile.flush()
        if stay:
            stay.wait(10)
        else:
            write(b"0\r\n\r\n")

    return Answer(raw=send)


def streamed(server: Loopback, body: bytes, count: int, **options: Any) -> list[Batch]:
    """The batches until so many mentions and foldings have come, of a stream that stays open."""
    server.answers.setdefault("/api/v1/timelines/public", Fediverse([]))
    server.answers[STREAM] = stream(body, stay=server.over)
    batches: list[Batch] = []

    def complete() -> bool:
        return sum(len(b.mentions) + len(b.foldings) + b.refused for b in batches) >= count

    chosen: dict[str, Any] = {"public": True, "token": True, "streaming": True, **options}
    with closing(listened(server, stop=complete, **chosen)) as run, pytest.raises(Stopped):
        for batch in run:
            batches.append(batch)
    return batches


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.fetch.basket._BEAT", 0.0)


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_posts_edits_and_deletions_are_heard(server: Loopback, size: int) -> None:
    body = b":thump\n".join(
        [
            event("update", status(FIRST)),
            event("update", status(FIRST + 1, "good morning")),
            event("update", status(FIRST)),  # again
            event("status.update", status(FIRST, "ชาเย็นแก้ไข", edited_at=EDITED)),
            event("status.update", status(FIRST + 1, "now about iced tea")),
            event("status.update", status(FIRST + 2, "of a stranger")),
            event("delete", str(FIRST)),
            event("delete", str(FIRST)),
            event("delete", str(FIRST + 9)),
            event("update", status(FIRST + 9)),  # its deletion came first
            event("something_new", {"id": "1"}),
            event("filters_changed", "undefined"),
        ]
    )
    batches = streamed(server, body, 7)
    assert ids(batches) == [FIRST, FIRST + 1]
    folded = [folding for batch in batches for folding in batch.foldings]
    assert [(one.kind, one.native_id, one.text) for one in folded] == [
        (FoldingKind.EDIT, f"{HOST}/{FIRST}", "ชาเย็นแก้ไข 0"),
        (FoldingKind.EDIT, f"{HOST}/{FIRST + 2}", "of a stranger 2"),
        (FoldingKind.DELETE, f"{HOST}/{FIRST}", None),
        (FoldingKind.DELETE, f"{HOST}/{FIRST + 9}", None),
    ]
    # The server's time where it tells one; its order counts in any case.
    assert [(one.at, one.in_order) for one in folded[:2]] == [(NOW - HOUR_MS, True), (NOW, True)]
    assert sum(batch.refused for batch in batches) == 1
    assert sum(batch.seen or 0 for batch in batches) == 3, "new posts, wanted or not"
    heard = next(request for request in server.asked if request.path == STREAM)
    assert heard.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.usefixtures("_at_once")
def test_what_was_missed_is_read_and_nothing_is_told_twice(server: Loopback) -> None:
    posts = [status(FIRST + number) for number in range(5)]
    server.answers["/api/v1/timelines/public"] = Fediverse(posts[:2])
    first = streamed(server, event("update", posts[1]) + event("update", posts[2]), 3)
    assert ids(first) == [FIRST, FIRST + 1, FIRST + 2]
    assert NOW in [batch.heard_until for batch in first], "gaps until now are not repaired"
    server.answers["/api/v1/timelines/public"] = Fediverse(posts[:4])
    body = event("update", posts[3]) + event("update", posts[4])
    second = streamed(server, body, 2, cursor=first[-1].cursor)
    assert ids(second) == [FIRST + 3, FIRST + 4]


def test_a_stream_does_not_pass_over_what_could_not_be_read(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor over what is more than one poll reads."""
    server.answers["/api/v1/timelines/tag/tea"] = Fediverse([])
    server.answers["/api/v1/streaming/hashtag"] = stream(b"", stay=server.over)
    server.answers["/api/v1/timelines/public"] = Answer(b"", 503)
    with pytest.raises(SourceDownError):
        streamed(server, event("update", status(FIRST)), 1, hashtags=["tea"])
    monkeypatch.setattr("listener.sources.mastodon._PAGES", 2)
    fediverse = Fediverse([status(FIRST)])
    server.answers["/api/v1/timelines/public"] = fediverse
    start = list(listened(server, public=True))[-1].cursor
    fediverse.posts += [status(FIRST + number) for number in range(1, 130)]
    batches = streamed(server, b"", 129, cursor=start)
    assert ids(batches) == [FIRST + number for number in range(1, 130)]


@pytest.mark.usefixtures("_at_once")
def test_each_hashtag_has_a_stream(server: Loopback) -> None:
    for tag in ("tea", "ชาเย็น"):
        server.answers[f"/api/v1/timelines/tag/{quote(tag)}"] = Fediverse([])
    body = event("update", status(FIRST, "anything"))
    server.answers["/api/v1/streaming/hashtag"] = stream(body, stay=server.over)
    batches = streamed(server, b"", 1, public=False, hashtags=["tea", "ชาเย็น"])
    assert ids(batches) == [FIRST]
    assert len([path for path in server.paths if "streaming/hashtag?tag=" in path]) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"{}", 401), SourceAuthError),
        (Answer(b"{}", 403), SourceAuthError),
        (Answer(b"", 429, {"retry-after": "60"}), RateLimitedError),
        (Answer(b"", 503), SourceDownError),
        (Answer(b"<html>"), BadPayloadError),
        (stream(b""), SourceDownError),  # it ends
        (stream(event("update", "{")), BadPayloadError),
        (stream(b"data: 1\n\n"), BadPayloadError),
        (stream(b"event: update\ndata: \xff\xfe\n\n"), BadPayloadError),
    ],
)
def test_what_ends_a_stream_is_one_of_our_errors(
    server: Loopback, answer: Answer, error: type[SourceError]
) -> None:
    server.answers["/api/v1/timelines/public"] = Fediverse([])
    server.answers[STREAM] = answer
    with pytest.raises(error) as caught:
        list(listened(server, public=True, token=True, streaming=True))
    assert TOKEN not in f"{caught.value!r} {caught.value}"


def test_a_stream_cut_off_is_down(server: Loopback) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        handler.wfile.write(head + b"transfer-encoding: chunked\r\n\r\n40\r\nevent: upd")

    server.answers["/api/v1/timelines/public"] = Fediverse([])
    server.answers[STREAM] = Answer(raw=cut)
    with pytest.raises(SourceDownError):
        list(listened(server, public=True, token=True, streaming=True))


# What is read of it.


def recorded() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in ("tag_hoot", "tag_tea"):
        found += orjson.loads((FOLDER / "mastodon" / f"{name}.json").read_bytes())
    return found


def test_any_part_may_be_missing_or_of_another_type() -> None:
    tried = 0
    for one in recorded():
        for key in one:
            without = {name: value for name, value in one.items() if name != key}
            others = ({**one, key: other} for other in (None, [], {}, "x", "", -1, 10**18, True))
            for mutant in (without, *others):
                tried += 1
                mention = parse_status(mutant, host=HOST)
                if mention:
                    assert isinstance(mention, Mention)
                    assert mention.text.strip()
                    assert mention.published_at > 1_000_000_000
    assert tried > 1000


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
        ('<p><a href="https://x.example/tags/A" rel="tag">#<span>A</span></a></p>', "#A"),
        ('<a class="u-url mention" href="https://x.example/@b">@<span>b</span></a>', "@b"),
        ('<a href="https://x.example/long/path">x.example/lo…</a>', None),
        ("&lt;script&gt; &amp; ชา", "<script> & ชา"),
        ("<p>\u200b</p>", ""),
    ],
)
def test_html_becomes_text(content: str, text: str | None) -> None:
    found = status_text({"content": content})
    assert found == text if text is not None else "https://x.example/long/path" in found


def test_private_posts_are_nothing() -> None:
    for visibility in ("private", "direct", "limited"):
        assert parse_status(status(FIRST, visibility=visibility), host=HOST) is None
    assert isinstance(parse_status(status(FIRST), host=HOST), Mention)
