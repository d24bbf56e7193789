"""On a kink, where formulas mean nothing: the derivative from either side, by one-sided difference quotients."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import inf

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.scalars import Array, Scalar, as_array
from gradcli.reference.evaluation import Evaluation
from gradcli.reference.limits import approaching, limit, same
from gradcli.reference.problem import Entry, Place, Truth, Variable

Side = tuple[Array, ...]  # quotients at three steps each, so that a limit can be told from a divergence


class Sides:
    """One-sided derivatives of a function at its point, and limits of the function itself."""

    def __init__(self, here: Evaluation) -> None:
        self.here, self.arithmetic = here, here.arithmetic
        self.found: dict[tuple[Variable, ...], tuple[Side, Side]] = {}

    def truth(self, entry: Entry) -> Truth:
        """The limits of the quotients from both sides; one number where they meet. Errors: LimitError."""
        place, variables = entry
        if variables not in self.found:
            self.found[variables] = self.quotients(variables)
        sides = self.found[variables]
        left, right = (limit(self.arithmetic, *(as_array(quotient)[place] for quotient in side)) for side in sides)
        broken = self.discontinuity(place, variables)
        if broken is not None:
            return broken
        if left is not None and right is not None and abs(left) != inf and same(left, right):
            return Truth((left + right) / 2)
        return Truth(None, left, right, one_sided=True)

    def quotients(self, variables: tuple[Variable, ...]) -> tuple[Side, Side]:
        """Left and right. For a second derivative the quotient is that of the first one's differences nearby."""
        if len(variables) > 2:
            raise LimitError("a kink, where derivatives beyond the second are not checked", kind="unchecked")
        *inner, last = variables
        steps = approaching(self.here.step(last))
        left, right = (tuple(self.one_sided(inner, last, sign * s) for s in steps) for sign in (-1, 1))
        return left, right

    def discontinuity(self, place: Place, variables: tuple[Variable, ...]) -> Truth | None:
        """Where a second derivative was asked for: how the first one fails to be continuous, or to exist; else None."""
        if len(variables) < 2:
            return None
        *inner, last = variables
        across, here = partial(self.beside, inner, last), partial(self.one_sided, [], inner[0])
        for quotient, step in ((across, self.here.step(last)), (here, self.here.step(inner[0]))):
            before, after = (
                limit(self.arithmetic, *(as_array(quotient(sign * s))[place] for s in approaching(step)))
                for sign in (-1, 1)
            )
            if before is None or after is None or max(abs(before), abs(after)) == inf:
                return Truth(None, before, after, one_sided=True)
            if not same(before, after, 1e-9) and abs(after - before) > abs(step) * 1e6:
                return Truth(None, before, after, one_sided=True, jump=(before, after))
        return None

    def one_sided(self, inner: Sequence[Variable], variable: Variable, step: Scalar) -> Array:
        here = self.here
        if not inner:
            return here.cleaned((here.moved([(variable, step)]) - here.value) / step, here.noise / abs(step))
        far, near = self.beside(inner, variable, 2 * step), self.beside(inner, variable, step)
        truncation = self.arithmetic.context.mpf(10) ** (3 - here.digits.step) * max(1, np.max(abs(here.value)))
        return here.cleaned((far - near) / step, max(truncation, here.noise / (self.inner_step(step) * abs(step))))

    def beside(self, inner: Sequence[Variable], variable: Variable, shift: Scalar) -> Array:
        """The inner derivative (one variable) at a point shifted off the kink, by differences of a smaller step."""
        (first,) = inner
        small = self.inner_step(shift)
        if first == variable:
            plus, minus = self.here.moved([(variable, shift + small)]), self.here.moved([(variable, shift - small)])
        else:
            plus, minus = (self.here.moved([(variable, shift), (first, sign * small)]) for sign in (1, -1))
        return as_array((plus - minus) / (2 * small))

    def inner_step(self, shift: Scalar) -> Scalar:
        """A step that is small beside ``shift``."""
        return abs(shift) * self.here.unit_step

    # -- of the function itself

    def limits_of_value(self) -> tuple[Scalar | None, Scalar | None]:
        """The function a little left and right of the point. Errors: ValueError where it is no scalar of a scalar."""
        variable = self.only_variable()
        if self.here.value.ndim:
            raise ValueError("limits are of scalars")
        sides = []
        for sign in (-1, 1):
            values = (self.here.moved([(variable, sign * s)])[()] for s in approaching(self.here.step(variable)))
            sides.append(limit(self.arithmetic, *values))
        return sides[0], sides[1]

    def slope_across(self, limit: Scalar) -> Scalar | None:
        """The derivative at a removable singularity whose value would be ``limit``; None if the sides do not meet."""
        variable = self.only_variable()
        step = self.here.step(variable)
        before, after = (self.here.moved([(variable, sign * step)])[()] for sign in (-1, 1))
        left, right = (limit - before) / step, (after - limit) / step
        if not abs(left - right) <= 1e-6 * max(abs(left), abs(right), 1e-9):
            return None
        slope = (after - before) / (2 * step)
        return slope if abs(slope) > 1e-15 else slope * 0

    def only_variable(self) -> Variable:
        """The one scalar that moves. Errors: ValueError."""
        ((name, value),) = [
            (name, value) for name, value in self.here.point.items() if name in self.here.problem.active
        ]
        if value.ndim:
            raise ValueError("limits are of scalars")
        return name, ()
