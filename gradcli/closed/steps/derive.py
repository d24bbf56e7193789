"""The derivation of a derivative, by what it is a derivative of: scalars rule by rule, arrays by differentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gradcli.base.errors import LimitError
from gradcli.closed.notation.form import prepared
from gradcli.closed.notation.question import Form, Question
from gradcli.closed.steps.line import Derivation
from gradcli.closed.steps.matrix import derive_matrix
from gradcli.closed.steps.scalar import Goal, scalar_derivation


def derive(question: Question, goal: Goal, form: Callable[[], Form]) -> Derivation:
    """The derivative line by line, each held equal to it; the last line is the text of the closed form.

    goal: the closed form that is printed for the first variable of ``question.wrt``, for the first two, ...
    form: makes it, with its tree: asked for where names have axes
    Errors: LimitError with the reason where there is none.
    """
    if not any(question.shapes.get(name, ()) for name in question.function.names):
        return scalar_derivation(question.function, question.wrt, goal, question.at_points, question.premises)
    function = prepared(question.function, question.shapes, question.at_points)
    found = derive_matrix(replace(question, function=function), form())
    if found.lines[-1].text != goal(question.wrt):
        raise LimitError("the derivation leads to another form than the one that is printed", kind="unchecked")
    return found
