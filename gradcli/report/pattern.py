"""Where a sparse matrix has entries, as a picture: dots of text, or an image of so many rows and columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gradcli.base.sparse import SparseMatrix

Image = npt.NDArray[np.bool_]

BLANK = 0x2800  # the first of Unicode's 256 braille cells, each 4 dots high and 2 wide
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # what each dot of a cell adds to it
FRAME = 2  # columns on the left and on the right of a picture in dots


def image(matrix: SparseMatrix, rows: int, columns: int) -> Image:
    """The pattern in so many rows and columns: true where any of the entries in its part is held."""
    found = np.zeros((rows, columns), dtype=np.bool_)
    found[matrix.rows * rows // max(matrix.shape[0], 1), matrix.indices * columns // max(matrix.shape[1], 1)] = True
    return found


def scaled(shape: tuple[int, int], rows: int, columns: int) -> tuple[int, int]:
    """The rows and columns of its picture: as many as the matrix has, or fewer by one scale for both."""
    scale = max(shape[0] / rows, shape[1] / columns, 1)
    return max(1, round(shape[0] / scale)), max(1, round(shape[1] / scale))


def drawn(matrix: SparseMatrix, columns: int, *, braille: bool) -> list[str]:
    """The lines of the picture, at most so many columns wide and half as many lines high, rounded up.

    >>> drawn(SparseMatrix.of_dense([[1.0, 0.0], [2.0, 3.0]]), 80, braille=False)
    ['x.', 'xx']
    >>> drawn(SparseMatrix.of_dense([[1.0, 0.0], [2.0, 3.0]]), 80, braille=True)
    ['┌─┐', '│⠓│', '└─┘']
    """
    if 0 in matrix.shape:
        return []
    return _braille(matrix, max(columns - FRAME, 1)) if braille else _letters(matrix, columns)


def _letters(matrix: SparseMatrix, columns: int) -> list[str]:
    """A letter an entry, or where these are too many, one for a part that is twice as high as wide, as letters are."""
    lines = (columns + 1) // 2
    if matrix.shape[0] <= lines and matrix.shape[1] <= columns:
        rows, width = matrix.shape
    else:
        rows, width = scaled((-(-matrix.shape[0] // 2), matrix.shape[1]), lines, columns)
    return ["".join("x" if held else "." for held in line) for line in image(matrix, rows, width).tolist()]


def _braille(matrix: SparseMatrix, columns: int) -> list[str]:
    """Cells of 4 x 2 dots in a frame."""
    rows, width = scaled(matrix.shape, 2 * columns, 2 * columns)
    dots = np.zeros((-(-rows // 4) * 4, -(-width // 2) * 2), dtype=np.int64)
    dots[:rows, :width] = image(matrix, rows, width)
    cells = dots.reshape(len(dots) // 4, 4, -1, 2)
    codes = BLANK + np.einsum("rick,ik->rc", cells, DOTS)
    rule = "─" * codes.shape[1]
    return [f"┌{rule}┐", *(f"│{''.join(map(chr, line))}│" for line in codes.tolist()), f"└{rule}┘"]


def facts(matrix: SparseMatrix, way: str = "") -> str:
    """``4 x 4, 10 entries (62.5 %), bandwidth 1``, and how they were found.

    >>> facts(SparseMatrix.of_dense([[1.0, 0.0], [2.0, 3.0]]))
    '2 x 2, 3 entries (75 %), bandwidth 1 below and 0 above the diagonal'
    """
    size = matrix.shape[0] * matrix.shape[1]
    entries = "1 entry" if matrix.nnz == 1 else f"{matrix.nnz:,} entries"
    share = f" ({100 * matrix.nnz / size:.3g} %)" if size else ""
    parts = [f"{matrix.shape[0]:,} x {matrix.shape[1]:,}", f"{entries}{share}", _bandwidth(matrix), way]
    return ", ".join(filter(None, parts))


def _bandwidth(matrix: SparseMatrix) -> str:
    """The farthest diagonals that have an entry."""
    if not matrix.nnz:
        return ""
    away = matrix.indices - matrix.rows
    below, above = max(int(-away.min()), 0), max(int(away.max()), 0)
    return f"bandwidth {below:,}" if below == above else f"bandwidth {below:,} below and {above:,} above the diagonal"


def spy(matrix: SparseMatrix | npt.ArrayLike, *, columns: int = 80, braille: bool = True) -> str:
    """Where a matrix has entries, as a text of so many columns: a line of facts, then the picture.

    matrix:  a block of a sparse derivative, or an array ``(rows, columns)``, of which what is not zero is drawn
    columns: of the picture, at most; it has at most half as many lines
    braille: dots, 8 in a character; else the letters x and .
    A matrix that is larger than its picture is scaled, so that a dot stands for several entries of which one is held.

    >>> print(spy([[1.0, 0.0], [2.0, 3.0]], braille=False))
    2 x 2, 3 entries (75 %), bandwidth 1 below and 0 above the diagonal
    x.
    xx
    """
    found = matrix if isinstance(matrix, SparseMatrix) else SparseMatrix.of_dense(matrix)
    return "\n".join([facts(found), *drawn(found, columns, braille=braille)])
