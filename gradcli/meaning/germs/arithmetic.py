"""The arithmetic of bounds for small steps: the rows' sympy meanings along a ray, with the derivative in the step.

What has a power series is one; bounds begin where a function has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.ball import Ball, Condition, Extension, Undefined, UntoldError, condition, lifted
from gradcli.meaning.germs.functions import STEP, composed, of_series
from gradcli.meaning.germs.leading import ZERO, Leading, constant, total
from gradcli.meaning.program import Step
from gradcli.meaning.scalars import Array, ScalarArithmetic, as_array
from gradcli.meaning.series.arithmetic import SeriesArithmetic
from gradcli.meaning.series.functions import derivative
from gradcli.meaning.series.series import Series, sign

# Any, in this module: Scalars, that are Balls, Undefined and Germs; Functions

UNTOLD = Ball(arb.nan())
Bounds = tuple[Leading, Leading | None]  # of a value and of its slope; None where that is not told


class Germ(Extension):
    """A function of t, for all small enough t > 0.

    series: its power series, if it has one
    bounds: those of its value, and of its derivative in t
    """

    __slots__ = ("_bounds", "series")
    value = arb.nan()  # to whatever takes it for a ball: not told
    serial = -1

    def __init__(self, series: Series | None, bounds: Bounds | None = None) -> None:
        self.series, self._bounds = series, bounds

    def __repr__(self) -> str:
        return f"Germ({self._bounds if self.series is None else self.series})"

    @property
    def bounds(self) -> Bounds:
        """Errors: UntoldError."""
        if self._bounds is None:
            value = of_series(self.series)
            try:
                slope = of_series(derivative(self.series))
            except UntoldError:
                slope = None
            self._bounds = value, slope
        return self._bounds

    def sign(self) -> int:
        """Errors: UntoldError."""
        return self.bounds[0].sign() if self.series is None else self.series.sign()

    def __add__(self, other: Any) -> Any:
        return _combined(self, other, lambda x, y: x + y, _sum)

    def __mul__(self, other: Any) -> Any:
        return _combined(self, other, lambda x, y: x * y, _product)

    def __truediv__(self, other: Any) -> Any:
        return _combined(self, other, lambda x, y: x / y, _quotient)

    def __rtruediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        return _combined(other, self, lambda x, y: x / y, _quotient)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else self + (-lifted(other))

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else (-self) + other

    def __neg__(self) -> Any:
        return self * Ball(arb(-1))

    def __lt__(self, other: Any) -> bool:
        """Errors: UntoldError, as below."""
        return sign_of(self - other) < 0

    def __gt__(self, other: Any) -> bool:
        return sign_of(self - other) > 0

    def __bool__(self) -> bool:
        return self.sign() != 0

    def through(self, function: Any, operands: tuple[Any, ...]) -> Any:
        """A function of germs; what cannot be told is a ball that is nan."""
        exact = list(map(_series, operands))
        if None not in exact:
            found = _kept(function(*exact))
            if found is not None:
                return found
        try:
            return _through(function, [_bounds(x) for x in operands])
        except (UntoldError, ValueError, ZeroDivisionError, OverflowError):
            return UNTOLD


STEPPED = Germ(STEP)  # t


def sign_of(number: Any) -> int:
    """For all small t. Errors: UntoldError."""
    return number.sign() if type(number) is Germ else sign(number)


def _series(number: Any) -> Any:
    """A Series or a Ball, None where there is none."""
    return number.series if type(number) is Germ else number


def _kept(number: Any) -> Any:
    """What an operation on series gave; None where it could not tell."""
    if type(number) is Series:
        return Germ(number)
    return None if type(number) is Ball and number.value.is_nan() else number


def _bounds(number: Any) -> Bounds:
    """Errors: UntoldError."""
    return number.bounds if type(number) is Germ else (constant(number.value), ZERO)


def _combined(x: Any, y: Any, exactly: Callable[[Any, Any], Any], bounded: Callable[[Bounds, Bounds], Any]) -> Any:
    if isinstance(y, np.ndarray):
        return NotImplemented
    x, y = lifted(x), lifted(y)
    for number in (x, y):
        if type(number) is Undefined:
            return number
    one, other = _series(x), _series(y)
    if one is not None and other is not None:
        found = _kept(exactly(one, other))
        if found is not None:
            return found
    try:
        return _germ(*bounded(_bounds(x), _bounds(y)))
    except (UntoldError, ZeroDivisionError):
        return UNTOLD


def _germ(value: Leading, slope: Leading | None) -> Any:
    """Exactly 0 where it is: a constant."""
    return Ball(arb(0)) if value.is_zero else Germ(None, (value, slope))


def _sum(x: Bounds, y: Bounds) -> Bounds:
    return x[0] + y[0], _if_told(lambda: _chain([(constant(arb(1)), x[1]), (constant(arb(1)), y[1])]))


def _product(x: Bounds, y: Bounds) -> Bounds:
    return x[0] * y[0], _if_told(lambda: _chain([(y[0], x[1]), (x[0], y[1])]))


def _quotient(x: Bounds, y: Bounds) -> Bounds:
    inverse = y[0].inverse()
    value = x[0] * inverse
    return value, _if_told(lambda: _chain([(inverse, x[1]), (-value * inverse, y[1])]))


def _through(function: Any, operands: Sequence[Bounds]) -> Any:
    found = composed(function, [value for value, _ in operands])
    if isinstance(found, Undefined):
        return found
    return _germ(found.value, _if_told(lambda: _chain(list(zip(found.slopes, (s for _, s in operands), strict=True)))))


def _chain(parts: Sequence[tuple[Leading | None, Leading | None]]) -> Leading:
    """``sum_i slope_i * dx_i``. Errors: UntoldError."""
    products = []
    for slope, moved in parts:
        if moved is not None and moved.is_zero:
            continue
        if slope is None or moved is None:
            raise UntoldError
        products.append(slope * moved)
    return total(products)


def _if_told(slope: Callable[[], Leading]) -> Leading | None:
    try:
        return slope()
    except UntoldError:
        return None


class GermArithmetic(SeriesArithmetic):
    """Scalars are Balls, Germs or Undefined. Of whole arrays that depend on t, sums and products are told."""

    def total(self, entries: Sequence[Any]) -> Any:
        germs = [entry for entry in entries if type(entry) is Germ]
        out = super().total([entry for entry in entries if type(entry) is not Germ])
        for germ in germs:
            out = out + germ
        return out

    def matmul(self, a: Array, b: Array) -> Array:
        return ScalarArithmetic.matmul(self, a, b) if _move([a, b]) else super().matmul(a, b)

    def derive(self, step: Step, arguments: list[Array | None], point: Mapping[str, Array]) -> Array:
        if _move([*arguments, *point.values()]):
            raise LimitError("a derivative inside the expression: bounds tell of none", kind="unchecked")
        return super().derive(step, arguments, point)

    def _compared(
        self, x: Any, y: Any, holds: Callable[[int], bool], constant: Callable[[Any, Any], Condition]
    ) -> Condition:
        x, y = lifted(x), lifted(y)
        if not _move([x, y]) or type(x) is Undefined or type(y) is Undefined:
            return super()._compared(x, y, holds, constant)
        try:
            return Condition(holds(0 if x is y else sign_of(x - y)))
        except UntoldError:
            return Condition(None)

    def where(self, chosen: Any, x: Any, y: Any) -> Any:
        if not _move([x, y]):
            return super().where(chosen, x, y)
        truth = condition(chosen).truth
        return UNTOLD if truth is None else lifted(x if truth else y)

    def _extreme(
        self, xs: Sequence[Any], beats: Callable[[Any, Any], bool | None], hull: Callable[[arb, arb], arb]
    ) -> Any:
        best, *rest = map(lifted, xs)
        for x in rest:
            if not _move([best, x]):
                best = super()._extreme([best, x], beats, hull)
            elif type(best) is Undefined or type(x) is Undefined:
                return best if type(best) is Undefined else x
            else:
                best = x if beats(Ball(arb(0)), Ball(arb(sign_of(x - best)))) else best
        return best


def _move(arrays: Sequence[Any]) -> bool:
    """Does anything in them depend on t?"""
    return any(type(entry) is Germ for array in arrays for entry in as_array(array).ravel())
