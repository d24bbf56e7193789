"""numpy's files: NPY, one array of records; NPZ, an array a column. Neither needs pyarrow.

Both have numbers alone: ``error`` is the number of the reason, 0 where a row is fine. NPZ holds the reasons beside it,
``reasons[error - 1]``; for NPY the report has them, in the same order. What has no value is nan.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import InputError, UsageError, printable
from gradcli.base.wording import option
from gradcli.tables.layout import ERROR, REASONS, Layout, Rows
from gradcli.tables.writers.parts import Data

CODES = np.dtype(np.int32)
PART_CELLS = 2**22  # of a part of NPZ, which is held in memory until it is written
COPIED = 2**22  # bytes at a time
MADE = (1980, 1, 1, 0, 0, 0)  # when all members of an archive were made: zip's first day

Dtypes = dict[str, tuple[np.dtype[Any], tuple[int, ...]]]  # of each column, with its shape in one row


def dtypes_of(layout: Layout, word: str) -> Dtypes:
    """The columns of the output. Errors: UsageError for kept columns that hold no numbers; word: the format's name."""
    found: Dtypes = {name: (_kept_dtype(layout, name, word), ()) for name in layout.kept_names}
    for column in layout.columns:
        for name in column.parts if column.split else (column.name,):
            found[name] = np.dtype(layout.dtype), () if column.split else column.shape
    return {**found, ERROR: (CODES, ())}


def _kept_dtype(layout: Layout, name: str, word: str) -> np.dtype[Any]:
    if isinstance(layout.kept, Mapping):
        return np.dtype(layout.kept[name])  # an array already
    try:
        kind: np.dtype[Any] = np.dtype(layout.kept.field(name).type.to_pandas_dtype())
    except NotImplementedError:
        kind = np.dtype(object)
    if kind.kind not in "biuf":
        raise UsageError(
            f"{word} holds numbers alone, and column '{printable(name)[:80]}' is kept, which has others",
            hint=f"-o FILE.parquet takes it; without {option('keep')} it is left out",
        )
    return kind


def columns_of(rows: Rows, layout: Layout, dtypes: Dtypes) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    for name, values in rows.kept_cells():
        yield name, _plain(name, values, dtypes[name][0])
    for name, cells in rows.cells(layout):
        if rows.blank is None:
            yield name, cells
        else:
            emptied = cells.copy()
            emptied[rows.blank] = np.nan
            yield name, emptied
    yield ERROR, np.zeros(rows.rows, CODES) if rows.codes is None else rows.codes


def _plain(name: str, values: Any, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if not isinstance(values, np.ndarray):
        if values.null_count and dtype.kind != "f":
            raise InputError(
                f"column '{printable(name)[:80]}' is kept and has a row without a value, for which arrays of "
                f"{dtype} have no word",
                hint="-o FILE.parquet takes it",
            )
        values = values.to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values, dtype)


def npy_head(descr: Any, shape: tuple[int, ...], digits: int = 0) -> bytes:
    """What an NPY file begins with; digits: room for so many of the number of rows, so that it can be put in later."""
    fields = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    text = fields + " " * (digits - len(str(shape[0])))
    version = (1, 0) if text.isascii() and len(text) < 2**16 - 128 else (2, 0) if text.isascii() else (3, 0)
    made = text.encode("latin1" if version < (3, 0) else "utf-8")
    size = 2 if version == (1, 0) else 4
    made += b" " * (-(8 + size + len(made) + 1) % 64) + b"\n"
    return np.lib.format.magic(*version) + len(made).to_bytes(size, "little") + made


class Records:
    """NPY: an array of records, a field a column, of the column's shape."""

    def __init__(self, layout: Layout) -> None:
        layout.require_distinct()
        self.layout, self._dtypes = layout, dtypes_of(layout, "npy")
        self.dtype = np.dtype([(name, kind, shape) for name, (kind, shape) in self._dtypes.items()])

    def head(self, rows: int) -> bytes:
        return npy_head(np.lib.format.dtype_to_descr(self.dtype), (rows,), digits=20)

    def body(self, rows: Rows) -> Data:
        made = np.empty(rows.rows, self.dtype)
        fields = self.dtype.names or ()  # numpy has a name of its own for a column without one
        for field, (_, values) in zip(fields, columns_of(rows, self.layout, self._dtypes), strict=True):
            made[field] = values
        return memoryview(made.view(np.uint8).data)


