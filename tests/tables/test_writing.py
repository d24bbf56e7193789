"""Every format, written and read back by others."""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import select
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
from tables.answers import AWKWARD, LAYOUT, answer, random_answers, rows_of, same

from gradcli.base.errors import InputError, OutputError, UsageError
from gradcli.tables.formats import TableFormat
from gradcli.tables.layout import Column, Layout
from gradcli.tables.memory import MemorySink
from gradcli.tables.outputs import to_file, to_stream
from gradcli.tables.rows import Answer, Marks
from gradcli.tables.state import Origin
from gradcli.tables.writers import columnar

QUESTION = Origin("grad x**2")
TEXTS = (TableFormat.CSV, TableFormat.TSV)
ARRAYS = (TableFormat.NPY, TableFormat.NPZ)
every_format = pytest.mark.parametrize("format_", TableFormat)


def written(out: Path, format_: TableFormat, answers: list[Answer], layout: Layout = LAYOUT) -> Path:
    with to_file(out, format_, layout, QUESTION) as sink:
        for one in answers:
            sink.write(one)
    assert sorted(out.parent.iterdir()) == [out]
    return out


def cells(row: dict[str, Any], format_: TableFormat) -> tuple[Any, Any]:
    """The value and the vector of a row, as numbers."""
    if format_ in TEXTS:
        return float(row["value"]), [float(row["d_x.0"]), float(row["d_x.1"])]
    return row["value"], row["d_x"]


@every_format
def test_numbers_read_back_equal(format_: TableFormat, tmp_path: Path) -> None:
    found = rows_of(written(tmp_path / f"out.{format_}", format_, [answer(0, AWKWARD)]), format_)
    assert len(found) == len(AWKWARD)
    for row, value in zip(found, AWKWARD.tolist(), strict=True):
        lost = format_ is TableFormat.JSONL and not math.isfinite(value)
        assert same(list(cells(row, format_)), [None, [None, None]] if lost else [value, [value, -value]])


def test_the_comparison_sees_what_it_is_for() -> None:
    assert not same(0.0, -0.0)
    assert not same([0.1, 1.0], [math.nextafter(0.1, 1), 1.0])
    assert not same(math.nan, None)
    assert same([math.nan, 2], [math.nan, 2.0])


@every_format
def test_a_row_that_fails_says_why_and_is_empty_where_it_was_not_read(format_: TableFormat, tmp_path: Path) -> None:
    out = written(tmp_path / f"out.{format_}", format_, [answer(0, [1.0, math.nan, math.inf], [0, 1, 2])])
    fine, unread, infinite = rows_of(out, format_)
    if format_ in ARRAYS:
        assert [row["error"] for row in (fine, unread, infinite)] == [0, 1, 2]
        assert same(list(cells(unread, format_)), [math.nan, [math.nan, math.nan]])
    elif format_ in TEXTS:
        assert [row["error"] for row in (fine, unread, infinite)] == ["", "x is missing", "value is not finite"]
        assert [unread["value"], unread["d_x.0"], infinite["value"], infinite["d_x.1"]] == ["", "", "inf", "-inf"]
    else:
        assert [row.get("error") for row in (fine, unread, infinite)] == [None, "x is missing", "value is not finite"]
        assert (unread["value"], unread["d_x"]) == (None, None)
        assert ("error" in fine) == (format_ is not TableFormat.JSONL)


def test_reasons_are_numbered_over_all_batches(tmp_path: Path) -> None:
    """Each batch has numbers of its own: the file has one for each reason."""
    one = answer(0, [1.0], [2])
    two = Answer(1, 1, one.columns, Marks(np.array([1], np.int16), ("x is a text",)), unread=1)
    three = answer(2, [1.0, 1.0], [1, 2])
    with np.load(written(tmp_path / "out.npz", TableFormat.NPZ, [one, two, three])) as found:
        assert found["reasons"].tolist() == ["value is not finite", "x is a text", "x is missing"]
        assert found["error"].tolist() == [1, 2, 3, 1]


@every_format
def test_no_rows_are_a_file_with_columns(format_: TableFormat, tmp_path: Path) -> None:
    out = written(tmp_path / f"out.{format_}", format_, [])
    assert rows_of(out, format_) == []
    if format_ is TableFormat.CSV:
        assert out.read_text() == "value,d_x.0,d_x.1,error\n"
    if format_ is TableFormat.PARQUET:
        assert pa.parquet.read_schema(out).names == ["value", "d_x", "error"]


