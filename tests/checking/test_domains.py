"""Shapes, conditions, kinks and holes: where a claim is asked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from checking.asking import assert_accepted, assert_kink_is_told, assert_refuted, check, only

import gradcli
from gradcli.base.errors import ExitCode
from gradcli.claims.conclusion import Conclusion

# -- shapes and values


def test_letters_are_tried_at_several_sizes() -> None:
    claim = assert_refuted("sum(A@x)", "2*sum(A, axis=0)", wrt="x", shape={"A": "n,d", "x": "d"})
    assert len(claim.sizes) == 3
    assert all(sizes["n"] != sizes["d"] for sizes in claim.sizes)
    assert len({sizes["n"] for sizes in claim.sizes}) > 1
    assert assert_accepted("sum(A@x)", "sum(A, axis=0)", wrt="x", shape={"A": "2,3", "x": "3"}).sizes == ()


def test_values_fix_letters() -> None:
    claim = assert_accepted(
        "sum(A@x)", "sum(A, axis=0)", {"A": [[1, 2], [3, 4], [5, 6]]}, wrt="x", shape={"A": "n,d", "x": "d"}
    )
    assert claim.sizes == ({"n": 3, "d": 2},)
    with pytest.raises(gradcli.GradcliError, match="A has shape \\(3, 2\\), not n,n") as caught:
        gradcli.check("sum(A@x)", "x", {"A": [[1, 2], [3, 4], [5, 6]]}, wrt="x", shape={"A": "n,n", "x": "n"})
    assert caught.value.code is ExitCode.INPUT


def test_letters_are_numbers_in_formulas() -> None:
    assert_accepted("mean(x)", "ones(n)/n", shape={"x": "n"})
    assert_accepted("sum(x)/n", "ones(n)/n", shape={"x": "n"})
    assert_accepted("mean((x - y)**2)", "2*(x - y)/n", wrt="x", shape={"x": "n", "y": "n"})


ONLY_AT_TWO = [
    ("mean(x)", "ones(n)/2", {"x": "n"}), ("mean(x**2)", "x", {"x": "n"}), ("trace(A)*sum(x)", "ones(2)*trace(A)", {"A": "n,n", "x": "n"}),
    ("mean(A)", "ones(n,m)/6", {"A": "n,m"}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "shape"), ONLY_AT_TWO)
def test_right_only_at_the_first_sizes_is_refuted(function: str, claim: str, shape: dict[str, str]) -> None:
    found = assert_refuted(function, claim, wrt="x" if "x" in shape else "A", shape=shape)
    assert found.counterexample is not None
    assert any(len(v) != 2 for v in found.counterexample.at.values()), "the counterexample is of another size"


def test_the_missing_transpose_of_the_contract() -> None:
    shapes = {"X": "n,d", "w": "d", "y": "n"}
    claim = assert_refuted("sum((X@w - y)**2)", "2*X@(X@w-y)", wrt="w", shape=shapes)
    assert claim.diagnosis.kind == "transpose"
    assert any("matmul needs equal inner sizes" in note for note in claim.notes)
    assert_accepted("sum((X@w - y)**2)", claim.diagnosis.suggestion, wrt="w", shape=shapes)
    claim = assert_refuted("sum((X@w - y)**2)", "X.T@(X@w-y)", wrt="w", shape=shapes)
    assert (claim.diagnosis.kind, "by 2" in claim.diagnosis.text) == ("factor", True)
    assert_accepted("sum((X@w - y)**2)", claim.diagnosis.suggestion, wrt="w", shape=shapes)


# -- domains, kinks, holes


def test_conditions_bound_the_domain() -> None:
    """A claim that is right for x > 0 alone, and one that is right between -1 and 1 alone."""
    assert_accepted("abs(x)", "1", where="x > 0")
    assert_accepted("abs(x)", "-1", where=["x < 0"])
    assert_refuted("abs(x)", "1")
    assert_refuted("abs(x)", "1", where="x > -3")
    assert_accepted("clamp(x, -1, 1)", "1", where=["x > -1", "x < 1"])
    assert_accepted("-sum(p*log(p))", "-log(p) - 1", shape={"p": "n"}, where="p > 0")
    assert_accepted("log(sum(p))*0 + sum(p)*q", "1", wrt="q", shape={"p": "3"}, where="sum(p) == 1")
    off_diagonal = ["P == P.T", "sum(P*(1 - eye(n))) == 1", "P[0, 1] == 2*P[0, n - 1]"]
    assert_accepted("sum(P)*q", "1 + trace(P)", wrt="q", shape={"P": "n,n"}, where=off_diagonal)
    assert_refuted("sum(P)*q", "1", wrt="q", shape={"P": "n,n"}, where=off_diagonal)


@pytest.mark.parametrize(("function", "claim", "shape", "where"), [
    ("inv(A)", "A", {"A": "n,n"}, "A@A.T == eye(n)"), ("A", "A.T", {"A": "n,n"}, "A.T@A == eye(n)"),
    ("trace(A@A)", "n", {"A": "n,n"}, "inv(A) == A.T"), ("A", "A.T", {"A": "n,n"}, "A@A == eye(n)"),
    ("A", "A.T", {"A": "n,n"}, "A@A == A"), ("sum(x**4)", "1", {"x": "n"}, "norm(x) == 1"),
    ("x", "x**3", {"x": "n"}, "x@x == 1"), ("abs(U)", "U**2", {"U": "n,k"}, "U.T@U == eye(k)"),
])  # fmt: skip
def test_equations_are_met_at_more_than_their_plainest_points(
    function: str, claim: str, shape: Any, where: str
) -> None:
    """Permutations, unit vectors and symmetric matrices would agree."""
    assert_refuted(function, claim, shape=shape, where=where, kind="value")


@pytest.mark.parametrize(("function", "claim", "left", "right"), [
    ("abs(x)", "sign(x)", -1.0, 1.0), ("relu(x)", "where(x > 0, 1, 0)", 0.0, 1.0), ("max(x, 1)", "where(x > 1, 1, 0)", 0.0, 1.0),
    ("abs(x - 2)", "sign(x - 2)", -1.0, 1.0), ("min(x, 2*x)", "where(x > 0, 1, 2)", 1.0, 2.0),
    ("where(x < 1, x, 3*x - 2)", "where(x < 1, 1, 3)", 1.0, 3.0),
])  # fmt: skip
def test_kinks_are_told_with_both_sides(function: str, claim: str, left: float, right: float) -> None:
    assert_kink_is_told(function, claim, left, right)


SMOOTH_KINKS = [  # differentiable there, once; also at a point given on the kink itself
    ("where(abs(x) < 1, x**2/2, abs(x) - 1/2)", "clamp(x, -1, 1)", None), ("where(abs(x) < 1, x**2/2, abs(x) - 1/2)", "clamp(x, -1, 1)", 1),
    ("x*abs(x)", "2*abs(x)", 0), ("relu(x)**2", "2*relu(x)", 0), ("sum(relu(x)**2)", "2*relu(x)", [0, 1]),
    ("where(x < 1, exp(x), e*x)", "where(x < 1, exp(x), e)", 1), ("where(x < 1, exp(x), e*x)", "where(x < 1, exp(x), e)", None),
    ("x + abs(x)**1.5", "1 + 1.5*sqrt(abs(x))*sign(x)", 0), ("x + x*sqrt(abs(x))", "1 + 1.5*sqrt(abs(x))", 0),
    ("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))", None),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "x"), SMOOTH_KINKS)
def test_branches_that_meet_smoothly_are_no_kinks(function: str, claim: str, x: Any) -> None:  # Any: a value
    assert_accepted(function, claim)
    wrong = f"({claim})*(1 + 1e-6) + 1e-6"
    assert_refuted(function, wrong)
    for formula, verdict in ((claim, Conclusion.AGREES), (wrong, Conclusion.REFUTED)) if x is not None else ():
        assert only(gradcli.check(function, formula, {"x": x})).conclusion is verdict


def test_points_that_are_left_out_are_told() -> None:
    found = assert_accepted("sum(abs(x))", "sign(x)", shape={"x": "2"})
    assert any("left out where a step has no derivative" in note for note in found.notes), found


STEEP = [  # a hundred digits are too few
    ("sin(2*pi*2.4e9*x)", "2*pi*2.4e9*cos(2*pi*2.4e9*x)", None), ("sin(1e25*x)", "1e25*cos(1e25*x)", None),
    ("x", "cosh(x**2)**2 - sinh(x**2)**2", 20), ("exp(-1e30*(x-1)**2)", "-2e30*(x-1)*exp(-1e30*(x-1)**2)", 1.0000001),
    ("sum(sin(1e25*x))", "1e25*cos(1e25*x)", [1, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "x"), STEEP)
def test_rounding_refutes_nothing(function: str, claim: str, x: Any) -> None:  # Any: a value
    at = None if x is None else {"x": x}
    assert_accepted(function, claim, at)
    if x != 1.0000001:  # where the derivative is 1e-(4e15)
        assert_refuted(function, f"({claim})*1.0001", at)


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0])
def test_no_false_claim_is_accepted_when_the_time_is_up(seconds: float) -> None:
    for function, claim, options in (
        ("sum(exp(A@A@A))", "A", {"shape": {"A": "6,6"}}), ("besselk(0, x) + sum([airy_ai(x), x])", "-3*besselk(1, x)", {}),
    ):  # fmt: skip
        claimed = only(gradcli.check(function, claim, check_time=seconds, **options))
        assert claimed.conclusion in {Conclusion.REFUTED, Conclusion.UNDECIDED}, claimed


def test_what_no_digits_can_tell_is_undecided() -> None:
    claim = only(gradcli.check("x", "cosh(x**2)**2 - sinh(x**2)**2", {"x": 100}))
    assert claim.conclusion is Conclusion.UNDECIDED
    assert "8,192 bits are too few" in claim.notes[0]


@pytest.mark.parametrize(("function", "claim"), [
    ("sinh(x**2)/(5*x) + 3*x*y/sqrt(x)", "(2*x**2*cosh(x**2)/5 - sinh(x**2)/5)/x**2"), ("exp(x**2) + x*y", "2*x*exp(x**2)"),
    ("sum(exp(x**2)*[1, 0]) + x*y", "2*x*exp(x**2)"), ("y*(exp(x**3) - 1)", "3*x**2*y*exp(x**3) + 1e-9*y"),
])  # fmt: skip
def test_a_large_number_elsewhere_hides_nothing(function: str, claim: str) -> None:
    assert_refuted(function, claim, wrt="x")


def test_a_kink_alone_is_undecided() -> None:
    done = check("'abs(x)' 'sign(x) + 2' x=0")
    assert done.code == 5
    assert re.search(r"one-sided derivatives -1\.0 and 1\.0; the claim's 2\.0 is neither", done.stdout), done


def test_a_hole_in_the_claim_is_told() -> None:
    """Lambert's W: W(x**2)' = 2 W/(x (1 + W)), 0/0 at 0, where the derivative is 0."""
    claim = assert_accepted("lambertw(x**2)", "2*lambertw(x**2)/(x*(1+lambertw(x**2)))")
    assert any("the claim has no value at x = 0.0, where the derivative is 0.0" in note for note in claim.notes)
    claim = assert_accepted("sin(x)*x", "sin(x) + x**2*cos(x)/x")
    assert any("the claim has no value at x = 0.0" in note for note in claim.notes)


def test_a_claim_without_values_in_half_of_the_domain_is_refuted() -> None:
    """log|x|' is 1/x for negative x too, where sqrt has no real value."""
    claim = assert_refuted("log(abs(x))", "1/sqrt(x)**2")
    assert claim.counterexample.at["x"] < 0
    assert claim.counterexample.claimed is None


