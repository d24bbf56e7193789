"""Types and cells of pyarrow: what holds numbers, and the numbers as arrays, copied only where they must be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any  # Any throughout: pyarrow has no types

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.tables.readers.cells import entries, mark_nan, missing, no_number, within
from gradcli.tables.readers.library import arrow
from gradcli.tables.readers.marking import Marker
from gradcli.tables.variables import NULL, Column, Shape


def columns_of(schema: Any) -> tuple[Column, ...]:
    """The columns of a schema; a name that is no text in UTF-8 is read as far as it goes."""
    return tuple(
        Column(place, field.name, NULL if str(field.type) == "null" else str(field.type), sizes_of_type(field.type))
        for place, field in enumerate(schema)
    )


def sizes_of_type(kind: Any) -> tuple[int | None, ...] | None:
    """Of a cell of this type, as in Column: the lengths of its lists, None where no numbers are in it."""
    types = arrow().types
    kind = _plain(kind)
    if types.is_fixed_size_list(kind):
        return _behind(kind.list_size, kind.value_type)
    if _is_list(kind):
        return _behind(None, kind.value_type)
    tests = (types.is_floating, types.is_integer, types.is_boolean, types.is_decimal, types.is_null)
    return () if any(test(kind) for test in tests) else None


def _behind(size: int | None, inner: Any) -> tuple[int | None, ...] | None:
    sizes = sizes_of_type(inner)
    return None if sizes is None else (size, *sizes)


def _is_list(kind: Any) -> bool:
    types = arrow().types
    names = ("is_list", "is_large_list", "is_list_view", "is_large_list_view")  # views are younger than pyarrow 15
    return any(getattr(types, name)(kind) for name in names if hasattr(types, name))


def _plain(kind: Any) -> Any:
    """The type behind dictionaries, run lengths and tensors of a fixed shape."""
    library = arrow()
    types = library.types
    if types.is_dictionary(kind):
        return _plain(kind.value_type)
    if types.is_run_end_encoded(kind):
        return _plain(kind.value_type)
    if isinstance(kind, library.FixedShapeTensorType) and list(kind.permutation or ()) in (
        [],
        [*range(len(kind.shape))],
    ):
        return _nested(kind.value_type, tuple(kind.shape))
    return kind


def _nested(inner: Any, shape: Shape) -> Any:
    for size in reversed(shape):
        inner = arrow().list_(inner, size)
    return inner


@dataclass(frozen=True, slots=True)
class ArrowCells:
    """Rows of an array of pyarrow."""

    array: Any

    def numbers(self, name: str, shape: Shape, marker: Marker) -> FloatArray:
        return _numbers(_unpacked(self.array), name, shape, marker)


def _unpacked(array: Any) -> Any:
    """The array without dictionaries, run lengths and extensions."""
    library = arrow()
    if isinstance(array, library.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    if library.types.is_dictionary(array.type):
        return _unpacked(array.dictionary_decode())
    if library.types.is_run_end_encoded(array.type):
        return _unpacked(arrow("compute").run_end_decode(array))
    if isinstance(array.type, library.FixedShapeTensorType):
        return _lists_of_tensor(array.storage, tuple(array.type.shape))
    return array


def _lists_of_tensor(storage: Any, shape: Shape) -> Any:
    """Lists of lists of the lists that hold all entries of a row."""
    nested = arrow().FixedSizeListArray.from_arrays
    size = storage.type.list_size
    flat = storage.values.slice(storage.offset * size, len(storage) * size)
    for inner in reversed(shape[1:]):
        flat = nested(flat, inner)
    return nested(flat, shape[0], mask=storage.is_null()) if storage.null_count else nested(flat, shape[0])


def _numbers(array: Any, name: str, shape: Shape, marker: Marker) -> FloatArray:
    if shape:
        return _lists(array, name, shape, marker)
    return _scalars(array, name, marker)


def _scalars(array: Any, name: str, marker: Marker) -> FloatArray:
    library, compute = arrow(), arrow("compute")
    kind = array.type
    if _is_list(kind) or library.types.is_fixed_size_list(kind):  # the first rows did not show it
        marker.mark(np.ones(len(array), np.bool_), no_number(name))
        return np.full(len(array), np.nan)
    if library.types.is_boolean(kind):
        array = array.cast(library.uint8())
    if array.null_count:
        marker.mark(np.asarray(array.is_null()), missing(name))
    if library.types.is_float16(kind):  # which pyarrow casts in its newer versions only
        array = library.array(np.asarray(array.to_numpy(zero_copy_only=False), np.float64))
    elif kind != library.float64():
        array = array.cast(library.float64(), safe=False)
    if array.null_count:
        array = compute.fill_null(array, np.nan)
    values: FloatArray = np.asarray(array.to_numpy(zero_copy_only=False))
    mark_nan(values, name, marker)
    return values


def _lists(array: Any, name: str, shape: Shape, marker: Marker) -> FloatArray:
    library, compute = arrow(), arrow("compute")
    rows, size = len(array), shape[0]
    if library.types.is_null(array.type):
        marker.mark(np.ones(rows, np.bool_), missing(name))
        return np.full((rows, *shape), np.nan)
    if not (_is_list(array.type) or library.types.is_fixed_size_list(array.type)):
        absent = np.asarray(array.is_null())
        marker.mark(absent, missing(name))
        marker.mark(~absent, f"{name} is not a list")
        return np.full((rows, *shape), np.nan)
    lengths = compute.fill_null(compute.list_value_length(array), -1).to_numpy(zero_copy_only=False)
    fits = lengths == size
    if fits.all():
        return _inner(array.flatten(), np.arange(rows), name, shape, marker)
    for length in np.unique(lengths[~fits]).tolist():
        marker.mark(lengths == length, missing(name) if length < 0 else entries(name, length, size))
    values = np.full((rows, *shape), np.nan)
    sound = np.flatnonzero(fits)
    values[sound] = _inner(array.take(library.array(sound)).flatten(), sound, name, shape, marker)
    return values


def _inner(flat: Any, rows: Any, name: str, shape: Shape, marker: Marker) -> FloatArray:
    """The entries of lists that all have the right length; the rows are those of ``marker``."""
    inside = Marker(len(flat))
    values = _numbers(_unpacked(flat), within(name, shape), shape[1:], inside).reshape(len(rows), *shape)
    if inside.marks.failed:
        marks, codes = inside.marks, inside.codes.reshape(len(rows), shape[0])
        firsts = codes[np.arange(len(rows)), (codes != 0).argmax(axis=1)]
        for code, reason in enumerate(marks.reasons, 1):
            where = np.zeros(len(marker.codes), np.bool_)
            where[rows[firsts == code]] = True
            marker.mark(where, reason)
        values = np.where((firsts != 0).reshape(-1, *(1 for _ in shape)), np.nan, values)
    return values


def sizes_in(arrays: Iterable[Any], depth: int) -> Shape | None:
    """The lengths of the lists of the first row that has some, to this depth."""
    empty = None
    for array in arrays:
        for cell in _unpacked(array):
            sizes = _lengths(cell.as_py(), depth)
            if sizes is not None and 0 not in sizes:
                return sizes
            empty = empty or sizes
    return empty


def _lengths(cell: Any, depth: int) -> Shape | None:
    if depth == 0:
        return ()
    if cell is None:
        return None
    inner = next((sizes for entry in cell if (sizes := _lengths(entry, depth - 1)) is not None), None)
    if inner is None:
        return (0,) if depth == 1 else None
    return (len(cell), *inner)
