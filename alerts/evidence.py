"""The mentions to read first: which of an alert's mentions tell its story soonest. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

READ_FIRST = 5
_AT_LEAST = 3
_Shown = TypeVar("_Shown")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mention that may be shown as evidence. `engagement` is likes, reposts and replies."""

    seq: int
    published_at: int
    author_id: int | None
    followers: int
    engagement: int
    original: bool
    negative: bool
    duplicate_key: int
    terms: frozenset[str]


def ranked(
    candidates: Sequence[Candidate], terms: Sequence[str], *, negatives_first: bool = False
) -> list[int]:
    """All candidates' seqs, those to read first first; the same for any order of input.

    Four readings alternate over who is left: the earliest with reach (where it began), the
    furthest reach (who carried it), the most copied (what was said most), the fullest in
    the event's terms (what it is about). The first READ_FIRST come from distinct authors
    and distinct near-copies as long as there are such; the rest follow in time.
    """
    by_time = sorted(candidates, key=lambda c: (c.published_at, c.seq))
    copies: dict[int, int] = {}
    for candidate in candidates:
        copies[candidate.duplicate_key] = copies.get(candidate.duplicate_key, 0) + 1
    copies[0] = 1  # too short to tell
    about = frozenset(terms)
    far = _far_reach(by_time)
    pools = _pools(by_time, about, negatives_first=negatives_first)
    # `min` keeps the first of equals, which is the earliest.
    readings: tuple[Callable[[Candidate], tuple[int, ...]], ...] = (
        lambda c: (-int(c.followers >= far), -int(c.original)),
        lambda c: (-c.followers, -c.engagement, -int(c.original)),
        lambda c: (-copies[c.duplicate_key], -int(c.original)),
        lambda c: (-len(c.terms & about), -int(c.original), -c.followers),
    )
    chosen: list[Candidate] = []
    while len(chosen) < READ_FIRST and len(chosen) < len(by_time):
        pool = next(left for left in (_left(pool, chosen) for pool in pools) if left)
        chosen.append(min(pool, key=readings[len(chosen) % len(readings)]))
    taken = {candidate.seq for candidate in chosen}
    return [c.seq for c in chosen] + [c.seq for c in by_time if c.seq not in taken]


def read_first(ranking: Sequence[_Shown], key: Callable[[_Shown], int]) -> list[_Shown]:
    """The first READ_FIRST of a ranking; of near-copies (same `key`, not 0) only up to three.

    To read the same words five times tells no more than to read them three times.
    """
    first = ranking[:READ_FIRST]
    seen: set[int] = set()
    new = []
    for shown in first:
        if key(shown) == 0 or key(shown) not in seen:
            new.append(shown)
        seen.add(key(shown))
    return new if len(new) >= _AT_LEAST else list(first[:_AT_LEAST])


def _pools(
    by_time: list[Candidate], terms: frozenset[str], *, negatives_first: bool
) -> list[tuple[list[Candidate], bool]]:
    """Whom to choose from, best pool first; True where author and text must be new."""
    told = [c for c in by_time if c.terms & terms] or by_time
    if negatives_first:
        told = [c for c in told if c.negative] or told
    return [(told, True), (told, False), (by_time, True), (by_time, False)]


def _left(pool: tuple[list[Candidate], bool], chosen: list[Candidate]) -> list[Candidate]:
    candidates, distinct = pool
    taken = {c.seq for c in chosen}
    if not distinct:
        return [c for c in candidates if c.seq not in taken]
    authors = {c.author_id for c in chosen} - {None}
    texts = {c.duplicate_key for c in chosen} - {0}
    return [
        c
        for c in candidates
        if c.seq not in taken and c.author_id not in authors and c.duplicate_key not in texts
    ]


def _far_reach(candidates: list[Candidate]) -> int:
    """The upper quartile of the followers: an early mention that few could see began nothing."""
    followers = sorted(c.followers for c in candidates)
    return followers[(3 * len(followers)) // 4] if followers else 0
