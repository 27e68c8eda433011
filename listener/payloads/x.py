"""What X sends of posts: pages of a search, and lines of the stream. Pure.

Form: https://docs.x.com/x-api/fundamentals/data-dictionary. A post's id holds the millisecond
at which it was made, so that ids stand for times where X asks for ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

import orjson

from listener.errors import BadPayloadError
from listener.model import Mention, MentionKind
from listener.payloads.values import count

PLATFORM = "x"
TWEET_FIELDS = ("author_id", "created_at", "lang", "note_tweet", "public_metrics")
REFERENCES = "referenced_tweets"
USER_FIELDS = ("public_metrics", "username")
_EPOCH = 1_288_834_974_657  # ms; ids since November 2010 count from here
_TIME_BITS = 22
_FIRST = 1 << 40  # ids below are older, and hold no time
_EARLIEST = 1_142_899_200_000  # ms, 21 March 2006: nobody has posted before
_LARGEST = 2**63
_LEGACY = {"in": "id", "iw": "he", "ji": "yi"}  # X writes some languages the old way
_UNKNOWN = frozenset({"und", "zxx", "art"})
_NOBODY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of posts: newest first. `newest` and `oldest` are ids, 0 where there is none.

    `posts`, `users` and `others` count what was sent, and is paid for; `token` leads on.
    """

    mentions: tuple[Mention, ...] = ()
    ids: tuple[int, ...] = ()
    refused: int = 0
    newest: int = 0
    oldest: int = 0
    posts: int = 0
    users: int = 0
    others: int = 0
    token: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the stream: a post (`number` is its id), or what X says of the connection."""

    number: int = 0
    mention: Mention | None = None
    tags: tuple[str, ...] = ()
    users: int = 0
    others: int = 0
    problem: str | None = None


def moment_of(number: int) -> int:
    """When a post was made (UTC ms), by its id."""
    return (number >> _TIME_BITS) + _EPOCH


def id_at(moment: int) -> int:
    """The first id that a post of that moment (UTC ms) can have."""
    return max(0, moment - _EPOCH) << _TIME_BITS


def earlier(number: int, milliseconds: int) -> int:
    """The id that a post so much earlier would have."""
    return max(0, number - (milliseconds << _TIME_BITS))


def read_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object of an answer; raises BadPayloadError."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise BadPayloadError(
            "X answers with what is no JSON object.",
            remedy="Check the address of this source; it is tried again later.",
        )
    return value


def read_page(body: bytes) -> Page:
    """One page of a search or a timeline; raises BadPayloadError."""
    value = read_object(body)
    posts = sent(value.get("data"))
    includes = mapping(value.get("includes"))
    users, others = _by_id(includes.get("users")), _by_id(includes.get("tweets"))
    mentions: list[Mention] = []
    ids: list[int] = []
    for post in posts:
        number = id_of(post)
        mention = parse_post(post, users, others)
        if mention is not None:
            mentions.append(mention)
            ids.append(number)
    known = [number for post in posts if (number := id_of(post))]
    token = mapping(value.get("meta")).get("next_token")
    return Page(
        mentions=tuple(mentions),
        ids=tuple(ids),
        refused=len(posts) - len(mentions),
        newest=max(known, default=0),
        oldest=min(known, default=0),
        posts=len(posts),
        users=len(users),
        others=len(others),
        token=token if isinstance(token, str) and token else None,
        problem=None if posts else said(value),
    )


def read_line(line: bytes) -> Line | None:
    """One line of the stream; None if it cannot be read."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):
        return None
    post = value.get("data")
    if not isinstance(post, dict):
        problem = said(value)
        return Line(problem=problem) if problem else None
    includes = value.get("includes")
    users: Mapping[str, Any] = _NOBODY
    others: Mapping[str, Any] = _NOBODY
    if type(includes) is dict:
        users, others = _by_id(includes.get("users")), _by_id(includes.get("tweets"))
    mention = parse_post(post, users, others)
    if mention is None:
        return None
    rules = value.get("matching_rules")
    tags = tuple(
        rule["tag"]
        for rule in (rules if type(rules) is list else ())
        if type(rule) is dict and type(rule.get("tag")) is str
    )
    return Line(id_of(post), mention, tags, len(users), len(others))


