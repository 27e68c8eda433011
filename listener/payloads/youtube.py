"""What YouTube's Data API sends: channels, lists of videos, videos, comments, refusals. Pure.

Forms: https://developers.google.com/youtube/v3/docs.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson

from listener.errors import BadPayloadError
from listener.importers.values import text_of
from listener.model import Mention, MentionKind, OwnPost
from listener.payloads.values import count, language

PLATFORM = "youtube"
VIDEOS = 50  # of which one request may ask
_ID = re.compile(r"[A-Za-z0-9_.-]{1,150}")
Item = TypeVar("Item")
_METRICS = {"viewCount": "video_views", "likeCount": "likes", "commentCount": "replies"}


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, and the playlist of everything it uploaded."""

    number: str
    uploads: str
    title: str


@dataclass(frozen=True, slots=True)
class Video:
    """A video as it is now. `metrics` are running totals, as OwnPost names them.

    The channel's `title` goes into no mention: it names the author.
    """

    number: str
    published_at: int
    text: str
    channel: str | None
    title: str  # of the channel
    language: str | None
    metrics: Mapping[str, int]

    @property
    def address(self) -> str:
        return f"https://www.youtube.com/watch?v={self.number}"

    def mention(self) -> Mention:
        """The video as something that was said."""
        return Mention(
            PLATFORM,
            self.number,
            self.published_at,
            self.text,
            author=self.channel,
            url=self.address,
            language=self.language,
            likes=self.metrics.get("likes"),
            replies=self.metrics.get("replies"),
            views=self.metrics.get("video_views"),
        )

    def own_post(self, now: int) -> OwnPost:
        """The video as a post of our own."""
        return OwnPost(
            PLATFORM,
            self.number,
            self.title or self.channel or "",
            self.published_at,
            now,
            self.text,
            dict(self.metrics),
            url=self.address,
        )


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment or, with a `parent`, a reply to one, as it is now."""

    number: str
    published_at: int
    updated_at: int
    text: str
    author: str | None
    likes: int | None
    parent: str | None = None

    def mention(
        self, video: str, replies: int | None = None, labels: tuple[str, ...] = ()
    ) -> Mention:
        """The comment under that video as a mention; the video's id is a label, too."""
        return Mention(
            PLATFORM,
            self.number,
            self.published_at,
            self.text,
            author=self.author,
            kind=MentionKind.REPLY if self.parent else MentionKind.COMMENT,
            url=f"https://www.youtube.com/watch?v={video}&lc={self.number}",
            reply_to=self.parent or video,
            likes=self.likes,
            replies=replies,
            labels=(*labels, video),
        )


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment and those of its replies that came with it; `total` is how many there are."""

    top: Comment
    replies: tuple[Comment, ...]
    total: int

    @property
    def whole(self) -> bool:
        """Whether all replies came."""
        return self.total <= len(self.replies)


@dataclass(frozen=True, slots=True)
class Listed(Generic[Item]):
    """A page of a list; `refused` items could not be read."""

    items: tuple[Item, ...]
    refused: int = 0
    more: str = ""  # the token of the next page


def channel_of(body: bytes) -> Channel | None:
    """The channel in an answer of channels.list; None if there is no such channel."""
    for item in _answered(body).items:
        number, title = _id(item.get("id")), _snippet(item).get("title")
        uploads = _id(_inner(item, "contentDetails", "relatedPlaylists").get("uploads"))
        if number and uploads:
            return Channel(number, uploads, text_of(title) if isinstance(title, str) else "")
    return None


def uploads_of(body: bytes) -> Listed[tuple[str, int]]:
    """Ids of videos and when they were published, newest first; not of those that are private."""

    def read(item: Mapping[str, Any]) -> tuple[str, int] | None:
        details = _inner(item, "contentDetails")
        number, at = _id(details.get("videoId")), _moment(details.get("videoPublishedAt"))
        return (number, at) if number and at else None

    page = _answered(body)
    return Listed(tuple(found for item in page.items if (found := read(item))), more=page.more)


def found_of(body: bytes) -> Listed[str]:
    """The ids of the videos that a search found."""
    page = _answered(body)
    numbers = [_id(_inner(item, "id").get("videoId")) for item in page.items]
    return Listed(tuple(number for number in numbers if number), more=page.more)


def videos_of(body: bytes) -> Listed[Video]:
    """The videos that there are, of those that were asked for."""
    return _read(_answered(body), _video)


def threads_of(body: bytes) -> Listed[Thread]:
    """Comments with some of their replies, newest first."""
    return _read(_answered(body), _thread)


def replies_of(body: bytes, parent: str) -> Listed[Comment]:
    """The replies to one comment."""
    return _read(_answered(body), lambda item: _reply(item, parent))


def reasons_of(body: bytes) -> frozenset[str]:
    """Why a request was refused, in Google's words for it, such as quotaExceeded."""
    try:
        error = _inner(_mapping(orjson.loads(body)), "error")
    except orjson.JSONDecodeError:
        return frozenset()
    told = [one.get("reason") for part in ("errors", "details") for one in _listed(error.get(part))]
    return frozenset(reason for reason in told if isinstance(reason, str))


