"""What is usual for terms: an open vocabulary of brand x term series.

A term's count is compared with its brand's volume: its usual share of the brand's fresh
mentions, times the fresh mentions of the window. So a busy hour, a season or a silent
collector is no news for a term; only a change of what people talk about is.

    share    = (a + 1/2) / (B + 500)          discounted counts of the term and its brand
    variance = m + psi x m + m^2 x (phi + 1 / (a + 1/2))

psi is the excess of rare terms, phi the restlessness of frequent ones, both tracked over
all terms per window length. A term that was never seen has a = 0; its tail is taken given
that it is seen at all (`significance.upper_tail_if_any`), with as many looks a week as
terms are seen: so a first sighting is not infinitely surprising.

A term is known by a 64-bit hash of (brand, term) only. What is seldom seen is forgotten:
after 90 days, after 14 when hardly one author used it.
"""

import hashlib
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from trends.baseline import LEVEL_HALF_LIFE_DAYS, Cut, Expectation

Level = tuple[float, int]
"""Discounted authors of a term, and the number of the bucket at which they stood so."""

Levels = MutableMapping[int, Level]
"""Levels by the term's hash. A term that is not in it was not seen for long."""

FORGET_DAYS = 90
FORGET_RARE_DAYS = 14
RARE = 1.0
_TERM_PRIOR = 0.5
_VOLUME_PRIOR = 500.0
_FREQUENT = 0.5  # expected count from which phi, not psi, is learnt
_FIRST_PSI = 0.1
_FIRST_PHI = 0.3
_PRIOR_WEIGHT = 200.0


@lru_cache(maxsize=200_000)
def term_hash(brand: str, term: str) -> int:
    """The 64-bit number (signed) under which a brand's term is kept."""
    digest = hashlib.blake2b(f"{brand}\0{term}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def forgotten(level: Level, bucket: int, cut: Cut) -> bool:
    """Whether a level is so old at this bucket that it counts as never seen."""
    days = FORGET_RARE_DAYS if level[0] <= RARE else FORGET_DAYS
    return (bucket - level[1]) * cut.bucket_ms > days * 86_400_000


@dataclass(slots=True)
class Excess:
    """Sums behind psi and phi for one window length."""

    pairs: float = 0.0  # of Y (Y - 1) of rare terms
    rare: float = 0.0  # of Y of rare terms
    deviations: float = 0.0  # of (Y - m)^2 - m of frequent terms
    squares: float = 0.0  # of m^2 of frequent terms

    @property
    def psi(self) -> float:
        """Variance over mean, less one, of rare terms."""
        return (self.pairs + _PRIOR_WEIGHT * _FIRST_PSI) / (self.rare + _PRIOR_WEIGHT)

    @property
    def phi(self) -> float:
        """Relative variance of frequent terms."""
        weight = _PRIOR_WEIGHT
        return max(0.0, self.deviations + weight * _FIRST_PHI) / (self.squares + weight)

    def learn(self, count: float, mean: float) -> None:
        """Learn a term's count in one block; a count that is far out counts less."""
        count = min(count, mean + 3.0 * mean**0.5 + 2.0)
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


class Vocabulary:
    """Levels of all terms, volumes of all brands, and how terms vary."""

    def __init__(self, cut: Cut, levels: Levels) -> None:
        self.cut = cut
        self.levels = levels
        self.excess = [Excess() for _ in cut.windows]
        self.touches = 0.0  # terms seen, discounted, for the number of looks
        self.weeks = 0.0

    def level(self, brand: str, term: str, bucket: int) -> float:
        """The term's discounted authors as of this bucket."""
        found = self.levels.get(term_hash(brand, term))
        if found is None or forgotten(found, bucket, self.cut):
            return 0.0
        return found[0] * self.cut.kept(LEVEL_HALF_LIFE_DAYS, bucket - found[1])

    def expect(self, level: float, volume: float, fresh: float, window: int) -> Expectation:
        """A term's count among `fresh` mentions of its brand; `volume` is the brand's level."""
        weight = level + _TERM_PRIOR
        mean = max(weight / (volume + _VOLUME_PRIOR) * fresh, 1e-9)
        excess = self.excess[window]
        relative = 1.0 / weight + (excess.phi if mean >= _FREQUENT else 0.0)
        return Expectation(mean, mean * (1.0 + excess.psi) + mean * mean * relative)

    def learn(self, brand: str, bucket: int, authors: Iterable[tuple[str, int]]) -> None:
        """Learn how many authors of an expired bucket used which terms."""
        for term, count in authors:
            self.touches += 1.0
            if not count:
                continue
            key = term_hash(brand, term)
            old = self.levels.get(key)
            level = float(count)
            if old is not None and not forgotten(old, bucket, self.cut):
                left = self.cut.kept(LEVEL_HALF_LIFE_DAYS, bucket - old[1])
                level += old[0] * left
            self.levels[key] = (level, bucket)

    @property
    def looks_per_week(self) -> float:
        """How many times a week a term is seen in a bucket."""
        return self.touches / max(self.weeks, 0.1)

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values, but for the levels."""
        return {
            "excess": [[one.pairs, one.rare, one.deviations, one.squares] for one in self.excess],
            "touches": self.touches,
            "weeks": self.weeks,
        }

    @classmethod
    def load(cls, cut: Cut, state: dict[str, Any], levels: Levels) -> "Vocabulary":
        """The vocabulary of a dumped state."""
        vocabulary = cls(cut, levels)
        vocabulary.excess = [Excess(*values) for values in state["excess"]]
        vocabulary.touches, vocabulary.weeks = state["touches"], state["weeks"]
        return vocabulary
