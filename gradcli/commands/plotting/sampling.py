"""Points at which a function of one number is computed: dense where it bends, and on both sides of every break.

A steep stretch and a break look alike on a grid. Parting the interval tells them apart: the step between two points
becomes small where a function is continuous, and stays, or grows, where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.commands.plotting.model import finite

GRID = 257  # points to begin with
MOST = 4_000  # points of the whole
ROUNDS = 8  # in which intervals are halved where a curve bends
BEND = 0.004  # of the height of the picture: what nobody sees
PATIENCE = 4  # partings in which a number has not become twice as large
PARTS, PARTINGS = 16, 16  # of an interval, then of one of these: in the end a 16**-16 of it
STEP = 0.02  # of the height: smaller steps are not looked into
LOOKED_INTO = 128  # intervals, the largest steps first
GROWN = 1e5  # times the scale of the function: what grows so far within an interval, grows without bound
CONTINUOUS = 0.3  # of a step: what becomes smaller by halving is one that a continuous function makes
SAME = 1e-9  # of the picture's width: one place

Function = Callable[[FloatArray], FloatArray]  # numbers (n,) -> values (rows, n)


@dataclass(frozen=True, slots=True)
class Break:
    """Where a curve is interrupted: the last point on the left and the first on the right.

    infinite: do values grow without bound at it?
    value:    at a single point between them, where there is one
    overflow: do they, as far as can be seen, only grow beyond what a float holds?
    """

    left: float
    right: float
    before: float
    after: float
    infinite: bool
    value: float | None = None
    overflow: bool = False

    @property
    def x(self) -> float:
        """The roundest number in between, where the break lies for a reader."""
        return roundest(self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """x in order, values (rows, n); resolved: does the curve between them bend no more than can be seen?"""

    x: FloatArray
    y: FloatArray
    resolved: bool


def grid(low: float, high: float, more: Sequence[float]) -> FloatArray:
    """Points whose distances differ: an even grid and a wave of its length see nothing of each other."""
    k = np.arange(GRID)
    shifts = 0.6 * ((k * 0.6180339887498949) % 1.0 - 0.5)  # the golden ratio: never even
    shifts[[0, -1]] = 0.0
    inside = [x for x in more if low <= x <= high]
    return np.unique(np.concatenate([low + (high - low) * (k + shifts) / (GRID - 1), np.asarray(inside)]))


def sampled(function: Function, known: Samples, heights: Sequence[float]) -> Samples:
    """The function at points that are known and between them, where it bends by what can be seen."""
    x, y = known.x, known.y
    least = (x[-1] - x[0]) * 2.0**-20
    for _ in range(ROUNDS):
        wanted = _bends(x, y, heights) & (np.diff(x) > least)
        room = MOST - len(x)
        if not wanted.any() or room <= 0:
            break
        (at,) = np.nonzero(wanted)
        new = (x[at[:room]] + x[at[:room] + 1]) / 2
        order = np.argsort(np.concatenate([x, new]), kind="stable")
        x, y = np.concatenate([x, new])[order], np.concatenate([y, function(new)], axis=1)[:, order]
    left = _bends(x, y, heights) & (np.diff(x) > (x[-1] - x[0]) / MOST / 4)
    return Samples(x, y, bool(left.sum() < len(x) / 8))


def _bends(x: FloatArray, y: FloatArray, heights: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Of each interval: does one of the curves leave the straight line at one of its ends?"""
    found = np.zeros(len(x) - 1, dtype=np.bool_)
    for row, height in zip(y, heights, strict=True):
        with np.errstate(all="ignore"):
            share = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
            straight = row[:-2] + share * (row[2:] - row[:-2])
            off = np.abs(row[1:-1] - straight) > BEND * height
        known = np.isfinite(row)
        edge = known[1:] != known[:-1]
        bent = off & known[:-2] & known[1:-1] & known[2:]
        found[:-1] |= bent
        found[1:] |= bent
        found |= edge
    return found


def breaks(function: Function, samples: Samples, row: int, height: float) -> tuple[Break, ...]:
    """The places where a curve is interrupted, from left to right.

    function: of the row alone, numbers (n,) -> values (n,); height: of the picture
    """
    x, y = samples.x, samples.y[row]
    scale = _scale(y)
    found = [*_steps(function, x, y, height, scale), *_edges(function, x, y, scale), *_peaks(function, x, y, scale)]
    return _merged(sorted(found, key=lambda one: (one.left, one.right)), float(SAME * (x[-1] - x[0])))


