"""Derivatives held against claims: every kind, matrices, premises, values that stay."""

from __future__ import annotations

import pytest
from residues.asking import asked, proved

from gradcli.meaning.residues.nodes import UnmodelledError

A = [[2.0, 0.5, -0.25], [0.25, 1.5, 0.75], [-0.5, 0.25, 3.0]]
S = [[2.0, 0.5, -0.25], [0.5, 1.5, 0.75], [-0.25, 0.75, 3.0]]
X = [0.5, -1.25, 2.0]
POINT = {"A": A, "x": X, "y": [1.0, 0.25, -0.5], "t": 0.75}

TRUE = [
    ("x@A@x", "(A + A.T)@x", "grad", "x"),
    ("x@A@x", "A + A.T", "hessian", "x"),
    ("x@A@y", "A", "hessian", "x,y"),
    ("A@x", "A", "jacobian", "x"),
    ("logdet(A)", "inv(A).T", "grad", "A"),
    ("det(A)", "det(A)*inv(A).T", "grad", "A"),
    ("x@inv(A)@x", "-outer(inv(A).T@x, inv(A).T@x)*0 - inv(A).T@outer(x, x)@inv(A).T", "grad", "A"),
    ("solve(A, x)", "inv(A)", "jacobian", "x"),
    ("inv(A + t*A)", "-inv(A)/(1 + t)**2", "jacobian", "t"),
    ("norm(A@x - y)", "A.T@(A@x - y)/norm(A@x - y)", "grad", "x"),
    ("norm(x)", "eye(3)/norm(x) - outer(x, x)/norm(x)**3", "hessian", "x"),
    ("softmax(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "jacobian", "x"),
    ("logsumexp(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "hessian", "x"),
    ("sum(relu(x))", "where(x > 0, 1, 0)", "grad", "x"),
    ("x@y/(norm(x)*norm(y))", "y/(norm(x)*norm(y)) - x@y*x/(norm(x)**3*norm(y))", "grad", "x"),
    ("trace(matrix_power(A, 3))", "3*matrix_power(A, 2).T", "grad", "A"),
    ("sum(sin(A)@x)", "cos(A)*x", "grad", "A"),
    ("t**3*exp(-t**2/2)", "(t**5 - 7*t**3 + 6*t)*exp(-t**2/2)", "hessian", "t"),
    ("erf(t)", "2/sqrt(pi)*exp(-t**2)", "grad", "t"),
    ("lambertw(t)", "exp(-lambertw(t))/(lambertw(t) + 1)", "grad", "t"),
    ("besselj(0, t)", "besselj(1, t)/t - besselj(0, t)", "hessian", "t"),
    ("asin(sin(t))", "1", "grad", "t"),
    ("acos(cos(t))", "sin(t)/abs(sin(t))", "grad", "t"),
    ("atan(t) + atan(1/t)", "0", "grad", "t"),
    ("grad(sum(x**3), x)", "diag(6*x)", "jacobian", "x"),
    ("amax(x)", "[0, 0, 1]", "grad", "x"),
    ("floor(t)*t", "floor(t)", "grad", "t"),
    ("cumsum(x)", "tril(ones(3, 3))", "jacobian", "x"),
]  # fmt: skip

FALSE = [
    ("x@A@x", "2*A@x", "grad", "x"),
    ("x@A@x", "2*A", "hessian", "x"),
    ("x@A@y", "A.T", "hessian", "x,y"),
    ("A@x", "A.T", "jacobian", "x"),
    ("logdet(A)", "inv(A)", "grad", "A"),
    ("softmax(x)", "diag(softmax(x))", "jacobian", "x"),
    ("norm(x)", "x", "grad", "x"),
    ("sum(relu(x))", "ones(3)", "grad", "x"),
    ("asin(sin(t))", "-1", "grad", "t"),
    ("acos(cos(t))", "-sin(t)/abs(sin(t))", "grad", "t"),
    ("erf(t)", "2/sqrt(3)*exp(-t**2)", "grad", "t"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "kind", "wrt"), TRUE)
def test_a_true_derivative_holds(function: str, claim: str, kind: str, wrt: str) -> None:
    found = asked(function, claim, kind, wrt, at=POINT)
    assert found.holds
    assert found.error < 1e-35


@pytest.mark.parametrize(("function", "claim", "kind", "wrt"), FALSE)
def test_a_false_derivative_does_not(function: str, claim: str, kind: str, wrt: str) -> None:
    for seed in range(3):
        assert not proved(function, claim, kind, wrt, at=POINT, seed=seed)


def test_a_premise_comes_after_the_derivative() -> None:
    """With a symmetric S its entries still move one by one."""
    point = {"S": S, "A": A}
    assert asked("trace(S@A)", "A.T", "grad", "S", at=point, where=["S == S.T"]).holds
    assert not asked("trace(S@A)", "A", "grad", "S", at=point, where=["S == S.T"]).holds
    assert asked("det(S)", "det(S)*inv(S)", "grad", "S", at=point, where=["S == S.T"]).holds
    assert not asked("det(S)", "det(S)*inv(S)", "grad", "S", at=point).holds


def test_premises_that_are_linear_are_met() -> None:
    where = ["sum(y) == 1"]
    claim = ("-sum(y*log(softmax(x)))", "softmax(x) - y", "grad", "x")
    point = {"x": X, "y": [0.25, 0.25, 0.5]}
    assert asked(*claim, at=point, where=where).holds
    assert not asked(*claim, at=point).holds
    assert not asked(*claim, at=point, where=["sum(y) == 1 or sum(y) == 2"]).holds
    assert not asked(*claim, at=point, where=["not sum(y) == 1"]).holds
    assert not asked(*claim, at=point, where=["sum(y) == 2"]).holds


def test_a_power_of_a_negative_number_moves_in_the_base_alone() -> None:
    point = {"x": -1.5, "n": 3}
    assert asked("x**n", "n*x**(n - 1)", "grad", "x", at=point).holds
    assert not asked("x**n", "n*(-x)**(n - 1)*x/abs(x)", "grad", "x", at=point).holds
    with pytest.raises(UnmodelledError, match="which is whole"):
        asked("x**n", "x**n*log(abs(x))", "grad", "n", at=point)


def test_a_derivative_may_be_claimed_at_a_value() -> None:
    claim = ("(x + 1)*y*exp(x)", "2*y", "grad", "x")
    assert asked(*claim, at={"y": 2.0}, given={"x": 0.0}).holds
    assert not asked(*claim, at={"y": 2.0}, given={"x": 0.5}).holds
    assert asked("x**2", "2*x", "grad", "x", at={"x": 3.0}, given={"x": 3.0}).holds


def test_values_that_stay_are_exact() -> None:
    assert asked("a*x**2", "5*x", "grad", "x", at={"x": 1.0}, given={"a": 2.5}).holds
    assert not asked("a*x**2", "5*x", "grad", "x", at={"x": 1.0}, given={"a": 2.5000001}).holds


@pytest.mark.parametrize(("function", "why"), [
    ("eigvalsh(A)[0]", "eigvalsh"), ("trace(matrix_exp(A))", "matrix_exp"), ("sum(inv(A - A)@x)", "singular"),
    ("1/(t - t)", "division by 0"), ("sum(inv(outer(x, x)))", "0 everywhere"),
])  # fmt: skip
def test_what_has_no_model_is_refused_with_the_reason(function: str, why: str) -> None:
    with pytest.raises(UnmodelledError, match=why):
        asked(function, "1", at=POINT)


EVERYWHERE = [
    ("x**y", "y*x**(y - 1)", "x"),
    ("x**y", "x**y*log(x)", "y"),
    ("floor(x)*x", "floor(x)", "x"),
    ("acos(cos(x))", "sin(x)/abs(sin(x))", "x"),
    ("abs(x*y)", "abs(y)*x/abs(x)", "x"),
    ("(6*x)**(1/(2*x))", "(6*x)**(1/(2*x))*(1/(2*x**2) - log(6*x)/(2*x**2))", "x"),
]  # fmt: skip
SOMEWHERE = [
    ("x**y", "y*abs(x)**(y - 1)", "x"),
    ("acos(cos(x))", "1", "x"),
    ("abs(x)", "1", "x"),
    ("log(abs(x))", "1/abs(x)", "x"),
    ("where(x > 2, x, 0)", "1", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "wrt"), EVERYWHERE)
def test_a_claim_holds_with_every_choice_of_signs(function: str, claim: str, wrt: str) -> None:
    assert asked(function, claim, "grad", wrt, everywhere=True).holds


@pytest.mark.parametrize(("function", "claim", "wrt"), SOMEWHERE)
def test_a_claim_that_holds_in_one_region_does_not_hold_everywhere(function: str, claim: str, wrt: str) -> None:
    assert asked(function, claim, "grad", wrt, at={"x": 2.5, "y": 1.5}).holds
    assert not proved(function, claim, "grad", wrt, everywhere=True)


ROTATION = [[0.6, -0.8], [0.8, 0.6]]


def test_an_orthogonal_matrix_is_a_rotation_or_a_reflection() -> None:
    point = {"Q": ROTATION, "A": [[1.0, 2.0], [0.5, -1.0]]}
    for where in (["Q.T @ Q == eye(2)"], ["eye(2) == Q@Q.T"]):
        assert asked("inv(Q)", "Q.T", at=point, where=where).holds
        assert asked("det(Q)**2", "1", at=point, where=where).holds
        assert asked("norm(Q@A)**2", "2*A", "grad", "A", at=point, where=where).holds
        assert asked("trace(Q.T@A@Q)", "trace(A)", at=point, where=where).holds
        assert not asked("det(Q)", "1", at=point, where=where).holds
        assert not asked("trace(Q)**2 - trace(Q@Q)", "2", at=point, where=where).holds
        assert not asked("norm(Q@A)**2", "2*A", "grad", "Q", at=point, where=where).holds
    assert not asked("inv(Q)", "Q.T", at=point).holds
    assert not asked("inv(Q)", "Q.T", at=point, where=["(Q.T@Q)[0, 0] == 1"]).holds


def test_columns_and_a_vector_of_length_one() -> None:
    point = {"Q": [[0.6, 0.8], [-0.8, 0.6], [0.0, 0.0]], "x": [0.6, 0.0, 0.8]}
    columns = ["Q.T @ Q == eye(2)"]
    assert asked("Q@Q.T@Q@Q.T", "Q@Q.T", at=point, where=columns).holds
    assert not asked("Q@Q.T", "eye(3)", at=point, where=columns).holds
    assert asked("(x@x)**2", "4*x", "grad", "x", at=point, where=["x@x == 1"]).holds
    assert not asked("(x@x)**2", "4*x", "grad", "x", at=point).holds
    assert not asked("x[0]", "0.6", at=point, where=["x@x == 1"]).holds
