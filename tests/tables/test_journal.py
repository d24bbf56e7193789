"""Outputs that are interrupted: killed, full disks, two at once; and what becomes of what was there before."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet
import pytest
from places import TESTS
from tables import interrupted
from tables.answers import LAYOUT, answer, random_answers, rows_of
from tables.interrupted import EACH, ONCE, QUESTION, ROWS, run

from gradcli.base.errors import InputError, OutputError, UsageError
from gradcli.tables import journal
from gradcli.tables.formats import TableFormat
from gradcli.tables.layout import Column, Layout
from gradcli.tables.outputs import to_file
from gradcli.tables.state import Origin
from gradcli.tables.writers import arrays, columnar

every_format = pytest.mark.parametrize("format_", TableFormat)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (columnar, "GROUP_ROWS"),
        (columnar, "PART_GROUPS"),
        (arrays.Archives, "cells"),
        (journal, "SAVE_SECONDS"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))  # so that it is put back
    interrupted.small()


def uninterrupted(folder: Path, format_: TableFormat) -> bytes:
    """The file of a run that is not interrupted, in one part, so that nothing had to be put together."""
    interrupted.small(parts=ROWS)
    out = folder / f"reference.{format_}"
    run(out, format_)
    made = out.read_bytes()
    out.unlink()
    interrupted.small()
    return made


def stopped(out: Path, format_: TableFormat, after: int) -> None:
    """A run that ends with an error after so many answers."""

    def write() -> None:
        with sink:
            for one in random_answers(ROWS, EACH)[:after]:
                sink.write(one)
            raise KeyboardInterrupt

    sink = to_file(out, format_, LAYOUT, QUESTION)
    with pytest.raises(KeyboardInterrupt) as caught:
        write()
    assert sink.left == after * EACH
    said = f"the first {after * EACH:,} rows are safe, and an output that is resumed begins with them"
    assert getattr(caught.value, "__notes__", []) == ([said] if after else [])


# -- killed


def killed(folder: Path, format_: TableFormat, *how: str) -> int:
    """How many runs were, each in a folder of its own."""
    command = [sys.executable, str(TESTS / "tables" / "interrupted.py"), str(folder), str(format_), *how]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return int(subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)


@pytest.mark.generated(share=1 / 3)
@every_format
def test_killed_anywhere_and_resumed_it_is_the_same_file(format_: TableFormat, tmp_path: Path) -> None:
    assert killed(tmp_path, format_) > 9
    reference, gone_on = uninterrupted(tmp_path, format_), 0
    for folder in sorted(path for path in tmp_path.iterdir() if path.is_dir()):
        out = folder / f"out.{format_}"
        gone_on += 0 < run(out, format_, resume=True) < ROWS
        assert out.read_bytes() == reference, folder.name
        assert list(folder.iterdir()) == [out], folder.name
    assert gone_on > 3


@pytest.mark.generated(share=1 / 3)
@every_format
def test_what_cannot_be_resumed_is_in_nobodys_way_when_it_was_killed(format_: TableFormat, tmp_path: Path) -> None:
    """The next run begins anew, and leaves nothing of the one before."""
    assert killed(tmp_path, format_, "once") > 5
    reference = uninterrupted(tmp_path, format_)
    for folder in sorted(path for path in tmp_path.iterdir() if path.is_dir()):
        out = folder / f"out.{format_}"
        assert run(out, format_, origin=ONCE) == 0
        assert out.read_bytes() == reference, folder.name
        assert list(folder.iterdir()) == [out], folder.name


@every_format
def test_stopped_and_resumed_it_is_the_same_file(format_: TableFormat, tmp_path: Path) -> None:
    out = tmp_path / f"out.{format_}"
    stopped(out, format_, 11)
    assert run(out, format_, resume=True) == 11 * EACH
    assert out.read_bytes() == uninterrupted(tmp_path, format_)


def test_stopped_twice_counts_and_numbers_go_on(tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    answers = random_answers(ROWS, EACH)
    for before, until in pairwise([0, 6, 13, len(answers)]):
        sink = to_file(out, TableFormat.NPZ, LAYOUT, QUESTION, resume=True)
        assert sink.memo.get("flags", 0) == sink.resumed == before * EACH
        for one in answers[before:until]:
            sink.write(one, memo={"flags": one.first + one.rows})
        counts = dict(sink.failures)
        sink.close() if until == len(answers) else sink.abandon()
    assert counts == {"x is missing": 26, "value is not finite": 25}
    assert sum(one.marks.failed for one in answers) == sum(counts.values())


# -- what an interrupted run leaves


@pytest.mark.parametrize("format_", [TableFormat.PARQUET, TableFormat.CSV, TableFormat.JSONL, TableFormat.NPY])
def test_what_is_left_can_be_read(format_: TableFormat, tmp_path: Path) -> None:
    out = tmp_path / f"out.{format_}"
    stopped(out, format_, 12)
    parts = sorted(path for path in Path(f"{out}.parts").iterdir() if path.suffix == f".{format_}")
    assert sum(len(rows_of(part, format_)) for part in parts) == 12 * EACH
    assert not out.exists()
    if format_ is TableFormat.PARQUET:
        assert len(parts) > 1
        assert pyarrow.parquet.read_table(parts[0].parent).num_rows == 12 * EACH


def test_rows_that_are_left_are_not_thrown_away_unasked(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    stopped(out, TableFormat.CSV, 3)
    with pytest.raises(
        UsageError, match=f"holds the first {3 * EACH} rows of an output that was interrupted"
    ) as caught:
        run(out, TableFormat.CSV)
    assert "--resume" in str(caught.value.hint)
    assert f"rm -r {out}.parts" in str(caught.value.hint)
    assert run(out, TableFormat.CSV, resume=True) == 3 * EACH


@pytest.mark.parametrize("after", [0, 3])
def test_an_error_says_what_is_left(after: int, tmp_path: Path) -> None:
    def write() -> None:
        with to_file(tmp_path / "out.csv", TableFormat.CSV, LAYOUT, QUESTION) as sink:
            for one in random_answers(ROWS, EACH)[:after]:
                sink.write(one)
            raise InputError("line 4 is damaged", hint="mend it")

    with pytest.raises(InputError) as caught:
        write()
    way = f"\n--resume goes on with the first {after * EACH} rows, which are safe"
    assert caught.value.hint == "mend it" + (way if after else "")


def test_what_is_not_resumable_is_not_left(tmp_path: Path) -> None:
    def write() -> None:
        with sink:
            sink.write(random_answers(ROWS, EACH)[0])
            raise InputError("line 4 is damaged")

    sink = to_file(tmp_path / "out.csv", TableFormat.CSV, LAYOUT, ONCE)
    with pytest.raises(InputError) as caught:
        write()
    assert caught.value.hint is None
    assert list(tmp_path.iterdir()) == []


def test_rows_of_another_run_are_in_the_way_of_what_cannot_be_resumed(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    stopped(out, TableFormat.CSV, 3)
    with pytest.raises(UsageError) as caught:
        run(out, TableFormat.CSV, origin=ONCE)
    assert caught.value.hint == f"rm -r {out}.parts starts anew"


def test_a_run_without_rows_leaves_nothing(tmp_path: Path) -> None:
    stopped(tmp_path / "out.csv", TableFormat.CSV, 0)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_wanted_is_not_left(tmp_path: Path) -> None:
    sink = to_file(tmp_path / "out.parquet", TableFormat.PARQUET, LAYOUT, QUESTION)
    for one in random_answers(ROWS, EACH):
        sink.write(one)
    sink.abandon(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_without_anything_to_resume_it_begins_anew(tmp_path: Path) -> None:
    assert run(tmp_path / "out.csv", TableFormat.CSV, resume=True) == 0


@pytest.mark.parametrize(("change", "match"), [
    ("question", "of another question"),
    ("table", "of another table, or one that has changed since"),
    ("columns", "of other columns"),
    ("format", "of another format"),
])  # fmt: skip
def test_another_output_is_not_gone_on_with(change: str, match: str, tmp_path: Path) -> None:
    table, out = tmp_path / "table.csv", tmp_path / "out"
    table.write_text("x")
    sink = to_file(out, TableFormat.CSV, LAYOUT, Origin("grad x**2", table))
    sink.write(answer(0, [1.0]))
    sink.abandon()
    if change == "table":
        table.write_text("x, changed")
    layout = Layout((Column("value"), Column("d_y", (2,)))) if change == "columns" else LAYOUT
    format_ = TableFormat.TSV if change == "format" else TableFormat.CSV
    origin = Origin("grad x**3" if change == "question" else "grad x**2", table)
    with pytest.raises(InputError, match=match) as caught:
        to_file(out, format_, layout, origin, resume=True)
    assert f"rm -r {out}.parts" in str(caught.value.hint)
    table.write_text("x")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": "gradcli-parts/9"}', "\xff"])
def test_a_state_that_is_none_is_said(text: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    stopped(out, TableFormat.CSV, 3)
    Path(f"{out}.parts", "_state.json").write_text(text, "latin1")
    with pytest.raises(InputError, match="is not the state of an output of this version"):
        run(out, TableFormat.CSV, resume=True)


@pytest.mark.parametrize("format_", [TableFormat.CSV, TableFormat.PARQUET])
def test_rows_that_are_gone_are_missed(format_: TableFormat, tmp_path: Path) -> None:
    out = tmp_path / f"out.{format_}"
    stopped(out, format_, 15)
    rows = sorted(Path(f"{out}.parts").glob(f"*.{format_}"))[0]
    os.truncate(rows, 30) if format_ is TableFormat.CSV else rows.unlink()
    with pytest.raises(InputError, match="it is damaged"):
        run(out, format_, resume=True)


# -- disks that are full


@every_format
def test_a_full_disk_leaves_the_rows_and_the_old_output(
    format_: TableFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on the size of files, which is met as a full disk is: by an error of the system in the middle."""
    out, reference = tmp_path / f"out.{format_}", uninterrupted(tmp_path, format_)
    out.write_text("what was there")
    program = (
        "import resource, signal, sys; from pathlib import Path; from tables.interrupted import *; small();"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "limit = int(sys.argv[3]);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit));"
        "run(Path(sys.argv[1]), TableFormat(sys.argv[2]))"
    )
    command = [sys.executable, "-c", program, str(out), str(format_), str(len(reference) - 1)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    ended = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    last = ended.stderr.strip().splitlines()[-1]
    assert last == f"gradcli.base.errors.OutputError: cannot write {out}: {os.strerror(errno.EFBIG)}"
    assert "Exception ignored" not in ended.stderr
    assert out.read_text() == "what was there"
    safe = json.loads(Path(f"{out}.parts", "_state.json").read_text())["rows"]
    assert 0 < safe == run(out, format_, resume=True)
    assert out.read_bytes() == reference


# -- places


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    sink = to_file(out, TableFormat.CSV, LAYOUT, QUESTION)
    for resume in (False, True):
        with pytest.raises(OutputError, match="it is being written by another process"):
            to_file(out, TableFormat.CSV, LAYOUT, QUESTION, resume=resume)
    sink.write(answer(0, [1.0]))
    sink.close()
    assert len(rows_of(out, TableFormat.CSV)) == 1


def test_what_was_there_stays_until_the_end_and_its_mode_after_it(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("what was there")
    out.chmod(0o640)
    sink = to_file(out, TableFormat.CSV, LAYOUT, QUESTION)
    sink.write(answer(0, [1.0]))
    assert out.read_text() == "what was there"
    sink.close()
    assert len(rows_of(out, TableFormat.CSV)) == 1
    assert out.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_mode_of_new_files(tmp_path: Path) -> None:
    run(tmp_path / "out.npy", TableFormat.NPY)
    (tmp_path / "other").touch()
    assert (tmp_path / "out.npy").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_symlink_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    run(tmp_path / "link.csv", TableFormat.CSV)
    assert (tmp_path / "link.csv").is_symlink()
    assert len(rows_of(tmp_path / "target.csv", TableFormat.CSV)) == ROWS


def test_the_table_itself_is_no_output(tmp_path: Path) -> None:
    table, link = tmp_path / "table.csv", tmp_path / "link.csv"
    table.write_text("x\n1\n")
    link.symlink_to(table)
    for out in (table, link, tmp_path / ".." / tmp_path.name / "table.csv"):
        with pytest.raises(UsageError, match="is the table itself"):
            to_file(out, TableFormat.CSV, LAYOUT, Origin("grad x**2", table))
    assert table.read_text() == "x\n1\n"


def test_a_pipe_takes_a_stream(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        run(pipe, TableFormat.CSV)
        assert reader.stdout is not None
        assert len(reader.stdout.read().splitlines()) == 1 + ROWS
    assert list(tmp_path.iterdir()) == [pipe]


def test_places_where_nothing_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "out.csv.parts").symlink_to(tmp_path)
    for out, why in (
        (tmp_path, "Is a directory"),
        (tmp_path / "missing" / "out.csv", "No such file or directory"),
        (tmp_path / "file" / "out.csv", "Not a directory"),
        (tmp_path / ("x" * 255), "File name too long"),
        (tmp_path / "out.csv", "out.csv.parts is no directory of ours"),
    ):
        with pytest.raises(OutputError, match=why):
            run(out, TableFormat.CSV)


def test_files_of_others_stay_in_the_directory(tmp_path: Path) -> None:
    (tmp_path / "out.csv.parts").mkdir()
    (tmp_path / "out.csv.parts" / "notes.txt").touch()
    run(tmp_path / "out.csv", TableFormat.CSV)
    assert [path.name for path in (tmp_path / "out.csv.parts").iterdir()] == ["notes.txt"]
