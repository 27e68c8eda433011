"""Tails and intervals of counts agree with SciPy's distributions."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trends.significance import interval, none_at_all, upper_tail, upper_tail_if_any

MEANS = st.floats(0.01, 200.0)
RATIOS = st.floats(1.05, 8.0)
COUNTS = st.integers(1, 400)


def negative_binomial(mean: float, variance: float) -> Any:
    size = mean * mean / (variance - mean)
    return stats.nbinom(size, size / (size + mean))


@given(COUNTS, MEANS, RATIOS)
def test_the_tail_is_the_negative_binomials(count: int, mean: float, ratio: float) -> None:
    known = negative_binomial(mean, ratio * mean).sf(count - 1)
    assert upper_tail(count, mean, ratio * mean) == pytest.approx(max(known, 1e-300), rel=1e-6)


@given(COUNTS, MEANS)
def test_without_excess_it_is_poissons(count: int, mean: float) -> None:
    known = max(stats.poisson(mean).sf(count - 1), 1e-300)
    assert upper_tail(count, mean, mean) == pytest.approx(known, rel=1e-6)


@given(COUNTS, MEANS, RATIOS)
def test_given_any_is_the_tail_over_the_chance_of_any(
    count: int, mean: float, ratio: float
) -> None:
    tail = upper_tail(count, mean, ratio * mean)
    any_at_all = 1.0 - none_at_all(mean, ratio * mean)
    given_any = upper_tail_if_any(count, mean, ratio * mean)
    assert given_any == pytest.approx(min(1.0, tail / any_at_all), rel=1e-6)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_first_sighting_is_not_infinitely_surprising(count: int) -> None:
    """With the mean going to zero it is the logarithmic series, whatever the mean."""
    psi = 0.2
    theta = psi / (1 + psi)
    known = stats.logser(theta).sf(count - 1)
    for mean in (1e-3, 1e-6, 1e-9):
        assert upper_tail_if_any(count, mean, mean * (1 + psi)) == pytest.approx(known, rel=0.02)
    assert upper_tail_if_any(1, 1e-9, 1e-9 * (1 + psi)) == pytest.approx(1.0)


@given(MEANS, RATIOS)
def test_none_at_all(mean: float, ratio: float) -> None:
    known = negative_binomial(mean, ratio * mean).pmf(0)
    assert none_at_all(mean, ratio * mean) == pytest.approx(known, rel=1e-6)
    assert none_at_all(mean, mean) == pytest.approx(math.exp(-mean))


@given(MEANS, RATIOS)
def test_the_interval_holds_95_in_100(mean: float, ratio: float) -> None:
    low, high = interval(mean, ratio * mean)
    known = negative_binomial(mean, ratio * mean)
    assert known.cdf(low) >= 0.025 > known.cdf(low - 1) - 1e-9
    assert known.cdf(high) >= 0.975 > known.cdf(high - 1) - 1e-9
