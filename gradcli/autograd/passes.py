"""Derivatives by torch.autograd: with ``operators.py`` the only callers of ``torch.autograd.grad``.

A ``Function`` here is any callable from a list of input tensors to one output tensor; inputs require grad. Jacobian
axes are output axes, then input axes. An input that the output does not depend on has derivative None, as in torch;
a derivative that torch's graph has lost because it is constant (floor, a linear function's second derivative) is the
true zero.

Jacobians and Hessians run in batches of passes (``torch.vmap``), and where a pattern of zeros is known in one pass for
each colour of it. Both give what passes one by one give, up to rounding, as long as every number is finite: a pass is a
sum of products with slopes, in which an infinite slope makes inf or nan of any seed, even of 0. Where a number is not
finite, and where torch cannot batch, the passes run one by one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from math import isfinite

import numpy as np
import torch
from torch import Tensor
from torch.autograd import forward_ad

from gradcli.base.sparse import Positions
from gradcli.meaning.colouring.groups import grouped_blocks
from gradcli.meaning.footprint import BATCH
from gradcli.meaning.sparsity.structure import Pattern

Function = Callable[[Sequence[Tensor]], Tensor]
Blocks = Sequence[Sequence[Pattern | None]]  # by row and column; None: any entry may differ from zero

MAX_NUMBERS = BATCH
FEW = 6  # passes; fewer run one by one: the first batch of a process loads torch's decompositions, 0.3 s
MAX_COLOURS = 16
LOOKED_AT = 2**18  # entries from which on a pass of ones says sooner than a look at all of them whether they are finite

_make_dual: Callable[[Tensor, Tensor], Tensor] = forward_ad.make_dual
_unpack_dual: Callable[[Tensor], tuple[Tensor, Tensor | None]] = forward_ad.unpack_dual


def gradient(
    output: Tensor,
    inputs: Sequence[Tensor],
    cotangent: Tensor | None = None,
    *,
    create_graph: bool = False,
    retain_graph: bool | None = None,
) -> list[Tensor | None]:
    """``d output / d input`` for each input; with a cotangent v of the output's shape, ``v^T J`` (vjp).

    Errors: torch's RuntimeError "grad can be implicitly created only for scalar outputs" where the output has several
    entries and there is no cotangent.
    """
    if not output.requires_grad:
        if cotangent is None and output.numel() != 1:
            # For torch's own error for a non-scalar, whatever it depends on.
            output = output + sum(x.sum() for x in inputs) * 0
        else:
            return [None] * len(inputs)
    return list(
        torch.autograd.grad(
            output, list(inputs), cotangent, create_graph=create_graph, retain_graph=retain_graph, allow_unused=True
        )
    )


def as_called(
    output: Tensor, inputs: Sequence[Tensor], cotangent: Tensor | None = None, **options: bool
) -> tuple[Tensor, ...]:
    """What the same call in a user's program gives. Errors: torch's own, all of them.

    options: retain_graph, create_graph, allow_unused
    """
    return torch.autograd.grad(output, list(inputs), cotangent, **options)


def nth_derivative(output: Tensor, x: Tensor, order: int, cotangent: Tensor | None = None) -> Tensor | None:
    """The derivative of ``output`` repeated ``order`` times in ``x``, of shape (); None if it never depended on x.

    cotangent: of the output's shape, for an output that is no scalar
    """
    current: Tensor | None = output
    for n in range(order):
        if current is None:
            return torch.zeros_like(x) if n > 1 else None
        (current,) = gradient(
            current, [x], cotangent if n == 0 else None, create_graph=n + 1 < order, retain_graph=True
        )
    if current is None and order > 1:
        return torch.zeros_like(x)
    return current


def _zeros_where_none(parts: Sequence[Tensor | None], inputs: Sequence[Tensor]) -> list[Tensor]:
    return [torch.zeros_like(x) if part is None else part for part, x in zip(parts, inputs, strict=True)]


# -- Jacobians


def jacobian_reverse(output: Tensor, inputs: Sequence[Tensor], widest: int | None = None) -> list[Tensor]:
    """One backward pass per output entry, by basis vectors: ``output.shape + input.shape`` for each input.

    widest: entries of the largest tensor in a pass, for batches; None: the passes run one by one
    """
    batched = None if widest is None or output.numel() < FEW else batch_of_rows(output, inputs, widest)
    if batched is not None:
        return batched
    flat = output.reshape(-1)
    rows = [_zeros_where_none(gradient(flat[i], inputs, retain_graph=True), inputs) for i in range(flat.numel())]
    return [
        torch.stack([row[k] for row in rows]).reshape(output.shape + x.shape)
        if rows
        else x.new_zeros(output.shape + x.shape)
        for k, x in enumerate(inputs)
    ]


def jacobian_by_pattern(
    output: Tensor, inputs: Sequence[Tensor], patterns: Sequence[Pattern], colour: Positions
) -> list[Tensor] | None:
    """The Jacobian by one backward pass for each colour; None where a number is not finite.

    patterns: for each input, where the derivative may differ from zero
    colour:   of each entry of the output, such that entries of one colour share no column of the patterns
    """
    if not inputs:
        return []
    seeds = output.detach().new_zeros(int(colour.max(initial=0)) + 1, output.numel())
    seeds[colour, np.arange(len(colour))] = 1
    parts = attempted(lambda: pulled_back(output, inputs, seeds))
    if parts is None:
        return None
    found = []
    for x, part, (rows, columns) in zip(inputs, parts, patterns, strict=True):
        whole = part.new_zeros(output.numel() * x.numel())
        whole[rows * x.numel() + columns] = part.reshape(len(seeds), -1)[colour[rows], columns]
        found.append(whole.reshape(output.shape + x.shape))
    return found


def jvp(function: Function, inputs: Sequence[Tensor], tangents: Sequence[Tensor | None]) -> Tensor:
    """``J v`` in one forward pass with dual numbers, of the output's shape; None stands for a tangent of zeros.

    Errors: NotImplementedError or RuntimeError where torch has no forward mode for an operation.
    """
    with forward_ad.dual_level():
        duals = [x.detach() if v is None else _make_dual(x.detach(), v) for x, v in zip(inputs, tangents, strict=True)]
        output = function(duals)
        primal, tangent = _unpack_dual(output)
    return torch.zeros_like(primal) if tangent is None else tangent


def jacobian_forward(
    function: Function, inputs: Sequence[Tensor], output: Tensor, widest: int | None = None
) -> list[Tensor]:
    """One forward pass per input entry, ``widest`` as above: ``output.shape + input.shape`` for each input.

    Errors: as ``jvp``.
    """
    result = []
    for k, x in enumerate(inputs):
        batched = None if widest is None or x.numel() < FEW else _batch_of_columns(function, inputs, k, output, widest)
        if batched is None:
            columns = [jvp(function, inputs, _unit(inputs, k, i)) for i in range(x.numel())]
            batched = torch.stack(columns, -1) if columns else output.new_zeros((*output.shape, 0))
        result.append(batched.reshape(output.shape + x.shape).detach())
    return result


def finite_reverse(output: Tensor, inputs: Sequence[Tensor]) -> bool:
    """Are all rows of the Jacobian finite? One backward pass of ones says so; a sum that overflows says no."""
    ones = output.detach().new_ones(1, output.numel())
    return attempted(lambda: pulled_back(output, inputs, ones)) is not None


# -- batches of passes


def batch_of_rows(output: Tensor, inputs: Sequence[Tensor], widest: int) -> list[Tensor] | None:
    """``jacobian_reverse`` in batches; None as in ``attempted``."""
    if not inputs or not output.numel():
        return [x.new_zeros(output.shape + x.shape) for x in inputs]
    entries = output.numel() * sum(x.numel() for x in inputs)
    size = at_once(widest, output, *inputs)
    rows: list[Tensor] | None = None
    if entries > LOOKED_AT and output.numel() < size:
        rows = _batch_with_sum(output, inputs)
    elif entries <= LOOKED_AT or finite_reverse(output, inputs):
        rows = _in_batches(lambda seeds: pulled_back(output, inputs, seeds), output, size, look=entries <= LOOKED_AT)
    return rows and [row.reshape(output.shape + x.shape) for row, x in zip(rows, inputs, strict=True)]


def rows_of_jacobian(output: Tensor, inputs: Sequence[Tensor], start: int, stop: int) -> list[Tensor]:
    """The rows of output entries from ``start`` to ``stop``, batched or one by one: ``(rows, *input.shape)`` each."""
    seeds = output.detach().new_zeros(stop - start, output.numel())
    seeds.diagonal(start).fill_(1)
    batched = attempted(lambda: pulled_back(output, inputs, seeds)) if stop - start >= FEW else None
    if batched is not None:
        return batched
    flat = output.reshape(-1)
    rows = [_zeros_where_none(gradient(flat[i], inputs, retain_graph=True), inputs) for i in range(start, stop)]
    return [torch.stack([row[k] for row in rows]) for k in range(len(inputs))]


def _batch_with_sum(output: Tensor, inputs: Sequence[Tensor]) -> list[Tensor] | None:
    """All rows in one batch, whose last is the pass of ones of ``finite_reverse``; None as in ``attempted``."""
    seeds = output.detach().new_zeros(output.numel() + 1, output.numel())
    seeds.diagonal().fill_(1)
    seeds[-1] = 1
    parts = attempted(lambda: pulled_back(output, inputs, seeds), look=False)
    if parts is None or not _all_finite([part[-1] for part in parts]):
        return None
    return [part[:-1] for part in _apart(parts, seeds)]


def _batch_of_columns(
    function: Function, inputs: Sequence[Tensor], k: int, output: Tensor, widest: int
) -> Tensor | None:
    fixed = [x.detach() for x in inputs]
    found = _in_batches(
        lambda seeds: [_pushed_forward(function, fixed, k, seeds)],
        fixed[k],
        at_once(widest, output, fixed[k]),
        look=True,
    )
    if found is None or found[0].dtype != output.dtype:  # vmap computes 0-dim float32 in float64 (torch 2.13)
        return None
    return found[0].movedim(0, -1)


def at_once(widest: int, *tensors: Tensor) -> int:
    """How many passes of a batch keep every tensor below ``MAX_NUMBERS``."""
    return max(1, MAX_NUMBERS // max(widest, 1, *(x.numel() for x in tensors)))


def pulled_back(output: Tensor, inputs: Sequence[Tensor], seeds: Tensor) -> list[Tensor]:
    """``seeds @ J`` in one pass: seeds ``(n, entries of the output)`` -> ``(n, *input.shape)`` for each input."""

    def pull(seed: Tensor) -> tuple[Tensor, ...]:
        return tuple(_zeros_where_none(gradient(output, inputs, seed.view(output.shape), retain_graph=True), inputs))

    if len(seeds) == 1:
        return [torch.stack([part]) for part in pull(seeds[0])]
    if len(inputs) == 1:
        return [torch.vmap(lambda seed: pull(seed)[0])(seeds)]  # vmap is quicker about one tensor than about a tuple
    return list(torch.vmap(pull)(seeds))


def _pushed_forward(function: Function, inputs: Sequence[Tensor], k: int, seeds: Tensor) -> Tensor:
    """``J`` in input k times each seed in one pass: seeds ``(n, entries of it)`` -> ``(n, *output.shape)``."""
    x = inputs[k]

    def push(seed: Tensor) -> Tensor:
        def of_one(here: Tensor) -> Tensor:
            return function([*inputs[:k], here, *inputs[k + 1 :]])

        tangent: Tensor = torch.func.jvp(of_one, (x,), (seed.view(x.shape),))[1]
        return tangent

    return torch.vmap(push)(seeds)


def _in_batches(
    derive: Callable[[Tensor], list[Tensor]], base: Tensor, size: int, *, look: bool
) -> list[Tensor] | None:
    """``derive`` of all basis vectors of ``base``, ``size`` at a time; None as in ``attempted``."""
    found: list[Tensor] = []
    seeds = base.detach().new_zeros(min(size, base.numel()), base.numel())
    for start in range(0, base.numel(), size):
        seeds = seeds[: base.numel() - start]
        seeds.diagonal(start).fill_(1)
        parts = attempted(lambda: derive(seeds), look=look)  # noqa: B023 - called at once
        if parts is None or size >= base.numel():
            return parts and _apart(parts, seeds)
        found = found or [_room(part, base.numel()) for part in parts]
        for whole, part in zip(found, parts, strict=True):
            whole[start : start + size] = part
        seeds.diagonal(start).zero_()
    return found


def _apart(parts: list[Tensor], seeds: Tensor) -> list[Tensor]:
    """Each in memory of its own, since they go to a caller who may write: of a sum, all parts are the seeds."""
    taken = {seeds.data_ptr()}
    found = []
    for part in parts:
        shared = 0 in part.stride() or part.data_ptr() in taken
        found.append(part.clone(memory_format=torch.contiguous_format) if shared else part)
        taken.add(part.data_ptr())
    return found


def attempted(derive: Callable[[], list[Tensor]], *, look: bool = True) -> list[Tensor] | None:
    """None where torch cannot batch what it meets, or a number is not finite, an overflow of their sum included.

    look: whether to look at the numbers
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # torch's remark that it batches an operation in a slow loop
            parts = derive()
    except (RuntimeError, ValueError):
        return None
    return parts if not look or _all_finite(parts) else None


