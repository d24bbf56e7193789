"""NPZ: an array a column, a part of each at a time, unpacked as it is needed. No pyarrow is needed."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any  # Any: arrays of each kind

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import InputError, printable
from gradcli.tables.layout import ERROR, REASONS
from gradcli.tables.readers.arrays import BAD_HEADER, cells_of, check_rows, column_of, kept_of, kept_schema
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.library import reading
from gradcli.tables.variables import Column, Shape

_SAVE = "save it again: numpy.savez('points.npz', x=..., y=...)"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_BROKEN = (*BAD_HEADER, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError)


@dataclass(frozen=True, slots=True)
class _Member:
    """An array of the archive, as its header describes it; begins: where its numbers do."""

    file: str
    shape: Shape
    fortran: bool
    dtype: np.dtype[Any]
    begins: int

    @property
    def name(self) -> str:
        return self.file.removesuffix(".npy")

    @property
    def row(self) -> int:
        """Bytes of a row."""
        return prod(self.shape[1:]) * self.dtype.itemsize


class NpzReader:
    """The arrays of an archive, all of as many rows. An array in Fortran's order is read whole."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        with self._archive() as archive:
            found = (_member(archive, info) for info in archive.infolist() if info.filename.endswith(".npy"))
            members = [member for member in found if member.shape]
        answer = ERROR in {member.name for member in members}  # whose reasons are not rows
        self._members = [member for member in members if not (answer and member.name == REASONS)]
        if not self._members:
            raise InputError(f"{name} holds no arrays with rows", hint=_SAVE)
        self.columns = tuple(
            column_of(place, member.name, member.dtype, member.shape[1:]) for place, member in enumerate(self._members)
        )
        self.rows: int | None = check_rows({member.name: member.shape[0] for member in self._members}, name)

    def sizes(self, column: Column) -> Shape | None:
        return self._members[column.place].shape[1:]

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        members = [self._members[column.place] for column in kept]
        return kept_schema({m.name: np.empty((1, *m.shape[1:]), m.dtype) for m in members}, self._name)

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted)
        columns = list(dict.fromkeys([*wanted, *kept]))
        with self._archive() as archive, ExitStack() as stack:
            parts = {c.place: self._parts(stack, archive, self._members[c.place], size, skip) for c in columns}
            for first in range(skip, self.rows or 0, size):
                arrays = {place: next(part) for place, part in parts.items()}
                cells = {column.place: cells_of(arrays[column.place]) for column in wanted}
                held = kept_of({column.name: arrays[column.place] for column in kept}, schema) if kept else None
                yield Block(first, min(size, (self.rows or 0) - first), cells, None, held)

    def close(self) -> None:
        """Nothing stays open."""

    @contextmanager
    def _archive(self) -> Iterator[zipfile.ZipFile]:
        try:
            with reading(self._name), zipfile.ZipFile(self._path) as archive:
                yield archive
        except _BROKEN:
            raise InputError(f"cannot read {self._name}: it is no sound archive of arrays", hint=_SAVE) from None

    def _parts(
        self, stack: ExitStack, archive: zipfile.ZipFile, member: _Member, size: int, skip: int
    ) -> Iterator[npt.NDArray[Any]]:
        """The rows behind the first ``skip``."""
        if member.dtype.hasobject:
            raise InputError(f"array {printable(member.name)} of {self._name} holds objects, which are not read")
        stream = stack.enter_context(archive.open(member.file))
        if member.fortran and len(member.shape) > 1:
            stream.seek(member.begins)
            whole = np.frombuffer(_exactly(stream, member.row * member.shape[0]), member.dtype)
            whole = whole.reshape(member.shape, order="F")
            yield from (whole[first : first + size] for first in range(skip, member.shape[0], size))
            return
        stream.seek(member.begins + member.row * skip)
        for first in range(skip, member.shape[0], size):
            rows = min(size, member.shape[0] - first)
            part = np.frombuffer(_exactly(stream, member.row * rows), member.dtype)
            yield part.reshape(rows, *member.shape[1:])


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    """Errors: one of ``_BROKEN``."""
    with archive.open(info) as stream, warnings.catch_warnings():  # about spellings of old numpys
        warnings.simplefilter("ignore")
        shape, fortran, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
        member = _Member(info.filename, shape, fortran, dtype, stream.tell())
    if not dtype.hasobject and member.begins + prod(shape) * dtype.itemsize != info.file_size:
        raise ValueError("the header promises another number of bytes")
    return member


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data
