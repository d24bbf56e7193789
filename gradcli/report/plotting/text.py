"""A plot in characters: curves in dots of braille, or in letters for those who cannot see dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import printable
from gradcli.commands.plotting.model import Axis, Curve, Field, Kind, Panel, Plot, Role, finite
from gradcli.report.pattern import BLANK, DOTS
from gradcli.report.plotting.frame import clipped, tick_text

LINES = 10  # of a panel
MARGIN = 11  # columns of the numbers beside it
MOST, LEAST = 100, 8  # columns of a panel
SHADES = " .:-=+*#%@"


@dataclass(frozen=True, slots=True)
class _Signs:
    """How marks and the frame are written."""

    side: str
    corner: str
    below: str
    pole: str
    marks: dict[Kind, str]


_DOTTED = _Signs("│", "└", "─", "┊", {Kind.POINT: "●", Kind.KINK: "◆", Kind.COUNTEREXAMPLE: "✗", Kind.HOLE: "○"})
_PLAIN = _Signs("|", "+", "-", ":", {Kind.POINT: "o", Kind.KINK: "^", Kind.COUNTEREXAMPLE: "X", Kind.HOLE: "o"})


def text(plot: Plot, columns: int = 80, *, braille: bool = True) -> str:
    """Lines of at most so many columns, 20 at least: each panel with its numbers, the numbers below, then the notes."""
    width = max(min(columns, MOST + MARGIN) - MARGIN - 1, LEAST)
    signs = _DOTTED if braille else _PLAIN
    lines = [line for panel in plot.panels for line in _panel(panel, plot.x, width, signs, braille=braille)]
    if plot.field is not None:
        lines += _field(plot.field, width, signs)
    lines += _below(plot.x, width, signs)
    return "\n".join([*lines, *(f"  {printable(note)}" for note in plot.notes)])


def _panel(panel: Panel, x: Axis, width: int, signs: _Signs, *, braille: bool) -> list[str]:
    """The curves one above the other; a claim is in letters, so that it is told from what is true."""
    drawn = [curve for curve in panel.curves if curve.role is not Role.TANGENT]
    own = [curve for curve in drawn if curve.role is not Role.CLAIM]
    cells = _braille(own, x, panel.axis, width) if braille else _letters(own, x, panel.axis, width, "*")
    for curve in drawn:
        if curve.role is Role.CLAIM:
            _laid_over(cells, _letters([curve], x, panel.axis, width, "x"))
    _marked(cells, panel, x, width, signs)
    names = ", ".join(printable(c.name) + (" (x)" if c.role is Role.CLAIM else "") for c in drawn)
    return [f"{'':{MARGIN}}{names}", *_framed(cells, panel.axis, signs)]


def _framed(cells: Sequence[Sequence[str]], axis: Axis, signs: _Signs) -> list[str]:
    """Each line with its number at the side, where there is one."""
    told = {round((axis.high - tick) / (axis.high - axis.low) * (len(cells) - 1)): tick for tick in axis.ticks}
    rows = []
    for k, row in enumerate(cells):
        number = tick_text(told[k])[: MARGIN - 2] if k in told else ""
        rows.append(f"{number:>{MARGIN - 1}}{signs.side}{''.join(row)}".rstrip())
    return rows


def _below(x: Axis, width: int, signs: _Signs) -> list[str]:
    """The axis, its numbers, each in the middle below its place, and its name."""
    numbers = [" "] * (width + MARGIN)
    end = 0
    for tick in x.ticks:
        told = tick_text(tick)
        at = round((tick - x.low) / (x.high - x.low) * (width - 1)) + MARGIN
        start = min(max(at - len(told) // 2, 0), len(numbers) - len(told))
        if start > end or not end:
            numbers[start : start + len(told)] = told
            end = start + len(told)
    name = printable(x.name)
    return [f"{'':{MARGIN - 1}}{signs.corner}{signs.below * width}", f"{''.join(numbers).rstrip()}  {name}"]


def _dots(curves: Sequence[Curve], x: Axis, y: Axis, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Which of so many places the curves go through."""
    found = np.zeros((height, width), dtype=np.bool_)
    for curve in curves:
        for line in curve.lines:
            for piece in clipped(line, y.low, y.high):
                _through(found, piece, x, y)
    return found


