"""One claim examined: tried at points of its function's domain, proved where possible; its verdict."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from math import floor, inf, log10

from gradcli.base.errors import LimitError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.base.wording import cut_off
from gradcli.claims.certificate import certified
from gradcli.claims.comparison import Gap, sharpened
from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
from gradcli.claims.notes import notes_of, number_of, replay_command
from gradcli.claims.points import Points, Sample, special, try_claim
from gradcli.claims.proof import ALL, AT_SIZES, FOR_ALL_SIZES, NO_PROOF, SLOW, Proof, proof_of
from gradcli.claims.shrink import simplest
from gradcli.claims.statement import Statement, statements_of
from gradcli.commands.autograd_route import autograd_remarks
from gradcli.diagnosis.arrangements import arranged
from gradcli.diagnosis.case import Cause
from gradcli.diagnosis.diagnose import UNEXPLAINED, diagnose
from gradcli.inputs.request import Trying, Wrt
from gradcli.operations.shape_rules import shape_text
from gradcli.reference.work import BITS

FEW = 5  # points: of an equation that is not linear floats meet few, and these are round
LAST_DIGIT = 1e-15  # relative: what a number of 16 digits may lack
_LONG_NUMBER = re.compile(r"(?=\d*[.e])(?=(?:\d\.?){15})[\d.]+(?:e[+-]?\d+)?")


def examine(function: str, claim: str, wrt: Wrt, options: Trying) -> ClaimResult:
    """The conclusion on one claim. Errors: as ``check``."""
    started = time.monotonic()
    reading = statements_of(function, claim, wrt, options)
    with timed("read"):
        first = next(reading)
    sample, proof = Sample([first]), NO_PROOF
    try:
        with alarm(options.check_time, cut_off(options.check_time)):
            with timed("proof"):
                proof = proof_of([first], FOR_ALL_SIZES) if first.free else NO_PROOF
            if proof.sizes != ALL:  # else no other sizes are asked for, unless no point is found at these
                sample.statements += reading
            if first.free and not proof.sure:
                with timed("proof"):
                    proof = _best(proof, proof_of(sample.statements, AT_SIZES))
            with timed("points"):
                sample = _tried(sample, reading, proof, options)
    except LimitError as limit:  # of the alarm: what came before it is in the sample already
        sample.limit = limit.message
    result = ClaimResult(
        name=",".join(dict.fromkeys(first.wrt)) or "value",
        wrt=tuple(dict.fromkeys(first.wrt)),
        kind=first.kind,
        function=function,
        claim=claim,
        verdict=Conclusion.AGREES,
        points=len(sample.points),
        sizes=tuple(s.sizes for s in sample.tried if s.sizes),
        shapes=options.told,
    )
    concluded = _concluded(result, sample, proof, options)
    concluded = replace(concluded, notes=(*first.remarks, *concluded.notes))
    with timed("certificate"):
        concluded = certified(concluded, first, options)
    return replace(concluded, seconds=time.monotonic() - started)


def _tried(sample: Sample, more: Iterable[Statement], proof: Proof, options: Trying) -> Sample:
    """The claim at its points: at few where it is proved, unless one of these shows that it is wrong."""
    round_ = max(1, options.points * 5 // 8)
    irregular = max(options.points - round_, 0)
    statements = chain([*sample.statements], more)
    try_claim(statements, options.seed, round_=round_, irregular=irregular, into=sample, proof=proof)
    if proof.sure and sample.gaps:
        again = [*sample.statements, *more]
        return try_claim(again, options.seed, round_=round_, irregular=irregular, of_every_size=False)
    return sample


def _concluded(result: ClaimResult, sample: Sample, proof: Proof, options: Trying) -> ClaimResult:
    if sample.mismatched and not _empty(sample):
        return _misshapen(result, sample, options)
    rounded = _rounded(sample)
    certain = sample.certain
    if certain is not None and rounded is None:
        return _refuted(result, sample, certain, options)
    notes = (*_notes(sample), *([rounded] if rounded else []))
    if sample.limit or {*sample.points} <= {*sample.holes}:
        return replace(result, verdict=Conclusion.UNDECIDED, notes=(*notes, _undecided(sample, options)))
    if rounded is None and sample.statements[0].free:
        if not all(map(proof.covers, sample.tried)):
            with timed("proof"):
                proof = _best(proof, proof_of(sample.tried, SLOW))
    else:
        proof = NO_PROOF
    if not proof.sure and _too_few(sample, options):
        few = "only one point was" if len(sample.points) == 1 else f"only {len(sample.points)} points were"
        return replace(
            result, verdict=Conclusion.UNDECIDED, notes=(*notes, f"{few} found at which the conditions hold")
        )
    few_numbers = None if proof.sure else special(sample, options.seed)
    if few_numbers is not None:
        (name, numbers), found = few_numbers, "at all points found at which the conditions hold"
        told = f"{found}, {name} has no numbers but {', '.join(map(str, numbers))}: others may tell more"
        return replace(result, verdict=Conclusion.UNDECIDED, notes=(*notes, told))
    if proof.sure:
        return _proved(result, notes, sample, proof)
    return _agreeing(replace(result, notes=notes, digits=_digits(sample)), sample, proof)


def _empty(sample: Sample) -> bool:
    """Was no point found that a claim could speak of, though all were tried?"""
    return not (sample.points or sample.kinks or sample.untold or sample.limit or sample.unable)


def _too_few(sample: Sample, options: Trying) -> bool:
    """Are the points that conditions leave so few that these may be special, as those of a circle that floats meet?"""
    if not options.where or not sample.statements[0].free or len(sample.points) >= FEW:
        return False
    return not all(Points(statement, options.seed).pinned for statement in sample.tried)


def _proved(result: ClaimResult, notes: tuple[str, ...], sample: Sample, proof: Proof) -> ClaimResult:
    """Proved at all sizes, or at all that were tried; else it agrees, and a note says at which sizes it is proved."""
    verdict, sizes = Conclusion.PROVED, proof.sizes
    if sizes != ALL:
        sizes = tuple(statement.sizes for statement in sample.tried if proof.covers(statement))
        notes = (*notes, *_sizes_without_points(sample))
        if len(sizes) < len(sample.tried):
            at = "; ".join(_sizes_text(statement) for statement in sample.tried if proof.covers(statement))
            verdict, sizes = Conclusion.AGREES, ()
            notes = (*notes, f"proved at {at}, for other sizes compared only")
        sizes = tuple(filter(None, sizes))
    return replace(
        result,
        verdict=verdict,
        proved_for=sizes,
        notes=notes,
        digits=_digits(sample),
        method=proof.method,
        error_bound=proof.error,
        routes=(proof.method, "rules"),
    )


def _agreeing(agrees: ClaimResult, sample: Sample, proof: Proof) -> ClaimResult:
    """Autograd is asked too, as nothing is proved."""
    with timed("autograd"):
        asked, remarks = autograd_remarks(sample.points)
    notes = (*agrees.notes, *_sizes_without_points(sample), *remarks)
    return replace(agrees, notes=notes, routes=("rules", *(("autograd",) if asked else ())), unproved=proof.why)


def _best(first: Proof, second: Proof) -> Proof:
    """The second one, unless only the first proves; what neither does has the reasons of both."""
    if first.sure or second.sure:
        return second if second.sure else first
    return replace(second, why="; ".join(filter(None, (first.why, second.why))))


def _undecided(sample: Sample, options: Trying) -> str:
    """Why nothing can be said."""
    if sample.limit:
        return sample.limit
    if sample.unable:
        return sample.unable
    if sample.points:
        return "beside this point the claim is right"
    if sample.untold and not sample.kinks:
        return f"even {BITS[-1]:,} bits are too few to compare both numbers"
    if options.where and not sample.allowed:
        return "no point was found at which the conditions hold: the claim speaks of nothing if there is none"
    conditions = " and the conditions hold" if options.where else ""
    what = "the function has a derivative that can be enclosed" if sample.kinks else "the function has a derivative"
    return f"no point was found at which {what}{conditions}"


def _notes(sample: Sample) -> tuple[str, ...]:
    """What is noteworthy; what cannot be computed for a note is left out, and changes nothing."""
    try:
        return notes_of(sample)
    except LimitError:
        return ()


def _sizes_without_points(sample: Sample) -> tuple[str, ...]:
    tried = {*sample.tried, *sample.valueless}
    without = [_sizes_text(statement) for statement in sample.statements if statement not in tried]
    found = []
    if without:
        found.append(f"no point was found at {'; '.join(without)}")
    if sample.valueless:
        found.append(f"the claim has no value at {'; '.join(map(_sizes_text, sample.valueless))}")
    return tuple(found)


def _digits(sample: Sample) -> float | None:
    """Decimal digits in which the worst component certainly agrees; None where there is no distance at all."""
    return floor(-log10(sample.error) * 10) / 10 if sample.error else None


def _rounded(sample: Sample) -> str | None:
    """A claim that is right to the last digit of float64, because a number in it has so many digits and no more."""
    worst = max((gap.error for gap in sample.gaps), default=inf)
    if worst > LAST_DIGIT:
        return None
    literal = _LONG_NUMBER.search(sample.statements[0].claim.source)
    return f"right to {-log10(worst):.1f} digits, those of {literal.group()}" if literal else None


def _sizes_text(statement: Statement) -> str:
    return ", ".join(f"{n}={v}" for n, v in statement.sizes.items())


def _misshapen(result: ClaimResult, sample: Sample, options: Trying) -> ClaimResult:
    """The claim has no value, or one of another shape than the derivative."""
    statement = sample.mismatched[0]
    at = f" at {_sizes_text(statement)}" if statement.sizes else ""
    if statement.mismatch is not None:
        why = statement.mismatch.message
    else:
        shapes = (shape_text(tuple(map(int, shape or ()))) for shape in (statement.claimed, statement.expected))
        why = "the claim has shape {}, the derivative {}".format(*shapes)
    misshapen = Cause("shape", why + at)
    found = _diagnosed(sample, options, misshapen) or Diagnosis(misshapen.kind, misshapen.text)
    counterexample = None
    point = next((t for t in sample.points if t.statement is statement), None)
    if point is not None:
        counterexample = Counterexample(point.named, None, None, None, replay_command(result, point, options))
    notes = (f"shape{at}: {why}",) if found.text != misshapen.text else ()
    return replace(result, verdict=Conclusion.REFUTED, counterexample=counterexample, diagnosis=found, notes=notes)


def _refuted(result: ClaimResult, sample: Sample, certain: Gap, options: Trying) -> ClaimResult:
    worst = _counterexample(certain)
    found = _diagnosed(sample, options)
    example = Counterexample(
        worst.point.named,
        worst.point.statement.place(worst.place),
        number_of(worst.claimed),
        number_of(worst.true),
        replay_command(result, worst.point, options),
    )
    notes = (*_alike(worst), *_notes(sample))
    return replace(result, verdict=Conclusion.REFUTED, counterexample=example, diagnosis=found, notes=notes)


def _diagnosed(sample: Sample, options: Trying, unexplained: Cause = UNEXPLAINED) -> Diagnosis | None:
    """The probable mistake; the verdict is not lost where the clock cuts off the search for it."""
    if not options.diagnosed:
        return None
    with timed("diagnosis"), suppress(LimitError), alarm(options.check_time, cut_off(options.check_time)):
        found, first = diagnose(sample, unexplained), sample.statements[0]
        return found if first.written is None else arranged(found, first)
    return None


def _alike(gap: Gap) -> tuple[str, ...]:
    """How far two numbers are apart that are printed alike."""
    if gap.claimed is None or number_of(gap.claimed) != number_of(gap.true):
        return ()
    return (f"both numbers are the same in float64; they are {(gap.claimed - gap.true).str(3, radius=False)} apart",)


def _counterexample(certain: Gap) -> Gap:
    """The gap at a point that is rounder still, where one is found, in numbers whose digits are right."""
    try:
        return sharpened(simplest(certain))
    except LimitError:
        return certain
