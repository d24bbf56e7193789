"""Where a claim is right though it is wrong elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.claims.comparison import CLOSENESS, close, relative_error
from gradcli.claims.points import Points
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, numbers, same
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse, parse_condition
from gradcli.language.write import write, write_formula
from gradcli.meaning.program import compile_tree
from gradcli.operations.row import CONDITION
from gradcli.operations.table import OPS

READABLE = 40  # characters of a condition: half a line
CLOSE_BY = 1e-100  # from 0: there an approximation of first order is right in far more digits than are asked for


def regions(case: Case) -> Iterator[Cause]:
    """Right on one side of a condition, or of zero, and not everywhere on the other."""
    outcomes = [(point, case.right_at(point, lambda statement: statement.claim.tree)) for point in case.fitting]
    if len({right for _, right in outcomes}) < 2:
        return
    for condition in dict.fromkeys(_conditions(case)):
        case.spend(0)
        text = write(condition)
        negated = f"not {text}" if " " not in text else f"not ({text})"
        for wanted, said, other in ((True, text, negated), (False, negated, text)):
            inside = [right for point, right in outcomes if case.met(point, condition) is wanted]
            outside = [right for point, right in outcomes if case.met(point, condition) is not wanted]
            if len(inside) < 2 or not all(inside) or not outside or all(outside):
                continue
            if case.right_where(parse_condition(said, sizes=case.first.sizes)):
                alone = not any(outside) and case.wrong_where(parse_condition(other, sizes=case.first.sizes))
                only = f"right only where {said}" if alone else f"right where {said}, but not everywhere else"
                yield Cause("wrong branch", only)


def _conditions(case: Case) -> Iterator[Tree]:
    """Those of the function and the claim; then the signs that a branch may hang on: of what has a kink, of scalars,
    and of the parts of the derivative, such as cos(x) in that of sqrt(1 - sin(x)**2)."""
    sides = (case.first.function.tree, case.first.claim.tree)
    sided: list[Tree] = []
    for part in (part for tree in sides for _, part in corrections.places(tree)):
        row = row_of(part)
        if row is not None and any(p.kind == CONDITION for p in row.tensors):
            yield part.args[0]
        if row is not None and row.slips.sided:
            sided.append(part.args[0])
    scalars = [nodes.symbol(name) for name, shape in case.first.free.items() if shape == ()]
    texts = [] if case.derivative is None else sorted(map(write_formula, _moving(case.derivative)), key=len)
    for part in dict.fromkeys((*sided, *scalars, *(parse(text).tree for text in texts if len(text) < READABLE))):
        yield nodes.make(OPS["gt"], [part, sympy.Integer(0)])


def _moving(tree: Tree) -> list[Tree]:
    """The parts of a formula that vary, and its numerator, whose sign is its own where the denominator is a root."""
    parts = (tree.as_numer_denom()[0], *sympy.preorder_traversal(tree))
    return [part for part in parts if isinstance(part, sympy.Expr) and part.free_symbols]


def components(case: Case) -> Iterator[Cause]:
    """Which entries are wrong, where others are right; a claim that is zero; one that is right close to 0 alone."""
    if not case.claimed:
        return
    if all(c.contains(0) for _, array in case.claimed for c in array.ravel()):
        yield Cause("zero", f"the claim is zero everywhere; the {case.noun} is not")
        return
    wrong: dict[tuple[int, ...], bool] = {}
    for point, array in case.claimed:
        for place in np.ndindex(array.shape):
            claimed: Any = array[place]  # Any: an arb, as the next one
            true: Any = point.truth()[place]
            apart = close(claimed, true) is False
            if not apart and not same(claimed, true):
                return
            wrong[place] = wrong.get(place, False) or apart
    bad = [place for place, found in wrong.items() if found]
    if 0 < len(bad) < len(wrong) and len(wrong) > 1:
        diagonal = [p for p in wrong if len(set(p)) == 1 and len(p) == 2]
        if diagonal and not any(wrong[p] for p in diagonal) and len(bad) > 1 and _any_value(case, diagonal):
            yield Cause("diagonal", "the diagonal is right, the entries beside it are not")
        elif len(bad) <= 3:
            names = ", ".join(f"[{', '.join(map(str, p))}]" for p in bad)
            yield Cause("component", f"every entry is right but {names}")
    yield from _near_zero(case)


def _any_value(case: Case, places: Sequence[tuple[int, ...]]) -> bool:
    """Is any of these entries of the claim not 0?"""
    return any(not array[place].contains(0) for _, array in case.claimed for place in places)


def _near_zero(case: Case) -> Iterator[Cause]:
    """An approximation for small arguments: certainly wrong on both sides of 0, less so nearer, at last right."""
    if not case.scalar or len(case.first.free) != 1:
        return
    (name,) = case.first.free
    points, program = Points(case.first, 0), compile_tree(case.first.claim.tree)

    def error(x: float) -> arb:
        """The relative one; nan where there is none."""
        point = points.at({name: np.asarray(x)})
        array = None if point is None else numbers(point, program)
        claimed: Any = None if array is None else array[()]  # Any: an arb or None
        if point is None or claimed is None:
            return arb.nan()
        true: Any = point.truth()[()]  # Any: an arb
        return relative_error(claimed, true, point.scale)

    for side in (-1, 1):
        far, near, last = (error(side * x) for x in (1e-2, 1e-4, CLOSE_BY))
        if not (near > 0 and near < far and last <= CLOSENESS):
            return
    yield Cause(
        "approximation",
        f"right only close to {name} = 0: its relative error is {float(near):.0e} at {name} = 1e-4",
    )
