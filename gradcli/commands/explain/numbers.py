"""A formula out of a script that failed, at the script's own numbers: what gradcli says of it, and a rewrite."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from gradcli.base.errors import GradcliError
from gradcli.commands.derivatives import grad


@dataclass(frozen=True, slots=True)
class Numbers:
    """The command line, its verdict, and another way to write the formula whose derivative is true."""

    command: str
    verdict: str
    rewrite: str | None = None


def numbers_of(command: str) -> Numbers | None:
    """What ``gradcli grad EXPRESSION NAME=VALUE...`` finds; None where it cannot be computed."""
    _, _, expression, *values = shlex.split(command)
    try:
        found = grad(expression, values)
    except GradcliError:
        return None
    return Numbers(command, found.check.verdict.value, found.check.rewrite)
