"""Silent when it should not be: found in time, and at the stated rate of false alarms."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from listener.collect.ledger import HISTORY, Hour, Record
from listener.collect.silence import State, expected_rates, silence, state
from listener.model import DAY_MS, HOUR_MS, WEEK_MS

START = 1_790_553_600_000  # a Monday, 00:00 UTC
assert START % DAY_MS == 0
assert (START // DAY_MS + 3) % 7 == 0


def record(hours: list[Hour], *, now: int, **changes: object) -> Record:
    items = [hour.start for hour in hours if hour.items]
    found = Record(
        source="it",
        type="feeds",
        first_at=START,
        next_at=now,
        heard_at=now,
        item_at=max(items) + 1000 if items else None,
        failures=0,
        error=None,
        error_at=None,
        hours=tuple(hours),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def steady(weeks: int, rate: int = 5) -> list[Hour]:
    return [Hour(START + n * HOUR_MS, rate) for n in range(weeks * 168)]


def quiet(after: list[Hour], hours: int, *, heard: bool = True) -> list[Hour]:
    first = after[-1].start + HOUR_MS
    return [Hour(first + n * HOUR_MS, 0, heard=heard) for n in range(hours)]


def end(hours: list[Hour]) -> int:
    return hours[-1].start + HOUR_MS


def test_a_steady_source_that_falls_silent_is_noticed_within_hours() -> None:
    past = steady(4)
    for hours in range(1, 6):
        now = [*past, *quiet(past, hours)]
        found = silence(record(now, now=end(now)), now=end(now))
        if found:
            break
    assert hours <= 3
    assert found
    assert found.expected == pytest.approx(5 * hours)
    assert found.probability < 1 / 8766


def test_night_and_weekend_are_no_silence() -> None:
    """Nothing is ever said from 22 to 06, nor on Sundays; half a Monday is another matter."""
    past = [
        Hour(hour.start, 0 if hour.start // HOUR_MS % 24 < 6 or n // 24 % 7 == 6 else 4)
        for n, hour in enumerate(steady(6))
    ]
    assert past[-1].items == 0
    assert silence(record(past, now=end(past)), now=end(past)) is None
    monday = [*past, *quiet(past, 12)]
    assert silence(record(monday, now=end(monday)), now=end(monday))


def test_what_was_not_heard_is_no_silence() -> None:
    past = steady(4)
    away = [*past, *quiet(past, 48, heard=False)]
    assert silence(record(away, now=end(away)), now=end(away)) is None
    absent = record(past, now=end(past) + 2 * DAY_MS)
    assert silence(absent, now=end(past) + 2 * DAY_MS) is None


def test_a_short_history_says_nothing() -> None:
    past = steady(1)[: 6 * 24]
    now = [*past, *quiet(past, 72)]
    assert expected_rates(past) is None
    assert silence(record(now, now=end(now)), now=end(now)) is None
    assert silence(record([], now=START), now=START) is None


def test_a_source_with_busy_and_quiet_days_gets_more_time() -> None:
    rng = np.random.default_rng(1)
    even = steady(8, 2)
    uneven = [
        Hour(hour.start, int(2 * level))
        for day, level in enumerate(rng.gamma(0.5, 2, 56))
        for hour in even[day * 24 : day * 24 + 24]
    ]
    first, second = expected_rates(even), expected_rates(uneven)
    assert first
    assert second
    assert math.isinf(first.level)
    assert second.level < 3
    now = [*uneven, *quiet(uneven, 6)]
    assert silence(record(now, now=end(now)), now=end(now)) is None


def simulated(rng: np.random.Generator, weeks: int, rate: float, shape: float) -> list[Hour]:
    """A year of a source: daily cycle, quiet weekends, days with a gamma level of their own."""
    hours = []
    for day in range(weeks * 7):
        level = rng.gamma(shape, 1 / shape) * (0.6 if day % 7 >= 5 else 1.0)
        for hour in range(24):
            cycle = 1 + 0.9 * math.sin((hour - 9) / 24 * 2 * math.pi)
            start = START + (day * 24 + hour) * HOUR_MS
            hours.append(Hour(start, int(rng.poisson(rate * level * cycle))))
    return hours


def false_alarms(hours: list[Hour], *, rate: float, a_year: float) -> tuple[int, float]:
    """Silences told in a source that is well, and the years in which it was asked.

    Each silence is looked at in its last hour: it only becomes less likely as it lasts. Those
    in which fewer than three items were missed at the busiest hour's rate are skipped.
    """
    alarms = 0
    window = HISTORY // HOUR_MS
    last = window
    for n in range(window, len(hours)):
        if not hours[n].items:
            continue
        if (n - last - 1) * rate * 1.9 > 3:
            now = hours[n].start
            known = record(hours[n - window : n], now=now)
            alarms += silence(known, now=now, false_alarms_per_year=a_year) is not None
        last = n
    return alarms, (len(hours) - window) * HOUR_MS / (52 * WEEK_MS)


@pytest.mark.parametrize(("rate", "shape"), [(0.4, 50.0), (2.0, 4.0), (8.0, 1.5)])
def test_false_alarms_are_as_rare_as_stated(rate: float, shape: float) -> None:
    rng = np.random.default_rng(7)
    alarms, years = 0, 0.0
    a_year = 4.0
    for _ in range(2):
        found, asked = false_alarms(simulated(rng, 26, rate, shape), rate=rate, a_year=a_year)
        alarms += found
        years += asked
    # More than this, a source that keeps the promise would show once in a hundred times.
    assert alarms <= stats.poisson.ppf(0.99, a_year * years)


def test_how_a_source_is() -> None:
    past = steady(4)
    now = end(past)
    well = record(past, now=now)
    assert state(None, interval=60_000, now=now) is State.NEW
    assert state(well, interval=60_000, now=now) is State.OK
    assert state(well, interval=60_000, now=now + 180_001) is State.OVERDUE
    assert state(replace(well, heard_at=None), interval=60_000, now=now) is State.OVERDUE
    assert state(replace(well, failures=1), interval=60_000, now=now) is State.FAILING
    silent = record([*past, *quiet(past, 12)], now=now + 12 * HOUR_MS)
    assert state(silent, interval=60_000, now=now + 12 * HOUR_MS) is State.SILENT
