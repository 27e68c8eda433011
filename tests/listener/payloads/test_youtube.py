"""What YouTube sends, whatever is missing in it; and what of it is news."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import BadPayloadError
from listener.model import DAY_MS, HOUR_MS
from listener.payloads.youtube import (
    Comment,
    Listed,
    Video,
    channel_of,
    found_of,
    reasons_of,
    replies_of,
    threads_of,
    uploads_of,
    videos_of,
)
from listener.payloads.youtube_cursor import Followed, State, take

FOLDER = Path(__file__).parents[2] / "recordings" / "youtube"
NOW = 1_795_521_600_000
Parser = Callable[[bytes], Any]
PARSERS: dict[str, Parser] = {
    "channel.json": channel_of,
    "uploads.json": uploads_of,
    "search_iced.json": found_of,
    "videos.json": videos_of,
    "threads_1.json": threads_of,
    "replies_own.json": lambda body: replies_of(body, "c1"),
    "disabled.json": reasons_of,
}


def places(value: object, *above: Any) -> Iterator[tuple[Any, ...]]:
    """The path to every value inside."""
    keys: Any = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield (*above, key)
        yield from places(value[key], *above, key)  # type: ignore[index]


def changed(value: Any, place: tuple[Any, ...], to: object) -> bytes:
    copy = deepcopy(value)
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    if to is PARSERS:
        del inner[place[-1]]
    else:
        inner[place[-1]] = to
    return orjson.dumps(copy)


@pytest.mark.parametrize("name", PARSERS)
def test_any_value_may_be_missing_or_another(name: str) -> None:
    whole = orjson.loads((FOLDER / name).read_bytes())
    for place in places(whole):
        for to in (PARSERS, None, [], {}, -1, 10**18, True, "", "\u200b", "9999-12-31T23:59:59Z"):
            try:
                found = PARSERS[name](changed(whole, place, to))
            except BadPayloadError:
                continue
            if isinstance(found, Listed):
                for item in found.items:
                    sound(item)


def sound(item: Any) -> None:
    if isinstance(item, Video):
        assert item.mention().text.strip()
        assert item.mention().published_at > 1_000_000_000_000
        assert all(type(count) is int for count in item.metrics.values())
    elif isinstance(item, Comment):
        mention = item.mention("v1")
        assert mention.text.strip()
        assert mention.native_id
        assert item.updated_at >= item.published_at > 1_000_000_000_000


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"items": 1}', b"\xff", b'{"error": 1}']
)
@pytest.mark.parametrize("parse", [channel_of, uploads_of, found_of, videos_of, threads_of])
def test_what_is_no_list_is_refused(parse: Parser, body: bytes) -> None:
    with pytest.raises(BadPayloadError):
        parse(body)
    assert reasons_of(body) == frozenset()


def test_an_empty_list_may_be_left_out() -> None:
    assert found_of(b'{"kind": "youtube#searchListResponse", "pageInfo": {}}') == Listed(())


def test_a_name_stands_in_for_an_author_without_a_channel() -> None:
    listed = threads_of((FOLDER / "threads_1.json").read_bytes())
    assert [thread.top.author for thread in listed.items] == [
        "UCsomebody0somebody0some",
        "@tea-fan",
    ]
    assert (listed.refused, listed.more) == (1, "QURTSl9page2")
    assert listed.items[0].replies[0].parent == "UgzA1"


def test_the_older_a_video_the_longer_it_rests() -> None:
    for age, wait in (
        (0, 0),
        (DAY_MS - 1, 0),
        (DAY_MS, HOUR_MS),
        (3 * DAY_MS, 6 * HOUR_MS),
        (7 * DAY_MS, DAY_MS),
        (400 * DAY_MS, DAY_MS),
    ):
        followed = Followed(published=NOW - age, due=0, seen=0)
        followed.rest(NOW)
        assert followed.due == NOW + wait


times = st.integers(NOW - HOUR_MS, NOW + DAY_MS)
comments = st.lists(
    st.builds(
        lambda number, at, later: Comment(str(number), at, at + later, "x", None, None),
        st.integers(0, 200),
        times,
        st.sampled_from([0, 1000, HOUR_MS]),
    ),
    max_size=120,
    unique_by=lambda one: one.number,
)


@given(comments)
def test_what_is_known_is_no_news_and_takes_little_room(comments: list[Comment]) -> None:
    followed = Followed(published=NOW - DAY_MS, due=0, seen=0)
    news = take(followed, comments, NOW)
    assert sorted(one.number for one in news.new) == sorted(one.number for one in comments)
    assert news.edited == ()
    again = take(followed, comments, NOW)
    assert (again.new, again.edited) == ((), ())
    assert len(followed.told) <= 40
    kept = Followed.model_validate_json(followed.model_dump_json())
    assert kept == followed


def test_a_clock_that_is_ahead_does_not_close_the_future() -> None:
    followed = Followed(published=NOW - DAY_MS, due=0, seen=0)
    ahead = Comment("a", NOW + 3 * HOUR_MS, NOW + 3 * HOUR_MS, "x", None, None)
    take(followed, [ahead], NOW)
    late = Comment("b", NOW - 60_000, NOW - 60_000, "x", None, None)
    assert take(followed, [ahead, late], NOW + 1000).new == (late,)


def test_who_is_let_go_of_is_not_taken_up_again() -> None:
    state = State(version=1)
    for n in range(6):
        state.videos[f"v{n}"] = Followed(published=NOW - n * 1000, due=0, seen=0)
    state.channels = {"@a": ("UC1", "UU1", ""), "@b": ("UC2", "UU2", "")}
    state.forget(
        horizon=NOW - 4500, most=3, always=frozenset({"v5"}), searches=(), channels=("@b",)
    )
    assert list(state.videos) == ["v0", "v1", "v5"]
    assert state.floor == NOW - 2000
    assert list(state.channels) == ["@b"]
    assert State.of(state.cursor()) == state
