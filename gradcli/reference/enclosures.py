"""The truth by enclosures: the function in balls at the exact point, its derivatives by the chain rule, more bits while
they do not decide.

A statement about an entry is a theorem: an enclosure, or that there is no derivative and why, or that it cannot
be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, ClassVar

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, is_infinite, variable
from gradcli.meaning.balls.sweep import UNSEEN, Whole, adjoints, reachable
from gradcli.meaning.program import values_of_steps
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.reference.problem import ALONG, Entry, Place, Problem, Variable
from gradcli.reference.truth import Status, Truth
from gradcli.reference.work import BITS, WORK, Budget, Work, price

DOUBLE = 53  # bits of float64's significand
ACCURACY = 80  # bits of an enclosure that decide about any number of torch's, and 15 digits of it


Sweep = tuple[Place, tuple[Variable, ...]]  # an entry of the output, or of a derivative of it, that is differentiated


class Enclosed:
    """A function at its point with so many bits: its value, and any entry of any derivative.

    point:      the inputs in balls, where they are others than the problem's floats
    arithmetic: where it is another than the problem's
    steps:      the value of each step of the program: Balls, Undefined or Conditions
    """

    def __init__(
        self,
        problem: Problem,
        bits: int,
        point: Callable[[Balls], Mapping[str, Array]] | None = None,
        arithmetic: Balls | None = None,
    ) -> None:
        self.problem, self.bits = problem, bits
        self._steps: dict[Sweep, tuple[int, bool]] = {}
        self._found: dict[
            tuple[Place, tuple[Variable, ...], bool], Mapping[int, Any]
        ] = {}  # all variables come at once
        with precision(bits):
            balls = arithmetic or Balls(ideal=problem.ideal)
            given = {n: balls.exact(v) for n, v in problem.values.items()} if point is None else point(balls)
            self.point = {name: mapped(_moving, v) if name in problem.active else v for name, v in given.items()}
            if problem.tangents is not None:
                self.point[ALONG] = as_array(variable(arb(0)))
            self.steps: list[Array] = values_of_steps(problem.program, balls, problem.inputs(balls, self.point))

    @property
    def value(self) -> Array:
        return self.steps[-1]

    def entry(self, entry: Entry) -> Any:  # -> a Scalar
        """One entry of a derivative."""
        place, variables = entry
        with precision(self.bits):
            return self._entry(place, variables, last=True)

    def entries(self, entries: Sequence[Entry]) -> list[Any]:  # -> Scalars
        """Several entries of a derivative."""
        with precision(self.bits):
            return [self._entry(place, variables, last=True) for place, variables in entries]

    def recorded(self, place: Place, variables: tuple[Variable, ...]) -> Any:  # -> a Scalar
        """The same entry with the way that it came, so that it can be differentiated once more."""
        with precision(self.bits):
            return self._entry(place, variables, last=False)

    def _entry(self, place: Place, variables: tuple[Variable, ...], *, last: bool) -> Any:
        if not variables:
            return self.value[place]
        *inner, (name, at) = variables
        key = (place, tuple(inner), last)
        if key not in self._found:
            out = self._entry(place, tuple(inner), last=False)
            if type(out) is Undefined or out.value.is_nan():
                return out  # no slope is told of what is not told itself, even in what it does not depend on
            if is_infinite(out.value):
                return Undefined("the function is infinite here" if not inner else "its derivative is infinite here")
            self._found[key] = adjoints([(out, Ball(arb(1)))], record=not last)
        moved = self.point[name][at]
        if type(moved) is Ball and not moved.value.is_finite():
            return Ball(arb.nan())  # nobody has told what a slope at infinity is
        return self.slope(self._found[key], (name, at))

    def slope(self, found: Mapping[int, Any], variable: Variable) -> Any:  # Any: Scalars, by serial
        """What adjoints say of one variable: 0 where nothing depends on it."""
        name, at = variable
        moved: Any = self.point[name][at]  # Any: a Scalar
        return found.get(moved.serial, found.get(UNSEEN.serial, UNSEEN)) if type(moved) is Ball else moved

    def has(self, sweep: Sweep) -> bool:
        """Has this sweep been made?"""
        place, inner = sweep
        return (place, inner, True) in self._found

    def steps_of(self, sweep: Sweep) -> tuple[int, bool]:
        """How many steps a sweep goes through: those that the number depends on which is differentiated. Are there
        steps on whole matrices among them?"""
        place, inner = sweep
        if sweep not in self._steps:
            with precision(self.bits):
                out = self._entry(place, inner, last=False)
            steps = reachable([out]) if type(out) is Ball else []
            self._steps[sweep] = len(steps), any(type(step) is Whole for step in steps)
        return self._steps[sweep]


def _moving(number: Any) -> Any:  # Any: a Scalar
    """A constant as a number in which derivatives are taken."""
    return variable(number.value) if type(number) is Ball else number


def told(scalar: Any, bits: int, reference: str = "rules") -> Truth:  # Any: a Scalar
    """A Scalar as it is, whatever its accuracy."""
    if type(scalar) is Undefined:
        return Truth(Status.UNDEFINED, why=scalar.why, reference=reference)
    if scalar.value.is_finite() or is_infinite(scalar.value):
        return Truth(Status.ENCLOSED, scalar.value, reference=reference)
    return Truth(Status.UNTOLD, why=f"{bits:,} bits are too few to enclose it", reference=reference)


def settled(scalar: Any, accuracy: int) -> bool:  # Any: a Scalar
    """Would more bits say nothing new?"""
    if type(scalar) is Undefined:
        return True
    exact = scalar.value.is_exact() and not scalar.value.is_nan()
    return bool(exact or (scalar.value.is_finite() and scalar.value.rel_accuracy_bits() >= accuracy))


class Rules:
    """The route of the rows' rules, by reverse accumulation in balls.

    beyond: why it is too much work, where it is and ``large`` says that this is no error
    work:   of the function, where it is known already
    Errors: LimitError, where it is too much work.
    """

    name: ClassVar[str] = "rules"

    def __init__(self, problem: Problem, order: int, *, large: bool = False, work: Work | None = None) -> None:
        self.problem = problem
        self.work = work or Work.of(problem)
        self.beyond: LimitError | None = None
        try:
            self.work.refuse_beyond(order)
        except LimitError as limit:
            if not large:
                raise
            self.beyond = limit
        self._at: dict[int, Enclosed] = {}
        self._cannot: dict[int, LimitError] = {} if self.beyond is None else dict.fromkeys(BITS, self.beyond)

    def at(self, bits: int) -> Enclosed:
        """The function with so many bits; computed once. Errors: LimitError where balls cannot tell its way."""
        if bits in self._cannot:
            raise self._cannot[bits]
        if bits not in self._at:
            try:
                self._at[bits] = Enclosed(self.problem, bits)
            except LimitError as limit:
                self._cannot[bits] = limit
                raise
        return self._at[bits]

    @property
    def inside(self) -> bool:
        """Is it a derivative inside the program that has no value here, before anything else has none?"""
        for step, value in zip(self.problem.program.steps, self.at(BITS[0]).steps, strict=True):
            if any(type(scalar) is Undefined for scalar in as_array(value).ravel()):
                return step.body is not None
        return False

    def value(self, accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of the function's value, in order."""
        return self.truths([(place, ()) for place in np.ndindex(self.problem.output)], accuracy)

    def truths(self, entries: Sequence[Entry], accuracy: int = ACCURACY, budget: Budget | None = None) -> list[Truth]:
        """What is known of each entry of a derivative, at rising precision until it is settled or the work done."""
        found = [BEYOND] * len(entries)
        budget = budget or Budget()
        left = by_sweep(entries)
        for bits in BITS:
            if not (bits in self._at or budget.spend(self.work.units(bits) / 2) or bits == BITS[0]):
                break
            try:
                here = self.at(bits)
            except LimitError as limit:
                found = [Truth(Status.UNTOLD, why=limit.message) if t.status is Status.UNTOLD else t for t in found]
                continue
            left = {sweep: self._swept(here, sweep, left[sweep], entries, found, budget, accuracy) for sweep in left}
            left = {sweep: places for sweep, places in left.items() if places}
            if not left:
                break
        return found

    def _swept(
        self,
        here: Enclosed,
        sweep: Sweep,
        asked: Sequence[int],
        entries: Sequence[Entry],
        found: list[Truth],
        budget: Budget,
        accuracy: int,
    ) -> list[int]:
        """Fills in what one sweep tells of the entries that are asked for; gives those that are not settled."""
        if entries[asked[0]][1] and not here.has(sweep) and not budget.spend(self._cost(here, sweep)):
            return list(asked)
        unsettled = []
        for i in asked:
            scalar = here.entry(entries[i])
            found[i] = told(scalar, here.bits)
            if not settled(scalar, accuracy):
                unsettled.append(i)
        return unsettled

    def _cost(self, here: Enclosed, sweep: Sweep) -> float:
        """A sweep is the second half of a unit for each of its steps."""
        steps, matrices = here.steps_of(sweep)
        return (steps * price(here.bits) + (self.work.inside(here.bits) if matrices else 0)) / 2

    def affordable(self, entries: Sequence[Entry]) -> int:
        """How many of the entries, from the first on, the work allows with the fewest bits."""
        budget = Budget()
        budget.spend(self.work.units(BITS[0]) / 2)
        here = self.at(BITS[0])
        for sweep, asked in by_sweep(entries).items():
            if entries[asked[0]][1] and not budget.spend(self._cost(here, sweep)):
                return asked[0]
        return len(entries)

    def terms(self, entry: Entry) -> float:
        """The size of what cancels in a number that is 0: the radius of its ball for a unit of rounding. inf if untold.

        A ball of n bits grows by a unit of what is rounded at each step, as a float does at most.
        """
        for bits in (DOUBLE, *BITS):
            try:
                scalar = self.at(bits).entry(entry)
            except LimitError:
                return inf
            if type(scalar) is Ball and scalar.value.is_finite():
                return float(scalar.value.rad() * arb(2) ** bits)
        return inf


BEYOND = Truth(Status.UNTOLD, why=f"more than {WORK:,} operations for so many entries")


def by_sweep(entries: Sequence[Entry]) -> dict[Sweep, list[int]]:
    """The entries' indices by the sweep that they come from: all last variables come at once."""
    found: dict[Sweep, list[int]] = {}
    for i, (place, variables) in enumerate(entries):
        found.setdefault((place, variables[:-1]), []).append(i)
    return found
