"""The derivation of a derivative, by what it is a derivative of: scalars rule by rule, arrays by differentials."""

from __future__ import annotations

from gradcli.base.errors import LimitError
from gradcli.closed.notation.question import Question
from gradcli.closed.steps.line import Derivation
from gradcli.closed.steps.scalar import Goal, scalar_derivation


def derive(question: Question, goal: Goal) -> Derivation:
    """The derivative line by line, each held equal to it; the last line is the text of the closed form.

    goal: the closed form that is printed for the first variable of ``question.wrt``, for the first two, ...
    Errors: LimitError with the reason where there is none.
    """
    if any(question.shapes.get(name, ()) for name in question.function.names):
        raise LimitError("a derivation of a function of arrays is not written yet", kind="unchecked")
    given = (question.at_points, question.premises)
    return scalar_derivation(question.function, question.wrt, goal, *given)
