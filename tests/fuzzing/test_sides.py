"""What verdicts tell of the sides of kinks, jumps and edges is true, by a reading that shares nothing with it; see sides.py."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from flint import arb
from fuzzing.sides import kinked, sides_fault
from fuzzing.truths import Sample, said_of
from slices import Draw

from gradcli.base.errors import GradcliError
from gradcli.meaning.series import functions


def fault(sample: Sample) -> str:
    """What is false in what is said of the sides; a refusal says nothing."""
    with contextlib.suppress(GradcliError):
        return sides_fault(sample, said_of(sample))
    return ""


def test_sides_are_those_of_the_function_beside_the_point(draw: Draw) -> None:
    for _, rng in draw.generators(30):
        sample = kinked(rng)
        false = fault(sample)
        assert not false, f"{sample.replay()}: {false}"


def of_x(text: str, x: float) -> Sample:
    return Sample(text, {"x": x}, (("x", ()),))


@pytest.mark.parametrize(("name", "text"), [("Abs", "abs(x)"), ("floor", "x*floor(x)"), ("sqrt", "sqrt(x**2)")])
def test_a_planted_fault_is_seen(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that goes up where the function goes down."""
    assert not fault(of_x(text, 0.0))
    right = functions.RULES[name]
    monkeypatch.setitem(functions.RULES, name, lambda x: right(x) * arb(3))
    assert fault(of_x(text, 0.0))


def test_a_side_on_which_there_is_no_function_is_seen() -> None:
    said = said_of(of_x("sqrt(x)*x", 0.0))
    assert not sides_fault(of_x("sqrt(x)*x", 0.0), said)
    false = replace(said, finding=replace(said.finding, left=1.0))
    assert "where there is no function" in sides_fault(of_x("sqrt(x)*x", 0.0), false)
