"""A scalar's formula is the shortest of a few of the same value, as a person would write it."""

from __future__ import annotations

import pytest
import sympy

import gradcli
from gradcli.api import grad
from gradcli.language.parse import parse
from gradcli.language.write import write_formula
from gradcli.reference import shorter as room
from gradcli.reference.shorter import shorter


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        ("log(abs(x))", "1/x"),
        ("x*abs(x)/2", "abs(x)"),
        ("acos(cos(x))", "sin(x)/abs(sin(x))"),
        ("atanh(1/(2*x))", "-2/(4*x**2 - 1)"),
        ("tan(2*x)", "2/cos(2*x)**2"),
        ("sin(x)**2", "sin(2*x)"),
        ("(x**2 + 1)/(x - 1)", "(x*(x - 2) - 1)/(x - 1)**2"),
        ("(a*x - 1)*exp(a*x)/a**2", "x*exp(a*x)"),
        ("e**x*erf(x)", "e**x*(erf(x) + 2*exp(-x**2)/sqrt(pi))"),
        ("sqrt(x**4 + 1)/2 + 1/(2*sqrt(x**4 + 1))", "x**7/(x**4 + 1)**1.5"),
        ("exp(-x**2/2)/sqrt(2*pi)", "-x*exp(-x**2/2)/sqrt(2*pi)"),
        ("max(x, y)", "heaviside(x - y, 1/2)"),
        ("atan(y/x)", "-y/(x**2 + y**2)"),
        ("0.1*x**2", "0.2*x"),
        ("x**2/10", "x/5"),
        ("0.3*x**2", "0.6*x"),
        ("x*y/4", "y/4"),
    ],
)
def test_a_gradient_is_written_as_a_person_writes_it(function: str, formula: str) -> None:
    found = grad(function, wrt="x")
    assert found.formula is not None
    assert len(found.formula["x"]) <= len(formula)
    assert found.formula == {"x": formula}
    assert found.check.verdict == "agrees"
    assert gradcli.check(function, formula, wrt="x").verdict in {"proved", "agrees"}


def test_a_shorter_formula_of_another_value_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = sympy.sympify("sin(x)/(x + 1) + cos(x)/(x + 1)").subs("x", sympy.Symbol("x", real=True))
    monkeypatch.setattr(room, "_WAYS", (lambda one: one.args[0], lambda one: sympy.Integer(1)))
    assert shorter(tree) == tree


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("x*sign(x)**2/(x + 1)", "x/(x + 1)"),
        ("abs(x)*sign(x)", "x"),
        ("sign(x)**2/abs(x)**3", "1/(x**2*abs(x))"),
        ("x*sign(x) + abs(x)", "2*abs(x)"),
        ("sign(x)**2 + x", None),  # 0 at 0
    ],
)
def test_signs_go_out_where_nothing_changes(text: str, short: str | None) -> None:
    tree = room._signed(parse(text).tree.doit())
    assert write_formula(tree) == (short or write_formula(parse(text).tree.doit()))
