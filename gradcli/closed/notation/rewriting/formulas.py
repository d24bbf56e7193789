"""What is known of a formula's parts: their shapes, and which are equal up to the order of factors and terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sympy

from gradcli.closed.notation.factors import shape_of
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.language.write import remembering
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

MATMUL, TRANSPOSE = OPS["matmul"], OPS["transpose"]


class Facts:
    """Shapes of the names, and which matrices are symmetric; everything is worked out once for each subtree."""

    def __init__(self, shapes: Mapping[str, Shape], symmetric: Collection[str] = ()) -> None:
        self.shapes, self.symmetric = shapes, frozenset(symmetric)
        self.write = remembering()
        self._shape: dict[Tree, Shape] = {}
        self._key: dict[Tree, int] = {}
        self._keys: dict[Any, int] = {}  # Any: what a subtree is made of, up to order

    def shape(self, tree: Tree) -> Shape:
        """Errors: as ``shape_of``."""
        found = self._shape.get(tree)
        if found is None:
            found = self._shape[tree] = shape_of(tree, self.shapes, self.shape)
        return found

    def rank(self, tree: Tree) -> int:
        return len(self.shape(tree))

    def key(self, tree: Tree) -> int:
        """A number that two trees share where they differ in the order of factors, terms and parentheses alone."""
        found = self._key.get(tree)
        if found is None:
            found = self._key[tree] = self._keys.setdefault(self._content(tree), len(self._keys))
        return found

    def _content(self, tree: Tree) -> Any:  # Any: hashable
        if isinstance(tree, sympy.Add | sympy.Mul):
            return type(tree), tuple(sorted(map(self.key, tree.args)))
        if row_of(tree) is MATMUL and len(chain := self.chain(tree)) > 1:
            return "@", tuple(map(self.key, chain))
        if not tree.args or isinstance(tree, Static):
            return tree
        return type(tree), tuple(map(self.key, tree.args))

    def same(self, one: Tree, other: Tree) -> bool:
        return one == other or self.key(one) == self.key(other)

    def chain(self, tree: Tree) -> tuple[Tree, ...]:
        """The factors of a matrix product: of ``(A @ B) @ x`` three. A vector stands at an end alone."""
        if row_of(tree) is not MATMUL:
            return (tree,)
        left, right = tree.args
        if max(self.rank(left), self.rank(right)) > 2:
            return (tree,)
        before, after = self.chain(left), self.chain(right)
        if self.rank(left) == 1 != self.rank(before[0]):
            before = (left,)
        if self.rank(right) == 1 != self.rank(after[-1]):
            after = (right,)
        return (*before, *after)
