"""The last resort, where balls give no number: difference quotients from either side, in mpmath's arithmetic.

What they say is no theorem. A number comes with a radius by which its quotients are off, and is never exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf, nan

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning import symbolic
from gradcli.meaning.scalars import Array, Scalar, as_array, floats
from gradcli.reference.evaluation import STEP, Evaluation
from gradcli.reference.limits import approaching, limit, limit_or_nan, same
from gradcli.reference.problem import Entry, Place, Problem, Variable
from gradcli.reference.truth import Sides, Status, Truth
from gradcli.reference.work import WORK

NAME = "differences"
OPERATION = 3  # units of work for one of mpmath's operations with 110 digits: 10 to 20 microseconds
EVALUATIONS = {0: 1, 1: 7, 2: 43}  # of the function, by the order of the derivative
UNKNOWN = 1e-300  # radius of a 0: a quotient proves none
ROUNDING = 1e-39  # relative, of a number that is handed over with 40 digits
MEET = 1e-9  # relative, of two limits that quotients show: they have about so many digits where they come slowly

Side = tuple[Array, ...]  # quotients at three steps each, so that a limit can be told from a divergence


@dataclass(frozen=True, slots=True)
class Limits:
    """What a scalar function of one number tends to from either side; None for nothing.

    value, slope: the limit where both sides meet, and the derivative that the function has with that value
    """

    left: float | None
    right: float | None
    value: float | None = None
    slope: float | None = None


class Quotients:
    """Derivatives of a function at its point from both sides, and limits of the function itself. Errors: LimitError."""

    def __init__(self, problem: Problem, order: int) -> None:
        if OPERATION * symbolic.work(problem.shapes, problem.program) > WORK:
            raise LimitError(f"difference quotients take more than {WORK:,} operations", kind="unchecked")
        self.here = Evaluation(problem, order)
        if self.here.steps_over_whole_numbers:
            raise LimitError(f"a jump at numbers beyond 1e{STEP}, where quotients step over others", kind="unchecked")
        self.arithmetic = self.here.arithmetic
        self.found: dict[tuple[Variable, ...], tuple[Side, Side]] = {}

    def knows(self, variables: tuple[Variable, ...]) -> bool:
        """Have these been looked at already, for another entry of the output?"""
        return variables in self.found

    def truth(self, entry: Entry, why: str) -> Truth:
        """One number where the quotients of both sides meet, else both; ``why`` balls give none."""
        place, variables = entry
        if variables not in self.found:
            self.found[variables] = self._sides(variables)
        sides = [[as_array(quotient)[place] for quotient in side] for side in self.found[variables]]
        left, right = (limit(self.arithmetic, *quotients) for quotients in sides)
        broken = self._discontinuity(place, variables)
        if broken is not None:
            return Truth(Status.UNDEFINED, why=why, reference=NAME, sides=broken)
        if left is None or right is None or abs(left) == inf or not same(left, right):
            return Truth(Status.UNDEFINED, why=why, reference=NAME, sides=Sides(_float(left), _float(right)))
        middle = (left + right) / 2
        return Truth(Status.ENCLOSED, _ball(middle, max(abs(side[-1] - middle) for side in sides)), reference=NAME)

    def value(self, place: Place, known: Truth) -> Truth:
        """An entry of the function's value, for which balls know no number."""
        if self.here.at_point.split:
            names = ", ".join(dict.fromkeys(op.name for op in self.here.at_point.hazards))
            why = f"a derivative inside the expression does not exist here: {names} is at a kink"
            return Truth(Status.UNDEFINED, why=why, reference=NAME)
        number = self.here.value[place]
        if not self.arithmetic.context.isfinite(number):
            return known
        return Truth(Status.ENCLOSED, _ball(number, self.here.noise), reference=NAME)

    # -- quotients

    def _sides(self, variables: tuple[Variable, ...]) -> tuple[Side, Side]:
        """Left and right. For a second derivative the quotient is that of the first one's differences nearby."""
        if len(variables) > 2:
            raise LimitError("a kink, where derivatives beyond the second are not checked", kind="unchecked")
        *inner, last = variables
        steps = approaching(self.here.step(last))
        left, right = (tuple(self._one_sided(inner, last, sign * s) for s in steps) for sign in (-1, 1))
        return left, right

    def _discontinuity(self, place: Place, variables: tuple[Variable, ...]) -> Sides | None:
        """Where a second derivative was asked for: how the first one fails to be continuous, or to exist; else None."""
        if len(variables) < 2:
            return None
        *inner, last = variables
        across, here = partial(self._beside, inner, last), partial(self._one_sided, [], inner[0])
        for quotient, step in ((across, self.here.step(last)), (here, self.here.step(inner[0]))):
            before, after = (
                limit(self.arithmetic, *(as_array(quotient(sign * s))[place] for s in approaching(step)))
                for sign in (-1, 1)
            )
            if before is None or after is None or max(abs(before), abs(after)) == inf:
                jump = tuple(nan if side is None else float(side) for side in (before, after))
                return Sides(_float(before), _float(after), (jump[0], jump[1]))
            if not same(before, after, MEET) and abs(after - before) > abs(step) * 1e6:
                return Sides(float(before), float(after), (float(before), float(after)))
        return None

    def _one_sided(self, inner: Sequence[Variable], variable: Variable, step: Scalar) -> Array:
        here = self.here
        if not inner:
            return here.cleaned((here.moved([(variable, step)]) - here.value) / step, here.noise / abs(step))
        far, near = self._beside(inner, variable, 2 * step), self._beside(inner, variable, step)
        truncation = self.arithmetic.context.mpf(10) ** (3 - STEP) * max(1, np.max(abs(here.value)))
        return here.cleaned((far - near) / step, max(truncation, here.noise / (self._inner_step(step) * abs(step))))

    def _beside(self, inner: Sequence[Variable], variable: Variable, shift: Scalar) -> Array:
        """The inner derivative (one variable) at a point shifted off the kink, by differences of a smaller step."""
        (first,) = inner
        small = self._inner_step(shift)
        if first == variable:
            plus, minus = self.here.moved([(variable, shift + small)]), self.here.moved([(variable, shift - small)])
        else:
            plus, minus = (self.here.moved([(variable, shift), (first, sign * small)]) for sign in (1, -1))
        return as_array((plus - minus) / (2 * small))

    def _inner_step(self, shift: Scalar) -> Scalar:
        """A step that is small beside ``shift``."""
        return abs(shift) * self.here.unit_step

    def beyond_kink(self, direction: Mapping[str, Array]) -> Array:
        """The one-sided derivative of the outputs along a direction, as floats; nan where there is none."""
        here, quotients = self.here, []
        for step in approaching(here.unit_step):
            point = {
                name: as_array(value + step * self.arithmetic.exact(direction[name])) if name in direction else value
                for name, value in here.point.items()
            }
            quotients.append(here.cleaned((here.at(point) - here.value) / step, here.noise / step))
        return floats(self.arithmetic.map(partial(limit_or_nan, self.arithmetic), *quotients))

    # -- of the function itself

    def limits(self) -> Limits | None:
        """The function a little left and right of the point; None where it is no scalar function of one number, or has
        derivatives inside, which are quotients themselves here."""
        here = self.here
        moving = [(name, value) for name, value in here.point.items() if name in here.problem.active]
        if len(moving) != 1 or moving[0][1].ndim or here.value.ndim or here.problem.program.differentiated:
            return None
        variable = (moving[0][0], ())
        step = here.step(variable)
        sides = [[here.moved([(variable, sign * s)])[()] for s in approaching(step)] for sign in (-1, 1)]
        left, right = (limit(self.arithmetic, *values) for values in sides)
        if left is None or right is None or abs(left) == inf or not _meet(left, right):
            return Limits(_float(left), _float(right))
        before, after = (side[0] for side in sides)
        value = (left + right) / 2
        slopes = (value - before) / step, (after - value) / step
        slope = here.cleaned((after - before) / (2 * step), here.noise / step)[()] if _meet(*slopes) else None
        return Limits(_float(left), _float(right), _float(value), _float(slope))


def evaluations(order: int) -> int:
    """How often a function is evaluated for quotients of a derivative of this order."""
    return EVALUATIONS.get(order, 1)


def _meet(left: Scalar, right: Scalar) -> bool:
    return bool(abs(left - right) <= MEET * max(abs(left), abs(right), 1e-6))  # of limits near 0, absolute


def _float(side: Scalar | None) -> float | None:
    return None if side is None else float(side)


def _ball(number: Scalar, error: Scalar) -> arb:
    """A number with the error that the closest quotients have, if they tend to it."""
    text = number.context.nstr
    middle = arb(text(number, 40)).mid()
    return arb(middle, arb(text(error, 5)).upper() + abs(middle).upper() * ROUNDING + UNKNOWN)
