"""What is said of the points of a claim: kinks, where it has no value, and a command line that shows a point again."""

from __future__ import annotations

import re
import shlex
from itertools import islice
from math import isfinite
from typing import Any

import numpy as np
from flint import arb

from gradcli.claims.conclusion import ClaimResult
from gradcli.claims.point import Point
from gradcli.claims.points import LOOKED_AT, Sample
from gradcli.inputs.request import Trying
from gradcli.meaning.program import compile_tree
from gradcli.operations.shape_rules import size

_NAME = re.compile(r"[^\W\d]\w*")


def notes_of(sample: Sample) -> tuple[str, ...]:
    """Points at which the claim has no value, and kinks at which it was not held against the truth."""
    notes = []
    holes = {_place(point): point for point in sample.holes}
    for place, point in islice(holes.items(), 1):
        others = len(holes) - 1
        more = f", and at {others} more point{'s' if others > 1 else ''}" if others else ""
        true = f", where the derivative is {number_of(point.truth()[()])!r}" if point.truth().ndim == 0 else ""
        notes.append(f"the claim has no value at {place}{true}{more}")
    single = [point for point in sample.kinks if size(point.statement.expected) == 1]
    seen = [text for text in dict.fromkeys(map(_kink, single[:LOOKED_AT])) if text][:2]
    notes += seen
    left_out = [point for point in sample.kinks if point not in single or len(point.statement.wrt) > 1]
    if left_out and not seen:
        places = "a point was" if len(left_out) == 1 else f"{len(left_out)} points were"
        notes.append(f"{places} left out where a step has no derivative, such as {_place(left_out[0])}")
    return tuple(notes)


def _kink(point: Point) -> str:
    """What the claim says at a kink, beside one-sided derivatives; empty where these say the same, or are not known."""
    statement = point.statement
    if statement.claimed != statement.expected or len(statement.wrt) > 1:
        return ""
    (place,) = np.ndindex(statement.expected)
    sides = point.known(place).sides
    if sides is None or sides.left is None or sides.right is None:
        return ""
    left, right = sorted((float(sides.left.mid()), float(sides.right.mid())))
    if not isfinite(left) or not isfinite(right):
        return ""
    array = point.evaluate(compile_tree(statement.claim.tree))
    claimed = None if array is None else number_of(array[place])
    if claimed is None:
        return f"not differentiable at {_place(point)}, where the claim has no value either"
    verdict = "lies between them" if left <= claimed <= right else "is neither"
    both = f"one-sided derivatives {left!r} and {right!r}"
    return f"not differentiable at {_place(point)}: {both}; the claim's {claimed!r} {verdict}"


def _place(point: Point) -> str:
    return ", ".join(f"{name} = {value}" for name, value in point.named.items())


def number_of(value: Any) -> float | None:  # Any: an arb, Undefined or None
    """The float in the middle of an enclosure; None where there is no number."""
    return float(value) if type(value) is arb and not value.is_nan() else None


def replay_command(result: ClaimResult, point: Point, options: Trying) -> str:
    """``gradcli check FUNCTION CLAIM NAME=VALUE ...``, quoted for a shell; a claim with letters needs the shapes."""
    where, words = options.where, ["gradcli", "check", result.function, result.claim]
    if result.kind != "value":
        words += ["--wrt", ",".join(dict.fromkeys(result.wrt))]
    words += ["--kind", result.kind] if result.kind in {"hessian", "value"} else []
    words += [part for condition in where for part in ("--where", condition)]
    words += ["--layout", options.layout] if options.layout else []
    words += ["--vec"] if options.vec else []
    words += ["--symmetric", options.symmetric] if options.symmetric else []
    letters = point.statement.sizes.keys() & {*_NAME.findall(f"{result.function} {result.claim} {' '.join(where)}")}
    if letters:
        words += [part for name, sizes in options.shapes.items() for part in ("--shape", f"{name}={','.join(sizes)}")]
    words += [f"{name}={_binding(value)}" for name, value in point.named.items()]
    return " ".join(map(shlex.quote, words))


def _binding(value: Any) -> str:  # Any: a float or nested lists
    """A value as the right side of ``NAME=VALUE``, whole numbers without their point: ``[[1,0.5],[2,3]]``."""
    return f"[{','.join(map(_binding, value))}]" if isinstance(value, list) else repr(value).removesuffix(".0")
