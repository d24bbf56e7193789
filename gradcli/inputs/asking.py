"""What formulas of names with values are where a text needs to know: whole numbers, truth values, shapes. Certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import sympy

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError
from gradcli.language import nodes
from gradcli.language.known import Known, Mask, Numbers, whole_numbers
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.shapes import knowing, shapes_of
from gradcli.operations.shape_rules import Shape

PRECISION = 128  # bits: a whole number or a comparison that it does not decide is not told
MAX_ASKED = 100_000  # entries of the values in one question: in enclosures about a second


class Values:
    """Formulas in enclosures at the exact values of the floats."""

    def __init__(self, values: Mapping[str, FloatArray]) -> None:
        self.values = values

    def whole(self, tree: sympy.Basic) -> Numbers | None:
        """Whole numbers, certainly; None else."""
        found = self._balls(tree)
        if found is None or not all(_is_whole(ball) for ball in found.reshape(-1)):
            return None
        return whole_numbers(np.vectorize(lambda ball: int(ball.value.unique_fmpz()), otypes=[int])(found))

    def mask(self, condition: sympy.Basic) -> Mask | None:
        """Where the condition certainly holds and where not; None where that cannot be told."""
        from gradcli.meaning.balls.ball import condition as truth_of

        found = self._balls(condition)
        truth = None if found is None else [truth_of(part).truth for part in found.reshape(-1)]
        if found is None or truth is None or None in truth:
            return None
        told = whole_numbers(np.array(truth, dtype=bool).reshape(found.shape))
        return Mask(told if isinstance(told, tuple) else (told,), self._on_edge(condition)) if found.ndim else None

    def _on_edge(self, condition: sympy.Basic) -> frozenset[str]:
        """The names in comparisons between numbers that are not certainly apart."""
        compared = (part for part in nodes.subtrees(condition) if getattr(nodes.row_of(part), "compares", False))
        return frozenset(symbol.name for part in compared if not self._apart(part) for symbol in part.free_symbols)

    def _apart(self, comparison: sympy.Basic) -> bool:
        """Are both sides certainly different, in every entry?"""
        left, right = comparison.args
        found = self._balls(nodes.add(left, nodes.negate(right)))
        return found is not None and all(_is_apart(ball) for ball in found.reshape(-1))

    def _balls(self, tree: sympy.Basic) -> Any:  # Any: numpy's array of balls, or None
        from gradcli.base.precision import precision
        from gradcli.meaning.balls.arithmetic import Balls

        names = {symbol.name for symbol in tree.free_symbols}
        if not names <= set(self.values) or sum(self.values[name].size for name in names) > MAX_ASKED:
            return None
        program = compile_tree(tree)
        with precision(PRECISION):
            balls = Balls()
            exact = {name: balls.exact(np.asarray(self.values[name])) for name in names}
            try:
                shapes_of(program, {name: array.shape for name, array in exact.items()})
                return run(program, balls, exact)
            except GradcliError:  # said with its place where the formula is computed
                return None


def _is_whole(ball: Any) -> bool:  # Any: a ball, or what has no value
    value = getattr(ball, "value", None)
    return value is not None and value.is_exact() and value.is_integer()


def _is_apart(ball: Any) -> bool:  # Any: as above
    value = getattr(ball, "value", None)
    return value is not None and value != 0


def known_of(values: Mapping[str, FloatArray], shapes: Mapping[str, Shape] | None = None) -> Known:
    """What is known where these have values, and those shapes."""
    return replace(knowing(values, shapes), asking=Values(values))
