"""Why torch's number is not the truth: rounding, a trap, a range too small, or a bug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isfinite, log10
from typing import Any

import numpy as np

from gradcli.meaning.program import Deadline
from gradcli.meaning.scalars import Array, Scalar
from gradcli.reference.answer import Settings
from gradcli.reference.evaluation import Evaluation
from gradcli.verdicts.verdict import Verdict

FEW_RUNS, MANY_RUNS = 6, 40  # with random rounding errors; many before they are said to explain nothing: two may cancel
MAX_EXPONENT = 40  # characters of a number in a note


@dataclass(frozen=True, slots=True)
class Explainer:
    """Judges one number beside the truth, by what the precise run tells of the way to it."""

    here: Evaluation
    settings: Settings

    def digits(self, error: Scalar, size: Scalar) -> float:
        """The decimal digits that are right, at most those of the dtype."""
        return max(0.0, min(self.settings.float_type.digits, -log10(error / size))) if size else 0.0

    def reason(self, k: int, number: float, truth: Scalar, spread: float) -> tuple[Verdict, float | None, str]:
        """The verdict, the digits that are right, and the end of a note, empty where there is nothing to tell.

        k: the answer's index, negative for the value; spread: how far random rounding errors move the number
        """
        size, smooth = abs(truth), self.here.smooth
        if size > self.settings.float_type.largest:
            return Verdict.SINGULAR, 0.0, f", beyond {self.settings.dtype}'s range"
        if not isfinite(number):
            return Verdict.TRAP, 0.0, ": the derivative exists, autograd lost it" if k >= 0 else f": {self.lost_by()}"
        error = abs(self.here.arithmetic.context.mpf(number) - truth)
        digits = self.digits(error, size)
        reach = self.settings.float_type.patience * spread
        if (smooth or k < 0) and (
            error <= reach or 0 < abs(number) <= reach < inf
        ):  # within reach of rounding, or no digit left
            if size == 0:
                return Verdict.AGREES, None, ""
            lost = f": {digits:.1f} digits are right, float arithmetic lost the others"
            return (Verdict.ROUNDING, digits, lost) if k >= 0 else (Verdict.AGREES, None, lost)
        if k < 0 and not smooth:
            return Verdict.SINGULAR, digits, ": the function jumps here, or a condition is undefined"
        if not isfinite(spread) or not smooth or self.overflows():
            said = "the derivative exists, autograd returns another number" if k >= 0 else self.lost_by()
            return Verdict.TRAP, digits, f": {said}"
        return Verdict.DIFFERS, digits, f": {digits:.1f} digits agree"

    def lost_by(self) -> str:
        """How float arithmetic lost a value, as far as the sizes of the true values tell."""
        if not self.overflows():
            return "lost to cancellation on the way"
        magnitude = self.here.arithmetic.magnitude
        values = [v for array in self.here.at_point.values for v in array.ravel() if not isinstance(v, bool)]
        sizes = [magnitude(v) for v in values]
        return "overflow on the way" if max(sizes) >= -min(sizes) else "underflow on the way"

    def overflows(self) -> bool:
        """Does a step of the precise run lie outside the dtype's range, or its power inside a norm or the like?"""
        values, magnitude = self.here.at_point.values, self.here.arithmetic.magnitude
        reach = self.settings.float_type.reach
        sizes = [
            max((abs(magnitude(v)) for v in array.ravel() if not isinstance(v, bool)), default=0) for array in values
        ]
        for step, size in zip(self.here.problem.program.steps, sizes, strict=True):
            powers = [abs(float(c)) for c in step.constants if isinstance(c, int | Fraction)]
            given = max((sizes[i] for i in step.inputs if i is not None), default=0)
            if size >= reach / 2 or given >= reach / max([2.0, *powers]):
                return True
        return False


class Noise:
    """How far random rounding errors move torch's numbers: runs of Monte Carlo arithmetic, drawn when asked for."""

    def __init__(self, settings: Settings, deadline: Deadline[Any], base: Sequence[Array]) -> None:
        """base: the arrays of all answers, and last the value"""
        self.settings, self.deadline, self.base = settings, deadline, base
        self.drawn = 0
        self.found: list[Array] = []

    def spreads(self, runs: int) -> list[Array]:
        """For each array of the base how far so many runs, or as many as time allows, move it; [] where none can be."""
        overtime = (self.deadline.seconds or 0) / 4  # sooner a little late than a false alarm
        while self.settings.torch is not None and self.drawn < runs:
            if self.drawn >= FEW_RUNS and self.deadline.left < -overtime:
                break
            self.drawn += 1
            run = self.settings.torch.noisy(self.settings.seed + self.drawn)
            if run is not None:
                moved = [abs(_like(new, array) - array) for new, array in zip(run, self.base, strict=False)]
                self.found = [np.maximum(a, b) for a, b in zip(self.found, moved, strict=True)] if self.found else moved
        return self.found


def shown(number: Scalar) -> str:
    """17 digits; of a number beyond all measure its sign."""
    text = str(number.context.nstr(number, 17))
    if len(text) <= MAX_EXPONENT:
        return text
    return f"{'-' * (number < 0)}{'a huge number' if abs(number) > 1 else 'nearly 0'}"


def _like(found: Array, array: Array) -> Array:
    """A number in the shape of another run's: a value of shape (1,) is a scalar where the program sums it."""
    return found.reshape(array.shape) if found.size == array.size else found
