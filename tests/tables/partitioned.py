"""Outputs of partitions, as tests and runs that are killed make them.

python partitioned.py FOLDER OUT, where FOLDER has the tables ``data`` and ``small``
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tables.interrupted import killed_at

from gradcli.tables import journal
from gradcli.tables import partitions as planning
from gradcli.tables.gathered import Gathered, open_place, part_sink
from gradcli.tables.layout import Column, Layout
from gradcli.tables.partitions import Partition, part_of, partitions
from gradcli.tables.reading import Table, open_table
from gradcli.tables.rows import Answer, Marks
from gradcli.tables.state import Origin
from gradcli.tables.writers import columnar

SIZES = [3, 50, 0, 21, 7, 1, 64, 30]


def small() -> None:
    """Groups, parts and partitions of few rows, each of which is saved."""
    columnar.GROUP_ROWS, columnar.PART_GROUPS = 16, 3
    journal.SAVE_SECONDS = 0.0
    planning.LEAST = 20


def dataset(folder: Path, sizes: Iterable[int] = SIZES) -> Table:
    """Files of so many rows: some cells are missing, of some the square is infinite."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for at, rows in enumerate(sizes):
        x = [None if cell < 0.05 else 1e200 if cell > 0.95 else cell for cell in random.random(rows).tolist()]
        made = pa.table(
            {"x": pa.array(x, pa.float64()), "s": pa.array(["ab"[row % 2] for row in range(rows)], pa.string())}
        )
        pq.write_table(made, folder / f"{at:02}.parquet", row_group_size=10)
    return open_table(folder)


def layout_of(table: Table) -> Layout:
    kept = table.schema(table.variables(["x"]), ["s"])
    return Layout((Column("value"), Column("d_x", (2,))), kept, {"version": "1", "instructions": ["a"]})


def answers_to(table: Table, skip: int = 0) -> Iterator[Answer]:
    for batch in table.batches(table.variables(["x"]), ["s"], 9, skip):
        with np.errstate(over="ignore"):
            value = batch.values["x"] ** 2
        codes = np.where(np.isinf(value), len(batch.marks.reasons) + 1, batch.marks.codes).astype(np.int16)
        marks = Marks(codes, (*batch.marks.reasons, "value is infinite"))
        columns = {"value": value, "d_x": np.stack([value, -value], axis=1)}
        yield Answer(batch.first, batch.rows, columns, marks, batch.kept, len(batch.marks.reasons))


def computed(into: Gathered, table: Table, partition: Partition, machine: str = "a") -> None:
    """A partition, as a worker makes it."""
    assert table.form is not None
    layout = layout_of(table)
    path = open_place(into.folder, partition)
    with part_sink(path, replace(layout, facts={**layout.facts, "instructions": [machine]}), partition) as sink:
        for answer in answers_to(part_of(table.form, partition)):
            sink.write(answer)
    into.finish(partition, path, sink.failures, {"rows": partition.rows})


def gathered(table: Table, out: Path | str, **options: Any) -> Gathered:
    return Gathered(out, layout_of(table), Origin("grad x**2", table.path, table.files), partitions(table), **options)


def gather(data: Path, out: str, *, resume: bool = False) -> None:
    """The last partitions come first."""
    table = open_table(data)
    with gathered(table, out, resume=resume) as into:
        for partition in reversed(into.todo):
            computed(into, table, partition)


def points() -> Iterator[tuple[str, int]]:
    """Where runs are killed; some come to their end before that."""
    for count in (1, 2, 3, 8, *range(20, 34)):
        yield "replace", count  # of a partition, of the state, of the output
    for call in ("unlink", "chmod", "rmdir", "mkdir"):
        yield call, 1
        yield call, 2


if __name__ == "__main__":
    small()
    folder, name = Path(sys.argv[1]), sys.argv[2]
    killed = []
    for call, count in points():
        place = folder / f"{call}-{count}"
        place.mkdir()
        child = os.fork()  # before there are threads
        if not child:
            if count % 2:  # something is there
                gather(folder / "small", f"{place}/{name}")
            killed_at(call, count)
            gather(folder / "data", f"{place}/{name}")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed.append(os.waitstatus_to_exitcode(status) == -signal.SIGKILL)
    print(sum(killed))
