"""What rounding may do to a number of which torch keeps no tape: second orders, forward mode, derivatives inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from planting import Plant, bent

import gradcli
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.reference.answer import Settings
from gradcli.reference.problem import Problem
from gradcli.verdicts.rounding import Rounding

FUNCTIONS: list[tuple[str, dict[str, Any]]] = [
    ("tanh(x)", {"x": 19.0}), ("sin(x)*exp(-x) + x**2.5", {"x": 0.7}), ("(1 - cos(x))/x**2", {"x": 1e-3}), ("lgamma(x)", {"x": 2.5}),
    ("sqrt(x + 1) - sqrt(x)", {"x": 1e4}), ("logsumexp(x)", {"x": [3.0, 1.0, -2.0]}), ("sum(softmax(x)*x)", {"x": [20.0, 1.0, -2.0]}),
    ("det(A)", {"A": [[1.0, 2.0], [2.0, 4.0]]}), ("sum(inv(A)**2)", {"A": [[1.0, 2.0], [2.0, 4.5]]}), ("norm(A @ A)", {"A": [[0.1, 0.2], [0.3, 0.4]]}),
    ("prod(x - 1)*exp(sum(x))", {"x": [1.0, 2.0, 1.5]}), ("sigmoid(x)/(1 + x**2)", {"x": -30.0}),
]  # fmt: skip


def rounding_of(text: str, point: dict[str, Any], dtype: str = "float64") -> Rounding:
    program = compile_tree(parse(text, bound=point).tree)
    values = {name: np.asarray(value, dtype=dtype).astype(np.float64) for name, value in point.items()}
    shapes = shapes_of(program, {name: value.shape for name, value in values.items()})
    return Rounding(Problem(program, shapes, values, None, frozenset(point)), Settings(dtype), 100)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("text", "point"), FUNCTIONS, ids=[row[0] for row in FUNCTIONS])
def test_torchs_second_derivatives_lie_within_reach(text: str, point: dict[str, Any], dtype: str) -> None:
    rounding = rounding_of(text, point, dtype)
    ((name, value),) = point.items()
    array = np.asarray(gradcli.hessian(text, point, dtype=dtype, check="off").derivative[name][name])
    rank = np.ndim(value)
    for place in np.ndindex(array.shape):
        entry = (), ((name, place[:rank]), (name, place[rank:]))
        assert rounding.explains(entry, float(array[place])), (
            place,
            float(array[place]),
            rounding.reached.entry(entry),
        )


@pytest.mark.parametrize(("text", "point"), FUNCTIONS[1:2], ids=["smooth"])
def test_the_reach_is_no_wider_than_rounding(text: str, point: dict[str, Any]) -> None:
    """A relative error of 1e-12 is none of some steps in float64."""
    entry = (), (("x", ()), ("x", ()))
    true = gradcli.hessian(text, point).derivative["x"]["x"]
    assert not rounding_of(text, point).explains(entry, true * (1 + 1e-12))


@pytest.mark.parametrize(("command", "text"), [("hessian", "sin(x)*exp(x)"), ("grad", "grad(sin(x)*exp(x), x)")])
def test_a_wrong_slope_differs_where_there_is_no_tape(plant: Plant, command: str, text: str) -> None:
    plant("sin", torch=bent(torch.sin, lambda g, x: g * torch.cos(x) * (1 + 1e-6)))
    check = getattr(gradcli, command)(text, {"x": 0.7}).check
    assert check.verdict == "differs", check


@pytest.mark.parametrize(("command", "text", "x"), [
    ("hessian", "tanh(x)", 19.0), ("hessian", "(1 - cos(x))/x**2", 1e-5), ("grad", "grad((1 - cos(x))/x**2, x)", 1e-5), ("hessian", "1 - tanh(x)**2", 18.0),
])  # fmt: skip
def test_lost_digits_are_rounding_where_there_is_no_tape(command: str, text: str, x: float) -> None:
    assert getattr(gradcli, command)(text, {"x": x}).check.verdict == "rounding"


@pytest.mark.parametrize("A", [[[1, 2], [2, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]], ids=["two", "three"])
def test_a_zero_of_a_matrix_is_as_right_as_its_largest_entry(A: list[list[int]]) -> None:
    """The Hessian of a determinant has zeros in which no terms cancel; torch computes it from a factorisation."""
    check = gradcli.hessian("det(A)", {"A": A}).check
    assert check.verdict == "agrees", check
    assert check.terms is not None
    assert 1 <= check.terms < 1e3


@pytest.mark.parametrize("text", ["prod(x)", "sum(cumprod(x))", "sum(prod_of_others(x))"])
@pytest.mark.parametrize(
    "x", [[0.3, -1.7, 2.3, 0.9], [1e-9, 3.1, 0.7, 1e-12], [0.3, 0.7, -1.1, 0.0]], ids=["near 1", "small", "0"]
)
def test_a_zero_between_quotients_of_a_product_agrees(text: str, x: list[float]) -> None:
    """The second derivative of a product in one factor is 0, and no terms cancel in it; torch's slope divides by it."""
    check = gradcli.hessian(text, {"x": x}).check
    assert check.verdict == "agrees", check


