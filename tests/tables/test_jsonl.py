"""JSON lines: numbers and lists, lines that are none, a stream that answers before the next line is written."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables.read import Read, read, stream

from gradcli.base.errors import InputError
from gradcli.tables.readers import jsonl
from gradcli.tables.reading import open_table

inf, nan = math.inf, math.nan
FEW, MANY = 1, 2 * jsonl._FEW  # rows that are read one by one, and by pyarrow's parser


def lines(*rows: Any) -> bytes:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows).encode()


def json_read(data: bytes, names: str, **options: Any) -> Read:
    return read("-", names, named="jsonl", stdin=stream(data), **options)


@pytest.mark.parametrize("times", [FEW, MANY])
def test_numbers_lists_and_lists_of_lists(times: int) -> None:
    found = json_read(lines({"x": 1, "v": [1, 2.5], "A": [[1], [2]], "t": "a"}) * times, "A v x", keep=["t"])
    assert found.values == {"A": [[[1.0], [2.0]]] * times, "v": [[1.0, 2.5]] * times, "x": [1.0] * times}
    assert found.reasons == [None] * times
    assert found.kept == [{"t": "a"}] * times


@pytest.mark.parametrize(("cell", "value"), [
    ("1", 1.0), ("-0.5e2", -50.0), ("true", 1.0), ("false", 0.0), ("1e999", inf), ("-Infinity", -inf), ('"Infinity"', inf), ("1" * 500, inf),
    ("12345678901234567890", 12345678901234567168.0),
])  # fmt: skip
@pytest.mark.parametrize("times", [FEW, MANY])
def test_a_cell_that_is_a_number(cell: str, value: float, times: int) -> None:
    found = json_read(lines(*['{"x": 0}'] * times, f'{{"x": {cell}}}'), "x")
    assert (found.values["x"][-1], set(found.reasons)) == (value, {None})


@pytest.mark.parametrize(("line", "reason"), [
    ('{"x": null}', "x is missing"), ("{}", "x is missing"), ('{"x": "1"}', "x is not a number"), ('{"x": NaN}', "x is not a number"),
    ('{"x": "NaN"}', "x is not a number"), ('{"x": [1]}', "x is not a number"), ('{"x": {"y": 1}}', "x is not a number"), ('{"x": 1', "the line is not JSON"),
    ('{"x": 1} {"x": 2}', "the line is not JSON"), ("x", "the line is not JSON"), ("[1]", "the line is not a JSON object"), ("1", "the line is not a JSON object"),
    ('{"x": 01}', "the line is not JSON"), ("[" * 100_000, "the line is not JSON"), ("__import__('os')", "the line is not JSON"), ("\0", "the line is not JSON"),
])  # fmt: skip
@pytest.mark.parametrize("times", [FEW, MANY])
def test_a_line_without_a_number(line: str, reason: str, times: int) -> None:
    found = json_read(lines(*['{"x": 0}'] * times, line, '{"x": 5}'), "x")
    assert found.reasons == [*[None] * times, reason, None]
    assert found.values["x"][-1] == 5.0


def test_an_object_over_two_lines_is_two_lines_that_are_none() -> None:
    for times in (FEW, MANY):
        found = json_read(lines(*['{"x": 0}'] * times, '{"x":', "1}"), "x")
        assert found.reasons == [*[None] * times, "the line is not JSON", "the line is not JSON"]


@pytest.mark.parametrize("times", [FEW, MANY])
def test_lists_of_other_lengths(times: int) -> None:
    rows = ['{"v": [1, 2]}'] * times
    found = json_read(
        lines(*rows, '{"v": [1]}', '{"v": []}', '{"v": 1}', '{"v": [1, null]}', '{"v": [1, "a"]}', '{"v": [[1], 2]}'),
        "v",
    )
    assert found.reasons[times:] == [
        "v has 1 entry, not 2", "v has 0 entries, not 2", "v is not a list", "an entry of v is missing", "an entry of v is not a number", "an entry of v is not a number",
    ]  # fmt: skip


def test_the_length_is_that_of_the_first_row_with_entries(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines({"v": None}, {"v": []}, {"v": [1, 2]}))
    assert read(path, "v").reasons == ["v is missing", "v has 0 entries, not 2", None]
    path.write_bytes(lines({"v": []}) * (jsonl._LOOKED + 1) + lines({"v": [1, 2, 3]}))
    assert open_table(path).variables(["v"])[0].shape == (3,)


def test_a_stream_knows_its_first_line_alone_or_the_users_shape() -> None:
    data = lines({"v": None}, {"v": [1, 2]})
    assert json_read(data, "v").reasons == ["v is missing", "v is not a number"]
    assert json_read(data, "v", shapes={"v": (2,)}).reasons == ["v is missing", None]


def test_empty_lines_are_no_rows_and_the_last_needs_no_end() -> None:
    assert json_read(b'\xef\xbb\xbf\n{"x": 1}\r\n\n  \n{"x": 2}', "x").values["x"] == [1.0, 2.0]


def test_objects_are_an_error_as_a_variable() -> None:
    with pytest.raises(InputError, match="column x holds struct, no numbers"):
        json_read(lines({"x": {"y": 1}}), "x")


@pytest.mark.parametrize(("data", "said"), [
    (b"", "stdin is empty"), (b"\n\n", "stdin is empty"), (b"x,y\n1,2\n", "stdin does not begin with JSON objects"), (b'{"y": 1}\n', "stdin has no column x"),
])  # fmt: skip
def test_a_stream_that_begins_otherwise_is_an_error(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        json_read(data, "x")


def test_odd_keys_are_columns() -> None:
    for name in ("exp", "for", "int", "", "a.b", "é", "x\ny", "__class__"):
        assert read("-", [name], named="jsonl", stdin=stream(lines({name: 1}, {name: 2}) * MANY)).values[name][:2] == [
            1.0,
            2.0,
        ]


def test_entries_in_columns_of_their_own() -> None:
    assert json_read(lines({"x.0": 1, "x.1": 2}), "x").values == {"x": [[1.0, 2.0]]}


# -- what is kept


def test_kept_columns_are_of_the_kind_of_the_first_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"x": 1, "id": 2**60 + n, "t": "a", "o": {"p": [n]}, "b": True, "n": None} for n in range(MANY)]
    path.write_bytes(lines(*rows))
    assert read(path, "x", keep=True).kept == [{**row, "x": 1.0} for row in rows]


@pytest.mark.parametrize("times", [FEW, MANY])
def test_a_cell_that_cannot_be_kept_marks_its_row(times: int) -> None:
    found = json_read(
        lines(*[{"x": 1, "id": 7, "t": "a"}] * times, {"x": 2, "id": "k", "t": 5}, {"x": 3}), "x", keep=True
    )
    assert found.kept[-2:] == [{"x": 2.0, "id": None, "t": "5"}, {"x": 3.0, "id": None, "t": None}]
    assert found.reasons[-2:] == ["id is no double, as it is kept", None]


@pytest.mark.parametrize("times", [FEW, MANY])
def test_variables_are_kept_as_numbers(times: int) -> None:
    found = json_read(
        lines(*[{"x": 1, "v": [1, 2]}] * times, {"x": "a", "v": [1, "b"]}, {"x": "Infinity", "v": 3}), "x v", keep=True
    )
    assert found.kept[-2:] == [{"x": None, "v": [1.0, None]}, {"x": inf, "v": None}]
    assert found.reasons[-2:] == ["x is not a number", "v is not a list"]


CELLS = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(-(10**20), 10**20), st.text("a1", max_size=2), st.lists(st.integers(0, 3), max_size=2)
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional={"x": CELLS, "y": CELLS}), max_size=4))
def test_a_line_is_the_same_alone_and_among_many(rows: list[dict[str, Any]]) -> None:
    """pyarrow's parser and json read alike."""
    plain = lines({"x": 0, "y": 0})
    alone = [json_read(plain + lines(row), "x", keep=True) for row in rows]
    among = json_read(plain * MANY + lines(*rows), "x", keep=True)
    assert among.reasons[MANY:] == [found.reasons[1] for found in alone]
    assert repr(among.values["x"][MANY:]) == repr([found.values["x"][1] for found in alone])
    assert repr(among.kept[MANY:]) == repr([found.kept[1] for found in alone])


