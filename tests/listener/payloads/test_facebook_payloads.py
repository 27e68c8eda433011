"""What Facebook tells of a page, from dicts and bytes."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from krasae.schema import ROOMS
from listener.model import Folding, FoldingKind, MentionKind
from listener.payloads.facebook import delivered, own_post, parse_comment, parse_post
from listener.receive.taking import Content
from listener.store import append, fold, open_database
from tests.recordings.replay import FOLDER, KEY, NOW

PAGE = "100200300400500"
POST = f"{PAGE}_9001"


def recorded(name: str) -> Any:
    return orjson.loads((FOLDER / "facebook" / name).read_bytes())["data"]


def told(*values: Any, field: str = "feed", at: int = 1_795_518_000) -> Content:
    entry = {
        "id": PAGE,
        "time": at,
        "changes": [{"field": field, "value": one} for one in values],
    }
    body = orjson.dumps({"object": "page", "entry": [entry]})
    return delivered(body, page=PAGE, label="tea", at=NOW)


def added(**more: Any) -> dict[str, Any]:
    value = {
        "from": {"id": "7010", "name": "Mint"},
        "message": "ชาเย็นแก้วละเท่าไหร่คะ",
        "post_id": POST,
        "parent_id": POST,
        "comment_id": "9001_507",
        "created_time": 1_795_517_997,
        "item": "comment",
        "verb": "add",
    }
    return {**value, **more}


def test_a_comment_is_the_same_polled_and_delivered() -> None:
    polled = {
        "id": "9001_507",
        "message": "ชาเย็นแก้วละเท่าไหร่คะ",
        "created_time": "2026-11-24T17:59:57+0700",
        "from": {"id": "7010", "name": "Mint"},
    }
    (mention,) = told(added()).mentions
    assert replace(mention, as_of=None) == parse_comment(polled, post=POST, label="tea")
    assert mention.kind is MentionKind.COMMENT
    assert mention.labels == ("tea",)


def test_a_post_of_a_visitor_is_the_same_polled_and_delivered() -> None:
    visitor = {
        "id": f"{PAGE}_9",
        "message": "ไม่สด",
        "created_time": "2026-11-24T11:00:00+0000",
        "from": {"id": "7010"},
    }
    value = added(item="status", post_id=f"{PAGE}_9", message="ไม่สด", created_time=1_795_518_000)
    (mention,) = told(value).mentions
    assert replace(mention, as_of=None) == parse_post(visitor, label="tea")


def test_own_posts_have_their_numbers() -> None:
    first, _, wordless = recorded("feed.json")
    names = {"post_media_view": "impressions", "post_clicks": "clicks"}
    post = own_post(first, page=PAGE, at=NOW, names=names)
    assert post
    assert post.account == PAGE
    assert post.at == NOW
    assert post.metrics == {
        "likes": 412,
        "reposts": 37,
        "replies": 5,
        "impressions": 8120,
        "clicks": 211,
    }
    bare = own_post(wordless, page=PAGE, at=NOW, names={})
    assert bare
    assert (bare.text, dict(bare.metrics)) == ("", {"likes": 88, "replies": 0})
    assert own_post({"id": "1"}, page=PAGE, at=NOW, names={}) is None


@pytest.mark.parametrize("name", ["id", "message", "created_time"])
def test_what_says_nothing_is_no_mention(name: str) -> None:
    comment = recorded("comments_9001.json")[0]
    del comment[name]
    assert parse_comment(comment, post=POST, label="tea") is None
    post = recorded("feed.json")[1]
    del post[name]
    assert parse_post(post, label="tea") is None


def test_later_facts() -> None:
    edited = told(added(verb="edited", message="เท่าไร"))
    assert edited.foldings == (
        Folding(FoldingKind.EDIT, "facebook", 1_795_518_000_000, "9001_507", text="เท่าไร"),
    )
    removed = told(added(verb="remove", message=None), added(item="post", verb="remove"))
    assert [(one.kind, one.native_id) for one in removed.foldings] == [
        (FoldingKind.DELETE, "9001_507"),
        (FoldingKind.DELETE, POST),
    ]
    assert edited.mentions == removed.mentions == ()


def test_what_meta_delivers_again_and_in_another_order_brings_no_old_text_back() -> None:
    """Its own times say what is latest, whenever a delivery comes."""
    first = told(added())
    then = told(added(verb="edited", message="once"), at=1_795_518_060)
    last = told(added(verb="edited", message="twice"), at=1_795_518_120)
    for order in ((first, then, last, first), (first, last, then), (first, last, first, then)):
        with open_database(":memory:", ROOMS, create=True) as db:
            for number, content in enumerate(order):
                now = NOW + number
                append(db, content.mentions, source="page", key=KEY, now=now)
                fold(db, content.foldings, key=KEY)
            rows = db.execute("SELECT text, edited_at FROM mentions").fetchall()
            assert rows == [("twice", 1_795_518_120_000)]


@pytest.mark.parametrize(
    "value",
    [
        added(verb="hide"),
        added(verb="unhide"),
        added(item="reaction", reaction_type="angry"),
        added(item="like"),
        added(**{"from": {"id": PAGE}}),
        added(message=None),
        added(message="  "),
        added(verb="edited", message=None),
    ],
)
def test_what_is_left_out_without_a_word(value: Any) -> None:
    assert told(value) == Content()


def test_other_fields_are_left_out() -> None:
    assert told(added(), field="conversations") == Content()


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        {},
        added(item=None),
        added(comment_id=None),
        added(comment_id="9001/../507"),
        added(item="post", post_id=12),
        added(verb="shouted"),
        added(verb=None),
        added(verb=[]),
    ],
)
def test_what_cannot_be_read_is_counted_and_keeps_nothing_back(value: Any) -> None:
    content = told(value, added())
    assert content.refused == 1
    assert len(content.mentions) == 1


def test_a_comment_without_a_time_has_that_of_the_news() -> None:
    (mention,) = told(added(created_time=None)).mentions
    assert mention.published_at == 1_795_518_000_000
