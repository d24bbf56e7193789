"""Where a single step is delicate: it has a value but no slope, or torch is known to take another slope than it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Condition, Undefined, condition, variable
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Step
from gradcli.meaning.scalars import Array, as_array, mapped


def at_kink(step: Step, values: Mapping[int, Array], moving: Collection[int]) -> bool:
    """Has an entry of the step a value, but no slope in what moves?

    values: by the numbers of the steps that it takes, arrays of Scalars of balls or of conditions; moving: those of
    them that are variables
    """
    if step.op is None or step.body is not None:
        return False
    given = {i: mapped(_variable if i in moving else _constant, values[i]) for i in step.inputs if i is not None}
    try:
        outputs = as_array(Balls().apply(step, [None if i is None else given[i] for i in step.inputs]))
    except LimitError:
        return False
    # Each output has a weight of its own: the sum of tied singular values is smooth, they are not.
    known = (out for out in outputs.ravel() if type(out) is Ball and out.serial and out.value.is_finite())
    slopes = adjoints([(out, Ball(arb(weight))) for weight, out in enumerate(known, 1)])
    return any(type(slope) is Undefined for slope in slopes.values())


def _variable(number: Any) -> Any:  # Any: a Scalar or a condition
    return variable(number.value) if type(number) is Ball else _constant(number)


def _constant(number: Any) -> Any:  # Any: as above
    """A number without the way that it came; a condition as it is decided, whatever moves it."""
    if type(number) is Ball:
        return Ball(number.value)
    if type(number) is Undefined:
        return number
    known = condition(number)
    return Condition(known.truth, (), known.lost)


def goes_astray(step: Step, values: Mapping[int, Array]) -> bool:
    """Does the row say that torch takes another slope here, though there is one? values: as above."""
    if step.op is None or step.op.astray is None:
        return False
    balls = Balls()
    constants = [balls.constant(value) for value in step.constants]
    arguments = [None if i is None else values[i] for i in step.inputs]
    return condition(step.op.astray(balls, *arguments, *constants)).truth is True
