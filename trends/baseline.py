"""What is usual: level, season and over-dispersion of a brand's counts.

Everything is learnt from buckets that are older than the longest window (24 hours), so that
a burst is never compared with itself, and from counts that are clipped at what the baseline
still finds possible, so that a past alarm does not become the norm. A bucket in which
nobody said anything costs nothing: all decay and all zeros are worked out when a series is
next touched, from sums that all series share.

Expected count of brand i in a window = rate_i x sum of season_i over the window's buckets

    rate_i   = (a_i + a_0) / (E + E_0)                      Gamma-Poisson, discounted
    season_i = shared hour of the week x own deviation      both shrunk towards no season
    variance = v_w x mean + mean^2 x (1 / (a_i + a_0) + d)  negative binomial

a_i is the discounted count, E the discounted exposure in standard buckets, a_0 and E_0 a day
of the workspace's average brand; v_w is tracked per window length, d is the doubt about
the season while there are few weeks of history.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trends.season import (
    HOURS,
    LEVEL_HALF_LIFE_DAYS,
    SEASON_HALF_LIFE_DAYS,
    Cut,
    Floats,
    Season,
)
from trends.window import SIZES, Tally

SPREAD_HALF_LIFE_DAYS = 84.0
CLIP_SD = 3.0
_OWN_PRIOR = 20.0  # posts it takes for a brand's own hour of the week to count half
_SPREAD_PRIOR = 20.0  # expected posts it takes for a brand's own dispersion to count half
_FIRST_SPREAD = 1.5


@dataclass(frozen=True, slots=True)
class Expectation:
    """Mean and variance of a count."""

    mean: float
    variance: float


@dataclass(slots=True)
class Spread:
    """Squared deviations and expected counts over blocks of one window length, discounted."""

    block: int = -1
    count: float = 0.0
    exposure_at: float = 0.0
    squares: float = 0.0
    expected: float = 0.0

    def variance_ratio(self, prior: float) -> float:
        """v: variance over mean, shrunk towards `prior`."""
        weight = _SPREAD_PRIOR
        return max(1.0, (self.squares + weight * prior) / (self.expected + weight))

    def close(self, mean: float, idle: float, blocks: int, ratio: float) -> tuple[float, float]:
        """The deviation and expectation of the open block and of the idle ones after it.

        The deviation is clipped, so that one event does not make the series deaf.
        """
        deviation = min(abs(self.count - mean), 4.0 * float(np.sqrt(ratio * mean)) + 2.0)
        squares = deviation * deviation
        if blocks > 0:
            squares += idle * idle / blocks
        return squares, mean + idle


@dataclass(slots=True)
class Series:
    """What is usual for one brand.

    `level` is a_i; `risks` and `copies` are discounted sums of the same age; `hours` is a_i
    by hour of the week.
    """

    spreads: list[Spread]
    level: float = 0.0
    copies: float = 0.0
    risks: dict[str, float] = field(default_factory=dict)
    hours: Floats = field(default_factory=lambda: np.zeros(HOURS))
    at: int = 0
    profile: Floats | None = None
    profiled_at: int = 0

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        return {
            "spreads": [
                [one.block, one.count, one.exposure_at, one.squares, one.expected]
                for one in self.spreads
            ],
            "level": self.level,
            "copies": self.copies,
            "risks": self.risks,
            "hours": self.hours.tolist(),
            "at": self.at,
            "profile": None if self.profile is None else self.profile.tolist(),
            "profiled_at": self.profiled_at,
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> "Series":
        """The series of a dumped state."""
        profile = state["profile"]
        return cls(
            spreads=[Spread(*values) for values in state["spreads"]],
            level=state["level"],
            copies=state["copies"],
            risks=state["risks"],
            hours=np.array(state["hours"]),
            at=state["at"],
            profile=None if profile is None else np.array(profile),
            profiled_at=state["profiled_at"],
        )


@dataclass(slots=True)
class Learnt:
    """What a bucket teaches of a series: counts clipped at what is possible."""

    fresh: float = 0.0
    copies: float = 0.0
    risks: dict[str, float] = field(default_factory=dict)

    def add(self, other: "Learnt") -> None:
        """Add another series' bucket."""
        self.fresh += other.fresh
        self.copies += other.copies
        for risk, count in other.risks.items():
            self.risks[risk] = self.risks.get(risk, 0.0) + count


