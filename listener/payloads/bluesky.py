"""What Bluesky sends: Jetstream's messages, and the records of posts in them. Pure.

Form of the messages: https://bsky.network/docs/jetstream/ (the endpoint `/subscribe`), of the
posts: the lexicon app.bsky.feed.post.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from listener.fetch.addresses import is_web
from listener.importers.values import text_of
from listener.model import Folding, FoldingKind, Mention, MentionKind
from listener.payloads.values import language

PLATFORM = "bluesky"
POSTS = "app.bsky.feed.post"
_ERASED = ("deleted", "takendown")  # tuples: what comes may not be hashable
_EARLIEST = 1_100_000_000_000  # ms, 2004: before that there was nothing to import posts from
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,250}")
_RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
_LINKS = "app.bsky.richtext.facet#link"
_MOST_LINKS = 50
_QUOTES = ("app.bsky.embed.record", "app.bsky.embed.recordWithMedia")


class Event(NamedTuple):
    """One message: its time (us), a key for it, and what it says, if anything."""

    at: int
    key: str
    said: Mention | Folding | None = None
    edited: bool = False
    known: bool = True  # whether it is of a kind that we know


def read_event(message: str | bytes) -> Event | None:
    """One message of Jetstream; None if it cannot be read."""
    try:
        value = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    if type(value) is not dict:
        return None
    at, did, kind = value.get("time_us"), value.get("did"), value.get("kind")
    if type(at) is not int or not 0 < at < 2**53 or type(did) is not str or not _DID.fullmatch(did):
        return None
    if kind == "commit":
        return _commit(at, did, value.get("commit"))
    if kind == "account":
        return _account(at, did, value.get("account"))
    return Event(at, f"{did} {kind}"[:300], known=kind == "identity")


def _commit(at: int, did: str, commit: object) -> Event | None:
    if not isinstance(commit, dict):
        return None
    if commit.get("collection") != POSTS:
        return Event(at, f"{did} {commit.get('rev')}"[:300])
    rkey, operation = commit.get("rkey"), commit.get("operation")
    if type(rkey) is not str or not _RKEY.fullmatch(rkey):
        return None
    key = f"{did} {rkey} {operation}"[:900]
    native_id = f"at://{did}/{POSTS}/{rkey}"
    if operation == "delete":
        gone = Folding(FoldingKind.DELETE, PLATFORM, at // 1000, native_id, in_order=True)
        return Event(at, key, gone)
    if operation not in ("create", "update"):
        return Event(at, key, known=False)
    record = commit.get("record")
    if not isinstance(record, dict):
        return None
    url = f"https://bsky.app/profile/{did}/post/{rkey}"
    said = parse_post(record, did=did, native_id=native_id, url=url, at=at // 1000)
    return Event(at, key, said, edited=operation == "update")


def _account(at: int, did: str, account: object) -> Event | None:
    """An account's new state. Only for good is gone: a suspended one may come back."""
    if not isinstance(account, dict):
        return None
    key = f"{did} account {account.get('status')}"[:300]
    if account.get("active") is False and account.get("status") in _ERASED:
        return Event(at, key, Folding(FoldingKind.AUTHOR_DELETE, PLATFORM, at // 1000, author=did))
    return Event(at, key)


def parse_post(
    record: Mapping[str, Any], *, did: str, native_id: str, url: str, at: int
) -> Mention | None:
    """The mention that a record of app.bsky.feed.post is; None if it has no text.

    `at` (ms) is when it was heard of: the time of posts that claim a later one, or none.
    """
    text = _text(record)
    if not text:
        return None
    reply = record.get("reply")
    parent = reply.get("parent") if isinstance(reply, dict) else None
    reply_to = parent.get("uri") if isinstance(parent, dict) else None
    created = moment_of(record.get("createdAt"))
    return Mention(
        PLATFORM,
        native_id,
        created if created is not None and created < at else at,
        text,
        author=did,
        kind=MentionKind.REPLY if isinstance(reply, dict) else MentionKind.POST,
        url=url,
        reply_to=reply_to if isinstance(reply_to, str) and reply_to else None,
        language=_language(record.get("langs")),
        labels=_labels(record),
    )


def _text(record: Mapping[str, Any]) -> str:
    """The text, with its links, which are shown shortened, in full; "" if one sees nothing."""
    text, facets = record.get("text"), record.get("facets")
    if type(text) is not str:
        return ""
    if isinstance(facets, list) and facets:
        text = _linked(text, facets)
    return text_of(text)


def _linked(text: str, facets: list[Any]) -> str:
    # Facets count UTF-8 bytes. orjson lets no lone surrogate through.
    body, end = text.encode(), len(text.encode())
    for start, stop, uri in sorted(_links(facets[:_MOST_LINKS]), reverse=True):
        if 0 <= start < stop <= end:  # neither outside nor inside the one after it
            try:
                before, after = body[:start].decode(), body[stop:].decode()
            except UnicodeDecodeError:
                continue
            body, end = f"{before}{uri}{after}".encode(), start
    return body.decode()


def _links(facets: list[Any]) -> Iterator[tuple[int, int, str]]:
    for facet in facets:
        try:
            start, stop = facet["index"]["byteStart"], facet["index"]["byteEnd"]
            uris = [one["uri"] for one in facet["features"] if one["$type"] == _LINKS]
        except (TypeError, KeyError):
            continue
        if type(start) is int and type(stop) is int:
            # The others name people and tags: their text stays.
            yield from ((start, stop, uri) for uri in uris[:1] if type(uri) is str and is_web(uri))


def _labels(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Tags that are not in the text, and "quote" for a post about another."""
    tags, embed = record.get("tags"), record.get("embed")
    listed = tags[:20] if isinstance(tags, list) else []
    names = [tag.strip()[:100] for tag in listed if isinstance(tag, str)]
    if isinstance(embed, dict) and embed.get("$type") in _QUOTES:
        names.append("quote")
    return tuple(dict.fromkeys(name for name in names if name))


def _language(langs: object) -> str | None:
    first = langs[0] if isinstance(langs, list) and langs else None
    return language(first)


def moment_of(text: object) -> int | None:
    """A time as Bluesky writes it (UTC ms), if it can be one."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        milliseconds = int(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return milliseconds if milliseconds > _EARLIEST else None
