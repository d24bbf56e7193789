"""Parquet and Arrow: groups of rows that begin at multiples of one number, however the rows came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option
from gradcli.tables.layout import Layout, Rows
from gradcli.tables.writers import parquet_join
from gradcli.tables.writers.cells import batch_of, schema_of
from gradcli.tables.writers.texts import is_number

GROUP_ROWS = 2**17  # of a group: pyarrow writes 2**16 to 2**20 rows equally fast
GROUP_CELLS = 2**23  # of wide tables: 64 MB, and with 10,000 columns still 512 rows, many for what each says of itself
PART_GROUPS = 2**8  # 33 million rows, and as many as 10 seconds bring; several parts are copied once more at the end

Writer = Any  # of pyarrow: has write_table and close
Opened = Callable[[Any, Any], Writer]  # of a path or a stream, and a schema
Join = Callable[[Sequence[Path], Path, int], bool]


class Grouped:
    """A file of groups of exactly so many rows, the last of them excepted."""

    def __init__(self, writer: Writer, schema: Any, group: int) -> None:
        self._writer, self._schema, self._group = writer, schema, group
        self._held: list[Any] = []
        self._rows = 0

    def append(self, batch: Any) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        while self._rows >= self._group:
            self._write(self._group)

    def close(self) -> None:
        if self._rows:
            self._write(self._rows)
        self._writer.close()

    def drop(self) -> None:
        """Lets go of the file as it is."""
        _let_go(self._writer)

    def _write(self, rows: int) -> None:
        held = pa.Table.from_batches(self._held, self._schema)
        group = held.slice(0, rows)
        if self._rows > rows or len(self._held) > 1:
            # Made anew: pages end where pieces do, and what lies behind a slice would be written as its padding.
            group = pa.concat_tables([group.slice(0, 0), group]).combine_chunks()
        self._writer.write_table(group, rows)
        self._held = held.slice(rows).to_batches()
        self._rows -= rows


class ColumnarPart:
    """A part on the disk."""

    def __init__(self, grouped: Grouped, file: Any, layout: Layout, schema: Any) -> None:
        self._grouped, self._file, self._layout, self._schema = grouped, file, layout, schema

    def append(self, rows: Rows) -> None:
        self._grouped.append(batch_of(rows, self._layout, self._schema))

    def close(self) -> None:
        self._grouped.close()
        self._file.close()

    def drop(self) -> None:
        self._grouped.drop()
        with suppress(OSError):
            self._file.close()


class Columnar:
    """A format of pyarrow's whose files are groups of rows.

    opened: its writer; read: the batches of a file
    join:   puts files after each other whose groups allow it, and says whether they did
    """

    def __init__(
        self, layout: Layout, opened: Opened, read: Callable[[Path, int], Any], join: Join | None = None
    ) -> None:
        layout.require_distinct()
        self.layout, self.schema = layout, schema_of(layout)
        self._opened, self._read, self._join = opened, read, join
        self.group = min(GROUP_ROWS, 2 ** max(0, (GROUP_CELLS // layout.width).bit_length() - 1))
        self.cells = PART_GROUPS * self.group * layout.width

    def part(self, path: Path) -> ColumnarPart:
        file = pa.OSFile(str(path), "wb")
        return ColumnarPart(self._grouped(file), file, self.layout, self.schema)

    def assemble(self, parts: Sequence[Path], path: Path) -> None:
        if self._join and self._join(parts, path, self.group):
            return
        with pa.OSFile(str(path), "wb") as file:
            grouped = self._grouped(file)
            for part in parts:
                for batch in self._read(part, self.group):
                    # Parquet gives seconds back as milliseconds.
                    for own in pa.Table.from_batches([batch]).cast(self.schema).to_batches():
                        grouped.append(own)
            grouped.close()

    def _grouped(self, file: Any) -> Grouped:
        return Grouped(self._opened(file, self.schema), self.schema, self.group)


class Streamed:
    """Rows that leave as they come, a record batch each, in the order of the columns."""

    def __init__(self, layout: Layout, stream: BinaryIO, opened: Opened) -> None:
        layout.require_distinct()
        self._layout, self._schema = layout, schema_of(layout)
        self._writer = opened(pa.PythonFile(stream, "w"), self._schema)

    def append(self, rows: Rows) -> None:
        self._writer.write_table(pa.Table.from_batches([batch_of(rows, self._layout, self._schema)], self._schema))

    def close(self) -> None:
        self._writer.close()

    def drop(self) -> None:
        """Lets go of the stream as it is."""
        _let_go(self._writer)


def parquet(layout: Layout) -> Columnar:
    """Numbers in plain pages, as doubles that were computed neither repeat nor compress.

    Errors: UsageError for a kept column of a type that Parquet lacks.
    """
    made = Columnar(layout, parquet_writer, _read_parquet, parquet_join.join)
    for field in list(made.schema)[: len(layout.kept_names)]:
        try:
            parquet_writer(pa.BufferOutputStream(), pa.schema([field])).close()
        except pa.ArrowNotImplementedError:
            raise UsageError(
                f"parquet has no type {field.type}, which column '{printable(field.name)[:80]}' has that is kept",
                hint=f"-o FILE.arrow takes it; without {option('keep')} it is left out",
            ) from None
    return made


def arrow(layout: Layout, *, stream: bool = False) -> Columnar:
    """Arrow's file, which is also Feather's, or its stream."""
    return Columnar(layout, arrow_stream if stream else _arrow_file, partial(_read_arrow, stream=stream))


def parquet_writer(file: Any, schema: Any) -> Writer:
    words = [field.name for field in schema if not (is_number(field.type) or pa.types.is_nested(field.type))]
    return pq.ParquetWriter(file, schema, use_dictionary=words, compression=dict.fromkeys(words, "snappy"))


def arrow_stream(file: Any, schema: Any) -> Writer:
    return pa.ipc.new_stream(file, schema)


def _let_go(writer: Writer) -> None:
    with suppress(OSError, ValueError):
        writer.close()
    writer.is_open = False  # of ParquetWriter, which would try it again when it is collected


def _arrow_file(file: Any, schema: Any) -> Writer:
    return pa.ipc.new_file(file, schema)


def _read_parquet(path: Path, group: int) -> Any:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(group)


def _read_arrow(path: Path, group: int, *, stream: bool) -> Any:  # noqa: ARG001 - batches are groups already
    with pa.OSFile(str(path)) as file:
        if stream:
            yield from pa.ipc.open_stream(file)
        else:
            reader = pa.ipc.open_file(file)
            for at in range(reader.num_record_batches):
                yield reader.get_batch(at)
