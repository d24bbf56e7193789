"""How the inputs of a draw are met: values, free elements, combinations of others, and columns of orthogonal matrices.

``(I - S) @ inv(I + S)`` runs over all rotations that have no eigenvalue -1, as S runs over the skew matrices (Cayley
1846); with the first row turned, over as many reflections. Each is rational in S: so what vanishes there as a function
of S vanishes for all of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

Affine = Mapping[str, Fraction]  # a combination of inputs; under "" the constant
Rows = list[list[int]]


class RedrawError(Exception):
    """A division by 0."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Inputs that are orthonormal columns: ``names.T @ names = I`` in each draw.

    names:     of the entries, as rows; no more columns than rows
    reflected: of a square matrix, is its determinant -1?
    """

    names: tuple[tuple[str, ...], ...]
    reflected: bool = False

    @property
    def is_square(self) -> bool:
        return len(self.names) == len(self.names[0])


@dataclass(frozen=True, slots=True)
class Inputs:
    """fixed:      inputs that have a value
    determined: inputs that are combinations of others
    frames:     orthonormal columns
    """

    fixed: Mapping[str, Fraction] = field(default_factory=dict)
    determined: Mapping[str, Affine] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()

    def is_free(self, name: str) -> bool:
        framed = any(name in row for frame in self.frames for row in frame.names)
        return name not in self.fixed and name not in self.determined and not framed


def orthonormal(frame: Frame, p: int, element: Callable[[], int]) -> dict[str, int]:
    """Residues of the frame's entries. Errors: RedrawError."""
    n = len(frame.names)
    skew = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            skew[i][j] = element()
            skew[j][i] = -skew[i][j]
    plus = [[(i == j) + s for j, s in enumerate(row)] for i, row in enumerate(skew)]
    minus = [[(i == j) - s for j, s in enumerate(row)] for i, row in enumerate(skew)]
    found = _solved(plus, minus, p)  # the two commute
    if frame.reflected:
        found[0] = [-v for v in found[0]]
    return {name: found[i][j] % p for i, names in enumerate(frame.names) for j, name in enumerate(names)}


def _solved(a: Rows, b: Rows, p: int) -> Rows:
    """``inv(a) @ b`` modulo p, by Gauss and Jordan. Errors: RedrawError."""
    rows = [[v % p for v in (*left, *right)] for left, right in zip(a, b, strict=True)]
    n = len(rows)
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k]), None)
        if pivot is None:
            raise RedrawError
        rows[k], rows[pivot] = rows[pivot], rows[k]
        scale = pow(rows[k][k], -1, p)
        rows[k] = [v * scale % p for v in rows[k]]
        for i in range(n):
            if i != k and rows[i][k]:
                rows[i] = _less(rows[i], rows[i][k], rows[k], p)
    return [row[n:] for row in rows]


def _less(row: Sequence[int], factor: int, other: Sequence[int], p: int) -> list[int]:
    return [(x - factor * y) % p for x, y in zip(row, other, strict=True)]


def residue(number: Fraction, p: int) -> int:
    return number.numerator * pow(number.denominator, -1, p) % p
