"""What torch's arithmetic and its source text share: the rows' torch meanings, without torch itself."""

from __future__ import annotations

from functools import reduce
from math import inf, nan
from typing import Any

import sympy

from gradcli.language.nodes import Tree
from gradcli.operations.row import Op

Number = int | float


def torch_meaning(op: Op) -> Any:  # Any: a callable over tensors, see row.Meaning
    """The row's torch meaning; by default the torch function of the row's name."""
    if callable(op.torch):
        return op.torch
    path = (op.torch or op.name).split(".")
    return lambda t, *arguments: reduce(getattr, path, t)(*arguments)


def plain_constant(value: Any) -> Any:  # Any: see nodes.Static
    """Exact fractions as floats; everything else as it is."""
    return float(value) if type(value).__name__ == "Fraction" else value


def python_number(tree: Tree) -> Number:
    """A number leaf as Python's: whole numbers stay whole as far as float64 holds them."""
    if tree is sympy.nan or not tree.is_number:
        return nan
    if tree in (sympy.oo, -sympy.oo):
        return inf if tree is sympy.oo else -inf
    if tree.is_Integer and abs(int(tree)) < 2**53:
        return int(tree)
    try:
        return float(tree)
    except OverflowError:
        return inf if tree.is_positive else -inf
