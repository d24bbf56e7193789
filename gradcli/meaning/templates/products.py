"""Products of arrays as sums of products of entries; of a matrix of numbers, its entries that are not 0 alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.meaning.templates.operations import (
    components,
    entry_by_entry,
    few,
    fibre,
    in_other_places,
    total,
)
from gradcli.meaning.templates.sums import WIDTH, as_sums, gathered, weighted
from gradcli.meaning.templates.template import Entries, Untemplated
from gradcli.meaning.templates.values import Known, Sums, Value, counted
from gradcli.operations import product_shapes
from gradcli.operations.shape_rules import Shape, broadcast, reduce, size
from gradcli.operations.table import OPS


def reshaped(value: Value, shape: Shape) -> Value:
    if value.shape == shape:
        return value
    if isinstance(value, Known):
        return Known(value.numbers.reshape(shape), value.truth)
    return in_other_places(lambda _, x: x.reshape(shape), [value], shape)


def permuted(value: Value, order: Sequence[int]) -> Value:
    if isinstance(value, Known):
        return Known(value.numbers.transpose(order), value.truth)
    return in_other_places(lambda _, x: x.transpose(order), [value], tuple(value.shape[k] for k in order))


def times(a: Value, b: Value) -> Value:
    """The product entry by entry, broadcast."""
    if isinstance(a, Known) and isinstance(b, Known):
        return Known(a.numbers * b.numbers, truth=False)
    shape = broadcast(a.shape, b.shape)
    counted(size(shape))
    return entry_by_entry(OPS["mul"], [a, b], shape, ())


def matmul(a: Value, b: Value) -> Value:
    """``A @ B``; vectors and batches as in numpy."""
    shape = product_shapes.matmul(a.shape, b.shape)
    left = reshaped(a, (1, *a.shape)) if len(a.shape) == 1 else a
    right = reshaped(b, (*b.shape, 1)) if len(b.shape) == 1 else b
    if len(left.shape) == len(right.shape) == 2 and left.shape[1] > WIDTH:
        if isinstance(left, Known) and not isinstance(right, Known):
            return reshaped(_of_numbers(left, right), shape)
        if isinstance(right, Known) and not isinstance(left, Known):
            turned = _of_numbers(_transposed_known(right), permuted(left, (1, 0)))
            return reshaped(permuted(turned, (1, 0)), shape)
    rows, columns = left.shape[:-1], right.shape[:-2]
    product = times(reshaped(left, (*rows, left.shape[-1], 1)), reshaped(right, (*columns, 1, *right.shape[-2:])))
    return reshaped(total(product, -2), shape)


def _transposed_known(value: Known) -> Known:
    return Known(value.numbers.T, value.truth)


def _of_numbers(a: Known, b: Value) -> Sums:
    """``A @ B`` for a matrix of numbers, by those that are not 0; infinite ones and nan count as such."""
    rows, inner = np.nonzero(a.numbers)
    width = b.shape[1]
    counted(len(rows) * width)
    columns = np.arange(width)
    sources = (inner[:, None] * width + columns).reshape(-1)
    owners = (rows[:, None] * width + columns).reshape(-1)
    weights = np.repeat(a.numbers[rows, inner].astype(np.float64), width)
    return gathered(weighted(as_sums(picked(b, sources)), weights), (a.shape[0], width), owners)


def einsum(spec: str, operands: Sequence[Value]) -> Value:
    """The sum of products over all letters that the output lacks."""
    inputs, output = product_shapes.split_spec(spec)
    sparse = _by_numbers(inputs, output, operands)
    if sparse is not None:
        return sparse
    letters = [*output, *sorted(set("".join(inputs)) - set(output))]
    product: Value | None = None
    for names, x in zip(inputs, operands, strict=True):
        placed = _by_letters(x, names, letters)
        product = placed if product is None else times(product, placed)
    assert product is not None
    summed = tuple(range(len(output), len(letters)))
    sizes = product_shapes.einsum_sizes(spec, *(x.shape for x in operands))
    whole = tuple(sizes[letter] for letter in letters)
    if product.shape != whole:
        product = times(product, Known(np.ones(whole), truth=False))
    return total(product, summed) if summed else product


def _by_numbers(inputs: Sequence[str], output: str, operands: Sequence[Value]) -> Sums | None:
    """By the entries that are not 0 of the operand of numbers that has most zeros; None where there are none."""
    known = [k for k, x in enumerate(operands) if isinstance(x, Known) and not x.numbers.all()]
    if not known or len(known) == len(operands):
        return None
    k = min(known, key=lambda k: np.count_nonzero(_numbers(operands[k])) / max(_numbers(operands[k]).size, 1))
    sizes = {c: n for names, x in zip(inputs, operands, strict=True) for c, n in zip(names, x.shape, strict=True)}
    at = np.nonzero(_numbers(operands[k]))
    kept = np.ones(len(at[0]), dtype=bool)
    for axis, letter in enumerate(inputs[k]):
        kept &= at[axis] == at[inputs[k].index(letter)]
    where = {letter: at[inputs[k].index(letter)][kept] for letter in inputs[k]}
    others = [letter for letter in sizes if letter not in where]
    count, each = int(kept.sum()), size(tuple(sizes[letter] for letter in others))
    counted(count * each * len(sizes))
    grid = np.indices([count, *(sizes[letter] for letter in others)]).reshape(len(others) + 1, count * each)
    where = {letter: places[grid[0]] for letter, places in where.items()} | dict(zip(others, grid[1:], strict=True))
    product: Value = Known(np.ones(count * each), truth=False)
    for names, x in zip(inputs, operands, strict=True):
        product = times(product, picked(x, _flat(names, sizes, where, count * each)))
    shape = tuple(sizes[letter] for letter in output)
    return gathered(as_sums(product), shape, _flat(output, sizes, where, count * each))


def _numbers(value: Value) -> npt.NDArray[Any]:  # Any: floats, or truth values
    assert isinstance(value, Known)
    return value.numbers


def _flat(names: str, sizes: Mapping[str, int], where: Mapping[str, Entries], count: int) -> Entries:
    """The place in the flat array with these axes."""
    found: Entries = np.zeros(count, dtype=np.int64)
    for letter in names:
        found = found * sizes[letter] + where[letter]
    return found


def picked(value: Value, at: Entries) -> Value:
    """The entries at these places of the flat value."""
    if isinstance(value, Known):
        return Known(value.numbers.reshape(-1)[at], truth=False)
    return in_other_places(lambda _, x: x.reshape(-1)[at], [value], at.shape)


def _by_letters(value: Value, names: str, letters: Sequence[str]) -> Value:
    """Axes in the order of the letters, of size 1 for those that it lacks; a letter that stands twice is a diagonal."""
    for letter in names:
        while names.count(letter) > 1:
            first = names.index(letter)
            second = names.index(letter, first + 1)
            value = _diagonal(value, first, second)
            names = "".join(n for k, n in enumerate(names) if k not in (first, second)) + letter
    value = permuted(value, sorted(range(len(names)), key=lambda k: letters.index(names[k])))
    lengths = dict(zip(sorted(names, key=letters.index), value.shape, strict=True))
    return reshaped(value, tuple(lengths.get(letter, 1) for letter in letters))


def _diagonal(value: Value, first: int, second: int) -> Value:
    def move(_: object, x: Any) -> Any:  # Any: arrays
        return np.diagonal(x, 0, first, second)

    if isinstance(value, Known):
        return Known(move(None, value.numbers), value.truth)
    return in_other_places(move, [value], move(None, np.broadcast_to(0, value.shape)).shape)


def reduced(value: Value, dim: Any, keepdim: bool, combine: Callable[[list[Value]], Value]) -> Value:  # Any: see axes
    """What ``combine`` makes of the entries along axes. Errors: Untemplated where they are many."""
    if isinstance(value, Known) or not 0 < fibre(value.shape, dim) <= WIDTH:
        raise Untemplated("a function of many entries")
    pieces = few(value, "a function of many entries") if isinstance(value, Sums) else value
    return reshaped(combine([*components(pieces, dim)]), reduce(value.shape, dim, keepdim))
