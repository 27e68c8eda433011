"""The course of a raised event: open, growing, peaking, fading, closed.

The pulse is the event's count in its window's length, now. A new height makes it grow,
holding near the height is peaking, half of it fading. It only goes back to growing on a
new height, so it does not flutter. What closes it is quiet (`events`).
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from trends.detectors.inauthentic import COPIES
from trends.evidence import LEADING_TERMS, Evidence
from trends.model import EventState, SignalKind
from trends.window import BrandWindow, distinct_authors

NEW_HEIGHT = 1.2
HALF = 0.5
HISTORY = 72
"""How many buckets of an event's counts are shown."""


@dataclass(slots=True)
class Course:
    """What became of a raised event: its alarm's `number`, `kind` and latest `evidence`.

    `pulses` are its counts per bucket up to the bucket `at`, `height` is its highest pulse,
    `told` the severity and the first term that were last told.
    """

    number: int
    kind: SignalKind
    evidence: Evidence
    state: EventState = EventState.OPEN
    pulses: list[float] = field(default_factory=list)
    at: int = 0
    height: float = 0.0
    told: tuple[int, str] = (0, "")

    @property
    def headline(self) -> tuple[int, str]:
        """What is worth telling again when it changes."""
        terms = self.evidence.terms
        return self.evidence.severity, terms[0] if terms else ""

    def begin(self, window: BrandWindow, bucket: int, longest: int) -> None:
        """Take the pulses of the window in which it was raised."""
        self.pulses = [
            _count(self.evidence, window, number)
            for number in range(bucket - longest + 1, bucket + 1)
        ]
        self.at = bucket
        self.height = sum(self.pulses[-self.evidence.length :])

    def go_on(self, window: BrandWindow | None, bucket: int, longest: int) -> bool:
        """Take the pulse of a later bucket; whether there is something to tell."""
        count = _count(self.evidence, window, bucket) if window else 0.0
        self.pulses += [0.0] * min(bucket - self.at - 1, longest) + [count]
        del self.pulses[: -max(longest, HISTORY)]
        self.at = bucket
        pulse = sum(self.pulses[-self.evidence.length :])
        before = self.state
        self.state = next_state(before, pulse, self.height)
        self.height = max(self.height, pulse)
        return self.state is not before or self.headline != self.told

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        return asdict(self)

    @classmethod
    def load(cls, state: dict[str, Any]) -> "Course":
        """The course of a dumped state."""
        typed = {
            "kind": SignalKind(state["kind"]),
            "evidence": Evidence.load(state["evidence"]),
            "state": EventState(state["state"]),
            "told": tuple(state["told"]),
        }
        return cls(**(state | typed))


def next_state(state: EventState, pulse: float, height: float) -> EventState:
    """The state after a bucket: `height` is the highest pulse before it."""
    if pulse > height * NEW_HEIGHT:
        return EventState.GROWING
    if pulse <= height * HALF:
        return EventState.FADING
    if state is EventState.GROWING and pulse < height:
        return EventState.PEAKING
    return state


def _count(evidence: Evidence, window: BrandWindow, bucket: int) -> float:
    if evidence.kind is SignalKind.EMERGING:
        return float(
            distinct_authors(
                place
                for term in (evidence.series, *evidence.terms[:LEADING_TERMS])
                for place in window.with_term(term, bucket, bucket)
            )
        )
    tally = window.tally(bucket)
    if evidence.kind is SignalKind.RISK:
        return float(tally.risks.get(evidence.series, 0))
    return float(tally.copies if evidence.series == COPIES else tally.fresh)
