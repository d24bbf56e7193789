"""Outputs opened: what takes a format's rows, in a file that can be resumed, in a stream, in memory."""

from __future__ import annotations

import errno
import gzip
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option
from gradcli.tables.formats import GZIP, TableFormat
from gradcli.tables.journal import Journal, not_written
from gradcli.tables.layout import Layout, Rows
from gradcli.tables.packages import require_pyarrow
from gradcli.tables.state import Origin, State
from gradcli.tables.targets import ColumnStream, Finished, Grown, LineStream, Parts, Stream, Target
from gradcli.tables.writers.parts import Parted
from gradcli.tables.writing import Body, ThreadedSink

DESCRIPTORS = ("/dev/fd/", "/dev/std", "/proc/")  # beside which nothing can be made


def to_file(
    out: Path, format_: TableFormat, layout: Layout, origin: Origin, *, resume: bool = False, threads: int = 2
) -> ThreadedSink:
    """A file, through a directory beside it. A symlink is followed; a pipe or a device takes a stream.

    Errors: UsageError for columns of one name, rows of an interrupted run without ``resume``, and the table itself as
    output; InputError for rows of another question; OutputError for what cannot be written; MissingError.
    """
    try:
        if _is_stream(out):
            _require_streams(format_, resume=resume)
            stream = Stream(out.open("wb", buffering=0), owned=True)
            return _into(stream, out, format_, layout, threads=threads)
        place = Path(os.path.realpath(out))
        refuse_table(place, origin)
        return _into_journal(place, format_, layout, origin, resume=resume, threads=threads)
    except OSError as error:
        raise not_written(error, out) from None


def to_stream(
    stream: BinaryIO, format_: TableFormat, layout: Layout, *, resume: bool = False, threads: int = 2
) -> ThreadedSink:
    """Stdout, or what stands in its place: rows leave as soon as they are there."""
    try:
        _require_streams(format_, resume=resume)
        return _into(Stream(stream), None, format_, layout, threads=threads)
    except OSError as error:
        raise not_written(error, None) from None


def refuse_table(place: Path, origin: Origin) -> None:
    """Errors: UsageError for an output that is the table itself, lies in it or around it; OSError."""
    table = origin.table
    if table is None:
        return
    inside = f"{printable(str(place))} is inside of the table"
    if place.exists():
        if place.samefile(table):
            raise UsageError(f"{printable(str(place))} is the table itself", hint="-o another place")
        if any(place.samefile(path) for path, _ in origin.files if path.exists()):
            raise UsageError(inside, hint="-o another place")
    if table.is_dir() and any(above.exists() and above.samefile(table) for above in place.parents):
        raise UsageError(inside, hint="-o another place")
    if place.is_dir() and any(above.samefile(place) for above in table.resolve().parents):
        raise UsageError(f"the table is inside of {printable(str(place))}", hint="-o another place")


def _is_stream(out: Path) -> bool:
    """Errors: OSError for a directory, or where nothing can be found out."""
    with suppress(FileNotFoundError):
        mode = out.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return not stat.S_ISREG(mode) or str(out).startswith(DESCRIPTORS)
    return False


def _into_journal(
    place: Path, format_: TableFormat, layout: Layout, origin: Origin, *, resume: bool, threads: int
) -> ThreadedSink:
    body = _body(format_, layout, packed=place.name.lower().endswith(GZIP))
    parted = None if body else _parted(format_, layout, place.suffix)
    begun = State(origin.facts(), layout.described(), str(format_))
    journal = Journal(place, begun, resume=resume)
    assert not journal.state.done, "partitions, which Gathered goes on with"
    try:
        target: Target
        if journal.complete:
            target = Finished(journal)
        elif body:
            target = Grown(journal, f"rows{''.join(place.suffixes[-2:])}", body.head)
        else:
            assert parted
            target = Parts(journal, parted, place.suffix, layout.width)
    except BaseException:
        journal.release(keep=True)
        raise
    return ThreadedSink(layout, target, path=place, body=body, resumed=journal.state, threads=threads)


def _require_streams(format_: TableFormat, *, resume: bool) -> None:
    """Errors: UsageError."""
    if resume:
        raise UsageError(f"{option('resume')} goes on with a file, and the output is a stream", hint="-o FILE")
    if format_ in (TableFormat.NPY, TableFormat.NPZ):
        raise UsageError(
            f"{format_} counts its rows before the first of them, which a stream cannot", hint=f"-o FILE.{format_}"
        )


def _into(stream: Stream, path: Path | None, format_: TableFormat, layout: Layout, *, threads: int) -> ThreadedSink:
    try:
        body = _body(format_, layout)
        target: Target = LineStream(stream, body.head(0)) if body else ColumnStream(stream, format_, layout)
    except BaseException:
        stream.let_go()
        raise
    return ThreadedSink(layout, target, path=path, body=body, threads=threads)


def _body(format_: TableFormat, layout: Layout, *, packed: bool = False) -> Body | None:
    """What makes bytes of rows; None for formats of parts. Errors: MissingError, UsageError."""
    if format_.facts.arrow:
        require_pyarrow(f"to write {format_}")
    if format_ in (TableFormat.CSV, TableFormat.TSV):
        from gradcli.tables.writers.delimited import Delimited

        made: Body = Delimited(layout, "," if format_ is TableFormat.CSV else "\t")
    elif format_ is TableFormat.JSONL:
        from gradcli.tables.writers.jsonl import Lines

        made = Lines(layout)
    elif format_ is TableFormat.NPY:
        from gradcli.tables.writers.arrays import Records

        made = Records(layout)
    else:
        return None
    return _Packed(made) if packed and format_.facts.lines else made


def _parted(format_: TableFormat, layout: Layout, suffix: str) -> Parted:
    if format_ is TableFormat.NPZ:
        from gradcli.tables.writers.arrays import Archives

        return Archives(layout)
    from gradcli.tables.writers import columnar

    if format_ is TableFormat.PARQUET:
        return columnar.parquet(layout)
    return columnar.arrow(layout, stream=suffix.lower() == ".arrows")


class _Packed:
    """Lines in gzip, a member for each piece: such a file can be cut between them."""

    def __init__(self, plain: Body) -> None:
        self._plain = plain

    def head(self, rows: int) -> bytes:
        head = self._plain.head(rows)
        return gzip.compress(head, mtime=0) if head else b""

    def body(self, rows: Rows) -> bytes:
        return gzip.compress(self._plain.body(rows), 6, mtime=0)
