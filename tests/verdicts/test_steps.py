"""Why a number is off: steps of torch's tape by themselves, at torch's own floats. Each fault is planted and seen."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from planting import Plant, bent

import gradcli
from gradcli.verdicts import steps

# -- every step right: rounding, and where the digits went

ROUNDED: list[tuple[str, dict[str, Any], str]] = [
    ("(1 - cos(x))/x**2", {"x": 1e-9}, "1 - cos(x): its value loses"), ("1 - tanh(x)**2", {"x": 18.0}, "tanh(x): its slope loses"),
    ("sqrt(x + 1) - sqrt(x)", {"x": 1e15}, "sqrt(x + 1) - sqrt(x)"), ("1/x - 1/tan(x)", {"x": 1e-8}, "x: the sum of its adjoints"),
    ("relu((x + 1e20) - 1e20)", {"x": 1.0}, "its value loses 16 digits"), ("sin(x)", {"x": 1e-300}, ""), ("cosh(x)", {"x": 1e-9}, ""),
    ("solve([[1, 1], [1, 1 + 1e-14]], x)[0]**2", {"x": [0.3, 0.7]}, ""), ("sum(inv(A + 1)**2)", {"A": [[1.0, 2.0], [3.0, 4.0 + 1e-12]]}, ""),
    ("logsumexp(x)", {"x": [1e50, 1e50]}, "logsumexp(x): its slope loses"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "step"), ROUNDED, ids=[row[0] for row in ROUNDED])
def test_right_steps_leave_rounding_alone(text: str, point: dict[str, Any], step: str) -> None:
    check = gradcli.grad(text, point).check
    assert check.verdict in ({"rounding"} if step else {"agrees", "rounding"}), check
    assert step in (check.step or ""), check


# -- a step that lost its number, or a slope where there is none: trap

LOST: list[tuple[str, dict[str, Any], str]] = [
    ("log(1 + exp(x))", {"x": 1000.0}, "exp(x): overflows"), ("log(sigmoid(x))", {"x": -800.0}, "sigmoid(x): underflows to 0"),
    ("relu(x) - relu(-x)", {"x": 0.0}, "relu"), ("where(x == 0, 0, x)", {"x": 0.0}, "where(x == 0, 0, x)"),
    ("where(x > 0, sqrt(x), 0)", {"x": -1.0}, "sqrt(x): its slope is infinite or undefined here, and 0 times that is nan"),
    ("where(x > 0, x, exp(x) - 1)", {"x": 1000.0}, "exp(x): overflows"), ("det(A)", {"A": [[1.0, 2.0], [2.0, 4.0]]}, "det(A)"),
    ("norm(x)", {"x": [1e-170, 1e-170]}, "norm(x)"), ("norm(x)", {"x": [1e-160, 1e-160]}, "norm(x)"),
    ("log(1 - tanh(x))", {"x": 150.0}, "1 - tanh(x): its value loses all its digits"), ("sqrt(1 - cos(x))", {"x": 1e-9}, "1 - cos(x): its value loses"),
    ("clamp(x, a, b)", {"x": 1.0, "a": 1.0, "b": 1.0}, "clamp(x, a, b): the slope in x that torch takes here"),
    ("atan2(x, -1)", {"x": -0.0}, "atan2(x, -1): follows the sign of a zero"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "step"), LOST, ids=[f"{row[0]} at {row[1]}" for row in LOST])
def test_a_lost_number_is_a_trap(text: str, point: dict[str, Any], step: str) -> None:
    check = gradcli.grad(text, point).check
    assert check.verdict == "trap", check
    assert step in (check.step or ""), check


def test_an_underflow_that_does_no_harm_is_no_cause() -> None:
    """exp(-y) is 0 in floats here and does not matter; the digits are lost in 1 - cos(x)."""
    check = gradcli.grad("(1 - cos(x))/x**2 + exp(-1000*y)", {"x": 1e-5, "y": 1.0}).check
    assert check.verdict == "rounding", check
    assert check.step is not None
    assert check.step.startswith("1 - cos(x)")


def test_a_lost_value_says_how() -> None:
    """A minus before a 0 turned atan2 to the other side, and it was called an overflow."""
    cases = [("atan2(x, -1)", -0.0, ": a real 0 has no sign"), ("log(1 + exp(x))", 1000.0, ": overflow on the way")]
    for text, x, said in cases:
        assert gradcli.grad(text, {"x": x}).check.notes[0].endswith(said)


# -- planted faults: differs


@pytest.mark.parametrize("text", ["sum(exp(x*sin(2*x)))", "(1 - cos(y))/y**2 + sum(sin(x))"])
def test_a_wrong_slope_differs_and_is_named(plant: Plant, text: str) -> None:
    """Also beside an honest loss of digits elsewhere."""
    plant("sin", torch=bent(torch.sin, lambda g, x: g * torch.cos(x) * (1 + 1e-6)))
    point = {"x": [0.3, 0.8]} | ({"y": 1e-5} if "y" in text else {})
    check = gradcli.grad(text, point).check
    assert check.verdict == "differs", check
    assert check.step is not None
    assert check.step.startswith("sin(")


def test_a_truncated_float32_kernel_is_seen(plant: Plant) -> None:
    """A value computed in float32 inside a float64 program, as a table of too few digits would give it."""
    plant("erf", torch=lambda t, x: t.special.erf(x.to(t.float32)).to(t.float64))
    check = gradcli.grad("exp(erf(x))*x", {"x": 0.7}).check
    assert (check.verdict, check.step) == ("differs", "erf(x): its value is wrong"), check


def test_differs_names_both_numbers_and_the_radius(plant: Plant) -> None:
    plant("sin", torch=bent(torch.sin, lambda g, x: g * torch.cos(x) * 1.5))
    check = gradcli.grad("sin(x)", {"x": 0.7}).check
    (note,) = (finding.note for finding in check.findings)
    assert note.startswith("x: 1.1472632809267327 against 0.76484218728448845 ± ")
    assert note.endswith("(0.3 digits agree)")


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_each_dtype_is_judged_by_its_own_unit(plant: Plant, dtype: str) -> None:
    assert gradcli.grad("sin(x)*exp(x)", {"x": 0.7}, dtype=dtype).check.verdict == "agrees"
    plant("sin", torch=bent(torch.sin, lambda g, x: g * torch.cos(x) * 1.3))
    assert gradcli.grad("sin(x)*exp(x)", {"x": 0.7}, dtype=dtype).check.verdict == "differs"


def test_the_comparison_of_steps_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: no error is allowed at all. Then honest rounding is called a bug, as it has to be."""
    monkeypatch.setattr(steps, "UNITS", 0)
    assert gradcli.grad("(exp(x) - cos(y))*1e8", {"x": 1e-9, "y": 1e-8}).check.verdict in {"agrees", "differs"}
    assert gradcli.grad("sqrt(x + 1) - sqrt(x)", {"x": 1e15 + 3}).check.verdict == "differs"


