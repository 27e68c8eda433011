"""What X sends beside posts: counts, rules, our own posts' numbers, compliance jobs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from listener.model import HOUR_MS, Folding, FoldingKind, OwnPost
from listener.payloads.values import count
from listener.payloads.x import (
    PLATFORM,
    Page,
    id_of,
    mapping,
    parse_post,
    read_object,
    read_page,
    said,
    sent,
)

# What a platform is asked to forget of a post: not where only its place on the map was.
_STAYS = "scrub_geo"
_NUMBERS = {
    "impression_count": "impressions",
    "like_count": "likes",
    "retweet_count": "reposts",
    "reply_count": "replies",
    "quote_count": "quotes",
    "bookmark_count": "saves",
    "url_link_clicks": "clicks",
}


@dataclass(frozen=True, slots=True)
class Hour:
    """Posts in the hour that begins at `start` (UTC ms)."""

    start: int
    count: int


def read_counts(body: bytes) -> tuple[Hour, ...]:
    """The whole hours of an answer, oldest first; raises BadPayloadError.

    The first and the last hour of it are usually cut: they are left out.
    """
    hours: dict[int, int] = {}
    for bucket in sent(read_object(body).get("data")):
        start, end = moment(bucket.get("start")), moment(bucket.get("end"))
        number = count(bucket.get("tweet_count"))
        if start is None or end is None or number is None:
            continue
        if start % HOUR_MS == 0 and end - start == HOUR_MS:
            hours[start] = number
    return tuple(Hour(start, hours[start]) for start in sorted(hours))


def read_own_posts(body: bytes, *, account: str, now: int) -> tuple[tuple[OwnPost, ...], Page]:
    """Our own posts with their numbers of `now` (UTC ms), and the page that they came on."""
    page = read_page(body)
    found: list[OwnPost] = []
    for post in sent(read_object(body).get("data")):
        mention = parse_post(post, {}, {})
        if mention is None:
            continue
        number = id_of(post)
        found.append(
            OwnPost(
                PLATFORM,
                str(number),
                account,
                mention.published_at,
                now,
                mention.text,
                _metrics(post),
                mention.kind,
                f"https://x.com/{account}/status/{number}",
            )
        )
    return tuple(found), page


def read_user_id(body: bytes) -> str | None:
    """The id of the account that was asked for; None if there is none."""
    number = id_of(mapping(read_object(body).get("data")))
    return str(number) if number else None


def _metrics(post: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    # What only the author may see is the truer of the two.
    for key in ("public_metrics", "organic_metrics", "non_public_metrics"):
        for name, value in mapping(post.get(key)).items():
            number = count(value)
            if number is not None and name in _NUMBERS:
                found[_NUMBERS[name]] = number
    return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the stream; `number` is X's id for it."""

    number: str
    value: str
    tag: str


@dataclass(frozen=True, slots=True)
class RulePlan:
    """What has to be added (values) and deleted (ids), so that our rules are those wanted.

    `tags` are those of the rules that find what is wanted: X knows no rule twice, and one may
    be another's already.
    """

    add: tuple[str, ...]
    delete: tuple[str, ...]
    tags: frozenset[str]


def read_rules(body: bytes) -> tuple[Rule, ...]:
    """The rules that an app has; raises BadPayloadError."""
    rules = []
    for one in sent(read_object(body).get("data")):
        number, value, tag = one.get("id"), one.get("value"), one.get("tag")
        if isinstance(number, str) and isinstance(value, str):
            rules.append(Rule(number, value, tag if isinstance(tag, str) else ""))
    return tuple(rules)


def plan_rules(known: Sequence[Rule], wanted: Sequence[str], *, tag: str) -> RulePlan:
    """The way from the rules that an app has to those wanted. Rules without our tag stay."""
    there: set[str] = set()
    tags, stale = {tag}, []
    for rule in known:
        if rule.value in wanted and rule.value not in there:
            there.add(rule.value)
            tags.add(rule.tag)
        elif rule.tag == tag:
            stale.append(rule.number)
    add = tuple(value for value in dict.fromkeys(wanted) if value not in there)
    return RulePlan(add, tuple(stale), frozenset(tags))


def read_refused_rules(body: bytes) -> tuple[str, ...]:
    """What X says of the rules that it did not take, if any; one that it has is no mistake."""
    refused = []
    for one in sent(read_object(body).get("errors")):
        if one.get("title") == "DuplicateRule":
            continue
        value = one.get("value")
        words = said({"errors": [one]}) or "X gives no reason"
        refused.append(f"{words} ({value[:80]})" if isinstance(value, str) else words)
    return tuple(refused)


@dataclass(frozen=True, slots=True)
class Job:
    """A compliance job: `status` is created, in_progress, complete, failed or expired."""

    number: str
    status: str
    upload: str
    download: str


def read_job(body: bytes) -> Job | None:
    """The job that an answer tells of; None if it tells of none."""
    data = mapping(read_object(body).get("data"))
    texts = [data.get(key) for key in ("id", "status", "upload_url", "download_url")]
    if not isinstance(texts[0], str) or not texts[0].isdecimal():
        return None
    number, status, upload, download = (one if isinstance(one, str) else "" for one in texts)
    return Job(number, status, upload, download)


def read_results(body: bytes, *, now: int) -> tuple[tuple[Folding, ...], int]:
    """The posts that are gone from X, and how many lines could not be read.

    Deleted by its author, or out of sight because the account is protected or suspended: to
    the terms it is the same.
    """
    gone: dict[str, Folding] = {}
    refused = 0
    for line in body.splitlines():
        if not line.strip():
            continue
        try:
            told = mapping(orjson.loads(line))
        except orjson.JSONDecodeError:
            told = {}
        number = id_of(told)
        if not number or told.get("action", "delete") != "delete":
            refused += not number
            continue
        if told.get("reason") != _STAYS:
            at = moment(told.get("redacted_at")) or now
            gone[str(number)] = Folding(FoldingKind.DELETE, PLATFORM, min(at, now), str(number))
    return tuple(gone.values()), refused


def moment(value: object) -> int | None:
    """A moment as X writes it (UTC ms)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return int(found.timestamp() * 1000) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
