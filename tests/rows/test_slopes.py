"""Written slopes are torch's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from rows.calls import (
    SLOPE_CALLS,
    SLOPED,
    WRITTEN,
    by_name,
    call_of,
    domain_points,
    example_task,
    seeded,
    tensors_of,
    torch_steps,
)

import gradcli
from gradcli.autograd import tensors
from gradcli.language.parse import parse
from gradcli.meaning.program import Step, compile_tree
from gradcli.operations import table
from gradcli.operations.row import Op
from gradcli.operations.table import OPS


def steps_with_slope(op: Op) -> Iterator[tuple[Step, list[torch.Tensor]]]:
    """Calls of the row, each with the tensors it is applied to: from its example, and from SLOPE_CALLS."""
    task = example_task(op)
    programs = [(task.program, tensors_of(dict(task.values)))]
    for text, shapes in SLOPE_CALLS.get(op.name, []):
        values = {name: seeded(op, shape) for name, shape in shapes.items()}
        programs.append((compile_tree(parse(text, bound=values).tree), values))
    for program, values in programs:
        found = torch_steps(program, values)
        step = next(step for step in program.steps if step.op is op)
        arguments = [torch.as_tensor(found[i], dtype=torch.float64) for i in step.inputs if i is not None]
        yield step, [tensor.detach().clone().requires_grad_() for tensor in arguments]


def slope_value(op: Op, text: str, step: Step, values: dict[str, torch.Tensor]) -> torch.Tensor:
    sizes = dict(zip("nm", values[op.tensors[0].name].shape, strict=False))
    constants = {param.name: value for param, value in zip(op.constants, step.constants, strict=True)}
    tree = parse(text, bound=[*values, "n", "m"], constants=constants | sizes).tree
    with tensors.session("float64", "cpu"):
        return tensors.evaluate(compile_tree(tree), values)


def assert_slopes(op: Op, slopes: tuple[str, ...]) -> None:
    for step, leaves in steps_with_slope(op):
        with tensors.session("float64", "cpu"):
            constants = map(tensors.plain_constant, step.constants)
            out = tensors.torch_meaning(op)(torch, *leaves, *constants)
        cotangent = seeded(op, tuple(out.shape))
        values = {param.name: leaf.detach() for param, leaf in zip(op.tensors, leaves, strict=True)}
        values |= {"g": cotangent, "out": out.detach()}
        for text, expected in zip(slopes, torch.autograd.grad(out, leaves, cotangent), strict=True):
            found = slope_value(op, text, step, values)
            assert found.shape == expected.shape, f"{text} for {[tuple(leaf.shape) for leaf in leaves]}"
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-10, atol=1e-12, err_msg=text)


@by_name(SLOPED)
def test_written_slope_is_torchs_vjp(op: Op) -> None:
    assert_slopes(op, op.slope)


def test_a_wrong_written_slope_is_seen() -> None:
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_slopes(OPS["dot"], ("g*y", "g*y"))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_slopes(OPS["logdet"], ("g*inv(A) + 1e-9",))


@by_name(WRITTEN)
def test_written_slope_of_an_entrywise_row_runs_forward_and_is_differentiated_again(op: Op) -> None:
    """Backward, forward and third-order derivatives of the same points, all against the second route."""
    point = domain_points(op, 1)[0]
    values = {name: np.array([value, value]) for name, value in point.items()}
    for mode in ("reverse", "forward"):
        check = gradcli.jacobian(call_of(op), values, mode=mode).check
        assert check.verdict in {"agrees", "rounding"}, (mode, check)
    for name in point:
        check = gradcli.grad(call_of(op), point, wrt=name, order=3).check
        assert check.verdict in {"agrees", "rounding"}, (name, check)


def test_a_wrong_written_slope_of_an_entrywise_row_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        table.OPS, "bessel_j0", replace(OPS["bessel_j0"], backward=True, rule=("-g*bessel_j1(x)*(1 + 1e-8)",))
    )
    assert gradcli.grad("bessel_j0(x)", {"x": 2.0}).check.verdict == "differs"
