"""YouTube over time: what is new and what has changed, once, within the quota."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from krasae.schema import ROOMS
from listener.collect.periods import day_of
from listener.collect.spending import expenses
from listener.collect.station import Surroundings, hear, stations
from listener.errors import (
    RateLimitedError,
    SettingsError,
    SourceAuthError,
    SourceDownError,
    SourceGoneError,
    SpendingCapError,
)
from listener.model import DAY_MS, HOUR_MS, FoldingKind, MentionKind
from listener.settings import SourceSettings
from listener.source import Batch
from listener.sources.youtube import YouTubeOptions
from listener.store import open_database
from tests.recordings.loopback import Answer, Answers, Loopback
from tests.recordings.replay import KEY, NOW, QUERIES

API_KEY = "AIza-planted-key-that-nobody-may-see"
CHANNEL = "UC0123456789abcdefghijkl"
POLL = 900_000


def iso(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Said:
    """A comment; `changed` when its text was. Whole seconds, as YouTube has them."""

    number: str
    at: int
    text: str = "so sweet"
    changed: int = 0
    replies: list["Said"] = field(default_factory=list)

    def form(self, video: str) -> dict[str, Any]:
        return {
            "id": self.number,
            "snippet": {
                "videoId": video,
                "textDisplay": self.text,
                "authorChannelId": {"value": "UCsomebody"},
                "publishedAt": iso(self.at),
                "updatedAt": iso(max(self.at, self.changed)),
            },
        }


@dataclass
class Shown:
    """A video."""

    number: str
    at: int
    text: str = "iced tea"
    views: int = 100
    comments: list[Said] = field(default_factory=list)
    closed: bool = False

    def form(self) -> dict[str, Any]:
        count = sum(1 + len(one.replies) for one in self.comments)
        numbers = {"viewCount": str(self.views), "commentCount": str(count)}
        if self.closed:
            del numbers["commentCount"]
        return {
            "id": self.number,
            "snippet": {"title": self.text, "publishedAt": iso(self.at), "channelTitle": "Tea"},
            "statistics": numbers,
        }


class Platform(dict[str, Answers]):
    """The API over `videos`; a path that a test has an answer for is answered so."""

    def __init__(self) -> None:
        super().__init__()
        self.videos: list[Shown] = []
        self.searched: list[str] = []

    def __missing__(self, path: str) -> Answers:
        resource = urlsplit(path).path.rpartition("/")[2]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if (refusal := self.get(resource)) is not None:
            return refusal
        answer = getattr(self, f"_{resource}")(asked)
        return answer if isinstance(answer, Answer) else Answer(orjson.dumps(answer))

    def _channels(self, asked: dict[str, str]) -> object:
        if asked.get("forHandle", "@tea") != "@tea":
            return page([], asked, 50)
        details = {"relatedPlaylists": {"uploads": "UU1"}}
        return page([{"id": CHANNEL, "snippet": {}, "contentDetails": details}], asked, 50)

    def _playlistItems(self, asked: dict[str, str]) -> object:  # noqa: N802  YouTube's name
        newest = sorted(self.videos, key=lambda video: -video.at)
        return page(
            [
                {"contentDetails": {"videoId": one.number, "videoPublishedAt": iso(one.at)}}
                for one in newest
            ],
            asked,
            50,
        )

    def _videos(self, asked: dict[str, str]) -> object:
        wanted = asked["id"].split(",")
        assert len(wanted) <= 50
        return page([one.form() for one in self.videos if one.number in wanted], asked, 50)

    def _search(self, asked: dict[str, str]) -> object:
        self.searched.append(asked["q"])
        return page(
            [
                {"id": {"videoId": one.number}}
                for one in self.videos
                if iso(one.at) >= asked["publishedAfter"]
            ],
            asked,
            50,
        )

    def _commentThreads(self, asked: dict[str, str]) -> object:  # noqa: N802
        [video] = [one for one in self.videos if one.number == asked["videoId"]]
        if video.closed:
            return refused(403, "commentsDisabled")
        newest = sorted(video.comments, key=lambda one: -one.at)
        return page([thread(one, video.number) for one in newest], asked, 100)

    def _comments(self, asked: dict[str, str]) -> object:
        for video in self.videos:
            for one in video.comments:
                if one.number == asked["parentId"]:
                    return page([reply.form(video.number) for reply in one.replies], asked, 100)
        return refused(404, "commentNotFound")


def thread(said: Said, video: str) -> dict[str, Any]:
    return {
        "snippet": {
            "topLevelComment": said.form(video),
            "totalReplyCount": len(said.replies),
        },
        "replies": {"comments": [reply.form(video) for reply in said.replies[:5]]},
    }


def page(items: Sequence[object], asked: dict[str, str], most: int) -> dict[str, Any]:
    start = int(asked.get("pageToken", 0))
    answer: dict[str, Any] = {"items": items[start : start + most], "pageInfo": {}}
    if start + most < len(items):
        answer["nextPageToken"] = str(start + most)
    return answer


def refused(status: int, reason: str) -> Answer:
    told = {"error": {"code": status, "message": "no", "errors": [{"reason": reason}]}}
    return Answer(orjson.dumps(told), status)


@pytest.fixture(scope="module")
def _server() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


@pytest.fixture
def server(_server: Loopback) -> Loopback:
    _server.answers = Platform()
    _server.asked.clear()
    return _server


@pytest.fixture
def youtube(server: Loopback) -> Platform:
    assert isinstance(server.answers, Platform)
    return server.answers


def batches(
    server: Loopback,
    cursor: str | None = None,
    *,
    now: int = NOW,
    database: Path | None = None,
    **options: Any,
) -> Iterator[Batch]:
    """One poll. Follows the channel, unless told otherwise."""
    told = {"channels": ("@tea",), **options, "key": SecretStr(API_KEY), "address": server.url}
    [station] = stations([SourceSettings(name="tube", type="youtube", options=told)])
    where = Surroundings(Path(), "Asia/Bangkok", QUERIES, KEY, database)
    context = where.context(station, now=lambda: now, wait=lambda _: False)
    with closing(hear(station, context, cursor)) as found:
        yield from found


@dataclass
class Polled:
    """What a poll said."""

    cursor: str
    batches: list[Batch]

    @property
    def said(self) -> list[str]:
        return [one.native_id for batch in self.batches for one in batch.mentions]

    @property
    def edits(self) -> dict[str | None, str | None]:
        edits = [
            one for batch in self.batches for one in batch.foldings if one.kind is FoldingKind.EDIT
        ]
        assert all(one.in_order for one in edits), "what is read later is later"
        return {one.native_id: one.text for one in edits}

    @property
    def deleted(self) -> list[str | None]:
        return [
            one.native_id
            for batch in self.batches
            for one in batch.foldings
            if one.kind is FoldingKind.DELETE
        ]


def poll(server: Loopback, before: Polled | None = None, **more: Any) -> Polled:
    found = list(batches(server, before.cursor if before else None, **more))
    return Polled(found[-1].cursor, found)


def asked(server: Loopback, resource: str) -> int:
    return sum(path.startswith(f"/{resource}?") for path in server.paths)


def test_a_poll_says_what_is_new_and_what_was_changed(server: Loopback, youtube: Platform) -> None:
    old = Said("c1", NOW - 5 * HOUR_MS)
    large = Said(
        "c2",
        NOW - 4 * HOUR_MS,
        replies=[Said(f"c2.{n}", NOW - 3 * HOUR_MS + n * 1000) for n in range(6)],
    )
    youtube.videos.append(Shown("v1", NOW - 6 * HOUR_MS, comments=[old, large]))
    first = poll(server)
    assert sorted(first.said) == ["c1", "c2", *(f"c2.{n}" for n in range(6)), "v1"]

    later = NOW + POLL
    large.replies.append(Said("c2.6", later - 60_000, "me too"))
    old.text, old.changed = "not that sweet", later - 50_000
    youtube.videos[0].comments.append(Said("c3", later - 40_000))
    second = poll(server, first, now=later)
    assert sorted(second.said) == ["c2.6", "c3", "v1"]  # the video has two more comments
    assert second.edits == {"c1": "not that sweet"}
    [reply] = [m for b in second.batches for m in b.mentions if m.native_id == "c2.6"]
    assert (reply.kind, reply.reply_to) == (MentionKind.REPLY, "c2")
    third = poll(server, second, now=later + POLL)
    assert (third.said, third.edits) == ([], {})
    assert third.batches


def test_comments_are_read_when_their_number_has_changed_and_once_a_day(
    server: Loopback, youtube: Platform
) -> None:
    said = Said("c1", NOW - 2 * HOUR_MS)
    youtube.videos.append(Shown("v1", NOW - 3 * HOUR_MS, comments=[said]))
    found = poll(server)
    for step in range(1, 90):
        found = poll(server, found, now=NOW + step * POLL)
    assert asked(server, "commentThreads") == 1
    said.text, said.changed = "changed my mind", NOW + DAY_MS - HOUR_MS
    found = poll(server, found, now=NOW + DAY_MS + HOUR_MS)
    assert found.edits == {"c1": "changed my mind"}
    assert asked(server, "commentThreads") == 2


def test_a_video_is_followed_for_some_days(server: Loopback, youtube: Platform) -> None:
    youtube.videos.append(Shown("v1", NOW - 1000))
    found, looks = None, []
    for day in range(12):
        found = poll(server, found, now=NOW + day * DAY_MS, follow_days=9)
        looks.append(asked(server, "videos"))
    assert looks == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9]
    assert "v1" not in (found.cursor if found else "v1")


def test_what_appears_a_little_late_is_not_lost(server: Loopback, youtube: Platform) -> None:
    late = Said("late", NOW - 9 * 60_000)
    [video] = youtube.videos = [Shown("v1", NOW - HOUR_MS, comments=[Said("c1", NOW)])]
    first = poll(server)
    video.comments.append(late)
    second = poll(server, first, now=NOW + POLL)
    assert "late" in second.said
    assert "c1" not in second.said


def test_a_burst_under_a_video_that_nobody_had_commented_on(
    server: Loopback, youtube: Platform
) -> None:
    [video] = youtube.videos = [Shown("v1", NOW - HOUR_MS)]
    first = poll(server)
    video.comments += [Said(f"c{n}", NOW + n * 1000) for n in range(800)]
    second = poll(server, first, now=NOW + POLL)
    assert len(second.said) == 801


def test_a_video_that_is_gone_is_erased_once(server: Loopback, youtube: Platform) -> None:
    fixed = "configured1"
    youtube.videos += [Shown("v1", NOW - HOUR_MS), Shown(fixed, NOW - 400 * DAY_MS)]
    first = poll(server, videos=(fixed,))
    assert first.said == ["v1", fixed]
    youtube.videos.clear()
    second = poll(server, first, now=NOW + 2 * DAY_MS, videos=(fixed,))
    assert sorted(map(str, second.deleted)) == [fixed, "v1"]
    third = poll(server, second, now=NOW + 4 * DAY_MS, videos=(fixed,))
    assert third.deleted == []


def test_what_cannot_be_read_is_not_gone(server: Loopback, youtube: Platform) -> None:
    youtube.videos.append(Shown("v1", NOW - HOUR_MS))
    first = poll(server)
    youtube["videos"] = Answer(b'{"items": [{"id": "v1"}]}')
    second = poll(server, first, now=NOW + POLL)
    assert second.deleted == []
    assert sum(batch.refused for batch in second.batches) == 1


def test_a_video_is_told_again_when_it_has_grown_or_was_edited(
    server: Loopback, youtube: Platform
) -> None:
    [video] = youtube.videos = [Shown("v1", NOW - HOUR_MS)]
    found = poll(server)
    video.views = 105
    found = poll(server, found, now=NOW + POLL)
    assert (found.said, found.edits) == ([], {})
    video.views, video.text = 120, "iced tea, again"
    found = poll(server, found, now=NOW + 2 * POLL)
    assert (found.said, found.edits) == (["v1"], {"v1": "iced tea, again"})


def test_own_videos_are_own_posts(server: Loopback, youtube: Platform) -> None:
    [video] = youtube.videos = [Shown("v1", NOW - HOUR_MS, comments=[Said("c1", NOW - 1000)])]
    found = poll(server, own_channels=("@tea",))
    assert found.said == ["c1"]
    [comment] = [one for batch in found.batches for one in batch.mentions]
    assert comment.labels == ("tube", "v1")
    [post] = [post for batch in found.batches for post in batch.own_posts]
    assert (post.account, post.metrics) == ("Tea", {"video_views": 100, "replies": 1})
    video.views = 101
    found = poll(server, found, now=NOW + POLL, own_channels=("@tea",))
    [post] = [post for batch in found.batches for post in batch.own_posts]
    assert (post.at, post.metrics["video_views"]) == (NOW + POLL, 101)


def test_closed_comments_are_no_error(server: Loopback, youtube: Platform) -> None:
    youtube.videos.append(Shown("v1", NOW - HOUR_MS, closed=True))
    found = poll(server)
    assert (found.said, found.batches[-1].problem) == (["v1"], None)
    poll(server, found, now=NOW + POLL)
    assert asked(server, "commentThreads") == 1


def test_a_video_that_fails_does_not_silence_the_others(
    server: Loopback, youtube: Platform
) -> None:
    for n in range(4):
        comments = [Said(f"c{n}", NOW - 1000)]
        youtube.videos.append(Shown(f"v{n}", NOW - HOUR_MS - n * 1000, comments=comments))
    query = "part=snippet%2Creplies&videoId=v1&order=time&textFormat=plainText&maxResults=100"
    for answer in (refused(500, "backendError"), refused(400, "processingFailure"), Answer(b"?")):
        youtube[f"/commentThreads?{query}"] = answer
        found = poll(server)
        assert found.said == ["v0", "v1", "v2", "v3", "c0", "c2", "c3"]
        assert found.batches[-1].problem
    youtube.clear()
    later = poll(server, found, now=NOW + POLL)
    assert later.said == []
    assert poll(server, later, now=NOW + HOUR_MS).said == ["c1"]


def test_when_all_fail_it_is_not_the_videos(server: Loopback, youtube: Platform) -> None:
    for n in range(5):
        comments = [Said(f"c{n}", NOW - 1000)]
        youtube.videos.append(Shown(f"v{n}", NOW - HOUR_MS - n * 1000, comments=comments))
    youtube["commentThreads"] = refused(500, "backendError")
    with pytest.raises(SourceDownError):
        poll(server)
    assert asked(server, "commentThreads") == 3


def test_a_channel_that_is_not_there_does_not_silence_the_others(
    server: Loopback, youtube: Platform
) -> None:
    youtube.videos.append(Shown("v1", NOW - HOUR_MS))
    found = poll(server, channels=("@coffee", "@tea"))
    assert found.said == ["v1"]
    assert found.batches[-1].problem == "There is no channel @coffee on YouTube."
    with pytest.raises(SourceGoneError, match="@coffee"):
        poll(server, channels=("@coffee",))
    with pytest.raises(SourceGoneError, match="no video gonegonegon"):
        poll(server, channels=(), videos=("gonegonegon",))


def test_found_videos_are_followed_if_a_brand_is_meant(server: Loopback, youtube: Platform) -> None:
    youtube.videos += [
        Shown("v1", NOW - HOUR_MS, "ชาเย็นแก้วใหญ่", comments=[Said("c1", NOW - 1000, "nice")]),
        Shown("v2", NOW - HOUR_MS, "iced coffee", comments=[Said("c2", NOW - 1000)]),
    ]
    found = poll(server, channels=(), search=True)
    assert found.said == ["v1", "c1"]
    assert sorted(youtube.searched) == ["apple iphone", "iced tea", "ชาเย็น"]


def test_the_searches_of_a_day_are_spread_over_it(server: Loopback, youtube: Platform) -> None:
    found = None
    for step in range(96):
        before = len(youtube.searched)
        found = poll(server, found, now=NOW + step * POLL, channels=(), search=True)
        assert len(youtube.searched) - before <= 3
    assert 90 <= len(youtube.searched) <= 100
    assert youtube.searched.count("iced tea") == len(youtube.searched) // 3


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "krasae.db"
    open_database(path, ROOMS, create=True).close()
    return path


def test_it_stops_before_the_quota_and_goes_on_at_midnight_in_california(
    server: Loopback, youtube: Platform, database: Path
) -> None:
    for n in range(9):
        comments = [Said(f"c{n}", NOW - 1000)]
        youtube.videos.append(Shown(f"v{n}", NOW - HOUR_MS + n, comments=comments))
    told: list[Batch] = []
    with pytest.raises(SpendingCapError, match="quota budget of source tube") as caught:
        for batch in batches(server, database=database, units_per_day=7):
            told.append(batch)
    midnight = day_of(NOW, "America/Los_Angeles").end
    assert caught.value.retry_at == midnight
    assert len(server.asked) == 7
    before = Polled(told[-1].cursor, told)
    after = poll(server, before, now=midnight, database=database)
    assert sorted(before.said + after.said) == sorted(
        name for n in range(9) for name in (f"v{n}", f"c{n}")
    )
    db = open_database(database, ROOMS)
    spent = {line.what: line.requests for line in expenses(db, since=0, monthly=True)}
    db.close()
    assert spent == {
        "channels": 1,
        "playlistItems": 2,
        "videos": asked(server, "videos"),
        "commentThreads": asked(server, "commentThreads"),
    }


def test_nothing_allowed_nothing_asked(server: Loopback, youtube: Platform, database: Path) -> None:
    with pytest.raises(SpendingCapError):
        poll(server, search=True, units_per_day=0, searches_per_day=0, database=database)
    assert server.asked == []


def test_searches_stop_alone(server: Loopback, youtube: Platform, database: Path) -> None:
    youtube.videos.append(Shown("v1", NOW - HOUR_MS, comments=[Said("c1", NOW - 1000)]))
    found = poll(server, search=True, searches_per_day=2, database=database)
    assert found.said == ["v1", "c1"]
    assert len(youtube.searched) == 2
    assert "searches budget of source tube" in (found.batches[-1].problem or "")
    found = poll(server, found, now=NOW + POLL, search=True, searches_per_day=2, database=database)
    assert found.batches[-1].problem is None
    assert len(youtube.searched) == 2
    with pytest.raises(SpendingCapError):
        poll(server, channels=(), search=True, searches_per_day=0, database=database)
    youtube["search"] = refused(403, "quotaExceeded")
    found = poll(server, search=True)
    assert "quota of this day is used up" in (found.batches[-1].problem or "")


def test_refusals_say_what_to_do(server: Loopback, youtube: Platform) -> None:
    youtube["channels"] = refused(403, "quotaExceeded")
    with pytest.raises(RateLimitedError) as limited:
        poll(server)
    assert limited.value.retry_at == day_of(NOW, "America/Los_Angeles").end
    youtube["channels"] = refused(403, "rateLimitExceeded")
    with pytest.raises(RateLimitedError) as limited:
        poll(server)
    assert limited.value.retry_at == NOW + 60_000
    detail = {
        "error": {"errors": [{"reason": "badRequest"}], "details": [{"reason": "API_KEY_INVALID"}]}
    }
    for answer, words in (
        (refused(400, "keyInvalid"), "Copy it again"),
        (Answer(orjson.dumps(detail), 400), "Copy it again"),
        (refused(403, "accessNotConfigured"), "Enable the YouTube Data API v3"),
        (refused(403, "ipRefererBlocked"), "restrictions"),
    ):
        youtube["channels"] = answer
        with pytest.raises(SourceAuthError) as auth:
            poll(server)
        assert words in auth.value.remedy
        assert API_KEY not in str(auth.value)


def test_the_key_is_in_no_address(server: Loopback, youtube: Platform) -> None:
    youtube.videos.append(Shown("v1", NOW - HOUR_MS, comments=[Said("c1", NOW - 1000)]))
    found = poll(server, search=True)
    assert API_KEY not in repr(found)
    for request in server.asked:
        assert API_KEY not in request.path
        assert request.headers["x-goog-api-key"] == API_KEY


def test_more_than_can_be_read_is_a_gap(server: Loopback, youtube: Platform) -> None:
    [video] = youtube.videos = [Shown("v1", NOW - HOUR_MS, comments=[Said("c", NOW - HOUR_MS)])]
    first = poll(server)
    assert not any(batch.gaps for batch in first.batches)
    video.comments += [Said(f"c{n}", NOW + n * 100) for n in range(2_050)]
    second = poll(server, first, now=NOW + POLL)
    assert len(second.said) == 2_001  # the video, for it has grown
    [gap] = [gap for batch in second.batches for gap in batch.gaps]
    assert gap.since <= NOW < gap.until <= NOW + 51 * 100


def test_the_cursor_does_not_grow_without_end(server: Loopback, youtube: Platform) -> None:
    for n in range(120):
        comments = [
            Said(
                f"v{n}.{c}",
                NOW - 60_000 + c * 500,
                replies=[Said(f"v{n}.{c}.{r}", NOW - 1000) for r in range(6)] if c < 3 else [],
            )
            for c in range(100)
        ]
        youtube.videos.append(Shown(f"v{n}", NOW - DAY_MS + n * 1000, comments=comments))
    first = poll(server, most_videos=20)
    assert sum(name.count(".") == 0 for name in first.said) == 120
    second = poll(server, first, now=NOW + POLL, most_videos=20)
    assert len(second.cursor) < 20 * 2_500
    third = poll(server, second, now=NOW + 2 * POLL, most_videos=20)
    assert (second.said, third.said) == ([], [])


def test_a_brand_is_needed_to_search() -> None:
    told = {"key": SecretStr("k"), "search": True}
    [station] = stations([SourceSettings(name="tube", type="youtube", options=told)])
    for queries in ({}, {"a": "lang:th"}):
        where = Surroundings(Path(), "UTC", queries, KEY)
        context = where.context(station, now=lambda: NOW, wait=lambda _: False)
        with pytest.raises(SettingsError):
            list(hear(station, context, None))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"channels": ["tea"]},
        {"channels": ["UCshort"]},
        {"videos": ["https://youtu.be/x"]},
        {"videos": ["a" * 11, "b" * 11], "most_videos": 1},
        {"search": True, "key": "AIza-in-the-file"},
    ],
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        YouTubeOptions.model_validate({"key": SecretStr("k"), **options})
    assert "AIza-in-the-file" not in str(caught.value.errors(include_input=False))


events = st.lists(
    st.tuples(
        st.sampled_from(["video", "comment", "comment", "reply", "reply", "edit", "poll", "cut"]),
        st.integers(0, 50),
    ),
    max_size=40,
)


@given(events)
def test_nothing_is_lost_and_nothing_said_twice(
    _server: Loopback, events: list[tuple[str, int]]
) -> None:
    """Whatever happens between polls, and wherever they are cut off."""
    youtube = _server.answers = Platform()
    now, cursor = NOW, None
    told: list[Batch] = []
    for number, (what, pick) in enumerate([*events, ("poll", 0), ("poll", 0)]):
        now += 37_000
        comments = [one for video in youtube.videos for one in video.comments]
        everything = [*comments, *(reply for one in comments for reply in one.replies)]
        if what == "video":
            youtube.videos.append(Shown(f"v{number}", now))
        elif what == "comment" and youtube.videos:
            video = youtube.videos[pick % len(youtube.videos)]
            video.comments.append(Said(f"c{number}", now))
        elif what == "reply" and comments:
            comments[pick % len(comments)].replies.append(Said(f"r{number}", now))
        elif what == "edit" and everything:
            one = everything[pick % len(everything)]
            one.text, one.changed = f"edit {number}", now
        elif what in ("poll", "cut"):
            now += DAY_MS + POLL if pick == 0 else POLL
            for place, batch in enumerate(batches(_server, cursor, now=now, follow_days=90)):
                told.append(batch)
                cursor = batch.cursor
                if what == "cut" and place == pick % 4:
                    break
    said = [one for batch in told for one in batch.mentions if one.native_id[0] != "v"]
    texts = {one.native_id: one.text for one in said}
    assert len(texts) == len(said)
    for batch in told:
        texts |= {one.native_id or "": one.text or "" for one in batch.foldings}
    comments = [one for video in youtube.videos for one in video.comments]
    everything = [*comments, *(reply for one in comments for reply in one.replies)]
    assert texts == {one.number: one.text for one in everything}
