"""The arrays that travel between rooms: numpy's, of float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class Flags(np.ndarray[Any, np.dtype[np.float64]]):  # Any: the shape, which numpy's types leave open
    """True and False as 1 and 0: an array that was given as truth values, which may be a mask."""


def as_flags(truth: npt.NDArray[np.bool_]) -> FloatArray:
    return truth.astype(np.float64).view(Flags)


def is_mask(value: FloatArray) -> bool:
    """Was it given as truth values?"""
    return isinstance(value, Flags)
