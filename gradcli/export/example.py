"""The seeded point of a self-test, and the certain numbers there: enclosures, rounded."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.export.unit import Unit
from gradcli.language.nodes import Size
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.program import values_of_steps
from gradcli.meaning.scalars import Array, as_array

BITS = 160
_RANGES = ((0.25, 2.0), (-2.0, 2.0), (-0.9, 0.9), (1.1, 3.0)) * 4


@dataclass(frozen=True, slots=True)
class Example:
    """The arguments at the point, and what the function and its derivative are there."""

    point: Mapping[str, FloatArray]
    value: FloatArray
    derivative: FloatArray


def example(unit: Unit, seed: int) -> Example:
    """The first seeded point where both are enclosed. Errors: LimitError where none is found."""
    generator = random.Random(seed)  # noqa: S311 - points of a test, not secrets
    for low, high in _RANGES:
        point = {name: _drawn(unit.shape_of(name), low, high, generator) for name in unit.names}
        found = _numbers(unit, point)
        if found is not None:
            return Example(point, *found)
    raise LimitError("no seeded point was found at which the function and its derivative have values", kind="unchecked")


def _drawn(shape: tuple[int, ...], low: float, high: float, generator: random.Random) -> FloatArray:
    count = int(np.prod([int(n) for n in shape]))
    return np.array([round(generator.uniform(low, high), 3) for _ in range(count)]).reshape([int(n) for n in shape])


def _numbers(unit: Unit, point: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray] | None:
    with precision(BITS):
        balls = Balls()
        inputs = {name: balls.exact(value) for name, value in point.items()}
        inputs |= {size.name: balls.exact(int(size)) for size in _sizes(unit)}
        try:
            steps = values_of_steps(unit.program, balls, inputs)
        except LimitError:
            return None
        value, slope = (_floats(as_array(steps[i])) for i in (unit.value, unit.derivative))
    return None if value is None or slope is None else (value, slope)


def _sizes(unit: Unit) -> list[Size]:
    shapes = [unit.shape_of(name) for name in unit.names]
    return [size for shape in shapes for size in shape if isinstance(size, Size)]


def _floats(array: Array) -> FloatArray | None:
    """None where an entry is not enclosed to double precision."""
    found = [_float(entry) for entry in array.ravel()]
    return None if None in found else np.array(found, dtype=np.float64).reshape(array.shape)


def _float(entry: Any) -> float | None:  # Any: a Scalar
    if not isinstance(entry, Ball) or not entry.value.is_finite():
        return None
    middle = float(entry)
    return middle if isfinite(middle) and float(entry.value.rad()) <= 1e-18 * max(1.0, abs(middle)) else None