def _all_finite(parts: Sequence[Tensor]) -> bool:
    return all(isfinite(part.sum(dtype=torch.float64).item()) for part in parts)


def _unit(inputs: Sequence[Tensor], k: int, i: int) -> list[Tensor | None]:
    """Tangents that move entry i of input k alone."""
    basis = inputs[k].detach().new_zeros(inputs[k].numel())
    basis[i] = 1
    return [basis.view(x.shape) if j == k else None for j, x in enumerate(inputs)]


def _room(part: Tensor, count: int) -> Tensor:
    """Room for ``count`` rows in the layout of ``part``: a product gives the batch last, and copies best to that."""
    if part.dim() > 1 and part.stride(0) == 1:
        return part.new_empty(*part.shape[1:], count).movedim(-1, 0)
    return part.new_empty(count, *part.shape[1:])


# -- second derivatives


def hessian(
    output: Tensor, inputs: Sequence[Tensor], widest: int | None = None, blocks: Blocks | None = None
) -> list[list[Tensor]]:
    """Blocks ``d2 output / d inputs[i] d inputs[j]`` of shape ``inputs[i].shape + inputs[j].shape``; output scalar.

    blocks: where each of them may differ from zero
    """
    first = _zeros_where_none(gradient(output, inputs, create_graph=True), inputs)
    known = None if widest is None or blocks is None else _hessian_by_blocks(first, inputs, widest, blocks)
    return [jacobian_reverse(part, inputs, widest) for part in first] if known is None else known