def test_a_zero_of_a_product_is_off_by_quotients_and_by_no_more() -> None:
    """torch computes (1/x - 1/x) times the product over x: the terms are 1/x**2 of it, 1/0.5**2 * 6."""
    rounding, entry = rounding_of("prod(x)", {"x": [0.5, 3.0, 4.0]}), ((), (("x", (0,)), ("x", (0,))))
    assert 24 <= rounding.terms(entry) <= 24 * 10
    assert rounding.explains(entry, 1e-15)
    assert not rounding.explains(entry, 1e-12)


def test_a_zero_below_the_diagonal_of_r_is_as_right_as_its_largest_entry() -> None:
    """R[1, 0] is 0 whatever A is; torch passes back to it what cancels."""
    A = np.random.default_rng(1).standard_normal((2, 4))
    check = gradcli.jacobian("qr_r(A)", {"A": A}).check
    assert check.verdict == "agrees", check


@pytest.mark.parametrize(
    "A", [[[0, 0, 2], [3, -3, -2], [2, 3, -2]], [[2, 1], [-2, 3], [2, 3]]], ids=["0 first", "ties"]
)
@pytest.mark.parametrize("text", ["qr_q(A)", "qr_r(A)", "lu_packed(A)"])
def test_a_sign_and_an_order_of_a_factorisation_are_those_at_the_numbers(text: str, A: list[list[int]]) -> None:
    """Beside an entry that is 0 its reflection has either sign, and beside equal entries either is the pivot."""
    check = gradcli.jacobian(text, {"A": A}).check
    assert check.verdict == "agrees", check


@pytest.mark.parametrize("text", ["acot(x)", "acsch(x)", "asech(x)"])
@pytest.mark.parametrize("x", [2e-4, 3e-7])
def test_a_second_slope_by_1_over_x_is_rounding_near_0(text: str, x: float) -> None:
    check = gradcli.hessian(text, {"x": x}).check
    assert check.verdict in {"agrees", "rounding"}, check


@pytest.mark.parametrize(
    "text", ["svdvals(A)[0]", "svdvecs(A)[0, 0]", "matrix_norm(A, 2)", "linalg_norm(A, 'nuc')", "spectral_norm(A)"]
)
def test_a_zero_of_singular_values_is_as_right_as_its_largest_entry(text: str) -> None:
    """The first row is 0, so that it moves nothing in the slopes of the others."""
    check = gradcli.hessian(text, {"A": [[0, 0], [0.0003, 0], [0.0005, 0.0007]]}).check
    assert check.verdict == "agrees", check


def test_a_second_slope_where_a_row_says_that_torch_takes_another_is_a_trap() -> None:
    """gaussian_nll_loss goes on below eps as if the variance were not cut there."""
    check = gradcli.hessian("gaussian_nll_loss(x, 0, v)", {"x": 3.0, "v": 1e-7}).check
    assert check.verdict == "trap", check


@pytest.mark.parametrize("text", ["x**2*y", "x**-3*y", "(x*y)**4"])
def test_a_negative_number_has_a_power_to_a_whole_one(text: str) -> None:
    """A whole exponent has no error; else there would be no power, and any number would be explained."""
    rounding = rounding_of(text, {"x": -3.0, "y": 0.5})
    true = float(gradcli.hessian(text, {"x": -3.0, "y": 0.5}).derivative["x"]["x"])
    entry = (), (("x", ()), ("x", ()))
    assert rounding.explains(entry, true)
    assert not rounding.explains(entry, true * (1 + 1e-12))
