"""Operations along axes of few entries: a formula of these entries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from gradcli.meaning.program import Step
from gradcli.meaning.templates.entrywise import combined
from gradcli.meaning.templates.formula import Formula, Node
from gradcli.meaning.templates.moves import moved
from gradcli.meaning.templates.operations import components, few, fibre
from gradcli.meaning.templates.sums import WIDTH
from gradcli.meaning.templates.values import Known, Pieces, Sums, Value
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, reduce
from gradcli.operations.table import OPS


def along_fibres(step: Step, arguments: Sequence[Value | None], shape: Shape) -> Pieces | None:
    """A reduction of few entries at a time, by the row itself; None where it is none, or linear, or of many."""
    op = step.op
    assert op is not None
    named = {param.name: value for param, value in zip(op.constants, step.constants, strict=True)}
    given = [a for a in arguments if a is not None]
    if op.linear or len(given) != 1 or not {"dim", "keepdim"} <= named.keys():
        return None
    (value,) = given
    dim = named["dim"]
    if isinstance(value, Known) or shape != reduce(value.shape, dim, named["keepdim"]):
        return None
    if not 0 < fibre(value.shape, dim) <= WIDTH:
        return None
    pieces = few(value, op.written) if isinstance(value, Sums) else value
    constants = tuple({"dim": -1, "keepdim": False}.get(p.name, named[p.name]) for p in op.constants)
    out = combined(partial(_joined, op, constants), components(pieces, dim), reduce(value.shape, dim))
    return out if out.shape == shape else moved(lambda _, x: x.reshape(shape), [out], shape)


def _joined(op: Op, constants: tuple[Any, ...], formulas: Sequence[Formula | None]) -> Formula:  # Any: see Static
    """The operation along the last axis, where the entries stand side by side."""
    return Node(op, (Node(OPS["stack"], tuple(formulas), (-1,)),), constants)
