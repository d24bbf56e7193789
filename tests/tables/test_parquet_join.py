"""Parquet files put together without being read: bit for bit what pyarrow writes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradcli.tables.writers.columnar import parquet_writer
from gradcli.tables.writers.parquet_join import as_bytes, join, read_footer, segments

ROWS, GROUP = 2000, 100
VALUES = np.random.default_rng(0).standard_normal(ROWS)
TABLE = pa.table({
    "value": VALUES,
    "d_x": pa.array([[value, -value] if value < 1 else None for value in VALUES.tolist()]),
    "error": pa.array(["x is missing" if value < -1 else None for value in VALUES.tolist()], pa.string()),
    "id": range(ROWS),
    "fine": VALUES > 0,
})  # fmt: skip


def write(path: Path, table: Any, opened: Any = parquet_writer, group: int = GROUP) -> Path:
    writer = opened(path, table.schema)
    for low in range(0, len(table), group):
        writer.write_table(table.slice(low, group).combine_chunks(), group)
    writer.close()
    return path


def in_parts(folder: Path, ends: list[int], opened: Any = parquet_writer) -> list[Path]:
    return [
        write(folder / f"{low}.parquet", TABLE.slice(low, high - low), opened)
        for low, high in zip([0, *ends], [*ends, ROWS], strict=True)
    ]


def joined(parts: list[Path], folder: Path, opened: Any = parquet_writer) -> Path:
    """The whole, with the groups made anew that have to be."""
    found = segments(parts, GROUP)
    broken = [run for segment in found if not segment.whole for run in segment.runs]
    tables = [pq.ParquetFile(run.path).read_row_groups([*range(run.low, run.high)]) for run in broken]
    write(folder / "anew", pa.concat_tables([TABLE.slice(0, 0), *tables]), opened)
    join(found, folder / "anew", folder / "joined", GROUP)
    return folder / "joined"


@pytest.mark.parametrize("ends", [[100], [300, 1900], [1900], [*range(100, ROWS, 100)], [300, ROWS]])
def test_parts_of_whole_groups_are_the_file_written_at_once(ends: list[int], tmp_path: Path) -> None:
    made = joined(in_parts(tmp_path, ends), tmp_path)
    assert made.read_bytes() == write(tmp_path / "once", TABLE).read_bytes()
    assert pq.read_table(made).equals(TABLE)


def test_the_last_group_may_be_smaller(tmp_path: Path) -> None:
    parts = [write(tmp_path / "a", TABLE.slice(0, 200)), write(tmp_path / "b", TABLE.slice(200, 150))]
    assert joined(parts, tmp_path).read_bytes() == write(tmp_path / "once", TABLE.slice(0, 350)).read_bytes()


@pytest.mark.parametrize("ends", [[150], [100, 150], [30], [30, 70, 110], [1, 2, 950, 1999], [250, 1730]])
def test_groups_that_end_elsewhere_are_made_anew_and_no_others(ends: list[int], tmp_path: Path) -> None:
    parts = in_parts(tmp_path, ends)
    once = write(tmp_path / "once", TABLE)
    assert joined(parts, tmp_path).read_bytes() == once.read_bytes()
    moved = sum(segment.rows for segment in segments(parts, GROUP) if segment.whole)
    assert moved == sum(
        GROUP
        for low, high in zip([0, *ends], [*ends, ROWS], strict=True)
        for first in range(low, high, GROUP)
        if first % GROUP == 0 and first + GROUP <= high
    )


def test_indexes_of_pages_are_left_to_pyarrow(tmp_path: Path) -> None:
    def opened(path: Path, schema: Any) -> Any:
        return pq.ParquetWriter(path, schema, write_page_index=True)

    assert [segment.whole for segment in segments(in_parts(tmp_path, [300], opened), GROUP)] == [False]


@pytest.mark.parametrize("options", [
    {"compression": "zstd"},
    {"use_dictionary": True, "write_page_checksum": True},
    {"version": "1.0", "data_page_version": "2.0", "use_byte_stream_split": ["value"], "use_dictionary": False},
    {"sorting_columns": [pq.SortingColumn(3)], "write_statistics": ["value"]},
])  # fmt: skip
def test_files_of_other_writers_stay_readable(options: dict[str, Any], tmp_path: Path) -> None:
    """Fields that ours do not have: they move with the rest, or as they are."""

    def opened(path: Path, schema: Any) -> Any:
        return pq.ParquetWriter(path, schema, **options)

    parts = in_parts(tmp_path, [300, 1900], opened)
    for part in parts:
        footer = read_footer(part)
        assert as_bytes(footer.tree) == part.read_bytes()[footer.start : -8]
    made = joined(parts, tmp_path, opened)
    assert pq.read_table(made).equals(TABLE)
    file = pq.ParquetFile(made)
    for at in range(file.num_row_groups):
        assert file.read_row_group(at).equals(TABLE.slice(at * GROUP, GROUP))
