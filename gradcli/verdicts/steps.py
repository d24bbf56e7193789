"""Each step of torch's tape by itself: its float beside the enclosure that the step has at torch's own float operands.

A step is right where torch's number is the true result, to a few units of the dtype, of operands that are off by a few
units: what numerical analysis calls mixed stability. The backward pass is judged alike: the adjoint that the true
slopes make of torch's own adjoints further on, beside torch's adjoint. Where every step is right, the whole error is
rounding that has accumulated: a theorem about the steps, with no threshold but the unit of the dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial, reduce
from math import isfinite
from operator import lt
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.dtypes import DType
from gradcli.base.errors import LimitError
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, UntoldError, condition, variable
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Program, Step
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.meaning.tape import TapeEntry
from gradcli.operations.row import Op
from gradcli.reference.kinks import at_kink
from gradcli.reference.work import BITS
from gradcli.verdicts.fault import Fault, Kind

# Units of the dtype by which a step that is right may be off, and its operands: torch's kernels promise a few.
UNITS = 8


def plain(op: Op) -> bool:
    """Is it one of + - * /, which are rounded to nearest?"""
    return op.elementwise and bool(op.linear)


class Steps:
    """A program's steps beside torch's tape of it. Errors: LimitError (unchecked) where balls cannot tell of a step."""

    def __init__(self, program: Program, tape: Sequence[TapeEntry], dtype: DType) -> None:
        self.program, self.tape, self.dtype = program, tape, dtype
        self._locals: dict[tuple[int, int], Local] = {}
        self._kinked: dict[int, bool] = {}
        self._range: dict[int, int] = {}
        self.users: list[list[int]] = [[] for _ in program.steps]
        for index, entry in enumerate(tape):
            for i in dict.fromkeys(self.operands(index)) if entry.adjoint is not None else ():
                self.users[i].append(index)

    def operands(self, index: int) -> Iterator[int]:
        """What a step is computed from, and what its conditions are made of: these move at an edge."""
        for i in self.program.steps[index].inputs:
            if i is not None:
                yield from self.operands(i) if self.condition(i) else (i,)

    def condition(self, index: int) -> bool:
        """Is the step a condition?"""
        op = self.program.steps[index].op
        return op is not None and op.boolean

    @cached_property
    def faults(self) -> list[Fault]:
        """Every step that is not right: values in the program's order, then adjoints from the output backward."""
        found = [self.of_value(i) for i, step in enumerate(self.program.steps) if step.op and not step.op.boolean]
        found += [self.of_adjoint(i) for i in reversed(range(len(self.tape))) if self.users[i]]
        return [fault for fault in found if fault is not None]

    # -- a value

    def of_value(self, index: int) -> Fault | None:
        """The fault of a step's value, if it has one."""
        value = self.tape[index].value
        return self.decided(index, lambda bits: self.value_at(index, value, bits))

    def value_at(self, index: int, value: Array, bits: int) -> Fault | None:
        with precision(bits):
            local = self.local(index, bits)
            out = local.outputs
            errors = _Errors(self, index, None, np.shape(value))
            for place in np.ndindex(out.shape):
                scalar: Any = out[place]  # Any: a Scalar
                if type(scalar) is Ball:  # where there is no number, torch's is not held against one
                    errors.enter(place, float(value[place]), scalar.value, partial(local.slack, place))
            return errors.fault()

    # -- an adjoint

    def of_adjoint(self, index: int) -> Fault | None:
        """The fault of the slopes through which a step's adjoint came, if they have one."""
        value, adjoint = self.tape[index].value, self.tape[index].adjoint
        if adjoint is None:
            adjoint = np.zeros(np.shape(value))  # as torch takes it where only a condition depends on the step
        if self.program.steps[index].tree.is_number:
            return None
        return self.decided(index, lambda bits: self.adjoint_at(index, adjoint, bits))

    def adjoint_at(self, index: int, adjoint: Array, bits: int) -> Fault | None:
        with precision(bits):
            passed = [self.local(user, bits) for user in self.users[index]]
            pulled = [(local, local.pulled(index), local.pulled(index, absolute=True)) for local in passed]
            errors = _Errors(self, self.users[index][0], index, np.shape(adjoint))
            for place in np.ndindex(np.shape(adjoint)):
                parts = [_Part(local, plain[place], size[place]) for local, plain, size in pulled]
                self.judge(errors, place, float(adjoint[place]), parts)
            return errors.fault()

    def judge(self, errors: _Errors, place: tuple[int, ...], number: float, parts: Sequence[_Part]) -> None:
        """Holds one entry of an adjoint against what the steps further on pass back to it."""
        lost = [part.local for part in parts if type(part.pulled) is Undefined]
        if lost:
            self.undefined(errors, place, number, lost)
            return
        total, size = arb(0), arb(0)
        for part in parts:
            total, size = total + part.pulled.value, size + part.size.value
        likely = [p for p in parts if (not p.local.finite if not isfinite(number) else not plain(p.local.op))]
        errors.origin = max(likely or parts, key=lambda part: float(abs(part.pulled.value).mid())).local.index
        index = errors.operand
        assert index is not None

        def slack() -> arb:
            most = max(part.local.terms for part in parts)
            return sum((part.local.slope_slack(index, place) for part in parts), size * most * self.sums)

        errors.enter(place, number, total, slack, size)

    def undefined(self, errors: _Errors, place: tuple[int, ...], number: float, at: Sequence[Local]) -> None:
        """A slope that does not exist, here: harmless only where 0 times it was taken to be 0."""
        errors.origin = at[0].index
        passed = any(local.seeded for local in at)
        if not isfinite(number):
            errors.add(Kind.LOST, place, arb.nan())
        elif passed:
            errors.add(Kind.KINK, place, arb.nan())

    # -- a step by itself

    def local(self, index: int, bits: int) -> Local:
        """The step in balls; made once for so many bits."""
        if (index, bits) not in self._locals:
            self._locals[index, bits] = Local(self, index)
        return self._locals[index, bits]

    @property
    def sums(self) -> float:
        """The unit that torch adds up with: half types do it in float32."""
        return DType.FLOAT32.unit if self.dtype.half else self.dtype.unit

    def decided(self, index: int, look: Callable[[int], Fault | None]) -> Fault | None:
        """What balls say with so many bits as it takes. Errors: LimitError where they cannot tell."""
        for bits in BITS:
            try:
                return look(bits)
            except UntoldError:
                continue
        op = self.program.steps[index].op
        raise LimitError(f"balls cannot tell whether {op.name if op else 'a step'} is right", kind="unchecked")

    def kinked(self, index: int) -> bool:
        """Does the step stand on a kink that its row declares?"""
        if index not in self._kinked:
            step, arithmetic = self.program.steps[index], Precise(60)
            arguments = [None if i is None else self.given(i, arithmetic.exact) for i in step.inputs]
            try:
                self._kinked[index] = at_kink(step, arguments, arithmetic)
            except (LimitError, ValueError, ZeroDivisionError):
                self._kinked[index] = False
        return self._kinked[index]

    def finite(self, index: int) -> bool:
        """Is all finite that a step was given, on the way there and back?"""
        arrays = [self.tape[i].value for i in self.program.steps[index].inputs if i is not None]
        adjoint = self.tape[index].adjoint
        return all(np.isfinite(array).all() for array in (*arrays, *(() if adjoint is None else (adjoint,))))

    def given(self, index: int, exact: Callable[[Any], Array]) -> Array:  # Any: an array of floats
        """Torch's value of a step as numbers of another arithmetic; conditions as they are."""
        value = self.tape[index].value
        return as_array(value != 0) if self.condition(index) else exact(value)

    def leaves_range(self, index: int, number: float) -> bool:
        """May a square, or a power that the step takes, have left the dtype's range inside torch's kernel?"""
        step = self.program.steps[index]
        if index not in self._range:
            arrays = [self.tape[i].value for i in (*step.inputs, index) if i is not None]
            arrays += [array for array in (self.tape[index].adjoint,) if array is not None]
            self._range[index] = max(map(_exponent, arrays), default=0)
        powers = [abs(float(c)) for c in step.constants if isinstance(c, int | float | Fraction)]
        largest = max(self._range[index], _exponent(np.array(number)))
        return bool(largest * max([2.0, *powers]) >= self.dtype.top)


