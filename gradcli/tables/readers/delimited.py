"""CSV and TSV: blocks of whole lines through pyarrow's parser; a block that it refuses, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any  # Any throughout: pyarrow has no types

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import InputError
from gradcli.tables.formats import TableFormat
from gradcli.tables.readers.arrow_cells import ArrowCells
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.cells import no_number
from gradcli.tables.readers.library import arrow, reading
from gradcli.tables.readers.lines import BOM, ends_of_records, first_record, whole_lines, without_last_empty
from gradcli.tables.readers.marking import Marker, Where
from gradcli.tables.sources import Bytes
from gradcli.tables.variables import Column, Shape

DELIMITERS = {TableFormat.CSV: ",", TableFormat.TSV: "\t"}
MISSING = ("", "NA", "N/A", "null", "NULL", "None")  # cells without a value; nan is one that is no number
_NUMBER = r"^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:inf(?:inity)?|nan))$"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class DelimitedReader:
    """A table of text whose first line names the columns; any cell may be a number or none.

    An empty line is a row without a value where there is one column, but for one at the end; else it is no row.
    """

    rows: int | None = None

    def __init__(self, source: Bytes, format_: TableFormat) -> None:
        self._csv = arrow("csv", f"a table of {format_}")
        self._source, self._delimiter = source, DELIMITERS[format_]
        self._begun: Iterator[bytes] | None = self._read()
        header = _text_of_header(next(self._begun), source.name)
        names = [name.strip() for name in next(_split(header, self._delimiter), [])]
        self.columns = tuple(Column(place, name, "text", ()) for place, name in enumerate(names))
        self._names = [str(place) for place in range(len(names))]
        self._alone = len(names) == 1

    def sizes(self, column: Column) -> Shape | None:
        return ()

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        """Columns that are variables are kept as numbers, the others as they stand."""
        library = arrow()
        numbers = {column.place for column in wanted}
        types = (library.float64() if column.place in numbers else library.string() for column in kept)
        return library.schema([library.field(c.name, kind) for c, kind in zip(kept, types, strict=True)])

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted)
        first = 0
        for data in self._rest():
            rows = self._counted(data) if first < skip else None
            if rows is not None and first + rows <= skip:
                first += rows
                continue
            block = self._block(data, first, wanted, kept, schema)
            if block.rows:
                yield block
            first += block.rows

    def close(self) -> None:
        self._begun = None

    def _rest(self) -> Iterator[bytes]:
        """What stands behind the header; a file can be read again."""
        records, self._begun = self._begun, None
        if records is None:
            records = self._read()
            next(records)
        return without_last_empty(records) if self._alone else records

    def _read(self) -> Iterator[bytes]:
        """The line of the header, then blocks of whole lines."""
        delimiter = self._delimiter.encode()
        with reading(self._source.name), self._source.opened() as stream:
            lines = whole_lines(stream, self._source.name, ends_of_records(delimiter))
            block = next(lines, b"").removeprefix(BOM)
            end = first_record(block, delimiter)
            yield block[:end]
            if block[end:]:
                yield block[end:]
            yield from lines

    def _counted(self, data: bytes) -> int | None:
        """How many rows a block has, where its line ends alone tell it."""
        if b'"' in data or b"\r" in data or (not self._alone and (b"\n\n" in data or data.startswith(b"\n"))):
            return None
        return data.count(b"\n") + (not data.endswith(b"\n"))

    def _block(self, data: bytes, first: int, wanted: Sequence[Column], kept: Sequence[Column], schema: Any) -> Block:
        library = arrow()
        numbers = {column.place for column in wanted}
        texts = {column.place for column in kept} - numbers
        bad: dict[int, Where] = {}
        marker = None
        try:
            arrays = self._parsed(data, dict.fromkeys(texts, "string") | dict.fromkeys(numbers, "double"))
        except library.ArrowInvalid:  # which quotes the line; ours says the reason alone
            arrays, marker = self._cell_by_cell(data, numbers | texts)
            for place in numbers:
                arrays[place], bad[place] = _numbers(arrays[place])
        rows = len(next(iter(arrays.values())))
        cells = {place: _Cells(arrays[place], bad.get(place)) for place in numbers}
        held = library.record_batch([arrays[column.place] for column in kept], schema=schema) if kept else None
        return Block(first, rows, cells, marker, held)

    def _parsed(self, data: bytes, types: dict[int, str]) -> dict[int, Any]:
        """Columns by place, as pyarrow's parser has them. Errors: ArrowInvalid."""
        library, names = arrow(), {str(place): place for place in types or {0: "string"}}
        table = self._csv.read_csv(
            library.BufferReader(data),
            read_options=self._csv.ReadOptions(column_names=self._names, block_size=len(data) + 1),
            parse_options=self._csv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=b'"' in data, ignore_empty_lines=not self._alone
            ),
            convert_options=self._csv.ConvertOptions(
                include_columns=list(names),
                column_types={name: types.get(place, "string") for name, place in names.items()},
                null_values=MISSING,
                strings_can_be_null=False,
            ),
        )
        return {place: _whole(table.column(name)) for name, place in names.items()}

    def _cell_by_cell(self, data: bytes, places: set[int]) -> tuple[dict[int, Any], Marker | None]:
        """Columns of texts, and the lines that have too few cells or too many."""
        library = arrow()
        with suppress(library.ArrowInvalid):
            return self._parsed(data, dict.fromkeys(places, "string")), None
        width = len(self._names)
        lines = list(_split(data.decode("utf-8", "replace"), self._delimiter, empty=self._alone))
        marker = Marker(len(lines))
        for row, line in enumerate(lines):
            if len(line) != width:
                marker.mark_row(row, f"the line has {len(line)} {'cell' if len(line) == 1 else 'cells'}, not {width}")
        texts = {
            place: library.array([line[place] if place < len(line) else "" for line in lines], library.string())
            for place in places or {0}
        }
        return texts, marker


