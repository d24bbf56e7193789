"""The route of difference quotients: the sympy meanings in high precision, moved a little.

With 110 digits and a step of 1e-20 a central quotient is right to 30 digits. On a kink one-sided quotients say what the
derivative does from either side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from math import inf
from typing import Any, ClassVar

import numpy as np

from gradcli.meaning.scalars import Array, Scalar, as_array
from gradcli.reference.agreement import ZERO, agreed, finite
from gradcli.reference.evaluation import USUAL, Digits, Evaluation
from gradcli.reference.problem import Entry, Place, Truth, Variable
from gradcli.reference.sides import Sides

MAX_REFINED = 2_000
MAX_REFINEMENT_WORK = 20_000  # scalar operations that are computed again with the digits below
MANY = Digits(USUAL.step, 1_000)
REFINEMENTS = (
    (Digits(45, 100), Digits(60, 150)),
    (Digits(250, 1000), Digits(350, 1300)),
)  # two more if two do not tell
SMALL, FALL = 1e-15, 1e-4  # a quotient below SMALL that falls to FALL with steps of a thousandth is zero


class Differences(Evaluation):
    """Derivatives of a function at its point by central differences, or from both sides on a kink."""

    name: ClassVar[str] = "differences"

    @cached_property
    def sides(self) -> Sides:
        return Sides(self)

    @cached_property
    def _central(self) -> dict[tuple[Variable, ...], Array]:
        """Quotients by the variables moved: all entries of the output come at once."""
        return {}

    @cached_property
    def _closest(self) -> dict[tuple[Variable, ...], Array]:
        return {}

    @cached_property
    def _refinements(self) -> dict[int, tuple[Differences, Differences]]:
        return {}

    def truths(self, entries: Sequence[Entry]) -> Iterator[Truth]:
        """The truth of one entry after the other, each computed when it is asked for. Errors: LimitError."""
        return map(self.truth, entries)

    def truth(self, entry: Entry) -> Truth:
        """The truth of one entry, by moving its variables. Errors: LimitError."""
        if not self.smooth:
            return self.sides.truth(entry)
        place, variables = entry
        if variables not in self._central:
            self._central[variables] = self.two_sided(variables)
        return Truth(finite(self.arithmetic, self._central[variables][place]))

    def two_sided(self, variables: tuple[Variable, ...], *, careful: bool = False) -> Array:
        """Central differences in each variable in turn: ``2**order`` evaluations, and more where an entry is so small
        that it may be the step's own error, (x - 1)**3 at 1 has the quotient 1e-40, or that of rounding.

        careful: entries of 0 are computed again too, which may be slopes of 1e-100
        """
        quotient, noise = self.central(variables, self.arithmetic.context.one)
        size = abs(quotient)
        unsure = size <= noise if careful else (quotient != 0) & (size <= noise)
        small = self.small(quotient, noise)
        falls = np.zeros(quotient.shape, dtype=bool)
        if np.any(small):
            closer, noise = self.central(variables, self.arithmetic.context.mpf(10) ** -3)
            unsure |= small & (noise > size * FALL)
            falls = small & self.falls(quotient, closer, noise)
        quotient = np.where(falls, self.arithmetic.context.zero, quotient)
        if not np.any(unsure):
            return as_array(quotient)
        if self.cost > MAX_REFINEMENT_WORK or self.digits.spare > USUAL.spare:
            return as_array(np.where(unsure, self.arithmetic.context.zero, quotient))
        seen = self.close(variables)
        return as_array(np.where(unsure & (seen == seen), seen, quotient))

    def central(self, variables: tuple[Variable, ...], shrink: Scalar) -> tuple[Array, Scalar]:
        """Central differences with every step times ``shrink``, and their rounding error."""
        total: Any = 0  # Any: an Array once the first term is in
        noise = self.noise
        steps = [self.step(variable) * shrink for variable in variables]
        for signs in np.ndindex(*(2,) * len(variables)):
            weight = (-1) ** (len(variables) - sum(signs))
            totals: dict[Variable, Scalar] = {}
            for variable, step, sign in zip(variables, steps, signs, strict=True):
                totals[variable] = totals.get(variable, 0) + (step if sign else -step)
            total = total + weight * self.moved(list(totals.items()))
        for step in steps:
            total = total / (2 * step)
            noise = noise / (2 * step)
        return as_array(total), noise

    def small(self, quotient: Array, noise: Scalar) -> Array:
        """Where a quotient is no rounding error, but so small that it may be the step's own error."""
        size = abs(quotient)
        return np.asarray((size > noise) & (size < SMALL * max(1, self.largest)), dtype=bool)

    def falls(self, quotient: Array, closer: Array, noise: Scalar) -> Array:
        """Where it is the step's own error: it falls with the step, not below the rounding error of the closer one."""
        return np.asarray((noise <= abs(quotient) * FALL) & (abs(closer) < abs(quotient) * FALL), dtype=bool)

    def blind(self, variables: tuple[Variable, ...]) -> Scalar:
        """A slope that is as good as lost."""
        lost = self.lost
        for variable in variables:
            lost = lost / (2 * self.step(variable))
        return lost

    # -- with more digits

    def sharper(self, digits: Digits) -> Differences:
        """The same with other steps and digits."""
        return Differences(self.problem, self.order, self.deadline, digits)

    def refined_value(self) -> Array | None:
        """The value with many more digits, for a doubt that these may have caused; None if it is too large."""
        return self.sharper(MANY).value if self.cost <= MAX_REFINED else None

    def refinements(self, level: int) -> tuple[Differences, Differences]:
        """Two with more digits and smaller steps."""
        if level not in self._refinements:
            first, second = (self.sharper(digits) for digits in REFINEMENTS[level])
            self._refinements[level] = first, second
        return self._refinements[level]

    @property
    def levels(self) -> tuple[int, ...]:
        """Those of ``REFINEMENTS`` that the size of the problem allows."""
        return (0, 1) if self.cost <= MAX_REFINED else (0,)

    def close(self, variables: tuple[Variable, ...], levels: Sequence[int] = (0, 1)) -> Array:
        """Central differences that two refinements with many digits agree on; nan where they do at no level."""
        return self.agreed_on(
            lambda refinement: refinement.central(variables, refinement.arithmetic.context.one)[0],
            lambda refinement: refinement.blind(variables),
            levels,
        )

    def closer(self, place: Place, variables: tuple[Variable, ...]) -> Scalar:
        """One entry of ``close``, at as many levels as the size allows; all outputs are found together."""
        if variables not in self._closest:
            self._closest[variables] = self.close(variables, self.levels)
        return self._closest[variables][place]

    def agreed_on(
        self,
        quotient: Callable[[Differences], Array],
        blind: Callable[[Differences], Scalar],
        levels: Sequence[int],
    ) -> Array:
        """What two refinements agree on, at the first of the levels at which they do; nan where they do at none.

        blind: a slope that is as good as lost in a refinement's rounding
        """
        found: Array | None = None
        for level in levels:
            first, second = self.refinements(level)
            most = ZERO if level < len(REFINEMENTS) - 1 else inf
            now = agreed(quotient(first), quotient(second), blind(second), most)
            found = now if found is None else np.where(found == found, found, now)
            if np.all(found == found):
                break
        return as_array(found)
