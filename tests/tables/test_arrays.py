"""Arrays of numpy by name, lists, structured arrays and .npy files."""

from __future__ import annotations

import datetime as dt
import math
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tables.read import read

from gradcli.base.errors import GradcliError, InputError
from gradcli.tables.reading import open_table

nan = math.nan


def test_arrays_by_name() -> None:
    x, A = np.array([1.0, 2.0]), np.arange(8).reshape(2, 2, 2)
    found = read({"x": x, "A": A, "t": np.array(["a", "b"])}, "A x", keep=["t"])
    assert found.values == {"A": [[[0.0, 1.0], [2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]]], "x": [1.0, 2.0]}
    assert found.kept == [{"t": "a"}, {"t": "b"}]


def test_an_array_of_doubles_is_not_copied() -> None:
    x = np.arange(10.0)
    table = open_table({"x": x})
    batch = next(table.batches(table.variables(["x"])))
    assert np.shares_memory(batch.values["x"], x)


@pytest.mark.parametrize("array", [
    np.array([1, 0], bool), np.array([1, 0], np.uint8), np.array([1, 0], np.float16), np.array([1, 0], np.longdouble), np.array([1, 0], ">f8"),
    np.array([1, 5, 0, 5], float)[::2], [1, 0], (1, False), [Decimal(1), Fraction(0)], [np.float32(1), np.int8(0)],
])  # fmt: skip
def test_each_kind_of_numbers(array: Any) -> None:
    assert read({"x": array}, "x").values["x"] == [1.0, 0.0]


def test_lists_with_holes() -> None:
    found = read({"x": [1, None, "a", nan, True], "v": [[1, 2], [1], [None, 2], "ab", [3, "x"]]}, "x v")
    assert found.reasons == [
        None, "x is missing", "x is not a number", "x is not a number", "an entry of v is not a number",
    ]  # fmt: skip
    alone = read({"v": [[1, 2], [1], [None, 2], "ab", [3, "x"], None]}, "v")
    assert alone.reasons == [
        None, "v has 1 entry, not 2", "an entry of v is missing", "v is not a list", "an entry of v is not a number", "v is missing",
    ]  # fmt: skip


def test_lists_of_lists_of_lists() -> None:
    found = read({"A": [[[1, 2], [3, 4]], [[1, 2], [3]], [[1, 2]]]}, "A")
    assert found.values["A"][0] == [[1.0, 2.0], [3.0, 4.0]]
    assert found.reasons == [None, "a row of A has 1 entry, not 2", "A has 1 entry, not 2"]


def test_numbers_beyond_doubles_are_infinite() -> None:
    assert read({"x": [10**400, -(10**400), None]}, "x").values["x"][:2] == [math.inf, -math.inf]


def test_masked_cells_are_missing() -> None:
    found = read({"x": np.ma.array([1.0, 2.0], mask=[False, True])}, "x")
    assert (found.values["x"][0], found.reasons) == (1.0, [None, "x is missing"])


@pytest.mark.parametrize(("array", "kind"), [
    (np.array(["2024-01-01"], "M8[D]"), "datetime64"), (np.array([1], "m8[s]"), "duration"), (np.array([1j]), "complex"), (["a"], "text"), ([b"a"], "bytes"),
    ([dt.date(2024, 1, 1)], "date"), ([{"a": 1}], "dict"),
])  # fmt: skip
def test_a_column_of_something_else_is_an_error_when_it_is_used(array: Any, kind: str) -> None:
    assert read({"x": [1], "t": array}, "x").values["x"] == [1.0]
    with pytest.raises(InputError, match=f"column t holds .*{kind}.*, no numbers"):
        read({"t": array}, "t")


@pytest.mark.parametrize(("source", "said"), [
    ({"x": [1, 2], "y": [1]}, "column x of the table has 2 rows, y has 1"), ({"x": 3}, "column x of the table has no rows: it is int"),
    ({"x": "abc"}, "no rows: it is str"), ({1: [1]}, "a column of the table is called 1, expected a text"), ({}, "no column x"), (5, "a table is no int"),
    (None, "a table is no NoneType"), ([1, 2], "a table is no list"), (np.zeros(3), "a table is no ndarray"),
])  # fmt: skip
def test_what_is_no_table(source: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(source, "x")


def test_a_format_is_for_files() -> None:
    with pytest.raises(GradcliError, match="is for files, not for dict"):
        open_table({"x": [1]}, "csv")


def test_rows_in_the_middle() -> None:
    assert read({"x": np.arange(10)}, "x", size=3, skip=4).sizes == [3, 3]
    assert read({"x": np.arange(10)}, "x", skip=10).values["x"] == []


STRUCTURED = np.array([(1.0, [2, 3], "a"), (4.0, [5, 6], "b")], [("x", "<f4"), ("v", "<i8", 2), ("t", "U1")])


def test_a_structured_array() -> None:
    found = read(STRUCTURED, "v x", keep=True)
    assert found.values == {"v": [[2.0, 3.0], [5.0, 6.0]], "x": [1.0, 4.0]}
    assert found.kept[1] == {"x": 4.0, "v": [5, 6], "t": "b"}


def test_an_npy_file_is_mapped_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, STRUCTURED)
    assert read(path, "v x", keep=["t"]).values["v"] == [[2.0, 3.0], [5.0, 6.0]]
    np.save(path, STRUCTURED[:0])
    assert read(path, "v x").values == {"v": [], "x": []}


class Acts:
    def __reduce__(self) -> Any:
        return print, ("executed",)


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"x,y\n", "cut", "plain", "objects"])
def test_a_broken_npy_file_is_an_error_and_nothing_is_executed(
    data: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.npy"
    if data == "cut":
        np.save(path, STRUCTURED)
        path.write_bytes(path.read_bytes()[:-5])
    elif data == "plain":
        np.save(path, np.zeros((3, 2)))
    elif data == "objects":
        np.save(path, np.array([(Acts(),)], [("x", object)]), allow_pickle=True)
    else:
        path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.npy"):
        read(path, "x")
    assert "executed" not in capsys.readouterr().out


def test_arrays_need_no_pyarrow() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from gradcli.tables.reading import open_table\n"
        "t = open_table({'x': [1.0, 2.0]})\n"
        "print([b.values['x'].tolist() for b in t.batches(t.variables(['x']), keep=True)])\n"
        "from gradcli.base.errors import MissingError\n"
        "import io\n"
        "for known in ('csv', 'jsonl', 'arrow'):\n"
        "    try: open_table('-', known, io.BytesIO(b'x'))\n"
        "    except MissingError as error: print(int(error.code), error.hint)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["[[1.0, 2.0]]", *["7 pip install 'gradcli[table]'"] * 3]
