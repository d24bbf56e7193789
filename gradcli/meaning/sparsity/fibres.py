"""Operations that work on parts of an array by themselves: on each line along an axis, or on each matrix of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.meaning.program import Step
from gradcli.operations.shape_rules import Shape, axes_of, size


@dataclass(frozen=True, slots=True)
class Fibres:
    """Which part each entry of the operand, and each entry of the value, belongs to; both in C order."""

    count: int
    of_entries: Positions
    of_results: Positions


def fibres_of(step: Step, shape: Shape, result: Shape) -> Fibres | None:
    """The parts of an operand that ``Op.within`` says; None where the value's shape does not show its own."""
    assert step.op is not None
    taken = taken_axes(step, shape)
    if taken is None:
        return None
    others = tuple(n for axis, n in enumerate(shape) if axis not in taken)
    kept = tuple(1 if axis in taken else n for axis, n in enumerate(shape))
    count = size(others)
    numbers = np.arange(count)
    of_entries = np.broadcast_to(numbers.reshape(kept), shape).reshape(-1)
    if result == others:
        return Fibres(count, of_entries, numbers)
    if len(result) == len(shape) and all(n == result[axis] for axis, n in enumerate(shape) if axis not in taken):
        return Fibres(count, of_entries, np.broadcast_to(numbers.reshape(kept), result).reshape(-1))
    last = taken == tuple(range(len(others), len(shape)))
    if last and result[: len(others)] == others:
        spread = numbers.reshape(others + (1,) * (len(result) - len(others)))
        return Fibres(count, of_entries, np.broadcast_to(spread, result).reshape(-1))
    return None


def taken_axes(step: Step, shape: Shape) -> tuple[int, ...] | None:
    """The axes along which entries are mixed, ascending; None where the operand lacks them."""
    assert step.op is not None
    within = step.op.within
    if isinstance(within, int):
        return tuple(range(len(shape) - within, len(shape))) if within <= len(shape) else None
    names = [param.name for param in step.op.constants]
    dim = step.constants[names.index(within)]
    if dim is not None and not shape:
        return ()
    return tuple(sorted(axes_of(shape, dim)))
