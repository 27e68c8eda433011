"""How seldom a series goes so far: its own past events, and theory while there are few.

Peaks over threshold: of every event that was, only how far it went is kept. The number of
events that went as far as x:

    n(x) = sum of the weights of the peaks >= x                   up to u
    n(x) = w (u / x)^(1 / g)                                      beyond u

u is the sixth highest peak or so, w the weight of those above it, and g the mean of log(peak / u)
over them (Hill, Annals of Statistics 3, 1975), with four peaks of a prior whose g is 0.15. A
peak loses half of its weight in eight weeks, or 1,000 rows. So a series with wild bursts needs
a wilder one, and a calm series a small one. In periods (`Setting.weeks`):

    R(x) = (T0 + T) / (n0(x) + n(x)),    n0(x) = min(2, T0 10^((x0 - x) / 0.7))

is the time between events like x. T is the time seen, discounted alike; T0 = 0.5, and x0 is
1.5 above the normal quantile of one row in a period: the prior is cautious, and soon forgotten.
"""

from math import log
from statistics import NormalDist

from trends.anomaly.model import State, dumped, restored

LEAST = 2.5
"""The surprise from which a row may belong to an event."""

_HIGHEST_PEAKS = 5.0  # weight of the peaks that the tail is fitted to
_PRIOR_PEAKS, _PRIOR_INDEX = 4.0, 0.15
_PRIOR_TIME = 0.5
_CAUTION = 1.5
_SLOPE = 0.7
_MOST_PRIOR = 2.0
_MOST_PEAKS = 200


def limit(rows: float) -> float:
    """x0: what theory expects once in so many rows, and some caution."""
    return NormalDist().inv_cdf(1.0 - 1.0 / max(rows, 3.0)) + _CAUTION


class Tail:
    """The peaks of one window's sums, to one side."""

    __slots__ = ("above", "at", "index", "peaks", "threshold")

    def __init__(self) -> None:
        self.peaks: list[list[float]] = []  # weight and height, the highest first
        self.at = 0.0  # when the last was added
        self.threshold = LEAST
        self.above = 0.0  # weight of the peaks above the threshold
        self.index = _PRIOR_INDEX

    def add(self, height: float, now: float, half_life: float, weight: float = 1.0) -> None:
        """Learn how high an event went that ends now."""
        left = 0.5 ** ((now - self.at) / half_life)
        peaks = [[own * left, peak] for own, peak in self.peaks]
        self.peaks = sorted([*peaks, [weight, height]], key=lambda one: -one[1])
        if len(self.peaks) > _MOST_PEAKS:
            self.peaks.remove(min(self.peaks))
        self.at = now
        weight = logs = 0.0
        threshold = LEAST
        for own, peak in self.peaks:
            if weight + own > _HIGHEST_PEAKS:
                threshold = max(LEAST, peak)
                break
            weight += own
            logs += own * log(peak)
        excess = max(0.0, logs - weight * log(threshold))
        self.threshold, self.above = threshold, weight
        self.index = (excess + _PRIOR_PEAKS * _PRIOR_INDEX) / (weight + _PRIOR_PEAKS)

    def period(self, height: float, time: float, usual_limit: float) -> float:
        """How seldom an event goes so high, in periods, when so many periods were seen."""
        if height > self.threshold:
            events = self.above * float((self.threshold / height) ** (1.0 / self.index))
        else:
            events = sum(weight for weight, peak in self.peaks if peak >= height)
        exponent = max(-99.0, min(99.0, (usual_limit - height) / _SLOPE))
        prior = min(_MOST_PRIOR, _PRIOR_TIME * 10.0**exponent)
        return float((_PRIOR_TIME + time) / (prior + events))

    def dump(self) -> State:
        """Its state as JSON values."""
        return dumped(self)

    @classmethod
    def load(cls, state: State) -> "Tail":
        """What was dumped."""
        tail = cls()
        restored(tail, state)
        return tail
