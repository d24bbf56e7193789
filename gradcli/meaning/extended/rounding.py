"""The rounding of extended numbers, in units that hold on every machine."""

from __future__ import annotations

from math import log2
from typing import Any

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


def sized(value: Floats) -> Floats:
    """Sizes in float64; in longdouble where one of them is beyond float64's range."""
    size = np.asarray(np.abs(value).astype(np.float64))
    if size.size and not (size.min() >= FLOOR and size.max() < np.inf):
        beyond = ((value != 0) & (size < FLOOR)) | (np.isfinite(value) & np.isinf(size))
        return np.abs(value) if beyond.any() else size
    return size


def rounding(size: Floats, *factors: Floats) -> Floats:
    """The rounding error of products of such sizes, those that underflowed included."""
    error = size * UNIT
    if not size.all():
        lost = size == 0
        for factor in factors:
            lost = lost & (factor != 0)
        error = error + np.where(lost, FLOOR, 0.0)
    return np.asarray(error)


def rest(x: Floats, y: Floats, total: Floats) -> Floats:
    """What rounding took from ``x + y`` (Knuth's)."""
    second = total - x
    return np.asarray((x - (total - second)) + (y - second))


def additions(count: int) -> float:
    """How many additions a term goes through, at most, in a sum of so many."""
    return min(count - 1.0, BLOCK / 8 + 8 + log2(count)) if count > 1 else 0.0
