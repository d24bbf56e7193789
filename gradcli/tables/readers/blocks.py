"""What the reader of a format hands on, before variables are made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gradcli.tables.readers.cells import Cells
from gradcli.tables.readers.marking import Marker
from gradcli.tables.rows import Batch
from gradcli.tables.variables import Column, Shape, Variable


@dataclass(frozen=True, slots=True)
class Block:
    """Rows as they came.

    cells:  by a column's place
    marker: has the rows that fail as a whole, if there are any: a line that is no JSON
    kept:   columns that go on into the output: a pyarrow.RecordBatch, or arrays by name
    """

    first: int
    rows: int
    cells: Mapping[int, Cells]
    marker: Marker | None = None
    kept: Any = None  # Any: pyarrow has no types


class Reader(Protocol):
    """A source of one format. Errors while it reads: InputError."""

    @property
    def columns(self) -> Sequence[Column]: ...

    @property
    def rows(self) -> int | None:
        """How many there are, where that is known before they are read."""
        ...

    def sizes(self, column: Column) -> Shape | None:
        """The lengths of the lists of a column, from the first row that has entries."""
        ...

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:  # Any: pyarrow has no types
        """What ``kept`` of a block is made of, before there is a block: a pyarrow.Schema, or dtypes by name."""
        ...

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        """The rows, in order, about ``size`` at a time or fewer; of the first ``skip`` as few as is cheap."""
        ...

    def close(self) -> None: ...


def batch_of(block: Block, variables: Sequence[Variable]) -> Batch:
    """The variables' values of a block."""
    marker = block.marker or Marker(block.rows)
    values = {}
    for variable in variables:
        if variable.spread:
            entries = np.empty((block.rows, len(variable.columns)))
            for number, column in enumerate(variable.columns):
                entries[:, number] = block.cells[column.place].numbers(column.name, (), marker)
            values[variable.name] = entries.reshape(block.rows, *variable.shape)
        else:
            column = variable.columns[0]
            values[variable.name] = block.cells[column.place].numbers(column.name, variable.shape, marker)
    return Batch(block.first, block.rows, values, marker.marks, block.kept)


def pieces(batch: Batch, size: int, skip: int) -> Iterator[Batch]:
    """A batch in batches of at most ``size`` rows, without the rows before the row ``skip``; nothing is copied."""
    for start in range(max(skip - batch.first, 0), batch.rows, size):
        stop = min(start + size, batch.rows)
        if stop - start == batch.rows:
            yield batch
        else:
            yield _part(batch, start, stop)


def _part(batch: Batch, start: int, stop: int) -> Batch:
    values = {name: value[start:stop] for name, value in batch.values.items()}
    marks = type(batch.marks)(batch.marks.codes[start:stop], batch.marks.reasons)
    kept = batch.kept
    if isinstance(kept, Mapping):
        kept = {name: array[start:stop] for name, array in kept.items()}
    elif kept is not None:
        kept = kept.slice(start, stop - start)
    return Batch(batch.first + start, stop - start, values, marks, kept)
