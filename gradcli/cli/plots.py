"""``--plot``: the picture of a function beside the answer, as a file or as text below it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradcli.base.errors import UsageError
from gradcli.cli.options import Output
from gradcli.cli.render import screen
from gradcli.cli.streams import write
from gradcli.report.formats import Format

if TYPE_CHECKING:
    from gradcli.commands.plotting.model import Plot

ANOTHER = ("reduce", "select", "grad_outputs", "jvp", "vjp", "hvp")  # what is asked for is then another function


def refuse_plot(target: str | None, ranges: Sequence[str] | None, output: Output, options: Mapping[str, Any]) -> None:
    """Errors: UsageError, before anything is computed. Any: options' values"""
    if target is None:
        if ranges:
            raise UsageError("--plot-range goes with --plot", hint="--plot text --plot-range x=-2:2")
        return
    from gradcli.report.drawing import TEXT, refuse_unknown

    refuse_unknown(target)
    if target in {TEXT, "-"} and (output.format is not Format.TEXT or output.graph is not None):
        raise UsageError(f"--plot {target} prints text, where something else is printed", hint="--plot FILE.svg")
    for name in ANOTHER:
        if options.get(name) is not None:
            raise UsageError(
                f"--plot draws the function itself, and --{name.replace('_', '-')} asks for something else",
                hint="make a number of it in the expression: sum(...), or an index",
            )


def plotted(
    command: str, text: str, bindings: list[str] | None, ranges: Sequence[str] | None, options: Mapping[str, Any]
) -> Plot:  # Any: options' values
    """The plot of what a command differentiates. Errors: as ``gradcli.plot``."""
    from gradcli.api import function_of

    order = 2 if command == "hessian" else int(options.get("order") or 1)
    made: Plot = function_of("plot")(
        text,
        bindings,
        wrt=options.get("wrt"),
        order=order,
        shape=options.get("shape"),
        plot_range=list(ranges) if ranges else None,
        seed=options.get("seed", 0),
    )
    return made


def show_plot(plot: Plot, target: str) -> None:
    """To a file, or below what was printed. Errors: MissingError, OutputError."""
    from gradcli.report.drawing import TEXT, draw, form_of

    if target in {TEXT, "-"}:
        columns, braille = screen(Output())
        write(str(draw(plot, TEXT, columns=columns, braille=braille)), None)
        return
    if sys.stdout is not None:
        sys.stdout.flush()
    draw(plot, form_of(target), target)
