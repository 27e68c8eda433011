"""Reddit: PRAW, unmodified, against a server on this machine; and the feeds of who has no keys."""

import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from pydantic import SecretStr

from listener.collect.station import Surroundings, hear, stations
from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SettingsError,
    SourceAuthError,
    SourceError,
)
from listener.model import FoldingKind
from listener.settings import SourceSettings
from listener.source import Batch, Stopped
from tests.listener.collect.scripted import missing
from tests.recordings.loopback import Answer, Loopback, Request
from tests.recordings.replay import FOLDER, KEY, NOW, QUERIES

SECONDS = NOW // 1000
SECRETS = ("s3cr3t-of-the-app", "s3cr3t-of-the-account")
TOKEN = {"access_token": "t0ken", "token_type": "bearer", "expires_in": 86_400, "scope": "*"}
JSON = {"content-type": "application/json; charset=UTF-8"}


def post(number: int, text: str = "iced tea", *, ago: int = 0, **more: Any) -> dict[str, Any]:
    """A submission; those of higher numbers are newer, a second each."""
    (first, *_) = orjson.loads((FOLDER / "reddit" / "new_1.json").read_bytes())["data"]["children"]
    named = {"name": f"t3_{number:06}", "title": f"{text} {number}", "num_comments": 0}
    return {**first["data"], **named, "created_utc": SECONDS - 50_000 + number - ago, **more}


class Subreddits:
    """Reddit: what each listing holds, newest first, of which it shows the first thousand."""

    def __init__(self, **listings: list[dict[str, Any]]) -> None:
        self.listings = listings
        self.before_page: Callable[[], None] = lambda: None
        self.token: dict[str, Any] = TOKEN
        self.tokens: list[Request] = []

    def answers(self, server: Loopback) -> None:
        server.answers = Paths(self)

    def tell(self, request: Request) -> Answer:
        path, asked = urlsplit(request.path.removeprefix("POST ")), {}
        asked = {name: values[0] for name, values in parse_qs(path.query).items()}
        if path.path == "/api/v1/access_token":
            self.tokens.append(request)
            return Answer(orjson.dumps(self.token), headers=JSON)
        if path.path == "/api/info/":
            return listing(
                [
                    one
                    for name in asked["id"].split(",")
                    for one in self.all()
                    if one["name"] == name
                ]
            )
        self.before_page()
        name = {"/r/all/search/": "search"}.get(path.path, path.path.strip("/").replace("/", "_"))
        if name not in self.listings:
            return Answer(status=404)
        newest = sorted(self.listings[name], key=lambda one: -one["created_utc"])[:1000]
        names = [one["name"] for one in newest]
        begin = names.index(asked["after"]) + 1 if "after" in asked else 0
        page = newest[begin : begin + int(asked["limit"])]
        more = begin + len(page) < len(newest)
        return listing(page, page[-1]["name"] if more else None)

    def all(self) -> list[dict[str, Any]]:
        return [one for some in self.listings.values() for one in some]


class Paths(dict[str, Any]):
    """Every path is answered alike."""

    def __init__(self, reddit: Subreddits) -> None:
        super().__init__()
        self._reddit = reddit

    def __missing__(self, path: str) -> Any:
        return self._reddit.tell


def listing(things: list[dict[str, Any]], after: str | None = None) -> Answer:
    children = [{"kind": one["name"][:2], "data": one} for one in things]
    body = {"kind": "Listing", "data": {"children": children, "after": after, "before": None}}
    return Answer(orjson.dumps(body), headers=JSON)


def listened(
    server: Loopback,
    cursor: str | None = None,
    *,
    now: int = NOW,
    wait: Callable[[float], bool] = lambda _: False,
    streaming: bool = False,
    **options: Any,
) -> Generator[Batch, None, None]:
    """The batches of one run."""
    keys = {"client_id": "app", "client_secret": SecretStr(SECRETS[0])}
    places = {"address": server.url, "oauth_address": server.url}
    usual = {"subreddits": ["thailand"], "comments": False, **keys, **places}
    chosen = {name: one for name, one in {**usual, **options}.items() if one is not None}
    (station,) = stations([SourceSettings(name="r", type="reddit", options=chosen)])
    station = replace(station, streaming=streaming)
    context = Surroundings(Path(), "UTC", QUERIES, KEY).context(station, now=lambda: now, wait=wait)
    return hear(station, context, cursor)


def ids(batches: list[Batch]) -> list[str]:
    return [mention.native_id for batch in batches for mention in batch.mentions]


def numbers(batches: list[Batch]) -> list[int]:
    return [int(name[3:]) for name in ids(batches)]


