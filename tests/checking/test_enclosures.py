"""Refutation is a theorem: what is certain, what is not, and what no work decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from checking.asking import assert_accepted, assert_refuted, only
from flint import arb

import gradcli
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.base.wording import cut_off
from gradcli.claims import comparison, point, points
from gradcli.claims.comparison import close
from gradcli.claims.conclusion import Conclusion
from gradcli.claims.proof import Proof
from gradcli.commands import examination


@pytest.fixture(autouse=True)
def _without_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "proof_of", lambda *_: Proof(False))


# -- a number against the truth

with precision(128):
    CLOSE: list[tuple[arb, arb, bool | None]] = [  # claimed, true, and whether they are close
        (arb(1) + arb(2) ** -97, arb(1), True), (arb(1) + arb(2) ** -90, arb(1), False), (arb(1, 1e-20), arb(1), None),
        (arb(0), arb(0), True), (arb(2) ** -13_000, arb(0), False), (arb(0), arb(2) ** -13_000, False),
        (arb(0, 1e-300), arb(0), None), (arb(0), arb(0, 1e-300), None), (arb(2), arb(0, 1), False),
        (arb.nan(), arb(1), None), (arb(1), arb.nan(), None),
    ]  # fmt: skip


@pytest.mark.parametrize(("claimed", "true", "told"), CLOSE)
def test_two_numbers_are_certainly_close_or_not(claimed: arb, true: arb, told: bool | None) -> None:
    with precision(128):
        assert close(claimed, true) is told


@pytest.mark.parametrize("function", ["x**3", "exp(x)*y", "log(1 + x**2)"])
def test_the_edge_lies_between_1e_27_and_1e_30(function: str) -> None:
    right = f"diff({function}, x)"
    assert_refuted(function, f"({right})*(1 + 1e-27)", wrt="x")
    close_ = assert_accepted(function, f"({right})*(1 + 1e-30)", wrt="x")
    assert close_.conclusion is Conclusion.AGREES
    assert 28 <= close_.digits <= 30
    assert assert_accepted(function, right, wrt="x").digits is None or close_.digits < 36


# -- a 0 that is not shown


@pytest.mark.parametrize(("function", "claim", "options"), [
    ("x", "1 + sin(x)**2 + cos(x)**2 - 1**x", {}), ("sin(x)**2 + cos(x)**2", "0", {}), ("sum(softmax(x))", "0*x", {"shape": {"x": "n"}}),
    ("sin(x)**2 + cos(x)**2 - 1", "0", {"kind": "value"}), ("x*y", "y*(sqrt(2)**2 - 1)", {"wrt": "x"}),
    ("(exp(x) - exp(-x))**2/4", "0 + 2*sinh(x)*cosh(x)", {}), ("x", "cosh(x)**2 - sinh(x)**2", {"at": {"x": 20}}),
])  # fmt: skip
def test_what_is_equal_but_not_shown_to_be_is_not_refuted(function: str, claim: str, options: dict[str, Any]) -> None:
    assert_accepted(function, claim, **options)


def test_a_number_beside_a_zero_that_is_not_shown_is_refuted() -> None:
    assert_refuted("sin(x)**2 + cos(x)**2", "1e-300")
    assert_refuted("sin(x)**2 + cos(x)**2 + 1e-300*x", "0")


def test_what_no_bits_tell_is_undecided() -> None:
    claim = only(gradcli.check("x", "cosh(x**2)**2 - sinh(x**2)**2", {"x": 100}))
    assert claim.conclusion is Conclusion.UNDECIDED
    assert "bits are too few" in claim.notes[0]


# -- no value


def test_a_claim_that_has_certainly_no_value_is_refuted_and_one_that_may_have_is_not() -> None:
    assert assert_refuted("x**2", "2*x + 0*log(-1 - x**2)").counterexample.claimed is None
    hidden = "0*log(cosh(x**2)**2 - sinh(x**2)**2 - 1)"  # of a 0 that no bits show
    claim = only(gradcli.check("x**2", f"2*x + {hidden}", {"x": 100}))
    assert claim.conclusion is Conclusion.UNDECIDED, claim


def test_singular_matrices_are_no_points() -> None:
    found = assert_accepted("log(abs(det(A)))", "inv(A).T", shape={"A": "2,2"})
    assert found.points >= 16
    claim = only(gradcli.check("log(abs(det(A)))", "inv(A).T", {"A": [[1, 2], [2, 4]]}))
    assert claim.conclusion is Conclusion.UNDECIDED
    assert claim.points == 0


def test_a_size_without_points_is_not_among_those_that_agree() -> None:
    """The Gram matrix of a wide matrix is singular."""
    found = assert_accepted("log(det(X.T@X))", "2*X@inv(X.T@X)", wrt="X", shape={"X": "n,m"})
    assert found.sizes == ({"n": 3, "m": 2}, {"n": 4, "m": 3})
    assert "no point was found at n=2, m=3" in found.notes


def test_a_size_at_which_the_claim_has_no_value_is_told() -> None:
    claim = "2*det(X.T@X)*X@inv(X.T@X)"
    found = assert_accepted("det(X.T@X)", claim, wrt="X", shape={"X": "n,m"})
    assert found.sizes == ({"n": 3, "m": 2}, {"n": 4, "m": 3})
    assert "the claim has no value at n=2, m=3" in found.notes
    assert_refuted("det(X.T@X)", f"{claim} + 1e-20*X", wrt="X", shape={"X": "n,m"})
    assert assert_refuted("det(X.T@X)", claim, wrt="X", shape={"X": "2,3"}).counterexample.claimed is None


# -- limits


def test_what_the_outer_limit_cuts_off_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where all points so far agree, and whatever the claim."""

    def late(*_: Any, into: points.Sample, **__: Any) -> points.Sample:
        points.try_claim(into.statements, 0, round_=2, irregular=1, into=into)
        raise LimitError(cut_off(60), kind="time")

    monkeypatch.setattr(examination, "try_claim", late)
    right = only(gradcli.check("x**2", "2*x"))
    assert right.conclusion is Conclusion.UNDECIDED
    assert right.notes[-1].startswith("cut off after 60 s")
    assert only(gradcli.check("x**2", "3*x")).conclusion is Conclusion.REFUTED  # what was decided before stands


