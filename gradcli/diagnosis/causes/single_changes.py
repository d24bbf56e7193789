"""One slip of the pen in the claim undone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import product

import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.claims.branches import branched
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause, changed, corrected_by, instead
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.meaning import symbolic
from gradcli.meaning.program import compile_tree, run
from gradcli.operations.table import OPS


def bounds(case: Case) -> Iterator[Cause]:
    """A number in a condition that stands for another one, which the function has, or for 0, as in relu(x)."""
    tree = case.first.claim.tree
    numbers = dict.fromkeys(p for _, p in corrections.places(case.first.function.tree) if p.is_Number)
    numbers |= dict.fromkeys(number for number, _ in _constants(case))
    numbers |= {sympy.Integer(0): None} if branched(case.first.function.tree) else {}
    for path, part in corrections.places(tree):
        for other in numbers if part.is_Number and corrections.in_condition(tree, path) else ():
            said = f"the bound {case.text(part)} should be {case.text(other)}"
            yield Cause("wrong branch", said, partial(changed, path=path, change=partial(instead, new=other)))


def constants(case: Case) -> Iterator[Cause]:
    """A number that stands for a constant of the function's, such as the 0.01 of leaky_relu(x)."""
    tree = case.first.claim.tree
    for path, part in corrections.places(tree):
        for other, name in _constants(case) if part.is_Number and not corrections.in_condition(tree, path) else ():
            said = f"the number {case.text(part)} should be {case.text(other)}, the {name}"
            yield Cause("factor", said, partial(changed, path=path, change=partial(instead, new=other)))


def _constants(case: Case) -> Iterator[tuple[Tree, str]]:
    """The numbers among the constants of the function's operations, and what they are."""
    for _, node in corrections.places(case.first.function.tree):
        row = row_of(node)
        if row is not None and row.elementwise and row.constants and isinstance(node.args[-1], Static):
            for known, value in zip(row.constants, node.args[-1].value, strict=False):
                if isinstance(value, int | Fraction) and not isinstance(value, bool):
                    yield nodes.number(value), f"{known.name} of {row.name}"


def letters(case: Case) -> Iterator[Cause]:
    """The letter of one size for that of another."""
    tree, symbols = case.first.claim.tree, [nodes.symbol(letter) for letter in case.first.sizes]
    for path, part in corrections.places(tree):
        for other in symbols if part in symbols else ():
            if other != part:
                said = f"the size {other} is due where {part} stands"
                yield Cause("size", said, partial(changed, path=path, change=partial(instead, new=other)))


def changes(case: Case) -> Iterator[Cause]:
    """One slip in the claim undone."""
    symbols = [nodes.symbol(name) for name in case.first.shapes]
    tree = case.first.claim.tree
    parts = () if case.first.kind == "value" else _functions(case)  # the same function: nothing was derived
    slopes = [(part, slope) for part in parts for slope in _slopes(part)]
    for part, slope in slopes:
        for path, other in corrections.places(tree):
            if other == part and not corrections.in_condition(tree, path):
                said = f"the derivative of {case.text(part)} is due where it stands itself"
                yield Cause("chain rule", said, partial(changed, path=path, change=partial(instead, new=slope)))
    for correction in corrections.corrections(tree, case.text, symbols, case.flat):
        if any(corrections.in_condition(tree, path) for path in correction.paths):
            continue  # where a condition is to blame, much else happens to fit
        yield Cause(correction.kind, correction.text, partial(corrected_by, correction=correction))
    for part in parts:
        (argument,) = (a for a in part.args if not isinstance(a, Static))
        for path, other in corrections.places(tree):
            if other == argument and not other.is_Number and not corrections.in_condition(tree, path):
                said = f"{case.text(part)} is due where {case.text(other)} stands"
                yield Cause("wrong part", said, partial(changed, path=path, change=partial(instead, new=part)))
    for part, slope in slopes:
        for path, other in corrections.places(tree):
            if other.is_Number or nodes.is_condition(other) or corrections.in_condition(tree, path):
                continue
            said = f"× {{}}, the derivative of {case.text(part)}, is missing at {case.text(other)}"
            for change in (
                partial(corrections.times, slope),
                partial(_diagonally, factor=slope, before=True),
                partial(_diagonally, factor=slope, before=False),
            ):
                yield Cause("chain rule", said, partial(changed, path=path, change=change), (slope,))
    yield from _exchanged(case)


