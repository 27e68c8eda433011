"""What feeds say: RSS, Atom and JSON Feed, in every dialect and state. Pure.

RSS 2.0, RSS 1.0 and Atom are read by feedparser; JSON Feed (https://www.jsonfeed.org/version/1.1/)
is turned into the form of its entries.
"""

import calendar
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from time import struct_time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from listener.errors import BadPayloadError
from listener.fetch.addresses import is_web, plain, shown
from listener.model import HOUR_MS, Mention, MentionKind
from listener.payloads.jsonfeed import is_json, read_json

if TYPE_CHECKING:
    from listener.fetch.fetcher import Page
    from listener.fetch.listings import Listing

Entry = dict[str, Any]

_MAX_TEXT = 20_000
_MAX_TAGS = 400_000  # some seconds of parsing
_MAX_LABELS = 20
_FIRST_BUDDHIST = 2400  # such a year is Buddhist, 543 ahead
_SEPARATORS = dict.fromkeys(map(ord, "-–—|·•:"))
_GLOBAL_ID = re.compile(r"(?:https?|tag|urn|at|doi):\S", re.IGNORECASE)
_LINK = re.compile(r"</?a\b[^>]{0,4000}>", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_MINUTE_MS = 60_000
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 730, "yearly": 8766}  # hours
# Much software writes a day there without anybody having thought of it.
_LONGEST_REST = HOUR_MS
# How feedparser fails on what it was not made for.
_FAILURES = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
)


def parse_feed(page: "Page", address: str | SecretStr, *, platform: str, now: int) -> "Listing":
    """The entries of a feed, in its order. `now` (UTC ms) is the time of those without one.

    Raises BadPayloadError when it is no feed. Thai in TIS-620 is read as such even when it is
    declared otherwise; a feed that breaks off gives what it has.
    """
    from listener.fetch.listings import Listing

    feed = read_document(page, address)
    host = urlsplit(plain(address)).hostname or ""
    about = feed["feed"]
    reader = _Reader(platform, host, words_of(about, "title"), _language(about), now)
    entries = feed["entries"]
    shared = _shared_ids(entries)
    mentions = [reader.mention(entry, trust_id=_id(entry) not in shared) for entry in entries]
    return Listing(
        tuple(mention for mention in mentions if mention),
        refused=mentions.count(None),
        whole=is_whole(feed),
        rest=_rest(about, page.headers),
    )


def read_document(page: "Page", address: str | SecretStr) -> Any:
    """The feed as feedparser gives it, with "feed" and "entries". Raises BadPayloadError."""
    feed = read_json(page.body) if is_json(page.body) else _parsed(page, address)
    if not feed.get("version") and not feed["entries"]:
        raise BadPayloadError(
            f"{shown(address)} is no feed.",
            remedy="Look for the page's RSS or Atom link, and configure that.",
        )
    return feed


def is_whole(feed: Any) -> bool:
    """Whether the document of the feed came to its end."""
    return not type(feed.get("bozo_exception")).__name__.startswith("SAX")


def _host(address: str | SecretStr) -> str:
    """Host and port, without a user and a password."""
    return urlsplit(plain(address)).netloc.rpartition("@")[2]


def _parsed(page: "Page", address: str | SecretStr) -> Any:
    import feedparser

    from listener.fetch.charset import as_utf8

    content_type = page.headers.get("content-type", "")
    body = page.body
    if body.count(b"<") > _MAX_TAGS:
        raise BadPayloadError(
            f"{shown(address)} has more elements than any feed.", remedy="Check the address."
        )
    if (thai := as_utf8(body, content_type)) is not None:
        body, content_type = thai, "application/xml; charset=utf-8"
    # What relative links and ids are completed with: not a mirror that we were sent to, and
    # nothing of an address that is secret.
    base = urlsplit(plain(address))._replace(netloc=_host(address), query="", fragment="")
    if isinstance(address, SecretStr):
        base = base._replace(path="/")
    headers = {"content-type": content_type, "content-location": base.geturl()}
    try:
        # As a stream: feedparser takes bytes and text for a file's name or an address, too.
        return feedparser.parse(
            BytesIO(_untorn(body)),
            response_headers=headers,
            sanitize_html=False,  # no HTML is kept
            resolve_relative_uris=False,
        )
    except _FAILURES as error:
        raise BadPayloadError(
            f"{shown(address)} cannot be read as a feed.", remedy="It is tried again later."
        ) from error


