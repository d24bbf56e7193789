"""The limit that three difference quotients show, each with a smaller step: what they tend to, and whether they do."""

from __future__ import annotations

from math import inf

from gradcli.meaning.precise import Precise
from gradcli.meaning.scalars import Scalar

APPROACH = (
    7.3e-4,
    3.1e-4,
)  # each step, relative to the one before: no powers of ten, in which an oscillation could hide
SLOWEST = 0.005  # the smallest power of the step that tells a limit of 0 or infinity from one between


def approaching(step: Scalar) -> list[Scalar]:
    """Three steps towards zero."""
    return [step, step * APPROACH[0], step * APPROACH[0] * APPROACH[1]]


def same(a: Scalar, b: Scalar, tolerance: float = 1e-12) -> bool:
    if a == b:
        return True
    return max(abs(a), abs(b)) != inf and bool(abs(a - b) <= tolerance * max(abs(a), abs(b)))


def limit(arithmetic: Precise, first: Scalar, second: Scalar, third: Scalar) -> Scalar | None:
    """The limit that three quotients show: a number if they agree (extrapolated, as if their error were proportional to
    the step), 0 or an infinity if they go there by a power of the step or by its logarithm, else None: they oscillate,
    or it cannot be told."""
    if first != first or second != second or third != third:
        return None
    if same(second, third, 1e-9):
        ratio = arithmetic.context.mpf(APPROACH[1])
        return (third - second * ratio) / (1 - ratio) if abs(third) != inf else third
    if abs(third) < abs(first) * 0.5 and abs(third) < 1e-4:
        return arithmetic.context.zero
    if not (first * second > 0 and second * third > 0):
        return None
    if abs(third) > 100 * abs(second) > 1e4 * abs(first):
        return arithmetic.inf if third > 0 else -arithmetic.inf
    before, after = (
        float(arithmetic.context.log(abs(b / a)) / arithmetic.context.log(ratio))
        for a, b, ratio in ((first, second, APPROACH[0]), (second, third, APPROACH[1]))
    )
    if min(abs(before), abs(after)) < SLOWEST or abs(before - after) > 0.3 * max(abs(before), abs(after)):
        return None
    return arithmetic.context.zero if after > 0 else arithmetic.inf if third > 0 else -arithmetic.inf


def limit_or_nan(arithmetic: Precise, *quotients: Scalar) -> Scalar:
    found = limit(arithmetic, *quotients)
    return arithmetic.nan if found is None else found
