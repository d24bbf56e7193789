"""The truth of a derivative at one point, in balls: as many bits as a question takes, as far as they are affordable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.claims.statement import Statement
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, condition, is_infinite
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.program import Program, run
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.reference.enclosures import Enclosed, Rules
from gradcli.reference.problem import Entry, Place, entry_of
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Status
from gradcli.reference.work import BITS, Budget

CONDITION_BITS = 512  # what numbers of ordinary size need to tell their order, however nearly they cancel


@dataclass(slots=True, eq=False)
class Point:
    """A point at which the function has a value; and a derivative, unless it is a kink.

    values: all names, exact floats
    sweeps: how often the function's cost the derivative takes
    budget: of all points of a claim, for more bits than the first
    round:  can a person follow its numbers?
    sided:  components that balls have no number for, and that both sides of the point give
    """

    statement: Statement
    values: Mapping[str, Array]
    reference: Rules
    sweeps: int
    budget: Budget
    round: bool = False
    sided: dict[Place, arb] = field(default_factory=dict)
    _truths: dict[int, Array] = field(default_factory=dict)  # by bits
    _inputs: dict[str, Array] = field(default_factory=dict)  # exact with any bits, since they are floats

    def levels(self) -> Iterator[int]:
        """The bits to ask with, one after the other, while there is work left for them."""
        for bits in BITS:
            paid = bits == BITS[0] or bits in self._truths
            if not paid and not self.budget.spend(self.sweeps * self.reference.work.units(bits)):
                return
            yield bits

    def truth(self, bits: int = BITS[0]) -> Array:
        """The derivative: enclosures, nan where these bits are too few, and Undefined. Errors: LimitError."""
        if bits not in self._truths:
            here = self._at(bits)
            true = np.full(self.statement.expected, arb.nan(), dtype=object)
            if here is not None:
                for place in np.ndindex(true.shape):
                    sided = self.sided.get(place)
                    true[place] = _bare(here.entry(self.component(place))) if sided is None else sided
            self._truths[bits] = true
        return self._truths[bits]

    def met_from_sides(self) -> bool:
        """Has the derivative a number all the same, as at 0 in x*abs(x)? Where it has, it is the truth from now on.

        Errors: LimitError.
        """
        lost = [place for place, number in np.ndenumerate(self.truth()) if type(number) is Undefined]
        reference = Reference(self.reference.problem, len(self.statement.wrt), formulas=False)
        found = reference.truths([self.component(place) for place in lost])
        numbers = [truth.value for truth in found if truth.value is not None and truth.value.is_finite()]
        if len(numbers) < len(lost):
            return False
        self.sided.update(zip(lost, numbers, strict=True))
        self._truths.clear()
        return True

    def terms(self, place: Place) -> float:
        """The size of what cancels in a component that is 0."""
        return self.reference.terms(self.component(place))

    def value(self, bits: int = BITS[0]) -> Array:
        """The function's value, likewise."""
        here = self._at(bits)
        return np.full((), arb.nan(), dtype=object) if here is None else bare(here.value)

    def _at(self, bits: int) -> Enclosed | None:
        """The function with so many bits; None where these cannot tell its way."""
        try:
            return self.reference.at(bits)
        except LimitError:
            return None

    def evaluate(self, program: Program, bits: int = BITS[0]) -> Array | None:
        """Another expression at this point, as ``truth``; conditions as they are. None where it cannot be told."""
        with precision(bits):
            arithmetic = Balls(ideal=True)
            if not self._inputs:
                self._inputs = {name: arithmetic.exact(value) for name, value in self.values.items()}
            try:
                found = as_array(run(program, arithmetic, self._inputs))
            except LimitError:
                return None
        return bare(found)

    def component(self, place: Place) -> Entry:
        """A place in the derivative as one in the output and one in each variable."""
        return entry_of(place, [(name, len(self.statement.shape_of(name))) for name in self.statement.wrt])

    @property
    def scale(self) -> arb:
        """The largest component, as far as it is known."""
        known = self._truths[max(self._truths)] if self._truths else self.truth()
        return max((abs(t) for t in known.ravel() if type(t) is arb and t.is_finite()), default=arb(0), key=float)


def bare(scalars: Array) -> Array:
    """Enclosures of an array of Scalars."""
    return mapped(_bare, scalars)


def _bare(scalar: Any) -> Any:  # Any: a Ball -> its arb; Undefined and Conditions as they are
    return scalar.value if type(scalar) is Ball else scalar


def status(numbers: Array) -> Status:
    """Are all finite? Undefined where one is certainly no finite number."""
    entries = list(numbers.ravel())
    if any(type(n) is Undefined or is_infinite(n) for n in entries):
        return Status.UNDEFINED
    return Status.ENCLOSED if all(n.is_finite() for n in entries) else Status.UNTOLD


def conditions_hold(conditions: Sequence[Program], values: Mapping[str, Array]) -> bool:
    """Do conditions certainly hold in every entry? Asked with few bits."""
    with precision(CONDITION_BITS):
        arithmetic = Balls(ideal=True)
        names = {name for program in conditions for name in program.names}
        point = {name: arithmetic.exact(values[name]) for name in names}
        return all(
            condition(entry).truth is True
            for program in conditions
            for entry in as_array(run(program, arithmetic, point)).ravel()
        )
