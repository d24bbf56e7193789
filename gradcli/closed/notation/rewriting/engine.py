"""A shorter formula of the same value: equal terms together, and the rules where they make it shorter.

Every rule that is taken makes its part shorter, so that the end is reached; each subtree is simplified once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from string import ascii_letters
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.rewriting.arranging import Arranging
from gradcli.closed.notation.rewriting.building import MOST_TERMS, Building
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.rewriting.matching import Matching, Pattern, put_in
from gradcli.closed.notation.rewriting.rules import RULES, Rule
from gradcli.closed.notation.sums import formula_of
from gradcli.language import nodes
from gradcli.language.nodes import Size, Static, Tree
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.operations.shape_rules import Shape, ShapeMismatch

MOST = 400  # matches that are looked into, in one formula
LETTERS_FROM = 10**9  # sizes that stand for letters
SIZES = {"n": 10**6, "m": 10**6 + 1}  # letters of sizes in rules
CONDITION = "q"
LONGER = 1  # characters that a rule may add


def simplified(tree: Tree, shapes: Mapping[str, tuple[str | int, ...]], symmetric: Collection[str] = ()) -> Tree:
    """A formula of the same value that is not longer.

    shapes:    of the names, letters or numbers; a name without is a scalar
    symmetric: names of symmetric matrices
    """
    try:
        facts = Facts(sized(shapes), symmetric)
        simplifier = _Simplifier(facts)
        short = simplifier.of(tree)
        out = simplifier.arranging.of(short)
    except (LimitError, ShapeMismatch):
        return tree
    return out if len(write(out)) <= len(write(tree)) + LONGER or _count(short) < _count(tree) else tree


def _count(tree: Tree) -> int:
    """How many nodes, each as often as it stands there."""
    return 1 + sum(map(_count, tree.args))


def sized(shapes: Mapping[str, tuple[str | int, ...]]) -> dict[str, Shape]:
    """Shapes with a large number of its own for each letter, under its name."""
    letters = dict.fromkeys(size for shape in shapes.values() for size in shape if isinstance(size, str))
    sizes = {letter: Size.of(letter, LETTERS_FROM + k) for k, letter in enumerate(letters)}
    return {
        name: tuple(sizes[size] if isinstance(size, str) else size for size in shape) for name, shape in shapes.items()
    }


class _Compiled:
    """A rule that is read: its pattern, its result, and the kinds of nodes without which it does not match."""

    def __init__(self, rule: Rule) -> None:
        shapes = shapes_of(rule)
        pattern, self.result = (read(side, SIZES) for side in (rule.pattern, rule.result))
        self.pattern = Pattern(pattern, shapes, rule.alone, rule.addend)
        self.kinds = _kinds(pattern) - {sympy.Mul, sympy.Pow}
        self.top = type(pattern)
        self.longer = rule.longer


def read(text: str, sizes: Mapping[str, int]) -> Tree:
    """A side of a rule: n and m are sizes, q is a condition, e is the constant, every other letter a name."""
    bound = set(ascii_letters) - SIZES.keys() - {"e"}
    return parse(text, bound=bound, sizes=sizes, conditions={CONDITION}).tree


def shapes_of(rule: Rule) -> dict[str, tuple[str, ...]]:
    """``A: n m, x: m`` by names."""
    pairs = (part.split(":") for part in rule.shapes.split(",") if part)
    return {name.strip(): tuple(letters.split()) for name, letters in pairs}


@cache
def compiled() -> tuple[_Compiled, ...]:
    return tuple(_Compiled(rule) for rule in RULES)


def _kinds(tree: Tree) -> frozenset[Any]:  # Any: classes of nodes
    own = frozenset() if tree.is_Symbol or tree.is_Number or isinstance(tree, Static) else frozenset({type(tree)})
    return own.union(*map(_kinds, tree.args))


class _Simplifier:
    def __init__(self, facts: Facts) -> None:
        self.facts, self.building, self.arranging = facts, Building(facts), Arranging(facts)
        self.done: dict[Tree, Tree] = {}
        self.kinds: dict[Tree, frozenset[Any]] = {}  # Any: classes of nodes
        self.left = MOST

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
        made = self.building.node(tree, [self.of(part) for part in (parts if len(parts) > 1 else tree.args)])
        return made if self.facts.shape(made) == self.facts.shape(tree) else tree

    def _shorter(self, tree: Tree) -> Tree:
        """The formula after all rules that make it shorter: each step does, so that there is an end."""
        length = self.arranging.length
        for candidate, longer in self._candidates(tree):
            if self.facts.shape(candidate) == self.facts.shape(tree) and (longer or length(candidate) < length(tree)):
                made = self._built(candidate)
                if longer or length(made) < length(tree):
                    return self._shorter(made)
        return tree

    def _candidates(self, tree: Tree) -> Iterator[tuple[Tree, bool]]:
        """Formulas of the same value, and whether they are taken although they are longer."""
        for rule in compiled():
            if rule.kinds <= self._kinds(tree) and _may_top(rule, tree):
                for found, whole in Matching(rule.pattern, self.building).parts(tree):
                    self.left -= 1
                    if self.left < 0:
                        return
                    yield whole(put_in(rule.result, found)), rule.longer
        if self.facts.rank(tree) == 2:
            yield self.building.untransposed(tree), False
        if isinstance(tree, sympy.Add) and len(tree.args) <= MOST_TERMS:
            yield self._factored(tree), False
            products = self.building.addends(tree)
            if len(tree.args) < len(products) <= MOST_TERMS:
                yield self._factored(self.building.sum([self.of(self.building.product(x)) for x in products])), False

    def _factored(self, tree: Tree) -> Tree:
        """The sum with its common factors out."""
        return formula_of([self.arranging.written(term) for term in nodes.terms_of(tree, sympy.Add)])

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
