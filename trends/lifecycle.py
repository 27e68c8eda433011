"""The course of a raised event: open, growing, peaking, fading, closed.

The pulse is the event's count in its window's length, now: of its leading term's authors,
of its brand's fresh mentions, of its risk, or of its copies. While it becomes more
surprising than ever it grows; holding near its height it peaks; at half of it, it fades.
From there it only grows again on a new height, so it does not flutter. What closes it is
quiet (`events`).
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from trends.detectors.inauthentic import COPIES
from trends.evidence import Evidence
from trends.model import EventState, SignalKind
from trends.window import BrandWindow, distinct_authors

NEW_HEIGHT = 1.2
HALF = 0.5
HISTORY = 72
"""How many buckets of an event's counts are shown."""


@dataclass(slots=True)
class Course:
    """What became of a raised event: its alarm's `number`, `kind` and best `evidence`.

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

    @property
    def pulse(self) -> float:
        """The count in the window's length, now."""
        return sum(self.pulses[-self.evidence.length :])

    def rise(self, evidence: Evidence, window: BrandWindow, bucket: int, longest: int) -> bool:
        """Take evidence that surprises more than all before; whether there is something to tell."""
        self.evidence = evidence
        older: list[float] = []
        if self.pulses:
            silent = min(bucket - self.at, longest + HISTORY)
            older = [*self.pulses, *[0.0] * silent][:-longest]
        recent = range(bucket - longest + 1, bucket + 1)
        self.pulses = older + [_count(evidence, window, number) for number in recent]
        del self.pulses[: -max(longest, HISTORY)]
        self.at = bucket
        self.height = self.pulse
        began, self.state = self.state is not EventState.GROWING, EventState.GROWING
        return began or self.headline != self.told

    def go_on(self, window: BrandWindow | None, bucket: int, longest: int) -> bool:
        """Take the pulse of a later bucket; whether there is something to tell."""
        self.pulses += [0.0] * min(bucket - self.at - 1, longest + HISTORY)
        self.pulses.append(_count(self.evidence, window, bucket) if window else 0.0)
        del self.pulses[: -max(longest, HISTORY)]
        self.at = bucket
        before, self.state = self.state, next_state(self.state, self.pulse, self.height)
        self.height = max(self.height, self.pulse)
        return self.state is not before

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
    """The state after a bucket without new evidence: `height` is the highest pulse before."""
    if pulse > height * NEW_HEIGHT:
        return EventState.GROWING
    if pulse <= height * HALF:
        return EventState.FADING
    if state is EventState.GROWING and pulse < height:
        return EventState.PEAKING
    return state


def _count(evidence: Evidence, window: BrandWindow, bucket: int) -> float:
    if evidence.kind is SignalKind.EMERGING:
        return float(distinct_authors(window.with_term(evidence.series, bucket, bucket)))
    tally = window.tally(bucket)
    if evidence.kind is SignalKind.RISK:
        return float(tally.risks.get(evidence.series, 0))
    return float(tally.copies if evidence.series == COPIES else tally.fresh)
