"""Gamma, beta and zeta functions in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import fsum, log, pi
from typing import Any

from gradcli.base.errors import LimitError

EULER = 0.57721566490153286061
MAX_VARIABLES, MAX_A = 500, 1e5
_CUT = 60.0


def _zeta_less_one(k: int) -> float:
    """zeta(k) - 1 for a whole k > 1: the sum up to 60, and the rest by Euler and Maclaurin."""
    rise = k * (k + 1) * (k + 2)
    rest = (
        _CUT / (k - 1) - 1 / 2 + k / (12 * _CUT) - rise / (720 * _CUT**3) + rise * (k + 3) * (k + 4) / (30240 * _CUT**5)
    )
    return fsum([*(float(m) ** -k for m in range(2, 61)), _CUT**-k * rest])


_ZETA = [0.0, 0.0, *map(_zeta_less_one, range(2, 35))]
_BERNOULLI = (
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

# Any: torch, or a float64 tensor, throughout this room.


def gamma_sign(t: Any, x: Any) -> Any:
    """The sign of gamma(x)."""
    return t.where((x > 0) | (t.floor(x) % 2 == 0), 1.0, -1.0)


def beta(t: Any, a: Any, b: Any) -> Any:
    """gamma(a) gamma(b)/gamma(a + b)"""
    return gamma_sign(t, a) * gamma_sign(t, b) * gamma_sign(t, a + b) * t.exp(lbeta(t, a, b))


def lbeta(t: Any, a: Any, b: Any) -> Any:
    """log(abs(beta(a, b)))"""
    swapped = a > b
    return log_gamma(t, t.where(swapped, b, a)) - _log_gamma_rise(t, t.where(swapped, a, b), t.where(swapped, b, a))


def multigammaln(t: Any, x: Any, p: int) -> Any:
    if not 1 <= p <= MAX_VARIABLES:
        raise LimitError(f"multigammaln of {p} variables; there are at least 1 and at most {MAX_VARIABLES}")
    inside = t.where(x > (p - 1) / 2, x, t.nan)
    return sum((log_gamma(t, inside - j / 2) for j in range(p)), p * (p - 1) / 4 * log(pi) + 0 * x)


def binomial(t: Any, n: Any, k: Any) -> Any:
    """gamma(n + 1)/(gamma(k + 1) gamma(n - k + 1))"""
    sign = gamma_sign(t, n + 1) * gamma_sign(t, k + 1) * gamma_sign(t, n - k + 1)
    return sign * t.exp(_log_gamma_rise(t, n - k + 1, k) - log_gamma(t, k + 1))


def _stirling(a: Any) -> Any:
    """lgamma(a) - ((a - 1/2) log(a) - a + log(2 pi)/2) for a > 10 (DLMF 5.11.1)."""
    inverse = 1 / a
    square, total = inverse * inverse, 0.0
    for k in range(len(_BERNOULLI), 0, -1):
        total = total * square + _BERNOULLI[k - 1] / (2 * k * (2 * k - 1))
    return total * inverse


def _lgamma(t: Any, x: Any) -> Any:
    """lgamma for x > 0. torch's own has slopes right to nine digits only, from the second on (torch 2.13)."""
    small = x < 10
    low = t.where(small, x, 1.0)
    base = low * (low + 9)  # (low + k) (low + 9 - k) is base + k (9 - k)
    product = base * (base + 8) * (base + 14) * (base + 18) * (base + 20)
    high = t.where(small, low + 10, x)
    value = (high - 0.5) * t.log(high) - high + log(2 * pi) / 2 + _stirling(high)
    return value - t.where(small, t.log(product), 0.0)


def log_gamma(t: Any, x: Any) -> Any:
    """log(abs(gamma(x)))"""
    positive = x > 0
    return t.where(positive, _lgamma(t, t.where(positive, x, 1.0)), t.lgamma(t.where(positive, 0.5, x)))


def _log_gamma_rise(t: Any, x: Any, rise: Any) -> Any:
    """log(abs(gamma(x + rise)/gamma(x))), for large x without the cancellation of two large logarithms."""
    large = (x > 10) & (x + rise > 10)
    x_large, rise_large = t.where(large, x, 20.0), t.where(large, rise, 1.0)
    top = x_large + rise_large
    far = (x_large - 0.5) * t.log1p(rise_large / x_large) + rise_large * (t.log(top) - 1)
    far = far + _stirling(top) - _stirling(x_large)
    x_small, rise_small = t.where(large, 1.0, x), t.where(large, 1.0, rise)
    return t.where(large, far, log_gamma(t, x_small + rise_small) - log_gamma(t, x_small))