def later(batches: list[Batch], kind: FoldingKind) -> list[str | None]:
    return [one.native_id for batch in batches for one in batch.foldings if one.kind is kind]


def test_only_what_is_wanted_is_said_and_all_of_it_on_demand() -> None:
    reddit = Subreddits(r_thailand_new=[post(1), post(2, "visa run"), post(3, "ชาเย็น")])
    with Loopback() as server:
        reddit.answers(server)
        batches = list(listened(server))
        assert numbers(batches) == [1, 3]
        assert batches[-1].heard_until == NOW
        assert numbers(list(listened(server, everything=True))) == [1, 2, 3]
        assert ids(list(listened(server, batches[-1].cursor))) == []


def test_it_reads_down_to_where_it_was_while_the_pages_shift() -> None:
    """Posts come between two pages of one walk: none is lost, none is said twice."""
    posts = [post(number) for number in range(250)]
    reddit = Subreddits(r_thailand_new=posts)
    upcoming = iter(range(250, 10_000))

    def shift() -> None:
        posts.extend(post(next(upcoming)) for _ in range(7))

    reddit.before_page = shift
    said: list[int] = []
    cursor = None
    with Loopback() as server:
        reddit.answers(server)
        for _ in range(4):
            batches = list(listened(server, cursor))
            cursor = batches[-1].cursor
            said += numbers(batches)
            assert not any(batch.gaps for batch in batches)
        reddit.before_page = lambda: None
        said += numbers(list(listened(server, cursor)))
    assert sorted(said) == list(range(len(posts)))


def test_what_a_moderator_lets_through_late_is_found() -> None:
    posts = [post(number) for number in range(0, 300, 2)]
    reddit = Subreddits(r_thailand_new=posts)
    with Loopback() as server:
        reddit.answers(server)
        first = list(listened(server))
        posts += [post(71), post(151)]
        assert numbers(list(listened(server, first[-1].cursor))) == [71, 151]


def test_more_than_reddit_lists_is_a_gap_that_stays_open() -> None:
    posts = [post(1, ago=1000)]
    reddit = Subreddits(r_thailand_new=posts)
    with Loopback() as server:
        reddit.answers(server)
        cursor = list(listened(server))[-1].cursor
        posts += [post(number) for number in range(1000, 2200)]
        batches = list(listened(server, cursor))
        ((gap,),) = [batch.gaps for batch in batches if batch.gaps]
        assert gap.since == (SECONDS - 50_000 + 1 - 1000) * 1000
        assert gap.until == (SECONDS - 50_000 + 1200) * 1000
        assert "a thousand" in gap.cause
        assert numbers(batches) == list(range(1200, 2200))
        posts.append(post(3000))
        later = list(listened(server, batches[-1].cursor))
        assert numbers(later) == [3000]
        assert not any(batch.gaps for batch in later)
        assert later[-1].heard_until == NOW, "what was missed at other times stays open"
        assert missing([*batches, *later]) == [(gap.since, gap.until)]


def test_the_beginning_is_so_many_hours_ago() -> None:
    reddit = Subreddits(r_thailand_new=[post(1, ago=90_000), post(2)])
    with Loopback() as server:
        reddit.answers(server)
        assert numbers(list(listened(server))) == [2]
        assert numbers(list(listened(server, backlog_hours=48))) == [1, 2]


def test_what_became_of_mentions_is_asked_twice_a_day() -> None:
    posts = [*map(post, range(230)), post(40_000)]  # the last keeps the others out of sight
    reddit = Subreddits(r_thailand_new=posts)
    hours = 3_600_000
    with Loopback() as server:
        reddit.answers(server)
        cursor = list(listened(server))[-1].cursor
        posts[0] |= {"author": "[deleted]", "selftext": "[deleted]", "selftext_html": None}
        posts[120] |= {"removed_by_category": "moderator", "selftext": "[removed]"}
        posts[7] |= {"title": "coffee, sorry", "edited": float(SECONDS)}
        posts[8] |= {"score": 512}
        del posts[9]  # it is not spoken of: perhaps hidden for a while
        server.asked.clear()
        soon = list(listened(server, cursor, now=NOW + 11 * hours))
        assert (ids(soon), [path for path in server.paths if "info" in path]) == ([], [])
        then = list(listened(server, soon[-1].cursor, now=NOW + 12 * hours))
        assert len([path for path in server.paths if path.startswith("/api/info/")]) == 3
        assert later(then, FoldingKind.DELETE) == ["t3_000000", "t3_000120"]
        ((edit,),) = [
            [one for one in batch.foldings if one.kind is FoldingKind.EDIT]
            for batch in then
            if later([batch], FoldingKind.EDIT)
        ]
        assert edit.native_id == "t3_000007"
        assert edit.text
        assert edit.text.startswith("coffee, sorry\n\n")
        assert (edit.at, edit.in_order) == (NOW, True)
        scores = {one.native_id: one.likes for batch in then for one in batch.mentions}
        assert scores["t3_000008"] == 512
        assert scores.keys() & {"t3_000000", "t3_000120", "t3_000007", "t3_000009"} == set()
        for cut in range(1, len(then) + 1):
            rest = list(listened(server, then[cut - 1].cursor, now=NOW + 12 * hours))
            assert sorted(ids(then[:cut]) + ids(rest)) == sorted(ids(then))
        again = list(listened(server, then[-1].cursor, now=NOW + 24 * hours))
        assert later(again, FoldingKind.DELETE) == []
        last = list(listened(server, again[-1].cursor, now=NOW + 20 * 24 * hours))
        assert ids(last) == []
        assert orjson.loads(last[-1].cursor)["known"] == {}


