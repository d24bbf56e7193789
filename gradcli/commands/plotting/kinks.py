"""Kinks of a function of one number: where its slope jumps, and what the second route says of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.commands.plotting.model import Kind, Mark
from gradcli.commands.plotting.sampling import Break
from gradcli.commands.plotting.subject import Subject

LOOKED_AT = 12  # of all kinks: with enclosures, from left to right


def kink_marks(subject: Subject, found: Sequence[Break], value_at: Sequence[float]) -> tuple[Mark, ...]:
    """A mark for each break of the slope at which the function is whole; value_at: the function's values there.

    Where the second route knows both sides, these are what is said; it may know that there is a slope after all, at
    which torch's is another.
    """
    marks = []
    for k, (one, y) in enumerate(zip(found, value_at, strict=True)):
        sides = _certain(subject, one.x) if k < LOOKED_AT else None
        before, after = sides or (one.before, one.after)
        if np.isfinite(before) and np.isfinite(after) and before == after:
            continue  # torch has no slope there, or another one, and the function has
        at = f"{subject.places[0]} = {said(one.x)}"
        text = f"kink at {at}: slope {said(before)} before, {said(after)} after"
        if one.infinite:
            text = f"{'vertical tangent' if one.before * one.after > 0 else 'cusp'} at {at}: the slope is infinite"
        marks.append(Mark(Kind.KINK, one.x, float(y), text))
    return tuple(marks)


def _certain(subject: Subject, x: float) -> tuple[float, float] | None:
    """Both one-sided derivatives as series know them; equal where there is a derivative; None where nothing is told."""
    from gradcli.reference.problem import Problem
    from gradcli.reference.reference import Reference
    from gradcli.reference.truth import Status

    (place,) = subject.places
    values = dict(subject.values)
    values[place.name] = values[place.name].copy()
    values[place.name][place.entry] = x
    problem = Problem(subject.program, subject.shapes, values, active=frozenset({place.name}), ideal=True)
    output = (0,) * len(subject.shapes[-1])
    with suppress(LimitError):
        (truth,) = Reference(problem, 1, formulas=False).truths([(output, ((place.name, place.entry),))])
        if truth.status is Status.UNDEFINED and truth.sides is not None:
            left, right = truth.sides.left, truth.sides.right
            if left is not None and right is not None:
                return float(left), float(right)
    return None


def said(x: float) -> str:
    """A number in few characters.

    >>> said(-1.5707963267948966), said(0.0)
    ('-1.5708', '0')
    """
    return f"{x + 0.0:.6g}"
