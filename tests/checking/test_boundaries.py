"""Regions too narrow to be met by chance, and conventions at kinks, which refute nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from checking.asking import assert_accepted, assert_refuted

import gradcli
from gradcli.claims.branches import Regions
from gradcli.claims.sampling import EQUATED, KINDS, Sampler
from gradcli.language.parse import parse

NARROW: list[tuple[str, str, dict[str, Any]]] = [  # right but in a strip of 1e-5 or less
    ("x**2", "2*x + where(abs(x - 0.123) < 1e-5, 1, 0)", {}), ("relu(x**2 - 2)", "where(x**2 > 2.00001, 2*x, 0)", {}),
    ("relu(x**3 - x - 7)", "where(x**3 - x > 7.00001, 3*x**2 - 1, 0)", {}), ("relu(x)", "where(x > 1e-9, 1, 0)", {}),
    ("relu(sin(x) - 0.5)", "where(sin(x) > 0.50001, cos(x), 0)", {}), ("max(x**2, y)", "where(x**2 > y + 1e-6, 2*x, 0)", {"wrt": "x"}),
    ("sum(relu(A@x - 1))", "A.T@where(A@x > 1.0000001, 1, 0)", {"wrt": "x", "shape": {"A": "n,m", "x": "m"}}),
    ("clamp(x, -1, 1)", "where(abs(x) < 1.000001, 1, 0)", {}), ("x", "where(x**3 == 8, 2, 1)", {}),
    ("exp(x)", "where(exp(x) < 3, exp(x), where(exp(x) < 3.00001, 0, exp(x)))", {}),
    ("sqrt(1 - x**2)", "log(exp(-x/sqrt(1 - x**2))) + 0*log(0.99999 - x**2)", {}), ("sqrt(x)", "1/(2*sqrt(x)) + 0*sqrt(x - 1e-5)**3", {}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "options"), NARROW)
def test_a_claim_that_is_wrong_in_a_narrow_strip_is_refuted(function: str, claim: str, options: dict[str, Any]) -> None:
    assert_refuted(function, claim, **options)


@pytest.mark.parametrize(("function", "claim"), [
    ("relu(x)", "where(x >= 0, 1, 0)"), ("relu(x)", "where(x > 0, 1, 0)"), ("abs(x - 0.3)", "sign(x - 0.3)"), ("relu(x**2 - 2)", "where(x**2 >= 2, 2*x, 0)"),
    ("max(x, 1)", "where(x >= 1, 1, 0)"), ("where(x < 1, x, 3*x)", "where(x <= 1, 1, 3)"), ("clamp(x, -1, 1)", "where(abs(x) <= 1, 1, 0)"),
    ("sqrt(1 - x**2)", "-x/sqrt(1 - x**2)"), ("x*log(x)", "1 + log(x)"),
])  # fmt: skip
def test_a_convention_at_a_kink_refutes_nothing(function: str, claim: str) -> None:
    assert_accepted(function, claim)


def test_boundaries_are_met_exactly_or_from_both_sides() -> None:
    regions = Regions(parse("relu(x - 3)").tree, parse("where(x**2 > 2, 1, 0)").tree, {})
    far = [{"x": np.asarray(value)} for value in (0.0, 4.0)]
    found = sorted(float(values["x"]) for values in regions.boundaries(far))
    assert found == pytest.approx([2**0.5] * 2 + [3.0] * 3, rel=1e-11)
    assert found[0] < 2**0.5 < found[1]
    assert found[2] < found[3] == 3.0 < found[4]


def test_sampled_points_have_the_structure_of_their_kind() -> None:
    for is_round in (True, False):
        sampler = Sampler({"A": (3, 3), "p": (4,)}, np.random.default_rng(0))
        seen = set()
        for draw in sampler.draw(100, is_round=is_round):
            A, p = draw.values["A"], draw.values["p"]
            seen |= {*draw.kinds.values()}
            if draw.kinds["A"] in {"symmetric", "definite"}:
                assert (A == A.T).all()
            if draw.kinds["A"] == "definite":
                assert (np.linalg.eigvalsh(A) > 0).all()
            if draw.kinds["A"] == "diagonal":
                assert (np.diag(np.diag(A)) == A).all()
            if draw.kinds["p"] == "stochastic":
                assert p.sum() == 1
                assert (p > 0).all()
            if draw.kinds["p"] == "increasing":
                assert (np.diff(p) > 0).all()
            if draw.kinds["p"] == "unit":
                assert ((p >= 0) & (p < 1)).all()
        assert seen == set(KINDS)


def test_points_with_conditions_may_be_orthonormal_or_have_eigenvalues_of_one() -> None:
    """Exactly, and in most draws as no symmetric matrix is."""
    for n in range(1, 6):
        shapes = {"A": (n, n), "U": (n + 1, n), "x": (n,)}
        drawn = [*Sampler(shapes, np.random.default_rng(0), constrained=[*shapes]).draw(600, is_round=True)]
        of = {kind: [draw.values["A"] for draw in drawn if draw.kinds["A"] == kind] for kind in EQUATED}
        assert all(np.array_equal(A.T @ A, np.eye(n)) for A in of["turn"])
        assert all(np.array_equal(A @ A, np.eye(n)) for A in of["reflection"])
        assert all((A @ A == A).all() for A in of["projector"])
        assert n == 1 or all(any((A != A.T).any() for A in found) for found in of.values())
        for draw in drawn:
            U, x = draw.values["U"], draw.values["x"]
            assert draw.kinds["U"] != "turn" or np.array_equal(U.T @ U, np.eye(n))
            assert draw.kinds["x"] != "turn" or x @ x == 1


@pytest.mark.parametrize(("function", "claim", "verdict"), [
    ("relu(x - 0.1)", "0", "undecided"),
    ("relu(x - 0.1)", "1", "undecided"),
    ("abs(x - 0.1)", "0", "undecided"),
    ("abs(x - 0.1)**2", "2*(x - 0.1)", "agrees"),  # no kink
    ("abs(x - 0.1)**2", "2*x - 0.3", "refuted"),
    ("0.1*x**2", "0.2*x", "agrees"),
])  # fmt: skip
def test_a_given_number_is_on_the_kink_that_its_decimals_name(function: str, claim: str, verdict: str) -> None:
    """No float is 0.1: the nearest one lies beside the kink, which nobody means."""
    conclusion = gradcli.check(function, claim, {"x": 0.1}).verdict
    assert conclusion == verdict
