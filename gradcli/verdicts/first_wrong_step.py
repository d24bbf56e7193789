"""Why torch's number is not the truth: which step of its tape is not right by itself, or that all are and only rounding
has accumulated; and at which step most digits were lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, log10
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import GradcliError
from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.scalars import Array, as_array
from gradcli.reference.answer import Settings
from gradcli.reference.enclosures import ACCURACY, settled
from gradcli.reference.problem import ALONG, Entry, Place, Problem, Variable
from gradcli.reference.work import affordable
from gradcli.verdicts.steps import Fault, Kind, Steps
from gradcli.verdicts.stepwise import Stepwise
from gradcli.verdicts.verdict import Verdict

WORK = 20_000  # scalar operations, times rows: a step is looked at about ten times as long as it is computed

UNDERFLOWS, OVERFLOWS = "underflows to 0", "overflows"
SIGN_OF_ZERO = "follows the sign of a zero, which a real number does not have"
ON_THE_WAY = {  # how a step lost its value, told of the function's
    UNDERFLOWS: "underflow on the way",
    OVERFLOWS: "overflow on the way",
    SIGN_OF_ZERO: "a real 0 has no sign",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """The verdict on a number that is not the truth, and the step that it comes from, if one is to blame: as a text,
    and what it does."""

    verdict: Verdict
    blamed: str = ""
    how: str = ""

    @property
    def step(self) -> str | None:
        return f"{self.blamed}: {self.how}" if self.how else None


class Causes:
    """Explains torch's numbers of one problem, values and first derivatives by reverse mode, by torch's tape and balls.

    work: scalar operations of the function
    """

    def __init__(self, problem: Problem, settings: Settings, work: int) -> None:
        self.problem, self.settings = problem, settings
        self.rows = max(1, WORK // max(work, 1)) if work <= WORK else 0
        self.work = work
        self._rows: dict[Place, Steps | None] = {}
        self._whole: dict[int, Stepwise] = {}
        self._replaced: dict[tuple[int, int], Stepwise] = {}
        self._worst: dict[tuple[Place, int], Cause] = {}
        self._errors: dict[tuple[Place, int], list[float]] = {}

    def of(self, entry: Entry, number: float, true: arb, *, delicate: bool) -> Cause | None:
        """Why the number is not ``true``; None where torch has no tape of it, or balls cannot tell.

        delicate: does the way to the true number lead over a kink or an edge?
        """
        place, variables = entry
        if len(variables) > 1 or any(name == ALONG for name, _ in variables):
            return None
        steps = self.row(place)
        if steps is None or not (not variables or self.gives(steps, number, variables[0])):
            return None
        whole = self.whole(entry)
        found = [f for f in steps.faults if self.matters(f, steps, whole, entry, true)]
        faults = [f for f in found if f.kind is not Kind.LEFT_OUT]
        if not delicate and isfinite(number):  # rounding alone moved a step on a kink that the true one does not meet
            faults = [f for f in faults if f.kind is not Kind.KINK]
        lost = [f for f in faults if f.kind is not Kind.WRONG]
        if lost and lost[0].operand is not None:
            lost[:1] = [*self.emptied(steps, whole, entry, true, before=lost[0].index), lost[0]]
        if lost or not isfinite(number):
            return _told(Verdict.TRAP, steps, lost)
        if faults:
            return _told(Verdict.DIFFERS, steps, faults)
        if not variables:
            return Cause(Verdict.ROUNDING)
        # Values without rounding leave nothing but a slope that was left out; where they are rounded, that may be all.
        if delicate and found and max(self.errors(steps, whole, place)) <= self.settings.tolerance:
            return _told(Verdict.TRAP, steps, found)
        if (place, whole.bits) not in self._worst:
            self._worst[place, whole.bits] = worst_loss(steps, place, whole)
        return self._worst[place, whole.bits]

    def row(self, place: Place) -> Steps | None:
        """The steps of torch's tape for one entry of the output, looked at; None where that cannot be had."""
        if place not in self._rows:
            torch = self.settings.torch
            found = None
            if torch is not None and len(self._rows) < self.rows and not self.problem.program.differentiated:
                cotangent = np.zeros(self.problem.output)
                cotangent[place] = 1.0
                try:
                    tape = torch.tape(cotangent if self.problem.output else None)
                    found = Steps(self.problem.program, tape, self.settings.float_type)
                    assert found.faults is not None  # Errors are those of the first look
                except GradcliError:
                    found = None
            self._rows[place] = found
        return self._rows[place]

    def gives(self, steps: Steps, number: float, variable: Variable) -> bool:
        """Is it this backward pass that the number came from?"""
        name, at = variable
        for step, entry in zip(self.problem.program.steps, steps.tape, strict=True):
            if step.op is None and step.tree.is_Symbol and step.tree.name == name:
                found = 0.0 if entry.adjoint is None else float(entry.adjoint[at])
                near = found == number or abs(found - number) <= self.settings.tolerance * abs(number)
                return near or not (isfinite(found) or isfinite(number))
        return False

    # -- does a fault matter?

    def matters(self, fault: Fault, steps: Steps, whole: Stepwise, entry: Entry, true: arb) -> bool:
        """Does the number change where this step alone is as torch has it?"""
        _, variables = entry
        if fault.operand is None:
            key = fault.index, whole.bits
            if key not in self._replaced:
                values = {fault.index: steps.tape[fault.index].value}
                self._replaced[key] = Stepwise(self.problem, whole.bits, values)
            return self.changes(self._replaced[key].number(entry), true)
        return bool(variables) and self.changes(whole.effect(fault.operand, fault.error, variables[0]), true, by=True)

    def changes(self, found: Any, true: arb, *, by: bool = False) -> bool:  # Any: a Scalar
        """Is a number, or what is added to one, more than the tolerance allows? Also where it is not known."""
        if type(found) is not Ball:
            return True
        error = abs(found.value) if by else abs(found.value - true)
        return not (error <= abs(true) * self.settings.tolerance or error <= arb(self.settings.float_type.tiny))

    def whole(self, entry: Entry) -> Stepwise:
        """The function in balls, with as many bits as the entry wants."""
        made = None
        for bits in affordable(self.work):
            if bits not in self._whole:
                self._whole[bits] = Stepwise(self.problem, bits)
            made = self._whole[bits]
            if settled(made.number(entry), ACCURACY):
                break
        assert made is not None
        return made

    def errors(self, steps: Steps, whole: Stepwise, place: Place) -> list[float]:
        """The largest relative error of any entry of each step's value."""
        if (place, whole.bits) not in self._errors:
            self._errors[place, whole.bits] = relative_errors(steps, whole)
        return self._errors[place, whole.bits]

    def emptied(self, steps: Steps, whole: Stepwise, entry: Entry, true: arb, *, before: int) -> list[Fault]:
        """The first step of which no digit is left, if it comes before one whose slope follows from it alone."""
        values = self.errors(steps, whole, entry[0])
        for index, step in enumerate(self.problem.program.steps[:before]):
            if values[index] >= 1 > max((values[i] for i in step.inputs if i is not None), default=1):
                fault = Fault(Kind.EMPTY, index, None, np.zeros(()))
                return [fault] if self.matters(fault, steps, whole, entry, true) else []
        return []


