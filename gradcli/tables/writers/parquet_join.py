"""Parquet files put after each other: their pages as they are, and one footer with the places where they now stand.

pyarrow can only read them and write them anew, which costs twice what writing them did. A footer is a struct in the
compact protocol of Thrift (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), of the
fields in https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift; it is read whatever it
holds, and written back as it was but for the offsets and numbers named here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"PAR1"
COPIED = 2**22  # bytes at a time

# Fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData by their numbers.
FILE_ROWS, FILE_GROUPS = 3, 4
GROUP_COLUMNS, GROUP_ROWS, GROUP_OFFSET, GROUP_ORDINAL = 1, 3, 5, 7
CHUNK_OFFSET, CHUNK_META, CHUNK_INDEXES = 2, 3, (4, 6)  # indexes of pages, which hold offsets of their own
META_OFFSETS = (9, 10, 11, 14)  # of data pages, index page, dictionary page, Bloom filter

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = (4, 5, 6)

Struct = dict[int, tuple[int, Any]]  # by the number of a field: its type, its value


@dataclass(frozen=True, slots=True)
class Run:
    """Row groups of a file that follow each other, from the one to the other, which is left out; all by default."""

    path: Path
    low: int = 0
    high: int | None = None


@dataclass(slots=True)
class Segment:
    """Rows of the whole. whole: are the groups of its runs those of the whole, or have they to be made?"""

    whole: bool
    runs: list[Run]
    rows: int = 0

    def take(self, path: Path, at: int, rows: int) -> None:
        """One more group."""
        self.rows += rows
        if self.runs and self.runs[-1].path == path:
            self.runs[-1] = replace(self.runs[-1], high=at + 1)
        else:
            self.runs.append(Run(path, at, at + 1))


def segments(parts: Sequence[Path], group: int) -> list[Segment]:
    """What can be moved as it is: groups of exactly so many rows that begin at multiples of it, as in a file that is
    written at once; the last may be smaller. Groups of files that are bound to their place cannot.
    """
    found: list[Segment] = []
    known = [(part, *_counted(read_footer(part))) for part in parts]
    total, first = sum(sum(sizes) for _, _, sizes in known), 0
    for part, bound, sizes in known:
        for at, rows in enumerate(sizes):
            whole = not bound and first % group == 0 and rows == min(group, total - first)
            if not found or found[-1].whole != whole:
                found.append(Segment(whole, []))
            found[-1].take(part, at, rows)
            first += rows
    return found


def _counted(footer: Footer) -> tuple[bool, list[int]]:
    """Is it bound to its place? And the rows of each group."""
    return _is_bound(footer), [one[GROUP_ROWS][1] for one in footer.groups]


def join(found: Sequence[Segment], anew: Path, path: Path, group: int) -> None:
    """Puts all rows into one file.

    anew: a file of the groups that have to be made, one after another; its end says what that of the whole does
    """
    footers = {anew: read_footer(anew)}
    tree = footers[anew].tree
    groups: list[bytes] = []
    taken = 0
    with path.open("wb") as file:
        file.write(MAGIC)
        for segment in found:
            made = -(-segment.rows // group)
            runs = segment.runs if segment.whole else [Run(anew, taken, taken + made)]
            taken += 0 if segment.whole else made
            for run in runs:
                footer = footers.get(run.path) or read_footer(run.path)
                footers = {anew: footers[anew], run.path: footer}  # the ends of many parts are not held at once
                moved = footer.groups[run.low : run.high]
                start, stop = footer.begins(run.low), footer.begins(run.low + len(moved))
                shift = file.tell() - start
                groups += [as_bytes(_moved(one, shift, len(groups) + at)) for at, one in enumerate(moved)]
                _copy(run.path, start, stop, file)
        tree[FILE_ROWS] = tree[FILE_ROWS][0], sum(segment.rows for segment in found)
        tree[FILE_GROUPS] = _LIST, (_STRUCT, groups)
        end = as_bytes(tree)
        file.write(end + len(end).to_bytes(4, "little") + MAGIC)


@dataclass(frozen=True, slots=True)
class Footer:
    """start: where it begins, and the pages end."""

    tree: Struct
    start: int

    @property
    def groups(self) -> list[Struct]:
        return list(self.tree[FILE_GROUPS][1][1])

    def begins(self, group: int) -> int:
        """Where the pages of a group begin; behind the last one, where pages end."""
        if group >= len(self.groups):
            return self.start
        chunks = [chunk[CHUNK_META][1] for chunk in self.groups[group][GROUP_COLUMNS][1][1]]
        return min(int(chunk[number][1]) for chunk in chunks for number in META_OFFSETS[:3] if number in chunk)


def read_footer(path: Path) -> Footer:
    with path.open("rb") as file:
        end = file.seek(-8, 2)
        size = int.from_bytes(file.read(4), "little")
        assert file.read(4) == MAGIC
        file.seek(end - size)
        return Footer(_Reader(file.read(size)).struct(), end - size)


def _is_bound(footer: Footer) -> bool:
    """Do offsets stand outside of its end too: in indexes of pages, or behind pages, as older pyarrow does?"""
    chunks = [chunk for group in footer.groups for chunk in group[GROUP_COLUMNS][1][1]]
    return any(number in chunk for chunk in chunks for number in CHUNK_INDEXES) or any(
        chunk[CHUNK_OFFSET][1] for chunk in chunks if CHUNK_OFFSET in chunk
    )


def as_bytes(struct: Struct) -> bytes:
    made = bytearray()
    _write_struct(made, struct)
    return bytes(made)


def _moved(group: Struct, shift: int, ordinal: int) -> Struct:
    kind, (inner, chunks) = group[GROUP_COLUMNS]
    found = _shifted(group, (GROUP_OFFSET,), shift)
    found[GROUP_COLUMNS] = kind, (inner, [_moved_chunk(chunk, shift) for chunk in chunks])
    if GROUP_ORDINAL in found:
        found[GROUP_ORDINAL] = found[GROUP_ORDINAL][0], ordinal
    return found


def _moved_chunk(chunk: Struct, shift: int) -> Struct:
    found = dict(chunk)
    kind, meta = chunk[CHUNK_META]
    found[CHUNK_META] = kind, _shifted(meta, META_OFFSETS, shift)
    return found


def _shifted(struct: Struct, fields: Sequence[int], shift: int) -> Struct:
    """0 is no place: the magic bytes stand there."""
    found = dict(struct)
    for number in fields:
        kind, offset = found.get(number, (0, 0))
        if offset:
            found[number] = kind, offset + shift
    return found


def _copy(path: Path, start: int, stop: int, into: BinaryIO) -> None:
    with path.open("rb") as file:
        file.seek(start)
        while start < stop:
            data = file.read(min(COPIED, stop - start))
            assert data
            into.write(data)
            start += len(data)


class _Reader:
    """The compact protocol."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while head := self._byte():
            kind = head & 15
            number = number + (head >> 4) if head >> 4 else self._integer()
            found[number] = kind, kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind)
        return found

    def _value(self, kind: int) -> Any:
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._varint()
            return head & 15, [self._value(head & 15) for _ in range(size)]
        if kind in (_TRUE, _FALSE, _BYTE):  # truth values of a list are bytes
            return self._byte()
        if kind == _MAP:
            size = self._varint()
            kinds = self._byte() if size else 0
            return kinds, [(self._value(kinds >> 4), self._value(kinds & 15)) for _ in range(size)]
        assert kind == _DOUBLE
        return self._bytes(8)

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def _varint(self) -> int:
        found = shift = 0
        while (byte := self._byte()) & 128:
            found |= (byte & 127) << shift
            shift += 7
        return found | byte << shift

    def _integer(self) -> int:
        zigzag = self._varint()
        return zigzag >> 1 ^ -(zigzag & 1)


