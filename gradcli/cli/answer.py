"""What the computing commands share: read the expression, call the command's function, print, exit with its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import typer

from gradcli.base.errors import ExpressionError, UsageError
from gradcli.base.events import listening, timed
from gradcli.base.limits import alarm
from gradcli.cli import render
from gradcli.cli.options import Output, log_to_stderr, refuse_without_table, split_common
from gradcli.cli.plots import plotted, refuse_plot, show_plot
from gradcli.cli.streams import read_expression
from gradcli.report.formats import Format
from gradcli.report.graphs.kinds import GraphKind

APART = ("digits", "correct", "grad_outputs", "vjp")  # what the value has not, or is not checked with


def answer(
    command: str,
    expression: str,
    bindings: list[str] | None,
    common: dict[str, Any],
    options: dict[str, Any],
    *,
    value: bool = False,
    spy: bool = False,
    graph: GraphKind | None = None,
) -> None:  # Any: options' values
    """Reads, calls the command's function, prints, and exits with the result's code.

    value: print the function's; spy: draw the pattern of its derivative; graph: write its graph, in this way
    """
    if common.get("table") is not None:
        from gradcli.cli.tables import answer_table

        answer_table(command, expression, bindings, common, options | {"value": value, "spy": spy})
    refuse_without_table(common)
    output, shared = split_common(common)
    output = _as_graph(output, graph)
    output, options = _settled(command, output, common, options, value=value, spy=spy)
    target, ranges = common["plot"], common["plot_range"]
    refuse_plot(target, ranges, output, options)
    said = {name: value for name, value in asdict(shared).items() if value is not None and value is not False}
    hint = "--timeout SECONDS raises the limit; 0 removes it"
    with (
        listening(log_to_stderr if output.log else None),
        timed(command),
        alarm(output.timeout, f"more than {output.timeout:g} s", hint),
    ):
        with timed("load"):
            from gradcli.api import function_of

            function = function_of(command)
        text = read_expression(expression, bindings or [])
        try:
            result = function(text, bindings or None, **options, **said)
        except ExpressionError as error:
            _advise(error, text)
            raise
        picture = None
        if target is not None:
            with timed("plot"):
                read = result.read_as if options.get("latex") else text
                picture = plotted(command, read, bindings, ranges, {**options, "seed": shared.seed})
        with timed("print"):
            render.show(result, output)
            if picture is not None:
                show_plot(picture, target)
    raise typer.Exit(result.exit_code(strict=output.strict))


def _settled(
    command: str, output: Output, common: dict[str, Any], options: dict[str, Any], *, value: bool, spy: bool
) -> tuple[Output, dict[str, Any]]:  # Any: options' values
    """The output and the options, each as the others have it. Errors: UsageError for those that contradict."""
    if spy:
        output = _drawn(output, options["sparse"], value)
    if "sparse" in options:
        options = options | {"sparse": _sparse(options, output)}
    if command == "jacobian" and _to_file(output, options, common, value=value):
        options = options | {"output": output.path}
    if value:
        output = replace(output, value=True)
        _refuse(APART, common | options)
    return output, options


def _as_graph(output: Output, graph: GraphKind | None) -> Output:
    """The output as a graph; under --json its nodes and edges are in the object. Errors: UsageError."""
    if graph is None:
        return output
    if output.format not in {Format.TEXT, Format.JSON}:
        raise UsageError(f"--graph is written as text or json, not {output.format}")
    return replace(output, graph=graph)


def _to_file(output: Output, options: Mapping[str, Any], common: Mapping[str, Any], *, value: bool) -> bool:
    """Is it the derivative itself that goes into an .npy file, where its rows may be written as they come?"""
    path = output.path
    if output.format is not Format.NPY or path is None or value or any(options[name] for name in ("jvp", "vjp")):
        return False
    if options["sparse"] or common["digits"]:
        return False
    return not str(path).startswith(("/dev/", "/proc/")) and (path.is_file() or not path.exists())


def _drawn(output: Output, sparse: bool | None, value: bool) -> Output:
    """The output as a picture. Errors: UsageError for options that ask for numbers."""
    if sparse is False or value:
        raise UsageError(
            f"--spy draws a sparse derivative, and {'--value' if value else '--no-sparse'} asks for another"
        )
    if output.format not in {Format.TEXT, Format.PNG}:
        raise UsageError(f"--spy is text, or an image with -o FILE.png, and not {output.format}")
    return replace(output, spy=True)


def _sparse(options: Mapping[str, Any], output: Output) -> bool | None:  # Any: options' values
    """What --sparse is where it is not said: a format may hold nothing else, or hold all entries."""
    sparse: bool | None = options["sparse"]
    product = any(options.get(name) is not None for name in ("jvp", "vjp", "hvp"))
    if sparse is not None or product or output.value:
        return sparse
    if output.format.holds_matrices or output.spy:
        return True
    return False if output.format in {Format.NPY, Format.LATEX} else None


def _refuse(names: Sequence[str], given: Mapping[str, object]) -> None:
    """Errors: UsageError for an option that says something of the derivative alone."""
    for name in names:
        if given.get(name):
            raise UsageError(f"--value is of the function, and --{name.replace('_', '-')} of its derivative alone")


def _advise(error: ExpressionError, text: str) -> None:
    """Whoever has pasted an error message in the place of a formula is told who explains those."""
    from gradcli.language.prose import looks_like_prose

    if looks_like_prose(text):
        from gradcli.commands.explain.error import WAY, is_error

        error.advice = WAY if is_error(text) else error.advice
