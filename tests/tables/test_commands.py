"""grad, jacobian, hessian and check at the rows of a table: what is written, what is said, and with which exit code."""

from __future__ import annotations

import gzip
import json
from math import cos, inf, nan, sin
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from runner import Completed
from runner import run as run_line

import gradcli
from gradcli.base.errors import ExitCode, MissingError
from gradcli.cli.tables import noting
from gradcli.commands.tables import claims as tables
from gradcli.commands.tables.question import Question
from gradcli.engine import choose
from gradcli.language.parse import parse
from gradcli.tables import reading


def run(*words: str) -> Completed:
    return run_line(words)


POINTS = "x,y,name\n1,2,a\n3,0.5,b\n-2,4,c\n"


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(POINTS)
    return path


def lines(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def test_a_row_an_answer(points: Path) -> None:
    done = run("grad", "x**2*y", "--table", str(points))
    assert (done.code, done.stderr) == (0, "")
    assert lines(done.stdout) == [
        ["value", "d_x", "d_y", "error"],
        ["2", "4", "1", ""],
        ["4.5", "3", "9", ""],
        ["16", "-16", "4", ""],
    ]


def test_the_columns_of_the_table_go_on(points: Path) -> None:
    out = run("grad", "x**2", "--table", str(points), "--keep").stdout
    assert lines(out)[:2] == [["x", "y", "name", "value", "d_x", "error"], ["1", "2", "a", "1", "2", ""]]


def test_constants_stay(points: Path) -> None:
    out = run("grad", "a*x**2", "a=10", "--table", str(points)).stdout
    assert [row[1] for row in lines(out)] == ["d_x", "20", "60", "-40"]
    out = run("grad", "a*x**2", "a=10", "--table", str(points), "--wrt", "a").stdout
    assert [row[1] for row in lines(out)] == ["d_a", "1", "9", "4"]


def test_arrays_in_arrays_out() -> None:
    x = np.array([0.5, 1.0])
    found = gradcli.grad_table("sin(x)*exp(y)", {"x": x, "y": [0.0, 0.0]})
    assert found.columns is not None
    assert found.columns["d_x"].tolist() == [cos(0.5), cos(1.0)]
    assert found.columns["d_y"].tolist() == [sin(0.5), sin(1.0)]
    assert (found.rows, found.failed, found.sampled, str(found.check.verdict)) == (2, 0, 2, "agrees")


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_dataframes_in_arrays_out(frame: Any) -> None:
    result = gradcli.grad_table("x**2", frame({"x": [1.0, 3.0], "name": ["a", "b"]}))
    assert result.columns is not None
    assert result.columns["d_x"].tolist() == [2.0, 6.0]


def test_orders_jacobians_hessians() -> None:
    x = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 5.0])}
    second = gradcli.grad_table("x**3*y", x, order=2).columns
    assert second is not None
    assert second["d2_x"].tolist() == [18.0, 60.0]
    rows = gradcli.jacobian_table("[x*y, x + y]", x).columns
    assert rows is not None
    assert rows["d_x"].tolist() == [[3.0, 1.0], [5.0, 1.0]]
    blocks = gradcli.hessian_table("x**2*y", x).columns
    assert blocks is not None
    assert (blocks["d_x_d_x"].tolist(), blocks["d_x_d_y"].tolist()) == ([6.0, 10.0], [2.0, 4.0])


def test_rows_of_vectors() -> None:
    x = np.array([[3.0, 4.0], [1.0, 0.0]])
    found = gradcli.grad_table("norm(x)", {"x": x})
    assert found.columns is not None
    assert found.columns["d_x"].tolist() == [[0.6, 0.8], [1.0, 0.0]]
    assert (found.engine, str(found.check.verdict)) == ("rows", "agrees")


