"""Products with sums in them: what cancels within a sum, fractions of fractions, scalars that belong to an operand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import sympy

from gradcli.closed.notation.rewriting.building import Building, Power
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of


class Fractions:
    """Candidates of the same value for a product of powers; ``simpler`` simplifies a part."""

    def __init__(self, building: Building, simpler: Callable[[Tree], Tree]) -> None:
        self.building, self.facts, self.simpler = building, building.facts, simpler

    def of(self, tree: Tree) -> Iterator[Tree]:
        number, powers = self.building.powers(tree)
        for k, (base, exponent) in enumerate(powers):
            rest = powers[:k] + powers[k + 1 :]
            if isinstance(base, sympy.Add):
                if exponent == 1 and any(map(self._cancels, self._terms(base), [rest] * len(base.args))):
                    yield self._multiplied_in(base, [number, *self._trees(rest)])
                if exponent.is_Integer and (below := self._below(base)):
                    yield self._unnested(base, exponent, below, [number, *self._trees(rest)])
            elif exponent == 1 and (inside := self._taken_in(base, rest)) is not None:
                yield self.building.product([number, *inside])

    def _terms(self, base: Tree) -> list[list[Power]]:
        return [self.building.powers(term)[1] for term in base.args]

    def _trees(self, powers: Sequence[Power]) -> list[Tree]:
        return [self.building.power(*power) for power in powers]

    # -- sums

    def _cancels(self, term: Sequence[Power], rest: Sequence[Power]) -> bool:
        """Is a factor of the term divided by outside, or one outside within it?"""
        return any(
            one[1].is_Rational and other[1].is_Rational and one[1] * other[1] < 0 and self.facts.same(one[0], other[0])
            for one in term
            for other in rest
        )

    def _multiplied_in(self, base: Tree, rest: Sequence[Tree]) -> Tree:
        """``b*(a/b - c)`` as ``a - b*c``."""
        return self.building.sum([self.simpler(self.building.product([*rest, term])) for term in base.args])

    def _below(self, base: Tree) -> list[Power]:
        """What terms of a sum are divided by, each with its highest power."""
        found: dict[int, Power] = {}
        for base_, exponent in (power for term in self._terms(base) for power in term):
            key = self.facts.key(base_)
            if exponent.is_Rational and exponent < found.get(key, (base_, 0))[1]:
                found[key] = base_, exponent
        return [(base_, -exponent) for base_, exponent in found.values()]

    def _unnested(self, base: Tree, exponent: Tree, below: Sequence[Power], rest: Sequence[Tree]) -> Tree:
        """``1/(b*(1 + a/b))`` as ``1/(a + b)``."""
        factors = self._trees(below)
        cleared = self.building.sum([self.building.product([term, *factors]) for term in base.args])
        outside = [self.building.power(b, self.building.product([e, -exponent])) for b, e in below]
        return self.building.product([*rest, *outside, self.building.power(self.simpler(cleared), exponent)])

    # -- operands

    def _taken_in(self, tree: Tree, rest: Sequence[Power]) -> list[Tree] | None:
        """``outer(exp(x), y)/sum(exp(x))`` with the divisor in the operand of which it is made; None without such."""
        op = row_of(tree)
        if op is None or (op.linear != "each" and (not op.moves or op.fills(nodes.arguments_of(tree, op)[1]))):
            return None
        parts = list(self.facts.chain(tree))
        parts = parts if len(parts) > 1 else [arg for arg in tree.args if not isinstance(arg, nodes.Static)]
        for scalar, exponent in rest:
            if self.facts.rank(scalar) == 0 and exponent.is_Integer and exponent < 0 and scalar.args:
                divided = [self._divided(part, scalar) for part in parts]
                taken = [k for k, part in enumerate(divided) if part is not None][: -int(exponent)]
                if taken:
                    left = [self.building.power(*p) for p in rest if p[0] is not scalar]
                    left.append(self.building.power(scalar, exponent + len(taken)))
                    inside = [divided[k] if k in taken else part for k, part in enumerate(parts)]
                    return [*left, self._with(tree, inside)]
        return None

    def _divided(self, part: Tree, scalar: Tree) -> Tree | None:
        """The operand over the scalar, where that comes out as an operation without it."""
        arrays = (x for x in sympy.preorder_traversal(part) if x.args and not isinstance(x, nodes.Static))
        if not any(scalar.has(array) and self.facts.rank(array) for array in arrays):
            return None
        below = nodes.inverse(scalar)
        terms = [self.simpler(self.building.product([x, below])) for x in nodes.terms_of(part, sympy.Add)]
        found = self.building.sum(terms)
        return None if found.has(scalar) else found

    def _with(self, tree: Tree, parts: Sequence[Tree]) -> Tree:
        if len(self.facts.chain(tree)) > 1:
            return self.building.matmul(parts)
        return self.building.node(tree, [*parts, *(arg for arg in tree.args if isinstance(arg, nodes.Static))])
