"""Each step of torch's tape by itself: its float beside the enclosure that the step has at torch's own float operands.

A step is right where torch's number is the true result, to a few units of the dtype, of operands that are off by a few
units: what numerical analysis calls mixed stability. The backward pass is judged alike: the adjoint that the true
slopes make of torch's own adjoints further on, beside torch's adjoint. Where every step is right, the whole error is
rounding that has accumulated: a theorem about the steps, with no threshold but the unit of the dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property, partial
from math import isfinite
from operator import methodcaller
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.dtypes import DType
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.language.write import shortened
from gradcli.meaning.balls.altered import Rounded
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, UntoldError, at_most, condition, total
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Program, Step
from gradcli.meaning.scalars import Array, as_array
from gradcli.meaning.tape import TapeEntry
from gradcli.reference.kinks import at_kink, goes_astray
from gradcli.reference.problem import Place
from gradcli.reference.work import BITS

# Units of the dtype by which a step that is right may be off, and its operands: torch's kernels promise a few.
UNITS = 8
NONE = arb(0)
PROPORTIONAL = BITS[1]  # bits, half of them for errors so small that what follows is proportional to them


class Kind(Enum):
    """What is wrong with a step."""

    LOST = "infinite, nan or 0, where the true number is finite and not 0"
    KINK = "a slope was taken where there is none"
    WRONG = "another number"
    EMPTY = "right by itself, but no digit is left of what it is computed from"
    LEFT_OUT = "0 times a slope that is not there was taken for 0"


@dataclass(frozen=True, slots=True)
class Fault:
    """A step that is not right by itself.

    index:   the step whose operation is at fault
    operand: where its slope is at fault, the step whose adjoint shows it; None where its value is
    error:   torch's numbers less the true ones, an array of arb of the shape of the step or of the operand; nan where
             there is no number
    """

    kind: Kind
    index: int
    operand: int | None
    error: Array


class Steps:
    """A program's steps beside torch's tape of it. Errors: LimitError (unchecked) where balls cannot tell of a step."""

    def __init__(self, program: Program, tape: Sequence[TapeEntry], dtype: DType) -> None:
        self.program, self.tape, self.dtype = program, tape, dtype
        self.sums = DType.FLOAT32.unit if dtype.half else dtype.unit  # half types are added up in float32
        self._locals: dict[tuple[int, int], Local] = {}
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

    def text(self, index: int) -> str:
        """The step as typed, shortened."""
        return shortened(self.program.steps[index].tree)

    @cached_property
    def faults(self) -> list[Fault]:
        """Every step that is not right: values in the program's order, then adjoints from the output backward."""
        steps = self.program.steps
        found = [self.decided(i, self.of_value) for i, step in enumerate(steps) if step.op and not step.op.boolean]
        backward = (i for i in reversed(range(len(steps))) if self.users[i] and not steps[i].tree.is_number)
        found += [self.decided(i, self.of_adjoint) for i in backward]
        return [fault for fault in found if fault is not None]

    def decided(self, index: int, look: Callable[[int, int], Fault | None]) -> Fault | None:
        """What balls say with so many bits as it takes. Errors: LimitError where they cannot tell."""
        for bits in BITS:
            try:
                with precision(bits):
                    return look(index, bits)
            except UntoldError:
                continue
        raise LimitError(f"balls cannot tell whether {self.text(index)} is right", kind="unchecked")

    def local(self, index: int, bits: int) -> Local:
        """The step in balls; made once for so many bits."""
        if (index, bits) not in self._locals:
            self._locals[index, bits] = Local(self, index)
        return self._locals[index, bits]

    # -- a value, and an adjoint

    def of_value(self, index: int, bits: int) -> Fault | None:
        """The fault of a step's value, if it has one. Errors: UntoldError."""
        local, value = self.local(index, bits), self.tape[index].value
        found = {}
        for place in np.ndindex(local.outputs.shape):
            scalar: Any = local.outputs[place]  # Any: a Scalar
            if type(scalar) is Ball:  # where there is no number, torch's is not held against one
                number, true = float(value[place]), scalar.value
                slack = partial(local.reach, methodcaller("output", place))
                kind = local.judged(number, true, slack, given=local.given_finite)
                if kind is not None:
                    found[place] = kind, index, arb(number) - true
        return _worst(found, None, np.shape(value))

    def of_adjoint(self, index: int, bits: int) -> Fault | None:
        """The fault of the slopes through which a step's adjoint came, if they have one. Errors: UntoldError."""
        passed = [self.local(user, bits) for user in self.users[index]]
        adjoint = self.tape[index].adjoint
        if adjoint is None:
            adjoint = np.zeros(np.shape(self.tape[index].value))  # as torch takes it where only conditions depend on it
        found = {}
        for place in np.ndindex(np.shape(adjoint)):
            number = float(adjoint[place])
            kind, origin, true = self.of_entry(index, place, number, passed)
            if kind is not None:
                found[place] = kind, origin, arb(number) - true
        wrong = {place: one for place, one in found.items() if one[0] is not Kind.LEFT_OUT}
        return _worst(wrong or found, index, np.shape(adjoint))

    def of_entry(
        self, index: int, place: Place, number: float, passed: Sequence[Local]
    ) -> tuple[Kind | None, int, arb]:
        """One entry of an adjoint beside what the steps further on pass back: its fault, the step at fault, the truth.

        Of a slope that does not exist 0 times it is taken to be 0: right where what it is 0 times of stays 0 nearby.
        """
        pulled: list[Any] = [local.back(index, place) for local in passed]  # Any: Scalars
        lost = [local for local, part in zip(passed, pulled, strict=True) if type(part) is Undefined]
        if lost:
            taken = Kind.KINK if any(local.seeded for local in lost) else Kind.LEFT_OUT
            return taken if isfinite(number) else Kind.LOST, lost[0].index, arb.nan()
        parts = list(zip(passed, pulled, strict=True))
        likely = [p for p in parts if (not p[0].op.rounded if isfinite(number) else not p[0].finite)]
        origin = max(likely or parts, key=lambda part: float(abs(part[1].value).mid()))[0]
        true = sum((part.value for part in pulled), NONE)

        def slack() -> arb:
            return sum((local.reach(methodcaller("back", index, place)) for local in passed), NONE)

        given = all(local.given_finite for local in passed)
        return origin.judged(number, true, slack, given=given), origin.index, true


