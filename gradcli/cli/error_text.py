"""``gradcli explain --error``: reads the text of an error, however long it is, and shows what it means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import typer

from gradcli.base.errors import UsageError, printable
from gradcli.base.events import listening, timed
from gradcli.base.limits import alarm
from gradcli.cli import render
from gradcli.cli.options import SHOWN, common_defaults, log_to_stderr, output_of
from gradcli.cli.streams import to_stderr
from gradcli.language.prose import looks_like_prose

MAX_BYTES = 8_000_000  # of a log, its end
PIPED = "python train.py 2>&1 | gradcli explain --error -"


def say_taken(common: dict[str, Any]) -> None:  # Any: options' values
    """What was taken for an error message is said to be."""
    if not common["quiet"]:
        to_stderr("taken for an error message, as gradcli explain --error says\n")


def refuse_words(words: Sequence[str], takes: str, hint: str) -> None:
    """Errors: UsageError for an expression beside an option that has none. takes: what the option takes."""
    if words:
        raise UsageError(f"{takes}, and no expression: {printable(words[0])[:60]}", hint=hint)


def refuse_others(own: dict[str, object], common: dict[str, Any], what: str) -> None:  # Any: values
    """Errors: UsageError for what says something of a function, beside an error's text or a script, which has none."""
    given = [name for name, value in own.items() if value]
    given += [name for name, value in common.items() if name not in SHOWN and value != common_defaults()[name]]
    if given:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{named} says something of a function; {what} has none", hint="leave it out")


def taken_for_an_error(words: Sequence[str]) -> bool:
    """Whether what stands in the place of an expression, and of values, is an error message."""
    text = " ".join(words)
    if not looks_like_prose(text) or any("=" in word for word in words[1:]):
        return False
    from gradcli.commands.explain.error import is_error

    return is_error(text)


def explain_text(text: str, words: Sequence[str], own: dict[str, object], common: dict[str, Any]) -> NoReturn:
    """Prints what the error means, and exits with the explanation's code. Errors: InputError, UsageError.

    words: what stands in the place of an expression and of values; own: the options of ``explain EXPRESSION``
    """
    hint = f"a text of several words stands between quotes, or comes from a pipe: {PIPED}"
    refuse_words(words, "--error takes one text", hint)
    refuse_others(own, common, "an error's text")
    from gradcli.commands.explain.error import LIST, error_catalogue, explain_error

    output = output_of(common)
    hint = "--timeout SECONDS raises the limit; 0 removes it"
    with listening(log_to_stderr if output.log else None), timed("explain"):
        with timed("read"):  # as long as a program runs that writes into the pipe
            said = _read(text)
        with alarm(output.timeout, f"more than {output.timeout:g} s", hint):
            result = explain_error(said) if said.strip() != LIST else error_catalogue()
            with timed("print"):
                render.show(result, output)
    raise typer.Exit(result.exit_code(strict=output.strict))


def _read(given: str) -> str:
    from gradcli.catalogue.plain import text_of
    from gradcli.inputs.text import read_end

    if given != "-" and not given.startswith("@"):
        return given
    return text_of(read_end(given.removeprefix("@"), MAX_BYTES))
