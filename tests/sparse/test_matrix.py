"""Sparse matrices: what comes of triples, and of products."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.base.sparse import SparseMatrix


@pytest.mark.parametrize("seed", range(5))
def test_triples_add_up_as_in_a_dense_matrix(seed: int) -> None:
    draw = np.random.default_rng(seed)
    shape = (int(draw.integers(1, 9)), int(draw.integers(1, 9)))
    count = int(draw.integers(0, 60))
    rows, columns = draw.integers(0, shape[0], count), draw.integers(0, shape[1], count)
    numbers = draw.integers(-9, 9, count).astype(np.float64)
    dense = np.zeros(shape)
    np.add.at(dense, (rows, columns), numbers)
    made = SparseMatrix.of_triples(rows, columns, numbers, shape)
    assert np.array_equal(made.toarray(), dense)
    assert np.array_equal(made.T.toarray(), dense.T)
    assert len(set(zip(made.rows.tolist(), made.indices.tolist(), strict=True))) == made.nnz
    assert all(np.all(np.diff(made.indices[a:b]) > 0) for a, b in zip(made.indptr, made.indptr[1:], strict=False))
    vector = draw.integers(-9, 9, shape[1]).astype(np.float64)
    assert np.array_equal(made @ vector, dense @ vector)


def test_a_matrix_without_entries_has_its_shape() -> None:
    made = SparseMatrix.of_triples([], [], [], (3, 0))
    assert made.toarray().shape == (3, 0)
    assert made.nnz == 0
    assert (made @ np.empty(0)).tolist() == [0.0, 0.0, 0.0]
