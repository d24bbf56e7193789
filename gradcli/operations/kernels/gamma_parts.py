"""Incomplete gamma functions in tensor operations; ``t`` is torch.

A series below x = a + 1 and a continued fraction above (DLMF 8.7.1, 8.9.2). Slopes in x are written, so that they hold
at the edge x = 0; slopes in a are autograd's.
"""

from __future__ import annotations

from collections.abc import Callable
from math import fsum, log, pi
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.gamma import EULER, gamma, stirling
from gradcli.operations.kernels.gamma_ratios import rise_of_log
from gradcli.operations.kernels.primitive import slope_of, with_slopes
from gradcli.operations.kernels.zeta import log_gamma, polygamma

MAX_A = 1e5
_CUT = 60.0
_LARGEST_GAMMA = 171.6  # beyond it gamma(a) overflows
_TINY_A = 1e-100  # below it the slopes of gamma(a), which may overflow, are all that counts
_SMALL_A, _SMALL_X = 0.5, 1.5  # below them 1 - P would cancel

# Any: torch, or a float64 tensor, throughout this room.


def _zeta_less_one(k: int) -> float:
    """zeta(k) - 1 for a whole k > 1: the sum up to 60, and the rest by Euler and Maclaurin."""
    rise = k * (k + 1) * (k + 2)
    rest = (
        _CUT / (k - 1) - 1 / 2 + k / (12 * _CUT) - rise / (720 * _CUT**3) + rise * (k + 3) * (k + 4) / (30240 * _CUT**5)
    )
    return fsum([*(float(m) ** -k for m in range(2, 61)), _CUT**-k * rest])


_ZETA = [0.0, 0.0, *map(_zeta_less_one, range(2, 35))]


def gammainc(t: Any, a: Any, x: Any) -> Any:
    """P(a, x) for a > 0 and x >= 0."""
    return _with_slopes(t, lambda a, x: _parts(t, a, x)[0], lambda a, x: _density(t, a, x), a, x)


def gammaincc(t: Any, a: Any, x: Any) -> Any:
    """Q(a, x) = 1 - P(a, x)."""
    return _with_slopes(t, lambda a, x: _parts(t, a, x)[1], lambda a, x: -_density(t, a, x), a, x)


def lowergamma(t: Any, a: Any, x: Any) -> Any:
    """gamma(a) P(a, x)"""
    return _with_slopes(t, lambda a, x: _whole(t, a, x, upper=False), lambda a, x: _integrand(t, a - 1, x), a, x)


def uppergamma(t: Any, a: Any, x: Any) -> Any:
    """gamma(a) Q(a, x)"""
    return _with_slopes(t, lambda a, x: _whole(t, a, x, upper=True), lambda a, x: -_integrand(t, a - 1, x), a, x)


def _with_slopes(t: Any, value: Callable[..., Any], in_x: Callable[..., Any], a: Any, x: Any) -> Any:
    a, x = t.broadcast_tensors(a, x)
    inside = (a > 0) & (x >= 0)
    return _moved(t, value, in_x, t.where(inside, a, t.nan), t.where(inside, x, t.nan))


