"""Cells of a column as numbers: of numpy's arrays, of pyarrow's, of Python's objects. What is no number is marked."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.tables.readers.marking import Marker, Where
from gradcli.tables.variables import Shape


class Cells(Protocol):
    """Some rows of a column."""

    def numbers(self, name: str, shape: Shape, marker: Marker) -> FloatArray:
        """Of shape (rows, *shape), contiguous, nan where a row is marked; ``name`` is for the reasons."""
        ...


def missing(name: str) -> str:
    """The reason of a row without this cell."""
    return f"{name} is missing"


def no_number(name: str) -> str:
    """The reason of a row with something else in this cell."""
    return f"{name} is not a number"


def entries(name: str, found: int, expected: int) -> str:
    """The reason of a row with a list of another length in this cell."""
    return f"{name} has {found} {'entry' if found == 1 else 'entries'}, not {expected}"


def within(name: str, shape: Shape) -> str:
    """What is in a list, for reasons."""
    return f"{'a row' if len(shape) > 1 else 'an entry'} of {name}"


def any_of(entries: Where) -> Where:
    """Of each row, whether it holds for one of its entries."""
    flat: Where = entries.reshape(len(entries), -1)
    return np.asarray(flat.any(axis=1))


def mark_nan(values: FloatArray, name: str, marker: Marker) -> None:
    """Marks rows that hold nan; infinities are numbers."""
    found = np.isnan(values)
    if found.any():
        subject = within(name, ()) if values.ndim > 1 else name
        marker.mark(any_of(found), no_number(subject))


@dataclass(frozen=True, slots=True)
class ArrayCells:
    """Rows of an array of numpy: (rows, *shape)."""

    array: npt.NDArray[Any]  # Any: its kind is the source's
    absent: Where | None = None  # cells of a masked array

    def numbers(self, name: str, shape: Shape, marker: Marker) -> FloatArray:
        with np.errstate(over="ignore", invalid="ignore"):
            values: FloatArray = np.ascontiguousarray(self.array, dtype=np.float64)
        if self.absent is not None and self.absent.any():
            values = np.where(self.absent, np.nan, values)
            marker.mark(any_of(self.absent), missing(name))
        mark_nan(values, name, marker)
        return values


@dataclass(frozen=True, slots=True)
class ObjectCells:
    """Rows of Python's objects: numbers, None, lists, anything."""

    objects: Sequence[object]

    def numbers(self, name: str, shape: Shape, marker: Marker) -> FloatArray:
        values = np.full((len(self.objects), *shape), np.nan)
        for row, cell in enumerate(self.objects):
            found, reason = _read(cell, name, shape)
            if reason is not None:
                marker.mark_row(row, reason)
            else:
                values[row] = found
        return values


def _read(cell: object, name: str, shape: Shape) -> tuple[Any, str | None]:  # Any: a number, or lists of them
    """The numbers of a cell, or the reason why there are none."""
    if cell is None:
        return None, missing(name)
    if not shape:
        number = number_of(cell)
        return (None, no_number(name)) if math.isnan(number) else (number, None)
    listed = cell.tolist() if isinstance(cell, np.ndarray) else cell
    if not isinstance(listed, list | tuple):
        return None, f"{name} is not a list"
    if len(listed) != shape[0]:
        return None, entries(name, len(listed), shape[0])
    found = []
    for entry in listed:
        value, reason = _read(entry, within(name, shape), shape[1:])
        if reason is not None:
            return None, reason
        found.append(value)
    return found, None


_WRITTEN = {"Infinity": math.inf, "-Infinity": -math.inf}  # in JSON, which has no such numbers


def number_of(cell: object) -> float:
    """A number as a float, nan where it is none.

    >>> number_of(True), number_of(Decimal("0.5")), number_of("Infinity"), number_of("2")
    (1.0, 0.5, inf, nan)
    """
    if isinstance(cell, str):
        return _WRITTEN.get(cell, math.nan)
    if isinstance(cell, numbers.Real | Decimal | np.bool_):
        try:
            return float(cell)
        except OverflowError:
            return math.copysign(math.inf, 1 if cell > 0 else -1)  # type: ignore[operator]  # Real has an order
        except ValueError:  # a signalling nan of decimal
            return math.nan
    return math.nan


def sizes_in_objects(cells: Iterable[object], depth: int) -> Shape | None:
    """The lengths of the lists of the first cell that has entries to this depth; of empty ones where none has."""
    empty = None
    for cell in cells:
        sizes = sizes_of(cell)
        if sizes is not None and len(sizes) == depth:
            if 0 not in sizes:
                return sizes
            empty = empty or sizes
    return empty


_DEEPEST = 32  # lists in lists, as many as an array of numpy has axes


def sizes_of(cell: object, deepest: int = _DEEPEST) -> Shape | None:
    """The lengths of the lists of a cell, () for a number; None where they are not known: of None, and of no lists.

    >>> sizes_of([[1, 2], [3, 4]]), sizes_of(1.5), sizes_of([]), sizes_of(None)
    ((2, 2), (), (0,), None)
    """
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, list | tuple) and deepest:
        inner = next((sizes for entry in cell if (sizes := sizes_of(entry, deepest - 1)) is not None), ())
        return (len(cell), *inner)
    return None if cell is None else ()
