"""The values of small constant formulas, ``-1``, ``2*3``, ``10**6``, exactly."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import inf
from typing import Any

import sympy

from gradcli.language import nodes
from gradcli.language.nodes import Tree

_WHOLE: dict[str, Callable[..., int]] = {"%": operator.mod, "//": operator.floordiv}


def fold_number(node: Tree | None, known: Mapping[Tree, int | Fraction] | None = None) -> int | Fraction | float | None:
    """The value of a small rational constant expression (``-1``, ``2*3``, ``10**6``, ``1/2``); None if it is none.

    known: values of parts that are no numbers themselves
    """
    if node is None:
        return None
    if known and node in known:
        return known[node]
    if node.is_Rational:
        return Fraction(int(node.p), int(node.q)) if node.q != 1 else int(node.p)
    if node is sympy.oo:
        return inf
    op = nodes.row_of(node)
    whole = None if op is None else _WHOLE.get(op.infix)
    if whole is None and not isinstance(node, sympy.Add | sympy.Mul | sympy.Pow):
        return None
    values = [fold_number(argument, known) for argument in node.args]
    if any(value is None for value in values):
        return None
    if whole is not None:
        fits = all(isinstance(value, int) for value in values) and values[1] != 0
        return whole(*values) if fits else None
    return _fold(node, [value for value in values if value is not None])


def _fold(node: Tree, values: list[Any]) -> int | Fraction | float | None:  # Any: int, Fraction or inf
    if isinstance(node, sympy.Pow):
        base, exponent = values
        if (
            not isinstance(exponent, int)
            or abs(exponent) > 400
            or isinstance(base, float)
            or (base == 0 and exponent < 0)
        ):
            return None
        if len(str(abs(base))) * abs(exponent) > 400:
            return None
        result = Fraction(base) ** exponent
    else:
        result = Fraction(0) if isinstance(node, sympy.Add) else Fraction(1)
        for value in values:
            if isinstance(value, float):
                return -inf if isinstance(node, sympy.Mul) and result < 0 else value
            result = result + value if isinstance(node, sympy.Add) else result * value
    return int(result) if result.denominator == 1 else result
