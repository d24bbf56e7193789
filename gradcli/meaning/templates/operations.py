"""Operations on values of every kind: entry by entry, in other places, and sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.meaning.moves import Move
from gradcli.meaning.templates.entrywise import combined
from gradcli.meaning.templates.formula import Node, added
from gradcli.meaning.templates.moves import moved
from gradcli.meaning.templates.sums import WIDTH, linear_in_sums, moved_sums, narrow, summed
from gradcli.meaning.templates.template import Untemplated
from gradcli.meaning.templates.values import Known, Pieces, Sums, Value
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, axes_of, reduce, size


def entry_by_entry(op: Op, arguments: Sequence[Value | None], shape: Shape, constants: tuple[Any, ...]) -> Value:
    """An operation entry by entry; Any: see nodes.Static.

    Errors: Untemplated for a sum of many entries where the operation is not linear.
    """
    if any(isinstance(a, Sums) for a in arguments):
        linear = linear_in_sums(op, arguments, shape, constants)
        if linear is not None:
            return linear
        arguments = [few(a, op.written) if isinstance(a, Sums) else a for a in arguments]
    given = [a for a in arguments if not isinstance(a, Sums)]
    return combined(lambda parts: Node(op, tuple(parts), constants), given, shape)


def few(value: Sums, written: str) -> Pieces:
    """A sum as a formula. Errors: Untemplated where it has many terms."""
    found = narrow(value)
    if found is None:
        raise Untemplated(f"{written} is applied to a sum of many entries")
    return found


def in_other_places(move: Move, arguments: Sequence[Value], shape: Shape) -> Value:
    """The operands' entries, put where the move puts them."""
    if any(isinstance(a, Sums) for a in arguments):
        return moved_sums(move, arguments, shape)
    return moved(move, [a for a in arguments if not isinstance(a, Sums)], shape)


def components(value: Pieces, dim: Any) -> list[Pieces]:  # Any: None, an axis, or several
    """The entries along axes, one after another: each of the shape that a reduction leaves."""
    axes = axes_of(value.shape, dim)
    shape = reduce(value.shape, dim)
    lengths = tuple(value.shape[axis] for axis in axes)
    found = []
    for place in np.ndindex(*lengths):
        at = dict(zip(axes, place, strict=True))
        index = tuple(at.get(axis, slice(None)) for axis in range(len(value.shape)))
        found.append(moved(lambda _, x, index=index: x[index], [value], shape))
    return found


def fibre(shape: Shape, dim: Any) -> int:  # Any: as above
    """How many entries are taken together along axes."""
    return size(tuple(shape[axis] for axis in axes_of(shape, dim)))


def total(value: Value, dim: Any = None, keepdim: bool = False) -> Value:  # Any: as above
    """The sum along axes: a formula where few entries are added, else a sum."""
    if isinstance(value, Known):
        axes = tuple(axes_of(value.shape, dim))
        return Known(value.numbers.sum(axes, keepdims=keepdim) if axes else value.numbers, truth=False)
    if isinstance(value, Sums) or not 0 < fibre(value.shape, dim) <= WIDTH:
        return summed(value, dim, keepdim)
    parts = components(value, dim)
    shape = reduce(value.shape, dim)
    out = combined(lambda formulas: added([f for f in formulas if f is not None]), parts, shape)
    if shape == reduce(value.shape, dim, keepdim):
        return out
    kept = reduce(value.shape, dim, keepdim)
    return moved(lambda _, x: x.reshape(kept), [out], kept)
