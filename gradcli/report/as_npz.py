"""A sparse matrix as scipy.sparse.save_npz writes one in compressed rows, and scipy.sparse.load_npz reads it."""

from __future__ import annotations

import io

import numpy as np

from gradcli.base.errors import UsageError
from gradcli.report.document import Document, View
from gradcli.report.triples import stacked
from gradcli.report.values import matrices_of


def render(document: Document, view: View) -> bytes:
    """The arrays ``indices``, ``indptr``, ``format``, ``shape`` and ``data``; ``_is_array``: scipy's ``csr_array``.

    Source: scipy/sparse/_matrix_io.py, save_npz.
    """
    matrix = stacked(matrices_of(document, "npz"))
    if view.terminal:
        raise UsageError("a terminal does not show .npz", hint="-o FILE, or a pipe")
    buffer = io.BytesIO()
    numbers = np.int32 if max(*matrix.shape, matrix.nnz) <= np.iinfo(np.int32).max else np.int64  # as scipy chooses
    np.savez(
        buffer,
        indices=matrix.indices.astype(numbers),
        indptr=matrix.indptr.astype(numbers),
        format=np.array(b"csr"),
        shape=np.array(matrix.shape),
        data=matrix.data,
        _is_array=np.array(True),
    )
    return buffer.getvalue()
