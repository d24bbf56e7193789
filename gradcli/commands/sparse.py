"""Sparse Jacobians and Hessians: the engine's, held against the second route; chosen where all entries are too many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradcli.base.errors import LimitError, UsageError
from gradcli.base.events import timed
from gradcli.base.sparse import SparseMatrix
from gradcli.base.wording import option
from gradcli.commands.computation import Checked, Request
from gradcli.commands.results import Result, Sparsity, by_name, leaves
from gradcli.inputs.prepare import MAX_DERIVATIVE, entries_of
from gradcli.operations.shape_rules import size
from gradcli.reference.formulas import NO_FORMULAS
from gradcli.verdicts.sparse.check import check_sparse

Dense = Callable[[], Result]


def refuse_beside(sparse: object, **others: object) -> None:
    """Errors: UsageError for one of these options beside a sparse derivative. others: by name, None where not given."""
    if sparse is not None and not isinstance(sparse, bool):
        raise UsageError(f"{option('sparse')} is true or false, not {sparse}")
    for name, value in others.items():
        if sparse and value is not None:
            raise UsageError(f"{option(name)} and {option('sparse')} exclude each other")


def sparse_or_dense(request: Request, sparse: bool | None, dense: Dense, **others: object) -> Result:
    """The derivative as sparse matrices where that was asked for, or where all of its entries are too many.

    sparse: True, False, or None: where the dense one would be refused, and a sparse one is to be had
    dense:  gives all entries; others: further options that are for these alone, as above
    Errors: UsageError for options that exclude each other; LimitError where all entries are too many, and most are not
    zero or nobody knows which are.
    """
    refuse_beside(sparse, **others)
    options = request.options
    bound = options.digits is not None or options.correct or any(value is not None for value in others.values())
    large = _size(request) > MAX_DERIVATIVE
    if sparse is False or (sparse is None and (bound or not large)):
        return dense()
    try:
        return _sparse(request, asked=sparse is True)
    except LimitError as error:
        if error.kind == "time":
            raise
        if large and sparse:
            raise LimitError(error.said, hint=error.advice or _products(request), kind=error.kind) from None
        return _large(dense, error) if large else _stored(request, dense(), error.message)


def _products(request: Request) -> str:
    ways = ("hvp",) if request.command == "hessian" else ("vjp", "jvp")
    return f"products with a vector need no zeros: {', '.join(option(way, 'V', 'V') for way in ways)}"


def _large(dense: Dense, why: LimitError) -> Result:
    """Errors: LimitError, which says why there is no sparse one either."""
    try:
        return dense()
    except LimitError as error:
        raise LimitError(f"{error.said}; {why.said}", hint=error.advice, kind=error.kind) from None


def _size(request: Request) -> int:
    """The entries of the whole derivative."""
    columns = entries_of(request.task)
    return columns * (columns if request.command == "hessian" else size(request.task.output))


def _sparse(request: Request, *, asked: bool) -> Result:
    """By the engine. Errors: LimitError with its reason."""
    with timed("load"):
        from gradcli.engine.sparse.derivative import sparse_hessian, sparse_jacobian

    found = (sparse_hessian if request.command == "hessian" else sparse_jacobian)(request.torch)
    entries = sum(block.nnz for block in found.blocks.values())
    facts = Sparsity(found.method, entries, _size(request), found.colours, asked=asked)
    problem = request.problem(None if request.command == "hessian" else request.task)
    with timed("check"):
        check = check_sparse(problem, found, request.task.wrt, request.torch, request.settings)
    made = request.result(found.value, {}, Checked(check, NO_FORMULAS, [], check.verdict))
    return replace(made, derivative=by_name(found.blocks), sparse=facts)


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