def _exponent(numbers: Array) -> int:
    """The largest binary exponent, of either sign, of the finite ones but 0."""
    told = numbers[np.isfinite(numbers) & (numbers != 0)]
    return int(abs(np.frexp(told)[1]).max(initial=0))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one step passes back to an entry: a Scalar, and the size of the terms that it is the sum of."""

    local: Local
    pulled: Any  # a Scalar
    size: Any  # a Scalar


class Local:
    """One step at torch's float operands, in balls that can be differentiated."""

    def __init__(self, steps: Steps, index: int, *, near: bool = False) -> None:
        """near: at all operands that are off by some units at most"""
        self.steps, self.index = steps, index
        self.step: Step = steps.program.steps[index]
        op = self.step.op
        assert op is not None
        self.op, self.unit = op, max(steps.dtype.unit, op.accuracy)
        arithmetic = Balls()
        self.edges: list[tuple[int, Array]] = []  # what conditions are made of, by step
        self.arguments: list[Array | None] = []
        for i in self.step.inputs:
            moving = i is not None and steps.tape[i].grad_fn is not None
            exact = self.off_by_units if near else arithmetic.variables if moving else arithmetic.exact
            self.arguments.append(None if i is None else self.operand(i, arithmetic, exact))
        outputs = as_array(arithmetic.apply(self.step, self.arguments))
        self.outputs = outputs.reshape(np.shape(steps.tape[index].value))

    def operand(self, index: int, arithmetic: Balls, exact: Callable[[Any], Array]) -> Array:  # Any: floats
        """Torch's value of a step; of a condition how near it is to its edge as well."""
        step = self.steps.program.steps[index]
        if not self.steps.condition(index):
            return exact(self.steps.tape[index].value)
        inputs = [None if i is None else self.operand(i, arithmetic, arithmetic.variables) for i in step.inputs]
        found = as_array(arithmetic.apply(step, inputs))
        taken = self.steps.given(index, exact)
        if any(condition(c).truth is not bool(t) for c, t in zip(found.ravel(), taken.ravel(), strict=True)):
            return taken  # a number of the formula that the dtype rounds: nothing is known of the edge
        self.edges += [(i, a) for i, a in zip(step.inputs, inputs, strict=True) if i is not None and a is not None]
        return found

    def off_by_units(self, values: Any) -> Array:  # Any: an array of floats
        """Balls around floats, in which derivatives are taken."""
        reach = UNITS * self.unit
        floats = np.asarray(values, dtype=np.float64)
        return mapped(lambda v: variable(arb(float(v), abs(float(v)) * reach if isfinite(v) else 0)), floats)

    @cached_property
    def near(self) -> Local | None:
        """The same at all operands nearby, where their images are narrow: entry by entry."""
        return Local(self.steps, self.index, near=True) if self.op.elementwise else None

    @cached_property
    def moving(self) -> list[Ball]:
        """The operands' entries in which derivatives are taken."""
        entries: Iterator[Any] = (v for a in self.arguments if a is not None for v in a.ravel())  # Any: Scalars, bools
        return [v for v in entries if type(v) is Ball and v.serial]

    @cached_property
    def largest(self) -> arb:
        """The largest entry of the operands: what errors of a factorisation are relative to."""
        return reduce(arb.max, (abs(ball.value) for ball in self.moving), arb(0))

    @cached_property
    def terms(self) -> int:
        """How many numbers the step may add up for one of another, there or on the way back."""
        return max(a.size for a in (self.outputs, *self.arguments) if a is not None)

    # -- the value

    def slack(self, place: tuple[int, ...]) -> arb:
        """By how much a value may be off because operands may be, sums are long, or the row says so."""
        op = self.op
        output: Any = self.outputs[place]  # Any: a Scalar
        found = arb(UNITS * self.unit) if op.saturates else arb(0)
        if plain(self.op):
            return found
        image: Any = None if self.near is None else self.near.outputs[place]  # Any: a Scalar
        if type(image) is Ball and image.value.is_finite():
            width: arb = found + abs(image.value - output.value).upper()
            return width
        slopes = adjoints([(output, Ball(arb(1)))])
        units = UNITS * self.unit + (0 if op.elementwise else self.terms * self.steps.sums)
        return found + units * self.moved(slopes)

    def moved(self, slopes: Any) -> arb:  # Any: slopes by serial
        """``sum_j |slope_j| |x_j|``: how far a relative error of 1 in every operand moves a number."""
        total = arb(0)
        for ball in self.moving:
            slope = slopes.get(ball.serial)
            if type(slope) is Ball:
                total = total + abs(slope.value) * (self.largest if self.op.factorises else abs(ball.value))
        return total

    # -- the way back

    @cached_property
    def cotangent(self) -> Array:
        adjoint = self.steps.tape[self.index].adjoint
        assert adjoint is not None
        return np.asarray(adjoint)

    @property
    def seeded(self) -> bool:
        """Did any adjoint other than 0 come to the step?"""
        return bool(np.any(self.cotangent != 0))

    @cached_property
    def seeds(self) -> list[tuple[Ball, Ball]]:
        found = []
        for place in np.ndindex(self.outputs.shape):
            out: Any = self.outputs[place]  # Any: a Scalar
            if type(out) is Ball and out.serial:
                found.append((out, Ball(arb(float(self.cotangent[place])))))
        return found

    @property
    def finite(self) -> bool:
        """Are torch's value and the adjoint that came to it finite?"""
        entry = self.steps.tape[self.index]
        return bool(np.isfinite(entry.value).all() and np.isfinite(self.cotangent).all())

    @cached_property
    def hole(self) -> Undefined | None:
        """An output that is undefined: all that its slopes would reach is."""
        return next((v for v in self.outputs.ravel() if type(v) is Undefined), None)

    @cached_property
    def _plain(self) -> dict[int, Any]:  # Any: Scalars
        return adjoints(self.seeds)

    @cached_property
    def _sized(self) -> dict[int, Any]:  # Any: Scalars
        return adjoints([(out, Ball(abs(g.value))) for out, g in self.seeds], absolute=True)

    @cached_property
    def _recorded(self) -> dict[int, Any]:  # Any: Scalars
        return adjoints(self.seeds, record=True)

    def pulled(self, operand: int, *, absolute: bool = False) -> Array:
        """What the step passes back to one of the steps that it takes, of that step's shape."""
        found = self._sized if absolute else self._plain
        out = np.empty(np.shape(self.steps.tape[operand].value), dtype=object)
        for place in np.ndindex(out.shape):
            out[place] = self._summed(found, operand, place)
        return out

    def back(self, operand: int, place: tuple[int, ...]) -> Any:  # -> a Scalar
        """What the step passes back to one entry."""
        return self._summed(self._plain, operand, place)

    def _summed(self, found: dict[int, Any], operand: int, place: tuple[int, ...]) -> Any:  # Any: a Scalar
        total: Any = Ball(arb(0))
        for i, argument in zip(self.step.inputs, self.arguments, strict=True):
            if i != operand or argument is None:
                continue
            ball: Any = argument[place]  # Any: a Scalar
            if type(ball) is Undefined:
                return ball
            part = found.get(ball.serial)
            if part is None and self.hole is not None:
                return self.hole
            total = total if part is None else total + part
        at_edge = (
            found.get(array[place].serial) for i, array in self.edges if i == operand and not self.steps.condition(i)
        )
        return next((slope for slope in at_edge if type(slope) is Undefined), total)

    def slope_slack(self, operand: int, place: tuple[int, ...]) -> arb:
        """By how much what is passed back may be off because operands may be, or the row says so."""
        op = self.op
        total = arb(0)
        for i, argument in zip(self.step.inputs, self.arguments, strict=True):
            if i != operand or argument is None:
                continue
            ball: Any = argument[place]  # Any: a Scalar
            if op.saturates:
                scale = sum((abs(g.value) for _, g in self.seeds), arb(0)) if not op.elementwise else self._at(place)
                near = abs(ball.value) if op.cancels and not ball.value.contains(0) else arb(1)
                total = total + UNITS * self.unit * scale / near
            image = None if self.near is None else self.near.back(operand, place)
            if type(image) is Ball and image.value.is_finite():
                width: arb = total + abs(image.value - self.back(operand, place).value).upper()
                return width
            part = self._recorded.get(ball.serial)
            if type(part) is Ball and part.serial:
                total = total + UNITS * self.unit * self.moved(adjoints([(part, Ball(arb(1)))]))
        return total

    def _at(self, place: tuple[int, ...]) -> arb:
        """The adjoint of the outputs that one entry of an operand goes into; of all where shapes were broadcast."""
        shape: tuple[int, ...] = self.cotangent.shape
        if len(place) == len(shape) and all(map(lt, place, shape)):
            return abs(arb(float(self.cotangent[place])))
        return sum((abs(g.value) for _, g in self.seeds), arb(0))


