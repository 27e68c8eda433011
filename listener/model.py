"""What is heard: mentions, and later facts about them. A leaf: it imports nothing of ours.

Times are UTC epoch milliseconds everywhere; an absent value is None, never 0 or "".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS


class MentionKind(StrEnum):
    """What sort of utterance a mention is."""

    POST = "post"
    REPOST = "repost"
    REPLY = "reply"
    COMMENT = "comment"
    ARTICLE = "article"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Mention:
    """One utterance on one platform, as the platform or an export gave it.

    `author` is the platform's id or name of the author; the store keeps only a
    keyed hash of it unless the user turned that off. `labels` are names that the
    source itself put on the mention (a ticker, a subreddit, the query of another
    tool). `as_of` is when it read like this, where that may be a while ago, as in a
    delivery that comes again: then it undoes no later edit. None is now.
    """

    platform: str
    native_id: str
    published_at: int
    text: str
    author: str | None = None
    followers: int | None = None
    kind: MentionKind = MentionKind.POST
    url: str | None = None
    reply_to: str | None = None
    language: str | None = None
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None
    labels: tuple[str, ...] = ()
    as_of: int | None = None


class FoldingKind(StrEnum):
    """What became of a mention after it was published."""

    EDIT = "edit"
    DELETE = "delete"
    AUTHOR_DELETE = "author_delete"


@dataclass(frozen=True, slots=True)
class Folding:
    """A later fact about a mention (`native_id`) or about all of an author's (`author`).

    An edit carries the new `text`. `at` is the platform's time of it, or else ours.

    With `in_order` the source tells things in the order in which they came to be, as a
    stream does, and who looks at the present: the last edit told holds, whatever the clocks
    say. Else, as with deliveries, the edit with the latest `at` holds, which must then be the
    platform's. And a deletion may overtake its mention: the store keeps a tombstone for it;
    not with `in_order`, for most of a stream's deletions are of strangers.
    """

    kind: FoldingKind
    platform: str
    at: int
    native_id: str | None = None
    author: str | None = None
    text: str | None = None
    in_order: bool | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many utterances a platform counted for a brand's query in [since, until), unread."""

    platform: str
    brand: str
    since: int
    until: int
    count: int


@dataclass(frozen=True, slots=True)
class OwnPost:
    """A post of an account of our own, and what the platform says of it at that moment.

    `metrics` are running totals by name: impressions, reach, likes, reposts, replies, quotes,
    clicks, saves, video_views; only those that the platform tells.
    """

    platform: str
    native_id: str
    account: str
    published_at: int
    at: int
    text: str
    metrics: Mapping[str, int]
    kind: MentionKind = MentionKind.POST
    url: str | None = None


def clean_text(text: str) -> str:
    """Replace what SQLite or UTF-8 cannot carry (NUL, lone surrogates) by U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