def _moved(t: Any, value: Callable[..., Any], in_x: Callable[..., Any], a: Any, x: Any) -> Any:
    """The value, each of whose slopes in a is computed by itself: autograd would take gamma(a) along, and overflow."""

    def in_a(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda a, x: slope_of(t, lambda a: f(a, x), a)

    return with_slopes(t, value, [lambda a, x: _moved(t, in_a(value), in_a(in_x), a, x), in_x], a, x)


def _density(t: Any, a: Any, x: Any) -> Any:
    """x**(a - 1) exp(-x)/gamma(a)"""
    slopes = [
        lambda a, x: _density(t, a, x) * (t.log(x) - polygamma(t, a, 0)),
        lambda a, x: _slope_of_density(t, a, x),
    ]
    return with_slopes(t, lambda a, x: _value_of_density(t, a, x), slopes, a, x)


def _slope_of_density(t: Any, a: Any, x: Any) -> Any:
    """((a - 1)/x - 1) times it, or a difference where it underflows and its slope does not."""
    beside = (x < 1e-100) & (a > 1)
    there = _density(t, t.where(beside, a - 1, 1.0), t.where(beside, x, 1.0))
    here = _density(t, a, x)
    return t.where(beside, there - here, here * ((a - 1) / t.where(beside, 1.0, x) - 1))


def _value_of_density(t: Any, a: Any, x: Any) -> Any:
    large = a > 10
    positive = t.where(large & (x > 0), x, 1.0)
    far = _front(t, t.where(large, a, 20.0), positive) * a / positive
    low = t.where(large, 1.0, a)
    half = t.exp((-x - log_gamma(t, low + 1)) / 2)  # its square underflows earlier than the product
    near = half * t.pow(t.clamp(x, max=1e3), low - 1) * low * half
    return t.where(large, t.where(x == 0, 0.0, far), near)


def _integrand(t: Any, power: Any, x: Any) -> Any:
    """x**power exp(-x)"""
    slopes = [
        lambda power, x: _integrand(t, power, x) * t.log(x),
        lambda power, x: _slope_of_integrand(t, power, x),
    ]

    def value(power: Any, x: Any) -> Any:
        root = _root(t, power, x)
        return root * root

    return with_slopes(t, value, slopes, power, x)


def _slope_of_integrand(t: Any, power: Any, x: Any) -> Any:
    """(power/x - 1) times it, or a difference where it underflows and its slope does not."""
    beside = (x < 1e-100) & (power > 1)
    there = power * _integrand(t, t.where(beside, power - 1, 1.0), t.where(beside, x, 1.0))
    here = _integrand(t, power, x)
    return t.where(beside, there - here, here * (power / t.where(beside, 1.0, x) - 1))


def _root(t: Any, power: Any, x: Any) -> Any:
    """sqrt(x**power exp(-x)), which overflows later."""
    large = power > 100
    low, base = t.where(large, 1.0, power), t.clamp(x, max=3e3)
    high, positive = t.where(large, power, 200.0), t.where(x > 0, x, 1.0)
    far = t.where(x > 0, t.exp((high * t.log(positive) - positive) / 2), 0.0)
    return t.where(large, far, t.pow(base, low / 2) * t.exp(-x / 2))


def _front(t: Any, a: Any, x: Any) -> Any:
    """x**a exp(-x)/gamma(a + 1), for large a without the cancellation of its logarithms."""
    large = a > 10
    a_large, a_small = t.where(large, a, 20.0), t.where(large, 1.0, a)
    near = t.abs(x - a_large) < 0.3 * a_large
    d = t.where(near, (x - a_large) / a_large, 0.1)
    far = t.where(near, 1.0, x / a_large)
    tiny = far < 1e-300
    high = t.where(tiny, t.where(tiny, x, 1.0) * 2.0**100 / a_large, far)  # which does not underflow
    gap = t.where(near, d - t.log1p(d), far - 1 - (t.log(high) - t.where(tiny, 100 * log(2), 0.0)))
    tail = t.exp(-a_large * gap - stirling(a_large)) / t.sqrt(2 * pi * a_large)
    return t.where(large, tail, _front_of_small(t, a_small, t.clamp(x, max=1e4)))


def _front_of_small(t: Any, a: Any, x: Any) -> Any:
    """The same for a <= 10."""

    def value(a: Any, x: Any) -> Any:
        half = t.exp((-x - log_gamma(t, a + 1)) / 2)  # its square underflows earlier than the product
        return half * t.pow(t.clamp(x, max=1e3), a) * half

    def in_a(a: Any, x: Any) -> Any:
        return _front_of_small(t, a, x) * (t.log(x) - polygamma(t, a + 1, 0))

    return with_slopes(t, value, [in_a, lambda a, x: _front_of_small(t, a, x) * (a / x - 1)], a, x)


def _sums(t: Any, a: Any, x: Any) -> tuple[Any, Any, Any]:
    """Is x below a + 1? The series, a P gamma(a)/(x**a exp(-x)), there, and the fraction Q gamma(a)/(x**a exp(-x))."""
    low = x < a + 1
    largest = float(t.nan_to_num(a.detach()).max()) if a.numel() else 0.0
    if largest > MAX_A:
        raise LimitError(f"an incomplete gamma function of a = {largest:g}; a is at most {MAX_A:g}")
    steps = 100 + int(9 * largest**0.5)
    inside, base = t.where(low, x, 1.0), t.where(low, a, 1.0)
    total = t.ones_like(x)
    for k in range(steps, 0, -1):
        total = 1 + inside / (base + k) * total
    outside, other = t.where(low, 9.0, x), t.where(low, 1.0, a)
    tail = t.zeros_like(x)
    for k in range(steps, 0, -1):
        tail = k * (k - other) / (outside + 2 * k + 1 - other - tail)
    return low, total, 1 / (outside + 1 - other - tail)


def _parts(t: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """P and Q."""
    low, total, fraction = _sums(t, a, x)
    zero = x == 0
    positive = t.where(zero, 1.0, x)
    front = _front(t, a, positive)
    below, above = front * total, front * a * fraction
    small = _is_small(a, x)
    upper = t.where(low, t.where(small, _small_upper(t, a, positive, small), 1 - below), above)
    lower = t.where(low, below, 1 - above)
    return t.where(zero, 0 * a, lower), t.where(zero, 1 + 0 * a, upper)


def _whole(t: Any, a: Any, x: Any, *, upper: bool) -> Any:
    """A part times gamma(a): what is small of the two without gamma(a), which may overflow."""
    low, total, fraction = _sums(t, a, x)
    direct = ~low if upper else low & (x > 0)
    near_a, near_x = t.where(direct, a, 1.0), t.where(direct, x, 1.0)
    over = t.isinf(_root(t, near_a, near_x).detach() ** 2) | (~direct & (a > _LARGEST_GAMMA) & ((x > 0) | upper))
    near_a, near_x = t.where(over, 1.0, near_a), t.where(over, 1.0, near_x)
    root = _root(t, near_a, near_x)
    near = root * (fraction if upper else total / near_a) * root
    apart = direct | over | (_is_small(a, x) & (x > 0) & upper)
    rest_a, rest_x = t.where(apart, 1.0, a), t.where(apart, 1.0, x)
    part = (gammaincc if upper else gammainc)(t, rest_a, rest_x)
    part = t.where(rest_a < _TINY_A, part.detach(), part)
    rest = gamma(t, rest_a) * part
    beyond = t.exp(20 * t.where(over, a, 0.0))  # infinite, with a slope that is
    found = t.where(over, beyond, t.where(direct, near, rest))
    small = low & _is_small(a, x) & (x > 0) & upper
    return t.where(small, _small_whole(t, a, x, small), found)


def _is_small(a: Any, x: Any) -> Any:
    return (a < _SMALL_A) & (x < _SMALL_X)


def _small_upper(t: Any, a: Any, x: Any, small: Any) -> Any:
    """Q(a, x) where both are small, so that 1 - P would cancel (from DLMF 8.7.3)."""
    inside, base = t.where(small, x, 0.5), t.where(small, a, 0.25)
    exponent = base * (t.log(inside) - _mean_log_gamma(t, base))
    return -_expm1(t, exponent) - t.exp(exponent) * base * _tail(t, base, inside)


def _small_whole(t: Any, a: Any, x: Any, small: Any) -> Any:
    """gamma(a) Q(a, x) there: gamma(a) - x**a/a without the poles at a = 0, which cancel, less the tail."""
    inside, base = t.where(small, x, 0.5), t.where(small, a, 0.25)
    mean, log = _mean_log_gamma(t, base), t.log(inside)
    poles = mean * _mean_of_exp(t, base * mean) - log * _mean_of_exp(t, base * log)
    return poles - t.exp(base * log) * _tail(t, base, inside)


def _expm1(t: Any, x: Any) -> Any:
    """exp(x) - 1; the slope of torch's own is that plus 1, which cancels."""
    return with_slopes(t, t.expm1, [t.exp], x)


def _tail(t: Any, a: Any, x: Any) -> Any:
    """The sum of (-x)**k/(k! (a + k)) from k = 1."""
    total, term = t.zeros_like(x), t.ones_like(x)
    for k in range(1, 26):
        term = term * -x / k
        total = total + term / (a + k)
    return total


def _mean_of_exp(t: Any, x: Any) -> Any:
    """(exp(x) - 1)/x"""
    near = t.abs(x) < 0.5
    inside, outside = t.where(near, x, 0.0), t.where(near, 1.0, x)
    total = t.ones_like(x)
    for k in range(18, 1, -1):
        total = 1 + inside / k * total
    return t.where(near, total, _expm1(t, outside) / outside)


def _mean_log_gamma(t: Any, a: Any) -> Any:
    """lgamma(1 + a)/a for 0 < a < 1/2 (DLMF 5.7.3)."""
    total = 0 * a
    for k in range(34, 1, -1):
        total = (total + _ZETA[k] / k) * -a
    return 1 - EULER - total - rise_of_log(t, t.ones_like(a), a, t.ones_like(a))
