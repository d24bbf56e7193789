"""Arrays of numpy: by name, or the fields of a structured one, as .npy holds it. No pyarrow is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import InputError, printable
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.cells import ArrayCells, Cells, ObjectCells, number_of, sizes_of
from gradcli.tables.readers.library import reading, short
from gradcli.tables.variables import NULL, Column, Shape

Arrays = npt.NDArray[Any]  # Any: of each kind

_SAVE = "save a structured array, or numpy.savez('points.npz', x=..., y=...)"
_KINDS = {"M": "datetime64", "m": "timedelta64 (a duration)", "U": "text", "S": "bytes", "V": "struct", "c": "complex"}


class ArraysReader:
    """Columns in memory, or mapped into it, all of as many rows."""

    def __init__(self, arrays: Mapping[str, object], name: str) -> None:
        self._arrays = [_array(key, value, name) for key, value in arrays.items()]
        self.columns = tuple(
            _column(place, key, array) for place, (key, array) in enumerate(zip(arrays, self._arrays, strict=True))
        )
        lengths = {column.name: len(array) for column, array in zip(self.columns, self._arrays, strict=True)}
        for other, length in lengths.items():
            if length != next(iter(lengths.values())):
                first = next(iter(lengths))
                raise InputError(
                    f"column {printable(first)} of {name} has {lengths[first]} rows, {printable(other)} has {length}",
                    hint="give every column a row for each row",
                )
        self.rows: int | None = next(iter(lengths.values()), 0)

    def sizes(self, column: Column) -> Shape | None:
        depth = len(column.sizes or ())
        found = (sizes_of(cell) for cell in self._arrays[column.place])
        known = [sizes for sizes in found if sizes is not None and len(sizes) == depth]
        return next((sizes for sizes in known if 0 not in sizes), next(iter(known), None))

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> dict[str, Any]:
        """The dtypes of what is kept, with the shape of a cell where it holds more than a number."""
        return {c.name: np.dtype((a.dtype, a.shape[1:])) for c in kept for a in [self._arrays[c.place]]}

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        for first in range(skip, self.rows or 0, size):
            part = slice(first, min(first + size, self.rows or 0))
            cells = {column.place: _cells(self._arrays[column.place][part]) for column in wanted}
            held = {column.name: self._arrays[column.place][part] for column in kept} if kept else None
            yield Block(first, part.stop - first, cells, None, held)

    def close(self) -> None:
        self._arrays = []


def structured(path: Path, name: str) -> ArraysReader:
    """The fields of the structured array in an .npy file, mapped into memory. Errors: InputError."""
    try:
        with reading(name):
            array = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise InputError(f"cannot read {name}: {short(error)}", hint=_SAVE) from None
    if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.names is None:
        raise InputError(f"{name} holds an array whose columns have no names", hint=_SAVE)
    return ArraysReader(fields_of(array), name)


def fields_of(array: Arrays) -> dict[str, Arrays]:
    """The columns of a structured array."""
    return {field: array[field] for field in array.dtype.names or ()}


def column_of(place: int, name: str, dtype: np.dtype[Any], shape: Shape) -> Column:
    """The column of an array with cells of this dtype and shape."""
    if dtype.kind in "biuf":
        return Column(place, name, dtype.name, shape)
    return Column(place, name, _KINDS.get(dtype.kind, dtype.name), None)


def _column(place: int, name: str, array: Arrays) -> Column:
    if array.dtype.kind != "O":
        return column_of(place, name, array.dtype, array.shape[1:])
    first = next((cell for cell in array if cell is not None), None)
    if first is None:
        return Column(place, name, NULL, ())
    sizes = sizes_of(first)
    if sizes == () and np.isnan(number_of(first)) and not isinstance(first, float | np.floating):
        return Column(place, name, "text" if isinstance(first, str) else type(first).__name__, None)
    return Column(place, name, type(first).__name__, (None,) * len(sizes or ()))


def _array(name: object, value: object, table: str) -> Arrays:
    """One row an entry; where that is no array of numbers, of the objects as they are."""
    if not isinstance(name, str):
        raise InputError(f"a column of {table} is called {printable(repr(name))[:80]}, expected a text")
    if isinstance(value, np.ndarray):
        made: Arrays = value
    elif isinstance(value, list | tuple):
        made = _of_objects(value)
    elif hasattr(value, "__array__"):
        try:
            made = np.asarray(value)
        except (TypeError, ValueError, RuntimeError) as error:  # such as a tensor with a gradient
            raise InputError(f"column {printable(name)} of {table} is no array: {short(error)}") from None
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        made = _of_objects(list(value))
    else:
        made = np.asarray(None)
    if made.ndim == 0:
        raise InputError(
            f"column {printable(name)} of {table} has no rows: it is {type(value).__name__}",
            hint="give an array or a list; a constant is given as a value",
        )
    return made


def _of_objects(cells: Sequence[object]) -> Arrays:
    try:
        array = np.array(cells)
    except (ValueError, TypeError):  # ragged
        array = None
    if array is not None and array.dtype.kind in "biuf":
        return array
    objects = np.empty(len(cells), object)
    for row, cell in enumerate(cells):
        objects[row] = cell
    return objects


def _cells(part: Arrays) -> Cells:
    if part.dtype.kind == "O":
        return ObjectCells(list(part))
    return ArrayCells(part, np.ma.getmaskarray(part) if isinstance(part, np.ma.MaskedArray) else None)
