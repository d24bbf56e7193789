"""One partition of a table: what is asked of its rows, as it is sent to whoever computes them, and what comes back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np

from gradcli.autograd.devices import find_device
from gradcli.base.arrays import FloatArray
from gradcli.base.errors import MathematicsError
from gradcli.commands.tables.kernels import Ways, kernel_of
from gradcli.commands.tables.manner import Manner
from gradcli.commands.tables.question import Question, asked
from gradcli.commands.tables.run import Tally, ahead, go_through
from gradcli.commands.tables.sample import Row
from gradcli.engine.batches import BatchKernel
from gradcli.engine.choose import Chosen
from gradcli.engine.cluster.worker import abandoned
from gradcli.engine.instructions import instructions
from gradcli.inputs.request import Shapes
from gradcli.inputs.sources import Source
from gradcli.operations.shape_rules import Shape
from gradcli.tables.gathered import open_place, part_sink
from gradcli.tables.layout import INSTRUCTIONS, Layout
from gradcli.tables.partitions import Partition, part_of
from gradcli.tables.readers.dataset import Form
from gradcli.tables.readers.parquet import Stamp
from gradcli.tables.rows import Answer, Batch, Marks
from gradcli.tables.sources import shown_name
from gradcli.tables.variables import Variable
from gradcli.tables.writing import Sink


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What is asked of each partition. A tree cannot be sent: the function is read again, of the same text.

    names:     of all columns, which are no constants then
    ways:      with the engine that all rows together have
    size:      rows of a batch
    folder:    where the partitions' files are made
    failing:   does a row that fails end the run?
    """

    form: Form
    kind: str
    source: Source
    fixed: Mapping[str, FloatArray]
    shape: Shapes
    wrt: tuple[str, ...]
    order: int
    names: Sequence[str]
    variables: tuple[Variable, ...]
    keep: bool | Sequence[str]
    ways: Ways
    dtype: str
    seed: int
    drawing: bool
    layout: Layout
    size: int
    folder: Path = Path()
    failing: bool = False
    key: str = field(default_factory=lambda: token_hex(8))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Work) and self.key == other.key


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows that were drawn, of so many."""

    rows: tuple[Row, ...]
    seen: int


@dataclass(frozen=True, slots=True)
class Computed:
    """What came of a partition.

    path:    of its file
    counts:  how many rows failed, by reason; flagged: how many have each flag; first_failed: the number of the first
    drawn:   of the rows that are fine, under the name of none, and of those with each flag
    """

    path: Path
    counts: Mapping[str, int]
    first_failed: int | None
    flagged: Mapping[str, int]
    counts_loss: bool
    drawn: Mapping[str, Drawn]
    instructions: str

    @property
    def memo(self) -> dict[str, Any]:  # Any: JSON values
        """What is kept with an interrupted output."""
        return {"first_failed": self.first_failed, "flagged": dict(self.flagged), INSTRUCTIONS: self.instructions}


@dataclass(frozen=True, slots=True)
class Stopped:
    """A row fails where that ends the run: the first of its partition, and why."""

    message: str


class AbandonedError(Exception):
    """Nobody waits for this partition any more."""


def compute(work: Work, partition: Partition, given_up: Callable[[], bool] = lambda: False) -> Computed | Stopped:
    """Writes the file of a partition. Errors: InputError, OutputError, MissingError, AbandonedError."""
    question, kernel = _ready(work)
    table = part_of(work.form, partition)
    tally = Tally((work.seed, partition.number), work.drawing)
    batches = _while_wanted(table.batches(work.variables, work.keep, work.size), given_up)
    path, layout, here = open_place(work.folder, partition), *_layout(work)
    manner = Manner(on_error="fail" if work.failing else "report")
    try:
        with part_sink(path, layout, partition) as sink:
            go_through(question, ahead(batches), kernel, sink, tally, None, manner)
    except MathematicsError as error:
        return Stopped(error.said)
    return _computed(path, sink, tally, kernel.counts_loss, here)


def on_worker(work: Work, partition: Partition) -> Computed | Stopped:
    """The same as a task of a cluster."""
    return compute(work, partition, abandoned())


def blank(work: Work, partition: Partition, reason: str) -> Computed:
    """The file of a partition whose rows cannot be computed: each is marked. Errors: InputError, OutputError."""
    tally = Tally(0, drawing=False)
    path, layout, here = open_place(work.folder, partition), *_layout(work)
    with part_sink(path, layout, partition) as sink:
        for batch in _unread(work, partition):
            marks = Marks(np.ones(batch.rows, dtype=np.int16), (reason,))
            columns = {name: np.zeros_like(room) for name, room in sink.room(batch.first, batch.rows).items()}
            answer = Answer(batch.first, batch.rows, columns, marks, batch.kept, unread=1)
            tally.count(batch, answer, np.zeros(batch.rows, dtype=np.uint8))
            sink.write(answer)
    return _computed(path, sink, tally, True, here)


def sees(files: Sequence[tuple[Path, Stamp]]) -> str | None:
    """On a worker: why it cannot read these files as they are elsewhere."""
    for path, stamp in files:
        try:
            found = path.stat()
        except OSError as error:
            return f"{shown_name(str(path))}: {os.strerror(error.errno or 0)}"
        if (found.st_size, found.st_mtime_ns) != stamp:
            return f"{shown_name(str(path))} is another file there"
    return None


def writes(folder: Path, token: str) -> str | None:
    """On a worker: why it cannot write in this folder, which has a file of that name."""
    try:
        (folder / token).stat()
        (folder / f"{token}-{token_hex(8)}").open("x").close()
    except OSError as error:
        return f"{shown_name(str(folder))}: {os.strerror(error.errno or 0)}"
    return None


def _computed(path: Path, sink: Sink, tally: Tally, counts_loss: bool, here: str) -> Computed:
    kept = {"": tally.fine, **tally.delicate}
    drawn = {name: Drawn(tuple(one.items), one.seen) for name, one in kept.items()} if tally.drawing else {}
    return Computed(path, dict(sink.failures), tally.first_failed, tally.flagged, counts_loss, drawn, here)


def _layout(work: Work) -> tuple[Layout, str]:
    """With the instructions of this machine; and these."""
    here = instructions()
    return replace(work.layout, facts={**work.layout.facts, INSTRUCTIONS: [here]}), here


@lru_cache(4)
def _ready(work: Work) -> tuple[Question, Chosen | BatchKernel]:
    """Made once in a process. Errors: MissingError for a compiler or a device that is not here."""
    shapes = {variable.name: variable.shape for variable in work.variables}

    def shapes_in(_names: Sequence[str], _told: Mapping[str, Shape]) -> Mapping[str, Shape]:
        return shapes

    question = asked(work.kind, work.source, work.fixed, work.shape, work.wrt, work.seed, shapes_in, work.names)
    question = replace(question, order=work.order, seed=work.seed, dtype=work.dtype)
    ways = replace(work.ways, device=find_device(work.ways.device, work.dtype))
    return question, kernel_of(question, ways, None).kernel


def _while_wanted(batches: Iterable[Batch], given_up: Callable[[], bool]) -> Iterator[Batch]:
    for batch in batches:
        if given_up():
            raise AbandonedError
        yield batch


def _unread(work: Work, partition: Partition) -> Iterator[Batch]:
    """Its rows without their variables: only what is kept of them is read."""
    if work.keep:
        yield from part_of(work.form, partition).batches((), work.keep, work.size)
        return
    for first in range(0, partition.rows, work.size):
        rows = min(work.size, partition.rows - first)
        yield Batch(partition.first + first, rows, {}, Marks(np.zeros(rows, dtype=np.int16)))
