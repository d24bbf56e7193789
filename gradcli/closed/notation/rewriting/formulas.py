"""What is known of a formula's parts: their shapes, what premises say of them, and which are equal up to the order of
factors and terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from gradcli.closed.notation.factors import shape_of
from gradcli.closed.premises import NO_PREMISES, Premises
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.language.write import remembering
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

MATMUL, TRANSPOSE = OPS["matmul"], OPS["transpose"]
KEPT = {"orthogonal": (TRANSPOSE, OPS["inv"]), "nonsingular": (TRANSPOSE, OPS["inv"])}  # of square matrices


class Facts:
    """Shapes of the names, and what premises say of them; everything is worked out once for each subtree."""

    def __init__(self, shapes: Mapping[str, Shape], known: Premises = NO_PREMISES) -> None:
        self.shapes, self.known = shapes, known
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

    def holds(self, said: str, tree: Tree) -> bool:
        """Does what is said certainly hold of a part: that it is positive, orthogonal, nonsingular or a unit vector?"""
        if tree.is_Symbol:
            return tree.name in getattr(self.known, said) or (said == "nonsingular" and self._is_rotation(tree))
        if said == "positive":
            return self._is_positive(tree)
        op = row_of(tree)
        if op is MATMUL:
            chain = self.chain(tree)
            matrices = chain[:-1] if said == "unit" else chain
            known = "orthogonal" if said == "unit" else said
            return (
                all(self.rank(part) == 2 and self.holds(known, part) for part in matrices)
                and (said != "unit" or self.holds(said, chain[-1]))
                and (said != "nonsingular" or all(map(self._is_square, chain)))
            )
        return op in KEPT.get(said, ()) and self._is_square(tree) and self.holds(said, tree.args[0])

    def _is_positive(self, tree: Tree) -> bool:
        if isinstance(tree, sympy.Add | sympy.Mul):
            return all(self.holds("positive", arg) for arg in tree.args)
        return bool(tree.is_Rational and tree > 0) or (
            isinstance(tree, sympy.Pow) and self.holds("positive", tree.args[0])
        )

    def _is_rotation(self, tree: Tree) -> bool:
        return self._is_square(tree) and self.holds("orthogonal", tree)

    def _is_square(self, tree: Tree) -> bool:
        shape = self.shape(tree)
        return len(shape) == 2 and shape[0] == shape[1]

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
