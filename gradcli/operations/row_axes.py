"""Where an operation leaves the axis of rows: which operations treat rows apart, and which add them up.

A rule here takes the shapes of the operands, the axis of the rows in each, counted from the end as -1, -2, ... (None
where it has no rows), then the constants. It gives the axis of the rows in the value; SUMMED or AVERAGED where the
value is the sum or mean over all rows of what each row gives by itself; None where rows meet in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from gradcli.operations.shape_rules import Shape, axes_of, line


class Over(Enum):
    """What becomes of rows that are not told apart any more."""

    SUMMED = "summed"
    AVERAGED = "averaged"


RowAxis = int | Over | None
RowRule = Callable[..., RowAxis]  # (shapes, axes of the rows, *constants)


def reducing(over: Over | None) -> RowRule:
    """Of a reduction ``dim, keepdim``; over: what it makes of the rows, where they are among what is reduced."""

    def rule(shapes: Sequence[Shape], axes: Sequence[int | None], dim: Any, keepdim: bool) -> RowAxis:  # Any: axes
        (shape,), (axis,) = shapes, axes
        assert axis is not None
        gone = [one - len(shape) for one in axes_of(shape, dim)]
        if axis in gone:
            return over
        return axis if keepdim else axis + sum(one > axis for one in gone)

    return rule


def along(axis_of: Callable[[Shape, Any], int | None]) -> RowRule:
    """Of what mixes the entries along one axis, which ``axis_of`` the shape and the constant tells."""

    def rule(shapes: Sequence[Shape], axes: Sequence[int | None], dim: Any) -> RowAxis:  # Any: see Op
        (shape,), (axis,) = shapes, axes
        mixed = axis_of(shape, dim)
        return None if mixed is None or mixed % len(line(shape)) - len(shape) == axis else axis

    return rule


def matmul(shapes: Sequence[Shape], axes: Sequence[int | None]) -> RowAxis:
    """Rows of the left factor are rows of the product, columns of the right one its columns; rows over which both are
    summed are added up."""
    (_, right), (i, j) = shapes, axes
    inner = -1 if len(right) == 1 else -2
    if i == -1 or j == inner:
        return Over.SUMMED if i == -1 and j == inner else None
    if i is not None and j is not None:
        return None
    if i is not None:
        return inner if i == -2 else None
    return -1 if j == -1 else None


def dot(_: Sequence[Shape], axes: Sequence[int | None]) -> RowAxis:
    """Both vectors are summed over."""
    return Over.SUMMED if tuple(axes) == (-1, -1) else None


def transpose(
    shapes: Sequence[Shape], axes: Sequence[int | None], first: int | None = None, second: int | None = None
) -> RowAxis:
    """Two axes swapped; all in reverse where none is named."""
    (shape,), (axis,) = shapes, axes
    assert axis is not None
    if first is None or second is None:
        return -1 - len(shape) - axis
    swapped = [one % len(shape) - len(shape) for one in (first, second)]
    return swapped[1 - swapped.index(axis)] if axis in swapped else axis


def matrix_transpose(shapes: Sequence[Shape], axes: Sequence[int | None]) -> RowAxis:
    """The last two axes swapped."""
    return transpose(shapes, axes, -2, -1)
