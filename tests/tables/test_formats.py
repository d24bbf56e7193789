"""A file's format: by its name, by its suffix, by its first bytes; else an error that names what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcli.base.errors import InputError, UsageError
from gradcli.tables.formats import TableFormat


@pytest.mark.parametrize(("path", "known"), [
    ("a.csv", "csv"), ("A.TSV", "tsv"), ("a.b.jsonl", "jsonl"), ("a.ndjson", "jsonl"), ("a.parquet", "parquet"),
    ("a.pq", "parquet"), ("a.arrow", "arrow"), ("a.feather", "arrow"), ("a.ipc", "arrow"), ("a.npy", "npy"),
    ("a.npz", "npz"), ("a.csv.gz", "csv"), ("a.ndjson.gz", "jsonl"), (Path("dir.csv/a.tsv"), "tsv"),
])  # fmt: skip
def test_a_suffix_names_its_format(path: str, known: str) -> None:
    assert TableFormat.of_file(path) == known


@pytest.mark.parametrize("path", ["a", "a.txt", "csv", "a.csv/b", "a.gz", "a.parquet.gz", "-", ""])
def test_an_unknown_suffix_is_an_error_that_names_those_that_are_known(path: str) -> None:
    with pytest.raises(InputError, match=r"\.csv.*\.npz") as caught:
        TableFormat.of_file(path)
    assert "--input-format" in str(caught.value.hint)


def test_no_suffix_belongs_to_two_formats() -> None:
    suffixes = [suffix for known in TableFormat for suffix in known.facts.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_a_name_goes_before_the_suffix() -> None:
    assert TableFormat.of_file("a.csv", "tsv") is TableFormat.TSV
    assert TableFormat("npz") is TableFormat.NPZ


def test_an_unknown_name_is_an_error_that_knows_what_was_meant() -> None:
    with pytest.raises(UsageError, match=r"--output-format has no format 'parket'.*csv, tsv") as caught:
        TableFormat.named("parket", "output_format")
    assert caught.value.hint == "did you mean parquet?"


@pytest.mark.parametrize(("head", "known"), [
    (b'{"x": 1}', "jsonl"), (b' \n{"x"', "jsonl"), (b"PAR1\x15", "parquet"), (b"ARROW1\0\0", "arrow"),
    (b"\xff\xff\xff\xff\x70", "arrow"), (b"\x93NUMPY\x01", "npy"), (b"PK\x03\x04", "npz"),
])  # fmt: skip
def test_the_first_bytes_name_a_format(head: bytes, known: str) -> None:
    assert TableFormat.beginning(head) == known


@pytest.mark.parametrize("head", [b"x,y\n1,2", b"", b"\0", b"  "])
def test_other_first_bytes_name_none(head: bytes) -> None:
    assert TableFormat.beginning(head) is None
