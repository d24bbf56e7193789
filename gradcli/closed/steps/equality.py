"""A line of a derivation held against what it is a line of: in residues at several sizes, open derivatives and all;
for all sizes in index form; or in balls."""

from __future__ import annotations

from contextlib import suppress

import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed.notation.question import Form, Question, numbers_of
from gradcli.closed.proof import prove
from gradcli.closed.steps.line import Held, Line
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression, parse
from gradcli.meaning.residues.nodes import UnmodelledError
from gradcli.operations.shape_rules import ShapeMismatch

MOST_NODES = 250  # of a line that is held in index form: what is larger takes seconds there, and is held in residues
MOST_SIZES = 2  # at which an open line is held: the lines at the end are held for all
NOT_HELD = "a step could not be held equal to the derivative: {}"


def held_beside(text: str, before: Line, against: Question) -> Held:
    """How a line without open derivatives was held equal to one that was held before, in index form, else to the
    question's derivative. Errors: LimitError where it was not."""
    names, sizes = against.function.names, numbers_of(against.shapes)
    first, claim = (parse(one, bound=names, sizes=sizes) for one in (before.text, text))
    with suppress(LimitError):
        if max(size_of(first.tree), size_of(claim.tree)) > MOST_NODES:
            raise LimitError("a line that is too large for index form", kind="unchecked")
        prove(first, claim, "value", (), against.shapes, against.premises, names)
        return Held("index form", before.held.error)
    return held_equal(text, against)


def held_equal(text: str, against: Question) -> Held:
    """How the line was held equal to the question's derivative. Errors: LimitError where it was not."""
    if text == against.function.source:
        return Held("index form")
    claim = parse(text, bound=against.function.names, sizes=numbers_of(against.shapes))
    question, claim = against.in_torch_order(claim)
    try:
        if not against.wrt or size_of(claim.tree) > MOST_NODES:
            question.refuse_other_shape(claim)
            error = _in_residues(question, claim)
            if error is not None:
                return Held("residues", error)
        found = question.held_in_torch_order(claim)
    except (LimitError, ExpressionError, ShapeMismatch) as error:
        raise LimitError(NOT_HELD.format(f"{text} ({error})"), kind="unchecked") from None
    return Held(method_of(found), found.error)


def size_of(tree: Tree) -> int:
    """How many nodes it has, each as often as it is written."""
    return sum(1 for _ in sympy.preorder_traversal(tree))


def method_of(form: Form) -> str:
    """``residues``, ``index form`` or ``balls``."""
    road = form.method.split(maxsplit=1)[0].rstrip(",;")
    return {"residues": road, "points": "balls"}.get(road, "index form")


def _in_residues(question: Question, claim: Expression) -> float | None:
    """At most the probability that a wrong line passes; None where no sizes decide.

    Sizes at which a side has no value, as the inverse of a matrix of too low a rank, and those that are too large for
    residues decide nothing.
    Errors: LimitError where the line is not formally equal.
    """
    errors = []
    for sizes in question.sizes()[:MOST_SIZES]:
        try:
            found = question.in_residues(claim, sizes)
        except UnmodelledError:
            continue
        if not found.holds:
            raise LimitError("it is another function", kind="unchecked")
        errors.append(found.error)
    return sum(errors) if errors else None
