"""How claims come out: a row for each corpus, its true claims and its false ones; the exceptions by name."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from proofs.corpora import CorpusClaim

from gradcli.base.errors import GradcliError
from gradcli.base.events import listening
from gradcli.claims.conclusion import ClaimResult

OUTCOMES = ("all sizes", "as it stands", "at sizes", "agrees", "undecided", "refuted", "an error")  # from best to worst


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a claim: an outcome, why it is not proved, milliseconds of this process's own time; those of the
    steps by their names, by the clock."""

    claim: CorpusClaim
    outcome: str
    why: str
    methods: tuple[str, ...]
    milliseconds: float
    steps: dict[str, float]

    @property
    def proved(self) -> bool:
        return self.outcome in OUTCOMES[:3]


def found(claim: CorpusClaim) -> Found:
    steps: Counter[str] = Counter()
    started = time.process_time()
    try:
        with listening(lambda event: steps.update({event["event"]: event["ms"]})):
            results = claim.examined()
        outcomes = [*map(outcome_of, results)]
        why = next((text for text in map(_why, results) if text), "")
    except GradcliError as error:
        results, outcomes, why = (), ["an error"], error.message
    taken = 1e3 * (time.process_time() - started) / max(len(outcomes), 1)
    methods = tuple(getattr(result, "method", "") for result in results)
    return Found(claim, max(outcomes, key=OUTCOMES.index), why, methods, taken, dict(steps))


def outcome_of(result: ClaimResult) -> str:
    """The verdict, and of a proof for what it holds."""
    if getattr(result, "proved_for", None) == "all":
        return "all sizes"
    if any(note.startswith("proved at") for note in result.notes):
        return "at sizes"
    if str(result.verdict) == "proved":
        return "at sizes" if result.sizes else "as it stands"
    return str(result.verdict)


def _why(result: ClaimResult) -> str:
    return result.unproved or (result.notes[-1] if result.notes and str(result.verdict) == "undecided" else "")


def row(corpus: str, claims: Sequence[Found], kind: str) -> dict[str, object]:
    """How many claims there are of each outcome, and what one takes."""
    times = [one.milliseconds for one in claims]
    counts = Counter(one.outcome for one in claims)
    made: dict[str, object] = {"corpus": corpus, "claims": kind, "of": len(claims)}
    made |= {name: counts[name] for name in OUTCOMES} | {"proved": sum(one.proved for one in claims)}
    return made | {"ms, median": median(times), "ms, p90": quantiles(times, n=10)[-1], "ms, most": max(times)}


def exceptions(claims: Sequence[Found]) -> list[str]:
    """Each true claim that is not proved, and why; each false one that is accepted."""
    unproved = [f"{one.claim.corpus} {one.claim.name}: {one.outcome}: {one.why}" for one in claims
                if one.claim.holds and not one.proved]  # fmt: skip
    accepted = [f"{one.claim.corpus} {one.claim.name}: FALSE, and {one.outcome}" for one in claims
                if not one.claim.holds and one.outcome != "refuted"]  # fmt: skip
    return [*accepted, *unproved]
