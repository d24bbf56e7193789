"""CSV and TSV: numbers, cells that are none, lines with too many cells, quotes, blocks, the middle of a file."""

from __future__ import annotations

import csv
import gzip
import io
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables.read import Read, read, stream

from gradcli.base.errors import InputError, LimitError
from gradcli.tables.readers import lines
from gradcli.tables.readers.lines import ends_of_records, first_record, whole_lines

inf = math.inf


def csv_read(data: bytes, names: str, **options: Any) -> Read:
    return read("-", names, named="csv", stdin=stream(data), **options)


def numbers(found: Read, name: str) -> list[float | None]:
    """nan as None, which compares."""
    return [None if math.isnan(value) else value for value in found.values[name]]


def test_numbers_behind_a_header() -> None:
    found = csv_read(b"x,y,name\n1,2.5,a\n-3e2,.5,b\n", "y x")
    assert found.values == {"y": [2.5, 0.5], "x": [1.0, -300.0]}
    assert found.reasons == [None, None]


@pytest.mark.parametrize(("cell", "value"), [
    ("1", 1.0), ("+1", 1.0), (" 7 ", 7.0), ("-0.5", -0.5), ("5.", 5.0), ("1e-3", 0.001), ('"2.5"', 2.5), ("inf", inf),
    ("-Infinity", -inf), ("1e999", inf), ("1e-999", 0.0), ("true", 1.0), ("False", 0.0), ("123456789012345678901", 123456789012345680000.0),
])  # fmt: skip
@pytest.mark.parametrize("other", ["0", "?"])  # a block that pyarrow takes, and one that it refuses
def test_a_cell_that_is_a_number(cell: str, value: float, other: str) -> None:
    found = csv_read(f"x,y\n{cell},0\n{other},0\n".encode(), "x")
    assert (found.values["x"][0], found.reasons[0]) == (value, None)


@pytest.mark.parametrize(("cell", "reason"), [
    ("", "x is missing"), ("NA", "x is missing"), ("null", "x is missing"), ('""', "x is missing"), ("nan", "x is not a number"),
    ("NaN", "x is not a number"), ("one", "x is not a number"), ('"1,000"', "x is not a number"), ("1_000", "x is not a number"),
    ("0x10", "x is not a number"), ("2024-01-01", "x is not a number"), ("1 2", "x is not a number"), ("=1+1", "x is not a number"),
    ("__import__('os')", "x is not a number"), ("١", "x is not a number"), ("1\0", "x is not a number"),
])  # fmt: skip
@pytest.mark.parametrize("other", ["0", "?"])
def test_a_cell_that_is_none(cell: str, reason: str, other: str) -> None:
    found = csv_read(f"x,y\n{cell},1\n{other},2\n3,4\n".encode(), "x y")
    assert found.reasons == [reason, None if other == "0" else "x is not a number", None]
    assert numbers(found, "x") == [None, 0.0 if other == "0" else None, 3.0]
    assert found.values["y"] == [1.0, 2.0, 4.0]


def test_lines_of_another_length_are_marked_and_the_others_stay() -> None:
    found = csv_read(b"x,y\n1,2\n3\n4,5,6\n7,8\n", "x y")
    assert found.reasons == [None, "the line has 1 cell, not 2", "the line has 3 cells, not 2", None]
    assert found.values["x"][0::3] == [1.0, 7.0]


def test_empty_lines_are_no_rows() -> None:
    for bad in (b"", b"?,1\n"):
        assert csv_read(b"x,y\n\n1,2\n\r\n3,4\n\n" + bad, "x").values["x"][:2] == [1.0, 3.0]


