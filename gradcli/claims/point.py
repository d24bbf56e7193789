"""The truth of a derivative at one point, in balls: as many bits as a question takes, as far as they are affordable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.claims.statement import Statement
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, condition, is_infinite
from gradcli.meaning.program import Program, run
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.reference.problem import Entry, Place, entry_of
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Status, Truth
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
    reference: Reference
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
            if not (paid or self.budget.spend(self.sweeps * self.reference.rules.work.units(bits))):
                return
            yield bits

    def truth(self, bits: int = BITS[0]) -> Array:
        """The derivative: enclosures, nan where these bits are too few, and Undefined. Errors: LimitError."""
        if bits not in self._truths:
            self._truths[bits] = true = np.empty(self.statement.expected, dtype=object)
            true.fill(arb.nan())
            try:
                here = self.reference.at(bits)
            except LimitError:  # so many bits cannot tell which way the function goes
                return true
            places = list(product(*map(range, true.shape)))
            for place, number in zip(places, here.entries([*map(self.component, places)]), strict=True):
                true[place] = self.sided.get(place, _bare(number))
        return self._truths[bits]

    def met_from_sides(self) -> bool:
        """Has the derivative a number all the same, as at 0 in x*abs(x)? Where it has, it is the truth from now on."""
        lost = [place for place, number in np.ndenumerate(self.truth()) if type(number) is Undefined]
        found = [self.known(place).value for place in lost]
        numbers = [number for number in found if number is not None and number.is_finite()]
        if len(numbers) < len(lost):
            return False
        self.sided.update(zip(lost, numbers, strict=True))
        self._truths.clear()
        return True

    def known(self, place: Place) -> Truth:
        """All that is known of a component, from both sides of a kink too."""
        return self.reference.truths([self.component(place)])[0]

    def evaluate(self, program: Program, bits: int = BITS[0]) -> Array | None:
        """Another expression at this point, as ``truth``; conditions as they are. None where it cannot be told."""
        return self.computed(lambda arithmetic: run(program, arithmetic, self.inputs), bits)

    def computed(self, compute: Callable[[Balls], Array], bits: int = BITS[0]) -> Array | None:
        """The enclosures of what is computed in so many bits; None where it cannot be told."""
        with precision(bits):
            try:
                return bare(as_array(compute(Balls(ideal=True))))
            except LimitError:
                return None

    @property
    def inputs(self) -> Mapping[str, Array]:
        """The values as balls: exact with any bits, since they are floats."""
        if not self._inputs:
            arithmetic = Balls(ideal=True)
            self._inputs = {name: arithmetic.exact(value) for name, value in self.values.items()}
        return self._inputs

    def component(self, place: Place) -> Entry:
        """A place in the derivative as one in the output and one in each variable."""
        return entry_of(place, [(name, len(self.statement.shape_of(name))) for name in self.statement.wrt])

    @property
    def named(self) -> dict[str, Any]:  # Any: floats or nested lists
        """The values that a user knows of: without the sizes."""
        shown, sizes = self.statement.arrangement.shown, self.statement.sizes
        return {n: shown(n, value).tolist() for n, value in self.values.items() if n not in sizes}

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
        point = {name: arithmetic.exact(values[name]) for program in conditions for name in program.names}
        return all(
            condition(entry).truth is True
            for program in conditions
            for entry in as_array(run(program, arithmetic, point)).ravel()
        )
