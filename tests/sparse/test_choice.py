"""Which derivatives are sparse: those asked for, those that are too large to be dense, and how they were found."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from runner import run
from sparse.beside import point_of

import gradcli
from gradcli.engine.sparse import derivative
from gradcli.engine.sparse.answer import COLOURS, TEMPLATES
from gradcli.engine.sparse.derivative import sparse_jacobian

LARGE = ("jacobian", "x**2", "x=linspace(0,1,3000)")
DENSE = ("hessian", "logsumexp(x)")  # no entry is zero


def test_what_is_too_large_is_sparse_and_says_so() -> None:
    done = run(LARGE)
    assert (done.code, len(done.stdout.splitlines())) == (0, 3000)
    assert done.stderr.startswith("sparse: 3,000 of 9,000,000 entries, from the templates of the formula; --no-sparse")
    assert run((*LARGE, "-q")).stderr == ""
    asked = run((*LARGE, "--sparse"))
    assert (asked.stdout, asked.stderr) == (done.stdout, "")
    assert json.loads(run((*LARGE, "--json")).stdout)["sparse"]["entries"] == 3000


def test_what_is_small_is_dense_unless_it_is_asked_for() -> None:
    assert run(("jacobian", "x**2", "x=1,2")).stdout == "[[2.0, 0.0], [0.0, 4.0]]\n"
    assert run(("jacobian", "x**2", "x=1,2", "--no-sparse")).stdout == "[[2.0, 0.0], [0.0, 4.0]]\n"
    assert gradcli.jacobian("x**2", {"x": [1.0, 2.0]}).sparse is None


@pytest.mark.parametrize(
    "options", [("--no-sparse",), ("--mode", "forward"), ("--format", "latex"), ("--digits", "20"), ("--correct",)]
)
def test_what_needs_all_entries_is_refused_where_these_are_too_many(options: tuple[str, ...]) -> None:
    done = run((*LARGE, *options))
    assert (done.code, done.stdout, "9,000,000 entries" in done.stderr) == (6, "", True), done.stderr


def test_a_dense_derivative_is_stored_as_a_sparse_one_and_says_why() -> None:
    done = run((*DENSE, "x=linspace(0,1,300)", "--sparse"))
    assert (done.code, len(done.stdout.splitlines())) == (0, 90_000)
    assert done.stderr.startswith("sparse: 90,000 of 90,000 entries, all were computed (")
    found = gradcli.hessian(DENSE[1], {"x": np.linspace(0, 1, 300)}, sparse=True)
    theirs = gradcli.hessian(DENSE[1], {"x": np.linspace(0, 1, 300)})
    assert found.sparse.method == "dense"
    assert found.sparse.reason
    assert np.array_equal(found.derivative["x"]["x"].toarray(), theirs.derivative["x"]["x"])


def test_where_there_is_no_sparse_one_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise gradcli.LimitError("no zeros are known", kind="limit" if late else "time")

    monkeypatch.setattr(derivative, "sparse_hessian", refuse)
    at = {"x": np.ones(2001)}
    late = True
    for sparse, said in ((None, "has 4,004,001 entries"), (True, "no zeros are known")):
        with pytest.raises(gradcli.LimitError, match=said):
            gradcli.hessian("logsumexp(x)", at, sparse=sparse)
    late = False  # what ends the time ends the command
    with pytest.raises(gradcli.LimitError, match="no zeros are known"):
        gradcli.hessian("logsumexp(x)", {"x": [1.0, 2.0]}, sparse=True)


CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("jacobian", "x[1:]*y - x[:-1]**2", {"x": np.linspace(0, 1, 50), "y": 3.0}),
    ("jacobian", "[x, sin(x)]", {"x": np.linspace(0, 1, 20)}),
    ("jacobian", "A@x + x**2", {"A": np.diag(np.arange(1.0, 6.0)), "x": np.ones(5)}),
    ("hessian", "sum((x[1:] - x[:-1]**2)**2)*y", {"x": np.linspace(0, 1, 50), "y": 3.0}),
    ("hessian", "sum(X[1:, :]*X[:-1, :])", {"X": np.linspace(0, 1, 12).reshape(4, 3)}),
    ("hessian", "sum(cumsum(x)**3)", {"x": np.linspace(0, 1, 9)}),
    ("hessian", "x**2*y", {"x": 2.0, "y": 3.0}),
]


@pytest.mark.parametrize(("command", "formula", "values"), CASES, ids=[case[1] for case in CASES])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_sparse_derivative_has_the_numbers_of_the_dense_one(
    command: str, formula: str, values: dict[str, Any], dtype: str
) -> None:
    function = getattr(gradcli, command)
    sparse = function(formula, values, sparse=True, dtype=dtype)
    dense = function(formula, values, sparse=False, dtype=dtype)
    assert sparse.check.verdict == "agrees"
    assert np.array_equal(sparse.value, dense.value)
    for row, block in sparse.derivative.items():
        for column, matrix in block.items() if command == "hessian" else [(None, block)]:
            theirs = dense.derivative[row] if column is None else dense.derivative[row][column]
            near = 1e-5 if dtype == "float32" else 1e-13
            assert np.allclose(matrix.toarray(), np.reshape(theirs, matrix.shape), rtol=near, atol=near)


def test_the_check_may_be_left_out_and_strict_says_so() -> None:
    done = run((*LARGE, "--sparse", "--check", "off", "--strict", "-o", "/dev/null"))
    assert (done.code, "check: unchecked" in done.stderr) == (5, True)


def test_by_colours_it_says_how_many() -> None:
    done = run(("hessian", "sum(cumsum(x)**3)", "x=1,2,3", "--sparse", "-v"))
    found = json.loads(run(("hessian", "sum(cumsum(x)**3)", "x=1,2,3", "--sparse", "--json")).stdout)["sparse"]
    assert found["method"] in {"templates", "colours"}
    assert (f"by {found.get('colours')} colours" in done.stderr) == (found["method"] == "colours")


@pytest.mark.parametrize("sparse", [True, False])
def test_an_entry_that_is_no_number_is_no_bug_where_it_is_not_read(sparse: bool) -> None:
    values = {"y": [[np.nan, 1.0], [2.0, 1.0], [2.0, 0.5]]}
    check = gradcli.hessian("sum(tanh(y[1::3, -1:])**2)", values, sparse=sparse).check
    assert str(check.verdict) in {"agrees", "unchecked"}


@pytest.mark.parametrize("method", [TEMPLATES, COLOURS])
@pytest.mark.parametrize("text", ["x", "reshape(x, 2, 2)", "x[1:]"])
def test_the_value_beside_a_sparse_derivative_is_the_callers_to_change(text: str, method: str) -> None:
    """Torch reads inputs in the caller's own memory; what comes out lies elsewhere."""
    x = np.arange(1.0, 5.0)
    assert not np.shares_memory(sparse_jacobian(point_of(text, {"x": x}), method=method).value, x)
