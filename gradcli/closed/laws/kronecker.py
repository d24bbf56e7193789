"""Matrices whose axes carry several indices, as Kronecker products do: inverse and determinant, factor by factor.

inv(kron(A, B)) = kron(inv(A), inv(B)), det(kron(A, B)) = det(A)**m det(B)**n for A (n, n) and B (m, m): where one side
has a value, so has the other. Axes of size 1 carry no index.
"""

from __future__ import annotations

from math import prod

from gradcli.base.errors import LimitError
from gradcli.closed import matrices, normal, powers
from gradcli.closed.indexed import Axis
from gradcli.closed.labelling import components
from gradcli.closed.sizes import Extent
from gradcli.closed.terms import ONE, Factor, Index, Number, Sum, Term, product, times

Ends = tuple[Index, Index]


def inverse(terms: Sum, rows: Axis, columns: Axis) -> Sum:
    """inv(M)[rows, columns]. Errors: LimitError where M is no Kronecker product of square matrices."""
    if len(rows) == len(columns) == 1:
        return matrices.inverse(terms, rows[0], columns[0])
    if not rows and not columns:
        return powers.power(terms, (), -1)
    out: Sum = [ONE]
    for part, ends in _parts(terms, rows, columns):
        out = product(out, matrices.inverse([part], *ends))
    return out


def determinant(terms: Sum, rows: Axis, columns: Axis) -> Sum:
    """det(M), as above."""
    if len(rows) == len(columns) == 1:
        return matrices.determinant(terms, rows[0], columns[0])
    if not rows and not columns:
        return terms
    out: Sum = [ONE]
    for n, (part, ends) in enumerate(_parts(terms, rows, columns)):
        rest: Extent = prod([index.size for at, index in enumerate(rows) if at != n])
        out = product(out, matrices.to_the_size(matrices.determinant([part], *ends), rest))
    return out


def _parts(terms: Sum, rows: Axis, columns: Axis) -> list[tuple[Term, Ends]]:
    """The factors of the one term: each joins a row to its column; a number goes to the first."""
    terms = normal.simplified(terms, (*rows, *columns))
    if len(terms) != 1 or not rows or [i.size for i in rows] != [i.size for i in columns]:
        raise LimitError("a matrix with axes of products of sizes is not read for all sizes", kind="unchecked")
    found = [Term(1, {}) for _ in rows]
    found[0] = Term(terms[0].coefficient, {})
    for entries, bound in components(terms[0]):
        at = _place(entries, rows, columns)
        found[at] = times(found[at], Term(1, dict(entries), tuple(bound)))
    whole = all({i, j} <= _free(part) for part, i, j in zip(found, rows, columns, strict=True))
    if not whole:
        raise LimitError("a matrix of equal rows or columns", kind="unchecked")
    return [(part, ends) for part, *ends in zip(found, rows, columns, strict=True)]  # type: ignore[misc]  # two ends


def _free(part: Term) -> set[object]:
    return {port for _, ports in part.factors for port in ports}


def _place(entries: list[tuple[Factor, Number]], rows: Axis, columns: Axis) -> int:
    """Which pair of ends the factors stand at. Errors: LimitError where they stand at several."""
    ports = {port for (_, ports), _ in entries for port in ports}
    places = {n for n, ends in enumerate(zip(rows, columns, strict=True)) if ports & set(ends)}
    if len(places) > 1:
        raise LimitError("a matrix that is no product of matrices, over products of sizes", kind="unchecked")
    return places.pop() if places else 0
