"""Sparse matrices as lines, an entry a line, and several of them as one matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from gradcli.base.sparse import SparseMatrix
from gradcli.report.document import Document, Line, Value

AT_ONCE = 1 << 16  # entries of which the lines are made together: some megabytes


def lines_of(matrix: SparseMatrix, between: str, before: str = "", first: int = 0) -> str:
    """``row column number`` of each entry, whose numbers read back equal; between: what stands between these.

    before: what each line begins with; first: the number of the first row and column

    >>> lines_of(SparseMatrix.of_dense([[0.0, 0.5], [2.0, 0.0]]), " ")
    '0 1 0.5\\n1 0 2.0\\n'
    """
    return "".join(_chunks(matrix, f"{before.replace('%', '%%')}%d{between}%d{between}%r\n", first))


def _chunks(matrix: SparseMatrix, line: str, first: int) -> Iterator[str]:
    rows, columns = matrix.rows + first, matrix.indices + first
    for start in range(0, matrix.nnz, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        triples = zip(rows[part].tolist(), columns[part].tolist(), matrix.data[part].tolist(), strict=True)
        yield "".join(map(line.__mod__, triples))


def few_lines(matrix: SparseMatrix, ends: int, before: str = "") -> str:
    """The same of the first and the last entries alone, for a terminal."""
    head, tail = _part(matrix, 0, ends), _part(matrix, matrix.nnz - ends, matrix.nnz)
    left_out = f"{before}... ({matrix.nnz - 2 * ends:,} more)\n"
    return lines_of(head, " ", before) + left_out + lines_of(tail, " ", before)


def _part(matrix: SparseMatrix, start: int, stop: int) -> SparseMatrix:
    """Some of the entries, in their order."""
    return replace(
        matrix,
        indptr=matrix.indptr.clip(start, stop) - start,
        indices=matrix.indices[start:stop],
        data=matrix.data[start:stop],
    )


def stacked(values: Sequence[Value]) -> SparseMatrix:
    """Blocks as one matrix, the variables in their order."""
    blocks = {value.names: value.matrix for value in values}
    columns = list(dict.fromkeys(names[-1] for names in blocks))
    if all(len(names) == 1 for names in blocks):
        return SparseMatrix.of_blocks([[blocks[(name,)] for name in columns]])
    return SparseMatrix.of_blocks([[blocks[row, column] for column in columns] for row in columns])


def places(values: Sequence[Value]) -> dict[str, tuple[int, int]]:
    """Where the columns of each variable begin and end in the whole matrix, and its rows in a Hessian's."""
    sizes = {value.names[-1]: value.matrix.shape[1] for value in values}
    return dict(zip(sizes, pairwise(accumulate(sizes.values(), initial=0)), strict=True))


def places_told(values: Sequence[Value]) -> str:
    """``columns 0:3 are x, 3:5 are y``; empty of one variable."""
    found = places(values)
    what = "rows and columns" if len(values[0].names) > 1 else "columns"
    told = ", ".join(f"{start}:{stop} are {name}" for name, (start, stop) in found.items())
    return f"{what} {told}" if len(found) > 1 else ""


def with_places(document: Document) -> Document:
    """The document, which is to be written as one matrix, and beside it what is whose."""
    values = document.values
    told = places_told(values) if values and all(value.matrix is not None for value in values) else ""
    said = (Line(told, label="note"),) if told else ()
    return replace(document, remarks=(*document.remarks, *said), warnings=(*document.warnings, *said))
