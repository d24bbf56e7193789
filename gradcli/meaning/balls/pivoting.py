"""What LAPACK decides by the numbers of a matrix: the signs of reflections, the order of rows.

They are constants between their jumps, so that enclosures without slopes decide them.
"""

from __future__ import annotations

from flint import arb

from gradcli.meaning.balls.ball import UntoldError

Rows = list[list[arb]]


def reflected_signs(rows: Rows) -> list[int]:
    """Of the diagonal of R: against the sign of the entry that a reflection takes the column to; that entry's own
    where there is nothing below it to be reflected. Errors: UntoldError."""
    rows = [list(row) for row in rows]
    return [_reflected(rows, k) for k in range(min(len(rows), len(rows[0])))]


def _reflected(rows: Rows, k: int) -> int:
    """The sign of a diagonal entry; what is behind it is reflected (Golub & Van Loan, Matrix Computations, 5.1)."""
    head, below = rows[k][k], [row[k] for row in rows[k + 1 :]]
    sign = 1 if head >= 0 else -1 if head < 0 else 0
    if not sign:
        raise UntoldError
    if all(entry.is_zero() for entry in below):
        return sign
    length = sum((entry * entry for entry in below), start=head * head).sqrt()
    vector = [head + sign * length, *below]
    for j in range(k + 1, len(rows[0])):
        along = sum((v * row[j] for v, row in zip(vector, rows[k:], strict=True)), start=arb(0))
        along = along / (length * (length + abs(head)))
        for v, row in zip(vector, rows[k:], strict=True):
            row[j] = row[j] - v * along
    return -sign


def swapped_rows(rows: Rows) -> list[int]:
    """With which row each one changes place: that of the largest entry, of several the first. Errors: UntoldError."""
    rows = [list(row) for row in rows]
    found = []
    for k in range(min(len(rows), len(rows[0]))):
        best = _largest([abs(row[k]) for row in rows[k:]]) + k
        found.append(best)
        rows[k], rows[best] = rows[best], rows[k]
        if not rows[k][k].is_zero():
            _eliminate(rows, k)
    return found


def _largest(sizes: list[arb]) -> int:
    best = 0
    for i, size in enumerate(sizes[1:], 1):
        if size > sizes[best]:
            best = i
        elif not size <= sizes[best]:
            raise UntoldError
    return best


def _eliminate(rows: Rows, k: int) -> None:
    for row in rows[k + 1 :]:
        factor = row[k] / rows[k][k]
        row[k + 1 :] = [x - factor * y for x, y in zip(row[k + 1 :], rows[k][k + 1 :], strict=True)]
