"""What is noteworthy at the points of a claim: kinks, and where it has no value; and numbers as people read them."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.claims.point import Point
from gradcli.claims.points import LOOKED_AT, Sample
from gradcli.meaning.program import compile_tree
from gradcli.operations.shape_rules import size
from gradcli.reference.problem import Place
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Sides


def notes_of(sample: Sample) -> tuple[str, ...]:
    """Points at which the claim has no value, and kinks at which it was not held against the truth."""
    notes = []
    for point in sample.holes[:1]:
        more = f", and at {len(sample.holes) - 1} more points" if len(sample.holes) > 1 else ""
        true = f", where the derivative is {number_of(point.truth()[()])!r}" if point.truth().ndim == 0 else ""
        notes.append(f"the claim has no value at {_place(point)}{true}{more}")
    single = [point for point in sample.kinks if size(point.statement.expected) == 1]
    seen = [text for text in dict.fromkeys(map(_kink, single[:LOOKED_AT])) if text][:2]
    notes += seen
    left_out = [point for point in sample.kinks if point not in single or len(point.statement.wrt) > 1]
    if left_out and not seen:
        places = "a point was" if len(left_out) == 1 else f"{len(left_out)} points were"
        notes.append(f"{places} left out as not differentiable there, such as {_place(left_out[0])}")
    return tuple(notes)


def _kink(point: Point) -> str:
    """What the claim says at a kink, beside one-sided derivatives; empty where these say the same, or are not known."""
    statement = point.statement
    if statement.claimed != statement.expected:
        return ""
    (place,) = np.ndindex(statement.expected)
    sides = _sides(point, place)
    array = point.evaluate(compile_tree(statement.claim.tree))
    claimed = None if array is None else number_of(array[place])
    if len(statement.wrt) > 1 or sides is None or sides.left is None or sides.right is None:
        return ""
    left, right = sorted((float(sides.left.mid()), float(sides.right.mid())))
    if not isfinite(left) or not isfinite(right):
        return ""
    if claimed is None:
        return f"not differentiable at {_place(point)}, where the claim has no value either"
    verdict = "lies between them" if left <= claimed <= right else "is neither"
    both = f"one-sided derivatives {left!r} and {right!r}"
    return f"not differentiable at {_place(point)}: {both}; the claim's {claimed!r} {verdict}"


def _sides(point: Point, place: Place) -> Sides | None:
    """What is known of both sides of a kink; None where nothing can be."""
    order = len(point.statement.wrt)
    try:
        return Reference(point.reference.problem, order, formulas=False).truths([point.component(place)])[0].sides
    except LimitError:
        return None


def _place(point: Point) -> str:
    free = [n for n in point.values if n not in point.statement.sizes]
    return ", ".join(f"{n} = {_listed(point.values[n])}" for n in free)


def values_of(point: Point) -> dict[str, Any]:  # Any: floats or nested lists
    return {n: _listed(v) for n, v in point.values.items() if n not in point.statement.sizes}


def _listed(value: Any) -> Any:  # Any: an array -> a float or nested lists
    return np.asarray(value).tolist()


def number_of(value: Any) -> float | None:  # Any: an arb, Undefined or None
    """The float in the middle of an enclosure; None where there is no number."""
    return float(value) if type(value) is arb and not value.is_nan() else None
