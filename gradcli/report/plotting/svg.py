"""A plot as SVG, of whatever width there is, in the colours of the text around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradcli.commands.plotting.model import Arrows, Contour, Curve, Field, Kind, Mark, Panel, Plot, Role
from gradcli.report.plotting.elements import (
    BAD,
    CURVE,
    GRID,
    INK,
    MARK,
    PAPER,
    drawing,
    element,
    number,
    path,
    words,
    written,
)
from gradcli.report.plotting.frame import BELOW, BETWEEN, HEIGHT, LEFT, TALL, TOP, WIDTH, Frame, clipped, tick_text

COLORS = {Role.FUNCTION: CURVE[0], Role.DERIVATIVE: CURVE[1], Role.CLAIM: BAD, Role.TANGENT: MARK}
DASHES = {Role.CLAIM: "7 4", Role.TANGENT: "5 4"}
MARKS = {Kind.POINT: MARK, Kind.COUNTEREXAMPLE: BAD, Kind.KINK: MARK, Kind.HOLE: CURVE[0], Kind.CHOICE: CURVE[1]}
ARROW = 0.8  # of the distance between two arrows: the length of the longest
_SMALL = {"font-size": "12", "font-family": "inherit", "fill": INK}


def svg(plot: Plot) -> str:
    """The picture; its title and what is noted of the function are read aloud."""
    parts: list[str] = []
    bottom = TOP
    for k, panel in enumerate(plot.panels):
        frame = Frame(plot.x, panel.axis, LEFT, bottom, WIDTH, HEIGHT)
        parts += _panel(frame, panel, last=k == len(plot.panels) - 1)
        bottom = frame.bottom + BETWEEN
    if plot.field is not None:
        frame = Frame(plot.x, plot.field.axis, LEFT, bottom, WIDTH, TALL)
        parts += _field(frame, plot.field)
        bottom = frame.bottom + BETWEEN
    height = bottom - BETWEEN + BELOW
    return drawing(parts, (0.0, 0.0, LEFT + WIDTH + 16.0, height), f"Plot of {plot.title}", description(plot))


def description(plot: Plot) -> str:
    """In words, for those who do not see it."""
    ranges = [f"{plot.x.name} from {tick_text(plot.x.low)} to {tick_text(plot.x.high)}"]
    ranges += (
        []
        if plot.field is None
        else [f"{plot.field.axis.name} from {tick_text(plot.field.axis.low)} to {tick_text(plot.field.axis.high)}"]
    )
    curves = [curve.name for panel in plot.panels for curve in panel.curves]
    curves += [] if plot.field is None else [f"contours and {arrows.name}" for arrows in plot.field.arrows]
    return "; ".join([f"{', '.join(curves)}, {', '.join(ranges)}", *plot.notes])


def _panel(frame: Frame, panel: Panel, *, last: bool) -> list[str]:
    """The grid, the curves inside of the frame, the marks, the legend."""
    parts = [*_axes(frame, named=last)]
    for mark in panel.marks:
        if mark.kind in {Kind.POLE, Kind.JUMP}:
            parts.append(_upright(frame, mark))
    parts += [_curve(frame, curve) for curve in panel.curves]
    parts += [_mark(frame, mark) for mark in panel.marks if mark.y is not None and _inside(frame, mark)]
    return [*parts, _legend(frame, panel.curves)]


def _axes(frame: Frame, *, named: bool) -> list[str]:
    parts = []
    for tick in frame.x.ticks:
        x = frame.across(tick)
        parts.append(_line(x, frame.top, x, frame.bottom, GRID, "0.5" if tick else "1.1"))
        if named:
            parts.append(words(tick_text(tick), x, frame.bottom + 17, **_SMALL, **{"text-anchor": "middle"}))
    for tick in frame.y.ticks:
        y = frame.down(tick)
        parts.append(_line(frame.left, y, frame.left + frame.width, y, GRID, "0.5" if tick else "1.1"))
        parts.append(words(tick_text(tick), frame.left - 8, y + 4, **_SMALL, **{"text-anchor": "end"}))
    if named:
        middle = frame.left + frame.width / 2
        parts.append(words(frame.x.name, middle, frame.bottom + 37, **_SMALL, **{"text-anchor": "middle"}))
    sides = {"x": frame.left, "y": frame.top, "width": frame.width, "height": frame.height}
    box = {name: number(value) for name, value in sides.items()}
    return [*parts, element("rect", **box, fill="none", stroke=INK, **{"stroke-width": "0.8"})]


def _line(x: float, y: float, to_x: float, to_y: float, color: str, width: str, **more: str) -> str:
    ends = {"x1": number(x), "y1": number(y), "x2": number(to_x), "y2": number(to_y)}
    return element("line", **ends, stroke=color, **{"stroke-width": width}, **more)


def _curve(frame: Frame, curve: Curve) -> str:
    lines = [piece for line in curve.lines for piece in clipped(line, frame.y.low, frame.y.high)]
    pieces = [[(frame.across(x), frame.down(y)) for x, y in line if frame.x.low <= x <= frame.x.high] for line in lines]
    dashes = {"stroke-dasharray": DASHES[curve.role]} if curve.role in DASHES else {}
    dots = "".join(_dot(*piece[0], COLORS[curve.role]) for piece in pieces if len(piece) == 1)
    about = {"fill": "none", "stroke": COLORS[curve.role], "stroke-width": "2", "stroke-linejoin": "round"}
    return element("path", d=path(pieces), **about, **dashes) + dots


def _upright(frame: Frame, mark: Mark) -> str:
    """A pole or a jump: where no line goes across."""
    x = frame.across(mark.x)
    if not frame.left <= x <= frame.left + frame.width:
        return ""
    line = _line(x, frame.top, x, frame.bottom, MARK, "1", **{"stroke-dasharray": "2 4"})
    return element("g", element("title", written(mark.text)) + line)


def _mark(frame: Frame, mark: Mark) -> str:
    assert mark.y is not None
    x, y, color = frame.across(mark.x), frame.down(mark.y), MARKS.get(mark.kind, MARK)
    told = element("title", written(mark.text))
    if mark.kind is Kind.KINK:
        shape = element("path", d=f"M{number(x)} {number(y - 6)}l6 6l-6 6l-6 -6z", fill=PAPER, stroke=color, **_THIN)
    elif mark.kind is Kind.COUNTEREXAMPLE:
        shape = element("path", d=f"M{number(x - 5)} {number(y - 5)}l10 10m0 -10l-10 10", stroke=color, **_THICK)
    elif mark.kind in {Kind.HOLE, Kind.CHOICE}:
        shape = element("circle", cx=number(x), cy=number(y), r="4", fill=PAPER, stroke=color, **_THIN)
    else:
        shape = _dot(x, y, color)
    return element("g", told + shape)


_THIN, _THICK = {"stroke-width": "1.6"}, {"stroke-width": "2.4", "fill": "none"}


def _dot(x: float, y: float, color: str) -> str:
    return element("circle", cx=number(x), cy=number(y), r="4", fill=color)


def _inside(frame: Frame, mark: Mark) -> bool:
    return mark.y is not None and frame.x.low <= mark.x <= frame.x.high and frame.y.low <= mark.y <= frame.y.high


def _legend(frame: Frame, curves: Sequence[Curve]) -> str:
    """The names of the curves, above the frame from its left."""
    parts, x = [], frame.left
    y = frame.top - 8
    for curve in curves:
        dashes = {"stroke-dasharray": DASHES[curve.role]} if curve.role in DASHES else {}
        parts.append(_line(x, y - 4, x + 22, y - 4, COLORS[curve.role], "2", **dashes))
        parts.append(words(curve.name, x + 27, y, **_SMALL))
        x += 27 + 7 * len(curve.name) + 20
    return "".join(parts)


# -- fields


def _field(frame: Frame, field: Field) -> list[str]:
    parts = _axes(frame, named=True)
    middle = frame.top + frame.height / 2
    turned = {"transform": f"rotate(-90 16 {number(middle)})", "text-anchor": "middle"}
    parts.append(words(field.axis.name, 16, middle, **_SMALL, **turned))
    parts += [_contour(frame, contour, k, len(field.contours)) for k, contour in enumerate(field.contours)]
    parts += _arrows(frame, field.arrows)
    parts += [_mark(frame, mark) for mark in field.marks if _inside(frame, mark)]
    names = [Curve(arrows.name, arrows.role, ()) for arrows in field.arrows]
    return [*parts, _legend(frame, [Curve("equal values", Role.FUNCTION, ()), *names])]


def _contour(frame: Frame, contour: Contour, k: int, count: int) -> str:
    """The higher, the heavier; its number stands on its longest line."""
    pieces = [[(frame.across(x), frame.down(y)) for x, y in line] for line in contour.lines]
    if not pieces:
        return ""
    width = number(0.7 + 1.5 * k / max(count - 1, 1))
    drawn = element("path", d=path(pieces), fill="none", stroke=CURVE[0], **{"stroke-width": width})
    longest = max(pieces, key=len)
    x, y = longest[len(longest) // 2]
    halo = {"stroke": PAPER, "stroke-width": "3", "paint-order": "stroke", "text-anchor": "middle"}
    label = words(tick_text(contour.level), x, y + 4, **{**_SMALL, "font-size": "11", **halo})
    return drawn + (label if len(longest) > 6 else "")


def _arrows(frame: Frame, fields: Sequence[Arrows]) -> list[str]:
    """Each kind in its colour; the longest of all as long as there is room, by a square root so that short ones are
    seen."""
    sizes = [np.hypot(*field.vectors.T) for field in fields]
    known = np.concatenate([size[np.isfinite(size)] for size in sizes]) if sizes else np.zeros(0)
    largest = float(known.max()) if known.size else 0.0
    if not largest:
        return []
    apart = frame.width / max(len(np.unique(fields[0].starts[:, 0])), 1)
    parts = []
    for field, size in zip(fields, sizes, strict=True):
        pieces = []
        for (x, y), (u, v), length in zip(field.starts.tolist(), field.vectors.tolist(), size.tolist(), strict=True):
            if np.isfinite(length) and length > 0:
                reach = ARROW * apart * (length / largest) ** 0.5
                pieces.append(_arrow(frame.across(x), frame.down(y), *_direction(frame, u, v), reach))
        dashes = {"stroke-dasharray": "4 2"} if field.role is Role.CLAIM else {}
        about = {"fill": "none", "stroke": COLORS[field.role], "stroke-width": "1.4"}
        parts.append(element("path", d="".join(pieces), **about, **dashes))
    return parts


def _direction(frame: Frame, u: float, v: float) -> tuple[float, float]:
    """Of a vector on the sheet, where y goes down and the axes have scales of their own."""
    across = u * frame.width / (frame.x.high - frame.x.low)
    down = -v * frame.height / (frame.y.high - frame.y.low)
    length = float(np.hypot(across, down)) or 1.0
    return across / length, down / length


def _arrow(x: float, y: float, u: float, v: float, reach: float) -> str:
    """Its middle is at the point."""
    x, y, tip = x - u * reach / 2, y - v * reach / 2, (x + u * reach / 2, y + v * reach / 2)
    head = min(5.0, reach / 2)
    sides = [(tip[0] - head * (u * 0.87 - s * v * 0.5), tip[1] - head * (v * 0.87 + s * u * 0.5)) for s in (1, -1)]
    return path([[(x, y), tip], [sides[0], tip, sides[1]]])
