"""Ratios of gamma functions of positive arguments, and differences of digamma functions; ``t`` is torch.

Both lose no digits where arguments are near each other, or tiny beside huge: a difference of digamma functions is a sum
of terms of one sign, each a multiple of the difference of the arguments; powers of a ratio are taken of two doubles.
"""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Any

from gradcli.operations.kernels.gamma import gamma, stirling
from gradcli.operations.kernels.primitive import with_slopes
from gradcli.operations.kernels.quadrature import product_error
from gradcli.operations.kernels.zeta import BERNOULLI, log_gamma

_TERMS = 17  # of log(1 + w)/w below 0.1
_TINY = 1e-300  # below it gamma(x) is 1/x, and may overflow
_HUGE = 1e100
_SPLIT = 1e100  # beyond it a product of two doubles may overflow on the way

# Any: torch, or a float64 tensor, throughout this room.


def added(x: Any, y: Any) -> tuple[Any, Any]:
    """x + y, and what its rounding lost (Knuth)."""
    total = x + y
    part = total - x
    return total, ((x - (total - part)) + (y - part)).detach()


def times(t: Any, f: Any, root: Any) -> Any:
    """f root**2, which is 0 where f is, however large the root. Its slopes are not for autograd."""
    return t.where(f == 0, 0.0, root * f * root)


def rise(t: Any, x: Any, y: Any, r: Any, scale: Any) -> Any:
    """scale (psi(y) - psi(x))/r for positive x and y = x + r, so that with r for scale it is the difference itself.

    From 10 on by the asymptotic series (DLMF 5.11.2), below by recurrence up to there.
    """
    swapped = y < x
    low, high, gap = t.where(swapped, y, x), t.where(swapped, x, y), t.where(swapped, -r, r)
    small = low < 10
    near, far = t.where(small, low, 1.0), t.where(small, high, 1.0)
    total = sum((scale / (far + k) / (near + k) for k in range(10)), t.zeros_like(x))
    total = t.where(small, total, 0.0)
    low, high = t.where(small, low + 10, low), t.where(small, high + 10, high)
    u, v = 1 / low, 1 / high
    series, power, powers = 0 * u, 1 + 0 * u, 1 + 0 * u
    for k, bernoulli in enumerate(BERNOULLI, 1):
        series = series + bernoulli / (2 * k) * powers
        power = power * v * v
        powers = u * u * powers + power
    return total + rise_of_log(t, low, gap, scale) + scale / high / low * (0.5 + (u + v) * series)


def rise_of_log(t: Any, x: Any, gap: Any, scale: Any) -> Any:
    """scale log(1 + gap/x)/gap for gap >= 0; its slope in a huge x would underflow on the way."""
    unit = t.where(x > _HUGE, x, 1.0).detach()
    x, gap, scale = x / unit, gap / unit, scale / unit
    near = gap < 0.1 * x
    inside, outside = t.where(near, gap / x, 0.0), t.where(near, 1.0, gap)
    total = t.zeros_like(x)
    for k in range(_TERMS, 0, -1):
        total = 1 / k - inside * total
    return t.where(near, scale / x * total, scale / outside * t.log1p(outside / x))


def beta_root(t: Any, p: Any, q: Any, lost_p: Any, lost_q: Any, power: Any) -> Any:
    """The root of B(p, q)**power for p, q > 0, each the first of two doubles, and a power of 1 or -1."""

    def slope(p: Any, q: Any, lost_p: Any, lost_q: Any, power: Any) -> Any:
        return -power / 2 * beta_root(t, p, q, lost_p, lost_q, power) * rise(t, p, p + q, q, q)

    def none(p: Any, *_: Any) -> Any:
        return t.zeros_like(p)

    def value(p: Any, q: Any, lost_p: Any, lost_q: Any, power: Any) -> Any:
        root = _beta_root(t, p, q, lost_p, lost_q)
        return t.where(power < 0, 1 / root, root)

    def swapped(p: Any, q: Any, lost_p: Any, lost_q: Any, power: Any) -> Any:
        return slope(q, p, lost_q, lost_p, power)

    return with_slopes(t, value, [slope, swapped, none, none, none], p, q, lost_p, lost_q, power)


