"""Exponential, logarithmic and trigonometric integrals, complete elliptic integrals, and Lambert's W."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import acb, arb

from gradcli.meaning.balls.ball import Undefined, is_infinite
from gradcli.meaning.balls.functions.bessel import jn, modified_jn
from gradcli.meaning.balls.functions.domains import UNTOLD, either, within
from gradcli.meaning.balls.functions.function import Function, at
from gradcli.meaning.balls.functions.hyperbolic import cosh
from gradcli.meaning.balls.functions.orders import FALLING, RISING, ZERO, edged, ended, positive, unmoved, whole
from gradcli.meaning.balls.functions.powers import exp, log
from gradcli.meaning.balls.functions.trigonometric import cos

# Any, in this module: Scalars


def _ei(x: arb) -> arb | Undefined:
    return Undefined("Ei at 0, where it is infinite") if x.is_zero() else UNTOLD if x.contains(0) else x.ei()


def _li(x: arb) -> arb | Undefined:
    if x.is_zero():
        return arb(0)
    if x < 0 or x == 1:
        return Undefined("li of a negative number" if x < 0 else "li at 1, where it is infinite")
    return UNTOLD if x.contains(0) or x.contains(1) else x.li()


Ei = Function("Ei", (lambda x, out: exp(x) / x,), ended(_ei, RISING, ZERO), infinite=True)
li = Function(
    "li",
    (edged("li", arb.is_zero, lambda x, out: 1 / log(x)),),
    ended(_li, RISING),
    infinite=True,
    stands_on_jump=at(0),
)
Si = Function(
    "Si",
    (lambda x, out: jn(0, x),),
    ended(lambda x: x.si(), lambda x: arb.pi() / 2, lambda x: -arb.pi() / 2),
    infinite=True,
)
Ci = Function(
    "Ci",
    (lambda x, out: cos(x) / x,),
    ended(within(positive, lambda x: x.ci(), "Ci where x is not positive"), ZERO),
    infinite=True,
)
Shi = Function("Shi", (lambda x, out: modified_jn(0, x),), ended(lambda x: x.shi(), RISING, FALLING), infinite=True)
Chi = Function(
    "Chi",
    (lambda x, out: cosh(x) / x,),
    ended(within(positive, lambda x: x.chi(), "Chi where x is not positive"), RISING),
    infinite=True,
)


def _expint(order: arb, x: arb) -> arb | Undefined:
    n = whole(order)
    if x.is_zero():
        return arb(1) / (n - 1) if n > 1 else arb.pos_inf()  # DLMF 8.19.6
    if x < 0:
        return Undefined("an exponential integral of a negative number")
    return x.expint(n) if x > 0 else UNTOLD


expint: Function = Function(
    "expint",
    (unmoved, edged("an exponential integral", arb.is_zero, lambda n, x, out: -expint(n - 1, x))),
    ended(_expint, ZERO),
    infinite=True,
    stands_on_jump=lambda n, x: x.is_zero(),
)


def _complete(value: Callable[[arb], arb]) -> Callable[[arb], arb | Undefined]:
    return within(lambda m: either(m < 1, m >= 1), value, "a complete elliptic integral where m is not below 1")


def _slope_of_d(order: arb, m: arb) -> arb | Undefined:
    """``D(m) = pi/4 * 2F1(3/2, 1/2; 2; m)``, DLMF 19.5.3, differentiated by 15.5.2: nothing is divided by m."""
    n, half = whole(order), arb(1) / 2
    factor = arb.pi() / 4
    for k in range(n):
        factor = factor * (3 * half + k) * (half + k) / (2 + k)
    told = _complete(lambda m: factor * m.hypgeom_2f1(3 * half + n, half + n, arb(2 + n)))
    return told(m)


def _second_kind(m: arb) -> arb | Undefined:
    """E(1) is 1, where the slope is infinite."""
    return arb(1) if m == 1 else _complete(lambda m: acb(m).elliptic_e().real)(m)


def elliptic_d(m: Any) -> Any:
    """``(elliptic_k(m) - elliptic_e(m))/m``, pi/4 at 0."""
    return elliptic_d_slope(0, m)


elliptic_d_slope: Function = Function(
    "elliptic_d", (unmoved, lambda n, m, out: elliptic_d_slope(n + 1, m)), ended(_slope_of_d, None, ZERO), infinite=True
)
elliptic_k = Function(
    "elliptic_k",
    (lambda m, out: (out - elliptic_d(m)) / (2 * (1 - m)),),
    ended(_complete(lambda m: acb(m).elliptic_k().real), None, ZERO),
    infinite=True,
)
elliptic_e = Function(
    "elliptic_e",
    (lambda m, out: elliptic_d(m) * Fraction(-1, 2),),
    ended(_second_kind, None, RISING),
    infinite=True,
    stands_on_jump=at(1),
)


def _lambert(x: arb, branch: arb) -> arb | Undefined:
    k = whole(branch)
    if k not in (0, -1):
        return Undefined("a branch of LambertW without real values")
    if k == -1 and x >= 0:
        return Undefined("the lower branch of LambertW where x is not negative")
    if k == 0 and is_infinite(x) and x > 0:
        return x
    if x * arb.const_e() < -1:
        return Undefined("LambertW below -1/e")
    return x.lambertw(k)


lambert = Function("LambertW", (lambda x, k, out: exp(-out) / (1 + out), unmoved), _lambert, infinite=True)


def LambertW(x: Any, k: Any = 0) -> Any:  # noqa: N802 - sympy's name
    """The real w with ``w*exp(w) = x``: at least -1 for k = 0, at most -1 for k = -1."""
    return lambert(x, k)


NAMED = {
    **{f.name: f for f in (Ei, li, Si, Ci, Shi, Chi, expint, elliptic_k, elliptic_e)},
    "elliptic_d": elliptic_d,
    "LambertW": LambertW,
}
