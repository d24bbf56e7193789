"""Long series of smooth functions hold mpmath's Taylor coefficients, also those that differential equations give."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
from flint import arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.arithmetic import STEP
from gradcli.meaning.series.extent import length

TERMS = 8

KNOWN: dict[str, tuple[tuple[int, ...], float, Any]] = {
    "asin": ((), 0.375, mpmath.asin),
    "acos": ((), -0.625, mpmath.acos),
    "asec": ((), 1.5, mpmath.asec),
    "acsch": ((), -0.75, mpmath.acsch),
    "acoth": ((), 2.5, mpmath.acoth),
    "tanh": ((), 2.25, mpmath.tanh),
    "sech": ((), -3.5, mpmath.sech),
    "coth": ((), -0.25, mpmath.coth),
    "tan": ((), 1.25, mpmath.tan),
    "erf": ((), 0.5, mpmath.erf),
    "erfc": ((), 3.0, mpmath.erfc),
    "erfinv": ((), 0.375, mpmath.erfinv),
    "fresnels": ((), 0.75, mpmath.fresnels),
    "gamma": ((), -1.625, mpmath.gamma),
    "Ei": ((), 0.75, mpmath.ei),
    "li": ((), 2.5, mpmath.li),
    "Si": ((), 1.5, mpmath.si),
    "Chi": ((), 1.5, mpmath.chi),
    "elliptic_k": ((), 0.25, mpmath.ellipk),
    "LambertW": ((), 0.75, mpmath.lambertw),
    "besselj": ((2,), 1.5, mpmath.besselj),
    "besseli": ((0,), -1.25, mpmath.besseli),
    "jn": ((1,), 1.5, lambda n, x: mpmath.sqrt(mpmath.pi / (2 * x)) * mpmath.besselj(n + mpmath.mpf(1) / 2, x)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_coefficients(name: str) -> None:
    orders, x, known = KNOWN[name]
    with precision(256), length(TERMS):
        series = FUNCTIONS[name](*orders, Ball(arb(x)) + STEP)
        assert series.order >= TERMS
        with mpmath.workdps(60):
            for n, expected in enumerate(mpmath.taylor(lambda v: known(*orders, v), x, TERMS - 1)):
                found = series.terms[n, 0].value if (n, 0) in series.terms else arb(0)
                wanted = arb(mpmath.nstr(expected.real, 40))
                assert found.rad() < abs(wanted) * 1e-50 + 1e-60
                assert abs(found - wanted) < abs(wanted) * 1e-12 + 1e-15
