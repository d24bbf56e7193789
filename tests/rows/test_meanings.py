"""Both meanings of a row are the same function, at points inside the domain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from rows.calls import ENTRYWISE, both_values, by_name, call_of, domain_points

import gradcli
from gradcli.autograd import tensors
from gradcli.operations import table
from gradcli.operations.row import Op


def assert_meanings_agree(op: Op, values: dict[str, np.ndarray]) -> None:
    by_torch, by_sympy = both_values(call_of(op), values)
    assert by_torch.shape == by_sympy.shape
    np.testing.assert_allclose(by_torch, by_sympy, rtol=max(1e-12, op.accuracy), atol=1e-13)


DIFFERENTIABLE = [op for op in ENTRYWISE if call_of(op)]


@by_name(DIFFERENTIABLE)
def test_torch_and_sympy_mean_the_same_value(op: Op) -> None:
    points = domain_points(op, 6)
    for point in points:
        assert_meanings_agree(op, {name: np.array(value) for name, value in point.items()})
    assert_meanings_agree(op, {name: np.array([point[name] for point in points]) for name in points[0]})


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name([op for op in DIFFERENTIABLE if not op.boolean])
def test_the_comparison_of_meanings_sees_a_wrong_meaning(op: Op, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a torch meaning that is off by 1e-9 (or ten times what the row allows)."""
    right, off = tensors.torch_meaning(op), 1 + 10 * max(1e-10, op.accuracy)
    monkeypatch.setitem(table.OPS.loaded, op.name, replace(op, torch=lambda t, *a: right(t, *a) * off + (off - 1)))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_meanings_agree(
            op, {name: np.array([p[name] for p in domain_points(op, 4)]) for name in domain_points(op, 1)[0]}
        )


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name(DIFFERENTIABLE)
def test_torch_and_sympy_have_the_same_slope(op: Op) -> None:
    points = domain_points(op, 4)
    values = {name: np.array([point[name] for point in points]) for name in points[0]}
    result = gradcli.grad(f"sum({call_of(op)})", values)
    assert result.check.verdict in {"agrees", "rounding"}, result.check
    assert result.check.digits >= 6
    assert result.check.checked == result.check.total == 4 * len(values)


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name(DIFFERENTIABLE)
def test_second_derivatives_inside_the_domain(op: Op) -> None:
    """Where torch has no second derivative (floor, maximum, clamp), the true zero and not torch's error."""
    for point in domain_points(op, 2):
        result = gradcli.hessian(call_of(op), point, check_time=20)
        assert result.check.verdict in {"agrees", "rounding"}, (point, result.check)
        assert result.check.checked == result.check.total == len(point) ** 2


@pytest.mark.parametrize(
    "text", ["floor(x)", "maximum(x, y)", "clamp(x, -3, 3)", "sign(x)", "where(x > y, x, y)", "relu(x)"]
)
def test_the_second_derivative_that_torch_refuses_is_zero(text: str) -> None:
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.7, 0.2))
    function = {
        "floor": torch.floor,
        "maximum": lambda v: torch.maximum(v, y),
        "clamp": lambda v: torch.clamp(v, -3, 3),
    }.get(text.partition("(")[0])
    if function is not None:
        (slope,) = torch.autograd.grad(function(x), x, create_graph=True)
        with pytest.raises(RuntimeError, match="does not require grad"):
            torch.autograd.grad(slope, x)
    result = gradcli.hessian(text, {"x": 0.7, "y": 0.2}, allow_unused=True, materialize_grads=True)
    assert {block for row in result.derivative.values() for block in row.values()} == {0.0}
    assert result.check.verdict == "agrees"
