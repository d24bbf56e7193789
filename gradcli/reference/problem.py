"""What is asked of the second route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gradcli.language.nodes import Inner
from gradcli.meaning import symbolic
from gradcli.meaning.program import Program
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.shape_rules import Shape

Place = tuple[int, ...]
Variable = tuple[str, Place]
Entry = tuple[Place, tuple[Variable, ...]]  # of a derivative: an entry of the output, and the variables' entries


def entry_of(place: Place, wrt: Sequence[tuple[str, int]]) -> Entry:
    """A place in a derivative, output axes first, as one in the output and one in each variable, of these ranks."""
    at = len(place) - sum(rank for _, rank in wrt)
    output, variables = place[:at], []
    for name, rank in wrt:
        variables.append((name, place[at : at + rank]))
        at += rank
    return output, tuple(variables)


ALONG = Inner("along")  # the variable that moves all inputs along their tangents


@dataclass(frozen=True, slots=True)
class Problem:
    """What is differentiated where: the program, the shape of each step, the inputs' exact float values.

    ``ideal``: functions are meant as mathematics has them, not as torch approximates them.
    ``tangents`` adds one more variable, ``along``: the inputs move by ``along * tangent`` (for jvp and hvp).
    """

    program: Program
    shapes: Sequence[Shape]
    values: Mapping[str, Array]
    tangents: Mapping[str, Array] | None = None
    active: frozenset[str] = frozenset()
    ideal: bool = False

    @property
    def output(self) -> Shape:
        """The shape of the function's value."""
        return self.shapes[-1]

    def inputs(self, arithmetic: Any, variables: Mapping[str, Array]) -> dict[str, Array]:  # Any: Balls or Symbolic
        """The inputs of the program for given values of the variables, ``along`` among them."""
        found = dict(variables)
        along = found.pop(ALONG, None)
        if along is not None and self.tangents is not None:
            for name, tangent in self.tangents.items():
                exact = np.vectorize(lambda v: arithmetic.scalar(Fraction(float(v))), otypes=[object])(tangent)
                found[name] = as_array(found[name] + exact * along[()])
        return found

    def moved_formulas(self, arithmetic: symbolic.Symbolic, symbols: Mapping[str, Array], formulas: Array) -> Array:
        """Formulas in which each symbol moves along its tangent; as they are where there is none."""
        if self.tangents is None:
            return formulas
        moved = self.inputs(arithmetic, {**symbols, ALONG: symbolic.entries_of(ALONG, ())})
        pairs = {s: m for n, array in symbols.items() for s, m in zip(array.ravel(), moved[n].ravel(), strict=True)}
        return arithmetic.map(lambda tree: tree.xreplace(pairs), formulas)
