"""Claims that are right to many digits at numbers of ordinary size, and wrong at small or large ones, or beside a place
where something changes its sign: none of them agrees. Their true siblings do."""

from __future__ import annotations

from typing import Any

import pytest
from checking.asking import assert_accepted, assert_refuted, only

import gradcli
from gradcli.claims.conclusion import Conclusion
from gradcli.claims.points import Points

S, V, VW, M, SQUARE, FORM = (
    {}, {"x": "n"}, {"x": "n", "y": "n"}, {"X": "n,m"}, {"X": "n,n"}, {"A": "n,n", "x": "n"},
)  # fmt: skip
FAR = [
    ("abs(2*x-1)", "2*tanh(1000/(2*x-1))", S), ("abs(x)", "tanh(1e4/x)", S), ("x", "tanh(1e5/x**2)", S), ("x", "1-exp(-1e5/x**2)", S),
    ("x**2", "2*x-exp(-1000000/x**2)", S), ("log(x)", "1/x*tanh(1e6/x)", S), ("log(3-x)", "-1/(3-x)*tanh(1e6/(3-x)**2)", S),
    ("x*y", "y*tanh(1e6/(x*y)**2)", S), ("x/y", "1/y*tanh(1e7*(y/x)**2)", S), ("norm(x)", "x/norm(x)*tanh(1e6/norm(x))", V),
    ("x.T@A@x", "(A+A.T)@x*tanh(1e12/sum(A**2))", FORM), ("sum(x*y)", "y*tanh(1e9/(1+y**2))", VW),
]  # fmt: skip
SMALL = [
    ("x**2", "2*x*tanh(1e6*x**2)", S), ("log(x)", "1/x*tanh(1e6*x)", S), ("sqrt(x)", "1/(2*sqrt(x))*tanh(1e5*x)", S), ("a*x**2", "2*a*x*tanh(1e6*a**2)", S),
    ("besselj(0, x)", "-besselj(1, x)*tanh(1e6*x**2)", S), ("sqrt(x)", "1/(2*sqrt(x+1e-30))", S), ("x*y", "y*tanh(1e8*(x/y)**2)", S),
    ("norm(x)", "x/norm(x)*tanh(1e6*norm(x))", V), ("sum(x**2)", "2*x*(1-exp(-1e5*x**2))", V), ("sum(x*y)", "y*tanh(1e7*y**2)", VW),
    ("logsumexp(x, dim=0)", "softmax(x, dim=0)*tanh(1e5*sum(x**2))", V), ("trace(X.T@X)", "2*X*tanh(1e6*sum(X**2))", M),
    ("sum(X*X)", "2*X*tanh(1e7*X**2)", M), ("x.T@A@x", "(A+A.T)@x*tanh(1e7*sum(A**2))", FORM),
    ("sum(inv(X))", "-inv(X).T@ones(n,n)@inv(X).T*tanh(1e7*sum(X**2))", SQUARE),
]  # fmt: skip
BESIDE = [
    ("abs(2*x-1)", "2*tanh(1000*(2*x-1))", S), ("abs(x)", "erf(50*x)", S), ("abs(x)", "x/sqrt(x**2+1e-40)", S), ("abs(x)", "x/(abs(x)+1e-6)", S),
    ("relu(x)", "sigmoid(1000*x)", S), ("relu(x-3)", "(1+erf(300*(x-3)))/2", S), ("abs(x)", "sign(x)*(1-exp(-1e6*abs(x)))", S),
    ("maximum(x, 2)", "sigmoid(1e4*(x-2))", S), ("clamp(x, -1, 1)", "sigmoid(1e4*(x+1))*sigmoid(1e4*(1-x))", S), ("abs(sin(x))", "cos(x)*tanh(1e5*sin(x))", S),
    ("sum(relu(x))", "sigmoid(1e6*x)", V), ("max(x)", "softmax(1e6*x, dim=0)", V), ("arcsin(x)", "1/sqrt(1-x**2)*tanh(1e6*(1-x))", S),
    ("log(x-3)", "1/(x-3)*tanh(1e5*(x-3))", S), ("sqrt(1-x**2)", "-x/sqrt(1-x**2)*(1-exp(-1e8*(1-x**2)))", S), ("sin(x)", "cos(x)*tanh(1e7*(3*x-1)**2)", S),
    ("sin(x)", "cos(x)*tanh(1e5*(x-1e4)**2)", S), ("sin(x)", "cos(x)+exp(-1e6*(x**2-3)**2)", S), ("sum(x**2)", "2*x*tanh(1e7*(x[0]-x[1])**2)", V),
    ("sum(x**2)", "2*x*erf(1e5*(sum(x)-1)**2)", V),
]  # fmt: skip
CONDITIONAL = [
    ("x**2", "2*x*tanh(1e6*(5-x))", S, "x < 5"), ("x**3", "3*x**2*tanh(1e8*log(x/3)**2)", S, "x > 0"),
    ("x.T@A@x", "2*A@x*tanh(1e6*sum(A**2))", FORM, "A == A.T"), ("log(det(X))", "inv(X).T*tanh(1e6*det(X))", SQUARE, "det(X) > 0"),
]  # fmt: skip
TRUE = [
    ("abs(2*x-1)", "2*tanh(1000*sign(2*x-1))/tanh(1000)", S), ("x**2", "2*x + abs(x) - sqrt(x**2)", S), ("log(x)", "1/x + floor(exp(-x))*0", S),
    ("relu(x)", "(1 + sign(x))/2", S), ("besselj(0, x)", "(besselj(-1, x) - besselj(1, x))/2", S), ("gammaln(x)", "digamma(x+1) - 1/x", S),
    ("sum(relu(x))", "where(x > 0, 1, 0)", V), ("max(x)", "where(x == max(x), 1, 0)", V), ("norm(x)", "x/sqrt(sum(x**2))", V),
    ("sum(abs(X))", "X/abs(X)", M), ("erf(x)", "2/sqrt(pi)*exp(-x**2)", S), ("arcsin(x)", "1/sqrt((1-x)*(1+x))", S),
]  # fmt: skip