# -- in words


def _told(verdict: Verdict, steps: Steps, faults: Sequence[Fault]) -> Cause:
    """The first fault as the cause."""
    return Cause(verdict, steps.text(faults[0].index), how(steps, faults[0])) if faults else Cause(verdict)


def how(steps: Steps, fault: Fault) -> str:
    """What the step does that is at fault."""
    value, cotangent = steps.tape[fault.index].value, steps.tape[fault.index].adjoint
    if fault.kind is Kind.EMPTY:
        return "its value loses all its digits"
    if fault.operand is None:
        return "its value is wrong" if fault.kind is Kind.WRONG else _lost(steps, fault.index, value)
    adjoint = steps.tape[fault.operand].adjoint
    there = [f for f in steps.faults if f.index == fault.index and f.operand is None]
    if there and fault.kind is Kind.LOST:
        return how(steps, there[0])
    if adjoint is None or np.isfinite(adjoint).all():
        return f"the slope in {steps.text(fault.operand)} that torch takes here is not the true one"
    if cotangent is not None and np.all(cotangent == 0):
        return "its slope is infinite or undefined here, and 0 times that is nan"
    return "its slope overflows or is undefined here"


def _lost(steps: Steps, index: int, value: Array) -> str:
    """How a step loses its value."""
    step = steps.program.steps[index]
    if not np.isfinite(value).all():
        return OVERFLOWS
    given = [steps.tape[i].value for i in step.inputs if i is not None]
    if np.any(value == 0):
        return UNDERFLOWS
    if any(np.any((array == 0) & np.signbit(array)) for array in given):
        return SIGN_OF_ZERO
    return OVERFLOWS if step.op is None or not step.op.truncates else "takes small singular values for 0"