@dataclass(frozen=True, slots=True)
class _Cells:
    """Numbers, and where a cell holds something else."""

    array: Any
    bad: Where | None

    def numbers(self, name: str, shape: Shape, marker: Marker) -> FloatArray:
        if self.bad is not None:
            marker.mark(self.bad, no_number(name))
        return ArrowCells(self.array).numbers(name, shape, marker)


def _numbers(texts: Any) -> tuple[Any, Where]:
    """The numbers of cells of text, null where there is none; and where something else stands."""
    library, compute = arrow(), arrow("compute")
    texts = compute.ascii_trim_whitespace(texts)
    absent = compute.is_in(texts, value_set=library.array(MISSING))
    lowered = compute.ascii_lower(texts)
    for word, number in (("true", "1"), ("false", "0")):
        texts = compute.if_else(compute.equal(lowered, word), number, texts)
    sound = compute.match_substring_regex(texts, _NUMBER)
    values = compute.if_else(sound, texts, None).cast(library.float64())
    return values, ~np.asarray(compute.or_(sound, absent))


def _whole(column: Any) -> Any:
    """The chunks of a column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else arrow().concat_arrays(column.chunks or [_none(column)])


def _none(column: Any) -> Any:
    return arrow().array([], column.type)


def _split(text: str, delimiter: str, *, empty: bool = False) -> Iterator[list[str]]:
    """The cells of each line, as pyarrow's parser divides them; of empty lines too, where they are asked for."""
    line: list[str] = []
    for match in _cell(delimiter).finditer(text):
        quoted, behind, end = match.groups()
        line.append(behind if quoted is None else quoted.replace('""', '"') + behind)
        if end != delimiter:
            if line != [""] or quoted is not None or (empty and end):
                yield line
            line = []
            if not end:
                return


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    d = re.escape(delimiter)
    return re.compile(rf'(?:"((?:[^"]|"")*+)"?)?+([^{d}\n\r]*)({d}|\r\n|\n|\r|\Z)')


def _text_of_header(line: bytes, name: str) -> str:
    if not line.strip():
        raise InputError(f"{name} is empty", hint="its first line names the columns, as in x,y")
    if line.startswith(_UTF16):
        raise InputError(f"{name} is UTF-16", hint="save it as UTF-8")
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"the first line of {name} is not UTF-8: byte {error.start}", hint="save it as UTF-8"
        ) from None
