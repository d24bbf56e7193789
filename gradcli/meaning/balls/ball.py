"""Scalars of ball arithmetic: a ball with its operands, so that derivatives of every order can be accumulated.

Three kinds of answers are kept apart: a ball encloses the number; a ball that is nan encloses nothing yet and may want
more bits; ``Undefined`` is certain that there is no number, and says why. A slope may be ``Undefined`` where the value
is a ball: at the kink of abs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
from flint import arb, fmpq

_serials = count(1)


class Undefined:
    """There is certainly no number here, and why: ``log of a negative number``. Whatever it enters is undefined."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __repr__(self) -> str:
        return f"Undefined({self.why!r})"

    def _itself(self, *others: Any) -> Any:  # Any: whatever it meets -> itself, or NotImplemented
        return NotImplemented if any(isinstance(other, np.ndarray) for other in others) else self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _itself
    __truediv__ = __rtruediv__ = __neg__ = __abs__ = _itself


class Ball:
    """A number: its enclosure, and what it was computed from.

    value:    an enclosure; nan where nothing is known yet; infinite only where the number is exactly infinite
    serial:   rises along every computation; 0 for a constant, through which no derivative goes
    operands: what it was computed from by ``function``; none for a variable and for a constant
    function: gives the slopes in the operands; see Differentiable
    """

    __slots__ = ("function", "operands", "serial", "value")

    def __init__(
        self,
        value: arb,
        serial: int = 0,
        operands: tuple[Any, ...] = (),  # Any: Balls, or a Whole (see sweep)
        function: Differentiable | None = None,
    ) -> None:
        self.value, self.serial, self.operands, self.function = value, serial, operands, function

    def __repr__(self) -> str:
        return f"Ball({self.value})"

    def __add__(self, other: Any) -> Any:  # Any: Scalars, as in all that follow
        if type(other) is not Ball:
            if isinstance(other, np.ndarray):
                return NotImplemented  # entry by entry, by numpy
            other = lifted(other)
            if type(other) is Undefined:
                return other
        return _made(self.value + other.value, (self, other), ADD)

    def __sub__(self, other: Any) -> Any:
        if type(other) is not Ball:
            if isinstance(other, np.ndarray):
                return NotImplemented  # entry by entry, by numpy
            other = lifted(other)
            if type(other) is Undefined:
                return other
        return _made(self.value - other.value, (self, other), SUB)

    def __mul__(self, other: Any) -> Any:
        if type(other) is not Ball:
            if isinstance(other, np.ndarray):
                return NotImplemented  # entry by entry, by numpy
            other = lifted(other)
            if type(other) is Undefined:
                return other
        return _made(self.value * other.value, (self, other), MUL)

    def __truediv__(self, other: Any) -> Any:
        if type(other) is not Ball:
            if isinstance(other, np.ndarray):
                return NotImplemented  # entry by entry, by numpy
            other = lifted(other)
            if type(other) is Undefined:
                return other
        if other.value.is_zero():
            return Undefined("a division by 0")
        return _made(self.value / other.value, (self, other), DIV)

    def __radd__(self, other: Any) -> Any:
        return lifted(other) + self

    def __rsub__(self, other: Any) -> Any:
        return lifted(other) - self

    def __rmul__(self, other: Any) -> Any:
        return lifted(other) * self

    def __rtruediv__(self, other: Any) -> Any:
        return lifted(other) / self

    def __neg__(self) -> Any:
        return _made(-self.value, (self,), NEG)


Scalar = Ball | Undefined


@dataclass(frozen=True, slots=True)
class Differentiable:
    """A function of balls that knows its slopes.

    slopes: for each operand a function of the operands and, last, of the output, which gives a Scalar; it is written in
            Balls, so that it can be differentiated again. Undefined where the function has no slope, as at a kink.
    """

    name: str
    slopes: tuple[Callable[..., Any], ...]  # Any: Scalars


def lifted(number: Any) -> Any:  # Any: a Scalar, or a Python or sympy number -> a Scalar
    """A number as a constant: floats exactly as they are."""
    if type(number) is Ball or type(number) is Undefined:
        return number
    return Ball(enclosure(number))


