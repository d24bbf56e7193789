"""Bessel and Airy functions at infinity, and those of the second kind at 0."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, UntoldError, exact_integer
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.functions import grows, rule
from gradcli.meaning.series.series import Series, endless, inverse, sign, summed, vanishing
from gradcli.meaning.series.trigonometric import HALF, at_zero, size, waving

# Any, in this module: Scalars, that are Balls, Undefined and Series

LARGEST_ORDER = 100  # of which all terms are summed


def fast(x: Any) -> bool:
    """Does exp(x) grow, or vanish, faster than every power of t? It does unless x grows like log(t)."""
    (e, k), _ = x.lead()
    return bool(e < 0 or k > 1)


def _order(n: Ball) -> int:
    found = exact_integer(n.value)
    if found is None or abs(found) > LARGEST_ORDER:
        raise UntoldError
    return found


# -- of the first kind: DLMF 10.17.3, 10.40.1, 10.2.2, 10.25.2, 10.47.3 and 10.47.7


@rule("besselj")
def besselj(order: Any, x: Any) -> Any:
    return waving(x, size(x) / 2) if grows(x) else _ascending(order, x, -1)


@rule("jn")
def jn(order: Any, x: Any) -> Any:
    return waving(x, size(x)) if grows(x) else _ascending(order, x, -1, spherical=True)


@rule("besseli")
def besseli(order: Any, x: Any) -> Any:
    return _rising(order, x) if grows(x) else _ascending(order, x, 1)


@rule("in")
def modified_jn(order: Any, x: Any) -> Any:
    return _rising(order, x) if grows(x) else _ascending(order, x, 1, spherical=True)


def _rising(n: Ball, x: Any) -> Any:
    return endless(-1 if sign(x) < 0 and _order(n) % 2 else 1, x.moving) if fast(x) else NotImplemented


def _ascending(order: Any, x: Any, sign: int, *, spherical: bool = False) -> Any:
    """``(x/2)**n*sum_k sign**k*(x/2)**(2*k)/(k!*gamma(n + k + 1))`` of what vanishes: the slopes of slopes of what is
    made of two of its neighbours double with every order."""
    if type(x) is not Series or type(order) is not Ball or order.serial or not at_zero(x):
        return NotImplemented
    whole = exact_integer(order.value)
    if whole is None or whole < 0:
        return NotImplemented
    half, gap = x * HALF, arb(3) / 2 if spherical else arb(1)
    factor = Ball(arb.pi().sqrt() / 2 if spherical else arb(1))

    def coefficient(k: int) -> Any:
        return Ball(sign**k * (order.value + k + gap).rgamma() / factorial(k)) * factor

    return FUNCTIONS["pow"](half, order) * summed(half * half, coefficient)


# -- of the second kind: DLMF 10.8.1 and 10.31.1


@rule("bessely")
def bessely(order: Ball, x: Any) -> Any:
    if grows(x):
        return waving(x, size(x) / 2) if sign(x) > 0 else NotImplemented
    if not at_zero(x):
        return NotImplemented
    if sign(x) < 0:
        return _left("bessely", order)
    n = abs(_order(order))
    logarithm = 2 * FUNCTIONS["besselj"](Ball(arb(n)), x) * FUNCTIONS["log"](x * HALF)
    found = (logarithm - _finite(n, x, 1) - _digammas(n, x, -1)) * Ball(1 / arb.pi())
    return -found if _order(order) < 0 and n % 2 else found


@rule("besselk")
def besselk(order: Ball, x: Any) -> Any:
    if grows(x):
        return vanishing() if sign(x) > 0 and fast(x) else NotImplemented
    if not at_zero(x):
        return NotImplemented
    if sign(x) < 0:
        return _left("besselk", order)
    n = abs(_order(order))
    logarithm = FUNCTIONS["besseli"](Ball(arb(n)), x) * FUNCTIONS["log"](x * HALF)
    return (_finite(n, x, -1) + (-1) ** n * _digammas(n, x, 1)) * HALF - (-1) ** n * logarithm


def _left(name: str, order: Ball) -> Any:
    return FUNCTIONS[name](order, Ball(arb(-1)))


def _finite(n: int, x: Any, sign: int) -> Any:
    """``sum_k<n sign**k*(n - k - 1)!/k!*(x/2)**(2*k - n)``"""
    reciprocal, half = inverse(x * HALF), x * HALF
    out: Any = ZERO
    for k in range(n):
        power = FUNCTIONS["pow"](reciprocal if 2 * k < n else half, Ball(arb(abs(2 * k - n))))
        out = out + power * Ball(arb(sign**k * factorial(n - k - 1)) / factorial(k))
    return out


def _digammas(n: int, x: Any, sign: int) -> Any:
    """``sum_k sign**k*(psi(k + 1) + psi(n + k + 1))*(x/2)**(2*k + n)/(k!*(n + k)!)``"""
    half = x * HALF

    def coefficient(k: int) -> Ball:
        psi = arb(k + 1).digamma() + arb(n + k + 1).digamma()
        return Ball(psi * sign**k / factorial(k) / factorial(n + k))

    return FUNCTIONS["pow"](half, Ball(arb(n))) * summed(half * half, coefficient)


# -- Airy functions: DLMF 9.7


def _airy(name: str, rising: bool, power: Fraction) -> None:
    """power: the order of its waves at minus infinity."""

    @rule(name)
    def airy(x: Any) -> Any:
        if not grows(x):
            return NotImplemented
        if sign(x) < 0:
            return waving(x, size(x) * power)
        return endless(1, x.moving) if rising else vanishing()


_airy("airyai", False, Fraction(1, 4))
_airy("airyaiprime", False, Fraction(-1, 4))
_airy("airybi", True, Fraction(1, 4))
_airy("airybiprime", True, Fraction(-1, 4))
