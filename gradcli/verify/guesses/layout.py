"""Transposes, layouts and shapes, and formulas for symmetric matrices alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import sympy

from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse_condition
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.operations.table import OPS
from gradcli.verify import edits
from gradcli.verify.claims import Statement
from gradcli.verify.patient import (
    Guess,
    Maker,
    Patient,
    changed,
    edited,
    same,
)


def layouts(case: Patient) -> Iterator[Guess]:
    """The transpose, and the axes of a Jacobian in the other order."""
    rank = len(case.first.expected)
    inputs = sum(len(case.first.shape_of(name)) for name in case.first.wrt[:1])
    if rank == 2:
        if case.first.kind == "grad":
            yield Guess(
                "transpose", "the claim is the transpose of the gradient, which has the variable's shape", _turned
            )
        else:
            yield Guess(
                "layout", "the Jacobian has output axes first, then input axes; the claim is its transpose", _turned
            )
            yield Guess("layout", "minus the transpose of the Jacobian", lambda s: edits.minus(_turned(s)))
    if rank > 2 and 0 < inputs < rank:
        order = (*range(inputs, rank), *range(inputs))
        yield Guess(
            "layout",
            "the Jacobian has output axes first, then input axes; the claim has input axes first",
            partial(_permuted, order=order),
        )
        for order in ((1, 0, *range(2, rank)), (*range(rank - 2), rank - 1, rank - 2)):
            yield Guess("layout", "two axes of the claim are exchanged", partial(_permuted, order=order))


def shapes(case: Patient) -> Iterator[Guess]:
    """A claim that has the right numbers in another shape."""
    claim = case.first.claimed
    if claim is None or claim == case.first.expected:
        return
    expected = case.first.expected
    if len(expected) == 2 and expected[0] == expected[1] and claim == expected[:1]:
        yield Guess(
            "shape",
            "the claim is the diagonal alone; the Jacobian is the matrix with that diagonal",
            partial(_made, name="diag", constants=(0,)),
        )
        if _is_diagonal(case):
            yield Guess(
                "shape",
                "the claim is the diagonal of the Jacobian; the entries beside it are missing",
                case.true_tree,
            )
    if len(expected) == 1 and claim == expected * 2:
        yield Guess("shape", "a vector is due: the diagonal of the claim", partial(_made, name="diag", constants=(0,)))
        for axis in (0, 1):
            yield Guess(
                "shape",
                f"a vector is due: the claim summed over axis {axis}",
                partial(_made, name="sum", constants=(axis, False)),
            )
    if claim == () and expected:
        yield Guess(
            "shape",
            "the claim is one number where an array is due",
            lambda s: edits.times(s.claim.tree, nodes.make(OPS["ones"], [], (s.expected,))),
        )


def _is_diagonal(case: Patient) -> bool:
    """Is the claim, a vector, the diagonal of the true matrix?"""
    for trial in case.trials:
        array = trial.evaluate(compile_tree(trial.statement.claim.tree))
        n = len(trial.truth)
        if array is None or array.shape != (n,) or not all(same(array[i], trial.truth[i, i]) for i in range(n)):
            return False
    return True


def conditions(case: Patient) -> Iterator[Guess]:
    """Right for symmetric matrices alone."""
    square = [
        n
        for n, s in case.first.free.items()
        if len(s) == 2
        and s[0] == s[1]
        and all(st.shape_of(n)[0] == st.shape_of(n)[1] for st in case.evidence.statements)
    ]
    for names in (chosen for count in range(1, len(square) + 1) for chosen in combinations(square, count)):
        if case.right_where(parse_condition(" and ".join(f"{n} == {n}.T" for n in names))):
            symmetric = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} symmetric"
            yield Guess("symmetric part", f"right only where {symmetric}", *_correction(case))
            return


def _correction(case: Patient) -> tuple[Maker, str | None]:
    """The claim corrected by a small change if there is one, else the derivative operator."""
    for guess in _symmetrised(case):
        if case.right(guess):
            return guess, None
    return case.true_tree, None if case.derivative is None else case.formula


def _symmetrised(case: Patient) -> Iterator[Maker]:
    """2 M -> M + M.T, M -> M.T, at each place of a matrix in the claim."""
    tree = case.first.claim.tree
    for path, node in edits.places(tree):
        if node.is_Symbol or (row_of(node) is not None and row_of(node).name in {"inv", "transpose"}):  # type: ignore[union-attr]  # there is one
            for change in (edits.transposed, _halved_sum):
                yield partial(changed, path=path, change=change)
    for edit in edits.edits(tree, write, (), case.flat):
        if edit.kind == "transpose":
            yield partial(edited, edit=edit)


def _turned(statement: Statement) -> Tree:
    return edits.transposed(statement.claim.tree)


def _permuted(statement: Statement, order: Sequence[int]) -> Tree:
    return nodes.make(OPS["permute"], [statement.claim.tree], (tuple(order),))


def _made(statement: Statement, name: str, constants: tuple[Any, ...]) -> Tree:  # Any: see Static
    return nodes.make(OPS[name], [statement.claim.tree], constants)


def _halved_sum(tree: Tree) -> Tree:
    """The symmetric part."""
    return nodes.multiply(sympy.Rational(1, 2), nodes.add(tree, edits.transposed(tree)))
