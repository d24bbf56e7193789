"""Parquet: a batch at a time, of the columns that are used; whole row groups are skipped unread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any  # Any throughout: pyarrow has no types

from gradcli.tables.readers.arrow_cells import ArrowCells, columns_of, sizes_in
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.library import arrow, reading
from gradcli.tables.variables import Column, Shape

_PAGES = 1 << 20  # bytes of a column that are read at a time, a page as it is usually written
_ALL_PAGES = 1 << 26  # of all columns together


class ParquetReader:
    """A file whose end says where its columns stand."""

    def __init__(self, path: Path, name: str) -> None:
        self._file = arrow("parquet", "a Parquet table").ParquetFile
        self._path, self._name = path, name
        with reading(name), self._file(path) as file:
            self._schema, self._metadata = file.schema_arrow, file.metadata
            self.columns = columns_of(self._schema)
        self.rows: int | None = self._metadata.num_rows

    def sizes(self, column: Column) -> Shape | None:
        depth = len(column.sizes or ())
        return sizes_in((batch.column(0) for batch in self._batches([column], 1024)), depth)

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        return arrow().schema([self._schema.field(column.place) for column in kept])

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        columns = sorted({*wanted, *kept}, key=lambda column: column.place)
        groups, first = self._behind(skip)
        places = {column.place: number for number, column in enumerate(columns)}
        for batch in self._batches(columns, size, groups):
            cells = {column.place: ArrowCells(batch.column(places[column.place])) for column in wanted}
            held = batch.select([places[column.place] for column in kept]) if kept else None
            yield Block(first, batch.num_rows, cells, None, held)
            first += batch.num_rows

    def close(self) -> None:
        """Nothing stays open."""

    def _behind(self, skip: int) -> tuple[list[int], int]:
        """The row groups that hold rows behind the first ``skip``, and the first of their rows."""
        metadata, first = self._metadata, 0
        for group in range(metadata.num_row_groups):
            rows = metadata.row_group(group).num_rows
            if first + rows > skip:
                return list(range(group, metadata.num_row_groups)), first
            first += rows
        return [], first

    def _batches(self, columns: Sequence[Column], size: int, groups: list[int] | None = None) -> Iterator[Any]:
        """Of these columns, in this order. pyarrow takes names alone, and knows x.0 as a part of x too."""
        names = [column.name for column in columns]
        # pages as they are needed, as a row group may hold the whole table
        pages = max(min(_PAGES, _ALL_PAGES // max(len(names), 1)), 1)
        with (
            reading(self._name),
            self._file(self._path, metadata=self._metadata, buffer_size=pages, pre_buffer=False) as file,
        ):
            for batch in file.iter_batches(size, groups, names):
                if batch.schema.names != names:
                    batch = self._selected(batch, columns)
                yield batch

    def _selected(self, batch: Any, columns: Sequence[Column]) -> Any:
        read = set(batch.schema.names)
        found = [column for column in self.columns if column.name in read]
        return batch.select([found.index(column) for column in columns])
