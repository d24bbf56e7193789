"""Sparse matrices as they travel between rooms: compressed rows, as scipy's ``csr_array`` has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.compressed import Triples, compressed

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SparseMatrix:
    """A matrix of which the entries that may differ from zero are held, by rows.

    shape:   (rows, columns)
    indptr:  (rows + 1,); row i has the entries ``indptr[i]:indptr[i + 1]``
    indices: (entries,) the column of each, ascending within a row, no place twice
    data:    (entries,) their numbers, float64

    >>> m = SparseMatrix.of_triples([1, 0, 1], [0, 1, 0], [1.0, 2.0, 3.0], (2, 2))
    >>> m.toarray().tolist(), m.nnz
    ([[0.0, 2.0], [4.0, 0.0]], 2)
    """

    shape: tuple[int, int]
    indptr: Positions
    indices: Positions
    data: FloatArray

    @classmethod
    def of_triples(
        cls, rows: npt.ArrayLike, columns: npt.ArrayLike, data: npt.ArrayLike, shape: tuple[int, int]
    ) -> SparseMatrix:
        """Triples (row, column, number) in any order; the numbers of one place are added."""
        i, j = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        return cls.of_parts([Triples(i, j, np.asarray(data, dtype=np.float64))], shape)

    @classmethod
    def of_parts(cls, parts: Sequence[Triples], shape: tuple[int, int]) -> SparseMatrix:
        """The triples of all parts, as above."""
        return cls(shape, *compressed(parts, shape))

    @property
    def nnz(self) -> int:
        """How many entries are held."""
        return len(self.data)

    @property
    def rows(self) -> Positions:
        """(entries,) the row of each."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    def toarray(self) -> FloatArray:
        """All entries, of ``shape``."""
        whole = np.zeros(self.shape)
        whole[self.rows, self.indices] = self.data
        return whole

    def __matmul__(self, vector: Any) -> FloatArray:  # Any: what numpy takes for an array
        """The product with a vector of ``shape[1]`` numbers."""
        terms = self.data * np.asarray(vector, dtype=np.float64)[self.indices]
        return np.bincount(self.rows, terms, minlength=self.shape[0]).astype(np.float64)

    @property
    def T(self) -> SparseMatrix:  # noqa: N802 - as numpy writes it
        """The transpose."""
        return SparseMatrix.of_triples(self.indices, self.rows, self.data, self.shape[::-1])
