"""``--dtype float32``: torch computes a table in it, its columns are of it, and the verdict holds what was computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from runner import Completed, run

import gradcli
from gradcli.base.errors import ExitCode, UsageError
from gradcli.engine.choose import Chosen
from gradcli.engine.formulas import formulas
from gradcli.language.parse import parse
from gradcli.tables.layout import Column, Layout

EPS = 2.0**-23
X = np.array([0.1, 1 / 3, 2.0, -0.7])


def slopes(**how: Any) -> gradcli.commands.tables.result.TableResult:  # Any: options
    return gradcli.grad_table("x**3*sin(x)", {"x": X}, dtype="float32", **how)


def test_the_columns_are_those_of_float32() -> None:
    found = slopes()
    assert found.columns is not None
    assert {column.dtype for column in found.columns.values()} == {np.dtype(np.float32)}
    rounded = X.astype(np.float32).astype(np.float64)
    expected = 3 * rounded**2 * np.sin(rounded) + rounded**3 * np.cos(rounded)
    assert np.allclose(found.columns["d_x"], expected, rtol=8 * EPS, atol=0)
    assert not np.allclose(found.columns["d_x"], expected, rtol=EPS / 64, atol=0)
    assert (found.engine, found.dtype, found.device) == ("torch", "float32", "cpu")


@pytest.mark.parametrize(("text", "shape"), [("x**3*sin(x)", ()), ("sum(x**3*sin(x))", (1,))])
def test_each_row_is_what_one_point_gives(text: str, shape: tuple[int, ...]) -> None:
    table = gradcli.grad_table(text, {"x": X.reshape(-1, *shape)}, dtype="float32")
    assert table.columns is not None
    for row, x in enumerate(X):
        alone = gradcli.grad(text, {"x": np.full(shape, x)}, dtype="float32")
        assert alone.derivative is not None
        assert table.columns["d_x"].ravel()[row] == pytest.approx(float(np.sum(alone.derivative["x"])), rel=4 * EPS)


@pytest.mark.parametrize("text", ["x**3*sin(x) + a*x", "sum(x**3*sin(x))*a"])
def test_the_verdict_is_that_of_the_rounded_inputs(text: str) -> None:
    values = {"x": X.reshape(-1, *((1,) if "sum" in text else ()))}
    found = gradcli.grad_table(text, values, values={"a": 0.1}, wrt="x", dtype="float32")
    assert (str(found.check.verdict), found.exit_code()) == ("agrees", ExitCode.DONE)
    assert found.check.digits is not None
    assert 5 < found.check.digits < 9


def test_a_number_that_float64_would_have_right_is_rounding_here() -> None:
    table = {"x": np.array([1.0 + 2.0**-12])}
    assert str(gradcli.grad_table("(x**2 - 1 - 2*(x - 1))**2", table).check.verdict) == "agrees"
    assert str(gradcli.grad_table("(x**2 - 1 - 2*(x - 1))**2", table, dtype="float32").check.verdict) != "agrees"


def test_what_is_too_large_for_it_is_marked() -> None:
    found = gradcli.grad_table("x**2", {"x": np.array([1.0, 1e30, 1e300])}, dtype="float32")
    assert dict(found.failures) == {"value is infinite": 2}
    assert gradcli.grad_table("x**2", {"x": np.array([1.0, 1e30])}).failed == 0


def table(tmp_path: Path, *words: str) -> Completed:
    path = tmp_path / "in.csv"
    path.write_text("x\n0.1\n3\n")
    return run(["grad", "x**2", "--table", str(path), *words], cwd=tmp_path)


@pytest.mark.parametrize("suffix", [f".{word}" for word in ("parquet", "arrow", "npy", "npz")])
def test_formats_that_know_it_have_it(suffix: str, tmp_path: Path) -> None:
    done = table(tmp_path, "--dtype", "float32", "-o", f"out{suffix}", "--json")
    assert (done.code, json.loads(done.stdout)["dtype"]) == (0, "float32")
    path = tmp_path / f"out{suffix}"
    match suffix:
        case ".parquet":
            kinds = {str(field.type) for field in pq.read_schema(path) if field.name != "error"}
            numbers = pq.read_table(path)["d_x"].to_pylist()
        case ".arrow":
            whole = feather.read_table(path)
            kinds = {str(field.type) for field in whole.schema if field.name != "error"}
            numbers = whole["d_x"].to_pylist()
        case _:
            arrays = np.load(path)
            found = {name: arrays[name] for name in ("value", "d_x")}
            kinds = {{"float32": "float"}.get(array.dtype.name, array.dtype.name) for array in found.values()}
            numbers = found["d_x"].tolist()
    assert kinds == {"float"}
    assert numbers == [float(np.float32(0.1) * 2), 6.0]


def test_texts_are_the_shortest_that_read_back_equal(tmp_path: Path) -> None:
    done = table(tmp_path, "--dtype", "float32")
    assert done.stdout == "value,d_x,error\n0.010000001,0.2,\n9,6,\n"
    done = table(tmp_path, "--dtype", "float32", "--output-format", "jsonl")
    assert json.loads(done.stdout.splitlines()[0]) == {"value": 0.010000001, "d_x": 0.2}


def test_lists_have_it_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", x=np.ones((3, 2)))
    gradcli.grad_table("sum(x**2)", str(tmp_path / "in.npz"), tmp_path / "out.parquet", dtype="float32")
    assert str(pq.read_schema(tmp_path / "out.parquet").field("d_x").type) == "list<element: float>"


def test_compiled_code_has_it_not() -> None:
    with pytest.raises(UsageError, match='engine="compiled" computes in float64, not in float32'):
        gradcli.grad_table("x**2", {"x": X}, engine="compiled", dtype="float32")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_refused(dtype: str) -> None:
    with pytest.raises(UsageError, match=f"tables are computed in float32 or float64, not in {dtype}"):
        gradcli.grad_table("x**2", {"x": X}, dtype=dtype)


def test_an_output_in_float64_is_not_gone_on_with() -> None:
    one, other = (Layout((Column("value"),), dtype=dtype) for dtype in ("float64", "float32"))
    assert one.described() != other.described()
    assert one.room(2)["value"].dtype == np.float64


@pytest.mark.parametrize("how", [{"dtype": "float32"}, {"device": "cpu:0"}])
def test_auto_is_torch_for_it_however_many_rows_there_are_and_remarks_nothing(how: dict[str, str]) -> None:
    found = formulas(parse("sin(x)").tree, "grad", ["x"], ["x"], [])
    kernel = Chosen(found, "auto", 10**9, 1, **how)  # type: ignore[arg-type]  # one of two texts
    assert (kernel.name, kernel.remark, kernel.left) == ("torch", None, None)
