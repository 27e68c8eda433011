"""The detector of one series: causal, restartable, silent where nothing happens."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.model import DAY_MS, HOUR_MS, WEEK_MS
from trends.anomaly import Detector, Setting, Verdict

START = 1_400_000_000_000
FIVE_MINUTES = 300_000
VALUES = st.one_of(
    st.integers(0, 300).map(float),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from([0.0, 1e-300, -1e100, 1e100]),
)
ROWS = st.lists(st.tuples(st.integers(1, 3 * DAY_MS), VALUES), min_size=1, max_size=60)


def timed(steps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    times = np.cumsum([START, *(step for step, _ in steps)]).tolist()[1:]
    return list(zip(times, (value for _, value in steps), strict=True))


def regular(values: list[float], step: int) -> list[tuple[int, float]]:
    return [(START + number * step, float(value)) for number, value in enumerate(values)]


@given(ROWS, st.integers(0, 60))
def test_a_verdict_is_well_formed_whatever_comes(steps: list[tuple[int, float]], _: int) -> None:
    for (_time, _value), verdict in zip(timed(steps), Detector().run(timed(steps)), strict=True):
        assert 0.0 <= verdict.anomaly_score <= 1.0
        assert verdict.lower <= verdict.expected <= verdict.upper
        assert verdict.alert is (verdict.anomaly_score >= 0.5)


@given(ROWS, ROWS)
def test_no_row_looks_ahead(
    steps: list[tuple[int, float]], others: list[tuple[int, float]]
) -> None:
    alone = list(Detector().run(timed(steps)))
    followed = list(Detector().run(timed(steps + others)))
    assert followed[: len(alone)] == alone


@given(ROWS, st.integers(0, 60))
def test_it_goes_on_from_a_dumped_state(steps: list[tuple[int, float]], place: int) -> None:
    rows = timed(steps)
    whole = list(Detector().run(rows))
    first = Detector()
    verdicts = list(first.run(rows[:place]))
    second = Detector.load(json.loads(json.dumps(first.dump())))
    assert verdicts + list(second.run(rows[place:])) == whole


def test_a_row_that_is_not_later_or_no_number_is_refused() -> None:
    detector = Detector()
    detector.step(START, 1.0)
    for time, value in ((START, 1.0), (START - 1, 1.0), (START + 1, float("nan"))):
        with pytest.raises(ValueError, match=r"not later|no usable"):
            detector.step(time, value)
    detector.turn_back(START - DAY_MS)
    detector.step(START - DAY_MS, 1.0)


@pytest.mark.parametrize("value", [0.0, 7.0, -3.5])
@pytest.mark.parametrize("step", [FIVE_MINUTES, HOUR_MS, DAY_MS])
def test_what_never_changes_is_silent(value: float, step: int) -> None:
    assert not any(one.alert for one in Detector().run(regular([value] * 400, step)))


def season(times: list[int], level: float) -> np.ndarray:
    """A level that goes up and down with the day, and is lower at weekends."""
    days = np.array(times) / DAY_MS
    week = np.where(np.array(times) // DAY_MS % 7 < 2, 0.7, 1.0)
    return level * (1.0 + 0.6 * np.sin(2 * np.pi * days)) * week


def noise(level: float, weeks: int, step: int, seed: int) -> list[tuple[int, float]]:
    random = np.random.default_rng(seed)
    times = [START + number * step for number in range(weeks * WEEK_MS // step)]
    mean = season(times, level)
    counts = random.negative_binomial(3.0, 3.0 / (3.0 + mean))
    return [(time, float(count)) for time, count in zip(times, counts, strict=True)]


def test_over_dispersed_noise_with_seasons_seldom_alarms() -> None:
    alerts = sum(
        one.alert
        for seed, level in enumerate((0.3, 5.0, 60.0))
        for one in Detector().run(noise(level, 8, HOUR_MS, seed))
    )
    # 24 weeks at once in two weeks are 12; 21 are the 99 % point of Poisson, above.
    assert alerts <= 21


@pytest.mark.parametrize(("level", "times"), [(2.0, 15), (20.0, 8), (200.0, 6)])
def test_a_burst_is_told_once_in_its_first_rows(level: float, times: int) -> None:
    rows = noise(level, 6, HOUR_MS, seed=3)
    at = 5 * WEEK_MS // HOUR_MS + 9
    for number in range(4):
        time, value = rows[at + number]
        rows[at + number] = (time, value + level * times)
    alerts = [
        number for number, one in enumerate(Detector().run(rows)) if one.alert and number >= at - 24
    ]
    inside = [number for number in alerts if at <= number <= at + 4]
    assert inside
    assert all(later - earlier > 4 for earlier, later in pairwise(inside))


def test_a_fall_to_nothing_is_told() -> None:
    rows = noise(50.0, 6, HOUR_MS, seed=5)
    at = 5 * WEEK_MS // HOUR_MS
    rows[at : at + 30] = [(time, 0.0) for time, _ in rows[at : at + 30]]
    alerts = [number for number, one in enumerate(Detector().run(rows)) if one.alert]
    assert any(at <= number < at + 30 for number in alerts)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_bounds_hold_most_of_the_rows(seed: int) -> None:
    rows = noise(20.0, 6, HOUR_MS, seed)
    verdicts: list[Verdict] = list(Detector().run(rows))
    late = list(zip(rows, verdicts, strict=True))[len(rows) // 2 :]
    inside = sum(one.lower <= value <= one.upper for (_, value), one in late) / len(late)
    assert 0.88 <= inside <= 0.995


def test_a_longer_period_tells_less() -> None:
    rows = noise(20.0, 10, HOUR_MS, seed=11)
    often, seldom = (
        sum(one.alert for one in Detector(Setting(weeks=weeks)).run(rows)) for weeks in (0.5, 8.0)
    )
    assert seldom <= often
