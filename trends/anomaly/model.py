"""What a detector is set to, what it says of a row, and how its parts are written down."""

from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple

from listener.model import DAY_MS, HOUR_MS, WEEK_MS

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """How sensitive a detector is. One setting serves all series; docs/anomalies.md says why.

    An event of a kind that comes once in `weeks`, but no oftener than once in `rows` rows, has
    the score 0.5. `windows` are the sums that are looked at, in rows, ascending from 1.
    """

    weeks: float = 2.0
    rows: float = 60.0
    windows: tuple[int, ...] = (1, 3, 12)
    calm_rows: int = 3  # an event is over when nothing was surprising for so many rows
    calm_ms: int = 6 * HOUR_MS  # and for so long
    rise: float = 1.3  # by how much it must outgrow itself later on to be told again
    drops: float = 0.8  # how much a fall counts beside a rise
    first_rows: int = 20  # nothing is told before so many rows
    first_ms: int = DAY_MS  # and so much time

    @property
    def period_ms(self) -> float:
        """The period, in ms."""
        return self.weeks * WEEK_MS


class Verdict(NamedTuple):
    """What a row looks like to those before it.

    `anomaly_score` is R / (1 + R), where R is how seldom the series does this, in units of the
    setting's period: 0.5 is once a period, 0.9 once in nine. From 0.5 on there is an `alert`.
    The rows of an event that was told stay below, unless it outgrows itself. Between `lower`
    and `upper` lie about 95 of 100 rows.
    """

    anomaly_score: float
    expected: float
    lower: float
    upper: float
    alert: bool


def kept(half_life_ms: float, least_rows: float, step_ms: float) -> float:
    """What a row leaves of a discounted sum; the half-life has at least so many rows."""
    return float(0.5 ** (1.0 / max(least_rows, half_life_ms / step_ms)))


def dumped(part: Any) -> State:
    """All that a part remembers, as JSON values."""
    return {name: copy(getattr(part, name)) for name in part.__slots__}


def restored(part: Any, state: State) -> None:
    """Put a dumped state back into a part."""
    for name in part.__slots__:
        setattr(part, name, copy(state[name]))
