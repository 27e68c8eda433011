"""What LINE sends: webhook events. Pure.

Form: https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from listener.importers.values import text_of
from listener.model import Folding, FoldingKind, Mention, MentionKind
from listener.receive.taking import Content, read_json

PLATFORM = "line"
Groups = Literal["addressed", "all", "none"]
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_EARLIEST = 1_293_840_000_000  # 2011, the year of LINE's first message


def parse(body: bytes, *, groups: Groups = "addressed") -> Content:
    """The text messages and the withdrawals among the events of one delivery.

    Of `groups` those messages that address the account, all, or none. What has no text (stickers,
    pictures) and what is no message (who follows, who joins) is passed over.
    """
    told = read_json(body)
    events = told.get("events") if isinstance(told, Mapping) else None
    if not isinstance(events, list):
        return Content(refused=1, problem="a delivery is not what LINE sends: it has no events")
    mentions: dict[str, Mention] = {}
    foldings: list[Folding] = []
    refused = 0
    for event in events:
        found = _read(event, groups)
        if isinstance(found, Mention):
            mentions.setdefault(found.native_id, found)
        elif isinstance(found, Folding):
            foldings.append(found)
        elif found is not None:
            refused += 1
    problem = f"{refused} of {len(events)} events could not be read" if refused else None
    return Content(tuple(mentions.values()), tuple(foldings), refused, problem)


def _read(event: Any, groups: Groups) -> Mention | Folding | Literal[False] | None:
    """What an event is; None if it is nothing to us, False if it cannot be read."""
    if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
        return False
    if event["type"] == "message":
        return _message(event, groups)
    if event["type"] == "unsend":
        return _unsent(event)
    return None


def _message(event: Mapping[str, Any], groups: Groups) -> Mention | Literal[False] | None:
    message, source = event.get("message"), event.get("source")
    if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
        return False
    if message["type"] != "text":
        return None
    chat = source.get("type") if isinstance(source, Mapping) else None
    native_id, at = _id(message.get("id")), _moment(event.get("timestamp"))
    said = message.get("text")
    if native_id is None or at is None or not isinstance(said, str) or not isinstance(chat, str):
        return False
    text = text_of(said)
    if not text or (chat != "user" and not _wanted(message, groups)):
        return None
    return Mention(
        PLATFORM,
        native_id,
        at,
        text,
        author=_id(source.get("userId")) if isinstance(source, Mapping) else None,
        kind=MentionKind.COMMENT if chat == "user" else MentionKind.POST,
        reply_to=_id(message.get("quotedMessageId")),
        labels=("direct" if chat == "user" else "group",),
    )


def _wanted(message: Mapping[str, Any], groups: Groups) -> bool:
    if groups != "addressed":
        return groups == "all"
    mention = message.get("mention")
    named = mention.get("mentionees") if isinstance(mention, Mapping) else None
    return any(
        isinstance(one, Mapping) and one.get("isSelf") is True
        for one in (named if isinstance(named, list) else ())
    )


def _unsent(event: Mapping[str, Any]) -> Folding | Literal[False]:
    unsend = event.get("unsend")
    native_id = _id(unsend.get("messageId")) if isinstance(unsend, Mapping) else None
    at = _moment(event.get("timestamp"))
    if native_id is None or at is None:
        return False
    return Folding(FoldingKind.DELETE, PLATFORM, at, native_id)


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _moment(value: object) -> int | None:
    return value if type(value) is int and _EARLIEST < value < 2**45 else None