def parse_post(
    post: Mapping[str, Any], users: Mapping[str, Any], others: Mapping[str, Any]
) -> Mention | None:
    """The mention that a post is; None if it says nothing or cannot be placed in time.

    An edited post has a new id with X, and is the same mention here, under its first id. A
    repost has the text of what it reposts where X sent that along.
    """
    number = id_of(post)
    published = _moment(post.get("created_at"), number)
    if not number or published is None:
        return None
    kind, about = _reference(post)
    original = others.get(about) if kind is MentionKind.REPOST and about else None
    text = _text(original) if original is not None else ""
    text = text or _text(post)
    if not text:
        return None
    writer = post.get("author_id")
    author = users.get(writer) if type(writer) is str else None
    name = _name(author)
    metrics = post.get("public_metrics")
    if type(metrics) is not dict or kind is MentionKind.REPOST:  # those are the original's
        metrics = _NOBODY
    return Mention(
        PLATFORM,
        str(_first_version(post, number)),
        published,
        text,
        author=name or (writer if type(writer) is str and _is_id(writer) else None),
        followers=_followers(author),
        kind=kind,
        url=f"https://x.com/{name or 'i/web'}/status/{number}",
        reply_to=about or None,
        language=_language(post.get("lang")),
        likes=count(metrics.get("like_count")),
        reposts=count(metrics.get("retweet_count")),
        replies=count(metrics.get("reply_count")),
        views=count(metrics.get("impression_count")),
    )


def id_of(post: Mapping[str, Any]) -> int:
    """A post's id; 0 if it has none."""
    number = post.get("id")
    return int(number) if type(number) is str and _is_id(number) else 0


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else _NOBODY


def sent(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; what else is in it counts as empty."""
    return [mapping(one) for one in value] if isinstance(value, list) else []


def said(value: Mapping[str, Any]) -> str | None:
    """What X complains of in an answer, in its own words, shortened."""
    complaints = sent(value.get("errors")) or [value]
    for one in complaints:
        for key in ("detail", "title", "message"):
            if isinstance(one.get(key), str) and one[key].strip():
                return f"X says: {one[key].strip()[:200]}"
    return None


def _by_id(values: object) -> dict[str, Any]:
    if type(values) is not list:
        return {}
    return {one["id"]: one for one in values if type(one) is dict and type(one.get("id")) is str}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:20]) < _LARGEST


def _first_version(post: Mapping[str, Any], number: int) -> int:
    versions = post.get("edit_history_tweet_ids")
    if type(versions) is list and len(versions) > 1:
        known = [int(one) for one in versions if type(one) is str and _is_id(one)]
        return min(known, default=number)
    return number


def _reference(post: Mapping[str, Any]) -> tuple[MentionKind, str]:
    """What kind of post it is, and the id of what it reposts or answers."""
    references = post.get(REFERENCES)
    for one in references if type(references) is list else ():
        if type(one) is dict and type(one.get("id")) is str and _is_id(one["id"]):
            if one.get("type") == "retweeted":
                return MentionKind.REPOST, one["id"]
            if one.get("type") == "replied_to":
                return MentionKind.REPLY, one["id"]
    return MentionKind.POST, ""


def _text(post: object) -> str:
    """The whole text: X cuts long posts short, and sends them whole beside it."""
    if type(post) is not dict:
        return ""
    long = post.get("note_tweet")
    text = long.get("text") if type(long) is dict else None
    if type(text) is not str or not text:
        text = post.get("text")
    if type(text) is not str:
        return ""
    return (unescape(text) if "&" in text else text).strip()


def _name(user: object) -> str | None:
    name = user.get("username") if type(user) is dict else None
    if type(name) is not str or not 0 < len(name) <= 50:
        return None
    return name if name.isascii() and name.replace("_", "a").isalnum() else None


def _followers(user: object) -> int | None:
    metrics = user.get("public_metrics") if type(user) is dict else None
    return count(metrics.get("followers_count")) if type(metrics) is dict else None


def _language(value: object) -> str | None:
    if type(value) is not str or value in _UNKNOWN or value[:1] == "q":
        return None
    code = value.partition("-")[0]
    if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha() and code.islower()):
        return None
    return _LEGACY.get(code, code)


def _moment(value: object, number: int) -> int | None:
    if type(value) is str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo:
            at = int(moment.timestamp() * 1000)
            return at if at >= _EARLIEST else None
    return moment_of(number) if number >= _FIRST else None