def _write_struct(made: bytearray, struct: Struct) -> None:
    before = 0
    for number, (kind, value) in struct.items():
        kind_now = (_TRUE if value else _FALSE) if kind in (_TRUE, _FALSE) else kind
        if 0 < number - before < 16:
            made.append(number - before << 4 | kind_now)
        else:
            made.append(kind_now)
            _write_integer(made, number)
        if kind not in (_TRUE, _FALSE):
            _write_value(made, kind, value)
        before = number
    made.append(0)


def _write_value(made: bytearray, kind: int, value: Any) -> None:
    if kind in _INTEGERS:
        _write_integer(made, value)
    elif kind == _BINARY:
        _write_varint(made, len(value))
        made += value
    elif kind == _STRUCT and isinstance(value, bytes):  # made before
        made += value
    elif kind == _STRUCT:
        _write_struct(made, value)
    elif kind in (_LIST, _SET):
        inner, entries = value
        made.append(min(len(entries), 15) << 4 | inner)
        if len(entries) >= 15:
            _write_varint(made, len(entries))
        for entry in entries:
            _write_value(made, inner, entry)
    elif kind in (_TRUE, _FALSE, _BYTE):
        made.append(value)
    elif kind == _MAP:
        kinds, entries = value
        _write_varint(made, len(entries))
        if entries:
            made.append(kinds)
        for name, entry in entries:
            _write_value(made, kinds >> 4, name)
            _write_value(made, kinds & 15, entry)
    else:
        made += value


def _write_integer(made: bytearray, value: int) -> None:
    _write_varint(made, value << 1 ^ (-1 if value < 0 else 0))


def _write_varint(made: bytearray, value: int) -> None:
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
