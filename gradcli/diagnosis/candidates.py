"""Corrected claims of one statement: what they share with each other is computed once at each point."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.base.errors import GradcliError
from gradcli.claims.comparison import Comparison, certainly_apart, compared
from gradcli.claims.point import Point
from gradcli.claims.statement import Statement
from gradcli.language.nodes import Tree
from gradcli.meaning.program import compile_tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.shared import Shared
from gradcli.reference.work import BITS

KEPT = 200_000  # operations whose numbers are kept, each in some 200 bytes; past that all begins anew


class Candidates:
    """Values of corrected claims at the points of a statement.

    spend: is told how many operations are computed. Errors: LimitError where these are too many
    """

    def __init__(self, statement: Statement, spend: Callable[[int], None]) -> None:
        self.statement, self.spend = statement, spend
        self.refuted: set[tuple[Tree, Point]] = set()
        self._begin()

    def _begin(self) -> None:
        names = {name: self.statement.shape_of(name) for name in (*self.statement.shapes, *self.statement.given)}
        self._shared = Shared(names)
        self._values: dict[Point, dict[int, Array]] = {}
        self._kept = 0

    def compared(self, tree: Tree, point: Point) -> Comparison | None:
        """What a point says of a corrected claim; None where it is certainly wrong, or of another shape."""
        if self._kept > KEPT:
            self._begin()
        step = None if (tree, point) in self.refuted else self._step(tree)
        known = self._values.setdefault(point, {})
        self._spend(0 if step is None else self._shared.work(step, known))
        if step is None:
            return None
        first = point.computed(lambda arithmetic: self._shared.value(step, arithmetic, point.inputs, known))
        if first is not None and certainly_apart(point, first):
            self.refuted.add((tree, point))
            return None
        return compared(point, lambda bits: first if bits == BITS[0] else point.evaluate(compile_tree(tree), bits))

    def value(self, tree: Tree, point: Point) -> Array | None:
        """The enclosures of a tree at a point; None where it has none, or another shape than the derivative."""
        if self._kept > KEPT:
            self._begin()
        step = self._step(tree)
        known = self._values.setdefault(point, {})
        self._spend(0 if step is None else self._shared.work(step, known))
        if step is None:
            return None
        return point.computed(lambda arithmetic: self._shared.value(step, arithmetic, point.inputs, known))

    def _spend(self, operations: int) -> None:
        self.spend(operations)
        self._kept += operations

    def _step(self, tree: Tree) -> int | None:
        """The step with the value of a tree of the derivative's shape."""
        try:
            step = self._shared.add(tree)
            return step if self._shared.shape(step) == self.statement.expected else None
        except (GradcliError, KeyError, TypeError, AttributeError, ValueError):
            return None