def _hessian_by_blocks(
    first: Sequence[Tensor], inputs: Sequence[Tensor], widest: int, blocks: Blocks
) -> list[list[Tensor]] | None:
    """Sparse blocks by colours, full ones by rows or from their mirror image; None as in ``attempted``."""
    every = range(len(inputs))
    blocks = [[pattern if pattern and _narrow(pattern) else None for pattern in row] for row in blocks]
    colour = [
        grouped_blocks(row, [x.numel() for x in inputs], part.numel(), MAX_COLOURS)
        for row, part in zip(blocks, first, strict=True)
    ]
    found: dict[tuple[int, int], Tensor] = {}
    for i, part in enumerate(first):
        sparse = {j: pattern for j, pattern in enumerate(blocks[i]) if pattern is not None and colour[j] is not None}
        by_colour = colour[i]
        if by_colour is None:
            sparse, by_colour = {}, np.empty(0, dtype=np.int64)
        full = [j for j in every if j not in sparse and _computed_from(i, j, inputs, blocks)]
        some = jacobian_by_pattern(part, [inputs[j] for j in sparse], list(sparse.values()), by_colour)
        others = batch_of_rows(part, [inputs[j] for j in full], widest)
        seen = len(sparse) + len(full) == len(inputs) or finite_reverse(part, inputs)
        if some is None or others is None or not seen:
            return None
        found |= {(i, j): block for j, block in zip((*sparse, *full), (*some, *others), strict=True)}
    return [[found[i, j] if (i, j) in found else _transposed(found[j, i], inputs[j]) for j in every] for i in every]