@pytest.mark.parametrize(
    ("claim", "place"),
    [("2*x*(x - 0.375)/(x - 0.375)", "0.375"), ("2*x*tan(x - 1)/tan(x - 1)", "1.0"), ("2*x*x/x", "0.0")],
)
def test_a_proved_claim_is_told_where_it_alone_has_no_value(claim: str, place: str) -> None:
    """Such a place is looked for between points of either sign of a divisor, as chance seldom meets it."""
    (found,) = gradcli.check("x**2", claim).claims
    assert found.conclusion is Conclusion.PROVED
    assert any(f"the claim has no value at x = {place}, where the derivative is" in note for note in found.notes)


@pytest.mark.parametrize(("function", "claim", "options"), [
    ("x**2", "2*x", {"where": ["x < 0", "x > 0"]}), ("x**2", "[1, 2]", {"where": ["x < 0", "x > 0"]}), ("x**2", "2*x", {"where": "x < 0", "at": {"x": 1}}),
    ("sum(x)", "1", {"where": ["x < 0", "x > 0"], "shape": {"x": "n"}}), ("sum(x)", "ones(n, n)", {"where": "sum(x**2) < 0", "shape": {"x": "n"}}),
])  # fmt: skip
def test_a_claim_of_no_point_is_undecided_whatever_its_shape(
    function: str, claim: str, options: dict[str, Any]
) -> None:
    found = only(gradcli.check(function, claim, **options))
    assert found.conclusion is Conclusion.UNDECIDED
    assert found.notes == (
        "no point was found at which the conditions hold: the claim speaks of nothing if there is none",
    )


