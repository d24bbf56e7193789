"""``explain``: its sections, its tape checked by the chain rule, and its PyTorch program executed."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import programs
import pytest
import torch

import gradcli
from gradcli.report.writing import document_of, rendered

CASES: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "scalar": ("x**2*sin(y)", {"x": 3.0, "y": 1.0}, None),
    "vector": ("x**2", {"x": [1.0, 2.0]}, None),
    "matrix": ("sum(A @ x)**2 + logdet(A)", {"A": [[2.0, 1.0], [1.0, 3.0]], "x": [1.0, -1.0]}, None),
    "branches": ("where(x > 0, exp(-x), x**2) if y > 0 else x", {"x": 0.5, "y": 1.0}, None),
    "indexing": ("x[::-1] * x[0] + max(x) - clamp(x[1:], max=1)[0]", {"x": [1.0, 2.0, 3.0]}, None),
    "negative": ("-(x - y)/(2 - x*-3)", {"x": 1.5, "y": 0.25}, None),
    "keyword": ("lambda**2/f", {"lambda": 2.0, "f": 3.0}, None),
    "constants": ("softmax(x)[0] + norm(x, p=3) + std(x) + gelu(x[1]) + gamma(x[0])", {"x": [0.5, 1.5]}, "x"),
    "long": ("sum(log(1 + exp(-y*(X @ w)))/(1 + sum(exp(-y*(X @ w)))))", {"X": np.eye(3).tolist(), "y": [1.0, -1.0, 1.0], "w": [0.1, 0.2, 0.3]}, "w"),
    "cross product": ("sum(cross_along(x, x + y, dim=-2))", {"x": [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], "y": [[1.0, 0.0]]}, None),
    "cross product of unlike ranks": ("sum(cross(A, x)**2)", {"A": [[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]], "x": [1.0, 0.0, 2.0]}, None),
    "eigenvectors": ("sum(eigvecsh(A)**3)", {"A": [[2.0, 1.0], [1.0, 3.0]]}, None),
    "singular vectors": ("sum(svdvecs(A)**3)", {"A": [[2.0, 1.0, 4.0], [1.0, 3.0, 0.0]]}, None),
    "steps that hang on sizes": ("sum(sqrtm(A) @ eigvals(A))", {"A": [[2.0, 1.0], [1.5, 3.0]]}, None),
    "places by lists": ("sum(set_at(x, y, [0, 2])**2*x[[0, 2, 2]])", {"x": [1.0, 2.0, 4.0], "y": [5.0, 7.0]}, None),
    "slopes taken from the tape": ("zeta(x) + gammainc(2, x)", {"x": 2.5}, None),
    "losses": ("cross_entropy(z, 1) + huber_loss(z, [0, 0, 0]) + mse_loss(z, [1, 2, 3])", {"z": [1.0, 2.0, 4.0]}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_program_reproduces_the_gradient(name: str) -> None:
    expression, values, wrt = CASES[name]
    explained = gradcli.explain(expression, values, wrt=wrt)
    printed = re.findall(
        r"^(\w+) tensor\((.*?)\)$", programs.printed(explained.program).replace("\n ", " "), re.MULTILINE | re.DOTALL
    )
    used = [variable for variable in explained.wrt if variable not in explained.unused]
    assert len(printed) == len(used)
    for (_, text), variable in zip(printed, used, strict=True):
        numbers = [float(number) for number in re.findall(r"-?\d+\.\d*(?:e[-+]\d+)?", text)]
        expected = np.ravel((explained.gradient or {})[variable])
        assert np.allclose(numbers, expected, rtol=1e-3, atol=1e-4), (numbers, expected)  # print shows four decimals


@pytest.mark.parametrize("name", ["scalar", "branches", "negative"])
def test_the_tape_obeys_the_chain_rule(name: str) -> None:
    """The adjoint of a variable is the sum over its uses of the user's adjoint times the local derivative shown."""
    expression, values, wrt = CASES[name]
    explained = gradcli.explain(expression, values, wrt=wrt)
    rows = {row.name: row for row in explained.tape}
    for variable in explained.wrt:
        total = 0.0
        for row in rows.values():
            for local in row.local:
                match = re.fullmatch(rf"d/d{variable} = (?:.* = )?(\S+)", local)
                total += float(match[1]) * row.adjoint if match and row.adjoint is not None else 0.0
        assert math.isclose(total, rows[variable].adjoint or 0.0, rel_tol=1e-4, abs_tol=1e-12)


def test_a_non_scalar_is_explained_with_every_way_on() -> None:
    explained = gradcli.explain("x**2", {"x": [1.0, 2.0]})
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError) as raised:
        torch.autograd.grad(x**2, x)
    assert explained.error == str(raised.value)
    results = {way.option: np.asarray(way.result["x"]).tolist() for way in explained.ways}
    assert results["--reduce sum"] == [2.0, 4.0]
    assert results["--reduce mean"] == [1.0, 2.0]
    assert results["--select 0"] == [2.0, 0.0]
    assert results["--grad-outputs 1,1"] == [2.0, 4.0]
    assert results["--grad-outputs 1,2"] == [2.0, 8.0]
    assert results["gradcli jacobian"] == [[2.0, 0.0], [0.0, 4.0]]
    assert "GradientTape" in str(rendered(document_of(explained), "text"))


def test_unused_inputs_are_named() -> None:
    explained = gradcli.explain("x**2", {"x": 1.0, "z": 2.0})
    assert explained.unused == ("z",)
    assert explained.gradient == {"x": 2.0, "z": None}
    assert "allow_unused=True" in explained.program


def test_without_values_there_are_shapes_and_formulas() -> None:
    explained = gradcli.explain("sum(A @ x)", shape={"A": (2, 2), "x": (2,)})
    assert explained.formula == {"A": "outer(ones(2), x)", "x": "sum(A, dim=0)"}
    assert explained.tape == ()
    assert "Backward tape" not in str(rendered(document_of(explained), "text"))


def test_letters_stand_in_the_shapes() -> None:
    explained = gradcli.explain("sum(A @ x)", shape={"A": "n,m", "x": "m"})
    assert [shape for *_, shape in explained.shapes] == [("n", "m"), ("m",), ("n",), ()]
    assert "A @ x     (n,)" in str(rendered(document_of(explained), "text"))


def test_json_has_all_sections() -> None:
    found = gradcli.explain("x**2", {"x": [1.0, 2.0]}).to_dict()
    assert {"error", "ways", "tape", "shapes", "formula", "program", "unused", "check"} <= set(found)
    assert found["tape"][0]["grad_fn"] == "PowBackward0"
    assert found["tape"][0]["local"] == ["d/dx = 2*x = [2, 4]"]


def test_a_slope_without_a_formula_is_shown_as_a_number() -> None:
    tape = gradcli.explain("lowergamma(a, x)*zeta(b)", {"a": 2.0, "x": 1.2, "b": 3.0}, show="tape").tape
    local = {row.text: row.local for row in tape}
    assert local["zeta(b)"] == ("d/db = -0.198126",)
    assert local["lowergamma(a, x)"] == ("d/da = -0.15763", "d/dx = x**(a - 1)*exp(-x) = 0.361433")
