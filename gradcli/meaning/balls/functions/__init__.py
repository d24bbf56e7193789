"""The functions of ball arithmetic, one file a family: each is an enclosure, its domain, and its slopes.

``functions/__init__.py`` gathers them by the names under which rows call them, which are sympy's.
"""

from __future__ import annotations

from gradcli.meaning.balls.functions import elementary
from gradcli.meaning.balls.functions.function import Function

FUNCTIONS: dict[str, Function] = {function.name: function for family in (elementary,) for function in family.FUNCTIONS}
