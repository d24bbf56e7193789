"""Zeta and polygamma functions in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import log, pi
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.primitive import slope_of, with_slopes

MAX_ORDER = 500
BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
    854513 / 138,
)
_TERMS = 12  # of the sum, before Euler's and Maclaurin's formula takes the rest
_NEGLIGIBLE = 80.0  # exp(-80) beside 1
_LEFT = -0.5  # of it Riemann's zeta function is reflected

# Any: torch, or a float64 tensor, throughout this room.


def zeta(t: Any, s: Any, q: Any) -> Any:
    """Hurwitz's zeta(s, q) for s > 1 and q > 0; without q Riemann's, by reflection left of -1/2."""
    if q is not None:
        s, q = t.broadcast_tensors(s, q)
        return _sum(t, t.where(s > 1, s, t.nan), t.where(q > 0, q, t.nan))
    left = s < _LEFT
    right = _sum(t, t.where(left, 2.0, s), t.ones_like(s))
    return t.where(left, _reflected(t, t.where(left, s, -1.5)), right)


def _sum(t: Any, s: Any, q: Any) -> Any:
    """By Euler and Maclaurin (DLMF 25.11.28)."""
    total = sum((t.pow(q + k, -s) for k in range(_TERMS)), t.zeros_like(s))
    small = s * t.log1p(_TERMS / q) > _NEGLIGIBLE
    s, end = t.where(small, 2.0, s), t.where(small, 1.0, q) + _TERMS
    return total + t.where(small, 0.0, t.pow(end, 1 - s) * _rest(s, end))


def _rest(s: Any, end: Any) -> Any:
    """What is beyond the first terms, in units of end**(1 - s)."""
    rest = 1 / (s - 1) + 0.5 / end
    rising = s / end / end
    for j, bernoulli in enumerate(BERNOULLI, 1):
        rest = rest + rising * (bernoulli / _factorial(2 * j))
        rising = rising * ((s + 2 * j - 1) / end) * ((s + 2 * j) / end)
    return rest


def _factorial(n: int) -> float:
    return 1.0 if n < 2 else n * _factorial(n - 1)


def _reflected(t: Any, s: Any) -> Any:
    """2 (2 pi)**(s - 1) sin(pi s/2) gamma(1 - s) zeta(1 - s), DLMF 25.4.2."""
    return with_slopes(t, lambda s: _reflection(t, s)[0], [lambda s: _reflection(t, s)[1]], s)


def _reflection(t: Any, s: Any) -> tuple[Any, Any]:
    """The value and the slope; where the sine is 0 so is the value, however large the rest."""
    turns = t.round(s / 2).detach()
    angle, sign = pi / 2 * (s - 2 * turns), 1 - 2 * t.remainder(turns, 2.0)
    sine, cosine = sign * t.sin(angle), sign * t.cos(angle)
    half = t.exp((s * log(2) + (s - 1) * log(pi) + log_gamma(t, 1 - s)) / 2)
    right = _sum(t, 1 - s, t.ones_like(s))
    inner = sine * right
    value = t.where(inner == 0, 0.0, half * t.where(inner == 0, 1.0, inner) * half)
    falling = slope_of(t, lambda s: _sum(t, s, t.ones_like(s)), 1 - s)
    slope = pi / 2 * cosine * right + inner * (log(2 * pi) - polygamma(t, 1 - s, 0)) - sine * falling
    return value, half * slope * half


def log_gamma(t: Any, x: Any) -> Any:
    """log(abs(gamma(x))). torch's own slopes are wrong beside the poles left of 0 (torch 2.13)."""
    return with_slopes(t, t.lgamma, [lambda x: polygamma(t, x, 0)], x)


def polygamma(t: Any, x: Any, n: int) -> Any:
    """The n-th slope of digamma."""
    if not 0 <= n <= MAX_ORDER:
        raise LimitError(f"polygamma of order {n}; the order is from 0 to {MAX_ORDER}")
    return with_slopes(t, lambda x: _polygamma(t, x, n), [lambda x: polygamma(t, x, n + 1)], x)


def _polygamma(t: Any, x: Any, n: int) -> Any:
    """Left of 0 the sum over the poles on both sides of x, each a sum of zeta's."""
    x = t.where((x <= 0) & (x == t.floor(x)), t.nan, x)
    if n == 0:
        return _digamma(t, x)
    sign = 1 if n % 2 else -1
    left = x < 0
    inside = t.where(left, x, -0.5)
    above, below = t.where(left, inside - t.floor(inside), t.abs(x)), t.ceil(inside) - inside
    nearest = t.where(left, t.minimum(above, below), above)
    total = _share(t, nearest, above, n)
    if bool(left.any()):
        below_all = _share(t, nearest, 1 - inside, n)
        between = sign * (_share(t, nearest, below, n) - below_all)
        halfway = (above == below) & (sign == -1)  # the sums are equal, but for the terms beyond the last pole
        total = t.where(left & halfway, below_all, total + t.where(left, between, 0.0))
    total = sign * total / nearest
    for j in range(1, n + 1):
        total = total * (j / nearest)
    return total


def _share(t: Any, unit: Any, x: Any, n: int) -> Any:
    """unit**(n + 1) zeta(n + 1, x) for x > 0."""
    s = n + 1.0
    total = sum((t.pow(x / (x + k), s) for k in range(1, _TERMS)), t.ones_like(x))
    end = x + _TERMS
    small = s * t.log1p(_TERMS / x) > _NEGLIGIBLE
    rest = _rest(t.full_like(x, s), t.where(small, 1e3, end)) * x
    return t.pow(unit / x, s) * (total + t.where(small, 0.0, t.pow(x / end, s - 1) * rest))


def _digamma(t: Any, x: Any) -> Any:
    """The asymptotic series from 10 on (DLMF 5.11.2), and reflection left of 0."""
    left = x < 0
    positive = t.where(left, 1 - x, x)
    total = t.zeros_like(x)
    small = positive < 10
    low = t.where(small, positive, 1.0)
    for k in range(10):
        total = total + 1 / (low + k)
    y = t.where(small, low + 10, positive)
    square, series = 1 / y / y, t.zeros_like(x)
    for k in range(len(BERNOULLI), 0, -1):
        series = (series + BERNOULLI[k - 1] / (2 * k)) * square
    value = t.log(y) - 0.5 / y - series - t.where(small, total, 0.0)
    angle = t.where(left, pi * (x - t.round(x)), 1.0)
    return t.where(left, value - pi / t.tan(angle), value)
