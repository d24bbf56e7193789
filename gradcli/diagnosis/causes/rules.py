"""Slips of the rules of differentiation, and derivatives of something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import sympy

from gradcli.base.errors import GradcliError
from gradcli.claims.point import Point
from gradcli.claims.statement import Statement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import HELD, Case, Cause, numbers, same
from gradcli.diagnosis.causes.conventions import of_entries, of_matrix
from gradcli.diagnosis.wrong_rules import wrong_derivatives
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.shapes import output_shape

MAX_OCCURRENCES = 8
MAX_TERMS = 12


def rules(case: Case) -> Iterator[Cause]:
    """The wrong derivatives that one slip of the rules leads to."""
    if case.before is None or not case.claimed:
        return
    x = nodes.symbol(case.first.wrt[-1])
    few = case.claimed[:2]
    for slip in wrong_derivatives(case.before, x):
        if slip.kind == "chain rule" and slip.named and case.is_step_beside_branches(slip.named[0]):
            continue
        if all(_claim_at(case, point, array, slip.derivative) for point, array in few) and _wrong_everywhere(
            case, slip.derivative
        ):
            yield Cause(slip.kind, slip.text, named=slip.named)


def terms(case: Case) -> Iterator[Cause]:
    """A term of the written-out derivative left out, counted twice or with the wrong sign."""
    if case.derivative is None or not case.claimed:
        return
    forms = dict.fromkeys((case.derivative, sympy.expand(case.derivative)))
    for form in forms:
        for term in sympy.Add.make_args(form) if form.is_Add and len(form.args) <= MAX_TERMS else ():
            for kind, said, wrong in (
                ("missing term", "is missing", form - term),
                ("term sign", "has the wrong sign", form - 2 * term),
                ("doubled term", "counts twice", form + term),
            ):
                few = case.claimed[:2]
                if all(_claim_at(case, point, array, wrong) for point, array in few) and _wrong_everywhere(case, wrong):
                    yield Cause(kind, f"the term {{}} of the derivative {said}", named=(term,))


def _claim_at(case: Case, point: Point, array: Array, tree: Tree) -> bool:
    value = case.scalar_value(point, tree)
    return same(array[()], value)


def _wrong_everywhere(case: Case, tree: Tree) -> bool:
    """Is the claim this wrong formula at every point?"""
    program = compile_tree(tree)
    for point, array in case.claimed:
        value = numbers(point, program)
        if value is None or not same(array[()], value[()]):
            return False
    return True


def other_variables(case: Case) -> Iterator[Cause]:
    """The derivative in another variable of the same shape."""
    name = case.first.wrt[0] if case.first.wrt else ""
    if case.first.kind != "grad":
        return
    for other in case.first.shapes:
        alike = other != name and case.first.shape_of(other) == case.first.shape_of(name)
        if alike and case.claim_is(partial(_with, wrt=(other,))):
            yield Cause("wrong variable", f"this is the derivative in {other}, not in {name}")


def other_orders(case: Case) -> Iterator[Cause]:
    """The first derivative for the second, the second for the first, the function for its derivative."""
    first = case.first
    scalar = first.expected == ()  # of arrays, these have other shapes
    if scalar and first.kind == "hessian" and case.claim_is(partial(_with, kind="grad", wrt=first.wrt[:1])):
        yield Cause("order", "this is the first derivative, not the second")
    if scalar and first.kind == "grad" and case.claim_is(partial(_with, kind="hessian", wrt=first.wrt * 2)):
        yield Cause("order", "this is the second derivative, not the first")
    alike = first.kind != "value" and not any(first.shape_of(name) for name in first.wrt)
    if alike and case.claim_is(partial(_with, kind="value", wrt=())):
        yield Cause("order", "this is the function itself")
    for name in first.shapes if alike and first.kind == "grad" and first.claimed == () and case.scalar else ():
        if case.accepted([replace(first, function=first.claim, claim=first.function, wrt=(name,))], 3, telling=True):
            yield Cause("order", f"this is an antiderivative of the function in {name}, not its derivative")


def other_functions(case: Case) -> Iterator[Cause]:
    """The derivative of a function one slip away: of the square, of the logarithm, of sin(x)**2 for sin(x**2)."""
    if case.first.kind == "value":
        return
    symbols = [nodes.symbol(name) for name in case.first.shapes]
    for correction in [
        *_powers_moved(case.first.function.tree),
        *corrections.corrections(case.first.function.tree, case.text, symbols, case.flat),
    ]:
        if case.claim_is(partial(_of_function, correction=correction)) and _elsewhere_too(case, correction):
            name = write(correction.apply(case.first.function.tree))
            yield Cause("other function", f"this is the derivative of {name}")


def entry_by_entry(case: Case) -> Iterator[Cause]:
    """The derivative where a function of a matrix is taken for that of each entry, or the other way round."""
    tree = case.first.function.tree
    for path, node in corrections.places(tree) if case.first.kind != "value" else ():
        for change, said in ((of_entries, "that of each entry"), (of_matrix, "that of the matrix")):
            if change(node) is None:
                continue
            correction = corrections.Correction("", "", (path,), change)
            if case.claim_is(partial(_of_function, correction=correction)) and _elsewhere_too(case, correction):
                name, other = write(correction.apply(tree)), case.text(change(node))
                text = f"this is the derivative of {name}: {other} is {said}, {case.text(node)} is not"
                yield Cause("entrywise", text)


def _elsewhere_too(case: Case, correction: corrections.Correction) -> bool:
    """Is the claim right of the changed function at new points too?"""
    try:
        return case.accepted([_of_function(statement, correction) for statement in case.sample.statements])
    except (IndexError, GradcliError):
        return False


def frozen(case: Case) -> Iterator[Cause]:
    """A part of the function taken for a constant; or all of it but one occurrence of the variable."""
    if case.first.kind == "value" or not case.claimed:
        return
    name, kind = case.first.wrt[-1], "product rule"
    tree, x = case.first.function.tree, nodes.symbol(case.first.wrt[-1])
    parts = [(path, part) for path, part in corrections.places(tree) if path and part.has(x)]
    occurrences = [path for path, part in parts if part == x]
    for part in dict.fromkeys(part for _, part in parts if part != x):
        chosen = tuple(path for path, other in parts if other == part)
        if case.claim_is(partial(_freezing, paths=chosen)):
            term = part in tree.args and isinstance(tree, sympy.Add)
            said = (
                f"the derivative of the term {write(part)} is missing"
                if term
                else f"{_as_quotient(part)} is treated as a constant"
            )
            yield Cause("missing term" if term else kind, said)
    for k, path in enumerate(occurrences if 1 < len(occurrences) <= MAX_OCCURRENCES else ()):
        where = f"{name} number {k + 1} of {len(occurrences)}"
        rest = tuple(p for p in occurrences if p != path)
        if case.claim_is(partial(_freezing, paths=(path,))):
            yield Cause(kind, f"the part that comes from {where} is missing")
        if case.claim_is(partial(_freezing, paths=rest)):
            yield Cause(kind, f"this is the part that comes from {where} alone")
        if case.claim_is(partial(_freezing, paths=rest), times=len(occurrences)):
            said = f"{len(occurrences)} times the part that comes from {where}: the others are not like it"
            yield Cause(kind, said)


def _as_quotient(part: Tree) -> str:
    """``1/u`` for ``u**-1``, as people write it."""
    return (
        write(nodes.multiply(sympy.Integer(1), part))
        if isinstance(part, sympy.Pow) and part.args[1] == -1
        else write(part)
    )


def _with(statement: Statement, **changes: Any) -> Statement:  # Any: fields of a Statement
    return replace(statement, **changes)


def _of_function(statement: Statement, correction: corrections.Correction) -> Statement:
    """The same claim of another function. Errors: ExpressionError where its shapes do not fit."""
    tree = correction.apply(statement.function.tree)
    made = compile_tree(tree)
    shape = output_shape(made, {name: statement.shape_of(name) for name in made.names})
    if len(shape) + sum(len(statement.shape_of(n)) for n in statement.wrt) != len(statement.expected):
        raise IndexError("another shape")
    return replace(statement, function=replace(statement.function, tree=tree))


def _powers_moved(tree: Tree) -> Iterator[corrections.Correction]:
    """sin(x**2) for sin(x)**2, and the other way round."""
    for path, node in corrections.places(tree):
        if isinstance(node, sympy.Pow) and len(node.args[0].args) == 1:
            yield corrections.Correction(
                "",
                "",
                (path,),
                lambda tree: corrections.rebuilt(tree.args[0], [nodes.power(tree.args[0].args[0], tree.args[1])]),
            )
        elif len(node.args) == 1 and isinstance(node.args[0], sympy.Pow):
            yield corrections.Correction(
                "",
                "",
                (path,),
                lambda tree: nodes.power(corrections.rebuilt(tree, [tree.args[0].args[0]]), tree.args[0].args[1]),
            )


def _freezing(statement: Statement, paths: Sequence[corrections.Path]) -> Statement:
    """The statement of the function in which some parts hold the variable's value but do not move with it."""
    x, held = nodes.symbol(statement.wrt[-1]), nodes.symbol(HELD)
    tree = statement.function.tree
    for path in paths:
        tree = corrections.put(tree, path, corrections.filled(corrections.at(tree, path), x, held))
    shapes = {**statement.shapes, HELD: statement.shape_of(statement.wrt[-1])}
    return replace(statement, function=replace(statement.function, tree=tree), shapes=shapes)