def test_edits_and_deletions_that_are_seen_at_once_are_told_at_once() -> None:
    posts = [post(1), post(2), post(3)]
    reddit = Subreddits(r_thailand_new=posts)
    with Loopback() as server:
        reddit.answers(server)
        cursor = list(listened(server))[-1].cursor
        posts[0] |= {"author": "[deleted]", "selftext": "[deleted]"}
        posts[1] |= {"title": "iced tea, edited", "edited": float(SECONDS - 5)}
        batches = list(listened(server, cursor))
        assert later(batches, FoldingKind.DELETE) == ["t3_000001"]
        assert later(batches, FoldingKind.EDIT) == ["t3_000002"]
        assert ids(batches) == []
        after = list(listened(server, batches[-1].cursor))
        assert (ids(after), [batch.foldings for batch in after]) == ([], [()])


def test_deletions_of_strangers_are_told_once_and_leave_no_trace() -> None:
    posts = [post(1), post(2, author="[deleted]")]
    reddit = Subreddits(r_thailand_new=posts)
    with Loopback() as server:
        reddit.answers(server)
        batches = list(listened(server))
        assert [one.in_order for batch in batches for one in batch.foldings] == [True]
        assert later(batches, FoldingKind.DELETE) == ["t3_000002"]
        assert later(list(listened(server, batches[-1].cursor)), FoldingKind.DELETE) == []


def test_a_post_that_two_lines_show_is_said_once() -> None:
    both = [post(1), post(2)]
    reddit = Subreddits(r_thailand_new=both, search=[*both, post(3)])
    with Loopback() as server:
        reddit.answers(server)
        assert numbers(list(listened(server, search=True))) == [1, 2, 3]
        asked = [parse_qs(urlsplit(path).query) for path in server.paths if "search" in path]
        queries = [one["q"][0] for one in asked]
        assert queries == ['"iced tea" OR ชาเย็น', "apple AND iphone"]
        assert all(one["sort"] == ["new"] for one in asked)


def test_a_subreddit_that_fails_does_not_silence_the_others() -> None:
    reddit = Subreddits(r_thailand_new=[post(1)], r_bangkok_new=[post(2)])
    strange = {"name": "t5_2qh41", "created_utc": 1.0}
    reddit.listings["r_nowhere_new"] = [strange]  # what a redirect to the list of them gives
    with Loopback() as server:
        reddit.answers(server)
        for other in ("gone", "nowhere"):
            batches = list(listened(server, subreddits=[other, "thailand", "bangkok"]))
            assert numbers(batches) == [1, 2]
            assert batches[-1].problem
            assert other in batches[-1].problem
            assert batches[-1].heard_until is None
        with pytest.raises(SourceError, match="no subreddit nowhere"):
            list(listened(server, subreddits=["nowhere"]))


def test_streaming_looks_often_and_searches_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    posts, clock, waits = [post(0)], [0.0], list[float]()
    reddit = Subreddits(r_thailand_new=posts, search=[post(900)])
    monkeypatch.setattr("listener.sources.reddit.time.monotonic", lambda: clock[0])

    def wait(seconds: float) -> bool:
        if seconds < 10:  # the pace between two requests
            return False
        waits.append(seconds)
        clock[0] += seconds
        posts.append(post(len(waits)))
        return len(waits) >= 30

    said: list[Batch] = []
    with Loopback() as server:
        reddit.answers(server)
        with pytest.raises(Stopped):
            for batch in listened(server, wait=wait, streaming=True, search=True):
                said.append(batch)
    assert numbers(said) == [0, 900, *range(1, 30)]
    assert set(waits) == {15.0}
    assert len([path for path in server.paths if "search" in path]) == 4  # 2 brands, 2 times
    assert len(reddit.tokens) == 1


