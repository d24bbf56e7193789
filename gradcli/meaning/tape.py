"""The backward tape: each step's value and adjoint, as autograd left them, and the same pass in high precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Program, Step
from gradcli.meaning.scalars import Array, Scalar, as_array
from gradcli.operations.shape_rules import size

MAX_EVALUATIONS = 2_000  # of single steps: a structural step costs two for each entry of an argument
STEP_DIGITS = 25


@dataclass(frozen=True, slots=True)
class TapeEntry:
    """One step of a backward pass: its value, torch's name of the node (None: no gradient flows), its adjoint."""

    value: Array
    grad_fn: str | None
    adjoint: Array | None


def precise_adjoints(
    program: Program, values: Sequence[Array], arithmetic: Precise, cotangent: Array | None = None
) -> list[Array]:
    """The adjoint ``d output / d step`` of every step, in high precision: a backward pass without rounding.

    values: of each step, from a run in the same arithmetic. cotangent: of the output's shape; None for a scalar.
    An adjoint of exactly 0 stays 0 through a step whose slope is infinite or undefined: that is the true derivative.
    Errors: LimitError for a derivative inside the program, or past MAX_EVALUATIONS.
    """
    if program.differentiated:
        raise LimitError("a derivative inside the expression", kind="unchecked")
    adjoints = [arithmetic.full(value.shape, 0) for value in values]
    adjoints[-1] = arithmetic.full(values[-1].shape, 1) if cotangent is None else arithmetic.exact(cotangent)
    budget = MAX_EVALUATIONS
    for index in reversed(range(len(program.steps))):
        step, adjoint = program.steps[index], adjoints[index]
        if step.op is None or step.op.boolean or not np.any(adjoint != 0):
            continue
        arguments = [None if i is None else values[i] for i in step.inputs]
        for place, i in enumerate(step.inputs):
            if i is None or program.steps[i].tree.is_number or _is_condition(arguments[place]):
                continue
            budget -= 1 if step.op.elementwise else size(values[i].shape)
            if budget < 0:
                raise LimitError("too large for a backward pass in high precision", kind="unchecked")
            pulled = pull_back(step, arguments, place, adjoint, arithmetic)
            adjoints[i] = as_array(adjoints[i] + pulled)
    return adjoints


def _is_condition(argument: Array | None) -> bool:
    return argument is not None and all(isinstance(v, bool | np.bool_) for v in argument.ravel())


def pull_back(step: Step, arguments: Sequence[Array | None], place: int, adjoint: Array, arithmetic: Precise) -> Array:
    """``adjoint . d step / d argument`` for one argument, of its shape, by central differences of the meaning."""
    moving = arguments[place]
    assert step.op is not None
    assert moving is not None
    if step.op.elementwise:
        steps = arithmetic.map(lambda v: _step(arithmetic, v), moving)
        slopes = _quotient(step, arguments, place, steps, arithmetic) / (2 * steps)
        return _summed(_weighed(arithmetic, adjoint, slopes), moving.shape, arithmetic)
    out = arithmetic.full(moving.shape, 0)
    for where in np.ndindex(moving.shape):
        arithmetic.deadline.check()
        change = arithmetic.full(moving.shape, 0)
        change[where] = _step(arithmetic, moving[where])
        slopes = _quotient(step, arguments, place, change, arithmetic) / (2 * change[where])
        out[where] = arithmetic.total(list(_weighed(arithmetic, adjoint, slopes).ravel()))
    return out


def _step(arithmetic: Precise, value: Scalar) -> Scalar:
    scale = abs(value) if value and arithmetic.context.isfinite(value) else arithmetic.context.one
    return scale * arithmetic.context.mpf(10) ** -STEP_DIGITS


def _quotient(step: Step, arguments: Sequence[Array | None], place: int, change: Array, arithmetic: Precise) -> Array:
    """The step's value with one argument moved forward less that with it moved back."""
    sides = []
    for sign in (1, -1):
        moved = list(arguments)
        moved[place] = as_array(arguments[place] + sign * change)
        sides.append(arithmetic.apply(step, moved))
    return as_array(sides[0] - sides[1])


def _weighed(arithmetic: Precise, adjoint: Array, slopes: Array) -> Array:
    """Products in which 0 times anything is 0."""
    return arithmetic.map(lambda g, s: g * s if g != 0 else arithmetic.context.zero, adjoint, slopes)


def _summed(array: Array, shape: tuple[int, ...], arithmetic: Precise) -> Array:
    """The sum over the axes along which an argument of this shape was broadcast."""
    if array.shape == shape:
        return array
    extra = array.ndim - len(shape)
    axes = [*range(extra), *(extra + k for k, n in enumerate(shape) if n == 1 and array.shape[extra + k] != 1)]
    return arithmetic.sum(array, tuple(axes)).reshape(shape)
