"""Arrow's files and streams, and tables of pyarrow, pandas and polars."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tables.read import read, through

from gradcli.base.errors import InputError
from gradcli.tables.reading import open_table

nan = math.nan
TABLE = pa.table({"x": [1.0, None, nan, 4.0], "v": [[1, 2], [3], None, [4, 5]], "t": ["a", None, "c", "d"]})
REASONS = [None, "x is missing", "x is not a number", None]


def write(
    path: Path, table: Any = TABLE, *, stream: bool = False, rows: int = 2, compression: str | None = None
) -> Path:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as file, new(file, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_files_and_streams(tmp_path: Path, stream: bool, compression: str | None) -> None:
    path = write(tmp_path / "a.arrow", stream=stream, compression=compression)
    assert open_table(path).rows == (None if stream else 4)
    found = read(path, "x", keep=["t"])
    assert (found.reasons, found.values["x"][0::3]) == (REASONS, [1.0, 4.0])
    assert [row["t"] for row in found.kept] == ["a", None, "c", "d"]
    assert read(path, "v", size=1).reasons == [None, "v has 1 entry, not 2", "v is missing", None]
    assert read(path, "x", skip=3, size=1).values["x"] == [4.0]
    with path.open("rb") as stdin:
        assert read("-", "x v", stdin=stdin).reasons == ["x is missing" if n == 1 else r for n, r in enumerate(REASONS)]


def test_each_batch_of_a_stream_is_answered_before_the_next_is_written() -> None:
    there, back = os.pipe()
    with os.fdopen(there, "rb") as stdin, os.fdopen(back, "wb", buffering=0) as pipe:
        writer = pa.ipc.new_stream(pipe, pa.schema([("x", pa.float64())]))
        writer.write_batch(pa.record_batch({"x": [0.0]}))
        table = open_table("-", None, stdin)
        batches = table.batches(table.variables(["x"]))
        for number in range(1, 4):
            assert next(batches).values["x"].tolist() == [number - 1.0]
            writer.write_batch(pa.record_batch({"x": [float(number)]}))
        writer.close()
        pipe.close()
        assert [batch.values["x"].tolist() for batch in batches] == [[3.0]]


def test_the_length_of_a_vector_comes_out_of_the_first_rows_of_a_stream() -> None:
    def batches(*cells: Any) -> Iterator[Any]:
        for cell in cells:
            yield pa.record_batch({"v": pa.array(cell, pa.list_(pa.float64()))})

    schema = pa.schema([("v", pa.list_(pa.float64()))])
    reader = pa.RecordBatchReader.from_batches(schema, batches([], [None, [1, 2]], [[3, 4]]))
    assert read(reader, "v").values["v"][1:] == [[1.0, 2.0], [3.0, 4.0]]
    reader = pa.RecordBatchReader.from_batches(schema, batches([None], [[1, 2]]))
    with pytest.raises(InputError, match="no row of column v says how long"):
        read(reader, "v")


def test_of_an_endless_reader_a_batch_at_a_time_is_taken() -> None:
    taken = []

    def batches() -> Iterator[Any]:
        while True:
            taken.append(1)
            yield pa.record_batch({"x": np.zeros(1000)})

    table = open_table(pa.RecordBatchReader.from_batches(pa.schema([("x", pa.float64())]), batches()))
    rows = table.batches(table.variables(["x"]))
    for number in range(1, 20):
        assert next(rows).rows == 1000
        assert len(taken) == number


@pytest.mark.parametrize("broken", ["cut", "empty", "text", "magic"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_broken_file_is_an_error(tmp_path: Path, stream: bool, broken: str) -> None:
    path = write(tmp_path / "a.arrow", stream=stream)
    data = path.read_bytes()
    path.write_bytes(
        {"cut": data[: len(data) // 2], "empty": b"", "text": b"x,y\n1,2\n", "magic": b"ARROW1\0\0" + data[:20]}[broken]
    )
    with pytest.raises(InputError, match=r"cannot read .*a\.arrow: "):
        read(path, "x v")
    with path.open("rb") as stdin, pytest.raises(InputError, match="cannot read stdin"):
        read("-", "x v", named="arrow", stdin=stdin)


def test_offsets_that_point_beyond_the_file_are_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.arrow", pa.table({"v": [[1.0, 2.0], [3.0, 4.0]]}))
    offsets = np.array([0, 2, 4], np.int32).tobytes()
    data = path.read_bytes()
    assert data.count(offsets) == 1
    path.write_bytes(data.replace(offsets, np.array([0, 2, 2**30], np.int32).tobytes()))
    with pytest.raises(InputError, match=r"cannot read .*a\.arrow"):
        read(path, "v", shapes={"v": (2,)})


TABLES = {
    "table": TABLE, "chunks": pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]), "batch": TABLE.to_batches()[0],
    "pandas": TABLE.to_pandas(), "polars": pl.from_arrow(TABLE),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_other_libraries(kind: str) -> None:
    table = open_table(TABLES[kind])
    assert table.rows == 4
    for _ in range(2):
        found = through(table, "x v", keep=["t"], size=3)
        assert [reason is None for reason in found.reasons] == [True, False, False, True]
        assert found.reasons[1] == "x is missing"
        assert found.values["x"][0::3] == [1.0, 4.0]
        assert found.values["v"][0::3] == [[1.0, 2.0], [4.0, 5.0]]
        assert [row["t"] for row in found.kept] == ["a", None, "c", "d"]


def test_a_dataframe_of_pandas_with_what_arrow_has_no_type_for() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "m": [1, "a"], "o": [{1}, object()]})
    found = read(frame, "x m", keep=["m", "x"])
    assert (found.values["x"], found.reasons) == ([1.0, 2.0], [None, "m is not a number"])
    assert found.kept == [{"m": "1", "x": 1.0}, {"m": "a", "x": 2.0}]


def test_a_dataframe_of_plain_arrays_is_not_copied() -> None:
    frame = pd.DataFrame({"x": np.arange(4.0), "n": [1, 2, 3, 4]})
    table = open_table(frame)
    batch = next(table.batches(table.variables(["x", "n"])))
    assert np.shares_memory(batch.values["x"], frame["x"].to_numpy())
    assert batch.values["n"].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_names_of_dataframes() -> None:
    """Labels that are no texts, two of one name, an index with a name."""
    frame = pd.DataFrame([[1.0, 2.0, 3.0]], columns=[0, "x", "x"], index=pd.Index([7.0], name="t"))
    assert read(frame, ["0", "t"]).values == {"0": [1.0], "t": [7.0]}
    with pytest.raises(InputError, match="has 2 columns that are called x"):
        read(frame, "x")


def test_nullable_columns_of_pandas_are_numbers_and_missing() -> None:
    found = read(pd.DataFrame({"i": pd.array([1, None], "Int64"), "b": pd.array([True, False], "boolean")}), "i b")
    assert (found.values["b"], found.reasons) == ([1.0, 0.0], [None, "i is missing"])


def test_dates_of_dataframes_are_an_error_as_a_variable() -> None:
    when = [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]
    for frame in (pd.DataFrame({"d": when}), pl.DataFrame({"d": when})):
        with pytest.raises(InputError, match=r"column d holds timestamp\[us, tz=UTC\], no numbers"):
            read(frame, "d")


def test_arrays_of_polars_and_tensors_of_arrow_are_vectors_and_matrices() -> None:
    assert read(pl.DataFrame({"v": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2))}), "v").values["v"] == [
        [1.0, 2.0],
        [3.0, 4.0],
    ]
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(12.0).reshape(2, 3, 2))
    found = read(pa.table({"A": tensors}), "A")
    assert found.values["A"] == np.arange(12.0).reshape(2, 3, 2).tolist()
    holed = pa.ExtensionArray.from_storage(
        pa.fixed_shape_tensor(pa.float64(), [2]), pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2))
    )
    found = read(pa.table({"v": holed}), "v")
    assert (found.values["v"][0], found.reasons) == ([1.0, 2.0], [None, "v is missing"])


def test_run_lengths_and_views_are_what_they_hold() -> None:
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array([1.5, 2.5]))
    views = pa.array([[1.0], [2.0], [3.0]], pa.list_view(pa.float64()))
    found = read(pa.table({"r": runs, "w": views}), "r w")
    assert found.values == {"r": [1.5, 1.5, 2.5], "w": [[1.0], [2.0], [3.0]]}
