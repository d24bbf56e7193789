"""Riemann's and Hurwitz's zeta functions at their poles s = 1 and q = 0, and at infinity."""

from __future__ import annotations

from math import factorial
from typing import Any

from flint import acb, arb

from gradcli.meaning.balls.ball import Ball, UntoldError
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.elementary import ONE
from gradcli.meaning.series.functions import grows, rule, split
from gradcli.meaning.series.gamma import zeta_far
from gradcli.meaning.series.series import inverse, sign, summed, vanishing

# Any, in this module: Scalars, that are Balls, Undefined and Series


@rule("zeta")
def zeta(order: Ball, s: Any, q: Any) -> Any:
    """``zeta(s, q)``; of its derivatives in s, what Taylor's formula has."""
    riemann = type(q) is Ball and not q.serial and q.value == 1
    found = _far(s, q, riemann) if grows(s) or grows(q) else _near(s, q, riemann)
    if found is not NotImplemented and not order.value.is_zero():
        raise UntoldError
    return found


def _far(s: Any, q: Any, riemann: bool) -> Any:
    """1 as s rises, for q = 1: ``zeta(s) - 1`` is about 2**-s."""
    if riemann and sign(s) > 0:
        (e, k), _ = s.lead()
        if e == 0 and k == 1:
            raise UntoldError
        return vanishing() + 1
    if type(s) is Ball and s.value > 1 and sign(q) > 0:
        return zeta_far(s, q)
    return NotImplemented


def _near(s: Any, q: Any, riemann: bool) -> Any:
    at_one, at_zero = split(s)[0].value == 1, split(q)[0].value.is_zero()
    if not at_one and not at_zero:
        return NotImplemented
    if sign(q) < 0 or (not riemann and sign(s - 1) <= 0):
        return FUNCTIONS["zeta"](Ball(arb(-1)), Ball(arb(-1)))
    if at_zero:
        return FUNCTIONS["pow"](q, -s) + FUNCTIONS["zeta"](s, q + 1)
    return _at_one(s, q)


def _at_one(s: Any, q: Any) -> Any:
    """``1/(s - 1) + sum_n (-1)**n*gamma_n(q)*(s - 1)**n/n!``, DLMF 25.2.4 and 25.11, and in q by Taylor's formula: the
    m-th derivative in q is ``(-1)**m*s*(s + 1)*…*(s + m - 1)*zeta(s + m, q)``, regular at s = 1."""
    centre = Ball(split(q)[0].value)
    step = q - centre
    constants = lambda n: Ball(acb.stieltjes(n, acb(centre.value)).real * (-1) ** n / factorial(n))  # noqa: E731
    here = inverse(s - 1) + summed(s - 1, constants)
    if type(step) is Ball and not step.serial:
        return here

    def slope(m: int) -> Any:
        if m == 0:
            return here
        rising: Any = ONE
        for j in range(m):
            rising = rising * (s + j) * Ball(arb(-1) / (j + 1))
        return rising * FUNCTIONS["zeta"](s + m, centre)

    return summed(step, slope)
