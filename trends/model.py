"""What passes between the counting, the detection and the alerts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

NO_DUPLICATE_KEY = 0
"""The near-copy key of a text that is too short to have near-copies."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the trends room sees of an enriched mention: when, who, which terms; never its text.

    `brands` are the brands it is about; `("",)` where the whole stream is listened to.
    `source` is who heard it, by its name in config.toml.
    """

    seq: int
    published_at: int
    platform: str
    native_id: str
    author_id: int | None = None
    followers: int | None = None
    sentiment: Literal["negative", "neutral", "positive"] = "neutral"
    intent: str = "other"  # of which "question" is counted
    duplicate_key: int = NO_DUPLICATE_KEY
    risks: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    brands: tuple[str, ...] = ("",)
    source: str = ""

    @property
    def author(self) -> int:
        """The author's id, or a number of its own for a mention whose author is not known."""
        return self.author_id if self.author_id is not None else -1 - self.seq

    @property
    def order(self) -> tuple[int, str, str]:
        """The order of counting: event time, then identity; never arrival."""
        return self.published_at, self.platform, self.native_id


class Standing(StrEnum):
    """How a mention weighs in a brand's count."""

    FRESH = "fresh"  # a new voice with words of its own
    REPEAT = "repeat"  # an author who spoke within the last day
    COPY = "copy"  # words that were seen within the last week


@dataclass(frozen=True, slots=True)
class Counted:
    """A mention as it was counted for one brand."""

    brand: str
    standing: Standing
    observation: Observation


@dataclass(frozen=True, slots=True)
class BrandCount:
    """A brand's counts in one bucket (its start, UTC ms).

    `negatives`, `positives`, `questions` are of all mentions; `fresh_negatives`, `risks`
    (category, mentions) of the fresh ones; `low_followers` counts distinct authors.
    """

    brand: str
    bucket: int
    mentions: int
    authors: int
    fresh: int
    copies: int
    negatives: int
    positives: int
    questions: int
    reach: int
    fresh_negatives: int
    low_followers: int
    risks: tuple[tuple[str, int], ...]


class SignalKind(StrEnum):
    """What sort of change a signal reports."""

    SURGE = "surge"
    EMERGING = "emerging"
    RISK = "risk"
    INAUTHENTIC = "inauthentic"
    COVERAGE = "coverage"  # not found in what is said: a source is not heard (`coverage`)


class EventState(StrEnum):
    """The life cycle of an event. Only CLOSED is final."""

    OPEN = "open"
    GROWING = "growing"
    PEAKING = "peaking"
    FADING = "fading"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Signal:
    """One step in the life of one detected event.

    The first signal of an `event` raises an alert, later ones update it. `detected_at`
    is the event time at which it became known: the end of the bucket plus the lateness.
    `observed`, `expected`, `lower` and `upper` count what the kind counts (fresh authors
    for surge and emerging, negative or risky mentions for risk, copies for inauthentic)
    over [window_start, window_end): the most surprising window so far. `score` is the
    base-10 logarithm of how many quiet weeks would bring one such window by chance.
    `event` is the same in a replay. `series` names what is counted within the brand: ""
    its authors, a term, a risk category or "negative", or "copies".
    """

    event: int
    kind: SignalKind
    brand: str
    series: str
    state: EventState
    bucket: int
    detected_at: int
    window_start: int
    window_end: int
    observed: float
    expected: float
    lower: float
    upper: float
    score: float
    severity: int
    mentions: int
    unique_authors: int
    duplicate_share: float
    negative_share: float
    reach: int
    terms: tuple[str, ...]
    mention_seqs: tuple[int, ...]
    history: tuple[float, ...]


class Cause(StrEnum):
    """Why a source is not heard."""

    FAILING = "failing"
    OVERDUE = "overdue"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage of one source as it was last told, times in UTC ms.

    `since` is when the source was heard last, `until` when it was heard again or removed; None
    while it lasts. `usual` is in mentions a day, `share` that of all sources' usual mentions,
    `missing` how many were to be expected since, `spread` the variance of that number. `up` and
    `down` are the other sources.
    """

    event: int
    source: str
    cause: Cause
    since: int
    until: int | None
    raised_at: int
    told_at: int
    severity: int
    heard_at: int | None
    item_at: int | None
    error: str | None
    usual: float | None
    share: float
    missing: float
    spread: float
    up: tuple[str, ...]
    down: tuple[str, ...]
