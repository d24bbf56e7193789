"""What is said of a mistake holds in the whole domain of the claim, not only at the points where it was seen."""

from __future__ import annotations

from typing import Any

import pytest
from checking.asking import assert_accepted, assert_refuted, only

from gradcli import check

WRONG_AT_VALUES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [  # many formulas are right at these values alone
    ("x*y**2", "2*x*y", {"x": 1, "y": 1}, {"wrt": "x"}), ("a*x**2", "2*x", {"a": 3, "x": 1}, {"wrt": "x"}),
    ("sum(x**2)", "3*x", {"x": [1, 2]}, {}), ("abs(sin(x))", "cos(x)", {"x": 4}, {}), ("x*y", "x", {"x": 1, "y": 2}, {"kind": "value"}),
    ("sum((A@x - b)**2)", "A.T@(A@x - b)", {"A": [[1, 1], [1, 1]], "x": [1, 2], "b": [0, 1]}, {"wrt": "x"}), ("x**3", "2*x**2", {"x": 2}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "at", "options"), WRONG_AT_VALUES)
def test_a_suggestion_for_given_values_is_right_for_all(
    function: str, claim: str, at: dict[str, Any], options: dict[str, Any]
) -> None:
    found = assert_refuted(function, claim, at, **options).diagnosis
    assert found.suggestion is not None
    shapes = {name: f"{len(value)},2" if name == "A" else "2" for name, value in at.items() if isinstance(value, list)}
    assert_accepted(function, found.suggestion, shape=shapes, **options)
    assert_accepted(function, found.suggestion, at, **options)


def test_nothing_is_suggested_where_a_formula_is_right_beside_its_hole() -> None:
    found = only(check("sum(x**2)", "2*x**2/x", wrt="x", at={"x": [0, 1]}))
    assert (found.verdict, found.diagnosis) == ("undecided", None)


def test_where_no_small_change_mends_a_claim_the_derivative_is_given() -> None:
    at = {"A": [[1, 1], [1, 1]], "x": [1, 2]}
    found = assert_refuted("sum(A@x)", "x", at, wrt="x").diagnosis
    assert found.kind == "formula"
    assert_accepted("sum(A@x)", found.suggestion, at, wrt="x")


@pytest.mark.parametrize(("function", "claim", "where"), [
    ("sqrt(1 - sin(x)**2)", "-sin(x)", "cos(x) > 0"), ("sqrt(1 - cos(x)**2)", "cos(x)", "sin(x) > 0"), ("acos(cos(x))", "1", "sin(x) > 0"),
    ("x*sqrt(1 - sin(x)**2)", "cos(x) - x*sin(x)", "cos(x) > 0"), ("log(sqrt(1 - sin(x)**2) + 2)", "-sin(x)/(cos(x) + 2)", "cos(x) > 0"),
    ("asin(2*x*sqrt(1 - x**2))", "2/sqrt(1 - x**2)", "2*(1 - 2*x**2) > 0"),
])  # fmt: skip
def test_a_claim_that_is_right_on_one_branch_is_no_approximation(function: str, claim: str, where: str) -> None:
    found = assert_refuted(function, claim).diagnosis
    assert (found.kind, found.text) == ("wrong branch", f"right only where {where}")
    assert_accepted(function, claim, where=where)
    assert_accepted(function, found.suggestion)


@pytest.mark.parametrize(
    ("function", "claim"), [("sin(x)", "1 - x**2/2"), ("exp(x)", "1 + x"), ("cos(x)", "-x + x**3/6")]
)
def test_an_approximation_is_certainly_wrong_beside_zero(function: str, claim: str) -> None:
    assert assert_refuted(function, claim).diagnosis.kind == "approximation"


@pytest.mark.parametrize(
    "claim", ["where(abs(x) < 1e-3, cos(x), 1)", "where(abs(x) < 0.5, cos(x), 0)", "cos(x) + 1e-12"]
)
def test_what_is_right_near_zero_or_nowhere_is_no_approximation(claim: str) -> None:
    assert assert_refuted("sin(x)", claim).diagnosis.kind != "approximation"