# -- rounding


def worst_loss(steps: Steps, place: Place, whole: Stepwise) -> Cause:
    """The step at which most digits are lost: its relative error against the worst among what it is made of."""
    values, adjoints = relative_errors(steps, whole), relative_errors(steps, whole, place)
    inputs = [[i for i in step.inputs if i is not None] for step in steps.program.steps]
    losses: list[tuple[float, int, str]] = []
    for i, users in enumerate(steps.users):
        losses.append((_digits_lost(values[i], [values[k] for k in inputs[i]], steps.dtype.unit), i, "its value"))
        if users:
            made_of = [adjoints[user] for user in users] + [values[k] for user in users for k in inputs[user]]
            lost = _digits_lost(adjoints[i], made_of, steps.dtype.unit)
            losses.append((lost, users[0], "its slope") if len(users) == 1 else (lost, i, "the sum of its adjoints"))
    loss, index, what = max(losses, key=lambda entry: entry[0])
    digits = min(loss, steps.dtype.digits)
    return Cause(Verdict.ROUNDING, steps.text(index), f"{what} loses {digits:.0f} digits here" if loss >= 1 else "")


def _digits_lost(error: float, made_of: Sequence[float], unit: float) -> float:
    """How much worse a number is than the worst of those that it is computed from, in decimal digits."""
    before = max([unit, *made_of])
    return 0.0 if before >= 1 else log10(max(min(error, 1.0), before) / before)


def relative_errors(steps: Steps, whole: Stepwise, place: Place | None = None) -> list[float]:
    """The largest relative error of any entry of each step's value, or of its adjoint in one backward pass."""
    floats = [entry.value if place is None else entry.adjoint for entry in steps.tape]
    true = whole.steps if place is None else whole.adjoints(place)
    with precision(whole.bits):
        return [_relative_error(f, as_array(t), steps.dtype.tiny) for f, t in zip(floats, true, strict=True)]


def _relative_error(found: Array | None, true: Array, tiny: float) -> float:
    """What no gradient flows through has none, nor what has no number, nor one too small for the dtype."""
    if found is None or np.size(found) != true.size:
        return 0.0
    worst = 0.0
    for number, exact in zip(np.ravel(found), true.ravel(), strict=True):
        if type(exact) is not Ball or not exact.value.is_finite():
            continue
        if not isfinite(number):
            return inf
        error = abs(arb(float(number)) - exact.value)
        if not error.contains(0) and not abs(exact.value) < tiny:
            relative = error / abs(exact.value)
            worst = max(worst, float(relative.mid()) if relative.is_finite() else inf)
    return worst
