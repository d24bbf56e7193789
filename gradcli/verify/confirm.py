"""Is a difference real? What refutes a claim is looked at again, twice, with more digits and smaller steps.

The quotients of a steep function (``sin(1e25*t)``) and claims in which large numbers cancel (``cosh(x)**2 - sinh(x)**2``)
can be wrong with the 110 digits with which points are tried. What changes with the digits is no evidence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.meaning.arrays import Scalar, as_array
from gradcli.meaning.program import Deadline, compile_tree
from gradcli.verify.agreement import agreed, largest_number
from gradcli.verify.claims import Court, Evidence, Gap, Trial, gap, relative_error
from gradcli.verify.hazards import trace
from gradcli.verify.reference import LOOKS, Reference


def settle(evidence: Evidence, deadline: Deadline[Any]) -> None:
    """Finds the gap at the roundest point that is real; those that are not are taken back before it."""
    for candidate in sorted(evidence.gaps, key=_doubtful):
        try:
            found, level = confirmed(candidate)
            if found is None:
                _taken_back(evidence, candidate, level, deadline)
                if evidence.certain is not None:
                    return
                continue
            evidence.certain = found
            if relative_error(candidate.true, found.true, 0) > candidate.trial.tolerance:  # and so are the other points
                sharper = (_sharpened(trial, level, deadline) for trial in evidence.trials)
                evidence.trials = [trial for trial in sharper if trial is not None]
        except LimitError as limit:
            evidence.certain, evidence.limit = candidate, limit.message
        return


def _doubtful(candidate: Gap) -> tuple[bool, bool, bool, int]:
    """The order in which gaps are shown: where a claim has a value and is clearly wrong, round points, few entries."""
    trial = candidate.trial
    return candidate.undefined, candidate.error <= 1e-3, not trial.round, sum(v.size for v in trial.values.values())


def _taken_back(evidence: Evidence, candidate: Gap, level: int | None, deadline: Deadline[Any]) -> None:
    """The trial with more digits in the place of the one that deceived; left out if those do not tell either."""
    old = candidate.trial
    evidence.gaps = [other for other in evidence.gaps if other.trial is not old]
    evidence.trials = [trial for trial in evidence.trials if trial is not old]
    new = None if level is None else _sharpened(old, level, deadline)
    array = None if new is None else new.evaluate(compile_tree(new.statement.claim.tree))
    left = None if new is None or array is None else gap(new, array)
    real = None if left is None else confirmed(left)[0]  # another component
    if new is None or array is None or (left is not None and real is None):
        evidence.untold += 1
        return
    evidence.trials.append(new)
    evidence.certain = real
    evidence.gaps += [real] if real is not None else []


def _sharpened(trial: Trial, level: int | None, deadline: Deadline[Any]) -> Trial | None:
    """The trial with more digits; None where it has no truth with these."""
    level = len(LOOKS) - 1 if level is None else level
    found = Court(trial.statement, deadline, 0).truth(trial.reference, trial.values, level=level)
    return None if found is None or found.true is None else replace(found, round=trial.round)


def confirmed(found: Gap) -> tuple[Gap | None, int | None]:
    """The gap with exact numbers, None where none is left with more digits; and how many it took, None if all were too
    few. Errors: LimitError."""
    trial = found.trial
    for level in range(len(LOOKS)):
        looks = trial.reference.looks(level)
        values = [_claimed(found, reference) for reference in looks]
        first, second = (as_array(value) for value, _ in values)
        claimed = agreed(first, second)[()]
        true = _true(found, looks, level)
        if true is None or (claimed != claimed and any(value == value for value, _ in values)):
            continue
        if claimed == true:
            return None, level
        _, lost = values[1]
        if (claimed == 0 and abs(true) <= lost) or (
            true == 0 and abs(claimed) <= looks[1].blind(found.trial.component(found.place)[1])
        ):
            continue
        error = 0.0 if true != true else relative_error(claimed, true, trial.scale)
        return (
            (replace(found, claimed=claimed, true=true, error=error), level)
            if error > trial.tolerance
            else (None, level)
        )
    return None, None


def _claimed(found: Gap, reference: Reference) -> tuple[Scalar, Scalar]:
    """The claim's component, and how large it may be where it is 0: the rounding of the largest number on the way."""
    arithmetic = reference.arithmetic
    steps = trace(compile_tree(found.trial.statement.claim.tree), reference.point, arithmetic)
    lost = largest_number(steps.values, arithmetic) * arithmetic.context.mpf(10) ** (5 - reference.digits)
    return as_array(steps.result)[found.place], lost


def _true(found: Gap, looks: tuple[Reference, Reference], level: int) -> Scalar | None:
    """The derivative's component; nan where there is none, None where it cannot be told with these digits."""
    output, variables = found.trial.component(found.place)
    if found.trial.statement.kind == "value":
        first, second = (as_array(look.value) for look in looks)
        made = agreed(first, second)[output]
        return made if made == made else None
    if not looks[0].smooth:
        value = looks[1].by_differences(output, variables).value
        return looks[1].arithmetic.nan if value is None else value
    made = found.trial.reference.close(variables, [level])[output]
    return made if made == made else None
