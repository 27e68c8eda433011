"""Events: stories followed over time, each raised at most once.

A story belongs to an open event of its brand and family when it shares mentions or a
leading term with it; else it begins one. All events are followed, also those below the
threshold: how high they go is what the threshold is calibrated on (`calibrate`). A second
wave that is far larger than the first, a day or more after it, is a new event.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from listener.model import HOUR_MS
from trends.baseline import Cut
from trends.evidence import LEADING_TERMS, Evidence
from trends.lifecycle import QUIET_HOURS, next_state
from trends.model import EventState, SignalKind, Standing
from trends.stories import Family, Story, overlap
from trends.window import BrandWindow, distinct_authors

SAME_EVENT = 0.3  # share of the smaller set of mentions
NEW_WAVE = 3.0  # times the first wave's count
NEW_WAVE_HOURS = 24
HISTORY = 72
_MOST_TERMS = 12


@dataclass(slots=True)
class Event:
    """One event. What follows `number` is known once it is raised.

    `seen` is the last bucket with a story of it, `seqs` that story's mentions, `height`
    its highest score; `pulses` are its counts per bucket up to bucket `at`.
    """

    family: Family
    brand: str
    seen: int
    seqs: frozenset[int]
    terms: tuple[str, ...]
    height: float
    observed: float
    highest: int
    number: int | None = None
    evidence: Evidence | None = None
    state: EventState = EventState.OPEN
    pulses: list[float] = field(default_factory=list)
    at: int = 0
    pulse_height: float = 0.0
    told: int = 0  # the severity that was last told

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        return asdict(self) | {"seqs": sorted(self.seqs)}

    @classmethod
    def load(cls, state: dict[str, Any]) -> "Event":
        """The event of a dumped state."""
        evidence = state["evidence"]
        if evidence is not None:
            tuples = {name: tuple(evidence[name]) for name in ("terms", "mention_seqs")}
            kind = SignalKind(evidence["kind"])
            evidence = Evidence(**(evidence | tuples | {"kind": kind}))
        typed = {
            "family": Family(state["family"]),
            "seqs": frozenset(state["seqs"]),
            "terms": tuple(state["terms"]),
            "state": EventState(state["state"]),
            "evidence": evidence,
        }
        return cls(**(state | typed))


class Events:
    """All open events of a workspace, in the order in which they began."""

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.open: dict[tuple[str, Family], list[Event]] = {}
        self.raised = 0

    def __iter__(self) -> Iterator[Event]:
        for key in sorted(self.open):
            yield from self.open[key]

    def of(self, brand: str, family: Family) -> list[Event]:
        """The open events of a brand and family."""
        return self.open.get((brand, family), [])

    def find(self, story: Story, bucket: int) -> Event | None:
        """The open event that a story belongs to."""
        fits = [
            (fit, -place)
            for place, event in enumerate(self.of(story.lead.brand, story.family))
            if (fit := _fit(event, story))
        ]
        return self.of(story.lead.brand, story.family)[-max(fits)[1]] if fits else None

    def is_new_wave(self, event: Event, story: Story, bucket: int) -> bool:
        """Whether a story that belongs to an event is so much more that it is news again."""
        later = (bucket - event.highest) * self.cut.bucket_ms >= NEW_WAVE_HOURS * HOUR_MS
        return (
            later
            and story.score > event.height
            and story.lead.observed >= NEW_WAVE * event.observed
        )

    def begin(self, story: Story, bucket: int) -> Event:
        """A new event."""
        event = Event(
            family=story.family,
            brand=story.lead.brand,
            seen=bucket,
            seqs=story.seqs,
            terms=story.terms[:_MOST_TERMS],
            height=story.score,
            observed=story.lead.observed,
            highest=bucket,
        )
        self.open.setdefault((event.brand, event.family), []).append(event)
        return event

    def go_on(self, event: Event, story: Story, bucket: int) -> None:
        """An event that is told again."""
        event.seen = bucket
        event.seqs = story.seqs
        if story.score > event.height:
            event.height = story.score
            event.observed = story.lead.observed
            event.highest = bucket
            event.terms = tuple(dict.fromkeys(story.terms + event.terms))[:_MOST_TERMS]

    def end(self, event: Event) -> None:
        """Close an event."""
        key = (event.brand, event.family)
        self.open[key] = [other for other in self.open[key] if other is not event]
        if not self.open[key]:
            del self.open[key]

    def is_quiet(self, event: Event, bucket: int) -> bool:
        """Whether nothing of the event stood out for two days."""
        return (bucket - event.seen) * self.cut.bucket_ms >= QUIET_HOURS * HOUR_MS


def _fit(event: Event, story: Story) -> float:
    """How well a story fits an event: shared mentions, a leading term, the same series.

    A surge takes in the mentions of every story around it, so it continues another event
    only when that event is a good part of the surge.
    """
    if story.lead.kind is SignalKind.SURGE:
        shared = len(event.seqs & story.seqs) / len(story.seqs)
    else:
        shared = overlap(event.seqs, story.seqs)
    fit = shared if shared >= SAME_EVENT else 0.0
    ours, theirs = event.terms[:LEADING_TERMS], story.terms[:LEADING_TERMS]
    if (theirs and theirs[0] in ours) or (ours and ours[0] in theirs):
        fit += 1.0
    if fit and event.number is not None:
        fit += 0.5
    return fit


def beat(event: Event, window: BrandWindow | None, bucket: int, longest: int) -> EventState:
    """Take the event's pulse at the close of a bucket; the state that follows."""
    evidence = event.evidence
    assert evidence is not None
    if not event.pulses:
        first = bucket - longest + 1
        event.pulses = [_count(event, evidence, window, n) for n in range(first, bucket + 1)]
    else:
        skipped = min(bucket - event.at - 1, longest)
        event.pulses += [0.0] * skipped + [_count(event, evidence, window, bucket)]
        del event.pulses[: -max(longest, HISTORY)]
    event.at = bucket
    pulse = sum(event.pulses[-evidence.length :])
    height = event.pulse_height
    event.pulse_height = max(height, pulse)
    return next_state(event.state, pulse, height or pulse, quiet=False)


def _count(event: Event, evidence: Evidence, window: BrandWindow | None, bucket: int) -> float:
    if window is None:
        return 0.0
    if evidence.kind is SignalKind.EMERGING:
        places = [
            place
            for term in event.terms[:LEADING_TERMS]
            for place in window.with_term(term, bucket, bucket)
        ]
        return float(distinct_authors(places))
    tally = window.tally(bucket)
    if evidence.kind is SignalKind.RISK:
        return float(tally.risks.get(evidence.series, 0))
    return float(tally.copies if evidence.series else tally.fresh)
