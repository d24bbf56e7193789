"""Which part of a line is worth a picture: around the point, where the function is defined, with its kinks in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import MathematicsError
from gradcli.commands.plotting.model import finite
from gradcli.commands.plotting.sampling import Function, grid

FIRST = 4.0  # half of the width, where no point says more
WIDER = (1.0, 10.0, 100.0, 0.1, 1e4)  # times as wide, where nothing is defined
LARGEST = 1e90  # a point: beyond, most functions leave the range of floats within the picture
REACH = 3.0  # half widths from the middle in which kinks are shown
MARGIN = 0.04  # of the width, beyond the domain


def window(function: Function, point: float | None, marks: Sequence[float]) -> tuple[float, float]:
    """Errors: MathematicsError where the function has no value anywhere near."""
    middle = 0.0 if point is None else point
    half = FIRST if point is None else max(2.0, 1.25 * abs(point))
    if half > LARGEST:
        raise MathematicsError("there is nothing to plot: the point is too large a number for a picture")
    for times in WIDER:
        low, high = middle - half * times, middle + half * times
        near = [m for m in marks if abs(m - middle) <= REACH * half * times]
        low, high = (
            min([low, *(m - half * times / 4 for m in near)]),
            max([high, *(m + half * times / 4 for m in near)]),
        )
        x = grid(low, high, [middle, *near])
        (there,) = np.nonzero(np.isfinite(function(x)[0]))
        if there.size:
            return _rounded(*_trimmed(low, high, float(x[there[0]]), float(x[there[-1]])))
    raise MathematicsError("there is nothing to plot: the function has no value near the point")


def _trimmed(low: float, high: float, first: float, last: float) -> tuple[float, float]:
    """Without what lies beyond the domain, but for a margin."""
    margin = MARGIN * max(last - first, 1e-3 * (high - low))
    return max(low, first - margin), min(high, last + margin)


def _rounded(low: float, high: float) -> tuple[float, float]:
    """To the next round numbers outside."""
    step = 10.0 ** floor(log10(high - low)) / 20
    return float(f"{floor(low / step) * step:.12g}"), float(f"{-floor(-high / step) * step:.12g}")


def heights(values: FloatArray, *, cut: bool, least: float = 0.0) -> tuple[float, float]:
    """The range of values that is shown: all of them, or without those next to poles, and a margin.

    least: a range that is smaller is noise
    """
    known = finite(values)
    if not known.size:
        return -1.0, 1.0
    low, high = float(known.min()), float(known.max())
    if cut:
        p, q = (float(v) for v in np.quantile(known, [0.1, 0.9]))
        low, high = max(low, p - (q - p) / 2), min(high, q + (q - p) / 2)
    if high - low <= 1e-12 * max(abs(low), abs(high)) or high - low <= max(least, 1e-300):
        room = max(abs(high) / 2, 1.0) if abs(high) < 1e300 else abs(high) / 8
        return low - room, high + room
    if not np.isfinite(high - low):
        return max(low, -1e300), min(high, 1e300)
    return low - MARGIN * (high - low), high + MARGIN * (high - low)
