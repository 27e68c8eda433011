"""What is usual for terms and risks: an open vocabulary of series within each brand.

A term's count is compared with its brand's volume: its usual share of the brand's fresh
mentions, times the fresh mentions of the window. So a busy hour, a season or a silent
collector is no news for a term; only a change of what people talk about is.

    everywhere = (A + 1/2) / (S + 500)      discounted counts of the term and of the stream
    share      = (a + 200 everywhere) / (B + 200)             of the term and of the brand
    variance   = m + psi m + m^2 (phi + 1 / (a + 200 everywhere))

psi is the excess of rare series, phi the restlessness of frequent ones, both tracked over
all series of a sort per window length (`Variety`). A term that was never seen has a = 0
and A = 0; its tail is taken given that it is seen at all
(`significance.upper_tail_if_any`), with as many looks a week as terms are seen: so a first
sighting is not infinitely surprising.

A term is known by a 64-bit hash of (brand, term) only. What is seldom seen is forgotten:
after 90 days, after 14 when hardly one author used it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, Protocol

from listener.model import DAY_MS
from trends.baseline import SPREAD_HALF_LIFE_DAYS, Expectation
from trends.season import LEVEL_HALF_LIFE_DAYS, Cut
from trends.window import BrandWindow

Level = tuple[float, int]
"""Discounted authors of a term, and the number of the bucket at which they stood so."""


class Levels(Protocol):
    """Levels by the term's hash. A term that is not in it was not seen for long."""

    def get(self, term: int, /) -> Level | None: ...
    def __setitem__(self, term: int, level: Level, /) -> None: ...


FORGET_DAYS = 90
FORGET_RARE_DAYS = 14
RARE = 1.0
_TERM_PRIOR = 0.5
_STREAM_PRIOR = 500.0
_BRAND_PRIOR = 200.0
_EVERYWHERE = "*"  # no brand's id
_FREQUENT = 0.5  # expected count from which phi, not psi, is learnt
_FIRST_PHI = 0.3
_PRIOR_WEIGHT = 200.0
_OUTLIER_SD = 3.0


