"""From the derivative as the rules give it to the closed form: by the simplifier's own steps, grouped to lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import sympy

from gradcli.closed.notation.factors import rebuilt
from gradcli.closed.notation.rewriting.arranging import Arranging
from gradcli.closed.notation.rewriting.engine import (
    ARRANGE,
    CANCEL,
    COLLECT,
    EXPAND,
    FACTOR,
    POWERS,
    SYMMETRIC,
    Rewriting,
    traced,
)
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.steps.draft import Draft
from gradcli.closed.steps.line import Detail
from gradcli.closed.steps.rules import as_exponential
from gradcli.closed.steps.tidy import flattened, product, total
from gradcli.language import nodes
from gradcli.language.nodes import Tree, is_index, row_of
from gradcli.language.parse import parse
from gradcli.language.write import write

NAMED = frozenset({ARRANGE, CANCEL, COLLECT, POWERS, EXPAND, FACTOR, SYMMETRIC})
MINOR = frozenset({COLLECT, POWERS, ARRANGE})
COMMON, SIMPLIFY = "common denominator", "simplify"


@dataclass(frozen=True, slots=True)
class _Whole:
    """The whole formula after a step, and what was done."""

    tree: Tree
    done: str


def simplified_to(goal: str, tree: Tree, function: Tree, names: Sequence[str], draft: Draft) -> None:
    """Lines from the derivative of a function to the goal, a formula of the same value; its text is the last line."""
    facts = Facts({})
    due, last, shortest = parse(goal, bound=names).tree, tree, len(draft.text)
    if not _same(facts, tree, due):
        known = {name for side in (tree, due) for name, _ in _calls(side)}
        for whole in _grouped(tree, function, facts):
            if {name for name, _ in _calls(whole.tree)} <= known:  # others would be left again
                draft.add(whole.tree, whole.done, minor=whole.done in MINOR)
                last = whole.tree
                if len(draft.text) < shortest:  # the others are on the way to a shorter one
                    shortest = len(draft.text)
                    draft.raised(Detail.NORMAL)
            if _same(facts, last, due):
                break
    if _same(facts, last, due):
        draft.end(goal)
    else:
        draft.add(goal, bridge(last, due))
    draft.raised(Detail.BRIEF)


def _same(facts: Facts, one: Tree, other: Tree) -> bool:
    """Are they equal but for the order of factors and terms, and for ones?"""
    return facts.same(one, other) or facts.same(rebuilt(one, _unordered), rebuilt(other, _unordered))


def _unordered(part: Tree) -> Tree:
    """Sums in sums and products in products as one, numbers in these as one."""
    if isinstance(part, sympy.Add):
        return nodes.add(*(term for arg in part.args for term in nodes.terms_of(arg, sympy.Add)))
    if not isinstance(part, sympy.Mul):
        return part
    factors = [factor for arg in part.args for factor in flattened(arg)]
    number = sympy.Mul(*(factor for factor in factors if factor.is_Rational))
    return nodes.multiply(number, *(factor for factor in factors if not factor.is_Rational))


def _grouped(tree: Tree, function: Tree, facts: Facts) -> Iterator[_Whole]:
    """The formula after each run of steps of one kind; what only changes the order is no step."""
    arranging, last = Arranging(facts), tree
    for _, group in groupby(_wholes(tree, function), key=lambda one: one.done):
        *_, whole = group
        if not _same(facts, last, whole.tree):
            yield _Whole(rebuilt(arranging.of(whole.tree), _flat), whole.done)
        last = whole.tree


def _wholes(tree: Tree, function: Tree) -> Iterator[_Whole]:
    """The whole formula after each of the simplifier's steps that changes a part of it."""
    back = _powers_again(tree, function)
    if back is not None:
        tree = back.tree
        yield back
    _, steps = traced(tree, {})
    for step in steps:
        made = _put(tree, step)
        if made != tree:
            tree = made
            yield _Whole(tree, _named(step))


def _put(tree: Tree, step: Rewriting) -> Tree:
    return rebuilt(tree, lambda part: step.after if part == step.before else part)


def _powers_again(tree: Tree, function: Tree) -> _Whole | None:
    """``exp(v*log(u))`` as ``u**v`` again, where the function has the power."""
    powers = {
        as_exponential(*part.args): part for part in sympy.preorder_traversal(function) if isinstance(part, sympy.Pow)
    }
    made = rebuilt(tree, lambda part: powers.get(part, part))
    taken = [(whole, power) for whole, power in powers.items() if tree.has(whole)]
    return _Whole(made, f"{write(taken[0][0])} = {write(taken[0][1])}") if taken and made != tree else None


def _flat(part: Tree) -> Tree:
    """Sums in sums as one."""
    return total(*part.args) if isinstance(part, sympy.Add) else part


def _named(step: Rewriting) -> str:
    """What was done: which factor was taken out, where that can be said."""
    if step.done != FACTOR:
        return step.done
    if not step.after.has(sympy.Add):
        return COLLECT
    out = _factored_out(step.before, step.after)
    return f"{FACTOR} {out}" if out else "factor"


def _factored_out(before: Tree, after: Tree) -> str:
    """The factors that the product after has and the sum before has not, as text."""
    if not isinstance(before, sympy.Add) or not isinstance(after, sympy.Mul):
        return ""
    sums = [factor for factor in after.args if isinstance(factor, sympy.Add)]
    out = [factor for factor in after.args if factor not in sums]
    return write(Arranging(Facts({})).of(product(*out))) if out and sums else ""


def bridge(before: Tree, after: Tree) -> str:
    """What leads from one formula to another of the same value, told by how they differ."""
    new = sorted({name for name, _ in _calls(after) - _calls(before)})
    gone = {name for name, _ in _calls(before)} - {name for name, _ in _calls(after)}
    if new or gone:
        return (
            f"in terms of {', '.join(new or sorted({name for name, _ in _calls(after)}))}"
            if _calls(after)
            else SIMPLIFY
        )
    sums = [isinstance(side, sympy.Add) for side in (before, after)]
    divided = [_divided(side) for side in (before, after)]
    if sums[0] and not sums[1]:
        return COMMON if divided[1] and divided[0] else "factor"
    if sums[1] and not sums[0]:
        return EXPAND
    if divided[0] > divided[1]:
        return COMMON
    return CANCEL if divided[0] and _below(before) != _below(after) else SIMPLIFY


def _calls(tree: Tree) -> set[tuple[str, Tree]]:
    """The functions in it, by name, with what they are called with."""
    rows = ((part, row_of(part)) for part in sympy.preorder_traversal(tree))
    return {
        (row.name, part) for part, row in rows if row is not None and row.written == row.name and not is_index(part)
    }


def _below(tree: Tree) -> set[Tree]:
    """What a product is divided by."""
    return {
        part.args[0] for part in nodes.terms_of(tree, sympy.Mul) if isinstance(part, sympy.Pow) and part.args[1] == -1
    }


def _divided(tree: Tree) -> int:
    """How many divisions stand in it."""
    return sum(isinstance(part, sympy.Pow) and part.args[1] == -1 for part in sympy.preorder_traversal(tree))
