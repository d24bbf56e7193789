"""Where torch has no tape of a number: how far random rounding errors move it, in runs of Monte Carlo arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from gradcli.meaning.scalars import Array
from gradcli.reference.answer import Settings
from gradcli.verdicts.verdict import Verdict

FEW_RUNS, MANY_RUNS = 6, 40  # with random rounding errors; many before they are said to explain nothing: two may cancel
# How many times the spread of the runs rounding alone may explain. Of half types, whose errors are few and large, less.
PATIENCE, PATIENCE_OF_HALF = 16.0, 4.0


class Noise:
    """How far random rounding errors move torch's numbers: runs that are made when they are asked for."""

    def __init__(self, settings: Settings, base: Sequence[Array]) -> None:
        """base: the arrays of all answers, and last the value"""
        self.settings, self.base = settings, base
        self.drawn = 0
        self.found: list[Array] = []

    @property
    def patience(self) -> float:
        return PATIENCE_OF_HALF if self.settings.float_type.half else PATIENCE

    def spreads(self, runs: int) -> list[Array]:
        """For each array of the base how far so many runs move it; [] where none can be."""
        while self.settings.torch is not None and self.drawn < runs:
            self.drawn += 1
            run = self.settings.torch.noisy(self.settings.seed + self.drawn)
            if run is not None:
                moved = [abs(_like(new, array) - array) for new, array in zip(run, self.base, strict=False)]
                self.found = [np.maximum(a, b) for a, b in zip(self.found, moved, strict=True)] if self.found else moved
        return self.found

    def explains(self, k: int, place: tuple[int, ...], number: float, error: float) -> Verdict:
        """Why a finite number is off by so much.

        An error within reach of the spread, or a number that has no digit left beside it, is rounding; where the runs
        leave the dtype's range, so does torch's own.
        """
        spread = 0.0
        for runs in (FEW_RUNS, MANY_RUNS):
            spreads = self.spreads(runs)
            array = self.base[k]
            spread = float(spreads[k][place]) if spreads else 0.0
            scale = float(np.max(abs(array)))
            floor = self.settings.float_type.unit * scale if isfinite(scale) else 0.0
            reach = self.patience * max(spread, floor)
            if error <= reach or (0 < abs(number) <= reach and isfinite(reach)):
                return Verdict.ROUNDING
        return Verdict.TRAP if not isfinite(spread) else Verdict.DIFFERS


def _like(found: Array, array: Array) -> Array:
    """A number in the shape of another run's: a value of shape (1,) is a scalar where the program sums it."""
    return found.reshape(array.shape) if found.size == array.size else found
