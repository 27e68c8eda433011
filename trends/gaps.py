"""Gaps: what of the stream was not heard, as far as it was known when a bucket closed.

What is missing is not zero. A source is missing in a bucket when half or more of the bucket
lies in its gaps; a gap whose loss was made good before the bucket closed is none to it. The
ledger goes on being written, so every look at it is as of a time: a gap is there from
`known_at` on, and lasts until its `until` has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trends.season import Cut


@dataclass(frozen=True, slots=True)
class Gap:
    """`source` was not heard in [since, until), UTC ms; `until` is None while it lasts.

    We knew of it at `known_at`; at `repaired_at` what was missed had been had after all.
    """

    source: str
    since: int
    until: int | None
    known_at: int
    repaired_at: int | None = None


class Missing:
    """Which sources are missing in which bucket, as was known at the time `at` (UTC ms)."""

    def __init__(self, gaps: Sequence[Gap], cut: Cut, lateness_ms: int, at: int) -> None:
        self._gaps = [gap for gap in gaps if gap.known_at <= at and gap.since < at]
        self._cut = cut
        self._lateness = lateness_ms
        self._at = at

    def __bool__(self) -> bool:
        return bool(self._gaps)

    def sources(self, bucket: int) -> tuple[str, ...]:
        """The sources that are missing in this bucket, by name."""
        if not self._gaps:
            return ()
        start, end = self._cut.start(bucket), self._cut.start(bucket + 1)
        closed_at = end + self._lateness
        unheard: dict[str, int] = {}
        for gap in self._gaps:
            if gap.repaired_at is not None and gap.repaired_at <= closed_at:
                continue
            over = gap.until is not None and gap.until <= self._at
            until = gap.until if over and gap.until is not None else self._at
            length = min(end, until) - max(start, gap.since)
            if length > 0:
                unheard[gap.source] = unheard.get(gap.source, 0) + length
        return tuple(sorted(name for name, ms in unheard.items() if 2 * ms >= end - start))


NOTHING_MISSING = Missing((), Cut(1, (1,)), 0, 0)
