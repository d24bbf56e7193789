"""A row's rule against torch's vjp and jvp, and against the adjoints that balls find for its other meaning."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
import torch
from flint import arb
from rules.cases import Case, values_of

from gradcli.autograd import tensors
from gradcli.base.precision import precision
from gradcli.meaning import rules
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Step
from gradcli.meaning.scalars import Array, as_array

BITS = 128
TINY = 1e-14  # relative, by which the floats that torch was given may move a ball's value

Tensors = list[torch.Tensor | None]


def step_of(case: Case) -> Step:
    return Step(sympy.Integer(0), case.op, tuple(range(len(case.shapes))), case.constants)


def differentiable(case: Case) -> list[int]:
    """The operands that are there and have a derivative."""
    there = [k for k, shape in enumerate(case.shapes) if shape is not None]
    return [k for k in there if not rules.why_none(case.op, k, case.shapes, case.constants)]


def value_in_torch(case: Case, operands: Tensors) -> torch.Tensor:
    return torch.as_tensor(tensors.TorchArithmetic().apply(step_of(case), list(operands)))


def assert_vjp(case: Case) -> None:
    """The rule of each operand, evaluated in torch, is torch's own vjp, in its shape."""
    with tensors.session("float64", "cpu"):
        operands, moving = _leaves(case)
        out = value_in_torch(case, operands)
        assert tuple(out.shape) == case.out, "the shape rule"
        cotangent = _seeded(tuple(out.shape), 1)
        expected = _grads(out, [operands[k] for k in moving], cotangent)
        bare = [None if x is None else x.detach() for x in operands]
        for k, due in zip(moving, expected, strict=True):
            found = rules.pulled(step_of(case), k, bare, cotangent, out.detach(), tensors.TorchArithmetic())
            _assert_equal(case, f"the cotangent of operand {k}", torch.as_tensor(found), due)


def assert_jvp(case: Case) -> None:
    """The tangent that the transposed rules give is torch's own jvp."""
    with tensors.session("float64", "cpu"):
        operands, moving = _leaves(case)
        tangents = {k: _seeded(case.shapes[k] or (), 2 + k) for k in moving}

        def function(*moved: torch.Tensor) -> torch.Tensor:
            given = dict(zip(moving, moved, strict=True))
            return value_in_torch(case, [given.get(k, x) for k, x in enumerate(operands)])

        due = _jvp(function, [operands[k] for k in moving], list(tangents.values()))
        bare = [None if x is None else x.detach() for x in operands]
        out = value_in_torch(case, bare)
        found = rules.pushed(step_of(case), bare, tangents, out, tensors.TorchArithmetic())
        _assert_equal(case, "the tangent", torch.as_tensor(found), due)


def assert_second(case: Case) -> None:
    """The rule differentiated once more by torch is torch's own second derivative, unless the value is the mean of none."""
    with tensors.session("float64", "cpu"):
        operands, moving = _leaves(case)
        leaves = [operands[k] for k in moving]
        cotangent = _seeded(case.out, 1)
        out = value_in_torch(case, operands)
        if out.numel() and out.isnan().all():
            return
        weights = [_seeded(case.shapes[k] or (), 7 + k) for k in moving]
        due = _twice(_grads(out, leaves, cotangent, graph=True), weights, leaves)
        pulled = [rules.pulled(step_of(case), k, operands, cotangent, out, tensors.TorchArithmetic()) for k in moving]
        for k, found, expected in zip(moving, _twice(pulled, weights, leaves), due, strict=True):
            _assert_equal(case, f"the second derivative in operand {k}", found, expected, absolute=1e-8)


