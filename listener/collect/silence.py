"""Is a source silent that should not be? Decided from the ledger and the time, purely.

The expected rate is that of the hour of the day times a factor for the day of the week and,
where there is enough history, that of the very hour of the week, over the hours in which the
source was heard. Each day has a level of its own around it (a gamma factor of mean 1; its
variance is estimated from the daily totals), so that a holiday is not an outage. The
probability that so many hours say nothing is then, for each day of the silence,
(1 + expected/k)^-k: the negative binomial's zero.

It is an alarm when that probability is below `false_alarms_per_year` divided by the number
of silences that begin in a year: an hour with items is the end of one at most, so that the
expected number of false alarms a year is at most as stated, if the model holds. Hours that
were not heard count neither as silence nor as history.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from listener.collect.ledger import Hour, Record
from listener.model import DAY_MS, HOUR_MS

FALSE_ALARMS_PER_YEAR = 1.0
_YEAR_HOURS = 8766
_ENOUGH_DAYS = 7  # of history with items, before silence means anything
_PRIOR_HOURS = 4.0  # what a coarser rate weighs against hours of the finer one
_LATE = 3  # intervals without a success, after which a poll is overdue


class State(StrEnum):
    """How a source is: never tried, well, failing, overdue (nobody asks it), or silent."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    OVERDUE = "overdue"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence since `since`: `expected` items did not come, by chance with `probability`."""

    since: int
    expected: float
    probability: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Expected items an hour, by hour of the week (Monday 00:00 UTC is 0), and the days' `k`."""

    hourly: tuple[float, ...]
    level: float  # k of the gamma; infinite when days do not differ more than by chance
    active: float  # share of heard hours with items

    def at(self, hour: int) -> float:
        """Items expected in the hour that begins at `hour` (UTC ms)."""
        return self.hourly[_slot(hour)]


def expected_rates(hours: Sequence[Hour]) -> Rates | None:
    """The rates that a history shows; None when it is too short to tell."""
    heard = [hour for hour in hours if hour.heard]
    days = {hour.start // DAY_MS for hour in heard if hour.items}
    if len(days) < _ENOUGH_DAYS:
        return None
    overall = sum(hour.items for hour in heard) / len(heard)
    by_hour = _shrunk(heard, [overall] * 24, 24)
    factors = _day_factors(heard, by_hour)
    by_week = _shrunk(heard, [by_hour[n % 24] * factors[n // 24] for n in range(168)], 168)
    level = _level(heard, by_week)
    active = sum(1 for hour in heard if hour.items) / len(heard)
    return Rates(tuple(by_week), level, active)


def silence(
    record: Record, *, now: int, false_alarms_per_year: float = FALSE_ALARMS_PER_YEAR
) -> Silence | None:
    """The silence that a source is in, if it is too long to be chance. `now` in UTC ms."""
    if record.item_at is None:
        return None
    # The hours after the one with the last item, but for this one, which is not over.
    after = record.item_at - record.item_at % HOUR_MS + HOUR_MS
    quiet = [hour for hour in record.hours if hour.heard and after <= hour.start]
    quiet = [hour for hour in quiet if hour.start + HOUR_MS <= now]
    rates = expected_rates([hour for hour in record.hours if hour.start < after])
    if rates is None or not quiet:
        return None
    missed: defaultdict[int, float] = defaultdict(float)
    for hour in quiet:
        missed[hour.start // DAY_MS] += rates.at(hour.start)
    probability = math.exp(sum(_log_zero(items, rates.level) for items in missed.values()))
    silences = _YEAR_HOURS * rates.active
    if probability >= false_alarms_per_year / silences:
        return None
    return Silence(record.item_at, sum(missed.values()), probability)


def state(record: Record | None, *, interval: int, now: int) -> State:
    """How a source is. `interval` (ms) is that of its polls, or of a stream's heartbeats."""
    if record is None:
        return State.NEW
    if record.failures:
        return State.FAILING
    if record.heard_at is None or now - record.heard_at > _LATE * interval:
        return State.OVERDUE
    return State.SILENT if silence(record, now=now) else State.OK


def _slot(hour: int) -> int:
    # The epoch was a Thursday.
    return (hour // HOUR_MS + 3 * 24) % 168


def _shrunk(heard: Sequence[Hour], prior: Sequence[float], slots: int) -> list[float]:
    """Mean items by hour of the day or week, drawn towards a coarser rate where hours are few."""
    items, count = [0.0] * slots, [0] * slots
    for hour in heard:
        slot = _slot(hour.start) % slots
        items[slot] += hour.items
        count[slot] += 1
    return [
        (items[slot] + _PRIOR_HOURS * prior[slot]) / (count[slot] + _PRIOR_HOURS)
        for slot in range(slots)
    ]


def _day_factors(heard: Sequence[Hour], by_hour: Sequence[float]) -> list[float]:
    """Each weekday's items over those expected by the hour of the day, both with one more."""
    items, expected = [1.0] * 7, [1.0] * 7
    for hour in heard:
        slot = _slot(hour.start)
        items[slot // 24] += hour.items
        expected[slot // 24] += by_hour[slot % 24]
    return [some / usual for some, usual in zip(items, expected, strict=True)]


def _level(heard: Sequence[Hour], by_week: Sequence[float]) -> float:
    """k of the days' gamma factor, by the moments of daily totals about their expectation."""
    observed: defaultdict[int, int] = defaultdict(int)
    expected: defaultdict[int, float] = defaultdict(float)
    for hour in heard:
        observed[hour.start // DAY_MS] += hour.items
        expected[hour.start // DAY_MS] += by_week[_slot(hour.start)]
    excess = sum((observed[day] - expected[day]) ** 2 - expected[day] for day in expected)
    squares = sum(value * value for value in expected.values())
    return squares / excess if excess > 0 else math.inf


def _log_zero(expected: float, level: float) -> float:
    """Log probability of no item where so many are expected."""
    if math.isinf(level):
        return -expected
    return -level * math.log1p(expected / level)