def _untorn(body: bytes) -> bytes:
    """A feed that broke off within an entry, without that entry.

    It may lack its id: it would be another one than when it comes again, whole.
    """
    start = max(body.rfind(b"<item"), body.rfind(b"<entry"))
    name = b"item" if body[start + 1 : start + 5] == b"item" else b"entry"
    return body[:start] if start >= 0 and b"</" + name not in body[start:] else body


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads entries of one feed. `title` and `language` are the feed's own."""

    platform: str
    host: str
    title: str
    language: str | None
    now: int

    def mention(self, entry: Entry, *, trust_id: bool) -> Mention | None:
        """The mention that an entry is; None when it says nothing."""
        text = _text(entry)
        if not text:
            return None
        link = _link(entry)
        return Mention(
            platform=self.platform,
            native_id=self._native_id(_id(entry) if trust_id else "", link, text),
            published_at=moment_of(entry) or self.now,
            text=text,
            author=_author(entry) or self.title or self.host or None,
            kind=MentionKind.ARTICLE,
            url=link,
            language=_language(dict.get(entry, "title_detail", {})) or self.language,
            replies=_count(dict.get(entry, "slash_comments")),
            labels=_labels(entry),
        )

    def _native_id(self, given: str, link: str | None, text: str) -> str:
        if _GLOBAL_ID.match(given):
            return given
        if given:
            return f"{self.host}:{given}"
        return link or f"{self.host}:{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"


# feedparser's dictionaries answer for keys they do not have, with warnings: hence dict.get.


def _id(entry: Entry) -> str:
    return str(dict.get(entry, "id") or "").strip()


def _shared_ids(entries: list[Entry]) -> set[str]:
    """Ids that stand for several entries: some feeds give every entry the same."""
    links: dict[str, set[str | None]] = {}
    for entry in entries:
        links.setdefault(_id(entry), set()).add(_link(entry))
    return {given for given, found in links.items() if len(found) > 1}


def _link(entry: Entry) -> str | None:
    link = str(dict.get(entry, "link") or "").strip()
    return link if is_web(link) else None


def _author(entry: Entry) -> str:
    """Who says it: the author, or, in a news search, the publisher."""
    return words_of(entry, "author") or words_of(dict.get(entry, "source", {}), "title")


def _text(entry: Entry) -> str:
    title = words_of(entry, "title")
    bodies = [words_of(entry, "summary")]
    for content in dict.get(entry, "content", []):
        if "image" not in str(dict.get(content, "type") or ""):
            bodies.append(words_of(content, "value"))
    body = max(bodies, key=len)
    if body.startswith(title):
        title = ""
    elif _bare(title).startswith(_bare(body)):
        body = ""  # a news search repeats the title and the publisher
    return "\n\n".join(part for part in (title, body) if part)[:_MAX_TEXT]


def _bare(text: str) -> str:
    return "".join(text.translate(_SEPARATORS).split())


def words_of(holder: Entry, key: str) -> str:
    """A field as plain text: without tags, and without the addresses of links."""
    from listener.importers.values import text_of, without_html

    value = dict.get(holder, key)
    if not isinstance(value, str):
        return ""
    return text_of(without_html(_LINK.sub("", value)))


def _rest(about: Entry, headers: Mapping[str, str]) -> int:
    """For how long (ms) the feed or its server says that nothing new is to be had, an hour at most.

    RSS's ttl, the syndication module of RSS 1.0 (updates a period), and Cache-Control (RFC 9111).
    """
    rests = [(_count(dict.get(about, "ttl")) or 0) * _MINUTE_MS]
    period = _PERIODS.get(str(dict.get(about, "sy_updateperiod") or "").strip().lower(), 0)
    frequency = _count(dict.get(about, "sy_updatefrequency")) or 1
    rests.append(period * HOUR_MS // frequency)
    if fresh := _MAX_AGE.search(headers.get("cache-control", "")):
        rests.append((int(fresh[1]) - (_count(headers.get("age")) or 0)) * 1000)
    return max(0, min(max(rests), _LONGEST_REST))


def moment_of(entry: Entry) -> int | None:
    """When an entry was published (UTC ms), or else updated; also in a Buddhist year."""
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        moment = dict.get(entry, key)
        if isinstance(moment, struct_time):
            buddhist = moment.tm_year >= _FIRST_BUDDHIST
            try:
                seconds = calendar.timegm((moment.tm_year - 543 * buddhist, *moment[1:]))
            except (ValueError, OverflowError):
                continue
            if seconds > 0:
                return seconds * 1000
    return None


def _language(holder: Entry) -> str | None:
    text = str(dict.get(holder, "language") or "").lower()
    found = _LANGUAGE.match(text)
    return found[0] if found else None


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 12 else None


def _labels(entry: Entry) -> tuple[str, ...]:
    terms = (dict.get(tag, "term") for tag in dict.get(entry, "tags", []))
    names = (term.strip()[:100] for term in terms if isinstance(term, str))
    return tuple(dict.fromkeys(name for name in names if name))[:_MAX_LABELS]
