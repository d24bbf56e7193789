"""Verdicts: what a check found, in words that text, JSON and exit codes share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gradcli.errors import ExitCode


class Verdict(StrEnum):
    """From best to worst; a result is as good as its worst entry."""

    AGREES = "agrees"
    UNCHECKED = "unchecked"
    ROUNDING = "rounding"
    CONVENTION = "convention"
    SINGULAR = "singular"
    TRAP = "trap"
    DIFFERS = "differs"

    @property
    def rank(self) -> int:
        return list(Verdict).index(self)

    def exit_code(self, *, strict: bool) -> ExitCode:
        """The exit code that the verdict alone asks for."""
        if self in {Verdict.DIFFERS, Verdict.TRAP}:
            return ExitCode.NO
        if self is Verdict.SINGULAR or (strict and self is not Verdict.AGREES):
            return ExitCode.MATHEMATICS
        return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Check:
    """One verdict: digits right in the worst entry, entries compared, by which reference, and remarks for people."""

    verdict: Verdict
    digits: float | None = None
    checked: int = 0
    total: int = 0
    reference: str | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "verdict": str(self.verdict), "digits": self.digits, "checked": self.checked, "total": self.total,
            "reference": self.reference, "notes": list(self.notes),
        }  # fmt: skip


def unchecked(reason: str, total: int = 0) -> Check:
    return Check(Verdict.UNCHECKED, total=total, notes=(reason,))
