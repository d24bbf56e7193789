"""What a function does on either side of its point, from its series along rays: where balls find no derivative, there
may be one, or two one-sided ones, or limits. Where there are no series, bounds for small steps are asked.

Two enclosures count as one number where they still meet with all bits. Where the function may jump these are so many
that floats cannot differ by less beside any other float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, UntoldError, variable
from gradcli.meaning.balls.structure import same_function
from gradcli.meaning.program import run
from gradcli.meaning.scalars import Array
from gradcli.meaning.series.arithmetic import SeriesArithmetic, slope_in
from gradcli.meaning.series.extent import counted, length
from gradcli.meaning.series.ray import LENGTHS, meeting, moved, moved_along_axis, quotient, tends_to
from gradcli.meaning.series.series import ZEROTH, Power, same
from gradcli.reference.beside import beside, limit, slope
from gradcli.reference.inside import SidedSeries
from gradcli.reference.problem import ALONG, Entry, Place, Problem, Variable
from gradcli.reference.truth import Sides, Status, Truth
from gradcli.reference.work import Budget, Work, price

# Any, in this module: Scalars, that are Balls, Undefined and Series

NAME = "series"
RAY, SHARE = 100, 0.25  # units of work: a ray takes 0.6 milliseconds and, of each operation at the point, a part; what
# moves along it pays for its sums and products by itself

FIRST: Power = (1, 0)

Direction = Mapping[str, Array]  # Balls, of the inputs' shapes


@dataclass(frozen=True, slots=True)
class Limits:
    """What a function of one number tends to from either side; None for nothing.

    value, slope: the limit where both sides meet, and the derivative that the function has with that value
    """

    left: arb | None
    right: arb | None
    value: arb | None = None
    slope: arb | None = None


class Rays:
    """One-sided limits and derivatives at the point of a problem.

    known:  what is known of an entry of the function's value, and of its first derivatives
    budget: the work that may be done; what is beyond it is UNTOLD
    bits:   of the coefficients
    """

    name: ClassVar[str] = NAME

    def __init__(
        self, problem: Problem, work: Work, budget: Budget, known: Callable[[Entry], Truth], bits: int
    ) -> None:
        self.problem, self.work, self.budget, self.known, self.bits = problem, work, budget, known, bits
        self._values: dict[Any, tuple[Array, Ball | None]] = {}
        self._starts: dict[Any, tuple[SeriesArithmetic, dict[str, Array], Ball | None]] = {}

    # -- an entry of a derivative

    def truth(self, entry: Entry, why: str) -> Truth:
        """A number where both sides meet, else both; ``why`` balls give none. UNTOLD where a side cannot be told."""
        place, variables = entry
        if len(variables) > 2:
            return Truth(Status.UNTOLD, why=f"{why}; derivatives beyond the second are not told there")
        if any(map(self._is_infinite, variables)):
            return Truth(Status.UNTOLD, why=f"{why}; nothing lies beside an infinite number")
        for terms in LENGTHS:
            if not self._pays(variables, terms):
                more = f"{why}; looking at both sides of it takes too many operations"
                return Truth(Status.UNTOLD, why=more, reference=NAME)
            try:
                with precision(self.bits), length(terms), counted(self.budget.spend):
                    with suppress(UntoldError):
                        return self._truth(place, variables, why, terms)
                    if len(variables) == 2 and self._pays(variables[::-1], terms):
                        return self._along_kink(place, *variables, terms)
            except UntoldError:
                continue
            except LimitError as refused:
                return Truth(Status.UNTOLD, why=f"{why}; {refused.message}", reference=NAME)
        here = self.known((place, ())).value
        if len(variables) == 1 and here is not None and here.is_finite():
            with precision(self.bits), suppress(UntoldError, LimitError):
                return _met(self._bounded(place, variables[0]), here, why)
        return Truth(Status.UNTOLD, why=f"{why}; it cannot be told what the function does beside it", reference=NAME)

    def _bounded(self, place: Place, last: Variable) -> dict[int, Any]:
        """The function on either side, where it has no series. Errors: UntoldError, LimitError."""
        if not self.budget.spend(2 * self._whole_price(LENGTHS[0])):
            raise UntoldError
        point = self.point(SeriesArithmetic())
        return {sign: beside(self.problem, point, place, last, sign) for sign in (-1, 1)}

    def _pays(self, variables: Sequence[Variable], terms: int) -> bool:
        """Is there work left for this? All entries of the output come at once."""
        inner, last = (None, variables[-1]) if len(variables) == 1 else variables
        wanted = [key for key in ((last, sign, inner, terms) for sign in (1, -1)) if key not in self._values]
        return self.budget.spend(len(wanted) * self._price(terms))

    def _is_infinite(self, variable_: Variable) -> bool:
        name, place = variable_
        return name != ALONG and bool(np.isinf(self.problem.values[name][place]))

    def _price(self, terms: int) -> float:
        """Units of work of a ray with series of this length."""
        return (RAY + SHARE * self.work.total) * terms / LENGTHS[0] * price(self.bits)

    def _whole_price(self, terms: int) -> float:
        """The same of a ray on which all steps are taken again."""
        return (RAY + self.work.total) * terms / LENGTHS[0]

    def _truth(self, place: Place, variables: Sequence[Variable], why: str, terms: int) -> Truth:
        *inner, last = variables
        before = self.known((place, tuple(inner)))
        sides = before.sides
        edge = None if sides is None else sides.only
        here = before.value if edge is None else edge
        if before.status is Status.UNTOLD:
            raise UntoldError
        if here is None or not here.is_finite():
            jump = (sides.left, sides.right) if sides is not None else (None, None)
            return Truth(Status.UNDEFINED, why=why, reference=NAME, sides=Sides(None, None, jump))
        near = {sign: self._beside(place, inner, last, sign, terms) for sign in (-1, 1)}
        ends = [tends_to(near[sign]) for sign in (-1, 1)]
        met = [end is None or (end.is_finite() and same(end, here)) for end in ends]
        if inner and not (all(met) and any(end is not None for end in ends)):
            return Truth(Status.UNDEFINED, why=why, reference=NAME, sides=Sides(None, None, (ends[0], ends[1])))
        return _met(near, here, why)

    def _beside(self, place: Place, inner: Sequence[Variable], last: Variable, sign: int, terms: int) -> Any:
        """The inner derivative (or the function) on one side of the point, along the last variable."""
        values, moving = self._on(last, sign, inner[0] if inner else None, terms)
        if moving is None or type(values[place]) is Undefined:
            return values[place]
        slope = slope_in(values[place], moving)
        if type(slope) is Undefined:  # on a kink all along the ray, where the other variable may have a derivative
            raise UntoldError
        return slope

    def _along_kink(self, place: Place, first: Variable, last: Variable, terms: int) -> Truth:
        """On a kink in the first variable that goes along the last one, as in relu(x)**2*y: where the value is one
        function of the last variable on both sides and between, and the slope on both sides, that is differentiated.
        Errors: UntoldError."""
        sides: list[list[Ball]] = []
        for sign in (-1, 1):
            values, moving = self._on(first, sign, last, terms)
            sides.append(_linear(values[place], sign))
        arithmetic, point, _ = self._start(last, terms)
        here = run(self.problem.program, arithmetic, self.problem.inputs(arithmetic, point))[place]
        (left, before), (right, after) = sides
        if type(here) is not Ball or not (same_function(left, here, right) and same_function(before, after)):
            raise UntoldError
        assert moving is not None
        slope = slope_in(after, moving)
        if type(slope) is Undefined or not slope.value.is_finite():
            raise UntoldError
        return Truth(Status.ENCLOSED, slope.value, reference=NAME)

    def _on(self, last: Variable, sign: int, inner: Variable | None, terms: int) -> tuple[Array, Ball | None]:
        """The function on a ray along a variable; ``inner``, if any, as a ball in which it can be differentiated."""
        key = (last, sign, inner, terms)
        if key not in self._values:
            arithmetic, point, moving = self._start(inner, terms)
            inputs = self.problem.inputs(arithmetic, moved_along_axis(point, *last, sign))
            self._values[key] = run(self.problem.program, arithmetic, inputs), moving
        return self._values[key]

    def _start(self, inner: Variable | None, terms: int) -> tuple[SeriesArithmetic, dict[str, Array], Ball | None]:
        """The point from which rays start, and the arithmetic that knows the function there."""
        if (inner, terms) not in self._starts:
            point, moving = self.point(SeriesArithmetic()), None
            if inner is not None:
                name, place = inner
                if type(point[name][place]) is Undefined:  # nan: nothing moves from there
                    raise UntoldError
                moving = variable(point[name][place].value)
                point[name][place] = moving
            program, ideal = self.problem.program, self.problem.ideal
            inputs = self.problem.inputs(SeriesArithmetic(), point)
            self._starts[inner, terms] = SidedSeries(ideal=ideal, program=program, point=inputs), point, moving
        return self._starts[inner, terms]

    def point(self, arithmetic: SeriesArithmetic) -> dict[str, Array]:
        """The inputs as exact balls."""
        found = {name: arithmetic.exact(value) for name, value in self.problem.values.items()}
        return found if self.problem.tangents is None else {**found, ALONG: arithmetic.exact(0.0)}

    def along(self, arithmetic: SeriesArithmetic, point: Mapping[str, Array], direction: Direction) -> Array:
        """The function's value along a ray. Errors: UntoldError."""
        inputs = self.problem.inputs(arithmetic, moved(point, direction))
        return run(self.problem.program, arithmetic, inputs)

    # -- in other directions

    def directional(self, direction: Mapping[str, Array], place: Place) -> arb | None:
        """The one-sided derivative of an entry along a direction, floats of the inputs' shapes; None where there is
        none. Errors: UntoldError."""
        here = self.known((place, ())).value
        if here is None:
            return None
        for terms in LENGTHS:
            if not self.budget.spend(self._whole_price(terms)):
                break
            with precision(self.bits), length(terms), counted(self.budget.spend):
                arithmetic = SidedSeries(ideal=self.problem.ideal)
                exact = {name: arithmetic.exact(vector) for name, vector in direction.items()}
                with suppress(UntoldError, LimitError):
                    return tends_to(quotient(self.along(arithmetic, self.point(arithmetic), exact)[place], here, 1))
        raise UntoldError

    # -- of the function itself

    def limits(self, place: Place) -> Limits | None:
        """An entry of the function beside the point; None where it is no function of one number, or cannot be told."""
        moving = [n for n, value in self.problem.values.items() if n in self.problem.active and not np.ndim(value)]
        if len(moving) != 1 or len(self.problem.active) != 1:
            return None
        only: Variable = (moving[0], ())
        if self._is_infinite(only):
            return None
        for terms in LENGTHS:
            if not self._pays([only], terms):
                return None
            with precision(self.bits), length(terms), counted(self.budget.spend), suppress(UntoldError, LimitError):
                return _limits({sign: self._beside(place, [], only, sign, terms) for sign in (-1, 1)})
        with precision(self.bits), suppress(UntoldError, LimitError):
            return _limits(self._bounded(place, only))
        return None


