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
from gradcli.cli.options import log_to_stderr, split_common
from gradcli.cli.streams import read_expression

APART = ("digits", "correct", "grad_outputs", "vjp")  # what the value has not, or is not checked with


def answer(
    command: str,
    expression: str,
    bindings: list[str] | None,
    common: dict[str, Any],
    options: dict[str, Any],
    *,
    value: bool = False,
) -> None:  # Any: options' values
    """Reads, calls the command's function, prints, and exits with the result's code. value: print the function's."""
    if common.get("table") is not None:
        from gradcli.cli.tables import answer_table

        answer_table(command, expression, bindings, common, options | {"value": value})
    output, shared = split_common(common)
    if value:
        output = replace(output, value=True)
        _refuse(APART, common | options)
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
        with timed("print"):
            render.show(result, output)
    raise typer.Exit(result.exit_code(strict=output.strict))


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
