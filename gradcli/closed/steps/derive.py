"""The derivation of a derivative, by what it is a derivative of: scalars rule by rule, arrays by differentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gradcli.base.errors import LimitError
from gradcli.closed.notation.form import prepared
from gradcli.closed.notation.question import Form, Question
from gradcli.closed.steps.equality import size_of
from gradcli.closed.steps.line import Derivation
from gradcli.closed.steps.matrix import derive_matrix
from gradcli.closed.steps.scalar import Goal, scalar_derivation
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import output_shape

MOST_PARTS = 400  # of a function: each line of its derivation has as many, and each rule makes a line


def derive(question: Question, goal: Goal, form: Callable[[], Form]) -> Derivation:
    """The derivative line by line, each held equal to it; the last line is the text of the closed form.

    goal: the closed form that is printed for the first variable of ``question.wrt``, for the first two, ...
    form: makes it, with its tree: asked for where names have axes
    Errors: LimitError with the reason where there is none.
    """
    parts = size_of(question.function.tree)
    if parts > MOST_PARTS:
        raise LimitError(
            f"the function has {parts} parts, and a derivation is of at most {MOST_PARTS}", kind="unchecked"
        )
    if not any(question.shapes.get(name, ()) for name in question.function.names) and not _is_array(question.function):
        found = scalar_derivation(question.function, question.wrt, goal, question.at_points, question.premises)
        return replace(found, kind=question.kind)
    function = prepared(question.function, question.shapes, question.at_points)
    found = derive_matrix(replace(question, function=function), form())
    if found.lines[-1].text != goal(question.wrt):
        raise LimitError("the derivation leads to another form than the one that is printed", kind="unchecked")
    return found


def _is_array(function: Expression) -> bool:
    """Has a function of numbers more than one entry?"""
    program = compile_tree(function.tree)
    return bool(output_shape(program, dict.fromkeys(program.names, ())))
