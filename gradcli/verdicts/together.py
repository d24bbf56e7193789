"""Several checks as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradcli.verdicts.tally import MAX_NOTES
from gradcli.verdicts.verdict import Check


def worst_of(checks: Sequence[Check]) -> Check:
    """One verdict, as good as the worst of at least one check; the worst findings and notes come first."""
    checks = sorted(checks, key=lambda check: -check.verdict.rank)
    digits = [check.digits for check in checks if check.digits is not None]
    findings = tuple(finding for check in checks for finding in check.findings)
    notes = list(dict.fromkeys(note for check in checks for note in check.notes))
    more = len(notes) - MAX_NOTES
    routes = dict.fromkeys(route for check in checks for route in (check.reference or "").split(", ") if route)
    told = [check.checked if check.certain is None else check.certain for check in checks]
    checked = sum(check.checked for check in checks)
    terms = [check.terms for check in checks if check.terms is not None]
    return replace(
        checks[0],
        digits=min(digits, default=None),
        checked=checked,
        total=sum(check.total for check in checks),
        reference=", ".join(routes) or None,
        findings=tuple(sorted(findings, key=lambda finding: -finding.verdict.rank)),
        notes=(*notes[:MAX_NOTES], *([f"and {more} more"] if more > 0 else [])),
        terms=max(terms, default=None),
        certain=None if sum(told) == checked else sum(told),
    )
