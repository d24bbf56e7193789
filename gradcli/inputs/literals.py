"""Values as formulas write them: decimals and constants as they were typed, floats in digits that read back equal."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.inputs.prepare import Values
from gradcli.inputs.values import exact_tree, typed
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.operations.table import OPS

MOST_ENTRIES = 400  # of an array that may be written out


def literals(given: Values, floats: Mapping[str, FloatArray]) -> dict[str, Tree]:
    """By name, the formula of each value that can be written out; larger ones and infinite ones have none.

    >>> from gradcli.language.write import write
    >>> {n: write(t) for n, t in literals(["a=0.1", "b=pi/4"], {"a": np.array(0.1), "b": np.array(np.pi / 4)}).items()}
    {'a': '0.1', 'b': 'pi/4'}
    """
    texts = typed(given)
    found: dict[str, Tree] = {}
    for name, value in floats.items():
        if value.size <= MOST_ENTRIES and np.isfinite(value).all():
            tree = exact_tree(texts[name], found, value.shape) if name in texts else None
            found[name] = literal(value) if tree is None else tree
    return found


def literal(value: FloatArray) -> Tree:
    """``[[1, 2], [3, 0.5]]``: the shortest decimals that read back equal."""
    if value.ndim == 0:
        return nodes.number(Fraction(repr(float(value))))
    return nodes.make(OPS["stack"], [literal(part) for part in value], (0,))
