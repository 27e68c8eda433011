"""What Reddit sends: listings as its API has them, and as its feeds do. Pure.

Forms: https://www.reddit.com/dev/api/ (kinds t1, comments, and t3, submissions), and Atom. Both
have the same HTML of a text, so that a mention is the same whichever way it came.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from listener.fetch.addresses import is_web
from listener.importers.values import text_of, without_html
from listener.model import DAY_MS, Mention, MentionKind
from listener.payloads.feeds import Entry, is_whole, moment_of, read_document, words_of
from listener.payloads.values import count

if TYPE_CHECKING:
    from listener.fetch.fetcher import Page
    from listener.fetch.listings import Listing

PLATFORM = "reddit"
_SITE = "https://www.reddit.com"
_EARLIEST = 1_100_000_000  # seconds, 2004: before Reddit
_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_GONE = ("[deleted]", "[removed]", "[ removed by reddit ]")
# What a person wrote stands between these, in submissions.
_WRITTEN = re.compile(r"<!-- SC_OFF -->(.*?)<!-- SC_ON -->", re.DOTALL)
_LINKED = re.compile(r"""<a href="([^"]{1,2000})">\[link\]</a>""")
_BLANK = re.compile(r"\n{3,}")
_ANSWERED = re.compile(r"/comments/([0-9a-z]{1,13})/")


@dataclass(frozen=True, slots=True)
class Thing:
    """A submission or comment, with the seconds at which it was written and last edited (or 0).

    Without a mention it is gone, or says nothing.
    """

    native_id: str
    created: int
    edited: int
    gone: bool
    mention: Mention | None


@dataclass(frozen=True, slots=True)
class Things:
    """A page of a listing, in its order; `after` names the next page, and is "" on the last."""

    things: tuple[Thing, ...]
    refused: int = 0
    after: str = ""
    subreddits: bool = False  # what Reddit lists instead where there is no such subreddit


def read_things(value: object, *, now: int) -> Things | None:
    """A page of a listing, as parsed JSON; None if it is none. `now` is in UTC ms."""
    data = value.get("data") if isinstance(value, Mapping) else None
    children = data.get("children") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(children, list):
        return None
    read = [_thing(child, now) for child in children]
    after = data.get("after")
    return Things(
        tuple(thing for thing in read if thing),
        read.count(None),
        after if isinstance(after, str) and _NAME.fullmatch(after) else "",
        any(isinstance(child, Mapping) and child.get("kind") == "t5" for child in children),
    )


