"""The functions of ball arithmetic, one file a family: each is an enclosure, its domain, and its slopes.

``FUNCTIONS`` gathers them by the names under which rows call them, which are sympy's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.meaning.balls.functions import (
    bessel,
    certain,
    error_functions,
    gamma,
    gamma_parts,
    hyperbolic,
    integrals,
    polynomials,
    powers,
    sinc,
    steps,
    trigonometric,
    zeta,
)

ELEMENTARY = (powers, trigonometric, hyperbolic, sinc, steps)
SPECIAL = (error_functions, gamma, gamma_parts, zeta, bessel, integrals, polynomials, certain)

FUNCTIONS: dict[str, Callable[..., Any]] = {  # Any: Scalars
    **{function.name: function for family in ELEMENTARY for function in family.FUNCTIONS},
    **{name: function for family in SPECIAL for name, function in family.NAMED.items()},
}