def assert_balls(case: Case) -> None:
    """The rule of each operand, evaluated in balls, meets the adjoints that balls find by themselves."""
    with precision(BITS):
        arithmetic = Balls()
        given = [None if x is None else x.numpy() for x in values_of(case)]
        moving = differentiable(case)
        variables: list[Any] = [  # Any: arrays of Scalars, or of truth values
            arithmetic.variables(x) if k in moving else x if x is None or x.dtype == bool else arithmetic.exact(x)
            for k, x in enumerate(given)
        ]
        out = as_array(arithmetic.apply(step_of(case), variables))
        cotangent = arithmetic.exact(_seeded(case.out, 1).numpy())
        seeds = [(o, g) for o, g in zip(out.ravel(), cotangent.ravel(), strict=True) if type(o) is Ball]
        due = adjoints(seeds)
        bare = [x if x is None or x.dtype == bool else arithmetic.exact(x) for x in given]
        plain = as_array(arithmetic.apply(step_of(case), bare))
        for k in moving:
            found = as_array(rules.pulled(step_of(case), k, bare, cotangent, plain, arithmetic))
            assert found.shape == case.shapes[k], (case, k)
            _assert_meets(case, k, found, variables[k], due)


def _assert_meets(case: Case, k: int, found: Array, variables: Array, due: dict[int, Any]) -> None:  # Any: Scalars
    for x, entry in zip(variables.ravel(), found.ravel(), strict=True):
        expected = due.get(x.serial, Ball(arb(0)))
        assert type(entry) is Ball, (case, k, entry)
        assert type(expected) is Ball, (case, k, expected)
        gap = float(abs(entry.value - expected.value).abs_lower())
        assert gap <= TINY * max(1.0, abs(float(expected.value))), (case, k, entry.value, expected.value)
        assert math.isfinite(float(entry.value.rad())), (case, k, entry.value)


def _leaves(case: Case) -> tuple[Tensors, list[int]]:
    moving = differentiable(case)
    operands = values_of(case)
    return [x.requires_grad_() if x is not None and k in moving else x for k, x in enumerate(operands)], moving


def _seeded(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _grads(
    out: torch.Tensor, leaves: Any, cotangent: torch.Tensor, *, graph: bool = False
) -> list[torch.Tensor]:  # Any: tensors
    if not out.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves]
    given = {"allow_unused": True, "materialize_grads": True, "create_graph": graph}
    return list(torch.autograd.grad(out, leaves, cotangent, **given))


def _jvp(function: Callable[..., torch.Tensor], leaves: Any, tangents: Any) -> torch.Tensor:  # Any: tensors
    """torch's jvp; where an operation has none, the vjp of its vjp, which is linear in the cotangent."""
    try:
        return torch.func.jvp(function, tuple(leaves), tuple(tangents))[1]
    except (NotImplementedError, RuntimeError, IndexError):
        out = function(*leaves)
        cotangent = torch.zeros_like(out, requires_grad=True)
        back = torch.autograd.grad(out, leaves, cotangent, create_graph=True, allow_unused=True, materialize_grads=True)
        terms = [(b, t) for b, t in zip(back, tangents, strict=True) if b.requires_grad]
        if not terms:
            return torch.zeros_like(out)
        return torch.autograd.grad(
            [b for b, _ in terms], cotangent, [t for _, t in terms], allow_unused=True, materialize_grads=True
        )[0]


def _assert_equal(case: Case, what: str, found: torch.Tensor, due: torch.Tensor, *, absolute: float = 1e-11) -> None:
    """absolute: about how much of terms that cancel is lost; those of a second derivative are larger"""
    said = f"{what} of {case.op.name}{case.shapes} with {case.constants}"
    assert tuple(found.shape) == tuple(due.shape), f"{said}: shape {tuple(found.shape)}, not {tuple(due.shape)}"
    tolerance = max(1e-9, 10 * case.op.accuracy)
    np.testing.assert_allclose(found.numpy(force=True), due.numpy(force=True), tolerance, absolute, err_msg=said)


def _twice(firsts: Any, weights: Any, leaves: Any) -> list[torch.Tensor]:  # Any: tensors
    total = sum((torch.as_tensor(first) * w).sum() for first, w in zip(firsts, weights, strict=True))
    if not (isinstance(total, torch.Tensor) and total.requires_grad):
        return [torch.zeros_like(leaf) for leaf in leaves]
    return list(torch.autograd.grad(total, leaves, retain_graph=True, allow_unused=True, materialize_grads=True))