def test_who_it_says_it_is_and_by_which_keys() -> None:
    reddit = Subreddits(r_thailand_new=[])
    accounts: list[tuple[dict[str, Any], bytes]] = [
        ({}, b"grant_type=client_credentials"),
        (
            {"username": "nok", "password": SecretStr(SECRETS[1])},
            b"grant_type=password&password=s3cr3t-of-the-account&username=nok",
        ),
        (
            {"refresh_token": SecretStr(SECRETS[1])},
            b"grant_type=refresh_token&refresh_token=s3cr3t-of-the-account",
        ),
    ]
    with Loopback() as server:
        reddit.answers(server)
        for account, body in accounts:
            server.asked.clear()
            list(listened(server, user_agent="python:tea:1 (by /u/nok)", **account))
            token, page = server.asked
            assert token.body == body
            assert token.headers["authorization"].startswith("Basic ")
            assert page.headers["authorization"] == "bearer t0ken"
            assert {one.headers["user-agent"] for one in server.asked} == {
                "python:tea:1 (by /u/nok)"
            }


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ({"error": "invalid_grant"}, SourceAuthError),
        ({"error": "unsupported_grant_type", "error_description": SECRETS[0]}, SourceAuthError),
        ({}, BadPayloadError),
        ({"access_token": "t0ken"}, BadPayloadError),
        ({**TOKEN, "expires_in": "soon"}, BadPayloadError),
        ({**TOKEN, "scope": None}, BadPayloadError),
    ],
)
def test_a_token_that_is_none(token: dict[str, Any], error: type[SourceError]) -> None:
    reddit = Subreddits(r_thailand_new=[post(1)])
    reddit.token = token
    with Loopback() as server:
        reddit.answers(server)
        with pytest.raises(error) as caught:
            list(listened(server))
    assert caught.value.remedy
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_a_token_that_ends_early_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reddit = Subreddits(r_thailand_new=[post(1)])
    ended = Answer(b"{}", 401, JSON)
    tell = reddit.tell

    def refuse_the_first(request: Request) -> Answer:
        known = len(reddit.tokens) > 1 or "access_token" in request.path
        return tell(request) if known else ended

    monkeypatch.setattr(reddit, "tell", refuse_the_first)
    with Loopback() as server:
        reddit.answers(server)
        with pytest.raises(SourceAuthError):
            list(listened(server))
        reddit.tokens.clear()
        monkeypatch.setattr("listener.fetch.reddit._STALE", -1.0)
        assert numbers(list(listened(server))) == [1]
    assert len(reddit.tokens) == 2


def test_the_budget_that_reddit_tells_is_kept() -> None:
    spent = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "100", "x-ratelimit-reset": "300"}
    reddit = Subreddits(r_thailand_new=[post(1)], r_bangkok_new=[post(2)])
    tell = reddit.tell
    reddit.tell = lambda request: replace(tell(request), headers=JSON | spent)  # type: ignore[method-assign]
    began = time.monotonic()
    with Loopback() as server:
        reddit.answers(server)
        with pytest.raises(RateLimitedError) as caught:
            list(listened(server))
        assert len(server.asked) == 1  # the token; what comes after would be too many
    assert caught.value.retry_at
    assert 290_000 < caught.value.retry_at - NOW <= 300_000
    assert time.monotonic() - began < 60  # PRAW itself would have slept


def test_when_reddit_allows_no_more_it_is_asked_when_it_does() -> None:
    """What was read before is kept, and the place of what was not stays."""
    reddit = Subreddits(r_thailand_new=[post(1)], r_bangkok_new=[post(2)])
    tell = reddit.tell

    def refuse(request: Request) -> Answer:
        if "bangkok" in request.path:
            return Answer(b"", 429, {"retry-after": "600"})
        return tell(request)

    said: list[Batch] = []
    reddit.tell = refuse  # type: ignore[method-assign]
    with Loopback() as server:
        reddit.answers(server)
        with pytest.raises(RateLimitedError) as caught:
            for batch in listened(server, subreddits=["thailand", "bangkok", "asia"]):
                said.append(batch)
        assert caught.value.retry_at == NOW + 600_000
        assert numbers(said) == [1]
        assert not any("asia" in path for path in server.paths)
        reddit.tell = tell  # type: ignore[method-assign]
        assert numbers(
            list(listened(server, said[-1].cursor, subreddits=["thailand", "bangkok"]))
        ) == [2]


