"""How surprising a count is: tails and intervals of over-dispersed counts.

A count with mean m and variance v > m is taken as negative binomial with size
r = m^2 / (v - m); its tail is an incomplete beta function (Abramowitz and Stegun 26.5.26):
P(Y >= k) = I_{m/(m+r)}(k, r). With v <= m it is Poisson: P(Y >= k) = P(k, m), the
incomplete gamma function.
"""

import math

from scipy import special

_SMALLEST = 1e-300
_POISSON_ABOVE = 1e7  # sizes from which the two tails agree to all digits that matter


def _size(mean: float, variance: float) -> float:
    excess = variance - mean
    return mean * mean / excess if excess > mean * mean / _POISSON_ABOVE else math.inf


def upper_tail(count: float, mean: float, variance: float) -> float:
    """P(Y >= count), at least 1e-300."""
    if count <= 0 or mean <= 0:
        return 1.0 if count <= 0 else _SMALLEST
    size = _size(mean, variance)
    if math.isinf(size):
        tail = special.gammainc(count, mean)
    else:
        tail = special.betainc(count, size, mean / (mean + size))
    return max(float(tail), _SMALLEST)


def upper_tail_if_any(count: float, mean: float, variance: float) -> float:
    """P(Y >= count | Y >= 1): how surprising `count` is, once the thing is seen at all.

    In the limit of a small mean it no longer depends on the mean (a logarithmic series),
    so that a term that was never seen before is not infinitely surprising.
    """
    size = _size(mean, variance)
    log_none = -mean if math.isinf(size) else -size * math.log1p(mean / size)
    return min(1.0, upper_tail(count, mean, variance) / max(-math.expm1(log_none), _SMALLEST))


def none_at_all(mean: float, variance: float) -> float:
    """P(Y = 0)."""
    size = _size(mean, variance)
    return math.exp(-mean if math.isinf(size) else -size * math.log1p(mean / size))


def interval(mean: float, variance: float) -> tuple[float, float]:
    """The central 95 % interval of the count."""
    return _quantile(0.025, mean, variance), _quantile(0.975, mean, variance)


def _quantile(probability: float, mean: float, variance: float) -> float:
    low, high = -1, max(8, math.ceil(mean + 8 * math.sqrt(variance)))
    while high - low > 1:
        middle = (low + high) // 2
        if 1.0 - upper_tail(middle + 1, mean, variance) >= probability:
            high = middle
        else:
            low = middle
    return float(high)
