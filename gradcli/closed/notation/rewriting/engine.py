"""A shorter formula of the same value: equal terms together, and the rules where they make it shorter.

Every rule that is taken makes its part shorter, so that the end is reached; each subtree is simplified once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from string import ascii_letters
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.rewriting.arranging import Arranging
from gradcli.closed.notation.rewriting.building import Building
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.rewriting.matching import Matching, Pattern, put_in
from gradcli.closed.notation.rewriting.rules import RULES, Rule
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
        short = _Simplifier(facts).of(tree)
        out = Arranging(facts).of(short)
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
        self.pattern = Pattern(pattern, shapes, rule.alone)
        self.kinds = _kinds(pattern) - {sympy.Mul, sympy.Pow}
        self.top = type(pattern)
        self.longer = rule.longer


def read(text: str, sizes: Mapping[str, int]) -> Tree:
    """A side of a rule: n and m are sizes, q is a condition, every other letter a name."""
    bound = set(ascii_letters) - SIZES.keys()
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
        self.facts, self.building = facts, Building(facts)
        self.done: dict[Tree, Tree] = {}
        self.kinds: dict[Tree, frozenset[Any]] = {}  # Any: classes of nodes
        self.left = MOST

    def of(self, tree: Tree) -> Tree:
        if not tree.args or isinstance(tree, Static):
            return tree
        found = self.done.get(tree)
        if found is None:
            parts = self.facts.chain(tree)  # a product of matrices is one, whatever its parentheses
            made = self.building.node(tree, [self.of(part) for part in (parts if len(parts) > 1 else tree.args)])
            if self.facts.shape(made) != self.facts.shape(tree):
                made = tree
            found = self.done[tree] = self.done[made] = self._shorter(made)
        return found

    def _shorter(self, tree: Tree) -> Tree:
        for rule in compiled():
            if rule.kinds <= self._kinds(tree) and _may_top(rule.top, tree):
                for found, whole in Matching(rule.pattern, self.building).parts(tree):
                    self.left -= 1
                    if self.left < 0:
                        return tree
                    made = whole(self.of(put_in(rule.result, found)))
                    if self.facts.shape(made) == self.facts.shape(tree) and (
                        rule.longer or len(write(made)) < len(write(tree))
                    ):
                        return self.of(made)
        return tree

    def _kinds(self, tree: Tree) -> frozenset[Any]:  # Any: classes of nodes
        found = self.kinds.get(tree)
        if found is None:
            found = self.kinds[tree] = frozenset({type(tree)}).union(*map(self._kinds, tree.args))
        return found


def _may_top(top: Any, tree: Tree) -> bool:  # Any: a class of nodes
    if issubclass(top, sympy.Mul | sympy.Pow):
        return isinstance(tree, sympy.Mul | sympy.Pow)
    return isinstance(tree, top)
