"""What verdicts tell at the ends of domains and at poles is true, by a reading that shares nothing with it; see edges.py."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from flint import arb
from fuzzing.edges import edge_fault, edged
from fuzzing.truths import Sample, said_of
from slices import Draw

from gradcli.base.errors import GradcliError
from gradcli.meaning.series import functions


def fault(sample: Sample) -> str:
    """What is false in what is said; a refusal says nothing."""
    with contextlib.suppress(GradcliError):
        return edge_fault(sample, said_of(sample))
    return ""


def test_what_is_said_at_an_edge_is_what_the_function_does_beside_it(draw: Draw) -> None:
    for _, rng in draw.generators(25):
        sample = edged(rng)
        false = fault(sample)
        assert not false, f"{sample.replay()}: {false}"


def of_x(text: str, x: float) -> Sample:
    return Sample(text, {"x": x}, (("x", ()),))


@pytest.mark.parametrize(("name", "text"), [("sqrt", "sqrt(x)"), ("exp", "exp(x)/x"), ("log", "x*log(x)/x")])
def test_a_planted_fault_is_seen(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that goes up where the function goes down."""
    assert not fault(of_x(text, 0.0))
    right = functions.RULES[name]
    monkeypatch.setitem(functions.RULES, name, lambda x: right(x) * arb(-3))
    assert fault(of_x(text, 0.0))


def test_a_number_where_there_is_none_is_seen() -> None:
    pole = of_x("1/x", 0.0)
    said = said_of(pole)
    assert not edge_fault(pole, said)
    agreed = replace(said, check=replace(said.check, verdict="agrees"), finding=None)
    assert "where there is no number" in edge_fault(pole, agreed)
