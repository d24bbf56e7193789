"""Blocks of whole lines, as soon as they are there, never more than a block and a line at a time."""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from gradcli.base.errors import LimitError

BLOCK = 1 << 22  # bytes: some 50,000 rows, above which pyarrow parses no quicker
MAX_LINE = 1 << 26  # bytes: a row of a million columns takes a third of it
BOM = b"\xef\xbb\xbf"

Cut = Callable[[bytes], int]  # where the last whole line ends


def whole_lines(stream: BinaryIO, name: str, cut: Cut, block: int = BLOCK) -> Iterator[bytes]:
    """Blocks of whole lines; the last line may lack its end. Waits only where no whole line is there."""
    rest, ended = b"", False
    while not ended:
        # where a line does not end, twice as much is read before it is looked at again
        found, ended = _gathered(stream, max(len(rest), 1), block + len(rest))
        data = rest + found if rest else found
        end = len(data) if ended else cut(data)
        if end:
            yield data[:end]
        rest = data[end:]
        if len(rest) > MAX_LINE:
            raise LimitError(
                f"{name} has a line of more than {MAX_LINE} bytes",
                hint="is a quote not closed, or is it a format without lines?",
            )


def ends_of_lines(data: bytes) -> int:
    """Where the last line of ``data`` ends."""
    return data.rfind(b"\n") + 1


def ends_of_records(delimiter: bytes) -> Cut:
    """The same where a line end within quotes is part of a cell; ``data`` begins with a record."""
    quoted = _quoted(delimiter)

    def cut(data: bytes) -> int:
        mark = _end(data)
        end = data.rfind(mark, 0, len(data) - data.endswith(b"\r")) + 1  # a line feed may come behind it
        if b'"' not in data:
            return end
        spans = [match.span() for match in quoted.finditer(data) if mark in match[0]]
        for start, stop in reversed(spans):
            if start < end <= stop:
                end = data.rfind(mark, 0, start) + 1
        return end

    return cut


def without_last_empty(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of whole lines without an empty line at the end of the last one, for which one waits."""
    held = b""
    for block in blocks:
        data = held + block if held else block
        end = _last_empty(data)
        data, held = data[: len(data) - end], data[len(data) - end :]
        if data:
            yield data


def _last_empty(data: bytes) -> int:
    """How many bytes of ``data`` its last line has where that is empty, else 0."""
    end = 2 if data.endswith(b"\r\n") else 1
    before = data[-end - 1 : -end]
    return end if data.endswith((b"\n", b"\r")) and before in (b"", b"\n", b"\r") else 0


def first_record(data: bytes, delimiter: bytes) -> int:
    """Where the first record of ``data`` ends."""
    at, mark = 0, _end(data)
    for match in _quoted(delimiter).finditer(data):
        end = data.find(mark, at, match.start()) + 1
        if end:
            return end
        at = match.end()
    return data.find(mark, at) + 1 or len(data)


def _end(data: bytes) -> bytes:
    """What lines end with; of old, a carriage return alone."""
    return b"\n" if b"\n" in data else b"\r"


def _quoted(delimiter: bytes) -> re.Pattern[bytes]:
    """A cell in quotes, or what there is of it: a quote opens a cell only at its beginning."""
    before = re.escape(delimiter) + rb"\n\r"
    return re.compile(rb'"(?<![^' + before + rb']")(?:[^"]|"")*+(?:"|\Z)')


def _gathered(stream: BinaryIO, least: int, most: int) -> tuple[bytes, bool]:
    """At least so many bytes, and what else is there without waiting; whether that is the end."""
    read = getattr(stream, "read1", stream.read)
    pieces: list[bytes] = []
    have = 0
    while have < most and (have < least or _ready(stream)):
        piece = read(most - have)
        if piece is None:  # a descriptor that does not wait by itself
            select.select([stream], [], [])
            continue
        if not piece:
            return b"".join(pieces), True
        pieces.append(piece)
        have += len(piece)
    return b"".join(pieces), False


def _ready(stream: BinaryIO) -> bool:
    """Can it be read without waiting, as far as is known?"""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, TypeError, ValueError):  # no descriptor, or one that cannot be asked
        return False
