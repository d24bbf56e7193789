"""When numbers of high precision are the same: two refinements of one number, and the limit that quotients show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradcli.meaning.precise import Precise
from gradcli.meaning.scalars import Array, Scalar, as_array
from gradcli.reference.limits import limit as limit

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
