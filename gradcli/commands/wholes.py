"""One claim examined, also one in several variables at once: as good as the worst of its parts."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from gradcli.claims.conclusion import ClaimResult, Conclusion, Diagnosis
from gradcli.claims.proof import ALL, Sizes
from gradcli.claims.stacked import Whole, whole_of
from gradcli.commands.examination import examine
from gradcli.inputs.request import Trying, Wrt


def conclude(function: str, claim: str, wrt: Wrt, options: Trying) -> ClaimResult:
    """The conclusion on one claim. Errors: as ``check``."""
    started = time.monotonic()
    whole = whole_of(function, claim, wrt, options)
    if whole is None:
        return examine(function, claim, wrt, options)
    named = ",".join(whole.names)
    result = ClaimResult(named, whole.names, whole.kind, function, claim, Conclusion.REFUTED, shapes=options.told)
    if whole.mismatch:
        found = replace(result, diagnosis=Diagnosis("shape", whole.mismatch))
    else:
        found = _together(result, whole, [examine(function, p.claim, p.wrt, p.options) for p in whole.parts])
    lacking = "a claim in several variables has none" if options.certificate else ""
    return replace(found, uncertified=lacking, seconds=time.monotonic() - started)


def _together(result: ClaimResult, whole: Whole, parts: Sequence[ClaimResult]) -> ClaimResult:
    """What is true of all parts; of the first that is worst, the counterexample."""
    worst = max(parts, key=lambda part: part.verdict.rank)
    at, example = parts.index(worst), worst.counterexample
    found = replace(
        result,
        verdict=worst.verdict,
        points=min(part.points for part in parts),
        sizes=worst.sizes,
        digits=min((part.digits for part in parts if part.digits is not None), default=None),
        counterexample=None if example is None else replace(example, wrt=whole.parts[at].wrt),
        diagnosis=None if worst.diagnosis is None else _said(worst.diagnosis, whole, parts, at),
        notes=_each(part.notes for part in parts),
        routes=_each(part.routes for part in parts),
        unproved="; ".join(_each((part.unproved,) for part in parts if part.unproved)),
    )
    return _proved(found, parts) if worst.verdict is Conclusion.PROVED else found


def _proved(found: ClaimResult, parts: Sequence[ClaimResult]) -> ClaimResult:
    """By the method that leaves the most to chance, at the sizes at which all parts are proved."""
    known = [part.proved_for for part in parts if part.proved_for != ALL]
    sizes: Sizes = tuple(size for size in known[0] if all(size in others for others in known)) if known else ALL
    method = max(parts, key=lambda part: part.error_bound).method
    return replace(found, method=method, proved_for=sizes, error_bound=sum(part.error_bound for part in parts))


def _said(diagnosis: Diagnosis, whole: Whole, parts: Sequence[ClaimResult], at: int) -> Diagnosis:
    """The mistake in one part, and the whole with all parts mended."""
    claims = [_mended(part, whole.parts[k].claim) for k, part in enumerate(parts)]
    mended = claims[at]
    joined = whole.joined([claim for claim in claims if claim is not None]) if None not in claims else None
    text = f"in {', '.join(whole.parts[at].wrt)}: {diagnosis.text}"
    due = f"; {mended} is due" if joined is None and mended is not None else ""
    return Diagnosis(diagnosis.kind, text + due, joined)


def _mended(part: ClaimResult, claim: str) -> str | None:
    """The part as it is due; None where that has no formula."""
    if part.verdict is not Conclusion.REFUTED:
        return claim
    return None if part.diagnosis is None else part.diagnosis.suggestion


def _each(texts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(texts)))
