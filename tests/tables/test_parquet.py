"""Parquet: the types of its columns, nulls and lists, row groups that are not read, files that are broken."""

from __future__ import annotations

import datetime as dt
import io
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables.read import Read, read

from gradcli.base.errors import InputError
from gradcli.tables.reading import open_table

nan = math.nan


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(columns: Any, **options: Any) -> Path:
        path = tmp_path / "a.parquet"
        pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path, **options)
        return path

    return write


def of(found: Read, name: str) -> list[Any]:
    return [None if np.isnan(value).any() else value for value in found.values[name]]


@pytest.mark.parametrize(("cells", "kind", "values"), [
    ([1.5, -2.0], pa.float64(), [1.5, -2.0]), ([1.5, -2.0], pa.float32(), [1.5, -2.0]), ([1.5, -2.0], pa.float16(), [1.5, -2.0]),
    ([1, -2], pa.int8(), [1.0, -2.0]), ([2**64 - 1, 2**53 + 1], pa.uint64(), [18446744073709551616.0, 9007199254740992.0]),
    ([-(2**63), 3], pa.int64(), [-9223372036854775808.0, 3.0]), ([True, False], pa.bool_(), [1.0, 0.0]),
    ([Decimal("0.10"), Decimal("-7.25")], pa.decimal128(9, 2), [0.1, -7.25]), ([math.inf, -math.inf], pa.float64(), [math.inf, -math.inf]),
])  # fmt: skip
def test_each_type_of_numbers(written: Any, cells: list[Any], kind: Any, values: list[float]) -> None:
    found = read(written({"x": pa.array(cells, kind)}), "x")
    assert (found.values["x"], found.reasons) == (values, [None, None])


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.float32(), pa.float16(), pa.int32(), pa.bool_(), pa.decimal128(5, 2), pa.null()]
)
def test_a_null_is_missing(written: Any, kind: Any) -> None:
    cell = None if kind == pa.null() else Decimal(1) if pa.types.is_decimal(kind) else pa.array([1]).cast(kind)[0]
    found = read(written({"x": pa.array([None, cell], kind)}), "x")
    assert found.reasons == ["x is missing", "x is missing" if cell is None else None]


def test_nan_is_not_a_number(written: Any) -> None:
    found = read(written({"x": [1.0, nan, None], "y": [1.0, 2.0, nan]}), "x y")
    assert found.reasons == [None, "x is not a number", "x is missing"]
    assert (of(found, "x"), of(found, "y")) == ([1.0, None, None], [1.0, 2.0, None])


def test_dictionaries_are_what_they_hold(written: Any) -> None:
    found = read(written({"x": pa.array([2.5, None, 2.5]).dictionary_encode()}), "x")
    assert (of(found, "x"), found.reasons) == ([2.5, None, 2.5], [None, "x is missing", None])


@pytest.mark.parametrize("cells", [
    [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)], [dt.date(2024, 1, 1)], [dt.timedelta(1)], [dt.time(1)], ["1"], [b"1"], [{"a": 1}],
    [[{"a": 1}]], [["1"]],
])  # fmt: skip
def test_a_column_of_something_else_is_an_error_when_it_is_used(written: Any, cells: list[Any]) -> None:
    path = written({"x": [1.0], "t": cells})
    assert read(path, "x", keep=True).kept[0]["x"] == 1.0
    with pytest.raises(InputError, match=r"column t holds .*, no numbers"):
        read(path, "t")


def test_lists_are_vectors_and_other_lengths_are_marked(written: Any) -> None:
    found = read(written({"v": [[1, 2, 3], [4, 5], None, [6, None, 7], [8.0, nan, 9.0], [], [1, 2, 3]]}), "v")
    assert found.values["v"][0] == [1.0, 2.0, 3.0]
    assert found.values["v"][6] == [1.0, 2.0, 3.0]
    assert found.reasons == [
        None, "v has 2 entries, not 3", "v is missing", "an entry of v is missing", "an entry of v is not a number", "v has 0 entries, not 3", None,
    ]  # fmt: skip
    assert all(np.isnan(found.values["v"][row]).all() for row in range(1, 6))


@pytest.mark.parametrize("kind", [pa.list_(pa.float32(), 2), pa.large_list(pa.int16()), pa.list_(pa.float64())])
def test_each_type_of_lists(written: Any, kind: Any) -> None:
    found = read(written({"v": pa.array([[1, 2], None, [3, 4]], kind)}), "v")
    assert of(found, "v") == [[1.0, 2.0], None, [3.0, 4.0]]
    assert found.reasons == [None, "v is missing", None]


