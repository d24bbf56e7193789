"""Where a claim is right though it is wrong elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy

from gradcli.claims.points import Points
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, numbers, same
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse_condition
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.operations.row import CONDITION
from gradcli.operations.table import OPS


def regions(case: Case) -> Iterator[Cause]:
    """Right on one side of a condition, or of zero, and not everywhere on the other."""
    conditions: dict[Tree, str] = {}
    for _, part in (p for tree in (case.first.function.tree, case.first.claim.tree) for p in corrections.places(tree)):
        row = row_of(part)
        if row is not None and any(p.kind == CONDITION for p in row.tensors):
            conditions.setdefault(part.args[0], write(part.args[0]))
        if row is not None and row.slips.sided:
            made = nodes.make(OPS["gt"], [part.args[0], sympy.Integer(0)])
            conditions.setdefault(made, write(made))
    for name, shape in case.first.free.items():
        if shape == ():
            made = nodes.make(OPS["gt"], [nodes.symbol(name), sympy.Integer(0)])
            conditions.setdefault(made, write(made))
    outcomes = [(point, case.right_at(point, lambda statement: statement.claim.tree)) for point in case.fitting]
    for condition, text in conditions.items():
        negated = f"not {text}" if " " not in text else f"not ({text})"
        for wanted, said, other in ((True, text, negated), (False, negated, text)):
            inside = [right for point, right in outcomes if case.met(point, condition) is wanted]
            outside = [right for point, right in outcomes if case.met(point, condition) is not wanted]
            if len(inside) < 2 or not all(inside) or not outside or all(outside):
                continue
            if case.right_where(parse_condition(said, sizes=case.first.sizes)):
                alone = not any(outside) and case.wrong_where(parse_condition(other, sizes=case.first.sizes))
                only = f"right only where {said}" if alone else f"right where {said}, but not everywhere else"
                yield Cause("wrong branch", only, case.true_tree, case.formula)


def components(case: Case) -> Iterator[Cause]:
    """Which entries are wrong, where others are right; a claim that is zero; one that is right close to 0 alone."""
    if not case.claimed:
        return
    if all(c.contains(0) for _, array in case.claimed for c in array.ravel()):
        yield Cause("zero", "the claim is zero everywhere; the derivative is not", None)
        return
    wrong: dict[tuple[int, ...], bool] = {}
    for point, array in case.claimed:
        for place in np.ndindex(array.shape):
            found = not same(array[place], point.truth()[place])
            wrong[place] = wrong.get(place, False) or found
    bad = [place for place, found in wrong.items() if found]
    if 0 < len(bad) < len(wrong) and len(wrong) > 1:
        diagonal = [p for p in wrong if len(set(p)) == 1 and len(p) == 2]
        if diagonal and not any(wrong[p] for p in diagonal) and len(bad) > 1:
            yield Cause("diagonal", "the diagonal is right, the entries beside it are not", None)
        elif len(bad) <= 3:
            names = ", ".join(f"[{', '.join(map(str, p))}]" for p in bad)
            yield Cause("component", f"every entry is right but {names}", None)
    yield from _near_zero(case)


def _near_zero(case: Case) -> Iterator[Cause]:
    """An approximation for small arguments: the error falls with the size of the variables."""
    if not case.scalar or len(case.first.free) != 1:
        return
    (name,) = case.first.free
    points, program = Points(case.first, 0), compile_tree(case.first.claim.tree)
    errors = []
    for size in (1e-2, 1e-4, -1e-2, -1e-4):
        point = points.at({name: np.asarray(size)})
        array = None if point is None or point.kink else numbers(point, program)
        if point is None or array is None:
            return
        claimed: Any = array[()]  # Any: an arb or None
        true: Any = point.truth()[()]  # Any: an arb
        if claimed is None or true.contains(0):
            return
        errors.append(float(abs(claimed - true) / abs(true)))
    if all(near < 1e-3 and near < far / 50 for far, near in (errors[:2], errors[2:])):
        yield Cause(
            "approximation",
            f"right only close to {name} = 0: its relative error is {errors[1]:.0e} at {name} = 1e-4",
            case.true_tree,
            case.formula,
        )
