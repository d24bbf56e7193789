"""Two routes that disagree, and faults planted in either."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from functions.cases import CUBES, FLAT
from functions.comparing import Compare, words

from gradcli.foreign import differences, subject
from gradcli.foreign.differences import ridders

# -- two routes that disagree

DETACHED = "import torch\ndef f(x): return (x * x.detach()).sum()\n"


def test_routes_that_disagree_are_undecided(compare: Compare) -> None:
    (result,) = compare(DETACHED + "def g(x): return 5 * x", x=[1.0, 2.0])
    assert result.conclusion == "undecided"
    assert "two routes disagree at x[0]: torch.autograd gives 1.0, differences of the function's values 2.0" in words(
        result
    )
    assert "agrees with neither" in words(result)


@pytest.mark.parametrize(
    ("claim", "whom", "conclusion"), [("x", "torch.autograd", "undecided"), ("2 * x", "the differences", "agrees")]
)
def test_the_route_that_a_claim_agrees_with_is_told(claim: str, whom: str, conclusion: str, compare: Compare) -> None:
    """A backward pass that is wrong is no witness for a claim; the function's own values are."""
    (result,) = compare(DETACHED + f"def g(x): return {claim}", x=[1.0, 2.0])
    assert result.conclusion == conclusion
    assert f"agrees with {whom}" in words(result)
    (near,) = compare(DETACHED + f"def g(x): return {claim} * 1.000001", x=[1.0, 2.0])
    assert near.conclusion == "undecided"


def test_a_backward_that_fails_leaves_it_to_the_differences(compare: Compare) -> None:
    source = """
import torch
class Odd(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x**2
    @staticmethod
    def backward(ctx, cotangent): raise ArithmeticError("not today")
def f(x): return Odd.apply(x).sum()
def g(x): return 2 * x
"""
    (result,) = compare(source, x=[1.0, 2.0])
    assert result.conclusion == "agrees"
    assert result.routes == ("Ridders differences",)
    assert "ArithmeticError: not today" in words(result)
    assert "differences decide" in words(result)


def test_a_trap_of_where_is_seen_by_the_differences(compare: Compare) -> None:
    """where(x > 0, sqrt(x), 0) at -1: autograd gives nan, the function is flat; the claim 0 is right."""
    source = "import torch\ndef f(x): return torch.where(x > 0, torch.sqrt(x), torch.zeros_like(x)).sum()\ndef g(x): return [0.0, 0.25]"
    (result,) = compare(source, x=[-1.0, 4.0])
    assert result.conclusion == "agrees"
    assert "torch.autograd gives nan" in words(result)


# -- planted faults: the oracle is seen to fail


def test_a_fault_in_autograd_would_be_seen(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    right = subject.jacobian_reverse
    monkeypatch.setattr(subject, "jacobian_reverse", lambda *given: [2 * block for block in right(*given)])
    (result,) = compare(CUBES + "def g(x): return 2.5 * x**2", **FLAT)
    assert result.conclusion == "undecided"
    assert "two routes disagree" in words(result)


@pytest.mark.parametrize("fault", [
    lambda difference, step, order=2: ridders(lambda h: 1.001 * difference(h), step, order),
    lambda difference, step, order=2: differences.Estimate(0 * difference(step), np.zeros_like(difference(step))),
])  # fmt: skip
def test_a_fault_in_the_differences_would_be_seen(
    fault: Any, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any: a wrong ridders
    by_values = "def f(x): return float(np.sum(x.copy()**3))\ndef g(x): return 3 * x**2"
    assert compare(by_values, **FLAT)[0].conclusion == "agrees"
    assert compare(CUBES + "def g(x): return 3 * x**2", **FLAT)[0].notes == ()
    monkeypatch.setattr(differences, "ridders", fault)
    assert compare(by_values, **FLAT)[0].conclusion == "refuted"
    assert "two routes disagree" in words(compare(CUBES + "def g(x): return 3 * x**2", **FLAT)[0])


def test_an_error_estimate_that_is_too_large_decides_nothing(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    def vague(difference: Any, step: float, order: int = 2) -> differences.Estimate:  # Any: a function of the step
        found = ridders(difference, step, order)
        return differences.Estimate(found.value, found.error + np.abs(found.value))

    monkeypatch.setattr(differences, "ridders", vague)
    (result,) = compare("def f(x): return float(x)**3\ndef g(x): return 3 * x**2", x=2.0)
    assert result.conclusion == "undecided"
    assert "too coarse to tell" in words(result)
