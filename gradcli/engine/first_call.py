"""A new library's first call, in a process of its own: does it write what it must, nothing else, and the right numbers?

What is right is told by balls: each step may be off by the accuracy that is stated of a kernel's functions, and where
the library's number is not in the ball that comes out, it is wrong. Where there is no number, or one step leaves the
range of floats, torch has the word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError, MissingError
from gradcli.base.precision import precision
from gradcli.engine.bounded import Limits, bounded
from gradcli.engine.exactness import exactness_of
from gradcli.engine.flags import KINK, LOSS, UNDEFINED
from gradcli.engine.formulas import Formulas
from gradcli.engine.kernel import Kernel, Marked
from gradcli.meaning.balls.altered import Rounded
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Condition, is_infinite
from gradcli.meaning.program import Step, values_of_steps
from gradcli.meaning.scalars import Array, as_array, mapped

ULP = 2.0**-52  # relative, at most
NEAR = 4 * ULP  # of torch's number
BITS = 96  # of the balls: their own rounding is nothing beside that
ROWS = 29  # no multiple of what a processor takes at once
TILE = 16
STEPS = 20_000  # that are taken in balls, of all rows together: about a second
LEAST = 4  # rows that are, however many steps one has
_SMALLEST = arb(0, 2.0**-1022)  # below which floats have fewer digits
_GUARD, _BYTE = 64, b"\xa5"  # between the arrays, where nobody may write


@dataclass(frozen=True, slots=True)
class Rows:
    """A handful of rows: the columns, and what is the same in all."""

    columns: Mapping[str, FloatArray]
    fixed: Mapping[str, float]

    @classmethod
    def of(cls, found: Formulas) -> Rows:
        """Numbers from the domains that functions have: between 0 and 1, above 1, of either sign, large, small; nan."""
        draw = np.random.default_rng(0)
        columns = {}
        for name in found.columns:
            numbers = [draw.uniform(0, 1, 7), draw.uniform(1, 4, 7), draw.normal(0, 2, 8), -draw.uniform(0, 1, 2)]
            numbers += [draw.normal(0, 1e3, 1), draw.normal(0, 1e-3, 1), np.array([0.0, np.nan, 1.0])]
            columns[name] = np.concatenate(numbers)
        return cls(columns, {name: float(draw.uniform(0.5, 2)) for name in found.fixed})


@dataclass(frozen=True, slots=True)
class Answers:
    """What a kernel makes of them."""

    outputs: Mapping[str, FloatArray]
    flags: Marked

    @classmethod
    def empty(cls, found: Formulas) -> Answers:
        """Filled with what no kernel would write."""
        outputs = {o.name: np.frombuffer(bytearray(_BYTE * 8 * ROWS * len(o.steps))) for o in found.outputs}
        shaped = {o.name: outputs[o.name].reshape(ROWS, *o.shape) for o in found.outputs}
        return cls(shaped, np.frombuffer(bytearray(_BYTE * ROWS), dtype=np.uint8))

    def entries(self, row: int) -> list[float]:
        """All numbers of a row, in the order of the formulas' steps."""
        return [float(number) for array in self.outputs.values() for number in array[row].ravel()]


def check(library: Path, found: Formulas, torch: Kernel, folder: Path, limits: Limits) -> None:
    """Errors: MissingError for a library that is not what it must be."""
    rows, reference = Rows.of(found), Answers.empty(found)
    answers = _called(library, found, rows, folder, limits)
    torch.run(rows.columns, rows.fixed, reference.outputs, reference.flags)
    for row in _chosen(len(found.program.steps)):
        wrong = _wrong(found, rows, row, answers, reference)
        if wrong is not None:
            raise MissingError(f"the compiled kernel computes wrong numbers ({wrong})")