def test_lists_of_lists_are_matrices(written: Any) -> None:
    found = read(written({"A": [[[1, 2, 3], [4, 5, 6]], [[1], [2]], [[1, 2, 3]], None, [None, [1, 2, 3]]]}), "A")
    assert of(found, "A") == [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], None, None, None, None]
    assert found.reasons == [
        None, "a row of A has 1 entry, not 3", "A has 1 entry, not 2", "A is missing", "a row of A is missing",
    ]  # fmt: skip


def test_the_length_of_a_vector_is_that_of_its_first_row_with_entries(written: Any) -> None:
    path = written({"v": [None, [], [1, 2]]}, row_group_size=1)
    assert read(path, "v").reasons == ["v is missing", "v has 0 entries, not 2", None]
    assert read(path, "v", shapes={"v": (0,)}).reasons == ["v is missing", None, "v has 2 entries, not 0"]
    assert read(written({"v": pa.array([[], []], pa.list_(pa.float64()))}), "v").values["v"] == [[], []]


def test_a_slice_of_lists_is_not_the_whole(written: Any) -> None:
    """Lists behind an offset, as they stand in a part of a batch."""
    found = read(written({"v": [[n, n + 1] for n in range(10)]}), "v", size=3, skip=4)
    assert found.values["v"] == [[float(n), n + 1.0] for n in range(4, 10)]


def test_entries_in_columns_of_their_own(written: Any) -> None:
    found = read(written({"x.1": [3.0, None], "x.0": [1.0, 2.0]}), "x")
    assert of(found, "x") == [[1.0, 3.0], None]
    assert found.reasons == [None, "x.1 is missing"]


def test_a_plain_column_and_its_entries_are_told_apart(written: Any) -> None:
    found = read(written({"x.0": [7], "x": [1], "x.1": [8]}), "x", keep=["x.1", "x"])
    assert (found.values, found.kept) == ({"x": [1.0]}, [{"x.1": 8, "x": 1}])


def test_columns_of_one_name_matter_when_they_are_used(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["x", "x", "y"]), path)
    assert read(path, "y").values == {"y": [3.0]}
    with pytest.raises(InputError, match="has 2 columns that are called x"):
        read(path, "x")


def test_row_groups_before_the_first_row_are_not_read(written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written({"x": list(range(100))}, row_group_size=10)
    table = open_table(path)
    asked = []
    whole = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile,
        "iter_batches",
        lambda self, size, groups, names, **options: (
            asked.append(groups) or whole(self, size, groups, names, **options)
        ),
    )
    batches = list(table.batches(table.variables(["x"]), size=7, skip=34))
    assert np.concatenate([batch.values["x"] for batch in batches]).tolist() == [float(n) for n in range(34, 100)]
    assert asked == [[3, 4, 5, 6, 7, 8, 9]]
    assert list(table.batches(table.variables(["x"]), skip=100)) == []


def test_of_a_large_row_group_a_batch_at_a_time_is_held(written: Any) -> None:
    """As pyarrow's own pool of memory counts it."""
    rows = 1_000_000
    path = written({"x": np.random.default_rng(1).random(rows)}, row_group_size=rows, use_dictionary=False)
    table = open_table(path)
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in table.batches(table.variables(["x"]), size=1 << 12)]
    assert len(held) > rows >> 12
    assert max(held) < rows * 8 // 2


def test_of_ten_thousand_columns_the_used_are_read(written: Any) -> None:
    path = written({f"c{n}": [n] for n in range(10_000)})
    table = open_table(path)
    assert table.rows == 1
    assert read(path, "c9999 c3").values == {"c9999": [9999.0], "c3": [3.0]}


def test_no_rows(written: Any) -> None:
    assert read(written({"x": pa.array([], pa.float64())}), "x").values == {"x": []}


@pytest.mark.parametrize("broken", ["empty", "cut", "magic", "text", "middle"])
def test_a_broken_file_is_an_error_with_its_name(written: Any, broken: str) -> None:
    path = written({"x": np.arange(1000.0)}, compression="none", use_dictionary=False)
    data = path.read_bytes()
    path.write_bytes({
        "empty": b"", "cut": data[:-10], "magic": b"XXXX" + data[4:-4] + b"XXXX", "text": b"x,y\n1,2\n", "middle": data[:4] + b"\xff" * 40 + data[44:],
    }[broken])  # fmt: skip
    with pytest.raises(InputError, match=r"cannot read .*a\.parquet: ") as caught:
        read(path, "x")
    assert "\n" not in caught.value.message


def test_a_stream_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="stdin is a stream, and parquet is no format for streams") as caught:
        open_table("-", "parquet", io.BytesIO(b"PAR1"))
    assert caught.value.hint is not None
