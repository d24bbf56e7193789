"""Where a pattern stands in a formula: trees up to the order of factors and terms, chains up to parentheses.

A name of the pattern stands for any part of the formula of its shape, and for the same one wherever it stands. Of a sum
or product at the top of the formula a pattern may be a part: ``exp(x)/(1 + exp(x))`` stands in
``2*y*exp(x)*(1 + exp(x))**-2``, and leaves ``2*y*(1 + exp(x))**-1``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from gradcli.closed.notation.factors import matmul
from gradcli.closed.notation.rewriting.building import MINUS_ONE, Building, Power
from gradcli.closed.notation.rewriting.formulas import MATMUL, Facts
from gradcli.language import nodes
from gradcli.language.nodes import Size, Static, Tree, row_of

MOST_TIMES = 8  # that a pattern is taken out of a product at once
Found = Mapping[str, Any]  # Any: trees by names, sizes by letters


@dataclass(frozen=True, slots=True)
class Pattern:
    """A formula in names that stand for others; ``shapes`` of letters are those of the names that have one.

    alone: a matrix product as a whole, not within a longer one; addend: a term of a sum
    known: names that stand for themselves; given: what has to be known of a part, by the name that stands for it
    """

    tree: Tree
    shapes: Mapping[str, tuple[str, ...]]
    alone: bool = False
    addend: bool = False
    known: Mapping[str, Tree] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


class Matching:
    """Matches of one pattern in formulas of which the facts are known."""

    def __init__(self, pattern: Pattern, building: Building) -> None:
        self.pattern, self.building = pattern, building
        self.facts: Facts = building.facts

    def parts(self, tree: Tree) -> Iterator[tuple[Found, Any]]:
        """What the names stand for, and a function from the result to the whole formula with it."""
        pattern = self.pattern.tree
        if self.pattern.addend:
            yield from self._addend(tree)
        elif isinstance(pattern, sympy.Add):
            yield from self._in_sum(tree)
        elif isinstance(pattern, sympy.Mul | sympy.Pow):
            yield from self._in_product(tree)
        elif row_of(pattern) is MATMUL:
            yield from self._in_chain(tree)
        else:
            for found in self.whole(pattern, tree, self.pattern.known):
                yield found, lambda result: result

    # -- parts at the top

    def _addend(self, tree: Tree) -> Iterator[tuple[Found, Any]]:
        terms = self.building.terms(tree)
        for k, (number, term) in enumerate(terms):
            rest = [self.building.times(c, t) for c, t in terms[:k] + terms[k + 1 :]]
            for found in self.whole(self.pattern.tree, term, self.pattern.known):
                yield (
                    found,
                    lambda result, rest=rest, number=number: self.building.sum(
                        [*rest, self.building.product([number, result])]
                    ),
                )

    def _in_sum(self, tree: Tree) -> Iterator[tuple[Found, Any]]:
        terms = self.building.terms(tree)
        first, *others = sorted(self.building.terms(self.pattern.tree), key=lambda term: _looseness(term[1]))
        if len(terms) <= len(others):
            return
        for k, (number, term) in enumerate(terms):
            share = number / first[0]
            for found in self.whole(first[1], term, self.pattern.known):
                for end, left in self._terms(others, terms[:k] + terms[k + 1 :], share, found):
                    rest = [self.building.times(c, t) for c, t in left]
                    yield (
                        end,
                        lambda result, rest=rest, share=share: self.building.sum(
                            [*rest, self.building.product([share, result])]
                        ),
                    )

    def _terms(
        self, patterns: Sequence[tuple[Tree, Tree]], terms: list[tuple[Tree, Tree]], share: Tree, found: Found
    ) -> Iterator[tuple[Found, list[tuple[Tree, Tree]]]]:
        if not patterns:
            yield found, terms
            return
        (number, pattern), *others = patterns
        for k, (c, term) in enumerate(terms):
            if c == share * number:
                for more in self.whole(pattern, term, found):
                    yield from self._terms(others, terms[:k] + terms[k + 1 :], share, more)

    def _in_product(self, tree: Tree) -> Iterator[tuple[Found, Any]]:
        number, powers = self.building.powers(tree)
        count, patterns = self.building.powers(self.pattern.tree)
        patterns.sort(key=lambda power: _looseness(power[0]))
        for found, left in self._powers(patterns, powers, self.pattern.known):
            times = 1
            while (again := next(self._powers(patterns, left, found), None)) is not None and times < MOST_TIMES:
                left, times = again[1], times + 1
            rest = [number / count**times, *(self.building.power(*power) for power in left)]
            yield found, lambda result, rest=rest, times=times: self.building.product([*rest, *[result] * times])

    def _powers(
        self, patterns: Sequence[Power], powers: list[Power], found: Found
    ) -> Iterator[tuple[Found, list[Power]]]:
        if not patterns:
            yield found, powers
            return
        (base, exponent), *others = patterns
        if base.is_Symbol and base.name in found and exponent.is_Rational:
            left = self._without(powers, _as_number(found[base.name]), exponent)
            if left is not None:
                yield from self._powers(others, left, found)
            return
        for k, (its_base, its_exponent) in enumerate(powers):
            left = _less(its_exponent, exponent)
            if left is None and exponent.is_Rational:
                continue
            rest = powers[:k] + powers[k + 1 :]
            if left is not None and left != 0:
                rest = [*rest, (its_base, left)]
            for more in self.whole(base, its_base, found):
                both = [more] if left is not None else self.whole(exponent, its_exponent, more)
                for end in both:
                    yield from self._powers(others, rest, end)

    def _without(self, powers: list[Power], tree: Tree, exponent: Tree) -> list[Power] | None:
        """The powers that are left when a tree's is taken away."""
        number, taken = self.building.powers(tree)
        if number != 1:
            return None
        out = list(powers)
        for base, own in taken:
            at = next((k for k, (b, _) in enumerate(out) if self.facts.same(b, base)), None)
            left = None if at is None or not own.is_Rational else _less(out[at][1], own * exponent)
            if at is None or left is None:
                return None
            out[at : at + 1] = [(base, left)] if left != 0 else []
        return out

    def _in_chain(self, tree: Tree) -> Iterator[tuple[Found, Any]]:
        factors, patterns = self.facts.chain(tree), self.facts_chain()
        for start in range(len(factors) - len(patterns) + 1):
            for found, end in self._run(patterns, factors, start, self.pattern.known):
                if self.pattern.alone and (start, end) != (0, len(factors)):
                    continue
                before, after = factors[:start], factors[end:]
                yield found, lambda result, before=before, after=after: self.building.matmul([*before, result, *after])

    def facts_chain(self) -> list[Tree]:
        """The factors of a pattern that is a matrix product, as it was written: from left to right."""
        out: list[Tree] = []
        tree = self.pattern.tree
        while row_of(tree) is MATMUL:
            out.insert(0, tree.args[1])
            tree = tree.args[0]
        return [tree, *out]

    def _run(
        self, patterns: Sequence[Tree], factors: Sequence[Tree], at: int, found: Found
    ) -> Iterator[tuple[Found, int]]:
        """Matches of all patterns with consecutive factors, of which a name may take several."""
        if not patterns:
            yield found, at
            return
        longest = len(factors) - at - len(patterns) + 1 if patterns[0].is_Symbol else 1
        for count in range(1, longest + 1):
            if at + count > len(factors):
                return
            for more in self.whole(patterns[0], matmul(*factors[at : at + count]), found):
                yield from self._run(patterns[1:], factors, at + count, more)

    # -- the whole of a formula

    def whole(self, pattern: Tree, tree: Tree, found: Found) -> Iterator[Found]:
        if pattern.is_Symbol:
            more = self._named(pattern.name, tree, found)
            if more is not None:
                yield more
        elif _is_negative(pattern):  # of a name: anything is the negative of something
            more = self._named(pattern.args[1].name, self.building.product([MINUS_ONE, tree]), found)
            if more is not None:
                yield more
        elif isinstance(pattern, Static):
            more = _constants(pattern.value, tree.value, found) if isinstance(tree, Static) else None
            if more is not None:
                yield more
        elif not pattern.args:
            if pattern == tree:
                yield found
        elif type(pattern) is not type(tree):
            return
        elif isinstance(pattern, sympy.Add | sympy.Mul):
            yield from self._all(sorted(pattern.args, key=_looseness), list(tree.args), type(pattern), found)
        elif row_of(pattern) is MATMUL and self.facts.rank(tree) < 3:
            factors = self.facts.chain(tree)
            patterns = Matching(Pattern(pattern, self.pattern.shapes), self.building).facts_chain()
            yield from (more for more, end in self._run(patterns, factors, 0, found) if end == len(factors))
        else:
            yield from self._in_order(pattern.args, tree.args, found)

    def _in_order(self, patterns: Sequence[Tree], trees: Sequence[Tree], found: Found) -> Iterator[Found]:
        if len(patterns) != len(trees):
            return
        if not patterns:
            yield found
            return
        for more in self.whole(patterns[0], trees[0], found):
            yield from self._in_order(patterns[1:], trees[1:], more)

    def _all(
        self, patterns: Sequence[Tree], trees: list[Tree], kind: type[sympy.Basic], found: Found
    ) -> Iterator[Found]:
        """All terms or factors, in any order; a name that comes last stands for all that are left."""
        if not patterns:
            if not trees:
                yield found
            return
        first, *others = patterns
        if first.is_Symbol and first.name in found:
            left = self._taken(nodes.terms_of(_as_number(found[first.name]), kind), trees)
            if left is not None:
                yield from self._all(others, left, kind, found)
        elif first.is_Symbol and not others and trees:
            yield from self.whole(first, trees[0] if len(trees) == 1 else kind(*trees, evaluate=False), found)
        else:
            for k, tree in enumerate(trees):
                for more in self.whole(first, tree, found):
                    yield from self._all(others, trees[:k] + trees[k + 1 :], kind, more)

    def _taken(self, parts: Sequence[Tree], trees: list[Tree]) -> list[Tree] | None:
        left = list(trees)
        for part in parts:
            at = next((k for k, tree in enumerate(left) if self.facts.same(tree, part)), None)
            if at is None:
                return None
            del left[at]
        return left

    def _named(self, name: str, tree: Tree, found: Found) -> Found | None:
        if name in found:
            return found if self.facts.same(_as_number(found[name]), tree) else None
        more = {**found, name: tree}
        if name in self.pattern.given and not self.facts.holds(self.pattern.given[name], tree):
            return None
        if name in self.pattern.shapes:
            letters, shape = self.pattern.shapes[name], self.facts.shape(tree)
            if len(letters) != len(shape):
                return None
            for letter, size in zip(letters, shape, strict=True):
                if (int(letter) if letter.isdigit() else more.setdefault(letter, size)) != size:
                    return None
        return more


