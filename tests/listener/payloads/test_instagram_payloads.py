"""What Instagram tells of an account, from dicts and bytes."""

from typing import Any

import orjson
import pytest

from listener.payloads.instagram import (
    Delivered,
    Mentioned,
    delivered,
    own_post,
    parse_comment,
    parse_media,
    thread,
)
from tests.recordings.replay import FOLDER, NOW

ACCOUNT = "17841400000000001"
MEDIA = "17900000000000101"


def recorded(name: str) -> Any:
    return orjson.loads((FOLDER / "instagram" / name).read_bytes())["data"]


def told(*values: Any, field: str = "comments") -> Delivered:
    changes = [{"field": field, "value": one} for one in values]
    entry = {"id": ACCOUNT, "time": 1_795_518_000, "changes": changes}
    body = orjson.dumps({"object": "instagram", "entry": [entry]})
    return delivered(body, account=ACCOUNT, name="chayen.siam", label="tea", at=NOW)


def comment(**more: Any) -> dict[str, Any]:
    value = {
        "id": "17950000000000010",
        "text": "ชาเย็นส่งต่างจังหวัดไหมคะ",
        "from": {"id": "10999", "username": "mint.m"},
        "media": {"id": MEDIA, "media_product_type": "FEED"},
    }
    return {**value, **more}


def test_a_comment_is_the_same_polled_and_delivered() -> None:
    polled = {
        "id": "17950000000000010",
        "text": "ชาเย็นส่งต่างจังหวัดไหมคะ",
        "timestamp": "2026-11-24T11:00:00+0000",
        "username": "mint.m",
    }
    assert told(comment()).comments == (parse_comment(polled, media=MEDIA, label="tea"),)
    assert told(comment(), field="live_comments").comments == told(comment()).comments


def test_a_reply_knows_whom_it_answers() -> None:
    (mention,) = told(comment(parent_id="17950000000000001")).comments
    assert mention.reply_to == "17950000000000001"
    first = recorded("comments_101.json")[1]
    answers = [parse_comment(one, media=MEDIA, label="tea") for one in thread(first)]
    assert [one.reply_to for one in answers if one] == [MEDIA, first["id"], first["id"]]


def test_own_media_have_their_numbers() -> None:
    first, second, _ = recorded("media.json")
    names = {"reach": "reach", "saved": "saves"}
    post = own_post(first, account=ACCOUNT, at=NOW, names=names)
    assert post
    assert post.metrics == {"likes": 920, "replies": 6, "reach": 5400, "saves": 61}
    bare = own_post(second, account=ACCOUNT, at=NOW, names=names)
    assert bare
    assert bare.metrics == {"likes": 310, "replies": 0}
    assert own_post({"id": "1"}, account=ACCOUNT, at=NOW, names={}) is None


@pytest.mark.parametrize("name", ["id", "text", "timestamp"])
def test_a_comment_that_says_nothing_is_no_mention(name: str) -> None:
    value = recorded("comments_101.json")[0]
    del value[name]
    assert parse_comment(value, media=MEDIA, label="tea") is None


def test_a_media_without_a_caption_is_no_mention() -> None:
    tagged, wordless = recorded("tags.json")
    mention = parse_media(tagged, label="tea")
    assert mention
    assert (mention.author, mention.likes, mention.replies) == ("tea_diary", 55, 3)
    assert parse_media(wordless, label="tea") is None


def test_who_has_no_name_has_an_id() -> None:
    (mention,) = told(comment(**{"from": {"id": "10999"}})).comments
    assert mention.author == "10999"
    (mention,) = told(comment(**{"from": None})).comments
    assert mention.author is None


@pytest.mark.parametrize("who", [{"id": ACCOUNT}, {"id": "10997", "username": "chayen.siam"}])
def test_what_we_say_ourselves_is_left_out(who: dict[str, str]) -> None:
    assert told(comment(**{"from": who})) == Delivered((), (), 0)


def test_mentions_only_point_at_what_was_said() -> None:
    found = told({"media_id": "5", "comment_id": "6"}, {"media_id": "7"}, field="mentions")
    assert found == Delivered((), (Mentioned("5", "6"), Mentioned("7")), 0)


@pytest.mark.parametrize(
    "value", [None, 3, {}, comment(id=None), comment(media={}), comment(media=1)]
)
def test_what_cannot_be_read_is_counted_and_keeps_nothing_back(value: Any) -> None:
    found = told(value, comment())
    assert found.refused == 1
    assert len(found.comments) == 1
    assert told(None, field="story_insights") == Delivered((), (), 0)
    assert told({"comment_id": "6"}, field="mentions").refused == 1
