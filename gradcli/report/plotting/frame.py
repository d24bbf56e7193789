"""Where the parts of a plot stand on a sheet: one frame below the other, numbers beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.commands.plotting.model import Axis

WIDTH, HEIGHT = 560.0, 190.0  # of a frame, in pixels as all that follows
TALL = 470.0  # of the frame of a field
LEFT, TOP, BETWEEN, BELOW = 74.0, 30.0, 26.0, 44.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle, and the numbers that its sides stand for."""

    x: Axis
    y: Axis
    left: float
    top: float
    width: float
    height: float

    def across(self, x: float) -> float:
        return self.left + self.width * (x - self.x.low) / (self.x.high - self.x.low)

    def down(self, y: float) -> float:
        return self.top + self.height * (self.y.high - y) / (self.y.high - self.y.low)

    @property
    def bottom(self) -> float:
        return self.top + self.height


def tick_text(x: float) -> str:
    """A number at an axis.

    >>> tick_text(0.0), tick_text(-2.5), tick_text(2e7)
    ('0', '-2.5', '2e+07')
    """
    return f"{x + 0.0:.6g}"


def clipped(line: FloatArray, low: float, high: float) -> list[FloatArray]:
    """The parts of a line between two heights, with the points at which it leaves them."""
    pieces: list[list[tuple[float, float]]] = [[]]
    before: tuple[float, float] | None = None
    for point in line.tolist():
        here = (point[0], point[1])
        if before is not None:
            pieces[-1] += _crossings(before, here, low, high)
        if low <= here[1] <= high:
            pieces[-1].append(here)
        elif pieces[-1]:
            pieces.append([])
        before = here
    return [np.array(piece) for piece in pieces if piece]


def _crossings(p: tuple[float, float], q: tuple[float, float], low: float, high: float) -> list[tuple[float, float]]:
    """Where a stretch comes in and goes out, in its own order."""
    found = []
    for level in (low, high):
        if (p[1] < level) != (q[1] < level) and level not in (p[1], q[1]):
            share = (level - p[1]) / (q[1] - p[1])
            found.append((share, (p[0] + share * (q[0] - p[0]), level)))
    return [point for _, point in sorted(found)]