def _is_negative(pattern: Tree) -> bool:
    return (
        isinstance(pattern, sympy.Mul)
        and pattern.args[0] == -1
        and len(pattern.args) == 2
        and pattern.args[1].is_Symbol
    )


def _less(exponent: Tree, taken: Tree) -> Tree | None:
    """What is left of an exponent; None where there is not as much, or not of the same sign."""
    if not (exponent.is_Rational and taken.is_Rational) or exponent * taken < 0 or abs(exponent) < abs(taken):
        return None
    return exponent - taken


def _looseness(pattern: Tree) -> int:
    """Names last: they fit anything."""
    return 1 if pattern.is_Symbol else 0


def _constants(pattern: Any, value: Any, found: Found) -> Found | None:  # Any: see nodes.Static
    """The letters of sizes in a pattern's constants stand for the sizes of the formula."""
    if isinstance(pattern, Size):
        if found.get(pattern.name, value) != value:
            return None
        return {**found, pattern.name: value}
    if isinstance(pattern, tuple) and isinstance(value, tuple) and len(pattern) == len(value):
        for one, other in zip(pattern, value, strict=True):
            more = _constants(one, other, found)
            if more is None:
                return None
            found = more
        return found
    return found if pattern == value and type(pattern) is type(value) else None


def put_in(tree: Tree, found: Found) -> Tree:
    """The formula with what its names and letters stand for."""
    if tree.is_Symbol:
        return _as_number(found[tree.name])
    if isinstance(tree, Static):
        return Static(_sized(tree.value, found))
    if not tree.args:
        return tree
    args = [put_in(arg, found) for arg in tree.args]
    if isinstance(tree, sympy.Add | sympy.Mul):
        args = [part for arg in args for part in nodes.terms_of(arg, type(tree))]
    return tree.func(*args, evaluate=False)


def _as_number(value: Any) -> Tree:  # Any: a tree or a size
    if isinstance(value, int):
        return nodes.symbol(value.name) if isinstance(value, Size) else sympy.Integer(value)
    return value


def _sized(value: Any, found: Found) -> Any:  # Any: see nodes.Static
    if isinstance(value, Size):
        return found[value.name]
    return tuple(_sized(part, found) for part in value) if isinstance(value, tuple) else value
