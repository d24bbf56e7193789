"""The truth of a call at a point: enclosures of value, slopes and second slopes, at rising precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb
from kernels.grid import Call, Point

from gradcli.base.precision import precision
from gradcli.language.nodes import symbol
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, variable
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Step

BITS = (128, 512, 2048)
DECIDED = 70  # bits
LARGEST, SMALLEST = arb(2) ** 1025, arb(2) ** -1090  # beyond these float64 has infinity and 0

Scalar = Ball | Undefined
Moves = tuple[int, ...]  # the operands in which a derivative is taken, in turn


def enclosed(call: Call, point: Sequence[arb], wanted: Sequence[Moves], bits: int) -> dict[Moves, Scalar]:
    """The derivatives of a call; of no moves the value."""
    with precision(bits):
        arithmetic = Balls()
        variables = [variable(x) for x in point]
        arrays: list[Any] = [np.array(v, dtype=object) for v in variables]  # Any: arrays of Scalars
        arrays += [None] * (len(call.op.tensors) - call.operands)
        out = arithmetic.apply(Step(symbol(call.op.name), call.op, (), call.constants), arrays)[()]
        return {moves: _derived(out, [variables[k] for k in moves]) for moves in wanted}


def _derived(out: Any, moved: Sequence[Ball]) -> Any:  # Any: a Scalar
    for ball in moved:
        if type(out) is not Ball or not out.value.is_finite():
            infinite = type(out) is Ball and out.value.is_exact() and not out.value.is_nan()
            return Undefined("the function is infinite") if infinite else out
        out = adjoints([(out, Ball(arb(1)))], record=True).get(ball.serial, Ball(arb(0)))
    return out


def truths(call: Call, point: Point, wanted: Sequence[Moves]) -> dict[Moves, Scalar]:
    """Enclosures that decide about every double, or that are still too wide with the most bits.

    Errors: LimitError where the row refuses its constants.
    """
    found: dict[Moves, Scalar] = {}
    for bits in BITS:
        left = [moves for moves in wanted if moves not in found or not decided(found[moves])]
        if left:
            found |= enclosed(call, [arb(x) for x in point], left, bits)
    return found


def decided(scalar: Scalar) -> bool:
    if isinstance(scalar, Undefined):
        return True
    value = scalar.value
    if not value.is_finite():
        return bool(value.is_exact()) and not value.is_nan()
    sure = value.is_exact() or value.rel_accuracy_bits() >= DECIDED
    return bool(sure or abs(value) > LARGEST or abs(value) < SMALLEST)


def stands_for_edge(call: Call, point: Point) -> bool:
    """Is this the nearest double to a number at which the call has a value, such as that of -1/e?"""
    for k, x in enumerate(point):
        for side in (-1, 1):
            with precision(BITS[0]):
                moved = [arb(v) + side * arb(math.ulp(x)) / 2 if i == k else arb(v) for i, v in enumerate(point)]
            if isinstance(enclosed(call, moved, [()], BITS[0])[()], Ball):
                return True
    return False


# -- one-sided slopes, where the two sides differ or one is missing

STEPS = ((arb(2) ** -(10**20), arb(2) ** -(2 * 10**20)), (arb(2) ** -1200, arb(2) ** -2400))
SIDE_BITS = 4096


def sides(call: Call, point: Point, k: int) -> list[float]:
    """The limits of the slope in the k-th operand from both sides, those in the domain that can be told."""
    found = (_limit(call, point, k, side) for side in (-1, 1))
    return [limit for limit in found if limit is not None]


def _limit(call: Call, point: Point, k: int, side: int) -> float | None:
    for near, nearer in STEPS if point[k] == 0 else STEPS[1:]:
        one, other = (_slope_beside(call, point, k, side * step) for step in (near, nearer))
        if one is None or other is None:
            continue
        if one.overlaps(other):
            return float(other.mid())
        if abs(one) < SMALLEST and abs(other) < SMALLEST:
            return 0.0
        with precision(128):
            ratio = abs(other / one) if not one.contains(0) else arb(1)
        if abs(ratio - 1) < arb(2) ** -60:
            return float(other.mid())
        if abs(other) > LARGEST or ratio > 1.5:
            return float("inf") if other > 0 else float("-inf")
        if abs(other) < SMALLEST or ratio < 0.7:
            return 0.0
    return None


def _slope_beside(call: Call, point: Point, k: int, step: arb) -> arb | None:
    with precision(SIDE_BITS):
        moved = [arb(x) + step if i == k else arb(x) for i, x in enumerate(point)]
    slope = enclosed(call, moved, [(k,)], SIDE_BITS)[k,]
    return slope.value if isinstance(slope, Ball) and slope.value.is_finite() else None
