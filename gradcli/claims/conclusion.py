"""What came of a claim: proved, agrees, undecided or refuted, with the counterexample and the probable mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from gradcli.base.errors import ExitCode, Span
from gradcli.base.words import Word


class Conclusion(Word):
    """From best to worst; a suite is as good as its worst claim."""

    PROVED = "proved", "shown to be equal wherever the conditions allow: for all sizes, or at those that are named"
    AGREES = (
        "agrees",
        "at so many points, at every size named, the relative distance is certainly below 1e-28; not proved",
    )
    UNDECIDED = (
        "undecided",
        "and why: no point was found at which there is a derivative, no bits could tell, or it was cut off",
    )
    REFUTED = "refuted", "a point at which it is certainly wrong, the entry, yours and the true number"

    @property
    def exit_code(self) -> ExitCode:
        codes = {Conclusion.REFUTED: ExitCode.NO, Conclusion.UNDECIDED: ExitCode.MATHEMATICS}
        return codes.get(self, ExitCode.DONE)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point at which claim and truth differ.

    at:        values by name: floats, or nested lists
    component: the entry of the derivative that differs most; () for a scalar, None where the shapes differ
    claimed:   the claim's number there, None where it has none
    true:      the derivative's number there, None where the shapes differ
    command:   a gradcli command line that shows it again
    wrt:       the variables whose part of a claim in several this is; () of others
    """

    at: Mapping[str, Any]  # Any: floats or nested lists
    component: tuple[int, ...] | None
    claimed: float | None
    true: float | None
    command: str = ""
    wrt: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        found = asdict(self) | {"component": None if self.component is None else list(self.component)}
        del found["wrt"]
        return found | ({"wrt": list(self.wrt)} if self.wrt else {})


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The probable mistake, verified: ``kind`` in a word or two, what to say, and the corrected formula."""

    kind: str
    text: str
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What came of one claim.

    name:   the claim's own name, else the variable's
    kind:   grad, jacobian, hessian or value
    points: at how many points it was compared; ``sizes``: for which sizes of the shapes' letters
    digits: in how many digits the worst component certainly agrees, 28 at least; None where nothing differs at all
    notes:  exceptions and reasons: kinks, points outside of the claim's domain, why it is undecided
    method: how it is proved: index form, residues or sympy
    proved_for: all sizes of the shapes' letters, or those that are named
    error_bound: at most the probability that a claim is wrong that the method proves; 0 for what is certain
    unproved: why a claim that agrees is not proved, by each method
    certificate: what ``tests/replay_certificate.py`` replays of a proof, where one was asked for
    uncertified: why there is none
    file, line: where it stands, for a claim out of a file
    latex:  the row of a document in which it stands; ``section``, ``label``: where that is; ``cell``, ``cell_line``: of
            a notebook, from 1
    shapes: of the names as they were told, letters or numbers; a name without is a scalar
    chain:  the rows of one chain of equalities share a number in their file
    error:  the exit code of what is wrong with the claim as it is written; the notes say what
    span:   where that is in ``source``, the text of the function, the claim or a condition
    """

    name: str
    wrt: tuple[str, ...]
    kind: str
    function: str
    claim: str
    verdict: Conclusion
    points: int = 0
    sizes: tuple[Mapping[str, int], ...] = ()
    digits: float | None = None
    counterexample: Counterexample | None = None
    diagnosis: Diagnosis | None = None
    notes: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    method: str = ""
    proved_for: Literal["all"] | tuple[Mapping[str, int], ...] = ()
    error_bound: float = 0.0
    unproved: str = ""
    certificate: Mapping[str, Any] | None = field(default=None, compare=False)  # Any: JSON values
    uncertified: str = field(default="", compare=False)
    file: str | None = None
    line: int | None = None
    latex: str = ""
    section: str = ""
    label: str = ""
    cell: int | None = None
    cell_line: int | None = None
    chain: int | None = None
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    error: int = 0
    span: Span | None = None
    source: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def conclusion(self) -> Conclusion:
        """The verdict, by its older name."""
        return self.verdict

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        found = {
            "name": self.name,
            "wrt": list(self.wrt),
            "kind": self.kind,
            "function": self.function,
            "claim": self.claim,
            "verdict": str(self.verdict),
            "points": self.points,
            "sizes": [dict(sizes) for sizes in self.sizes],
            "digits": self.digits,
            "counterexample": None if self.counterexample is None else self.counterexample.to_dict(),
            "diagnosis": None if self.diagnosis is None else str(self.diagnosis),
            "suggestion": None if self.diagnosis is None else self.diagnosis.suggestion,
            "notes": list(self.notes),
            "routes": list(self.routes),
        }
        place = {"file": self.file, "line": self.line} if self.file is not None else {}
        if self.method:
            found |= {"method": self.method, "proved_for": _sizes_of(self.proved_for), "error_bound": self.error_bound}
        found |= {"unproved": self.unproved} if self.unproved else {}
        told = {
            "latex": self.latex,
            "section": self.section,
            "label": self.label,
            "cell": self.cell,
            "cell_line": self.cell_line,
            "chain": self.chain,
        }
        found |= place | {key: value for key, value in told.items() if value not in {"", None}}
        found |= {"error": self.error} if self.error else {}
        return found | ({} if self.span is None else {"span": [*self.span[:2]], "source": self.source})


def _sizes_of(proved: Literal["all"] | tuple[Mapping[str, int], ...]) -> Any:  # Any: JSON values
    return proved if proved == "all" else [dict(sizes) for sizes in proved]