def enclosure(number: Any) -> arb:  # Any: int, float, Fraction, or a sympy Rational
    """The smallest ball around a number, at the working precision."""
    if isinstance(number, arb):
        return number
    if isinstance(number, int | float):
        return arb(number)
    if isinstance(number, Fraction):
        return arb(fmpq(number.numerator, number.denominator))
    return arb(fmpq(int(number.p), int(number.q)))


def variable(value: arb) -> Ball:
    """A number in which derivatives are taken."""
    return Ball(value, next(_serials))


def next_serial() -> int:
    return next(_serials)


def made(value: arb | Undefined, operands: tuple[Ball, ...], function: Differentiable) -> Scalar:
    """A result with the way that it came, where any operand moves; a bare constant elsewhere.

    What is infinite in a result of finite operands is no infinity: the enclosure is only too wide.
    """
    if isinstance(value, Undefined):
        return value
    return _made(value, operands, function)


def _made(value: arb, operands: tuple[Ball, ...], function: Differentiable) -> Ball:
    for operand in operands:
        if operand.serial:
            return Ball(value, next(_serials), operands, function)
    return Ball(value)


_ONE, _MINUS_ONE = Ball(arb(1)), Ball(arb(-1))

ADD = Differentiable("add", (lambda x, y, out: _ONE, lambda x, y, out: _ONE))
SUB = Differentiable("sub", (lambda x, y, out: _ONE, lambda x, y, out: _MINUS_ONE))
MUL = Differentiable("mul", (lambda x, y, out: y, lambda x, y, out: x))
DIV = Differentiable("div", (lambda x, y, out: _ONE / y, lambda x, y, out: -out / y))
NEG = Differentiable("neg", (lambda x, out: _MINUS_ONE,))
TOTAL = Differentiable("sum", ())  # of any number of operands; each slope is 1


def total(entries: Sequence[Any]) -> Any:  # Any: Scalars
    """The sum of many as one step."""
    value = arb(0)
    moving = []
    for entry in entries:
        if type(entry) is Undefined:
            return entry
        value = value + entry.value
        if entry.serial:
            moving.append(entry)
    return Ball(value, next(_serials), tuple(moving), TOTAL) if moving else Ball(value)


# -- three-valued conditions


class Condition:
    """A comparison: True, False, or None where the balls cannot tell.

    edge: the operands of comparisons between equal numbers: if any of them moves, so may the truth
    """

    __slots__ = ("edge", "truth")

    def __init__(self, truth: bool | None, edge: tuple[Ball, ...] = ()) -> None:
        self.truth, self.edge = truth, edge

    def __repr__(self) -> str:
        return f"Condition({self.truth}, edge={bool(self.edge)})"

    def __bool__(self) -> bool:
        """Errors: UntoldError where it cannot be told: whoever asks so has no use for a doubt."""
        if self.truth is None:
            raise UntoldError
        return self.truth


class UntoldError(Exception):
    """Balls cannot tell which of two ways a computation takes; with more bits they may."""


def condition(value: Any) -> Condition:  # Any: a Condition or a bool
    return value if type(value) is Condition else Condition(bool(value))


def equal(x: Any, y: Any) -> bool | None:  # Any: Scalars
    """Are two numbers the same? Certainly yes only where both are exact, or one and the same step."""
    if x is y and type(x) is Ball:
        return True
    if type(x) is Undefined or type(y) is Undefined:
        return None
    a, b = x.value, y.value
    if a.is_exact() and b.is_exact():
        return bool(a == b)
    if a.is_finite() and b.is_finite() and not a.overlaps(b):
        return False
    return None


def less(x: Any, y: Any) -> bool | None:  # Any: Scalars
    """Is x < y? None where it cannot be told."""
    if x is y and type(x) is Ball:
        return False
    if type(x) is Undefined or type(y) is Undefined:
        return None
    if x.value < y.value:
        return True
    if x.value >= y.value:
        return False
    return None


def edge(x: Any, y: Any) -> tuple[Ball, ...]:  # Any: Scalars
    """The moving ones of two numbers that are certainly equal, unless they are one and the same."""
    if x is y or not equal(x, y):
        return ()
    return tuple(v for v in (x, y) if v.serial)


def exact_integer(value: arb) -> int | None:
    """The whole number that a ball is exactly; None for any other."""
    if value.is_exact() and value.is_integer():
        return int(value.unique_fmpz() or 0)
    return None