def _answered(body: bytes) -> Listed[Mapping[str, Any]]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    items = answer.get("items") if isinstance(answer, Mapping) else None
    # An empty list may be left out of an answer; what it was an answer of never is.
    if isinstance(answer, Mapping) and items is None and "pageInfo" in answer:
        items = []
    if not isinstance(answer, Mapping) or not isinstance(items, list):
        raise BadPayloadError(
            "YouTube answers with what is no list.", remedy="It is tried again later."
        )
    more = answer.get("nextPageToken")
    kept = tuple(item for item in items if isinstance(item, Mapping))
    return Listed(kept, len(items) - len(kept), more if isinstance(more, str) else "")


def _read(
    page: Listed[Mapping[str, Any]], parse: Callable[[Mapping[str, Any]], Item | None]
) -> Listed[Item]:
    found = [parse(item) for item in page.items]
    kept = tuple(item for item in found if item is not None)
    return Listed(kept, page.refused + len(found) - len(kept), page.more)


def _video(item: Mapping[str, Any]) -> Video | None:
    snippet, statistics = _snippet(item), _inner(item, "statistics")
    number, at = _id(item.get("id")), _moment(snippet.get("publishedAt"))
    parts = [text_of(snippet.get(name)) for name in ("title", "description")]
    text = "\n\n".join(part for part in parts if part)
    if not (number and at and text):
        return None
    title = snippet.get("channelTitle")
    metrics = {ours: _count(statistics.get(theirs)) for theirs, ours in _METRICS.items()}
    return Video(
        number,
        at,
        text,
        _id(snippet.get("channelId")),
        text_of(title) if isinstance(title, str) else "",
        language(snippet.get("defaultAudioLanguage")) or language(snippet.get("defaultLanguage")),
        {name: count for name, count in metrics.items() if count is not None},
    )


def _thread(item: Mapping[str, Any]) -> Thread | None:
    snippet = _snippet(item)
    top = _comment(_inner(snippet, "topLevelComment"))
    if top is None:
        return None
    read = [_reply(reply, top.number) for reply in _listed(_inner(item, "replies").get("comments"))]
    replies = tuple(reply for reply in read if reply)
    return Thread(top, replies, max(len(replies), _count(snippet.get("totalReplyCount")) or 0))


def _reply(item: Mapping[str, Any], parent: str) -> Comment | None:
    comment = _comment(item)
    return replace(comment, parent=parent) if comment else None


def _comment(item: Mapping[str, Any]) -> Comment | None:
    snippet = _snippet(item)
    number, at = _id(item.get("id")), _moment(snippet.get("publishedAt"))
    # Asked for as plain text; the original is given to its author alone.
    text = text_of(snippet.get("textOriginal")) or text_of(snippet.get("textDisplay"))
    if not (number and at and text):
        return None
    author = _id(_inner(snippet, "authorChannelId").get("value"))
    name = snippet.get("authorDisplayName")
    return Comment(
        number,
        at,
        max(at, _moment(snippet.get("updatedAt")) or at),
        text,
        author or (text_of(name) or None if isinstance(name, str) else None),
        _count(snippet.get("likeCount")),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _inner(value: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        value = _mapping(value.get(name))
    return value


def _snippet(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return _inner(item, "snippet")


def _listed(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in (value if isinstance(value, list) else ()) if _mapping(item))


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _moment(value: object) -> int | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None or moment.year < 2005:  # there was no YouTube
        return None
    return int(moment.timestamp() * 1000)


def _count(value: object) -> int | None:
    """A number, which videos have as text."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,16}", value):
        value = int(value)
    return count(value)