@every_format
def test_how_the_rows_come_does_not_matter(
    format_: TableFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "GROUP_ROWS", 16)
    files = [
        written(tmp_path / name / f"out.{format_}", format_, random_answers(100, each)).read_bytes()
        for name, each in (("small", 7), ("large", 64))
        if not (tmp_path / name).mkdir()
    ]
    assert files[0] == files[1]


def test_groups_of_rows_are_of_one_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "GROUP_ROWS", 16)
    file = pa.parquet.ParquetFile(written(tmp_path / "out.parquet", TableFormat.PARQUET, random_answers(40, 9)))
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [16, 16, 8]
    assert {"PLAIN", "RLE"} == set(file.metadata.row_group(0).column(0).encodings)


# -- columns

KEPT = pa.record_batch({
    "id": pa.array([1, None, 3], pa.int64()),
    "name": pa.array(['a "b"', "", None], pa.string()),
    "x,y": pa.array(["1,2", "tab\there", "line\nhere"], pa.string()),
    "day": pa.array([0, 1, None], pa.date32()),
    "kind": pa.array(["u", None, "u"], pa.string()).dictionary_encode(),
    "fine": pa.array([True, False, None], pa.bool_()),
    "list": pa.array([[1.5, None], [], None], pa.list_(pa.float64())),
    "half": pa.array(np.array([0.1, 2.0, math.nan], np.float32)),
})  # fmt: skip


def kept_layout(kept: Any) -> Layout:
    return Layout(LAYOUT.columns, kept)


@pytest.mark.parametrize("format_", [TableFormat.PARQUET, TableFormat.ARROW])
def test_kept_columns_stay_as_they_are(format_: TableFormat, tmp_path: Path) -> None:
    out = written(tmp_path / f"out.{format_}", format_, [answer(0, [1, 2, 3], kept=KEPT)], kept_layout(KEPT.schema))
    read = pa.parquet.read_table if format_ is TableFormat.PARQUET else pa.feather.read_table
    found = read(out)
    assert found.schema.names == [*KEPT.schema.names, "value", "d_x", "error"]
    assert same(found.select(KEPT.schema.names).to_pylist()[0]["half"], KEPT.to_pylist()[0]["half"])
    assert found.select(KEPT.schema.names[:-1]).to_pylist() == KEPT.select(KEPT.schema.names[:-1]).to_pylist()


def test_batches_may_have_dictionaries_of_their_own(tmp_path: Path) -> None:
    first, second = (
        pa.record_batch({"kind": pa.array(words).dictionary_encode()}) for words in (["a", "b"], ["c", "b"])
    )
    for format_ in (TableFormat.PARQUET, TableFormat.ARROW, TableFormat.CSV):
        (tmp_path / format_).mkdir()
        answers = [answer(0, [1, 2], kept=first), answer(2, [3, 4], kept=second)]
        out = written(tmp_path / format_ / f"out.{format_}", format_, answers, kept_layout(first.schema))
        assert [row["kind"] for row in rows_of(out, format_)] == ["a", "b", "c", "b"]


KINDS = [
    pa.array([1, None], pa.uint32()), pa.array([1, 2], pa.int8()), pa.array([1.5, None], pa.float16()),
    pa.array([1, None], pa.timestamp("s")), pa.array([1, 2], pa.timestamp("ns", "Europe/Berlin")),
    pa.array([1, None], pa.time32("s")), pa.array([1, 2], pa.date64()), pa.array([1, 2], pa.duration("ms")),
    pa.array([None, None], pa.null()), pa.array([1, None], pa.decimal128(9, 2)), pa.array([b"a", b"\xff"], pa.binary()),
    pa.array(["a", None], pa.large_string()), pa.array([b"ab", None], pa.binary(2)), pa.array(["a", None], pa.string_view()),
    pa.array([[1, 2], None], pa.list_(pa.int8(), 2)), pa.array([["a"], None], pa.large_list(pa.string())),
    pa.array([{"a": 1, "b": [1.5]}, None]), pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda cells: str(cells.type))
