"""Help as it is printed: panels of options, examples and exit codes, made of what ``gradcli --help-json`` says."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from gradcli.base.errors import ExitCode
from gradcli.cli.reference import Json, command_dict, leaves

MARGIN = 26  # columns of what a line explains


def help_of(context: Any, width: int) -> str:  # Any: typer's own
    """The help of the command of a context, ``warm start`` of ``gradcli warm start``; of several with their names."""
    command = context.command
    found = command_dict(str(context.command_path).partition(" ")[2], command, command.get_params(context))
    return help_text(found, width, [(name, below.help or "") for name, below in leaves(command)])


def help_text(command: Json, width: int, commands: Sequence[tuple[str, str]] = ()) -> str:
    """The help of a command, or of several, in lines of so many columns."""
    parts = [filled(f"Usage: {command['usage']}", width, "", "         "), filled(command["help"], width, "  ")]
    parts += [panel("Commands", commands, width)] if commands else []
    parts += [panel(title, [(written(p), told(p)) for p in rows], width) for title, rows in panels(command)]
    parts += ["\n".join(["Examples:", *(f"    {example}" for example in command["examples"])])]
    codes = ", ".join(f"{code:d} {code.name.lower()}" for code in ExitCode)
    return "\n\n".join([*parts, filled(f"Exit codes: {codes}.", width, "")]) + "\n"


def panels(command: Json) -> Iterator[tuple[str, list[Json]]]:
    """The arguments and options by their panels."""
    found = groupby([*command["arguments"], *command["options"]], key=lambda parameter: str(parameter["group"]))
    return ((title, list(rows)) for title, rows in found)


def panel(title: str, rows: Sequence[tuple[str, str]], width: int) -> str:
    """What is explained on the left, and the explanations beside it, or below where there is no room."""
    margin = min(MARGIN, 4 + max(len(left) for left, _ in rows))
    lines = []
    for left, right in rows:
        text = filled(right, width, " " * margin)
        beside = len(left) + 4 <= margin
        lines.append(f"  {left}".ljust(margin) + text[margin:] if beside else f"  {left}\n{text}")
    return "\n".join([f"{title}:", *lines])


def written(parameter: Json) -> str:
    """An argument or option as it is typed: ``-o, --output FILE``, ``--fail-fast/--keep-going``."""
    names, value = parameter["names"], parameter["metavar"] or "|".join(parameter["choices"] or [])
    if not names[0].startswith("-"):
        return str(value)
    opposite = len(names) > 1 and names[0].startswith("--")
    flag = parameter["type"] == "flag"
    return ("/" if opposite else ", ").join(names) + ("" if flag else f" {value or parameter['type'].upper()}")


def told(parameter: Json) -> str:
    """What help says of it, with its default."""
    plain = parameter["type"] == "flag" or parameter["default"] in {None, ""} or "[default: " in parameter["help"]
    return str(parameter["help"]) + ("" if plain else f" [default: {default_of(parameter)}]")


def default_of(parameter: Json) -> str:
    """The default as it is typed: ``120`` of 120.0."""
    value = parameter["default"]
    return f"{value:g}" if isinstance(value, float) else str(value)


def filled(text: str, width: int, margin: str, more: str = "") -> str:
    """The text in lines of so many columns behind a margin, a larger one from the second on; no word is broken."""
    later = margin + more
    return textwrap.fill(
        text, width, initial_indent=margin, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
