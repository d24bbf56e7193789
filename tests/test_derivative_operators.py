"""Derivatives inside expressions, against torch code written by hand and against derivatives worked out on paper."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from programs import printed

import gradcli
from gradcli.autograd import operators
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.operations.table import rows

W = [[0.5, -1.0, 0.25], [1.5, 0.75, -0.5]]
X = [0.3, -0.7, 1.1]


def leaf(value: Any) -> torch.Tensor:  # Any: numbers in lists
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def assert_same(result: gradcli.Result, **expected: torch.Tensor) -> None:
    """Every number as in the hand-written program, and the second route agrees."""
    assert result.check.verdict == "agrees", result.check
    assert result.check.checked == result.check.total > 0
    for name, tensor in expected.items():
        np.testing.assert_allclose(
            result.derivative[name], tensor.detach().numpy(), rtol=1e-12, atol=1e-14, err_msg=name
        )


def test_gradient_penalty() -> None:
    """WGAN-GP (Gulrajani et al. 2017): (|grad_x D| - 1)**2, differentiated in the weights."""
    w, x = leaf(W), leaf(X)
    slope = torch.autograd.grad(torch.tanh(w @ x).sum(), x, create_graph=True)[0]
    penalty = (slope.norm() - 1) ** 2
    by_hand = dict(zip("Wx", torch.autograd.grad(penalty, [w, x]), strict=True))
    assert_same(gradcli.grad("(norm(grad(sum(tanh(W@x)), x)) - 1)**2", {"W": W, "x": X}), **by_hand)


def test_a_wrong_gradient_penalty_is_seen() -> None:
    """The mistake that the operator guards against: without create_graph the penalty has no slope in W."""
    w, x = leaf(W), leaf(X)
    slope = torch.autograd.grad(torch.tanh(w @ x).sum(), x)[0]
    assert not slope.requires_grad
    result = gradcli.grad("(norm(grad(sum(tanh(W@x)), x)) - 1)**2", {"W": W, "x": X})
    with pytest.raises(AssertionError):
        assert_same(result, W=torch.zeros_like(w))


NETWORK = "u = sum(v*tanh(a*x + b*t + c)); "
WEIGHTS = {"a": [0.5, -1.0], "b": [0.25, 0.75], "c": [0.1, -0.2], "v": [1.0, 2.0]}


def residual_by_hand(kind: str) -> dict[str, torch.Tensor]:
    """The residual of a network u(x, t), as PINN code writes it, and its slopes in the weights."""
    inputs = {name: leaf(value) for name, value in WEIGHTS.items()}
    x, t = leaf(0.4), leaf(0.2)
    u = (inputs["v"] * torch.tanh(inputs["a"] * x + inputs["b"] * t + inputs["c"])).sum()
    d = lambda f, z: torch.autograd.grad(f, z, create_graph=True)[0]  # noqa: E731
    u_x, u_t = d(u, x), d(u, t)
    residual = {
        "heat": u_t - 0.1 * d(u_x, x), "burgers": u_t + u * u_x - 0.01 * d(u_x, x), "helmholtz": d(u_x, x) + d(u_t, t) + 4 * u,
    }[kind]  # fmt: skip
    return dict(zip(inputs, torch.autograd.grad(residual**2, list(inputs.values())), strict=True))


@pytest.mark.parametrize(("kind", "text"), [
    ("heat", "(diff(u, t) - 0.1*diff(u, x, x))**2"),
    ("burgers", "(diff(u, t) + u*diff(u, x) - 0.01*diff(u, x, x))**2"),
    ("helmholtz", "(laplacian(u, x, t) + 4*u)**2"),
])  # fmt: skip
def test_residual_of_a_differential_equation(kind: str, text: str) -> None:
    result = gradcli.grad(NETWORK + text, {**WEIGHTS, "x": 0.4, "t": 0.2}, wrt=list(WEIGHTS))
    assert_same(result, **residual_by_hand(kind))


def test_inner_step_of_meta_learning() -> None:
    """MAML (Finn et al. 2017): the outer loss after one gradient step, with the second-order term."""
    data = {"X": [[1.0, 2.0], [3.0, -1.0]], "y": [1.0, 0.5], "Z": [[0.5, 1.0]], "q": [2.0]}
    x, y, z, q = (torch.tensor(value, dtype=torch.float64) for value in data.values())
    w = leaf([0.3, -0.4])
    inner = torch.autograd.grad(((x @ w - y) ** 2).sum(), w, create_graph=True)[0]
    outer = ((z @ (w - 0.05 * inner) - q) ** 2).sum()
    text = "v = w - 0.05*grad(sum((X@w - y)**2), w); sum((Z@v - q)**2)"
    assert_same(gradcli.grad(text, {**data, "w": [0.3, -0.4]}, wrt="w"), w=torch.autograd.grad(outer, w)[0])


# -- each operator, worked out on paper

PAPER = [
    ("grad(x**3, x)", {"x": 2.0}, 12.0),
    ("diff(x**4, x, x, x)", {"x": 2.0}, 48.0),
    ("diff(x**2*y**3, x, y)", {"x": 1.0, "y": 2.0}, 24.0),
    ("diff(x**4, x, 3)", {"x": 2.0}, 48.0), ("diff(x**2*y**3, y, 2, x)", {"x": 1.0, "y": 2.0}, 24.0), ("diff(x**4, (x, 2))", {"x": 2.0}, 48.0),
    ("diff(x**4, x, 0)", {"x": 2.0}, 16.0), ("sympy.diff(x**2*y**3, x, 0, y, 2)", {"x": 1.0, "y": 2.0}, 12.0),
    ("diff(sin(x)*x, x)", {"x": [0.5, 2.0]}, [math.sin(0.5) + 0.5 * math.cos(0.5), math.sin(2) + 2 * math.cos(2)]),
    ("jacobian([x[0]*x[1], x[0]**2], x)", {"x": [3.0, 5.0]}, [[5.0, 3.0], [6.0, 0.0]]),
    ("jacobian([x*y, x**2], [x, y])", {"x": 3.0, "y": 5.0}, [[5.0, 3.0], [6.0, 0.0]]),
    ("hessian(x[0]**2*x[1], x)", {"x": [3.0, 5.0]}, [[10.0, 6.0], [6.0, 0.0]]),
    ("hessian(x**2*y, [x, y])", {"x": 3.0, "y": 5.0}, [[10.0, 6.0], [6.0, 0.0]]),
    ("laplacian(x[0]**3 + x[0]*x[1]**2, x)", {"x": [3.0, 5.0]}, 24.0),
    ("laplacian(x**3 + x*y**2, [x, y])", {"x": 3.0, "y": 5.0}, 24.0),
    ("divergence([x[0]*x[1], x[1]**2], x)", {"x": [3.0, 5.0]}, 15.0),
    ("divergence([x*y, y**2], [x, y])", {"x": 3.0, "y": 5.0}, 15.0),
    ("curl([x[1]*x[2], x[0]**2, x[1]**3], x)", {"x": [2.0, 3.0, 5.0]}, [27.0, 3.0, -1.0]),
    ("curl([y*z, x**2, y**3], [x, y, z])", {"x": 2.0, "y": 3.0, "z": 5.0}, [27.0, 3.0, -1.0]),
    ("curl([-x[1], x[0]], x)", {"x": [2.0, 3.0]}, 2.0),
    ("curl([-y, x], [x, y])", {"x": 2.0, "y": 3.0}, 2.0),
    ("vjp([x[0]*x[1], x[0]**2], x, [1, 10])", {"x": [3.0, 5.0]}, [65.0, 3.0]),
    ("jvp([x[0]*x[1], x[0]**2], x, [1, 10])", {"x": [3.0, 5.0]}, [35.0, 6.0]),
    ("hvp(x[0]**2*x[1], x, [1, 10])", {"x": [3.0, 5.0]}, [70.0, 6.0]),
    ("diff(diff(x**3*y, x), y)", {"x": 2.0, "y": 1.0}, 12.0),
    ("grad(y**2, x)", {"x": 2.0, "y": 1.0}, 0.0),
    ("diff(3*x, x, x)", {"x": 2.0}, 0.0),
    ("diff(floor(x)*x, x)", {"x": 2.5}, 2.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "expected"), PAPER, ids=[text for text, _, _ in PAPER])
def test_operator_on_paper(text: str, point: dict[str, Any], expected: Any) -> None:
    result = gradcli.jacobian(text, point)
    np.testing.assert_allclose(result.value, expected, rtol=1e-12, atol=1e-14)
    assert result.check.verdict == "agrees", result.check


def test_every_operator_is_on_paper_and_in_torch() -> None:
    names = {op.name for op in rows() if op.differentiates}
    assert {name for name in names if not any(text.startswith(f"{name}(") for text, _, _ in PAPER)} == set()
    assert all(callable(getattr(operators, name)) for name in names)


def test_a_wrong_operator_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second route has derivatives of its own: a Laplacian that forgets a term does not pass."""
    monkeypatch.setattr(operators, "laplacian", lambda f, *variables: operators.diff(f, variables[0], variables[0]))
    result = gradcli.grad("laplacian(x**3 + x*y**2, x, y)", {"x": 3.0, "y": 5.0})
    assert result.check.verdict == "differs"


