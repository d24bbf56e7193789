"""Balls in which a program's steps are other than their operations have them: each off by a unit of rounding, or each a
ball of its own, some with other values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb

from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Differentiable, made
from gradcli.meaning.program import Program, Step
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import broadcasts_to

_ZERO, _ONE, _ANY_SIGN = Ball(arb(0)), Ball(arb(1)), Ball(arb(0, 1))
_ITSELF = Differentiable("step", (lambda x, out: _ONE,))


class Rounded(Balls):
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
        if op.places is not None:
            given = with_places(step, given, arguments)
        if op.power:  # a negative number has a power to a whole number alone
            given[-1] = _unless_whole(arguments[-1], given[-1])
        if op.divides:
            given = [None if a is None else self.off_by_quotients(a, unit) for a in given]
        if op.factorises:
            given = [None if a is None else self.off_together(a, unit) for a in given]
        found = self.off(as_array(super().apply(step, given)), unit)
        if op.factorises:
            found = self.off_together(found, unit)
        return self.saturated(op, found, given, unit) if op.saturates and given[0] is not None else found

    def reflections(self, a: Array) -> Array:
        return super().reflections(_middle(a))

    def pivots(self, a: Array) -> tuple[list[int], list[int]]:
        return super().pivots(_middle(a))

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

    def off_by_quotients(self, array: Array, unit: arb) -> Array:
        """Each entry with an error that is 0 and so is its slope, but no further derivative: a unit times 1/x to its
        order, relative to the entry. Where an entry is 0 torch does not divide."""

        def off(v: Any) -> Any:  # Any: Scalars
            if type(v) is not Ball or not v.value.is_finite() or v.value.contains(0):
                return v
            still = v / Ball(v.value) - _ONE
            return v + v * Ball(arb(0, 1) * unit) * still * still / (_ONE - still)

        return mapped(off, array)

    def saturated(self, op: Op, found: Array, arguments: Sequence[Array | None], unit: arb) -> Array:
        """With an error relative to 1, or to a value that is larger, as silu(x) is x; and so has every derivative: that
        of ``e / (1 - t)`` with t = x - x, of all operands."""
        first, *rest = [mapped(lambda x: _still(op, x), a) for a in arguments if a is not None]
        still = first
        for other in rest:
            more = other if broadcasts_to(other.shape, first.shape) else self.total(list(other.ravel()))
            still = as_array(still + more)
        still = as_array(still if still.shape == found.shape else self.total(list(still.ravel())))
        return mapped(
            lambda v, t: v + Ball(arb(0, 1) * unit) / (_ONE - t) * _size(v), *np.broadcast_arrays(found, still)
        )


def with_places(step: Step, given: Sequence[Any], exact: Sequence[Any]) -> list[Any]:  # Any: arrays of an arithmetic
    """The operands of a step, the numbers of places among them as they are without an error."""
    assert step.op is not None
    assert step.op.places is not None
    places = step.op.places(*(None if a is None else a.shape for a in exact), *step.constants)
    held = -1 if places is None else places.operand
    return [e if i == held else a for i, (a, e) in enumerate(zip(given, exact, strict=True))]


def _still(op: Op, number: Any) -> Any:  # Any: Scalars
    """0 that moves as a number does, or beside its own size where the row says so; it stays where it is not told."""
    if type(number) is not Ball or not number.value.is_finite():
        return _ZERO
    still = number - Ball(number.value)
    return still / Ball(number.value) if op.cancels and not number.value.contains(0) else still


def _size(number: Any) -> Ball:  # Any: a Scalar
    """How large a number is, at least 1."""
    finite = type(number) is Ball and number.value.is_finite()
    return Ball(abs(number.value).max(arb(1))) if finite else _ONE


def _unless_whole(exact: Array | None, off: Array | None) -> Array:
    """Numbers with an error, but for those that are whole without it."""
    pairs = zip(as_array(exact).ravel(), as_array(off).ravel(), strict=True)
    chosen = [x if type(x) is Ball and x.value.is_integer() else y for x, y in pairs]
    return as_array(np.array(chosen, dtype=object).reshape(as_array(exact).shape))


def _middle(array: Array) -> Array:
    """Without errors: a factorisation takes signs and an order of the numbers themselves, also where an entry is 0 or
    two are equal."""
    return mapped(lambda v: Ball(v.value.mid()) if type(v) is Ball else v, array)


class OwnSteps(Balls):
    """Balls in which no two steps share a ball, and some steps have other values than their operations give them."""

    places: Mapping[int, int]
    replaced: Mapping[int, Array]

    def __init__(self, program: Program, replaced: Mapping[int, Array], *, ideal: bool) -> None:
        super().__init__(ideal=ideal)
        places = {id(step): index for index, step in enumerate(program.steps)}
        vars(self).update(places=places, replaced=replaced)

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        found = super().apply(step, arguments)
        floats = self.replaced.get(self.places[id(step)])
        if floats is None:
            return mapped(lambda ball: _own(ball, ball.value) if type(ball) is Ball else ball, found)
        return mapped(
            lambda ball, number: _own(ball, arb(float(number))) if type(ball) is Ball else ball,
            found,
            floats.reshape(found.shape),
        )


def _own(ball: Ball, value: arb) -> Any:  # -> a Scalar
    return made(value, (ball,), _ITSELF)
