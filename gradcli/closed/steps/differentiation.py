"""From ``diff(f, x)`` to a formula without derivatives, rule by rule, in rounds as a person goes: each round takes one
rule for each derivative that is open, and what is plain at once with it."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.steps.draft import Draft
from gradcli.closed.steps.line import Detail
from gradcli.closed.steps.rules import applied, depends, is_open, open_derivative
from gradcli.closed.steps.tidy import neat, product, total
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree

NUMBERS = "simplify the products"
MOST_TERMS = 3  # of a polynomial that is differentiated at once, where it stands inside of something
MOST_ROUNDS = 40  # in each of which all open parts are opened by one rule: as deep may functions stand in one another


def differentiated(function: Tree, x: Tree, draft: Draft) -> Tree:
    """The derivative without open parts, as the rules give it; each step is a line of the draft.

    Errors: LimitError where a part has no rule, or there are too many of them.
    """
    tree = open_derivative(function, x)
    for turn in range(MOST_ROUNDS):
        parts = opened(tree)
        if not parts:
            draft.raised(Detail.BRIEF)
            return tree
        tree = _Round(draft, x, first=turn == 0).of(tree, parts)
        draft.raised(Detail.BRIEF if turn == 0 else Detail.NORMAL)
    raise LimitError("the function is nested too deeply for a derivation", kind="unchecked")


def opened(tree: Tree) -> list[Tree]:
    """The derivatives that are still to be taken, from left to right, each once."""
    if is_open(tree):
        return [tree]
    found = [part for arg in tree.args if not isinstance(arg, Static) for part in opened(arg)]
    return list(dict.fromkeys(found))


def replaced(tree: Tree, part: Tree, by: Tree) -> Tree:
    """The tree with another part in its place; products in products and sums in sums are one."""
    if tree == part:
        return by
    if not tree.args or isinstance(tree, Static):
        return tree
    args = [replaced(arg, part, by) for arg in tree.args]
    if tuple(args) == tree.args:
        return tree
    if isinstance(tree, sympy.Mul):
        return product(*args)
    return total(*args) if isinstance(tree, sympy.Add) else tree.func(*args, evaluate=False)


class _Round:
    def __init__(self, draft: Draft, x: Tree, first: bool) -> None:
        self.draft, self.x, self.first = draft, x, first

    def of(self, tree: Tree, parts: Sequence[Tree]) -> Tree:
        for part in parts:
            tree = self.taken(tree, part, whole=not self.first and is_short_polynomial(part.args[0], self.x))
        made = neat(tree)
        self.draft.add(made, NUMBERS, minor=True)
        return made

    def taken(self, tree: Tree, part: Tree, *, whole: bool) -> Tree:
        """The tree after one rule for a part, and after those for what is plain in what it leaves open."""
        inner = part.args[0]
        step = applied(inner, self.x)
        tree = replaced(tree, part, step.tree)
        self.draft.add(tree, step.rule, step.because, minor=step.trivial)
        still = opened(step.tree)
        alone = sum(depends(left.args[0], self.x) for left in still) == 1
        for left in still:
            if whole or step.trivial or self._at_once(inner, left.args[0], alone=alone):
                tree = self.taken(tree, left, whole=whole or is_linear(left.args[0], self.x))
            elif isinstance(inner, sympy.Add) and _led_by_constant(left.args[0], self.x):
                factor = applied(left.args[0], self.x)
                tree = replaced(tree, left, factor.tree)
                self.draft.add(tree, factor.rule, factor.because, minor=True)
        return tree

    def _at_once(self, inner: Tree, left: Tree, *, alone: bool) -> bool:
        """Is a part that a rule has left open plain: a term that is x or constant, or the only one that is not; or
        something linear within a function?"""
        if isinstance(inner, sympy.Add):
            return alone or not depends(left, self.x) or left == self.x
        return not isinstance(inner, sympy.Mul) and is_linear(left, self.x)


def _led_by_constant(part: Tree, x: Tree) -> bool:
    if not isinstance(part, sympy.Mul) or not depends(part, x):
        return False
    return any(not depends(factor, x) for factor in part.args if factor != 1)


def is_linear(tree: Tree, x: Tree) -> bool:
    """Is it ``a*x + b``, with a and b without x?"""
    degree = _degree(tree, x)
    return degree is not None and degree <= 1


def is_short_polynomial(tree: Tree, x: Tree) -> bool:
    """Is it a sum of a few powers of x with factors without x?"""
    return _degree(tree, x) is not None and len(nodes.terms_of(tree, sympy.Add)) <= MOST_TERMS


def _degree(tree: Tree, x: Tree) -> int | None:
    """The degree of a sum of monomials, which are written as such; None for anything else."""
    if not depends(tree, x):
        return 0
    if tree == x:
        return 1
    if isinstance(tree, sympy.Add | sympy.Mul):
        found = [_degree(arg, x) for arg in tree.args]
        if any(one is None for one in found):
            return None
        known = [one for one in found if one is not None]
        if isinstance(tree, sympy.Add):
            return max(known)
        return sum(known) if sum(map(bool, known)) == 1 else None
    if isinstance(tree, sympy.Pow) and tree.args[0] == x and tree.args[1].is_Integer and tree.args[1] > 0:
        return int(tree.args[1])
    return None