def _scale(y: FloatArray) -> float:
    """How far values are from their median, but for a tenth of them."""
    known = finite(y)
    if not known.size:
        return 1.0
    away = np.abs(known - np.median(known))
    return float(np.quantile(away, 0.9)) or float(away.max()) or abs(float(known[0])) or 1.0


def _parts(function: Function, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points that part each of n intervals evenly, its ends among them, and their values: ``(n, PARTS + 1)``."""
    x = a[:, None] + (b - a)[:, None] * (np.arange(PARTS + 1) / PARTS)
    x[:, -1] = b
    return x, function(x.ravel()).reshape(x.shape)


def _steps(function: Function, x: FloatArray, y: FloatArray, height: float, scale: float) -> list[Break]:
    """Intervals with values at both ends that stay apart, however close these are."""
    with np.errstate(all="ignore"):
        step = np.abs(np.diff(y))
    step = np.where(np.isfinite(step) & (step > STEP * height), step, 0.0)
    at = np.argsort(-step, kind="stable")[: min(LOOKED_INTO, int((step > 0).sum()))]
    a, b, ya, yb, first = x[at], x[at + 1], y[at], y[at + 1], step[at]
    lost = np.zeros(len(at), dtype=np.bool_)
    for _ in range(PARTINGS):
        kept = lost | (np.abs(yb - ya) >= CONTINUOUS * first)
        a, b, ya, yb, first = (part[kept] for part in (a, b, ya, yb, first))
        lost = lost[kept]
        if not a.size or ((b - a <= np.spacing(np.maximum(np.abs(a), np.abs(b)))) | lost).all():
            break
        points, values = _parts(function, a, b)
        lost |= ~np.isfinite(values).all(axis=1)
        with np.errstate(all="ignore"):
            best = np.where(lost, 0, np.abs(np.diff(values, axis=1)).argmax(axis=1))
        rows = np.arange(len(a))
        a, ya = np.where(lost, a, points[rows, best]), np.where(lost, ya, values[rows, best])
        b, yb = np.where(lost, b, points[rows, best + 1]), np.where(lost, yb, values[rows, best + 1])
    if not a.size:
        return []
    unbounded = np.maximum(np.abs(ya), np.abs(yb)) > GROWN * scale
    inside = [*map(_beside, *_around(function, a, b), ya, yb, CONTINUOUS * first, unbounded)]
    lost_in = [k for k in range(len(a)) if lost[k]]
    found = [one for k, one in enumerate(inside) if not lost[k]]
    return found + [one for k in lost_in for one in _edges(function, *_seen(function, a[k], b[k]), scale)]


def _seen(function: Function, a: float, b: float) -> tuple[FloatArray, FloatArray]:
    """An interval in parts, for one in which there is a point without a value."""
    points, values = _parts(function, np.array([a]), np.array([b]))
    return points[0], values[0]


def _around(function: Function, a: FloatArray, b: FloatArray) -> tuple[FloatArray, ...]:
    """A few floats further out, and the values there: one end may lie on the break itself."""
    more = 4 * np.spacing(np.maximum(np.abs(a), np.abs(b)))
    return a - more, b + more, function(a - more), function(b + more)


def _beside(
    left: float, right: float, before: float, after: float, ya: float, yb: float, least: float, far: bool
) -> Break:
    """A break whose ends have values of their sides; a value at the break itself differs from that of its side."""
    at = next((float(v) for v, side in ((ya, before), (yb, after)) if abs(v - side) > least and not far), None)
    return Break(float(left), float(right), float(before), float(after), bool(far), at)


def _edges(function: Function, x: FloatArray, y: FloatArray, scale: float) -> list[Break]:
    """Where values end and begin: the last float with one."""
    known = np.isfinite(y)
    (at,) = np.nonzero(known[1:] != known[:-1])
    at = at[:LOOKED_INTO]
    if not at.size:
        return []
    begins = known[at + 1]  # on the right there are values
    inside, outside = np.where(begins, x[at + 1], x[at]), np.where(begins, x[at], x[at + 1])
    height, first = np.where(begins, y[at + 1], y[at]), outside
    rows = np.arange(len(at))
    for _ in range(PARTINGS):
        points, values = _parts(function, inside, outside)
        last = np.argmin(np.isfinite(values), axis=1) - 1  # before the first without a value
        last = np.where(last < 0, 0, last)
        inside, height = points[rows, last], np.where(last > 0, values[rows, last], height)
        outside = points[rows, last + 1]
        if (np.abs(outside - inside) <= np.spacing(np.abs(inside))).all():
            break
    too_large = np.isinf(np.where(begins, y[at], y[at + 1])) & (np.abs(outside - first) > SAME * (x[-1] - x[0]))
    found = []
    for p, q, v, on_right, over in zip(inside, outside, height, begins, too_large, strict=True):
        far = abs(v) > GROWN * scale
        one = Break(float(p), float(q), float(v), np.nan, bool(far), None, bool(over))
        found.append(replace(one, left=float(q), right=float(p), before=np.nan, after=float(v)) if on_right else one)
    return found


def _peaks(function: Function, x: FloatArray, y: FloatArray, scale: float) -> list[Break]:
    """Poles at which a function does not change its sign, between two points of the grid."""
    size = np.where(np.isfinite(y), np.abs(y), -np.inf)
    (at,) = np.nonzero((size[1:-1] >= size[:-2]) & (size[1:-1] >= size[2:]) & (size[1:-1] > 3 * scale))
    at = at[np.argsort(-size[at + 1], kind="stable")][:LOOKED_INTO] + 1
    at = at[np.isfinite(size[at - 1]) & np.isfinite(size[at + 1])]
    a, m, b, best = x[at - 1], x[at], x[at + 1], size[at]
    doubled, stalled = best, np.zeros(len(at))
    for _ in range(PARTINGS):
        kept = stalled < PATIENCE  # a pole doubles in far fewer; a peak comes to its end
        a, m, b, best, doubled = (part[kept] for part in (a, m, b, best, doubled))
        stalled = stalled[kept]
        if not best.size or np.isinf(best).all():
            break
        points, values = _parts(function, a, b)
        values = np.where(np.isfinite(values), np.abs(values), np.inf)
        rows, top = np.arange(len(a)), values.argmax(axis=1)
        higher = values[rows, top] > best
        m, best = np.where(higher, points[rows, top], m), np.where(higher, values[rows, top], best)
        grown = best >= 2 * doubled
        doubled, stalled = np.where(grown, best, doubled), np.where(grown, 0, stalled + 1)
        step = (b - a) / PARTS
        a, b = np.maximum(a, m - step), np.minimum(b, m + step)
    far = best > GROWN * scale
    ends = zip(*_around(function, a[far], b[far]), strict=True)
    return [Break(float(p), float(q), float(u), float(v), True) for p, q, u, v in ends]


def _merged(found: Sequence[Break], near: float) -> tuple[Break, ...]:
    """Breaks at one place as one: a single point between them is its value."""
    merged: list[Break] = []
    for one in found:
        last = merged[-1] if merged else None
        if last is None or one.left - last.right > near:
            merged.append(one)
            continue
        alone = last.after if last.right <= one.left and np.isfinite(last.after) else None
        value = next((v for v in (last.value, one.value, alone) if v is not None), None)
        before = last.before if np.isfinite(last.before) else one.before
        after = one.after if np.isfinite(one.after) else last.after
        right = max(last.right, one.right)
        far, over = last.infinite or one.infinite, last.overflow or one.overflow
        merged[-1] = Break(min(last.left, one.left), right, before, after, far, value, over)
    return tuple(merged)


def roundest(low: float, high: float) -> float:
    """The number of fewest digits in an interval.

    >>> roundest(-1e-19, 3e-18), roundest(0.4999999999, 0.5000000001), roundest(1.23456, 1.23457)
    (0.0, 0.5, 1.23456)
    """
    if low <= 0.0 <= high:
        return 0.0
    middle = low + (high - low) / 2
    for digits in range(1, 17):
        near = float(f"{middle:.{digits}g}")
        if low <= near <= high:
            return near
    return middle