@pytest.mark.parametrize("format_", [format_ for format_ in TableFormat if format_ not in ARRAYS])
def test_kept_columns_of_every_type_go_through_parts(
    format_: TableFormat, kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "GROUP_ROWS", 1)
    monkeypatch.setattr(columnar, "PART_GROUPS", 1)
    kept = pa.record_batch({"kept": kind})
    answers = [answer(0, [1, 2], kept=kept), answer(2, [3, 4], kept=kept)]
    found = rows_of(written(tmp_path / f"out.{format_}", format_, answers, kept_layout(kept.schema)), format_)
    assert len(found) == 4
    if format_ in (TableFormat.PARQUET, TableFormat.ARROW):
        read = pa.parquet.read_table if format_ is TableFormat.PARQUET else pa.feather.read_table
        assert read(tmp_path / f"out.{format_}").column("kept").cast(kind.type).to_pylist() == kind.to_pylist() * 2


def test_a_type_that_parquet_lacks_is_refused(tmp_path: Path) -> None:
    schema = pa.schema([("span", pa.month_day_nano_interval())])
    with pytest.raises(UsageError, match=r"parquet has no type month_day_nano_interval, which column 'span' has"):
        to_file(tmp_path / "out.parquet", TableFormat.PARQUET, kept_layout(schema), QUESTION)


@pytest.mark.parametrize("format_", TEXTS)
def test_kept_cells_are_quoted_where_they_need_it(format_: TableFormat, tmp_path: Path) -> None:
    layout = kept_layout(KEPT.schema)
    found = rows_of(written(tmp_path / f"out.{format_}", format_, [answer(0, [1, 2, 3], kept=KEPT)], layout), format_)
    assert [row["id"] for row in found] == ["1", "", "3"]
    assert [row["name"] for row in found] == ['a "b"', "", ""]
    assert [row["x,y"] for row in found] == ["1,2", "tab\there", "line\nhere"]
    assert [row["day"] for row in found] == ["1970-01-01", "1970-01-02", ""]
    assert [row["kind"] for row in found] == ["u", "", "u"]
    assert [row["fine"] for row in found] == ["true", "false", ""]
    assert [row["list"] for row in found] == ["[1.5, null]", "[]", ""]
    assert [row["half"] for row in found] == ["0.1", "2", "nan"]


def test_kept_cells_are_json_in_jsonl(tmp_path: Path) -> None:
    layout = kept_layout(KEPT.schema)
    out = written(tmp_path / "out.jsonl", TableFormat.JSONL, [answer(0, [1, 2, 3], kept=KEPT)], layout)
    first, second, third = rows_of(out, TableFormat.JSONL)
    assert list(first) == [*KEPT.schema.names, "value", "d_x"]
    assert (first["id"], first["name"], first["list"], first["half"]) == (1, 'a "b"', [1.5, None], 0.1)
    assert (second["id"], second["name"], second["list"], second["fine"]) == (None, "", [], False)
    assert (third["name"], third["x,y"], third["list"], third["half"]) == (None, "line\nhere", None, None)


@pytest.mark.parametrize("format_", ARRAYS)
def test_arrays_keep_numbers_and_refuse_texts(format_: TableFormat, tmp_path: Path) -> None:
    numbers = pa.record_batch({"id": [7, 8], "fine": [True, False]})
    layout = kept_layout(numbers.schema)
    found = rows_of(written(tmp_path / f"out.{format_}", format_, [answer(0, [1, 2], kept=numbers)], layout), format_)
    assert [(row["id"], row["fine"]) for row in found] == [(7, True), (8, False)]
    with pytest.raises(UsageError, match=f"{format_} holds numbers alone, and column 'name' is kept"):
        to_file(tmp_path / f"more.{format_}", format_, kept_layout(KEPT.select(["name"]).schema), QUESTION)


@pytest.mark.parametrize("format_", ARRAYS)
def test_arrays_have_no_word_for_a_missing_whole_number(format_: TableFormat, tmp_path: Path) -> None:
    kept = KEPT.select(["id"])
    with (
        pytest.raises(InputError, match="column 'id' is kept and has a row without a value"),
        to_file(tmp_path / f"out.{format_}", format_, kept_layout(kept.schema), QUESTION) as sink,
    ):
        sink.write(answer(0, [1, 2, 3], kept=kept))


@pytest.mark.parametrize("format_", TableFormat)
@pytest.mark.parametrize("dtype", [">f8", "f2", "g", ">i4", "?", "U3", "M8[ns]", "M8[D]", "M8[h]", "m8[D]"])
def test_kept_arrays_of_every_dtype(format_: TableFormat, dtype: str, tmp_path: Path) -> None:
    kept = {"kept": np.array([0, 1]).astype(dtype)}
    layout = kept_layout({"kept": kept["kept"].dtype})
    out = written(tmp_path / f"out.{format_}", format_, [answer(0, [1, 2], kept=kept)], layout)
    if format_ in ARRAYS:
        assert np.load(out)["kept"].tolist() == kept["kept"].tolist()
    else:
        first, second = (row["kept"] for row in rows_of(out, format_))
        assert first != second
        if dtype in (">f8", "f2", "g", ">i4"):
            assert (float(first), float(second)) == (0, 1)


