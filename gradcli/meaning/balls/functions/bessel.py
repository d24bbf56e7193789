"""Bessel functions of constant order, spherical ones, and Airy functions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb

from gradcli.base.precision import working_bits
from gradcli.meaning.balls.ball import Undefined
from gradcli.meaning.balls.functions.domains import UNTOLD
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.orders import FALLING, RISING, ZERO, ended, unmoved, whole

# Any, in this module: Scalars


def _right(name: str, value: Callable[[arb, arb], arb]) -> Callable[[arb, arb], arb | Undefined]:
    """A function of an order and a positive number."""

    def enclose(n: arb, x: arb) -> arb | Undefined:
        if x <= 0:
            return Undefined(f"{name} of a number that is not positive")
        return value(n, x) if x > 0 else UNTOLD

    return enclose


def _second_kind(n: arb, x: arb) -> arb:
    """K_n: by Tricomi's U, DLMF 10.39.6; FLINT's own way never ends at x = 710 with 2,048 bits."""
    if x <= 1:
        return x.bessel_k(n)
    return arb.pi().sqrt() * (2 * x) ** n * (-x).exp() * (2 * x).hypgeom_u(n + arb(0.5), 2 * n + 1)


def _monotone(value: Callable[[arb, arb], arb]) -> Callable[[arb, arb], arb]:
    """Of a ball that is wide for the working precision, on one side of 0, by its ends: FLINT itself takes minutes."""

    def enclose(n: arb, x: arb) -> arb:
        if 2 * x.rel_accuracy_bits() > working_bits() or not (x > 0 or x < 0):
            return value(n, x)
        return value(n, arb(x.lower())).union(value(n, arb(x.upper())))

    return enclose


def _halved(left: Any, right: Any) -> Any:
    return (left + right) * Fraction(1, 2)


besselj: Function = Function(
    "besselj",
    (unmoved, lambda n, x, out: _halved(besselj(n - 1, x), -besselj(n + 1, x))),
    ended(lambda n, x: x.bessel_j(whole(n)), ZERO, ZERO),
    infinite=True,
)
bessely: Function = Function(
    "bessely",
    (unmoved, lambda n, x, out: _halved(bessely(n - 1, x), -bessely(n + 1, x))),
    ended(_right("bessely", lambda n, x: x.bessel_y(whole(n))), ZERO),
    infinite=True,
)
besseli: Function = Function(
    "besseli",
    (unmoved, lambda n, x, out: _halved(besseli(n - 1, x), besseli(n + 1, x))),
    ended(_monotone(lambda n, x: x.bessel_i(whole(n))), RISING, lambda n, x: FALLING if whole(n) % 2 else RISING),
    infinite=True,
)
besselk: Function = Function(
    "besselk",
    (unmoved, lambda n, x, out: -_halved(besselk(n - 1, x), besselk(n + 1, x))),
    ended(_right("besselk", _monotone(_second_kind)), ZERO),
    infinite=True,
)


def _spherical(sign: int) -> Callable[[arb, arb], arb | Undefined]:
    """``sqrt(pi)/2*(x/2)**n * 0F1(; n + 3/2; sign*x**2/4)/gamma(n + 3/2)``, entire: nothing is divided by x.

    DLMF 10.47.3 and 10.47.7 with 10.16.9 and 10.39.9.
    """

    def enclose(order: arb, x: arb) -> arb | Undefined:
        n = whole(order)
        if n < 0:
            return Undefined("a spherical Bessel function of a negative order")
        series = (sign * x * x / 4).hypgeom_0f1(n + arb(3) / 2, True)
        return series * (x / 2) ** n * arb.pi().sqrt() / 2

    return enclose


def _slope_of_spherical(family: Callable[..., Any], sign: int) -> Callable[..., Any]:
    """``(n*f(n-1, x) + sign*(n+1)*f(n+1, x))/(2*n+1)``: DLMF 10.51.2 and 10.51.5."""

    def slope(order: Any, x: Any, _out: Any) -> Any:
        n = whole(order.value)
        upper = family(n + 1, x) * Fraction(sign * (n + 1), 2 * n + 1)
        return upper + family(n - 1, x) * Fraction(n, 2 * n + 1) if n else upper

    return slope


def _same(function: str) -> Callable[..., Any]:
    return lambda n, x: _SPHERICAL[function](n, x)


_SPHERICAL: dict[str, Function] = {
    "jn": Function(
        "jn", (unmoved, _slope_of_spherical(_same("jn"), -1)), ended(_spherical(-1), ZERO, ZERO), infinite=True
    ),
    "in": Function("in", (unmoved, _slope_of_spherical(_same("in"), 1)), _spherical(1)),
}
jn = _SPHERICAL["jn"]
modified_jn = _SPHERICAL["in"]  # of order 0: sinh(x)/x

airyai: Function = Function(
    "airyai", (lambda x, out: airyaiprime(x),), ended(lambda x: x.airy_ai(), ZERO, ZERO), infinite=True
)
airybi: Function = Function(
    "airybi", (lambda x, out: airybiprime(x),), ended(lambda x: x.airy_bi(), RISING, ZERO), infinite=True
)
airyaiprime: Function = Function(
    "airyaiprime", (lambda x, out: x * airyai(x),), ended(lambda x: x.airy_ai(derivative=1), ZERO), infinite=True
)
airybiprime: Function = Function(
    "airybiprime", (lambda x, out: x * airybi(x),), ended(lambda x: x.airy_bi(derivative=1), RISING), infinite=True
)

NAMED = {
    function.name: function
    for function in (besselj, bessely, besseli, besselk, jn, airyai, airybi, airyaiprime, airybiprime)
}