def test_dear_claims_are_tried_at_few_points_and_dearer_ones_at_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for work, count in ((10_000, 34), (30, 3 * points.LEAST)):
        monkeypatch.setattr(points, "WORK", work)
        assert only(gradcli.check("sum(x**3)", "3*x**2", shape={"x": "4"})).points == count
    monkeypatch.setattr(points, "WORK", 10)
    refused = only(gradcli.check("sum(x**3)", "3*x**2", shape={"x": "4"}))
    assert refused.conclusion is Conclusion.UNDECIDED
    assert "a point of a claim takes at most 10 scalar operations" in refused.notes[-1]


# -- kinks


@pytest.mark.parametrize(("function", "claim", "x"), [("max(x, 0)", "sign(x)", 0), ("abs(x)", "sign(x)", 0)])
def test_a_kink_decides_nothing(function: str, claim: str, x: float) -> None:
    for formula in (claim, f"{claim} + 1"):
        found = only(gradcli.check(function, formula, {"x": x}))
        assert found.conclusion is Conclusion.UNDECIDED
        assert "x = 0.0" in found.notes[0]


def test_a_kink_with_a_derivative_decides() -> None:
    assert only(gradcli.check("x*abs(x)", "2*abs(x)", {"x": 0})).conclusion is Conclusion.AGREES
    assert only(gradcli.check("x*abs(x)", "2*abs(x) + 1", {"x": 0})).conclusion is Conclusion.REFUTED


# -- planted faults


FAULTS: dict[str, tuple[Any, str, Any, Callable[[], Any]]] = {
    "a doubt taken for a gap": (
        comparison, "close", lambda claimed, true: close(claimed, true) is True, lambda: assert_accepted("sin(x)**2 + cos(x)**2", "0"),
    ),
    "a doubt taken for agreement": (
        comparison, "close", lambda claimed, true: close(claimed, true) is not False, lambda: test_what_no_bits_tell_is_undecided(),
    ),
    "singular matrices as points": (
        points, "status", lambda numbers: point.Status.ENCLOSED, lambda: test_singular_matrices_are_no_points(),
    ),
    "sizes without a value": (points, "_leave_out_valueless", lambda _: None, lambda: test_a_size_at_which_the_claim_has_no_value_is_told()),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home, attribute, fault, spoilt = FAULTS[name]
    spoilt()
    monkeypatch.setattr(home, attribute, fault)
    with pytest.raises((AssertionError, ArithmeticError, TypeError, AttributeError)):
        spoilt()


def test_a_claim_is_held_against_what_both_sides_of_a_kink_give() -> None:
    """Balls cannot take the second derivative of sinc's branches at 0, series can: -1/3."""
    claim = "where(x != 0, -sin(x)/x - 2*cos(x)/x**2 + 2*sin(x)/x**3, {})"
    wrong = only(gradcli.check("where(x != 0, sin(x)/x, 1)", claim.format("0"), kind="hessian"))
    assert wrong.verdict == "refuted"
    assert wrong.counterexample.at == {"x": 0.0}
    right = only(gradcli.check("where(x != 0, sin(x)/x, 1)", claim.format("-1/3"), kind="hessian"))
    assert right.verdict == "agrees"