def _front(t: Any, a: Any, x: Any) -> Any:
    """x**a exp(-x)/gamma(a + 1), for large a without the cancellation of its logarithms."""
    large = a > 10
    a_large, a_small = t.where(large, a, 20.0), t.where(large, 1.0, a)
    near = t.abs(x - a_large) < 0.3 * a_large
    d = t.where(near, (x - a_large) / a_large, 0.1)
    far = t.where(near, 1.0, x / a_large)
    gap = t.where(near, d - t.log1p(d), far - 1 - t.log(far))
    tail = t.exp(-a_large * gap - _stirling(a_large)) / t.sqrt(2 * pi * a_large)
    return t.where(large, tail, t.exp(a_small * t.log(x) - x - _lgamma(t, a_small + 1)))


def gamma_parts(t: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """P(a, x) and Q(a, x) for a > 0, x >= 0: a series below a + 1, a continued fraction above (DLMF 8.7.1, 8.9.2)."""
    a, x = t.broadcast_tensors(a, x)
    a = t.where(a > 0, a, t.nan)
    low = (x < a + 1) & (x >= 0)
    largest = float(t.nan_to_num(a.detach()).max()) if a.numel() else 0.0
    if largest > MAX_A:
        raise LimitError(f"an incomplete gamma function of a = {largest:g}; a is at most {MAX_A:g}")
    steps = 100 + int(9 * largest**0.5)
    zero = x == 0
    inside = t.where(low & ~zero, x, 1.0)
    base = t.where(low, a, 1.0)
    total = t.ones_like(x)
    for k in range(steps, 0, -1):
        total = 1 + inside / (base + k) * total
    below = _front(t, base, inside) * total
    outside = t.where(low, 9.0, t.where(x < 0, t.nan, x))
    other = t.where(low, 1.0, a)
    tail = t.zeros_like(x)
    for k in range(steps, 0, -1):
        tail = k * (k - other) / (outside + 2 * k + 1 - other - tail)
    above = _front(t, other, outside) * other / (outside + 1 - other - tail)
    upper = t.where(low, t.where((a < 0.5) & (x < 1), _small_upper(t, a, x, zero), 1 - below), above)
    return t.where(zero, 0 * x, t.where(low, below, 1 - above)), t.where(zero, 1 + 0 * x, upper)


def _small_upper(t: Any, a: Any, x: Any, zero: Any) -> Any:
    """Q(a, x) for a < 1/2 and x < 1, where 1 - P would cancel (from DLMF 8.7.3)."""
    inside = t.where((a < 0.5) & (x < 1) & ~zero, x, 0.5)
    base = t.where((a < 0.5) & (x < 1), a, 0.25)
    total, term = t.zeros_like(x), t.ones_like(x)
    for k in range(1, 22):
        term = term * -inside / k
        total = total + term / (base + k)
    log_gamma_1 = -t.log1p(base) + base * (1 - EULER) + _power_series(base)
    exponent = base * t.log(inside) - log_gamma_1
    return -t.expm1(exponent) - t.exp(exponent) * base * total


def _power_series(a: Any) -> Any:
    """The sum of (zeta(k) - 1) (-a)**k/k from k = 2: lgamma(1 + a) without its first terms (DLMF 5.7.3)."""
    total = 0 * a
    for k in range(34, 1, -1):
        total = (total + _ZETA[k] / k) * -a
    return total * -a


def zeta(t: Any, s: Any, q: Any) -> Any:
    """Hurwitz's zeta(s, q) by Euler and Maclaurin (DLMF 25.11.28); without q Riemann's, by reflection left of -1/2."""
    if q is not None:
        s, q = t.broadcast_tensors(s, q)
        return _zeta(t, t.where(s > 1, s, t.nan), t.where(q > 0, q, t.nan))
    left = s < -0.5
    right = t.where(left, 2.0, s)
    mirrored = t.where(left, s, -1.5)
    turns = t.round(mirrored / 2).detach()
    sine = t.sin(pi / 2 * (mirrored - 2 * turns)) * (1 - 2 * t.remainder(turns, 2.0))
    reflected = (
        t.exp(mirrored * 0.6931471805599453 + (mirrored - 1) * 1.1447298858494002 + _lgamma(t, 1 - mirrored)) * sine
    )
    return t.where(left, reflected * _zeta(t, 1 - mirrored, t.ones_like(s)), _zeta(t, right, t.ones_like(s)))


def _zeta(t: Any, s: Any, q: Any) -> Any:
    terms = 12
    total = sum((t.pow(q + k, -s) for k in range(terms)), t.zeros_like(s))
    end = q + terms
    rest = end / (s - 1) + 0.5
    rising = s / end
    for j, bernoulli in enumerate(_BERNOULLI, 1):
        rest = rest + rising * (bernoulli / _factorial(2 * j))
        rising = rising * (s + 2 * j - 1) * (s + 2 * j) / (end * end)
    return total + t.pow(end, -s) * rest


def _factorial(n: int) -> float:
    return 1.0 if n < 2 else n * _factorial(n - 1)