def test_columns_of_entries_come_back_as_such(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("x.0,x.1\n3,4\n")
    assert lines(run("grad", "norm(x)", "--table", str(path)).stdout)[0] == ["value", "d_x.0", "d_x.1", "error"]


def test_rows_that_fail_are_marked_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("x,y\n4,0\n,0\n-1,0\nabc,0\n1,0\n")
    done = run("grad", "sqrt(x)", "--table", str(path))
    assert done.code == ExitCode.MATHEMATICS
    found = lines(done.stdout)
    assert [row[-1] for row in found] == ["error", "", "x is missing", "value is not a number", "x is not a number", ""]
    assert [row[0] for row in found] == ["value", "2", "", "nan", "", "1"]
    assert "3 of 5 rows" in done.stderr
    assert "row 1" in done.stderr
    assert run("grad", "sqrt(x)", "--table", str(path), "--on-error", "mark").code == 0


def test_the_strict_stop_at_the_first_row_that_fails(tmp_path: Path) -> None:
    path, out = tmp_path / "p.csv", tmp_path / "out.csv"
    path.write_text("x\n4\n-1\n")
    done = run("grad", "sqrt(x)", "--table", str(path), "--on-error", "fail", "-o", str(out))
    assert done.code == ExitCode.MATHEMATICS
    assert "row 1: value is not a number" in done.stderr
    assert not out.exists()


def test_an_interrupt_says_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    stop = KeyboardInterrupt()
    stop.add_note("the first 2 rows are safe")
    with pytest.raises(KeyboardInterrupt), noting():
        raise stop
    assert capsys.readouterr().err == "note: the first 2 rows are safe\n"


def test_json_says_what_came_of_it(points: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = run("grad", "abs(x - 1)*y", "--table", str(points), "-o", str(out), "--json")
    found = json.loads(done.stdout)
    assert (found["rows"], found["failed"], found["flags"]["kink"], found["output"]) == (3, 0, 1, str(out))
    assert found["check"]["verdict"] == "convention"
    assert "row 0" in found["check"]["notes"][0]
    assert done.code == 0


@pytest.mark.parametrize("command", [
    "grad x x=1 --resume", "grad x x=1 --cluster local", "hessian x**2 x=1 --keep", "jacobian x x=1 --engine torch",
    "grad x x=1 --on-error mark", "check x 1 --keep", "check x 1 --rtol 1e-3", "check x 1 --engine compiled",
])  # fmt: skip
def test_an_option_of_tables_needs_one(command: str) -> None:
    done = run(*command.split())
    assert done.code == 2
    assert "is for tables" in done.stderr
    assert "try: --table FILE" in done.stderr


def test_json_needs_a_file_for_the_table(points: Path) -> None:
    done = run("grad", "x", "--table", str(points), "--json")
    assert done.code == ExitCode.USAGE
    assert done.stdout == ""


@pytest.mark.parametrize("command", [["grad", "x**2"], ["check", "x**2", "2*x"]])
def test_a_table_without_a_name_is_no_table(command: list[str]) -> None:
    done = run(*command, "--table", "")
    assert (done.code, done.stdout) == (ExitCode.INPUT, "")
    assert "the name of the table is empty" in done.stderr


@pytest.mark.parametrize("option", [["--reduce", "sum"], ["--digits", "20"], ["--code", "c"], ["--value"], ["--vec"]])
def test_options_of_single_points_are_refused(points: Path, option: list[str]) -> None:
    done = run("grad", "x", "--table", str(points), *option)
    assert done.code == ExitCode.USAGE
    assert option[0] in done.stderr


@pytest.mark.parametrize(
    ("expression", "extra", "code", "said"),
    [
        ("x*z", [], ExitCode.INPUT, "z"),
        ("x*names", [], ExitCode.INPUT, "name"),
        ("x", ["q=3"], ExitCode.INPUT, "q"),
        ("x", ["--wrt", "y"], ExitCode.INPUT, "y"),
        ("[x, y]", [], ExitCode.EXPRESSION, "scalar outputs"),
        ("x+", [], ExitCode.EXPRESSION, ""),
    ],
)
def test_mistakes_are_said_before_anything_is_written(
    points: Path, expression: str, extra: list[str], code: int, said: str
) -> None:
    done = run("grad", expression, "--table", str(points), *extra)
    assert (done.code, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_wrong_kernel_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradcli.engine import tiles

    right = tiles.TorchKernel.run

    def wrong(self: Any, columns: Any, fixed: Any, outputs: Any, flags: Any) -> None:
        right(self, columns, fixed, outputs, flags)
        outputs["d_x"][1] *= 1.001

    monkeypatch.setattr(tiles.TorchKernel, "run", wrong)
    found = gradcli.grad_table("x**3", {"x": np.array([1.0, 2.0, 3.0])}, engine="torch")
    assert str(found.check.verdict) == "differs"
    assert found.check.findings[0].entry == "row 1: d_x"
    assert found.exit_code() == ExitCode.NO


def test_a_trap_in_a_row_is_exit_1() -> None:
    found = gradcli.grad_table("where(x > 0, sqrt(x), x)", {"x": np.array([4.0, -1.0])})
    assert found.columns is not None
    assert found.columns["d_x"].tolist()[0] == 0.25


def test_a_step_has_no_slope_though_torch_has_a_number() -> None:
    found = gradcli.grad_table("sign(x)", {"x": np.array([0.0, 1.5])})
    assert (found.failed, str(found.check.verdict)) == (0, "singular")
    assert found.exit_code() == gradcli.grad("sign(x)", {"x": 0.0}).exit_code() == ExitCode.MATHEMATICS


def test_infinite_and_missing_numbers() -> None:
    found = gradcli.grad_table("1/x", {"x": np.array([inf, 0.0, nan, 2.0])})
    assert found.marks is not None
    assert [found.marks.reasons[c - 1] if c else "" for c in found.marks.codes] == [
        "",
        "value is infinite",
        "x is not a number",
        "",
    ]
    assert found.exit_code() == ExitCode.MATHEMATICS


def test_a_column_of_texts_has_no_numbers(points: Path) -> None:
    done = run("grad", "x*name", "--table", str(points))
    assert done.code == ExitCode.MATHEMATICS
    assert [row[-1] for row in lines(done.stdout)] == ["error", *["name is not a number"] * 3]


def test_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("x\n")
    done = run("grad", "x**2", "--table", str(path))
    assert lines(done.stdout) == [["value", "d_x", "error"]]
    assert done.code == 0


# -- claims


def test_a_claim_at_each_row(points: Path) -> None:
    done = run("check", "x**2*y", "2*x*y", "--wrt", "x", "--table", str(points))
    assert done.code == 0
    assert "3" in done.stdout


def test_a_wrong_claim_is_refuted_with_its_row(points: Path, tmp_path: Path) -> None:
    done = run("check", "x**2*y", "--claim", "x=2*x*y", "--claim", "y=x**2 + (x > 2)", "--table", str(points))
    assert done.code == ExitCode.NO
    assert "row 1" in done.stdout
    out = tmp_path / "o.csv"
    run("check", "x**2*y", "3*x*y", "--wrt", "x", "--table", str(points), "-o", str(out))
    assert lines(out.read_text())[:2] == [["value", "d_x", "claim_x", "error"], ["2", "4", "6", ""]]


def test_measured_slopes(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("x,slope\n1,2.01\n3,5.98\n")
    assert run("check", "x**2", "slope", "--wrt", "x", "--table", str(path), "--rtol", "0.01").code == 0
    done = run("check", "x**2", "slope", "--wrt", "x", "--table", str(path), "--rtol", "0.004")
    assert done.code == ExitCode.NO
    assert "row 0" in done.stdout


def test_a_claim_that_is_near_is_still_wrong(points: Path) -> None:
    assert run("check", "x**2", "2.0000000000001*x", "--table", str(points)).code == ExitCode.NO
    assert run("check", "x**2", "2.0000000000001*x", "--table", str(points), "--rtol", "1e-9").code == 0


def test_rows_in_which_floats_lose_digits_are_looked_at_in_enclosures() -> None:
    """x - sin(x) near 0: the derivative loses all digits, the claim none."""
    few, many = ({"x": np.linspace(1e-9, 1e-6, rows)} for rows in (50, 400))
    assert str(gradcli.check_table("x - sin(x)", "2*sin(x/2)**2", few).verdict) == "agrees"
    found = gradcli.check_table("x - sin(x)", "2*sin(x/2)**2", many)
    assert str(found.verdict) == "undecided"
    assert "400 of 400 rows" in found.claims[0].notes[0]


def table_of(expression: str, claim: str, **columns: Any) -> gradcli.CheckReport:
    rtol = columns.pop("rtol", None)
    arrays = {name: np.array(column) for name, column in columns.items()}
    return gradcli.check_table(expression, claim, arrays, wrt="x", rtol=rtol)


TINY = [k * 1e-9 for k in range(1, 101)]  # x - sin(x) has no digit left of its slope, 1 - cos(x)


def test_a_wrong_row_behind_many_where_floats_are_poor() -> None:
    right = "2*sin(x/2)**2"
    assert str(table_of("x - sin(x)", right, x=[*TINY[:40], 1.0, 2.0]).verdict) == "agrees"
    found = table_of("x - sin(x)", f"{right}*where(x > 1.5, 2, 1)", x=[*TINY[:40], 1.0, 2.0])
    assert str(found.verdict) == "refuted"


@pytest.mark.parametrize(("slope", "verdict"), [(5.001e-19, "agrees"), (5.1e-19, "refuted")])
def test_measured_slopes_are_held_to_the_truth_where_floats_are_poor(slope: float, verdict: str) -> None:
    assert (
        str(table_of("x - sin(x)", "slope", x=[1e-9, 2.0], slope=[slope, 1 - cos(2.0)], rtol=1e-2).verdict) == verdict
    )


@pytest.mark.parametrize(
    ("claim", "verdict"), [("nan", "refuted"), ("2*x + 0*log(x - 2)", "refuted"), ("0/(x - 1) + 2*x", "undecided")]
)
def test_a_claim_without_a_number_is_told_as_at_a_point(claim: str, verdict: str) -> None:
    assert str(gradcli.check("x**2", claim, at={"x": 1.0}).verdict) == verdict
    assert str(table_of("x**2", claim, x=[1.0, 3.0]).verdict) == verdict


def test_a_measurement_that_is_missing_refutes_nothing() -> None:
    found = table_of("x**2", "slope", x=[1.0, 2.0], slope=[2.0, nan], rtol=1e-2)
    assert str(found.verdict) == "undecided"


def test_a_claim_at_a_kink_is_undecided() -> None:
    assert str(table_of("abs(x)", "where(x >= 0, 1, -1)", x=[0.0, 1.0]).verdict) == "undecided"


def test_a_column_by_the_name_of_a_constant_is_the_column() -> None:
    columns = {"x": np.array([1.0, 2.0]), "e": np.array([5.0, 6.0])}
    found = gradcli.grad_table("x*e", columns)
    assert found.columns is not None
    assert found.columns["value"].tolist() == [5.0, 12.0]
    assert found.columns["d_e"].tolist() == [1.0, 2.0]
    assert str(gradcli.check_table("x*e", "e", columns, wrt="x").verdict) == "agrees"


def test_an_answer_goes_on_by_what_it_was_begun_with() -> None:
    """The engines differ in last bits: a file half by one and half by another is no answer of either."""
    question = Question("x", parse("x"), "grad", ("x",), {"x": ()}, {})
    assert question.fingerprint("torch", "cpu") == question.fingerprint("torch", "cpu")
    assert len({question.fingerprint(*how) for how in (("torch", "cpu"), ("auto", "cpu"), ("torch", "cuda"))}) == 3


def test_a_claim_that_is_wrong_everywhere_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    at_row = tables._at_row

    def counted(question: Any, compared: Any, row: Any, kind: Any) -> Any:
        looked.append(row.number)
        return at_row(question, compared, row, kind)

    monkeypatch.setattr(tables, "_at_row", counted)
    found = gradcli.check_table("x**2", "3*x", {"x": np.linspace(1.0, 2.0, 1_000)})
    assert str(found.verdict) == "refuted"
    assert len(looked) == 1


def test_by_a_files_size_it_is_known_at_the_first_row_what_computes_all(
    points: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiler is asked for, which is told by what comes of it; by their numbers no row would have."""

    def built(*_: Any) -> None:
        raise MissingError("there is none")

    monkeypatch.setattr(choose, "built", built)
    monkeypatch.setattr(choose, "PAYS_AGAIN", 4)
    text = "x + 3*y"
    assert "computed by torch: there is none" in gradcli.grad_table(text, points).notes
    packed = points.with_name("points.csv.gz")
    packed.write_bytes(gzip.compress(points.read_bytes()))
    assert gradcli.grad_table(text, packed).notes == ()


def test_of_a_wide_table_fewer_rows_are_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As few as the wider of what is read and what is written allows: a power of two."""
    monkeypatch.setattr(reading, "CELLS", 20)
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(30.0).reshape(10, 3), y=np.arange(10.0))
    for text, wrt, most in (("norm(x)", "x", 4), ("norm(x)*y", "y", 4), ("y**2", "y", 4)):
        done = [0]
        found = gradcli.grad_table(
            text, path, wrt=wrt, engine="torch", progress=lambda now, _, done=done: done.append(now)
        )
        assert found.rows == 10
        assert done == [*range(0, 10, most), 10]
    done = [0]
    gradcli.hessian_table("norm(x)", path, engine="torch", progress=lambda now, _: done.append(now))
    assert done == list(range(11))  # 9 cells of the Hessian, the value, error
