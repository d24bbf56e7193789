"""Smooth formulas for functions with kinks: ``sigmoid(1000*x)`` for the slope of relu, right but close to 0.

The distance of claim and truth is taken at distances d = 1e-6, ..., 10 from a kink, on both sides: it falls with d,
from what anybody sees to what no float shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import inf

import numpy as np
import sympy

from gradcli.base.errors import GradcliError
from gradcli.claims.branches import branched
from gradcli.claims.points import Points
from gradcli.diagnosis.case import Case, Cause, numbers
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree
from gradcli.language.write import write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.program import compile_tree, run

DISTANCES = tuple(10.0**k for k in range(-6, 2))
SEEN, UNSEEN = 1e-4, 1e-14  # distances of two numbers: relative, absolute below 1


def smoothed(case: Case) -> Iterator[Cause]:
    """An approximation that is wrong close to a kink of the function."""
    if len(case.first.free) != 1 or case.first.claimed != case.first.expected:
        return
    (name,) = case.first.free
    for kink in dict.fromkeys(_kinks(case, name)):
        sides = [[_apart(case, name, kink + side * d) for d in DISTANCES] for side in (-1.0, 1.0)]
        falls = all(b <= a + UNSEEN for side in sides for a, b in pairwise(side))
        worst, least = max(side[0] for side in sides), max(side[-1] for side in sides)
        if falls and SEEN <= worst < inf and least <= UNSEEN:
            k = next(k for k in range(len(DISTANCES)) if max(side[k] for side in sides) <= UNSEEN)
            yield Cause(
                "approximation",
                f"the kink at {name} = {kink:g} is smoothed: {worst:.1g} off close to it, right to 14 digits where "
                f"abs({name if kink == 0 else f'{name} - {kink:g}'}) >= {DISTANCES[k]:g}",
            )


def _kinks(case: Case, name: str) -> Iterator[float]:
    """Where an argument of an operation with a kink, linear in the variable, is 0, or two of them are equal."""
    x = nodes.symbol(name)
    scalar = case.first.free[name] == ()
    for part in branched(case.first.function.tree):
        tensors = [arg for arg in part.args if not isinstance(arg, Static)]
        if tensors[:1] == [x]:
            yield 0.0
        if not scalar or not 1 <= len(tensors) <= 2:
            continue
        try:
            first, *rest = (_symbolic(name, arg) for arg in tensors)
        except GradcliError:
            continue
        gap = first - rest[0] if rest else first
        if gap.is_polynomial(x) and sympy.degree(gap, x) == 1:
            yield float(-gap.subs(x, 0) / sympy.diff(gap, x))


def _symbolic(name: str, tree: Tree) -> Tree:
    """Errors: GradcliError where another name or what sympy does not know stands in it."""
    values = {name: symbolic.entries_of(name, ())}
    try:
        return run(compile_tree(tree), symbolic.Symbolic(ideal=True), values)[()]
    except KeyError as error:
        raise GradcliError(f"{write_formula(tree)}: no value for {error}") from None


def _apart(case: Case, name: str, x: float) -> float:
    """The largest distance of claim and truth where all entries of the variable are x; infinite where there is none."""
    case.spend(case.truth_work)
    point = Points(case.first, 0).at({name: np.full(case.first.free[name], x)})
    claimed = None if point is None else numbers(point, compile_tree(case.first.claim.tree))
    if point is None or claimed is None or any(c is None for c in claimed.ravel()):
        return inf
    pairs = [(float(c.mid()), float(t.mid())) for c, t in zip(claimed.ravel(), point.truth().ravel(), strict=True)]
    return max(abs(c - t) / max(1.0, abs(t)) for c, t in pairs)
