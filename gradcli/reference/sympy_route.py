"""The route of formulas: small problems exploded into scalar sympy expressions, which sympy differentiates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from gradcli.language.nodes import Tree
from gradcli.meaning import symbolic
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Deadline, compile_all, run
from gradcli.meaning.scalars import Array, Scalar
from gradcli.reference.agreement import finite, stands, tiny_is_zero, vanishes
from gradcli.reference.evaluation import Evaluation
from gradcli.reference.kinks import trace
from gradcli.reference.problem import ALONG, Entry, Truth

DIGITS = (60, 120, 400, 1200)
SHARE = 0.6  # of the time, so that differences are left some where sympy gives up


class SympyRoute:
    """Derivatives by sympy, evaluated in high precision at the exact values of the inputs."""

    name: ClassVar[str] = "sympy"

    def __init__(self, here: Evaluation) -> None:
        self.here = here
        seconds = here.deadline.seconds
        self.deadline: Deadline[Any] = Deadline(None if seconds is None else seconds * SHARE)
        self.function: Array | None = None  # its entries as formulas, once they are needed: see exploded

    def truths(self, entries: Sequence[Entry]) -> list[Truth | None]:
        """The truths of all entries at once, so that what their formulas share is computed once; None where a formula
        means nothing: on a kink, or where it has no finite value.

        Errors: LimitError or ExpressionError where sympy gives up.
        """
        trees = [self.formula(entry) for entry in entries]
        if not self.here.smooth:
            return [None] * len(entries)
        return [None if value is None else Truth(value) for value in self.settled(trees)]

    def formula(self, entry: Entry) -> Tree:
        """sympy's derivative of one output entry by the given variables. Errors: LimitError."""
        self.deadline.check()
        place, variables = entry
        with symbolic.failures():
            symbols_of = [symbolic.entry_symbol(name, at) for name, at in variables]
            return symbolic.derivative(self.exploded()[place], *symbols_of)

    def exploded(self) -> Array:
        """The function's entries as sympy expressions of the variables' entries; made once. Errors: LimitError."""
        if self.function is None:
            problem, arithmetic = self.here.problem, symbolic.Symbolic(self.deadline)
            symbols = {n: symbolic.entries_of(n, value.shape) for n, value in self.here.point.items() if n != ALONG}
            with symbolic.failures():
                found = run(problem.program, arithmetic, symbols, deadline=self.deadline)
                self.function = problem.moved_formulas(arithmetic, symbols, found)
        return self.function

    def settled(self, trees: Sequence[Tree]) -> list[Scalar | None]:
        """The trees' values, at rising precision until 25 digits stand still; None on a kink or where not finite."""
        if not trees:
            return []
        program, outputs = compile_all(trees)
        before: list[Scalar | None] | None = None
        for digits in DIGITS:
            arithmetic = Precise(digits, self.here.deadline)
            seen = trace(program, self.entries(arithmetic), arithmetic)
            now = [None if seen.tainted[i] else finite(arithmetic, seen.values[i][()]) for i in outputs]
            if before is not None and all(stands(a, b) or vanishes(a, b) for a, b in zip(before, now, strict=True)):
                return [arithmetic.context.zero if vanishes(a, b) else b for a, b in zip(before, now, strict=True)]
            before = now
        return [tiny_is_zero(v) for v in before or []]

    def entries(self, arithmetic: Precise) -> dict[str, Array]:
        """The numbers at the point by the names of the entries' symbols."""
        return {
            symbolic.entry_symbol(name, place).name: arithmetic.exact(float(value[place]))
            for name, value in self.here.point.items()
            for place in np.ndindex(value.shape)
        }
