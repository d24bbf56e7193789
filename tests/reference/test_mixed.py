"""Second derivatives in two variables where a condition on one of them changes: what lies beside the edge counts."""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb

import gradcli
from gradcli.meaning.balls.ball import Ball, Undefined, variable
from gradcli.meaning.balls.edges import edged
from gradcli.meaning.balls.structure import same_function
from gradcli.meaning.balls.sweep import adjoints, tangents

# formula, point, entry, and the derivative, its one-sided ones, or None where it is not told
MIXED: list[tuple[str, dict[str, Any], str, Any]] = [  # Any: numbers
    ("where(x != 0, x*y, 0)", {"x": 0.0, "y": 1.0}, "y,x", 1.0),
    ("where(x == 0, 0, x*y)", {"x": 0.0, "y": 1.0}, "y,x", 1.0),
    ("where(x == 1, y, x*y)", {"x": 1.0, "y": 1.0}, "y,x", 1.0),
    ("where(x == 0, 0, x*sin(y))", {"x": 0.0, "y": 0.0}, "y,x", 1.0),
    ("where(x == 0, 0, x*y/x*x)", {"x": 0.0, "y": 1.0}, "y,x", 1.0),
    ("where(x == 0, 0, x*y/x*x) + y", {"x": 0.0, "y": 1.0}, "y,x", 1.0),
    ("where(x == 0, y, y*sin(x)/x)", {"x": 0.0, "y": 1.0}, "y,x", 0.0),
    ("where(x > 0, x*y, 0)", {"x": 0.0, "y": 0.0}, "y,x", (0.0, 1.0)),
    ("where(x > 0, x*y, -x*y)", {"x": 0.0, "y": 1.0}, "y,x", (-1.0, 1.0)),
    ("prelu(x, y)", {"x": 0.0, "y": 1.0}, "y,x", (1.0, 0.0)),
    ("x**y", {"x": 0.0, "y": 2.0}, "y,x", None),  # log(x) is not real on the left
    ("sqrt(x)*y", {"x": 0.0, "y": 1.0}, "y,x", (None, float("inf"))),
    ("abs(x) + exp(-y)", {"x": 0.0, "y": 60.0}, "x,y", 0.0),
    # the first derivative exists on a kink that goes along
    ("relu(x)**2*y", {"x": 0.0, "y": 1.0}, "x,y", 0.0),
    ("x*abs(x)*y", {"x": 0.0, "y": 1.0}, "x,y", 0.0),
    ("where(x != 0, x*y, 0)", {"x": 0.0, "y": 1.0}, "x,y", 1.0),
    ("where(x == 0, 0, x*sin(y))", {"x": 0.0, "y": 0.0}, "x,y", 1.0),
    ("where(x == 0, y, y*sin(x)/x)", {"x": 0.0, "y": 1.0}, "x,y", 0.0),
    # it exists at the point, and not along the kink
    ("where(x > 0, x*y, x)", {"x": 0.0, "y": 1.0}, "x,y", None),
    ("where(x != 0, y - 1 + x, 0)", {"x": 0.0, "y": 1.0}, "x,y", None),
    ("abs(x)*(y - 1)**2", {"x": 0.0, "y": 1.0}, "x,y", None),
    ("where(x > 0, max(y, 1), min(y, 1))", {"x": 0.0, "y": 1.0}, "x,y", None),
    ("where(x > 0, where(y > 1, 2*y, 2), where(y < 1, 2*y, 2))", {"x": 0.0, "y": 1.0}, "x,y", None),
]


@pytest.mark.parametrize(("text", "point", "entry", "expected"), MIXED, ids=[f"{m[0]} {m[2]}" for m in MIXED])
def test_mixed_derivatives_know_both_branches(text: str, point: dict[str, Any], entry: str, expected: Any) -> None:
    found = gradcli.hessian(text, point)
    row, column = entry.split(",")
    finding = next((f for f in found.check.findings if f.entry == entry), None)
    if isinstance(expected, float):
        agreed = found.derivative[row][column] == expected
        assert (finding is None and agreed) or (finding is not None and finding.true == pytest.approx(expected))
    elif expected is None:
        assert finding is not None
        assert finding.verdict == "unchecked"
    else:
        assert finding is not None
        assert (finding.left, finding.right) == expected


@pytest.mark.parametrize(("text", "point", "left", "right"), [
    ("diff(where(x > 0, x*y, 0), y)", {"x": 0.0, "y": 1.0}, 0.0, 1.0),
    ("diff(prelu(x, y), y)", {"x": 0.0, "y": 0.25}, 1.0, 0.0),
    ("vjp(where(x > 0, x*y, 0), y, 1)", {"x": 0.0, "y": 1.0}, 0.0, 1.0),
])  # fmt: skip
def test_derivatives_inside_know_both_branches(text: str, point: dict[str, Any], left: float, right: float) -> None:
    (finding,) = (f for f in gradcli.grad(text, point).check.findings if f.entry == "x")
    assert (finding.left, finding.right) == (left, right)


def test_a_claim_about_a_derivative_inside_knows_both_branches() -> None:
    text = "diff(where(x != 0, x*y, 0), y)"
    assert gradcli.check(text, "1", wrt="x").verdict in {"agrees", "proved"}
    assert gradcli.check(text, "0", {"x": 0.0, "y": 1.0}, wrt="x").verdict == "refuted"


def test_numbers_that_were_computed_in_one_way_are_the_same_function() -> None:
    x, y = variable(arb(2)), variable(arb(3))
    half, third = Ball(arb(1) / 2), Ball(arb(1) / 3)
    less = -(x * y)
    assert same_function(x * y, -less, x * y / Ball(arb(4)) * Ball(arb(4)), Ball(arb(0)) * x + x * y)
    assert not same_function(Ball(arb(0)), x * half - half * x)  # of the second nothing is known
    assert same_function(Ball(arb(0)) * x, Ball(arb(0)))
    assert not same_function(x * y, x * x)
    assert not same_function(x * third, x * Ball(arb(1) / 3))  # two numbers within one enclosure may be two
    assert not same_function(x, Ball(arb(2)))


def test_a_branch_that_is_no_number_may_depend_on_anything() -> None:
    x, y = variable(arb(0)), variable(arb(1))
    out = edged(y * y, Undefined("a division by 0"), (x,))
    first = adjoints([(out, Ball(arb(1)))], record=True)[y.serial]
    assert first.value == 2
    (second,) = tangents([first], {x.serial: Ball(arb(1))})
    assert type(second) is Undefined
    assert adjoints([(out, Ball(arb(1)))])[y.serial].value == 2


@pytest.mark.parametrize(("text", "v"), [
    ("sum(heaviside(v, 0)) + sum(exp(v))", [0.0, 600.0]),
    ("sum((ceil(cbrt(v)) + 1)**2)", [0.0, 1e160]),
    ("sum(where(v > 0, 1e-300, 0)) + sum(exp(v))", [0.0, 700.0]),
])  # fmt: skip
def test_a_jump_is_seen_beside_a_number_that_is_far_larger(text: str, v: list[float]) -> None:
    found = gradcli.grad(text, {"v": v})
    (finding,) = (f for f in found.check.findings if f.entry == "v[0]")
    assert found.check.verdict == "singular"
    assert finding.right == float("inf")
