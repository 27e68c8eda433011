"""Hacker News: every new story and comment, by the public API's running numbers. No key."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import Field, SecretStr

from listener.errors import BadPayloadError, SourceGoneError
from listener.fetch.addresses import Address, plain
from listener.model import HOUR_MS, Folding, FoldingKind, Mention, MentionKind
from listener.payloads.values import count
from listener.source import Batch, Context, Gap, Source, SourceOptions, Spec

if TYPE_CHECKING:
    from listener.fetch.fetcher import Fetcher

PLATFORM = "hackernews"
_VERSION = 1
_CHUNK = 100  # items a batch
_PATIENCE = HOUR_MS  # an item that is still empty after that will not come
_CONNECTIONS = 4  # requests at a time: an item is a request of its own


class HackerNewsOptions(SourceOptions):
    """Options of a `hackernews` source."""

    comments: bool = Field(default=True, description="false to hear stories only")
    backlog: int = Field(
        default=100, ge=0, le=100_000, description="items from before the first poll to begin with"
    )
    most_missed: int = Field(
        default=50_000,
        ge=_CHUNK,
        description="items to catch up with after a pause; what is older is told as a gap",
    )
    address: Address = Field(
        default="https://hacker-news.firebaseio.com/v0",
        description="the API's address, should it move",
    )


SPEC = Spec(
    name="hackernews",
    title="Hacker News stories and comments",
    options=HackerNewsOptions,
    capabilities=frozenset({"poll", "backfill", "deletions"}),
    interval_seconds=120.0,
)


def connect(options: HackerNewsOptions, context: Context) -> Source:
    """Reads the items after the last one read, then what has changed."""
    from listener.fetch.fetcher import Fetcher

    return HackerNews(options, context, Fetcher(context))


@dataclass(frozen=True, slots=True)
class _State:
    """`first` to `done` are read, but for `missing` (number: since when it is empty)."""

    first: int
    done: int
    at: int
    missing: Mapping[str, int] = field(default_factory=dict)
    updates: str = ""

    def cursor(self) -> str:
        return orjson.dumps({"version": _VERSION, **asdict(self)}).decode()


class HackerNews:
    """Walks the numbers upwards: none is passed over, none is read twice."""

    def __init__(self, options: HackerNewsOptions, context: Context, fetcher: "Fetcher") -> None:
        self._options = options
        self._context = context
        self._fetcher = fetcher
        self._address = options.address

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What changed among the known items, then the new ones, then what was empty before."""
        now = self._context.now()
        newest = _number(self._json("maxitem"), "maxitem")
        state = _recalled(cursor)
        gaps: tuple[Gap, ...] = ()
        if state is None:
            first = max(0, newest - self._options.backlog)
            state = _State(first + 1, first, now)
        elif newest - state.done > self._options.most_missed:
            cause = f"more than {self._options.most_missed:,} items in one pause"
            gaps = (Gap(state.at, now, cause),)
            state = _State(state.first, newest - self._options.most_missed, now)
        state, batch = self._changed(state, now)
        yield _with(batch, state, gaps)
        while state.done < newest:
            upto = min(state.done + _CHUNK, newest)
            state, batch = self._read(state, range(state.done + 1, upto + 1), now, done=upto)
            yield _with(batch, state)
        if state.missing:
            state, batch = self._read(state, map(int, state.missing), now, done=state.done)
            yield _with(batch, state)

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()

    def _changed(self, state: _State, now: int) -> tuple[_State, Batch]:
        """Items that we have read and that changed lately: scores, edits, deletions."""
        body = self._body("updates")
        digest = hashlib.blake2b(body, digest_size=8).hexdigest()
        if digest == state.updates:
            return _moved(state, now), Batch("")
        updates = _decoded(body, "updates")
        listed = updates.get("items") if isinstance(updates, dict) else None
        items = [item for item in listed or () if isinstance(item, int)]
        known = [
            item
            for item in dict.fromkeys(items)
            if state.first <= item <= state.done and str(item) not in state.missing
        ]
        _, batch = self._read(state, known, now, done=state.done)
        return _moved(state, now, updates=digest), batch

    def _read(
        self, state: _State, numbers: Iterable[int], now: int, *, done: int
    ) -> tuple[_State, Batch]:
        numbers = list(numbers)
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            items = list(pool.map(self._item, numbers))
        missing = dict(state.missing)
        mentions: list[Mention] = []
        foldings: list[Folding] = []
        refused = 0
        for number, item in zip(numbers, items, strict=True):
            key = str(number)
            if item is not None:
                missing.pop(key, None)
                said = parse_item(item, now=now, comments=self._options.comments)
                mentions += [said] if isinstance(said, Mention) else []
                foldings += [said] if isinstance(said, Folding) else []
            elif now - missing.setdefault(key, now) >= _PATIENCE:
                del missing[key]
                refused += 1
        moved = _State(state.first, done, now, missing, state.updates)
        return moved, Batch("", tuple(mentions), tuple(foldings), refused)

    def _item(self, number: int) -> dict[str, Any] | None:
        """An item; None while the API has none, which happens to those of this second."""
        try:
            item = self._json(f"item/{number}")
        except (BadPayloadError, SourceGoneError):
            return None
        return item if isinstance(item, dict) else None

    def _json(self, path: str) -> Any:
        return _decoded(self._body(path), path)

    def _body(self, path: str) -> bytes:
        address = f"{plain(self._address).rstrip('/')}/{path}.json"
        hidden = isinstance(self._address, SecretStr)
        return self._fetcher.get(SecretStr(address) if hidden else address).body


