"""Rates: rounded percentages and exact confidence intervals, from whole numbers."""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, log, log1p

__all__ = ["clopper_pearson", "half_up"]

_TINY = 1e-300
_CLOSE = 1e-15


def half_up(n: int, of: int, digits: int = 1) -> str:
    """Return 100 n / of with `digits` decimals, rounded half up in whole numbers: floats would print 6.2 for 1/16.

    >>> half_up(1, 16), half_up(34, 48), half_up(37, 93, 0)
    ('6.3', '70.8', '40')
    """
    scale = 10**digits
    rounded = (2 * 100 * scale * n + of) // (2 * of)
    return f"{rounded // scale}.{rounded % scale:0{digits}d}" if digits else str(rounded)


@cache
def clopper_pearson(n: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a proportion, as shares of 1 (Clopper and Pearson, Biometrika 1934;26:404-413).

    Each limit is a quantile of a beta distribution, found by halving. Raises ValueError unless 0 <= n <= of and of > 0.

    >>> [round(100 * limit, 1) for limit in clopper_pearson(34, 48)]
    [55.9, 83.0]
    """
    if not 0 <= n <= of or of == 0:
        msg = f"{n} of {of} is not a proportion"
        raise ValueError(msg)
    tail = (1 - confidence) / 2
    low = 0.0 if n == 0 else _beta_quantile(tail, n, of - n + 1)
    high = 1.0 if n == of else _beta_quantile(1 - tail, n + 1, of - n)
    return low, high


def _beta_quantile(share: float, a: float, b: float) -> float:
    """Find x with I_x(a, b) = share by Newton's steps, halving where one would leave what is known to hold x."""
    low, high = 0.0, 1.0
    x = a / (a + b)
    for _ in range(200):
        density = _density(x, a, b)
        over = _beta_below(x, a, b, density) - share
        low, high = (low, x) if over > 0 else (x, high)
        step = over * x * (1 - x) / density if density else 0.0
        following = x - step if step and low < x - step < high else (low + high) / 2
        if abs(following - x) <= 1e-13 * x or following in (low, high):
            return following
        x = following
    return x


def _density(x: float, a: float, b: float) -> float:
    """Return x^a (1 - x)^b / B(a, b): the beta density times x (1 - x)."""
    return exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))


def _beta_below(x: float, a: float, b: float, density: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) (DLMF 8.17.20 and the fraction of 8.17.22)."""
    if x < (a + 1) / (a + b + 2):
        return density * _fraction(x, a, b) / a
    return 1 - density * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of I_x(a, b) by Lentz's method."""
    d = 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > _TINY else _TINY)
    c, value = 1.0, d
    m = 1
    while True:
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + term * d
            d = 1 / (d if abs(d) > _TINY else _TINY)
            c = 1 + term / c
            c = c if abs(c) > _TINY else _TINY
            value *= c * d
        if abs(c * d - 1) < _CLOSE or m > 10_000:
            return value
        m += 1