def test_a_shape_is_wrong_where_there_are_points() -> None:
    assert_refuted("x**2", "[1, 2]", where="x < 0")
    assert only(gradcli.check("sum(log(x))", "1", where="x < 0", shape={"x": "n"})).conclusion is Conclusion.UNDECIDED
    assert_refuted("sum(log(x))", "1", shape={"x": "n"})


VANISHING = [  # everywhere, through steps that have no derivative where they are 0
    ("norm(x - x)**2", {}), ("norm(x - x)**2", {"x": "n"}), ("norm(x - x)", {"x": "n"}), ("norm(x - x)**3", {"x": "n"}), ("norm(x - x, 1)", {"x": "n"}),
    ("sqrt(x - x)", {}), ("sqrt((x - x)**2)", {}), ("sqrt(sum((x - x)**2))", {"x": "n"}), ("abs(0*x)", {}), ("relu(x - x)", {}), ("max(x - x)", {"x": "n"}),
    ("maximum(x - x, 0)", {}), ("norm(0*x)*y", {"x": "n"}), ("norm(A@(x - x))**2", {"A": "n,m", "x": "m"}), ("norm(A@x - A@x)**2", {"A": "n,m", "x": "m"}),
    ("std(0*x + 1)", {"x": "n"}), ("cosine_similarity(x - x, x, 0, 1e-8)", {"x": "n"}), ("abs(sin(x)**2 + cos(x)**2 - 1)", {}), ("(x - x)**0.5", {}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "shape"), VANISHING)
