"""What rows are read from: a file, a stream, arrays by name, a table of another library."""

from __future__ import annotations

import gzip
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from gradcli.base.errors import InputError, printable
from gradcli.tables.formats import TableFormat

STDIN = "-"
_SPECIAL = {stat.S_IFDIR: "a directory", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a block device"}
_HEAD = 4096  # bytes by which a format is told
_SEEN = 1 << 20  # bytes by whose lines those of a file are counted
_GZIP = b"\x1f\x8b"
_CLOSED = "stdin is closed"


@dataclass(slots=True)
class Bytes:
    """A file that can be read again, or a stream that cannot.

    name: safe to print
    path: where a file can be opened again; None for a pipe or stdin
    """

    name: str
    path: Path | None
    _stream: BinaryIO | None = None

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The bytes from their beginning, unpacked where they are packed with gzip; a stream opens once."""
        if self.path is not None:
            with self.path.open("rb", buffering=0) as raw, io.BufferedReader(raw) as file:
                yield _unpacked(file)
            return
        yield self.taken()

    def taken(self) -> BinaryIO:
        """The stream itself, for as long as it is read."""
        if self._stream is None:
            raise InputError(f"{self.name} can be read once only", hint="write it into a file first")
        stream, self._stream = self._stream, None
        return _unpacked(stream)

    def beginning(self) -> bytes:
        """The first bytes, which stay to be read."""
        if self.path is not None:
            with self.opened() as file:
                return file.read(_HEAD)
        return _peeked(cast(BinaryIO, self._stream))

    def about_lines(self) -> int | None:
        """How many lines a file has about, were all like its first ones; None for a stream, and for a packed file."""
        if self.path is None:
            return None
        with self.path.open("rb", buffering=0) as file:
            seen, size = file.read(_SEEN), os.fstat(file.fileno()).st_size
        if not seen or seen.startswith(_GZIP):
            return None
        return (seen.count(b"\n") or seen.count(b"\r")) * size // len(seen)


def bytes_of(source: str | os.PathLike[str], stdin: BinaryIO | None) -> Bytes:
    """The bytes of a file, or of stdin for ``-``. Errors: InputError where there is nothing to read."""
    text = os.fspath(source)
    if text == STDIN:
        if stdin is None:
            raise InputError(_CLOSED)
        return Bytes("stdin", None, _peekable(stdin))
    name = shown_name(text)
    if not text:
        raise InputError("cannot read '': the name of the table is empty")
    try:
        kind = stat.S_IFMT(Path(text).stat().st_mode)
        if kind in _SPECIAL:
            raise InputError(f"{name} is {_SPECIAL[kind]}, expected a file of rows")
        if kind == stat.S_IFREG:
            return Bytes(name, Path(text))
        return Bytes(name, None, Path(text).open("rb"))  # a named pipe: it is there when its writer is
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
        raise InputError(f"cannot read {name}: {reason}") from None


def shown_name(path: str) -> str:
    """A path on one line, safe to print."""
    short = path if len(path) <= 200 else f"{path[:120]}…{path[-40:]}"
    return printable(short).replace("\n", "\\n") or "''"


def format_of(source: Bytes, text: str, named: str | None) -> TableFormat:
    """The format as it is named, as the suffix says, or, of a stream, as its first bytes tell."""
    if named is not None or source.path is not None:
        return TableFormat.of_file(text, named)
    try:
        return TableFormat.of_file(text)
    except InputError:
        head = source.beginning()
        line = head.partition(b"\n")[0]
        split = TableFormat.TSV if b"\t" in line and b"," not in line else TableFormat.CSV
        return TableFormat.beginning(head) or split


def _peekable(stream: BinaryIO) -> BinaryIO:
    if hasattr(stream, "peek"):
        return stream
    return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream)))


def _peeked(stream: BinaryIO) -> bytes:
    head: bytes = cast(io.BufferedReader, stream).peek(_HEAD)
    return head


def _unpacked(stream: BinaryIO) -> BinaryIO:
    if hasattr(stream, "peek") and _peeked(stream).startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    return stream
