"""The page for ``man gradcli``, made of what ``gradcli --help-json`` prints, and what commands share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from gradcli.cli.help import told, written

Json = dict[str, Any]  # Any: JSON values

_ESCAPES = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"})
_VALUE = re.compile(r"[A-Z][A-Z:]*(?![a-z])")


def manual(reference: Json) -> str:
    """The page in roff."""
    names, shared = shared_parameters(reference)
    joined = ", ".join(names)
    return (
        "\n".join(
            [
                '.\\" Made by tests/docs.py --write of what gradcli --help-json prints.',
                f'.TH GRADCLI 1 "" "gradcli {reference["version"]}" "User Commands"',
                ".nh",  # no word is divided, no line filled with blanks
                ".ad l",
                ".SH NAME",
                rf"gradcli \- {plain(reference['help'][0].lower() + reference['help'][1:].rstrip('.'))}",
                ".SH SYNOPSIS",
                *(line for c in reference["commands"] for line in [bold(c["usage"]), ".br"]),
                ".SH OPTIONS OF EVERY COMMAND",
                *items((written(p), told(p)) for p in reference["options"]),
                f".SH {quoted(f'What {joined} share'.upper())}",
                *panels(shared, 0),
                ".SH COMMANDS",
                *(line for c in reference["commands"] for line in section(c, own_parameters(c, names, shared))),
                ".SH VERDICTS OF NUMBERS",
                *items((row["verdict"], row["meaning"]) for row in reference["verdicts"]),
                ".SH VERDICTS OF CLAIMS",
                *items((row["verdict"], row["meaning"]) for row in reference["claim_verdicts"]),
                ".SH EXIT STATUS",
                *items((str(row["code"]), row["meaning"]) for row in reference["exit_codes"]),
            ]
        )
        + "\n"
    )


def shared_parameters(reference: Json) -> tuple[list[str], list[Json]]:
    """The commands that compute, and the arguments and options that all of them take."""
    computing = [command for command in reference["commands"] if option_of(command, "--device")]
    shared = [each for each in parameters(computing[0]) if all(each in parameters(c) for c in computing)]
    return [command["name"] for command in computing], shared


def own_parameters(command: Json, names: Sequence[str], shared: Sequence[Json]) -> list[Json]:
    """What a command takes that is not shared."""
    return [each for each in parameters(command) if command["name"] not in names or each not in shared]


def parameters(command: Json) -> list[Json]:
    return [*command["arguments"], *command["options"]]


def option_of(command: Json, name: str) -> Json | None:
    return next((option for option in command["options"] if name in option["names"]), None)


# -- roff


def section(command: Json, own: Sequence[Json]) -> Iterator[str]:
    """A command: how it is called, what it gives, what it takes of its own, examples."""
    yield from (f".SS {quoted(command['usage'])}", plain(command["help"]))
    yield from panels(own, 1)
    yield from (".PP", "Examples:", ".PP", ".RS 4", ".nf", *map(plain, command["examples"]), ".fi", ".RE")


def panels(rows: Iterable[Json], depth: int) -> Iterator[str]:
    """Arguments and options below the titles of their panels."""
    for title, part in groupby(rows, itemgetter("group")):
        yield from (f".SS {quoted(title)}",) if not depth else (".PP", rf"\fI{plain(title)}\fR")
        yield from items((written(p), told(p)) for p in part)


def items(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is explained, and the explanation below it."""
    for left, right in rows:
        yield from (".TP", bold(left), plain(right))


def plain(text: str) -> str:
    """The text as roff prints it: no character is a command."""
    made = text.replace("\n", " ").translate(_ESCAPES)
    return rf"\&{made}" if made.startswith(".") else made


def bold(text: str) -> str:
    """In bold, with the words that stand for values in italics."""
    return r"\fB" + _VALUE.sub(r"\\fI\g<0>\\fB", plain(text)) + r"\fR"


def quoted(text: str) -> str:
    return f'"{plain(text)}"'