def parse_item(item: Mapping[str, Any], *, now: int, comments: bool) -> Mention | Folding | None:
    """What an item is: a mention, the news that it was deleted, or nothing that is said.

    Dead items, parts of polls, and items without a text or a time are nothing.
    """
    number = item.get("id")
    if not isinstance(number, int):
        return None
    if item.get("deleted") is True:
        return Folding(FoldingKind.DELETE, PLATFORM, at=now, native_id=str(number))
    kind, seconds = item.get("type"), count(item.get("time"))
    text = _text(item)
    if not text or not seconds or item.get("dead") is True or kind == "pollopt":
        return None
    if kind == "comment" and not comments:
        return None
    parent = item.get("parent")
    return Mention(
        platform=PLATFORM,
        native_id=str(number),
        published_at=seconds * 1000,
        text=text,
        author=item["by"] if isinstance(item.get("by"), str) and item["by"] else None,
        kind=MentionKind.COMMENT if kind == "comment" else MentionKind.POST,
        url=f"https://news.ycombinator.com/item?id={number}",
        reply_to=str(parent) if isinstance(parent, int) else None,
        likes=count(item.get("score")),
        replies=count(item.get("descendants")),
    )


def _text(item: Mapping[str, Any]) -> str:
    from listener.importers.values import text_of, without_html

    title, text = item.get("title"), item.get("text")
    parts = [
        text_of(unescape(title)) if isinstance(title, str) else "",
        text_of(without_html(text)) if isinstance(text, str) else "",
    ]
    return "\n\n".join(dict.fromkeys(part for part in parts if part))  # some say it twice


def _decoded(body: bytes, path: str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPayloadError(
            f"Hacker News answers {path} with what is no JSON.", remedy="It is tried again later."
        ) from error


def _number(value: object, path: str) -> int:
    if type(value) is not int:
        raise BadPayloadError(
            f"Hacker News answers {path} with what is no number.", remedy="It is tried again later."
        )
    return value


def _moved(state: _State, now: int, *, updates: str | None = None) -> _State:
    return _State(
        state.first, state.done, now, state.missing, state.updates if updates is None else updates
    )


def _with(batch: Batch, state: _State, gaps: tuple[Gap, ...] = ()) -> Batch:
    return Batch(state.cursor(), batch.mentions, batch.foldings, batch.refused, gaps=gaps)


def _recalled(cursor: str | None) -> _State | None:
    try:
        stored = orjson.loads(cursor or "null")
        if stored.pop("version") != _VERSION:
            return None
        return _State(**stored)
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        return None
