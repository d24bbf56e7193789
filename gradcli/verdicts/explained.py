"""Why a number does not agree: the end of a note on it, and whether numbers on the way left the range of the dtype."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.ball import Ball, UntoldError
from gradcli.meaning.scalars import as_array
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.kinks import goes_astray
from gradcli.reference.reference import Reference
from gradcli.reference.work import BITS
from gradcli.verdicts.comparison import radius
from gradcli.verdicts.first_wrong_step import ON_THE_WAY, Cause
from gradcli.verdicts.verdict import Verdict


def why_not(
    cause: Cause, number: float, digits: float | None, true: arb, settings: Settings, *, of_value: bool
) -> tuple[Verdict, str]:
    """The verdict on one number, and the end of a note on it."""
    verdict = cause.verdict
    right = "" if digits is None else f"{digits:.1f} digits are right, "
    if verdict is Verdict.ROUNDING:
        lost = f": {right}float arithmetic lost {'the others' if right else 'digits on the way'}"
        return verdict, lost
    if verdict is Verdict.TRAP:
        if of_value:
            return verdict, f": {ON_THE_WAY.get(cause.how, 'lost on the way')}"
        who = "autograd" if settings.whose == "torch" else settings.whose
        lost = f"{who} lost it" if not isfinite(number) else f"{who} returns another number"
        return verdict, f": the derivative exists, {lost}"
    if verdict is Verdict.UNCHECKED:
        return verdict, ": what rounding may do to it takes too many steps to tell"
    agree = "" if digits is None else f" ({digits:.1f} digits agree)"
    return verdict, f" ± {radius(true)}{agree}"


def leaves_range(reference: Reference, answers: Sequence[Answer], settings: Settings) -> bool:
    """May a power of a number on the way leave the dtype's range? Quotients bring the square into a first
    derivative, the cube into a second."""
    numbers = (abs(v) for v in _on_the_way(reference))
    reach = arb(2) ** (settings.float_type.top // (1 + max(len(answer.wrt) for answer in answers)))
    return any(bool(v > reach) or bool(v < 1 / reach and not v.contains(0)) for v in numbers)


def _on_the_way(reference: Reference) -> Iterator[arb]:
    """Every number of the function's computation that balls know."""
    try:
        steps = reference.at(BITS[0]).steps
    except LimitError:
        return
    for step in steps:
        for scalar in as_array(step).ravel():
            if type(scalar) is Ball and scalar.value.is_finite():
                yield scalar.value


def takes_another_slope(reference: Reference) -> bool:
    """Does a row say that torch takes another slope at what its step is given?"""
    if not any(step.op is not None and step.op.astray for step in reference.problem.program.steps):
        return False
    try:
        values = dict(enumerate(reference.at(BITS[0]).steps))
        return any(goes_astray(step, values) for step in reference.problem.program.steps)
    except (LimitError, UntoldError):
        return False
