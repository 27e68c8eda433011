"""JSON Feed in the form of feedparser's dictionaries. Pure.

Form: https://www.jsonfeed.org/version/1.1/. feedparser 6 reads no JSON.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import struct_time
from typing import Any

import orjson

_VERSION = "jsonfeed.org/version/1"
_BEFORE = b"\xef\xbb\xbf \t\r\n"  # a mark of the byte order, and space


def is_json(body: bytes) -> bool:
    """Whether a document looks like JSON, and not like XML."""
    return body[:100].lstrip(_BEFORE)[:1] == b"{"


def read_json(body: bytes) -> dict[str, Any]:
    """The feed and its entries; without a version and without entries when it is no JSON Feed."""
    try:
        value = orjson.loads(body.lstrip(_BEFORE))
    except orjson.JSONDecodeError:
        value = None
    found: dict[str, Any] = {"version": "", "feed": {}, "entries": []}
    if not isinstance(value, dict) or _VERSION not in str(value.get("version")):
        return found
    items = value.get("items")
    found["version"] = "json"
    found["feed"] = _present({"title": value.get("title"), "language": value.get("language")})
    if isinstance(items, list):
        found["entries"] = [_entry(item if isinstance(item, dict) else {}) for item in items]
    return found


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    identity = item.get("id")  # some give a number
    texts = (_escaped(item.get("content_text")), item.get("content_html"))
    entry = {
        "id": str(identity) if isinstance(identity, str | int) else None,
        "link": item.get("url") or item.get("external_url"),
        "title": _escaped(item.get("title")),
        "summary": _escaped(item.get("summary")),
        "author": _author(item),
        "content": [{"value": text} for text in texts],
        "tags": [{"term": tag} for tag in _listed(item.get("tags"))],
        "title_detail": {"language": item.get("language")},
    }
    for name, key in (("date_published", "published_parsed"), ("date_modified", "updated_parsed")):
        if moment := _moment(item.get(name)):
            entry[key] = moment
    return _present(entry)


def _author(item: Mapping[str, Any]) -> str | None:
    """The first author's name; version 1.0 has one only."""
    for author in (*_listed(item.get("authors")), item.get("author")):
        name = author.get("name") if isinstance(author, Mapping) else None
        if isinstance(name, str) and name.strip():
            return name
    return None


def _escaped(text: object) -> str | None:
    """Plain text as HTML: what reads it takes tags out."""
    return text.replace("&", "&amp;").replace("<", "&lt;") if isinstance(text, str) else None


def _moment(text: object) -> struct_time | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC).timetuple()
    except (ValueError, OverflowError):
        return None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
