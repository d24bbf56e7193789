"""sin(pi*x)/(pi*x), smooth at 0, and its derivatives of every order.

It is the integral of cos(pi*x*t) over t from 0 to 1, so that its derivative of order k is at most ``pi**k/(k + 1)``.
"""

from __future__ import annotations

from functools import cache

from flint import arb

from gradcli.base.precision import working_bits
from gradcli.meaning.balls.functions.domains import UNTOLD
from gradcli.meaning.balls.functions.function import Function


def _series(x: arb, k: int) -> arb:
    """The derivative of order k for abs(x) <= 1: the sum over m with m + k even of
    ``(-1)**((m + k)/2) * pi**k * (pi*x)**m / (m! * (m + k + 1))``, whose rest is bounded by a geometric series."""
    z = arb.pi() * x
    size = abs(z).upper()
    total, power, bound, first = arb(0), arb(1), arb(1), arb(0)
    for m in range(4 * working_bits() + 16):
        if (m + k) % 2 == 0:
            term = power / (m + k + 1) * (-1) ** ((m + k) // 2)
            total = total + term
            first = abs(term).upper() if m < 2 else first
        power, bound = power * z / (m + 1), bound * size / (m + 1)
        if m >= 8 and bound <= first * arb(2) ** -working_bits():
            break
    return (total + arb(0, (2 * bound).upper())) * arb.pi() ** k  # abs(z)/(m + 2) < 1/2 for m >= 8


def _far(x: arb, k: int) -> arb:
    """By ``x*f_k + k*f_(k-1) = pi**(k-1) * sin(pi*x + k*pi/2)``, which is Leibniz's rule for x*f."""
    sine, cosine = x.sin_pi(), x.cos_pi()
    value = x.sinc_pi()
    for i in range(1, k + 1):
        turned = (sine, cosine, -sine, -cosine)[i % 4]
        value = (arb.pi() ** (i - 1) * turned - i * value) / x
    return value


def _enclosure(x: arb, k: int) -> arb:
    if not x.is_finite():
        return arb(0) if x.is_exact() and not x.is_nan() else UNTOLD
    if k == 0:
        return x.sinc_pi()
    if abs(x) <= 1:
        return _series(x, k)
    value = _far(x, k)
    return value if value.is_finite() else arb(0, (arb.pi() ** k / (k + 1)).upper())


@cache
def _of_order(k: int) -> Function:
    name = "sinc" if k == 0 else f"the derivative of order {k} of sinc"
    return Function(name, (lambda x, out: _of_order(k + 1)(x),), lambda x: _enclosure(x, k), infinite=True)


sinc = _of_order(0)

FUNCTIONS = (sinc,)
