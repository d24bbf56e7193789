"""One claim examined: tried at points of its function's domain, confirmed, proved where possible; its verdict."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from math import log10
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
from gradcli.claims.confirm import confirm, confirmed
from gradcli.claims.notes import notes_of, number_of, values_of
from gradcli.claims.points import Gap, Sample, try_claim
from gradcli.claims.proof import proof_of
from gradcli.claims.reading import statements_of
from gradcli.claims.replay import replay_command
from gradcli.claims.shrink import simplest
from gradcli.claims.statement import Statement
from gradcli.commands.autograd_route import autograd_remarks
from gradcli.diagnosis.diagnose import diagnose
from gradcli.inputs.request import Trying, Wrt
from gradcli.meaning.program import Deadline

LAST_DIGIT = 1e-15  # relative: what a number of 16 digits may lack
_LONG_NUMBER = re.compile(r"(?=\d*[.e])(?=(?:\d\.?){15})[\d.]+(?:e[+-]?\d+)?")


def examine(function: str, claim: str, wrt: Wrt, options: Trying) -> ClaimResult:
    """The conclusion on one claim. Errors: as ``check``."""
    started = time.monotonic()
    deadline: Deadline[Any] = Deadline(options.seconds)
    with timed("read"):
        statements = statements_of(function, claim, wrt, options)
    first = statements[0]
    round_ = max(1, options.points * 5 // 8)
    irregular = max(options.points - round_, 0)
    sample = Sample(statements)
    try:
        with timed("points"), alarm(1.2 * options.seconds + 1, f"more than {options.seconds:g} s"):
            try_claim(statements, deadline, options.seed, round_=round_, irregular=irregular, into=sample)
            confirm(sample, deadline)
    except LimitError as limit:  # of the alarm: what the deadline cuts off is in the sample already
        sample.limit = limit.message
    result = ClaimResult(
        name=",".join(dict.fromkeys(first.wrt)) or "value",
        wrt=tuple(dict.fromkeys(first.wrt)),
        kind=first.kind,
        function=function,
        claim=claim,
        verdict=Conclusion.AGREES,
        points=len(sample.points),
        sizes=tuple(s.sizes for s in statements if s.sizes),
    )
    concluded = _concluded(result, sample, deadline, options)
    return replace(concluded, seconds=time.monotonic() - started)


def _concluded(result: ClaimResult, sample: Sample, deadline: Deadline[Any], options: Trying) -> ClaimResult:
    if sample.mismatched:
        return _misshapen(result, sample, deadline, options)
    rounded = _rounded(sample)
    if sample.certain is not None and rounded is None:
        return _refuted(result, sample, sample.certain, deadline, options)
    notes = (*notes_of(sample), *([rounded] if rounded else []))
    if not sample.points or (sample.gaps and sample.certain is None):
        conditions = " and the conditions hold" if options.where else ""
        why = f"no point was found at which the function has a derivative{conditions}"
        why = "even 2,000 digits are too few to compare both numbers" if sample.untold else why
        why = sample.limit or sample.unable or why
        return replace(result, verdict=Conclusion.UNDECIDED, notes=(*notes, why))
    with timed("autograd"):
        asked, remarks = autograd_remarks(sample.points)
    notes += remarks
    routes: tuple[str, ...] = ("differences", *(("autograd",) if asked else ()))
    notes += (f"stopped after {sample.limit}",) if sample.limit else ()
    tried = sample.statements[:2] if sample.statements[0].free else []
    with timed("proof"):
        proof = proof_of(tried)
    if proof.sure:
        if not sample.statements[0].sizes:
            return replace(result, verdict=Conclusion.PROVED, notes=notes, routes=("sympy", *routes))
        sizes = "; ".join(_sizes_text(s) for s in sample.statements[:2])
        notes = (*notes, f"proved at {sizes}, for other sizes compared only")
        routes = ("sympy", *routes)
    return replace(result, verdict=Conclusion.AGREES, notes=notes, routes=routes, unproved=proof.why)


def _rounded(sample: Sample) -> str | None:
    """A claim that is right to the last digit of float64, because a number in it has so many digits and no more."""
    if not sample.gaps or sample.worst > LAST_DIGIT:
        return None
    literal = _LONG_NUMBER.search(sample.statements[0].claim.source)
    return f"right to {-log10(sample.worst):.1f} digits, those of {literal.group()}" if literal else None


def _sizes_text(statement: Statement) -> str:
    return ", ".join(f"{n}={v}" for n, v in statement.sizes.items())


def _misshapen(result: ClaimResult, sample: Sample, deadline: Deadline[Any], options: Trying) -> ClaimResult:
    """The claim has no value, or one of another shape than the derivative."""
    statement = sample.mismatched[0]
    at = f" at {_sizes_text(statement)}" if statement.sizes else ""
    if statement.mismatch is not None:
        why = statement.mismatch.message
    else:
        why = f"the claim has shape {statement.claimed}, the derivative {statement.expected}"
    with timed("diagnosis"):
        found = diagnose(sample, deadline, max(min(deadline.left, 6.0), 0.5))
    if found is None:
        found = Diagnosis("shape", why + at)
    counterexample = None
    point = next((t for t in sample.points if t.statement is statement), None)
    if point is not None:
        counterexample = Counterexample(
            values_of(point), None, None, None, replay_command(result, point, options.where, options.shapes)
        )
    notes = (f"shape{at}: {why}",) if found.kind != "shape" or found.suggestion else ()
    return replace(result, verdict=Conclusion.REFUTED, counterexample=counterexample, diagnosis=found, notes=notes)


def _refuted(
    result: ClaimResult, sample: Sample, certain: Gap, deadline: Deadline[Any], options: Trying
) -> ClaimResult:
    worst = _counterexample(certain, deadline)
    with timed("diagnosis"):
        found = diagnose(sample, deadline, max(min(deadline.left, 6.0), 0.5))
    example = Counterexample(
        values_of(worst.point),
        worst.place,
        number_of(worst.claimed),
        number_of(worst.true),
        replay_command(result, worst.point, options.where, options.shapes),
    )
    return replace(result, verdict=Conclusion.REFUTED, counterexample=example, diagnosis=found, notes=notes_of(sample))


def _counterexample(certain: Gap, deadline: Deadline[Any]) -> Gap:
    """The gap at a point that is rounder still, where one is found."""
    simple = simplest(certain, deadline)
    try:
        return certain if simple is certain else confirmed(simple)[0] or certain
    except LimitError:
        return certain
