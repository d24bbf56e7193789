"""How far rounding may move torch's numbers where there is no tape of them: the function in balls, or in whole arrays
where it is large, whose every step is off by units of the dtype, as its row says that torch's is. It holds of
derivatives of every order and mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.altered import Rounded
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.extended.altered import RoundedArrays
from gradcli.meaning.extended.rounding import CARE, in_doubles
from gradcli.meaning.scalars import Array
from gradcli.meaning.tiles import Tiling
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.every_entry import ALTERED, ENTRIES, EveryEntry, Units, Whole
from gradcli.reference.in_tiles import InTiles
from gradcli.reference.problem import Entry, Place, Problem
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


class RoundingOfAll:
    """The same of all entries of a large result at once. tiling: where it is looked at in tiles"""

    def __init__(
        self, problem: Problem, answers: Sequence[Answer], settings: Settings, tiling: Tiling | None = None
    ) -> None:
        self.problem, self.answers, self.settings, self.tiling = problem, answers, settings, tiling
        order = max((len(answer.wrt) for answer in answers), default=0)
        self.arithmetic = rounded_arrays(settings, order, ideal=problem.ideal)

    @cached_property
    def reached(self) -> list[Whole] | None:
        """All that torch's steps may make of each answer, and last of the value, each step right to a few units; None
        where that is too much. In float64, whose own rounding is small beside these."""
        try:
            every: EveryEntry | InTiles
            with in_doubles():
                if self.tiling is None:
                    every = EveryEntry(self.problem, Units(ALTERED * ENTRIES), self.arithmetic)
                else:
                    every = InTiles(self.problem, self.tiling, self.answers, arithmetic=self.arithmetic)
                return [*(every.derivative(answer) for answer in self.answers), every.value()]
        except LimitError:
            return None

    @property
    def strays(self) -> bool:
        """Did a number on the way leave the range in which its powers stay in that of the dtype?"""
        return self.reached is not None and self.arithmetic.strays

    @np.errstate(all="ignore")
    def explained(self, k: int, numbers: Array) -> Array | None:
        """Which numbers of an answer may be what torch makes by steps right to a few units; None where it is not told.

        Also where any number may.
        """
        if self.reached is None:
            return None
        found = _within(numbers, self.reached[k])
        for other, order in self._mirrored(k):
            found |= _within(np.transpose(numbers, order), self.reached[other]).transpose(np.argsort(order))
        return np.asarray(found)

    def explains(self, k: int, place: Place, number: float) -> bool | None:
        """The same of one entry."""
        if self.reached is None:
            return None
        wholes = [(self.reached[k], place)]
        for other, order in self._mirrored(k):
            wholes.append((self.reached[other], tuple(place[axis] for axis in order)))
        return any(bool(_within(number, Whole(whole.value[at], whole.error[at]))) for whole, at in wholes)

    def _mirrored(self, k: int) -> Iterator[tuple[int, list[int]]]:
        """The answer that is differentiated in the other order, and the order of its axes; none for first derivatives.

        See ``_either_way``.
        """
        if k not in range(len(self.answers)) or len(self.answers[k].wrt) == 1:
            return
        first, second = self.answers[k].wrt
        for other, answer in enumerate(self.answers):
            if answer.wrt == (second, first):
                lead = self.answers[k].array.ndim - first[1] - second[1]
                axes = list(range(self.answers[k].array.ndim))
                yield other, [*axes[:lead], *axes[lead + first[1] :], *axes[lead : lead + first[1]]]


def rounded_arrays(settings: Settings, order: int, *, ideal: bool) -> RoundedArrays:
    """Whole arrays whose steps are off as torch's may be. order: of derivatives that are taken"""
    dtype = settings.float_type
    return RoundedArrays(UNITS * dtype.unit, dtype.unit, dtype.top // (1 + order), ideal=ideal)


def _within(numbers: Any, whole: Whole) -> Any:  # Any: a number, or an array
    """Which numbers lie within the bounds, or have none."""
    reach = whole.error * CARE
    return ~((np.abs(numbers - whole.value) > reach) & np.isfinite(reach) & np.isfinite(whole.value))


def _either_way(entry: Entry) -> Iterator[Entry]:
    """The same entry differentiated in either order, in which other terms cancel: whoever has a Hessian's number from
    its mirror image has these."""
    yield entry
    place, variables = entry
    if variables != variables[::-1]:
        yield place, variables[::-1]
