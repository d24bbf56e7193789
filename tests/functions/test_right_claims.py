"""Gradients that are right are accepted, in every form in which people return them."""

from __future__ import annotations

import numpy as np
import pytest
from functions.cases import RIGHT
from functions.comparing import Compare, words

from gradcli.base.errors import InputError
from gradcli.foreign.compare import check_functions


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_claim_is_accepted(name: str, compare: Compare) -> None:
    source, at = RIGHT[name]
    for result in compare(source, **at):
        assert result.conclusion == "agrees", result
        assert result.digits is None or result.digits > 9, result
        assert (result.counterexample, result.diagnosis) == (None, None)
        assert result.points == 1
        json_ready = result.to_dict()
        assert json_ready["verdict"] == "agrees"


def test_the_routes_are_told(compare: Compare) -> None:
    (by_torch,) = compare("def f(x): return x**2\ndef g(x): return 2 * x", x=3.0)
    assert by_torch.routes == ("torch.autograd", "Ridders differences")
    assert by_torch.digits == pytest.approx(15.95, abs=0.01)
    (by_values,) = compare("def f(x): return float(x)**2\ndef g(x): return 2 * float(x)", x=3.0)
    assert by_values.routes == ("Ridders differences",)
    assert by_values.digits is not None
    assert 9 < by_values.digits < 15.9


def test_names_and_kinds_of_results(compare: Compare) -> None:
    source = "def f(x, y): return (x * y).sum()\ndef g(x, y): return y, x"
    first, second = compare(source, x=[1.0], y=[2.0])
    assert (first.name, first.wrt, first.kind, second.name) == ("x", ("x",), "grad", "y")
    assert first.function.endswith(":f")
    assert first.claim.endswith(":g")


def test_numbers_from_paper() -> None:
    """d(x^2 y)/dx = 2xy = 12 and d/dy = x^2 = 4 at x = 2, y = 3; 13 is wrong."""

    def f(x: float, y: float) -> float:
        return x * x * y

    right = check_functions(f, lambda x, y: (12.0, 4.0), {"x": np.array(2.0), "y": np.array(3.0)})
    assert [result.conclusion for result in right] == ["agrees", "agrees"]
    wrong = check_functions(f, lambda x, y: (12.0, 13.0), {"x": np.array(2.0), "y": np.array(3.0)})
    assert [result.conclusion for result in wrong] == ["agrees", "refuted"]
    assert wrong[1].counterexample is not None
    assert (wrong[1].counterexample.claimed, wrong[1].counterexample.true) == (13.0, 4.0)


def test_part_of_the_variables(compare: Compare) -> None:
    source = "def f(w, X): return ((X @ w)**2).sum()\ndef g(w, X): return 2 * X.T @ (X @ w)"
    at = {"w": [1.0, 2.0], "X": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]}
    (result,) = compare(source, **at, options={"wrt": ["w"]})
    assert (result.name, result.conclusion) == ("w", "agrees")
    with pytest.raises(InputError, match="neither a dict nor 2 parts") as caught:
        compare(source, **at)
    assert "--wrt w" in str(caught.value.hint)
    (result,) = compare(source.replace("return 2", "return None, 2"), **at, options={"wrt": "X"})
    assert (result.name, result.conclusion) == ("X", "refuted")
    results = compare(source.replace("def g(w, X): return", "def g(w, X): return {'w': ") + "}", **at)
    assert [(result.name, result.conclusion) for result in results] == [("w", "agrees")]


def test_none_stands_for_zero(compare: Compare) -> None:
    source = "def f(x, y): return (x**2).sum() + 0 * y\ndef g(x, y): return 2 * x, None"
    first, second = compare(source, x=[1.0, 2.0], y=3.0)
    assert (first.conclusion, second.conclusion) == ("agrees", "agrees")
    assert "gives nothing for y: read as zero" in words(second)
    first, second = compare(source.replace("0 * y", "7 * y"), x=[1.0, 2.0], y=3.0)
    assert (first.conclusion, second.conclusion) == ("agrees", "refuted")
    assert second.counterexample is not None
    assert (second.counterexample.claimed, second.counterexample.true) == (None, 7.0)


@pytest.mark.parametrize("source", [
    "def f(x, y): return x**2 * y\ndef g(x, y): return [[2 * y, 2 * x], [2 * x, 0]]",
    "def f(x, y): return float(x)**2 * float(y)\ndef g(x, y): return {'x': {'x': 2 * y, 'y': 2 * x}, 'y': {'x': 2 * x, 'y': 0}}",
    "def f(x, y): return float(x)**2 * float(y)\ndef g(x, y): return np.array([[2 * y, 2 * x], [2 * x, 0]])",
])  # fmt: skip
def test_blocks_of_a_hessian(source: str, compare: Compare) -> None:
    results = compare(source, x=2.0, y=3.0, options={"kind": "hessian"})
    assert [(result.name, result.conclusion) for result in results] == [
        ("x,x", "agrees"), ("x,y", "agrees"), ("y,x", "agrees"), ("y,y", "agrees"),
    ]  # fmt: skip
    wrong = compare(
        source.replace("[2 * y", "[3 * y").replace("'x': 2 * y", "'x': 3 * y"),
        x=2.0,
        y=3.0,
        options={"kind": "hessian"},
    )
    assert [result.conclusion for result in wrong] == ["refuted", "agrees", "agrees", "agrees"]
    assert wrong[0].diagnosis is not None
    assert wrong[0].diagnosis.kind == "factor"


@pytest.mark.parametrize("cube", ["(x**3).sum()", "float(np.sum(x.copy()**3))"])
def test_the_hessian_of_one_vector(cube: str, compare: Compare) -> None:
    (right,) = compare(
        f"def f(x): return {cube}\ndef g(x): return np.diag(6 * x)", x=[1.0, 2.0], options={"kind": "hessian"}
    )
    assert (right.name, right.conclusion, right.kind) == ("x", "agrees", "hessian")
    (wrong,) = compare(f"def f(x): return {cube}\ndef g(x): return 6 * x", x=[1.0, 2.0], options={"kind": "hessian"})
    assert wrong.conclusion == "refuted"
    assert wrong.diagnosis is not None
    assert str(wrong.diagnosis) == "shape: the claim has shape (2,), the derivative (2, 2)"


def test_a_row_of_a_hessian_that_says_none(compare: Compare) -> None:
    source = "def f(x, y): return x**2 + 0 * y\ndef g(x, y): return [[2, 0], None]"
    results = compare(source, x=2.0, y=3.0, options={"kind": "hessian"})
    assert [result.conclusion for result in results] == ["agrees"] * 4
