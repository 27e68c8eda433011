"""Lists that show the newest items, polled: feeds, trends. What is new in them, and what is lost.

A list is one address. Between two polls it may be unchanged, hold old items with new ones, or
have moved on so far that nothing of the last time is left: then something was missed.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from pydantic import SecretStr

from listener.errors import SourceError
from listener.fetch.addresses import plain, shown
from listener.fetch.fetcher import Fetcher, Page
from listener.model import DAY_MS, HOUR_MS, Mention
from listener.source import Batch, Context, Gap

_VERSION = 1
_REMEMBERED = 500  # items that are gone from the list, for they may come back


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page says: mentions in its order, and how many items could not be read.

    One that is not `whole`, for it broke off, is asked for again even if it is unchanged. It
    says that it need not be asked for again for `rest` ms.
    """

    mentions: tuple[Mention, ...]
    refused: int = 0
    whole: bool = True
    rest: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """One address to poll; `label` is for the parser (a country, say)."""

    address: str | SecretStr
    label: str = ""

    @property
    def key(self) -> str:
        """Stands for the address in the cursor, which must hold no secret."""
        return _digest(plain(self.address))


Parser = Callable[[Page, Place, int], Listing]


@dataclass(frozen=True, slots=True)
class _Memory:
    """What is known of one address. `seen` maps the key of an item to its content's digest."""

    etag: str | None = None
    modified: str | None = None
    at: int | None = None
    failures: int = 0
    not_before: int = 0
    rest: int = 0
    seen: Mapping[str, str] = field(default_factory=dict)


class Listings:
    """A source that polls such lists. `parse` is pure: page, place, now (UTC ms) to a listing.

    With `rolling`, a list that shares no item with its last state is told as a gap.
    """

    def __init__(
        self,
        context: Context,
        fetcher: Fetcher,
        places: Sequence[Place],
        parse: Parser,
        *,
        rolling: bool,
    ) -> None:
        self._context = context
        self._fetcher = fetcher
        self._places = places
        self._parse = parse
        self._rolling = rolling

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """One batch for each list that has something new, and a last one.

        A list that fails is asked less and less often, and the others go on; when all fail,
        the first one's error is raised.
        """
        memories = self._recall(cursor)
        errors: list[SourceError] = []
        heard = 0
        for place in self._places:
            memory = memories.get(place.key, _Memory())
            now = self._context.now()
            if memory.not_before > now:
                continue
            try:
                page = self._fetcher.get(place.address, etag=memory.etag, modified=memory.modified)
                batch, memories[place.key] = self._heard(place, page, memory, now)
            except SourceError as error:
                errors.append(error)
                memories[place.key] = _failed(memory, error, now)
                continue
            heard += 1
            if batch.mentions or batch.refused or batch.gaps:
                yield replace(batch, cursor=_dumped(memories))
        if errors and not heard:
            raise errors[0]
        yield Batch(_dumped(memories), problem=_in_words(errors))

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()

    def _heard(self, place: Place, page: Page, memory: _Memory, now: int) -> tuple[Batch, _Memory]:
        if page.unchanged:
            again = _rested(now, memory.rest)
            return Batch(""), replace(memory, at=now, failures=0, not_before=again)
        listing = self._parse(page, place, now)
        known = set(memory.seen.values())
        present = {_digest(item.native_id): _content(item) for item in listing.mentions}
        news = {_content(item): item for item in listing.mentions}
        fresh = tuple(item for content, item in news.items() if content not in known)
        gaps: tuple[Gap, ...] = ()
        if self._rolling and memory.at and memory.seen and present:
            strange = not (present.keys() & memory.seen.keys()) and len(fresh) == len(news)
            oldest = min(item.published_at for item in listing.mentions)
            if strange and oldest > memory.at:
                cause = f"{shown(place.address)} had moved on before it was asked again"
                gaps = (Gap(memory.at, oldest, cause),)
        gone = {key: seen for key, seen in memory.seen.items() if key not in present}
        kept = dict(list(gone.items())[-_REMEMBERED:])
        after = _Memory(
            etag=page.headers.get("etag") if listing.whole else None,
            modified=page.headers.get("last-modified") if listing.whole else None,
            at=now,
            not_before=_rested(now, listing.rest),
            rest=listing.rest,
            seen=kept | present,
        )
        return Batch("", fresh, refused=listing.refused, gaps=gaps), after

    def _recall(self, cursor: str | None) -> dict[str, _Memory]:
        try:
            stored: Any = orjson.loads(cursor or "null")
            if stored["version"] != _VERSION:
                return {}
            places = {place.key for place in self._places}
            return {
                key: _Memory(**memory) for key, memory in stored["lists"].items() if key in places
            }
        except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
            return {}


def _failed(memory: _Memory, error: SourceError, now: int) -> _Memory:
    failures = memory.failures + 1
    wait = 0 if failures == 1 else min(HOUR_MS << min(failures - 2, 10), DAY_MS)
    return replace(memory, failures=failures, not_before=max(now + wait, error.retry_at or 0))


def _rested(now: int, rest: int) -> int:
    """When it may be asked again: a tenth sooner, so that a poll just before is not skipped."""
    return now + rest - rest // 10 if rest else 0


def _in_words(errors: Sequence[SourceError]) -> str | None:
    if not errors:
        return None
    rest = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].message}{rest}"


def _content(mention: Mention) -> str:
    # Not its time: an item without one has the time at which it was read.
    return _digest(
        repr(
            (
                mention.text,
                mention.url,
                mention.author,
                mention.likes,
                mention.replies,
                mention.views,
                mention.labels,
            )
        )
    )


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()


def _dumped(memories: Mapping[str, _Memory]) -> str:
    return orjson.dumps({"version": _VERSION, "lists": memories}).decode()
