"""A table in partitions, whose rows are computed by themselves: which they are depends on the table alone.

Files that follow each other are one partition while they are small, and large ones are cut where row groups end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gradcli.tables.formats import TableFormat
from gradcli.tables.readers.dataset import DatasetReader, Form
from gradcli.tables.readers.parquet import Piece
from gradcli.tables.reading import Table

MANY = 64  # partitions: enough for the workers of a table that is not large
LEAST, MOST = 2**14, 2**22  # rows: fewer take no longer than it takes to begin with them; more come back to no one


@dataclass(frozen=True, slots=True)
class Partition:
    """Rows next to each other, to be computed by themselves.

    number: from 0; first: the number of its first row; rows: how many
    skip:   of the rows of its pieces, so many before its first one, which were computed before
    """

    number: int
    first: int
    rows: int
    pieces: tuple[Piece, ...]
    skip: int = 0

    def behind(self, rows: int) -> Partition:
        """What is left of it when its first so many rows are there."""
        return replace(self, first=self.first + rows, rows=self.rows - rows, skip=self.skip + rows)


def partitions(table: Table) -> tuple[Partition, ...]:
    """All rows of a table of Parquet, in their order; none where there are no rows."""
    assert isinstance(table.reader, DatasetReader)
    pieces = [piece for piece in table.reader.pieces if piece.rows]
    room = min(max(-(-sum(piece.rows for piece in pieces) // MANY), LEAST), MOST)
    found: list[Partition] = []
    first = 0
    for together in _together(pieces, room):
        rows = sum(piece.rows for piece in together)
        found.append(Partition(len(found), first, rows, tuple(together)))
        first += rows
    return tuple(found)


def part_of(form: Form, partition: Partition) -> Table:
    """The table of a partition's rows, which have the numbers that they have in the whole."""
    reader = DatasetReader(form, partition.pieces, partition.first, partition.skip)
    return Table(form.name, TableFormat.PARQUET, reader, first=partition.first)


def _together(pieces: list[Piece], room: int) -> Iterator[list[Piece]]:
    """Whole files of at most so many rows together, or a part of one file."""
    held: list[Piece] = []
    rows = 0
    for piece in pieces:
        if held and rows + piece.rows > room:
            yield held
            held, rows = [], 0
        if piece.rows <= room:
            held.append(piece)
            rows += piece.rows
        else:
            yield from ([part] for part in _cut(piece, room))
    if held:
        yield held


def _cut(piece: Piece, room: int) -> Iterator[Piece]:
    """A file where its row groups end, as late as there is room; a row group is never cut."""
    low = rows = 0
    for at, more in enumerate(piece.groups):
        if rows and rows + more > room:
            yield piece.between(low, at)
            low, rows = at, 0
        rows += more
    yield piece.between(low, len(piece.groups))
