"""A shorter formula of the same value: equal terms together, and the rules where they make it shorter.

Every rule that is taken makes its part shorter, so that the end is reached; each subtree is simplified once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from string import ascii_letters
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import made, matmul
from gradcli.closed.notation.rewriting.arranging import Arranging
from gradcli.closed.notation.rewriting.building import MOST_TERMS, Building
from gradcli.closed.notation.rewriting.einsums import Einsums
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.rewriting.fractions import Fractions
from gradcli.closed.notation.rewriting.matching import Matching, Pattern, put_in
from gradcli.closed.notation.rewriting.rules import PREMISED, RELATED, RULES, OfPart, Rule
from gradcli.closed.notation.sums import formula_of, regrouped
from gradcli.closed.premises import NO_PREMISES, Premises
from gradcli.language import nodes
from gradcli.language.nodes import Size, Static, Tree, row_of, stand_ins
from gradcli.language.parse import parse
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.table import OPS

MOST = 400  # matches that are looked into, in one formula
SIZES = {"n": 10**6, "m": 10**6 + 1, "k": 10**6 + 2}  # letters of sizes in rules
CONDITION = "q"
LONGER = 1  # characters that a rule may add


def simplified(
    tree: Tree,
    shapes: Mapping[str, tuple[str | int, ...]],
    known: Premises = NO_PREMISES,
) -> Tree:
    """A formula of the same value that is not longer.

    shapes:    of the names, letters or numbers; a name without is a scalar
    known:     what is known of the names; of equations the shorter side stands for the other
    """
    try:
        return _Simplifier(Facts(sized(shapes), known)).whole(tree)
    except (LimitError, ShapeMismatch):
        return tree


def traced(
    tree: Tree,
    shapes: Mapping[str, tuple[str | int, ...]],
    known: Premises = NO_PREMISES,
) -> tuple[Tree, list[Rewriting]]:
    """The same formula as ``simplified`` gives, and what was done to come to it, in order, the inner parts first."""
    steps: list[Rewriting] = []
    try:
        return _Simplifier(Facts(sized(shapes), known), steps).whole(tree), steps
    except (LimitError, ShapeMismatch):
        return tree, []


def _count(tree: Tree) -> int:
    """How many nodes, each as often as it stands there."""
    return 1 + sum(map(_count, tree.args))


def sized(shapes: Mapping[str, tuple[str | int, ...]]) -> dict[str, Shape]:
    """Shapes with a large number of its own for each letter, under its name."""
    letters = stand_ins(size for shape in shapes.values() for size in shape if isinstance(size, str))
    sizes = {letter: Size.of(letter, number) for letter, number in letters.items()}
    return {
        name: tuple(sizes[size] if isinstance(size, str) else size for size in shape) for name, shape in shapes.items()
    }


@dataclass(frozen=True, slots=True)
class Rewriting:
    """One step of the simplifier: a part, what it wrote in its place, and what it did, as the rule says it."""

    before: Tree
    after: Tree
    done: str


COLLECT, POWERS = "collect like terms", "collect powers"
FACTOR, ARRANGE = "factor out", "order the terms and factors"
CANCEL, EXPAND, TOGETHER, TRANSPOSE_OUT = "cancel", "multiply out", "put together", "transpose of the whole"


SYMMETRIC = "a symmetric matrix is its own transpose"


def _way(tree: Tree, made: Tree) -> str:
    """How a formula was made of its parts."""
    if row_of(tree) is OPS["transpose"] and made == tree.args[0]:
        return SYMMETRIC
    return COLLECT if isinstance(tree, sympy.Add) else POWERS


@dataclass(frozen=True, slots=True)
class _Offer:
    """A formula of the same value; is it taken although it is longer, and how was it made?"""

    tree: Tree
    done: str
    longer: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Compiled:
    """A rule that is read: its pattern, its result, and the kinds of nodes without which it does not match."""

    pattern: Pattern
    result: Tree
    kinds: frozenset[Any]  # Any: classes of nodes
    longer: bool = False
    said: str = ""

    @classmethod
    def of(cls, rule: Rule) -> _Compiled:
        tree, result = (read(side, SIZES) for side in (rule.pattern, rule.result))
        pattern = Pattern(tree, shapes_of(rule), rule.alone, rule.addend, given=given_of(rule))
        kinds = _kinds(tree) - {sympy.Mul, sympy.Pow}
        return cls(pattern, result, kinds, rule.longer, f"{rule.pattern} = {rule.result}")

    @classmethod
    def equation(cls, pattern: Tree, result: Tree) -> _Compiled:
        """Of names that stand for themselves."""
        known = {leaf.name: leaf for leaf in (*pattern.free_symbols, *result.free_symbols)}
        known |= {size.name: size for side in (pattern, result) for size in _sizes(side)}
        kinds = _kinds(pattern) - {sympy.Mul, sympy.Pow}
        return cls(Pattern(pattern, {}, known=known), result, kinds, said="what is given")

    def may_hold(self, known: Premises) -> bool:
        """Is anything known of the kind that the rule asks for?"""
        return any(getattr(known, said) for said in self.pattern.given.values())

    @property
    def top(self) -> type[sympy.Basic]:
        return type(self.pattern.tree)


def read(text: str, sizes: Mapping[str, int]) -> Tree:
    """A side of a rule: n and m are sizes, q is a condition, e is the constant, every other letter a name."""
    bound = set(ascii_letters) - SIZES.keys() - {"e"}
    return parse(text, bound=bound, sizes=sizes, conditions={CONDITION}).tree


def shapes_of(rule: Rule | OfPart) -> dict[str, tuple[str, ...]]:
    """``A: n m, x: m`` by names."""
    pairs = (part.split(":") for part in rule.shapes.split(",") if part)
    return {name.strip(): tuple(letters.split()) for name, letters in pairs}


def given_of(rule: Rule) -> dict[str, str]:
    """``Q: orthogonal`` by names."""
    pairs = (part.split(":") for part in rule.given.split(",") if part)
    return {name.strip(): said.strip() for name, said in pairs}


@cache
def compiled() -> tuple[_Compiled, ...]:
    return tuple(map(_Compiled.of, RULES))


@cache
def premised() -> tuple[_Compiled, ...]:
    """The rules that hold where something is known of the names."""
    return tuple(map(_Compiled.of, PREMISED))


@dataclass(frozen=True, slots=True)
class Related:
    """A rule whose result has a part that goes by a name: ``sigmoid(-x)`` is ``1 - p`` where p is ``sigmoid(x)``."""

    pattern: Pattern
    part: Tree
    result: Tree
    name: str = "p"


@cache
def related() -> tuple[Related, ...]:
    found = []
    for rule in RELATED:
        pattern, part, result = (read(side, SIZES) for side in (rule.pattern, rule.part, rule.result))
        found.append(Related(Pattern(pattern, shapes_of(rule)), part, result))
    return tuple(found)


def _sizes(tree: Tree) -> list[Size]:
    """The letters of sizes in a formula's constants."""
    constants = [part.value for part in sympy.preorder_traversal(tree) if isinstance(part, Static)]
    flat = [x for value in constants for part in value for x in (part if isinstance(part, tuple) else (part,))]
    return [x for x in flat if isinstance(x, Size)]