def test_large_problems_are_checked_by_rules() -> None:
    """Too large for sympy: the operator is a derivative in balls, which is differentiated twice more."""
    generator = np.random.default_rng(1)
    result = gradcli.hessian(
        "sum(grad(sum(tanh(W@x)), x)**2)", {"W": generator.normal(size=(5, 5)), "x": generator.normal(size=5)}, wrt="x"
    )
    assert (result.check.verdict, result.check.reference, result.check.checked) == ("agrees", "rules", 25)


def test_formula_without_values() -> None:
    assert gradcli.grad("diff(x**3*y, x)").formula == {"x": "6*x*y", "y": "3*x**2"}


@pytest.mark.parametrize(("text", "verdict"), [
    ("grad(relu(x), x)*y", "convention"), ("diff(relu(x)**2, x, x)*y", "convention"), ("grad(sqrt(x), x)*y", "singular"),
])  # fmt: skip
def test_an_inner_derivative_that_does_not_exist(text: str, verdict: str) -> None:
    assert gradcli.grad(text, {"x": 0.0, "y": 2.0}, wrt="y").check.verdict == verdict


def test_a_smooth_derivative_at_a_kink_of_a_part() -> None:
    """x*abs(x) has the slope 2*abs(x), which is 0 at 0."""
    assert gradcli.grad("grad(x*abs(x), x)*y", {"x": 0.0, "y": 2.0}, wrt="y").check.verdict == "agrees"


