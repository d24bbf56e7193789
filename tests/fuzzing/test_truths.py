"""What the second route states of random formulas is true, by a reading that shares nothing with it; see truths.py."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from flint import arb
from fuzzing.duals import CONTEXT, KinkError, NoNumberError
from fuzzing.independent import Reading
from fuzzing.truths import (
    Sample,
    ball_fault,
    drawn_variables,
    made,
    reference,
    said_fault,
    said_of,
    truth_of,
)
from slices import Draw

from gradcli.base.errors import GradcliError
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.reference.truth import Status


def fault(sample: Sample, digits: int = 500) -> str:
    """What is false in what is stated; a refusal states nothing."""
    with contextlib.suppress(GradcliError):
        return ball_fault(sample, truth_of(sample), reference(sample, digits))
    return ""


def of_x(text: str, x: float, order: int = 1) -> Sample:
    return Sample(text, {"x": x}, (("x", ()),) * order)


def test_enclosures_contain_the_number(draw: Draw) -> None:
    for _, rng in draw.generators(75):
        sample = made(rng, special=0.0)
        false = fault(sample)
        assert not false, f"{sample.replay()}: {false}"


def test_enclosures_of_special_functions_contain_the_number(draw: Draw) -> None:
    for _, rng in draw.generators(12):
        sample = made(rng, special=0.7)
        false = fault(sample, 60)  # mpmath is slow in special functions
        assert not false, f"{sample.replay()}: {false}"


def test_what_a_verdict_says_of_an_entry_is_true(draw: Draw) -> None:
    for _, rng in draw.generators(15):
        sample = made(rng, special=0.1)
        drawn = replace(sample, variables=drawn_variables(sample.text, sample.values))
        with contextlib.suppress(GradcliError):
            false = said_fault(drawn, said_of(drawn), reference(drawn, 300))
            assert not false, f"{drawn.replay()}: {false}"


# -- planted faults


@pytest.mark.parametrize(
    ("name", "order", "change"),
    [
        ("sin", 1, lambda f: replace(f, slopes=(lambda x, out: FUNCTIONS["sin"](x),))),
        ("sin", 2, lambda f: replace(f, slopes=(lambda x, out: FUNCTIONS["cos"](FUNCTIONS["sin"](x)),))),
        ("exp", 1, lambda f: replace(f, enclose=lambda x: x.exp() * (1 + arb("1e-25")))),
        ("exp", 0, lambda f: replace(f, enclose=lambda x: x.exp() + arb("1e-30"))),
    ],
)
def test_a_planted_fault_is_seen(
    name: str, order: int, change: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = of_x(f"{name}(x)", 0.7, order)
    assert not fault(sample)
    monkeypatch.setitem(FUNCTIONS, name, change(FUNCTIONS[name]))
    assert fault(sample)


def test_a_number_where_there_is_none_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    kink = of_x("abs(x)", 0.0)
    assert not fault(kink)
    monkeypatch.setitem(FUNCTIONS, "Abs", replace(FUNCTIONS["Abs"], slopes=(lambda x, out: FUNCTIONS["sign"](x),)))
    assert "where there is no number" in fault(kink)


# -- the reading by itself


@pytest.mark.parametrize(
    ("text", "x", "order", "number"),
    [
        ("x*log1p(x)", 1e-130, 1, 2e-130),
        ("sin(x)/x", 1e-160, 2, -1 / 3),
        ("tanh(x)", 190.0, 1, 3.716694526530559e-165),
        ("0.1*x", 3.0, 1, 0.1),
        ("diff(x**3, x)*x", 2.0, 1, 36.0),
        ("abs(x)*x", 0.0, 1, 0.0),
        ("maximum(x, x)", 2.0, 1, 1.0),
        ("polygamma(1, x)", 1.0, 1, -2.4041138063191886),
        ("det([[x, 1], [2, x]])", 3.0, 1, 6.0),
        ("matrix_exp([[0, x], [x, 0]])[0, 0]", 1.0, 1, 1.1752011936438014),
    ],
)
def test_numbers_by_hand(text: str, x: float, order: int, number: float) -> None:
    known = reference(of_x(text, x, order), 600)
    assert float(known.value) == pytest.approx(number, rel=1e-15, abs=1e-100)
    assert known.error <= abs(number) * 1e-100 + CONTEXT.mpf(10) ** -30


def test_what_digits_drop_is_in_the_bound() -> None:
    """1 - tanh(x)**2 is 4*exp(-2*x), which 500 digits do not see at 1e5; they know it."""
    known = reference(of_x("1 - tanh(x)**2", 1e5, 0), 500)
    with CONTEXT.workdps(50):
        assert known.meets(4 * CONTEXT.exp(-2e5), 4 * CONTEXT.exp(-2e5))
        assert known.error < CONTEXT.mpf(10) ** -400


@pytest.mark.parametrize("text", ["log(-x)", "sqrt(x - 2)", "1/(x - 1)", "acos(2*x)", "0**(-x)"])
def test_no_number_where_there_is_none(text: str) -> None:
    with pytest.raises(NoNumberError):
        Reading(text, 50).number({"x": 1.0})


def test_a_kink_is_no_derivative() -> None:
    with pytest.raises(KinkError):
        Reading("abs(x)", 50).number({"x": 0.0}, ["x"])
    assert reference(of_x("abs(x)", 0.0)).none
    assert reference(of_x("abs(x)*x", 0.0)).delicate


def test_no_slope_is_told_of_what_is_not_told() -> None:
    """With 128 bits the sign of x - log(1 + exp(x)) is not known, so that it may have a logarithm, which it has not."""
    sample = Sample("0*v[0] + log(logsigmoid(x))", {"x": -5.9e250, "v": [1.0, 2.0, 3.0]}, (("v", (1,)),))
    assert truth_of(sample).status is Status.UNDEFINED
    inside = Sample("laplacian(acosh(exp(x)), A)", {"x": -2.6e-59, "A": [[1.0, 2.0], [3.0, 4.0]]}, (("A", (0, 1)),))
    assert truth_of(inside).status is Status.UNDEFINED
    assert truth_of(Sample("y + log(0*x)", {"x": 1.0, "y": 2.0}, (("x", ()),))).status is Status.UNDEFINED


@pytest.mark.parametrize("y", [0.5, 1.0, 2.0])
def test_the_slope_of_a_power_in_its_exponent_is_not_flat_at_0(y: float) -> None:
    """x**y*log(x) is 0 at 0, and leaves it steeply where y <= 1; it was a constant."""
    at = {"x": 0.0, "y": y}
    assert truth_of(Sample("x**y", at, (("y", ()), ("x", ())))).status is Status.UNDEFINED
    assert truth_of(Sample("x**y", at, (("y", ()), ("y", ())))).exact_zero
