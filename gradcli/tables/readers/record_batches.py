"""Arrow's record batches: files and streams of its own format, and tables of every library that speaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any  # Any throughout: pyarrow has no types

from gradcli.tables.readers.arrow_cells import ArrowCells, columns_of, sizes_in
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.library import arrow, reading
from gradcli.tables.sources import Bytes
from gradcli.tables.variables import Column, Shape

_FILE = b"ARROW1\0\0"  # what a file has before the stream that is in it

Batches = Iterator[Any]
Opened = Callable[[list[int]], Batches]  # the batches of the columns at these places, which ascend


class BatchesReader:
    """Record batches, one after the other; their cells are checked before they are looked at.

    opened: begins them, from their start where ``again`` says that this can be done twice
    """

    def __init__(self, schema: Any, opened: Opened, rows: int | None, name: str, again: bool) -> None:
        self._schema, self._opened, self._again, self._name = schema, opened, again, name
        self._begun: Batches | None = None
        self._held: list[Any] = []
        self.columns = columns_of(schema)
        self.rows = rows

    def sizes(self, column: Column) -> Shape | None:
        """From the first batch with rows alone, where the batches cannot be gone through again."""
        with reading(self._name):
            batches = self._opened([column.place]) if self._again else self._first(column.place)
            return sizes_in((_sound(batch.column(0)) for batch in batches), len(column.sizes or ()))

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        library = arrow()
        fields = (self._schema.field(column.place) for column in kept)
        return library.schema([field.with_type(_plain(field.type)) for field in fields])

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted)
        places = sorted({column.place for column in (*wanted, *kept)} or {0})
        first = 0
        for batch in self._rest(places):
            last = first + batch.num_rows
            for start in range(max(first, skip), last, size):  # of a large batch a part at a time is made of numbers
                part = batch.slice(start - first, min(size, last - start))
                arrays = dict(zip(places, part.columns, strict=True))
                cells = {column.place: ArrowCells(_sound(arrays[column.place])) for column in wanted}
                held = [_sound(arrays[c.place]).cast(field.type) for c, field in zip(kept, schema, strict=True)]
                whole = arrow().record_batch(held, schema=schema) if kept else None
                yield Block(start, part.num_rows, cells, None, whole)
            first = last

    def close(self) -> None:
        self._begun, self._held = None, []

    def _first(self, place: int) -> Batches:
        """Batches up to the first with rows, which are held until all are asked for."""
        self._begun = self._begun or self._opened(list(range(len(self.columns))))
        while not any(batch.num_rows for batch in self._held) and (more := list(islice(self._begun, 1))):
            self._held += more
        return _selected(iter(self._held), [place])

    def _rest(self, places: list[int]) -> Batches:
        begun, self._begun = self._begun, None
        held, self._held = self._held, []
        if begun is None:
            yield from self._opened(places)
            return
        for batches in (iter(held), begun):
            yield from _selected(batches, places)


def ipc(source: Bytes) -> BatchesReader:
    """The batches of a file or a stream in Arrow's own format. Errors: InputError."""
    arrow(needs="an Arrow table")
    with reading(source.name):
        in_file = source.beginning().startswith(_FILE)
        if source.path is None:
            return _piped(source, in_file)
        return (_file if in_file else _stream)(source.path, source.name)


def _file(path: Path, name: str) -> BatchesReader:
    """Batches that can be taken in any order; of each the columns that are asked for are unpacked."""

    def opened(places: list[int]) -> Any:
        library, read = arrow(), arrow("ipc")
        options = read.IpcReadOptions(included_fields=places)
        return read.open_file(library.memory_map(str(path)), options=options)

    def batches(places: list[int]) -> Batches:
        file = opened(places)
        return map(file.get_batch, range(file.num_record_batches))

    schema = opened([]).schema
    rows = sum(batch.num_rows for batch in batches([0])) if len(schema) else 0
    return BatchesReader(schema, batches, rows, name, True)


def _stream(path: Path, name: str) -> BatchesReader:
    def opened() -> Any:
        return arrow("ipc").open_stream(arrow().memory_map(str(path)))

    return BatchesReader(opened().schema, lambda places: _selected(opened(), places), None, name, True)


def _piped(source: Bytes, in_file: bool) -> BatchesReader:
    """A stream that is read once, as it comes; a file is one with something before and behind it."""
    stream = source.taken()
    if in_file:
        stream.read(len(_FILE))
    reader = arrow("ipc").open_stream(arrow().PythonFile(stream, "r"))
    return BatchesReader(reader.schema, lambda places: _selected(reader, places), None, source.name, False)


def speaks_arrow(source: object) -> bool:
    """Is it a table that hands out record batches: of pyarrow, polars, DuckDB?"""
    return hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")


def of_library(source: Any, name: str) -> BatchesReader:
    """The batches of a table of another library. One that has a length is gone through again, another once."""
    library = arrow(needs=f"a table of {type(source).__module__.partition('.')[0]}")
    if hasattr(source, "__len__"):
        whole = source if isinstance(source, library.Table) else library.table(source)
        return BatchesReader(
            whole.schema, lambda places: iter(whole.select(places).to_batches()), len(whole), name, True
        )
    reader = library.RecordBatchReader.from_stream(source)
    return BatchesReader(reader.schema, lambda places: _selected(reader, places), None, name, False)


def _selected(batches: Batches, places: list[int]) -> Batches:
    return (batch.select(places) for batch in batches)


def _plain(kind: Any) -> Any:
    """The type that every writer knows, for one that is only another form of it in memory."""
    library = arrow()
    forms = {"string_view": library.string, "binary_view": library.binary}
    return forms.get(str(kind), lambda: kind)()


def _sound(array: Any) -> Any:
    """The array, checked: what comes out of a file may point beyond its own memory."""
    array.validate(full=True)
    return array
