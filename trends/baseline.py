"""What is usual: level, season and over-dispersion of a brand's counts.

Everything is learnt from buckets that are older than the longest window (24 hours), so that
a burst is never compared with itself, and from counts that are clipped at what the baseline
still finds possible, so that a past alarm does not become the norm. A bucket in which
nobody said anything costs nothing: all decay and all zeros are worked out when a series is
next touched, from sums that all series share.

Expected count of brand i in a window = rate_i x sum of season_i over the window's buckets

    rate_i   = (a_i + a_0) / (E - D_i + E_0)                Gamma-Poisson, discounted
    season_i = shared hour of the week x own deviation      both shrunk towards no season
    variance = v_w x mean + mean^2 x (1 / (a_i + a_0) + d)  negative binomial

a_i is the discounted count, E the discounted exposure in standard buckets, a_0 and E_0 a day
of the workspace's average brand; v_w is tracked per window length, d is the doubt about
the season while there are few weeks of history.

What is missing is not zero. Where sources are missing, a bucket counts for its coverage: the
share of the stream that usually comes from the sources that were there. Less of it is
expected, and E grows by as much less. Coverage is a brand's own, for a source may bring most
of one brand and none of another; D_i is by how much less of brand i was heard than of the
stream.

    c_i = 1 - sum over missing sources of (w_is + 20 w_s) / (w_i + 20)

w_is are the discounted fresh mentions of brand i from source s, w_s is the source's share of
the stream's. To judge, a twentieth of what is missing is expected all the same, for what cannot
be heard in one place may be said in another: m = M (c + (1 - c) / 20), M being the mean with all
sources. How much a source brings varies, so the variance is larger by
M^2 (c (1 - c) / (w_i + 20) + (0.1 (1 - c))^2): where most is missing, only what is large stands
out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trends.season import (
    LEVEL_HALF_LIFE_DAYS,
    SEASON_HALF_LIFE_DAYS,
    WHOLE,
    Cut,
    Floats,
    Season,
)
from trends.series import Learnt, Series, Spread, fade_and_add
from trends.window import SIZES, Tally

SPREAD_HALF_LIFE_DAYS = 84.0
CLIP_SD = 3.0
_OWN_PRIOR = 20.0  # posts it takes for a brand's own hour of the week to count half
_FIRST_SPREAD = 1.5
_SOURCE_PRIOR = 20.0  # posts it takes for a brand's own sources to count half
_ELSEWHERE = 0.05  # of what is missing, that may be said where it is heard
_SOURCE_DOUBT = 0.1  # relative sd of what a missing source would have brought


@dataclass(frozen=True, slots=True)
class Expectation:
    """Mean and variance of a count."""

    mean: float
    variance: float


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
        heard = self.season.exposure - series.deficit * self.kept(series)
        return weight / (max(0.0, heard) + exposure), weight

    def coverage(self, series: Series, missing: Iterable[str]) -> float:
        """c_i: the share of a series that usually comes from all sources but these."""
        everything = sum(self.stream.sources.values())
        if everything <= 0.0:
            return 1.0
        kept = self.kept(series)
        whole = sum(series.sources.values()) * kept + _SOURCE_PRIOR
        lost = 0.0
        for source in missing:
            share = self.stream.sources.get(source, 0.0) / everything
            own = series.sources.get(source, 0.0) * kept
            lost += share if series is self.stream else (own + _SOURCE_PRIOR * share) / whole
        return max(0.0, 1.0 - lost)

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

    def expect(
        self,
        series: Series,
        window: int,
        buckets: Iterable[int],
        coverage: Sequence[float] | None = None,
    ) -> Expectation:
        """The series' count over these buckets, which make up the window of this index.

        `coverage` is that of each bucket, if something is missing.
        """
        profile = self.profile(series)
        hours = [self.cut.hour_of_week(bucket) for bucket in buckets]
        rate, weight = self.rate(series)
        exposure, unsure = float(profile[hours].sum()), 0.0
        if coverage is not None:
            heard = np.asarray(coverage)
            lost = rate * float(profile[hours] @ (1.0 - heard))
            exposure = float(profile[hours] @ (heard + _ELSEWHERE * (1.0 - heard)))
            drawn = rate * float(profile[hours] @ np.sqrt(heard * (1.0 - heard)))
            known = sum(series.sources.values()) * self.kept(series) + _SOURCE_PRIOR
            unsure = drawn * drawn / known + (_SOURCE_DOUBT * lost) ** 2
        mean = max(rate * exposure, 1e-9)
        relative = 1.0 / weight + self.season.doubt
        return Expectation(
            mean, self.variance_ratio(series, window) * mean + mean * mean * relative + unsure
        )

    # -- learning ---------------------------------------------------------------------

    def clipped(
        self, series: Series, bucket: int, tally: Tally, missing: Sequence[str] = ()
    ) -> Learnt:
        """A bucket's counts, at most what the baseline still finds possible in it.

        Risks and sources are cut in the proportion of the fresh mentions that they are among;
        copies at a few more than there are fresh mentions. What a missing source brought, at
        the edge of its gap or from its backfill, is left out like the rest of the bucket.
        """
        heard = {name: n for name, n in tally.sources.items() if name not in missing}
        fresh = float(sum(heard.values()) if missing else tally.fresh)
        if self.season.exposure >= self.cut.per_week / 7:  # before, there is nothing to clip by
            coverage = (self.coverage(series, missing),) if missing else None
            expected = self.expect(series, 0, (bucket,), coverage)
            fresh = min(fresh, expected.mean + CLIP_SD * expected.variance**0.5 + 1.0)
        part = fresh / tally.fresh if tally.fresh else 0.0
        return Learnt(
            fresh=fresh,
            copies=min(float(tally.copies), 3.0 + 3.0 * fresh),
            risks={risk: count * part for risk, count in tally.risks.items()},
            sources={name: count * part for name, count in heard.items()},
        )

    def learn(
        self,
        series: Series,
        bucket: int,
        learnt: "Learnt",
        coverage: float = 1.0,
        shared: float = 1.0,
    ) -> None:
        """Learn a bucket of a series that had mentions in it; after `season.learn` of it.

        Where sources are missing, every series' bucket is learnt, with its `coverage` and
        that `shared` by all, which `season.learn` was given.
        """
        self._learn_spread(series, bucket, learnt.fresh, coverage, shared)
        left = self.cut.kept(LEVEL_HALF_LIFE_DAYS, bucket - series.at)
        series.level = series.level * left + learnt.fresh
        series.copies = series.copies * left + learnt.copies
        for risk in series.risks:
            series.risks[risk] *= left
        for risk, count in learnt.risks.items():
            series.risks[risk] = series.risks.get(risk, 0.0) + count
        fade_and_add(series.sources, left, learnt.sources)
        series.deficit *= left
        if coverage != shared:
            series.deficit += (shared - coverage) * self.season.factor(bucket)
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

    def _learn_spread(
        self, series: Series, bucket: int, count: float, coverage: float, shared: float
    ) -> None:
        rate, _ = self.rate(series)
        profile = self.profile(series)
        hour = self.cut.hour_of_week(bucket)
        whole = coverage >= WHOLE
        # By how much the exposure of whole buckets, which all share, is off for this series.
        off = self.season.factor(bucket) * ((shared >= WHOLE) - whole)
        left = self.cut.kept(SPREAD_HALF_LIFE_DAYS, bucket - series.at)
        pooled = series is not self.stream
        for window, spread in enumerate(series.spreads):
            length = self.cut.windows[window]
            block = bucket // length
            spread.squares *= left
            spread.expected *= left
            if block == spread.block:
                spread.count += count if whole else 0.0
                spread.missed += 0.0 if whole else float(profile[hour])
                spread.exposure_at += off
                continue
            if spread.block >= 0:
                hours = [self.cut.hour_of_week(spread.block * length + n) for n in range(length)]
                exposure = max(0.0, float(profile[hours].sum()) - spread.missed)
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
            spread.block, spread.count = block, count if whole else 0.0
            spread.missed = 0.0 if whole else float(profile[hour])
            spread.exposure_at = self.season.total_exposure + (0.0 if whole else off)

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
