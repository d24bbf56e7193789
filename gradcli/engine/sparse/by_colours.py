"""Sparse derivatives by colours: the pattern from the sparsity arithmetic, then one pass for each colour of it.

The numbers are those of torch's passes one by one: where one is not finite, the passes of its row run by themselves.
What lies outside of the pattern is the true zero there, where torch's dense passes may give nan for 0 times inf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from gradcli.autograd import coloured, passes
from gradcli.autograd.point import Run, Torch
from gradcli.base.arrays import FloatArray
from gradcli.base.compressed import starts_of
from gradcli.base.errors import LimitError
from gradcli.base.sparse import Positions, SparseMatrix
from gradcli.engine.sparse.answer import COLOURS, SparseDerivative
from gradcli.meaning.colouring.bidirectional import Passes, bidirectional
from gradcli.meaning.colouring.symmetric import symmetric
from gradcli.meaning.sparsity.lists import Lists
from gradcli.meaning.sparsity.structure import Pattern
from gradcli.operations.shape_rules import numbered

ENTRIES = 2**24  # of a pattern: 16 bytes each, and about as much again while they are sorted
NUMBERS = 2**26  # in all compressed products together: half a gigabyte
PASSES = 2**10  # each takes as long as some gradients
FEW = 16  # passes are worth it for the smallest matrix
SHARE = 4  # past this share of a pass for each row, what is computed is as good as dense


def sparse_jacobian_by_colours(task: Torch) -> SparseDerivative:
    """Each block in compressed rows, by backward passes, forward passes or both.

    Errors: LimitError where no zeros are known, or the passes are too many; see ``Torch.guarded`` for torch's own.
    """
    wrt, structure = task.task.wrt, task.structure(1)
    shapes = {name: task.task.values[name].size for name in wrt}
    with task.guarded():
        made = task.run()
        m = made.output.numel()
        blocks = {
            (name,): _known(structure.jacobian(name), m, n, f"of the Jacobian in {name}") for name, n in shapes.items()
        }
        starts = _starts(task)
        n = sum(shapes.values())
        rows, columns = _joined([(at, to + starts[name]) for (name,), (at, to) in blocks.items()], n)
        most = _most(min(m, n) if task.plain else m, max(m, n))
        data, count = _jacobian_entries(task, made, rows, columns, most)
        value = task.given_out(made.output)
    cut = {name: (columns >= starts[name]) & (columns < starts[name] + width) for name, width in shapes.items()}
    parts: dict[tuple[str, ...], SparseMatrix] = {
        (name,): _matrix(rows[at], columns[at] - starts[name], data[at], (m, shapes[name])) for name, at in cut.items()
    }
    return SparseDerivative(parts, value, COLOURS, count)


def _jacobian_entries(task: Torch, made: Run, rows: Positions, columns: Positions, most: int) -> tuple[FloatArray, int]:
    """The numbers at these places, and how many passes there were."""
    m, n = made.output.numel(), sum(leaf.numel() for leaf in made.leaves)
    found, forward = _with_forward(task, made, Lists.of_pairs(rows, columns, (m, n)), n, most)
    if found is None:
        raise _too_many("Jacobian", len(rows), m * n, most)
    backward = np.empty((0, n))
    if found.backward:
        backward = coloured.sums_of_rows(made.output, made.leaves, found.rows, task.widest)
    data = found.entries(rows, columns, backward, forward)
    return _finite_or_by_rows(data, rows, columns, made.output, made.leaves), found.count


def _with_forward(task: Torch, made: Run, rows: Lists, columns: int, most: int) -> tuple[Passes | None, FloatArray]:
    """The fewest passes, and the numbers of the forward ones.

    They are backward ones alone where torch lacks a forward form, and, where that can be, where numbers are not finite:
    a forward pass does not show what the backward pass makes of an infinite slope.
    """
    none = np.empty((0, made.output.numel()))
    found = bidirectional(rows, columns, most, forward=task.plain)
    if found is None or not found.forward:
        return found, none
    back = None
    if not passes.finite_reverse(made.output, made.leaves):
        back = bidirectional(rows, columns, most, forward=False)
    if back is not None:
        return back, none
    function = task.as_function(made)
    try:
        return found, coloured.sums_of_columns(function, made.leaves, made.output, found.columns, task.widest)
    except (NotImplementedError, RuntimeError):
        return bidirectional(rows, columns, most, forward=False), none


def sparse_hessian_by_colours(task: Torch) -> SparseDerivative:
    """Each block in compressed rows, by Hessian-vector products: passes through the gradient, computed once.

    Errors: as above.
    """
    wrt, structure = task.task.wrt, task.structure(2)
    sizes = {name: task.task.values[name].size for name in wrt}
    starts = _starts(task)
    n = sum(sizes.values())
    blocks = {
        (row, column): _known(
            structure.hessian(row, column), sizes[row], sizes[column], f"of the Hessian in {row} and {column}"
        )
        for row in wrt
        for column in wrt
    }
    rows, columns = _joined([(at + starts[row], to + starts[column]) for (row, column), (at, to) in blocks.items()], n)
    most = _most(n, n)
    found = symmetric(rows, columns, n, most)
    if found is None:
        raise _too_many("Hessian", len(rows), n * n, most)
    with task.guarded():
        made = task.run()
        output = _gradient(made.output.reshape(()), made.leaves)
        data = np.zeros(len(rows))
        if len(rows) and output.requires_grad:
            products = coloured.sums_of_rows(output, made.leaves, found.colours, task.widest)
            data = found.entries(rows, columns, products)
            data = _finite_or_by_rows(data, rows, columns, output, made.leaves)
        value = task.given_out(made.output)
    parts = _blocks(rows, columns, data, starts, sizes)
    return SparseDerivative(parts, value, COLOURS, found.count if len(rows) else 0)


def _starts(task: Torch) -> dict[str, int]:
    """The position of the first entry of each variable among all."""
    shapes = {name: task.task.values[name].shape for name in task.task.wrt}
    return {name: at.start for name, at in numbered(shapes).items()}


def _gradient(output: Tensor, leaves: Sequence[Tensor]) -> Tensor:
    """All first derivatives in a row, with their graph."""
    first = passes.gradient(output, leaves, create_graph=True)
    whole = [torch.zeros_like(x) if part is None else part for part, x in zip(first, leaves, strict=True)]
    return torch.cat([part.reshape(-1) for part in whole])


def _finite_or_by_rows(
    data: FloatArray, rows: Positions, columns: Positions, output: Tensor, leaves: Sequence[Tensor]
) -> FloatArray:
    """The same where finite; elsewhere what the pass of that row by itself gives. Errors: LimitError."""
    wrong = np.flatnonzero(~np.isfinite(data))
    if len(wrong):
        own, at = np.unique(rows[wrong], return_inverse=True)
        width = sum(leaf.numel() for leaf in leaves)
        if len(own) * width > NUMBERS or len(own) > PASSES:
            raise LimitError(
                f"{len(wrong)} entries are not finite here, in {len(own)} rows, each of which takes a pass of its own"
            )
        data = data.copy()
        data[wrong] = coloured.rows_one_by_one(output, leaves, own)[at, columns[wrong]]
    return data


def _known(pattern: Pattern | None, rows: int, columns: int, what: str) -> Pattern:
    """The pattern; all places of a small block of which nothing is known. Errors: LimitError for a large one."""
    if pattern is not None:
        return pattern
    if rows * columns > ENTRIES:
        raise LimitError(f"no zeros {what} are known: {rows:,} x {columns:,} entries")
    at = np.arange(rows * columns)
    return at // max(columns, 1), at % max(columns, 1)


def _joined(patterns: Sequence[Pattern], columns: int) -> Pattern:
    """All places, row by row."""
    rows = np.concatenate([at for at, _ in patterns])
    keys = np.sort(rows * columns + np.concatenate([to for _, to in patterns]))
    if len(keys) > ENTRIES:
        raise LimitError(f"{len(keys):,} entries may differ from zero, more than {ENTRIES:,}")
    return keys // max(columns, 1), keys % max(columns, 1)


def _most(rows: int, width: int) -> int:
    """How many passes pay."""
    return max(min(max(FEW, rows // SHARE), PASSES, NUMBERS // max(width, 1)), 1)


def _too_many(name: str, entries: int, places: int, most: int) -> LimitError:
    zeros = (
        "has no zeros that are known"
        if entries == places
        else f"has {entries:,} of {places:,} entries that may differ from zero"
    )
    return LimitError(f"the {name} {zeros}: it takes more than {most} passes")


def _matrix(rows: Positions, columns: Positions, data: FloatArray, shape: tuple[int, int]) -> SparseMatrix:
    """From places that are sorted by rows."""
    return SparseMatrix(shape, starts_of(np.bincount(rows, minlength=shape[0])), columns, data)


def _blocks(
    rows: Positions, columns: Positions, data: FloatArray, starts: Mapping[str, int], sizes: Mapping[str, int]
) -> dict[tuple[str, ...], SparseMatrix]:
    """A block for each pair of variables."""
    ends = list(accumulate(sizes.values()))
    i, j = np.searchsorted(ends, rows, side="right"), np.searchsorted(ends, columns, side="right")
    found: dict[tuple[str, ...], SparseMatrix] = {}
    for a, row in enumerate(sizes):
        for b, column in enumerate(sizes):
            at = np.flatnonzero((i == a) & (j == b))
            shape = (sizes[row], sizes[column])
            found[row, column] = _matrix(rows[at] - starts[row], columns[at] - starts[column], data[at], shape)
    return found
