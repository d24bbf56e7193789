"""The error function, its relatives and their inverses; Fresnel's integrals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.functions.domains import either, within
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.orders import FALLING, MINUS_ONE, ONE, RISING, ZERO, ended
from gradcli.meaning.balls.functions.powers import exp

# Any, in this module: Scalars


def _bell(x: Any, sign: int) -> Any:
    """``2/sqrt(pi)*exp(sign*x**2)``."""
    return Ball(2 / arb.pi().sqrt()) * exp(sign * (x * x))


def _slope_of_inverse(out: Any) -> Any:
    """``sqrt(pi)/2*exp(out**2)``: 1 over the slope of erf."""
    return Ball(arb.pi().sqrt() / 2) * exp(out * out)


def _inside(low: int, high: int) -> Any:
    def told(x: arb) -> bool | None:
        return either(low < x < high, x <= low or x >= high)

    return told


erf = Function("erf", (lambda x, out: _bell(x, -1),), ended(lambda x: x.erf(), ONE, MINUS_ONE), infinite=True)
erfc = Function("erfc", (lambda x, out: -_bell(x, -1),), ended(lambda x: x.erfc(), ZERO, arb(2)), infinite=True)
erfi = Function("erfi", (lambda x, out: _bell(x, 1),), ended(lambda x: x.erfi(), RISING, FALLING), infinite=True)
erfinv = Function(
    "erfinv",
    (lambda x, out: _slope_of_inverse(out),),
    within(_inside(-1, 1), lambda x: x.erfinv(), "erfinv outside of -1 < x < 1"),
    infinite=True,
)
erfcinv = Function(
    "erfcinv",
    (lambda x, out: -_slope_of_inverse(out),),
    within(_inside(0, 2), lambda x: x.erfcinv(), "erfcinv outside of 0 < x < 2"),
    infinite=True,
)


def _fresnels(x: arb) -> arb:
    """``pi/6*x**3 * 1F2(3/4; 3/2, 7/4; -(pi*x**2/4)**2)`` near 0, where FLINT's own has an absolute error."""
    if not abs(x) < 1:
        return x.fresnel_s()
    quarter = arb(1) / 4
    series = (-((arb.pi() * x * x / 4) ** 2)).hypgeom([3 * quarter], [6 * quarter, 7 * quarter])
    return arb.pi() / 6 * x**3 * series


def _pi() -> Ball:
    return Ball(arb.pi())


# of pi times a number, exactly 0, 1 or -1 where they are
sin_pi: Function = Function("sin_pi", (lambda x, out: _pi() * cos_pi(x),), lambda x: x.sin_pi())
cos_pi: Function = Function("cos_pi", (lambda x, out: -_pi() * sin_pi(x),), lambda x: x.cos_pi())


def _half_square(x: Any) -> Any:
    return x * x * Fraction(1, 2)


_ENDS = (arb(1) / 2, arb(-1) / 2)
fresnels = Function("fresnels", (lambda x, out: sin_pi(_half_square(x)),), ended(_fresnels, *_ENDS), infinite=True)
fresnelc = Function(
    "fresnelc", (lambda x, out: cos_pi(_half_square(x)),), ended(lambda x: x.fresnel_c(), *_ENDS), infinite=True
)

NAMED = {function.name: function for function in (erf, erfc, erfi, erfinv, erfcinv, fresnels, fresnelc)}
