"""What holds of every file of claims: encodings, sizes, names, hostile contents."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from claim_files.texts import Read, block, refused

from gradcli.base.errors import InputError
from gradcli.inputs import claim_files
from gradcli.inputs.claim_files import read_suite


@pytest.mark.parametrize("name", ["c.toml", "c.md", "c.py"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# a\n# b\xff\n", r":2: not text, found the byte 0xff, expected UTF-8"),
        (b"# a\r\n# b\r\n# \x00\n", r":3: not text, found a NUL character, expected UTF-8"),
        (b"# a\r# \xc3(", r":2: not text, found the byte 0xc3, expected UTF-8"),
        ("# ä\n".encode("utf-16"), r":1: not text, found the byte 0xff, expected UTF-8"),
        (b"#" + b"\x80\x00" * 1000, r":1: not text, found"),
        (b"#\xed\xa0\x80\n", r":1: not text, found the byte 0xed, expected UTF-8"),
        (b" " * ((16 << 20) + 1), r": too long, found more than [\d,]+ bytes, expected at most so many"),
    ],
)
def test_what_is_no_text_is_refused(read: Read, name: str, content: bytes, message: str) -> None:
    error = refused(read, name, content)
    assert re.match(re.escape(name) + message, error.message)
    assert error.hint in {"save the file as UTF-8 text", "split the file"}


def test_a_file_of_the_largest_size_is_read(read: Read) -> None:
    claim = block("d(x)/d(x) = 1")
    assert len(read("c.md", "a\n" * ((claim_files.MAX_BYTES - len(claim)) // 2) + claim)) == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.toml", r"missing\.toml: cannot be read: no such file or directory"),
        ("folder.md", r"folder\.md: cannot be read, found a directory, expected a regular file"),
        ("pipe.py", r"pipe\.py: cannot be read, found a special file, expected a regular file"),
        ("notes.txt", r"notes\.txt: of no known suffix, found \.txt, expected \.toml, \.md, \.markdown, \.py"),
        ("notes", r"notes: of no known suffix, found none, expected"),
        ("", r": cannot be read, found a directory"),
        ("a\0b.md", r"a\\x00b\.md: cannot be read: embedded null"),
        ("a\x1b[2J\nb.md", r"a\\x1b\[2J\\nb\.md: cannot be read: no such file"),
        ("a" * 5000 + ".md", r"a{200}…: cannot be read: file name too long"),
        ("loop.md", r"loop\.md: cannot be read: too many levels of symbolic links"),
        ("notes.txt/x.md", r"notes\.txt/x\.md: cannot be read: not a directory"),
    ],
)
def test_files_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.md").mkdir()
    Path("notes.txt").touch()
    Path("notes").touch()
    Path("loop.md").symlink_to("loop.md")
    os.mkfifo("pipe.py")
    with pytest.raises(InputError, match=message) as caught:
        read_suite(path)
    assert caught.value.kind == "suite"
    assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "c.md"
    path.touch(0)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        read_suite(str(path))


HOSTILE: dict[str, tuple[str, str]] = {
    "backticks": ("c.md", "`" * 2_000_000),
    "fences": ("c.md", "```\n" * 200_000),
    "blanks": ("c.md", block("d(x)/dx" + " " * 60_000)),
    "blanks below": ("c.md", block("d(x)" + " /" * 30_000)),
    "closings": ("c.md", block("d(x)" + " )" * 30_000)),
    "openings": ("c.md", block("d" + "(" * 60_000)),
    "slashes": ("c.md", block("d(" + "/ d(a" * 10_000)),
    "names": ("c.md", block("d(x)/d(x) = 1", "shape " + "a" * 60_000 + "=1")),
    "many names": ("c.md", block("d(x)/d(x) = 1", "shape " + "a" * 60_000)),
    "sizes": ("c.md", block("shape X=" + "a," * 30_000 + "!")),
    "bindings": ("c.md", block("at " + "x =" * 20_000)),
    "quotes": ("c.md", block("d('\"" + "'\" #" * 10_000)),
    "a long key": ("c.toml", "a" * 1_000_000 + "=1"),
    "a key of many parts": ("c.toml", "a" + ".a" * 2_000 + "=1"),
    "an attribute of an attribute": ("c.py", "a" + ".a" * 100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_little_time(read: Read, name: str) -> None:
    began = time.process_time()
    refused(read, *HOSTILE[name])
    assert time.process_time() - began < 30
