"""Panels of curves: a function of one number, its derivatives below it, and claims beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.claims.branches import landmarks
from gradcli.commands.plotting.kinks import kink_marks, said
from gradcli.commands.plotting.model import Axis, Curve, Kind, Mark, Panel, Plot, Role, finite
from gradcli.commands.plotting.rows import Rows
from gradcli.commands.plotting.sampling import SAME, Break, Function, Samples, breaks, grid, sampled
from gradcli.commands.plotting.subject import Subject
from gradcli.commands.plotting.window import heights, window
from gradcli.language.parse import Expression

TOLD = 60  # characters of a function in the legend
SAID = 6  # marks of one kind that are named
LOOKS = 2  # at the heights, each with the points that the last has added
NOISE = 1e-10  # of the function's size
TANGENT = 0.22  # of the width, on either side of the point
PRIMES = ("", "'", "''", "'''")


@dataclass(frozen=True, slots=True, eq=False)
class Claimed:
    """A claim beside the derivative of an order. counterexample: where it was refuted, if it was"""

    expression: Expression
    order: int
    counterexample: float | None = None


@dataclass(frozen=True, eq=False)
class Line:
    """A function of one number with its derivatives up to an order, and a claim: all that is computed in one batch."""

    subject: Subject
    order: int
    claim: Claimed | None

    def __call__(self, x: FloatArray) -> FloatArray:
        """Values, then derivatives by order, then the claim's values: ``(rows, n)``. Where the function has no value,
        none of its derivatives has."""
        points = x[:, None]
        found = [rows(points) for rows in self.rows]
        value = found[0][0]
        slopes = [np.where(np.isfinite(value), slope[:, 0], np.nan) for _, slope in found[: self.order]]
        claims = [] if self.claim is None else [found[-1][0]]
        return np.stack([value, *slopes, *claims])

    def row(self, k: int) -> Function:
        """One of them alone."""
        if k > self.order:
            return lambda x: self.rows[-1](x[:, None])[0]
        if k == 0:
            return lambda x: self.rows[0](x[:, None])[0]

        def slope(x: FloatArray) -> FloatArray:
            value, found = self.rows[k - 1](x[:, None])
            return np.where(np.isfinite(value), found[:, 0], np.nan)

        return slope

    @cached_property
    def rows(self) -> list[Rows]:
        """What is computed: the function with each order of derivative, then the claim."""
        orders = [self.subject.rows(k) for k in range(1, max(self.order, 1) + 1)]
        return orders if self.claim is None else [*orders, self.subject.rows(0, self.claim.expression)]


def curves_of(subject: Subject, order: int = 1, claim: Claimed | None = None) -> Plot:
    """The plot of a function of one number, and of its derivatives up to an order.

    Errors: MathematicsError where it has no value near the point.
    """
    (place,) = subject.places
    line = Line(subject, order, claim)
    point = None if subject.point is None else subject.point[0]
    known = landmarks([subject.expression.tree], [])
    refuted = None if claim is None else claim.counterexample
    special = [x for x in (0.0, point, refuted, *known) if x is not None]
    low, high = subject.range_of(place) or window(line, point if refuted is None else refuted, known)
    start = grid(low, high, special)
    samples = Samples(start, line(start), True)
    for _ in range(LOOKS):
        shown = _shown(line, samples, start, claim)
        samples = sampled(line, samples, [top - bottom for bottom, top in shown])
    shown = _shown(line, samples, start, claim)
    found = [breaks(line.row(k), samples, k, top - bottom) for k, (bottom, top) in enumerate(shown)]
    return _Drawing(subject, line, samples, found, shown, point, claim).plot(Axis(str(place), low, high))


def _shown(line: Line, samples: Samples, even: FloatArray, claim: Claimed | None) -> list[tuple[float, float]]:
    """The heights of each curve that are in the picture. A claim's are those of its derivative too.

    even: the points of an even grid: what lies close to a pole or to an end is not all there is to see
    """
    known = finite(samples.y[0])
    size = NOISE * float(np.abs(known).max()) if known.size else 0.0
    width = float(samples.x[-1] - samples.x[0])
    on_grid = np.isin(samples.x, even)
    shown = []
    for k, row in enumerate(samples.y):
        least = size / width**k if 0 < k <= line.order else 0.0
        bottom, top = heights(row[on_grid], cut=True, least=least)
        found = breaks(line.row(k), samples, k, top - bottom)
        far = any(one.infinite or one.overflow for one in found)
        ends = any(np.isnan(one.before) or np.isnan(one.after) for one in found)
        shown.append(heights(row[on_grid] if far or ends else row, cut=far, least=least))
    if claim is not None:
        both = shown[claim.order], shown[-1]
        shown[claim.order] = shown[-1] = (min(b for b, _ in both), max(t for _, t in both))
    return shown


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """All that was computed, before it is put into panels."""

    subject: Subject
    line: Line
    samples: Samples
    breaks: Sequence[Sequence[Break]]
    shown: Sequence[tuple[float, float]]
    point: float | None
    claim: Claimed | None

    def plot(self, x: Axis) -> Plot:
        kinks = self._kinks()
        panels = [self._panel(k, kinks) for k in range(self.line.order + 1)]
        notes = [*self._told([m for m in panels[0].marks if m.kind is not Kind.POINT]), *self._gaps(x)]
        if not self.samples.resolved:
            notes.append("the function goes to and fro faster than can be drawn here: a narrower range shows it")
        return Plot(self.subject.text, x, tuple(panels), notes=tuple(notes))

    def _kinks(self) -> tuple[Mark, ...]:
        """Breaks of the slope where the function itself is whole."""
        if self.line.order < 1:
            return ()
        near = SAME * (self.samples.x[-1] - self.samples.x[0])
        own = self.breaks[0]
        whole = [b for b in self.breaks[1] if all(abs(b.x - o.x) > near for o in own) and self._two_sided(b)]
        if not whole:
            return ()
        at = np.array([b.x for b in whole])
        return kink_marks(self.subject, whole, self.line(at)[0].tolist())

    @staticmethod
    def _two_sided(one: Break) -> bool:
        return bool(np.isfinite(one.before) and np.isfinite(one.after)) and (
            one.infinite or abs(one.after - one.before) > 1e-9 * max(abs(one.before), abs(one.after))
        )

    def _panel(self, k: int, kinks: Sequence[Mark]) -> Panel:
        name = f"f{PRIMES[k]}" if k < len(PRIMES) else f"f^({k})"
        role = Role.DERIVATIVE if k else Role.FUNCTION
        text = self.subject.text
        told = name if k else f"f = {text if len(text) <= TOLD else text[: TOLD - 1] + '…'}"
        curves = [Curve(told, role, self._lines(k))]
        marks = [*self._point(k), *self._broken(k)]
        if k == 0:
            curves += self._tangent(kinks)
            marks += kinks
        if self.claim is not None and k == self.claim.order:
            curves.append(Curve("claim", Role.CLAIM, self._lines(-1)))
            marks += self._counterexample()
        return Panel(Axis(name, *self.shown[k]), tuple(curves), tuple(marks))

    def _lines(self, k: int) -> tuple[FloatArray, ...]:
        """The curve without a line across its breaks, and no further than a height beyond what is shown."""
        x, y = self.samples.x, self.samples.y[k]
        low, high = self.shown[k]
        lines, start = [], -np.inf
        ends = [*self.breaks[k], None]
        lead: list[tuple[float, float]] = []
        for one in ends:
            stop = np.inf if one is None else one.left
            inside = (x > start) & (x < stop) & np.isfinite(y)
            points = [*lead, *zip(x[inside].tolist(), y[inside].tolist(), strict=True)]
            if one is not None and np.isfinite(one.before):
                points.append((one.left, one.before))
            lines += [np.array(points)] if points else []
            if one is not None:
                start = one.right
                lead = [(one.right, one.after)] if np.isfinite(one.after) else []
        far = high - low
        for points_ in lines:
            np.clip(points_[:, 1], low - far, high + far, out=points_[:, 1])
        return tuple(lines)

    def _point(self, k: int) -> list[Mark]:
        if self.point is None or not self.samples.x[0] <= self.point <= self.samples.x[-1]:
            return []
        y = float(self.line(np.array([self.point]))[k, 0])
        text = f"{self.subject.places[0]} = {said(self.point)}"
        return [Mark(Kind.POINT, self.point, y, text)] if np.isfinite(y) else []

    def _tangent(self, kinks: Sequence[Mark]) -> list[Curve]:
        """Through the point, where the function has a slope."""
        if self.line.order < 1 or self.point is None or any(mark.x == self.point for mark in kinks):
            return []
        y, slope = (float(row) for row in self.line(np.array([self.point]))[:2, 0])
        if not (np.isfinite(y) and np.isfinite(slope)):
            return []
        reach = TANGENT * float(self.samples.x[-1] - self.samples.x[0])
        ends = np.array([[self.point + d, y + slope * d] for d in (-reach, reach)])
        return [Curve(f"tangent, slope {said(slope)}", Role.TANGENT, (ends,))]

    def _broken(self, k: int) -> list[Mark]:
        """Poles, jumps and holes of a curve; torch's choice at a kink or a jump."""
        marks, (low, high) = [], self.shown[k]
        name, prime = self.subject.places[0], PRIMES[k] if k < len(PRIMES) else f" of order {k}"
        for one in self.breaks[k]:
            two = bool(np.isfinite(one.before) and np.isfinite(one.after))
            at = f"{name} = {said(one.x)}"
            if one.overflow:
                marks.append(Mark(Kind.POLE, one.x, None, f"f{prime} is beyond the largest float beside {at}"))
            elif one.infinite:
                marks.append(Mark(Kind.POLE, one.x, None, f"f{prime} grows without bound at {at}"))
            elif two and abs(one.after - one.before) <= 1e-6 * (high - low):
                marks.append(Mark(Kind.HOLE, one.x, one.before, f"no value at {at}, and {said(one.before)} beside it"))
            elif two and k == 0:
                text = f"jump at {at}: from {said(one.before)} to {said(one.after)}"
                marks.append(Mark(Kind.JUMP, one.x, None, text))
            if one.value is not None and k and np.isfinite(one.value):
                marks.append(Mark(Kind.CHOICE, one.x, one.value, f"torch gives {said(one.value)} at {at}"))
        return marks

    def _counterexample(self) -> list[Mark]:
        if self.claim is None or self.claim.counterexample is None:
            return []
        x = self.claim.counterexample
        value = self.line(np.array([x]))
        true, claimed = float(value[self.claim.order, 0]), float(value[-1, 0])
        text = f"{self.subject.places[0]} = {said(x)}: claimed {said(claimed)}, true {said(true)}"
        return [Mark(Kind.COUNTEREXAMPLE, x, y, text) for y in (true, claimed) if np.isfinite(y)]

    @staticmethod
    def _told(marks: Sequence[Mark]) -> list[str]:
        """The first of each kind in words."""
        notes = []
        for kind in dict.fromkeys(mark.kind for mark in marks):
            same = [mark.text for mark in marks if mark.kind is kind]
            notes += same[:SAID]
            notes += [f"and {len(same) - SAID} more of this kind"] if len(same) > SAID else []
        return notes

    def _gaps(self, x: Axis) -> list[str]:
        """Where the function has no value at the points that were tried."""
        there = np.isfinite(self.samples.y[0])
        if there.all() or not finite(self.samples.y[0]).size:
            return []
        notes = []
        starts = [k for k in range(len(there)) if not there[k] and (k == 0 or there[k - 1])]
        for k in starts:
            end = next((j for j in range(k, len(there)) if there[j]), len(there))
            left = "" if k == 0 else said(self._edge(float(self.samples.x[k])))
            right = "" if end == len(there) else said(self._edge(float(self.samples.x[end - 1])))
            last = self.samples.x[min(end, len(there) - 1)]
            if left == right or last - self.samples.x[k] <= SAME * (x.high - x.low) or np.isinf(self.samples.y[0][k]):
                continue
            sides = f"between {left} and {right}" if left and right else f"beyond {left}" if left else f"before {right}"
            notes.append(f"no value for {x.name} {sides}")
        return notes[:SAID]

    def _edge(self, x: float) -> float:
        return min((one.x for one in self.breaks[0]), key=lambda at: abs(at - x), default=x)
