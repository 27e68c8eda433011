"""What passes between the counting, the detection and the alerts."""

from dataclasses import dataclass
from enum import StrEnum


class SignalKind(StrEnum):
    """What sort of change a signal reports."""

    SURGE = "surge"
    EMERGING = "emerging"
    RISK = "risk"
    INAUTHENTIC = "inauthentic"


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
    over [window_start, window_end). `event` is the same in a replay.
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
