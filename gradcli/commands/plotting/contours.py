"""A function of two numbers: lines of equal value by marching squares, gradients as arrows, a claim's beside them.

Lorensen and Cline's cubes (1987) in the plane: each cell of a grid is cut where its corners lie on different sides of a
level, and the cuts are joined to lines. A cell in which the function breaks is cut nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.commands.plotting.kinks import said
from gradcli.commands.plotting.model import Arrows, Axis, Contour, Field, Kind, Mark, Plot, Role, finite, nice_step
from gradcli.commands.plotting.rows import Rows
from gradcli.commands.plotting.subject import Subject
from gradcli.commands.plotting.window import REACH
from gradcli.language.parse import Expression

CELLS = 72  # of the grid along each axis
LEVELS = 9  # about
UNEVEN = 3.0  # times the range of the middle half of all values
SHOWN = 11  # arrows along each axis
HALF = 2.0  # of the width where there is no point
FINER = 6  # points along a side of a cell that is looked into
BROKEN = 0.7  # of a cell's steps: what is smooth has a fifth in it from point to point

Cells = npt.NDArray[np.bool_]
Point = tuple[float, float]
Piece = tuple[Point, Point]


def field_of(
    subject: Subject,
    claims: Mapping[str, Expression] | None = None,
    counterexample: Mapping[str, float] | None = None,
) -> Plot:
    """claims: of the derivative in each of the two, by their names; counterexample: where one was refuted, by name"""
    first, second = subject.places
    refuted = counterexample or {}
    stands = subject.point or (0.0, 0.0)
    middle = tuple(refuted.get(str(place), x) for place, x in zip(subject.places, stands, strict=True))
    x_axis, y_axis = (_axis(subject, k, middle[k]) for k in (0, 1))
    x, y = (np.linspace(axis.low, axis.high, CELLS + 1) for axis in (x_axis, y_axis))
    rows = subject.rows(1)
    values = rows(_pairs(x, y))[0].reshape(len(y), len(x))
    levels = _levels(values)
    whole = _whole(rows, values, x, y, min(np.diff(levels)) if len(levels) > 1 else np.inf)
    contours = tuple(Contour(level, tuple(_traced(values, x, y, level, whole))) for level in levels)
    marks = []
    if subject.point is not None:
        marks.append(
            Mark(Kind.POINT, stands[0], stands[1], f"{first} = {said(stands[0])}, {second} = {said(stands[1])}")
        )
    if refuted:
        at = f"{first} = {said(middle[0])}, {second} = {said(middle[1])}"
        marks.append(Mark(Kind.COUNTEREXAMPLE, middle[0], middle[1], f"counterexample at {at}"))
    starts = _pairs(_inner(x_axis), _inner(y_axis))
    arrows = [Arrows("gradient", Role.DERIVATIVE, starts, rows(starts)[1])]
    if claims and all(str(place) in claims for place in subject.places):
        claimed = np.stack([subject.rows(0, claims[str(place)])(starts)[0] for place in subject.places], axis=1)
        arrows.append(Arrows("claim", Role.CLAIM, starts, claimed))
    notes = [] if np.isfinite(values).all() else ["blank where the function has no value"]
    coarse = values[:: CELLS // 24, :: CELLS // 24]
    made = Field(y_axis, contours, tuple(arrows), tuple(marks), coarse)
    return Plot(subject.text, x_axis, field=made, notes=tuple(notes))


def _axis(subject: Subject, k: int, middle: float) -> Axis:
    place = subject.places[k]
    asked = subject.range_of(place)
    half = max(HALF, abs(middle) / REACH * 2)
    low, high = asked or (middle - half, middle + half)
    return Axis(str(place), low, high)


def _pairs(x: FloatArray, y: FloatArray) -> FloatArray:
    """All pairs, row by row of y."""
    across, up = np.meshgrid(x, y)
    return np.stack([across.ravel(), up.ravel()], axis=1)


def _inner(axis: Axis) -> FloatArray:
    """Places of arrows, not on the frame."""
    return axis.low + (axis.high - axis.low) * (np.arange(SHOWN) + 0.5) / SHOWN


def _levels(values: FloatArray) -> tuple[float, ...]:
    """Round numbers between the bulk of the values: even steps, or parts of the picture of about one size."""
    known = finite(values)
    if not known.size:
        return ()
    low, high = (float(v) for v in np.quantile(known, [0.02, 0.98]))
    if not 0 < high - low < 1e300:
        return ()
    quarter, three = (float(v) for v in np.quantile(known, [0.25, 0.75]))
    if high - low > UNEVEN * (three - quarter):  # most of the picture lies between two of even steps
        parts = np.quantile(known, (np.arange(LEVELS) + 0.5) / LEVELS)
        return tuple(sorted({float(f"{level:.2g}") for level in parts.tolist()}))
    step = nice_step(high - low, LEVELS)
    return tuple(float(f"{k * step:.12g}") for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1))


def _traced(values: FloatArray, x: FloatArray, y: FloatArray, level: float, whole: Cells) -> list[FloatArray]:
    """The lines of one level. whole: the cells that may be cut"""
    above = np.stack(_corners(values)) > level
    cells = zip(*np.nonzero(whole & above.any(axis=0) & ~above.all(axis=0)), strict=True)
    pieces = [piece for i, j in cells for piece in _cell(values, x, y, int(i), int(j), level)]
    return [np.array(line) for line in _joined([piece for piece in pieces if piece[0] != piece[1]])]


def _corners(values: FloatArray) -> list[FloatArray]:
    """Of each cell, one after the other around it."""
    return [values[:-1, :-1], values[:-1, 1:], values[1:, 1:], values[1:, :-1]]


def _whole(rows: Rows, values: FloatArray, x: FloatArray, y: FloatArray, step: float) -> Cells:
    """The cells in which the function does not break: looked into where neighbours differ by more than a level and
    not as those of something smooth do. There the steps of a finer grid are smaller, unless there is a break."""
    corners = np.stack(_corners(values))
    with np.errstate(all="ignore"):
        spread = corners.max(axis=0) - corners.min(axis=0)
        uneven = np.isfinite(spread) & (spread > step / 2) & (_turned(values) > spread / 4)
    whole: Cells = np.asarray(np.isfinite(corners).all(axis=0))
    at = np.stack(np.nonzero(uneven & whole), axis=1)
    if not len(at):
        return whole
    shares = np.linspace(0.0, 1.0, FINER)
    xs = x[at[:, 1], None] + (x[1] - x[0]) * shares
    ys = y[at[:, 0], None] + (y[1] - y[0]) * shares
    points = np.stack(np.broadcast_arrays(xs[:, None, :], ys[:, :, None]), axis=-1).reshape(-1, 2)
    fine = rows(points)[0].reshape(len(at), FINER, FINER)
    with np.errstate(all="ignore"):
        across, up = (np.abs(np.diff(fine, axis=axis)).max(axis=(1, 2)) for axis in (2, 1))
        steps = np.maximum(across, up)
    broken = ~(steps < BROKEN * spread[at[:, 0], at[:, 1]])
    whole[at[broken, 0], at[broken, 1]] = False
    return whole


def _turned(values: FloatArray) -> FloatArray:
    """How much the corners of a cell leave the plane through its neighbours: what is smooth leaves it little."""
    with np.errstate(all="ignore"):
        across = np.abs(np.diff(values, 2, axis=1))
        up = np.abs(np.diff(values, 2, axis=0))
    wide = np.zeros_like(values)
    wide[:, 1:-1] = np.nan_to_num(across, nan=np.inf)
    wide[1:-1] = np.maximum(wide[1:-1], np.nan_to_num(up, nan=np.inf))
    corners: FloatArray = np.max([wide[:-1, :-1], wide[:-1, 1:], wide[1:, 1:], wide[1:, :-1]], axis=0)
    return corners


def _cell(values: FloatArray, x: FloatArray, y: FloatArray, i: int, j: int, level: float) -> list[Piece]:
    """The cuts through one cell, from side to side; of a saddle the two that its middle tells."""
    at = [(j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1)]
    height = [float(values[r, c]) - level for c, r in at]
    sides = []
    for k in range(4):
        a, b = height[k], height[(k + 1) % 4]
        if (a > 0) != (b > 0):
            share = a / (a - b)
            (c, r), (d, s) = at[k], at[(k + 1) % 4]
            if (c, r) > (d, s):  # a side that two cells share has one cut, to the last bit
                (c, r), (d, s), share = (d, s), (c, r), b / (b - a)
            sides.append((float(x[c] + (x[d] - x[c]) * share), float(y[r] + (y[s] - y[r]) * share)))
    if len(sides) == 2:
        return [(sides[0], sides[1])]
    turned = (sum(height) > 0) == (height[0] > 0)
    return [(sides[0], sides[1]), (sides[2], sides[3])] if turned else [(sides[3], sides[0]), (sides[1], sides[2])]


def _joined(pieces: Sequence[Piece]) -> list[list[Point]]:
    """Pieces with ends in common as one line."""
    meeting: dict[Point, list[int]] = {}
    for k, piece in enumerate(pieces):
        for end in piece:
            meeting.setdefault(end, []).append(k)
    used, lines = [False] * len(pieces), list[list[Point]]()
    for k, piece in enumerate(pieces):
        if used[k]:
            continue
        used[k] = True
        line = list(piece)
        for _ in range(2):  # on from its end, then from its other end
            while True:
                further = next((n for n in meeting[line[-1]] if not used[n]), None)
                if further is None:
                    break
                used[further] = True
                start, stop = pieces[further]
                line.append(stop if start == line[-1] else start)
            line.reverse()
        lines.append(line)
    return lines
