"""The names of numbers, unless they are variables of the user's."""

from __future__ import annotations

import sympy

from gradcli.language.nodes import Tree

CONSTANTS: dict[str, Tree] = {
    "pi": sympy.pi,
    "π": sympy.pi,
    "e": sympy.E,
    "inf": sympy.oo,
    "nan": sympy.nan,
}
