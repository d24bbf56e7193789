"""Directories as tables of the commands: the answer of a file of the same rows, what it says of itself, going on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from runner import run as run_line

import gradcli
from gradcli.commands.tables import table as table_module
from gradcli.engine.instructions import instructions, machine
from gradcli.tables import partitions
from gradcli.tables.readers.parquet import Piece

ROWS = 400


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Files of odd lengths; ``whole.parquet`` beside them has the same rows."""
    random = np.random.default_rng(3)
    x = [None if cell < 0.02 else cell for cell in random.random(ROWS).tolist()]
    whole = pa.table(
        {
            "x": pa.array(x, pa.float64()),
            "v": random.random((ROWS, 2)).tolist(),
            "name": [f"é{at}" for at in range(ROWS)],
        }
    )
    pq.write_table(whole, tmp_path / "whole.parquet")
    ends = {"k=0": 1, "k=11": 120, "k=13": 121, "k=15": 300, "k=2": 300, "k=4": ROWS}
    for (folder, high), low in zip(ends.items(), [0, *ends.values()], strict=False):
        (tmp_path / "data" / folder).mkdir(parents=True)
        pq.write_table(whole.slice(low, high - low), tmp_path / "data" / folder / "part.parquet", row_group_size=50)
    return tmp_path / "data"


def run(*words: Any) -> Any:
    return run_line([str(word) for word in words])


@pytest.mark.parametrize("expression", ["x**2*exp(-x)", "x*norm(v)", "v[0]*v[1]"])
@pytest.mark.parametrize("keep", [False, True])
def test_the_answer_is_that_of_one_file(data: Path, expression: str, keep: bool) -> None:
    options: dict[str, Any] = {"keep": ["name", "x"] if keep else False, "on_error": "mark"}
    for source, out in ((data, "a"), (data.with_name("whole.parquet"), "b")):
        result = gradcli.grad_table(expression, source, data.with_name(f"{out}.parquet"), **options)
        assert result.rows == ROWS
        assert result.exit_code() == 0
    assert data.with_name("a.parquet").read_bytes() == data.with_name("b.parquet").read_bytes()


def test_directories_are_columns_of_the_command(data: Path) -> None:
    done = run("grad", "x*k", "--table", data, "--wrt", "x", "--keep", "--output-format", "jsonl", "--on-error", "mark")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.code, len(rows)) == (0, ROWS)
    assert all(row["d_x"] == row["k"] for row in rows if row["x"] is not None)
    assert sorted({row["k"] for row in rows}) == [0, 4, 11, 13, 15]


def test_mistakes_name_the_file(data: Path) -> None:
    pq.write_table(pa.table({"x": ["text"], "y": [1.0]}), data / "z.parquet")
    done = run("grad", "x**2", "--table", data)
    assert (done.code, done.stdout) == (4, "")
    assert done.stderr == f"error: column x holds double in {data}/k=0/part.parquet, and string in {data}/z.parquet\n"


def test_what_was_left_is_not_read_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = data.with_name("out.parquet")
    monkeypatch.setattr(table_module, "rows_of_batch", lambda _: 50)

    def stop(done: int, total: int | None) -> None:
        assert total == ROWS
        if done >= 200:
            raise gradcli.InputError("enough")

    with pytest.raises(gradcli.InputError, match="enough"):
        gradcli.grad_table("x**2", data, out, progress=stop)
    opened: list[str] = []
    whole = Piece.opened
    monkeypatch.setattr(
        Piece, "opened", lambda self, *columns: opened.append(self.path.parent.name) or whole(self, *columns)
    )
    result = gradcli.grad_table("x**2", data, out, resume=True, on_error="mark")
    assert any("rows were there before" in note for note in result.notes)
    assert opened == ["k=15", "k=4"]
    gradcli.grad_table("x**2", data, data.with_name("fresh.parquet"), on_error="mark")
    assert out.read_bytes() == data.with_name("fresh.parquet").read_bytes()


def test_a_directory_takes_the_rows_in_files(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "LEAST", 100)
    out = data.with_name("out")
    result = gradcli.grad_table("x*norm(v)", data, f"{out}/", keep=True, on_error="mark")
    assert (result.path, result.rows) == (f"{out}/", ROWS)
    assert [pq.read_metadata(path).num_rows for path in sorted(out.iterdir())] == [1, 100, 19, 1, 100, 79, 100]
    gradcli.grad_table("x*norm(v)", data, data.with_name("one.parquet"), keep=True, on_error="mark")
    assert pq.read_table(out).equals(pq.read_table(data.with_name("one.parquet")))
    again = run("grad", "value", "--table", out, "-o", out)
    assert (again.code, again.stderr) == (2, f"error: {out} is the table itself\ntry: -o another place\n")
    assert run("grad", "value", "--table", out, "-o", data.with_name("value.parquet"), "--on-error", "mark").code == 0


@pytest.mark.parametrize(("words", "code", "message"), [
    (("grad", "x", "--table", "{data}", "-o", "{data}.out"), 4, "-o DIRECTORY/ takes files of Parquet"),
    (("grad", "x", "--table", "{data}", "-o", "{data}.out/", "--output-format", "csv"), 2, "is a directory, which takes files of Parquet, not of csv"),
    (("grad", "c", "--table", "{data}.csv", "-o", "{data}.out/"), 2, "takes an answer to files of Parquet, not to a table of csv"),
    (("check", "x**2", "2*x", "--table", "{data}", "-o", "{data}.out/"), 2, "is a directory"),
    (("grad", "x", "--table", "{data}", "--input-format", "arrow"), 2, "is a directory, which is a table of Parquet files, not of arrow"),
    (("grad", "x", "--table", "{data}", "-o", "{data}"), 2, "is the table itself"),
    (("grad", "x", "--table", "{data}", "-o", "{data}/k=7/"), 2, "is inside of the table"),
])  # fmt: skip
def test_directories_that_cannot_be(data: Path, words: tuple[str, ...], code: int, message: str) -> None:
    data.with_name("data.csv").write_text("c\n1\n")
    before = sorted(data.parent.rglob("*"))
    done = run(*(word.format(data=data) for word in words))
    assert (done.code, done.stdout) == (code, "")
    assert message in done.stderr
    assert sorted(data.parent.rglob("*")) == before


def facts(found: Any) -> Any:
    return json.loads(found.metadata[b"gradcli"])


def test_files_say_what_made_them(data: Path) -> None:
    readers = {
        "a.parquet": pq.read_schema,
        "a.arrow": lambda path: pyarrow.feather.read_table(path).schema,
        "a.arrows": lambda path: pa.ipc.open_stream(path.read_bytes()).schema,
    }
    said = []
    for name, schema in readers.items():
        gradcli.hessian_table("x**2*c", data, data.with_name(name), values={"c": 2.0}, on_error="mark")
        said.append(facts(schema(data.with_name(name))))
    assert said[0] == said[1] == said[2] == {
        "version": gradcli.__version__, "command": "hessian", "expression": "x**2*c", "wrt": ["x"], "engine": "torch", "dtype": "float64",
        "device": "cpu", "instructions": [instructions()],
    }  # fmt: skip
    assert machine().startswith(instructions().split()[0])
