"""The last resort, where balls give no number: difference quotients from either side, in mpmath's arithmetic.

What they say is no theorem. A number comes with a radius by which its quotients are off, and is never exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flint import arb

from gradcli.meaning.program import Deadline
from gradcli.meaning.scalars import Array, Scalar, as_array, floats
from gradcli.reference import truth
from gradcli.reference.agreement import limit_or_nan
from gradcli.reference.evaluation import Evaluation
from gradcli.reference.problem import Entry, Place, Problem, Variable
from gradcli.reference.sides import Sides, approaching
from gradcli.reference.truth import Status, Truth

NAME = "differences"
OPERATION = 3  # units of work for one of mpmath's operations with 110 digits: 10 to 20 microseconds
EVALUATIONS = {0: 1, 1: 7, 2: 43}  # of the function, by the order of the derivative
UNKNOWN = 1e-300  # radius of a 0: a quotient proves none
ROUNDING = 1e-39  # relative, of a number that is handed over with 40 digits


class Quotients:
    """Derivatives of a function at its point from both sides, and limits of the function itself. Errors: LimitError."""

    def __init__(self, problem: Problem, order: int, deadline: Deadline[Any]) -> None:
        self.here = Evaluation(problem, order, deadline)
        self.sides = Sides(self.here)

    def knows(self, variables: tuple[Variable, ...]) -> bool:
        """Have these been looked at already, for another entry of the output?"""
        return variables in self.sides.found

    def truth(self, entry: Entry, why: str) -> Truth:
        """One number where the quotients of both sides meet, else both; ``why`` balls give none."""
        found = self.sides.truth(entry)
        if found.value is not None:
            place, variables = entry
            errors = [abs(as_array(side[-1])[place] - found.value) for side in self.sides.found[variables]]
            return Truth(Status.ENCLOSED, _ball(found.value, max(errors)), reference=NAME)
        jump = None if found.jump is None else (float(found.jump[0]), float(found.jump[1]))
        sides = truth.Sides(_float(found.left), _float(found.right), jump)
        return Truth(Status.UNDEFINED, why=why, reference=NAME, sides=sides)

    def value(self, place: Place, known: Truth) -> Truth:
        """An entry of the function's value, for which balls know no number."""
        if self.here.at_point.split:
            names = ", ".join(dict.fromkeys(hazard.op.name for hazard in self.here.at_point.hazards))
            why = f"a derivative inside the expression does not exist here: {names} is at a kink"
            return Truth(Status.UNDEFINED, why=why, reference=NAME)
        number = self.here.value[place]
        if not self.here.arithmetic.context.isfinite(number):
            return known
        return Truth(Status.ENCLOSED, _ball(number, self.here.noise), reference=NAME)

    def beyond_kink(self, direction: Mapping[str, Array]) -> Array:
        """The one-sided derivative of the outputs along a direction, as floats; nan where there is none."""
        here, quotients = self.here, []
        for step in approaching(here.unit_step):
            point = {
                name: as_array(value + step * here.arithmetic.exact(direction[name])) if name in direction else value
                for name, value in here.point.items()
            }
            quotients.append(here.cleaned((here.at(point) - here.value) / step, here.noise / step))
        return floats(here.arithmetic.map(partial(limit_or_nan, here.arithmetic), *quotients))

    def limits_of_value(self) -> tuple[Scalar | None, Scalar | None]:
        """The function a little left and right of the point. Errors: ValueError where it is no scalar of a scalar."""
        return self.sides.limits_of_value()

    def slope_across(self, limit: Scalar) -> Scalar | None:
        """The derivative at a removable singularity whose value would be ``limit``; None if the sides do not meet."""
        return self.sides.slope_across(limit)


def evaluations(order: int) -> int:
    """How often a function is evaluated for quotients of a derivative of this order."""
    return EVALUATIONS.get(order, 1)


def _float(side: Scalar | None) -> float | None:
    return None if side is None else float(side)


def _ball(number: Scalar, error: Scalar) -> arb:
    """A number with the error that the closest quotients have, if they tend to it."""
    text = number.context.nstr
    middle = arb(text(number, 40)).mid()
    return arb(middle, arb(text(error, 5)).upper() + abs(middle).upper() * ROUNDING + UNKNOWN)
