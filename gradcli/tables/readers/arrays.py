"""Arrays of numpy: by name, or the fields of a structured one, as .npy holds it. No pyarrow is needed."""

from __future__ import annotations

import struct
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import InputError, printable
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.cells import ArrayCells, Cells, ObjectCells, number_of, sizes_in_objects, sizes_of
from gradcli.tables.readers.library import arrow, reading, short
from gradcli.tables.variables import NULL, Column, Shape

Arrays = npt.NDArray[Any]  # Any: of each kind

_SAVE = "save a structured array, or numpy.savez('points.npz', x=..., y=...)"
# what numpy raises of a header that makes no sense, which it takes for one written by Python 2
BAD_HEADER = (ValueError, LookupError, TypeError, SyntaxError, struct.error, tokenize.TokenError, EOFError)
_PLAIN = "biufUM"
_KINDS = {"M": "datetime64", "m": "timedelta64 (a duration)", "U": "text", "S": "bytes", "V": "struct", "c": "complex"}


class ArraysReader:
    """Columns in memory, or mapped into it, all of as many rows."""

    def __init__(self, arrays: Mapping[str, object], name: str) -> None:
        self._name = name
        self._arrays = [_array(key, value, name) for key, value in arrays.items()]
        self.columns = tuple(
            column_in(place, key, array) for place, (key, array) in enumerate(zip(arrays, self._arrays, strict=True))
        )
        lengths = {column.name: len(array) for column, array in zip(self.columns, self._arrays, strict=True)}
        self.rows: int | None = check_rows(lengths, name)

    def sizes(self, column: Column) -> Shape | None:
        return sizes_in_objects(self._arrays[column.place], len(column.sizes or ()))

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        """Dtypes, where each cell is a number, a text or a date; else, for lists and objects, a pyarrow.Schema."""
        return kept_schema({column.name: self._arrays[column.place] for column in kept}, self._name)

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted)
        for first in range(skip, self.rows or 0, size):
            part = slice(first, min(first + size, self.rows or 0))
            cells = {column.place: cells_of(self._arrays[column.place][part]) for column in wanted}
            arrays = {column.name: self._arrays[column.place][part] for column in kept}
            yield Block(first, part.stop - first, cells, None, kept_of(arrays, schema) if kept else None)

    def close(self) -> None:
        self._arrays = []


def structured(path: Path, name: str) -> ArraysReader:
    """The fields of the structured array in an .npy file, mapped into memory. Errors: InputError."""
    try:
        with reading(name):
            array = np.load(path, mmap_mode="r", allow_pickle=False)
    except BAD_HEADER:  # whose message repeats what the file holds
        raise InputError(f"cannot read {name}: it is no sound array of numpy", hint=_SAVE) from None
    if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.names is None:
        raise InputError(f"{name} holds an array whose columns have no names", hint=_SAVE)
    return ArraysReader(fields_of(array), name)


def fields_of(array: Arrays) -> dict[str, Arrays]:
    """The columns of a structured array."""
    return {field: array[field] for field in array.dtype.names or ()}


def check_rows(lengths: Mapping[str, int], name: str) -> int:
    """How many rows each of the columns has. Errors: InputError where they have not as many."""
    first = next(iter(lengths), "")
    for other, length in lengths.items():
        if length != lengths[first]:
            raise InputError(
                f"column {printable(first)} of {name} has {lengths[first]} rows, {printable(other)} has {length}",
                hint="give every column an entry for each row",
            )
    return lengths.get(first, 0)


def kept_schema(arrays: Mapping[str, Arrays], name: str) -> Any:
    """Dtypes, where each cell is a number, a text or a date; else, for lists and objects, a pyarrow.Schema."""
    if all(array.ndim == 1 and array.dtype.kind in _PLAIN for array in arrays.values()):
        return {column: array.dtype for column, array in arrays.items()}
    library = arrow(needs="keeping columns of lists")
    with reading(name):
        return library.schema([(column, _arrow_type(array)) for column, array in arrays.items()])


def kept_of(arrays: Mapping[str, Arrays], schema: Any) -> Any:
    """Columns that go on, as their schema says."""
    if isinstance(schema, Mapping):
        return arrays
    cells = [as_arrow(array, field.type) for array, field in zip(arrays.values(), schema, strict=True)]
    return arrow().record_batch(cells, schema=schema)


def column_of(place: int, name: str, dtype: np.dtype[Any], shape: Shape) -> Column:
    """The column of an array with cells of this dtype and shape."""
    if dtype.kind in "biuf":
        return Column(place, name, dtype.name, shape)
    return Column(place, name, _KINDS.get(dtype.kind, dtype.name), None)


def column_in(place: int, name: str, array: Arrays) -> Column:
    """The column of an array, of objects as its first cell says it."""
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


def _is_nan(cell: object) -> bool:
    return isinstance(cell, float) and cell != cell


def _arrow_type(array: Arrays) -> Any:
    """Of all cells where they are objects, of the first ones where a dtype says it."""
    return as_arrow(array if array.dtype.kind == "O" else array[:1]).type


def as_arrow(array: Arrays, kind: Any = None) -> Any:
    """The cells as a pyarrow.Array; objects of no common type as texts."""
    library = arrow()
    if array.dtype.kind == "O":
        cells = [cell.tolist() if isinstance(cell, np.ndarray) else cell for cell in array]
        try:
            if kind != library.string():
                return library.array(cells, kind)
        except (library.ArrowException, ValueError, TypeError, OverflowError):
            if kind is not None:
                raise
        return library.array([None if cell is None or _is_nan(cell) else str(cell) for cell in cells], library.string())
    if array.ndim == 1:
        return library.array(array)
    sizes = array.shape[1:]
    flat = library.array(np.ascontiguousarray(array).reshape(-1))
    for size in reversed(sizes):
        flat = library.FixedSizeListArray.from_arrays(flat, size)
    return flat


def cells_of(part: Arrays) -> Cells:
    """Rows of an array as cells."""
    if part.dtype.kind == "O":
        return ObjectCells(list(part))
    return ArrayCells(part, np.ma.getmaskarray(part) if isinstance(part, np.ma.MaskedArray) else None)
