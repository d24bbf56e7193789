"""torch's calls that put entries into the places of an array: by numbers, by masks, along slices and diagonals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from gradcli.operations.shape_rules import Shape, broadcast, nested
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.order import at
from gradcli.operations.written_out import within

# Any, in this module: constants that are given, None where none is; nested tuples of whole numbers or truth values


def flat(array: Any) -> list[Any]:
    """The numbers in nested tuples, one after the other."""
    return [leaf for part in array for leaf in flat(part)] if isinstance(array, tuple) else [array]


def _entries(dim: int, entry: str) -> str:
    """One entry along an axis as arguments: ``:, 1:3``."""
    return at(dim, entry)[1:-1]


def _numbered(array: Any, size: int) -> list[int]:
    """Places from 0, each once."""
    return list(dict.fromkeys(i % size for i in flat(array))) if size else []


# -- along an axis


def _copied(input: Shape, dim: int) -> str:
    return f"set_at(input, source, {_entries(dim, 'index')})" if input else "reshape(source, ())"


def _filled(input: Shape, dim: int, index: Any) -> str:
    if not input:
        return "full_like(input, value)" if flat(index) else "input"
    return f"set_at(input, value, {_entries(dim, str(_numbered(index, input[dim])))})"


def _selected(dim: int, index: int) -> str:
    return f"set_at(input, src, {_entries(dim, str(index))})"


def _slice(start: Any, end: Any, step: Any) -> str:
    return ":".join("" if part is None else str(part) for part in (start, end, step))


def _sliced(dim: int, start: Any, end: Any, step: int) -> str:
    return f"set_at(input, src, {_entries(dim, _slice(start, end, step))})"


def _cut(dim: int, start: Any, end: Any, step: int) -> str:
    return f"input{at(dim, _slice(start, end, step))}"


def _on_diagonal(input: Shape, offset: int, dim1: int, dim2: int) -> str:
    """With both axes at the end."""
    rows, columns = input[dim1], input[dim2]
    places = [(i, i + offset) for i in range(rows) if 0 <= i + offset < columns]
    numbers = ", ".join(str([place[k] for place in places]) for k in (0, 1))
    moved = f"movedim(input, ({dim1}, {dim2}), (-2, -1))"
    return f"movedim(set_at({moved}, src, ..., {numbers}), (-2, -1), ({dim1}, {dim2}))" if places else "input"


# -- by numbers of places


def _put(input: Shape, index: Any, accumulate: bool) -> str:
    """Into the row of all entries."""
    places = [i % prod(input) for i in flat(index)]
    if not places:
        return "input"
    if accumulate:
        return f"input + reshape(put_at(flatten(source), flatten(input), {places}), {input})"
    return f"reshape(set_at(flatten(input), flatten(source), {places}), {input})"


def _put_at(indices: int, accumulate: bool) -> str:
    entries = ", ".join(f"indices[{k}]" for k in range(indices))
    if accumulate:
        return f"p = input[{entries}]; input + put_at(expand(values, p.shape), input, {entries})"
    return f"set_at(input, values, {entries})"


# -- by masks


def true_places(mask: Any, whole: Shape) -> list[int]:
    """Where a mask that broadcasts to a shape holds, in the row of all entries."""
    shape = (1,) * (len(whole) - len(nested(mask))) + nested(mask)
    steps = [prod(shape[axis + 1 :]) if shape[axis] > 1 else 0 for axis in range(len(shape))]
    truth = [bool(part) for part in flat(mask)]
    held = (truth[sum(map(int.__mul__, place, steps))] for place in product(*map(range, whole)))
    return [k for k, holds in enumerate(held) if holds]


def _broadcast(name: str, old: Shape, mask: Any) -> tuple[str, Shape]:
    """The array in the shape that it has together with a mask."""
    whole = broadcast(old, nested(mask))
    return (name if whole == old else f"expand({name}, {whole})"), whole


def _masked_scatter(input: Shape, mask: Any, source: Shape) -> str:
    text, whole = _broadcast("input", input, mask)
    places = true_places(mask, whole)
    if len(places) > prod(source):
        return f"none: the mask holds in {len(places)} places, for which the source has too few entries"
    if not places:
        return text
    return f"reshape(set_at(flatten({text}), flatten(source)[:{len(places)}], {places}), {whole})"


def _masked_select(input: Shape, mask: Any) -> str:
    text, whole = _broadcast("input", input, mask)
    places = true_places(mask, whole)
    return f"flatten({text})[{places}]" if places else f"flatten({text})[:0]"


# -- as the entries lie in memory


def _strided(size: Sequence[int], stride: Sequence[int], start: int) -> Any:
    """The place of each entry, in nested lists."""
    if not size:
        return start
    return [_strided(size[1:], stride[1:], start + k * stride[0]) for k in range(within(prod(size)) and size[0])]


def _in_a_row(places: Any) -> list[int]:
    return [leaf for part in places for leaf in _in_a_row(part)] if isinstance(places, list) else [places]


def _misfit(whole: int, size: Sequence[int], stride: Sequence[int], start: int) -> str:
    last = start + sum((n - 1) * step for n, step in zip(size, stride, strict=False))
    if len(size) != len(stride) or start < 0 or min((*stride, 0)) < 0:
        return "none: it takes as many strides as sizes, none of them negative"
    return f"none: {whole} entries have no place {last}" if prod(size) and last >= whole else ""


def _as_strided(input: Shape, size: Any, stride: Any, storage_offset: Any) -> str:
    start = storage_offset or 0
    if not prod(size):
        return _misfit(prod(input), size, stride, start) or f"reshape(flatten(input)[:0], {size})"
    return _misfit(prod(input), size, stride, start) or f"flatten(input)[{_strided(size, stride, start)}]"


def _strided_scatter(input: Shape, size: Any, stride: Any, storage_offset: Any) -> str:
    start = storage_offset or 0
    places = _in_a_row(_strided(size, stride, start))
    found = f"reshape(set_at(flatten(input), flatten(src), {places}), {input})" if prod(size) else "input"
    return _misfit(prod(input), size, stride, start) or found


_SLICE = "dim:axis=0, start:integer=None, end:integer=None, step:integer=1"

SPELLINGS = (
    Spelling("torch.index_copy(input:shaped, dim:axis, index, source)", _copied),
    Spelling("torch.index_fill(input:shaped, dim:axis, index:whole, value)", _filled),
    Spelling("torch.select_scatter(input, src, dim:axis, index:integer)", _selected),
    Spelling(f"torch.slice_scatter(input, src, {_SLICE})", _sliced),
    Spelling(f"torch.slice_copy(input, {_SLICE})", _cut),
    Spelling("torch.diagonal_scatter(input:shaped, src, offset:integer=0, dim1:axis=0, dim2:axis=1)", _on_diagonal),
    Spelling("torch.put(input:shaped, index:whole, source, accumulate:flag=False)", _put),
    Spelling("torch.index_put(input, indices:parts, values, accumulate:flag=False)", _put_at),
    Spelling("torch.masked_scatter(input:shaped, mask:whole, source:shaped)", _masked_scatter),
    Spelling("torch.masked_select(input:shaped, mask:whole)", _masked_select),
    *(Spelling(f"torch.{name}(input:stored, size:sizes, stride:sizes, storage_offset:integer=None)", _as_strided)
      for name in ("as_strided", "as_strided_copy")),
    Spelling("torch.as_strided_scatter(input, src, size, stride, storage_offset=None)",
             "none: torch's backward pass of it is not its derivative, as torch.autograd.gradcheck says; "
             "set_at(x, y, places) puts entries into places"),
)  # fmt: skip
