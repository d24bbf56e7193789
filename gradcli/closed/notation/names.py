"""Parts of a formula under names: the user's own, ``r = A @ x - b; 2*A.T @ r``, and letters for parts that repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from functools import partial

import sympy
from sympy.logic.boolalg import Boolean

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import power, rebuilt, shape_of
from gradcli.closed.notation.rewriting.building import Building
from gradcli.closed.notation.rewriting.engine import related, simplified
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.notation.rewriting.matching import Matching, put_in
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, symbol
from gradcli.language.write import remembering
from gradcli.operations.shape_rules import Shape, ShapeMismatch

LETTERS = "PQRSTUVW"  # for parts that repeat

SHORTEST = 7  # characters, of a part that gets a name

OWN_NAMES = 0.85  # of its length counts for a form in the user's names: these read better, assignments included

LEAST_SAVED = 15  # characters, for which a reader looks up a name

LONG = 36  # characters, of a formula in which parts get names

MOST_TRIED = 4  # parts that are tried for one name

MOST_NAMES = 4  # letters in one formula


class Naming:
    """Formulas with names in the place of parts; ``shapes``: of all variables."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes, self.write = dict(shapes), remembering()

    def text(self, tree: Tree, parts: Mapping[str, Tree], taken: Collection[str] = ()) -> str:
        """The formula's text: with assignments of the user's parts before it, and of parts that repeat, where that is
        shorter.

        parts: in the order in which they were assigned; where one stands in the tree by its name, it is kept
        taken: names that are no letters for parts
        """
        try:
            return self._named(tree, parts, taken)
        except (LimitError, ShapeMismatch):  # columns for vectors
            return self.write(without_names(tree, parts))

    def _named(self, tree: Tree, parts: Mapping[str, Tree], taken: Collection[str]) -> str:
        shorter = by_names(parts)
        self.shapes |= {name: self._shape(part) for name, part in parts.items()}
        own = self._put(self._put(tree, parts), shorter)
        needed = {leaf.name for leaf in own.free_symbols}
        for name in reversed([*parts]):
            needed |= {leaf.name for leaf in shorter[name].free_symbols} if name in needed else set()
        plain = self._with_letters(without_names(tree, parts), {}, taken)
        named = self._with_letters(own, {n: shorter[n] for n in parts if n in needed}, taken)
        return named if needed & parts.keys() and OWN_NAMES * width(named) <= width(plain) else plain

    def _with_letters(self, tree: Tree, lines: Mapping[str, Tree], taken: Collection[str]) -> str:
        """The text after these assignments, with letters for parts that repeat, where that saves enough."""
        lines = dict(lines)
        letters = [letter for letter in LETTERS if letter not in {*taken, *lines}][:MOST_NAMES]
        for name in letters if width(self.write(tree)) > LONG else []:
            tried = {part: self._one(tree, name, part) for part in self._several_times(tree)}
            lengths = {
                part: width(self.write(named)) + width(f"{name} = {self.write(part)}; ")
                for part, named in tried.items()
            }
            best = min(lengths, key=lambda part: lengths[part], default=None)
            if best is None or width(self.write(tree)) - lengths[best] < LEAST_SAVED:
                break
            self.shapes[name] = self._shape(best)
            tree, lines[name] = tried[best], best
        return "; ".join([*(f"{name} = {self.write(part)}" for name, part in lines.items()), self.write(tree)])

    def _several_times(self, tree: Tree) -> list[Tree]:
        """The parts that save most when each is written once."""
        every = [part for part in sympy.preorder_traversal(tree) if _is_nameable(part)]
        counts = Counter(every)
        counts.update(part for one in every for part in self._parts_of(one, Building(Facts(self.shapes))))
        saved = {part: (n - 1) * width(self.write(part)) for part, n in counts.items() if n > 1}
        long = [part for part in saved if width(self.write(part)) >= SHORTEST]
        return sorted(long, key=lambda part: -saved[part])[:MOST_TRIED]

    def _parts_of(self, one: Tree, building: Building) -> Iterator[Tree]:
        """Of which it is made: ``sigmoid(z)`` of ``sigmoid(-z)``."""
        for rule in related():
            pattern = rule.pattern.tree
            if type(one) is type(pattern) and not rule.pattern.shapes:
                found = next(Matching(rule.pattern, building).whole(pattern, _normal(one, building), {}), None)
                if found is not None:
                    yield put_in(rule.part, found)

    def _put(self, tree: Tree, parts: Mapping[str, Tree]) -> Tree:
        """The tree with names for the parts, the last ones first."""
        for name, part in reversed([*parts.items()]):
            tree = self._one(tree, name, part)
        return tree

    def _one(self, tree: Tree, name: str, part: Tree) -> Tree:
        """With a name for a part, and what is made of it: ``1 - p`` for ``sigmoid(-z)`` where p is ``sigmoid(z)``."""
        own, shapes = symbol(name), {**self.shapes, name: self._shape(part)}
        others = [*_made_of(part, own, Building(Facts(shapes)))]
        plain = rebuilt(tree, lambda one: own if one == part else one)
        if not others:
            return plain
        named = rebuilt(plain, lambda one: next((r for other in others if (r := other(one)) is not None), one))
        return named if named == plain else simplified(named, shapes)

    def _shape(self, part: Tree) -> Shape:
        return shape_of(part, self.shapes)


