"""Special functions in balls and in mpmath: what the tests of both share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
from flint import arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball, Undefined, variable
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.sweep import adjoints

mp = mpmath.MPContext()  # Any from here on: mpmath has no types
mp.dps = 60

Scalar = Ball | Undefined


@dataclass(frozen=True, slots=True)
class Known:
    """A function under its name in balls, with the constants that stand before its operands, and mpmath's own."""

    name: str
    function: Callable[..., Any]
    points: tuple[Any, ...]  # floats, or tuples of floats
    constants: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, (self.name, *self.constants)))


def derivative(
    function: Callable[..., Any], point: Sequence[float], moves: Sequence[int], bits: int, constants: Sequence[Any] = ()
) -> Scalar:
    """The derivative in each operand of ``moves`` in turn, of the given precision."""
    with precision(bits):
        variables = [variable(arb(x)) for x in point]
        out = function(*constants, *variables)
        for i in moves:
            if type(out) is not Ball:
                break
            out = adjoints([(out, Ball(arb(1)))], record=True).get(variables[i].serial, Ball(arb(0)))
        return out  # type: ignore[no-any-return]  # FUNCTIONS give Scalars


def named(name: str, point: Sequence[float], moves: Sequence[int] = (), bits: int = 128, *constants: Any) -> Scalar:
    return derivative(FUNCTIONS[name], point, moves, bits, constants)


def of_mpmath(function: Callable[..., Any], point: Sequence[float], moves: Sequence[int]) -> Any:
    """The same by mpmath, with differences of steps relative to the point, for which it takes the digits they cost."""
    numbers = [mp.mpf(x) for x in point]
    if not moves:
        return mp.re(function(*numbers))
    times = tuple(list(moves).count(i) for i in range(len(numbers)))
    return mp.re(mp.diff(function, tuple(numbers), times, relative=True))


def holds(found: Scalar, number: Any, size: float = 0.0) -> bool:
    """Does the ball hold the number, which is right to 1e-40 of itself, or of a size?"""
    if type(found) is not Ball:
        return False
    with precision(600):
        known = arb(mp.nstr(number, 60))
        room = found.value.rad() + (abs(known) + size) * arb(10) ** -40
        return bool(abs(found.value.mid() - known) <= room)


def sharp(found: Scalar) -> bool:
    """Is a third of the bits of 128 right, or the number exactly 0?"""
    return type(found) is Ball and found.value.rel_accuracy_bits() > 42
