"""Other conventions: a symmetric matrix as half of its entries, arrays laid out as vectors, what is known but not said.

For f of a symmetric matrix with gradient G in all n*n entries, the derivative in the n*(n + 1)/2 free ones is
``G + G.T - diag(G)``, which is ``2*G - diag(G)`` (Matrix Cookbook, eq. 138). With vec by columns, the Jacobian of
``vec(A@X@B)`` in ``vec(X)`` is ``kron(B.T, A)``, a matrix; here it has the axes of the function, then those of X.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import sympy

from gradcli.claims.statement import Statement
from gradcli.diagnosis import corrections
from gradcli.diagnosis.case import Case, Cause
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.language.parse import parse_condition
from gradcli.operations.shape_rules import Shape, size
from gradcli.operations.table import OPS

MATRIX_FACTS = ("{0}.T@{0} == eye(len({0}[0]))", "sum({0}, 1) == 1", "sum({0}, 0) == 1")
VECTOR_FACTS = ("sum({0}) == 1", "sum({0}**2) == 1", "sum({0}) == 0")


def symmetric_entries(case: Case) -> Iterator[Cause]:
    """The derivative in the entries of a symmetric matrix, of which two are one."""
    first = case.first
    if first.kind != "grad" or len(first.expected) != 2 or first.expected[0] != first.expected[1]:
        return
    name = first.wrt[0]
    condition = parse_condition(f"{name} == {name}.T")
    if case.accepted([replace(_in_free_entries(known), where=(*known.where, condition)) for known in case.fits], 3):
        yield Cause(
            "symmetric convention",
            f"this takes {name}[i, j] and {name}[j, i] for one variable, 2*G - diag(G) for the gradient G; "
            "here each entry is a variable of its own",
        )


def _in_free_entries(statement: Statement) -> Statement:
    """The claim as one of ``G + G.T - diag(diag(G))``."""
    gradient = nodes.make(OPS["grad"], [statement.function.tree, nodes.symbol(statement.wrt[0])])
    diagonal = partial(nodes.make, OPS["diag"])
    less = corrections.minus(diagonal([diagonal([gradient], (0,))], (0,)))
    tree = nodes.add(gradient, corrections.transposed(gradient), less)
    return replace(statement, function=replace(statement.function, tree=tree), kind="value", wrt=())


def vectors(case: Case) -> Iterator[Cause]:
    """Arrays as vectors: vec by columns or by rows, and vectors as matrices with one column or row."""
    first = case.first
    inputs = sum(len(first.shape_of(name)) for name in first.wrt)
    if first.kind == "value" or first.claimed is None or first.claimed == first.expected:
        return
    if [n for n in first.claimed if n != 1] == [n for n in first.expected if n != 1]:
        if case.right(_reshaped):
            yield Cause(
                "shape", f"the claim has axes of size 1, shape {_plain(first.claimed)}; due is {_plain(first.expected)}"
            )
        return
    whole = len(first.expected) - inputs
    rows, columns = size(first.expected[:whole]), size(first.expected[whole:])
    variable = f"vec({first.wrt[-1]})"
    said = f"of the function in {variable}" if whole == 0 else f"of vec(f) in {variable}"
    for turned, shape in ((False, (rows, columns)), (True, (columns, rows))):
        if first.claimed not in (shape, (rows * columns,)):
            continue
        for by, places in (("columns", _from_columns), ("rows", _from_rows)):
            if case.right(partial(places, whole=whole, turned=turned)):
                also = ", transposed" if turned else ""
                due = f"here it has shape {_plain(first.expected)}"
                yield Cause("layout", f"this is the derivative {said}, by {by}{also}; {due}")


def _plain(shape: Shape) -> Shape:
    """Numbers without the letters that they may go under."""
    return tuple(map(int, shape))


def _reshaped(statement: Statement) -> Tree:
    return nodes.make(OPS["reshape"], [statement.claim.tree], (statement.expected,))


def _from_rows(statement: Statement, whole: int, *, turned: bool) -> Tree:
    del whole
    claim = corrections.transposed(statement.claim.tree) if turned else statement.claim.tree
    return nodes.make(OPS["reshape"], [claim], (statement.expected,))


def _from_columns(statement: Statement, whole: int, *, turned: bool) -> Tree:
    """Reshaped with the axes of each side in reverse, which are then put in order."""
    claim = corrections.transposed(statement.claim.tree) if turned else statement.claim.tree
    out, inner = statement.expected[:whole], statement.expected[whole:]
    reverse = (*range(whole)[::-1], *range(whole, whole + len(inner))[::-1])
    reshaped = nodes.make(OPS["reshape"], [claim], ((*out[::-1], *inner[::-1]),))
    return nodes.make(OPS["permute"], [reshaped], (reverse,))


def premises(case: Case) -> Iterator[Cause]:
    """What is known of a variable and was not said: probabilities, unit vectors, orthogonal matrices."""
    for name, shape in case.first.free.items():
        facts = {1: VECTOR_FACTS, 2: MATRIX_FACTS}.get(len(shape), ())
        for fact in facts if len(case.sample.statements) > 1 or size(shape) > 1 else ():
            text = fact.format(name).replace(f"len({name}[0])", _columns(case, name))
            if case.right_where(parse_condition(text, sizes=case.first.sizes)):
                yield Cause("premise", f"right where {text}, which no condition says")


def _columns(case: Case, name: str) -> str:
    """The size of the last axis, as it was written."""
    return case.first.letters.get(name, tuple(map(str, case.first.shape_of(name))))[-1]


def entrywise(case: Case) -> Iterator[Cause]:
    """A power or the exponential of each entry where that of the matrix is due; then transposed as well."""
    tree = case.first.claim.tree
    for path, node in corrections.places(tree):
        made = _of_matrix(node)
        if made is None:
            continue
        said = f"{case.text(node)} is taken entry by entry; that of the matrix is due, {case.text(made)}"
        for new, also in ((made, ""), (corrections.transposed(made), ", transposed")):
            yield Cause("entrywise", said + also, partial(_instead_at, path=path, new=new))


def _of_matrix(node: Tree) -> Tree | None:
    """The power of a matrix, or its exponential, for that of each entry."""
    if isinstance(node, sympy.exp):
        return nodes.make(OPS["matrix_exp"], [node.args[0]])
    if not isinstance(node, sympy.Pow) or not node.args[1].is_Integer or node.args[1] == 1:
        return None
    base, count = node.args[0], abs(int(node.args[1]))
    factor = base if node.args[1] > 0 else nodes.make(OPS["inv"], [base])
    made = factor
    for _ in range(count - 1 if count <= 4 else 0):
        made = nodes.make(OPS["matmul"], [made, factor])
    return made if count <= 4 else None


def _instead_at(statement: Statement, path: corrections.Path, new: Tree) -> Tree:
    return corrections.put(statement.claim.tree, path, new)
