"""Where rows end: a file that grows, files that are put together, a stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from gradcli.tables.formats import TableFormat
from gradcli.tables.journal import OPEN, WHOLE, Journal, synced
from gradcli.tables.layout import Layout, Rows
from gradcli.tables.state import State
from gradcli.tables.writers.parts import Data, Part, Parted


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows that are written at once.

    made:   the rows as bytes, in pieces, each when it is asked for, for formats of rows that stand after each other
    counts: of all rows so far that failed, by reason; memo: what the caller counts besides
    """

    rows: Rows
    made: Iterable[Data]
    counts: Mapping[str, int]
    memo: Mapping[str, Any]

    def after(self, state: State, **changes: Any) -> State:  # Any: fields of State
        """The state when they are safe."""
        return replace(state, rows=self.rows.first + self.rows.rows, counts=self.counts, memo=self.memo, **changes)


class Target(Protocol):
    """All calls come from one thread at a time, in the order of the rows."""

    def append(self, portion: Portion) -> None: ...

    def close(self) -> None: ...

    def abandon(self, *, keep: bool) -> int:
        """How many rows are left to be resumed."""


class Finished:
    """All rows are there: an earlier run ended while it put them in their place."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def append(self, portion: Portion) -> None:
        assert not portion.rows.rows, "rows after the last one"

    def close(self) -> None:
        assert self._journal.state.whole
        self._journal.put(self._journal.state.whole)

    def abandon(self, *, keep: bool) -> int:
        return self._journal.release(keep=keep)


class Grown:
    """Rows in one file that grows; head: what it begins with, for so many rows, always of one length."""

    def __init__(self, journal: Journal, name: str, head: Callable[[int], bytes]) -> None:
        self._journal, self._name, self._head = journal, name, head
        self._file = os.open(journal.path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if not journal.state.rows:
                os.ftruncate(self._file, 0)
                self._at = 0
                self._write(head(0))
                journal.note(replace(journal.state, bytes=self._at))
            elif os.fstat(self._file).st_size < journal.state.bytes:
                raise journal.damaged(name)
            else:
                self._at = journal.state.bytes
                os.ftruncate(self._file, self._at)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, portion: Portion) -> None:
        for piece in portion.made:
            self._write(piece)
        self._journal.note(portion.after(self._journal.state, bytes=self._at))
        if self._journal.due:
            self._rewrite_head()
            self._journal.save(sync=lambda: os.fdatasync(self._file))

    def close(self) -> None:
        self._rewrite_head()
        self._journal.finish(self._name)
        os.close(self._file)

    def abandon(self, *, keep: bool) -> int:
        """Whole lines remain, as many as the state says."""
        with suppress(OSError):
            os.ftruncate(self._file, self._journal.state.bytes)
            self._rewrite_head()
        os.close(self._file)
        return self._journal.release(keep=keep)

    def _write(self, data: Data) -> None:
        view = memoryview(data)
        while len(view):
            written = os.pwrite(self._file, view, self._at)
            self._at += written
            view = view[written:]

    def _rewrite_head(self) -> None:
        head = self._head(self._journal.state.rows)
        if head != self._head(0):
            os.pwrite(self._file, head, 0)


class Parts:
    """Rows in files that are complete each."""

    def __init__(self, journal: Journal, format_: Parted, suffix: str, width: int) -> None:
        self._journal, self._format, self._suffix = journal, format_, suffix
        self._limit = max(1, format_.cells // width)
        self._drop_unsaved()
        self._open: Part | None = None
        self._noted = journal.state  # of all rows, those in the open part included
        self._in_part = 0
        self._fine = True  # can the open part be brought to its end?

    def append(self, portion: Portion) -> None:
        self._open = self._open or self._begin()
        self._fine = False
        self._open.append(portion.rows)
        self._fine = True
        self._in_part += portion.rows.rows
        self._noted = portion.after(self._journal.state)
        if self._in_part >= self._limit or self._journal.sync_due:
            made = self._complete()
            self._journal.save(sync=lambda: synced(made))

    def close(self) -> None:
        if self._open or not self._journal.state.parts:
            self._open = self._open or self._begin()
            self._complete()
            self._journal.save()
        names = self._journal.state.parts
        whole = names[0]
        if len(names) > 1:
            whole = f"{WHOLE}{self._suffix}"
            self._format.assemble([self._journal.path(name) for name in names], self._journal.path(whole))
        self._journal.finish(whole)

    def abandon(self, *, keep: bool) -> int:
        if self._open and keep and self._fine:
            with suppress(OSError):  # a full disk
                self._complete()
        if self._open:
            self._open.drop()
        with suppress(OSError):
            self._drop_unsaved()
        return self._journal.release(keep=keep)

    def _begin(self) -> Part:
        return self._format.part(self._journal.path(f"{OPEN}{self._suffix}"), self._noted.rows)

    def _complete(self) -> Path:
        """The open part under the name of its number."""
        assert self._open
        self._fine = False
        self._open.close()
        parts = self._journal.state.parts
        name = f"part-{len(parts):06d}{self._suffix}"
        self._journal.path(f"{OPEN}{self._suffix}").replace(self._journal.path(name))
        self._fine = True
        self._open, self._in_part = None, 0
        self._journal.note(replace(self._noted, parts=(*parts, name)))
        return self._journal.path(name)

    def _drop_unsaved(self) -> None:
        """Parts that have no end are of no use, and in the way of who reads the others."""
        for path in self._journal.rows_files():
            if path.name not in self._journal.state.parts:
                path.unlink(missing_ok=True)


class OnePart:
    """Rows of one file that somebody else puts in its place."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def append(self, portion: Portion) -> None:
        self._part.append(portion.rows)

    def close(self) -> None:
        self._part.close()

    def abandon(self, *, keep: bool) -> int:  # noqa: ARG002 - it has no end
        self._part.drop()
        return 0


