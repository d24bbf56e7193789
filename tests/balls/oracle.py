"""What balls say of a function, held against numbers that share nothing with them: mpmath's, by the mean value theorem.

``(f(x + h) - f(x))/h`` is the slope somewhere between x and x + h, and so is every quotient of higher order: the slope
enclosed on the whole interval has to contain the quotient of mpmath's values. The bound is a theorem, not a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import mpmath
import numpy as np
from flint import arb
from oracles.precise import Precise

from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, variable
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Program, run

BITS = 5_500
DIGITS = 1_600  # of mpmath: x - tanh(x) at 1e-300 loses 600, differences take some more
STEP = 40  # digits by which a point is moved, of its size
LOST = 650  # digits that mpmath may lose to cancellation

Values = Mapping[str, Any]  # arrays of floats
Moves = tuple[tuple[str, tuple[int, ...]], ...]  # the entries in which a derivative is taken


def enclosed(number: Any) -> arb:  # Any: an mpmath number
    """An mpmath number as it is."""
    sign, mantissa, exponent, _ = number._mpf_
    return arb(int(mantissa) * (-1 if sign else 1)) * arb(2) ** int(exponent)


def in_balls(program: Program, values: Values, wide: Mapping[Any, arb], bits: int = BITS) -> tuple[Any, Any]:
    """The inputs and the result; entries in ``wide``, by name and place, lie anywhere in the given ball."""
    with precision(bits):
        arithmetic = Balls()
        point = {name: arithmetic.variables(np.asarray(value)) for name, value in values.items()}
        for (name, place), ball in wide.items():
            point[name][place] = variable(ball)
        return point, run(program, arithmetic, point)


def in_mpmath(program: Program, values: Values, moved: Mapping[Any, Any], arithmetic: Precise) -> Any:
    """The result with entries moved by so much."""
    point = {name: arithmetic.exact(np.asarray(value)) for name, value in values.items()}
    for (name, place), step in moved.items():
        point[name][place] = point[name][place] + step
    return run(program, arithmetic, point)


def assert_value(program: Program, values: Values) -> int:
    """Every entry of the result contains mpmath's, and meets itself with fewer bits. Returns how many were enclosed."""
    reference = in_mpmath(program, values, {}, Precise(DIGITS))
    _, out = in_balls(program, values, {})
    _, narrow = in_balls(program, values, {}, 1_024)
    _, wide = in_balls(program, values, {}, 64)
    told = 0
    for place in np.ndindex(out.shape):
        number, entry = reference[place], out[place]
        if type(entry) is Undefined:
            assert not mpmath.isfinite(number), (place, entry, number)
            assert type(narrow[place]) is not Ball or not narrow[place].value.is_finite()
            continue
        with precision(BITS):
            if mpmath.isfinite(number):
                assert_near(entry.value, number, mpmath.mpf(0))
            elif not entry.value.is_nan():
                assert not entry.value.is_finite(), (place, entry, number)
            if type(wide[place]) is Ball and entry.value.is_finite():
                assert wide[place].value.is_nan() or wide[place].value.overlaps(narrow[place].value)
                assert entry.value.overlaps(narrow[place].value)
        told += bool(entry.value.is_finite())
    return told


def assert_near(ball: arb, number: Any, error: Any) -> None:  # Any: mpmath numbers
    """Does the ball reach the number, to within its error?"""
    reach = enclosed(error) + abs(enclosed(number)) * arb(10) ** (LOST - DIGITS) + arb(10) ** (-3 * DIGITS)
    assert ball.overlaps(arb(enclosed(number), reach.upper())), (ball, number)


def derivative(program: Program, values: Values, place: tuple[int, ...], moves: Moves, wide: Mapping[Any, arb]) -> Any:
    """One entry of a derivative, a Scalar, on wide inputs."""
    point, out = in_balls(program, values, wide)
    scalar = out[place]
    with precision(BITS):
        for i, (name, at) in enumerate(moves):
            if type(scalar) is not Ball:
                return scalar
            leaves = adjoints([(scalar, Ball(arb(1)))], record=i < len(moves) - 1)
            scalar = leaves.get(point[name][at].serial, ZERO)
    return scalar


def quotient(program: Program, values: Values, place: tuple[int, ...], moves: Moves) -> tuple[Any, Any, dict[Any, arb]]:
    """The difference quotient of mpmath's values, its error by rounding, and the inputs between its points."""
    arithmetic = Precise(DIGITS)
    context = arithmetic.context
    steps = {
        key: context.mpf(10) ** -STEP * (abs(context.mpf(float(np.asarray(values[key[0]])[key[1]]))) or 1)
        for key in moves
    }
    total, size = context.zero, context.zero
    ends: dict[Any, list[Any]] = {}
    for choice in product((0, 1), repeat=len(moves)):
        moved: dict[Any, Any] = {}
        for key, one in zip(moves, choice, strict=True):
            moved[key] = moved.get(key, context.zero) + one * steps[key]
            ends.setdefault(key, []).append(moved[key])
        entry = in_mpmath(program, values, moved, arithmetic)[place]
        total += (-1) ** (len(moves) - sum(choice)) * entry
        size = max(size, abs(entry))
    area = context.one
    for key in moves:
        area *= steps[key]
    wide = {}
    with precision(BITS):
        for name, at in moves:
            start = enclosed(context.mpf(float(np.asarray(values[name])[at])))
            wide[name, at] = start.union(start + enclosed(max(ends[name, at])))
    return total / area, size * context.mpf(10) ** (LOST - DIGITS) / area, wide


def assert_derivative(program: Program, values: Values, place: tuple[int, ...], moves: Moves) -> bool:
    """The enclosure on an interval contains the quotient. Returns whether there was one: a kink has none."""
    number, error, wide = quotient(program, values, place, moves)
    with precision(BITS):
        between = derivative(program, values, place, moves, wide)
        at = derivative(program, values, place, moves, {})
        if type(between) is not Ball or not between.value.is_finite() or not mpmath.isfinite(number):
            return False
        assert_near(between.value, number, error)
        assert type(at) is Ball
        assert between.value.overlaps(at.value), (between, at)
        accurate = between.value.rel_accuracy_bits() > STEP or between.value.contains(0)
    return bool(accurate)