def _narrow(pattern: Pattern) -> bool:
    """Has no row and no column more entries than there may be colours?"""
    return all(np.bincount(places, minlength=1).max() <= MAX_COLOURS for places in pattern)


def _computed_from(i: int, j: int, inputs: Sequence[Tensor], blocks: Blocks) -> bool:
    """Does the full block (i, j) come from the rows of i? They run where (i, i) is full; else the fewer rows run."""
    if blocks[i][i] is None or blocks[j][j] is None:
        return blocks[i][i] is None
    return (inputs[i].numel(), i) <= (inputs[j].numel(), j)


def _transposed(block: Tensor, rows: Tensor) -> Tensor:
    """Row axes after column axes."""
    return block.permute((*range(rows.dim(), block.dim()), *range(rows.dim()))).clone()


def hvp(output: Tensor, inputs: Sequence[Tensor], tangents: Sequence[Tensor | None]) -> list[Tensor]:
    """``H v`` by a backward pass through ``v . gradient`` (Pearlmutter 1994): the Hessian is never formed.

    output: a scalar; tangents and results: of the inputs' shapes; None stands for zeros
    """
    first = _zeros_where_none(gradient(output, inputs, create_graph=True), inputs)
    along = sum(
        ((part * v).sum() for part, v in zip(first, tangents, strict=True) if v is not None), output.new_zeros(())
    )
    return _zeros_where_none(gradient(along, inputs), inputs)


def adjoints(output: Tensor, nodes: Sequence[Tensor], cotangent: Tensor | None = None) -> list[Tensor | None]:
    """``d output / d node``, of each node's shape, for tensors inside the graph: what the backward pass carries.

    cotangent: as in ``gradient``; None for a node on which the output does not depend
    """
    return gradient(output, nodes, cotangent, retain_graph=True)


def quote_nonscalar_error(output: Tensor, inputs: Sequence[Tensor]) -> str:
    """torch's own words when asked for the gradient of a non-scalar, provoked here and now."""
    try:
        gradient(output, inputs, retain_graph=True)
    except RuntimeError as error:
        return str(error)
    raise AssertionError("torch gave a gradient of a non-scalar")
