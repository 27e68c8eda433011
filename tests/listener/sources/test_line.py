"""LINE: what of its events is a mention, and whom the door lets in."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
import pytest
from pydantic import SecretStr, ValidationError

from listener.model import FoldingKind, MentionKind
from listener.payloads.line import parse
from listener.source import Call
from listener.sources.line import LineOptions, answer

NOW = 1_795_521_600_000
OPTIONS = LineOptions(channel_secret=SecretStr("8c570fa6dd201bb328f1c1eac23a96d8"))
USER = {"type": "user", "userId": "U8189cf6745fc0d808977bdb0b9f22995"}
GROUP = {"type": "group", "groupId": "Ca56f94637c", "userId": USER["userId"]}


def event(kind: str = "message", **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "timestamp": NOW,
        "source": USER,
        "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR",
        "deliveryContext": {"isRedelivery": False},
        "mode": "active",
        **more,
    }


def text(said: str = "รอนานมาก", **more: Any) -> dict[str, Any]:
    return {"message": {"id": "444573844083572737", "type": "text", "text": said, **more}}


def body(*events: Any) -> bytes:
    return orjson.dumps({"destination": "Uxxx", "events": events})


def test_its_documented_signature_is_known() -> None:
    """The bytes as they came, those of an emoji and of Thai among them."""
    sent = body(event(**text("😀 ชาเย็น")))
    digest = hmac.new(b"8c570fa6dd201bb328f1c1eac23a96d8", sent, hashlib.sha256).digest()
    headers = {"x-line-signature": base64.b64encode(digest).decode()}
    assert answer(OPTIONS, Call("POST", headers, {}, sent), NOW).keep
    again = orjson.dumps(orjson.loads(sent), option=orjson.OPT_INDENT_2)
    assert answer(OPTIONS, Call("POST", headers, {}, again), NOW).status == 401


def test_the_secret_must_come_from_the_environment() -> None:
    with pytest.raises(ValidationError, match="env:NAME"):
        LineOptions.model_validate({"channel_secret": "8c570fa6dd201bb328f1c1eac23a96d8"})


def test_a_message_to_the_account_is_a_comment() -> None:
    [mention] = parse(body(event(**text("ชาเย็น (love) 😍", quotedMessageId="4445")))).mentions
    assert mention.kind == MentionKind.COMMENT
    assert mention.text == "ชาเย็น (love) 😍"
    assert mention.author == USER["userId"]
    assert mention.reply_to == "4445"
    assert mention.labels == ("direct",)
    assert mention.published_at == NOW


@pytest.mark.parametrize(
    ("groups", "addressed", "kept"),
    [
        ("addressed", True, True),
        ("addressed", False, False),
        ("all", False, True),
        ("none", True, False),
    ],
)
def test_of_groups_what_is_asked_for(groups: Any, addressed: bool, kept: bool) -> None:
    named = {"mention": {"mentionees": [{"index": 0, "type": "user", "isSelf": addressed}]}}
    found = parse(body(event(source=GROUP, **text("@ร้าน มีไหม", **named))), groups=groups)
    assert [mention.kind for mention in found.mentions] == [MentionKind.POST] * kept
    assert found.refused == 0


def test_who_does_not_share_an_id_has_none() -> None:
    room = {"type": "room", "roomId": "Ra8dbf4673c"}
    [mention] = parse(body(event(source=room, **text())), groups="all").mentions
    assert mention.author is None


def test_a_message_that_comes_again_is_the_same() -> None:
    again = event(deliveryContext={"isRedelivery": True}, **text())
    assert parse(body(event(**text()), again)) == parse(body(event(**text())))
    assert parse(body(again)) == parse(body(event(**text())))


def test_what_is_taken_back_is_deleted() -> None:
    found = parse(body(event("unsend", unsend={"messageId": "325708"})))
    [folding] = found.foldings
    assert (folding.kind, folding.native_id, folding.at) == (FoldingKind.DELETE, "325708", NOW)
    assert folding.in_order is None, "it may come before the message, which LINE brings again"


@pytest.mark.parametrize(
    "passed_over",
    [
        event("follow", follow={"isUnblocked": False}),
        event("unfollow"),
        event("join", source=GROUP),
        event("videoPlayComplete"),
        event("a kind of next year", novelty=1),
        event(message={"id": "1", "type": "sticker", "keywords": ["thanks"]}),
        event(message={"id": "1", "type": "image"}),
        event(**text(" \u200b ")),
    ],
)
def test_what_says_nothing_is_passed_over_and_not_counted(passed_over: dict[str, Any]) -> None:
    found = parse(body(passed_over, event(**text())))
    assert len(found.mentions) == 1
    assert found.refused == 0
    assert found.problem is None


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "message",
        {},
        event(message=None),
        event(**text()) | {"timestamp": "today"},
        event(message={"type": "text", "text": "no id"}),
        event("unsend", unsend={}),
    ],
)
def test_what_cannot_be_read_is_counted_and_spoils_itself_alone(broken: Any) -> None:
    found = parse(body(broken, event(**text())))
    assert len(found.mentions) == 1
    assert found.refused == 1
    assert found.problem == "1 of 2 events could not be read"


@pytest.mark.parametrize("sent", [b"", b"no", b"[]", b"7", b'{"events": {}}', b"{}"])
def test_a_body_that_is_not_lines_is_told(sent: bytes) -> None:
    found = parse(sent)
    assert (found.mentions, found.refused) == ((), 1)
    assert found.problem == "a delivery is not what LINE sends: it has no events"


def test_half_an_emoji_does_not_lose_the_rest() -> None:
    sent = body(event(**text("X"))).replace(b'"X"', b'"cut \\ud83d"')
    [mention] = parse(sent).mentions
    assert mention.text == "cut \ufffd"
