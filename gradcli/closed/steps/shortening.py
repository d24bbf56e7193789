"""From the gradient as it is read off to the closed form of arrays: by the simplifier's own steps, one kind a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from gradcli.closed.notation.factors import rebuilt
from gradcli.closed.notation.question import Form, Question
from gradcli.closed.notation.rewriting.arranging import Arranging
from gradcli.closed.notation.rewriting.engine import ARRANGE, COLLECT, POWERS, Rewriting, sized, traced
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.closed.steps.differentials import Move
from gradcli.closed.steps.simplification import NAMED, bridge
from gradcli.language.nodes import Tree
from gradcli.language.write import write

MOST_LINES = 6  # of one simplification: what takes more is told as one step
ORDERED, GIVEN_NAMES = "order the terms and factors", "name what repeats"
MINOR = frozenset({COLLECT, POWERS, ARRANGE, ORDERED})


def shortened_to(form: Form, tree: Tree, question: Question) -> list[Move]:
    """The formulas between the one that was read off and the closed form, and this at last; none where it is that.

    The text of the last is not the form's, where parts of it go by names.
    """
    shapes: Mapping[str, tuple[str | int, ...]] = question.shapes
    facts = Facts(sized(shapes), question.known)
    found: list[Move] = []
    last = tree
    if not facts.same(last, form.tree):
        for move in _grouped(tree, question, facts):
            found.append(move)
            last = move.tree
            if facts.same(last, form.tree):
                break
    reached = facts.same(last, form.tree)
    if not reached or len(found) > MOST_LINES:
        found = found[:0] if len(found) > MOST_LINES else found
        before = found[-1].tree if found else tree
        return [*found, Move(form.tree, (bridge(before, form.tree),))]
    if found:
        return [*found[:-1], Move(form.tree, found[-1].rules, found[-1].because)]
    return [] if write(tree) == form.text else [Move(form.tree, (_ending(form),))]


def _ending(form: Form) -> str:
    return ORDERED if form.text == write(form.tree) else GIVEN_NAMES


def _grouped(tree: Tree, question: Question, facts: Facts) -> Iterator[Move]:
    """The formula after each run of steps of one kind; what changes the order alone is no step."""
    arranging, last = Arranging(facts), tree
    for done, group in groupby(_wholes(tree, question), key=lambda one: one[1]):
        *_, (whole, _) = group
        if not facts.same(last, whole):
            yield Move(arranging.of(whole), (done,), () if done in NAMED else (done,))
        last = whole


def _wholes(tree: Tree, question: Question) -> Iterator[tuple[Tree, str]]:
    """The whole formula after each step that changes a part of it, and what was done."""
    _, steps = traced(tree, question.shapes, question.known)
    for step in steps:
        made = _put(tree, step)
        if made != tree:
            tree = made
            yield tree, step.done


def _put(tree: Tree, step: Rewriting) -> Tree:
    return rebuilt(tree, lambda part: step.after if part == step.before else part)
