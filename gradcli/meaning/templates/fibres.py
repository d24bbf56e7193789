"""Operations along axes of few entries: a formula of these entries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from gradcli.meaning.program import Step
from gradcli.meaning.templates.entrywise import Build, combined
from gradcli.meaning.templates.formula import Formula, Node
from gradcli.meaning.templates.moves import moved
from gradcli.meaning.templates.operations import components, few, fibre
from gradcli.meaning.templates.sums import WIDTH
from gradcli.meaning.templates.values import Known, Pieces, Sums, Value
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, reduce
from gradcli.operations.table import OPS


def along_fibres(step: Step, arguments: Sequence[Value | None], shape: Shape) -> Pieces | None:
    """An operation along axes of few entries, by the row itself; None where it is none, or linear, or along many.

    Its value has one entry for each such line, or as many as the line.
    """
    op = step.op
    assert op is not None
    named = {param.name: value for param, value in zip(op.constants, step.constants, strict=True)}
    given = [a for a in arguments if a is not None]
    if op.linear or len(given) != 1 or "dim" not in named:
        return None
    (value,) = given
    dim = named["dim"]
    if isinstance(value, Known) or not 0 < fibre(value.shape, dim) <= WIDTH:
        return None
    reduces = "keepdim" in named and shape == reduce(value.shape, dim, named["keepdim"])
    if not reduces and (shape != value.shape or not isinstance(dim, int)):
        return None
    pieces = few(value, op.written) if isinstance(value, Sums) else value
    parts, left = components(pieces, dim), reduce(value.shape, dim)
    constants = tuple({"dim": -1, "keepdim": False}.get(p.name, named[p.name]) for p in op.constants)
    joined = partial(_joined, op, constants)
    if reduces:
        out = combined(joined, parts, left)
        return out if out.shape == shape else moved(lambda _, x: x.reshape(shape), [out], shape)
    entries = [combined(partial(_entry, joined, k), parts, left) for k in range(len(parts))]
    return moved(lambda s, *xs: s.np.stack(xs, dim), entries, shape)


def _entry(joined: Build, k: int, formulas: list[Formula | None]) -> Formula:
    """One entry along the last axis."""
    return Node(OPS["index"], (joined(formulas),), ((Ellipsis, k),))


def _joined(op: Op, constants: tuple[Any, ...], formulas: Sequence[Formula | None]) -> Formula:  # Any: see Static
    """The operation along the last axis, where the entries stand side by side."""
    return Node(op, (Node(OPS["stack"], tuple(formulas), (-1,)),), constants)
