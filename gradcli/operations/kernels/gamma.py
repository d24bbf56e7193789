"""The gamma function and its logarithm in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.primitive import with_slopes
from gradcli.operations.kernels.zeta import BERNOULLI, log_gamma, polygamma

EULER = 0.57721566490153286061
MAX_VARIABLES = 500

# Any: torch, or a float64 tensor, throughout this room.


def gamma_sign(t: Any, x: Any) -> Any:
    """The sign of gamma(x)."""
    return t.where((x > 0) | (t.floor(x) % 2 == 0), 1.0, -1.0)


def gamma(t: Any, x: Any) -> Any:
    """gamma(x); infinite only where it is beyond the largest number."""
    return with_slopes(t, lambda x: _gamma(t, x, t.ones_like(x)), [lambda x: gamma(t, x) * polygamma(t, x, 0)], x)


def factorial(t: Any, x: Any) -> Any:
    """gamma(x + 1), without rounding x + 1 where it is not small."""

    def value(x: Any) -> Any:
        near = t.abs(x) < 0.5
        return t.where(near, _gamma(t, t.where(near, x + 1, 1.0), t.ones_like(x)), _gamma(t, x, x))

    return with_slopes(t, value, [lambda x: factorial(t, x) * polygamma(t, x + 1, 0)], x)


def _gamma(t: Any, x: Any, times: Any) -> Any:
    """``times`` gamma(x)."""
    x = t.where((x <= 0) & (x == t.floor(x)), t.nan, x)
    near, left = t.abs(x) < 0.5, x <= -0.5
    one, other = _gamma_halves(t, t.where(near, 1 + x, t.abs(x)))
    reflected = -pi / (t.where(left, x, -0.5) * sine_of_turns(t, t.where(left, x, -0.5))) / one * times / other
    right = one * (times / t.where(near, x, 1.0)) * other
    return t.where(left, reflected, right)


def _gamma_halves(t: Any, x: Any) -> tuple[Any, Any]:
    """Two factors of gamma(x) for x >= 1/2, by Stirling's series from 10 on."""
    small = x < 10
    low = t.where(small, x, 1.0)
    product = t.ones_like(x)
    for k in range(10):
        product = product * (low + k)
    high = t.where(small, low + 10, t.clamp(x, max=300.0))
    lost = t.where(small, low - (high - 10), 0.0)
    power = t.pow(high, high / 2 - 0.25) * t.exp(-high / 2)
    first = power * sqrt(2 * pi) * t.exp(stirling(high) + lost * t.log(high))
    return first / t.where(small, product, 1.0), power


def sine_of_turns(t: Any, x: Any, more: Any = 0.0) -> Any:
    """sin(pi (x + more)), without rounding the sum; 0 at whole numbers."""
    part, sign = _turned(t, x, more)
    return t.sin(pi * part) * sign


def cosine_of_turns(t: Any, x: Any, more: Any = 0.0) -> Any:
    """cos(pi (x + more)), likewise; 0 halfway between."""
    part, sign = _turned(t, x, more)
    near = t.abs(part) < 0.25
    return t.where(near, t.cos(pi * t.where(near, part, 0.0)), t.sin(pi * (0.5 - t.abs(part)))) * sign


def _turned(t: Any, x: Any, more: Any) -> tuple[Any, Any]:
    """A part of a turn of at most 1/2, and the sign of its sine beside that of pi (x + more)."""
    turns = t.round(x).detach()
    part, parity = x - turns, t.fmod(turns, 2.0)
    if t.is_tensor(more):
        others = t.round(more).detach()
        one, other = part, more - others
        part = one + other
        second = part - one
        lost = ((one - (part - second)) + (other - second)).detach()
        last = t.round(part).detach()
        part, parity = part - last + lost, parity + t.fmod(others, 2.0) + last
    return part, 1 - 2 * t.remainder(parity, 2.0)


def multigammaln(t: Any, x: Any, p: int) -> Any:
    if not 1 <= p <= MAX_VARIABLES:
        raise LimitError(f"multigammaln of {p} variables; there are at least 1 and at most {MAX_VARIABLES}")
    inside = t.where(x > (p - 1) / 2, x, t.nan)
    return sum((log_gamma(t, inside - j / 2) for j in range(p)), p * (p - 1) / 4 * log(pi) + 0 * x)


def stirling(a: Any) -> Any:
    """lgamma(a) - ((a - 1/2) log(a) - a + log(2 pi)/2) for a > 10 (DLMF 5.11.1)."""
    inverse = 1 / a
    square, total = inverse * inverse, 0.0
    for k in range(len(BERNOULLI), 0, -1):
        total = total * square + BERNOULLI[k - 1] / (2 * k * (2 * k - 1))
    return total * inverse
