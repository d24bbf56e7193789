"""The rounding of extended numbers, in units that hold on every machine.

Numbers are of longdouble, or inside ``in_doubles`` of float64: a fifth of the time and half the memory, for bounds that
are 2,000 times as wide.
"""

from __future__ import annotations

import threading
from math import log2
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

IEEE = {52, 63, 112}  # bits of significands whose rounding error is half a unit; two doubles side by side have another
LONG = np.longdouble if np.finfo(np.longdouble).nmant in IEEE else np.float64  # 64 bits on x86; bounds are as wide
UNIT = float(np.finfo(LONG).eps) / 2  # a rounding error, of a number of size 1
FLOOR = 2.0**-1000  # sizes below, whose bounds may vanish by underflow, are in longdouble
CARE = 1 + 1e-6
FUNCTION_UNITS = 8.0  # of rounding, in a function of the C library: 4 units in the last place
BLOCK = 128  # numpy adds so many entries of a line by eight running sums, and the blocks in pairs

Floats = npt.NDArray[Any]  # Any: longdouble, or float64
DOUBLE_UNIT = 2.0**-53


class _Width(threading.local):
    """What numbers are made of here.

    long:  their type; unit: a rounding error of a number of size 1; functions: units of one in a library's function
    least: a size, up to which a product or function may have lost digits by underflow
    """

    long: Any = LONG  # Any: a type of numpy's
    unit: float = UNIT
    functions: float = FUNCTION_UNITS
    least: float = 0.0


now = _Width()


class in_doubles:  # noqa: N801 - read as a function, as ``precision`` is
    """Numbers made inside are of float64. numpy's own functions are taken to be right to 4 units in the last place
    there too."""

    def __enter__(self) -> None:
        self.before = (now.long, now.unit, now.functions, now.least)
        now.long, now.unit, now.functions, now.least = np.float64, DOUBLE_UNIT, FUNCTION_UNITS, FLOOR

    def __exit__(self, *_: object) -> None:
        now.long, now.unit, now.functions, now.least = self.before


def sized(value: Floats) -> Floats:
    """Sizes in float64; in longdouble where one of them is beyond float64's range."""
    if value.dtype == np.float64:
        return np.asarray(np.abs(value))
    size = np.asarray(np.abs(value).astype(np.float64))
    if size.size and not (size.min() >= FLOOR and size.max() < np.inf):
        beyond = ((value != 0) & (size < FLOOR)) | (np.isfinite(value) & np.isinf(size))
        return np.abs(value) if beyond.any() else size
    return size


class Bounded(Protocol):
    """Numbers with a bound on the error of each."""

    @property
    def value(self) -> Floats: ...
    @property
    def error(self) -> Any: ...  # Any: 0.0, or an array


def rounding(size: Floats, *factors: Bounded) -> Floats:
    """The rounding error of products of such sizes, those that underflowed included."""
    return increased(np.asarray(size * now.unit), underflow(size, *factors))


def increased(error: Floats, more: Any) -> Floats:  # Any: 0.0, or an array
    """A bound that nobody else has, and more."""
    if isinstance(more, float):
        return error if more == 0.0 else np.asarray(error + more)
    if error.ndim and error.shape == more.shape and error.dtype == more.dtype:
        error += more
        return error
    return np.asarray(error + more)


def underflow(size: Floats, *operands: Bounded) -> Any:  # Any: 0.0, or an array
    """What results of such sizes may be off by underflow, their bounds too: none that has an operand 0."""
    if not size.size or size.min() > now.least:
        return 0.0
    lost = ~(size > now.least)
    for operand in operands:
        lost = lost & ((operand.value != 0) | (np.asarray(operand.error) != 0))
    return np.where(lost, FLOOR, 0.0)


def rest(x: Floats, y: Floats, total: Floats) -> Floats:
    """What rounding took from ``x + y`` (Knuth's)."""
    second = total - x
    return np.asarray((x - (total - second)) + (y - second))


def additions(count: int) -> float:
    """How many additions a term goes through, at most, in a sum of so many."""
    return min(count - 1.0, BLOCK / 8 + 8 + log2(count)) if count > 1 else 0.0
