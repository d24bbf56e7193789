"""How a table is read, computed and written: options checked, the output opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from gradcli.base.errors import OutputError, UsageError
from gradcli.base.wording import option
from gradcli.tables.formats import TableFormat
from gradcli.tables.gathered import is_directory, left_by_partitions
from gradcli.tables.layout import Layout
from gradcli.tables.memory import MemorySink
from gradcli.tables.outputs import to_file, to_stream
from gradcli.tables.reading import Table
from gradcli.tables.sources import shown_name
from gradcli.tables.state import Origin
from gradcli.tables.writing import Sink

Engine = Literal["auto", "compiled", "torch"]
OnError = Literal["report", "mark", "fail"]
Target = str | os.PathLike[str] | BinaryIO | None
Progress = Callable[[int, int | None], None]  # is told how many rows are done, of how many
Tell = Callable[[str], None]  # hears what happens on a cluster, as it happens

STREAM = "-"


@dataclass(frozen=True, slots=True)
class Manner:
    """
    keep:      do the columns of the table go on into the answer? all, none, or these
    on_error:  rows that fail are marked and reported (exit 5), only marked, or end the run
    resume:    go on where an interrupted run of the same question has stopped
    cluster:   whose workers compute: a text or a distributed.Client; None: this process does
    Errors: UsageError.
    """

    keep: bool | Sequence[str] = False
    input_format: str | None = None
    output_format: str | None = None
    engine: Engine = "auto"
    on_error: OnError = "report"
    resume: bool = False
    progress: Progress | None = None
    cluster: object = None
    tell: Tell | None = None

    def __post_init__(self) -> None:
        for name, known in (("engine", Engine), ("on_error", OnError)):
            if getattr(self, name) not in get_args(known):
                raise UsageError(f"{option(name)} is one of {', '.join(get_args(known))}, not {getattr(self, name)}")


def stdin_of(source: object) -> BinaryIO | None:
    """The stream of bytes that ``-`` stands for."""
    asked = isinstance(source, str) and source == STREAM  # a dataframe compares each of its cells
    return sys.stdin.buffer if asked and sys.stdin is not None else None


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sink_for(out: Target, table: Table, layout: Layout, question: str | None, manner: Manner) -> Sink:
    """Where the answers go. question: a text that tells it from others, for ``resume``; None: there is none.

    Errors: UsageError, InputError, MissingError, OutputError.
    """
    if out is None:
        if manner.resume:
            raise UsageError(f"{option('resume')} goes on with a file", hint="out=FILE")
        return MemorySink(layout, table.rows)
    if isinstance(out, str | os.PathLike) and os.fspath(out) != STREAM:
        path = Path(out)
        if is_directory(out):
            raise UsageError(f"{shown_name(os.fspath(out))} is a directory", hint="-o FILE")
        known = TableFormat.of_file(path, manner.output_format, by="output_format")
        return to_file(path, known, layout, Origin(question, table.path, table.files), resume=manner.resume)
    stream = _stdout() if isinstance(out, str | os.PathLike) else out
    return to_stream(stream, _format_of_stream(table, manner), layout, resume=manner.resume)


def partitioned(out: Target, table: Table, manner: Manner) -> bool:
    """Is the answer made of partitions, each by itself: a directory of them, or the rest of those that were left?

    Errors: UsageError for a directory of another format, or of a table that has no partitions.
    """
    if not isinstance(out, str | os.PathLike) or os.fspath(out) == STREAM:
        return False
    if not is_directory(out):
        return manner.resume and table.form is not None and left_by_partitions(out)
    name = shown_name(os.fspath(out))
    if table.form is None:
        kind = f"a table of {table.format}" if table.format else "a table in memory"
        raise UsageError(
            f"{name} is a directory, which takes an answer to files of Parquet, not to {kind}",
            hint=f"-o FILE.{TableFormat.PARQUET}",
        )
    known = TableFormat.named(manner.output_format or TableFormat.PARQUET, by="output_format")
    if known is not TableFormat.PARQUET:
        raise UsageError(
            f"{name} is a directory, which takes files of Parquet, not of {known}", hint=f"-o FILE.{known}"
        )
    return True


def _stdout() -> BinaryIO:
    if sys.stdout is None:
        raise OutputError("stdout is closed")
    return sys.stdout.buffer


def _format_of_stream(table: Table, manner: Manner) -> TableFormat:
    """As it is named; else that of the table, where it goes through a pipe; else CSV."""
    if manner.output_format is not None:
        return TableFormat.named(manner.output_format, by="output_format")
    return table.format if table.format is not None and table.format.facts.streams else TableFormat.CSV
