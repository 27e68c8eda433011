"""How far a sum of values is from what was expected, whatever the series is.

Of a series that was never negative, a sum with the mean m is taken as negative binomial in
units of p, with the variance p m + k m^2. Whole numbers have p = 1, if they vary more than
Poisson; else, and for fractions, p and k share what variance there is. How surprising a sum y is:
the signed root of its deviance (McCullagh and Nelder, Generalized Linear Models, 2.4), with
a = y / p, b = m / p, r = 1 / k:

    d = sign(a - b) sqrt(2 (a log(a / b) - (a + r) log((a + r) / (b + r))))

which is close to normal where the model holds, small counts included, and needs no tables. A
series with negative values has d = (y - m) / s instead.

The variance is that of the window's sums themselves, so that hours which hang together are
no surprise. A sum is learnt as at most three spreads away: a burst does not become the norm.
"""

from math import log, sqrt

from listener.model import DAY_MS
from trends.anomaly.model import State, dumped, kept, restored

_CLIP = 3.0
_LEAK = 0.01  # of what is beyond, so that a series that was constant can begin to vary
_HALF_LIFE = (200, 28 * DAY_MS)  # rows, and time
_QUIET = 0.5  # where less is expected than this share of the usual, it is taken as this much
_LEAST = 1e-3  # least spread, as a share of the level: rounding is no surprise
_LEAST_UNIT = 0.02
_TINY = 1e-150


def believed(off: float, deviation: float) -> float:
    """What is learnt of a distance from the expected."""
    most = max(_CLIP * deviation, _LEAK * abs(off))
    return min(most, max(-most, off))


class Spread:
    """The spread of the sums over one window. `judge` a sum, then `learn` it."""

    __slots__ = ("count", "kept", "mean", "size", "square", "unit", "variance", "weight")

    def __init__(self) -> None:
        self.kept = 1.0
        self.weight = 0.0  # of the discounted sums that follow
        self.mean = 0.0
        self.square = 0.0  # of the means
        self.variance = 0.0
        self.count = 0
        self.unit = 1.0  # p of the sum that was judged last
        self.size = 0.0  # its k

    def pace(self, step_ms: float) -> None:
        """Learn how far apart rows are."""
        self.kept = kept(_HALF_LIFE[1], _HALF_LIFE[0], step_ms)

    def usual(self) -> float:
        """The usual distance from what is expected."""
        return sqrt(self.variance / self.weight) if self.weight else 1.0

    def judge(self, total: float, mean: float, *, signed: bool, whole: bool) -> tuple[float, float]:
        """How surprising a sum is, and its standard deviation around `mean`."""
        weight = self.weight
        doubt = 4.0 / (self.count + 4.0)  # the first rows know little
        if weight:
            # This row's is one of the means: there may have been none but zeros so far.
            of_means = (self.mean + mean) / (weight + 1.0) + _TINY
            of_squares = (self.square + mean * mean) / (weight + 1.0) + _TINY
            if whole and of_means < 0.5 / self.count:  # so few were counted so far
                of_means = 0.5 / self.count
                of_squares = max(of_squares, of_means * of_means)
            variance = self.variance / weight * (1.0 + 4.0 * doubt)
        elif signed:
            of_squares, variance = mean * mean, (total - mean) ** 2 + _TINY
        else:
            of_means = abs(mean) + _TINY
            of_squares, variance = of_means * of_means, of_means
        variance = max(variance, _LEAST * _LEAST * of_squares, _TINY)
        if signed:
            deviation = sqrt(variance)
            return (total - mean) / deviation, deviation
        if not whole:
            unit, size = 0.5 * variance / of_means, 0.5 * variance / of_squares
        elif variance > of_means:
            unit, size = 1.0, (variance - of_means) / of_squares
        else:
            unit, size = max(variance / of_means, _LEAST_UNIT), 0.0
        size += 0.5 * doubt * doubt + 1e-9
        self.unit, self.size = unit, size
        least = _QUIET * of_means
        expected = mean if mean > least else least
        a, b, r = max(0.0, (total + expected - mean) / unit), expected / unit, 1.0 / size
        deviance = (a * log(a / b) if a > 0.0 else 0.0) - (a + r) * log((a + r) / (b + r))
        surprise = sqrt(2.0 * deviance) if deviance > 0.0 else 0.0
        deviation = sqrt(unit * expected + size * expected * expected)
        return (surprise if a >= b else -surprise), deviation

    def learn(self, total: float, mean: float, deviation: float) -> None:
        """Learn a sum that was judged."""
        off = believed(total - mean, deviation)
        left = self.kept
        self.count += 1
        self.weight = self.weight * left + 1.0
        self.mean = self.mean * left + mean
        self.square = self.square * left + mean * mean
        self.variance = self.variance * left + off * off

    def dump(self) -> State:
        """Its state as JSON values."""
        return dumped(self)

    @classmethod
    def load(cls, state: State) -> "Spread":
        """What was dumped."""
        spread = cls()
        restored(spread, state)
        return spread
