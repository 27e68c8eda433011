"""RSS and Atom feeds, and news searches that answer with a feed. No key."""

import calendar
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from time import struct_time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from pydantic import Field, SecretStr, model_validator

from listener.errors import BadPayloadError, SettingsError
from listener.fetch.addresses import Address, is_web, plain, shown
from listener.model import Mention, MentionKind
from listener.settings import Slug
from listener.source import Context, Source, SourceOptions, Spec

if TYPE_CHECKING:
    from listener.fetch.fetcher import Page
    from listener.fetch.listings import Listing, Place
    from listener.query.tree import Node

_Entry = dict[str, Any]

_SPACING = 1.0  # seconds between two requests to one host
_MAX_TEXT = 20_000
_MAX_TAGS = 400_000  # some seconds of parsing
_MAX_LABELS = 20
_LONGEST_SEARCH = 1000  # characters of {query}; more becomes several searches
_FIRST_BUDDHIST = 2400  # such a year is Buddhist, 543 ahead
_SEPARATORS = dict.fromkeys(map(ord, "-–—|·•:"))
_GLOBAL_ID = re.compile(r"(?:https?|tag|urn|at|doi):\S", re.IGNORECASE)
_LINK = re.compile(r"</?a\b[^>]{0,4000}>", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
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


class FeedOptions(SourceOptions):
    """Options of a `feeds` source. An address that holds a key is written "env:NAME"."""

    addresses: tuple[Address, ...] = Field(default=(), description="the feeds' addresses")
    searches: tuple[Address, ...] = Field(
        default=(),
        description="addresses of searches that answer with a feed; {query} in them becomes "
        "each brand's words",
    )
    platform: Slug = Field(default="rss", description="what its mentions are filed under")

    @model_validator(mode="after")
    def _some(self) -> "FeedOptions":
        if not self.addresses and not self.searches:
            raise ValueError("expected at least one address under addresses or searches")
        if any("{query}" not in plain(search) for search in self.searches):
            raise ValueError("expected {query} in every address under searches")
        return self


SPEC = Spec(
    name="feeds",
    title="RSS, Atom and news-search feeds",
    options=FeedOptions,
    capabilities=frozenset({"poll", "backfill"}),
    interval_seconds=900.0,
)


def connect(options: FeedOptions, context: Context) -> Source:
    """Polls every address in turn."""
    from listener.fetch.fetcher import Fetcher
    from listener.fetch.listings import Listings, Place

    places = [Place(address) for address in options.addresses]
    for search in options.searches:
        places += [Place(_filled(search, words)) for words in _searches(context.queries)]
    if not places:
        raise SettingsError(
            f"Source {context.name} searches for the brands' words, and no brand's query has any.",
            remedy="Give a brand a query with a word in it.",
        )

    def parse(page: "Page", place: "Place", now: int) -> "Listing":
        return parse_feed(page, place.address, platform=options.platform, now=now)

    fetcher = Fetcher(context, spacing=_SPACING)
    return Listings(context, fetcher, places, parse, rolling=True)


def parse_feed(page: "Page", address: str | SecretStr, *, platform: str, now: int) -> "Listing":
    """The entries of a feed, in its order. `now` (UTC ms) is the time of those without one.

    Raises BadPayloadError when it is no feed. Thai in TIS-620 is read as such even when it is
    declared otherwise; a feed that breaks off gives what it has.
    """
    from listener.fetch.listings import Listing

    feed = _parsed(page, address)
    if not feed.get("version") and not feed["entries"]:
        raise BadPayloadError(
            f"{shown(address)} is no feed.",
            remedy="Look for the page's RSS or Atom link, and configure that.",
        )
    host = urlsplit(plain(address)).hostname or ""
    reader = _Reader(platform, host, _words(feed["feed"], "title"), _language(feed["feed"]), now)
    entries = feed["entries"]
    shared = _shared_ids(entries)
    mentions = [reader.mention(entry, trust_id=_id(entry) not in shared) for entry in entries]
    broken = type(feed.get("bozo_exception")).__name__.startswith("SAX")
    return Listing(
        tuple(mention for mention in mentions if mention),
        refused=mentions.count(None),
        whole=not broken,
    )


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
            BytesIO(body),
            response_headers=headers,
            sanitize_html=False,  # no HTML is kept
            resolve_relative_uris=False,
        )
    except _FAILURES as error:
        raise BadPayloadError(
            f"{shown(address)} cannot be read as a feed.", remedy="It is tried again later."
        ) from error


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads entries of one feed. `title` and `language` are the feed's own."""

    platform: str
    host: str
    title: str
    language: str | None
    now: int

    def mention(self, entry: _Entry, *, trust_id: bool) -> Mention | None:
        """The mention that an entry is; None when it says nothing."""
        text = _text(entry)
        if not text:
            return None
        link = _link(entry)
        return Mention(
            platform=self.platform,
            native_id=self._native_id(_id(entry) if trust_id else "", link, text),
            published_at=_moment(entry) or self.now,
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


def _id(entry: _Entry) -> str:
    return str(dict.get(entry, "id") or "").strip()


def _shared_ids(entries: list[_Entry]) -> set[str]:
    """Ids that stand for several entries: some feeds give every entry the same."""
    links: dict[str, set[str | None]] = {}
    for entry in entries:
        links.setdefault(_id(entry), set()).add(_link(entry))
    return {given for given, found in links.items() if len(found) > 1}


def _link(entry: _Entry) -> str | None:
    link = str(dict.get(entry, "link") or "").strip()
    return link if is_web(link) else None


def _author(entry: _Entry) -> str:
    """Who says it: the author, or, in a news search, the publisher."""
    return _words(entry, "author") or _words(dict.get(entry, "source", {}), "title")


def _text(entry: _Entry) -> str:
    title = _words(entry, "title")
    bodies = [_words(entry, "summary")]
    for content in dict.get(entry, "content", []):
        if "image" not in str(dict.get(content, "type") or ""):
            bodies.append(_words(content, "value"))
    body = max(bodies, key=len)
    if body.startswith(title):
        title = ""
    elif _bare(title).startswith(_bare(body)):
        body = ""  # a news search repeats the title and the publisher
    return "\n\n".join(part for part in (title, body) if part)[:_MAX_TEXT]


def _bare(text: str) -> str:
    return "".join(text.translate(_SEPARATORS).split())


def _words(holder: _Entry, key: str) -> str:
    """A field as plain text: without tags, and without the addresses of links."""
    from listener.importers.values import text_of, without_html

    value = dict.get(holder, key)
    if not isinstance(value, str):
        return ""
    return text_of(without_html(_LINK.sub("", value)))


def _moment(entry: _Entry) -> int | None:
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


def _language(holder: _Entry) -> str | None:
    text = str(dict.get(holder, "language") or "").lower()
    found = _LANGUAGE.match(text)
    return found[0] if found else None


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 12 else None


def _labels(entry: _Entry) -> tuple[str, ...]:
    terms = (dict.get(tag, "term") for tag in dict.get(entry, "tags", []))
    names = (term.strip()[:100] for term in terms if isinstance(term, str))
    return tuple(dict.fromkeys(name for name in names if name))[:_MAX_LABELS]


def _filled(search: str | SecretStr, words: str) -> str | SecretStr:
    filled = plain(search).replace("{query}", quote_plus(words))
    return SecretStr(filled) if isinstance(search, SecretStr) else filled


def _searches(queries: Mapping[str, str]) -> Iterator[str]:
    """What to search for, for each brand: its words, joined by OR, as often as they need."""
    from listener.query import parse

    for query in queries.values():
        line = ""
        for word in dict.fromkeys(search_words(parse(query)) or ()):
            longer = f"{line} OR {word}" if line else word
            if len(longer) > _LONGEST_SEARCH:
                yield line
                longer = word
            line = longer
        if line:
            yield line


def search_words(node: "Node") -> tuple[str, ...] | None:
    """Words of which all that a query accepts contains one; None if it names none.

    A search engine takes these; conditions, exclusions and nearness are judged here, later.
    """
    from listener.query.tree import And, Cashtag, Handle, Hashtag, Near, Or, Term

    match node:
        case Term(text):
            return (f'"{text}"' if " " in text else text,)
        case Hashtag(name):
            return (f"#{name}",)
        case Cashtag(name):
            return (f"${name}",)
        case Handle(name):
            return (f"@{name}",)
        case Near(words, _):
            return (max(words, key=len),)
        case And(parts):
            choices = [found for part in parts if (found := search_words(part))]
            return min(choices, key=lambda words: (len(words), -len(words[0])), default=None)
        case Or(parts):
            alternatives = [search_words(part) for part in parts]
            if None in alternatives:
                return None
            return tuple(word for words in alternatives for word in words or ())
        case _:
            return None
