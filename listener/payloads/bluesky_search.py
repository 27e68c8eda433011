"""What a search of Bluesky finds. Pure. Form: the lexicon app.bsky.feed.searchPosts."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from listener.model import Mention
from listener.payloads.bluesky import POSTS, moment_of, parse_post
from listener.payloads.values import count

_POST = re.compile(
    rf"at://(did:[a-z]+:[A-Za-z0-9._:%-]{{1,250}})/{re.escape(POSTS)}/([A-Za-z0-9._:~-]{{1,512}})"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found; `after` leads to the next, and is "" on the last."""

    mentions: tuple[Mention, ...]
    refused: int
    after: str


def read_found(value: object) -> Found | None:
    """A page, as parsed JSON; None if it is none. The ids are those that Jetstream gives.

    A post without a text is no mention, and can be read all the same.
    """
    posts = value.get("posts") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(posts, list):
        return None
    read = [_mention(post) for post in posts]
    after = value.get("cursor")
    mentions = tuple(one for one in read if isinstance(one, Mention))
    refused = sum(one is False for one in read)
    return Found(mentions, refused, after if isinstance(after, str) and posts else "")


def _mention(post: object) -> Mention | Literal[False] | None:
    """The mention that a post is; None if it has no text, False if it cannot be read."""
    if not isinstance(post, dict):
        return False
    uri, record = post.get("uri"), post.get("record")
    named = _POST.fullmatch(uri) if isinstance(uri, str) else None
    indexed = moment_of(post.get("indexedAt"))
    if not named or not isinstance(record, dict) or indexed is None:
        return False
    did, rkey = named.groups()
    url = f"https://bsky.app/profile/{did}/post/{rkey}"
    said = parse_post(record, did=did, native_id=named[0], url=url, at=indexed)
    if said is None:
        return None
    return replace(
        said,
        likes=count(post.get("likeCount")),
        reposts=count(post.get("repostCount")),
        replies=count(post.get("replyCount")),
    )
