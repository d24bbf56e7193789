"""Whole arrays in which every step is off by a unit of rounding, as ``balls/altered.py`` has it of balls: their bounds
hold all that torch's steps may make of a large function and of its derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.altered import with_places
from gradcli.meaning.extended.arithmetic import WholeArrays
from gradcli.meaning.extended.conditions import Condition, condition
from gradcli.meaning.extended.number import Error, Extended, bare, each, lifted, summed
from gradcli.meaning.extended.rounding import additions
from gradcli.meaning.program import Step
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import broadcasts_to

# Any, in this module: Extended, or Conditions


class RoundedArrays(WholeArrays):
    """Arrays whose steps, and what comes back through them, have an error of a unit.

    unit:     the error, relative
    accuracy: the unit of the dtype, beside which a row may have a worse one
    exponent: the largest size, as a power of two, of numbers whose powers stay in the dtype's range
    strays:   has a number on the way left that, or does a row say that torch takes another slope?
    """

    unit: float
    accuracy: float
    exponent: int
    strays: bool

    def __init__(self, unit: float, accuracy: float, exponent: int, *, ideal: bool) -> None:
        super().__init__(ideal=ideal)
        vars(self).update(unit=unit, accuracy=accuracy, exponent=exponent, strays=False)

    def number(self, tree: Any) -> Extended:
        """A leaf with an error, but for whole numbers."""
        return super().number(tree) if getattr(tree, "is_Integer", False) else off(super().number(tree), self.unit)

    def derive(self, step: Step, arguments: list[Any], point: Mapping[str, Any]) -> Any:
        return off(super().derive(step, arguments, point), self.unit)

    def apply(self, step: Step, arguments: list[Any]) -> Any:
        op = step.op
        assert op is not None
        if op.moves or op.boolean:
            return super().apply(step, arguments)
        if op.astray is not None and not self.strays:
            vars(self).update(strays=self._goes_astray(step, arguments))
        terms = max((a.entries for a in arguments if type(a) is Extended), default=1)
        sums = 0.0 if op.elementwise else additions(terms) * self.accuracy
        unit = self.unit * max(1.0, op.accuracy / self.accuracy) + sums
        given = arguments if op.rounded else [None if a is None else off(a, unit) for a in arguments]
        if op.places is not None:
            given = with_places(step, given, arguments)
        if op.power:  # a negative number has a power to a whole number alone
            given[-1] = _unless_whole(arguments[-1], unit)
        if op.divides:
            given = [None if a is None else _off_by_quotients(a, unit) for a in given]
        if op.factorises:
            given = [None if a is None else _off_together(a, unit) for a in given]
        found = super().apply(step, given)
        if type(found) is not Extended:
            return found
        found = off(found, unit)
        if op.factorises:
            found = _off_together(found, unit)
        for number in (*arguments, found):
            self._seen(number)
        return _saturated(op, found, given, unit) if op.saturates and given[0] is not None else found

    def _goes_astray(self, step: Step, arguments: list[Any]) -> bool:
        """Does the row say that torch certainly takes another slope here, though there is one?"""
        assert step.op is not None
        assert step.op.astray is not None
        constants = [self.constant(value) for value in step.constants]
        try:
            found = condition(step.op.astray(self, *arguments, *constants))
        except (AttributeError, LimitError):  # it takes entries one by one
            return False
        return bool((found.truth & ~found.unsure).any())

    def _seen(self, number: Any) -> None:
        """Notes whether a number leaves the range."""
        if type(number) is Extended and not self.strays:
            told = number.value[np.isfinite(number.value) & (number.value != 0)]
            vars(self).update(strays=bool((abs(np.frexp(told)[1]) > self.exponent).any()))


def off(array: Any, unit: Error) -> Any:
    """Each entry, and its adjoint, with an error relative to itself."""
    if type(array) is Condition:
        return array
    x = lifted(array)
    return each(x.value, x.errors * (1 + unit) + x.size * unit, (x,), (lambda adjoint, *_: off(adjoint, unit),), x.size)


def _unless_whole(exponent: Any, unit: float) -> Any:
    """Numbers with an error, but for those that are whole without it."""
    x = lifted(exponent)
    whole = (x.errors == 0) & (np.rint(x.value) == x.value)
    return x if whole.all() else off(x, np.where(whole, 0.0, unit))


def _off_together(array: Any, unit: float) -> Any:
    """Each entry, and its adjoint, with an error relative to all of them."""
    if type(array) is Condition:
        return array
    x = lifted(array)
    return x + summed(x * Extended(0.0, unit), None, False) * Extended(0.0, 1.0)


def _off_by_quotients(array: Any, unit: float) -> Any:
    """Each entry with an error that is 0 and so is its slope, but no further derivative: a unit times 1/x to its order,
    relative to the entry. Where an entry is 0 torch does not divide."""
    if type(array) is Condition:
        return array
    x = lifted(array)
    still = _still(x, relative=True)
    return x + x * Extended(0.0, unit) * still * still / (1 - still)


def _saturated(op: Op, found: Extended, arguments: Sequence[Any], unit: float) -> Extended:
    """With an error relative to 1, or to a value that is larger, as silu(x) is x; and so has every derivative: that of
    ``e / (1 - t)`` with t = x - x, of all operands."""
    first, *rest = [_still(lifted(a), relative=op.cancels) for a in arguments if type(a) is Extended]
    still = first
    for other in rest:
        still = still + (other if broadcasts_to(other.shape, first.shape) else summed(other, None, False))
    if still.shape != found.shape:
        still = summed(still, None, False)
    size = Extended(np.where(np.isfinite(found.value), np.maximum(found.size, 1.0), 1.0))
    return found + Extended(0.0, unit) / (1 - still) * size


def _still(x: Extended, *, relative: bool) -> Extended:
    """0 that moves as x does, or where that is wanted as x moves beside its own size."""
    here = bare(x)
    exact = Extended(here.value)
    moving = each(np.zeros(x.shape), 0.0, (x,), (lambda adjoint, *_: adjoint,))
    if not relative:
        return moving
    return moving / Extended(np.where(exact.value == 0, 1.0, exact.value))
