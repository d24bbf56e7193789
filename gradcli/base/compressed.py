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
BLOCK = 2**13  # rows at a time, whose diagonals stay in the processor's cache


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
    return starts_of(counts), places % max(shape[1], 1), numbers[places]


def starts_of(counts: Integers) -> Positions:
    """(rows + 1,) where each row begins, and where the last one ends; counts: (rows,) how many entries each has."""
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


# -- diagonals


class _Diagonal:
    """What lies on one diagonal, by rows: runs of neighbouring rows as they came, and all else added up."""

    def __init__(self) -> None:
        self.runs: list[tuple[int, FloatArray]] = []  # the first row, and the numbers from there on
        self.data: FloatArray | None = None
        self.there: npt.NDArray[np.bool_] | None = None

    def add(self, rows: Integers, data: FloatArray, first: int | None, height: int) -> None:
        """first: of rows that are neighbours, in order; else None"""
        if first is not None:
            self.runs.append((first, data))
            return
        if self.data is None or self.there is None:
            self.data, self.there = np.zeros(height), np.zeros(height, dtype=bool)
        self.data += np.bincount(rows, data, minlength=height)
        self.there[rows] = True

    def held(self, height: int) -> npt.NDArray[np.bool_]:
        """(height,) which rows are there."""
        held = np.zeros(height, dtype=bool) if self.there is None else self.there.copy()
        for first, data in self.runs:
            held[first : first + len(data)] = True
        return held

    def numbers(self, start: int, stop: int) -> FloatArray:
        """Of these rows."""
        out = np.zeros(stop - start) if self.data is None else self.data[start:stop].copy()
        for first, data in self.runs:
            low, high = max(start, first), min(stop, first + len(data))
            if low < high:
                out[low - start : high - start] += data[low - first : high - first]
        return out


def _diagonals(parts: Sequence[Triples], shape: tuple[int, int], room: int) -> dict[int, _Diagonal] | None:
    """By column minus row; None where they would take more room."""
    found: dict[int, _Diagonal] = {}
    runs: dict[int, int | None] = {}
    for part in parts:
        for offset, rows, data, first in _by_offset(part, runs, room // max(shape[0], 1)):
            found.setdefault(offset, _Diagonal()).add(rows, data, first, shape[0])
            if len(found) * shape[0] > room:
                return None
    return found


def _by_offset(
    part: Triples, runs: dict[int, int | None], most: int
) -> Iterator[tuple[int, Integers, FloatArray, int | None]]:
    """The rows and numbers of each diagonal, and the first of rows that are neighbours; stops after ``most`` + 1."""
    rows, data = part.rows, part.data
    first, column = _run(rows, runs), _run(part.columns, runs)
    if first is not None and column is not None:
        yield column - first, rows, data, first
        return
    offsets = part.columns - rows
    for _ in range(most + 1):
        if not len(offsets):
            return
        offset = int(offsets[0])
        here = offsets == offset
        if here.all():
            yield offset, rows, data, first
            return
        yield offset, rows[here], data[here], None
        rest = ~here
        offsets, rows, data, first = offsets[rest], rows[rest], data[rest], None


def _run(places: Integers, runs: dict[int, int | None]) -> int | None:
    """The first of places that are neighbours, in order; None for others. runs: what is known, by the array's id"""
    if id(places) not in runs:
        alike = len(places) > 0 and int(places[-1]) - int(places[0]) + 1 == len(places)
        runs[id(places)] = int(places[0]) if alike and bool((places[1:] - places[:-1] == 1).all()) else None
    return runs[id(places)]


def _side_by_side(diagonals: dict[int, _Diagonal], shape: tuple[int, int]) -> Compressed:
    offsets = sorted(diagonals)
    columns = [diagonals[offset] for offset in offsets]
    held = [column.held(shape[0]) for column in columns]
    counts = np.zeros(shape[0], dtype=np.int32)
    for there in held:
        counts += there
    indptr = starts_of(counts)
    indices, data = np.empty(indptr[-1], dtype=np.int64), np.empty(indptr[-1])
    width, across = len(offsets), np.array(offsets, dtype=np.int64)
    for start in range(0, shape[0] if width else 0, BLOCK):
        stop = min(start + BLOCK, shape[0])
        numbers = np.empty((stop - start, width))
        for k, column in enumerate(columns):
            numbers[:, k] = column.numbers(start, stop)
        places = np.arange(start, stop)[:, None] + across
        low, high = indptr[start], indptr[stop]
        if high - low == numbers.size:
            data[low:high], indices[low:high] = numbers.reshape(-1), places.reshape(-1)
        else:
            kept = np.flatnonzero(np.stack([there[start:stop] for there in held], 1))
            np.take(numbers, kept, out=data[low:high], mode="clip")
            np.take(places, kept, out=indices[low:high], mode="clip")
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
    return starts_of(np.bincount(rows, minlength=shape[0])), places - rows * shape[1], summed
