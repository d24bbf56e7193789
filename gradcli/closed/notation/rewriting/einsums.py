"""Einsums without unit matrices, and sums of einsums with their common operands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import sympy

from gradcli.closed.notation.factors import made
from gradcli.closed.notation.rewriting.building import Building
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.operations.table import OPS

EINSUM, EYE = OPS["einsum"], OPS["eye"]


@dataclass(frozen=True, slots=True, eq=False)
class Einsum:
    """Operands, each with a letter for each axis, and the letters of the result."""

    operands: tuple[tuple[Tree, str], ...]
    result: str

    @classmethod
    def of(cls, tree: Tree) -> Einsum | None:
        spec = tree.args[-1].value[0]
        inputs, arrow, result = spec.partition("->")
        letters = inputs.split(",")
        if not arrow or "." in spec or len(letters) != len(tree.args) - 1:
            return None
        return cls(tuple(zip(tree.args[:-1], letters, strict=True)), result)

    @property
    def tree(self) -> Tree:
        """With letters from i in the order in which they come."""
        used = dict.fromkeys("".join(axes for _, axes in self.operands))
        names = str.maketrans(dict(zip(used, ascii_lowercase[8:] + ascii_lowercase[:8], strict=False)))
        inputs = ",".join(axes.translate(names) for _, axes in self.operands)
        spec = f"{inputs}->{self.result.translate(names)}"
        return nodes.make(EINSUM, [operand for operand, _ in self.operands], (spec,))

    def renamed(self, letters: dict[str, str]) -> Einsum:
        names = str.maketrans(letters)
        return Einsum(
            tuple((tree, axes.translate(names)) for tree, axes in self.operands), self.result.translate(names)
        )


class Einsums:
    """Candidates of the same value for einsums and sums of them."""

    def __init__(self, building: Building) -> None:
        self.building, self.facts = building, building.facts

    def without_eyes(self, tree: Tree) -> Iterator[Tree]:
        """A unit matrix makes one index of two, unless both are the result's."""
        whole = Einsum.of(tree)
        if whole is None:
            return
        for k, (operand, axes) in enumerate(whole.operands):
            rest = whole.operands[:k] + whole.operands[k + 1 :]
            one, other = (
                sorted(axes, key=whole.result.find, reverse=True) if len(axes) == len({*axes}) == 2 else ("", "")
            )
            there = other and all(any(letter in own for _, own in rest) for letter in axes)
            if row_of(operand) is EYE and there and other not in whole.result and self._is_square(operand):
                yield Einsum(rest, whole.result).renamed({other: one}).tree

    def _is_square(self, matrix: Tree) -> bool:
        return len({*self.facts.shape(matrix)}) == 1

    # -- sums

    def of(self, tree: Tree) -> Iterator[Tree]:
        """``einsum('ij,k->ijk', diag(x) - outer(x, x), y)``, of two einsums with y."""
        terms = [(number, term) for number, term in self.building.terms(tree) if row_of(term) is EINSUM]
        others = [term for term in tree.args if not any(row_of(x) is EINSUM for x in nodes.terms_of(term, sympy.Mul))]
        read = [self._plain(Einsum.of(term)) for _, term in terms]
        if len(terms) < 2 or len(terms) + len(others) != len(tree.args):
            return
        found = [one for one in read if one is not None]
        if len(found) < len(read):
            return
        shared = self._shared(found)
        left = [self._without(one, shared) for one in found]
        axes = sorted({letter for one in left for _, own in one for letter in own})
        matrices = [self._matrix(one, axes) for one in left]
        whole = [matrix for matrix in matrices if matrix is not None]
        if shared and len(axes) == 2 and len(whole) == len(terms):
            total = self.building.sum([self.building.product([n, m]) for (n, _), m in zip(terms, whole, strict=True)])
            both = Einsum(((total, "".join(axes)), *shared), found[0].result).tree
            yield self.building.sum([*others, both]) if others else both

    def _plain(self, one: Einsum | None) -> Einsum | None:
        """With letters by their places in the result; None where any is summed over."""
        if one is None or {letter for _, axes in one.operands for letter in axes} != {*one.result}:
            return None
        return one.renamed(dict(zip(one.result, ascii_lowercase, strict=False)))

    def _shared(self, found: Sequence[Einsum]) -> list[tuple[Tree, str]]:
        """The operands that all have, at axes at which nothing else stands."""
        shared = [item for item in found[0].operands if all(self._has(other, item) for other in found[1:])]
        while True:
            others = {letter for one in found for _, axes in self._without(one, shared) for letter in axes}
            kept = [item for item in shared if not others & {*item[1]}]
            if len(kept) == len(shared):
                return shared
            shared = kept

    def _has(self, one: Einsum, item: tuple[Tree, str]) -> bool:
        return any(axes == item[1] and self.facts.same(tree, item[0]) for tree, axes in one.operands)

    def _without(self, one: Einsum, shared: Sequence[tuple[Tree, str]]) -> list[tuple[Tree, str]]:
        left = list(one.operands)
        for tree, axes in shared:
            left.remove(next(item for item in left if item[1] == axes and self.facts.same(item[0], tree)))
        return left

    def _matrix(self, parts: Sequence[tuple[Tree, str]], axes: Sequence[str]) -> Tree | None:
        """The matrix over two axes that these operands make: an outer product, a diagonal; None for others."""
        vectors = {own: tree for tree, own in parts if len(own) == 1}
        matrices = [(tree, own) for tree, own in parts if len(own) == 2]
        if len(vectors) + len(matrices) < len(parts) or {*"".join(own for _, own in parts)} != {*axes}:
            return None
        if not matrices and len(vectors) == 2:
            return made("outer", *(vectors[letter] for letter in axes))
        if len(matrices) == 1 and len(vectors) <= 1:
            ((matrix, own),) = matrices
            if vectors:
                return made("diag", *vectors.values()) if row_of(matrix) is EYE else None
            return matrix if list(own) == list(axes) else self.building.transposed(matrix)
        return None
