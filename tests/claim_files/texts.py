"""Texts of files of claims, and what a refusal looks like."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gradcli.base.errors import ExitCode, InputError
from gradcli.inputs.claim_files import ClaimText

Read = Callable[..., list[ClaimText]]


def refused(read: Read, name: str, content: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(name, content)
    error = caught.value
    assert (error.kind, error.code) == ("suite", ExitCode.INPUT)
    assert error.message.isprintable(), "one line, nothing that acts on a terminal"
    assert len(error.message) < 600
    assert error.hint
    return error


def block(*lines: str) -> str:
    return "\n".join(["```gradcli", *lines, "```", ""])


def module(docstring: str) -> str:
    return f'"""Text.\n\n{docstring}\n"""\n'


SQUARE = 'function = "x**2"\nderivative = "2*x"\n'


def lines_of(claims: list[ClaimText]) -> list[int]:
    return [claim.line for claim in claims]


def equations(claims: list[ClaimText]) -> list[tuple[str, str | None, str]]:
    return [(claim.function, claim.wrt, claim.claim) for claim in claims]
