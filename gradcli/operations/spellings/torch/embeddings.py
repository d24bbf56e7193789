"""torch's rows of tables by numbers: embeddings, bags of them, classes as rows of the identity; distances of rows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.spellings.torch.normalising import listed
from gradcli.operations.taken_shapes import rows_of_one_length

_REDUCED = {"sum": "sum", "mean": "mean", "max": "max_along"}
_WORDS = ("sum", "mean", "max")  # torch.embedding_bag numbers them


def _bag(input: Any, weight: Any, offsets: Any, mode: Any, per_sample_weights: Any, include_last_offset: Any) -> str:
    """Rows of the table, those of a line or between two offsets together; the table was once the first argument."""
    if len(weight) == 1:
        found = _bag(weight, input, offsets, mode, per_sample_weights, include_last_offset)
        return found if found.startswith(NONE) else f"swap = input; input = weight; weight = swap; {found}"
    if mode not in _REDUCED:
        return f"{NONE}mode is 'sum', 'mean' or 'max'"
    if per_sample_weights is not None and mode != "sum":
        return f"{NONE}per_sample_weights are for mode='sum' alone"
    if len(input) == 2:
        weights = "" if per_sample_weights is None else "*per_sample_weights[..., None]"
        return f"{_REDUCED[mode]}(weight[input]{weights}, 1)" if offsets is None else _NO_OFFSETS
    if len(input) != 1 or offsets is None:
        return f"{NONE}it takes numbers (n,) with offsets, or (n, m) without"
    stops = list(offsets) if include_last_offset else [*offsets, input[0]]
    return f"[{', '.join(_of_bag(a, b, mode, per_sample_weights) for a, b in pairwise(stops))}]"


_NO_OFFSETS = f"{NONE}numbers (n, m) take no offsets: each line is a bag"


def _of_bag(start: int, stop: int, mode: str, per_sample_weights: Any) -> str:
    """An empty one is 0."""
    if start >= stop:
        return "0*weight[0]"
    weights = "" if per_sample_weights is None else f"*per_sample_weights[{start}:{stop}, None]"
    return f"{_REDUCED[mode]}(weight[input[{start}:{stop}]]{weights}, 0)"


def _numbered_bag(
    weight: Any, indices: Any, offsets: Any, mode: Any, per_sample_weights: Any, include_last_offset: Any
) -> str:
    if mode not in range(len(_WORDS)):
        return f"{NONE}mode is 0, 1 or 2"
    found = _bag(indices, weight, offsets, _WORDS[mode], per_sample_weights, include_last_offset)
    return found if found.startswith(NONE) else f"({found.replace('input', 'indices')},)"


def _distances(input: Any) -> str:
    """Between each row and those behind it."""
    if len(input) != 2:
        return f"{NONE}it takes the rows of a matrix"
    pairs = [(i, j) for i in range(input[0]) for j in range(i + 1, input[0])]
    if not pairs:
        return "zeros(0)"
    first, second = (listed(side) for side in zip(*pairs, strict=True))
    return f"norm(take(input, {first}, 0) - take(input, {second}, 0), p, 1)"


def classes_as_rows(numbers: Any, count: int) -> str:
    """A row of the identity for each number; nothing where one is outside. Numbers that are computed are compared."""
    if numbers is OPERAND:
        return f"where(tensor[..., None] == arange({count}), 1, 0)"
    return f"eye({count})[tensor]" if all(0 <= number < count for number in flat(numbers)) else ""


def flat(numbers: Any) -> list[Any]:
    """The numbers of nested tuples in a row."""
    return [leaf for part in numbers for leaf in flat(part)] if isinstance(numbers, tuple) else [numbers]


def _one_hot(tensor: Any, num_classes: Any) -> str:
    if num_classes < 0 and tensor is OPERAND:
        return f"{NONE}write num_classes: how many there are is not told by the numbers here"
    count = num_classes if num_classes >= 0 else max(flat(tensor)) + 1
    return classes_as_rows(tensor, count) or f"{NONE}class numbers are from 0 to {count - 1}"


def _between(x1: int, x2: int) -> str:
    """Of the rows of matrices, or of batches of them."""
    if x1 == x2 == 2:
        return "cdist(x1, x2, p)"
    return "norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)"


def _rows(padding_idx: Any) -> str:
    """Those with the number of padding have no slope."""
    if padding_idx is None:
        return "weight[input]"
    return f"set_at(weight, detach(weight[{padding_idx}]), {padding_idx})[input]"


_UNCHANGED = "max_norm:nothing=None, norm_type=2, scale_grad_by_freq:off=False, sparse:flag=False"

SPELLINGS = (
    Spelling(f"F.embedding(input, weight, padding_idx:integer=None, {_UNCHANGED})", _rows),
    Spelling("torch.embedding(weight, indices, padding_idx:integer=-1, scale_grad_by_freq:off=False, "
             "sparse:flag=False)",
             lambda padding_idx: _rows(padding_idx if padding_idx >= 0 else None).replace("input", "indices")),
    Spelling("F.embedding_bag(input:shaped, weight:shaped, offsets:axes=None, max_norm:nothing=None, norm_type=2, "
             "scale_grad_by_freq:off=False, mode:text='mean', sparse:flag=False, per_sample_weights=None, "
             "include_last_offset:flag=False, padding_idx:nothing=None)", _bag),
    Spelling("torch.embedding_bag(weight:shaped, indices:shaped, offsets:axes, scale_grad_by_freq:off=False, "
             "mode:integer=0, sparse:flag=False, per_sample_weights=None, include_last_offset:flag=False)",
             _numbered_bag, ("values",)),
    Spelling("F.one_hot(tensor:numbers, num_classes:integer=-1)", _one_hot),
    Spelling("torch.cdist(x1:ranked, x2:ranked, p:number=2, compute_mode='use_mm_for_euclid_dist_if_necessary')",
             _between, needs=rows_of_one_length),
    Spelling("torch.pdist(input:shaped, p:number=2)", _distances),
    Spelling("torch.pairwise_distance(x1, x2, p:number=2, eps:number=0.000001, keepdim:flag=False)",
             "pairwise_distance(x1, x2, p, eps, keepdim)"),
)  # fmt: skip
