"""The truth of every entry of a sum over rows: tile by tile in float64 with a bound on each error, in the memory of a
tile beside the numbers themselves; and of single rows by the function of these rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.meaning.extended.arithmetic import WholeArrays
from gradcli.meaning.extended.rounding import CARE, DOUBLE_UNIT, in_doubles
from gradcli.meaning.tiles import Tile, Tiling
from gradcli.reference.answer import Answer
from gradcli.reference.every_entry import ALTERED, EveryEntry, Units, Whole
from gradcli.reference.problem import ALONG, Entry, Problem

Numbers = npt.NDArray[np.int64]  # of rows
Flags = npt.NDArray[np.bool_]
SHARP = 400_000_000  # in longdouble: as many seconds
UNITS = 4_000_000_000  # of every_entry, in float64: some 6 seconds
SOME = 4  # rows, of which it is seen whether they add up


def rows_in(answer: Answer, tiling: Tiling) -> int | None:
    """The axis of the rows in an answer, counted from the end; None where it has none.

    Errors: LimitError where it is a second derivative in a variable that has rows.
    """
    *inner, (name, _) = answer.wrt
    if any(one in tiling.axes for one, _ in inner):
        raise LimitError("second derivatives in rows are not taken in tiles", kind="unchecked")
    return tiling.axes.get(name)


class InTiles:
    """The value and all entries of derivatives of a sum over rows.

    sharp:      in longdouble
    arithmetic: where it is another than the problem's
    Errors: LimitError where it is too much, or where whole arrays have no such operation.
    """

    def __init__(
        self,
        problem: Problem,
        tiling: Tiling,
        answers: Sequence[Answer],
        *,
        sharp: bool = False,
        arithmetic: WholeArrays | None = None,
    ) -> None:
        self.sharp, self.arithmetic = sharp, arithmetic
        self.problem, self.tiling, self.answers = problem, tiling, answers
        self.axes = [rows_in(answer, tiling) for answer in answers]
        self._value = _Total(problem.output)
        self._found = [_Total(answer.array.shape) for answer in answers]
        for tile, every in self._tiles():
            self._value.add(every.value())
            for answer, axis, found in zip(answers, self.axes, self._found, strict=True):
                part = every.derivative(_part_of(answer, tile, axis))
                found.add(part) if axis is None else found.put(part, tile, axis)

    def value(self) -> Whole:
        return self._value.whole

    def derivative(self, answer: Answer) -> Whole:
        """All entries of one of the answers."""
        return self._found[self.answers.index(answer)].whole

    def terms(self, answer: Answer) -> FloatArray | None:
        """The size of the terms whose sum each entry is, or less; None as in ``EveryEntry``."""
        axis, found = rows_in(answer, self.tiling), np.zeros(answer.array.shape)
        for tile, every in self._tiles():
            part = every.terms(_part_of(answer, tile, axis))
            if part is None:
                return None
            if axis is None:
                found += part
            else:
                tile.part(found, axis)[...] = part
        return found

    def _tiles(self) -> Iterator[tuple[Tile, EveryEntry]]:
        """Errors: LimitError, after the first tile where all of them are too much."""
        for tile in self.tiling:
            most = (SHARP if self.sharp else UNITS) * (1 if self.arithmetic is None else ALTERED)
            units = Units(most / self.tiling.count)
            with nullcontext() if self.sharp else in_doubles():
                yield tile, EveryEntry(_of_tile(self.problem, self.tiling, tile), units, self.arithmetic)


def _of_tile(problem: Problem, tiling: Tiling, tile: Tile) -> Problem:
    tangents = None if problem.tangents is None else tiling.values(tile, problem.tangents)
    values = tiling.values(tile, problem.values)
    return replace(
        problem, program=tile.program, shapes=tiling.shapes(tile, problem.values), values=values, tangents=tangents
    )


def _part_of(answer: Answer, tile: Tile, axis: int | None) -> Answer:
    return answer if axis is None else replace(answer, array=tile.part(answer.array, axis))


class _Total:
    """Numbers with bounds that are added up, or put side by side."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.value, self.error = np.zeros(shape), np.zeros(shape)

    def add(self, part: Whole) -> None:
        self.value += part.value.reshape(self.value.shape)
        self.error += part.error.reshape(self.value.shape) + np.abs(self.value) * DOUBLE_UNIT

    def put(self, part: Whole, tile: Tile, axis: int) -> None:
        tile.part(self.value, axis)[...] = part.value
        tile.part(self.error, axis)[...] = part.error

    @property
    def whole(self) -> Whole:
        return Whole(self.value, self.error, DOUBLE_UNIT)