@pytest.mark.parametrize(("text", "values"), [
    ("diff(x**5, x, n)", {"x": 1.0, "n": 2}), ("sum(diff(x, n))", {"x": [1.0, 4.0], "n": 1}), ("grad(x**2, n)", {"x": 1.0, "n": 1}),
])  # fmt: skip
def test_a_variable_that_the_function_has_not_is_no_number_of_times_and_a_note_says_so(
    text: str, values: dict[str, Any]
) -> None:
    found = gradcli.grad(text, values)
    assert found.value == 0
    assert any("does not contain n: its derivative in n is 0" in note for note in found.notes)


@pytest.mark.parametrize(("text", "values", "message", "hint"), [
    ("grad(x**2, x)", {"x": [1.0, 2.0]}, "grad can be implicitly created only for scalar outputs", "sum"),
    ("grad(x**2, 3)", {"x": 1.0}, "name of a variable", "grad"),
    ("h = x*2; grad(h**2, h)", {"x": 1.0}, "the formula h", "variables that it is made of"),
    ("sum(diff(cumsum(x), x))", {"x": [1.0, 2.0]}, "several entries", "jacobian"),
    ("diff(x*sum(x), x)", {"x": [1.0, 2.0]}, "several entries", "jacobian"),
    ("diff(x[::-1], x)", {"x": [1.0, 2.0]}, "several entries", "jacobian"),
    ("torch.autograd.grad(x**2, x)[0]", {"x": 1.0}, "create_graph=True", ""),
    ("diff(x, 1)", {"x": 1.0}, "name of a variable", "grad"), ("diff(x**2, [x, y])", {"x": 1.0, "y": 2.0}, "name of a variable", ""),
    ("diff(x**2, x, -1)", {"x": 1.0}, "whole number from 0", ""), ("sympy.diff(x**2, x, 10**9)", {"x": 1.0}, "whole number from 0", ""),
    ("hvp(sum(x**3), x, [1, 2, 3])", {"x": [1.0, 2.0]}, "shape", ""),
])  # fmt: skip
def test_misuse_says_what_to_write(text: str, values: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(gradcli.GradcliError, match=message) as caught:
        gradcli.grad(text, values)
    assert caught.value.code == 3
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("text", [text for text, _, _ in PAPER if "[x," not in text])
def test_reads_back(text: str) -> None:
    tree = parse(text).tree
    assert parse(write(tree)).tree == tree


def test_explained_program_runs() -> None:
    """explain prints the operators that it uses, so that the program stands by itself."""
    for text, point in (
        ("laplacian(x**3 + x*y**2, x, y)", {"x": 3.0, "y": 5.0}),
        ("sum(jvp(a**3, a, [1, 2]))", {"a": [1.0, 2.0]}),
    ):
        explained = gradcli.explain(text, point)
        lines = printed(explained.program).splitlines()
        for line, (name, number) in zip(lines, explained.gradient.items(), strict=True):
            numbers = [float(text) for text in re.findall(r"-?\d+\.\d*(?:e[-+]?\d+)?", line)]
            assert line.startswith(f"{name} tensor(")
            np.testing.assert_allclose(numbers, np.ravel(number), rtol=1e-4)
