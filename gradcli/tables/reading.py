"""Tables as they are read: columns first, then batches of the variables that an expression uses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gradcli.base.errors import InputError, UsageError, printable
from gradcli.base.wording import option
from gradcli.operations.table import did_you_mean
from gradcli.tables.formats import TableFormat
from gradcli.tables.readers.arrays import ArraysReader, fields_of, structured
from gradcli.tables.readers.blocks import Reader, batch_of, pieces
from gradcli.tables.readers.dataset import DatasetReader, Form, directory, one_file
from gradcli.tables.readers.delimited import DelimitedReader
from gradcli.tables.readers.frames import FrameReader, is_frame
from gradcli.tables.readers.jsonl import JsonLinesReader
from gradcli.tables.readers.library import reading
from gradcli.tables.readers.npz import NpzReader
from gradcli.tables.readers.parquet import Stamp
from gradcli.tables.readers.record_batches import ipc, of_library, speaks_arrow
from gradcli.tables.rows import Batch
from gradcli.tables.sources import Bytes, bytes_of, format_of, shown_name
from gradcli.tables.variables import Column, Shape, Variable, arranged

ROWS = 1 << 17  # of a batch, as of a group of rows that is written: it need not be put together of several
CELLS = 1 << 23  # of a batch of a wide table: 64 MB


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is open: its name, safe to print, its format and place where it is a file's, and who reads it.

    path:  of a file, or of a directory of files
    about: how many rows a file of text has about, as its size and its first lines tell; None where they do not
    first: the number of its first row, where it is a part of a table
    """

    name: str
    format: TableFormat | None
    reader: Reader
    path: Path | None = None
    about: int | None = None
    first: int = 0

    @property
    def columns(self) -> Sequence[Column]:
        return self.reader.columns

    @property
    def rows(self) -> int | None:
        """How many there are, where that is known without reading them."""
        return self.reader.rows

    @property
    def form(self) -> Form | None:
        """What the files of a table of Parquet have in common, for ``part_of``; None for other tables."""
        return self.reader.form if isinstance(self.reader, DatasetReader) else None

    @property
    def files(self) -> tuple[tuple[Path, Stamp], ...]:
        """Of a directory: what is in it, and as it was."""
        if self.path is None or not isinstance(self.reader, DatasetReader):
            return ()
        return tuple((piece.path, piece.stamp) for piece in self.reader.pieces if piece.path != self.path.absolute())

    @property
    def names(self) -> list[str]:
        """What columns may be called in an expression: ``x`` for ``x.0`` too."""
        return list(dict.fromkeys(column.name.partition(".")[0] for column in self.columns))

    def variables(self, names: Sequence[str], shapes: Mapping[str, Shape] | None = None) -> tuple[Variable, ...]:
        """The variables of these names, with their shapes in a row; ``shapes`` are those that the user says.

        Errors: InputError where a column is not there, is there twice, or holds no numbers.
        """
        return arranged(self.columns, names, shapes or {}, self.reader.sizes, self.name)

    def schema(self, variables: Sequence[Variable], keep: bool | Sequence[str] = True) -> Any:
        """What ``kept`` of a batch is made of: a pyarrow.Schema, dtypes by name of numpy's arrays, or nothing."""
        kept = self._kept(keep)
        return self.reader.schema(kept, _used(variables)) if kept else None

    def batches(
        self, variables: Sequence[Variable], keep: bool | Sequence[str] = False, size: int = ROWS, skip: int = 0
    ) -> Iterator[Batch]:
        """The rows behind the first ``skip``, in order, at most ``size`` at a time; of a stream, as they come.

        keep: the columns that go on into the output, of which ``kept`` is made; True for all

        A file can be gone through again, a stream once. Errors: InputError, also in the middle.
        """
        kept, skip = self._kept(keep), max(skip, self.first)
        with reading(self.name):
            for block in self.reader.blocks(_used(variables), kept, size, skip):
                yield from pieces(batch_of(block, variables), size, skip)

    def close(self) -> None:
        self.reader.close()

    def _kept(self, keep: bool | Sequence[str]) -> list[Column]:
        kept = list(self.columns if keep else ()) if isinstance(keep, bool) else self._named(keep)
        for column in kept:
            column.require(f"leave out {option('keep')}, or keep other columns")
        return kept

    def _named(self, keep: Sequence[str]) -> list[Column]:
        known = {column.name: column for column in self.columns}
        for name in keep:
            if name not in known:
                near = did_you_mean(name, known)
                raise InputError(
                    f"{option('keep')}: {self.name} has no column '{printable(name)[:80]}'",
                    hint=f"did you mean {printable(near)}?" if near else None,
                )
        return [known[name] for name in keep]


