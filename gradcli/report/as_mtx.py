"""A sparse matrix in the Matrix Market's exchange format: coordinates of real numbers, counted from 1.

Source: R. Boisvert, R. Pozo, K. Remington, The Matrix Market Exchange Formats: Initial Design, NISTIR 5935 (1996).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcli.base.sparse import SparseMatrix
from gradcli.report.document import Document, View
from gradcli.report.triples import lines_of, places_told, stacked
from gradcli.report.values import matrices_of


def render(document: Document, _view: View) -> str:
    """Of a Hessian that is symmetric to the last bit the lower triangle, and it says so; else every entry."""
    values = matrices_of(document, "mtx")
    matrix = stacked(values)
    symmetric = document.command == "hessian" and is_symmetric(matrix)
    held = lower(matrix) if symmetric else matrix
    kind = "symmetric" if symmetric else "general"
    told = places_told(values)
    comment = f"% counted from 0, {told}\n" if told else ""
    head = f"%%MatrixMarket matrix coordinate real {kind}\n{comment}{held.shape[0]} {held.shape[1]} {held.nnz}\n"
    return head + lines_of(held, " ", first=1)


def is_symmetric(matrix: SparseMatrix) -> bool:
    """Is it its own transpose, to the last bit? nan is as nan."""
    other = matrix.T
    return (
        matrix.shape == other.shape
        and np.array_equal(matrix.indptr, other.indptr)
        and np.array_equal(matrix.indices, other.indices)
        and np.array_equal(matrix.data, other.data, equal_nan=True)
    )


def lower(matrix: SparseMatrix) -> SparseMatrix:
    """The entries on the diagonal and below it."""
    rows = matrix.rows
    kept = rows >= matrix.indices
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=matrix.shape[0]))])
    return replace(matrix, indptr=indptr, indices=matrix.indices[kept], data=matrix.data[kept])