def _beta_root(t: Any, p: Any, q: Any, lost_p: Any, lost_q: Any) -> Any:
    """By gamma itself below 10, by Stirling's series above."""
    swapped = p < q
    high, low = t.where(swapped, q, p), t.where(swapped, p, q)
    few, both = high < 10, low >= 10
    total, lost = added(t.where(few, 10.0, high), low)
    tiny = low < _TINY
    front = t.where(tiny, 1 / t.sqrt(t.where(tiny, low, 1.0)), t.sqrt(gamma(t, t.where(both | tiny, 1.0, low))))
    least = t.where(few, high, 1.0)
    small = t.sqrt(gamma(t, least)) / t.sqrt(gamma(t, t.where(few, high + low, 1.0)))
    high, a, b = t.where(few, 10.0, high), t.where(both, 1.0, low), t.where(both, low, 10.0)
    of_all = t.log(p + q)
    moved = _small(t, lost_p * (t.log(p) - of_all) + lost_q * (t.log(q) - of_all))
    tail = stirling(high) - stirling(total)
    mixed = t.pow(total, -a / 2) * t.exp((a - (high - 0.5) * t.log1p(a / high) + tail + moved) / 2)
    largest = t.where(both, high, 10.0)
    half = _power_of_ratio(t, largest, b, lost) * t.sqrt(sqrt(2 * pi) / t.sqrt(b))
    large = half * t.exp((tail + stirling(b) + moved) / 2)
    return t.where(few, front * small, t.where(both, large, front * mixed))


def _power_of_ratio(t: Any, high: Any, low: Any, lost: Any) -> Any:
    """The root of (high/total)**(high - 1/2) (low/total)**low, where the total is high + low."""
    total = high + low
    near = t.where(low < 1e-3 * high, t.log1p(low / high), 0.0)
    one, one_lost = _ratio(t, high, total, lost)
    other, other_lost = _ratio(t, low, total, lost)
    power = t.where(near > 0, 0.0, high - 0.5)
    first = t.pow(one, power / 2) * t.exp((_small(t, power * one_lost / one) - (high - 0.5) * near) / 2)
    return first * t.pow(other, low / 2) * t.exp(_small(t, low * other_lost / other) / 2)


def _small(t: Any, exponent: Any) -> Any:
    """A correction, which is large only where all underflows."""
    return t.clamp(exponent, -1.0, 1.0)


def _ratio(t: Any, x: Any, total: Any, lost: Any) -> tuple[Any, Any]:
    """x/(total + lost) as a sum of two doubles, beyond _SPLIT as one."""
    ratio = x / total
    inside = t.where(total < _SPLIT, total, 1.0)
    rest = x - ratio * total - product_error(ratio, inside) - ratio * lost
    return ratio, t.where(total < _SPLIT, rest / total, 0.0)


def log_beta(t: Any, p: Any, q: Any) -> Any:
    """log(B(p, q)) for p, q > 0; its slopes are not for autograd."""
    swapped = p < q
    high, low = t.where(swapped, q, p), t.where(swapped, p, q)
    large, both = high > 10, low > 10
    a, b = t.where(large, high, 20.0), t.where(both, low, 20.0)
    total = a + b
    far = (0.5 - a) * t.log1p(b / a) + b * t.log(b / total) - t.log(b) / 2 + log(2 * pi) / 2
    far = far + stirling(a) + stirling(b) - stirling(total)
    r = t.where(both, 1.0, low)
    top = a + r
    distant = (a - 0.5) * t.log1p(r / a) + r * (t.log(top) - 1) + stirling(top) - stirling(a)
    x = t.where(large, 1.0, high)
    ratio = t.where(large, distant, log_gamma(t, x + r) - log_gamma(t, x))
    return t.where(both, far, log_gamma(t, r) - ratio)
