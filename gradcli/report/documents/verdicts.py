"""The verdict of a check in words: in one line, and its notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gradcli.base.errors import ExitCode
from gradcli.report.document import Line, Outcome, Role, Section

if TYPE_CHECKING:
    from gradcli.verdicts.verdict import Check


def remark(check: Check) -> Section:
    """``check: agrees to 15.95 digits (2 of 2 entries against sympy)``, its notes below."""
    digits = _digits(check) if str(check.verdict) == "agrees" else ""
    compared = _compared(check)
    said = f"{check.verdict}{digits}{f' ({compared})' if compared else ''}"
    return Section(Line(said, Role.VERDICT, "check", _outcome(check)), _notes(check))


def verdict_lines(check: Check) -> tuple[Line, ...]:
    """``rounding to 3.1 digits, 2 of 2 entries against sympy``, then its notes: for a page that has room for both."""
    digits = _digits(check) if str(check.verdict) in {"agrees", "rounding"} else ""
    compared = _compared(check)
    said = f"{check.verdict}{digits}{f', {compared}' if compared else ''}"
    return Line(said, Role.VERDICT, outcome=_outcome(check)), *_notes(check)


def reading(notes: Sequence[str]) -> tuple[Line, ...]:
    """Which reading was taken of what has two."""
    return tuple(Line(note, Role.NOTE) for note in notes)


def _outcome(check: Check) -> Outcome:
    """As good as the exit code that it asks for."""
    if str(check.verdict) == "agrees":
        return Outcome.HOLDS
    return Outcome.OPEN if check.verdict.exit_code(strict=False) is ExitCode.DONE else Outcome.FAILS


def _digits(check: Check) -> str:
    return "" if check.digits is None else f" to {check.digits:g} digits"


def _compared(check: Check) -> str:
    if check.proved_for is not None:
        return f"proved {_sizes(check.proved_for)}, {check.reference}"
    certain = "" if check.certain is None else f", {check.certain} of them by enclosures"
    return f"{check.checked} of {check.total} entries against {check.reference}{certain}" if check.checked else ""


def _sizes(proved_for: str | Sequence[Mapping[str, int]]) -> str:
    if isinstance(proved_for, str):
        return f"for {proved_for} sizes"
    named = [", ".join(f"{letter} = {n}" for letter, n in sizes.items()) for sizes in proved_for if sizes]
    return f"at {'; '.join(named)}" if named else "at these sizes"


def _notes(check: Check) -> tuple[Line, ...]:
    return reading(check.notes)
