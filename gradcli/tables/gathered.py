"""The output of partitions, which are computed by themselves and come in any order.

Each is a file of ``OUT.parts/``. When all are there, they become one file, which is that of a run from the first row to
the last, or a directory that has them as they are. What was at OUT stays until then.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradcli.base.errors import InputError, UsageError
from gradcli.tables.formats import TableFormat
from gradcli.tables.journal import OPEN, STATE, WHOLE, Journal, not_written, removed, synced
from gradcli.tables.layout import Layout
from gradcli.tables.outputs import refuse_table
from gradcli.tables.packages import require_pyarrow
from gradcli.tables.partitions import Partition
from gradcli.tables.readers.library import arrow
from gradcli.tables.sources import shown_name
from gradcli.tables.state import Origin, State
from gradcli.tables.targets import OnePart
from gradcli.tables.writing import Output, ThreadedSink

SUFFIX = ".parquet"
_NOTHING = Partition(0, 0, 0, ())
_PART = re.compile(r"part-[0-9]{6,}\.parquet")


class Gathered(Output):
    """
    todo:    the partitions that are still to be computed, when it is begun
    resumed: how many rows were there before
    memo:    what was counted besides of the first of these, if a run from the first row on has left them; memos: what
             was counted of partitions, by their number, those of this run too
    """

    which = "{:,} rows"

    def __init__(
        self,
        out: str | os.PathLike[str],
        layout: Layout,
        origin: Origin,
        partitions: Sequence[Partition],
        *,
        resume: bool = False,
    ) -> None:
        """out: a file, or a directory if it ends so, or is one.

        Errors: UsageError for columns of one name, rows of an interrupted run without ``resume``, a directory of
        something else, the table itself as output; InputError for rows of another question; OutputError; MissingError.
        """
        from gradcli.tables.writers import columnar

        require_pyarrow("to write parquet")
        self._directory, place = is_directory(out), Path(os.path.realpath(out))
        self._layout, self._format = layout, columnar.parquet(layout)
        self._partitions = {partition.number: partition for partition in partitions or (_NOTHING,)}
        try:
            refuse_table(place, origin)
            if place.exists() and not (place.is_file() or place.is_dir()):
                raise UsageError(
                    f"{shown_name(str(place))} is a pipe or a device; partitions become a file or a directory",
                    hint="-o another place",
                )
            if self._directory:
                _refuse_foreign(place)
            word = f"{TableFormat.PARQUET}{' directory' if self._directory else ''}"
            self._journal = Journal(place, State(origin.facts(), layout.described(), word), resume=resume)
        except OSError as error:
            raise not_written(error, place) from None
        self._ended = False
        self._unsynced: list[Path] = []
        try:
            self._begin()
        except BaseException:
            self._journal.release(keep=True)
            raise

    @property
    def folder(self) -> Path:
        """Where files for ``finish`` are made, by ``open_place``."""
        return self._journal.folder

    @property
    def failures(self) -> Mapping[str, int]:
        """How many rows failed, by reason, in the order of the rows."""
        state, found = self._journal.state, dict(self._journal.state.counts)
        for number in sorted(map(int, state.done)):
            for reason, times in state.done[str(number)]["counts"].items():
                found[reason] = found.get(reason, 0) + times
        return found

    @property
    def memo(self) -> Mapping[str, Any]:
        return self._journal.state.memo

    @property
    def memos(self) -> Mapping[int, Mapping[str, Any]]:
        return {int(number): one["memo"] for number, one in self._journal.state.done.items()}

    def finish(self, partition: Partition, path: Path, counts: Mapping[str, int], memo: Mapping[str, Any]) -> None:
        """Takes a file of a partition's rows, of ``part_sink``. counts: of rows that failed, by reason; memo: JSON

        Errors: OutputError.
        """
        name = f"{f'{WHOLE}/' if self._directory else ''}part-{partition.number:06d}{SUFFIX}"
        made = self._journal.path(name)
        state = self._journal.state
        one = {"file": name, "first": partition.first, "rows": partition.rows, "counts": dict(counts), "memo": memo}
        try:
            path.replace(made)
            self._unsynced.append(made)
            self._journal.note(replace(state, done={**state.done, str(partition.number): one}))
            if self._journal.due:
                self._journal.save(sync=self._sync)
        except OSError as error:
            raise not_written(error, self._journal.out) from None

    def close(self) -> None:
        if self._ended:
            return
        try:
            if self._journal.complete:
                assert self._journal.state.whole
                self._journal.put(self._journal.state.whole)
            else:
                if not self._journal.state.files:
                    self._finish_empty()
                self._journal.save(sync=self._sync)
                self._journal.finish(WHOLE if self._directory else self._one_file())
        except OSError as error:
            raise not_written(error, self._journal.out) from None
        self._ended = True

    def abandon(self, *, keep: bool = True) -> None:
        if not self._ended:
            self._ended = True
            self.left = self._journal.release(keep=keep)

    # -- how it begins and ends

    def _begin(self) -> None:
        state = self._journal.state
        self.resumed = state.safe
        known = {number: self._partitions.get(int(number)) for number in state.done}
        for number, one in state.done.items():
            partition = known[number]
            end = None if partition is None else partition.first + partition.rows
            if end != one["first"] + one["rows"]:
                raise InputError(
                    f"{shown_name(str(self.folder / STATE))} is of other partitions of the table",
                    hint="rm -r that directory starts anew",
                )
        self.todo = tuple(self._left(state))
        if self._journal.complete:
            return
        kept = {*state.files, WHOLE} if self._directory else {*state.files}
        for path in self._journal.rows_files():
            if path.name not in kept:
                removed(path)
        if self._directory:
            whole = self._journal.path(WHOLE)
            whole.mkdir(exist_ok=True)
            for path in whole.iterdir():
                if f"{WHOLE}/{path.name}" not in kept:
                    removed(path)

    def _left(self, state: State) -> Iterator[Partition]:
        for partition in self._partitions.values():
            if self._journal.complete or str(partition.number) in state.done:
                continue
            before = state.rows - partition.first
            if before < partition.rows:
                yield partition.behind(before) if before > 0 else partition

    def _finish_empty(self) -> None:
        """The file of a table without rows, which has columns."""
        path = open_place(self.folder, _NOTHING)
        part_sink(path, self._layout, _NOTHING).close()
        self.finish(_NOTHING, path, {}, {})

    def _one_file(self) -> str:
        """The name of the file of all rows."""
        state = self._journal.state
        names = [*state.parts, *(str(state.done[str(number)]["file"]) for number in sorted(map(int, state.done)))]
        if len(names) == 1:
            return names[0]
        whole = f"{WHOLE}{SUFFIX}"
        self._format.assemble([self._journal.path(name) for name in names], self._journal.path(whole))
        return whole

    def _sync(self) -> None:
        for path in self._unsynced:
            synced(path)
        self._unsynced = []


def is_directory(out: str | os.PathLike[str]) -> bool:
    """Is an output a directory of partitions: does it end so, or is there one?"""
    return os.fspath(out).endswith(os.sep) or os.path.isdir(out)  # noqa: PTH112 - any text may be asked for


def left_by_partitions(out: str | os.PathLike[str]) -> bool:
    """Has an interrupted run left partitions of this output, so that who goes on with it goes on with partitions?"""
    place = Path(os.path.realpath(out))
    try:
        found = State.read(place.with_name(f"{place.name}.parts") / STATE)
    except (InputError, ValueError):  # said when it is opened
        return False
    return found is not None and bool(found.done)


def open_place(folder: Path, partition: Partition) -> Path:
    """A new name for a file of a partition: two that compute the same one are not in each other's way."""
    return folder / f"{OPEN}-{partition.number:06d}-{uuid.uuid4().hex}{SUFFIX}"


def part_sink(path: Path, layout: Layout, partition: Partition, *, threads: int = 2) -> ThreadedSink:
    """Writes the rows of a partition into a file for ``Gathered.finish``. Errors: OutputError."""
    from gradcli.tables.writers import columnar

    try:
        target = OnePart(columnar.parquet(layout).part(path, partition.first))
    except OSError as error:
        raise not_written(error, path) from None
    return ThreadedSink(layout, target, path=path, threads=threads)


def _refuse_foreign(place: Path) -> None:
    """Errors: UsageError for a directory with anything but an answer of ours, which would be lost."""
    if not place.exists():
        return
    for path in sorted(place.iterdir()):
        if not (_PART.fullmatch(path.name) and _is_ours(path)):
            raise UsageError(
                f"{shown_name(str(place))} holds {shown_name(path.name)}, which is of no answer of gradcli",
                hint="-o a directory that is empty or not there",
            )


def _is_ours(path: Path) -> bool:
    from gradcli.tables.writers.cells import facts_in

    try:
        with arrow().OSFile(os.fsencode(path)) as file:
            return bool(facts_in(arrow("parquet").read_schema(file)))
    except (OSError, arrow().ArrowException):
        return False
