"""Problems for the second route, written as people write them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.reference.problem import Entry, Problem
from gradcli.reference.reference import Reference


def problem_of(text: str, **values: Any) -> Problem:  # Any: numbers or arrays of them
    """The function of a text at a point."""
    arrays = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    program = compile_tree(parse(text, bound=arrays).tree)
    shapes = shapes_of(program, {name: array.shape for name, array in arrays.items()})
    return Problem(program, shapes, arrays, None, frozenset(arrays))


def reference_of(text: str, order: int = 1, *, formulas: bool = True, **values: Any) -> Reference:  # Any: as above
    """The second route to its derivatives."""
    return Reference(problem_of(text, **values), order, formulas=formulas)


def entries_of(problem: Problem, order: int = 1) -> list[Entry]:
    """All entries of a derivative: output places, and variables in their order."""
    variables = [(name, at) for name, value in problem.values.items() for at in np.ndindex(value.shape)]
    return [(place, chosen) for place in np.ndindex(problem.output) for chosen in product(variables, repeat=order)]
