"""Smooth formulas for functions with kinks: ``sigmoid(1000*x)`` for the slope of relu, right but close to 0.

The distance of claim and truth is taken at distances d = 1e-6, ..., 10 from a kink, on both sides, as far as to the
middle between two kinks: it falls with d, from what anybody sees to what no float shows, or to far less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, log

import numpy as np
import sympy

from gradcli.base.errors import GradcliError
from gradcli.claims.branches import branched
from gradcli.claims.points import Points
from gradcli.diagnosis.case import Case, Cause, numbers
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree
from gradcli.language.write import write, write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.scalars import Array

DISTANCES = tuple(10.0**k for k in range(-6, 2))
SEEN, UNSEEN = 1e-4, 1e-14  # distances of two numbers: relative, absolute below 1
FALLS = 1e-4  # of the distance close to the kink, far from it


@dataclass(frozen=True, slots=True)
class _Kink:
    """Where an argument of an operation with a kink is 0, or two are equal: at ``place`` of the variable."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """A claim's entries at a point, and the true ones."""

    claimed: Sequence[float]
    true: Sequence[float]

    @property
    def apart(self) -> float:
        """The largest distance, relative to what is larger than 1."""
        return max(abs(c - t) / max(1.0, abs(t)) for c, t in zip(self.claimed, self.true, strict=True))

    def smoother(self, other: _Pair) -> bool:
        """Do the claims of two sides of a kink lack half of the jump, or more?"""
        jumps = [t - u for t, u in zip(self.true, other.true, strict=True)]
        rises = [c - d for c, d in zip(self.claimed, other.claimed, strict=True)]
        return any(2 * abs(jump - rise) >= abs(jump) > 0 for jump, rise in zip(jumps, rises, strict=True))


def smoothed(case: Case) -> Iterator[Cause]:
    """An approximation that is wrong close to a kink of the function."""
    points = [point for point in case.fitting if point.statement is case.first]
    if not case.first.wrt or case.first.wrt[-1] not in case.first.free or not points:
        return
    if branched(case.first.claim.tree):  # that is not smooth
        return
    name = case.first.wrt[-1]
    every = [{n: v for n, v in point.values.items() if n in case.first.free and n != name} for point in points]
    others = min(every, key=_spread)
    kinks = list({kink.place: kink for kink in _kinks(case, name, others)}.values())
    for kink in kinks:
        nearest = min((abs(other.place - kink.place) for other in kinks if other is not kink), default=inf)
        distances = [d for d in DISTANCES if 2 * d <= nearest]
        pairs = [[_pair(case, name, kink.place + side * d, others) for d in distances] for side in (-1.0, 1.0)]
        sides = [[inf if pair is None else pair.apart for pair in side] for side in pairs]
        apart = [max(both) for both in zip(*sides, strict=True)]
        if len(apart) < 3 or any(b > a + UNSEEN for side in sides for a, b in pairwise(side)):
            continue
        if pairs[0][0] is None or pairs[1][0] is None or not pairs[0][0].smoother(pairs[1][0]):
            continue
        if SEEN <= apart[0] < inf and apart[-1] <= max(UNSEEN, FALLS * apart[0]):
            k = next((k for k, error in enumerate(apart) if error <= UNSEEN), -1)
            digits = "right to 14 digits" if k >= 0 else f"{apart[k]:.0e} off"
            yield Cause(
                "approximation",
                f"wrong close to the kink at {kink.text}: {apart[0]:.1g} off at a distance of {distances[0]:g}, "
                f"{digits} at {distances[k]:g}",
            )


def _spread(values: Mapping[str, Array]) -> float:
    """How far the numbers are from the size of 1, in powers of e: kinks look close or far where these are large."""
    return max(
        (abs(log(abs(float(entry)))) if entry else inf for v in values.values() for entry in v.ravel()), default=0.0
    )


def _kinks(case: Case, name: str, others: Mapping[str, Array]) -> Iterator[_Kink]:
    """Those whose argument is the variable itself, or linear in it."""
    x = nodes.symbol(name)
    scalar = case.first.free[name] == ()
    for part in branched(case.first.function.tree):
        tensors = [arg for arg in part.args if not isinstance(arg, Static)]
        first, *rest = tensors or [x]
        for other in rest or [sympy.Integer(0)]:
            if first == x and other.is_Rational:
                yield _Kink(float(other), f"{name} = {write(other)}")
            elif scalar:
                yield from _linear(case, name, (first, other), others)


def _linear(case: Case, name: str, sides: tuple[Tree, Tree], others: Mapping[str, Array]) -> Iterator[_Kink]:
    """Where the sides are equal, if their difference is linear in the variable."""
    x = nodes.symbol(name)
    try:
        first, other = (_symbolic(name, side, others) for side in sides)
    except GradcliError:
        return
    gap = first - other
    if gap.is_polynomial(x) and sympy.degree(gap, x) == 1:
        place = float(-gap.subs(x, 0) / sympy.diff(gap, x))
        yield _Kink(place, " = ".join(map(case.text, sides)) if others else f"{name} = {place:g}")


def _symbolic(name: str, tree: Tree, others: Mapping[str, Array]) -> Tree:
    """Errors: GradcliError where an array stands in it, or what sympy does not know."""
    values = {name: symbolic.entries_of(name, ())}
    for other, value in others.items():
        if value.shape:
            continue
        values[other] = np.asarray(sympy.Rational(float(value)), dtype=object)
    try:
        return run(compile_tree(tree), symbolic.Symbolic(ideal=True), values)[()]
    except KeyError as error:
        raise GradcliError(f"{write_formula(tree)}: no value for {error}") from None


def _pair(case: Case, name: str, x: float, others: Mapping[str, Array]) -> _Pair | None:
    """Claim and truth where all entries of the variable are x; None where there is none."""
    case.spend(case.truth_work)
    point = Points(case.first, 0).at({**others, name: np.full(case.first.free[name], x)})
    claimed = None if point is None else numbers(point, compile_tree(case.first.claim.tree))
    if point is None or claimed is None or any(c is None for c in claimed.ravel()):
        return None
    return _Pair(*([float(entry.mid()) for entry in array.ravel()] for array in (claimed, point.truth())))
