"""Derivatives of balls: of every order, through every kind of step, with bounded work."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from balls.point import slope, value
from flint import arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, lifted, variable
from gradcli.meaning.balls.sweep import adjoints, tangents


def test_a_variable_may_be_the_output() -> None:
    x = variable(arb(3))
    assert adjoints([(x, Ball(arb(1)))])[x.serial].value == 1
    assert tangents([x], {x.serial: Ball(arb(1))})[0].value == 1
    assert tangents([x, Ball(arb(1))], {})[0].value.is_zero()


@pytest.mark.parametrize(
    ("text", "variables", "exact"),
    [
        ("x*x", "x", 6),
        ("x*x", "xx", 2),
        ("x*x", "xxx", 0),
        ("x*x*x/x", "xx", 2),
        ("x - x", "x", 0),
        ("x**3", "xxx", 6),
        ("x**2*y**3", "xyy", 72),
        ("x**2*y**3", "yxy", 72),
        ("x**2*y**3", "yyy", 54),
        ("1/y", "yyy", Fraction(-3, 8)),
        ("x/y", "xy", Fraction(-1, 4)),
        ("x/y", "yyx", Fraction(1, 4)),
        ("sum([x, x, y, 2])", "x", 2),
        ("max(x, y)*y", "xy", 1),
        ("diff(x**3*y, x)", "xy", 18),
        ("diff(diff(x**3*y, x), y)", "x", 18),
    ],
)
def test_an_exact_derivative(text: str, variables: str, exact: Any) -> None:  # Any: a number
    """At x = 3, y = 2."""
    values = {
        name: number for name, number in (("x", 3.0), ("y", 2.0)) if name in text.replace("max", "").replace("exp", "")
    }
    found = slope(text, *variables, **values)
    assert found.value.overlaps(lifted(exact).value)
    assert found.value.rel_accuracy_bits() > 200 or found.value.is_zero()


@pytest.mark.parametrize(
    ("text", "x", "order", "digits"),
    [
        ("sinc(x)", 0.0, 2, "-3.28986813369645287294"),  # -pi**2/3
        ("sinc(x)", 0.0, 4, "19.4818182068004874942"),  # pi**4/5
        ("sinc(x)", 1.0, 1, "-1"),
        ("sinc(x)", 2.0, 2, "-0.5"),  # by hand: x*f'' + 2*f' = 0 and f' = 1/x at 2
        ("tanh(x)", 190.0, 1, "3.71669452653055785859e-165"),
        ("sin(x)/x", 1e-160, 2, "-0.333333333333333333333"),
        ("log(1 - tanh(x))", 150.0, 1, "-2.00000000000000000000"),
    ],
)
def test_a_derivative_from_a_book(text: str, x: float, order: int, digits: str) -> None:
    found = slope(text, *"x" * order, bits=2_048, x=x).value
    assert abs(found - arb(digits)) < abs(arb(digits)) * 1e-15


def test_a_ball_around_the_hole_of_sinc() -> None:
    with precision(128):
        s = Balls()
        x = variable(arb(0, 1e-3))
        out = s.sinc(x)
        first = adjoints([(out, Ball(arb(1)))], record=True)[x.serial]
        second = adjoints([(first, Ball(arb(1)))])[x.serial]
        assert out.value.contains(1)
        assert out.value > 0.99999
        assert abs(first.value) < 0.0034
        assert abs(second.value + arb.pi() ** 2 / 3) < 0.001


def test_absolute_sizes_do_not_cancel() -> None:
    with precision(128):
        x, y = variable(arb(3)), variable(arb(3))
        out = x * x - y * x
        leaves = adjoints([(out, Ball(arb(-1)))], absolute=True)
        assert (leaves[x.serial].value, leaves[y.serial].value) == (9, 3)
        assert adjoints([(out, Ball(arb(-1)))])[x.serial].value == -3


def test_a_long_chain_needs_no_recursion() -> None:
    with precision(64):
        x = variable(arb(1))
        out: Any = x  # Any: a Scalar
        for _ in range(50_000):
            out = out + x * 0.5
        assert adjoints([(out, Ball(arb(1)))])[x.serial].value == 25_001
        assert tangents([out], {x.serial: Ball(arb(1))})[0].value == 25_001
        del out


# -- bounded work


@pytest.mark.parametrize(
    "text",
    [
        "exp(x*1e300)",
        "exp(exp(exp(x + 9)))",
        "exp(-exp(exp(exp(x + 9))))",
        "(x + 1)**1e18",
        "(x + 1)**1e300",
        "(x + 1)**(2**(2**(2**(x + 19))))",
        "2**(x*1e15) - floor(2**(x*1e15))",
        "(-2)**(2**(x*1e15))",
        "sin(2**(x*1e15))",
        "round(exp(exp(exp(x + 9))))",
        "tanh(exp(exp(x + 9)))",
        "1/(exp(exp(exp(x + 9))) - exp(exp(exp(x + 9))))",
        "sinc(exp(exp(exp(x + 9))))",
        "atan2(exp(exp(exp(x + 9))), exp(exp(exp(x + 9))))",
        "logsumexp([exp(exp(exp(x + 9))), x])",
        "sort([exp(exp(exp(x + 9))), x])[0]",
        "gammainc(2, 2**(x*1e15))",
        "lowergamma(2**(x*1e15), 2**(x*1e15))",
        "gammaincc(2**(x*1e15), 2)",
        "modified_bessel_k0(x*500)",
    ],
)
def test_a_number_out_of_hand_is_told_or_not_and_ends(text: str) -> None:
    for found in (value(text, 2_048, x=1.0), slope(text, "x", x=1.0), slope(text, "x", "x", x=1.0)):
        assert type(found) in (Ball, Undefined)


def test_a_whole_step_keeps_its_outputs_whatever_becomes_of_the_array() -> None:
    with precision(128):
        a = np.array([[variable(arb(2)), variable(arb(3))]], dtype=object)
        out = Balls().matmul(a, a.T)
        entry = out[0, 0]
        out[0, 0] = None
        assert adjoints([(entry, Ball(arb(1)))])[a[0, 1].serial].value == 6
