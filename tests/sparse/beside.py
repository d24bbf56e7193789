"""A sparse derivative beside the dense one of the same formula."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autograd.point import Torch
from gradcli.engine.sparse.answer import SparseDerivative
from gradcli.engine.sparse.derivative import sparse_hessian, sparse_jacobian
from gradcli.inputs.prepare import prepare

RTOL, ATOL = 1e-9, 1e-11


def point_of(text: str, values: dict[str, Any], wrt: str | None = None, dtype: str = "float64") -> Torch:
    return Torch(prepare(text, values, wrt, unused=False), dtype, "cpu")


def derivative(point: Torch, order: int, method: str | None = None) -> SparseDerivative:
    return (sparse_hessian if order == 2 else sparse_jacobian)(point, method=method)


def differences(point: Torch, order: int, found: SparseDerivative) -> list[str]:
    """Where the blocks differ from torch's dense ones; empty where they agree."""
    *dense, value = point.hessian() if order == 2 else point.jacobian()
    names = point.task.wrt
    keys = [(row, column) for row in names for column in names] if order == 2 else [(name,) for name in names]
    wrong = [] if np.array_equal(value, found.value) else ["value"]
    assert list(found.blocks) == keys
    for key, block in zip(keys, dense, strict=True):
        matrix = found.blocks[key]
        assert np.isfinite(block).all()
        if not np.allclose(matrix.toarray(), block.reshape(matrix.shape), rtol=RTOL, atol=ATOL):
            wrong.append(" ".join(key))
    return wrong
