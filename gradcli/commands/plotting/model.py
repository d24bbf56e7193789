"""A plot before it is drawn: curves without a line across a pole, contours, arrows, marks, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor, log10

import numpy as np

from gradcli.base.arrays import FloatArray


class Role(StrEnum):
    """What a curve or an arrow is."""

    FUNCTION = "function"
    DERIVATIVE = "derivative"
    CLAIM = "claim"
    TANGENT = "tangent"


class Kind(StrEnum):
    """What is marked."""

    POINT = "point"
    COUNTEREXAMPLE = "counterexample"
    KINK = "kink"
    JUMP = "jump"
    POLE = "pole"
    HOLE = "hole"
    CHOICE = "torch's choice"


@dataclass(frozen=True, slots=True)
class Axis:
    """A range with its name."""

    name: str
    low: float
    high: float

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round numbers inside, about five.

        >>> Axis("x", -1.0, 4.2).ticks
        (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
        """
        step = nice_step(self.high - self.low)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return tuple(float(f"{k * step:.12g}") for k in range(first, last + 1))


def nice_step(width: float, about: int = 5) -> float:
    """1, 2 or 5 times a power of ten, about so many to a width.

    >>> nice_step(10.0), nice_step(0.7)
    (2.0, 0.2)
    """
    if not 0 < width < float("inf"):
        return 1.0
    power = 10.0 ** floor(log10(width / about))
    return next((power * n for n in (1.0, 2.0, 5.0) if power * n * (about + 1) >= width), power * 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """name: as the legend has it; lines: arrays of points (n, 2), each without a gap"""

    name: str
    role: Role
    lines: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A special place. y: None for one without a height, as a pole; text: what is special"""

    kind: Kind
    x: float
    y: float | None
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Curves over the same range, which have their heights in common."""

    axis: Axis
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """The lines on which a function of two numbers has one value: arrays of points (n, 2)."""

    level: float
    lines: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Arrows:
    """Arrows of one kind: where they begin, and what they show there, arrays (n, 2)."""

    name: str
    role: Role
    starts: FloatArray
    vectors: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A function of two numbers: its axis across the page, contours, arrows; values on a grid (rows of y, columns of
    x) for those who draw with letters."""

    axis: Axis
    contours: tuple[Contour, ...]
    arrows: tuple[Arrows, ...]
    marks: tuple[Mark, ...]
    values: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A picture of a function of one number, a panel for each order of derivative, or of two: a field.

    notes: what is to be said of it: kinks, poles, where it is not defined, what is not resolved
    """

    title: str
    x: Axis
    panels: tuple[Panel, ...] = ()
    field: Field | None = None
    notes: tuple[str, ...] = ()

    @property
    def kinks(self) -> tuple[Mark, ...]:
        """The kinks of the function."""
        return tuple(mark for mark in (self.panels[0].marks if self.panels else ()) if mark.kind is Kind.KINK)


def finite(values: FloatArray) -> FloatArray:
    """Those that are."""
    return values[np.isfinite(values)]
