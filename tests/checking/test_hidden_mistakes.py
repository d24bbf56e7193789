"""What a wrong claim could hide behind; and planted faults, which these tests see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from checking.asking import assert_accepted, assert_kink_is_told, assert_refuted, only
from flint import arb, fmpq

import gradcli
from gradcli.claims import comparison, notes, points, sampling, statement
from gradcli.claims.point import Point
from gradcli.claims.proof import Proof
from gradcli.commands import examination
from gradcli.meaning.scalars import as_array

# -- what a wrong claim could hide behind


@pytest.mark.parametrize(("function", "claim"), [
    ("x**2", "2*x + x*(x-1)*(x-2)*(x+1)*(x-3)"), ("x**2", "2*x*(1 + 1e-20)"), ("x**2", "2.000000000001*x"), ("x", "1 + 1e-9*sin(pi*x)"),
    ("x + 1e-15*x**2", "1"), ("exp(x)", "1 + x + x**2/2 + x**3/6 + x**4/24 + x**5/120 + x**6/720"), ("x**2", "where(x == 1/2, 1, 2*x) + floor(x/7)"),
    ("x", "where(x > 3, 2, 1)"), ("1e-40*x**2", "3e-40*x"), ("1e200*x**2", "3e200*x"),
    ("x", "where(x > 9, 2, 1)"), ("1e-200*x**2", "3e-200*x"), ("x", "where(x > 123.5, 2, 1)"),
    ("(u+v)/(1+u*v/2.99792458e8**2)", "(1+u**2/89875517873681764)/(1+u*v/89875517873681764)**2"),
    ("x**3", "3*x**2 + 1e-30"), ("1e-70*x", "2e-70"), ("1e-120*x**2", "3e-120*x"),
])  # fmt: skip
def test_claims_that_are_almost_right_are_refuted(function: str, claim: str) -> None:
    assert_refuted(function, claim, wrt="v" if "v" in function else "x")


@pytest.mark.parametrize(("function", "claim", "at"), [
    ("x**3", "3*x**2", 0), ("(x-1)**3", "3*(x-1)**2", 1), ("sin(x)**3", "3*sin(x)**2*cos(x)", 0), ("1e40*x**3", "3e40*x**2", 0),
    ("sin(x)**2 + cos(x)**2", "0", 0.3), ("1e-200*x**2", "2e-200*x", 0), ("1e-200*x**2", "2e-200*x", 2), ("sum((x-1)**3)", "3*(x-1)**2", [1, 1]),
    ("sum(softmax(x))", "0*x", [1, 2]),
])  # fmt: skip
def test_a_derivative_that_vanishes_is_zero(function: str, claim: str, at: Any) -> None:  # Any: a value
    assert_accepted(function, claim, {"x": at})


def test_the_seed_and_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(gradcli.check("sin(x)", "cos(x)", points=40)).points == 1  # it is proved
    for methods in ("FOR_ALL_SIZES", "AT_SIZES"):
        monkeypatch.setattr(examination, methods, {})
    first, again, other = (gradcli.check("sin(x)*y", "y*cos(x)", wrt="x", seed=seed) for seed in (1, 1, 2))
    assert first.to_dict()["claims"] == again.to_dict()["claims"]
    assert other.exit_code() == 0
    sized = 12  # points that are small and large, beside those that are asked for
    assert only(gradcli.check("sin(x)", "cos(x)", points=40)).points == 40 + sized
    assert only(gradcli.check("sin(x)", "cos(x)")).points == 16 + sized


def test_one_point_alone() -> None:
    assert only(gradcli.check("sin(x)", "cos(x)", points=1)).points == 1


# -- planted faults: the tests above would see them


def _always_the_same(sampler: sampling.Sampler, *_: Any, **__: Any) -> Any:  # Any: a generator of points
    yield sampling.Drawn(
        {name: np.full(shape, 2.0) for name, shape in sampler.shapes.items()}, dict.fromkeys(sampler.shapes, "general")
    )


class _RoundAlone(points.Points):
    def drawn(self, round_: int, irregular: int) -> Iterator[Point]:
        yield from super().drawn(round_ + irregular, 0)

    def of_every_size(self) -> Iterator[Point]:
        yield from ()


TRUTH = Point.truth
FAULTS: dict[str, tuple[Any, str, Any, Callable[[], Any]]] = {  # where, what, the fault; what it spoils
    "a comparison that sees nothing": (comparison, "close", lambda *_: True, lambda: assert_refuted("x**2", "3*x")),
    "a comparison to three digits": (comparison, "CLOSENESS", fmpq(1, 1000), lambda: assert_refuted("x**2", "2.0001*x")),
    "one point alone": (sampling.Sampler, "_new", _always_the_same, lambda: assert_refuted("x**2", "2*x + x - 2")),
    "round points alone": (points, "Points", _RoundAlone, lambda: assert_refuted("x", "1 + sin(64*pi*x)")),
    "the first sizes alone": (
        statement, "size_choices", lambda letters: [dict.fromkeys(letters, 2)], lambda: assert_refuted("mean(x**2)", "x", shape={"x": "n"}),
    ),
    "conditions that do not hold": (points, "conditions_hold", lambda *_: True, lambda: assert_accepted("abs(x)", "1", where="x > 0")),
    "kinks of which nothing is said": (
        notes, "_kink", lambda *_: "", lambda: assert_kink_is_told("abs(x)", "sign(x)", -1.0, 1.0),
    ),
    "an enclosure that leaves the truth out": (
        Point, "truth", lambda self, bits=128: as_array(TRUTH(self, bits) + arb("1e-20")), lambda: assert_accepted("x**2", "2*x"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home, attribute, fault, spoilt = FAULTS[name]
    spoilt()
    monkeypatch.setattr(home, attribute, fault)
    monkeypatch.setattr(examination, "proof_of", lambda *_: Proof(False))
    with pytest.raises((AssertionError, StopIteration)):
        spoilt()
