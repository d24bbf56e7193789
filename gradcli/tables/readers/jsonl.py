"""JSON, an object a line: many lines through pyarrow's parser, few of them, or what it refuses, one by one."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any  # Any: values of JSON, and pyarrow, which has no types

from gradcli.base.errors import InputError
from gradcli.tables.readers.arrow_cells import ArrowCells
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.cells import Cells, ObjectCells, number_of, sizes_in_objects, sizes_of
from gradcli.tables.readers.library import arrow, reading
from gradcli.tables.readers.lines import BOM, ends_of_lines, whole_lines
from gradcli.tables.readers.marking import Marker
from gradcli.tables.sources import Bytes
from gradcli.tables.variables import NULL, Column, Shape

_LOOKED = 1000  # lines of a file that say what its columns are; of a stream the first one, behind which may be no other
_FEW = 32  # lines that json reads before pyarrow's parser has begun
_EXACT = 2**53  # whole numbers up to it are doubles
_AROUND = 512  # lines that are read one by one around one that pyarrow's parser refuses
_LONGEST = 400  # digits of a whole number; those of more are beyond all doubles

Row = Mapping[str, Any]


class JsonLinesReader:
    """Objects whose keys name the columns; a key may be missing in a row."""

    rows: int | None = None

    def __init__(self, source: Bytes) -> None:
        self._json = arrow("json", "a table of JSON lines")
        self._source = source
        self._begun: Iterator[bytes] | None = self._read()
        self._held = next(self._begun, b"")
        looked = list(_objects(self._held, _LOOKED if source.path is not None else 1))
        if not looked:
            raise InputError(
                f"{source.name} is empty"
                if not self._held.strip()
                else f"{source.name} does not begin with JSON objects",
                hint='its lines are objects, as in {"x": 1, "y": 2}',
            )
        names = dict.fromkeys(name for row in looked for name in row)
        self._seen = {name: [row[name] for row in looked if row.get(name) is not None] for name in names}
        self.columns = tuple(_column(place, name, self._seen[name]) for place, name in enumerate(names))

    def sizes(self, column: Column) -> Shape | None:
        return sizes_in_objects(self._cells(column), len(column.sizes or ()))

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        """Columns that are variables are kept as numbers, the others as what the first lines have in them."""
        library, numbers = arrow(), {column.place for column in wanted}
        return library.schema(
            [(column.name, _type_of(column) if column.place in numbers else self._type_seen(column)) for column in kept]
        )

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted) if kept else None
        first = 0
        for data in self._rest():
            lines = [line for line in data.split(b"\n") if line.strip()]
            if first + len(lines) <= skip:
                first += len(lines)
                continue
            for block in self._blocks(lines, first, wanted, kept, schema, len(lines)):
                yield block
                first += block.rows

    def close(self) -> None:
        self._begun = None

    def _read(self) -> Iterator[bytes]:
        with reading(self._source.name), self._source.opened() as stream:
            lines = whole_lines(stream, self._source.name, ends_of_lines)
            yield next(lines, b"").removeprefix(BOM)
            yield from lines

    def _rest(self) -> Iterator[bytes]:
        """All blocks; a file can be read again."""
        begun, self._begun = self._begun, None
        if begun is None:
            yield from self._read()
        else:
            held, self._held = self._held, b""
            yield held
            yield from begun

    def _cells(self, column: Column) -> Iterator[Any]:
        """Of the lines that are known; where none of them tells, of all lines of a file."""
        yield from self._seen[column.name]
        if self._source.path is not None:
            for data in self._read():
                yield from (row.get(column.name) for row in _objects(data, len(data)))

    def _blocks(
        self, lines: list[bytes], first: int, wanted: Sequence[Column], kept: Sequence[Column], schema: Any, most: int
    ) -> Iterator[Block]:
        """All lines in one; where one of them is unlike the others, those around it without the lines that are no
        objects; where that is not all, these few one by one."""
        for start in range(0, len(lines), max(most, 1)):
            part, here = lines[start : start + most], first + start
            marker = None
            batch = self._parsed(part, wanted, kept, schema) if len(part) > _FEW else None
            if batch is None and _FEW < len(part) <= _AROUND:
                marker, sound = _emptied(part)
                batch = self._parsed(sound, wanted, kept, schema) if marker.codes.any() else None
            if batch is not None:
                cells: dict[int, Cells] = {column.place: ArrowCells(batch.column(column.name)) for column in wanted}
                held = batch.select([column.name for column in kept]) if kept else None
                yield Block(here, len(part), cells, marker, held)
            elif len(part) > _AROUND:
                yield from self._blocks(part, here, wanted, kept, schema, _AROUND)
            else:
                yield self._one_by_one(part, here, wanted, kept, schema)

    def _one_by_one(
        self, lines: list[bytes], first: int, wanted: Sequence[Column], kept: Sequence[Column], schema: Any
    ) -> Block:
        marker = Marker(len(lines))
        rows = [_row(line, number, marker) for number, line in enumerate(lines)]
        cells = {column.place: ObjectCells([row.get(column.name) for row in rows]) for column in wanted}
        held = _kept(rows, schema, {column.name for column in wanted}, marker) if kept else None
        return Block(first, len(lines), cells, marker, held)

    def _parsed(self, lines: list[bytes], wanted: Sequence[Column], kept: Sequence[Column], schema: Any) -> Any:
        """A pyarrow.RecordBatch, or nothing where a line is not as the columns are."""
        library = arrow()
        fields = {column.name: _type_of(column) for column in wanted}
        fields |= {column.name: schema.field(column.name).type for column in kept}
        data = _in_utf8(b"\n".join(lines))
        try:
            table = self._json.read_json(
                library.BufferReader(data),
                read_options=self._json.ReadOptions(block_size=len(data) + 1),
                parse_options=self._json.ParseOptions(
                    explicit_schema=library.schema(list(fields.items())), unexpected_field_behavior="ignore"
                ),
            )
        except library.ArrowException:  # which quotes the line; one by one each gets its reason
            return None
        # where an object takes two lines, or two of them one
        return table.combine_chunks().to_batches()[0] if table.num_rows == len(lines) else None

    def _type_seen(self, column: Column) -> Any:
        library = arrow()
        try:
            kind = library.infer_type(self._seen[column.name])
        except (library.ArrowException, ValueError, TypeError):  # texts and numbers in turn
            return library.string()
        if self._source.path is None and library.types.is_integer(kind) and abs(self._seen[column.name][0]) <= _EXACT:
            return library.float64()  # one line does not tell that all are whole
        return kind


def _objects(data: bytes, most: int) -> Iterator[Row]:
    """The objects among the first lines."""
    lines = (line for line in io.BytesIO(data) if line.strip())
    for line in islice(lines, most):
        marker = Marker(1)
        row = _row(line, 0, marker)
        if not marker.codes[0]:
            yield row


def _row(line: bytes, number: int, marker: Marker) -> Row:
    """The object of a line; nothing, and a mark, where it has none."""
    try:
        found = _DECODER.decode(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        marker.mark_row(number, "the line is not JSON")
        return {}
    if not isinstance(found, dict):
        marker.mark_row(number, "the line is not a JSON object")
        return {}
    return found


def _in_utf8(data: bytes) -> bytes:
    """The same, with a sign in the place of bytes that are no UTF-8, which pyarrow lets through."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").encode()
    return data


