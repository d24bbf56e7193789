"""Compressed products: the sums of the rows, or of the columns, of one colour, in batches of passes.

A finite number here is the sum of what passes one by one give; one that is not finite may be such for an infinite slope
in another row of its colour, which makes inf or nan of any seed, even of 0. ``rows_one_by_one`` says what is there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from gradcli.autograd.devices import is_lost, lacks_memory
from gradcli.autograd.passes import Function, at_once, gradient, pulled_back
from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions


def sums_of_rows(output: Tensor, inputs: Sequence[Tensor], colours: Positions, widest: int) -> FloatArray:
    """``(colours, entries of all inputs)``: of the Jacobian, by a backward pass for each colour.

    colours: (entries of the output,) the colour of each row; -1: in none
    widest:  entries of the largest tensor in a pass
    """

    def pull(seeds: Tensor) -> Tensor:
        parts = pulled_back(output, inputs, seeds)
        return torch.cat([part.reshape(len(seeds), -1) for part in parts], 1)

    columns = sum(x.numel() for x in inputs)
    return _in_batches(pull, output, colours, columns, at_once(max(widest, columns), output))


def sums_of_columns(
    function: Function, inputs: Sequence[Tensor], output: Tensor, colours: Positions, widest: int
) -> FloatArray:
    """``(colours, entries of the output)``: of the Jacobian, by a forward pass for each colour.

    colours: (entries of all inputs,) the colour of each column; -1: in none
    Errors: NotImplementedError or RuntimeError where torch has no forward mode for an operation.
    """
    fixed = tuple(x.detach() for x in inputs)
    sizes = [x.numel() for x in fixed]

    def push(seed: Tensor) -> Tensor:
        tangents = tuple(part.view(x.shape) for part, x in zip(torch.split(seed, sizes), fixed, strict=True))
        along: Tensor = torch.func.jvp(lambda *leaves: function(leaves), fixed, tangents)[1]
        return along.reshape(-1)

    def push_all(seeds: Tensor) -> Tensor:
        return push(seeds[0])[None] if len(seeds) == 1 else torch.vmap(push)(seeds)

    return _in_batches(push_all, output, colours, output.numel(), at_once(max(widest, sum(sizes)), output))


def _in_batches(
    derive: Callable[[Tensor], Tensor], like: Tensor, colours: Positions, width: int, size: int
) -> FloatArray:
    """``derive`` of a seed for each colour, some at a time; one at a time from where torch cannot batch on, fewer where
    memory is lacking."""
    count = int(colours.max(initial=-1)) + 1
    found = np.empty((count, width))
    order = np.argsort(colours, kind="stable")
    ends = np.searchsorted(colours[order], np.arange(count + 1))
    start = 0
    while start < count:
        stop = min(start + size, count)
        at = torch.from_numpy(order[ends[start] : ends[stop]]).to(like.device)
        seeds = like.detach().new_zeros(stop - start, len(colours))
        seeds[torch.from_numpy(colours[order[ends[start] : ends[stop]]] - start).to(like.device), at] = 1
        try:
            with warnings.catch_warnings(action="ignore"):  # torch's remark that it batches in a slow loop
                found[start:stop] = derive(seeds).detach().to("cpu", torch.float64).numpy()
        except (RuntimeError, ValueError) as error:
            if size == 1 or is_lost(error):
                raise
            size = size // 2 if lacks_memory(error) else 1
            continue
        start = stop
    return found


def rows_one_by_one(output: Tensor, inputs: Sequence[Tensor], rows: Positions) -> FloatArray:
    """``(rows, entries of all inputs)``: these rows of the Jacobian, a backward pass for each."""
    found = np.empty((len(rows), sum(x.numel() for x in inputs)))
    flat = output.reshape(-1)
    for k, row in enumerate(rows.tolist()):
        parts = gradient(flat[row], inputs, retain_graph=True)
        whole = [torch.zeros_like(x) if part is None else part for part, x in zip(parts, inputs, strict=True)]
        found[k] = torch.cat([part.reshape(-1) for part in whole]).detach().to("cpu", torch.float64).numpy()
    return found
