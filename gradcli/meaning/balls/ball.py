"""Scalars of ball arithmetic: a ball with its operands, so that derivatives of every order can be accumulated.

Three kinds of answers are kept apart: a ball encloses the number; a ball that is nan encloses nothing yet and may want
more bits; ``Undefined`` is certain that there is no number, and says why. A slope may be ``Undefined`` where the value
is a ball: at the kink of abs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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
    __truediv__ = __rtruediv__ = __neg__ = _itself

    def __lt__(self, other: Any) -> bool:  # Any: whatever it meets
        """Errors: UntoldError: it has no place in an order."""
        raise UntoldError


class Extension:
    """A number of another arithmetic that takes balls as its constants, such as a power series."""

    __slots__ = ()

    def through(self, function: Any, operands: tuple[Any, ...]) -> Any:  # Any: a Function; Scalars and Extensions
        """A function of operands of which this is one."""
        raise NotImplementedError


class Ball:
    """A number: its enclosure, and what it was computed from.

    value:    an enclosure; nan where nothing is known yet; infinite only where the number is exactly infinite
    serial:   rises along every computation; 0 for a constant, through which no derivative goes
    operands: what it was computed from by ``function``; none for a variable and for a constant
    function: gives the slopes in the operands; see Differentiable
    """

    __slots__ = ("function", "operands", "serial", "value")
    __sympy__ = False  # to sympy's numbers no float: they leave the operation to the ball

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
            return _with(self, other, Ball.__add__)
        value = self.value + other.value
        return _made(value, (self, other), ADD) if value.is_finite() else _infinite(value, self, other, ADD)

    def __sub__(self, other: Any) -> Any:
        if type(other) is not Ball:
            return _with(self, other, Ball.__sub__)
        value = self.value - other.value
        return _made(value, (self, other), SUB) if value.is_finite() else _infinite(value, self, other, SUB)

    def __mul__(self, other: Any) -> Any:
        if type(other) is not Ball:
            return _with(self, other, Ball.__mul__)
        value = self.value * other.value
        return _made(value, (self, other), MUL) if value.is_finite() else _infinite(value, self, other, MUL)

    def __truediv__(self, other: Any) -> Any:
        if type(other) is not Ball:
            return _with(self, other, Ball.__truediv__)
        if other.value.is_zero():
            return Undefined("a division by 0")
        value = self.value / other.value
        return _made(value, (self, other), DIV) if value.is_finite() else _infinite(value, self, other, DIV)

    def __radd__(self, other: Any) -> Any:
        return lifted(other) + self

    def __rsub__(self, other: Any) -> Any:
        return lifted(other) - self

    def __rmul__(self, other: Any) -> Any:
        return lifted(other) * self

    def __rtruediv__(self, other: Any) -> Any:
        return lifted(other) / self

    def __neg__(self) -> Any:
        return Ball(-self.value) if is_fixed(self) else _made(-self.value, (self,), NEG)

    # -- what Python and numpy ask of numbers

    def __lt__(self, other: Any) -> bool:
        """Errors: UntoldError where it cannot be told, as in all that follow."""
        if isinstance(other, Extension):
            return NotImplemented
        return bool(Condition(less(self, lifted(other))))

    def __bool__(self) -> bool:
        return not Condition(equal(self, ZERO))

    def __float__(self) -> float:
        """The middle of the enclosure."""
        return float(self.value.mid())

    def __int__(self) -> int:
        """The whole part."""
        whole = exact_integer(self.value.floor() if self.value >= 0 else self.value.ceil())
        if whole is None:
            raise UntoldError
        return whole


Scalar = Ball | Undefined


@dataclass(frozen=True, slots=True)
class Differentiable:
    """A function of balls that knows its slopes.

    slopes: for each operand a function of the operands and, last, of the output, which gives a Scalar; it is written in
            Balls, so that it can be differentiated again. Undefined where the function has no slope, as at a kink.
    jumps:  may the value be another one right beside the point, as that of floor(x) at 2, or none, as of sqrt(x) at 0?
    """

    name: str
    slopes: tuple[Callable[..., Any], ...]  # Any: Scalars
    jumps: bool = field(default=False, kw_only=True)


def lifted(number: Any) -> Any:  # Any: a Scalar, or a number as in enclosure -> a Scalar
    """A number as a constant: floats exactly as they are."""
    if type(number) is Ball or type(number) is Undefined or isinstance(number, Extension):
        return number
    return NAN if isinstance(number, float) and number != number else Ball(enclosure(number))


def enclosure(number: Any) -> arb:  # Any: an arb, or a number of Python, numpy or sympy
    """A small ball around a number, at the working precision."""
    if isinstance(number, arb):
        return number
    if isinstance(number, int | float):
        return arb(number)
    if isinstance(number, np.number):
        return arb(number.item())
    if isinstance(number, Fraction):
        return arb(fmpq(number.numerator, number.denominator))
    if number.is_Rational:
        return arb(fmpq(int(number.p), int(number.q)))
    sign, mantissa, exponent, _ = number._mpf_
    return arb(int(mantissa) * (-1 if sign else 1)) * arb(2) ** int(exponent)


def variable(value: arb) -> Ball:
    """A number in which derivatives are taken."""
    return Ball(value, next(_serials))


def next_serial() -> int:
    return next(_serials)


def made(value: arb | Undefined, operands: tuple[Ball, ...], function: Differentiable) -> Scalar:
    """A result with the way that it came, where any operand moves; a bare constant elsewhere."""
    return value if isinstance(value, Undefined) else _made(value, operands, function)


def untold(operands: Iterable[Any], value: arb | None = None) -> Ball:  # Any: Scalars
    """A number that cannot be told, or not how it moves with its operands; no slope of it is told to any order."""
    balls = tuple(ball for ball in operands if type(ball) is Ball)
    slopes = (lambda *known: untold(known[:-1]),) * len(balls)
    return _made(arb.nan() if value is None else value, balls, Differentiable("untold", slopes))


def _made(value: arb, operands: tuple[Ball, ...], function: Differentiable) -> Ball:
    for operand in operands:
        if operand.serial:
            return Ball(value, next(_serials), operands, function)
    return Ball(value)


def _with(ball: Ball, other: Any, step: Callable[[Ball, Any], Any]) -> Any:  # Any: what a ball meets -> a Scalar
    if isinstance(other, np.ndarray | Extension):
        return NotImplemented  # entry by entry, by numpy; or as a constant, by the other arithmetic
    other = lifted(other)
    return other if type(other) is Undefined else step(ball, other)


def is_infinite(value: arb) -> bool:
    """Is it exactly infinite?"""
    return bool(value.is_exact()) and not value.is_finite() and not value.is_nan()


def is_fixed(ball: Ball) -> bool:
    """Is it infinite by itself, as a constant or an input is? It is so all around the point, and does not move."""
    return not ball.operands and is_infinite(ball.value)


def _infinite(value: arb, x: Ball, y: Ball, function: Differentiable) -> Scalar:
    """A step whose enclosure is not finite: exactly infinite, undefined, or wanting more bits."""
    a, b = x.value, -y.value if function is SUB else y.value
    both = is_infinite(a) and is_infinite(b)
    if function in (ADD, SUB):
        if both and a != b:
            return Undefined("infinity less infinity")
        ends = [v for v in (a, b) if is_infinite(v)]
        if ends and (both or a.is_finite() or b.is_finite()):
            value = ends[0]
    elif function is DIV and both:
        return Undefined("infinity divided by infinity")
    elif function is MUL and ((a.is_zero() and is_infinite(b)) or (is_infinite(a) and b.is_zero())):
        return Undefined("0 times infinity")
    if is_infinite(value) and (is_fixed(x) or is_fixed(y)):
        return Ball(value)  # exp(x - inf) is 0 all around x
    return _made(value, (x, y), function)


ZERO = Ball(arb(0))
NAN = Undefined("nan is no number")
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
    if not value.is_finite() and any(not entry.value.is_finite() for entry in entries):
        return _step_by_step(entries)
    return Ball(value, next(_serials), tuple(moving), TOTAL) if moving else Ball(value)


def _step_by_step(entries: Sequence[Any]) -> Any:  # Any: Scalars
    out: Any = ZERO  # Any: a Scalar
    for entry in entries:
        out = out + entry
    return out


# -- three-valued conditions


class Condition:
    """A comparison: True, False, or None where the balls cannot tell.

    edge: the moving operands of comparisons between equal numbers, and of those that cannot be told: as they move, the
          truth may change
    lost: where it cannot be told, because one of the numbers is certainly none: why
    """

    __slots__ = ("edge", "lost", "truth")

    def __init__(self, truth: bool | None, edge: tuple[Ball, ...] = (), lost: Undefined | None = None) -> None:
        self.truth, self.edge, self.lost = truth, edge, lost

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


def lost(x: Any, y: Any) -> Undefined | None:  # Any: Scalars
    """The one of two numbers that is none, so that nothing can be asked of them; nan can be, it is equal to nothing."""
    return next((v for v in (x, y) if type(v) is Undefined and v is not NAN), None)


def at_most(size: arb, bound: arb) -> bool | None:
    """Is one enclosure certainly not above another? None where it cannot be told."""
    return True if size <= bound else False if size > bound else None


def equal(x: Any, y: Any) -> bool | None:  # Any: Scalars
    """Are two numbers the same? Certainly yes only where both are exact, or one and the same step."""
    if type(x) is Undefined or type(y) is Undefined:
        return False if x is NAN or y is NAN else None
    if x is y:
        return None if x.value.is_nan() else True
    return True if x.value == y.value else False if x.value != y.value else None


def less(x: Any, y: Any) -> bool | None:  # Any: Scalars
    """Is x < y? None where it cannot be told; nan is less than nothing."""
    if type(x) is Undefined or type(y) is Undefined:
        return False if x is NAN or y is NAN else None
    if x is y:
        return None if x.value.is_nan() else False
    if x.value < y.value:
        return True
    return False if x.value > y.value or x.value == y.value else None


_jumps = {"met": False}  # since the process began: most computations meet none, and need not look for any


def jumped(value: arb, operands: tuple[Any, ...], function: Differentiable) -> Any:  # Any: Scalars
    """A result beside which the function may jump, where any operand moves."""
    _jumps["met"] = True
    return made(value, operands, function)


def may_jump(number: Any) -> bool:  # Any: a Scalar
    """Was it computed from what may jump?"""
    if not _jumps["met"] or type(number) is not Ball:
        return False
    seen: set[int] = set()
    stack: list[Any] = [number]  # Any: Balls and Wholes
    while stack:
        step = stack.pop()
        if type(step) is Ball and step.function is not None and step.function.jumps:
            return True
        new = [operand for operand in step.operands if operand.serial and operand.serial not in seen]
        seen.update(operand.serial for operand in new)
        stack += new
    return False


def edge(x: Any, y: Any) -> tuple[Ball, ...]:  # Any: Scalars
    """The moving ones of two numbers that are not certainly apart, unless they are one and the same; of numbers that
    are, those that may jump."""
    if x is y:
        return ()
    if equal(x, y) is False:
        return tuple(v for v in (x, y) if may_jump(v))
    return tuple(v for v in (x, y) if type(v) is Ball and v.serial)


LARGEST = arb(2) ** 4_096  # beyond all floats, of up to 1,024 bits; a whole number that is no longer costs no memory


def exact_integer(value: arb) -> int | None:
    """The whole number that a ball is exactly; None for any other, and for one that is too long."""
    if value.is_exact() and value.is_integer() and abs(value) < LARGEST:
        return int(value.unique_fmpz() or 0)
    return None
