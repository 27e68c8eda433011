"""What is expected of the next value: six simple forecasts, weighed by how well they did.

Three levels, moving averages that forget half of what they know in 3 hours, a day and a week
(at least 4, 8 and 28 rows), each with and without a season. The weight of a forecast is the
inverse of its mean absolute error of the last days. So a series without a season is not given
one, a shifted level is followed within hours, and nothing need be chosen by hand.

The season has the hours of the day, the days of the week, and the hours of the week, each
learnt from what the ones before leave, as shares of the week's level:

    f = S_hour / (n_hour + l) + S_day / (n_day + l) + S_hour_of_week / (n_hour_of_week + l)

S are discounted sums, n discounted visits and l = (variance around the season) / 0.15: the
mean of a normal prior, so that chance makes no season. Values that are at least a day apart
have only the days of the week. A series that was ever negative has an additive season, in
units of its spread; else it is a factor.
"""

from listener.model import DAY_MS, HOUR_MS, WEEK_MS
from trends.anomaly.model import State, dumped, kept, restored

_LEVELS = ((4, 3 * HOUR_MS), (8, DAY_MS), (28, WEEK_MS))  # rows and time of half-lives
_ERRORS = (30, 3 * DAY_MS)
_PRIOR = 0.15  # variance of seasons, in squared shares of the level
_LOWEST = -0.95  # no hour is expected to have less than a twentieth
_HIGHEST = 5.0  # a row counts at most this much in a season
_VISITS = (30.0, 12.0, 12.0)  # half-lives of the season's parts, in their visits
_DAYS, _WEEK = 24, 31  # where the parts begin
_SLOTS = 24 + 7 + 168
_FIRST = 5  # rows without a season
_TINY = 1e-150


class Usual:
    """Levels and season of one series. `expect`, then `learn` the same row."""

    __slots__ = (
        "errors",
        "factor",
        "forecasts",
        "level_kept",
        "levels",
        "mean",
        "noise",
        "own_kept",
        "parts",
        "rows",
        "signed",
        "sums",
        "unit",
        "visit",
        "visits",
    )

    def __init__(self) -> None:
        self.rows = 0
        self.signed = False  # whether a value was ever negative
        self.levels = [0.0] * 6
        self.errors = [_TINY] * 6
        self.own_kept = [0.0] * 4  # of the three levels, and of the errors
        self.level_kept = [0.0] * 3  # of the season's three parts
        self.visit = 1.0  # how much of an hour's visit a row is; 0: days only
        self.sums = [0.0] * _SLOTS
        self.visits = [0.0] * _SLOTS
        self.mean = 0.0  # of the shares of the level
        self.noise = 1.0  # their variance around the season
        self.factor = 0.0  # of the row that is expected
        self.unit = 1.0  # what the factor is counted in
        self.parts = [0.0] * 3
        self.forecasts = [0.0] * 6

    def pace(self, step_ms: float) -> None:
        """Learn how far apart rows are."""
        self.own_kept = [kept(time, rows, step_ms) for rows, time in (*_LEVELS, _ERRORS)]
        self.visit = min(1.0, step_ms / HOUR_MS) if step_ms < DAY_MS / 2 else 0.0
        shares = (self.visit, self.visit / 24 or 1.0, self.visit)
        self.level_kept = [
            0.5 ** (share / half_life) for share, half_life in zip(shares, _VISITS, strict=True)
        ]

    def turn_signed(self) -> None:
        """The first negative value: what was a factor is one no longer."""
        self.signed = True
        self.sums = [0.0] * _SLOTS
        self.visits = [0.0] * _SLOTS
        self.mean, self.noise, self.factor = 0.0, 1.0, 0.0

    def expect(self, time: int, spread: float) -> float:
        """The value expected at a time (UTC ms); `spread` is the usual distance from it."""
        self.factor = self._season(time)
        self.unit = spread if self.signed else 1.0
        a, b, c, d, e, f = self.levels
        if self.signed:
            more = self.unit * self.factor
            forecasts = self.forecasts = [a, b, c, d + more, e + more, f + more]
        else:
            by = 1.0 + self.factor
            forecasts = self.forecasts = [a, b, c, d * by, e * by, f * by]
        total = expected = 0.0
        for forecast, error in zip(forecasts, self.errors, strict=True):
            weight = 1.0 / error
            total += weight
            expected += weight * forecast
        return expected / total

    def _season(self, time: int) -> float:
        shrink = self.noise / _PRIOR
        hour = time // HOUR_MS % 168
        sums, visits, parts = self.sums, self.visits, self.parts
        day = _DAYS + hour // 24
        parts[1] = sums[day] / (visits[day] + shrink)
        if not self.visit:
            factor = parts[1]
        else:
            parts[0] = sums[hour % 24] / (visits[hour % 24] + shrink)
            parts[2] = sums[_WEEK + hour] / (visits[_WEEK + hour] + shrink)
            factor = parts[0] + parts[1] + parts[2]
        return factor if self.signed or factor > _LOWEST else _LOWEST

    def learn(self, time: int, value: float) -> None:
        """Learn the value of the row that was expected last, or what of it can be believed."""
        if not self.rows:
            self.rows, self.levels = 1, [value] * 6
            return
        self.rows += 1
        levels, errors, first = self.levels, self.errors, 1.0 / self.rows
        without = value - self.unit * self.factor if self.signed else value / (1.0 + self.factor)
        gain = max(1.0 - self.own_kept[3], first)
        for n, forecast in enumerate(self.forecasts):
            errors[n] += gain * (abs(value - forecast) - errors[n]) + _TINY
        for n in range(3):
            gain = max(1.0 - self.own_kept[n], first)
            levels[n] += gain * (value - levels[n])
            levels[n + 3] += gain * (without - levels[n + 3])
        self._learn_season(time, value, gain)

    def _learn_season(self, time: int, value: float, gain: float) -> None:
        level = self.levels[5]
        share = (value - level) / ((self.unit if self.signed else level) or 1.0)
        share = min(_HIGHEST, max(-_HIGHEST, share))
        self.mean += gain * (share - self.mean)
        share -= self.mean
        if self.rows > _FIRST:
            self.noise += gain * ((share - self.factor) ** 2 - self.noise) + _TINY
        of_hour, of_day, of_both = self.parts
        hour = time // HOUR_MS % 168
        left = share - of_hour - of_both
        self._add(_DAYS + hour // 24, 1, left, self.visit / 24 or 1.0)
        if self.visit:
            self._add(hour % 24, 0, share - of_day - of_both, self.visit)
            self._add(_WEEK + hour, 2, share - of_hour - of_day, self.visit)

    def _add(self, slot: int, part: int, share: float, visit: float) -> None:
        left = self.level_kept[part]
        self.sums[slot] = self.sums[slot] * left + visit * share
        self.visits[slot] = self.visits[slot] * left + visit

    def dump(self) -> State:
        """Its state as JSON values."""
        return dumped(self)

    @classmethod
    def load(cls, state: State) -> "Usual":
        """What was dumped."""
        usual = cls()
        restored(usual, state)
        return usual
