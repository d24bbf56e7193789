"""Adjoints backward through whole arrays, and tangents as the adjoints of adjoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradcli.meaning.balls.sweep import reachable
from gradcli.meaning.extended.conditions import _NO, Condition, where
from gradcli.meaning.extended.number import Extended, bare, filled, fitted, variable
from gradcli.meaning.extended.rounding import Floats


@np.errstate(all="ignore")  # as in ``WholeArrays.apply``: slopes are infinite or nan where there are none
def adjoints(
    output: Extended,
    cotangent: Extended,
    *,
    record: bool = False,
    absolute: bool = False,
    steps: Sequence[Extended] | None = None,
) -> Mapping[int, Extended]:
    """By the serial of every variable ``sum_i cotangent_i * d output_i / d variable``, of the variable's shape.

    record: so that it can be differentiated again
    absolute: of absolute values all along: the size of the terms that may cancel, or less, where a product sums some
    steps:  those of ``reachable``, where they are known
    """
    found: dict[int, Extended] = {output.serial: cotangent}
    leaves: dict[int, Extended] = {}
    for step in reachable([output]) if steps is None else steps:
        adjoint = found.pop(step.serial, None)
        if adjoint is None:
            continue
        if not step.operands:
            leaves[step.serial] = filled(adjoint, step.shape)
            continue
        absent = adjoint.absent if step.spread else None
        known = (*step.operands, step) if record else tuple(bare(o) for o in (*step.operands, step))
        for operand, slope in zip(step.operands, step.slopes, strict=True):
            if not operand.serial:
                continue
            term = slope(adjoint, *known)
            if absent is not None:
                term = _without(term, absent)
            if step.spread:
                term = fitted(term, step.shape, operand.shape)
            if absolute:
                term = Extended(np.abs(term.value), term.error)
            before = found.get(operand.serial)
            found[operand.serial] = term if before is None else _added(before, term)
    return leaves


def _without(term: Extended, absent: Floats) -> Extended:
    """0 where nothing comes, also where a slope does not exist."""
    kept = where(Condition(absent, _NO, _NO), 0, term)
    out = Extended(kept.value, kept.error, kept.operands, kept.slopes, kept.serial, kept.spread)
    out.absent = np.broadcast_to(absent, out.shape)
    return out


def _added(before: Extended, term: Extended) -> Extended:
    total = before + term
    if before.absent is not None and term.absent is not None:
        total.absent = np.broadcast_to(before.absent & term.absent, total.shape)
    return total


def gradient(output: Extended, of: Extended, cotangent: Extended | None = None, *, record: bool = False) -> Extended:
    """``sum_i cotangent_i * d output_i / d of``, zeros where nothing depends on it."""
    given = Extended(np.ones(output.shape)) if cotangent is None else cotangent
    found = adjoints(output, given, record=record).get(of.serial) if output.serial else None
    return Extended(np.zeros(of.shape)) if found is None else found


def transposed(output: Extended, of: Extended) -> tuple[Extended, Extended]:
    """The adjoint of ``of`` as a function of a cotangent, in which it is linear, and this cotangent.

    Its own adjoint in the cotangent is the tangent of the output along the direction that is put in its place.
    """
    cotangent = variable(np.zeros(output.shape))
    return gradient(output, of, cotangent, record=True), cotangent


def tangent(output: Extended, of: Extended, direction: Extended) -> Extended:
    """``sum_j d output / d of_j * direction_j``, of the output's shape; it can be differentiated again."""
    pulled, cotangent = transposed(output, of)
    return gradient(pulled, cotangent, direction, record=True)