def _emptied(lines: Sequence[bytes]) -> tuple[Marker, list[bytes]]:
    """The lines with an empty object for each that has none, and marks for these."""
    marker = Marker(len(lines))
    for number, line in enumerate(lines):
        _row(line, number, marker)
    return marker, [b"{}" if code else line for code, line in zip(marker.codes, lines, strict=True)]


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST else float(digits)


_DECODER = json.JSONDecoder(parse_int=_whole)  # json.loads makes one each time, which takes longer than a line


def _column(place: int, name: str, cells: Sequence[Any]) -> Column:
    """What the first cells say; a text may stand in a column of numbers, and is marked there."""
    telling = next((cell for cell in cells if isinstance(cell, list | int | float)), None)
    if isinstance(telling, list):
        depth = max(len(sizes_of(cell) or ()) for cell in cells if isinstance(cell, list))
        return Column(place, name, "lists", (None,) * depth)
    if telling is None and any(isinstance(cell, dict) for cell in cells):
        return Column(place, name, "struct", None)
    return Column(place, name, NULL if not cells else "text" if telling is None else "number", ())


def _type_of(column: Column) -> Any:
    kind = arrow().float64()
    for _ in column.sizes or ():
        kind = arrow().list_(kind)
    return kind


def _kept(rows: Sequence[Row], schema: Any, variables: Set[str], marker: Marker) -> Any:
    """The columns that go on; a cell of another kind than its column stays empty, and its row is marked."""
    library = arrow()
    arrays = []
    for field in schema:
        cells = [row.get(field.name) for row in rows]
        if field.name in variables:
            cells = [_plain(cell, _depth(field.type)) for cell in cells]
        elif field.type == library.float64():  # rounded, as pyarrow's parser does
            cells = [
                number_of(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell for cell in cells
            ]
        elif field.type == library.string():
            cells = [cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells]
        try:
            arrays.append(library.array(cells, field.type))
        except (library.ArrowException, ValueError, TypeError, OverflowError):
            arrays.append(library.concat_arrays([_one(cell, row, field, marker) for row, cell in enumerate(cells)]))
    return library.record_batch(arrays, schema=schema)


def _plain(cell: Any, depth: int) -> Any:
    """A cell of a variable as it is kept: without what is no number, which its row is marked for."""
    if depth:
        return [_plain(entry, depth - 1) for entry in cell] if isinstance(cell, list) else None
    number = number_of(cell)
    return number if isinstance(cell, float) or not math.isnan(number) else None


def _depth(kind: Any) -> int:
    return 1 + _depth(kind.value_type) if arrow().types.is_list(kind) else 0


def _one(cell: Any, row: int, field: Any, marker: Marker) -> Any:
    library = arrow()
    try:
        return library.array([cell], field.type)
    except (library.ArrowException, ValueError, TypeError, OverflowError):
        marker.mark_row(row, f"{field.name} is no {field.type}, as it is kept")
        return library.nulls(1, field.type)
