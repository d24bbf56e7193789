"""Orthogonal polynomials at infinity."""

from __future__ import annotations

from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, UntoldError, exact_integer
from gradcli.meaning.balls.functions import polynomials
from gradcli.meaning.series.functions import coefficients, grows, rule
from gradcli.meaning.series.series import LONGEST, Series

# Any, in this module: Scalars, that are Balls, Undefined and Series


def _polynomial(function: Any) -> None:
    @rule(function.name)
    def polynomial(degree: Ball, *others: Any) -> Any:
        """By Horner's scheme."""
        *parameters, x = others
        if not grows(x) or any(type(parameter) is Series for parameter in parameters):
            return NotImplemented
        n = exact_integer(degree.value)
        if n is None or not 0 <= n <= LONGEST:
            raise UntoldError
        coefficient = coefficients(function, (degree, *parameters, Ball(arb(0))))
        out: Any = coefficient(n)
        for k in range(n - 1, -1, -1):
            out = out * x + coefficient(k)
        return out


for _function in (
    polynomials.chebyshevt,
    polynomials.gegenbauer,
    polynomials.associated_laguerre,
    polynomials.hermite,
    polynomials.hermite_prob,
):
    _polynomial(_function)
