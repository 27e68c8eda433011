"""What Instagram tells of a business account: media, comments, and webhooks. Pure.

Forms: https://developers.facebook.com/docs/instagram-platform (IG Media, IG Comment, Mentions),
and https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from listener.model import Mention, MentionKind, OwnPost
from listener.payloads.meta import (
    UnreadableError,
    changes,
    identity,
    insights,
    items,
    known,
    moment,
    part,
    said,
)
from listener.payloads.values import count, link

PLATFORM = "instagram"
_COMMENTS = ("comments", "live_comments")


@dataclass(frozen=True, slots=True)
class Mentioned:
    """We were named in the caption of a media, or in a comment: what it says is to be asked."""

    media: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery says, and what it only points at; `refused` could not be read."""

    comments: tuple[Mention, ...]
    mentioned: tuple[Mentioned, ...]
    refused: int


def parse_media(media: Mapping[str, Any], *, label: str) -> Mention | None:
    """The mention that somebody's media is; None if it has no caption."""
    native_id, published = identity(media.get("id")), moment(media.get("timestamp"))
    text = said(media.get("caption"))
    if native_id is None or published is None or not text:
        return None
    return Mention(
        PLATFORM,
        native_id,
        published,
        text,
        author=author(media),
        url=link(media.get("permalink")),
        likes=count(media.get("like_count")),
        replies=count(media.get("comments_count")),
        labels=(label,),
    )


def own_post(
    media: Mapping[str, Any], *, account: str, at: int, names: Mapping[str, str]
) -> OwnPost | None:
    """A media of the account and its numbers; `names` are those of insights, Meta's to ours."""
    native_id, published = identity(media.get("id")), moment(media.get("timestamp"))
    if native_id is None or published is None:
        return None
    metrics = known(
        likes=count(media.get("like_count")), replies=count(media.get("comments_count"))
    )
    metrics |= insights(media, names)
    url = link(media.get("permalink"))
    return OwnPost(
        PLATFORM, native_id, account, published, at, said(media.get("caption")), metrics, url=url
    )


def thread(comment: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A comment, and its replies, which know whom they answer."""
    yield comment
    for reply in items(comment.get("replies")):
        yield {"parent_id": comment.get("id"), **reply}


def parse_comment(
    comment: Mapping[str, Any], *, media: str, label: str, url: str | None = None
) -> Mention | None:
    """The mention that a comment is, or a reply to one. It has no address: `url` is the media's."""
    native_id, published = identity(comment.get("id")), moment(comment.get("timestamp"))
    text = said(comment.get("text"))
    if native_id is None or published is None or not text:
        return None
    return Mention(
        PLATFORM,
        native_id,
        published,
        text,
        author=author(comment),
        kind=MentionKind.COMMENT,
        url=url,
        reply_to=identity(comment.get("parent_id")) or media,
        likes=count(comment.get("like_count")),
        labels=(label,),
    )


def author(node: Mapping[str, Any]) -> str | None:
    """The name of an account, by which every form of an answer knows it; else its id."""
    told = part(node, "from")
    name = said(node.get("username")) or said(told.get("username"))
    return name or identity(told.get("id"))


def delivered(body: bytes, *, account: str, name: str, label: str, at: int) -> Delivered:
    """What a delivery of the webhook says; `at` (UTC ms) is when it came.

    Left out are fields other than comments and mentions, and what the account itself says,
    which goes by the id `account` or by `name`.
    """
    told, refused = changes(body, "instagram", account)
    comments: list[Mention] = []
    mentioned: list[Mentioned] = []
    for change in told:
        try:
            if change.field in _COMMENTS:
                mention = _commented(change.value, label=label, at=change.at or at)
                own = part(change.value, "from").get("id") == account
                if mention and not own and mention.author != name:
                    comments.append(mention)
            elif change.field == "mentions":
                mentioned.append(_mentioned(change.value))
        except UnreadableError:
            refused += 1
    return Delivered(tuple(comments), tuple(mentioned), refused)


def _commented(value: Any, *, label: str, at: int) -> Mention | None:
    """The same as the comment, when asked for, but for its time: only that of the news is told."""
    media = identity(part(value, "media").get("id")) if isinstance(value, Mapping) else None
    if media is None or identity(value.get("id")) is None:
        raise UnreadableError
    return parse_comment({**value, "timestamp": at}, media=media, label=label)


def _mentioned(value: Any) -> Mentioned:
    media = identity(value.get("media_id")) if isinstance(value, Mapping) else None
    if media is None:
        raise UnreadableError
    return Mentioned(media, identity(value.get("comment_id")))
