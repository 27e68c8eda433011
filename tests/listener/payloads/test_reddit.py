"""What Reddit sends, read without a server: the same whichever way it came."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from listener.errors import BadPayloadError
from listener.fetch.fetcher import Page
from listener.model import Mention, MentionKind
from listener.payloads.reddit import parse_reddit_feed, read_things
from tests.recordings.replay import FOLDER, NOW

FEED = "https://www.reddit.com/r/Thailand/new/.rss"


def recorded(name: str) -> Any:
    return orjson.loads((FOLDER / "reddit" / name).read_bytes())


def of_api(name: str) -> dict[str, Mention]:
    page = read_things(recorded(name), now=NOW)
    assert page
    return {thing.native_id: thing.mention for thing in page.things if thing.mention}


def of_feed(name: str, address: str | SecretStr = FEED) -> dict[str, Mention]:
    body = (FOLDER / "reddit_feeds" / name).read_bytes()
    page = Page(200, FEED, body, {"content-type": "application/atom+xml; charset=UTF-8"})
    listing = parse_reddit_feed(page, address, now=NOW)
    return {mention.native_id: mention for mention in listing.mentions}


@pytest.mark.parametrize(
    ("api", "feed"), [("new_1.json", "new.rss"), ("comments.json", "comments.rss")]
)
def test_api_and_feed_tell_the_same(api: str, feed: str) -> None:
    """But for what a feed does not know: scores, and which comment was answered."""
    asked, fed = of_api(api), of_feed(feed)
    assert len(fed) >= 2
    for name, mention in fed.items():
        known = replace(asked[name], likes=None, replies=None, reply_to=mention.reply_to)
        assert mention == known


def test_a_feed_leaves_out_what_is_deleted_and_counts_what_it_cannot_read() -> None:
    body = (FOLDER / "reddit_feeds" / "comments.rss").read_bytes()
    listing = parse_reddit_feed(Page(200, FEED, body, {}), FEED, now=NOW)
    assert (len(listing.mentions), listing.refused) == (2, 1)
    assert "t3_1wf5dt0" not in of_feed("new.rss")
    assert of_feed("comments.rss")["t1_nq8rrr3"].reply_to == "t3_1wf5dvp"


def test_a_page_that_is_no_feed_is_refused() -> None:
    page = Page(200, FEED, b"<!doctype html><title>whoa there, pardner!</title>", {})
    with pytest.raises(BadPayloadError, match="is no feed"):
        parse_reddit_feed(page, FEED, now=NOW)


def thing(**more: Any) -> Any:
    """The first submission, with other fields."""
    return {"kind": "t3", "data": {**recorded("new_1.json")["data"]["children"][0]["data"], **more}}


def read(child: Any) -> Any:
    page = read_things({"kind": "Listing", "data": {"children": [child]}}, now=NOW)
    assert page
    assert page.after == ""
    return page.things[0] if page.things else None


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({}, False),
        ({"author": "[deleted]"}, True),
        ({"selftext": "[deleted]", "selftext_html": None}, True),
        ({"selftext": "[removed]"}, True),
        ({"selftext": "[ Removed by Reddit ]"}, True),
        ({"removed_by_category": "moderator"}, True),
        ({"removed_by_category": None}, False),
        ({"selftext": "why was it [removed]?"}, False),
        ({"author": None}, False),  # unheard of: nothing is erased for it
    ],
)
def test_what_is_gone(fields: dict[str, Any], gone: bool) -> None:
    found = read(thing(**fields))
    assert found.gone is gone
    assert (found.mention is None) is gone


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://shop.example/tea", True),
        ("https://www.reddit.com/gallery/1wf5dvp", False),
        ("https://i.redd.it/x.jpg", False),
        ("https://v.redd.it/x", False),
        ("https://notreddit.com/", True),
        ("javascript:alert(1)", False),
        ("/r/Thailand/comments/x", False),
        (7, False),
    ],
)
def test_where_a_submission_links_to_is_part_of_it(url: Any, told: bool) -> None:
    text = read(thing(url=url)).mention.text
    assert text.endswith(f"\n\n{url}") is told


def test_kinds() -> None:
    kinds = {name: mention.kind for name, mention in of_api("new_1.json").items()}
    assert kinds["t3_1wf5dvp"] is MentionKind.POST
    assert kinds["t3_1wf5du1"] is MentionKind.REPOST
    assert of_api("new_1.json")["t3_1wf5du1"].reply_to == "t3_1wf4aaa"
    comment = of_api("comments.json")["t1_nq8rrr2"]
    assert (comment.kind, comment.reply_to) == (MentionKind.COMMENT, "t1_nq8rrr1")


def test_without_html_the_text_is_as_it_was_written() -> None:
    child = thing(selftext_html=None, selftext="plain *words*", url=None)
    assert read(child).mention.text == "Best iced tea near Siam?\n\nplain *words*"


@pytest.mark.parametrize("created", [0, -1, 10**12, True, "1482373050", None, NOW // 1000 + 90_000])
def test_a_time_that_is_none_is_not_believed(created: Any) -> None:
    assert read(thing(created_utc=created)) is None


def mutants(value: Any) -> Iterator[Any]:
    """The value with each part of it, however deep, left out or replaced."""
    if isinstance(value, list):
        for place, inner in enumerate(value):
            for changed in mutants(inner):
                yield [*value[:place], changed, *value[place + 1 :]]
        return
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        yield {name: one for name, one in value.items() if name != key}
        for other in (None, [], {}, "text", "", -1, 10**18, 1.5, True, [[]]):
            yield {**value, key: other}
        for changed in mutants(inner):
            yield {**value, key: changed}


def test_any_part_may_be_missing_or_of_another_type() -> None:
    page = recorded("new_1.json")
    page["data"]["children"] = page["data"]["children"][2:3]
    tried = 0
    for mutant in mutants(page):
        tried += 1
        found = read_things(mutant, now=NOW)
        for one in found.things if found else ():
            assert one.mention is None or one.mention.text.strip()
            assert 1_100_000_000 < one.created <= NOW // 1000 + 86_400
            assert orjson.dumps(one.mention)
    assert tried > 500


@pytest.mark.parametrize("value", [None, [], {}, {"data": []}, {"data": {}}, "x", {"error": 403}])
def test_what_is_no_listing(value: Any) -> None:
    assert read_things(value, now=NOW) is None


def test_recorded_traffic_can_be_read(krasae_data: Path) -> None:
    """Everything that PRAW's own tests were answered with, of seven years."""
    read_of: dict[str, int] = {"t1": 0, "t3": 0}
    for path in sorted((krasae_data / "recordings" / "praw").rglob("*.json")):
        for exchange in orjson.loads(path.read_bytes())["interactions"]:
            try:
                value = orjson.loads(exchange["response"]["body"]["string"])
            except (orjson.JSONDecodeError, KeyError):
                continue
            page = read_things(value, now=NOW)
            if page is None:
                continue
            kinds = [child.get("kind") for child in value["data"]["children"]]
            known = kinds.count("t1") + kinds.count("t3")
            assert len(page.things) == known, path.name
            for one in page.things:
                assert one.gone or one.mention, path.name
                read_of[one.native_id[:2]] += 1
    assert read_of["t1"] > 500
    assert read_of["t3"] > 1000
