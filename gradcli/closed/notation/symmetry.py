"""Which parts of a formula are symmetric matrices, by what is known of the variables in them.

It is asked after all differentiation: entries of a symmetric matrix move one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import sympy

from gradcli.base.errors import GradcliError
from gradcli.closed.notation.factors import rebuilt, shape_of, transposed
from gradcli.closed.notation.names import without_names
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.table import OPS

# functions of a matrix that commute with its transpose
KEPT = {"inv", "pinv", "adjugate", "matrix_exp", "matrix_power"}


@dataclass
class Symmetry:
    """names: of symmetric matrices; shapes: of all variables; parts: what names of parts stand for."""

    names: Collection[str]
    shapes: Mapping[str, Shape]
    parts: Mapping[str, Tree] = field(default_factory=dict)
    _known: dict[Tree, bool] = field(default_factory=dict)

    def __call__(self, tree: Tree) -> bool:
        """Is it certainly its own transpose, or a number?"""
        if tree not in self._known:
            self._known[tree] = self._looked_up(tree)
        return self._known[tree]

    def _looked_up(self, tree: Tree) -> bool:
        op = nodes.row_of(tree)
        if tree.is_Symbol and tree.name in self.parts:
            return self(self.parts[tree.name])
        if self._rank(tree) == 0 or (tree.is_Symbol and tree.name in self.names):
            return True
        if self._rank(tree) != 2:
            return False
        if isinstance(tree, sympy.Add | sympy.Mul) or (op is not None and op.elementwise):
            return all(map(self, (arg for arg in tree.args if not isinstance(arg, nodes.Static))))
        if isinstance(tree, sympy.Pow):
            return self(tree.args[0]) and self(tree.args[1])
        if op is None:
            return False
        if op.name in KEPT or op is OPS["transpose"]:
            return self(tree.args[0])
        if op is OPS["outer"]:
            return bool(tree.args[0] == tree.args[1])
        if op is OPS["matmul"]:
            chain = factors_of(without_names(tree, self.parts))
            return chain == [self.transposed(part) for part in reversed(chain)]
        return op.name in {"diag", "eye"}

    def _rank(self, tree: Tree) -> int:
        """How many axes; -1 where that is not known."""
        try:
            return len(self._shape(tree))
        except (ShapeMismatch, GradcliError, ValueError, TypeError, IndexError):
            return -1

    def _shape(self, tree: Tree) -> Shape:
        if tree.is_Symbol and tree.name in self.parts:
            return self._shape(self.parts[tree.name])
        return shape_of(tree, self.shapes, self._shape)

    def transposed(self, tree: Tree) -> Tree:
        if self(tree):
            return tree
        return transposed(tree)

    def without_needless(self, tree: Tree) -> Tree:
        """The formula without transposes of what is symmetric."""
        return rebuilt(tree, lambda t: t.args[0] if nodes.row_of(t) is OPS["transpose"] and self(t.args[0]) else t)


def factors_of(tree: Tree) -> list[Tree]:
    """``[A, B, C]`` of ``A @ B @ C``, ``[C.T, B.T, A.T]`` of its transpose."""
    if nodes.row_of(tree) is OPS["transpose"] and nodes.row_of(tree.args[0]) is OPS["matmul"]:
        return [transposed(part) for part in reversed(factors_of(tree.args[0]))]
    if nodes.row_of(tree) is not OPS["matmul"]:
        return [tree]
    return [*factors_of(tree.args[0]), *factors_of(tree.args[1])]
