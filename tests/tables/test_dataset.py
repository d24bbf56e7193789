"""Directories of Parquet files as one table: their order, types that differ, what directories say, what is refused."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables.read import read

from gradcli.base.errors import InputError, UsageError
from gradcli.tables.partitions import part_of, partitions
from gradcli.tables.reading import open_table

Write = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """A directory of files by their paths in it, which are columns by name, or bytes."""

    def write(files: Mapping[str, Any], **options: Any) -> Path:
        root = tmp_path / "data"
        for name, columns in files.items():
            path = Path(os.fsdecode(os.fsencode(root) + b"/" + os.fsencode(name)))
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(columns, bytes):
                path.write_bytes(columns)
            else:
                made = pa.BufferOutputStream()
                pq.write_table(pa.table(columns), made, **options)
                path.write_bytes(made.getvalue().to_pybytes())
        root.mkdir(exist_ok=True)
        return root

    return write


# -- which files, in which order


def test_files_come_in_the_order_of_their_names_at_any_depth(written: Write) -> None:
    root = written(
        {"b.parquet": {"x": [4]}, "a/z.PQ": {"x": [2, 3]}, "a/b/c.parquet": {"x": [1]}, "c.parquet": {"x": [5]}}
    )
    found = read(root, "x")
    assert found.values["x"] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert open_table(f"{root}/").rows == 5


def test_what_writers_put_beside_rows_is_passed_by(written: Write) -> None:
    hidden = ["_SUCCESS", ".a.parquet.crc", "_temporary/b.parquet", ".hidden/x", "a/_state.json", "_metadata"]
    assert read(written({"a/a.parquet": {"x": [1]}} | dict.fromkeys(hidden, b"?")), "x").values["x"] == [1.0]


def test_links_are_followed(written: Write, tmp_path: Path) -> None:
    root = written({"b.parquet": {"x": [2]}})
    other = tmp_path / "other"
    other.mkdir()
    pq.write_table(pa.table({"x": [1]}), other / "1.parquet")
    (root / "a").symlink_to(other)
    (root / "c.parquet").symlink_to(other / "1.parquet")
    assert read(root, "x").values["x"] == [1.0, 2.0, 1.0]


def test_files_without_rows_count_for_nothing(written: Write) -> None:
    root = written(
        {
            "a.parquet": {"x": pa.array([], pa.float64())},
            "b.parquet": {"x": [1]},
            "c.parquet": {"x": pa.array([], pa.int8())},
        }
    )
    assert read(root, "x", keep=True).kept == [{"x": 1.0}]
    assert [partition.rows for partition in partitions(open_table(root))] == [1]
    empty = written({"b.parquet": {"x": pa.array([], pa.int64())}})
    assert (open_table(empty).rows, partitions(open_table(empty)), read(empty, "x").values) == (0, (), {"x": []})


def test_names_that_are_no_text_are_read(written: Write) -> None:
    root = written({"k=1/\udcff.parquet": {"x": [1]}, "b\n.parquet": {"x": [0]}})
    assert read(root, "x").values["x"] == [0.0, 1.0]
    table = open_table(root)
    (partition,) = pickle.loads(pickle.dumps(partitions(table)))  # noqa: S301 - our own
    part = part_of(table.form, partition)  # type: ignore[arg-type]
    assert next(iter(part.batches(part.variables(["x"])))).values["x"].tolist() == [0.0, 1.0]


# -- columns


@pytest.mark.parametrize(("kinds", "common"), [
    ([pa.int64(), pa.float64()], "double"), ([pa.float32(), pa.float64(), pa.int8()], "double"), ([pa.int8(), pa.int32()], "int32"),
    ([pa.null(), pa.float32()], "float"), ([pa.float16(), pa.float64()], "double"), ([pa.uint8(), pa.int64(), pa.null()], "int64"),
])  # fmt: skip
def test_a_column_may_be_of_several_types_of_numbers(written: Write, kinds: list[Any], common: str) -> None:
    cells = [[None if kind == pa.null() else 3] for kind in kinds]
    arrays = [
        pa.array(np.array(c, np.float16) if k == pa.float16() else c, k) for c, k in zip(cells, kinds, strict=True)
    ]
    root = written({f"{at}.parquet": {"x": array} for at, array in enumerate(arrays)})
    found = read(root, "x", keep=True)
    assert [row["x"] for row in found.kept] == [cell for (cell,) in cells]
    assert found.reasons == ["x is missing" if cell is None else None for (cell,) in cells]
    assert str(open_table(root).schema((), True).field("x").type) == common


def test_numbers_are_those_of_their_own_file(written: Write) -> None:
    """Not of a common type in between."""
    big = 2**53 + 1
    root = written(
        {"a.parquet": {"x": [big]}, "b.parquet": {"x": [0.1]}, "c.parquet": {"x": pa.array([0.1], pa.float32())}}
    )
    assert read(root, "x").values["x"] == [float(big), 0.1, float(np.float32(0.1))]
    with pytest.raises(InputError, match=r"cannot read .*a\.parquet: .*9007199254740993"):  # it would be another number
        read(root, "x", keep=True)


def test_texts_of_any_form_are_kept(written: Write) -> None:
    kinds = [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string()), pa.null()]
    root = written(
        {
            f"{at}.parquet": {"x": [1], "s": pa.array([None if kind == pa.null() else "é"], kind)}
            for at, kind in enumerate(kinds)
        }
    )
    assert [row["s"] for row in read(root, "x", keep=["s"]).kept] == ["é", "é", "é", None]


def test_lists_are_vectors_of_the_length_of_the_first(written: Write) -> None:
    root = written({
        "a.parquet": {"v": pa.array([[], None], pa.list_(pa.int32()))}, "b.parquet": {"v": pa.array([[1.5, 2]], pa.list_(pa.float64()))},
        "c.parquet": {"v": pa.array([[3, 4], [5]], pa.large_list(pa.float64()))},
    })  # fmt: skip
    found = read(root, "v")
    assert found.values["v"][2:4] == [[1.5, 2.0], [3.0, 4.0]]
    assert found.reasons == ["v has 0 entries, not 2", "v is missing", None, None, "v has 1 entry, not 2"]


def test_entries_in_columns_of_their_own_in_any_order(written: Write) -> None:
    root = written(
        {"a.parquet": {"x.0": [1], "x.1": [2]}, "b.parquet": {"x": [9.0], "x.1": [4.0], "x.0": [3.0], "y": [0]}}
    )
    with pytest.raises(InputError, match=r"column x is in .*b\.parquet, and not in .*a\.parquet"):
        read(root, "x")
    (root / "b.parquet").unlink()
    pq.write_table(pa.table({"y": [0], "x.1": [4.0], "x.0": [3.0]}), root / "b.parquet")
    assert read(root, "x", keep=["x.1", "x.0"]).values["x"] == [[1.0, 2.0], [3.0, 4.0]]


def test_a_column_that_a_file_lacks_matters_when_it_is_used(written: Write) -> None:
    root = written({"a.parquet": {"x": [1], "z": [1]}, "b.parquet": {"x": [2]}, "c.parquet": {"z": [3], "x": [3]}})
    assert read(root, "x").values["x"] == [1.0, 2.0, 3.0]
    for names, keep in (("z", False), ("x", True), ("x", ["z"])):
        with pytest.raises(InputError, match=r"column z is in .*a\.parquet, and not in .*b\.parquet"):
            read(root, names, keep=keep)


def test_types_that_have_nothing_in_common_matter_when_they_are_used(written: Write) -> None:
    root = written(
        {"a.parquet": {"x": [1], "y": [1]}, "b.parquet": {"x": [2], "y": [1.5]}, "c.parquet": {"x": ["3"], "y": [1]}}
    )
    assert read(root, "y").values["y"] == [1.0, 1.5, 1.0]
    with pytest.raises(InputError, match=r"column x holds int64 in .*a\.parquet, and string in .*c\.parquet"):
        read(root, "x")


# -- what directories say


def test_directories_are_columns(written: Write) -> None:
    root = written({
        "year=2020/place=a%20b/1.parquet": {"x": [1]}, "year=2021/place=c%2Fd/more/1.parquet": {"x": [2]},
        "year=__HIVE_DEFAULT_PARTITION__/place=é/1.parquet": {"x": [3]},
    })  # fmt: skip
    found = read(root, "year x", keep=True)
    assert found.kept == [
        {"x": 1, "year": 2020, "place": "a b"}, {"x": 2, "year": 2021, "place": "c/d"}, {"x": 3, "year": None, "place": "é"},
    ]  # fmt: skip
    assert found.reasons == [None, None, "year is missing"]
    assert read(root, "year", size=1).values["year"][:2] == [2020.0, 2021.0]
    assert read(root, "x", keep=["place"], skip=2).kept == [{"place": "é"}]


@pytest.mark.parametrize(("values", "kind", "cells"), [
    (["1", "-07"], "int64", [1, -7]), (["1", ".5e1", "2."], "double", [1.0, 5.0, 2.0]), (["1", "nan"], "string", ["1", "nan"]),
    (["1" * 19], "double", [float("1" * 19)]), (["1_0", "2"], "string", ["1_0", "2"]), (["", "2"], "string", ["", "2"]),
    (["٣"], "string", ["٣"]), (["__HIVE_DEFAULT_PARTITION__"], "null", [None]),
])  # fmt: skip
def test_what_directories_say_is_numbers_where_all_are(
    written: Write, values: list[str], kind: str, cells: list[Any]
) -> None:
    root = written({f"{at}/k={value}/1.parquet": {"x": [1]} for at, value in enumerate(values)})
    assert [row["k"] for row in read(root, "x", keep=["k"]).kept] == cells
    assert open_table(root).columns[-1].type == kind


def test_a_column_of_the_file_goes_before_its_directory(written: Write) -> None:
    root = written({"k=1/1.parquet": {"x": [1], "k": [10]}, "k=2/1.parquet": {"x": [1]}})
    assert read(root, "k", keep=True).kept == [{"x": 1, "k": 10}, {"x": 1, "k": 2}]


def test_a_directory_that_is_no_column_for_some_files_matters_when_it_is_used(written: Write) -> None:
    root = written({"k=1/1.parquet": {"x": [1]}, "2.parquet": {"x": [2]}})
    assert read(root, "x").values["x"] == [2.0, 1.0]
    with pytest.raises(InputError, match=r"column k is in .*k=1/1\.parquet, and not in .*2\.parquet"):
        read(root, "k")


# -- what is refused


@pytest.mark.parametrize(("files", "message"), [
    ({}, "data is a directory without Parquet files"), ({"_a.parquet": b""}, "data is a directory without Parquet files"),
    ({"a.parquet": b""}, r"cannot read .*data/a\.parquet: "), ({"a.parquet": {"x": [1]}, "b.parquet": b"PAR1PAR1PAR1"}, r"cannot read .*b\.parquet: "),
    ({"a.parquet": {"x": [1]}, "notes.txt": b"?"}, r"notes\.txt is no Parquet file, as its name says"),
    ({"k=\udcff/a.parquet": {"x": [1]}}, "the name of a directory of .* is not UTF-8"), ({"k=%ff/a.parquet": {"x": [1]}}, "is not UTF-8"),
])  # fmt: skip
def test_what_is_no_table_is_refused_with_the_file(written: Write, files: Mapping[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        open_table(written(files))
    assert "\n" not in caught.value.message


def test_links_that_lead_nowhere_or_back_are_refused(written: Write) -> None:
    root = written({"a/b/1.parquet": {"x": [1]}})
    (root / "a/b/c").symlink_to(root / "a")
    with pytest.raises(InputError, match="a/b/c leads back to a directory that it is in"):
        open_table(root)
    (root / "a/b/c").unlink()
    (root / "a/2.parquet").symlink_to(root / "nothing")
    with pytest.raises(InputError, match=r"cannot read .*2\.parquet: no such file"):
        open_table(root)
    (root / "a/2.parquet").unlink()
    os.mkfifo(root / "a/3.parquet")
    with pytest.raises(InputError, match=r"3\.parquet is neither a file nor a directory"):
        open_table(root)


def test_a_directory_is_no_table_of_another_format(written: Write) -> None:
    root = written({"part-0": {"x": [1]}})
    with pytest.raises(UsageError, match="is a directory, which is a table of Parquet files, not of csv"):
        open_table(root, "csv")
    assert read(root, "x", named="parquet").values["x"] == [1.0]


def test_a_file_that_changes_or_goes_while_the_table_is_open_is_an_error(written: Write) -> None:
    root = written({f"{name}.parquet": {"x": [1]} for name in "abc"})
    table = open_table(root)
    batches = table.batches(table.variables(["x"]), size=1)
    assert next(batches).values["x"].tolist() == [1.0]
    pq.write_table(pa.table({"x": [2, 3]}), root / "c.parquet")
    with pytest.raises(InputError, match=r"c\.parquet has changed since the table was opened"):
        list(batches)
    (root / "c.parquet").unlink()
    with pytest.raises(InputError, match=r"cannot read .*c\.parquet: no such file"):
        list(table.batches(table.variables(["x"])))


def test_broken_pages_are_an_error_of_their_file(written: Write) -> None:
    root = written(
        {"a.parquet": {"x": [1.0]}, "b.parquet": {"x": np.arange(1000.0)}}, compression="none", use_dictionary=False
    )
    data = (root / "b.parquet").read_bytes()
    (root / "b.parquet").write_bytes(data[:4] + b"\xff" * 40 + data[44:])
    with pytest.raises(InputError, match=r"cannot read .*b\.parquet: "):
        read(root, "x")


# -- what is not read


def test_rows_that_are_skipped_are_not_read(written: Write) -> None:
    files = {f"{at}.parquet": {"x": np.arange(10) + 10 * at} for at in range(5)}
    root = written(files, row_group_size=4)
    table = open_table(root)
    for name in ("0.parquet", "1.parquet"):
        (root / name).unlink()
    batches = list(table.batches(table.variables(["x"]), skip=25, size=3))
    assert np.concatenate([batch.values["x"] for batch in batches]).tolist() == [float(n) for n in range(25, 50)]
    assert batches[0].first == 25


def test_memory_does_not_grow_with_the_number_of_files(written: Write) -> None:
    rows = 100_000
    root = written({f"{at}.parquet": {"x": np.random.default_rng(at).random(rows)} for at in range(20)})
    table = open_table(root)
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in table.batches(table.variables(["x"]))]
    assert len(held) == 20
    assert max(held) < 20 * rows * 8 // 3


def test_rows_of_small_files_come_together_where_their_types_are_the_same(written: Write) -> None:
    kinds = [pa.int64(), pa.int64(), pa.float32(), pa.float32(), pa.float32()]
    root = written(
        {f"k={at}/a.parquet": {"x": pa.array([at] * 4, kind), "s": ["é"] * 4} for at, kind in enumerate(kinds)}
    )
    found = read(root, "x k", keep=["s", "k"], size=9)
    assert found.sizes == [8, 8, 4]
    assert found.values["x"] == found.values["k"] == [float(at) for at in range(5) for _ in range(4)]
    assert found.kept == [{"s": "é", "k": at} for at in range(5) for _ in range(4)]
    assert read(root, "x", size=100, skip=6).sizes == [2, 12]


def test_the_nan_of_a_file_is_marked_in_its_row(written: Write) -> None:
    root = written({"a.parquet": {"x": [1.0, math.nan]}, "b.parquet": {"x": [None, 2.0]}})
    assert read(root, "x", size=1).reasons == [None, "x is not a number", "x is missing", None]
