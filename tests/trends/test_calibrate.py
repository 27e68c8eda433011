"""The budget: near it when much happens, within it when nothing does, and shared."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trends.calibrate import SHARES, Calibration, shared
from trends.stories import Family

DAY = 1 / 7


def raised(budget: float, events_a_week: float, slope: float, *, weeks: int, seed: int) -> float:
    """Alarms a week after two months, when real events fall off exponentially with the score."""
    rng = np.random.default_rng(seed)
    calibration = Calibration(budget)
    alarms = 0
    for day in range(weeks * 7):
        for _ in range(rng.poisson(events_a_week * DAY)):
            height = calibration.floor + rng.exponential(slope)
            if height >= calibration.thresholds[Family.ATTENTION]:
                calibration.spend()
                alarms += day >= 8 * 7
            calibration.close(Family.ATTENTION, height)
        calibration.pass_time(DAY, dict.fromkeys(Family, ()))
    return alarms / (weeks - 8)


@pytest.mark.parametrize("budget", [1.0, 3.0, 10.0])
@pytest.mark.parametrize("slope", [1.0, 5.0])
def test_an_eventful_stream_is_told_near_the_budget(budget: float, slope: float) -> None:
    rate = raised(budget, events_a_week=8 * budget, slope=slope, weeks=60, seed=1)
    assert rate == pytest.approx(budget, rel=0.25)


def test_an_uneventful_stream_is_told_as_it_is() -> None:
    assert raised(3.0, events_a_week=1.0, slope=2.0, weeks=60, seed=1) == pytest.approx(1, rel=0.3)


def test_the_first_weeks_are_cautious() -> None:
    thresholds = Calibration(3.0).thresholds
    for family, share in SHARES.items():
        assert thresholds[family] >= -math.log10(3.0 * share) + 0.9


@given(st.lists(st.floats(-1, 30), max_size=60), st.integers(0, 30), st.floats(0.2, 50))
def test_no_threshold_goes_below_theory(heights: list[float], days: int, budget: float) -> None:
    calibration = Calibration(budget)
    for height in heights:
        calibration.close(Family.RISK, height)
    for _ in range(days):
        calibration.pass_time(DAY, dict.fromkeys(Family, ()))
    assert min(calibration.thresholds.values()) >= calibration.floor - 0.06


def test_a_smaller_budget_asks_for_more() -> None:
    def after_a_year(budget: float) -> float:
        calibration = Calibration(budget)
        for day in range(365):
            calibration.close(Family.ATTENTION, day % 20)
            calibration.pass_time(DAY, dict.fromkeys(Family, ()))
        return calibration.thresholds[Family.ATTENTION]

    assert after_a_year(0.5) > after_a_year(1.5) > after_a_year(4.0)


def test_what_a_family_cannot_use_goes_to_the_others() -> None:
    demand = {Family.ATTENTION: 20.0, Family.RISK: 0.1, Family.INAUTHENTIC: 0.0}
    assert shared(3.0, demand) == pytest.approx(
        {Family.ATTENTION: 2.9, Family.RISK: 0.1, Family.INAUTHENTIC: 0.0}
    )
    greedy = shared(3.0, dict.fromkeys(Family, 99.0))
    assert greedy == pytest.approx({family: 3.0 * share for family, share in SHARES.items()})


@given(st.lists(st.floats(0, 20), min_size=3, max_size=3), st.floats(0.1, 20))
def test_the_shares_never_exceed_the_budget(demand: list[float], budget: float) -> None:
    parts = shared(budget, dict(zip(Family, demand, strict=True)))
    assert sum(parts.values()) <= budget * (1 + 1e-9)
    assert set(parts) == set(Family)


def test_a_dumped_state_goes_on_alike() -> None:
    calibration = Calibration(3.0)
    for day in range(90):
        calibration.close(Family.ATTENTION, day % 13)
        calibration.spend()
        calibration.pass_time(DAY, dict.fromkeys(Family, ()))
    again = Calibration.load(3.0, calibration.dump())
    for one in (calibration, again):
        one.close(Family.RISK, 4.0)
        one.pass_time(DAY, {Family.ATTENTION: (2.0, 9.0), Family.RISK: (), Family.INAUTHENTIC: ()})
    assert again.dump() == calibration.dump()
    assert Calibration.load(0.5, calibration.dump()).thresholds != calibration.thresholds
