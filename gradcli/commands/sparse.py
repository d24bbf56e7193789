"""Sparse Jacobians and Hessians: matrices of what is not zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradcli.base.errors import UsageError
from gradcli.base.sparse import SparseMatrix
from gradcli.base.wording import option
from gradcli.commands.computation import Request
from gradcli.commands.results import Result, Sparsity, by_name, leaves
from gradcli.inputs.prepare import entries_of
from gradcli.operations.shape_rules import size

Dense = Callable[[], Result]


def refuse_beside(sparse: object, **others: object) -> None:
    """Errors: UsageError for one of these options beside a sparse derivative. others: by name, None where not given."""
    if sparse is not None and not isinstance(sparse, bool):
        raise UsageError(f"{option('sparse')} is true or false, not {sparse}")
    for name, value in others.items():
        if sparse and value is not None:
            raise UsageError(f"{option(name)} and {option('sparse')} exclude each other")


def sparse_or_dense(request: Request, sparse: bool | None, dense: Dense, **others: object) -> Result:
    """The derivative as sparse matrices where that was asked for.

    dense: gives all entries; others: further options that are for these alone, as above
    Errors: UsageError for options that exclude each other.
    """
    refuse_beside(sparse, **others)
    options = request.options
    bound = options.digits is not None or options.correct or any(value is not None for value in others.values())
    return _stored(request, dense(), "") if sparse and not bound else dense()


def _size(request: Request) -> int:
    """The entries of the whole derivative."""
    columns = entries_of(request.task)
    return columns * (columns if request.command == "hessian" else size(request.task.output))


def _stored(request: Request, found: Result, reason: str) -> Result:
    """A dense derivative as matrices of what is not zero."""
    task = request.task
    blocks = {}
    for names, array in leaves(found.derivative).items():
        rows, columns = (size(task.values[name].shape) for name in (names[0], names[-1]))
        rows = size(task.output) if request.command == "jacobian" else rows
        dense = np.zeros((rows, columns)) if array is None else np.asarray(array).reshape(rows, columns)
        blocks[names] = SparseMatrix.of_dense(dense)
    facts = Sparsity("dense", sum(block.nnz for block in blocks.values()), _size(request), reason=reason)
    return replace(found, derivative=by_name(blocks), formula=None, trees=None, sparse=facts)
