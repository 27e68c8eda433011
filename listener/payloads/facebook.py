"""What Facebook tells of a page: its posts, comments, and webhooks. Pure.

Forms: https://developers.facebook.com/docs/graph-api/reference/page-post, .../comment, and the
field `feed` of https://developers.facebook.com/docs/graph-api/webhooks/reference/page.
"""

from collections.abc import Mapping
from typing import Any

from listener.model import Folding, FoldingKind, Mention, MentionKind, OwnPost
from listener.payloads.meta import (
    UnreadableError,
    changes,
    identity,
    insights,
    known,
    moment,
    part,
    said,
)
from listener.payloads.values import count, link
from listener.receive.taking import Content

PLATFORM = "facebook"
_POSTS = frozenset({"post", "status", "photo", "video", "share", "link", "album", "note", "event"})
# Hiding is the page's own doing: what was said was said, and its author still sees it.
_SILENT = frozenset({"hide", "unhide", "block", "unblock", "mute", "follow", "like", "unlike"})


def is_own(node: Mapping[str, Any], page: str) -> bool:
    """Whether the page itself said it."""
    return part(node, "from").get("id") == page


def parse_post(post: Mapping[str, Any], *, label: str) -> Mention | None:
    """The mention that somebody's post is; None if it says nothing."""
    native_id, published = identity(post.get("id")), moment(post.get("created_time"))
    text = said(post.get("message"))
    if native_id is None or published is None or not text:
        return None
    numbers = _numbers(post)
    return Mention(
        PLATFORM,
        native_id,
        published,
        text,
        author=_author(post),
        url=link(post.get("permalink_url")),
        likes=numbers["likes"],
        reposts=numbers["reposts"],
        replies=numbers["replies"],
        labels=(label,),
    )


def own_post(
    post: Mapping[str, Any], *, page: str, at: int, names: Mapping[str, str]
) -> OwnPost | None:
    """A post of the page and its numbers; `names` are those of insights, Meta's to ours."""
    native_id, published = identity(post.get("id")), moment(post.get("created_time"))
    if native_id is None or published is None:
        return None
    metrics = known(**_numbers(post)) | insights(post, names)
    url = link(post.get("permalink_url"))
    return OwnPost(
        PLATFORM, native_id, page, published, at, said(post.get("message")), metrics, url=url
    )


def parse_comment(comment: Mapping[str, Any], *, post: str, label: str) -> Mention | None:
    """The mention that a comment under a post is, or a reply to one; None if it says nothing."""
    native_id, published = identity(comment.get("id")), moment(comment.get("created_time"))
    text = said(comment.get("message"))
    if native_id is None or published is None or not text:
        return None
    return Mention(
        PLATFORM,
        native_id,
        published,
        text,
        author=_author(comment),
        kind=MentionKind.COMMENT,
        url=link(comment.get("permalink_url")),
        reply_to=identity(part(comment, "parent").get("id")) or post,
        likes=count(comment.get("like_count")),
        replies=count(comment.get("comment_count")),
        labels=(label,),
    )


def delivered(body: bytes, *, page: str, label: str, at: int) -> Content:
    """What a delivery of the webhook says; `at` (UTC ms) is when it came.

    Left out are fields other than `feed`, reactions, and what the page itself said or hid.
    """
    told, refused = changes(body, "page", page)
    found: list[Mention | Folding | None] = []
    for change in told:
        if change.field != "feed":
            continue
        try:
            found.append(_changed(change.value, page=page, label=label, at=change.at or at))
        except UnreadableError:
            refused += 1
    return Content(
        tuple(one for one in found if isinstance(one, Mention)),
        tuple(one for one in found if isinstance(one, Folding)),
        refused,
    )


def _changed(value: Any, *, page: str, label: str, at: int) -> Mention | Folding | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("item"), str):
        raise UnreadableError
    item, verb = value["item"], value.get("verb")
    if item != "comment" and item not in _POSTS:
        return None
    if not isinstance(verb, str):
        raise UnreadableError
    if verb in _SILENT:
        return None
    native_id = identity(value.get("comment_id" if item == "comment" else "post_id"))
    if native_id is None:
        raise UnreadableError
    if verb in ("remove", "delete"):
        return Folding(FoldingKind.DELETE, PLATFORM, at, native_id)
    if is_own(value, page):
        return None
    text = said(value.get("message"))
    if verb in ("edited", "edit"):
        # Without its text a post was changed otherwise, or has none any more: not told which.
        return Folding(FoldingKind.EDIT, PLATFORM, at, native_id, text=text) if text else None
    if verb != "add":
        raise UnreadableError
    if not text:
        return None
    comment = item == "comment"
    return Mention(
        PLATFORM,
        native_id,
        moment(value.get("created_time")) or at,
        text,
        author=_author(value),
        kind=MentionKind.COMMENT if comment else MentionKind.POST,
        url=link(part(value, "post").get("permalink_url")),
        reply_to=_answered(value) if comment else None,
        labels=(label,),
        as_of=at,
    )


def _answered(value: Mapping[str, Any]) -> str | None:
    return identity(value.get("parent_id")) or identity(value.get("post_id"))


def _numbers(post: Mapping[str, Any]) -> dict[str, int | None]:
    return {
        "likes": count(part(part(post, "reactions"), "summary").get("total_count")),
        "reposts": count(part(post, "shares").get("count")),
        "replies": count(part(part(post, "comments"), "summary").get("total_count")),
    }


def _author(node: Mapping[str, Any]) -> str | None:
    """Its id; a name is not one's own, and is given where there is no id."""
    told = part(node, "from")
    return identity(told.get("id")) or said(told.get("name")) or None
