"""Operations along axes of few entries: a formula of these entries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcli.meaning.program import Step
from gradcli.meaning.templates.entrywise import Build, combined
from gradcli.meaning.templates.formula import Formula, Node
from gradcli.meaning.templates.moves import moved
from gradcli.meaning.templates.operations import components, few, fibre
from gradcli.meaning.templates.sums import WIDTH
from gradcli.meaning.templates.values import Known, Pieces, Sums, Value
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, reduce, size
from gradcli.operations.table import OPS

SMALL = 16  # entries of a matrix up to which a function of it is one formula


def along_fibres(step: Step, arguments: Sequence[Value | None], shape: Shape) -> Pieces | None:
    """An operation along axes of few entries, or of small matrices, by the row itself.

    None where it is none, or linear, or of many.
    """
    op, given = step.op, [a for a in arguments if a is not None]
    assert op is not None
    if op.linear or not op.within or len(given) != 1:
        return None
    (value,) = given
    if isinstance(value, Known):
        return None
    if isinstance(op.within, int):
        return _of_matrices(op, value, step.constants, shape) if len(value.shape) >= op.within else None
    named = {param.name: constant for param, constant in zip(op.constants, step.constants, strict=True)}
    dim = named[op.within]
    if not 0 < fibre(value.shape, dim) <= WIDTH:
        return None
    reduces = "keepdim" in named and shape == reduce(value.shape, dim, named["keepdim"])
    if not reduces and (shape != value.shape or not isinstance(dim, int)):
        return None
    pieces = few(value, op.written) if isinstance(value, Sums) else value
    parts, left = components(pieces, dim), reduce(value.shape, dim)
    constants = tuple({op.within: -1, "keepdim": False}.get(p.name, named[p.name]) for p in op.constants)
    joined = partial(_joined, op, constants, (len(parts),))
    if reduces:
        out = combined(joined, parts, left)
        return out if out.shape == shape else moved(lambda _, x: x.reshape(shape), [out], shape)
    entries = [combined(partial(_entry, joined, (k,)), parts, left) for k in range(len(parts))]
    return moved(lambda s, *xs: s.np.stack(xs, dim), entries, shape)


def _of_matrices(op: Op, value: Pieces | Sums, constants: tuple[Any, ...], shape: Shape) -> Pieces | None:
    """Of each matrix in the last axes: a number, or a matrix; Any: see nodes.Static."""
    assert isinstance(op.within, int)
    batch, inner = value.shape[: -op.within], value.shape[-op.within :]
    if not 0 < size(inner) <= SMALL or shape[: len(batch)] != batch:
        return None
    pieces = few(value, op.written) if isinstance(value, Sums) else value
    parts = components(pieces, tuple(range(-op.within, 0)))
    joined = partial(_joined, op, constants, inner)
    tail = shape[len(batch) :]
    if not tail:
        return combined(joined, parts, batch)
    if size(tail) > SMALL:
        return None
    entries = [combined(partial(_entry, joined, place), parts, batch) for place in np.ndindex(*tail)]
    return moved(lambda s, *xs: s.np.stack(xs, -1).reshape(shape), entries, shape)


def _entry(joined: Build, place: tuple[int, ...], formulas: list[Formula | None]) -> Formula:
    """One entry of the last axes."""
    return Node(OPS["index"], (joined(formulas),), ((Ellipsis, *place),))


def _joined(op: Op, constants: tuple[Any, ...], inner: Shape, formulas: Sequence[Formula | None]) -> Formula:
    """The operation of the last axes, of this shape, in which the entries stand."""
    parts = list(formulas)
    for axis, count in enumerate(reversed(inner), 1):
        parts = [Node(OPS["stack"], tuple(parts[k : k + count]), (-axis,)) for k in range(0, len(parts), count)]
    return Node(op, tuple(parts), constants)