def _through(found: npt.NDArray[np.bool_], piece: FloatArray, x: Axis, y: Axis) -> None:
    height, width = found.shape
    across = (piece[:, 0] - x.low) / (x.high - x.low) * (width - 1)
    down = (y.high - piece[:, 1]) / (y.high - y.low) * (height - 1)
    for k in range(max(len(piece) - 1, 1)):
        to = min(k + 1, len(piece) - 1)
        count = int(max(abs(across[to] - across[k]), abs(down[to] - down[k]))) + 1
        share = np.arange(count + 1) / count
        columns = np.rint(across[k] + (across[to] - across[k]) * share).astype(int)
        rows = np.rint(down[k] + (down[to] - down[k]) * share).astype(int)
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        found[rows[inside], columns[inside]] = True


def _braille(curves: Sequence[Curve], x: Axis, y: Axis, width: int) -> list[list[str]]:
    dots = _dots(curves, x, y, 2 * width, 4 * LINES).astype(np.int64)
    codes = np.einsum("rick,ik->rc", dots.reshape(LINES, 4, width, 2), DOTS)
    return [[chr(BLANK + code) if code else " " for code in row] for row in codes.tolist()]


def _letters(curves: Sequence[Curve], x: Axis, y: Axis, width: int, sign: str) -> list[list[str]]:
    return [[sign if dot else " " for dot in row] for row in _dots(curves, x, y, width, LINES).tolist()]


def _laid_over(cells: list[list[str]], above: Sequence[Sequence[str]]) -> None:
    """Letters in every second column of what lies below, so that both are seen."""
    for row, over in zip(cells, above, strict=True):
        for k, sign in enumerate(over):
            if sign != " " and (row[k] == " " or k % 2):
                row[k] = sign


def _marked(cells: list[list[str]], panel: Panel, x: Axis, width: int, signs: _Signs) -> None:
    """Poles and jumps as lines where nothing stands, other marks as one letter."""
    for mark in panel.marks:
        column = round((mark.x - x.low) / (x.high - x.low) * (width - 1))
        if not 0 <= column < width:
            continue
        if mark.kind in {Kind.POLE, Kind.JUMP}:
            for row in cells:
                row[column] = signs.pole if row[column] == " " else row[column]
        elif mark.y is not None and mark.kind in signs.marks and panel.axis.low <= mark.y <= panel.axis.high:
            line = round((panel.axis.high - mark.y) / (panel.axis.high - panel.axis.low) * (len(cells) - 1))
            cells[line][column] = signs.marks[mark.kind]


def _field(field: Field, width: int, signs: _Signs) -> list[str]:
    """Shades by rank: as many places of each; what they mean stands above."""
    known = finite(field.values)
    if not known.size:
        return []
    bounds = np.unique(np.quantile(known, np.arange(1, len(SHADES)) / len(SHADES)))
    rows = np.linspace(0, field.values.shape[0] - 1, 2 * LINES).round().astype(int)[::-1]
    columns = np.linspace(0, field.values.shape[1] - 1, width).round().astype(int)
    shown = field.values[np.ix_(rows, columns)]
    ranks = np.searchsorted(bounds, np.where(np.isfinite(shown), shown, -np.inf))
    cells = [
        [SHADES[rank] if there else "?" for rank, there in zip(row, ok, strict=True)]
        for row, ok in zip(ranks.tolist(), np.isfinite(shown).tolist(), strict=True)
    ]
    told = ", ".join(f"{SHADES[k + 1]} from {tick_text(float(f'{b:.3g}'))}" for k, b in enumerate(bounds.tolist()))
    return [f"{'':{MARGIN}}{told}", *_framed(cells, field.axis, signs)]