@pytest.mark.parametrize("format_", [TableFormat.CSV, TableFormat.PARQUET, TableFormat.NPZ])
def test_kept_arrays_need_no_pyarrow(format_: TableFormat, tmp_path: Path) -> None:
    kept = {"id": np.array([7, 8])}
    layout = kept_layout({"id": kept["id"].dtype})
    found = rows_of(written(tmp_path / f"out.{format_}", format_, [answer(0, [1, 2], kept=kept)], layout), format_)
    assert [int(row["id"]) for row in found] == [7, 8]


@every_format
def test_matrices_and_entries_in_columns_of_their_own(format_: TableFormat, tmp_path: Path) -> None:
    layout = Layout((Column("m", (2, 2)), Column("v", (2,), split=True)))
    columns = {"m": np.arange(8.0).reshape(2, 2, 2), "v": np.arange(4.0).reshape(2, 2)}
    marks = Marks(np.array([0, 1], np.int16), ("x is missing",))
    out = written(tmp_path / f"out.{format_}", format_, [Answer(0, 2, columns, marks, unread=1)], layout)
    found = rows_of(out, format_)
    assert float(found[0]["v.1"]) == 1.0
    if format_ in TEXTS:
        assert [float(found[0][f"m.{i}.{j}"]) for i in range(2) for j in range(2)] == [0, 1, 2, 3]
    else:
        assert found[0]["m"] == [[0.0, 1.0], [2.0, 3.0]]
        assert same(found[1]["m"], [[math.nan, math.nan]] * 2 if format_ in ARRAYS else None)


@pytest.mark.parametrize(("layout", "format_", "name"), [
    (kept_layout(pa.schema([("value", pa.float64())])), TableFormat.PARQUET, "value"),
    (kept_layout(pa.schema([("error", pa.string())])), TableFormat.JSONL, "error"),
    (kept_layout(pa.schema([("d_x.1", pa.float64())])), TableFormat.CSV, "d_x.1"),
    (kept_layout({"reasons": np.dtype(float)}), TableFormat.NPZ, "reasons"),
    (kept_layout(pa.schema([("a", pa.float64()), ("a", pa.float64())])), TableFormat.ARROW, "a"),
])  # fmt: skip
def test_two_columns_of_one_name_are_refused_before_there_is_a_file(
    layout: Layout, format_: TableFormat, name: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=f"two columns '{name}'") as caught:
        to_file(tmp_path / "out", format_, layout, QUESTION)
    assert "--keep" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []


NAMES = [
    "a/b",
    "../../etc/x",
    "",
    "日本",
    "two\nlines",
    'a "quoted" one',
    "a,b",
    "a\tb",
    "__class__",
    "x" * 5000,
    "{",
    "\\u0041",
]


@every_format
def test_names_are_but_names(format_: TableFormat, tmp_path: Path) -> None:
    columns = {name: np.array([float(at)]) for at, name in enumerate(NAMES)}
    layout = Layout(tuple(map(Column, NAMES)))
    out = written(tmp_path / f"out.{format_}", format_, [Answer(0, 1, columns, Marks(np.zeros(1, np.int16)))], layout)
    (row,) = rows_of(out, format_)
    if format_ is TableFormat.NPY:  # which calls a field without a name f and its number
        row[""] = row.pop("f2")
    assert {name: float(row[name]) for name in NAMES} == {name: at for at, name in enumerate(NAMES)}


@every_format
def test_a_name_that_is_no_text_is_refused(format_: TableFormat, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"column '\\ud800' cannot be written: its name is no text"):
        to_file(tmp_path / "out", format_, Layout((Column("\ud800"),)), QUESTION)


def test_lines_in_gzip(tmp_path: Path) -> None:
    out = written(tmp_path / "out.csv.gz", TableFormat.CSV, random_answers(50, 7))
    plain = (
        written(tmp_path / "plain" / "out.csv", TableFormat.CSV, random_answers(50, 7))
        if not (tmp_path / "plain").mkdir()
        else out
    )
    assert gzip.decompress(out.read_bytes()) == plain.read_bytes()


