"""A formula's parts in the order in which people write them: numbers first, divisors behind a stroke, minus last."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gradcli.closed.notation.rewriting.building import MINUS_ONE, ONE
from gradcli.closed.notation.rewriting.formulas import MATMUL, Facts, chained
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of

LARGEST_DIVISOR = 9  # x/8, but 0.1*x


class Arranging:
    """The same factors and terms, in another order; each subtree once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.done: dict[Tree, Tree] = {}

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
        if isinstance(tree, sympy.Mul) or (isinstance(tree, sympy.Pow) and _is_divisor(tree)):
            return self._product(nodes.terms_of(tree, sympy.Mul))
        args = [self.of(arg) for arg in tree.args]
        return tree if tuple(args) == tree.args else tree.func(*args, evaluate=False)

    def _sum(self, terms: Sequence[Tree]) -> Tree:
        """A term without a minus first; ``a - b`` as the parser reads it."""
        first = next((k for k, term in enumerate(terms) if not _is_negative(term)), 0)
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

    def _product(self, factors: Sequence[Tree]) -> Tree:
        number = factors[0] if factors[0].is_Rational else ONE
        rest = factors[1:] if factors[0].is_Rational else factors
        below = [self.of(_divisor(factor)) for factor in rest if _is_divisor(factor)]
        above = [self.of(factor) for factor in rest if not _is_divisor(factor)]
        if 1 < number.q <= LARGEST_DIVISOR or (number.q > 1 and above == []):
            number, below = sympy.Integer(number.p), [sympy.Integer(number.q), *below]
        above = self._led(number, above)
        if not below:
            return above[0] if len(above) == 1 else nodes.multiply(*above)
        under = (
            below[0]
            if len(below) == 1
            else nodes.multiply(*(f for one in below for f in nodes.terms_of(one, sympy.Mul)))
        )
        return nodes.multiply(*above, nodes.inverse(under))

    def _led(self, number: Tree, above: list[Tree]) -> list[Tree]:
        """The number and the scalars before the first matrix of a chain: ``2*A.T @ r`` for ``2*(A.T @ r)``."""
        numbers = [] if number == 1 and above else _signed(number, bool(above))
        scalars = [factor for factor in above if self.facts.rank(factor) == 0]
        arrays = [factor for factor in above if self.facts.rank(factor) > 0]
        if len(arrays) != 1 or row_of(arrays[0]) is not MATMUL or not numbers + scalars:
            return [*numbers, *scalars, *arrays]
        first, *others = self.facts.chain(arrays[0])
        led = nodes.multiply(*numbers, *scalars, *nodes.terms_of(first, sympy.Mul))
        return [chained([led, *others])]


def _signed(number: Tree, followed: bool) -> list[Tree]:
    """``-2*x`` is -1, 2 and x, as the parser reads it."""
    if number < 0 and number != -1 and followed:
        return [MINUS_ONE, -number]
    return [number]


def _is_negative(term: Tree) -> bool:
    first = nodes.terms_of(term, sympy.Mul)[0]
    return bool(first.is_Rational and first < 0)


def _is_divisor(factor: Tree) -> bool:
    return isinstance(factor, sympy.Pow) and bool(factor.args[1].is_Rational and factor.args[1] < 0)


def _divisor(factor: Tree) -> Tree:
    base, exponent = factor.args
    return base if exponent == -1 else nodes.power(base, -exponent)
