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
from gradcli.language.write import write
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.scalars import Array, as_array
from gradcli.meaning.tape import TapeEntry
from gradcli.reference.answer import Settings
from gradcli.reference.enclosures import ACCURACY, settled
from gradcli.reference.problem import ALONG, Entry, Place, Problem, Variable
from gradcli.reference.work import BITS, affordable
from gradcli.verdicts.fault import Fault, Kind
from gradcli.verdicts.steps import Steps
from gradcli.verdicts.stepwise import Stepwise
from gradcli.verdicts.verdict import Verdict

UNDERFLOWS = "underflows to 0"
MAX_TEXT = 60  # characters of a step in a note
WORK = 20_000  # scalar operations, times rows: a step is looked at about ten times as long as it is computed


@dataclass(frozen=True, slots=True)
class Cause:
    """The verdict on a number that is not the truth, and the step that it comes from as a text, if one is to blame."""

    verdict: Verdict
    step: str | None


class Causes:
    """Explains torch's numbers of one problem, first derivatives by reverse mode, by torch's tape and balls.

    work: scalar operations of the function
    """

    def __init__(self, problem: Problem, settings: Settings, work: int) -> None:
        self.problem, self.settings = problem, settings
        self.rows = max(1, WORK // max(work, 1)) if work <= WORK else 0
        self.work = work
        self._rows: dict[Place, _Row | None] = {}
        self._whole: dict[int, Stepwise] = {}
        self._replaced: dict[tuple[Place, int, int], Stepwise] = {}
        self._worst: dict[tuple[Place, int], str | None] = {}

    def of(self, entry: Entry, number: float, true: arb, *, delicate: bool) -> Cause | None:
        """Why the number is not ``true``; None where torch has no tape of it, or balls cannot tell.

        delicate: does the way to the true number lead over a kink or an edge?
        """
        place, variables = entry
        if len(variables) != 1 or variables[0][0] == ALONG:
            return None
        row = self.row(place)
        if row is None or not row.gives(number, variables[0], self.settings.tolerance):
            return None
        faults = [f for f in row.steps.faults if self.matters(f, row, variables[0], true)]
        if not delicate and isfinite(number):  # rounding alone moved a step on a kink that the true one does not meet
            faults = [f for f in faults if f.kind is not Kind.KINK]
        lost = [f for f in faults if f.kind is not Kind.WRONG]
        if lost or not isfinite(number):
            return Cause(Verdict.TRAP, row.told(lost[0]) if lost else None)
        if faults:
            return Cause(Verdict.DIFFERS, row.told(faults[0]))
        whole = self.whole(place, variables[0])
        if (place, whole.bits) not in self._worst:
            self._worst[place, whole.bits] = row.worst_loss(whole)
        return Cause(Verdict.ROUNDING, self._worst[place, whole.bits])

    def of_value(self, place: Place, number: float, true: arb) -> Cause | None:
        """Why a value of the function is not ``true``."""
        row = self.row(place)
        if row is None:
            return None
        faults = [f for f in row.steps.faults if f.operand is None and self.moves_value(f, row, true)]
        lost = [f for f in faults if f.kind is not Kind.WRONG]
        if lost or not isfinite(number):
            return Cause(Verdict.TRAP, row.told(lost[0]) if lost else None)
        return Cause(Verdict.DIFFERS, row.told(faults[0])) if faults else Cause(Verdict.ROUNDING, None)

    def row(self, place: Place) -> _Row | None:
        """torch's tape for one entry of the output, and its steps looked at; None where that cannot be had."""
        if place not in self._rows:
            found = None
            if len(self._rows) < self.rows and not self.problem.program.differentiated:
                try:
                    found = _Row.of(self.problem, place, self.settings)
                    assert found is None or found.steps.faults is not None  # Errors are those of the first look
                except GradcliError:
                    found = None
            self._rows[place] = found
        return self._rows[place]

    # -- does a fault matter?

    def matters(self, fault: Fault, row: _Row, variable: Variable, true: arb) -> bool:
        """Does the derivative change where this step alone is as torch has it?"""
        whole = self.whole(row.place, variable)
        if fault.operand is None:
            return self.changes(self.replaced(fault, row, whole.bits).entry(row.place, variable), true)
        effect = whole.effect(fault.operand, fault.error, variable)
        return self.changes(effect, true, by=True)

    def moves_value(self, fault: Fault, row: _Row, true: arb) -> bool:
        """Does the function's value change where this step alone is as torch has it?"""
        changed = self.replaced(fault, row, BITS[1])
        return self.changes(as_array(changed.values[-1])[row.place], true)

    def replaced(self, fault: Fault, row: _Row, bits: int) -> Stepwise:
        key = row.place, fault.index, bits
        if key not in self._replaced:
            replaced = {fault.index: row.tape[fault.index].value}
            self._replaced[key] = Stepwise(self.problem, bits, replaced)
        return self._replaced[key]

    def changes(self, found: Any, true: arb, *, by: bool = False) -> bool:  # Any: a Scalar
        """Is a number, or what is added to one, more than the tolerance allows? Also where it is not known."""
        if type(found) is not Ball:
            return True
        error = abs(found.value) if by else abs(found.value - true)
        return not bool(error <= (abs(true) * self.settings.tolerance).max(arb(self.settings.float_type.tiny)))

    def whole(self, place: Place, variable: Variable) -> Stepwise:
        """The function in balls, with as many bits as the entry wants."""
        made = None
        for bits in affordable(self.work):
            if bits not in self._whole:
                self._whole[bits] = Stepwise(self.problem, bits)
            made = self._whole[bits]
            if settled(made.entry(place, variable), ACCURACY):
                break
        assert made is not None
        return made


@dataclass(frozen=True, slots=True)
class _Row:
    """torch's backward pass of one entry of the output."""

    place: Place
    problem: Problem
    tape: Sequence[TapeEntry]
    steps: Steps
    unit: float
    tiny: float

    @classmethod
    def of(cls, problem: Problem, place: Place, settings: Settings) -> _Row | None:
        if settings.torch is None:
            return None
        cotangent = None
        if problem.output:
            cotangent = np.zeros(problem.output)
            cotangent[place] = 1.0
        tape = settings.torch.tape(cotangent)
        steps = Steps(problem.program, tape, settings.float_type)
        return cls(place, problem, tape, steps, settings.float_type.unit, settings.float_type.tiny)

    def gives(self, number: float, variable: Variable, tolerance: float) -> bool:
        """Is it this pass that the number came from?"""
        name, at = variable
        for step, entry in zip(self.problem.program.steps, self.tape, strict=True):
            if step.op is None and step.tree.is_Symbol and step.tree.name == name:
                found = 0.0 if entry.adjoint is None else float(entry.adjoint[at])
                return (
                    found == number
                    or not (isfinite(found) or isfinite(number))
                    or (abs(found - number) <= tolerance * abs(number))
                )
        return False

    def text(self, index: int) -> str:
        """The step as typed, shortened."""
        text = write(self.problem.program.steps[index].tree)
        return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."

    def told(self, fault: Fault) -> str:
        """A fault in words."""
        return f"{self.text(fault.index)}: {self.how(fault)}"

    def how(self, fault: Fault) -> str:
        if fault.operand is None:
            value = self.tape[fault.index].value
            if fault.kind is not Kind.LOST:
                return "its value is wrong"
            return UNDERFLOWS if np.isfinite(value).all() and np.any(value == 0) else "overflows"
        adjoint, cotangent = self.tape[fault.operand].adjoint, self.tape[fault.index].adjoint
        there = [f for f in self.steps.faults if f.index == fault.index and f.operand is None]
        if there and fault.kind is Kind.LOST:
            return self.how(there[0])
        if adjoint is None or np.isfinite(adjoint).all():
            return f"the slope in {self.text(fault.operand)} that torch takes here is not the true one"
        if cotangent is not None and np.all(cotangent == 0):
            return "its slope is infinite or undefined here, and 0 times that is nan"
        return "its slope overflows or is undefined here"

    # -- rounding

    def worst_loss(self, whole: Stepwise) -> str | None:
        """The step at which most digits are lost: its relative error against the worst among what it is made of."""
        with precision(whole.bits):
            values = [_worst(e.value, as_array(v), self.tiny) for e, v in zip(self.tape, whole.values, strict=True)]
            true = whole.adjoints(self.place)
            adjoints = [_worst(e.adjoint, a, self.tiny) for e, a in zip(self.tape, true, strict=True)]
        losses: list[tuple[float, int, str]] = []
        for i, step in enumerate(self.problem.program.steps):
            made_of = [values[k] for k in step.inputs if k is not None]
            losses.append((_digits_lost(values[i], made_of, self.unit), i, "its value"))
            users = self.steps.users[i]
            if not users:
                continue
            made_of = [adjoints[user] for user in users]
            made_of += [values[k] for user in users for k in self.problem.program.steps[user].inputs if k is not None]
            lost = _digits_lost(adjoints[i], made_of, self.unit)
            losses.append((lost, users[0], "its slope") if len(users) == 1 else (lost, i, "the sum of its adjoints"))
        loss, index, what = max(losses, key=lambda entry: entry[0])
        digits = min(loss, -log10(self.unit))
        return f"{self.text(index)}: {what} loses {digits:.0f} digits here" if loss >= 1 else None


def _digits_lost(error: float, made_of: Sequence[float], unit: float) -> float:
    """How much worse a number is than the worst of those that it is computed from, in decimal digits."""
    before = max([unit, *made_of])
    return 0.0 if before >= 1 else log10(max(min(error, 1.0), before) / before)


def _worst(found: Array | None, true: Array, tiny: float) -> float:
    """The largest relative error of any entry; what no gradient flows through has none, nor what has no number, nor one
    too small for the dtype."""
    if found is None or np.size(found) != true.size:
        return 0.0
    worst = 0.0
    for number, exact in zip(np.ravel(found), true.ravel(), strict=True):
        if type(exact) is Undefined or type(exact) is not Ball or not exact.value.is_finite():
            continue
        if not isfinite(number):
            return inf
        error = abs(arb(float(number)) - exact.value)
        if error.contains(0) or abs(exact.value) < tiny:
            continue
        relative = error / abs(exact.value)
        worst = max(worst, float(relative.mid()) if relative.is_finite() else inf)
    return worst