class Stream:
    """A pipe, a device, stdout: what has left has left. owned: is it closed at the end?"""

    def __init__(self, stream: BinaryIO, *, owned: bool = False) -> None:
        stream.flush()
        self._held, self._owned = stream, owned
        self.raw: BinaryIO = getattr(stream, "raw", stream)  # beneath a buffer, which would hold back what is written

    def write(self, data: Data) -> None:
        view = memoryview(data)
        while len(view):
            view = view[self.raw.write(view) :]
        self.raw.flush()

    def close(self) -> None:
        self.raw.flush()
        if self._owned:
            self._held.close()

    def let_go(self) -> None:
        if self._owned:
            with suppress(OSError):
                self._held.close()


class LineStream:
    """Rows that stand after each other leave as they come."""

    def __init__(self, stream: Stream, head: bytes) -> None:
        self._stream = stream
        stream.write(head)

    def append(self, portion: Portion) -> None:
        for piece in portion.made:
            self._stream.write(piece)

    def close(self) -> None:
        self._stream.close()

    def abandon(self, *, keep: bool) -> int:  # noqa: ARG002 - what has left has left
        self._stream.let_go()
        return 0


class ColumnStream:
    """Groups of rows in columns leave as they come."""

    def __init__(self, stream: Stream, format_: TableFormat, layout: Layout) -> None:
        from gradcli.tables.writers import columnar

        opened = columnar.parquet_writer if format_ is TableFormat.PARQUET else columnar.arrow_stream
        self._stream, self._streamed = stream, columnar.Streamed(layout, stream.raw, opened)

    def append(self, portion: Portion) -> None:
        self._streamed.append(portion.rows)
        self._stream.raw.flush()

    def close(self) -> None:
        self._streamed.close()
        self._stream.close()

    def abandon(self, *, keep: bool) -> int:  # noqa: ARG002 - as above
        self._streamed.drop()
        self._stream.let_go()
        return 0
