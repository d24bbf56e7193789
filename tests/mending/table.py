"""What is said of false claims: the cause that is named, the formula that is suggested, what ``check`` says of it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles

from forms.asked import width
from proofs.corpora import CorpusClaim, corpus, entries

from gradcli.base.errors import GradcliError
from gradcli.claims.conclusion import ClaimResult, Diagnosis

ACCEPTED = frozenset({"proved", "agrees"})
UNNAMED = frozenset({"", "formula"})  # kinds of what names no cause
LONG = 1.3  # as a multiple of the person's right answer
CALLED = re.compile(r"\b(grad|diff|jacobian|hessian|vjp|jvp|hvp)\(")


@dataclass(frozen=True, slots=True)
class Mended:
    """A false claim of one variable: what ``check`` says of it, of the formula that it suggests, and the formula that a
    person would have given, "" where none is known."""

    claim: CorpusClaim
    wrt: str
    verdict: str
    diagnosis: Diagnosis | None
    suggested: str
    human: str
    milliseconds: float

    @property
    def name(self) -> str:
        return f"{self.claim.corpus} {self.claim.name}" + (
            f" in {self.wrt}" if isinstance(self.claim.claim, dict) else ""
        )

    @property
    def kind(self) -> str:
        return "" if self.diagnosis is None else self.diagnosis.kind

    @property
    def named(self) -> bool:
        """Is a cause named?"""
        return self.kind not in UNNAMED

    @property
    def suggestion(self) -> str:
        return "" if self.diagnosis is None else self.diagnosis.suggestion or ""

    @property
    def accepted(self) -> bool:
        return self.suggested in ACCEPTED

    @property
    def closed(self) -> bool:
        """Does the suggestion call no derivative?"""
        return not CALLED.search(self.suggestion)

    @property
    def ratio(self) -> float | None:
        """The suggestion's length against the person's right answer."""
        return width(self.suggestion) / width(self.human) if self.suggestion and self.human else None


def false_claims(name: str) -> list[CorpusClaim]:
    return [claim for claim in corpus(name) if not claim.holds]


def answers(name: str) -> dict[tuple[str, str], str]:
    """The right formula by the claim's name and variable: what the corpus says, or the shortest of its true claims of
    the same function."""
    if name == "people":
        return {(e["id"], wrt): text for e in entries(name) if (found := e["answer"]) is not None
                for wrt, text in (found.items() if isinstance(found, dict) else [("", found)])}  # fmt: skip
    claims = corpus(name)
    right: dict[object, str] = {}
    for one in claims:
        key = _asked(one)
        if one.holds and (key not in right or width(one.claim) < width(right[key])):
            right[key] = one.claim
    return {(one.name, ""): right[_asked(one)] for one in claims if _asked(one) in right}


def _asked(one: CorpusClaim) -> object:
    return one.function, one.options["wrt"], one.options["kind"]


def mended(claim: CorpusClaim, known: dict[tuple[str, str], str]) -> Iterator[Mended]:
    """What came of each of the claims that are refuted; of a single one in any case."""
    started = time.process_time()
    results = claim.examined()
    taken = 1e3 * (time.process_time() - started) / len(results)
    for result in results:
        if len(results) > 1 and str(result.verdict) != "refuted":
            continue
        human = known.get((claim.name, result.name), known.get((claim.name, ""), ""))
        suggested = judged(claim, result) if result.diagnosis is not None and result.diagnosis.suggestion else ""
        yield Mended(claim, result.name, str(result.verdict), result.diagnosis, suggested, human, taken)


def judged(claim: CorpusClaim, result: ClaimResult) -> str:
    """What ``check`` says of the suggestion."""
    assert result.diagnosis is not None
    options = {**claim.options, "wrt": ",".join(result.wrt) or None, "kind": result.kind}
    try:
        (found,) = replace(claim, claim=result.diagnosis.suggestion, options=options).examined()
    except GradcliError as error:
        return f"an error: {error.message}"
    return str(found.verdict)


def row(corpus: str, claims: Sequence[Mended]) -> dict[str, object]:
    """How many claims have their cause named, a suggestion, one that ``check`` accepts; lengths against the person's."""
    ratios = [one.ratio for one in claims if one.ratio is not None]
    suggested = [one for one in claims if one.suggestion]
    made: dict[str, object] = {"corpus": corpus, "false": len(claims)}
    made["refuted"] = sum(one.verdict == "refuted" for one in claims)
    made |= {"named": sum(one.named for one in claims), "suggested": len(suggested)}
    made |= {"accepted": sum(one.accepted for one in suggested), "closed": sum(one.closed for one in suggested)}
    made["mended, %"] = 100 * sum(one.accepted and one.closed for one in claims) / len(claims)
    made["by hand"] = len(ratios)
    made["length, median"] = median(ratios) if ratios else ""
    made["length, p90"] = quantiles(ratios, n=10)[-1] if len(ratios) > 1 else ""
    return made | {"ms, median": median(one.milliseconds for one in claims)}


def exceptions(claims: Sequence[Mended]) -> list[str]:
    """Each that is not refuted; each suggestion that is not accepted or no closed form; each claim without one; each
    without a named cause; each suggestion that is much longer than the person's."""
    told = [f"{one.name}: {one.verdict}, and FALSE" for one in claims if one.verdict != "refuted"]
    told += [
        f"{one.name}: suggestion {one.suggested}: {one.suggestion}"
        for one in claims
        if one.suggestion and not one.accepted
    ]
    told += [f"{one.name}: no closed form: {one.suggestion}" for one in claims if not one.closed]
    told += [f"{one.name}: no suggestion; {one.diagnosis}" for one in claims if not one.suggestion]
    told += [f"{one.name}: no cause; suggestion {one.suggestion}" for one in claims if one.suggestion and not one.named]
    longer = sorted((one for one in claims if one.ratio and one.ratio > LONG), key=lambda one: -(one.ratio or 0))
    return [*told, *(f"{one.name}: {one.ratio:.2f}: {one.suggestion}   by hand: {one.human}" for one in longer)]


def kinds(claims: Sequence[Mended]) -> list[str]:
    """The causes that are named, most frequent first."""
    return [f"{count} x {kind or 'none'}" for kind, count in Counter(one.kind for one in claims).most_common()]
