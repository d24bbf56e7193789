"""Two slips at once: a small change and a factor, or several terms of a sum with wrong factors.

After a change of the first kind the claim is off by one rational factor, which the ratio of truth and changed claim
tells at one point. The factors c of a sum's terms t solve ``sum_k c_k t_k = truth`` in least squares over the entries
of some points; small fractions near them are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import sympy

from gradcli.claims.point import Point
from gradcli.claims.statement import Statement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.meaning.scalars import Array

MAX_TERMS = 6
MAX_POINTS = 4
SMALL = 12  # denominators of factors
NEAR = 1e-9  # relative


def term_factors(case: Case) -> Iterator[Cause]:
    """A sum whose terms have other factors; each term also transposed."""
    terms = nodes.terms_of(case.first.claim.tree, sympy.Add)
    if not 2 <= len(terms) <= MAX_TERMS:
        return
    matrix = len(case.first.expected) == 2
    for turned in (None, *(range(len(terms)) if matrix else ())):
        found = _solved(case, partial(_terms, turned=turned), len(terms))
        if found is None or all(c == 1 for c in found):
            continue
        wrong = [
            f"{case.text(t)} times {c}" if c else f"no {case.text(t)}"
            for t, c in zip(terms, found, strict=True)
            if c != 1
        ]
        also = [f"{case.text(terms[turned])} transposed"] if turned is not None else []
        said = f"several terms are wrong; due are {' and '.join([*wrong, *also])}"
        if len(wrong) + len(also) > 1:
            yield Cause("two slips", said, partial(_combined, factors=found, turned=turned))


def pairs(case: Case) -> Iterator[Cause]:
    """One small change and a factor."""
    if not case.points:
        return
    tree, names = case.first.claim.tree, [nodes.symbol(name) for name in case.first.shapes]
    for change in corrections.corrections(tree, case.text, names, case.flat):
        if any(corrections.in_condition(tree, path) for path in change.paths):
            continue
        factor = _factor(case, change)
        if factor is not None and factor != 1:
            said = f"{change.text}, and the whole is to be multiplied by {factor}"
            yield Cause("two slips", said, partial(_changed_times, change=change, factor=nodes.number(factor)))


def _factor(case: Case, change: corrections.Correction) -> Fraction | None:
    """The ratio of truth and changed claim, where it is one fraction in all entries of a point."""
    point = case.points[0]
    try:
        array = _floats(case, point, change.apply(point.statement.claim.tree))
    except IndexError:
        return None
    true = _known(point.truth())
    if array is None or true is None or array.shape != true.shape or not array.all() or not array.size:
        return None
    ratios = true / array
    return _fraction(ratios.flat[0]) if np.allclose(ratios, ratios.flat[0], rtol=NEAR, atol=0) else None


def _floats(case: Case, point: Point, tree: Tree) -> Any:  # Any: an array of floats, or None
    array = case.values(tree, point)
    return None if array is None else _known(array)


def _known(array: Array) -> Any:  # Any: as above
    return None if any(entry is None for entry in array.ravel()) else np.asarray(array).astype(float)


def _fraction(number: float) -> Fraction | None:
    found = Fraction(float(number)).limit_denominator(SMALL) if abs(number) < 1e3 else Fraction(0)
    return found if found and abs(float(found) - number) <= NEAR * abs(number) else None


def _solved(case: Case, terms: Any, count: int) -> list[Fraction] | None:  # Any: a function of a tree, to its terms
    """The factors of the terms, where they are small fractions or 0."""
    rows, due = [], []
    for point in case.fitting[:MAX_POINTS]:
        parts = [_floats(case, point, term) for term in terms(point.statement.claim.tree)]
        true = _known(point.truth())
        if true is None or len(parts) != count or any(part is None for part in parts):
            return None
        rows.append(np.stack([np.broadcast_to(part, true.shape).ravel() for part in parts], -1))
        due.append(true.ravel())
    if not rows:
        return None
    matrix, right = np.concatenate(rows), np.concatenate(due)
    if np.linalg.matrix_rank(matrix) < count:
        return None
    solution = np.linalg.lstsq(matrix, right, rcond=None)[0]
    if not np.allclose(matrix @ solution, right, rtol=NEAR, atol=NEAR):
        return None
    found = [Fraction(0) if abs(c) < NEAR else _fraction(c) for c in solution]
    return None if None in found else [c for c in found if c is not None]


def _terms(tree: Tree, turned: int | None) -> list[Tree]:
    terms = nodes.terms_of(tree, sympy.Add)
    return [corrections.transposed(term) if k == turned else term for k, term in enumerate(terms)]


def _combined(statement: Statement, factors: Sequence[Fraction], turned: int | None) -> Tree:
    terms = _terms(statement.claim.tree, turned)
    kept = [t if c == 1 else corrections.times(nodes.number(c), t) for t, c in zip(terms, factors, strict=True) if c]
    return kept[0] if len(kept) == 1 else nodes.add(*kept)


def _changed_times(statement: Statement, change: corrections.Correction, factor: Tree) -> Tree:
    return corrections.times(factor, change.apply(statement.claim.tree))