@dataclass(frozen=True, slots=True)
class Rows:
    """The function of some rows alone: its derivatives in variables that have rows are those of the whole function.

    numbers: of the rows, which rise
    """

    problem: Problem
    tiling: Tiling
    numbers: Numbers

    @property
    def apart(self) -> Problem:
        """What is asked of these rows."""
        whole = Tile(0, self.numbers.size, self.tiling.first)
        values = self._taken(self.problem.values)
        tangents = None if self.problem.tangents is None else self._taken(self.problem.tangents)
        shapes = self.tiling.shapes(whole, values)
        return replace(self.problem, program=self.tiling.first, shapes=shapes, values=values, tangents=tangents)

    def _taken(self, arrays: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        axes = self.tiling.axes
        return {name: self.of(array, axes[name]) if name in axes else array for name, array in arrays.items()}

    def of(self, array: FloatArray, axis: int) -> FloatArray:
        """These rows of an array."""
        return np.take(array, self.numbers, axis)

    def entry(self, entry: Entry) -> Entry:
        """An entry of the whole function's derivative as one of these rows' function's."""
        place, variables = entry
        moved = []
        for name, at in variables:
            axis = self.tiling.axes.get(name)
            row = None if axis is None else int(np.searchsorted(self.numbers, at[axis]))
            moved.append((name, at if row is None or axis is None else _with(at, axis, row)))
        return place, tuple(moved)


def in_tiles(problem: Problem, tiling: Tiling, answers: Sequence[Answer]) -> InTiles:
    """The sum over rows, of which it was seen that some of them add up.

    Errors: as ``InTiles``; AssertionError, under ``python -O`` too, where they do not: the numbers are wrong then.
    """
    if not adds_up(problem, tiling, answers):
        raise AssertionError("rows that do not add up were cut into tiles")
    return InTiles(problem, tiling, answers)


def adds_up(problem: Problem, tiling: Tiling, answers: Sequence[Answer]) -> bool:
    """Do some rows together give, within bounds, the sum of what they give one by one?

    The numbers come from the same tiles as their check, so that rows which are no sum would go unseen otherwise.
    """
    rows = Rows(problem, tiling, np.unique(np.linspace(0, tiling.rows - 1, SOME).astype(np.int64)))
    axes = [rows_in(answer, tiling) for answer in answers]
    parts = [
        a if axis is None else replace(a, array=rows.of(a.array, axis)) for a, axis in zip(answers, axes, strict=True)
    ]
    try:
        together = EveryEntry(rows.apart)
        by_one = InTiles(rows.apart, replace(tiling, rows=rows.numbers.size, height=1), parts)
        pairs = [(together.value(), by_one.value())]
        pairs += [(together.derivative(part), by_one.derivative(part)) for part in parts]
    except LimitError:
        return True  # nothing is told of them
    return all(_meet(one, other) for one, other in pairs)


@np.errstate(all="ignore")
def _meet(one: Whole, other: Whole) -> bool:
    """Could both be the same numbers?"""
    apart = np.abs(one.value - np.reshape(other.value, np.shape(one.value)))
    return not (apart > (one.error + np.reshape(other.error, np.shape(one.error))) * CARE).any()


def _with(place: tuple[int, ...], axis: int, row: int) -> tuple[int, ...]:
    found = list(place)
    found[axis] = row
    return tuple(found)


def numbers_of(places: Flags, axis: int) -> Numbers:
    """The rows in which some place is true: places of the shape of an answer."""
    others = tuple(k for k in range(places.ndim) if k != places.ndim + axis)
    return np.flatnonzero(places.any(others))


def alone(answer: Answer, tiling: Tiling) -> bool:
    """Do its entries hang on single rows?"""
    return rows_in(answer, tiling) is not None and all(name == ALONG for name, _ in answer.wrt[:-1])
