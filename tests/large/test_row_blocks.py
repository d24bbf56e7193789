"""Jacobians written in blocks of rows, and the bound on memory: counted, kept, said."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import gradcli
from gradcli.autograd import passes
from gradcli.base import whole_file
from gradcli.base.memory import bytes_of, shown
from gradcli.cli.app import app
from gradcli.inputs import prepare
from gradcli.meaning.footprint import Footprint

W, X = np.random.default_rng(7).standard_normal((30, 20)) / 9, np.random.default_rng(8).standard_normal(20)
POINT = {"W": W, "x": X}
TRUE = (1 - np.tanh(W @ X) ** 2)[:, None] * W


KILLED = """
import os, pathlib, signal, sys
from gradcli.base.whole_file import written_whole
with written_whole(pathlib.Path(sys.argv[1]), 9) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def by_rows(path: Path, expression: str = "tanh(W @ x)", **options: Any) -> Any:  # Any: options, a Result
    return gradcli.jacobian(expression, POINT, wrt="x", output=path, **{"max_memory": 20_000, **options})


@pytest.mark.parametrize(("text", "count"), [("500MB", 500_000_000), ("2GiB", 2**31), ("1.5 kB", 1500), ("77", 77)])
def test_sizes_are_read_as_people_write_them(text: str, count: int) -> None:
    assert bytes_of(text) == count
    assert bytes_of(f"about {text}") is None


def test_a_size_may_be_larger_than_any_float() -> None:
    found = bytes_of("9" * 400 + "TB")
    assert found is not None
    assert found > 10**400


def test_sizes_are_shown_rounded_up() -> None:
    assert [shown(n) for n in (1, 1_001, 2_000_000, 999_000_001)] == ["1 B", "1.1 kB", "2 MB", "1000 MB"]


def test_rows_are_written_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[tuple[int, int]] = []
    rows = passes.rows_of_jacobian

    def noted(output: Any, inputs: Any, start: int, stop: int) -> Any:  # Any: tensors
        assert not (tmp_path / "J.npy").exists()
        blocks.append((start, stop))
        return rows(output, inputs, start, stop)

    monkeypatch.setattr(passes, "rows_of_jacobian", noted)
    found = by_rows(tmp_path / "J.npy")
    assert len(blocks) > 2
    assert blocks[-1][1] == 30
    np.testing.assert_allclose(np.load(tmp_path / "J.npy"), TRUE, rtol=1e-12)
    np.testing.assert_allclose(found.derivative["x"], TRUE, rtol=1e-12)
    assert [path.name for path in tmp_path.iterdir()] == ["J.npy"]
    assert found.memory <= 20_000
    assert found.check.verdict == "agrees"
    assert found.check.total == 600
    assert "random weights" in found.check.notes[-1]


def test_one_wrong_entry_in_any_row_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = passes.rows_of_jacobian

    def wrong(output: Any, inputs: Any, start: int, stop: int) -> Any:  # Any: tensors
        found = rows(output, inputs, start, stop)
        if start <= 17 < stop:
            found[0][17 - start, 4] *= 1 + 1e-6
        return found

    monkeypatch.setattr(passes, "rows_of_jacobian", wrong)
    assert by_rows(tmp_path / "J.npy").check.verdict == "differs"


def test_an_error_on_the_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "J.npy").write_bytes(b"before")
    rows = passes.rows_of_jacobian

    def stops(output: Any, inputs: Any, start: int, stop: int) -> Any:  # Any: tensors
        if start:
            raise KeyboardInterrupt
        return rows(output, inputs, start, stop)

    monkeypatch.setattr(passes, "rows_of_jacobian", stops)
    with pytest.raises(KeyboardInterrupt):
        by_rows(tmp_path / "J.npy")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("J.npy", b"before")]


def test_a_process_that_is_killed_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "J.npy").write_bytes(b"before")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "J.npy")], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "J.npy").read_bytes() == b"before"
    if whole_file._unnamed(tmp_path) is not None:  # not every disk has files without names
        assert [path.name for path in tmp_path.iterdir()] == ["J.npy"]


@pytest.mark.parametrize("named", [False, True])
def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    if named:
        monkeypatch.setattr(whole_file, "_unnamed", lambda _: None)
    (tmp_path / "there").mkdir()
    (tmp_path / "J.npy").symlink_to("there/K.npy")
    for _ in range(2):
        by_rows(tmp_path / "J.npy")
        (tmp_path / "there/K.npy").chmod(0o640)
    assert (tmp_path / "J.npy").is_symlink()
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["K.npy"]
    by_rows(tmp_path / "J.npy")
    assert (tmp_path / "there/K.npy").stat().st_mode & 0o777 == 0o640
    np.testing.assert_allclose(np.load(tmp_path / "J.npy"), TRUE, rtol=1e-12)


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "J.npy")
    (tmp_path / "K.npy").mkdir()
    for name, why in (("J.npy", "no regular file"), ("K.npy", "Is a directory")):
        with pytest.raises(gradcli.OutputError, match=why):
            by_rows(tmp_path / name)
    assert stat.S_ISFIFO((tmp_path / "J.npy").stat().st_mode)


