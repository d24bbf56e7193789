"""From triples (row, column, number) to compressed rows, in time linear in them where places follow a pattern.

Slices of a variable meet along diagonals: column minus row is the same for many triples. A few diagonals are added up
as dense vectors and laid side by side; a small matrix is added up whole; what is left is sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray

Positions = npt.NDArray[np.int64]
Integers = npt.NDArray[np.signedinteger[Any]]  # Any: of 32 or 64 bits
Compressed = tuple[Positions, Positions, FloatArray]  # indptr, indices, data

BITS = 63  # of a key that holds a row and a column
SPARE = 2  # room for so many numbers for each triple, in which they are added up without being sorted
BLOCK = 2**15  # rows at a time, whose diagonals stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Triples:
    """rows, columns, data: (k,) places and numbers, in any order; a place may stand several times."""

    rows: Integers
    columns: Integers
    data: FloatArray


def compressed(parts: Sequence[Triples], shape: tuple[int, int]) -> Compressed:
    """Rows with ascending columns; the numbers of one place are added, in the order of the triples."""
    count = sum(len(part.data) for part in parts)
    if shape[0] * shape[1] <= SPARE * count:
        return _added_up(parts, shape)
    found = _diagonals(parts, shape, SPARE * count + BLOCK)
    return _sorted(parts, shape) if found is None else _side_by_side(found, shape)


# -- small matrices


def _added_up(parts: Sequence[Triples], shape: tuple[int, int]) -> Compressed:
    numbers = np.zeros(shape[0] * shape[1])
    there = np.zeros(shape[0] * shape[1], dtype=bool)
    for part in parts:
        keys = part.rows.astype(np.int64) * shape[1] + part.columns
        numbers += np.bincount(keys, part.data, minlength=len(numbers))
        there[keys] = True
    places = np.flatnonzero(there)
    counts = there.reshape(shape).sum(1)
    return _starts(counts), places % max(shape[1], 1), numbers[places]


def _starts(counts: Integers) -> Positions:
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


# -- diagonals


@dataclass(slots=True)
class _Diagonal:
    """data, there: (rows,) the numbers, and which places are held; ``full``: all."""

    data: FloatArray
    there: npt.NDArray[np.bool_]


def _diagonals(parts: Sequence[Triples], shape: tuple[int, int], room: int) -> dict[int, _Diagonal] | None:
    """By column minus row; None where they would take more room."""
    found: dict[int, _Diagonal] = {}
    for part in parts:
        for offset, rows, data in _by_offset(part, room // max(shape[0], 1)):
            if offset not in found:
                if (len(found) + 1) * shape[0] > room:
                    return None
                found[offset] = _Diagonal(np.zeros(shape[0]), np.zeros(shape[0], dtype=bool))
            _add(found[offset], rows, data)
        if len(found) * shape[0] > room:
            return None
    return found


def _by_offset(part: Triples, most: int) -> Iterator[tuple[int, Integers, FloatArray]]:
    """The rows and numbers of each diagonal; ends after ``most`` with one that is too many."""
    rows, data = part.rows, part.data
    offsets = part.columns - rows
    for _ in range(most + 1):
        if not len(offsets):
            return
        offset = int(offsets[0])
        here = offsets == offset
        if here.all():
            yield offset, rows, data
            return
        yield offset, rows[here], data[here]
        rest = ~here
        offsets, rows, data = offsets[rest], rows[rest], data[rest]


def _add(diagonal: _Diagonal, rows: Integers, data: FloatArray) -> None:
    first, last = int(rows[0]), int(rows[-1])
    if last - first + 1 == len(rows) and bool((rows[1:] - rows[:-1] == 1).all()):
        diagonal.data[first : last + 1] += data
        diagonal.there[first : last + 1] = True
    else:
        diagonal.data += np.bincount(rows, data, minlength=len(diagonal.data))
        diagonal.there[rows] = True


def _side_by_side(diagonals: dict[int, _Diagonal], shape: tuple[int, int]) -> Compressed:
    offsets = sorted(diagonals)
    columns = [diagonals[offset] for offset in offsets]
    counts = np.zeros(shape[0], dtype=np.int64)
    for column in columns:
        counts += column.there
    indptr = _starts(counts)
    if not columns:
        return indptr, np.empty(0, dtype=np.int64), np.empty(0)
    indices, data = np.empty(indptr[-1], dtype=np.int64), np.empty(indptr[-1])
    for start in range(0, shape[0], BLOCK):
        block = slice(start, min(start + BLOCK, shape[0]))
        there = np.stack([column.there[block] for column in columns], 1)
        into = slice(indptr[block.start], indptr[block.stop])
        data[into] = np.stack([column.data[block] for column in columns], 1)[there]
        indices[into] = (np.arange(block.start, block.stop)[:, None] + np.array(offsets))[there]
    return indptr, indices, data


# -- everything else


def _sorted(parts: Sequence[Triples], shape: tuple[int, int]) -> Compressed:
    assert shape[0] * max(shape[1], 1) < 2**BITS
    keys = np.concatenate([part.rows.astype(np.int64) * shape[1] + part.columns for part in parts])
    numbers = np.concatenate([part.data for part in parts])
    order = np.argsort(keys, kind="stable")
    keys, numbers = keys[order], numbers[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    places = keys[first]
    summed = np.add.reduceat(numbers, first) if len(first) else numbers
    rows = places // max(shape[1], 1)
    return _starts(np.bincount(rows, minlength=shape[0])), places - rows * shape[1], summed
