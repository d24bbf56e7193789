"""What is noteworthy at the points of a claim: kinks, and where it has no value; and numbers as people read them."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.claims.points import Point, Sample
from gradcli.meaning.program import compile_tree


def notes_of(sample: Sample) -> tuple[str, ...]:
    """Points at which the claim has no value, and kinks at which it was not held against it."""
    notes = []
    for point in sample.holes[:1]:
        more = f", and at {len(sample.holes) - 1} more points" if len(sample.holes) > 1 else ""
        true = f", where the derivative is {number_of(point.truth[()])!r}" if point.truth.ndim == 0 else ""
        notes.append(f"the claim has no value at {_place(point)}{true}{more}")
    seen: set[str] = set()
    for point in sample.kinks:
        text = _kink(point)
        if text and text not in seen and len(seen) < 2:
            seen.add(text)
            notes.append(text)
    left_out = [point for point in sample.kinks if point.sides is None]
    if left_out and not seen:
        places = "a point was" if len(left_out) == 1 else f"{len(left_out)} points were"
        notes.append(f"{places} left out as not differentiable there, such as {_place(left_out[0])}")
    return tuple(notes)


def _kink(point: Point) -> str:
    """What the claim says at a kink, beside both one-sided derivatives."""
    statement = point.statement
    if point.sides is None or statement.claimed != statement.expected or None in point.sides:
        return ""
    left, right = sorted(float(side) for side in point.sides if side is not None)
    if not isfinite(left) or not isfinite(right):
        return ""
    try:
        array = point.evaluate(compile_tree(statement.claim.tree))
    except LimitError:  # the time is up: what has been decided stands without this note
        return ""
    claimed = None if array is None or array.size != 1 else number_of(array.ravel()[0])
    if claimed is None:
        return f"not differentiable at {_place(point)}, where the claim has no value either"
    inside = left <= claimed <= right
    verdict = "lies between them" if inside else "is neither"
    sides = f"one-sided derivatives {left!r} and {right!r}"
    return f"not differentiable at {_place(point)}: {sides}; the claim's {claimed!r} {verdict}"


def _place(point: Point) -> str:
    free = [n for n in point.values if n not in point.statement.sizes]
    return ", ".join(f"{n} = {_listed(point.values[n])}" for n in free)


def values_of(point: Point) -> dict[str, Any]:  # Any: floats or nested lists
    return {n: _listed(v) for n, v in point.values.items() if n not in point.statement.sizes}


def _listed(value: Any) -> Any:  # Any: an array -> a float or nested lists
    return np.asarray(value).tolist()


def number_of(value: Any) -> float | None:  # Any: an mpmath number
    return None if value != value else float(value)