def test_a_jacobian_beyond_the_limit_of_entries_goes_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "MAX_DERIVATIVE", 500)
    monkeypatch.setattr("gradcli.commands.derivatives.MAX_DERIVATIVE", 500)
    with pytest.raises(gradcli.LimitError, match="600 entries") as error:
        gradcli.jacobian("tanh(W @ x)", POINT, wrt="x", sparse=False)
    assert "output=" in str(error.value.advice)
    found = by_rows(tmp_path / "J.npy", max_memory=None)
    np.testing.assert_allclose(found.derivative["x"], TRUE, rtol=1e-12)


def test_a_file_larger_than_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"total": 9_000, "free": 4_000})())
    with pytest.raises(gradcli.OutputError, match=r"takes 5 kB, and 4 kB are free"):
        by_rows(tmp_path / "J.npy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "shape"), [("(W @ x)[0:0]", (0, 20)), ("(W @ x)[:1]", (1, 20)), ("sum(W @ x)", (20,))]
)
def test_no_row_and_one_are_rows_too(tmp_path: Path, text: str, shape: tuple[int, ...]) -> None:
    found = by_rows(tmp_path / "J.npy", text)
    assert np.load(tmp_path / "J.npy").shape == shape
    assert found.check.verdict == "agrees"


def test_a_row_that_is_not_finite_is_said(tmp_path: Path) -> None:
    found = by_rows(tmp_path / "J.npy", "sqrt(0*(W @ x))")
    assert found.check.verdict == "singular"
    assert found.exit_code() == 5


def test_a_bound_that_cannot_be_kept_is_a_limit() -> None:
    for command, options in (
        (gradcli.grad, {}),
        (gradcli.hessian, {}),
        (gradcli.hessian, {"hvp": X}),
        (gradcli.jacobian, {}),
        (gradcli.jacobian, {"jvp": X}),
    ):
        with pytest.raises(gradcli.LimitError, match="of memory, counted from the shapes, and max_memory is 300 B"):
            command("sum(tanh(W @ x))", POINT, wrt="x", max_memory=300, **options)
    with pytest.raises(gradcli.LimitError, match="a row at a time; max_memory is 300 B"):
        by_rows(Path("never.npy"), max_memory="300B")


def test_a_batch_of_rows_is_counted_with_what_is_held_on_the_way_back() -> None:
    footprint = Footprint(prepare.prepare("tanh(W @ x)", POINT, ("x",), unused=True))
    assert footprint.flowing == 30 + 30 + 4 * 30  # the adjoints of tanh and of W @ x, and what tanh makes of its own
    assert footprint.row == 8 * (30 + 180 + 2 * 20)
    assert footprint.matrix(30) == footprint.start + 30 * footprint.row + 2 * 8 * 30 * 20
    branches = Footprint(prepare.prepare("sin(W @ x)*exp(W @ x)", POINT, ("x",), unused=True))
    assert branches.flowing == 3 * 30 + 4 * 30


@pytest.mark.parametrize(
    ("command", "options"), [("grad", {}), ("jacobian", {}), ("hessian", {}), ("hessian", {"hvp": X})]
)
def test_what_is_stated_is_what_is_needed(command: str, options: dict[str, Any]) -> None:
    call = getattr(gradcli, command)
    stated = call("sum(tanh(W @ x))", POINT, wrt="x", max_memory="1GB", **options).memory
    assert call("sum(tanh(W @ x))", POINT, wrt="x", max_memory=stated, **options).memory == stated
    with pytest.raises(gradcli.LimitError):
        call("sum(tanh(W @ x))", POINT, wrt="x", max_memory=stated - 1, **options)


@pytest.mark.parametrize("size", ["much", "-1MB", 0, "MB", True])
def test_what_is_no_size_is_refused(size: Any) -> None:  # Any: that is the question
    with pytest.raises(gradcli.UsageError, match="max_memory is a size"):
        gradcli.grad("x**2", {"x": 3}, max_memory=size)


@pytest.mark.parametrize(
    "options", [{"mode": "forward"}, {"sparse": True}, {"digits": 30}, {"correct": True}, {"vec": True}]
)
def test_rows_go_without_what_asks_for_more(options: dict[str, Any]) -> None:
    with pytest.raises(gradcli.UsageError, match="output goes without"):
        by_rows(Path("never.npy"), **options)


def test_several_variables_do_not_fit_in_one_file() -> None:
    with pytest.raises(gradcli.UsageError, match="one array"):
        gradcli.jacobian("tanh(W @ x)", POINT, output="never.npy", max_memory="1MB")


def test_the_command_line_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["jacobian", "x**2*sin(x)", "x=1,2,3", "-o", "J.npy", "-v"]
    plain = CliRunner().invoke(app, words)
    bounded = CliRunner().invoke(app, [*words, "--max-memory", "1kB"])
    assert (plain.exit_code, bounded.exit_code) == (0, 0)
    assert "memory: " not in plain.stderr
    assert "of arrays at most, counted from the shapes" in bounded.stderr
    assert np.load("J.npy").shape == (3, 3)
    with pytest.raises(gradcli.LimitError):
        CliRunner().invoke(app, [*words, "--max-memory", "10"], catch_exceptions=False)


def test_vectors_come_from_files(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", [1.0, 2.0])
    reference = f"@{tmp_path}/v.npy"
    found = gradcli.hessian("sum(x**3)", {"x": [1, 2]}, hvp=reference).derivative
    assert found is not None
    assert found["x"].tolist() == [6.0, 24.0]
    named = gradcli.jacobian("x*y", {"x": [1, 2], "y": [3, 4]}, jvp=f"x={reference}").derivative
    assert named is not None
    assert named["jvp"].tolist() == [3.0, 8.0]