class _Errors:
    """The entries of one value or adjoint that are not right."""

    def __init__(self, steps: Steps, index: int, operand: int | None, shape: tuple[int, ...]) -> None:
        self.steps, self.index, self.operand, self.shape = steps, index, operand, shape
        self.origin = index
        self.finite = all(steps.finite(i) for i in ([index] if operand is None else steps.users[operand]))
        self.found: dict[tuple[int, ...], tuple[Kind, int, arb]] = {}

    def add(self, kind: Kind, place: tuple[int, ...], error: arb) -> None:
        self.found[place] = kind, self.origin, error

    def enter(
        self, place: tuple[int, ...], number: float, true: arb, slack: Callable[[], arb], size: arb | None = None
    ) -> None:
        """Judges one number. ``size``: of the terms that it is the sum of. Errors: UntoldError."""
        steps = self.steps
        if not true.is_finite():
            if true.is_nan() and self.finite:
                raise UntoldError
            return  # exactly infinite, or made of what is not finite itself: nothing is lost here
        if not isfinite(number):
            self.add(Kind.LOST, place, arb.nan())
            return
        op = steps.program.steps[self.origin].op
        tiny, unit = arb(steps.dtype.tiny), max(steps.dtype.unit, op.accuracy if op else 0.0)
        error = abs(arb(number) - true)
        if number == 0 and not true.contains(0) and abs(true) < tiny:
            self.add(Kind.LOST, place, -true)
            return
        allowed = UNITS * (unit * (abs(true) if size is None else size) + tiny)
        if error <= allowed:
            return
        allowed = allowed + slack()
        if error <= allowed:
            return
        if not error > allowed:
            raise UntoldError
        cut = op is not None and op.truncates  # small singular values count as 0 there
        lost = cut or steps.leaves_range(self.origin, float(abs(true).mid()))
        lost = lost or steps.kinked(self.origin)
        self.add(Kind.LOST if lost else Kind.WRONG, place, arb(number) - true)

    def fault(self) -> Fault | None:
        """The worst of them as one fault, all errors with it."""
        if not self.found:
            return None
        kinds = list(Kind)
        kind, origin, _ = min(self.found.values(), key=lambda one: kinds.index(one[0]))
        error = np.full(self.shape, arb(0), dtype=object)
        for place, (_, _, amount) in self.found.items():
            error[place] = amount
        return Fault(kind, origin, self.operand, error)
