"""Parquet and Arrow: groups of rows that begin at multiples of one number, however the rows came."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option
from gradcli.tables.journal import OPEN
from gradcli.tables.layout import INSTRUCTIONS, Layout, Rows
from gradcli.tables.writers import parquet_join
from gradcli.tables.writers.cells import batch_of, facts_in, schema_of
from gradcli.tables.writers.parquet_join import Run
from gradcli.tables.writers.texts import is_number

GROUP_ROWS = 2**17  # of a group: pyarrow writes 2**16 to 2**20 rows equally fast
GROUP_CELLS = 2**23  # of wide tables: 64 MB, and with 10,000 columns still 512 rows, many for what each says of itself
PART_GROUPS = 2**8  # 33 million rows, and as many as 10 seconds bring; several parts are copied once more at the end

Writer = Any  # of pyarrow: has write_table and close
Opened = Callable[[Any, Any], Writer]  # of a path or a stream, and a schema
Read = Callable[[Run, int], Any]  # batches of at most so many rows


class Grouped:
    """A file of groups of exactly so many rows, the last of them excepted.

    first: the number of its first row in the whole; the first group ends where one of the whole does
    """

    def __init__(self, writer: Writer, schema: Any, group: int, first: int = 0) -> None:
        self._writer, self._schema, self._group = writer, schema, group
        self._held: list[Any] = []
        self._rows, self._next = 0, group - first % group

    def append(self, batch: Any) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        while self._rows >= self._next:
            self._write(self._next)
            self._next = self._group

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

    opened: its writer; read: the batches of a file, and those of some of its groups
    joins:  can its groups be moved to another file as they are?
    """

    def __init__(self, layout: Layout, opened: Opened, read: Read, *, joins: bool = False) -> None:
        layout.require_distinct()
        self.layout, self.schema = layout, schema_of(layout)
        self._opened, self._read, self._joins = opened, read, joins
        self.group = min(GROUP_ROWS, 2 ** max(0, (GROUP_CELLS // layout.width).bit_length() - 1))
        self.cells = PART_GROUPS * self.group * layout.width

    def part(self, path: Path, first: int = 0) -> ColumnarPart:
        """first: the number of its first row in the whole"""
        file = pa.OSFile(os.fsencode(path), "wb")
        grouped = Grouped(self._opened(file, self.schema), self.schema, self.group, first)
        return ColumnarPart(grouped, file, self.layout, self.schema)

    def assemble(self, parts: Sequence[Path], path: Path) -> None:
        schema = schema_of(replace(self.layout, facts=self._facts(parts)))
        if not self._joins:
            self._rewrite([Run(part) for part in parts], path, schema)
            return
        segments = parquet_join.segments(parts, self.group)
        broken = [run for segment in segments if not segment.whole for run in segment.runs]
        if all(not segment.whole for segment in segments):
            self._rewrite(broken, path, schema)
            return
        anew = path.with_name(f"{OPEN}-anew{path.suffix}")
        self._rewrite(broken, anew, schema)  # without groups, its end is still what that of the whole is made of
        parquet_join.join(segments, anew, path, self.group)
        anew.unlink()

    def _rewrite(self, runs: Sequence[Run], path: Path, schema: Any) -> None:
        """A file of these groups of others, read and written anew in groups of the whole."""
        with pa.OSFile(os.fsencode(path), "wb") as file:
            grouped = Grouped(self._opened(file, schema), schema, self.group)
            for run in runs:
                for batch in self._read(run, self.group):
                    # Parquet gives seconds back as milliseconds.
                    for own in pa.Table.from_batches([batch]).cast(schema).to_batches():
                        grouped.append(own)
            grouped.close()

    def _facts(self, parts: Sequence[Path]) -> dict[str, Any]:
        """What the whole says of itself: what each part says, and the instructions of all."""
        facts = dict(self.layout.facts)
        if INSTRUCTIONS in facts:
            said = [facts_in(next(self._read(Run(part), 1)).schema).get(INSTRUCTIONS, []) for part in parts]
            facts[INSTRUCTIONS] = list(dict.fromkeys(word for words in said for word in words))
        return facts


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
    made = Columnar(layout, parquet_writer, _read_parquet, joins=True)
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


def _read_parquet(run: Run, group: int) -> Any:
    with pa.OSFile(os.fsencode(run.path)) as raw, pq.ParquetFile(raw) as file:
        yield from file.iter_batches(group, [*range(file.num_row_groups)][run.low : run.high])


def _read_arrow(run: Run, group: int, *, stream: bool) -> Any:  # noqa: ARG001 - batches are groups already
    with pa.OSFile(os.fsencode(run.path)) as file:
        if stream:
            yield from pa.ipc.open_stream(file)
        else:
            reader = pa.ipc.open_file(file)
            for at in range(reader.num_record_batches):
                yield reader.get_batch(at)
