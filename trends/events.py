"""Events: stories followed over time, each raised at most once.

A story belongs to an open event of its brand and family when it shares mentions or a
leading term with it; else it begins one. All events are followed, also those below the
threshold: how high they go is what the threshold is calibrated on (`calibrate`). A second
wave that is far larger than the first, a day or more after it, is a new event.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from listener.model import HOUR_MS
from trends.lifecycle import Course
from trends.model import SignalKind
from trends.season import Cut
from trends.stories import SAME_SURGE, SAME_TERMS, Family, Story

QUIET_HOURS = 48
NEW_WAVE = 3.0  # times the first wave's count
NEW_WAVE_HOURS = 24
SURGE_HOURS = 6
_MOST_TERMS = 12


@dataclass(slots=True)
class Event:
    """One event; `course` is what became of it once it was raised.

    `seen` is the last bucket with a story of it, `members` are its mentions of the last 24
    hours and the bucket in which each was last told, `height` is its highest score,
    `observed` the count that was that surprising and `highest` the bucket.
    """

    id: int
    family: Family
    brand: str
    seen: int
    members: dict[int, int]
    terms: tuple[str, ...]
    height: float
    observed: float
    highest: int
    course: Course | None = None

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        state = asdict(self)
        state["members"] = sorted(self.members.items())
        state["course"] = self.course.dump() if self.course else None
        return state

    @classmethod
    def load(cls, state: dict[str, Any]) -> "Event":
        """The event of a dumped state."""
        typed = {
            "family": Family(state["family"]),
            "members": dict(state["members"]),
            "terms": tuple(state["terms"]),
            "course": Course.load(state["course"]) if state["course"] else None,
        }
        return cls(**(state | typed))


class Events:
    """All open events of a workspace, in the order of brand, family and beginning."""

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.open: dict[tuple[str, Family], list[Event]] = {}
        self.begun = 0
        self.raised = 0

    def __iter__(self) -> Iterator[Event]:
        for key in sorted(self.open):
            yield from self.open[key]

    def of(self, brand: str, family: Family) -> list[Event]:
        """The open events of a brand and family."""
        return self.open.get((brand, family), [])

    def find(self, story: Story, bucket: int) -> Event | None:
        """The open event that a story belongs to: the one it fits best, raised ones first."""
        events = self.of(story.lead.brand, story.family)
        fits = [(self._fit(event, story, bucket), -place) for place, event in enumerate(events)]
        fit, place = max(fits, default=(0.0, 0))
        return events[-place] if fit > 0 else None

    def _fit(self, event: Event, story: Story, bucket: int) -> float:
        """How well a story fits an event: shared mentions, a leading term.

        A surge holds the mentions of all that is told around it, so it continues an event
        only when that is a good part of the surge, or was told within the last hours.
        """
        shared = len(event.members.keys() & story.seqs)
        if story.lead.kind is SignalKind.SURGE:
            fit, least = shared / len(story.seqs), SAME_SURGE
            recent = (bucket - event.seen) * self.cut.bucket_ms <= SURGE_HOURS * HOUR_MS
        else:
            fit, least = shared / min(len(event.members), len(story.seqs)), SAME_TERMS
            recent = False
        if fit < least:
            fit = 0.1 if recent else 0.0
        theirs = story.terms[:_MOST_TERMS]
        if theirs and event.terms and (theirs[0] in event.terms or event.terms[0] in theirs):
            fit += 1.0
        return fit + 0.5 if fit and event.course else fit

    def twin(self, event: Event, story: Story) -> Event | None:
        """A raised event that a story about to be raised tells as well, if there is one."""
        for other in self.of(event.brand, event.family):
            shared = len(other.members.keys() & story.seqs)
            smaller = min(len(other.members), len(story.seqs))
            if other.course and other is not event and shared >= SAME_TERMS * smaller:
                return other
        return None

    def is_new_wave(self, event: Event, story: Story, bucket: int) -> bool:
        """Whether a story that belongs to an event is so much more that it is news again."""
        later = (bucket - event.highest) * self.cut.bucket_ms >= NEW_WAVE_HOURS * HOUR_MS
        more = story.score > event.height and story.lead.observed >= NEW_WAVE * event.observed
        return later and more

    def begin(self, story: Story, bucket: int) -> Event:
        """A new event."""
        self.begun += 1
        event = Event(
            id=self.begun,
            family=story.family,
            brand=story.lead.brand,
            seen=bucket,
            members=dict.fromkeys(sorted(story.seqs), bucket),
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
        oldest = bucket - self.cut.longest
        event.members = {seq: at for seq, at in event.members.items() if at > oldest}
        event.members |= dict.fromkeys(sorted(story.seqs), bucket)
        if story.score > event.height:
            event.height = story.score
            event.observed = story.lead.observed
            event.highest = bucket
            event.terms = tuple(dict.fromkeys(story.terms + event.terms))[:_MOST_TERMS]

    def is_quiet(self, event: Event, bucket: int) -> bool:
        """Whether nothing of the event stood out for two days."""
        return (bucket - event.seen) * self.cut.bucket_ms >= QUIET_HOURS * HOUR_MS

    def end(self, event: Event) -> None:
        """Close an event."""
        key = (event.brand, event.family)
        self.open[key] = [other for other in self.open[key] if other is not event]
        if not self.open[key]:
            del self.open[key]
