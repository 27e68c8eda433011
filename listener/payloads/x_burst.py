"""Whether an hour of counts stands out, so that its posts are worth their price. Pure.

The same hour of the days before, with the hour on either side of it, says what is usual: a
negative binomial with their mean and variance (moments), never taken for steadier than
`_STEADIEST`. The chance of `n` or more is at most f(n) / (1 - r), where f is the probability
of n and r the ratio of f(n + 1) to f(n), which falls with n: a geometric series.
"""

import math
from collections.abc import Mapping

from listener.model import DAY_MS, HOUR_MS

CHANCE = 0.0003  # of an hour like this where nothing happens
FEWEST = 5  # posts; fewer are no burst, however rare they are
_DAYS = 6  # what recent counts tell of before the hour itself
_ENOUGH = 9  # hours to compare with: three days
_STEADIEST = 5.0  # k of the negative binomial: six days look steadier than days are
_PRIOR = 0.5  # posts; a brand that nobody ever spoke of still has some expectation


def chance_of(hours: Mapping[int, int], hour: int) -> float | None:
    """The chance of as many posts as in `hour` (its start, UTC ms) or more, at most.

    `hours` are counts by the start of their hour; those after `hour` are not looked at. None
    while there are too few to compare with.
    """
    usual = [
        hours[before]
        for day in range(1, _DAYS + 1)
        for side in (-1, 0, 1)
        if (before := hour - day * DAY_MS + side * HOUR_MS) in hours
    ]
    if hour not in hours or len(usual) < _ENOUGH:
        return None
    mean = (sum(usual) + _PRIOR) / len(usual)
    variance = sum((number - mean) ** 2 for number in usual) / (len(usual) - 1)
    k = _STEADIEST
    if variance > mean:
        k = min(k, mean**2 / (variance - mean))
    return _tail(hours[hour], mean, k)


def stands_out(hours: Mapping[int, int], hour: int) -> bool:
    """Whether there were so many posts in that hour that it is hardly chance."""
    chance = chance_of(hours, hour)
    return chance is not None and hours[hour] >= FEWEST and chance < CHANCE


def _tail(n: int, mean: float, k: float) -> float:
    """P(X >= n) of a negative binomial with that mean and k, from above."""
    if n <= mean:
        return 1.0
    share = mean / (mean + k)
    log_f = (
        math.lgamma(n + k)
        - math.lgamma(k)
        - math.lgamma(n + 1)
        + k * math.log1p(-share)
        + n * math.log(share)
    )
    ratio = max(share, share * (n + k) / (n + 1))
    return min(1.0, math.exp(log_f) / (1 - ratio)) if ratio < 1 else 1.0
