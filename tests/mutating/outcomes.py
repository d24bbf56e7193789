"""What gradcli says of a claim, whether it names the planted mistake, and a table of that."""

from __future__ import annotations

import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutating.formulas import Unreadable, differ, read
from mutating.mutants import KINDS, Mutant

import gradcli

SYNONYMS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("synonyms.toml").read_text())


@dataclass
class Outcome:
    """What gradcli said of a claim."""

    mutant: Mutant
    verdict: str
    diagnosis: str | None
    suggestion: str | None
    seconds: float
    command: str = ""
    suggested_wrong: bool = field(default=False)

    @property
    def said(self) -> str | None:
        return None if self.diagnosis is None else self.diagnosis.partition(":")[0]

    @property
    def hit(self) -> bool:
        return (
            self.said is not None
            and not self.suggested_wrong
            and (self.said == self.mutant.kind or self.said in SYNONYMS[self.mutant.kind])
        )


def examine(mutant: Mutant, **options: Any) -> Outcome:  # Any: gradcli.check's
    started = time.perf_counter()
    (claim,) = gradcli.check(mutant.function, mutant.claim, wrt=mutant.name, **options).claims
    seconds = time.perf_counter() - started
    found = claim.diagnosis
    outcome = Outcome(
        mutant, str(claim.conclusion), None if found is None else str(found), None if found is None else found.suggestion, seconds,
        claim.counterexample.command if claim.counterexample else "",
    )  # fmt: skip
    outcome.suggested_wrong = outcome.suggestion is not None and _suggested_wrong(outcome)
    return outcome


def _suggested_wrong(outcome: Outcome) -> bool:
    """Is the suggestion another formula than the true derivative? Read here; by gradcli where it cannot be."""
    assert outcome.suggestion is not None
    try:
        return differ(read(outcome.suggestion), outcome.mutant.right, outcome.mutant.points) is True
    except Unreadable:
        mutant = outcome.mutant
        return gradcli.check(mutant.function, outcome.suggestion, wrt=mutant.name).exit_code() != 0


def table(outcomes: Sequence[Outcome]) -> str:
    """A line for each kind, and one for all."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.mutant.kind].append(outcome)
    head = (
        "kind",
        "mutants",
        "refuted",
        "false passes",
        "undecided",
        "diagnosed",
        "hits",
        "hit rate",
        "wrong suggestions",
        "s/claim",
    )
    rows = [_row(kind, groups[kind]) for kind in (*KINDS, "none") if groups[kind]] + [_row("all", outcomes)]
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    return "\n".join(
        "  ".join(cell.rjust(w) if k else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in (head, *rows)
    )


def _row(kind: str, group: Sequence[Outcome]) -> tuple[str, ...]:
    verdicts = Counter(o.verdict for o in group)
    hits = sum(o.hit for o in group)
    numbers = (
        len(group), verdicts["refuted"], verdicts["proved"] + verdicts["agrees"], verdicts["undecided"],
        sum(o.diagnosis is not None for o in group), hits,
    )  # fmt: skip
    wrong = sum(o.suggested_wrong for o in group)
    seconds = sum(o.seconds for o in group) / len(group)
    return (kind, *map(str, numbers), f"{hits / len(group):.0%}", str(wrong), f"{seconds:.2f}")
