"""Dataframes of pandas, recognised without it: arrays as they stand in memory, other columns through Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any  # Any throughout: neither pandas nor pyarrow is imported here

import numpy as np

from gradcli.tables.readers.arrays import as_arrow, cells_of, column_in
from gradcli.tables.readers.arrow_cells import ArrowCells, columns_of, sizes_in
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.cells import ArrayCells, Cells, sizes_in_objects
from gradcli.tables.readers.library import arrow, reading
from gradcli.tables.variables import Column, Shape


def is_frame(source: object) -> bool:
    """Is it a dataframe of pandas?"""
    return hasattr(source, "iloc") and hasattr(source, "dtypes") and hasattr(source, "columns")


class FrameReader:
    """A dataframe, the levels of its index included where they have names; nan is a missing cell, as in pandas."""

    def __init__(self, frame: Any, name: str) -> None:
        self._frame = frame.reset_index() if any(level is not None for level in frame.index.names) else frame
        self._name = name
        self._made: dict[int, Any] = {}
        self.rows: int | None = len(frame)
        with reading(name):
            self.columns = tuple(
                self._column(place, str(label), dtype)
                for place, (label, dtype) in enumerate(zip(self._frame.columns, self._frame.dtypes, strict=True))
            )

    def sizes(self, column: Column) -> Shape | None:
        array, depth = self._array(column.place), len(column.sizes or ())
        return sizes_in_objects(array, depth) if isinstance(array, np.ndarray) else sizes_in([array], depth)

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        with reading(self._name):
            return arrow(needs="keeping columns").schema(
                [(column.name, self._whole(column.place).type) for column in kept]
            )

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted) if kept else None
        for first in range(skip, self.rows or 0, size):
            rows = min(size, (self.rows or 0) - first)
            cells = {column.place: _cells(self._array(column.place), first, rows) for column in wanted}
            held = [self._whole(column.place).slice(first, rows) for column in kept]
            yield Block(first, rows, cells, None, arrow().record_batch(held, schema=schema) if kept else None)

    def close(self) -> None:
        self._made = {}

    def _column(self, place: int, name: str, dtype: Any) -> Column:
        if not isinstance(dtype, np.dtype):  # an extension of pandas: integers with holes, texts, categories
            found = columns_of(arrow().schema([(name, self._extended(self._frame.iloc[:0, place]).type)]))[0]
            return Column(place, name, found.type, found.sizes)
        return column_in(place, name, self._array(place) if dtype.kind == "O" else np.empty(0, dtype))

    def _array(self, place: int) -> Any:
        """The column, of numpy where it is numpy's, else of pyarrow."""
        if place not in self._made:
            column = self._frame.iloc[:, place]
            plain = isinstance(column.dtype, np.dtype)
            self._made[place] = column.to_numpy() if plain else self._extended(column)
        return self._made[place]

    def _whole(self, place: int) -> Any:
        """The column as it is kept, nan as null."""
        array = self._array(place)
        if not isinstance(array, np.ndarray):
            return array
        return arrow().array(array, from_pandas=True) if array.dtype.kind != "O" else as_arrow(array)

    @staticmethod
    def _extended(column: Any) -> Any:
        library = arrow(needs="a dataframe with columns of more than numbers")
        made = library.array(column, from_pandas=True)
        if isinstance(made, library.ChunkedArray):
            made = library.concat_arrays(made.chunks) if made.num_chunks else library.array([], made.type)
        return made


def _cells(array: Any, first: int, rows: int) -> Cells:
    if not isinstance(array, np.ndarray):
        return ArrowCells(array.slice(first, rows))
    part = array[first : first + rows]
    return ArrayCells(part, np.isnan(part)) if part.dtype.kind == "f" else cells_of(part)