@lru_cache(maxsize=200_000)
def term_hash(brand: str, term: str) -> int:
    """The 64-bit number (signed) under which a brand's term is kept."""
    digest = hashlib.blake2b(f"{brand}\0{term}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def memory(cut: Cut) -> tuple[int, int]:
    """For how many buckets a level is remembered: of a rare term, of another."""
    day = DAY_MS / cut.bucket_ms
    return int(FORGET_RARE_DAYS * day), int(FORGET_DAYS * day)


def forgotten(level: Level, bucket: int, memory: tuple[int, int]) -> bool:
    """Whether a level is so old at this bucket that it counts as never seen."""
    return bucket - level[1] > memory[level[0] > RARE]


@dataclass(frozen=True, slots=True)
class Volumes:
    """Discounted fresh mentions of a brand and of the whole stream."""

    brand: float
    stream: float


@dataclass(frozen=True, slots=True)
class Usual:
    """A usual share, and the count that it rests on."""

    share: float
    weight: float


@dataclass(slots=True)
class Excess:
    """Sums behind psi and phi for one window length, and psi before anything is known."""

    first_psi: float
    pairs: float = 0.0  # of Y (Y - 1) - m^2 of rare series
    rare: float = 0.0  # of Y of rare series
    deviations: float = 0.0  # of (Y - m)^2 - m of frequent series
    squares: float = 0.0  # of m^2 of frequent series

    @property
    def psi(self) -> float:
        """Variance over mean, less one, of rare series: E[Y (Y - 1)] = psi m + m^2."""
        return (self.pairs + _PRIOR_WEIGHT * self.first_psi) / (self.rare + _PRIOR_WEIGHT)

    @property
    def phi(self) -> float:
        """Relative variance of frequent series."""
        weight = _PRIOR_WEIGHT
        return max(0.0, self.deviations + weight * _FIRST_PHI) / (self.squares + weight)

    def learn(self, count: float, mean: float) -> None:
        """Learn a count in one block; one that is far out counts as the furthest not out."""
        count = min(count, mean + _OUTLIER_SD * mean**0.5 + 2.0)
        if mean < _FREQUENT:
            self.pairs += max(0.0, count * (count - 1.0) - mean * mean)
            self.rare += count
        else:
            self.deviations += (count - mean) ** 2 - mean
            self.squares += mean * mean

    def fade(self, left: float) -> None:
        """Discount all sums."""
        self.pairs *= left
        self.rare *= left
        self.deviations *= left
        self.squares *= left


class Variety:
    """How series of one sort vary, and how often they are seen."""

    def __init__(self, cut: Cut, first_psi: float) -> None:
        self.cut = cut
        self.excess = [Excess(first_psi) for _ in cut.windows]
        self.sightings = 0.0  # series seen in a bucket, discounted
        self.weeks = 0.0  # over which, discounted alike

    def pass_bucket(self, sightings: float, coverage: float = 1.0) -> None:
        """Learn how many series were seen in a bucket, of which a share could be heard."""
        left = self.cut.kept(LEVEL_HALF_LIFE_DAYS, 1)
        self.sightings = self.sightings * left + sightings
        self.weeks = self.weeks * left + coverage / self.cut.per_week

    def pass_day(self) -> None:
        """Discount what was learnt of their variance; once per longest window."""
        left = self.cut.kept(SPREAD_HALF_LIFE_DAYS, self.cut.longest)
        for one in self.excess:
            one.fade(left)

    @property
    def sightings_per_week(self) -> float:
        """How many looks a week there are: sightings of a series in a bucket."""
        return max(1.0, self.sightings / self.weeks) if self.weeks else 1.0

    def expect(self, usual: Usual, fresh: float, window: int) -> Expectation:
        """The count among `fresh` mentions, in the window of this index."""
        mean = max(usual.share * fresh, 1e-9)
        excess = self.excess[window]
        relative = 1.0 / usual.weight + (excess.phi if mean >= _FREQUENT else 0.0)
        return Expectation(mean, mean * (1.0 + excess.psi) + mean * mean * relative)

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        return {
            "excess": [astuple(one) for one in self.excess],
            "sightings": self.sightings,
            "weeks": self.weeks,
        }

    @classmethod
    def load(cls, cut: Cut, state: dict[str, Any]) -> "Variety":
        """The variety of a dumped state."""
        variety = cls(cut, 0.0)
        variety.excess = [Excess(*values) for values in state["excess"]]
        variety.sightings, variety.weeks = state["sightings"], state["weeks"]
        return variety


class Vocabulary:
    """Levels of all terms, and how terms and risks vary."""

    def __init__(self, cut: Cut, levels: Levels) -> None:
        self.cut = cut
        self.levels = levels
        self.memory = memory(cut)
        self.terms = Variety(cut, first_psi=0.1)
        self.risks = Variety(cut, first_psi=0.5)

    def level(self, brand: str, term: str, bucket: int) -> float:
        """The term's discounted authors as of this bucket."""
        found = self.levels.get(term_hash(brand, term))
        if found is None or forgotten(found, bucket, self.memory):
            return 0.0
        return found[0] * self.cut.kept(LEVEL_HALF_LIFE_DAYS, bucket - found[1])

    def usual(self, brand: str, term: str, bucket: int, volumes: Volumes) -> Usual:
        """A term's usual share of its brand's mentions, and the count that it rests on."""
        everywhere = self.level(_EVERYWHERE, term, bucket) + _TERM_PRIOR
        prior = _BRAND_PRIOR * everywhere / (volumes.stream + _STREAM_PRIOR)
        weight = self.level(brand, term, bucket) + prior
        return Usual(weight / (volumes.brand + _BRAND_PRIOR), max(weight, _TERM_PRIOR))

    def learn(self, brand: str, bucket: int, authors: Iterable[tuple[str, int]]) -> None:
        """Learn how many authors of an expired bucket used which terms."""
        for term, count in authors:
            if count:
                self._add(term_hash(brand, term), bucket, count)
                self._add(term_hash(_EVERYWHERE, term), bucket, count)

    def _add(self, key: int, bucket: int, count: int) -> None:
        old = self.levels.get(key)
        level = float(count)
        if old is not None and not forgotten(old, bucket, self.memory):
            level += old[0] * self.cut.kept(LEVEL_HALF_LIFE_DAYS, bucket - old[1])
        self.levels[key] = (level, bucket)

    def learn_variety(
        self,
        brand: str,
        bucket: int,
        volumes: Volumes,
        window: BrandWindow,
        risks: Mapping[str, float],
    ) -> None:
        """Learn how the terms and risks of a window varied about what was to be expected.

        `risks` are the brand's discounted risks, of the same age as `volumes`. In
        alphabetical order: sums of floats must not depend on who came first.
        """
        fresh = [window.blocks(length) for length in self.cut.windows]
        for term in sorted(window.terms):
            places = window.terms[term]
            usual = self.usual(brand, term, bucket, volumes)
            for index, length in enumerate(self.cut.windows):
                excess = self.terms.excess[index]
                for block, count in places.blocks(length):
                    excess.learn(count, usual.share * max(1, fresh[index][block].fresh))
        for index in range(len(self.cut.windows)):
            for tally in fresh[index].values():
                for risk, count in sorted(tally.risks.items()):
                    mean = risks.get(risk, 0.0) / volumes.brand * tally.fresh
                    self.risks.excess[index].learn(count, mean)