# -- memory


@pytest.mark.parametrize("rows", [None, 20])
def test_memory_gives_arrays_and_marks(rows: int | None) -> None:
    sink = MemorySink(LAYOUT, rows)
    for one in random_answers(20, 6):
        sink.write(one)
    sink.close()
    whole = random_answers(20, 20)[0]
    assert {name: values.tolist() for name, values in sink.columns.items()} == {
        name: values.tolist() for name, values in whole.columns.items()
    }
    assert sink.marks.reasons == ("x is missing", "value is not finite")
    assert sink.marks.codes.tolist() == whole.marks.codes.tolist()
    assert sink.failures == {"x is missing": 3, "value is not finite": 2}


def test_memory_copies_nothing_that_is_computed_at_its_place() -> None:
    sink = MemorySink(LAYOUT, 10)
    for first in (0, 5):
        room = sink.room(first, 5)
        for values in room.values():
            values[...] = first
        sink.write(Answer(first, 5, room, Marks(np.zeros(5, np.int16))))
    sink.close()
    assert sink.columns["value"].tolist() == [0.0] * 5 + [5.0] * 5
    assert np.shares_memory(sink.columns["value"], room["value"])


# -- streams


def test_an_answer_leaves_before_the_next_one_is_asked_for() -> None:
    read, write = os.pipe()
    with (
        os.fdopen(read, "rb", buffering=0) as lines,
        to_stream(os.fdopen(write, "wb"), TableFormat.JSONL, LAYOUT) as sink,
    ):
        for first in range(3):
            sink.write(answer(first, [float(first)]))
            assert select.select([lines], [], [], 60)[0]
            assert json.loads(lines.readline())["value"] == first


@pytest.mark.parametrize("format_", [TableFormat.JSONL, TableFormat.ARROW, TableFormat.PARQUET])
def test_a_pipe_that_is_closed_is_an_error_of_the_output(format_: TableFormat) -> None:
    read, write = os.pipe()

    def endless() -> None:
        with to_stream(os.fdopen(write, "wb"), format_, LAYOUT) as sink:
            os.close(read)
            for first in range(0, 10**6, 100):
                sink.write(answer(first, np.ones(100)))

    with pytest.raises(OutputError, match="cannot write the output: Broken pipe"):
        endless()


@pytest.mark.parametrize("format_", [TableFormat.CSV, TableFormat.TSV, TableFormat.JSONL])
def test_a_stream_of_text_is_the_file(format_: TableFormat, tmp_path: Path) -> None:
    stream = io.BytesIO()
    sink = to_stream(stream, format_, LAYOUT)
    for one in random_answers(30, 4):
        sink.write(one)
    sink.close()
    assert stream.getvalue() == written(tmp_path / "out", format_, random_answers(30, 4)).read_bytes()


def test_streams_of_pyarrow() -> None:
    for format_, read in ((TableFormat.ARROW, pa.ipc.open_stream), (TableFormat.PARQUET, pa.parquet.ParquetFile)):
        stream = io.BytesIO()
        sink = to_stream(stream, format_, LAYOUT)
        for one in random_answers(30, 4):
            sink.write(one)
        sink.close()
        opened = read(io.BytesIO(stream.getvalue()))
        table = opened.read_all() if format_ is TableFormat.ARROW else opened.read()
        assert table.column("value").to_pylist()[:2] == random_answers(30, 4)[0].columns["value"].tolist()[:2]


@pytest.mark.parametrize("format_", ARRAYS)
def test_arrays_are_no_stream(format_: TableFormat) -> None:
    with pytest.raises(UsageError, match=f"{format_} counts its rows"):
        to_stream(io.BytesIO(), format_, LAYOUT)


@pytest.mark.parametrize("format_", [TableFormat.JSONL, TableFormat.CSV, TableFormat.ARROW, TableFormat.PARQUET])
def test_a_full_device_is_an_error(format_: TableFormat) -> None:
    def fill(full: BinaryIO) -> None:
        with to_stream(full, format_, LAYOUT) as sink:
            for one in random_answers(30, 4):
                sink.write(one)

    with Path("/dev/full").open("wb") as full, pytest.raises(OutputError, match="No space left on device"):
        fill(full)


def test_devices_take_streams() -> None:
    sink = to_file(Path("/dev/null"), TableFormat.PARQUET, LAYOUT, QUESTION)
    sink.write(answer(0, [1.0]))
    sink.close()
    assert not Path("/dev/null.parts").exists()