Replaced = Callable[[Tree], Tree | None]


def _made_of(part: Tree, own: Tree, building: Building) -> Iterator[Replaced]:
    """What stands for a node that is made of the part; None for others."""
    if isinstance(part, sympy.Pow) and part.args[1] == sympy.Rational(1, 2):
        yield partial(_as_root, square=part.args[0], root=own)
    if isinstance(part, sympy.Add):
        yield partial(_as_negative, of=part, name=own, building=building)
    normal = _normal(part, building)
    for rule in related():
        matching = Matching(rule.pattern, building)
        found = next(matching.whole(rule.part, normal, {}), None)
        if found is not None:
            yield _by_rule(matching, {**found, rule.name: own}, rule.result)


def _by_rule(matching: Matching, found: Mapping[str, Tree], result: Tree) -> Replaced:
    pattern = matching.pattern.tree

    def replaced(one: Tree) -> Tree | None:
        if type(one) is not type(pattern):
            return None
        there = next(matching.whole(pattern, _normal(one, matching.building), found), None)
        return None if there is None else put_in(result, found)

    return replaced


def _normal(tree: Tree, building: Building) -> Tree:
    """With numbers before products: ``-(X @ w)`` for what is written ``-X @ w``."""
    return rebuilt(tree, lambda one: building.node(one, one.args) if one.args and not isinstance(one, Static) else one)


def _is_nameable(part: Tree) -> bool:
    return bool(part.args) and not isinstance(part, Boolean | Static) and bool(part.free_symbols)


def _as_root(one: Tree, square: Tree, root: Tree) -> Tree | None:
    """A power of what is under a root, as a power of the root."""
    if one == square:
        return power(root, Fraction(2))
    if isinstance(one, sympy.Pow) and one.args[0] == power(root, Fraction(2)) and one.args[1].is_Rational:
        exponent = 2 * one.args[1]
        return power(root, Fraction(int(exponent.p), int(exponent.q)))
    return None


def _as_negative(one: Tree, of: Tree, name: Tree, building: Building) -> Tree | None:
    alike = isinstance(one, sympy.Add) and len(one.args) == len(of.args)
    return nodes.negate(name) if alike and building.sum([one, of]) == 0 else None


def width(text: str) -> int:
    """How long a formula is: blanks do not count."""
    return len(text.replace(" ", ""))


def without_names(tree: Tree, parts: Mapping[str, Tree]) -> Tree:
    """The formula with what the names stand for, which has no such names in it."""
    return rebuilt(tree, lambda one: parts.get(one.name, one) if one.is_Symbol else one)


def by_names(parts: Mapping[str, Tree]) -> dict[str, Tree]:
    """The parts with the names of earlier ones in them."""
    found: dict[str, Tree] = {}
    for name, part in parts.items():
        earlier = {parts[other]: symbol(other) for other in found}
        found[name] = rebuilt(part, partial(_looked_up, names=earlier))
    return found


def _looked_up(tree: Tree, names: Mapping[Tree, Tree]) -> Tree:
    return names.get(tree, tree)


def with_parts(tree: Tree, parts: Mapping[str, Tree]) -> Tree:
    """The tree with names for the parts, the last ones first."""
    for name, part in reversed([*parts.items()]):
        tree = rebuilt(tree, partial(_looked_up, names={part: symbol(name)}))
    return tree
