"""A plot as a part of a document: drawn for a page, in dots or in letters for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcli.report.document import Block, Figure, Line

if TYPE_CHECKING:
    from gradcli.commands.plotting.model import Plot


def plot_blocks(plot: Plot | str) -> tuple[Block, ...]:
    """The picture, or why there is none."""
    return (Line(plot),) if isinstance(plot, str) else (plot_figure(plot),)


def plot_figure(plot: Plot) -> Figure:
    """The picture with its notes below it."""
    from gradcli.report.plotting.svg import description, svg
    from gradcli.report.plotting.text import text

    return Figure(svg(plot), text(plot), description(plot), "; ".join(plot.notes), text(plot, braille=False))