def _linear(near: Any, sign: int) -> list[Ball]:
    """Value and slope of a number on one side of the point. Errors: UntoldError where it has others of their size."""
    if type(near) is Ball:
        return [near, ZERO]
    if type(near) is Undefined or near.swings or (near.order is not None and near.order <= 1):
        raise UntoldError
    if any(e <= 1 and (e, k) not in {ZEROTH, FIRST} for e, k in near.terms):
        raise UntoldError
    return [near.terms.get(ZEROTH, ZERO), near.terms.get(FIRST, ZERO) * sign]


def _met(near: Mapping[int, Any], here: arb, why: str) -> Truth:
    """The derivative of a function that is known on either side of the point. Errors: UntoldError."""
    left, right = (slope(near[sign], here, sign) for sign in (-1, 1))
    both = meeting(left, right)
    if both is not None:
        return Truth(Status.ENCLOSED, both, reference=NAME)
    return Truth(Status.UNDEFINED, why=why, reference=NAME, sides=Sides(left, right))


def _limits(near: Mapping[int, Any]) -> Limits:
    """Errors: UntoldError."""
    left, right = (limit(near[sign]) for sign in (-1, 1))
    value = meeting(left, right)
    if value is None:
        return Limits(left, right)
    try:
        slopes = [slope(near[sign], value, sign) for sign in (-1, 1)]
    except UntoldError:
        return Limits(left, right, value)
    return Limits(left, right, value, meeting(*slopes))
