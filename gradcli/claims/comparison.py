"""A claim against the truth: certainly close, certainly not, or not told by as many bits as are affordable.

Close is a relative distance below 1e-28; an exact 0 has nothing close to it but 0. A gap is a theorem: two enclosures
that are certainly further apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import inf
from typing import Any

from flint import arb, fmpq

from gradcli.base.precision import precision
from gradcli.claims.point import Point
from gradcli.meaning.balls.ball import Undefined, at_most, is_infinite
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.scalars import Array
from gradcli.reference.problem import Place
from gradcli.reference.work import BITS

CLOSENESS = fmpq(1, 10**28)  # relative; the contract's
SHOWN = 60  # bits of a number that is printed: those of a float, and some


@dataclass(frozen=True, slots=True)
class Gap:
    """The component in which a claim is certainly wrong at a point, the worst one.

    claimed: None where the claim certainly has no number
    error:   the distance relative to the truth, to the largest component where the truth is 0; infinite without number
    """

    point: Point
    place: Place
    claimed: arb | None
    true: arb
    error: float

    @property
    def undefined(self) -> bool:
        """Has the claim no finite number there?"""
        return self.claimed is None or not self.claimed.is_finite()

    @property
    def visible(self) -> bool:
        """Are the two numbers different floats?"""
        return self.claimed is None or float(self.claimed) != float(self.true)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one point says of a claim.

    gap:    the worst component that is certainly wrong
    untold: components of which nothing can be told
    error:  the largest relative distance of those that are certainly close, at most
    """

    gap: Gap | None = None
    untold: int = 0
    error: float = 0.0

    @property
    def holds(self) -> bool:
        return self.gap is None and not self.untold


def close(claimed: arb, true: arb) -> bool | None:
    """Is the distance certainly below 1e-28 of the truth? None where it cannot be told."""
    return at_most(abs(claimed - true), abs(true) * CLOSENESS)


def relative_error(claimed: arb, true: arb, scale: arb) -> arb:
    """``|claimed - true|/|true|``, relative to the scale where the truth may be 0, and to nothing where that is 0."""
    distance = abs(claimed - true)
    if distance.is_zero():
        return distance
    return distance / next((size for size in (abs(true), scale, distance) if not size.contains(0)), arb(1))


def compare(point: Point, program: Program) -> Comparison:
    """Every component of a claim, with more bits for those that are not told."""
    return compared(point, partial(point.evaluate, program))


def compared(point: Point, claim: Callable[[int], Array | None]) -> Comparison:
    """The same of a claim's values in so many bits."""
    open_: Sequence[Place] = list(product(*map(range, point.statement.expected)))
    claimed: Array | None = None
    error = 0.0
    for bits in point.levels():
        claimed, true = claim(bits), point.truth(bits)
        if claimed is None:
            continue
        with precision(bits):
            found = {place: _compared(point, place, claimed[place], true[place]) for place in open_}
        gaps = [gap for gap in found.values() if isinstance(gap, Gap)]
        if gaps:
            return Comparison(max(gaps, key=lambda gap: (not gap.undefined, gap.error)))
        error = max([error, *(size for size in found.values() if isinstance(size, float))])
        open_ = [place for place in open_ if found[place] is None]
        if not open_:
            return Comparison(error=error)
    zeros = [claimed is not None and _both_zero(point, place, claimed[place], true[place]) for place in open_]
    return Comparison(untold=zeros.count(False), error=error)


def certainly_apart(point: Point, claimed: Array) -> bool:
    """Is a number of the claim, in the fewest bits, certainly not the true one? Then nothing else need be asked."""
    with precision(BITS[0]):
        return any(
            type(number) is arb and number.is_finite() and close(number, true) is False
            for number, true in zip(claimed.ravel(), point.truth().ravel(), strict=True)
        )


def _compared(point: Point, place: Place, claimed: Any, true: arb) -> Gap | float | None:  # Any: an arb, or Undefined
    """The gap, the relative distance of what is close, or None where nothing can be told."""
    if type(claimed) is Undefined or is_infinite(claimed):
        return Gap(point, place, None if type(claimed) is Undefined else claimed, true, inf)
    told = close(claimed, true)
    if told is None:
        return None
    error = relative_error(claimed, true, point.scale)
    return float(error.upper()) if told else Gap(point, place, claimed, true, float(error))


def _both_zero(point: Point, place: Place, claimed: arb, true: arb) -> bool:
    """May both be 0, and are they certainly close beside the terms that cancel in the truth?"""
    terms = point.reference.terms(point.component(place))
    both = claimed.contains(0) and true.contains(0)
    return bool(both and terms < inf and abs(claimed - true) <= arb(terms) * CLOSENESS)


def sharpened(gap: Gap) -> Gap:
    """The same gap in numbers that are enclosed to the last digit of a float, where that is affordable."""
    program = compile_tree(gap.point.statement.claim.tree)
    for bits in gap.point.levels():
        if all(number is None or number.rel_accuracy_bits() >= SHOWN for number in (gap.claimed, gap.true)):
            break
        claimed = gap.point.evaluate(program, bits)
        if claimed is not None and gap.claimed is not None and type(claimed[gap.place]) is arb:
            gap = replace(gap, claimed=claimed[gap.place], true=gap.point.truth(bits)[gap.place])
    return gap
