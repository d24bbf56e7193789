"""The functions of ball arithmetic, one file a family: each is an enclosure, its domain, and its slopes.

``FUNCTIONS`` gathers them by the names under which rows call them, which are sympy's.
"""

from __future__ import annotations

from gradcli.meaning.balls.functions import hyperbolic, powers, sinc, steps, trigonometric
from gradcli.meaning.balls.functions.function import Function

FAMILIES = (powers, trigonometric, hyperbolic, sinc, steps)
FUNCTIONS: dict[str, Function] = {function.name: function for family in FAMILIES for function in family.FUNCTIONS}