@dataclass(frozen=True, slots=True)
class Member:
    """An array in an archive, as bytes that lie somewhere."""

    head: bytes
    data: Iterable[Data]


class ArchivePart:
    """A part of NPZ: its rows wait in memory."""

    def __init__(self, path: Path, layout: Layout, dtypes: Dtypes) -> None:
        self._path, self._layout, self._dtypes = path, layout, dtypes
        self._held: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in dtypes}
        self._reasons: tuple[str, ...] = ()
        self._rows = 0

    def append(self, rows: Rows) -> None:
        for name, values in columns_of(rows, self._layout, self._dtypes):
            self._held[name].append(values)
        self._reasons = rows.reasons
        self._rows += rows.rows

    def close(self) -> None:
        members = {
            name: Member(_head(kind, (self._rows, *shape)), (_bytes(values) for values in self._held[name]))
            for name, (kind, shape) in self._dtypes.items()
        }
        write_archive(self._path, members, self._reasons)

    def drop(self) -> None:
        self._held.clear()


class Archives:
    """NPZ, not compressed."""

    cells = PART_CELLS

    def __init__(self, layout: Layout) -> None:
        layout.require_distinct(REASONS)
        self.layout, self._dtypes = layout, dtypes_of(layout, "npz")

    def part(self, path: Path, first: int = 0) -> ArchivePart:  # noqa: ARG002 - there are no groups of rows
        return ArchivePart(path, self.layout, self._dtypes)

    def assemble(self, parts: Sequence[Path], path: Path) -> None:
        places = [_places(part) for part in parts]
        members: dict[str, Member] = {}
        rows = sum(place[ERROR][1] for place in places) // CODES.itemsize
        for name, (kind, shape) in self._dtypes.items():
            pieces = [(part, *place[name]) for part, place in zip(parts, places, strict=True)]
            members[name] = Member(_head(kind, (rows, *shape)), _copied(pieces))
        with np.load(parts[-1]) as last:
            reasons = tuple(last[REASONS].tolist())
        write_archive(path, members, reasons)


def write_archive(path: Path, members: Mapping[str, Member], reasons: Sequence[str]) -> None:
    """An NPZ file of the members, and of the reasons."""
    listed = np.array(reasons, dtype=None if reasons else "U1")
    made = {**members, REASONS: Member(_head(listed.dtype, listed.shape), [_bytes(listed)])}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, member in made.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", MADE), "w", force_zip64=True) as file:
                file.write(member.head)
                for data in member.data:
                    file.write(data)


def _head(kind: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    return npy_head(np.lib.format.dtype_to_descr(kind), shape)


def _bytes(values: npt.NDArray[Any]) -> Data:
    return memoryview(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)


def _places(path: Path) -> dict[str, tuple[int, int]]:
    """Where the entries of each array lie in an archive: offset and bytes."""
    found = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for member in archive.infolist():
            file.seek(member.header_offset + 26)
            name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
            start = member.header_offset + 30 + name + extra
            file.seek(start)
            head = _length(file)
            found[member.filename.removesuffix(".npy")] = start + head, member.file_size - head
    return found


def _length(file: BinaryIO) -> int:
    """Of the head of an NPY file."""
    begin = file.read(12)
    size = 2 if begin[6] == 1 else 4
    return 8 + size + int.from_bytes(begin[8 : 8 + size], "little")


def _copied(pieces: Iterable[tuple[Path, int, int]]) -> Iterator[bytes]:
    for path, offset, size in pieces:
        with path.open("rb") as file:
            file.seek(offset)
            while size:
                data = file.read(min(size, COPIED))
                if not data:
                    raise OSError(0, f"{path} is cut off")
                size -= len(data)
                yield data
