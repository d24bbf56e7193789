"""Sums with a diagonal matrix in one buffer: ``diag(p) - outer(p, p)`` is ``outer(-p, p)`` plus p on its diagonal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradcli.export.unit import Unit
from gradcli.meaning.program import Step
from gradcli.operations.table import OPS

_SUMS = (OPS["add"], OPS["sub"])


@dataclass(frozen=True, slots=True)
class Buffered:
    """``other`` with the entries of ``diagonal``, the step under diag, on its diagonal; each with its sign."""

    other: int
    diagonal: int
    negated: bool
    subtracted: bool


def buffered(unit: Unit) -> Mapping[int, Buffered]:
    """The sums that can be taken so: the other matrix is made for this sum alone."""
    uses = unit.uses
    found: dict[int, Buffered] = {}
    for index, step in enumerate(unit.program.steps):
        if step.op not in _SUMS:
            continue
        for place in (0, 1):
            at, other = step.inputs[place], step.inputs[1 - place]
            assert at is not None
            assert other is not None
            inside = _diagonal(unit, at)
            fresh = uses[other] == 1 and _fresh(unit.program.steps[other]) and unit.shapes[other] == unit.shapes[index]
            if inside is not None and uses[at] == 1 and fresh:
                minus = step.op is OPS["sub"]
                found[index] = Buffered(other, inside, minus and place == 0, minus and place == 1)
                break
    return found


def _diagonal(unit: Unit, at: int) -> int | None:
    """The step of v where a step is diag(v), a matrix."""
    step = unit.program.steps[at]
    if step.op is not OPS["diag"] or step.constants != (0,) or len(unit.shapes[at]) != 2:
        return None
    return step.inputs[0]


def _fresh(step: Step) -> bool:
    """Is it certainly an array of its own, where an einsum of one operand may be a view of that?"""
    return step.op is not None and len(step.inputs) > 1 and (step.op.elementwise or step.op.linear == "each")
