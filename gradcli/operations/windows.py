"""Windows along one axis: where they stand, and the weights of the entries under them, as exact numbers."""

from __future__ import annotations

import struct
from fractions import Fraction
from math import floor

Taps = tuple[tuple[int, ...], ...]  # for each window, the numbers of the entries under it
Weights = tuple[dict[int, Fraction], ...]  # for each entry of the result, the weights of those that it is made of

LINEAR, CUBIC, NEAREST, NEAREST_EXACT = "linear", "cubic", "nearest", "nearest-exact"
MODES = (LINEAR, CUBIC, NEAREST, NEAREST_EXACT)
_REACH = {LINEAR: 1, CUBIC: 2}  # how far the hat of a mode reaches
_SHARPNESS = {False: Fraction(-3, 4), True: Fraction(-1, 2)}  # Keys' a, as torch has it without and with antialias


# -- windows of one size


def count_of_windows(n: int, size: int, stride: int, padding: int, dilation: int = 1, ceil_mode: bool = False) -> int:
    """How many windows fit; ceil_mode: one that hangs over the end counts, where it begins before the padding there."""
    room = n + 2 * padding - dilation * (size - 1) - 1
    count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    return count - (ceil_mode and (count - 1) * stride >= n + padding)


def window_taps(n: int, size: int, stride: int, padding: int, dilation: int = 1, ceil_mode: bool = False) -> Taps:
    """The entries under each window; what lies in the padding is left out.

    >>> window_taps(4, 3, 2, 1)
    ((0, 1), (1, 2, 3))
    """
    starts = (i * stride - padding for i in range(count_of_windows(n, size, stride, padding, dilation, ceil_mode)))
    places = (range(start, start + size * dilation, dilation) for start in starts)
    return tuple(tuple(i for i in window if 0 <= i < n) for window in places)


def average_weights(n: int, size: int, stride: int, padding: int, ceil_mode: bool, divisor: str) -> Weights:
    """The share of each entry in the mean of its window.

    divisor: 'window' counts the padding, but not what hangs over it; 'inside' the entries alone; 'one' is a sum
    """
    found = []
    for i, taps in enumerate(window_taps(n, size, stride, padding, 1, ceil_mode)):
        start = i * stride - padding
        whole = min(start + size, n + padding) - start
        count = {"window": whole, "inside": len(taps), "one": 1}[divisor]
        found.append({tap: Fraction(1, count) for tap in taps})
    return tuple(found)


# -- as many windows as are asked for


def adaptive_taps(n: int, count: int) -> Taps:
    """Windows that cover an axis as evenly as whole numbers can.

    >>> adaptive_taps(5, 3)
    ((0, 1), (1, 2, 3), (3, 4))
    """
    return tuple(tuple(range(i * n // count, -(-(i + 1) * n // count))) for i in range(count))


def adaptive_weights(n: int, count: int) -> Weights:
    return tuple({tap: Fraction(1, len(taps)) for tap in taps} for taps in adaptive_taps(n, count))


# -- values at other places


def resampling_weights(
    n: int, count: int, mode: str, align_corners: bool, antialias: bool, scale: Fraction | None
) -> Weights:
    """An axis of n entries sampled at ``count`` places, as torch's interpolate has it.

    scale: how many places an entry has, where that is not count/n
    """
    step = 1 / scale if scale else Fraction(n, count)
    if mode in (NEAREST, NEAREST_EXACT):
        return tuple({_nearest(i, n, step, mode): Fraction(1)} for i in range(count))
    if align_corners:
        step = Fraction(n - 1, count - 1) if count > 1 else Fraction(0)
    shift = Fraction(0) if align_corners else Fraction(1, 2)
    if antialias:
        return tuple(_smoothed((i + Fraction(1, 2)) * step, n, mode, step) for i in range(count))
    return tuple(_between((i + shift) * step - shift, n, mode) for i in range(count))


def _nearest(i: int, n: int, step: Fraction, mode: str) -> int:
    """In the float32 of torch, where the end of an entry is met."""
    place = _single(float(i) * float(step)) if mode == NEAREST else _single((i + 0.5) * float(step))
    return min(floor(place), n - 1)


def _single(number: float) -> float:
    """The nearest float of 32 bits."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _between(place: Fraction, n: int, mode: str) -> dict[int, Fraction]:
    """The entries around a place by their hats; past the ends the last one counts."""
    if mode == LINEAR:
        place = max(place, Fraction(0))
    first = floor(place)
    found: dict[int, Fraction] = {}
    for i in range(first - _REACH[mode] + 1, first + _REACH[mode] + 1):
        at = min(max(i, 0), n - 1)
        found[at] = found.get(at, Fraction(0)) + _hat(place - i, mode, _SHARPNESS[False])
    return {i: weight for i, weight in found.items() if weight}


def _smoothed(centre: Fraction, n: int, mode: str, step: Fraction) -> dict[int, Fraction]:
    """The hat as wide as a step where that is more than an entry; the weights sum up to 1 within the axis."""
    width = max(step, Fraction(1))
    reach = _REACH[mode] * width
    first, last = max(floor(centre - reach + Fraction(1, 2)), 0), min(floor(centre + reach + Fraction(1, 2)), n)
    hats = {i: _hat((i + Fraction(1, 2) - centre) / width, mode, _SHARPNESS[True]) for i in range(first, last)}
    total = sum(hats.values(), Fraction(0))
    return {i: hat / total for i, hat in hats.items() if hat}


def _hat(x: Fraction, mode: str, a: Fraction) -> Fraction:
    """The weight at a distance: a triangle, or the cubic of Keys 1981."""
    x = abs(x)
    if mode == LINEAR:
        return max(1 - x, Fraction(0))
    if x <= 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return ((x - 5) * x + 8) * x * a - 4 * a if x < 2 else Fraction(0)


def places_between(n: int, scale: Fraction) -> int:
    """How many places ``scale`` gives an axis, as Python's floats have it."""
    return floor(float(n) * float(scale))


def whole_steps(values: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """One number for each axis.

    >>> whole_steps(2, 3), whole_steps((2,), 3)
    ((2, 2, 2), (2, 2, 2))
    """
    return (values,) * rank if isinstance(values, int) else tuple(values) * (rank if len(values) == 1 else 1)