def _chosen(steps: int) -> Iterable[int]:
    count = min(max(STEPS // steps, LEAST), ROWS)
    return (ROWS - 1 - (k * ROWS) // count for k in range(count))


# -- the call


def _called(library: Path, found: Formulas, rows: Rows, folder: Path, limits: Limits) -> Answers:
    """What the library computes. Errors: MissingError where it computes nothing, or writes elsewhere."""
    blank = Answers.empty(found)
    columns = [rows.columns[name] for name in found.columns]
    fixed = np.array([rows.fixed[name] for name in found.fixed])
    given, places = _laid_out([*columns, *blank.outputs.values(), fixed, blank.flags])
    *arrays, numbers, flags = places
    parts = [arrays[: len(columns)], [numbers + 8 * k for k in range(len(fixed))], arrays[len(columns) :], [flags]]
    arguments = ["try", str(library), str(ROWS), str(TILE), *(",".join(map(str, part)) for part in parts)]
    ended = bounded("the compiled kernel", arguments, folder, limits, given, "answer")
    if ended.code:
        raise MissingError(f"the compiled kernel failed when it was tried ({ended.reason})")
    returned = bytearray((folder / "answer").read_bytes())
    if len(returned) != len(given):
        raise MissingError("the compiled kernel ended by itself, or printed something, when it was tried")
    outputs = {
        name: _taken(returned, place, array).view(np.float64).reshape(array.shape)
        for place, (name, array) in zip(parts[2], blank.outputs.items(), strict=True)
    }
    marked = _taken(returned, flags, blank.flags)
    if returned != given:
        raise MissingError("the compiled kernel wrote where nothing of it belongs when it was tried")
    return Answers(outputs, marked)


def _laid_out(arrays: Sequence[np.ndarray[Any, Any]]) -> tuple[bytes, list[int]]:
    """The bytes of arrays with guards around each, and where in them each begins."""
    whole, places = bytearray(_BYTE * _GUARD), []
    for array in arrays:
        places.append(len(whole))
        whole += array.tobytes()
        whole += _BYTE * (_GUARD + -len(whole) % 8)
    return bytes(whole), places


def _taken(returned: bytearray, place: int, array: np.ndarray[Any, Any]) -> Marked:
    """The bytes of an array, in whose place there is afterwards what was there before the call."""
    end = place + array.nbytes
    found = np.frombuffer(bytes(returned[place:end]), dtype=np.uint8)
    returned[place:end] = array.tobytes()
    return found


# -- the numbers


def _wrong(found: Formulas, rows: Rows, row: int, answers: Answers, reference: Answers) -> str | None:
    """What is wrong in a row."""
    point = {name: float(column[row]) for name, column in rows.columns.items()} | dict(rows.fixed)
    balls = _in_balls(found, point)
    numbers, flags = answers.entries(row), int(answers.flags[row])
    names = [output.name for output in found.outputs for _ in output.steps]
    places = [i for output in found.outputs for i in output.steps]
    for name, i, number, torch in zip(names, places, numbers, reference.entries(row), strict=True):
        if not _may_be(balls[i], number, torch):
            return f"{name} is {number!r}, not {torch!r}, where {', '.join(f'{n} = {x!r}' for n, x in point.items())}"
    if bool(flags & UNDEFINED) == all(map(isfinite, numbers)):
        return "a row is marked as undefined that is not, or the other way"
    if not all(map(_in_range, balls)):
        return None
    for name, flag, place in (("kink", KINK, found.kink), ("loss of digits", LOSS, found.loss)):
        told = None if place is None else _truth(balls[place])
        if told is not None and told != bool(flags & flag):
            return f"a row is marked for a {name} that is not there, or the other way"
    return None


def _in_balls(found: Formulas, point: Mapping[str, float]) -> list[Any]:
    """Each step of the program: a Scalar, or a condition. Errors: MissingError where balls lack a function."""
    arithmetic = Stated(arb(ULP) / 2, ULP / 2, 53, ideal=False)
    try:
        with precision(BITS):
            values = {name: arithmetic.exact(number) for name, number in point.items()}
            return [_entry(value) for value in values_of_steps(found.program, arithmetic, values)]
    except LimitError as error:
        raise MissingError(f"the compiled kernel cannot be checked: {error.said}") from None


class Stated(Rounded):
    """Balls in which every step is off by what is stated of its function in a kernel."""

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        op, found = step.op, as_array(Balls.apply(self, step, arguments))
        assert op is not None
        if op.boolean or op.moves:
            return found
        if op.rounded:
            return self.off(found, self.unit)
        stated = exactness_of(op.name)
        error = arb(0, stated.ulp * ULP)
        return mapped(lambda v: v * Ball(1 + error) + Ball(error * stated.floor) if type(v) is Ball else v, found)


def _entry(value: Any) -> Any:  # Any: an array of one Scalar or condition, or that itself
    return value.item() if isinstance(value, np.ndarray) else value


def _in_range(value: Any) -> bool:  # Any: a Scalar or a condition
    """Has a step all digits of a float? A condition has."""
    if type(value) is not Ball:
        return type(value) is Condition
    size = abs(value.value)
    return bool(size < 2.0**1023 and (size.contains(0) or size > 2.0**-1021))


def _may_be(ball: Any, number: float, torch: float) -> bool:  # Any: a Scalar
    """May a float be what right steps make of a number? Where it cannot be told, it may."""
    if number == torch or (number != number and torch != torch):
        return True
    if type(ball) is not Ball:  # there is no number, and a pole is inf in C where torch has nan
        return not isfinite(number) and not isfinite(torch)
    if not ball.value.is_finite():
        return not is_infinite(ball.value)
    near = abs(number - torch) <= NEAR * abs(torch)
    return near or (isfinite(number) and arb(number) in ball.value + _SMALLEST)


def _truth(condition: Any) -> bool | None:  # Any: a Condition or a bool
    return condition.truth if type(condition) is Condition else bool(condition)