def _wrt(function: str) -> str:
    return "X" if "X" in function else "x"


@pytest.mark.parametrize(("function", "claim", "shape"), [*FAR, *SMALL, *BESIDE])
def test_a_claim_that_is_right_at_ordinary_numbers_alone_is_refuted(
    function: str, claim: str, shape: dict[str, str]
) -> None:
    assert_refuted(function, claim, wrt=_wrt(function), shape=shape)


@pytest.mark.parametrize(("function", "claim", "shape", "where"), CONDITIONAL)
def test_it_is_refuted_where_conditions_hold(function: str, claim: str, shape: dict[str, str], where: str) -> None:
    assert_refuted(function, claim, wrt=_wrt(function), shape=shape, where=where)


@pytest.mark.parametrize(("function", "claim", "shape"), TRUE)
def test_the_true_sibling_is_accepted(function: str, claim: str, shape: dict[str, str]) -> None:
    assert_accepted(function, claim, wrt=_wrt(function), shape=shape)


def test_the_counterexample_has_few_digits() -> None:
    found = assert_refuted("relu(x)", "sigmoid(1000*x)").counterexample
    assert found.claimed != found.true  # as at -1, in float64
    assert assert_refuted("log(x)", "1/x*tanh(1e6/x)").counterexample.at == {"x": 1e6}
    found = assert_refuted("norm(x)", "x/norm(x)*tanh(1e6*norm(x))", shape={"x": "2"})
    assert found.counterexample.at == {"x": [0.0, 1e-06]}


def test_without_points_of_every_size_it_would_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: Points) -> Any:  # Any: a generator of points
        yield from ()

    monkeypatch.setattr(Points, "of_every_size", none)
    for function, claim, shape in (FAR[0], SMALL[1]):
        assert_accepted(function, claim, shape=shape)


def test_what_is_proved_is_not_refuted_where_it_lacks_a_value() -> None:
    """At X = 0 and A = 0, where conditions leave no points beside it."""
    claim = "2*det(X.T@A@X)*A@X@inv(X.T@A@X)"
    found = assert_accepted("det(X.T@A@X)", claim, wrt="X", shape={"X": "n,m", "A": "n,n"}, where="A == A.T")
    assert found.verdict == "proved"


