"""No mode is changed at a distance: arithmetics, the route to the truth, names of ours."""

from __future__ import annotations

from typing import Any

import pytest

import gradcli
from gradcli.base.errors import LimitError
from gradcli.language.nodes import Inner, symbol
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.scalars import ScalarArithmetic
from gradcli.meaning.symbolic import Symbolic, entry_symbol


@pytest.mark.parametrize("arithmetic", [Balls(), Symbolic()], ids=["balls", "symbols"])
def test_an_arithmetic_is_frozen(arithmetic: ScalarArithmetic) -> None:
    with pytest.raises(AttributeError, match="frozen"):
        arithmetic.ideal = True


def test_a_derivative_inside_is_of_the_function_that_is_meant() -> None:
    """torch takes softplus(25) to be 25; mathematics does not, nor does the derivative inside a claim."""
    assert gradcli.check("grad(softplus(x), x)", "sigmoid(x)", {"x": 25.0}, kind="value").conclusion == "agrees"
    assert gradcli.check("grad(softplus(x), x)", "1 + 0*x", {"x": 25.0}, kind="value").conclusion == "refuted"


# -- names of ours that no user can type


@pytest.mark.parametrize(
    ("command", "text", "values", "options"),
    [
        ("grad", "[grad_outputs*x, x**2]", {"grad_outputs": 5.0, "x": 3.0}, {"grad_outputs": [1.0, 10.0]}),
        ("jacobian", "[along*x, x**2]", {"along": 5.0, "x": 3.0}, {"jvp": "along=1;x=2"}),
        ("hessian", "along**2*x**3", {"along": 5.0, "x": 3.0}, {"hvp": "along=1;x=2"}),
    ],
)
def test_a_users_name_is_not_one_of_ours(command: str, text: str, values: Any, options: Any) -> None:
    plain = getattr(gradcli, command)(
        text.replace("along", "a").replace("grad_outputs", "a"), **renamed(values, options)
    )
    named = getattr(gradcli, command)(text, values, **options)
    assert named.check.verdict == plain.check.verdict == "agrees"
    assert str(list(named.derivative.values())) == str(list(plain.derivative.values()))


def renamed(values: Any, options: Any) -> Any:  # Any: numbers by name; a vector or its text
    """The same with the variable called a."""
    texts = {key: value.replace("along", "a") if isinstance(value, str) else value for key, value in options.items()}
    return {"values": {"x" if name == "x" else "a": value for name, value in values.items()}, **texts}


def test_a_rewrite_of_a_weighted_sum_names_the_weights() -> None:
    found = gradcli.grad("sqrt(x**2)", {"x": [0.0, 2.0]}, grad_outputs=[1.0, 3.0])
    assert found.check.rewrite == "sum(grad_outputs*abs(x))"


def test_an_inner_name_prints_as_one_and_equals_none() -> None:
    ours = Inner("x")
    assert (f"{ours}", str(symbol(ours))) == ("x", "x")
    assert ours == Inner("x")
    assert ours != "x"
    assert "x" not in {ours: 1}
    assert symbol(ours) != symbol("x")
    assert symbol(ours) - symbol("x") != 0
    assert entry_symbol(ours, (0, 1)) != entry_symbol("x", (0, 1))
    assert entry_symbol(ours, (0, 1)) == entry_symbol(Inner("x"), (0, 1))


# -- what sympy is not asked to do


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("where(where(x < 3, x, exp(x)) > 1, x*y, x)", "where(x > 1 and x < 3 or x >= 3 and exp(x) > 1, x, 0)"),
        ("where(sinc(x) > 0.5, x*y, x)", "where(x == 0 or x != 0 and sin(pi*x)/(pi*x) > 1/2, x, 0)"),
    ],
)
def test_a_condition_that_has_cases_itself(text: str, formula: str) -> None:
    """sympy solved each case for x, and made of them what no row has."""
    assert gradcli.grad(text, entries=True).formula["y"] == formula
    at = gradcli.grad(text, {"x": 5.0, "y": 2.0}).check
    assert (at.verdict, at.reference) == ("agrees", "sympy")


@pytest.mark.parametrize(
    "text",
    [
        "sum([2, x]**[1e9, 2])",
        "sum([2, x]**123456789012345678901234567890)",
        "sum(exp(x + 123456789012345678901234567890*log([2, 3])))",
        "sum(exp2(123456789012345678901234567890*[1, x]))",
    ],
)
def test_a_power_of_numbers_is_not_written_out_without_end(text: str) -> None:
    with pytest.raises(LimitError, match="a power of more than 65,536 bits"):
        gradcli.grad(text)