def test_what_vanishes_everywhere_has_the_derivative_0(function: str, shape: dict[str, str]) -> None:
    assert_accepted(function, "0*x", wrt="x", shape=shape)
    assert_refuted(function, "0*x + 1", wrt="x", shape=shape)


@pytest.mark.parametrize("function", ["norm(exp(log(x)) - x)**2", "sqrt(sin(x)**2 + cos(x)**2 - 1)"])
def test_what_vanishes_by_an_identity_is_not_refuted(function: str) -> None:
    found = only(gradcli.check(function, "0*x", shape={"x": "2"} if "norm" in function else {}, where="x > 0"))
    assert found.conclusion in {Conclusion.PROVED, Conclusion.AGREES, Conclusion.UNDECIDED}
    assert not any("not differentiable" in note for note in found.notes)


def test_few_points_of_a_curve_decide_nothing() -> None:
    """Of the unit circle only (1, 0), (0, 1) and their like are floats, where x*y is 0; a line that pins all is whole."""
    assert only(gradcli.check("x*y", "0", where="x**2 + y**2 == 1", kind="value")).conclusion is Conclusion.UNDECIDED
    found = only(gradcli.check("abs(x)*exp(x)", "2*exp(x)", where="x == 2", kind="value"))
    assert found.conclusion in {Conclusion.AGREES, Conclusion.PROVED}


def test_a_size_may_be_given_as_a_number() -> None:
    found = only(gradcli.check("sum(x)/n", "ones_like(x)", at={"n": 3}, shape={"x": "n"}))
    assert (found.conclusion, found.sizes) == (Conclusion.REFUTED, ({"n": 3},))
    with pytest.raises(gradcli.InputError, match="n is a size, a whole number"):
        gradcli.check("sum(x)/n", "ones_like(x)/n", at={"n": 2.5}, shape={"x": "n"})


def test_what_is_assumed_of_a_scalar_needs_no_shape() -> None:
    assert_accepted("abs(x)", "1", assume={"x": "positive"})
    assert_refuted("abs(x)", "-1", assume={"x": "positive"})
    with pytest.raises(gradcli.InputError, match="y, which the expression does not use"):
        gradcli.check("abs(x)", "1", assume={"y": "positive"})


# -- a point that was given, at which the claim alone has no value

SINGULAR = [[1.0, 2.0], [2.0, 4.0]]
HOLES = [  # function, right but for the point; the right one there too; the point
    ("det(A)", "det(A)*inv(A).T", "adjugate(A).T", {"A": SINGULAR}),
    ("prod(x)", "prod(x)/x", "[x[1]*x[2], x[0]*x[2], x[0]*x[1]]", {"x": [0.0, 2.0, 3.0]}),
    ("x**2", "2*x**2/x", "2*x", {"x": 0.0}),
]


@pytest.mark.parametrize(("function", "claim", "better", "at"), HOLES)
def test_a_claim_that_only_lacks_a_value_at_the_point_is_not_refuted(
    function: str, claim: str, better: str, at: dict[str, Any]
) -> None:
    found = only(gradcli.check(function, claim, at))
    assert found.verdict is Conclusion.UNDECIDED
    assert found.notes[0].startswith("the claim has no value at ")
    assert found.notes[1] == "beside this point the claim is right"
    assert_accepted(function, better, at)
    assert_refuted(function, f"2*({claim})", at)


def test_det_has_a_derivative_where_the_matrix_is_singular() -> None:
    assert str(assert_accepted("det(A)", "adjugate(A).T", shape={"A": "n,n"}).verdict) == "proved"
    certain = gradcli.grad("det(A)", {"A": SINGULAR}, correct=True).to_dict()["certain"]["A"]
    assert certain == [[4, -2], [-2, 1]]  # by hand: the cofactors
