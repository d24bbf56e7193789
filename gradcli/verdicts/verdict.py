"""Verdicts: what a check found, in words that text, JSON and exit codes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gradcli.base.errors import ExitCode
from gradcli.base.words import Word


class Verdict(Word):
    """From best to worst; a result is as good as its worst entry."""

    AGREES = "agrees", "autograd and the second route agree; digits says to how many, in the worst entry"
    UNCHECKED = "unchecked", "no second route was possible, and why"
    ROUNDING = (
        "rounding",
        "the mathematics is the same, but float arithmetic lost digits here: so many are right, "
        "and at which step most were lost; exit 1 where these are too few",
    )
    CONVENTION = (
        "convention",
        "not differentiable here: the one-sided derivatives are shown, the subdifferential, and what torch chose",
    )
    SINGULAR = "singular", "the function or its derivative is infinite, undefined or not real here"
    TRAP = (
        "trap",
        "the derivative exists, but autograd gives nan or another number: the true one is shown, "
        "the first step that went wrong, and a rewrite where one was found",
    )
    DIFFERS = "differs", "the two routes disagree and nothing above explains it: somebody has a bug"

    def exit_code(self, *, strict: bool) -> ExitCode:
        """The exit code that the verdict alone asks for."""
        if self in {Verdict.DIFFERS, Verdict.TRAP}:
            return ExitCode.NO
        if self is Verdict.SINGULAR or (strict and self is not Verdict.AGREES):
            return ExitCode.MATHEMATICS
        return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one entry: torch's number beside the truth, or beside both one-sided derivatives.

    entry: such as ``x[0]``; empty for the function's value and for remarks on all entries
    """

    verdict: Verdict
    digits: float | None = None
    note: str = ""
    entry: str = ""
    torch: float | None = None
    true: float | None = None
    left: float | None = None
    right: float | None = None
    terms: float | None = None  # the size of the terms that cancel, where the truth is 0 and torch's number is not

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        numbers = {
            "torch": self.torch,
            "true": self.true,
            "left": self.left,
            "right": self.right,
            "digits": self.digits,
        }
        terms = {} if self.terms is None else {"terms": self.terms}
        return {"entry": self.entry, "verdict": str(self.verdict), **numbers, **terms, "note": self.note}


@dataclass(frozen=True, slots=True)
class Check:
    """One verdict: digits right in the worst entry, entries compared, by which reference, and remarks for people.

    findings: the entries that are not fine, worst first
    step:     the step at which a derivative went wrong, or at which most digits are lost
    rewrite:  another way to write the function, whose derivative has been computed and found true
    terms:    the size of the largest terms that cancel in an entry whose truth is 0; torch's number is not
    certain:  how many of the entries were compared with enclosures, where it is not all: the others with numbers of 19
              digits
    proved_for: what is checked is a formula that is proved: for ``all`` sizes, or at these sizes of its letters
    error_bound: at most the probability that such a proof lets a wrong formula pass; 0 for what is certain
    """

    verdict: Verdict
    digits: float | None = None
    checked: int = 0
    total: int = 0
    reference: str | None = None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    step: str | None = None
    rewrite: str | None = None
    terms: float | None = None
    certain: int | None = None
    proved_for: Literal["all"] | tuple[Mapping[str, int], ...] | None = None
    error_bound: float = 0.0

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        found = {
            "verdict": str(self.verdict),
            "digits": self.digits,
            "checked": self.checked,
            "total": self.total,
            "reference": self.reference,
            "notes": list(self.notes),
        }
        more = {
            "findings": [finding.to_dict() for finding in self.findings],
            "step": self.step,
            "rewrite": self.rewrite,
            "terms": self.terms,
        }
        some: dict[str, Any] = {} if self.certain is None else {"certain": self.certain}
        if self.proved_for is not None:
            sizes = "all" if self.proved_for == "all" else [dict(each) for each in self.proved_for]
            some |= {"proved_for": sizes, "error_bound": self.error_bound}
        return found | some | {key: value for key, value in more.items() if value}

    def exit_code(self, *, strict: bool, min_digits: int) -> ExitCode:
        """The exit code: that of the verdict, and NO where rounding left fewer right digits than ``min_digits``."""
        rounded = (f.digits or 0.0 for f in self.findings if f.verdict is Verdict.ROUNDING)
        return ExitCode.NO if any(digits < min_digits for digits in rounded) else self.verdict.exit_code(strict=strict)


def unchecked(reason: str, total: int = 0) -> Check:
    return Check(Verdict.UNCHECKED, total=total, notes=(reason,))
