"""Many trees that differ little as one program: what they share is compiled once, and computed once at each point."""

from __future__ import annotations

from collections.abc import Container, Mapping

from gradcli.language.nodes import Tree
from gradcli.meaning.program import Arithmetic, Builder, Value, value_of_step
from gradcli.meaning.shapes import ShapeArithmetic
from gradcli.meaning.symbolic import cost
from gradcli.operations.shape_rules import Shape


class Shared:
    """A program that grows with each tree; a tree is known by the step with its value.

    names: the shapes of all names
    """

    def __init__(self, names: Mapping[str, Shape]) -> None:
        self.names = names
        self._builder = Builder()
        self._shapes: dict[int, Shape] = {}
        self._costs: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._builder.steps)

    def add(self, tree: Tree) -> int:
        """The step with a tree's value. Errors: ExpressionError for a sympy node that gradcli has no row for."""
        return self._builder.visit(tree)

    def shape(self, step: int) -> Shape:
        """Errors: ExpressionError where shapes do not fit, LimitError, KeyError for a name without shape."""
        return self.value(step, ShapeArithmetic(), self.names, self._shapes)

    def work(self, step: int, known: Container[int]) -> int:
        """About how many scalar operations a step takes beside what is known; its shape was asked for before."""
        return sum(self._cost(index) for index in self._missing(step, known))

    def value(
        self, step: int, arithmetic: Arithmetic[Value], values: Mapping[str, Value], known: dict[int, Value]
    ) -> Value:
        """The value of a step, for which only what is not known is computed, and kept."""
        for index in self._missing(step, known):
            known[index] = value_of_step(self._builder.steps[index], arithmetic, values, known)
        return known[step]

    def _missing(self, step: int, known: Container[int]) -> list[int]:
        """The steps that a step needs and that are not known, itself too, inputs first."""
        found: set[int] = set()
        stack = [step]
        while stack:
            index = stack.pop()
            if index not in found and index not in known:
                found.add(index)
                stack += [i for i in self._builder.steps[index].inputs if i is not None]
        return sorted(found)

    def _cost(self, index: int) -> int:
        if index not in self._costs:
            self._costs[index] = cost(self._builder.steps[index], self._shapes, self._shapes[index])
        return self._costs[index]
