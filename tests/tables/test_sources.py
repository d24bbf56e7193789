"""Where rows come from: files, pipes, stdin; formats told by the first bytes; memory that does not grow."""

from __future__ import annotations

import gzip
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from tables.read import read, stream

from gradcli.base.errors import InputError, UsageError
from gradcli.tables.formats import TableFormat
from gradcli.tables.readers.lines import BLOCK
from gradcli.tables.reading import open_table


@pytest.mark.parametrize(("data", "known"), [
    (b"x,y\n1,2\n", "csv"), (b"x\ty\n1\t2\n", "tsv"), (b'{"x": 1, "y": 2}\n', "jsonl"), (gzip.compress(b"x,y\n1,2\n", mtime=0), "csv"),
])  # fmt: skip
def test_a_stream_without_a_name_is_told_by_its_first_bytes(data: bytes, known: str) -> None:
    table = open_table("-", None, stream(data))
    assert table.format == known
    assert [batch.values["x"].tolist() for batch in table.batches(table.variables(["x"]))] == [[1.0]]


@pytest.mark.parametrize(("make", "said"), [
    (lambda path: None, "cannot read .*a.csv: no such file or directory"), (lambda path: path.mkdir(), "a.csv is a directory without Parquet files"),
    (lambda path: path.symlink_to(path), "cannot read .*a.csv"), (lambda path: path.write_bytes(b""), "a.csv is empty"),
])  # fmt: skip
def test_what_is_no_file_of_rows_is_an_error_with_its_name(tmp_path: Path, make: Any, said: str) -> None:
    path = tmp_path / "a.csv"
    make(path)
    with pytest.raises(InputError, match=said):
        read(path, "x")


@pytest.mark.parametrize("name", ["", "a\0.csv", "a" * 5000 + ".csv", "a\x1b[2J.csv"])
def test_odd_names_are_errors_on_one_line(name: str) -> None:
    with pytest.raises(InputError, match="cannot read") as caught:
        open_table(name)
    assert len(caught.value.message) < 300
    assert "\x1b" not in caught.value.message


def test_stdin_that_is_closed_is_an_error() -> None:
    with pytest.raises(InputError, match="stdin is closed"):
        open_table("-", "csv", None)


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(UsageError, match="--input-format has no format 'xls'"):
        open_table("-", "xls", stream(b""))


@pytest.mark.parametrize("known", [known for known in TableFormat if not known.facts.streams])
def test_formats_that_need_a_file_refuse_a_stream(known: TableFormat) -> None:
    with pytest.raises(InputError, match=f"stdin is a stream, and {known} is no format for streams"):
        open_table("-", known, stream(known.facts.begins[0]))


@pytest.mark.parametrize(("name", "data", "about"), [
    ("a.csv", b"x\n" + b"1\n" * 9, 10), ("a.tsv", b"x\ty\r" + b"1\t2\r" * 9, 10), ("a.jsonl", b'{"x": 1}\n' * 7, 7),
    ("a.csv", b"x\n" + b"123\n" * 2**19, 2**19), ("a.csv", b"x\n1", 1),
    ("a.csv.gz", gzip.compress(b"x\n" + b"1\n" * 9, mtime=0), None), ("a.csv", gzip.compress(b"x\n" + b"1\n" * 9, mtime=0), None),
])  # fmt: skip
def test_a_file_of_text_has_as_many_rows_as_its_size_and_first_lines_tell(
    tmp_path: Path, name: str, data: bytes, about: int | None
) -> None:
    """Of the larger one only the first half is looked at."""
    path = tmp_path / name
    path.write_bytes(data)
    assert open_table(path).about == about
    assert open_table("-", str(TableFormat.of_file(path)), stream(data)).about is None


def test_a_named_pipe_is_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"x,y\n1,2\n3,4\n"))
    writer.start()
    assert read(path, "y").values["y"] == [2.0, 4.0]
    writer.join()


def test_lines_of_a_csv_pipe_are_answered_as_they_come() -> None:
    there, back = os.pipe()
    with os.fdopen(there, "rb") as stdin, os.fdopen(back, "wb", buffering=0) as writer:
        writer.write(b"x\n0\n")
        table = open_table("-", "csv", stdin)
        batches = table.batches(table.variables(["x"]))
        for number in range(1, 4):
            assert next(batches).values["x"].tolist() == [number - 1.0]
            writer.write(f"{number}\n".encode())
        writer.close()
        assert [batch.values["x"].tolist() for batch in batches] == [[3.0]]


class Endless:
    """A stream without end; ``taken`` are the bytes that were asked of it."""

    def __init__(self, head: bytes, line: bytes) -> None:
        self.head, self.line, self.taken = head, line, 0

    def peek(self, size: int) -> bytes:
        return self.head or self.line

    def read(self, size: int) -> bytes:
        found, self.head = (self.head, b"") if self.head else (self.line * min(1000, size // len(self.line) or 1), b"")
        self.taken += len(found)
        return found


@pytest.mark.parametrize(("known", "head", "line"), [
    ("csv", b"x,y,t\n", b"1.5,2.5,some text\n"), ("csv", b"x,y,t\n", b"1.5,?,some text\n"), ("csv", b"x,y,t\n", b'1.5,2.5,"some\n""text"\n'),
    ("jsonl", b"", b'{"x": 1.5, "y": 2.5, "t": "some text"}\n'), ("jsonl", b"", b'{"x": 1.5, "y": "?", "t": "some text"}\n'),
])  # fmt: skip
def test_of_an_endless_stream_a_block_is_held(known: str, head: bytes, line: bytes) -> None:
    """Counted in bytes that are taken and in memory that Python and numpy hold, not in time."""
    source: Any = Endless(head, line)
    table = open_table("-", known, source)
    batches = table.batches(table.variables(["x"]), keep=["t"])
    rows = sum(next(batches).rows for _ in range(5))
    tracemalloc.start()
    rows += sum(next(batches).rows for _ in range(20))
    before = tracemalloc.get_traced_memory()[0]
    rows += sum(next(batches).rows for _ in range(200))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert source.taken - rows * len(line) <= 2 * BLOCK
    assert after - before < 100_000


def test_a_stream_of_many_blocks_is_read_to_its_end(tmp_path: Path) -> None:
    """Records and quoted line ends at the border of blocks of a real file."""
    path = tmp_path / "a.csv"
    rows = 3 * BLOCK // 20
    with path.open("w") as file:
        file.write("x,t\n")
        file.writelines(f'{n},"a\n{n}"\n' for n in range(rows))
    table = open_table(path)
    variables = table.variables(["x"])
    total = expected = 0
    for batch in table.batches(variables, skip=1000):
        assert batch.marks.failed == 0
        assert batch.values["x"][0] == batch.first
        total += int(batch.values["x"].sum())
        expected += batch.rows
    assert (expected, total) == (rows - 1000, sum(range(1000, rows)))
