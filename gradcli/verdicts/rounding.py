"""How far rounding may move torch's numbers where there is no tape of them: the function in balls whose every step is
off by units of the dtype, as its row says that torch's is. It holds of derivatives of every order and mode."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from math import inf

from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.altered import Rounded
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.reference.answer import Settings
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.problem import Entry, Problem
from gradcli.reference.work import BITS, affordable
from gradcli.verdicts.steps import UNITS


class Rounding:
    """What rounding does to the numbers of one problem.

    work: scalar operations of the function
    """

    def __init__(self, problem: Problem, settings: Settings, work: int) -> None:
        self.problem, self.settings, self.work = problem, settings, work
        self._nearly: dict[int, Enclosed] = {}

    @cached_property
    def reached(self) -> Enclosed:
        """All that torch's steps may make of the function, each right to a few units. Errors: LimitError."""
        return self._off_by(arb(UNITS * self.settings.float_type.unit), BITS[0], short=0)

    def nearly(self, bits: int) -> Enclosed:
        """The same for a unit so small that errors are proportional to it. Errors: LimitError."""
        if bits not in self._nearly:
            self._nearly[bits] = self._off_by(arb(2) ** (-bits // 2), bits, short=self.settings.float_type.bits)
        return self._nearly[bits]

    def _off_by(self, unit: arb, bits: int, *, short: int) -> Enclosed:
        arithmetic = Rounded(unit, self.settings.float_type.unit, short, ideal=self.problem.ideal)
        return Enclosed(self.problem, bits, arithmetic=arithmetic)

    def explains(self, entry: Entry, number: float) -> bool:
        """May a number be what torch makes of an entry by steps right to a few units? Also where any number may."""
        return any(self._reaches(one, number) for one in _either_way(entry))

    def _reaches(self, entry: Entry, number: float) -> bool:
        try:
            found = self.reached.entry(entry)
        except LimitError:
            return False
        return type(found) is not Undefined and (not found.value.is_finite() or arb(number) in found.value)

    def terms(self, entry: Entry) -> float:
        """The size of what cancels in a number that is 0: by how many times a unit it moves where each step is off by
        one. inf if untold."""
        return max(self._terms(one) for one in _either_way(entry))

    def _terms(self, entry: Entry) -> float:
        for bits in affordable(self.work):
            try:
                found = self.nearly(bits).entry(entry)
            except LimitError:
                return inf
            if type(found) is Ball and found.value.is_finite():
                return float(found.value.rad() * arb(2) ** (bits // 2))
        return inf


def _either_way(entry: Entry) -> Iterator[Entry]:
    """The same entry differentiated in either order, in which other terms cancel: whoever has a Hessian's number from
    its mirror image has these."""
    yield entry
    place, variables = entry
    if variables != variables[::-1]:
        yield place, variables[::-1]