def _worst(found: dict[Place, tuple[Kind, int, arb]], operand: int | None, shape: tuple[int, ...]) -> Fault | None:
    """The worst of the entries that are not right as one fault, all errors with it."""
    if not found:
        return None
    kinds = list(Kind)
    kind, origin, _ = min(found.values(), key=lambda one: kinds.index(one[0]))
    error = np.full(shape, NONE, dtype=object)
    for place, (_, _, amount) in found.items():
        error[place] = amount
    return Fault(kind, origin, operand, error)


class Local:
    """One step at torch's float operands, in balls that can be differentiated.

    entries: the operands, and what conditions among them are made of, each with its step
    unit:    by how much the step and its operands are off, as torch's may be; None for not at all
    """

    def __init__(self, steps: Steps, index: int, unit: arb | None = None) -> None:
        self.steps, self.index = steps, index
        self.step: Step = steps.program.steps[index]
        assert self.step.op is not None
        self.op = self.step.op
        self.unit = max(steps.dtype.unit, self.op.accuracy)
        self.entries: list[tuple[int, Array]] = []
        self._off: dict[arb, Local | None] = {}
        arithmetic = Balls() if unit is None else Rounded(unit, steps.dtype.unit, 0, ideal=False)
        arguments = []
        for i in self.step.inputs:
            moving = unit is not None or (i is not None and steps.tape[i].grad_fn is not None)
            exact = arithmetic.variables if moving else arithmetic.exact
            arguments.append(None if i is None else self.operand(i, arithmetic, exact))
        outputs = as_array(arithmetic.apply(self.step, arguments))
        if isinstance(arithmetic, Rounded):  # also where numbers only move: on the way back they are added up
            outputs = arithmetic.off(outputs, arithmetic.unit)
        self.outputs = outputs.reshape(np.shape(steps.tape[index].value))
        self.terms = max(a.size for a in (outputs, *arguments) if a is not None)  # that one number may be the sum of

    def operand(self, index: int, arithmetic: Balls, exact: Callable[[Any], Array]) -> Array:  # Any: floats
        """Torch's value of a step; of a condition how near it is to its edge as well."""
        step = self.steps.program.steps[index]
        if not self.steps.condition(index):
            value = exact(self.steps.tape[index].value)
            self.entries.append((index, value))
            return value
        inputs = [None if i is None else self.operand(i, arithmetic, arithmetic.variables) for i in step.inputs]
        found, taken = as_array(arithmetic.apply(step, inputs)), self.given(index, exact)
        # They differ where the dtype rounds a number of the formula: nothing is known of the edge.
        same = all(condition(c).truth is bool(t) for c, t in zip(found.ravel(), taken.ravel(), strict=True))
        return found if same else taken

    def given(self, index: int, exact: Callable[[Any], Array]) -> Array:  # Any: an array of floats
        """Torch's value of a step as numbers of another arithmetic; conditions as they are."""
        value = self.steps.tape[index].value
        return as_array(value != 0) if self.steps.condition(index) else exact(value)

    def reach(self, number: Callable[[Local], Any]) -> arb:  # Any: a Scalar
        """How far from the true number, an output or what is passed back, that of a right step may lie.

        Where operands that are off have no number, errors are taken as proportional to theirs; where there is no
        number on one side however near, operands are exact.
        """
        found = self.off(arb(1), number)
        if found is not None:
            width: arb = abs(found - number(self).value).upper()
            return width
        part = arb(2) ** (-PROPORTIONAL // 2)
        with precision(PROPORTIONAL):
            found = self.off(part, number)
        return NONE if found is None else found.rad() / part

    def off(self, part: arb, number: Callable[[Local], Any]) -> arb | None:  # Any: a Scalar
        """The same number at operands and with results that are off by a part of what they may be; None where it is not
        told."""
        if part not in self._off:
            sums = 0.0 if self.op.elementwise else self.terms * self.steps.sums
            try:
                self._off[part] = Local(self.steps, self.index, part * (UNITS * self.steps.dtype.unit + sums))
            except (UntoldError, LimitError):
                self._off[part] = None
        local = self._off[part]
        found = None if local is None else number(local)
        return found.value if type(found) is Ball and found.value.is_finite() else None

    def output(self, place: Place) -> Any:  # -> a Scalar
        """One entry of the step's value."""
        return self.outputs[place]

    # -- one number

    def judged(self, number: float, true: arb, slack: Callable[[], arb], *, given: bool) -> Kind | None:
        """What is wrong with a number that this step makes, if anything is. Errors: UntoldError.

        slack: by how much more than its own rounding it may be off; given: is all finite that it is made of?
        """
        if not true.is_finite():
            if true.is_nan() and given:
                raise UntoldError
            return None  # exactly infinite, or made of what is not finite itself: nothing is lost here
        tiny = arb(self.steps.dtype.tiny)
        if not isfinite(number) or (number == 0 and not true.contains(0) and abs(true) < tiny):
            return Kind.LOST
        error, allowed = abs(arb(number) - true), UNITS * (self.unit * abs(true) + tiny)
        right = True if error <= allowed else at_most(error, allowed + slack())
        if right is None:
            raise UntoldError
        if right:
            return None
        if self.loses(float(abs(true).mid())):
            return Kind.LOST
        return Kind.WRONG if given else None  # in balls nothing moves beside a number that is infinite by itself

    def loses(self, number: float) -> bool:
        """May the step lose a number inside torch's kernel: at a kink or a jump, as a small singular value, or as a
        square, or a power that the step takes, that leaves the dtype's range?"""
        powers = [abs(float(c)) for c in self.step.constants if isinstance(c, int | float | Fraction)]
        largest = max(self.exponent, _exponent(np.array(number)))
        return self.op.truncates or bool(largest * max([2.0, *powers]) >= self.steps.dtype.top) or self.kinked

    @cached_property
    def exponent(self) -> int:
        """The largest binary exponent of what the step takes and gives, of either sign."""
        values = (self.steps.tape[i].value for i in (*self.step.inputs, self.index) if i is not None)
        return max(map(_exponent, (*values, self.cotangent)))

    @cached_property
    def kinked(self) -> bool:
        """Has the step a value but no slope, or is torch known to take another slope there?"""
        exact = Balls().exact
        values = {i: self.given(i, exact) for i in self.step.inputs if i is not None}
        moving = {i for i in values if self.steps.tape[i].grad_fn is not None}
        return at_kink(self.step, values, moving) or goes_astray(self.step, values)

    @cached_property
    def given_finite(self) -> bool:
        """Is all finite that torch's step was given, on the way there and back?"""
        values = (self.steps.tape[i].value for i in self.step.inputs if i is not None)
        return all(np.isfinite(array).all() for array in (*values, self.cotangent))

    @cached_property
    def finite(self) -> bool:
        """Are torch's value and the adjoint that came to it finite?"""
        return bool(np.isfinite(self.steps.tape[self.index].value).all() and np.isfinite(self.cotangent).all())

    # -- the way back

    @cached_property
    def cotangent(self) -> Array:
        adjoint = self.steps.tape[self.index].adjoint
        return np.zeros(self.outputs.shape) if adjoint is None else np.asarray(adjoint)

    @property
    def seeded(self) -> bool:
        """Did any adjoint other than 0 come to the step?"""
        return bool(np.any(self.cotangent != 0))

    @cached_property
    def seeds(self) -> list[tuple[Ball, Ball]]:
        pairs = zip(self.outputs.ravel(), self.cotangent.ravel(), strict=True)
        return [(out, Ball(arb(float(g)))) for out, g in pairs if type(out) is Ball and out.serial]

    @cached_property
    def absent(self) -> Ball | Undefined:
        """The slope where none is found: 0, but undefined where an output is."""
        return next((v for v in self.outputs.ravel() if type(v) is Undefined), ZERO)

    @cached_property
    def _slopes(self) -> dict[int, Any]:  # Any: Scalars
        return adjoints(self.seeds)

    def back(self, operand: int, place: Place) -> Any:  # -> a Scalar
        """What the step passes back to one entry of a step that it takes, maybe more than once."""
        balls: list[Any] = [array[place] for i, array in self.entries if i == operand]  # Any: Scalars
        return total([b if type(b) is Undefined else self._slopes.get(b.serial, self.absent) for b in balls])


def _exponent(numbers: Array) -> int:
    """The largest binary exponent, of either sign, of the finite ones but 0."""
    told = numbers[np.isfinite(numbers) & (numbers != 0)]
    return int(abs(np.frexp(told)[1]).max(initial=0))
