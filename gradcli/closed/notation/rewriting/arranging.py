"""A formula's parts in the order in which people write them: numbers first, divisors behind a stroke, minus last."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gradcli.closed.notation.factors import Written, is_plain, powers_of, tree_of
from gradcli.closed.notation.rewriting.building import MINUS_ONE
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree


class Arranging:
    """The same factors and terms, in another order; each subtree once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.done: dict[Tree, Tree] = {}
        self.lengths: dict[Tree, int] = {}

    def length(self, tree: Tree) -> int:
        """How many characters it has, arranged."""
        found = self.lengths.get(tree)
        if found is None:
            found = self.lengths[tree] = len(self.facts.write(self.of(tree)))
        return found

    def of(self, tree: Tree) -> Tree:
        if not tree.args or isinstance(tree, Static):
            return tree
        found = self.done.get(tree)
        if found is None:
            found = self.done[tree] = self._arranged(tree)
        return found

    def _arranged(self, tree: Tree) -> Tree:
        if isinstance(tree, sympy.Add):
            return self._sum(tree.args)
        if isinstance(tree, sympy.Mul) or (isinstance(tree, sympy.Pow) and tree.args[1].is_Rational):
            return tree_of(self.written(tree.func(*map(self.of, tree.args), evaluate=False)))
        args = [self.of(arg) for arg in tree.args]
        return tree if tuple(args) == tree.args else tree.func(*args, evaluate=False)

    def written(self, tree: Tree) -> Written:
        """A product apart: its number, its scalars, and the array with its chain."""
        number, powers = powers_of([tree])
        scalars = {base: exponent for base, exponent in powers.items() if self.facts.rank(base) == 0}
        arrays = [nodes.power(b, nodes.number(e)) if e != 1 else b for b, e in powers.items() if b not in scalars]
        if not arrays:
            return Written(number, scalars)
        array = arrays[0] if len(arrays) == 1 else nodes.multiply(*arrays)
        return Written(number, scalars, self.facts.chain(array))

    def _sum(self, terms: Sequence[Tree]) -> Tree:
        """A term without a minus first, ``A`` before ``A.T``; ``a - b`` as the parser reads it."""
        first = min(range(len(terms)), key=lambda k: (_is_negative(terms[k]), is_plain(terms[k], "transpose")))
        ordered = [terms[first], *terms[:first], *terms[first + 1 :]]
        return nodes.add(self.of(ordered[0]), *map(self._after_sign, ordered[1:]))

    def _after_sign(self, term: Tree) -> Tree:
        if not _is_negative(term):
            return self.of(term)
        if term.is_Rational:
            return nodes.multiply(MINUS_ONE, self.of(-term))
        number, *rest = term.args
        left = rest if number == -1 else [-number, *rest]
        return nodes.multiply(MINUS_ONE, self.of(left[0] if len(left) == 1 else nodes.multiply(*left)))


def _is_negative(term: Tree) -> bool:
    first = nodes.terms_of(term, sympy.Mul)[0]
    return bool(first.is_Rational and first < 0)
