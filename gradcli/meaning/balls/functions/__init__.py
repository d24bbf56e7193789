"""The functions of ball arithmetic, one file a family: each is an enclosure, its domain, and its slopes.

``FUNCTIONS`` gathers them by the names under which rows call them, which are sympy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradcli.meaning.balls.functions import (
    bessel,
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
SPECIAL = (error_functions, gamma, gamma_parts, zeta, bessel, integrals, polynomials)


class _Named(dict[str, Callable[..., Any]]):  # Any: Scalars
    """Functions by name. Those of ``certain`` are many and rare: they are loaded when a name is none of the others."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        return _rarer()[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in _rarer()


def _rarer() -> Mapping[str, Callable[..., Any]]:
    from gradcli.meaning.balls.functions import certain

    return certain.NAMED


FUNCTIONS = _Named(
    {
        **{function.name: function for family in ELEMENTARY for function in family.FUNCTIONS},
        **{name: function for family in SPECIAL for name, function in family.NAMED.items()},
    }
)
