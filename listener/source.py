"""The seam of a source: one method that yields what is new, and what the source says of itself.

A source is one file under `listener/sources/`, or another package's entry point in the group
`krasae.sources`. The file has a SPEC and a function `connect(options, context) -> Source`;
one with the capability "receive" also has a pure `answer(options, call, now) -> Reply`.
Fetching and parsing are apart in it: the parser is a pure function over bytes. `listener.fetch`
has what fetching over HTTP needs; `listener.collect` stores, schedules, and supervises.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Literal, Protocol

from pydantic import Field

from listener.errors import SpendingCapError
from listener.model import Count, Folding, Mention, OwnPost
from listener.settings import Section
from listener.store.authors import AuthorKey

# stream: hears things as they happen; poll: asks now and then, and returns when it has caught
# up; counts: knows how many without reading them; backfill: what was missed while it was away
# can be had later; deletions: tells of edits and deletions; own_posts: the numbers of our own;
# receive: the platform calls us, by a webhook.
Capability = Literal["stream", "poll", "counts", "backfill", "deletions", "own_posts", "receive"]


class SourceOptions(Section):
    """Base of every source's options."""

    interval_seconds: float | None = Field(
        default=None,
        ge=10,
        le=86_400,
        description="seconds between two polls, where the source's own interval does not fit",
    )


@dataclass(frozen=True, slots=True)
class Spec:
    """What a source says of itself, as data."""

    name: str
    title: str
    options: type[SourceOptions]
    capabilities: frozenset[Capability]
    # Between two polls, unless the options say otherwise; between two batches of a stream,
    # if only empty ones, at most.
    interval_seconds: float = 300.0


class Tally:
    """Counts what a source asks of its platform, for the ledger; from any thread."""

    def __init__(self) -> None:
        self._requests = 0
        self._lock = Lock()

    def add(self, requests: int = 1) -> None:
        """So many requests were made."""
        with self._lock:
            self._requests += requests

    def take(self) -> int:
        """How many there were since this was last asked."""
        with self._lock:
            requests, self._requests = self._requests, 0
            return requests


@dataclass(frozen=True, slots=True)
class Budget:
    """What a source may spend of one thing, in millionths of `currency` (THB, USD, or units).

    A platform's quota is a budget as well. `None` is no cap. Days and months begin at midnight
    in `timezone`.
    """

    name: str
    currency: str
    daily: int | None = None
    monthly: int | None = None
    timezone: str = "UTC"


class Purse(Protocol):
    """The ledger of one budget. Every request that costs is in it before it is made."""

    def reserve(self, what: str, most: int) -> int:
        """Set aside the most that a request may cost (millionths); its number, to settle it.

        `what` names the kind of request. Raises SpendingCapError when that would go over a cap.
        """
        ...

    def settle(self, number: int, cost: int) -> None:
        """What it did cost, at most what was set aside. What is never settled counts in full."""
        ...

    def left(self) -> int | None:
        """What may be spent still; None where nothing caps it."""
        ...


class PocketPurse:
    """A purse that forgets when the process ends; it caps what one run may spend."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._spent: list[int] = []

    def reserve(self, what: str, most: int) -> int:
        """Set aside; raises SpendingCapError."""
        left = self.left()
        if left is not None and most > left:
            raise SpendingCapError(
                f"The {self._budget.name} budget is used up: {what} is not asked for.",
                remedy="Raise the cap in this source's options, or wait until it is renewed.",
            )
        self._spent.append(most)
        return len(self._spent) - 1

    def settle(self, number: int, cost: int) -> None:
        """What it did cost."""
        self._spent[number] = min(cost, self._spent[number])

    def left(self) -> int | None:
        """What may be spent still."""
        caps = [cap for cap in (self._budget.daily, self._budget.monthly) if cap is not None]
        return max(0, min(caps) - sum(self._spent)) if caps else None


@dataclass(frozen=True, slots=True)
class Call:
    """A request that somebody made to our door; header names in lower case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to a call; with `keep` only once its body is kept as a delivery."""

    status: int
    body: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """The body of a call that was found genuine, and is not taken in yet; numbers rise."""

    number: int
    received_at: int
    body: bytes


class Inbox(Protocol):
    """The deliveries of one source."""

    def after(self, number: int, most: int) -> Sequence[Delivery]:
        """The next ones after that number, oldest first, at most so many."""
        ...


class EmptyInbox:
    """Where nobody delivers."""

    def after(self, number: int, most: int) -> Sequence[Delivery]:
        """None."""
        return ()


class Known(Protocol):
    """What is stored of a platform, for who has to ask it what became of that."""

    def after(self, platform: str, native_id: str, most: int) -> Sequence[str]:
        """The ids next after that one, in the order of text, at most so many; none deleted."""
        ...


class NothingKnown:
    """Where nothing is stored."""

    def after(self, platform: str, native_id: str, most: int) -> Sequence[str]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a source is given: its name in config.toml, the brands' queries, and the world.

    `now` is the clock (UTC ms). `wait` sleeps that many seconds and is true when the source
    is asked to stop; a source never sleeps by itself. `streaming` is what is wanted of a
    source that can do both: go on until told to stop, or return when it has caught up. `key`
    is for who must make an id out of an author: under the store's hash, as the store does.
    `purse` opens the ledger of a budget; `inbox` holds what was delivered to this source;
    `known` tells which ids are stored.
    """

    name: str
    folder: Path
    timezone: str
    queries: Mapping[str, str]
    now: Callable[[], int]
    wait: Callable[[float], bool]
    streaming: bool = False
    key: AuthorKey | None = None
    tally: Tally = field(default_factory=Tally)
    purse: Callable[[Budget], Purse] = PocketPurse
    inbox: Inbox = field(default_factory=EmptyInbox)
    known: Known = field(default_factory=NothingKnown)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something was said between `since` and `until` (UTC ms) that cannot be had any more.

    Not `final`: it may be had later after all, and is when a batch's `heard_until` has passed it.
    """

    since: int
    until: int
    cause: str
    final: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """What came, and the `cursor` to resume from once this batch is stored.

    An empty batch is a heartbeat: the source is up, and nothing was said. `refused` counts
    items that could not be read. `problem` says, in words and without secrets, what part of
    the source could not be heard while the rest could. `gaps` are losses that the source
    noticed itself. `heard_until` (UTC ms, event time) says up to when nothing is missing any
    more; a stream that resumes gives it, so that its gaps are known to be repaired. `taken`:
    deliveries up to this number are in this batch or before, and are thrown away with it.
    `seen` is how many posts were looked at, where the mentions are only those that are wanted.
    """

    cursor: str
    mentions: tuple[Mention, ...] = ()
    foldings: tuple[Folding, ...] = ()
    refused: int = 0
    problem: str | None = None
    gaps: tuple[Gap, ...] = ()
    heard_until: int | None = None
    counts: tuple[Count, ...] = ()
    own_posts: tuple[OwnPost, ...] = ()
    taken: int | None = None
    seen: int | None = None


class Source(Protocol):
    """One connection to one platform."""

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What is new since `cursor` (None: from the start).

        Returns when it has caught up; with `context.streaming` a streaming source goes on
        until `wait` says stop. Raises SourceError. Nothing is lost and nothing repeated when
        it is called again with the cursor of any of its batches. A cursor that it cannot
        read, an older version's or another's, counts as None.
        """
        ...

    def close(self) -> None:
        """Let go of connections. May be called from another thread, and more than once."""
        ...


class Stopped(Exception):  # noqa: N818  not an error
    """Raised inside a source when `wait` said stop: `batches` ends there, without an error."""
