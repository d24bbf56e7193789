"""The program of a row: its columns, what it shares, and its flags, run on Python's floats."""

from __future__ import annotations

from math import cos, exp, isclose, sin
from typing import Any

import pytest

import gradcli
from gradcli.base.errors import LimitError
from gradcli.engine.formulas import Formulas, formulas
from gradcli.language.parse import parse
from gradcli.meaning.program import Step, values_of_steps
from gradcli.meaning.torch_meaning import plain_constant, python_number, torch_meaning


class Floats:
    """Python's floats by way of torch, one entry at a time."""

    def number(self, tree: Any) -> Any:
        return python_number(tree)

    def apply(self, step: Step, arguments: list[Any]) -> Any:
        import torch

        assert step.op is not None
        tensors = [
            None if a is None else torch.as_tensor(a, dtype=None if isinstance(a, torch.Tensor) else torch.float64)
            for a in arguments
        ]
        return torch_meaning(step.op)(torch, *tensors, *map(plain_constant, step.constants))

    def derive(self, step: Step, arguments: list[Any], point: Any) -> Any:
        raise AssertionError("no derivatives inside")


def made(text: str, names: str, kind: str = "grad", order: int = 1) -> Formulas:
    return formulas(parse(text).tree, kind, list(names), list(names), (), order)


def answers(found: Formulas, **point: float) -> dict[str, list[float]]:
    values = values_of_steps(found.program, Floats(), point)
    out = {o.name: [float(values[i]) for i in o.steps] for o in found.outputs}
    flags = {"kink": found.kink, "loss": found.loss}
    return out | {name: [float(values[i])] for name, i in flags.items() if i is not None}


def test_a_gradient_is_that_of_the_books() -> None:
    found = answers(made("x**2*sin(y)", "xy"), x=3.0, y=1.0)
    assert found["value"] == [9 * sin(1)]
    assert found["d_x"] == [6 * sin(1)]
    assert found["d_y"] == [9 * cos(1)]


def test_a_power_has_its_slope_at_zero() -> None:
    assert answers(made("x**2 + log(1 + x**2)", "x"), x=0.0)["d_x"] == [0.0]


def test_value_and_derivatives_share_what_is_dear() -> None:
    ops = [step.op.name for step in made("sin(x)*exp(-y**2)", "xy").program.steps if step.op]
    assert ops.count("exp") == ops.count("sin") == ops.count("cos") == 1


def test_a_jacobian_of_a_list_has_an_entry_for_each_part() -> None:
    found = made("[r*cos(t), r*sin(t)]", "rt", "jacobian")
    assert [(o.name, o.shape) for o in found.outputs] == [("value", (2,)), ("d_r", (2,)), ("d_t", (2,))]
    assert answers(found, r=2.0, t=1.0)["d_t"] == [-2 * sin(1), 2 * cos(1)]


def test_a_hessian_has_each_pair_once() -> None:
    found = answers(made("x**2*y", "xy", "hessian"), x=3.0, y=2.0)
    assert {k: v for k, v in found.items() if k.startswith("d_")} == {
        "d_x_d_x": [4.0],
        "d_x_d_y": [6.0],
        "d_y_d_y": [0.0],
    }


def test_orders() -> None:
    assert isclose(answers(made("exp(2*x)", "x", order=3), x=0.5)["d3_x"][0], 8 * exp(1.0), rel_tol=1e-15)


@pytest.mark.parametrize(
    ("text", "on", "off"),
    [
        ("abs(x)", 0.0, 1e-300),
        ("relu(x - 1)", 1.0, 1.5),
        ("where(x > 2, x, 2)", 2.0, 3.0),
        ("max(x, 1)", 1.0, 2.0),
    ],
)
def test_kinks_are_flagged(text: str, on: float, off: float) -> None:
    found = made(text, "x")
    assert answers(found, x=on)["kink"] == [1.0]
    assert answers(found, x=off)["kink"] == [0.0]


def test_a_smooth_function_has_no_flag_for_kinks() -> None:
    assert made("x**2*sin(x)", "x").kink is None


def test_lost_digits_are_flagged() -> None:
    found = made("sqrt(1 + x**2) - 1", "x")
    assert answers(found, x=1e-6)["loss"] == [1.0]
    assert answers(found, x=1.0)["loss"] == [0.0]


