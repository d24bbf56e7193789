"""What a check has found so far, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from gradcli.reference.answer import Settings
from gradcli.reference.problem import Place
from gradcli.reference.truth import Status, Truth
from gradcli.verdicts.chosen import Wanted
from gradcli.verdicts.verdict import Finding, Verdict

MAX_NOTES = 5
MAX_FINDINGS = 100


@dataclass(slots=True)
class Tally:
    """What was found so far.

    checked:   entries compared
    certain:   those of them that were compared with an enclosure
    known:     the truth of each entry that was looked at by itself
    corrected: the certain numbers in the place of those that are not right
    step:      the first one that is to blame for a verdict as bad as ``blamed``, in words
    """

    checked: int = 0
    certain: int = 0
    findings: list[Finding] = field(default_factory=list)
    known: list[tuple[int, Place, Truth]] = field(default_factory=list)
    corrected: dict[Wanted, float] = field(default_factory=dict)
    blamed: Verdict = Verdict.AGREES
    step: str | None = None

    @property
    def worst(self) -> Verdict:
        return max((f.verdict for f in self.findings), key=lambda v: v.rank, default=Verdict.AGREES)

    @property
    def worst_of_rest(self) -> Verdict:
        """The worst where certain numbers stand in the place of those that are not right."""
        mended = {Verdict.ROUNDING, Verdict.TRAP, Verdict.DIFFERS}
        left = (f.verdict for f in self.findings if f.verdict not in mended or f.true is None)
        return max(left, key=lambda v: v.rank, default=Verdict.AGREES)

    @property
    def untold(self) -> int:
        """How many of the entries that were looked at could not be told."""
        return sum(truth.status is Status.UNTOLD for _, _, truth in self.known)

    @property
    def notes(self) -> list[str]:
        """The worst findings in words, and how many more there are."""
        explained = [f.note for f in sorted(self.findings, key=lambda f: -f.verdict.rank) if f.note]
        more = [f"and {len(explained) - MAX_NOTES} more"] if len(explained) > MAX_NOTES else []
        return explained[:MAX_NOTES] + more

    @property
    def listed(self) -> tuple[Finding, ...]:
        """The findings of which something is said, the worst first."""
        badness = {id(f): (-f.verdict.rank, inf if f.digits is None else f.digits) for f in self.findings}
        return tuple(sorted((f for f in self.findings if f.note), key=lambda f: badness[id(f)])[:MAX_FINDINGS])

    @property
    def terms(self) -> float | None:
        """The size of the largest terms that cancel in an entry that may be 0."""
        return max((f.terms for f in self.findings if f.terms is not None), default=None)

    def digits(self, verdict: Verdict, settings: Settings) -> float | None:
        """How many digits agree in the worst entry; None where no entry has any to compare."""
        digits = [f.digits for f in self.findings if f.digits is not None]
        zeros = any(f.verdict is Verdict.AGREES and f.note for f in self.findings)
        nothing = not digits and (verdict in {Verdict.CONVENTION, Verdict.SINGULAR, Verdict.UNCHECKED} or zeros)
        return None if nothing else round(min(digits, default=settings.float_type.digits), 2)
