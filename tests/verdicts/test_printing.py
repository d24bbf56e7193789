"""--min-digits and --correct: when lost digits are an answer of no, and the certain number in the place of torch's."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.cli.app import run

LOST = ["grad", "(1 - cos(x))/x**2"]


@pytest.mark.parametrize(("argv", "code"), [
    ([*LOST, "x=1e-9"], 1), ([*LOST, "x=1e-9", "--min-digits", "0"], 0), ([*LOST, "x=1e-3"], 0), ([*LOST, "x=1e-3", "--min-digits", "12"], 1),
    ([*LOST, "x=0.01", "--dtype", "float16"], 1), ([*LOST, "x=1"], 0), ([*LOST, "x=1", "--min-digits", "15"], 0),
    (["grad", "log(1 + x)/x", "x=0.01", "--dtype", "float16", "--min-digits", "0"], 0),
    ([*LOST, "x=1", "--min-digits", "16"], 2), ([*LOST, "x=1", "--min-digits", "-1"], 2), (["explain", LOST[1], "x=1e-9", "--show", "verdict"], 1),
    ([*LOST, "x=1e-3", "--min-digits", "12", "--strict"], 1), ([*LOST, "x=1e-3", "--strict"], 5),
])  # fmt: skip
def test_exit_1_where_fewer_digits_are_left(argv: list[str], code: int) -> None:
    assert run([*argv, "-q"]) == code


def test_the_least_digits_depend_on_the_dtype() -> None:
    results = [gradcli.grad("log(1 + x)/x", {"x": 0.01}, dtype=dtype) for dtype in ("float64", "float32", "float16")]
    assert [result.min_digits for result in results] == [3, 3, 1]


def test_the_certain_number_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grad", "tanh(x)", "x=190", "--correct"]) == 0
    shown = capsys.readouterr()
    assert float(shown.out) == 3.716694526530559e-165
    assert "corrected: x: the certain number stands in the place of torch's" in shown.err
    assert run(["grad", "tanh(x)", "x=1", "--correct"]) == 0
    shown = capsys.readouterr()
    assert float(shown.out) == gradcli.grad("tanh(x)", {"x": 1.0}).derivative["x"]
    assert shown.err == ""


@pytest.mark.parametrize(("text", "point"), [("sqrt(x**2)", "x=0"), ("where(x > 0, sqrt(x), 0*x)", "x=0")])
def test_a_nan_that_stays_is_not_called_corrected(text: str, point: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grad", text, point, "--correct"]) == 5
    shown = capsys.readouterr()
    assert shown.out == "nan\n"
    assert "corrected" not in shown.err


@pytest.mark.parametrize("format_", ["csv", "latex"])
def test_other_formats_print_it_as_well(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grad", "log(1 + exp(x))", "x=1000", "--correct", "--format", format_, "-q"]) == 0
    assert "nan" not in capsys.readouterr().out.lower()


def test_json_keeps_torchs_number_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["hessian", "log(1 + exp(x)) + y**2", "x=1000", "y=3"]
    assert run([*argv, "--json", "--correct"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["derivative"]["x"]["x"] == "NaN"
    assert found["certain"] == {"x": {"x": 0.0, "y": 0.0}, "y": {"x": 0.0, "y": 2.0}}
    assert run([*argv, "--json"]) == 1
    assert "certain" not in json.loads(capsys.readouterr().out)


def test_only_what_is_wrong_is_replaced() -> None:
    """The other entries stay torch's, to the bit."""
    point = {"x": [1000.0, 0.3, -2.0]}
    result = gradcli.grad("sum(log(1 + exp(x)))", point, correct=True)
    assert np.isnan(result.derivative["x"][0])
    assert result.certain is not None
    assert result.certain["x"][0] == 1.0
    np.testing.assert_array_equal(result.certain["x"][1:], result.derivative["x"][1:])
    assert result.exit_code() == 0
    assert gradcli.grad("sum(log(1 + exp(x)))", point).certain is None


@pytest.mark.parametrize(("text", "point", "code"), [
    ("abs(x) + log(1 + exp(y))", {"x": 0.0, "y": 1000.0}, 0), ("sqrt(x) + log(1 + exp(y))", {"x": 0.0, "y": 1000.0}, 5),
    ("log(x)", {"x": -1.0}, 5), ("relu(x) - relu(-x)", {"x": 0.0}, 0),
])  # fmt: skip
def test_what_has_no_certain_number_keeps_its_exit_code(text: str, point: dict[str, Any], code: int) -> None:
    assert gradcli.grad(text, point, correct=True).exit_code() == code


def test_an_unused_variable_stays_none() -> None:
    result = gradcli.grad("x**2", {"x": 3.0, "y": 1.0}, allow_unused=True, correct=True)
    assert result.certain == {"x": 6.0, "y": None}


@pytest.mark.parametrize(("options", "said"), [
    ({"min_digits": 16}, "min_digits is a whole number from 0 to 15, not 16"), ({"min_digits": 2.5}, "not 2.5"),
    ({"correct": 1}, "correct is true or false, not 1"), ({"min_digit": 3}, "min_digit"),
])  # fmt: skip
def test_options_that_make_no_sense(options: dict[str, Any], said: str) -> None:
    with pytest.raises(gradcli.UsageError, match=said):
        gradcli.grad("x**2", {"x": 3.0}, **options)


def test_explain_prints_no_corrected_number() -> None:
    assert run(["explain", "x**2", "x=3", "--correct"]) == 2


def test_certain_digits_need_no_digits_of_torch() -> None:
    asked = ["grad", "tanh(x)", "x=190", "--digits", "12"]
    assert run(asked) == 0
    assert run([*asked, "--min-digits", "3"]) == 1
