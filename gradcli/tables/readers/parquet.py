"""Parquet: what the end of a file says, and batches of the columns that are used, a page at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any  # Any throughout: pyarrow has no types

from gradcli.base.errors import InputError
from gradcli.tables.readers.library import arrow, reading

_PAGES = 1 << 20  # bytes of a column that are read at a time, a page as it is usually written
_ALL_PAGES = 1 << 26  # of all columns together
_THREADED = 1 << 16  # rows: of fewer, columns are read before threads have begun with them

Stamp = tuple[int, int]  # the size of a file, and when it was written


@dataclass(frozen=True, slots=True)
class Piece:
    """Row groups of a file that follow each other.

    name:  of the file, safe to print
    stamp: of the file when its end was read
    start: the first row group; groups: how many rows each has
    given: what its directories say, ``k=v``: names and values, None for a missing one
    """

    path: Path
    name: str
    stamp: Stamp
    groups: tuple[int, ...]
    start: int = 0
    given: tuple[tuple[str, str | None], ...] = ()

    @property
    def rows(self) -> int:
        return sum(self.groups)

    def between(self, low: int, high: int) -> Piece:
        """Its row groups from the one to the other, which is left out."""
        return replace(self, start=self.start + low, groups=self.groups[low:high])

    def behind(self, rows: int) -> Piece:
        """Without the row groups that end within its first so many rows."""
        low = ends = 0
        while low < len(self.groups) and ends + self.groups[low] <= rows:
            ends += self.groups[low]
            low += 1
        return self.between(low, len(self.groups))

    @contextmanager
    def opened(self, columns: int = 1) -> Iterator[Any]:
        """The pyarrow.parquet.ParquetFile, of which so many columns are read. Errors: InputError that names it."""
        # pages as they are needed, as a row group may hold the whole table
        pages = max(min(_PAGES, _ALL_PAGES // max(columns, 1)), 1)
        with reading(self.name):
            if _stamp(self.path) != self.stamp:
                raise InputError(f"{self.name} has changed since the table was opened", hint="run it again")
            with (
                _file(self.path) as raw,
                arrow("parquet").ParquetFile(raw, buffer_size=pages, pre_buffer=False) as file,
            ):
                yield file

    def batches(self, file: Any, places: Sequence[int], size: int) -> Iterator[Any]:
        """Its rows, of the columns at these places of the file, in this order.

        pyarrow takes names alone, and knows x.0 as a part of x too.
        """
        schema = file.schema_arrow
        names = [schema.names[place] for place in places]
        groups = list(range(self.start, self.start + len(self.groups)))
        for batch in file.iter_batches(size, groups, names, use_threads=self.rows >= _THREADED):
            if batch.schema.names == names:
                yield batch
            else:
                read = set(batch.schema.names)
                found = [place for place, name in enumerate(schema.names) if name in read]
                yield batch.select([found.index(place) for place in places])


def whole_file(path: Path, name: str, given: tuple[tuple[str, str | None], ...] = ()) -> tuple[Piece, Any]:
    """A file, and the pyarrow.Schema of its columns. Errors: InputError."""
    with reading(name):
        stamp = _stamp(path)
        with _file(path) as raw, arrow("parquet").ParquetFile(raw) as file:
            metadata = file.metadata
            groups = tuple(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
            return Piece(path, name, stamp, groups, 0, given), file.schema_arrow.remove_metadata()


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _file(path: Path) -> Any:
    """By its bytes, as not all names are texts."""
    return arrow().OSFile(os.fsencode(path))
