"""``gradcli explain --run SCRIPT [ARGS]...``: all that follows the option is the script's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import typer

from gradcli.base.events import listening, timed
from gradcli.base.limits import alarm
from gradcli.cli import render
from gradcli.cli.options import log_to_stderr, output_of
from gradcli.cli.streams import to_stderr
from gradcli.report.formats import Format

RUN = "--run"
EXIT_OF_USAGE = 2  # that scripts end with whose arguments are wrong
OURS = ("--trace", "--try", "--nan", "--json", "--timeout")  # that may have been meant for us


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command line, cut where a script's own words begin; what the commands get as typer's ``obj``.

    ours: for typer, which sees no word of the script's but its name; script: its words behind the name
    run:  what runs a command line
    """

    ours: tuple[str, ...]
    script: tuple[str, ...] = ()
    runs_script: bool = False
    run: Callable[[list[str]], int] | None = None


def cut(argv: Sequence[str], run: Callable[[list[str]], int] | None = None) -> CommandLine:
    """``explain --trace --run train.py --seed 3`` has ``explain --trace --run=train.py`` as ours.

    >>> cut(["explain", "--run", "train.py", "--json"])
    CommandLine(ours=('explain', '--run=train.py'), script=('--json',), runs_script=True, run=None)
    """
    if [word for word in argv if word != "--debug"][:1] == ["explain"]:
        for index, word in enumerate(argv):
            if word == RUN and index + 1 < len(argv):
                ours = (*argv[:index], f"{RUN}={argv[index + 1]}")
                return CommandLine(ours, tuple(argv[index + 2 :]), True, run)
            if word.startswith(f"{RUN}="):
                return CommandLine(tuple(argv[: index + 1]), tuple(argv[index + 1 :]), True, run)
    return CommandLine(tuple(argv), run=run)


def explain_script(
    script: str,
    line: CommandLine,
    common: dict[str, Any],  # Any: options' values
    *,
    trace: bool,
    nan: bool,
    attempt: bool,
) -> NoReturn:
    """Runs the script, prints what is found, and exits with its code. A limit on time holds only where one is given."""
    from gradcli.api import function_of

    output = output_of(common)
    seconds = output.timeout if any(word.startswith("--timeout") for word in line.ours) else 0
    hint = "--timeout SECONDS raises the limit; without it there is none for a script"
    with (
        listening(log_to_stderr if output.log else None),
        timed("explain"),
        alarm(seconds, f"more than {seconds:g} s", hint),
    ):
        result = function_of("explain_run")(
            script,
            line.script,
            trace=trace,
            nan=nan,
            attempt=attempt,
            verbose=output.verbose,
            apart=output.format is Format.JSON and output.path is None,
            debug="--debug" in line.ours,
        )
        with timed("print"):
            render.show(result, output)
        if result.exit == EXIT_OF_USAGE and result.error is None and not output.quiet:
            _say_whose(line.script)
        if "--debug" in line.ours and result.trouble:
            to_stderr(f"a finder has failed, which hides nothing else:\n{result.trouble}\n")
    raise typer.Exit(result.exit_code(strict=output.strict))


def _say_whose(words: Sequence[str]) -> None:
    """An option of ours that was given to the script may be why it did not run."""
    ours = [word for word in words if word.partition("=")[0] in OURS]
    if ours:
        to_stderr(f"{ours[0]} was given to the script: options of gradcli stand before {RUN}\n")
