"""Findings on what has no number: a value that is undefined or infinite, a derivative that is one-sided or infinite."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isinf

from flint import arb

from gradcli.reference.answer import Answer, Settings
from gradcli.reference.inside import INSIDE
from gradcli.reference.problem import Place
from gradcli.reference.reference import Reference
from gradcli.reference.sides import NAME as SERIES
from gradcli.reference.truth import Status, Truth
from gradcli.verdicts.verdict import Finding, Verdict


def edge_of_value(
    reference: Reference, place: Place, truth: Truth, answers: Sequence[Answer], known: list[tuple[int, Place, Truth]]
) -> list[Finding]:
    """The function has no finite value in an entry: what it is instead, and its limits. A removable singularity's slope
    becomes known."""
    if truth.why.startswith(INSIDE):
        return [Finding(Verdict.CONVENTION, None, f"{truth.why}, and torch chooses a slope")]
    at = f" in entry [{', '.join(map(str, place))}]" if place else ""
    if truth.value is not None:
        said = f"the function is {'-' * bool(truth.value < 0)}infinite here{at}"
    else:
        said = f"the function is undefined or not real here{at}" + (f": {truth.why}" if truth.why else "")
    return [Finding(Verdict.SINGULAR, None, note) for note in (said, *_removable(reference, place, answers, known))]


def _removable(
    reference: Reference, place: Place, answers: Sequence[Answer], known: list[tuple[int, Place, Truth]]
) -> list[str]:
    """The limits of the value from both sides; where they meet, the singularity can be removed, and there may be a
    derivative then."""
    limits = reference.rays.limits(place)
    if limits is None or limits.left is limits.right is None:
        return []
    if limits.value is None:
        return [f"limits of the value: {side(limits.left)} from the left, {side(limits.right)} from the right"]
    if limits.slope is not None and len(answers) == 1 and len(answers[0].wrt) == 1:
        known.append((0, place, Truth(Status.ENCLOSED, limits.slope, reference=SERIES)))
    order = "first " if any(len(answer.wrt) > 1 for answer in answers) else ""
    tail = f"; with it, the {order}derivative is {side(limits.slope)}" if limits.slope is not None else ""
    return [f"removable: the limit of the value is {side(limits.value)}{tail}"]


def sided(name: str, number: float, truth: Truth, settings: Settings, *, alone: bool) -> Finding:
    """No derivative: one-sided ones, an infinite slope, or nothing at all. alone: is it a first derivative?"""
    sides = truth.sides
    if sides is None:
        word = truth.why if truth.value is None else f"it is {'-' * bool(truth.value < 0)}infinite"
        return Finding(Verdict.SINGULAR, None, f"{name}: no finite derivative: {word}", name, number)
    left, right = map(nearest, (sides.left, sides.right))
    both = f"{side(left)} from the left, {side(right)} from the right"
    verdict, note = Verdict.CONVENTION, f"one-sided derivatives {both}; {settings.whose} gives {number!r}"
    if sides.jump is not None:
        verdict, note = _jump(nearest(sides.jump[0]), nearest(sides.jump[1]), number, settings.whose)
    elif left is None or right is None or inf in {abs(left), abs(right)}:
        verdict, note = Verdict.SINGULAR, f"no finite derivative: {both}"
    elif alone:
        note += f", {_subdifferential(left, right, number, settings.tolerance)}"
    return Finding(verdict, None, f"{name}: {note}", name, number, None, left, right)


def _jump(before: float | None, after: float | None, number: float, whose: str) -> tuple[Verdict, str]:
    """A second derivative that is none, since the first one is not continuous; None: it is undefined on that side."""
    if before is None or after is None or isinf(before) or isinf(after):
        both = f"the first derivative is {side(before)} from the left, {side(after)} from the right"
        return Verdict.SINGULAR, f"no finite derivative: {both}"
    jump = f"the first derivative jumps from {side(before)} to {side(after)}"
    if before == after:
        jump = f"the first derivative is {side(before)} on both sides, and another number here"
    return Verdict.CONVENTION, f"{jump}; {whose} gives {number!r}"


def _subdifferential(left: float, right: float, number: float, tolerance: float) -> str:
    """At a convex kink slopes rise and every number between is a subgradient; at a concave kink a supergradient."""
    low, high = sorted((left, right))
    kind = "subdifferential" if left <= right else "superdifferential"
    slack = tolerance * max(abs(low), abs(high))
    return f"{'in' if low - slack <= number <= high + slack else 'not in'} the {kind} [{low!r}, {high!r}]"


def nearest(value: arb | None) -> float | None:
    """The float in the middle of an enclosure."""
    return None if value is None else float(value.mid()) + 0.0


def side(value: arb | float | None) -> str:
    """A one-sided limit for people: as a float, or what there is instead."""
    if value is None:
        return "undefined"
    number = float(value.mid()) if isinstance(value, arb) else value
    return {inf: "+inf", -inf: "-inf"}.get(number, repr(number + 0.0))
