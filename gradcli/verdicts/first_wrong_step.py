"""Where a derivative went wrong: torch's tape beside the same backward pass in high precision, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, log10

import numpy as np

from gradcli.base.dtypes import NEARLY_ZERO
from gradcli.language.write import write
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Program
from gradcli.meaning.scalars import Array
from gradcli.meaning.tape import TapeEntry, precise_adjoints
from gradcli.reference.kinks import at_kink

WRONG = 1e-3  # relative error of a number that is not rounded but wrong
MAX_TEXT = 60


@dataclass(frozen=True, slots=True)
class WrongStep:
    """A step of the tape at which numbers go wrong, and how: ``text`` is the step as typed."""

    index: int
    text: str
    how: str

    def __str__(self) -> str:
        return f"{self.text}: {self.how}"


@dataclass(frozen=True, slots=True)
class Passes:
    """One program run twice: torch's tape, and each step's value in high precision; with the output's cotangent."""

    program: Program
    tape: Sequence[TapeEntry]
    values: Sequence[Array]
    precise: Precise
    cotangent: Array | None = None

    def text(self, index: int) -> str:
        """The step as typed, shortened."""
        text = write(self.program.steps[index].tree)
        return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."

    def finite(self, index: int) -> bool:
        """Is the step's true value finite in every entry?"""
        return all(isinstance(v, bool) or self.precise.context.isfinite(v) for v in self.values[index].ravel())

    def at_kink(self, index: int) -> bool:
        step = self.program.steps[index]
        return at_kink(step, [None if i is None else self.values[i] for i in step.inputs], self.precise)

    def vanishes(self, index: int) -> bool:
        """Is any entry of the step's value 0 in floats, though it is not?"""
        return any(
            a == 0 != b for a, b in zip(np.ravel(self.tape[index].value), np.ravel(self.values[index]), strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Errors:
    """Relative errors of each step's value and adjoint, worst entry, inf where lost; and who uses a step."""

    values: list[float]
    adjoints: list[float]
    users: list[list[int]]


def first_wrong_step(passes: Passes, wrong: float = WRONG) -> WrongStep | None:
    """The first step whose value, or else whose adjoint, is wrong: values in the program's order, adjoints backward.

    wrong: the relative error from which a number counts as wrong
    Errors: LimitError where the backward pass in high precision is too large.
    """
    wrong_steps = list(_wrong_steps(passes, wrong))
    return next((wrong_step for lost, wrong_step in wrong_steps if lost), wrong_steps[0][1] if wrong_steps else None)


def _wrong_steps(passes: Passes, wrong: float) -> Iterator[tuple[bool, WrongStep]]:
    """Every step where right numbers become wrong ones, in order; and whether they are lost altogether."""
    errors, program, tape = _errors(passes), passes.program, passes.tape
    for i, error in enumerate(errors.values):
        if error > wrong and all(errors.values[k] <= wrong for k in program.steps[i].inputs if k is not None):
            lost = not np.isfinite(tape[i].value).all()
            vanished = [k for k in program.steps[i].inputs if k is not None and passes.vanishes(k)] if lost else []
            at, what = (
                (vanished[0], "underflows to 0") if vanished else (i, "overflows" if lost else "its value is wrong")
            )
            yield lost, WrongStep(at, passes.text(at), what)
    for i in reversed(range(len(program.steps))):
        users = [user for user in errors.users[i] if errors.adjoints[user] <= wrong]
        if errors.adjoints[i] > wrong and users:
            origin = _origin(users, passes)
            yield _lost(tape[i]), WrongStep(origin, passes.text(origin), _how(tape[i], tape[origin], passes.text(i)))


def worst_loss(passes: Passes, unit: float) -> WrongStep | None:
    """The step at which most digits are lost: its relative error against the worst among what it is made of."""
    errors, steps = _errors(passes), passes.program.steps
    losses: list[tuple[float, int, str]] = []
    for i, step in enumerate(steps):
        made_of = [errors.values[k] for k in step.inputs if k is not None]
        losses.append((_digits_lost(errors.values[i], made_of, unit), i, "its value"))
        users = errors.users[i]
        made_of = [errors.adjoints[user] for user in users]
        made_of += [errors.values[k] for user in users for k in steps[user].inputs if k is not None]
        lost = _digits_lost(errors.adjoints[i], made_of, unit)
        losses.append((lost, users[0], "its slope") if len(users) == 1 else (lost, i, "the sum of its adjoints"))
    loss, index, what = max(losses, key=lambda entry: entry[0])
    digits = min(loss, -log10(unit))
    return WrongStep(index, passes.text(index), f"{what} loses {digits:.0f} digits here") if loss >= 1 else None


def _digits_lost(error: float, made_of: Sequence[float], unit: float) -> float:
    """How much worse a number is than the worst of those that it is computed from, in decimal digits."""
    before = max([unit, *made_of])
    return 0.0 if before >= 1 else log10(max(min(error, 1.0), before) / before)


def _errors(passes: Passes) -> _Errors:
    steps, precise = passes.program.steps, passes.precise
    adjoints = precise_adjoints(passes.program, passes.values, precise, passes.cotangent)
    users: list[list[int]] = [[] for _ in steps]
    for index, (step, entry) in enumerate(zip(steps, passes.tape, strict=True)):
        for i in dict.fromkeys(step.inputs):
            if i is not None and entry.adjoint is not None:
                users[i].append(index)
    values = [_worst(entry.value, value, precise) for entry, value in zip(passes.tape, passes.values, strict=True)]
    return _Errors(values, [_worst(e.adjoint, a, precise) for e, a in zip(passes.tape, adjoints, strict=True)], users)


def _worst(found: Array | None, true: Array, precise: Precise) -> float:
    """The largest relative error of any entry; what no gradient flows through has none."""
    if found is None or np.shape(found) != true.shape:
        return 0.0
    return max(_relative(found, true, precise), default=0.0)


def _relative(found: Array, true: Array, precise: Precise) -> Iterator[float]:
    """The relative error of each entry; conditions, and numbers that are undefined anyhow, have none."""
    for place in np.ndindex(true.shape):
        number, exact = float(found[place]), true[place]
        if isinstance(exact, bool | np.bool_) or not precise.context.isfinite(exact):
            continue
        if not isfinite(number):
            yield float("inf")
        elif exact == 0:
            yield float("inf") if abs(number) > NEARLY_ZERO else 0.0
        elif abs(exact) > NEARLY_ZERO or abs(number) > NEARLY_ZERO:
            yield float(min(abs((precise.context.mpf(number) - exact) / exact), precise.context.mpf(10) ** 300))


def _origin(users: Sequence[int], passes: Passes) -> int:
    """Among the steps that pass an adjoint on, one that stands on a kink or has no finite value; else the first."""
    kinks = [user for user in users if passes.at_kink(user)]
    undefined = [user for user in users if not passes.finite(user)]
    return (kinks or undefined or users)[0]


def _how(wrong: TapeEntry, origin: TapeEntry, operand: str) -> str:
    """In words: what the step did to the adjoint of its operand."""
    if not _lost(wrong):
        return f"the slope in {operand} that torch takes here is not the true one"
    if origin.adjoint is not None and np.all(origin.adjoint == 0):
        return "its slope is infinite or undefined here, and 0 times that is nan"
    return "its slope overflows or is undefined here"


def _lost(entry: TapeEntry) -> bool:
    return entry.adjoint is not None and not np.isfinite(entry.adjoint).all()
