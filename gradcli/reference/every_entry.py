"""The truth of every entry of a large result: one pass over whole arrays with 19 digits, and a bound on each error.

Work and memory are counted in entries before they are spent. What whole arrays cannot do is refused with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning import symbolic
from gradcli.meaning.balls.ball import enclosure
from gradcli.meaning.balls.sweep import reachable
from gradcli.meaning.extended.arithmetic import WholeArrays
from gradcli.meaning.extended.number import Extended, given, moved
from gradcli.meaning.extended.rounding import CARE, UNIT, Floats
from gradcli.meaning.extended.sweep import adjoints, gradient, transposed
from gradcli.meaning.program import run
from gradcli.operations.shape_rules import Shape, size
from gradcli.reference.answer import Answer
from gradcli.reference.problem import ALONG, Place, Problem
from gradcli.reference.truth import Status, Truth
from gradcli.reference.work import BITS, MATRIX_GROUPS

NAME = "extended"

# The unit is one entry of one step in longdouble with its bound: some 15 nanoseconds of one core.
ENTRIES = 200_000_000  # units: some 3 seconds
STEP = 2_000  # units that a step costs, however few its entries
INNER = 4  # steps on whole arrays for each row of the table, as sigmoid has
BACK = 2  # units of a sweep for each of the function's
RECORDED = 3  # the same of one that can be differentiated again
ALTERED = 4  # units of a step that is off by rounding for each of one that is not
MULTIPLICATION = 0.1  # units of one inside a product of matrices
HELD = 40_000_000  # entries at once, of some 24 bytes


class Units:
    """Units that are left."""

    def __init__(self, units: float = ENTRIES) -> None:
        self.left = units

    def spend(self, units: float) -> None:
        """Errors: LimitError where there are not so many."""
        if units > self.left:
            raise LimitError(f"every entry takes more than {ENTRIES:,} numbers of 19 digits", kind="unchecked")
        self.left -= units


@dataclass(frozen=True, slots=True)
class Whole:
    """Numbers with a bound on the error of each.

    error: infinite or nan where nothing is known
    unit:  a rounding error of those that the bounds are made of, of a number of size 1
    """

    value: Any  # Any: an array of longdouble, or of float64
    error: Any  # Any: an array of float64
    unit: float = UNIT

    def truth(self, place: Place) -> Truth | None:
        """One number as an enclosure; None where nothing is known."""
        value, error = self.value[place], self.error[place]
        if not (np.isfinite(value) and np.isfinite(error)):
            return None
        with precision(BITS[0]):
            return Truth(Status.ENCLOSED, arb(_exactly(value), _exactly(error) * CARE), reference=NAME)


def _exactly(value: Any) -> arb:  # Any: longdouble
    return enclosure(Fraction(*value.as_integer_ratio()))


@dataclass(slots=True)
class EveryEntry:
    """A function at its point in whole arrays, and its derivatives.

    arithmetic: where it is another than the problem's
    Errors: LimitError where it is too much, or where whole arrays have no such operation.
    """

    problem: Problem
    units: Units = field(default_factory=Units)
    arithmetic: WholeArrays | None = None
    variables: dict[str, Extended] = field(init=False)
    output: Extended = field(init=False)
    _first: Mapping[int, Extended] | None = field(init=False, default=None)  # adjoints of the output, if it is one
    _inner: dict[tuple[str, ...], Extended] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        problem = self.problem
        self.units.spend(_forward(problem))
        inputs = {n: given(np.asarray(v), moves=n in problem.active) for n, v in problem.values.items()}
        self.variables = dict(inputs)
        if problem.tangents is not None:
            t = given(np.zeros(()), moves=True)
            self.variables[ALONG] = t
            inputs |= {n: inputs[n] + t * np.asarray(v) for n, v in problem.tangents.items()}
        self.output = run(problem.program, self.arithmetic or WholeArrays(ideal=problem.ideal), inputs)

    def value(self) -> Whole:
        return Whole(self.output.value, self.output.errors)

    def derivative(self, answer: Answer) -> Whole:
        """All entries of an answer."""
        names = [name for name, _ in answer.wrt]
        found = self._derived(tuple(names), record=False)
        return Whole(found.value.reshape(answer.array.shape), found.errors.reshape(answer.array.shape))

    def terms(self, answer: Answer) -> Floats | None:
        """The size of the terms whose sum each entry is, or less; None where only a first derivative of one number has
        them."""
        (name, _), *more = answer.wrt
        if more or self.output.ndim or not self.output.serial:
            return None
        self.units.spend(_sweep(self.output, BACK))
        found = adjoints(self.output, Extended(1.0), absolute=True).get(self.variables[name].serial)
        return None if found is None else found.value.astype(np.float64)

    def _derived(self, names: tuple[str, ...], *, record: bool) -> Extended:
        """The derivative in each variable in turn: the axes of the output, then those of the variables."""
        if not names:
            return self.output
        if names in self._inner:
            return self._inner[names]
        *inner, name = names
        of = self.variables[name]
        out = self._derived(tuple(inner), record=True)
        if not inner and not out.ndim and not record:
            if self._first is None:
                self.units.spend(_sweep(out, BACK))
                self._first = adjoints(out, Extended(1.0)) if out.serial else {}
            found = self._first.get(of.serial, Extended(np.zeros(of.shape)))
        else:
            found = _Jacobian(out, of, self.units).all(record=record)
        found = _untold(found, out)
        if record:
            self._inner[names] = found
        return found


def _untold(found: Extended, out: Extended) -> Extended:
    """No slope is told of what is not told itself, even in what it does not depend on."""
    known = np.isfinite(out.errors) & np.isfinite(out.value)
    if known.all():
        return found
    rows = np.reshape(known, known.shape + (1,) * (found.ndim - known.ndim))
    return Extended(found.value, np.where(rows, found.errors, np.inf), found.operands, found.slopes, found.serial)


@dataclass(frozen=True, slots=True)
class _Jacobian:
    """All slopes of one array in another: by rows, or by columns where these are fewer."""

    out: Extended
    of: Extended
    units: Units

    def all(self, *, record: bool) -> Extended:
        """The axes of the output, then those of the variable."""
        shape = self.out.shape + self.of.shape
        if not self.out.serial:
            return Extended(np.zeros(shape))
        factor = RECORDED if record else BACK
        by_rows = self.out.entries * _sweep(self.out, factor)
        by_columns = (self.of.entries * factor + 1) * _sweep(self.out, RECORDED)
        if size(shape) * (INNER if record else 1) > HELD:
            raise LimitError(f"every entry takes more than {HELD:,} numbers at once", kind="unchecked")
        self.units.spend(min(by_rows, by_columns))
        parts = list(self._rows(record) if by_rows <= by_columns else self._columns(record))
        if not parts:
            return Extended(np.zeros(shape))
        axis = 0 if by_rows <= by_columns else -1
        return moved(lambda *arrays: np.stack(arrays, axis), *parts).reshape(shape)

    def _rows(self, record: bool) -> Iterator[Extended]:
        steps = reachable([self.out])
        for unit in _units(self.out.shape):
            found = adjoints(self.out, unit, record=record, steps=steps).get(self.of.serial)
            yield Extended(np.zeros(self.of.shape)) if found is None else found

    def _columns(self, record: bool) -> Iterator[Extended]:
        pulled, cotangent = transposed(self.out, self.of)
        for unit in _units(self.of.shape):
            yield gradient(pulled, cotangent, unit, record=record)


def _units(shape: Shape) -> Iterator[Extended]:
    """For each entry the array that is 1 there and 0 elsewhere."""
    for place in np.ndindex(shape):
        unit = np.zeros(shape)
        unit[place] = 1
        yield Extended(unit)


def _sweep(out: Extended, factor: float) -> float:
    """Units of one sweep."""
    return float(sum(factor * step.entries + STEP for step in reachable([out])))


def _forward(problem: Problem) -> float:
    """Units of the function. Errors: LimitError for more entries than may be held at once."""
    units = held = 0.0
    shapes, program = problem.shapes, problem.program
    for step, shape, cost in zip(program.steps, shapes, symbolic.costs(shapes, program), strict=True):
        entries = max([size(shape), *(size(shapes[i]) for i in step.inputs if i is not None)])
        inside = step.op is not None and step.op.group in MATRIX_GROUPS
        units += INNER * ((entries + MULTIPLICATION * cost if inside else cost) + STEP)
        held += size(shape) * (1 if step.op is None else INNER)
    if held > HELD:
        raise LimitError(f"every entry takes more than {HELD:,} numbers at once", kind="unchecked")
    return units
