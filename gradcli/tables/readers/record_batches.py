"""Arrow's record batches: files and streams of its own format, and tables of every library that speaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any  # Any throughout: pyarrow has no types

from gradcli.tables.readers.arrow_cells import ArrowCells, columns_of, sizes_in
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.library import arrow, reading
from gradcli.tables.sources import Bytes
from gradcli.tables.variables import Column, Shape

_FILE = b"ARROW1\0\0"  # what a file has before the stream that is in it

Batches = Iterator[Any]


class BatchesReader:
    """Record batches, one after the other; their cells are checked before they are looked at.

    opened: what begins them, from their start; called again only where ``again`` says that it can be
    """

    def __init__(self, schema: Any, opened: Callable[[], Batches], rows: int | None, name: str, again: bool) -> None:
        self._schema, self._opened, self._again, self._name = schema, opened, again, name
        self._begun: Batches | None = None
        self._held: list[Any] = []
        self.columns = columns_of(schema)
        self.rows = rows

    def sizes(self, column: Column) -> Shape | None:
        """From the first batch alone, where the batches cannot be gone through again."""
        with reading(self._name):
            if self._again:
                looked = self._opened()
            else:
                self._begun = self._begun or self._opened()
                while not any(batch.num_rows for batch in self._held) and (more := list(islice(self._begun, 1))):
                    self._held += more
                looked = iter(self._held)
            cells = (_sound(batch.column(column.place)) for batch in looked)
            return sizes_in(cells, len(column.sizes or ()))

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        library = arrow()
        fields = (self._schema.field(column.place) for column in kept)
        return library.schema([field.with_type(_plain(field.type)) for field in fields])

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted)
        first = 0
        for batch in self._rest():
            last = first + batch.num_rows
            # of a large batch a part at a time is made of numbers
            for start in range(max(first, skip), last, size):
                part = batch.slice(start - first, min(size, last - start))
                cells = {column.place: ArrowCells(_sound(part.column(column.place))) for column in wanted}
                held = [
                    _sound(part.column(column.place)).cast(field.type)
                    for column, field in zip(kept, schema, strict=True)
                ]
                batch_kept = arrow().record_batch(held, schema=schema) if kept else None
                yield Block(start, part.num_rows, cells, None, batch_kept)
            first = last

    def close(self) -> None:
        self._begun, self._held = None, []

    def _rest(self) -> Batches:
        held, self._held = self._held, []
        begun, self._begun = self._begun, None
        yield from held
        yield from begun if begun is not None else self._opened()


def ipc(source: Bytes) -> BatchesReader:
    """The batches of a file or a stream in Arrow's own format. Errors: InputError."""
    library, read = arrow(needs="an Arrow table"), arrow("ipc")
    if source.path is not None and source.beginning().startswith(_FILE):
        with reading(source.name):
            file = read.open_file(library.memory_map(str(source.path)))
        numbers = range(file.num_record_batches)
        return BatchesReader(file.schema, lambda: map(file.get_batch, numbers), None, source.name, True)
    if source.path is not None:
        path = str(source.path)

        def opened() -> Any:
            return read.open_stream(library.memory_map(path))

        with reading(source.name):
            schema = opened().schema
        return BatchesReader(schema, lambda: iter(opened()), None, source.name, True)
    with reading(source.name):
        packed_in_file = source.beginning().startswith(_FILE)
        stream = source.taken()
        if packed_in_file:
            stream.read(len(_FILE))
        reader = read.open_stream(library.PythonFile(stream, "r"))
    return BatchesReader(reader.schema, lambda: iter(reader), None, source.name, False)


def speaks_arrow(source: object) -> bool:
    """Is it a table that hands out record batches: of pyarrow, pandas, polars, DuckDB?"""
    return hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")


def of_library(source: Any, name: str) -> BatchesReader:
    """The batches of a table of another library. One that has a length is gone through again, another once.

    Errors: those of pyarrow, TypeError or ValueError, where the table holds what Arrow has no type for.
    """
    library = arrow(needs=f"a table of {type(source).__module__.partition('.')[0]}")
    if not hasattr(source, "__arrow_c_stream__"):
        source = library.table(source)
    reader = library.RecordBatchReader.from_stream(source)
    if not hasattr(source, "__len__"):
        return BatchesReader(reader.schema, lambda: iter(reader), None, name, False)
    return BatchesReader(
        reader.schema, lambda: iter(library.RecordBatchReader.from_stream(source)), len(source), name, True
    )


def _plain(kind: Any) -> Any:
    """The type that every writer knows, for one that is only another form of it in memory."""
    library = arrow()
    forms = {"string_view": library.string, "binary_view": library.binary}
    return forms.get(str(kind), lambda: kind)()


def _sound(array: Any) -> Any:
    """The array, checked: what comes out of a file may point beyond its own memory."""
    array.validate(full=True)
    return array
