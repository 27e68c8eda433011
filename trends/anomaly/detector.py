"""The detector of one series: a row in, a verdict out, from what came before it alone."""

from collections.abc import Iterable, Iterator
from math import isfinite

from trends.anomaly.event import Events
from trends.anomaly.model import Setting, State, Verdict
from trends.anomaly.spread import Spread, believed
from trends.anomaly.usual import Usual

LARGEST = 1e100
"""Values beyond are refused: their squares are no numbers."""

_PACE_ROWS = 101  # intervals whose median says how far apart rows are
_GAP = 6  # intervals from which sums do not reach over a gap
_TOLD = 0.5
_NOT_TOLD = 0.49
_OUTSIDE = 0.025  # share of rows above, and below, the bounds
_PULL = 0.1  # by how much a row outside widens its bound, in standard deviations
_BOUNDS = (0.5, 8.0)
_USUAL_BOUND = 1.96
_SPARSE = 5.0  # deviations in units of what is expected, from which a gamma has no shape


class Detector:
    """Judges the rows of a series, in order of time; `dump` and `load` its whole state."""

    def __init__(self, setting: Setting | None = None) -> None:
        self.setting = setting or Setting()
        self._usual = Usual()
        self._spreads = [Spread() for _ in self.setting.windows]
        self._events = Events(len(self.setting.windows))
        self._recent: list[tuple[float, float]] = []  # values and what was expected
        self._intervals: list[int] = []
        self._step = 0.0
        self._last: int | None = None
        self._whole = True  # whether all values were whole numbers
        self._bounds = [_USUAL_BOUND, _USUAL_BOUND]

    def run(self, rows: Iterable[tuple[int, float]]) -> Iterator[Verdict]:
        """The verdicts of rows (UTC ms, value)."""
        return (self.step(time, value) for time, value in rows)

    def step(self, time: int, value: float) -> Verdict:
        """Judge a row, then learn it. ValueError when it is not later than the row before."""
        if not isfinite(value) or abs(value) > LARGEST:
            raise ValueError(f"{value} is no usable number")
        if self._last is None:
            return self._begin(time, value)
        since = time - self._last
        if since <= 0:
            raise ValueError(f"{time} is not later than {self._last}")
        self._last = time
        self._learn_kind(value, since)
        expected = self._usual.expect(time, self._spreads[0].usual())
        recent = self._recent
        if since > _GAP * self._step:
            recent.clear()
        recent.append((value, expected))
        if len(recent) > self.setting.windows[-1]:
            del recent[0]
        surprises, deviation = self._judge_sums()
        lower, upper = self._between(expected, deviation)
        score = 0.0
        if self._usual.rows >= self.setting.first_rows:
            passed = min(since, _GAP * self._step)
            score = self._score(self._events.score(passed, surprises, self.setting))
        self._learn_bounds(value, lower, upper)
        self._usual.learn(time, expected + believed(value - expected, deviation))
        return Verdict(score, expected, lower, upper, score >= _TOLD)

    def turn_back(self, time: int) -> None:
        """Let the next row be at `time`, though it is earlier: the clock had been wrong."""
        self._last = time - max(1, round(self._step))
        self._recent.clear()

    def _begin(self, time: int, value: float) -> Verdict:
        self._last = time
        self._whole, self._usual.signed = value.is_integer(), value < 0.0
        self._usual.learn(time, value)
        self._recent.append((value, value))
        return Verdict(0.0, value, value, value, alert=False)

    def _learn_kind(self, value: float, since: int) -> None:
        """What kind of series it is: its pace, whether whole, whether ever negative."""
        if len(self._intervals) < _PACE_ROWS:
            self._intervals = sorted([*self._intervals, since])
            step = float(self._intervals[len(self._intervals) // 2])
            if step != self._step:
                self._step = step
                self._usual.pace(step)
                self._events.pace(self.setting, step)
                for spread in self._spreads:
                    spread.pace(step)
        if self._whole and not value.is_integer():
            self._whole = False
        if value < 0.0 and not self._usual.signed:
            self._usual.turn_signed()

    def _judge_sums(self) -> tuple[list[float], float]:
        """How surprising each window's sum is, and the deviation of a single row."""
        surprises: list[float] = []
        total = mean = one = 0.0
        recent, reached = self._recent, 0
        for spread, window in zip(self._spreads, self.setting.windows, strict=True):
            if window > len(recent):
                break
            while reached < window:
                reached += 1
                value, expected = recent[-reached]
                total += value
                mean += expected
            surprise, deviation = spread.judge(
                total, mean, signed=self._usual.signed, whole=self._whole
            )
            spread.learn(total, mean, deviation)
            surprises.append(surprise)
            one = one or deviation
        return surprises, one

    def _score(self, rare: float) -> float:
        score = rare / (1.0 + rare)
        if score < _TOLD:
            return score
        if self._events.clock < self.setting.first_ms:
            return _NOT_TOLD
        self._events.tell()
        return score

    def _between(self, expected: float, deviation: float) -> tuple[float, float]:
        """The bounds of 95 rows in 100, by a normal or, of counts, a gamma distribution.

        The latter's quantiles are those of Wilson and Hilferty (PNAS 17, 1931).
        """
        low, high = self._bounds
        if self._usual.signed:
            return expected - low * deviation, expected + high * deviation
        if deviation > _SPARSE * expected:
            return 0.0, max(0.0, expected) + high * deviation
        third = (deviation / expected) / 3.0
        middle = 1.0 - third * third
        lower = expected * max(0.0, middle - low * third) ** 3
        upper = expected * max(0.0, middle + high * third) ** 3
        return min(lower, expected), max(upper, expected)

    def _learn_bounds(self, value: float, lower: float, upper: float) -> None:
        """Widen the bound that the row is beyond, narrow the other: conformal in the long run.

        Gibbs and Candes, Adaptive conformal inference under distribution shift, 2021.
        """
        least, most = _BOUNDS
        for n, beyond in enumerate((value < lower, value > upper)):
            moved = self._bounds[n] + _PULL * (beyond - _OUTSIDE)
            self._bounds[n] = min(most, max(least, moved))

    def dump(self) -> State:
        """Its state as JSON values."""
        return {
            "usual": self._usual.dump(),
            "spreads": [spread.dump() for spread in self._spreads],
            "events": self._events.dump(),
            "recent": [list(pair) for pair in self._recent],
            "intervals": list(self._intervals),
            "step": self._step,
            "last": self._last,
            "whole": self._whole,
            "bounds": list(self._bounds),
        }

    @classmethod
    def load(cls, state: State, setting: Setting | None = None) -> "Detector":
        """The detector of a dumped state; it must have the same setting."""
        detector = cls(setting)
        detector._usual = Usual.load(state["usual"])
        detector._spreads = [Spread.load(one) for one in state["spreads"]]
        detector._events = Events.load(state["events"])
        detector._recent = [(value, expected) for value, expected in state["recent"]]
        detector._intervals = list(state["intervals"])
        detector._step, detector._last = state["step"], state["last"]
        detector._whole = state["whole"]
        detector._bounds = list(state["bounds"])
        return detector
