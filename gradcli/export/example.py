"""The seeded point of a self-test, where its premises hold, and the certain numbers there: enclosures, rounded."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.export.unit import Unit
from gradcli.language.nodes import Size, Tree, row_of
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, condition
from gradcli.meaning.program import compile_tree, run, values_of_steps
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.table import OPS

BITS = 160
_RANGES = ((0.25, 2.0), (-2.0, 2.0), (-0.9, 0.9), (1.1, 3.0))
PLAIN, SPECIAL = 16, 64  # points of entries that know nothing of each other, and of matrices that a factorisation takes


@dataclass(frozen=True, slots=True)
class Example:
    """The arguments at the point, and what the function and its derivative are there."""

    point: Mapping[str, FloatArray]
    value: FloatArray
    derivative: FloatArray


def example(unit: Unit, seed: int) -> Example:
    """The first seeded point where the premises hold and both are enclosed. Errors: LimitError where none is found."""
    special = {name for premise in unit.premises for name in premise.names} or unit.names
    for point in _points(unit, special, random.Random(seed)):  # noqa: S311 - points of a test, not secrets
        found = _numbers(unit, point)
        if found is not None:
            return Example(point, *found)
    raise LimitError("no seeded point was found at which the function and its derivative have values", kind="unchecked")


def _points(unit: Unit, special: Collection[str], generator: random.Random) -> Iterator[dict[str, FloatArray]]:
    for attempt in range(PLAIN + SPECIAL):
        bounds = _RANGES[attempt % len(_RANGES)]
        point = {name: _drawn(unit.shape_of(name), *bounds, generator) for name in unit.names}
        if attempt >= PLAIN:
            point |= {name: generator.choice(_SHAPED)(x) for name, x in point.items() if name in special and x.ndim > 1}
        yield point


def _drawn(shape: tuple[int, ...], low: float, high: float, generator: random.Random) -> FloatArray:
    count = int(np.prod([int(n) for n in shape]))
    return np.array([round(generator.uniform(low, high), 3) for _ in range(count)]).reshape([int(n) for n in shape])


def _definite(x: FloatArray) -> FloatArray:
    """Symmetric, with a diagonal that is larger than all else of a row; x where it is not square."""
    size = x.shape[-1]
    return np.round(x + x.mT + 5 * size * np.eye(size), 3) if x.shape[-2] == size else x


def _orthogonal(x: FloatArray) -> FloatArray:
    """Columns that are orthonormal to rounding, rows where there are fewer."""
    return np.linalg.qr(x)[0] if x.shape[-2] >= x.shape[-1] else np.linalg.qr(x.mT)[0].mT


_SHAPED = (_definite, _orthogonal, lambda x: x)


def _holds(premise: Tree, balls: Balls, inputs: Mapping[str, Array]) -> bool:
    """Is it certain; of an equation: to rounding?"""
    if row_of(premise) is OPS["eq"]:
        left, right = (_floats(as_array(run(compile_tree(side), balls, inputs))) for side in premise.args)
        return left is not None and right is not None and np.allclose(left, right, rtol=0, atol=1e-14)
    found = as_array(run(compile_tree(premise), balls, inputs))
    return all(condition(entry).truth is True for entry in found.ravel())


def _numbers(unit: Unit, point: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray] | None:
    with precision(BITS):
        balls = Balls()
        inputs = {name: balls.exact(value) for name, value in point.items()}
        inputs |= {size.name: balls.exact(int(size)) for size in _sizes(unit)}
        try:
            if not all(_holds(premise.tree, balls, inputs) for premise in unit.premises):
                return None
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
