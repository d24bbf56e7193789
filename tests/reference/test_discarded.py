"""What a maximum, an order or a condition leaves out may end, or jump, beside the point; what cannot be asked is told."""

from __future__ import annotations

import pytest

import gradcli


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("relu(asin(x))", -1.0, None, 0.0),
        ("relu(log(x))", 0.0, None, 0.0),
        ("maximum(acosh(x), 2)", 1.0, None, 0.0),
        ("relu(ellipe(x) - 2)", 1.0, 0.0, None),
        ("relu(-x**2.5)", 0.0, None, 0.0),
        ("maximum(entr(x), 2)", 0.0, None, 0.0),
        ("amax([sqrt(x), 0.5])", 0.0, None, 0.0),
        ("amin([floor(x), 0.5])", 1.0, float("inf"), 0.0),
        ("gammainc(0.5, relu(x - 1))/atanh(x)", 1.0, 0.0, None),
    ],
)
def test_one_sided_derivatives(text: str, x: float, left: float | None, right: float | None) -> None:
    (finding,) = gradcli.grad(text, {"x": x}).check.findings
    assert (finding.left, finding.right) == (left, right)


@pytest.mark.parametrize(
    ("text", "x"),
    [("where(x**1.5 >= 0, x, 2*x)", -1.0), ("where(2/x >= 3, x, 2*x)", 0.0), ("where(log(x) == 0, x, 1)", -2.0)],
)
def test_a_condition_on_what_is_no_number_is_none(text: str, x: float) -> None:
    check = gradcli.grad(text, {"x": x}).check
    assert check.verdict == "singular"
    assert "undefined or not real" in check.notes[0]


def test_a_condition_that_another_decides_is_told() -> None:
    assert gradcli.grad("where(x < 0 and sqrt(x) > 1, x, 2*x)", {"x": 1.0}).check.verdict == "agrees"
    assert gradcli.grad("where(x < 0 or log(x) > 1, x, 2*x)", {"x": -1.0}).check.verdict == "agrees"


@pytest.mark.parametrize(
    ("text", "number"),
    [("minimum(hypot(x, 0), x)", 1.0), ("abs(sqrt(x**2) - x)", 0.0), ("maximum(sqrt(0.5)*x, 0.5**0.5*x)", 0.5**0.5)],
)
def test_two_numbers_that_are_the_same_are_no_kink(text: str, number: float) -> None:
    result = gradcli.grad(text, {"x": 0.5})
    assert result.check.verdict == "agrees"
    assert result.derivative["x"] == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(("text", "limit"), [("floor(1/x)*x", 1.0), ("x*frac(1/x)", 0.0), ("x*round(2/x)", 2.0)])
def test_whole_parts_of_what_grows(text: str, limit: float) -> None:
    assert f"removable: the limit of the value is {limit}" in gradcli.grad(text, {"x": 0.0}).check.notes


def test_a_whole_part_of_what_grows_has_no_limit() -> None:
    assert not any("limit" in note for note in gradcli.grad("frac(1/x)", {"x": 0.0}).check.notes)


def test_the_angle_of_an_infinite_point() -> None:
    """atan2(-inf, y) is -pi/2."""
    assert gradcli.grad("atan2(atanh(x)*w, 2)", {"x": -1.0, "w": 0.5}, wrt="w").check.verdict == "trap"