HOLES = [
    ("sum(p**3)", "3*p**3/p + floor(exp(-1-sum(p**2)))*p", "p", {"p": "n"}, "sum(p) == 1"),
    ("sum(x**2)", "2*x**2/x + floor(exp(-1-sum(x**2)))*x", "x", {"x": "n"}, "x >= 0"),
    ("x.T@A@x", "2*A@x*sum(A**2)/sum(A**2) + floor(exp(-1-sum(A**2)))*x", "x", FORM, "A == A.T"),
    ("det(X.T@A@X)", "2*det(X.T@A@X)*A@X@inv(X.T@A@X) + floor(exp(-1-sum(A**2)))*X", "X", {"X": "n,m", "A": "n,n"}, "A == A.T"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "wrt", "shape", "where"), HOLES)
def test_what_lacks_a_value_at_points_alone_is_not_refuted_under_conditions(
    function: str, claim: str, wrt: str, shape: dict[str, str], where: str
) -> None:
    """The points beside it keep the conditions, or the claim has a value at those that do not, and is right elsewhere."""
    assert assert_accepted(function, claim, wrt=wrt, shape=shape, where=where).verdict == "agrees"


@pytest.mark.parametrize(
    ("function", "claim", "shape", "where"),
    [
        ("sum(x**4)", "4*x", "3", "sum(x**2) == 1"),  # false; right at 0, 1 and -1, and floats meet no other points
        ("sum(x**4)", "4*x", "3,3", "x.T@x == eye(3)"),
        ("sum(x**2)", "2*x**2/x + floor(exp(-1-sum(x**2)))*x", "n,n", "x.T@x == eye(n)"),  # true, and not proved
    ],
)
def test_points_of_few_numbers_do_not_tell(function: str, claim: str, shape: str, where: str) -> None:
    found = only(gradcli.check(function, claim, wrt="x", shape={"x": shape}, where=where))
    assert found.conclusion is Conclusion.UNDECIDED
    assert "x has no numbers but -" in found.notes[-1]


def test_a_name_that_conditions_leave_one_value_does_tell() -> None:
    found = assert_accepted("c*x**2", "4*x + floor(exp(-1-x**2))", wrt="x", where="c == 2")
    assert found.verdict == "agrees"


def test_no_premise_is_said_to_mend_a_claim_that_is_right_at_few_numbers_alone() -> None:
    """Where sum(x**2) == 1, as in [0.6, 0.8], sum(x)**2 is not 1; at [1, 0] it is."""
    found = assert_refuted("sum(x)**2", "sum(x**2)", kind="value", shape={"x": "n"})
    assert not found.diagnosis or "sum(x**2) == 1" not in found.diagnosis.text


def test_the_points_beside_a_hole_are_those_in_the_domain() -> None:
    """Where T alone moves, powers of negative entries of A have no values; where A alone moves they have."""
    assert_accepted("trace(A**T*X)", "eye(n, m=m)*A**T", wrt="X", shape={"A": "n,m", "X": "n,m"})
    assert_accepted("x*z**2 + y*log(y)", "z**2 + (x*y - y*x)/x", wrt="x", where="x == z")


@pytest.mark.parametrize(
    ("function", "claim", "where"),
    [
        ("sum(A**2)", "2*A/(A[0,1]-A[1,0])*(A[0,1]-A[1,0])", "A == A.T"),  # no value anywhere that the condition holds
        ("sum(A**2)", "2*A/sum(A.T@A - eye(n))*sum(A.T@A - eye(n))", "A.T@A == eye(n)"),
        ("sum(A**2)", "2*A*sqrt(-A[0,0]**2)/sqrt(-A[0,0]**2)", "A.T@A == eye(n)"),
    ],
)
def test_what_has_no_value_wherever_conditions_hold_is_refuted(function: str, claim: str, where: str) -> None:
    assert_refuted(function, claim, wrt="A", shape={"A": "n,n"}, where=where)
