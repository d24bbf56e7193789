"""Partitions: all rows, once each, in order; which they are, and what of them is read."""

from __future__ import annotations

import pickle
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables.read import through

from gradcli.base.errors import InputError
from gradcli.tables import partitions as module
from gradcli.tables.partitions import Partition, part_of, partitions
from gradcli.tables.reading import Table, open_table
from gradcli.tables.state import Origin


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST", 20)
    monkeypatch.setattr(module, "MOST", 30)


def table(folder: Path, sizes: list[int], group: int = 10) -> Table:
    """Files of so many rows, which are numbered over all."""
    for at, (rows, end) in enumerate(zip(sizes, accumulate(sizes), strict=True)):
        pq.write_table(pa.table({"x": np.arange(end - rows, end)}), folder / f"{at:02}.parquet", row_group_size=group)
    return open_table(folder)


def rows_of(found: tuple[Partition, ...]) -> list[tuple[int, int]]:
    return [(partition.first, partition.rows) for partition in found]


@pytest.mark.parametrize(("sizes", "group", "rows"), [
    ([5], 10, [5]), ([20, 20], 10, [20, 20]), ([5, 5, 5, 5, 5], 10, [20, 5]), ([19, 2, 25], 10, [19, 2, 20, 5]), ([0, 7, 0, 14], 10, [7, 14]),
    ([45], 10, [20, 20, 5]), ([45], 7, [14, 14, 17]), ([45], 100, [45]), ([5, 45, 5], 100, [5, 45, 5]), ([60], 30, [30, 30]),
])  # fmt: skip
def test_small_files_are_together_and_large_ones_are_cut_at_row_groups(
    sizes: list[int], group: int, rows: list[int], tmp_path: Path
) -> None:
    found = partitions(table(tmp_path, sizes, group))
    assert rows_of(found) == list(zip([0, *accumulate(rows)][:-1], rows, strict=True))
    assert [partition.number for partition in found] == list(range(len(rows)))


def test_many_rows_are_as_many_partitions_as_there_is_room_for(tmp_path: Path) -> None:
    found = partitions(table(tmp_path, [64 * 25], group=25))
    assert rows_of(found) == [(25 * at, 25) for at in range(64)]
    assert rows_of(partitions(table(tmp_path, [64 * 40], group=10)))[:2] == [(0, 30), (30, 30)]


@pytest.mark.parametrize(("sizes", "group"), [([3, 45, 9, 0, 61, 1], 7), ([45], 45), ([1] * 50, 3)])
def test_the_rows_of_partitions_are_those_of_the_table(sizes: list[int], group: int, tmp_path: Path) -> None:
    whole = table(tmp_path, sizes, group)
    form = pickle.loads(pickle.dumps(whole.form))  # noqa: S301 - our own
    for partition in pickle.loads(pickle.dumps(partitions(whole))):  # noqa: S301 - our own
        expected = [float(row) for row in range(partition.first, partition.first + partition.rows)]
        part = part_of(form, partition)
        assert (part.rows, part.first) == (partition.rows, partition.first)
        assert through(part, "x", size=4, skip=partition.first, keep=True).values["x"] == expected
        for before in range(1, partition.rows):
            rest = partition.behind(before)
            assert (rest.first, rest.rows) == (partition.first + before, partition.rows - before)
            left = part_of(form, rest)
            assert left.rows == rest.rows
            assert through(left, "x", size=4, skip=rest.first).values["x"] == expected[before:]


def test_a_file_is_a_table_of_partitions_and_a_table_of_lines_is_none(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": range(45)}), tmp_path / "a.parquet", row_group_size=9)
    assert rows_of(partitions(open_table(tmp_path / "a.parquet"))) == [(0, 18), (18, 18), (36, 9)]
    (tmp_path / "a.csv").write_text("x\n1\n")
    assert open_table(tmp_path / "a.csv").form is None
    assert open_table({"x": np.arange(3.0)}).form is None


def test_files_are_those_of_a_directory_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(tmp_path, [3, 4])
    monkeypatch.chdir(tmp_path.parent)
    written = [tmp_path, f"{tmp_path}/", tmp_path.name, f"./{tmp_path.name}/."]
    known = [Origin("q", found.path, found.files).facts() for found in map(open_table, written)]
    assert known == [known[0]] * 4
    files = [open_table(one) for one in (tmp_path / "00.parquet", f"{tmp_path.name}/00.parquet")]
    assert [found.files for found in files] == [(), ()]


def test_a_partition_reads_no_other_file(tmp_path: Path) -> None:
    whole = table(tmp_path, [20, 20, 20])
    _, second, third = partitions(whole)
    (tmp_path / "00.parquet").unlink()
    (tmp_path / "02.parquet").write_bytes(b"PAR1")
    assert whole.form is not None
    assert through(part_of(whole.form, second), "x", skip=20).values["x"][0] == 20.0
    with pytest.raises(InputError, match=r"02\.parquet has changed since the table was opened"):
        through(part_of(whole.form, third), "x", skip=40)
