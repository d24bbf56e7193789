"""Sparse matrices as they travel between rooms: compressed rows, as scipy's ``csr_array`` has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.compressed import Triples, compressed
from gradcli.base.errors import MissingError

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SparseMatrix:
    """A matrix of which the entries that may differ from zero are held, by rows.

    shape:   (rows, columns)
    indptr:  (rows + 1,); row i has the entries ``indptr[i]:indptr[i + 1]``
    indices: (entries,) the column of each, ascending within a row, no place twice
    data:    (entries,) their numbers, float64
    ``torch.sparse_csr_tensor(m.indptr, m.indices, m.data, m.shape)`` makes torch's own of it, ``to_scipy`` scipy's.

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

    @classmethod
    def of_dense(cls, array: npt.ArrayLike) -> SparseMatrix:
        """The entries of a matrix ``(rows, columns)`` that are not zero; nan is one of them."""
        dense = np.asarray(array, dtype=np.float64)
        rows, columns = np.nonzero(dense)
        return cls.of_triples(rows, columns, dense[rows, columns], (dense.shape[0], dense.shape[1]))

    @classmethod
    def of_blocks(cls, blocks: Sequence[Sequence[SparseMatrix]]) -> SparseMatrix:
        """One matrix of rows of blocks: those beside one another have equally many rows, those below one another
        columns."""
        below = np.cumsum([0, *(row[0].shape[0] for row in blocks)])
        beside = np.cumsum([0, *(block.shape[1] for block in blocks[0])])
        placed = [
            (block, i, j) for row, i in zip(blocks, below, strict=False) for block, j in zip(row, beside, strict=False)
        ]
        parts = [Triples(block.rows + i, block.indices + j, block.data) for block, i, j in placed]
        return cls.of_parts(parts, (int(below[-1]), int(beside[-1])))

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

    def to_scipy(self) -> Any:  # Any: scipy comes without types
        """``scipy.sparse.csr_array((data, indices, indptr), shape)``. Errors: MissingError where scipy is not there."""
        try:
            return import_module("scipy.sparse").csr_array((self.data, self.indices, self.indptr), self.shape)
        except ImportError:
            hint = "pip install scipy"
            raise MissingError("to_scipy needs the package scipy, which is not installed", hint=hint) from None
