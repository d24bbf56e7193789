"""Values for some names: a formula in the others, with the values put in, exactly."""

from __future__ import annotations

import json
import shlex
from typing import Any

import numpy as np
import pytest
from runner import run

import gradcli
from gradcli.api import grad, hessian, jacobian

A: Any = [[1, 2], [3, 4]]
LARGE = np.arange(64.0).reshape(8, 8) / 7


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("grad 'a*x**2' a=3", "6*x"),
        ("grad 'a*x@x' a=3 --shape x=n", "6*x"),
        ("grad 'sum(x**p)' p=2 --shape x=n", "2*x"),
        ("grad 'a*x@x' a=0.1 --shape x=n", "0.2*x"),
        ("grad 'a*x**2' a=pi/4", "pi*x/2"),
        ("grad 'sin(a)*x**2' a=2", "2*x*sin(2)"),
        ("grad 'a*b*x**2' a=2 b=3*a", "24*x"),
        ("grad 'x@A@x' A=[[1,2],[3,4]] --shape x=2", "[[2, 5], [5, 8]] @ x"),
        ("grad 'x@A@x' A=[[1,2],[3,4]] --shape x=2 --entries", "[2*x[0] + 5*x[1], 5*x[0] + 8*x[1]]"),
        ("grad 'x@A@x + b@x' A=[[1,2],[3,4]] b=0.1,2 --shape x=2", "[0.1, 2] + [[2, 5], [5, 8]] @ x"),
        ("grad 'x@inv(A)@x' A=[[1,2],[3,4]] --shape x=2", "[[-4, 2.5], [2.5, -1]] @ x"),
        (
            "grad 'trace(A@X@B@X.T)' A=[[1,2],[3,4]] B=[[0,1],[1,0]] --shape X=2,2",
            "[[2, 5], [5, 8]] @ X @ [[0, 1], [1, 0]]",
        ),
        ("jacobian 'A@x' A=[[1,2],[3,4]] --shape x=2", "[[1, 2], [3, 4]]"),
        ("grad 'sum((y - a*x)**2)' x=1,2,3,4 y=2,4,6,9", "60*a - 128"),
        ("grad 'a*x**2' x=3", "9"),
        ("grad 'a*x**2' x=3 --wrt x", "6*a"),
        ("grad 'a*x@x' x=1,2 --wrt x", "a*[2, 4]"),
        ("hessian 'a*x**2*y' x=2 --wrt x", "2*a*y"),
        ("grad 'a*x**2' a=3 z=1 --allow-unused", "6*x"),
    ],
)
def test_the_formula_has_the_values_in_it(line: str, out: str) -> None:
    done = run(shlex.split(line), b"")
    assert (done.code, done.stdout.strip(), done.stderr) == (0, out, "")


def test_sizes_are_those_of_values() -> None:
    X = [[1, 2], [3, 4], [5, 6]]
    shape = {"X": "n,m", "w": "m", "y": "n"}
    found = grad("sum((X@w - y)**2)/n", {"X": X}, shape=shape, wrt="w")
    assert found.formula == {"w": "[[2, 6, 10], [4, 8, 12]] @ ([[1, 2], [3, 4], [5, 6]] @ w - y)/3"}
    assert (found.wrt, found.expression) == (("w",), "sum((X@w - y)**2)/n")
    whole = grad("sum(x**2)/n", {"x": [1.0, 3.0]}, shape={"x": "n"})
    assert (whole.wrt, whole.value) == (("x",), 5.0)


def test_a_long_array_stays_under_its_name() -> None:
    assert grad("x@B@x", {"B": LARGE}, shape={"x": 8}).formula == {"x": "(B + B.T) @ x"}


def test_what_is_printed_is_the_derivative_at_the_values() -> None:
    point = {"x": [0.5, -2.0], "b": [1.5, 0.25], "A": A}
    for function in ("x@A@x + b@x", "norm(A@x)*b[1]", "sum(relu(A@x))*b[0]", "log(x@x)*(b@A@x)"):
        formula = grad(function, {"A": A}, shape={"x": 2, "b": 2}, wrt="x").formula
        assert formula is not None
        at = {name: value for name, value in point.items() if name in formula["x"]}
        value = jacobian(formula["x"], at, check="off").value
        used = {name: value for name, value in point.items() if name in function}
        assert value == pytest.approx(grad(function, used, wrt="x").derivative["x"], rel=1e-12)  # type: ignore[index]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("grad 'a*abs(x)' x=0 --wrt x", 6, "not held against the function at the values of x"),
        ("grad 'a*max(x)' x=1,1 --wrt x", 6, "there may be a kink"),
        ("grad 'a/x' x=0 --wrt x", 6, "not held"),
        ("grad 'x@A@x' A=[[1,2],[3,4]] --shape A=3,3", 4, "A has shape (2, 2), and --shape says (3, 3)"),
        ("grad 'x@x' x=1,2 --shape x=3", 4, "x has shape (2,), and --shape says (3,)"),
        (
            "grad 'x@y*a' x=1,2 y=1,2,3 --shape x=n --shape y=n",
            4,
            "y has shape (3,), but x has shape (2,): n is not both 2 and 3",
        ),
        ("grad 'sum(A)*a' A=[[1,2]] --shape A=n,n", 4, "A has shape (1, 2), and --shape says (n, n)"),
        ("grad 'sum(x)/n*a' n=2.5 --shape x=n", 4, "n is a size: its value is a whole number from 1, not 2.5"),
        ("grad 'x@A@x' A=[[1,2],[3,4]]", 3, "try: --shape x=n gives x a shape"),
        ("grad 'a*x**2' b=3", 4, "b is bound, but the expression does not use it"),
        ("grad 'alpha*x' alhpa=1", 4, "did you mean alhpa?"),
        ("grad 'a*x**2' a=2 --digits 20", 2, "--digits needs values of all names: x has none"),
        ("grad 'a*x**2' x=2 --wrt x --code numpy", 2, "--code is a function of x, which has a value"),
        ("grad 'x@A@x' A=[[1,2],[3,4]] --shape x=2 --assume A=symmetric", 2, "--assume names A, which has a value"),
    ],
)
def test_what_is_not_told(line: str, code: int, said: str) -> None:
    done = run(shlex.split(line), b"")
    assert (done.code, done.stdout) == (code, "")
    assert said in done.stderr


def test_python_takes_the_same() -> None:
    assert grad("a*x**2", {"a": 3}).formula == {"x": "6*x"}
    assert grad("x@A@x", {"A": np.array(A)}, shape={"x": 2}).formula == {"x": "[[2, 5], [5, 8]] @ x"}
    assert hessian("a*x*y", {"a": 2.5}).formula == {"x": {"x": "0", "y": "5/2"}, "y": {"x": "5/2", "y": "0"}}
    with pytest.raises(gradcli.InputError, match="A has shape"):
        grad("x@A@x", {"A": A}, shape={"A": "n,n,n", "x": "n"})


def test_code_has_the_values_in_it() -> None:
    code = grad("a*sum((A@x)**2)", {"a": 2, "A": A}, shape={"x": 2}, code="numpy").code
    assert code is not None
    assert "def value_and_derivative(x):" in code


def test_json_says_what_was_read() -> None:
    found = json.loads(run(shlex.split("grad 'a*x**2' a=3 --json"), b"").stdout)
    assert (found["expression"], found["read_as"], found["wrt"]) == ("a*x**2", "3*x**2", ["x"])