def _exchanged(case: Case) -> Iterator[Cause]:
    """Another part of the function or of the claim in the place of a part of the claim."""
    pool = dict.fromkeys(
        p
        for tree in (case.first.function.tree, case.first.claim.tree)
        for _, p in corrections.places(tree)
        if not nodes.is_condition(p)
    )
    for path, part in corrections.places(case.first.claim.tree):
        if corrections.in_condition(case.first.claim.tree, path):
            continue
        if not path or part.is_Number:
            continue
        for other in pool:
            if other != part and not other.is_Number:
                said = f"{case.text(other)} is due where {case.text(part)} stands"
                yield Cause("wrong part", said, partial(changed, path=path, change=partial(instead, new=other)))


def _functions(case: Case) -> list[Tree]:
    """Functions of one argument in the function and in the claim."""
    found = (p for tree in (case.first.function.tree, case.first.claim.tree) for _, p in corrections.places(tree))
    return list(
        dict.fromkeys(
            p for p in found if len([a for a in p.args if not isinstance(a, Static)]) == 1 and not nodes.is_condition(p)
        )
    )


def _slopes(part: Tree) -> Iterator[Tree]:
    """The derivative of an elementwise function, with its argument put in; sigmoid' also as s*(1 - s)."""
    (argument,) = (a for a in part.args if not isinstance(a, Static))
    row = row_of(part)
    if isinstance(part, sympy.exp) or (row is not None and row.elementwise and not row.boolean):
        name = nodes.Inner("u")
        held = nodes.symbol(name)
        try:
            arithmetic = symbolic.Symbolic(ideal=True)
            program = compile_tree(corrections.rebuilt(part, [held, *(a for a in part.args if isinstance(a, Static))]))
            entry = run(program, arithmetic, {name: symbolic.entries_of(name, ())})[()]
            slope = symbolic.derivative(entry, held)
        except (LimitError, ExpressionError):
            return
        if slope.has(held):
            yield corrections.filled(slope, held, argument)


def insertions(case: Case) -> Iterator[Cause]:
    """A matrix factor left out, before or behind the claim or one of its parts."""
    matrices = [nodes.symbol(name) for name, shape in case.first.shapes.items() if len(shape) == 2]
    square = [matrix for matrix in matrices if len(set(case.first.shapes[matrix.name])) == 1]
    factors = [factor for matrix in matrices for factor in (matrix, corrections.transposed(matrix))]
    factors += [nodes.make(OPS["inv"], [matrix]) for matrix in square]
    arrays = [nodes.symbol(n) for n in case.first.shapes]
    for path, part in corrections.places(case.first.claim.tree):
        if part.is_Number or nodes.is_condition(part) or corrections.in_condition(case.first.claim.tree, path):
            continue
        for factor, before in product(factors, (True, False)):
            said = (
                f"{case.text(factor)} @ is missing before {case.text(part)}"
                if before
                else f"@ {case.text(factor)} is missing behind {case.text(part)}"
            )
            yield Cause(
                "missing factor",
                said,
                partial(changed, path=path, change=partial(_multiplied, factor=factor, before=before)),
            )
        for factor in arrays:
            change = partial(corrections.times, factor)
            yield Cause(
                "missing factor",
                f"× {factor} is missing at {case.text(part)}",
                partial(changed, path=path, change=change),
            )


def _multiplied(tree: Tree, factor: Tree, *, before: bool) -> Tree:
    return nodes.make(OPS["matmul"], [factor, tree] if before else [tree, factor])


def _diagonally(tree: Tree, factor: Tree, *, before: bool) -> Tree:
    diagonal = nodes.make(OPS["diag"], [factor], (0,))
    return nodes.make(OPS["matmul"], [diagonal, tree] if before else [tree, diagonal])
