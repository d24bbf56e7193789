"""Parts of a formula under the names that the user gave them: ``r = A @ x - b; 2*A.T @ r``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import sympy
from sympy.logic.boolalg import Boolean

from gradcli.closed.notation.factors import rebuilt
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.language.write import write

LETTERS = "PQRSTUVW"  # for parts that repeat

SHORTEST = 8  # characters, of a part that gets a name

LEAST_SAVED = 40  # characters, for which a reader looks up a name


def with_names(tree: Tree, parts: Mapping[str, Tree]) -> str:
    """The formula's text, with assignments of the parts that it uses before it where that is shorter.

    parts: in the order in which they were assigned; where one stands in the tree by its name, it is kept
    """
    plain = write(without_names(tree, parts))
    shorter = by_names(parts)
    named = with_parts(with_parts(tree, parts), shorter)
    needed = {leaf.name for leaf in named.free_symbols}
    for name in reversed([*parts]):
        needed |= {leaf.name for leaf in shorter[name].free_symbols} if name in needed else set()
    lines = [f"{name} = {write(shorter[name])}" for name in parts if name in needed]
    return min(plain, "; ".join([*lines, write(named)]), key=len)


def repeated(tree: Tree, taken: Collection[str]) -> dict[str, Tree]:
    """The part that a long formula has several times, under a letter of its own; empty where that saves little."""
    counts = Counter(part for part in sympy.preorder_traversal(tree) if part.args and nodes.row_of(part) is not None)
    saved = {part: (n - 1) * len(write(part)) for part, n in counts.items() if n > 1 and not isinstance(part, Boolean)}
    saved = {part: n for part, n in saved.items() if len(write(part)) >= SHORTEST}
    best = max(saved, key=lambda part: saved[part], default=None)
    name = next((letter for letter in LETTERS if letter not in taken), None)
    return {name: best} if best is not None and name is not None and saved[best] >= LEAST_SAVED else {}


def without_names(tree: Tree, parts: Mapping[str, Tree]) -> Tree:
    """The formula with what the names stand for, which has no such names in it."""
    return rebuilt(tree, lambda one: parts.get(one.name, one) if one.is_Symbol else one)


def by_names(parts: Mapping[str, Tree]) -> dict[str, Tree]:
    """The parts with the names of earlier ones in them."""
    found: dict[str, Tree] = {}
    for name, part in parts.items():
        found[name] = with_parts(part, {other: parts[other] for other in found})
    return found


def with_parts(tree: Tree, parts: Mapping[str, Tree]) -> Tree:
    """The tree with names for the parts, the last ones first."""
    for name, part in reversed([*parts.items()]):
        tree = _one(tree, name, part)
    return tree


def _one(tree: Tree, name: str, part: Tree) -> Tree:
    return rebuilt(tree, lambda one: symbol(name) if one == part else one)
