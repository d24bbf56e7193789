"""Transposes, layouts and shapes, and formulas for symmetric matrices alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import combinations
from typing import Any

import sympy

from gradcli.base.errors import UsageError
from gradcli.claims.statement import Statement
from gradcli.closed.arrangement import LAYOUTS, Arrangement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, Maker, changed, corrected_by, numbers, same
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse_condition
from gradcli.meaning.program import compile_tree
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS


def layouts(case: Case) -> Iterator[Cause]:
    """The transpose, and the axes of a Jacobian in the other order."""
    rank = len(case.first.expected)
    inputs = sum(len(case.first.shape_of(name)) for name in case.first.wrt[:1])
    if case.first.kind == "value":
        if rank == 2:
            yield Cause("transpose", "the claim is the transpose of the function", _turned)
        return
    if rank == 2:
        if case.first.kind == "grad":
            yield Cause(
                "transpose",
                f"the claim is the transpose of the gradient, which has the variable's shape{_unless(case)}",
                _turned,
            )
        else:
            yield Cause(
                "layout",
                f"the Jacobian has output axes first, then input axes{_unless(case)}; the claim is its transpose",
                _turned,
            )
            yield Cause(
                "layout", "minus the transpose of the Jacobian", lambda statement: corrections.minus(_turned(statement))
            )
    if rank > 2 and 0 < inputs < rank:
        order = (*range(inputs, rank), *range(inputs))
        yield Cause(
            "layout",
            "the Jacobian has output axes first, then input axes; the claim has input axes first",
            partial(_permuted, order=order),
        )
        for order in ((1, 0, *range(2, rank)), (*range(rank - 2), rank - 1, rank - 2)):
            yield Cause("layout", "two axes of the claim are exchanged", partial(_permuted, order=order))


def _unless(case: Case) -> str:
    """The option under which the transpose is due."""
    inputs = [case.first.shape_of(name) for name in case.first.wrt]
    output = case.first.expected[: len(case.first.expected) - sum(map(len, inputs))]
    for layout in LAYOUTS:
        with suppress(UsageError):
            if Arrangement(layout).plan(output, inputs).order == (1, 0):
                return f", unless the option layout is {layout}"
    return ""


def sizes(case: Case) -> Iterator[Cause]:
    """A claim that is right at those sizes alone at which it has the derivative's shape."""
    fits = case.fits
    if not 0 < len(fits) < len(case.sample.statements) or not case.fitting:
        return
    if all(case.right_at(point, lambda statement: statement.claim.tree) for point in case.fitting):
        other = next(statement for statement in case.sample.statements if statement not in fits)
        at, beside = (", ".join(f"{letter}={n}" for letter, n in known.sizes.items()) for known in (fits[0], other))
        yield Cause("size", f"right at {at}, of another shape at {beside}: a number stands for the letter of a size")


def shapes(case: Case) -> Iterator[Cause]:
    """A claim that has the right numbers in another shape."""
    claim = case.first.claimed
    if claim is None or claim == case.first.expected:
        return
    expected = case.first.expected
    whole = "function" if case.first.kind == "value" else "Jacobian"
    if len(expected) == 2 and expected[0] == expected[1] and claim == expected[:1]:
        yield Cause(
            "shape",
            f"the claim is the diagonal alone; the {whole} is the matrix with that diagonal",
            partial(_made, name="diag", constants=(0,)),
        )
        if _is_diagonal(case):
            yield Cause(
                "shape",
                f"the claim is the diagonal of the {whole}; the entries beside it are missing",
            )
    if len(expected) == 1 and claim == expected * 2:
        yield Cause("shape", "a vector is due: the diagonal of the claim", partial(_made, name="diag", constants=(0,)))
        for axis in (0, 1):
            yield Cause(
                "shape",
                f"a vector is due: the claim summed over axis {axis}",
                partial(_made, name="sum", constants=(axis, False)),
            )
    if claim == () and expected:
        yield Cause(
            "shape",
            "the claim is one number where an array is due",
            lambda statement: corrections.times(
                statement.claim.tree, nodes.make(OPS["ones"], [], (_sizes(statement),))
            ),
        )


def _sizes(statement: Statement) -> Shape:
    """The shape of the derivative, under the letters of its variables' axes."""
    axes = [
        nodes.Size.of(part, size) if part in statement.sizes else size
        for name in statement.wrt
        for part, size in zip(
            statement.letters.get(name, map(str, statement.shape_of(name))), statement.shape_of(name), strict=True
        )
    ]
    return (*statement.expected[: len(statement.expected) - len(axes)], *axes)


def _is_diagonal(case: Case) -> bool:
    """Is the claim, a vector, the diagonal of the true matrix?"""
    for point in case.points:
        array, true = numbers(point, compile_tree(point.statement.claim.tree)), point.truth()
        n = len(true)
        if array is None or array.shape != (n,) or not all(same(array[i], true[i, i]) for i in range(n)):
            return False
    return True


def conditions(case: Case) -> Iterator[Cause]:
    """Right for symmetric matrices alone."""
    square = [
        name
        for name in case.first.free
        if all(_is_square(statement.shape_of(name)) for statement in (case.first, *case.sample.statements))
    ]
    for names in (chosen for count in range(1, len(square) + 1) for chosen in combinations(square, count)):
        if case.right_where(parse_condition(" and ".join(f"{n} == {n}.T" for n in names))):
            symmetric = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} symmetric"
            yield Cause("symmetric part", f"right only where {symmetric}", _correction(case))
            return


def _is_square(shape: Shape) -> bool:
    return len(shape) == 2 and shape[0] == shape[1]


def _correction(case: Case) -> Maker | None:
    """The claim corrected by a small change if there is one."""
    return next((maker for maker in _symmetrised(case) if case.right(maker)), None)


def _symmetrised(case: Case) -> Iterator[Maker]:
    """2 M -> M + M.T, M -> M.T, at each place of a matrix in the claim."""
    tree = case.first.claim.tree
    for path, node in corrections.places(tree):
        row = row_of(node)
        if node.is_Symbol or (row is not None and row.slips.symmetrised):
            for change in (corrections.transposed, _halved_sum):
                yield partial(changed, path=path, change=change)
    for correction in corrections.corrections(tree, case.text, (), case.flat):
        if correction.kind == "transpose":
            yield partial(corrected_by, correction=correction)


def _turned(statement: Statement) -> Tree:
    return corrections.transposed(statement.claim.tree)


def _permuted(statement: Statement, order: Sequence[int]) -> Tree:
    return nodes.make(OPS["permute"], [statement.claim.tree], (tuple(order),))


def _made(statement: Statement, name: str, constants: tuple[Any, ...]) -> Tree:  # Any: see Static
    return nodes.make(OPS[name], [statement.claim.tree], constants)


def _halved_sum(tree: Tree) -> Tree:
    """The symmetric part."""
    return nodes.multiply(sympy.Rational(1, 2), nodes.add(tree, corrections.transposed(tree)))
