"""How time is cut, and the hours of the week that all of a workspace's series share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from listener.model import HOUR_MS

LEVEL_HALF_LIFE_DAYS = 28.0
SEASON_HALF_LIFE_DAYS = 56.0
HOURS = 168
WHOLE = 0.95
"""The share of the stream from which a bucket counts as heard whole."""

_SHARED_PRIOR = 50.0  # posts it takes for an hour of the week to count half
_HOUR_OF_DAY = np.arange(HOURS) % 24
_DAY_OF_WEEK = np.arange(HOURS) // 24

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cut:
    """How time is cut: bucket length and the trailing windows, in buckets, ascending."""

    bucket_ms: int
    windows: tuple[int, ...]

    @classmethod
    def of(cls, bucket_minutes: int) -> "Cut":
        """Windows of 1, 6 and 24 hours, as far as the bucket allows."""
        lengths = {max(1, round(hours * 60 / bucket_minutes)) for hours in (1, 6, 24)}
        return cls(bucket_minutes * 60_000, tuple(sorted(lengths)))

    @property
    def longest(self) -> int:
        """The longest window, in buckets."""
        return self.windows[-1]

    @property
    def per_week(self) -> float:
        """Buckets in a week."""
        return HOURS * HOUR_MS / self.bucket_ms

    def number(self, at: int) -> int:
        """The number of the bucket in which a time (UTC ms) falls."""
        return at // self.bucket_ms

    def start(self, bucket: int) -> int:
        """When a bucket starts, UTC ms."""
        return bucket * self.bucket_ms

    def hour_of_week(self, bucket: int) -> int:
        """The hour of the week (UTC, from Thursday, as the epoch) in which it starts."""
        return (bucket * self.bucket_ms // HOUR_MS) % HOURS

    def kept(self, half_life_days: float, buckets: int) -> float:
        """What is left of a sum after so many buckets."""
        days = buckets * self.bucket_ms / (24 * HOUR_MS)
        return float(0.5 ** (days / half_life_days))


class Season:
    """The workspace's hours of the week, and the exposure that all its series share.

    `factors` has mean 1 over the hours seen. Exposure of a bucket is its factor times the
    share of the stream that was heard in it; a bucket in which no collector was up has none.
    """

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.counts = np.zeros(HOURS)
        self.alive = np.zeros(HOURS)
        self.factors = np.ones(HOURS)
        self.exposure = 0.0  # discounted
        self.total_exposure = 0.0  # of buckets that were heard whole; never discounted
        self.at = 0  # the last bucket learnt
        self.fitted_at = 0

    def factor(self, bucket: int) -> float:
        """The factor of a bucket's hour."""
        return float(self.factors[self.cut.hour_of_week(bucket)])

    def learn(self, bucket: int, count: float, coverage: float = 1.0) -> None:
        """Learn a bucket's clipped total, of which `coverage` (a share) could be heard.

        Buckets come in order, those without collectors not.
        """
        gap = bucket - self.at
        kept = self.cut.kept(SEASON_HALF_LIFE_DAYS, gap)
        self.counts *= kept
        self.alive *= kept
        hour = self.cut.hour_of_week(bucket)
        self.counts[hour] += count
        self.alive[hour] += coverage
        factor = self.factor(bucket)
        left = self.cut.kept(LEVEL_HALF_LIFE_DAYS, gap)
        self.exposure = self.exposure * left + factor * coverage
        if coverage >= WHOLE:
            self.total_exposure += factor
        self.at = bucket
        if bucket - self.fitted_at >= self.cut.longest:
            self._fit()
            self.fitted_at = bucket

    def _fit(self) -> None:
        mean = self.counts.sum() / self.alive.sum()
        expected = self.alive * mean
        factors = np.ones(HOURS)
        for groups in (_HOUR_OF_DAY, _DAY_OF_WEEK, np.arange(HOURS)):
            of_group = np.bincount(groups, self.counts)
            usual = np.bincount(groups, expected * factors)
            factors = factors * ((of_group + _SHARED_PRIOR) / (usual + _SHARED_PRIOR))[groups]
        scale = (self.alive * factors).sum() / self.alive.sum()
        self.factors = factors / scale

    def shares(self) -> Floats:
        """Each hour's share of all exposure."""
        weighted = self.alive * self.factors
        total = weighted.sum()
        return weighted / total if total > 0 else np.full(HOURS, 1.0 / HOURS)

    @property
    def doubt(self) -> float:
        """Relative variance for what few weeks cannot have told: 0.5 after none, 0.1 after two."""
        return 0.25 / (0.5 + self.exposure / self.cut.per_week)

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        return {
            "counts": self.counts.tolist(),
            "alive": self.alive.tolist(),
            "factors": self.factors.tolist(),
            "exposure": self.exposure,
            "total_exposure": self.total_exposure,
            "at": self.at,
            "fitted_at": self.fitted_at,
        }

    @classmethod
    def load(cls, cut: Cut, state: dict[str, Any]) -> "Season":
        """The season of a dumped state."""
        season = cls(cut)
        for name, value in state.items():
            setattr(season, name, np.array(value) if isinstance(value, list) else value)
        return season