def test_no_step_is_blamed_for_an_entry_beside_one_that_overflows() -> None:
    """The sum has the slope 1 in each entry, also where another one is infinite in float64."""
    check = gradcli.grad("sum(log(1 - tanh(v))**2)", {"v": [5e-324, 800.0, 1.0]}).check
    found = {finding.entry: finding.verdict for finding in check.findings}
    assert (check.verdict, found["v[0]"], found["v[1]"]) == ("trap", "rounding", "trap")


@pytest.mark.parametrize(
    ("text", "true"), [("sign(x)*abs(x)", 1.0), ("4*sign(x)*relu(abs(x))", 4.0), ("where(x < 0, -1, 1)*abs(x)", 1.0)]
)
def test_a_slope_that_is_not_there_and_left_out_is_a_trap(text: str, true: float) -> None:
    """These are x and 4*x. At 0 torch takes 0 times the slope of a jump for 0, and no step is rounded at all."""
    check = gradcli.grad(text, {"x": 0.0}).check
    assert check.verdict == "trap", check
    assert check.findings[0].true == true
    assert check.step is not None


def test_digits_that_were_lost_beside_a_slope_that_was_left_out_are_rounding() -> None:
    """The slope of x*abs(x) is 0 at 0, as torch has it; that of (1 - cos(u))/u**2 loses its digits."""
    (finding,) = gradcli.grad("x*abs(x) + (1 - cos(x + 1e-6))/(x + 1e-6)**2", {"x": 0.0}).check.findings[:1]
    assert (finding.entry, finding.verdict) == ("x", "rounding")