def _kinds(tree: Tree) -> frozenset[Any]:  # Any: classes of nodes
    own = frozenset() if tree.is_Symbol or tree.is_Number or isinstance(tree, Static) else frozenset({type(tree)})
    return own.union(*map(_kinds, tree.args))


class _Simplifier:
    def __init__(self, facts: Facts, steps: list[Rewriting] | None = None) -> None:
        """steps: where what is done is written down, if anybody asks."""
        self.steps: list[Rewriting] | None = None
        self.facts, self.building, self.arranging = facts, Building(facts), Arranging(facts)
        self.fractions, self.einsums = Fractions(self.building, self.of), Einsums(self.building)
        self.done: dict[Tree, Tree] = {}
        self.kinds: dict[Tree, frozenset[Any]] = {}  # Any: classes of nodes
        self.left = MOST
        self.lengthened = False  # by a rule that asks for a premise
        self.rules = (*compiled(), *(rule for rule in premised() if rule.may_hold(facts.known)))
        sides = [tuple(map(self.of, equation)) for equation in facts.known.equations]
        short = [sorted(pair, key=self.arranging.length, reverse=True) for pair in sides]
        self.rules = (*self.rules, *(_Compiled.equation(long, result) for long, result in short))
        self.done.clear()
        self.steps = steps

    def whole(self, tree: Tree) -> Tree:
        """The formula simplified, and once more where its terms are grouped anew."""
        short = self.final(tree)
        grouped = regrouped(short, self.facts)
        self._noted(short, grouped, FACTOR)
        return short if grouped == short else self.final(grouped)

    def _noted(self, before: Tree, after: Tree, done: str) -> None:
        if self.steps is not None and before != after:
            self.steps.append(Rewriting(before, after, done))

    def final(self, tree: Tree) -> Tree:
        """The formula simplified and arranged, where that is not longer."""
        short = self.of(tree)
        out = self.arranging.of(short)
        self._noted(short, out, ARRANGE)
        longer = not self.lengthened and len(self.facts.write(out)) > len(self.facts.write(tree)) + LONGER
        return tree if longer and _count(short) >= _count(tree) else out

    def of(self, tree: Tree) -> Tree:
        if not tree.args or isinstance(tree, Static):
            return tree
        found = self.done.get(tree)
        if found is None:
            made = self._built(tree)
            found = self.done[tree] = self.done[made] = self._shorter(made)
        return found

    def _built(self, tree: Tree) -> Tree:
        """The formula with its parts simplified, and like terms and powers together."""
        if not tree.args:
            return tree
        parts = self.facts.chain(tree)  # a product of matrices is one, whatever its parentheses
        inside = [self.of(part) for part in (parts if len(parts) > 1 else tree.args)]
        made = self.building.node(tree, inside)
        if isinstance(made, sympy.Mul) and not isinstance(tree, sympy.Mul | sympy.Pow):  # scalars have come out
            made = self.building.product([self.of(factor) for factor in made.args])
        made = self._of_shape(made, tree)
        if self.steps is not None:
            self._noted(
                matmul(*inside) if len(parts) > 1 else tree.func(*inside, evaluate=False),
                made,
                _way(tree, made),
            )
        return made

    def _of_shape(self, made: Tree, tree: Tree) -> Tree:
        """What was made of a tree; as ones of the tree's shape where terms with axes have gone: of ``y + 1 - y``."""
        shape = self.facts.shape(tree)
        if self.facts.shape(made) == shape:
            return made
        is_number = made.is_Rational and made != 0
        return self.building.product([made, nodes.make(OPS["ones"], [], (shape,))]) if is_number else tree

    def _shorter(self, tree: Tree) -> Tree:
        """The formula after all rules that make it shorter: each step does, so that there is an end."""
        length = self.arranging.length
        for offer in self._candidates(tree):
            candidate, longer = self._of_shape(offer.tree, tree), offer.longer
            if self.facts.shape(candidate) == self.facts.shape(tree) and (longer or length(candidate) < length(tree)):
                made = self._built(candidate)
                if longer or length(made) < length(tree):
                    self._noted(tree, made, offer.done)
                    return self._shorter(made)
        return tree

    def _candidates(self, tree: Tree) -> Iterator[_Offer]:
        """Formulas of the same value."""
        for rule in self.rules:
            if rule.kinds <= self._kinds(tree) and _may_top(rule, tree):
                for found, whole in Matching(rule.pattern, self.building).parts(tree):
                    self.left -= 1
                    if self.left < 0:
                        return
                    self.lengthened |= rule.longer and bool(rule.pattern.given)
                    yield _Offer(whole(put_in(rule.result, found)), rule.said, rule.longer)
        if self.facts.rank(tree) == 2:
            yield _Offer(self.building.untransposed(tree), TRANSPOSE_OUT)
        if row_of(tree) is OPS["einsum"]:
            yield from (_Offer(candidate, COLLECT) for candidate in self.einsums.without_eyes(tree))
        if isinstance(tree, sympy.Mul | sympy.Pow):
            yield from (_Offer(candidate, CANCEL) for candidate in self.fractions.of(tree))
        if isinstance(tree, sympy.Add) and len(tree.args) <= MOST_TERMS:
            yield _Offer(self._factored(tree), FACTOR)
            yield from (_Offer(candidate, TOGETHER) for candidate in self.einsums.of(tree))
            if self.facts.rank(tree) == 0:
                yield from (_Offer(candidate, TOGETHER) for candidate in self._dots(tree))
            products = self.building.addends(tree)
            if len(tree.args) < len(products) <= MOST_TERMS:
                spread = self.building.sum([self.of(self.building.product(x)) for x in products])
                yield _Offer(self._factored(self._ruled(spread)), EXPAND)

    def _ruled(self, tree: Tree) -> Tree:
        """A sum after the rules of sums that make it shorter."""
        for rule in self.rules:
            if isinstance(tree, sympy.Add) and rule.top is sympy.Add and rule.kinds <= self._kinds(tree):
                for found, whole in Matching(rule.pattern, self.building).parts(tree):
                    self.left -= 1
                    made = whole(put_in(rule.result, found))
                    if self.left > 0 and self.arranging.length(made) < self.arranging.length(tree):
                        return self._ruled(self._of_shape(made, tree))
        return tree

    def _factored(self, tree: Tree) -> Tree:
        """The sum with its common factors out."""
        return formula_of([self.arranging.written(_split(term)) for term in nodes.terms_of(tree, sympy.Add)])

    def _dots(self, tree: Tree) -> Iterator[Tree]:
        """Of dot products and sums of vectors alone, the sum of one vector: ``sum(x*y - z)`` of ``x @ y - sum(z)``."""
        vectors = []
        for number, term in self.building.terms(tree):
            chain = self.facts.chain(term)
            if row_of(term) is OPS["sum"] and self.facts.rank(term.args[0]) == 1:
                vectors.append(self.building.product([number, term.args[0]]))
            elif len(chain) == 2 and self.facts.rank(chain[0]) == self.facts.rank(chain[1]) == 1:
                vectors.append(self.building.product([number, *chain]))
        if len(vectors) == len(tree.args) and len({*map(self.facts.shape, vectors)}) == 1:
            yield made("sum", self.of(self.building.sum(vectors)))

    def _kinds(self, tree: Tree) -> frozenset[Any]:  # Any: classes of nodes
        found = self.kinds.get(tree)
        if found is None:
            found = self.kinds[tree] = frozenset({type(tree)}).union(*map(self._kinds, tree.args))
        return found


