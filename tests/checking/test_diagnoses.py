"""Mistakes that people make are named, and mended by a formula that ``check`` accepts."""

from __future__ import annotations

from typing import Any

import pytest
from checking.asking import assert_accepted, assert_refuted

SQUARE = {"X": "n,n"}
REGRESSION = {"X": "n,n", "w": "n", "y": "n"}

NAMED: list[tuple[str, str, dict[str, Any], str, str]] = [  # function, claim, options, kind and words of the diagnosis
    ("-sum(y*log(softmax(z)))", "softmax(z) - y", {"wrt": "z", "shape": {"y": "n", "z": "n"}}, "premise", "sum(y) == 1"),
    ("log(det(X))", "2*inv(X) - diag(diag(inv(X)))", {"shape": SQUARE}, "symmetric convention", "2*G - diag(G)"),
    ("trace(A@X)", "A + A.T - diag(diag(A))", {"wrt": "X", "shape": {"A": "n,n", **SQUARE}}, "symmetric convention", "2*G"),
    ("A@X@B", "kron(B.T, A)", {"wrt": "X", "shape": {"A": "n,m", "X": "m,p", "B": "p,q"}}, "layout", "vec(X), by columns"),
    ("A@X@B", "kron(A, B.T)", {"wrt": "X", "shape": {"A": "n,m", "X": "m,p", "B": "p,q"}}, "layout", "vec(X), by rows"),
    ("trace(inv(X))", "-X**-2", {"shape": SQUARE}, "entrywise", "inv(X) @ inv(X)"),
    ("var(x)", "2*(x - mean(x))/n", {"shape": {"x": "n"}}, "hidden constant", "var(x) divides by n - 1, the claim by n"),
    ("norm(x)", "x/(norm(x) + 1e-8)", {"shape": {"x": "n"}}, "hidden constant", "1e-8"),
    ("x/3", "0.333", {}, "rounded number", "1/3"),
    ("x*pi", "3.14", {}, "rounded number", "pi"),
    ("norm(X@w - y)**2", "X@(X@w - y)", {"wrt": "w", "shape": REGRESSION}, "two slips", "X.T is due where X stands"),
    ("trace((X.T@X - A).T@(X.T@X - A))", "2*X@X.T@X - X@A - 2*X@A.T", {"wrt": "X", "shape": {"X": "n,m", "A": "m,m"}}, "two slips", "times 2"),
    ("relu(x)", "sigmoid(1000*x)", {}, "approximation", "close to the kink at x = 0"),
    ("abs(2*x - 1)", "2*tanh(1000*(2*x - 1))", {}, "approximation", "close to the kink at x = 0.5"),
    ("sum(x)", "1", {"shape": {"x": "n"}}, "shape", "one number where an array is due"),
    ("leaky_relu(x)", "where(x > 0, 1, 0.1)", {}, "factor", "the number 0.1 should be 0.01, the negative_slope of leaky_relu"),
    ("relu(x)**2", "where(x > -1, 2*x, 0)", {}, "wrong branch", "the bound -1 should be 0"),
    ("x/(1 + abs(x))", "1/(1 + x)**2", {}, "wrong part", "abs(x) is due where x stands"),
    ("prod(x)", "x/prod(x)", {"shape": {"x": "n"}}, "factor", "the fraction x/prod(x) is upside down: prod(x)/x is due"),
    ("sum(p*log(p/q))", "-q/p", {"wrt": "q", "shape": {"p": "n", "q": "n"}}, "factor", "the fraction -q/p is upside down: -p/q is due"),
    ("mean((X@w - y)**2)", "2*X.T@(X@w - y)/d", {"wrt": "w", "shape": {"X": "n,d", "w": "d", "y": "n"}}, "size", "the size n is due where d stands"),
    ("sum(matrix_exp(X))", "exp(X)", {"shape": SQUARE}, "entrywise", "this is the derivative of sum(exp(X)): exp(X) is that of each entry"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "options", "kind", "words"), NAMED)
def test_a_mistake_is_named_and_mended(
    function: str, claim: str, options: dict[str, Any], kind: str, words: str
) -> None:
    found = assert_refuted(function, claim, **options).diagnosis
    assert found.kind == kind, found
    assert words in found.text
    assert "grad(" not in found.suggestion
    assert_accepted(function, found.suggestion, **options)


def test_sizes_are_suggested_under_their_letters() -> None:
    assert assert_refuted("sum(x)", "1", shape={"x": "n"}).diagnosis.suggestion == "ones(n)"


@pytest.mark.parametrize(("function", "claim", "said"), [
    ("A", "A.T", "the claim is the transpose of the function"), ("A@A", "zeros(n, n)", "the claim is zero everywhere; the function is not"),
    ("A@A", "-A@A", "the claim is minus the function"),
])  # fmt: skip
def test_of_a_value_nothing_is_said_of_derivatives(function: str, claim: str, said: str) -> None:
    assert assert_refuted(function, claim, kind="value", shape={"A": "n,n"}).diagnosis.text == said


@pytest.mark.parametrize("claim", ["eye(n)", "A@A@A - A + eye(n)"])
def test_no_value_is_mended_by_the_function_itself(claim: str) -> None:
    found = assert_refuted("A", claim, kind="value", shape={"A": "n,n"}, where="A@A == A").diagnosis
    assert found is None or found.suggestion is None or "A @ eye" not in found.suggestion
