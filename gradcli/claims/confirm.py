"""Is a difference real? What refutes a claim is computed again, twice, with more digits and smaller steps.

The quotients of a steep function, ``sin(1e25*t)``, and claims in which large numbers cancel, ``cosh(x)**2 -
sinh(x)**2``, can be wrong with the 110 digits with which points are tried. What changes with the digits is no sample.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.claims.points import Gap, Point, Points, Sample, gap, relative_error
from gradcli.meaning.program import Deadline, compile_tree
from gradcli.meaning.scalars import Scalar, as_array
from gradcli.reference.agreement import agreed, largest_number
from gradcli.reference.differences import REFINEMENTS, Differences
from gradcli.reference.kinks import trace


def confirm(sample: Sample, deadline: Deadline[Any]) -> None:
    """Finds the gap at the roundest point that is real; those that are not are taken back before it."""
    for candidate in sorted(sample.gaps, key=_doubtful):
        try:
            found, level = confirmed(candidate)
            if found is None:
                _taken_back(sample, candidate, level, deadline)
                if sample.certain is not None:
                    return
                continue
            sample.certain = found
            if relative_error(candidate.true, found.true, 0) > candidate.point.tolerance:  # and so are the other points
                sharper = (_sharpened(point, level, deadline) for point in sample.points)
                sample.points = [point for point in sharper if point is not None]
        except LimitError as limit:
            sample.certain, sample.limit = candidate, limit.message
        return


def _doubtful(candidate: Gap) -> tuple[bool, bool, bool, int]:
    """The order in which gaps are shown: where a claim has a value and is clearly wrong, round points, few entries."""
    point = candidate.point
    return candidate.undefined, candidate.error <= 1e-3, not point.round, sum(v.size for v in point.values.values())


def _taken_back(sample: Sample, candidate: Gap, level: int | None, deadline: Deadline[Any]) -> None:
    """The point with more digits in the place of the one that deceived; left out if those do not tell either."""
    old = candidate.point
    sample.gaps = [other for other in sample.gaps if other.point is not old]
    sample.points = [point for point in sample.points if point is not old]
    new = None if level is None else _sharpened(old, level, deadline)
    array = None if new is None else new.evaluate(compile_tree(new.statement.claim.tree))
    left = None if new is None or array is None else gap(new, array)
    real = None if left is None else confirmed(left)[0]  # another component
    if new is None or array is None or (left is not None and real is None):
        sample.untold += 1
        return
    sample.points.append(new)
    sample.certain = real
    sample.gaps += [real] if real is not None else []


def _sharpened(point: Point, level: int | None, deadline: Deadline[Any]) -> Point | None:
    """The point with more digits; None where it has no truth with these."""
    level = len(REFINEMENTS) - 1 if level is None else level
    found = Points(point.statement, deadline, 0).truth(point.reference, point.values, level=level)
    return None if found is None or found.true is None else replace(found, round=point.round)


def confirmed(found: Gap) -> tuple[Gap | None, int | None]:
    """The gap with exact numbers, None where none is left with more digits; and how many it took, None if all were too
    few. Errors: LimitError."""
    point = found.point
    for level in range(len(REFINEMENTS)):
        refinements = point.reference.refinements(level)
        values = [_claimed(found, reference) for reference in refinements]
        first, second = (as_array(value) for value, _ in values)
        claimed = agreed(first, second)[()]
        true = _true(found, refinements, level)
        if true is None or (claimed != claimed and any(value == value for value, _ in values)):
            continue
        if claimed == true:
            return None, level
        _, lost = values[1]
        if (claimed == 0 and abs(true) <= lost) or (
            true == 0 and abs(claimed) <= refinements[1].blind(found.point.component(found.place)[1])
        ):
            continue
        error = 0.0 if true != true else relative_error(claimed, true, point.scale)
        return (
            (replace(found, claimed=claimed, true=true, error=error), level)
            if error > point.tolerance
            else (None, level)
        )
    return None, None


def _claimed(found: Gap, reference: Differences) -> tuple[Scalar, Scalar]:
    """The claim's component, and how large it may be where it is 0: the rounding of the largest number on the way."""
    arithmetic = reference.arithmetic
    steps = trace(compile_tree(found.point.statement.claim.tree), reference.point, arithmetic)
    lost = largest_number(steps.values, arithmetic) * reference.rounding
    return as_array(steps.result)[found.place], lost


def _true(found: Gap, refinements: tuple[Differences, Differences], level: int) -> Scalar | None:
    """The derivative's component; nan where there is none, None where it cannot be told with these digits."""
    output, variables = found.point.component(found.place)
    if found.point.statement.kind == "value":
        first, second = (as_array(refinement.value) for refinement in refinements)
        made = agreed(first, second)[output]
        return made if made == made else None
    if not refinements[0].smooth:
        value = refinements[1].truth((output, variables)).value
        return refinements[1].arithmetic.nan if value is None else value
    made = found.point.reference.close(variables, [level])[output]
    return made if made == made else None
