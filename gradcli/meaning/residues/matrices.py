"""Determinants and inverses: by minors, which are polynomials, of small matrices; of others by elimination."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradcli.meaning.residues.nodes import Graph, Node, UnmodelledError
from gradcli.meaning.scalars import Array

BY_MINORS = 4  # rows: a determinant of 5 rows has 120 terms
Places = tuple[int, ...]


def determinant(g: Graph, a: Array) -> Node:
    if len(a) > BY_MINORS:
        return _eliminated(g, a, a[:, :0])[0]
    everything = tuple(range(len(a)))
    return _minor(g, a, everything, everything, {})


def inverse(g: Graph, a: Array) -> Array:
    """Errors: UnmodelledError where it is certainly singular."""
    n = len(a)
    out = np.empty(a.shape, dtype=object)
    if n > BY_MINORS:
        out.fill(g.zero)
        np.fill_diagonal(out, g.one)
        return _eliminated(g, a, out)[1]
    everything = tuple(range(n))
    known: dict[tuple[Places, Places], Node] = {}
    det = _minor(g, a, everything, everything, known)
    if det is g.zero:
        raise UnmodelledError("the inverse of a singular matrix")
    scale = g.div(g.one, det)
    for i, j in np.ndindex(a.shape):
        rest = [tuple(k for k in everything if k != left) for left in (j, i)]
        cofactor = _minor(g, a, rest[0], rest[1], known)
        out[i, j] = g.mul(g.neg(cofactor) if (i + j) % 2 else cofactor, scale)
    return out


def _minor(g: Graph, a: Array, rows: Places, columns: Places, known: dict[tuple[Places, Places], Node]) -> Node:
    """The determinant of these rows and columns, by the first of the rows."""
    if not rows:
        return g.one
    found = known.get((rows, columns))
    if found is None:
        pairs = []
        for k, column in enumerate(columns):
            entry: Node = a[rows[0], column]
            if entry is not g.zero:
                rest = _minor(g, a, rows[1:], columns[:k] + columns[k + 1 :], known)
                pairs.append((entry, g.neg(rest) if k % 2 else rest))
        found = known[rows, columns] = g.dot(pairs)
    return found


def _eliminated(g: Graph, a: Array, b: Array) -> tuple[Node, Array]:
    """Gauss and Jordan: det(a), and inv(a) @ b. A pivot is any entry that is not the constant 0."""
    a, b = a.copy(), b.copy()
    det = g.one
    for k in range(len(a)):
        pivot = next((i for i in range(k, len(a)) if a[i, k] is not g.zero), None)
        if pivot is None:
            if b.shape[1]:
                raise UnmodelledError("the inverse of a singular matrix")
            return g.zero, b
        if pivot != k:
            a[[k, pivot]], b[[k, pivot]] = a[[pivot, k]], b[[pivot, k]]
            det = g.neg(det)
        det = g.mul(det, a[k, k])
        right = (a[:, k + 1 :], b)
        for part in right:
            part[k] = [g.div(entry, a[k, k]) for entry in part[k]]
        for i in range(0 if b.shape[1] else k + 1, len(a)):
            if i != k and a[i, k] is not g.zero:
                for part in right:
                    part[i] = _less(g, part[i], a[i, k], part[k])
    return det, b


def _less(g: Graph, row: Sequence[Node], factor: Node, other: Sequence[Node]) -> list[Node]:
    return [g.sub(x, g.mul(factor, y)) for x, y in zip(row, other, strict=True)]
