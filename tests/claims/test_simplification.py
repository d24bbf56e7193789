"""What sympy is given to simplify is admitted by its size; what is not, or is cut off, says so and still agrees."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sympy

import gradcli
from gradcli.claims import simplification
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.cli.app import run
from gradcli.commands import examination
from gradcli.meaning.symbolic_size import MANY, Bounds, functions, operations, power, terms_in_all

X, Y, Z = sympy.symbols("x y z", real=True)


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        (X, (0, 0, 1)),
        (X + Y + Z, (2, 0, 3)),
        ((X + Y) ** 2, (2, 0, 3)),
        ((X + Y + Z) ** 10, (3, 0, 66)),
        ((X + Y) * (X + Z), (3, 0, 4)),
        (1 / (X + Y) ** 3, (2, 0, 4)),
        (sympy.sin(X) + sympy.sqrt(sympy.sin(X)), (4, 2, 2)),
        ((X + Y) ** (10**12), (2, 0, MANY)),
    ],
)
def test_sizes_by_hand(tree: sympy.Expr, found: tuple[int, int, int]) -> None:
    assert (operations(tree), functions(tree), terms_in_all(tree)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("exp(x/2) + exp(x/3)", 3), ("x**5 + x", 5), ("2**(3*x)", 3), ("exp(1e29*x) - 1", 10**29), ("x + 1", 0)],
)
def test_powers_of_one_unit_by_hand(text: str, found: int) -> None:
    assert power(sympy.sympify(text, rational=True)) == found


def test_a_tiny_constant_in_an_exponent_is_no_polynomial_of_endless_degree() -> None:
    found = gradcli.grad("i*(exp(q*V/(1.380649e-23*T)) - 1)", wrt="i")
    assert found.formula == {"i": "exp(1e29*V*q/(1380649*T)) - 1"}


def test_the_size_of_a_tree_that_could_not_be_walked_is_counted_at_once() -> None:
    tree = X
    for _ in range(40):
        tree = sympy.sin(tree) + sympy.cos(tree)
    assert operations(tree) == MANY
    assert functions(tree) == 80


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """sympy is asked, as where nothing else decides."""
    for methods in ("FOR_ALL_SIZES", "AT_SIZES"):
        monkeypatch.setattr(examination, methods, {})


def only(function: str, claim: str) -> ClaimResult:
    (found,) = gradcli.check(function, claim).claims
    return found


CLAIM = ("sin(x)**2", "sin(2*x)")


def test_a_claim_that_is_proved_has_no_reason_why_not() -> None:
    found = only(*CLAIM)
    assert (str(found.verdict), found.unproved) == ("proved", "")
    assert "unproved" not in found.to_dict()


def test_what_is_too_large_is_not_begun_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        simplification, "_STEPS", tuple(simplification.Step(step.apply, Bounds(2)) for step in simplification._STEPS)
    )
    found = only(*CLAIM)
    assert str(found.verdict) == "agrees"
    assert found.unproved == "sympy: the difference has 7 operations, simplification is tried up to 2"
    assert found.to_dict()["unproved"] == found.unproved


def test_a_power_that_would_be_multiplied_out_without_end_is_not_begun() -> None:
    expand = replace(simplification._STEPS[0])
    assert expand.refusal((X + Y + Z) ** 60 - 1) == ""
    why = "the difference has 35,991 terms when multiplied out, simplification is tried up to 10,000"
    assert expand.refusal((X + Y + Z + 1) ** 58 - 1) == why


@pytest.mark.parametrize("tiny", ["exp(-1000)*x", "x/10**60"])
def test_a_constant_that_lost_its_digits_proves_nothing(tiny: str) -> None:
    """sympy has such constants as floats, beside which the difference was simplified to 0."""
    found = only("x**2", f"2*x + {tiny}")
    assert (str(found.verdict), found.unproved) == (
        "agrees",
        "sympy: a constant is so large or so small that its formula has only its first digits",
    )


def test_what_is_cut_off_says_so_and_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_: object) -> None:
        while True:
            pass

    monkeypatch.setattr(simplification, "_STEPS", (simplification.Step(endless, Bounds(100)),))
    monkeypatch.setattr(simplification, "BELT", 0.05)
    found = only(*CLAIM)
    assert (str(found.verdict), found.unproved) == ("agrees", "sympy: it was cut off after 0.05 s")


def test_the_reason_is_for_who_asks_for_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(simplification, "_STEPS", ())
    assert run(["check", *CLAIM]) == 0
    assert "proved" not in "".join(capsys.readouterr())
    assert run(["check", *CLAIM, "-v"]) == 0
    assert "not proved: sympy: the difference is not simplified to 0" in "".join(capsys.readouterr())
    assert run(["check", *CLAIM, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["claims"][0]["unproved"]


@pytest.mark.parametrize(
    ("function", "claim", "kind", "right_and_wrong"),
    [
        # the second derivative at 0 is -1/3; sympy's, of the branch 1, is 0
        (
            "where(x != 0, sin(x)/x, 1)",
            "where(x != 0, -sin(x)/x - 2*cos(x)/x**2 + 2*sin(x)/x**3, {})",
            "hessian",
            ("-1/3", "0"),
        ),
        ("where(x == 0, 0, x)", "where(x == 0, {}, x/x)", "grad", ("1", "0")),  # it is 1 there too
    ],
)
def test_a_branch_for_a_single_point_proves_nothing(function, claim, kind, right_and_wrong):
    right, wrong = (gradcli.check(function, claim.format(number), kind=kind).claims[0] for number in right_and_wrong)
    assert right.verdict is Conclusion.AGREES
    assert "says nothing of single points" in right.unproved
    assert wrong.verdict is Conclusion.REFUTED