def open_table(source: object, format: str | None = None, stdin: BinaryIO | None = None) -> Table:  # noqa: A002
    """A table, its columns known, its rows unread.

    source: a path, also of a directory of Parquet files, "-" for ``stdin``, arrays by name, a structured array of
    numpy, a table or a dataframe of pyarrow, pandas, polars or another library that speaks Arrow's stream interface
    format: of a file, by its name; else its suffix says it, and of a stream without one its first bytes

    Errors: InputError for what cannot be read, UsageError for a format that is none, MissingError without pyarrow.
    """
    if isinstance(source, str | os.PathLike):
        if os.path.isdir(source):  # noqa: PTH112 - any text may be asked for
            return _directory(Path(source), format)
        data = bytes_of(os.fspath(source), stdin)
        with reading(data.name):
            known = format_of(data, os.fspath(source), format)
            about = data.about_lines() if known.facts.lines else None
            return Table(data.name, known, _reader(data, known), data.path, about)
    if format is not None:
        raise UsageError(f"{option('input_format', format)} is for files, not for {type(source).__name__}")
    if isinstance(source, Mapping):
        return Table("the table", None, ArraysReader(source, "the table"))
    if is_frame(source):
        return Table("the table", None, FrameReader(source, "the table"))
    if speaks_arrow(source):
        with reading("the table"):
            return Table("the table", None, of_library(source, "the table"))
    if isinstance(source, np.ndarray) and source.dtype.names is not None:
        return Table("the table", None, ArraysReader(fields_of(source.reshape(-1)), "the table"))
    raise InputError(
        f"a table is no {type(source).__name__}",
        hint="give a path, a dict of arrays, a structured array, or a table of pyarrow, pandas or polars",
    )


def rows_of_batch(cells: int) -> int:
    """How many rows are a batch, where so many cells of each are held: a power of two.

    >>> rows_of_batch(5), rows_of_batch(10_000)
    (131072, 512)
    """
    return min(ROWS, 1 << max(0, (CELLS // max(cells, 1)).bit_length() - 1))


def _reader(source: Bytes, known: TableFormat) -> Reader:
    match known:
        case TableFormat.CSV | TableFormat.TSV:
            return DelimitedReader(source, known)
        case TableFormat.JSONL:
            return JsonLinesReader(source)
        case TableFormat.ARROW:
            return ipc(source)
        case TableFormat.PARQUET if source.path is not None:  # it begins at the end of its file
            return one_file(source.path, source.name)
        case TableFormat.NPY if source.path is not None:
            return structured(source.path, source.name)
        case TableFormat.NPZ if source.path is not None:
            return NpzReader(source.path, source.name)
    raise InputError(
        f"{source.name} is a stream, and {known} is no format for streams",
        hint="write it into a file first, or stream arrow, jsonl or csv",
    )


def _directory(path: Path, format_: str | None) -> Table:
    known = TableFormat.named(format_ or TableFormat.PARQUET, "input_format")
    name = shown_name(os.fspath(path))
    if known is not TableFormat.PARQUET:
        raise UsageError(
            f"{name} is a directory, which is a table of Parquet files, not of {known}",
            hint="give one of its files",
        )
    return Table(name, known, directory(path, name, any_name=format_ is not None), path)


def _used(variables: Sequence[Variable]) -> list[Column]:
    return list(dict.fromkeys(column for variable in variables for column in variable.columns))