def _thing(child: object, now: int) -> Thing | None:
    data = child.get("data") if isinstance(child, Mapping) else None
    if not isinstance(data, Mapping):
        return None
    name, created = data.get("name"), _seconds(data.get("created_utc"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    if not _EARLIEST < created <= (now + DAY_MS) // 1000:
        return None
    gone = _is_gone(data)
    mention = None if gone else _mention(data, name, created)
    return Thing(name, created, _seconds(data.get("edited")), gone, mention)


def _is_gone(data: Mapping[str, Any]) -> bool:
    """Deleted or removed; also when only its author is: what that leaves is not to be kept."""
    written = data.get("body") if "body" in data else data.get("selftext")
    taken = isinstance(data.get("removed_by_category"), str)
    texts = (written, data.get("author"))
    return taken or any(isinstance(text, str) and text.lower() in _GONE for text in texts)


def _mention(data: Mapping[str, Any], name: str, created: int) -> Mention | None:
    is_comment = name.startswith("t1_")
    written = _html(data, "body" if is_comment else "selftext")
    text = written if is_comment else _submission(data.get("title"), written, data.get("url"))
    if not text:
        return None
    crossposted = data.get("crosspost_parent")
    kind = MentionKind.COMMENT if is_comment else MentionKind.POST
    if isinstance(crossposted, str) and not is_comment:
        kind = MentionKind.REPOST
    return Mention(
        PLATFORM,
        name,
        created * 1000,
        text,
        author=_author(data.get("author")),
        kind=kind,
        url=_permalink(data.get("permalink")),
        reply_to=_named(data.get("parent_id") if is_comment else crossposted),
        likes=count(data.get("score")),
        replies=None if is_comment else count(data.get("num_comments")),
        labels=_labels(data.get("subreddit")),
    )


def _html(data: Mapping[str, Any], key: str) -> str:
    """What was written, as plain text; of who sends no HTML, as it was written."""
    html, plain = data.get(f"{key}_html"), data.get(key)
    if isinstance(html, str):
        return _as_text(html)
    return text_of(plain) if isinstance(plain, str) else ""


def _as_text(html: str) -> str:
    written = _WRITTEN.search(html)
    return text_of(_BLANK.sub("\n\n", without_html(written[1] if written else html)))


def _submission(title: object, written: str, link: object) -> str:
    """The title, what was written, and where it links to, if that is not Reddit itself."""
    parts = [text_of(title) if isinstance(title, str) else "", written]
    if isinstance(link, str) and is_web(link) and not _is_reddit(link):
        parts.append(link)
    return "\n\n".join(part for part in parts if part)


def _is_reddit(link: str) -> bool:
    host = f".{urlsplit(link).hostname or ''}"
    return host.endswith((".reddit.com", ".redd.it"))


def parse_reddit_feed(page: "Page", address: str | SecretStr, *, now: int) -> "Listing":
    """The submissions and comments of a feed, but for deleted ones. Raises BadPayloadError."""
    from listener.fetch.listings import Listing

    feed = read_document(page, address)
    mentions: list[Mention] = []
    refused = 0
    for entry in feed["entries"]:
        # feedparser takes an id for a relative address, and completes it.
        name = str(dict.get(entry, "id") or "").rpartition("/")[2]
        author = _author(dict.get(entry, "author"))
        html = "".join(
            str(dict.get(content, "value") or "") for content in dict.get(entry, "content", [])
        )
        if not _NAME.fullmatch(name):
            refused += 1
        elif author and _as_text(html).lower() not in _GONE:
            mention = _of_entry(entry, name, author, html, now)
            refused += mention is None
            mentions += [mention] if mention else []
    return Listing(tuple(mentions), refused=refused, whole=is_whole(feed))


def _of_entry(entry: Entry, name: str, author: str, html: str, now: int) -> Mention | None:
    is_comment = name.startswith("t1_")
    if is_comment:
        text = _as_text(html)
    else:
        linked = _LINKED.search(html)
        written = _as_text(html) if _WRITTEN.search(html) else ""
        text = _submission(words_of(entry, "title"), written, linked and linked[1])
    if not text:
        return None
    link = str(dict.get(entry, "link") or "")
    answered = _ANSWERED.search(link) if is_comment else None
    terms = [dict.get(tag, "term") for tag in dict.get(entry, "tags", [])]
    return Mention(
        PLATFORM,
        name,
        moment_of(entry) or now,
        text,
        author=author,
        kind=MentionKind.COMMENT if is_comment else MentionKind.POST,
        url=link if is_web(link) else None,
        reply_to=f"t3_{answered[1]}" if answered else None,
        labels=_labels(terms[0] if terms else None),
    )


def _author(value: object) -> str | None:
    """The name, which feeds write as /u/name; None if it is deleted."""
    name = value.strip().removeprefix("/u/") if isinstance(value, str) else ""
    return name if name and name.lower() not in _GONE else None


def _permalink(value: object) -> str | None:
    return f"{_SITE}{value}" if isinstance(value, str) and value.startswith("/") else None


def _named(value: object) -> str | None:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _labels(subreddit: object) -> tuple[str, ...]:
    return (f"r/{subreddit.strip()[:50]}",) if isinstance(subreddit, str) and subreddit else ()


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value < 2**53 else 0
