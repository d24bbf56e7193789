"""``--table``: read the expression, call the command's twin for tables, say on stderr what came of the rows."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import typer

from gradcli.base.errors import InputError, UsageError
from gradcli.base.events import listening, timed
from gradcli.base.limits import alarm
from gradcli.cli import render
from gradcli.cli.options import Output, common_defaults, log_to_stderr, split_common
from gradcli.cli.progress import CLEARED, bar, is_terminal
from gradcli.cli.streams import read_expression, to_stderr
from gradcli.report.formats import Format

ASKED = ("wrt", "order", "shape")  # of the options of single points, what rows have too
SHARED = ("device", "dtype", "rtol", "seed", "threads", "check")  # of the common ones
WAYS = ("keep", "input_format", "output_format", "engine", "on_error", "resume", "cluster")


def answer_table(
    command: str, expression: str, bindings: list[str] | None, common: dict[str, Any], options: dict[str, Any]
) -> NoReturn:  # Any: options' values
    """Reads, computes, writes the table, says what came of it, and exits with the result's code."""
    output, shared = split_common(common)
    _refuse_others(common, options)
    if output.format not in {Format.TEXT, Format.JSON}:
        output = replace(output, format=Format.TEXT)  # the suffix is that of the table
    if output.path is None and output.format is Format.JSON:
        raise UsageError("--json says what came of a table, which is then written with -o FILE")
    asked = {name: options[name] for name in ASKED if options.get(name) is not None}
    ways = {name: _plain(common[name]) for name in WAYS}
    said = {name: getattr(shared, name) for name in SHARED} | {"threads": common["threads"]}
    hint = "--timeout SECONDS raises the limit; 0 removes it"
    with (
        listening(log_to_stderr if output.log else None),
        timed(command),
        alarm(output.timeout, f"more than {output.timeout:g} s", hint),
    ):
        with timed("load"):
            from gradcli.api import function_of

            function = function_of(f"{command}_table")
        if expression == "-" and common["table"] == "-":
            raise InputError("stdin cannot be both the expression and a table", hint="put one of them into a file")
        text = read_expression(expression, bindings or [])
        out = "-" if output.path is None else f"{output.path}{os.sep * output.directory}"
        if ways["cluster"] is not None:
            logging.disable()  # what dask has to say of it, errors tell in our words
            ways["tell"] = partial(_tell, quiet=output.quiet)
        with noting(), bar(" rows", quiet=output.quiet, rows_on_stdout=output.path is None) as shown:
            result = function(
                text, common["table"], out, values=bindings or None, progress=shown, **asked, **ways, **said
            )
        with timed("check"):
            code = result.exit_code(strict=output.strict)
        _show(result, output)
    raise typer.Exit(code)


@contextmanager
def noting() -> Iterator[None]:
    """An interrupt says what is left; the door hears only that there was one."""
    try:
        yield
    except KeyboardInterrupt as stop:
        to_stderr("".join(f"note: {note}\n" for note in getattr(stop, "__notes__", ())))
        raise


def _tell(note: str, *, quiet: bool) -> None:
    """What happens meanwhile; a bar that stands there is written over, and comes again."""
    if not quiet:
        to_stderr(f"{CLEARED}note: {note}\n" if is_terminal(sys.stderr) else f"note: {note}\n")


def _show(result: object, output: Output) -> None:
    """Remarks on stderr; the JSON object on stdout, where the table is not."""
    render.show(result, replace(output, path=None))


def _refuse_others(common: dict[str, Any], options: dict[str, Any]) -> None:
    """Errors: UsageError for an option of single points."""
    known = {
        *ASKED,
        *SHARED,
        *WAYS,
        "table",
        "strict",
        "as_json",
        "format_",
        "path",
        "quiet",
        "verbose",
        "log",
        "timeout",
    }
    defaults = common_defaults()
    given = {name: value for name, value in common.items() if name not in known and value != defaults.get(name)}
    given |= {
        name: value for name, value in options.items() if name not in ASKED and value not in (None, False, "auto")
    }
    for name in given:
        raise UsageError(f"--{name.strip('_').replace('_', '-')} is for one point, and does not go with --table")


def _plain(value: Any) -> Any:  # Any: an option's value
    return str(value) if hasattr(value, "value") else value
