"""Is a difference real? What refutes a claim is looked at again, twice, with more digits and smaller steps.

The quotients of a steep function (``sin(1e25*t)``) and claims in which large numbers cancel (``cosh(x)**2 - sinh(x)**2``)
can be wrong with the 110 digits with which points are tried. What changes with the digits is no evidence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gradcli.errors import LimitError
from gradcli.meaning.arrays import Scalar, as_array
from gradcli.meaning.program import Deadline, compile_tree
from gradcli.verify.claims import Court, Evidence, Gap, Trial, gap, relative_error
from gradcli.verify.hazards import trace
from gradcli.verify.reference import Place, Reference, Variable

# Digits of the step and digits to spare: two looks, and two more where those do not agree.
LOOKS = (((45, 100), (60, 150)), ((250, 1000), (350, 1300)))
SETTLED = 1e-25  # relative
VANISHING = 1e-80  # below it, what changes with the digits is an exact zero


def settle(evidence: Evidence, deadline: Deadline[Any]) -> None:
    """Finds the gap at the roundest point that is real; those that are not are taken back before it."""
    for candidate in sorted(evidence.gaps, key=_doubtful):
        try:
            found = confirmed(candidate)
            if found is not None:
                evidence.certain = found
                if relative_error(candidate.true, found.true, 0) > candidate.trial.tolerance:
                    evidence.trials = [t for t in (_sharpened(t, deadline) for t in evidence.trials) if t is not None]
                return
            _taken_back(evidence, candidate, deadline)
        except LimitError:
            evidence.certain = candidate
        if evidence.certain is not None:
            return


def _doubtful(candidate: Gap) -> tuple[bool, bool, bool, int]:
    """The order in which gaps are shown: where a claim has a value and is clearly wrong, round points, few entries."""
    trial = candidate.trial
    return candidate.undefined, candidate.error <= 1e-3, not trial.round, sum(v.size for v in trial.values.values())


def _taken_back(evidence: Evidence, candidate: Gap, deadline: Deadline[Any]) -> None:
    """The trial with more digits in the place of the one that deceived; left out if those do not tell either."""
    old = candidate.trial
    evidence.gaps = [other for other in evidence.gaps if other.trial is not old]
    evidence.trials = [trial for trial in evidence.trials if trial is not old]
    new = _sharpened(old, deadline)
    if new is None:
        evidence.untold += 1
        return
    left = gap(new, new.evaluate(compile_tree(new.statement.claim.tree)))
    if left is not None and confirmed(left) is None:
        evidence.untold += 1
        return
    evidence.trials.append(new)
    if left is not None:
        evidence.certain = left
        evidence.gaps.append(left)


def _sharpened(trial: Trial, deadline: Deadline[Any]) -> Trial | None:
    """The trial with as many digits as there are; None where it has no truth with these."""
    found = Court(trial.statement, deadline, 0).truth(trial.reference.sharper(*LOOKS[-1][0]), trial.values)
    return None if found is None or found.true is None else replace(found, round=trial.round)


def confirmed(found: Gap) -> Gap | None:
    """The gap with exact numbers, where it remains with more digits. Errors: LimitError."""
    trial = found.trial
    for digits in LOOKS:
        looks = [trial.reference.sharper(*pair) for pair in digits]
        claimed = _settled(*(_claimed(found, reference) for reference in looks))
        true = _settled(*(_true(found, reference) for reference in looks))
        if true is not None and claimed is not None:
            error = 0.0 if true != true else relative_error(claimed, true, trial.scale)
            return replace(found, claimed=claimed, true=true, error=error) if error > trial.tolerance else None
    return None


def _claimed(found: Gap, reference: Reference) -> Scalar | None:
    """The claim's component; None where larger numbers cancelled than the digits allow."""
    arithmetic = reference.arithmetic
    steps = trace(compile_tree(found.trial.statement.claim.tree), reference.point, arithmetic)
    value = as_array(steps.result)[found.place]
    numbers = (abs(v) for array in steps.values for v in as_array(array).ravel() if not isinstance(v, bool))
    largest = max((v for v in numbers if arithmetic.context.isfinite(v)), default=arithmetic.context.zero)
    lost = largest * arithmetic.context.mpf(10) ** (5 - reference.digits)
    return None if abs(value - found.true) < lost else value


def _true(found: Gap, reference: Reference) -> Scalar:
    """The derivative's component; nan where there is none."""
    output, variables = _component(found.trial, found.place)
    if found.trial.statement.kind == "value":
        return as_array(reference.value)[output]
    if reference.smooth:
        return reference.two_sided(variables)[output]
    value = reference.by_differences(output, variables).value
    return reference.arithmetic.nan if value is None else value


def _component(trial: Trial, place: Place) -> tuple[Place, tuple[Variable, ...]]:
    """A place in the derivative as one in the output and one in each variable."""
    ranks = [len(trial.statement.shape_of(name)) for name in trial.statement.wrt]
    at = len(place) - sum(ranks)
    output, variables = place[:at], []
    for name, rank in zip(trial.statement.wrt, ranks, strict=True):
        variables.append((name, place[at : at + rank]))
        at += rank
    return output, tuple(variables)


def _settled(first: Scalar | None, second: Scalar | None) -> Scalar | None:
    """The number that two looks agree on, nan if both have none; None where they differ."""
    if first is None or second is None:
        return None
    if first != first or second != second:
        return second if first != first and second != second else None
    if first == second or abs(first - second) <= SETTLED * max(abs(first), abs(second)):
        return second
    return second * 0 if max(abs(first), abs(second)) < VANISHING else None
