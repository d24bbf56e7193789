"""Tables of Parquet: one file, or a directory of them, read one after the other.

Files may hold the same column as different types of numbers. Directories ``k=v`` say what a column k has in their
files, unless the files have it themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple  # Any throughout: pyarrow has no types

from gradcli.tables.readers.arrow_cells import ArrowCells, sizes_in
from gradcli.tables.readers.blocks import Block
from gradcli.tables.readers.directories import given_by, listed
from gradcli.tables.readers.library import arrow, reading, schema_received, schema_sent
from gradcli.tables.readers.parquet import Piece, whole_file
from gradcli.tables.readers.unify import keys_of, unified
from gradcli.tables.variables import Column, Shape

_READERS = 8  # files whose ends are read at once
_TOGETHER = 1 << 26  # bytes of small files, which are copied


@dataclass(frozen=True, slots=True)
class Form:
    """What the files of a table have in common.

    name:    of the table, safe to print
    schema:  a pyarrow.Schema of all columns of all files
    columns: the same, and which of them cannot be used
    """

    name: str
    schema: Any
    columns: tuple[Column, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return _form, (self.name, schema_sent(self.schema), self.columns)


def _form(name: str, sent: bytes, columns: tuple[Column, ...]) -> Form:
    return Form(name, schema_received(sent), columns)


class _Read(NamedTuple):
    """Rows next to each other: their arrays by the place of the column, of which file."""

    first: int
    rows: int
    arrays: dict[int, Any]
    name: str


class DatasetReader:
    """Files one after the other, without the first ``skip`` of their rows.

    first: the number of the first of the others
    """

    def __init__(self, form: Form, pieces: Sequence[Piece], first: int = 0, skip: int = 0) -> None:
        self.form, self.pieces, self._first, self._skip = form, tuple(pieces), first - skip, skip
        self._keys = keys_of(form.schema)

    @property
    def columns(self) -> Sequence[Column]:
        return self.form.columns

    @property
    def rows(self) -> int | None:
        return sum(piece.rows for piece in self.pieces) - self._skip

    def sizes(self, column: Column) -> Shape | None:
        arrays = (read.arrays[column.place] for read in self._read([column], 1024, 0))
        return sizes_in(arrays, len(column.sizes or ()))

    def schema(self, kept: Sequence[Column], wanted: Sequence[Column]) -> Any:
        return arrow().schema([self.form.schema.field(column.place) for column in kept])

    def blocks(self, wanted: Sequence[Column], kept: Sequence[Column], size: int, skip: int) -> Iterator[Block]:
        schema = self.schema(kept, wanted)
        columns = sorted({*wanted, *kept}, key=lambda column: column.place)
        for first, rows, arrays, name in _joined(self._read(columns, size, skip), size):
            cells = {column.place: ArrowCells(arrays[column.place]) for column in wanted}
            with reading(name):
                held = [
                    _as(arrays[column.place], field.type) for column, field in zip(kept, schema, strict=True)
                ]  # safely: a number that the common type lacks is an error
            whole = arrow().record_batch(held, schema=schema) if kept else None
            yield Block(first, rows, cells, None, whole)

    def close(self) -> None:
        """Nothing stays open."""

    def _read(self, columns: Sequence[Column], size: int, skip: int) -> Iterator[_Read]:
        """Rows behind the row ``skip``, and a few before it."""
        first = self._first
        for piece in self.pieces:
            end = first + piece.rows
            if end > skip and piece.rows:
                rest = piece.behind(skip - first)
                at = end - rest.rows
                for rows, arrays in self._of_piece(rest, columns, size):
                    yield _Read(at, rows, arrays, piece.name)
                    at += rows
            first = end

    def _of_piece(self, piece: Piece, columns: Sequence[Column], size: int) -> Iterator[tuple[int, dict[int, Any]]]:
        """How many rows, and arrays by the place of their column."""
        with piece.opened(len(columns)) as file:
            own = {key: place for place, key in enumerate(keys_of(file.schema_arrow))}
            inside = [column.place for column in columns if self._keys[column.place] in own]
            given = dict(piece.given)
            beside = [column.place for column in columns if self._keys[column.place] not in own]
            if inside:
                read = piece.batches(file, [own[self._keys[place]] for place in inside], size)
                counted = ((batch.num_rows, dict(zip(inside, batch.columns, strict=True))) for batch in read)
            else:
                counted = ((min(size, piece.rows - low), {}) for low in range(0, piece.rows, size))
            for rows, arrays in counted:
                for place in beside:
                    field = self.form.schema.field(place)
                    arrays[place] = _repeated(given[field.name], field.type, rows)
                yield rows, arrays


def one_file(path: Path, name: str) -> DatasetReader:
    """A file. Errors: InputError."""
    arrow(needs="a Parquet table")
    piece, schema = whole_file(path.absolute(), name)
    return DatasetReader(Form(name, *unified([(piece, schema)])), [piece])


def directory(root: Path, name: str, *, any_name: bool = False) -> DatasetReader:
    """All files in a directory, in the order of their names. any_name: those too whose suffix says something else

    Errors: InputError for what cannot be read, is no Parquet, is not there.
    """
    arrow(needs="a Parquet table")
    with reading(name):
        files = listed(root, name, any_name=any_name)

    def read(found: tuple[Path, str]) -> tuple[Piece, Any]:
        return whole_file(found[0].absolute(), found[1], given_by(root, found[0]))

    with ThreadPoolExecutor(_READERS, thread_name_prefix="gradcli-footer") as pool:
        try:
            known = list(pool.map(read, files))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return DatasetReader(Form(name, *unified(known)), [piece for piece, _ in known])


def _joined(found: Iterable[_Read], size: int) -> Iterator[_Read]:
    """Rows of small files together, where their columns are of the same types: less is done for each file."""
    held: list[_Read] = []
    rows = room = 0
    for read in found:
        taken = sum(array.nbytes for array in read.arrays.values())
        if held and (rows + read.rows > size or room + taken > _TOGETHER or _types(held[0]) != _types(read)):
            yield _one(held)
            held, rows, room = [], 0, 0
        held.append(read)
        rows, room = rows + read.rows, room + taken
    if held:
        yield _one(held)


def _one(held: Sequence[_Read]) -> _Read:
    first = held[0]
    if len(held) == 1:
        return first
    join = arrow().concat_arrays
    arrays = {place: join([read.arrays[place] for read in held]) for place in first.arrays}
    return _Read(first.first, sum(read.rows for read in held), arrays, f"{first.name} to {held[-1].name}")


def _types(read: _Read) -> list[Any]:
    return [array.type for array in read.arrays.values()]


def _as(array: Any, kind: Any) -> Any:
    return array if array.type == kind else array.cast(kind)


def _repeated(value: str | None, kind: Any, rows: int) -> Any:
    library = arrow()
    if value is None:
        return library.nulls(rows, kind)
    return library.repeat(library.scalar(value).cast(kind), rows)
