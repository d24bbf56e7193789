"""A table in partitions, here one after another or on the workers of a cluster: handed out, gathered, counted."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from gradcli.base.errors import InputError, MathematicsError, MissingError, OutputError, UsageError
from gradcli.base.wording import either, option
from gradcli.commands.tables.manner import STREAM, Manner, Target, Tell, partitioned, processors
from gradcli.commands.tables.partition import Computed, Stopped, Work, blank, compute, on_worker, sees, writes
from gradcli.commands.tables.reservoir import Merged
from gradcli.commands.tables.run import DRAWN, DRAWN_OF_FLAGGED, FLAGS
from gradcli.commands.tables.sample import Row
from gradcli.engine.cluster.connection import Cluster, connected
from gradcli.engine.cluster.tasks import TRIES, Done, GivenUp, outcomes
from gradcli.tables.formats import TableFormat
from gradcli.tables.gathered import Gathered, is_directory
from gradcli.tables.journal import OPEN
from gradcli.tables.layout import INSTRUCTIONS
from gradcli.tables.partitions import Partition, partitions
from gradcli.tables.reading import Table
from gradcli.tables.state import Origin

Outcome = Done[Partition, Computed | Stopped] | GivenUp[Partition]


@dataclass(slots=True)
class Total:
    """What is counted of all partitions, and which of their rows were drawn. See ``run.Tally``."""

    seed: int
    rows: int
    before: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    first_failed: int | None = None
    flagged: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FLAGS, 0))
    counts_loss: bool = True
    instructions: set[str] = field(default_factory=set)
    merged: dict[str, Merged[Row]] = field(init=False)

    def __post_init__(self) -> None:
        self.merged = {name: Merged(DRAWN_OF_FLAGGED if name else DRAWN, self.seed) for name in ("", *FLAGS)}

    @property
    def drawn(self) -> list[Row]:
        """Each row once, in the order of the table."""
        found = {row.number: row for kept in self.merged.values() for row in kept.items}
        return [found[number] for number in sorted(found)]

    @property
    def notes(self) -> list[str]:
        found = [f"{self.before:,} rows were there before; of these none is checked"] if self.before else []
        if len(self.instructions) > 1:
            several = "; ".join(sorted(self.instructions))
            found.append(f"the machines have different instructions, so that last digits may differ: {several}")
        return found

    def draw(self, number: int, computed: Computed) -> None:
        """Takes over the rows that were drawn of a partition."""
        self.counts_loss = self.counts_loss and computed.counts_loss
        for name, drawn in computed.drawn.items():
            self.merged[name].add(number, drawn.rows, drawn.seen)

    def sum(self, gathered: Gathered) -> None:
        """Of all that is there, that of an earlier run too."""
        self.before, self.failures = gathered.resumed, dict(gathered.failures)
        memos = [memo for memo in (gathered.memo, *gathered.memos.values()) if memo]
        first = [memo["first_failed"] for memo in memos if memo["first_failed"] is not None]
        self.first_failed = min(first, default=None)
        self.flagged = {name: sum(memo["flagged"][name] for memo in memos) for name in FLAGS}
        self.instructions = {memo[INSTRUCTIONS] for memo in memos if INSTRUCTIONS in memo}


def is_partitioned(out: Target, table: Table, manner: Manner) -> bool:
    """Is the answer made of partitions? Errors: UsageError where that is asked for and cannot be."""
    if manner.cluster is None:
        return partitioned(out, table, manner)
    if not isinstance(out, str | os.PathLike) or os.fspath(out) == STREAM:
        raise UsageError(
            f"{option('cluster')} writes a file of Parquet, or a directory of them",
            hint=either("-o FILE.parquet or -o DIRECTORY/", "out='FILE.parquet' or out='DIRECTORY/'"),
        )
    if table.form is None:
        kind = f"a table of {table.format}" if table.format else "a table in memory"
        raise UsageError(
            f"{option('cluster')} takes a table of Parquet, a file or a directory, not {kind}",
            hint="write it as Parquet first",
        )
    if not is_directory(out):
        known = TableFormat.of_file(Path(out), manner.output_format, by="output_format")
        if known is not TableFormat.PARQUET:
            raise UsageError(f"{option('cluster')} writes Parquet, not {known}", hint=f"-o FILE.{TableFormat.PARQUET}")
        return True
    return partitioned(out, table, manner)


def over_partitions(
    out: str | os.PathLike[str], table: Table, work: Work, origin: str, manner: Manner, threads: int | None
) -> Total:
    """Each partition that is not there yet, and the output made whole.

    work: its folder is found here; threads: of a kernel on a worker, if they are asked for

    Errors: MathematicsError for a row that fails where that ends the run; MissingError for a cluster that cannot be
    had; whatever reading and writing raise.
    """
    assert table.rows is not None
    total = Total(work.seed, table.rows)
    where = Origin(origin, table.path, table.files)
    with Gathered(out, work.layout, where, partitions(table), resume=manner.resume) as gathered:
        if gathered.todo:
            _Run(gathered, replace(work, folder=gathered.folder), manner, total, threads).go()
        total.sum(gathered)
    return total


class _Run:
    def __init__(self, gathered: Gathered, work: Work, manner: Manner, total: Total, threads: int | None) -> None:
        self.gathered, self.work, self.manner, self.total, self.threads = gathered, work, manner, total, threads
        self.tell: Tell = manner.tell or (lambda _: None)
        self.rows, self.computed = gathered.resumed, 0
        self.stopped: tuple[Partition, Stopped] | None = None
        self.given_up: list[GivenUp[Partition]] = []

    def go(self) -> None:
        coming = self._here() if self.manner.cluster is None else self._on_cluster()
        with closing(coming):
            for outcome in coming:
                self._take(outcome)
        if self.stopped is not None:
            raise MathematicsError(self.stopped[1].message, kind="row")
        for lost in self.given_up:  # last: who goes on with an interrupted run tries them again
            self._finish(lost.item, blank(self.work, lost.item, _why(lost)))

    def _here(self) -> Generator[Outcome, None, None]:
        for partition in self._items():
            yield Done(partition, compute(self.work, partition))

    def _on_cluster(self) -> Generator[Outcome, None, None]:
        with connected(self.manner.cluster) as cluster:
            cluster.require_workers(self.tell)
            self._require_files(cluster)
            work = replace(self.work, ways=replace(self.work.ways, threads=self._threads(cluster)))
            yield from outcomes(cluster, on_worker, work, self._items(), self.tell, _called)

    def _items(self) -> Iterator[Partition]:
        """In the order of the table, until a row ends the run: those before it are under way."""
        for partition in self.gathered.todo:
            if self.stopped is not None:
                return
            yield partition

    def _threads(self, cluster: Cluster) -> int:
        """Of a task's kernel: a worker of somebody else's has as many tasks at once as it may use processors."""
        if self.threads is not None:
            return self.threads
        return max(processors() // len(cluster.threads()), 1) if cluster.on_this_machine else 1

    def _require_files(self, cluster: Cluster) -> None:
        """Errors: InputError, OutputError for a worker that has not the same files before it."""
        pieces = [piece for partition in self.gathered.todo for piece in partition.pieces]
        files = tuple(
            (piece.path, piece.stamp) for piece in {piece.path: piece for piece in (pieces[0], pieces[-1])}.values()
        )
        token = f"{OPEN}-{token_hex(8)}"
        (self.work.folder / token).touch()
        hint = "tables and outputs have to be in a place that all workers have under the same name"
        for worker, trouble in _answers(cluster, sees, files):
            raise InputError(f"worker {worker} cannot read {trouble}", hint=hint)
        for worker, trouble in _answers(cluster, writes, self.work.folder, token):
            raise OutputError(f"worker {worker} cannot write into {trouble}", hint=hint)

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, GivenUp):
            self.given_up.append(outcome)
            if self.manner.on_error == "fail" or (not self.computed and len(self.given_up) == TRIES):
                raise MissingError(_why(outcome), kind="cluster")  # nothing was computed: it is no partition's fault
        elif isinstance(outcome.result, Computed):
            self._finish(outcome.item, outcome.result)
        elif self.stopped is None or outcome.item.number < self.stopped[0].number:
            self.stopped = outcome.item, outcome.result

    def _finish(self, partition: Partition, computed: Computed) -> None:
        self.gathered.finish(partition, computed.path, computed.counts, computed.memo)
        self.total.draw(partition.number, computed)
        self.computed += 1
        self.rows += partition.rows
        if self.manner.progress is not None:
            self.manner.progress(self.rows, self.total.rows)


def _answers(cluster: Cluster, function: Any, *arguments: object) -> Iterator[tuple[str, str]]:  # Any: of partition
    """The workers that have an answer, which is trouble. Errors: MissingError for one that cannot run ours."""
    for worker, answer in cluster.everywhere(function, *arguments).items():
        if isinstance(answer, ModuleNotFoundError):
            raise MissingError(
                f"worker {worker}: {answer}", hint="pip install 'gradcli[cluster]' there", kind="cluster"
            )
        if isinstance(answer, str):
            yield worker, answer


def _called(partition: Partition) -> str:
    return f"partition {partition.number}"


def _why(lost: GivenUp[Partition]) -> str:
    return f"partition {lost.item.number} failed {TRIES} times: {lost.reason}"
