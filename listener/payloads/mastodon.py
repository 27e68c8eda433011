"""What Mastodon sends: statuses. Pure. Form: https://docs.joinmastodon.org/entities/Status/."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from listener.importers.values import text_of, without_html
from listener.model import Mention, MentionKind
from listener.payloads.values import count, language, link

PLATFORM = "mastodon"
_PUBLIC = ("public", "unlisted", None)
# Links of hashtags and of people: what one sees of them is all that they say.
_NAMING = re.compile(
    r"""<a\b[^>]{0,2000}?\b(?:class=["'][^"'>]{0,200}\b(?:mention|hashtag)\b|rel=["']tag\b)"""
    r"[^>]{0,2000}>",
    re.IGNORECASE,
)


def status_id(host: str, number: object) -> str | None:
    """The id of a status, which its server alone knows it by, for everybody."""
    if isinstance(number, bool) or not isinstance(number, str | int):
        return None
    text = str(number)
    return f"{host}/{text}" if re.fullmatch(r"[A-Za-z0-9_-]{1,100}", text) else None


def parse_status(status: Mapping[str, Any], *, host: str) -> Mention | None:
    """The mention that a status of the server `host` is; None if it is private or says nothing.

    A boost is a repost with the text of what it boosts.
    """
    native_id, published = status_id(host, status.get("id")), _moment(status.get("created_at"))
    if native_id is None or published is None or status.get("visibility") not in _PUBLIC:
        return None
    boosted = status.get("reblog")
    said = boosted if isinstance(boosted, Mapping) else status
    text = status_text(said)
    if not text:
        return None
    kind, answered = MentionKind.POST, status.get("in_reply_to_id")
    if said is not status:
        kind, answered = MentionKind.REPOST, said.get("id")
    elif answered is not None:
        kind = MentionKind.REPLY
    account = status.get("account")
    return Mention(
        PLATFORM,
        native_id,
        published,
        text,
        author=_author(account, host),
        followers=count(account.get("followers_count")) if isinstance(account, Mapping) else None,
        kind=kind,
        url=link(status.get("url")) or link(said.get("url")) or link(said.get("uri")),
        reply_to=status_id(host, answered),
        language=language(said.get("language")),
        likes=count(status.get("favourites_count")),
        reposts=count(status.get("reblogs_count")),
        replies=count(status.get("replies_count")),
    )


def edited_at(status: Mapping[str, Any]) -> int | None:
    """When it was last edited (UTC ms), if it was."""
    return _moment(status.get("edited_at"))


def status_text(status: Mapping[str, Any]) -> str:
    """The warning, if there is one, and the text, without HTML; "" if one sees nothing."""
    warning, content = status.get("spoiler_text"), status.get("content")
    parts = (
        text_of(warning) if isinstance(warning, str) else "",
        text_of(without_html(_NAMING.sub("", content))) if isinstance(content, str) else "",
    )
    return "\n\n".join(part for part in parts if part)


def _author(account: object, host: str) -> str | None:
    name = account.get("acct") if isinstance(account, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        return None
    return name if "@" in name else f"{name}@{host}"


def _moment(value: object) -> int | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(moment, datetime):
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        milliseconds = int(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return milliseconds if milliseconds > 1_000_000_000 else None
