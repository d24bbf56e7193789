"""A plot as an image, drawn by matplotlib, of the extra ``plot``; the same bytes for the same plot."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

import numpy as np

from gradcli.base.errors import MissingError, printable
from gradcli.base.wording import either
from gradcli.commands.plotting.model import Axis, Curve, Field, Kind, Panel, Plot, Role

# Any, in this module: matplotlib's own

WIDTH, HEIGHT, TALL = 7.0, 2.6, 6.5  # inches, of a panel and of a field
DOTS = 150  # of an inch
COLORS = {Role.FUNCTION: "#2563a8", Role.DERIVATIVE: "#2e7d32", Role.CLAIM: "#b3261e", Role.TANGENT: "#b3541e"}
LINES = {Role.CLAIM: "--", Role.TANGENT: ":"}
MARKERS = {Kind.POINT: "o", Kind.COUNTEREXAMPLE: "x", Kind.KINK: "D", Kind.HOLE: "o", Kind.CHOICE: "o"}
HOLLOW = {Kind.KINK, Kind.HOLE, Kind.CHOICE}


def png(plot: Plot) -> bytes:
    """Errors: MissingError where matplotlib is not there."""
    count = len(plot.panels)
    figure = _figure(WIDTH, HEIGHT * count + 0.4 if plot.field is None else TALL)
    if plot.field is not None:
        _field(figure.add_subplot(), plot.x, plot.field)
    else:
        axes = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
        for one, panel in zip(axes, plot.panels, strict=True):
            _panel(one, panel)
        axes[-1].set_xlim(plot.x.low, plot.x.high)
        axes[-1].set_xlabel(_plain(plot.x.name))
    if plot.field is not None:
        figure.suptitle(_plain(plot.title), fontsize="medium", wrap=True)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS, metadata={"Software": "gradcli"})
    return buffer.getvalue()


def _figure(width: float, height: float) -> Any:
    """Without pyplot, which would look for a window."""
    try:
        return import_module("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")
    except ImportError:
        message = "a picture in .png needs the package matplotlib, which is not installed"
        ways = either("--plot FILE.svg and --plot text", 'draw(plot, "svg") and draw(plot, "text")')
        raise MissingError(message, hint=f"pip install 'gradcli[plot]'; {ways} need none") from None


def _plain(text: str) -> str:
    """A text that matplotlib sets as it is: a dollar sign begins no formula."""
    return printable(text).replace("\n", " ").replace("$", r"\$")


def _panel(axes: Any, panel: Panel) -> None:
    axes.grid(linewidth=0.4)
    for mark in panel.marks:
        if mark.kind in {Kind.POLE, Kind.JUMP}:
            axes.axvline(mark.x, color=COLORS[Role.TANGENT], linewidth=0.8, linestyle=":")
    for curve in panel.curves:
        _curve(axes, curve)
    for mark in panel.marks:
        if mark.y is not None and panel.axis.low <= mark.y <= panel.axis.high:
            color = COLORS[Role.CLAIM] if mark.kind is Kind.COUNTEREXAMPLE else COLORS[Role.TANGENT]
            face = {"markerfacecolor": "white"} if mark.kind in HOLLOW else {}
            axes.plot([mark.x], [mark.y], MARKERS.get(mark.kind, "o"), color=color, zorder=3, **face)
    axes.set_ylim(panel.axis.low, panel.axis.high)
    axes.legend(fontsize="small", loc="best", framealpha=0.7)


def _curve(axes: Any, curve: Curve) -> None:
    """All of its lines under one name."""
    style = {"color": COLORS[curve.role], "linestyle": LINES.get(curve.role, "-"), "linewidth": 1.6}
    axes.plot([], [], label=_plain(curve.name), **style)
    for line in curve.lines:
        more = {"marker": ".", "markersize": 8} if len(line) == 1 else {}
        axes.plot(line[:, 0], line[:, 1], **style, **more)


def _field(axes: Any, x: Axis, field: Field) -> None:
    for k, contour in enumerate(field.contours):
        width = 0.6 + 1.2 * k / max(len(field.contours) - 1, 1)
        for line in contour.lines:
            axes.plot(line[:, 0], line[:, 1], color=COLORS[Role.FUNCTION], linewidth=width)
        if contour.lines:
            longest = max(contour.lines, key=len)
            spot = longest[len(longest) // 2]
            axes.annotate(f"{contour.level:.6g}", spot, fontsize="x-small", ha="center", backgroundcolor="white")
    for arrows in field.arrows:
        length = np.hypot(*arrows.vectors.T)
        shown = np.isfinite(length) & (length > 0)
        scaled = arrows.vectors[shown] / np.sqrt(length[shown])[:, None]
        starts = arrows.starts[shown]
        axes.quiver(
            *starts.T, *scaled.T, color=COLORS[arrows.role], angles="xy", label=_plain(arrows.name), width=0.003
        )
    for mark in field.marks:
        color = COLORS[Role.CLAIM] if mark.kind is Kind.COUNTEREXAMPLE else COLORS[Role.TANGENT]
        axes.plot([mark.x], [mark.y], MARKERS[mark.kind], color=color, zorder=3)
    axes.set_xlim(x.low, x.high)
    axes.set_ylim(field.axis.low, field.axis.high)
    axes.set_xlabel(_plain(x.name))
    axes.set_ylabel(_plain(field.axis.name))
    axes.legend(fontsize="small", loc="best", framealpha=0.7)