@pytest.mark.parametrize(
    ("text", "point", "lost"),
    [
        ("log(1 + x)", 1e-10, True),
        ("log1p(x)", 1e-10, False),
        ("log(1 + x)", 0.5, False),
        ("(1 - cos(x))/x**2", 1e-5, True),
        ("(1 - cos(x))/x**2", 1.0, False),
        ("1000 + (1 - cos(x))", 1e-5, False),
        ("exp(-x)*(exp(x) + 1)", 3.0, False),
        ("2*x", 0.0, False),
        ("x**2 - 1e-30", 1e-15, True),
    ],
)
def test_a_flag_is_for_half_of_the_digits_of_what_comes_out(text: str, point: float, lost: bool) -> None:
    """A sum that loses digits beside a larger term is nothing, and a product with one is."""
    assert answers(made(text, "x"), x=point).get("loss", [0.0]) == [float(lost)]


def test_sums_of_the_greeks_that_cancel_are_no_loss() -> None:
    """In the delta S*pdf(d1) and K*exp(-r*T)*pdf(d2) are equal, and nothing beside cdf(d1)."""
    text = "d = (log(S/K) + (r + v**2/2)*T)/(v*sqrt(T)); S*ndtr(d) - K*exp(-r*T)*ndtr(d - v*sqrt(T))"
    found = answers(made(text, "SKrvT"), S=100.0, K=110.0, r=0.03, v=0.2, T=0.5)
    assert found["loss"] == [0.0]


def test_a_long_sum_is_no_deep_one() -> None:
    terms = 700  # deeper than Python goes by itself
    found = made(" + ".join(f"sin({k}*x)" for k in range(1, terms)), "x")
    assert found.loss is not None
    assert [output.name for output in found.outputs] == ["value", "d_x"]


def test_a_difference_of_numbers_as_they_are_given_loses_nothing() -> None:
    assert made("x - 1", "x").loss is None


@pytest.mark.parametrize("text", ["sum(x*[1, 2])", "softmax([x, 2*x])", "norm([x, 1])"])
def test_what_is_not_made_of_scalars_is_refused(text: str) -> None:
    with pytest.raises(LimitError):
        made(text, "x")


@pytest.mark.parametrize(
    ("text", "x", "true"),
    [
        ("sin(x)/x", 1e-200, 0.0),  # the truth, -3e-201, cancels; x**2 is 0
        ("2/x", 1e-155, -2e310),
        ("1e200/x", 1e200, -1e-200),  # x**2 is infinite
        ("x**2*1e-310", 3.0, 6e-310),  # 1/5e309 is 0
    ],
)
def test_products_stay_within_the_range_of_floats(text: str, x: float, true: float) -> None:
    (found,) = answers(made(text, "x"), x=x)["d_x"]
    assert found == true or isclose(found, true)
    assert found == pytest.approx(gradcli.grad(text, {"x": x}, check="off").derivative["x"])


def test_what_cancels_is_no_step() -> None:
    assert answers(made("x*(y/x)*3", "xy"), x=0.0, y=1.0)["d_y"] == [3.0]
    assert answers(made("x**2/4*2", "x"), x=0.0)["d_x"] == [0.0]


@pytest.mark.parametrize("y", [0.0, 0.5, 1.0, 2.0, 2.5])
@pytest.mark.parametrize("order", [1, 2])
def test_powers_have_torchs_slopes_at_zero(y: float, order: int) -> None:
    found = answers(made("x**y", "xy", order=order), x=0.0, y=y)
    torch = gradcli.grad("x**y", {"x": 0.0, "y": y}, check="off", order=order).derivative
    names = {"x": "d_x", "y": "d_y"} if order == 1 else {"x": "d2_x"}
    for name, column in names.items():
        assert found[column] == [pytest.approx(torch[name], abs=0.0, nan_ok=True)]


@pytest.mark.parametrize("text", ["x**pi", "(x**3 + x)**(5*x + 2)"])
def test_powers_that_hang_on_the_variable_have_slopes_at_zero(text: str) -> None:
    assert answers(made(text, "x"), x=0.0)["d_x"] == [0.0]


def test_a_power_of_two_hands_on_what_its_exponent_has_lost() -> None:
    assert answers(made("exp2((1 + x) - 1) - 1", "x"), x=1e-12)["loss"] == [1.0]
