"""How topics grow and fade: their sizes by time bucket."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.topics.model import NONE


@dataclass(frozen=True, slots=True)
class Sizes:
    """Posts by bucket: `starts` are UTC ms without gaps, each topic's numbers in that order."""

    starts: tuple[int, ...]
    of: dict[int, tuple[int, ...]]  # by topic id


def sizes_over_time(times: Sequence[int], topics: Sequence[int], bucket: int) -> Sizes:
    """The posts of each topic in each bucket of so many ms; posts without a topic are left out."""
    counts = Counter(
        (int(topic), time - time % bucket)
        for time, topic in zip(times, topics, strict=True)
        if topic != NONE
    )
    if not counts:
        return Sizes((), {})
    moments = [start for _, start in counts]
    starts = tuple(range(min(moments), max(moments) + 1, bucket))
    ids = sorted({topic for topic, _ in counts})
    return Sizes(starts, {one: tuple(counts[one, start] for start in starts) for one in ids})