def test_no_secret_is_in_what_it_says() -> None:
    reddit = Subreddits(r_thailand_new=[post(1)])
    account = {"username": "nok", "password": SecretStr(SECRETS[1])}
    with Loopback() as server:
        reddit.answers(server)
        said = repr(list(listened(server, **account)))
        for status in (400, 401, 403, 404, 429, 500, 302):
            reddit.tell = lambda _, status=status: Answer(  # type: ignore[method-assign, misc]
                orjson.dumps({"message": SECRETS}), status, {"location": f"http://x/{SECRETS[0]}"}
            )
            with pytest.raises(SourceError) as caught:
                list(listened(server, **account))
            said += str(caught.value) + caught.value.remedy
    assert not any(secret in said for secret in (*SECRETS, "t0ken"))


# Without keys.

FEEDS = {
    "/r/Thailand/new/.rss?limit=100": "new.rss",
    "/r/Thailand/comments/.rss?limit=100": "comments.rss",
}
NOTHING = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>search results</title></feed>'
SEARCH = "/search.rss?q=%22iced+tea%22+OR+%E0%B8%8A%E0%B8%B2%E0%B9%80%E0%B8%A2%E0%B9%87%E0%B8%99"
NO_KEYS: dict[str, Any] = {"client_id": None, "client_secret": None, "subreddits": ["Thailand"]}


def feeds(server: Loopback) -> None:
    headers = {"content-type": "application/atom+xml; charset=UTF-8"}
    for path, name in FEEDS.items():
        server.answers[path] = Answer((FOLDER / "reddit_feeds" / name).read_bytes(), 200, headers)
    for search in (SEARCH, "/search.rss?q=apple+AND+iphone"):
        server.answers[f"{search}&sort=new&limit=100"] = Answer(NOTHING, 200, headers)


def test_without_keys_the_feeds_are_read() -> None:
    with Loopback() as server:
        feeds(server)
        batches = list(listened(server, **NO_KEYS, comments=True, search=True))
        assert ids(batches) == ["t3_1wf5dvp", "t3_1wf5du9", "t1_nq8rrr3", "t1_nq8rrr0"]
        assert len(server.asked) == 4
        assert sum(batch.refused for batch in batches) == 1
        again = list(listened(server, batches[-1].cursor, **NO_KEYS, comments=True, search=True))
        assert ids(again) == []


def test_who_gets_keys_loses_nothing_and_goes_on_from_the_beginning() -> None:
    """The same ids: what both ways tell is stored once."""
    with Loopback() as server:
        feeds(server)
        by_feed = list(listened(server, **NO_KEYS))
        reddit = Subreddits()
        known = orjson.loads((FOLDER / "reddit" / "new_1.json").read_bytes())["data"]["children"]
        reddit.listings["r_thailand_new"] = [child["data"] for child in known]
        reddit.answers(server)
        by_key = list(listened(server, by_feed[-1].cursor))
        assert set(ids(by_feed)) < set(ids(by_key))
        texts = {one.native_id: one.text for batch in by_key for one in batch.mentions}
        for batch in by_feed:
            assert all(texts[one.native_id] == one.text for one in batch.mentions)
        server.answers = {}
        feeds(server)
        assert ids(list(listened(server, by_key[-1].cursor, **NO_KEYS))) == ids(by_feed)


def test_without_keys_streaming_is_polling() -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return seconds > 100 and len(waits) > 3

    said: list[Batch] = []
    with Loopback() as server, suppress(Stopped):
        feeds(server)
        for batch in listened(server, wait=wait, streaming=True, **NO_KEYS):
            said.append(batch)
    assert len(server.asked) >= 2
    assert 300.0 in waits
    assert len(ids(said)) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"subreddits": []},
        {"subreddits": ["a b"]},
        {"subreddits": ["../api"]},
        {"client_secret": None},
        {"client_id": None},
        {"client_secret": "written-into-the-file"},
        {"username": "nok"},
        {"password": SecretStr("x")},
        {**NO_KEYS, "refresh_token": SecretStr("x")},
        {"user_agent": "me"},
        {"address": "reddit.com"},
    ],
)
def test_options_that_cannot_be_used(options: dict[str, Any]) -> None:
    with Loopback() as server, pytest.raises(SettingsError, match="options cannot be used"):
        list(listened(server, **options))


def test_names_of_subreddits_are_taken_as_people_write_them() -> None:
    reddit = Subreddits(r_thailand_new=[post(1)])
    with Loopback() as server:
        reddit.answers(server)
        for name in ("thailand", "r/thailand", "/r/thailand/"):
            assert numbers(list(listened(server, subreddits=[name]))) == [1]
