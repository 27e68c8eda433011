"""Events of a series: which rows belong together, how seldom they are, and what is told once.

An event begins with a row of which some window is surprising (`tail.LEAST`), and ends when
none was for a while. Each window has tails of its own: a burst of five minutes and an hour
that is busier than any before are compared with their like. The rarest of them counts. An
event that was told is told again only if it outgrows itself by `Setting.rise`.
"""

from collections.abc import Sequence
from math import inf

from listener.model import WEEK_MS
from trends.anomaly.model import Setting, State, dumped, restored
from trends.anomaly.tail import LEAST, Tail, limit

_HALF_LIFE = (1000, 8)  # rows, and weeks
_WINDOWS_APART = 1.5  # as how many independent ones three windows count
_TOLD_WEIGHT = 1.0
_NOT_AGAIN = 0.9  # in periods: what was told stays below


class Events:
    """The event that is going on in a series, if any, and the peaks of those before.

    Time is what was seen: gaps do not age it, and a wrong date does no harm.
    """

    __slots__ = (
        "above",
        "below",
        "calm_ms",
        "clock",
        "half_life",
        "last",
        "limit",
        "peaks",
        "period",
        "seen",
        "side",
        "told",
        "told_at",
        "was_told",
    )

    def __init__(self, windows: int) -> None:
        self.above = [Tail() for _ in range(windows)]
        self.below = [Tail() for _ in range(windows)]
        self.clock = 0.0  # ms seen
        self.seen = 0.0  # the same, discounted
        self.period = self.half_life = self.calm_ms = 1.0
        self.limit = 0.0
        self.side = 0  # 1 above and -1 below what is expected; 0: nothing goes on
        self.last = 0.0  # when it was last surprising
        self.peaks = [0.0] * windows
        self.told = [0.0] * windows
        self.was_told = False
        self.told_at = 0.0

    def pace(self, setting: Setting, step_ms: float) -> None:
        """Learn how far apart rows are."""
        self.period = max(setting.period_ms, setting.rows * step_ms)
        self.half_life = max(_HALF_LIFE[1] * WEEK_MS, _HALF_LIFE[0] * step_ms)
        self.calm_ms = max(setting.calm_ms, setting.calm_rows * step_ms)
        self.limit = limit(self.period / step_ms)

    def score(self, since: float, surprises: Sequence[float], setting: Setting) -> float:
        """R of a row, in periods. `since` is the time since the row before, gaps left out."""
        self.clock += since
        self.seen = self.seen * 0.5 ** (since / self.half_life) + since
        if self.side and self.clock - self.last > self.calm_ms:
            self._close()
        most, least = max(surprises), -min(surprises) * setting.drops
        if most < LEAST and least < LEAST:
            return 0.0
        if self.side and (most if self.side > 0 else least) >= LEAST:
            self.last = self.clock
        side = 1 if most >= least else -1
        if self.side != side:
            if self.was_told:  # what follows upon it, such as the fall after a burst
                return 0.0
            self._open(side)
        factor = 1.0 if side > 0 else -setting.drops
        young = self.was_told and self.clock - self.told_at <= self.calm_ms
        heights = [factor * surprise for surprise in surprises]
        return self._rarest(heights, inf if young else setting.rise)

    def tell(self) -> None:
        """Note that the event is told as it is."""
        self.was_told, self.told_at = True, self.clock
        self.told = [max(LEAST, peak) for peak in self.peaks]

    def _open(self, side: int) -> None:
        self.side, self.last, self.was_told = side, self.clock, False
        self.peaks = [0.0] * len(self.peaks)

    def _close(self) -> None:
        for tail, peak in zip(self._tails(), self.peaks, strict=True):
            if peak >= LEAST:
                tail.add(peak, self.clock, self.half_life, _TOLD_WEIGHT if self.was_told else 1.0)
        self.side, self.was_told = 0, False

    def _tails(self) -> list[Tail]:
        return self.above if self.side > 0 else self.below

    def _rarest(self, heights: Sequence[float], rise: float) -> float:
        rarest = 0.0
        seen = self.seen / (self.period * _WINDOWS_APART)
        for n, (tail, height) in enumerate(zip(self._tails(), heights, strict=False)):
            if height < LEAST:
                continue
            period = tail.period(height, seen, self.limit)
            if self.was_told and height < rise * self.told[n]:
                period = min(period, _NOT_AGAIN)
            rarest = max(rarest, period)
            self.peaks[n] = max(self.peaks[n], height)
            if self.was_told:
                self.told[n] = max(self.told[n], height)
        return rarest

    def dump(self) -> State:
        """Its state as JSON values."""
        tails = {name: [tail.dump() for tail in getattr(self, name)] for name in ("above", "below")}
        return dumped(self) | tails

    @classmethod
    def load(cls, state: State) -> "Events":
        """What was dumped."""
        events = cls(len(state["peaks"]))
        restored(events, state)
        events.above = [Tail.load(one) for one in state["above"]]
        events.below = [Tail.load(one) for one in state["below"]]
        return events
