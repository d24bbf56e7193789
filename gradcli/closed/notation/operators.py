"""Derivatives inside of formulas as formulas of their own: ``norm(grad(f, x))`` with the closed form in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import made, matmul, rebuilt
from gradcli.language import nodes
from gradcli.language.nodes import Tree

Derivative = Callable[[str, Tree, str], Tree]  # kind (grad, jacobian, hessian), function and variable -> closed form


@dataclass(frozen=True, slots=True)
class Maker:
    """What the rows of derivatives are written in; ``rank`` tells how many axes a tree has."""

    closed: Derivative
    rank: Callable[[Tree], int]

    def derivative(self, kind: str, function: Tree, variable: Tree) -> Tree:
        if not variable.is_Symbol:
            raise LimitError(f"a derivative in {variable} has no closed form", kind="unchecked")
        return self.closed(kind, function, variable.name)

    def entrywise(self, function: Tree, variable: Tree) -> Tree:
        """Of a scalar, or of each entry in the variable's entry at its place."""
        if not self.rank(function):
            return self.derivative("grad", function, variable)
        jacobian = self.derivative("jacobian", function, variable)
        ranks = self.rank(function), self.rank(variable)
        if ranks == (1, 1):
            return made("diag", jacobian)
        if ranks[1]:
            raise LimitError("a derivative entry by entry of matrices has no closed form", kind="unchecked")
        return jacobian

    def trace(self, matrix: Tree) -> Tree:
        """A number is its own."""
        if self.rank(matrix) not in (0, 2):
            raise LimitError("a trace over several axes has no closed form", kind="unchecked")
        return made("trace", matrix) if self.rank(matrix) else matrix

    def total(self, parts: Sequence[Tree]) -> Tree:
        return nodes.add(*parts) if len(parts) > 1 else parts[0]

    def product(self, one: Tree, other: Tree, over: Tree) -> Tree:
        """The sum of products over the axes that ``over`` has."""
        count = self.rank(over)
        if not count:
            return nodes.multiply(one, other)
        return matmul(one, other) if count == 1 else made("tensordot", one, other, constants=(count,))


def without_operators(tree: Tree, closed: Derivative, rank: Callable[[Tree], int]) -> Tree:
    """The tree with its derivatives as formulas, the inner ones first. Errors: LimitError where one has none."""
    maker = Maker(closed, rank)

    def replaced(one: Tree) -> Tree:
        op = nodes.row_of(one)
        if op is None or not op.differentiates:
            return one
        if op.formula is None:
            raise LimitError(f"{op.name} inside of a formula has no closed form", kind="unchecked")
        tensors, _ = nodes.arguments_of(one, op)
        found: Tree = op.formula(maker, *tensors)
        return found

    return rebuilt(tree, replaced)
