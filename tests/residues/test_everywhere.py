"""Identities with every choice of signs, and on the boundaries of conditions."""

from __future__ import annotations

import pytest

from gradcli.base.errors import LimitError
from gradcli.language.parse import parse, parse_condition
from gradcli.meaning.program import compile_tree
from gradcli.meaning.residues.identity import holds_everywhere


def holds(function: str, claim: str, kind: str = "grad", where: str = "") -> bool:
    """Is it shown? In x, a scalar, as all names are."""
    f, c = (compile_tree(parse(text).tree) for text in (function, claim))
    premises = [compile_tree(parse_condition(where).tree)] if where else []
    shapes = dict.fromkeys({*f.names, *c.names}, ())
    try:
        outcome = holds_everywhere(f, c, kind, () if kind == "value" else ("x",), shapes, premises=premises, seed=1)
    except LimitError:
        return False
    return outcome.holds


@pytest.mark.parametrize(
    ("function", "claim"),
    [
        ("abs(x)", "sign(x)"),
        ("abs(x)", "abs(x)/x"),
        ("sqrt(x**2)", "sign(x)"),
        ("abs(2*x)", "2*abs(2*x)/(2*x)"),
        ("log(abs(x))", "1/x"),
        ("asinh(1/(2*x))", "-2/(abs(2*x)*sqrt((2*x)**2+1))"),
        ("acosh(x)", "1/(sqrt(x-1)*sqrt(x+1))"),
        ("x*abs(x)", "2*abs(x)"),
        ("x*abs(x)", "2*x*sign(x)"),
        ("x*abs(x)", "where(x > 0, 2*x, -2*x)"),
        ("relu(x)", "where(x >= 0, 1, 0)"),
        ("relu(x)", "where(x > 0, 1, 0)"),
        ("max(x, y)", "where(x > y, 1, 0)"),
        ("abs(x)**3", "3*x**2*sign(x)"),
        ("sqrt(x**2*y)", "sign(x)*sqrt(y)"),
        ("where(abs(x) <= d, x**2/2, d*(abs(x) - d/2))", "where(abs(x) <= d, x, d*sign(x))"),
    ],
)
def test_what_holds_on_every_side_is_shown(function: str, claim: str) -> None:
    assert holds(function, claim)


@pytest.mark.parametrize(
    ("function", "claim", "kind"),
    [
        ("abs(x)", "1", "grad"),
        ("sqrt((x-1)**2)", "1", "grad"),
        ("relu(x - 1e9)", "0*x", "value"),
        ("sqrt(x**2)*sqrt((x-1)**2)", "x*(x-1)", "value"),
        ("sqrt((x**2-1)**2)", "x**2 - 1", "value"),
        ("abs((x-1)*(x-1-1e-9))", "(x-1)*(x-1-1e-9)", "value"),
        ("log(x**2)", "2*log(x)", "value"),
        ("sqrt(x*y)", "sqrt(x)*sqrt(y)", "value"),
    ],
)
def test_what_fails_on_one_side_is_not(function: str, claim: str, kind: str) -> None:
    assert not holds(function, claim, kind)


@pytest.mark.parametrize(
    ("function", "claim", "kind"),
    [
        ("x**2", "2*x + 1 - sign(x)**2", "grad"),
        ("x*abs(x)", "2*abs(x) + 1 - sign(x)**2", "grad"),
        ("x*abs(x)", "where(x > 0, 2*x, where(x < 0, -2*x, 5))", "grad"),
        ("x**2", "where(x == 1, 5, 2*x)", "grad"),
        ("x**2", "where(x**2 > 0, 2*x, 7)", "grad"),
        ("where(x > 0, 1, 0)", "where(x >= 0, 1, 0)", "value"),
        ("sign(x)", "where(x >= 0, 1, -1)", "value"),
        ("sign(x)**2", "1", "value"),
    ],
)
def test_what_fails_on_a_boundary_alone_is_not(function: str, claim: str, kind: str) -> None:
    assert not holds(function, claim, kind)


def test_a_premise_leaves_one_sign() -> None:
    assert holds("sqrt(x**2)", "x", "value", where="x > 0")
    assert not holds("sqrt(x**2)", "x", "value", where="x > -1")
    assert holds("abs(x - 1)", "1", where="x > 1")
    assert not holds("abs(x - 1)", "1", where="x > 0")


def test_a_function_without_values_shows_nothing() -> None:
    assert not holds("log(-x**2)", "2/x")
    assert not holds("sqrt(-1 - x**2)", "-x/sqrt(-1 - x**2)")


def test_a_value_that_a_condition_leaves_out_may_be_lacking() -> None:
    """log(x) has none where x is negative; that says nothing of where the function has its other branch."""
    assert not holds("where(x > 0, log(x), 0)", "where(x > 0, 1/x, 5)")
