"""When numbers of high precision are the same: two refinements of one number, and the limit that quotients show."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from gradcli.meaning.precise import Precise
from gradcli.meaning.scalars import Array, Scalar, as_array

APPROACH = (7.3e-4, 3.1e-4)  # each step towards a kink, relative to the one before
SLOWEST = 0.005  # the smallest power of the step that tells a limit of 0 or infinity from one between
SETTLED, SHRINKS = 1e-25, 1e-10  # relative: two refinements agree; a zero shrinks with the digits
ZERO = 1e-120  # a slope that is 0 to two refinements may be this large, no larger


def agreed(first: Array, second: Array, blind: Scalar = 0, most: float = ZERO) -> Array:
    """What two refinements agree on, entry by entry: the number, 0 where it shrinks with the digits; else nan.

    blind: what may be lost in a 0 of the second refinement; one larger than ``most`` tells nothing
    """
    size = np.maximum(abs(first), abs(second))
    same = (second != 0) & (abs(first - second) <= size * SETTLED)
    zero = ~same & ((abs(second) <= abs(first) * SHRINKS) | (abs(second) <= blind)) & bool(blind <= most)
    return as_array(np.where(same, second, np.where(zero, second * 0, np.nan)))


def largest_number(arrays: Sequence[Array], arithmetic: Precise) -> Scalar:
    """The largest finite number in some arrays, in absolute value."""
    numbers = (abs(v) for array in arrays for v in as_array(array).ravel() if not isinstance(v, bool))
    return max((v for v in numbers if arithmetic.context.isfinite(v)), default=arithmetic.context.zero)


def finite(arithmetic: Precise, value: Scalar) -> Scalar | None:
    return value if arithmetic.context.isfinite(value) else None


def same(a: Scalar, b: Scalar, tolerance: float = 1e-12) -> bool:
    if a == b:
        return True
    return max(abs(a), abs(b)) != inf and bool(abs(a - b) <= tolerance * max(abs(a), abs(b)))


def limit(arithmetic: Precise, first: Scalar, second: Scalar, third: Scalar) -> Scalar | None:
    """The limit that three quotients show: a number if they agree (extrapolated, as if their error were proportional to
    the step), 0 or an infinity if they go there by a power of the step or by its logarithm, else None: they oscillate,
    or it cannot be told."""
    if first != first or second != second or third != third:
        return None
    if same(second, third, 1e-9):
        ratio = arithmetic.context.mpf(APPROACH[1])
        return (third - second * ratio) / (1 - ratio) if abs(third) != inf else third
    if abs(third) < abs(first) * 0.5 and abs(third) < 1e-4:
        return arithmetic.context.zero
    if not (first * second > 0 and second * third > 0):
        return None
    if abs(third) > 100 * abs(second) > 1e4 * abs(first):
        return arithmetic.inf if third > 0 else -arithmetic.inf
    before, after = (
        float(arithmetic.context.log(abs(b / a)) / arithmetic.context.log(ratio))
        for a, b, ratio in ((first, second, APPROACH[0]), (second, third, APPROACH[1]))
    )
    if min(abs(before), abs(after)) < SLOWEST or abs(before - after) > 0.3 * max(abs(before), abs(after)):
        return None
    return arithmetic.context.zero if after > 0 else arithmetic.inf if third > 0 else -arithmetic.inf


def limit_or_nan(arithmetic: Precise, *quotients: Scalar) -> Scalar:
    found = limit(arithmetic, *quotients)
    return arithmetic.nan if found is None else found


def stands(a: Scalar | None, b: Scalar | None) -> bool:
    """Are two evaluations, at rising precision, the same to 25 digits?"""
    if a is None or b is None:
        return a is b
    return bool(a == b or abs(a - b) <= abs(b) * 1e-25)


def vanishes(a: Scalar | None, b: Scalar | None) -> bool:
    """Does the value shrink with the precision? Then it is an exact zero that was not simplified."""
    return a is not None and b is not None and bool(max(abs(a), abs(b)) < 1e-45 and abs(b) < abs(a) * 1e-30)


def tiny_is_zero(value: Scalar | None) -> Scalar | None:
    """What still shrinks at 1200 digits is an exact zero."""
    return value * 0 if value is not None and abs(value) < 1e-300 else value