class Drops(io.BytesIO):
    """A stream that has so many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def peek(self, _size: int = 0) -> bytes:
        return self.getvalue()[self.tell() :]

    def read1(self, size: int | None = -1) -> bytes:
        return self.read(self._size)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("other", ["3", "?", "3,4"])  # blocks that pyarrow takes, takes as texts, and refuses
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_an_empty_line_of_one_column_is_a_row_without_a_value(end: str, other: str, size: int) -> None:
    data = end.join(["x", "", "1", "", "", other, ""]).encode()
    found = read("-", "x", named="csv", stdin=Drops(data, size))
    assert numbers(found, "x")[:4] == [None, 1.0, None, None]
    assert found.reasons[:4] == ["x is missing", None, "x is missing", "x is missing"]
    assert len(found.reasons) == 5


@pytest.mark.parametrize(("data", "rows"), [
    (b"x\n1\n", 1), (b"x\n1\n\n", 1), (b"x\r\n1\r\n\r\n", 1), (b"x\r1\r\r", 1), (b"x\n1\n\n\n", 2), (b"x\n\n", 0), (b"x\n\n\n", 1),
    (b'x\n1\n""\n', 2), (b'x\n1\n""', 2), (b"x\n1\n\n2", 3), (b"x\n?\n\n", 1), (b"x", 0),
])  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_one_empty_line_at_the_end_of_a_column_is_no_row(data: bytes, rows: int, size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert len(read("-", "x", named="csv", stdin=Drops(data, size)).reasons) == rows
    assert len(read(path, "x").reasons) == rows
    assert len(read(path, "x", skip=1).reasons) == max(rows - 1, 0)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["1", "", '""', "?", "1,2", "x\xe9"])),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(1, 20),
)
def test_no_row_of_one_column_is_lost(cells: list[str], end: str, size: int) -> None:
    data = "".join(f"{cell}{end}" for cell in ["x", *cells]).encode("latin-1")
    found = read("-", "x", named="csv", stdin=Drops(data, size))
    assert len(found.reasons) == len(cells) - (cells[-1:] == [""])
    assert [row for row, reason in enumerate(found.reasons) if reason is None] == [
        row for row, cell in enumerate(cells) if cell == "1"
    ]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_line_end_of_two_bytes_that_come_apart_is_one(size: int) -> None:
    assert read("-", "x", named="csv", stdin=Drops(b"x\r\n1\r\n2\r\n", size)).values["x"] == [1.0, 2.0]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_each_system(end: str) -> None:
    for rows in ("1,2", "1,2{}?,4"):
        data = "x,y{}" + rows + "{}"
        assert csv_read(data.replace("{}", end).encode(), "x").values["x"][0] == 1.0


def test_a_quoted_cell_holds_commas_line_ends_and_quotes() -> None:
    found = csv_read(b'x,t\n1,"a,b"\n2,"c\nd ""e"" "\n3,f\n', "x", keep=["t"])
    assert found.values["x"] == [1.0, 2.0, 3.0]
    assert [row["t"] for row in found.kept] == ["a,b", 'c\nd "e" ', "f"]


def test_a_quote_within_a_cell_is_a_quote() -> None:
    found = csv_read(b'x,t\n1,5" pipe\n2,"7"" pipe"\n3,c\n', "x", keep=["t"])
    assert [row["t"] for row in found.kept] == ['5" pipe', '7" pipe', "c"]


def test_a_quote_that_is_not_closed_takes_the_rest() -> None:
    found = csv_read(b'x,y\n1,2\n3,"4\n5,6\n', "x y")
    assert found.reasons == [None, "y is not a number"]


def test_kept_columns_stand_as_they_stood_and_variables_are_numbers() -> None:
    for bad in (b"", b"?,007,z\n"):
        found = csv_read(b"x,id,t\n1,007,NA\n,008,\n" + bad, "x", keep=True)
        assert found.kept[:2] == [{"x": 1.0, "id": "007", "t": "NA"}, {"x": None, "id": "008", "t": ""}]
        assert found.kept[2:] == ([{"x": None, "id": "007", "t": "z"}] if bad else [])


def test_tabs_separate_in_tsv() -> None:
    found = read("-", "x y", named="tsv", stdin=stream(b"x\ty\tt\n1\t2\ta,b\n"), keep=["t"])
    assert (found.values, found.kept) == ({"x": [1.0], "y": [2.0]}, [{"t": "a,b"}])


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert csv_read(b"\xef\xbb\xbfx,y\n1,2\n", "x").values["x"] == [1.0]


def test_bytes_that_are_no_utf_8_stop_nothing() -> None:
    found = csv_read(b"x,t\n1,caf\xe9\n\xff,b\n", "x", keep=["t"])
    assert found.reasons == [None, "x is not a number"]
    assert found.kept[0]["t"] == "caf\ufffd"


def test_a_header_alone_has_no_rows() -> None:
    assert csv_read(b"x,y\n", "x y").values == {"x": [], "y": []}
    assert csv_read(b"x,y", "x y").values == {"x": [], "y": []}


@pytest.mark.parametrize(("data", "said"), [
    (b"", "is empty"), (b"\n1,2\n", "is empty"), (b"\xff\xfex\0", "UTF-16"), (b"caf\xe9,x\n1,2\n", "first line .* not UTF-8: byte 3"),
    (b"1,2\n3,4\n", "no column x"),
])  # fmt: skip
def test_a_file_without_a_header_is_an_error(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        csv_read(data, "x")


def test_a_file_is_gone_through_again_and_from_its_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n" + "".join(f"{n}\n" for n in range(100)))
    assert read(path, "x", size=7).values["x"] == [float(n) for n in range(100)]
    found = read(path, "x", size=7, skip=30)
    assert found.values["x"] == [float(n) for n in range(30, 100)]


def test_a_packed_file_is_read_like_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"x,y\n1,2\n"))
    assert read(path, "y").values["y"] == [2.0]
    path.write_bytes(gzip.compress(b"x,y\n1,2\n")[:-9])
    with pytest.raises(InputError, match=r"cannot read .*a\.csv\.gz"):
        read(path, "y")


def test_of_ten_thousand_columns_the_used_are_made() -> None:
    names = ",".join(f"c{n}" for n in range(10_000))
    row = ",".join(str(n) for n in range(10_000))
    assert csv_read(f"{names}\n{row}\n".encode(), "c9999 c3").values == {"c9999": [9999.0], "c3": [3.0]}


def test_a_line_without_end_is_a_limit_and_not_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 1000)
    with pytest.raises(LimitError, match="more than 1000 bytes"):
        list(whole_lines(stream(b"x" * 5000), "a", ends_of_records(b","), 100))


# -- blocks

CELLS = st.text(st.sampled_from('ab",\n\r 1'), max_size=5)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=8), block=st.integers(1, 30))
def test_blocks_hold_whole_records_and_lose_nothing(rows: list[tuple[str, str]], block: int) -> None:
    """What csv writes, it reads again out of the blocks, one after the other."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    data = out.getvalue().encode()
    blocks = list(whole_lines(io.BytesIO(data), "a", ends_of_records(b","), block))
    assert b"".join(blocks) == data
    again = [tuple(row) for part in blocks for row in csv.reader(io.StringIO(part.decode(), newline="")) if row]
    assert again == rows


@settings(deadline=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=4))
def test_the_first_record_ends_behind_its_last_cell(cells: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    data = out.getvalue().encode()
    assert first_record(data + b"1,2\n", b",") == len(data)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["1", "", "x", "nan", "-2e3", " 4", '"5"', "inf", "1,2", "+0", "TRUE", '"a""b"', "NA"]), max_size=12), st.integers(1, 40))  # fmt: skip
def test_a_row_is_the_same_in_whatever_block_it_stands(cells: list[str], block: int) -> None:
    """pyarrow's parser and ours divide and read alike: each row alone, and all in one."""
    together = csv_read(b"x,y\n" + "".join(f"{cell},0\n" for cell in cells).encode(), "x")
    alone = [csv_read(f"x,y\n{cell},0\n".encode(), "x") for cell in cells]
    assert together.reasons == [found.reasons[0] for found in alone]
    assert numbers(together, "x") == [numbers(found, "x")[0] for found in alone]