# -- a stream


def test_each_line_is_answered_before_the_next_is_written() -> None:
    """The writer waits for the answer: were a second line awaited first, this would not end."""
    there, back = os.pipe()
    with os.fdopen(there, "rb") as stdin, os.fdopen(back, "wb", buffering=0) as writer:
        writer.write(lines({"x": 1}))
        table = open_table("-", "jsonl", stdin)
        batches = table.batches(table.variables(["x"]))
        for number in range(1, 5):
            assert next(batches).values["x"].tolist() == [float(number)]
            writer.write(lines({"x": number + 1})[:4])  # half of a line is not answered
            writer.write(lines({"x": number + 1})[4:])
        writer.close()
        assert [batch.values["x"].tolist() for batch in batches] == [[5.0]]


def test_a_stream_is_read_once() -> None:
    table = open_table("-", "jsonl", stream(lines({"x": 1})))
    variables = table.variables(["x"])
    assert len(list(table.batches(variables))) == 1
    with pytest.raises(InputError, match="stdin can be read once only"):
        list(table.batches(variables))


def test_of_an_endless_stream_a_block_at_a_time_is_held() -> None:
    """The batches are handed on long before the stream ends, which it would never do."""

    class Endless:
        taken = 0

        def peek(self, size: int) -> bytes:
            return b"{"

        def read(self, size: int) -> bytes:
            line = lines({"x": 1, "rest": "y" * 90})
            data = line * (min(size, 1 << 16) // len(line) or 1)
            self.taken += len(data)
            return data

    source: Any = Endless()
    table = open_table("-", "jsonl", source)
    batches = table.batches(table.variables(["x"]))
    rows = 0
    for _ in range(50):
        rows += next(batches).rows
        assert source.taken <= rows * len(lines({"x": 1, "rest": "y" * 90})) + (1 << 17)


def test_a_line_that_is_none_among_very_many() -> None:
    rows = 5 * jsonl._AROUND
    data = lines(*({"x": n} if n != 1000 else "?" for n in range(rows)))
    found = json_read(data, "x", keep=True)
    assert [n for n, reason in enumerate(found.reasons) if reason] == [1000]
    assert found.values["x"][1001:] == [float(n) for n in range(1001, rows)]
    assert [row["x"] for row in found.kept[998:1003]] == [998.0, 999.0, None, 1001.0, 1002.0]


def test_lines_that_are_no_json_do_not_send_those_around_them_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyarrow reads the block without them, as it would were they empty objects; each is marked for what it is."""
    rows = [f'{{"x": {n}.5, "t": "a{n}"}}' for n in range(1_000)]
    broken = {7: "nope", 300: "[1]", 301: '{"x": ', 999: "3"}
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(broken.get(n, row) for n, row in enumerate(rows)))
    with monkeypatch.context() as patched:
        patched.setattr(jsonl.JsonLinesReader, "_parsed", lambda *_: None)
        slow = read(path, "x", keep=["t"])
    with monkeypatch.context() as patched:
        patched.delattr(jsonl.JsonLinesReader, "_one_by_one")
        found = read(path, "x", keep=["t"])
    assert repr(found[:3]) == repr(slow[:3])
    assert {n: reason for n, reason in enumerate(found.reasons) if reason} == {
        n: "the line is not a JSON object" if n in (300, 999) else "the line is not JSON" for n in broken
    }
    assert [row["t"] for row in found.kept] == [None if n in broken else f"a{n}" for n in range(1_000)]
