"""Detectors, one file each: parameters, and `candidates(look)`, a pure function of a look.

A look is one brand at the close of one bucket in which it was mentioned. A detector's
score is the base-10 logarithm of how many quiet weeks it takes, in this whole workspace,
for chance to bring one such candidate: 0 is once a week, 2 once in a hundred weeks. So
scores of all detectors, brands and windows can be compared, and the number of series and
windows looked at is already in them.

A new detector is one file here with a class `Detector` that has `kind` and `candidates`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, runtime_checkable

from trends.baseline import Baseline, Expectation
from trends.model import SignalKind
from trends.season import Cut
from trends.series import Series
from trends.vocabulary import Usual, Vocabulary, Volumes
from trends.window import BrandWindow, Place, Tally

_MOST_SEQS = 256


@dataclass(frozen=True, slots=True)
class Span:
    """A trailing window: its index, first bucket, length, and those buckets that count.

    `coverage` is the share of the brand's mentions that could be heard in each of them; None
    where nothing was missing.
    """

    index: int
    since: int
    length: int
    alive: tuple[int, ...]
    tally: Tally
    coverage: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One brand at the close of one bucket, and what is usual for it."""

    brand: str
    bucket: int
    cut: Cut
    window: BrandWindow
    spans: tuple[Span, ...]
    baseline: Baseline
    series: Series
    vocabulary: Vocabulary
    terms: tuple[str, ...]
    """The terms of this bucket's mentions, each once, in alphabetical order."""
    risks: tuple[str, ...]
    """The risks of this bucket's fresh mentions, alike."""

    def fresh(self, span: Span) -> Expectation:
        """The fresh mentions to expect in a span."""
        return self.baseline.expect(self.series, span.index, span.alive, span.coverage)

    @property
    def volumes(self) -> Volumes:
        """How much is usually said, for the terms' shares of it."""
        return Volumes(
            self.baseline.volume(self.series), self.baseline.volume(self.baseline.stream)
        )

    def usual(self, term: str) -> Usual:
        """A term's usual share of the brand's mentions."""
        return self.vocabulary.usual(self.brand, term, self.bucket, self.volumes)

    def looks(self, span: Span, count: float, mean: float, series: int = 1) -> float:
        """How many independent looks a week a sliding window makes at `series` per brand.

        Windows that overlap give about k - m clumps for each disjoint window (the scan
        statistic's declumping; Alm 1983), at most one per bucket.
        """
        clumps = min(float(span.length), max(1.0, count - mean))
        brands = max(1, len(self.baseline.brands))
        return len(self.spans) * series * brands * self.cut.per_week / span.length * clumps


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be an event: a count that is higher than usual, and its mentions."""

    kind: SignalKind
    brand: str
    series: str
    since: int
    length: int
    score: float
    observed: float
    expected: Expectation
    seqs: frozenset[int]
    terms: tuple[str, ...] = ()


@runtime_checkable
class Detector(Protocol):
    """Finds candidates of one kind."""

    kind: SignalKind

    def candidates(self, look: Look) -> list[Candidate]:
        """What stands out, in no order that depends on arrival."""
        ...


def rareness(tail: float, looks: float) -> float:
    """The score: log10 of the quiet weeks between chance candidates like this one."""
    return -math.log10(tail * looks)


def latest_seqs(places: Iterable[Place]) -> frozenset[int]:
    """The mentions of places (latest first), at most 256."""
    seqs: list[int] = []
    for place in places:
        if len(seqs) == _MOST_SEQS:
            break
        seqs.append(place.counted.observation.seq)
    return frozenset(seqs)


@cache
def built_in() -> Sequence[Detector]:
    """All detectors in this folder, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").Detector() for name in names)