class Baseline:
    """What is usual in a workspace: its season, its brands' series, and the pool of both."""

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.season = Season(cut)
        self.brands: dict[str, Series] = {}
        self.stream = self._series()  # all brands together
        self.pool = [Spread() for _ in cut.windows]
        self.sizes = np.zeros(SIZES)  # of fresh accounts, discounted

    def _series(self) -> Series:
        return Series([Spread() for _ in self.cut.windows])

    def series(self, brand: str) -> Series:
        """The brand's series, a new one at its first sighting."""
        if brand not in self.brands:
            self.brands[brand] = self._series()
        return self.brands[brand]

    # -- what to expect ---------------------------------------------------------------

    def kept(self, series: Series) -> float:
        """What is left of a series' discounted sums since it was last touched."""
        return self.cut.kept(LEVEL_HALF_LIFE_DAYS, max(0, self.season.at - series.at))

    def volume(self, series: Series) -> float:
        """A series' discounted fresh mentions, as of now."""
        return series.level * self.kept(series)

    def prior(self) -> tuple[float, float]:
        """(a_0, E_0): a day of the average brand."""
        day = self.cut.per_week / 7
        mean = self.volume(self.stream) / max(1, len(self.brands))
        return max(mean, 0.1) * day / (self.season.exposure + day), day

    def rate(self, series: Series) -> tuple[float, float]:
        """Mean count in a standard bucket, and the count that it rests on."""
        count, exposure = self.prior()
        weight = self.volume(series) + count
        return weight / (self.season.exposure + exposure), weight

    def profile(self, series: Series) -> Floats:
        """The series' season: the shared one times its own deviation, at most a day old."""
        now = self.season.at
        if series.profile is None or now - series.profiled_at >= self.cut.longest:
            expected = series.hours.sum() * self.season.shares()
            own = (series.hours + _OWN_PRIOR) / (expected + _OWN_PRIOR)
            series.profile = self.season.factors * own
            series.profiled_at = now
        return series.profile

    def variance_ratio(self, series: Series, window: int) -> float:
        """v_w: variance over mean in the window of this index."""
        return series.spreads[window].variance_ratio(
            self.pool[window].variance_ratio(_FIRST_SPREAD)
        )

    def expect(self, series: Series, window: int, buckets: Iterable[int]) -> Expectation:
        """The series' count over these buckets, which make up the window of this index."""
        profile = self.profile(series)
        hours = [self.cut.hour_of_week(bucket) for bucket in buckets]
        rate, weight = self.rate(series)
        mean = max(rate * float(profile[hours].sum()), 1e-9)
        relative = 1.0 / weight + self.season.doubt
        return Expectation(
            mean, self.variance_ratio(series, window) * mean + mean * mean * relative
        )

    # -- learning ---------------------------------------------------------------------

    def clipped(self, series: Series, bucket: int, tally: Tally) -> Learnt:
        """A bucket's counts, at most what the baseline still finds possible in it.

        Risks are cut in the proportion of the fresh mentions that they are among; copies
        at a few more than there are fresh mentions.
        """
        fresh = float(tally.fresh)
        if self.season.exposure >= self.cut.per_week / 7:  # before, there is nothing to clip by
            expected = self.expect(series, 0, (bucket,))
            fresh = min(fresh, expected.mean + CLIP_SD * expected.variance**0.5 + 1.0)
        part = fresh / tally.fresh if tally.fresh else 0.0
        return Learnt(
            fresh=fresh,
            copies=min(float(tally.copies), 3.0 + 3.0 * fresh),
            risks={risk: count * part for risk, count in tally.risks.items()},
        )

    def learn(self, series: Series, bucket: int, learnt: "Learnt") -> None:
        """Learn a bucket of a series that had mentions in it; after `season.learn` of it."""
        self._learn_spread(series, bucket, learnt.fresh)
        left = self.cut.kept(LEVEL_HALF_LIFE_DAYS, bucket - series.at)
        series.level = series.level * left + learnt.fresh
        series.copies = series.copies * left + learnt.copies
        for risk in series.risks:
            series.risks[risk] *= left
        for risk, count in learnt.risks.items():
            series.risks[risk] = series.risks.get(risk, 0.0) + count
        series.hours *= self.cut.kept(SEASON_HALF_LIFE_DAYS, bucket - series.at)
        series.hours[self.cut.hour_of_week(bucket)] += learnt.fresh
        series.at = bucket

    def pass_day(self) -> None:
        """Discount what all brands share; once per longest window."""
        self.sizes *= self.cut.kept(LEVEL_HALF_LIFE_DAYS, self.cut.longest)
        for one in self.pool:
            left = self.cut.kept(SPREAD_HALF_LIFE_DAYS, self.cut.longest)
            one.squares *= left
            one.expected *= left

    def _learn_spread(self, series: Series, bucket: int, count: float) -> None:
        rate, _ = self.rate(series)
        profile = self.profile(series)
        left = self.cut.kept(SPREAD_HALF_LIFE_DAYS, bucket - series.at)
        pooled = series is not self.stream
        for window, spread in enumerate(series.spreads):
            length = self.cut.windows[window]
            block = bucket // length
            spread.squares *= left
            spread.expected *= left
            if block == spread.block:
                spread.count += count
                continue
            if spread.block >= 0:
                hours = [self.cut.hour_of_week(spread.block * length + n) for n in range(length)]
                exposure = float(profile[hours].sum())
                idle = self.season.total_exposure - spread.exposure_at - exposure
                squares, expected = spread.close(
                    rate * exposure,
                    rate * max(0.0, idle),
                    block - spread.block - 1,
                    self.variance_ratio(series, window),
                )
                spread.squares += squares
                spread.expected += expected
                if pooled:
                    self.pool[window].squares += squares
                    self.pool[window].expected += expected
            spread.block, spread.count = block, count
            spread.exposure_at = self.season.total_exposure

    def dump(self) -> dict[str, Any]:
        """The shared state as JSON values; each brand's series is dumped by itself."""
        return {
            "season": self.season.dump(),
            "stream": self.stream.dump(),
            "pool": [[one.squares, one.expected] for one in self.pool],
            "sizes": self.sizes.tolist(),
        }

    @classmethod
    def load(cls, cut: Cut, state: dict[str, Any], brands: dict[str, Series]) -> "Baseline":
        """The baseline of a dumped state and its brands' series."""
        baseline = cls(cut)
        baseline.season = Season.load(cut, state["season"])
        baseline.stream = Series.load(state["stream"])
        baseline.brands = brands
        baseline.sizes = np.array(state["sizes"])
        baseline.pool = [Spread(squares=one[0], expected=one[1]) for one in state["pool"]]
        return baseline
