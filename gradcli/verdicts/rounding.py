"""How far rounding may move torch's numbers where there is no tape of them: the function in balls whose every step is
off by units of the dtype, as its row says that torch's is. It holds of derivatives of every order and mode."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import inf
from typing import Any

from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.program import Step
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.operations.row import Op
from gradcli.reference.answer import Settings
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.problem import Entry, Problem
from gradcli.reference.work import BITS, affordable
from gradcli.verdicts.steps import UNITS

_ONE, _ANY_SIGN = Ball(arb(1)), Ball(arb(0, 1))


class _Rounded(Balls):
    """Balls in which every step has an error of a unit, and so has what comes back through it.

    unit:     the error, relative
    accuracy: the unit of the dtype, beside which a row may have a worse one
    short:    exact numbers of so many bits have none, as the dtype has them
    """

    unit: arb
    accuracy: float
    short: int

    def __init__(self, unit: arb, accuracy: float, short: int, *, ideal: bool) -> None:
        super().__init__(ideal=ideal)
        vars(self).update(unit=unit, accuracy=accuracy, short=short)

    def number(self, tree: Any) -> Any:  # Any: as there
        """A leaf with an error, but for whole numbers."""
        return super().number(tree) if getattr(tree, "is_Integer", False) else self.off(super().number(tree), self.unit)

    def derive(self, step: Step, arguments: list[Array | None], point: Mapping[str, Array]) -> Array:
        return self.off(super().derive(step, arguments, point), self.unit)

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        op = step.op
        assert op is not None
        if op.moves or op.boolean:
            return super().apply(step, arguments)
        unit = self.unit * max(1.0, op.accuracy / self.accuracy)
        given = arguments if op.rounded else [None if a is None else self.off(a, unit) for a in arguments]
        if op.factorises:
            given = [None if a is None else self.off_together(a, unit) for a in given]
        found = self.off(as_array(super().apply(step, given)), unit)
        return self.saturated(op, found, given[0], unit) if op.saturates and given[0] is not None else found

    def off(self, array: Array, unit: arb) -> Array:
        """Each entry, and its adjoint, with an error relative to itself."""
        factor = Ball(1 + arb(0, 1) * unit)

        def off(v: Any) -> Any:  # Any: Scalars
            exact = type(v) is not Ball or (v.value.is_exact() and v.value.bits() <= self.short)
            return v if exact else v * factor

        return mapped(off, as_array(array))

    def off_together(self, array: Array, unit: arb) -> Array:
        """Each entry, and its adjoint, with an error relative to all of them: each goes into each with either sign."""
        error = self.total([v * Ball(arb(0, 1) * unit) for v in array.ravel() if type(v) is Ball])
        return mapped(lambda v: v + error * _ANY_SIGN if type(v) is Ball else v, array)

    def saturated(self, op: Op, found: Array, argument: Array, unit: arb) -> Array:
        """With an error relative to 1, and so has every derivative: that of ``e / (1 - t)`` with t = x - x."""

        def error(x: Any) -> Any:  # Any: Scalars
            if type(x) is not Ball or not x.value.is_finite():
                return Ball(arb(0, 1) * unit)
            still = x - Ball(x.value)
            still = still / Ball(x.value) if op.cancels and not x.value.contains(0) else still
            return Ball(arb(0, 1) * unit) / (_ONE - still)

        errors = mapped(error, argument)
        if errors.shape == found.shape:
            return mapped(lambda v, e: v + e, found, errors)
        whole = self.total(list(errors.ravel()))
        return mapped(lambda v: v + whole, found)


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
        arithmetic = _Rounded(unit, self.settings.float_type.unit, short, ideal=self.problem.ideal)
        return Enclosed(self.problem, bits, arithmetic=arithmetic)

    def explains(self, entry: Entry, number: float) -> bool:
        """May a number be what torch makes of an entry by steps right to a few units? Also where any number may."""
        try:
            found = self.reached.entry(entry)
        except LimitError:
            return False
        return type(found) is not Undefined and (not found.value.is_finite() or arb(number) in found.value)

    def terms(self, entry: Entry) -> float:
        """The size of what cancels in a number that is 0: by how many times a unit it moves where each step is off by
        one. inf if untold."""
        for bits in affordable(self.work):
            try:
                found = self.nearly(bits).entry(entry)
            except LimitError:
                return inf
            if type(found) is Ball and found.value.is_finite():
                return float(found.value.rad() * arb(2) ** (bits // 2))
        return inf