def _may_top(rule: _Compiled, tree: Tree) -> bool:
    """May the pattern be a part of a formula with this node at the top?"""
    if rule.pattern.addend:
        return isinstance(tree, sympy.Add)
    if issubclass(rule.top, sympy.Mul | sympy.Pow):
        return isinstance(tree, sympy.Mul | sympy.Pow)
    return isinstance(tree, rule.top)


def _split(term: Tree) -> Tree:
    """A product with ``x**n*x`` in the place of ``x**(n + 1)``, so that the power can be a common factor."""
    factors = [part for factor in nodes.terms_of(term, sympy.Mul) for part in _split_power(factor)]
    return term if len(factors) == len(nodes.terms_of(term, sympy.Mul)) else nodes.multiply(*factors)


def _split_power(factor: Tree) -> list[Tree]:
    exponent = factor.args[1] if isinstance(factor, sympy.Pow) else None
    if not isinstance(exponent, sympy.Add):
        return [factor]
    whole = [part for part in exponent.args if part.is_Integer]
    rest = [part for part in exponent.args if not part.is_Integer]
    if len(whole) != 1 or not rest:
        return [factor]
    return [nodes.power(factor.args[0], part) for part in (whole[0], nodes.add(*rest) if len(rest) > 1 else rest[0])]
