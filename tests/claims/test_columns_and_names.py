"""Claims about columns, where a matrix of one entry is a number, and about variables named like constants."""

from __future__ import annotations

from typing import Any

import pytest

import gradcli

COLUMN = {"x": "n,1", "A": "n,n"}


@pytest.mark.parametrize(("claim", "verdict"), [("(A + A.T)@x", "proved"), ("2*A@x", "refuted")])
def test_a_function_of_one_entry_has_a_gradient(claim: str, verdict: str) -> None:
    (found,) = gradcli.check("x.T@A@x", claim, wrt="x", shape=COLUMN).claims
    assert (str(found.verdict), found.kind) == (verdict, "grad")


COLUMNS = [  # function, claim, options: right but for axes of size 1
    ("dot(a, x)", "reshape(a, n, 1)", {"wrt": "x", "shape": {"a": "n", "x": "n"}}),
    ("sum(x**2)", "2*x[None]", {"shape": {"x": "n"}}),
    ("x.T@A@x", "x.T@(A + A.T)", {"wrt": "x", "shape": COLUMN}),
    ("x.T@A@x", "(A + A.T)@x", {"wrt": "x", "shape": COLUMN, "kind": "jacobian"}),
    ("x.T@A@x", "A + A.T", {"wrt": "x", "shape": COLUMN, "kind": "hessian"}),
    ("A@x", "A", {"wrt": "x", "shape": {"A": "m,n", "x": "n,1"}}),
    ("x**2", "[2*x]", {}),
    ("sum(x**2)", "[[2], [4]]", {"at": {"x": [1.0, 2.0]}}),
]


@pytest.mark.parametrize(("function", "claim", "options"), COLUMNS)
def test_a_claim_with_axes_of_size_1_more_or_less_holds_and_a_note_says_how_it_is_read(
    function: str, claim: str, options: dict[str, Any]
) -> None:
    right, wrong = gradcli.check(function, claim, **options), gradcli.check(function, f"3*({claim})", **options)
    assert bool(right)
    assert any("is read in the shape of the derivative" in note for note in right.claims[0].notes)
    assert str(wrong.verdict) == "refuted"
    assert wrong.claims[0].counterexample.claimed == 3 * wrong.claims[0].counterexample.true


def test_the_shapes_of_such_a_claim_are_told_in_letters() -> None:
    (found,) = gradcli.check("A@x", "A", wrt="x", shape={"A": "m,n", "x": "n,1"}).claims
    assert found.notes == ("the claim of shape (m, n) is read in the shape of the derivative, (m, 1, n, 1)",)


@pytest.mark.parametrize(("function", "claim", "options"), [
    ("x", "reshape(x, n, 1)", {"kind": "value", "shape": {"x": "n"}}),  # another function
    ("sum(x)", "ones(n, 2)", {"shape": {"x": "n"}}),
    ("sum(X**2)", "reshape(2*X, n*m)", {"shape": {"X": "n,m"}}),
])  # fmt: skip
def test_other_shapes_are_still_wrong(function: str, claim: str, options: dict[str, Any]) -> None:
    assert str(gradcli.check(function, claim, **options).verdict) == "refuted"


CONSTANTS = [  # function, claim, options: the derivative in what does not occur is 0
    ("7", "0", {"wrt": "x"}),
    ("y", "0", {"wrt": "x"}),
    ("sigma*(y - x)", "0", {"wrt": "z"}),
    ("b@b", "zeros(n, m)", {"wrt": "A", "shape": {"A": "n,m", "b": "k"}}),
    ("exp(b)", "zeros(k, n)", {"wrt": "a", "shape": {"a": "n", "b": "k"}}),
    ("x**2", "0", {"wrt": ("x", "y"), "kind": "hessian"}),
]


@pytest.mark.parametrize(("function", "claim", "options"), CONSTANTS)
def test_the_derivative_of_a_constant_is_proved_to_be_0_and_to_be_nothing_else(
    function: str, claim: str, options: dict[str, Any]
) -> None:
    (right,) = gradcli.check(function, claim, **options).claims
    (wrong,) = gradcli.check(function, f"{claim} + 1", **options).claims
    assert (str(right.verdict), str(wrong.verdict)) == ("proved", "refuted")
    assert wrong.counterexample.true == 0
    assert any("does not occur in the function" in note for note in right.notes)


def test_a_variable_that_may_be_misspelt_is_asked_about() -> None:
    (found,) = gradcli.check("sigma**2", "0", wrt="sigmaa").claims
    assert found.notes == ("sigmaa does not occur in the function: did you mean sigma?",)


def test_a_value_may_be_given_for_a_variable_that_the_function_lacks() -> None:
    assert bool(gradcli.check("7", "0", at={"x": 3.0}, wrt="x"))


def test_a_variable_that_is_named_hides_a_constant_and_a_function() -> None:
    (tau,) = gradcli.check("exp(-x/tau)", "x/tau**2*exp(-x/tau)", wrt="tau").claims
    (beta,) = gradcli.check("beta[0]**2", "[2*beta[0], 0]", wrt="beta", shape={"beta": "2"}).claims
    assert (str(tau.verdict), str(beta.verdict)) == ("proved", "proved")


def test_the_cosine_of_two_vectors_needs_no_axis_and_the_library_s_own_is_the_library_s() -> None:
    shapes = {"v": "n", "w": "n"}
    (found,) = gradcli.check(
        "cosine_similarity(v, w)",
        "w/(norm(v)*norm(w)) - cosine_similarity(v, w)*v/norm(v)**2",
        wrt="v",
        shape=shapes,
    ).claims
    assert found.proved_for == "all"
    with pytest.raises(gradcli.GradcliError, match="torch's default is dim=1"):
        gradcli.check("F.cosine_similarity(v, w)", "v", wrt="v", shape=shapes)


def test_what_is_said_of_how_function_and_claim_are_read_is_said_once() -> None:
    taken = ".max gives values, indices; the values are taken"
    at = {"x": [1.0, 3.0, 2.0]}
    assert gradcli.check("x.max(0)", "one_hot(1, 3)", at=at).claims[0].notes == (taken,)
    assert gradcli.check("2*x.max(0)", "x.max(0)*0 + 2*one_hot(1, 3)", at=at).claims[0].notes == (taken,)
