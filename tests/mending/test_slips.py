"""Of each slip the cause is named, and a formula suggested that is right, and not much longer than a person's."""

from __future__ import annotations

from typing import Any

import pytest
from checking.asking import assert_accepted, assert_refuted, only
from forms.asked import width
from mending.slips import LAYOUT, ODD, SLIPS, SYMMETRY, TRANSPOSES, Slip
from mending.table import CALLED, LONG

import gradcli

SMALL = 12  # characters: a formula may be so much longer in any case


def options(given: str) -> dict[str, Any]:  # Any: gradcli.check's
    pairs = [word.split("=", 1) for word in given.split()]
    shapes = {name: text for name, text in pairs if name not in {"wrt", "where", "kind"}}
    return {**{name: text for name, text in pairs if name in {"wrt", "where", "kind"}}, "shape": shapes}


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.claim} for {slip.function}")
def test_the_cause_is_named_and_mended_as_a_person_would(slip: Slip) -> None:
    given = options(slip.given)
    claim = assert_refuted(slip.function, slip.claim, **given)
    found = claim.diagnosis
    assert (found.kind, slip.said in found.text) == (slip.kind, True), found
    assert_accepted(slip.function, found.suggestion, **{**given, "kind": claim.kind})
    assert not CALLED.search(found.suggestion)
    if slip.right:
        assert_accepted(slip.function, slip.right, **{**given, "kind": claim.kind})
        assert width(found.suggestion) <= max(LONG * width(slip.right), width(slip.right) + SMALL), found.suggestion


@pytest.mark.parametrize(("function", "claim", "given"), ODD)
def test_of_odd_claims_nothing_wrong_is_suggested(function: str, claim: str, given: str) -> None:
    found = only(gradcli.check(function, claim, **options(given)))
    assert str(found.verdict) in {"refuted", "undecided"}
    suggestion = None if found.diagnosis is None else found.diagnosis.suggestion
    if suggestion is not None:
        assert_accepted(function, suggestion, **{**options(given), "kind": found.kind})
        assert not CALLED.search(suggestion)
        assert len(suggestion) <= 200
        digits = [part for part in "234" if f"ones({part})" in suggestion or f"eye({part})" in suggestion]
        assert not digits, suggestion


@pytest.mark.parametrize(("function", "claim", "unsaid"), [
    ("abs(x)", "tanh(1000/x)", ("due", "right", "missing")), ("relu(x)", "tanh(1000/x)", ("right",)),
    ("sin(x)", "cos(x)*tanh(1e5*x**2)", ("exponent",)), ("abs(x)", "sign(x) + 1e-3*exp(-x**2)", ("kink",)),
    ("x", "0.999", ("exact", "rounded")), ("3.14*x", "pi", ("exact", "stands for")),
])  # fmt: skip
def test_nothing_is_said_that_only_looks_so(function: str, claim: str, unsaid: tuple[str, ...]) -> None:
    """A part that saturates is 1 to more digits than are compared, and no approximation or rounding of another."""
    found = assert_refuted(function, claim).diagnosis
    assert not any(word in found.text for word in unsaid), found


@pytest.mark.parametrize("slip", [slip for slip in LAYOUT if "columns" in slip.said], ids=lambda slip: slip.claim)
def test_the_option_that_is_named_makes_the_claim_true(slip: Slip) -> None:
    given = options(slip.given)
    assert "unless the option vec is given" in assert_refuted(slip.function, slip.claim, **given).diagnosis.text
    assert_accepted(slip.function, slip.claim, **given, vec=True)


def test_the_convention_that_is_named_makes_the_claim_true() -> None:
    slip, given = SYMMETRY[0], options(SYMMETRY[0].given)
    assert "unless the option symmetric is joint" in assert_refuted(slip.function, slip.claim, **given).diagnosis.text
    assert_accepted(slip.function, slip.claim, **given, where="S == S.T", symmetric="joint")


@pytest.mark.parametrize(("layout", "slip"), [
    ("denominator", LAYOUT[3]), ("numerator", TRANSPOSES[1]), ("numerator", TRANSPOSES[2]),
], ids=lambda one: one.claim if isinstance(one, Slip) else one)  # fmt: skip
def test_the_layout_that_is_named_makes_the_transpose_true(layout: str, slip: Slip) -> None:
    given = options(slip.given)
    assert f"unless the option layout is {layout}" in assert_refuted(slip.function, slip.claim, **given).diagnosis.text
    assert_accepted(slip.function, slip.claim, **given, layout=layout)


def test_no_layout_is_named_where_there_is_none() -> None:
    """Of a matrix in a matrix: more than two axes."""
    found = assert_refuted("A@B", "einsum('ia,bj->abij', eye(n), B)", wrt="A", shape={"A": "n,n", "B": "n,n"}).diagnosis
    assert "input axes first" in found.text
    assert "unless" not in found.text


@pytest.mark.parametrize(("function", "claim", "said"), [
    ("softplus(x)**2", "2*softplus(x)", "× sigmoid(x) is missing, the inner derivative of softplus(x)"),
    ("log(1 + exp(x))**2", "2*log(1 + exp(x))", "× sigmoid(x) is missing, the inner derivative of log(exp(x) + 1)"),
    ("sigmoid(x)**2", "2*sigmoid(x)", "× sigmoid(x)*sigmoid(-x), the derivative of sigmoid(x)"),
    ("log(gamma(x))**2", "2*log(gamma(x))", "× digamma(x) is missing, the inner derivative of log(gamma(x))"),
    ("digamma(x)**2", "2*digamma(x)", "× polygamma(1, x) is missing, the inner derivative of digamma(x)"),
    ("sin(x)**2", "2*sin(x)", "× cos(x) is missing, the inner derivative of sin(x)"),
    ("sigmoid(x) + x**2", "sigmoid(x)*sigmoid(-x)", "the derivative of the term x**2"),
    ("sigmoid(x) + x**2", "2*x", "the derivative of the term sigmoid(x)"),
])  # fmt: skip
def test_what_is_missing_is_written_as_closed_forms_are(function: str, claim: str, said: str) -> None:
    """Parts of the function stay in the user's words."""
    found = assert_refuted(function, claim).diagnosis
    assert said in found.text, found
