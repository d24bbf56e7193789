"""Exponential, trigonometric and Fresnel integrals in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.gamma import EULER
from gradcli.operations.kernels.primitive import with_slopes
from gradcli.operations.kernels.quadrature import product_error

MAX_ORDER = 500

# Any: torch, or a float64 tensor, throughout this room.


def ei(t: Any, x: Any) -> Any:
    """Principal value of the integral of exp(u)/u from -inf (DLMF 6.2.5).

    A series to 40, the asymptotic one beyond, -E1(-x) left of 0.
    """
    middle = (x > 0) & (x < 40)
    u = t.where(middle, x, 1.0)
    far = t.where(x >= 40, x, 50.0)
    total = t.ones_like(x)
    for k in range(40, 0, -1):
        total = 1 + k / far * total
    series = EULER + t.log(u) + _entire(t, u, 140)
    left = -expn(t, t.where(x < 0, -x, 1.0), 1)
    return t.where(
        x < 0, left, t.where(middle, series, t.where(x >= 40, t.exp(far / 2) * (total / far) * t.exp(far / 2), t.nan))
    )


def _entire(t: Any, u: Any, terms: int) -> Any:
    """u + u**2/(2*2!) + u**3/(3*3!) + ..."""
    total = t.full_like(u, 1 / (terms + 1))
    for k in range(terms, 0, -1):
        total = 1 / k + u / (k + 1) * total
    return u * total


def expn(t: Any, x: Any, n: int) -> Any:
    """E_n(x), the integral of exp(-x u)/u**n from 1, for x >= 0 (DLMF 8.19).

    Recurrence below 1, a continued fraction above; 1/(n - 1) at 0, infinite for n up to 1.
    """
    if abs(n) > MAX_ORDER:
        raise LimitError(f"an exponential integral of order {n}; the order is at most {MAX_ORDER}")
    zero = x == 0
    x = t.where(x > 0, x, t.nan)
    if n <= 0:
        value = t.exp(-x) / x
        for k in range(1, 1 - n):
            value = (t.exp(-x) + k * value) / x
        return t.where(zero, t.inf, value)
    near = x < 1
    u, v = t.where(near, x, 0.5), t.where(near, 2.0, x)
    small = -EULER - t.log(u) - _entire(t, -u, 24)
    for k in range(1, n):
        small = (t.exp(-u) - u * small) / k
    tail = t.zeros_like(x)
    for k in range(150, 0, -1):
        tail = k * (n + k - 1) / (v + n + 2 * k - tail)
    value = t.where(near, small, t.exp(-v) / (v + n - tail))
    return t.where(zero, 1 / (n - 1) if n > 1 else t.inf, value)


def li(t: Any, x: Any) -> Any:
    inside = t.where((x > 0) & (x != 1), x, t.nan)
    return t.where(x == 0, 0.0, ei(t, t.log(inside)))


def _imaginary(t: Any, x: Any) -> Any:
    """exp(ix) E1(ix) for x > 2, by the same continued fraction."""
    z = t.complex(t.zeros_like(x), x)
    tail = t.zeros_like(z)
    for k in range(200, 0, -1):
        tail = k * k / (z + (1 + 2 * k) - tail)
    return 1 / (z + 1 - tail)


def si(t: Any, x: Any) -> Any:
    """The integral of sin(u)/u from 0."""
    near = t.abs(x) < 4
    u, size = t.where(near, x, 1.0), t.where(near, 5.0, t.abs(x))
    outer = _imaginary(t, size)
    value = pi / 2 + outer.imag * t.cos(size) - outer.real * t.sin(size)
    return t.where(near, _odd(t, u, -1, 20), t.where(x < 0, -value, value))


def ci(t: Any, x: Any) -> Any:
    """EULER + log(x) + the integral of (cos(u) - 1)/u from 0, for x > 0."""
    positive = t.where(x > 0, x, t.nan)
    near = positive < 4
    u, size = t.where(near, x, 1.0), t.where(near, 5.0, positive)
    outer = _imaginary(t, size)
    return t.where(near, EULER + t.log(u) + _even(t, u, -1, 20), -(outer.real * t.cos(size) + outer.imag * t.sin(size)))


def _odd(t: Any, u: Any, sign: int, terms: int) -> Any:
    """The sum of sign**k u**(2k+1)/((2k+1) (2k+1)!)"""
    z, total = sign * u * u, t.full_like(u, 1 / (2 * terms + 1))
    for k in range(terms, 0, -1):
        total = 1 / (2 * k - 1) + z / (2 * k * (2 * k + 1)) * total
    return u * total


def _even(t: Any, u: Any, sign: int, terms: int) -> Any:
    """The sum of sign**k u**(2k)/(2k (2k)!) from k = 1."""
    z, total = sign * u * u, t.full_like(u, 1 / (2 * terms))
    for k in range(terms, 1, -1):
        total = 1 / (2 * k - 2) + z / (2 * k * (2 * k - 1)) * total
    return z / 2 * total


def shi(t: Any, x: Any) -> Any:
    """The integral of sinh(u)/u from 0: a series of positive terms, beyond 40 half of ei."""
    return with_slopes(t, lambda x: _shi(t, x), [lambda x: _sinhc(t, x)], x)


def _shi(t: Any, x: Any) -> Any:
    near = t.abs(x) < 40
    value = ei(t, t.where(near, 50.0, t.abs(x))) / 2
    return t.where(near, _odd(t, t.where(near, x, 1.0), 1, 75), t.where(x < 0, -value, value))


def _sinhc(t: Any, x: Any) -> Any:
    """sinh(x)/x, 1 at 0."""
    near, far = t.abs(x) < 1, t.abs(x) > 40
    u, middle = t.where(near, x, 0.5), t.where(near | far, 2.0, x)
    size = t.where(far, t.abs(x), 50.0)
    series = t.ones_like(x)
    for k in range(10, 0, -1):
        series = 1 + u * u / (2 * k * (2 * k + 1)) * series
    large = t.exp(size / 2) / (2 * size) * t.exp(size / 2)
    return t.where(near, series, t.where(far, large, t.sinh(middle) / middle))


def chi(t: Any, x: Any) -> Any:
    """EULER + log(x) + the integral of (cosh(u) - 1)/u from 0, for x > 0."""
    positive = t.where(x > 0, x, t.nan)
    near = positive < 40
    u = t.where(near, x, 1.0)
    return t.where(near, EULER + t.log(u) + _even(t, u, 1, 75), ei(t, t.where(near, 50.0, positive)) / 2)


def fresnels(t: Any, x: Any) -> Any:
    """The integral of sin(pi*u*u/2) from 0."""
    return with_slopes(t, lambda x: _fresnel(t, x)[0], [lambda x: _wave(t, x, 0)], x)


def fresnelc(t: Any, x: Any) -> Any:
    """The integral of cos(pi*u*u/2) from 0."""
    return with_slopes(t, lambda x: _fresnel(t, x)[1], [lambda x: _wave(t, x, 1)], x)


def _wave(t: Any, x: Any, quarters: int) -> Any:
    """sin(pi*(x*x + quarters)/2), whose slope is pi*x times that of one quarter more."""
    return with_slopes(t, lambda x: _turned(t, x, quarters), [lambda x: pi * x * _wave(t, x, quarters + 1)], x)


def _turned(t: Any, x: Any, quarters: int) -> Any:
    """The same by x*x modulo 4, which is exact: from 2**53 on x is even."""
    inside = t.where(t.abs(x) < 2.0**53, x, 0.0)
    square, rest = inside * inside, product_error(inside, inside)
    first = t.fmod(square, 4.0)
    turns = t.round(first)
    more = first - turns + t.fmod(rest, 4.0)
    turns, angle = turns + t.round(more) + quarters, pi / 2 * (more - t.round(more))
    turns = t.remainder(turns, 4.0)
    sine = t.where(t.remainder(turns, 2.0) == 0, t.sin(angle), t.cos(angle))
    return t.where(turns >= 2, -sine, sine)


def _fresnel(t: Any, x: Any) -> tuple[Any, Any]:
    """S and C: series to 1.6, beyond it erfc's continued fraction."""
    near = t.abs(x) < 1.6
    u, size = t.where(near, x, 1.0), t.where(near, 2.0, t.abs(x))
    z, c, s = (pi / 2 * u * u) ** 2, 1 / (4 * 30 + 1), 1 / (4 * 30 + 3)
    for k in range(30, 0, -1):
        c = 1 / (4 * k - 3) - z / (2 * k * (2 * k - 1)) * c
        s = 1 / (4 * k - 1) - z / (2 * k * (2 * k + 1)) * s
    w = t.complex(size, -size) * (sqrt(pi) / 2)
    tail = t.zeros_like(w)
    for k in range(160, 0, -1):
        tail = k / 2 / (w + tail)
    fraction = 1 / (w + tail) / sqrt(pi)
    cosine, sine = _turned(t, size, 1), _turned(t, size, 0)
    real, imaginary = fraction.real * cosine - fraction.imag * sine, fraction.real * sine + fraction.imag * cosine
    sign = t.where(x < 0, -1.0, 1.0)
    outer_c, outer_s = 0.5 - (real - imaginary) / 2, 0.5 - (real + imaginary) / 2
    return t.where(near, pi / 2 * u**3 * s, sign * outer_s), t.where(near, u * c, sign * outer_c)
