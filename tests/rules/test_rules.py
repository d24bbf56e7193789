"""Every row's rule is right for ranks 0 to 4, every axis, keepdim, broadcasts, batches and arrays without entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from rows.calls import by_name
from rules.__main__ import covered
from rules.cases import Case, chosen, is_differentiated
from rules.compare import assert_balls, assert_jvp, assert_second, assert_vjp, differentiable
from slices import Draw

from gradcli.autograd import tensors
from gradcli.base.errors import GradcliError
from gradcli.language.parse import parse
from gradcli.meaning import rules
from gradcli.meaning.program import compile_tree
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows

IN_BALLS = 8  # cases of a row with --all
FEW, SOME = 2, 5  # cases of a row without
RULED = [op for op in rows() if is_differentiated(op) and (op.rule or op.elementwise)]


def some(op: Op, draw: Draw) -> int:
    """How many cases of a row: of different ranks; more where the rule has axes and shapes in it."""
    return draw.count(FEW, 40) if op.elementwise else draw.count(SOME, 400)


def with_derivative(op: Op, count: int) -> list[Case]:
    return [case for case in chosen(op, count) if differentiable(case)]


@by_name(RULED)
def test_the_rule_is_torchs_vjp(op: Op, draw: Draw) -> None:
    for case in with_derivative(op, some(op, draw)):
        assert_vjp(case)


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name(RULED)
def test_the_transposed_rule_is_torchs_jvp(op: Op, draw: Draw) -> None:
    for case in with_derivative(op, some(op, draw) // 2):
        assert_jvp(case)


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name([op for op in RULED if not op.elementwise])
def test_the_rule_is_differentiated_again(op: Op, draw: Draw) -> None:
    for case in with_derivative(op, some(op, draw) // 2):
        assert_second(case)


def test_the_slice_has_every_kind_of_case() -> None:
    tried = {what for op in RULED for what in covered(with_derivative(op, FEW if op.elementwise else SOME))}
    ranks = {f"rank {rank}" for rank in range(5)}
    assert tried >= {*ranks, "broadcast", "no entries", "keepdim", "dim=0", "dim=1", "dim=-1", "dim: several"}


@pytest.mark.parametrize(("text", "x", "due"), [
    ("prod(x)", [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]), ("prod(x)", [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]), ("amax(x)", [2.0, 1.0, 2.0], [0.5, 0.0, 0.5]),
    ("min(x)", [2.0, 1.0, 1.0], [0.0, 0.5, 0.5]), ("sum(maximum(x, 1))", [2.0, 1.0], [1.0, 0.5]), ("sum(max(x, 3, 1))", [3.0, 1.0], [0.5, 0.0]),
    ("sum(cumprod(x))", [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]), ("norm(x)", [3.0, 4.0], [0.6, 0.8]), ("norm(x, inf)", [3.0, -3.0], [0.5, -0.5]),
    ("var(x)", [1.0, 4.0], [-3.0, 3.0]), ("mean(x)**2", [1.0, 3.0], [2.0, 2.0]),
])  # fmt: skip
def test_gradients_by_hand(text: str, x: list[float], due: list[float]) -> None:
    """Products with zeros; ties, at which torch divides the gradient."""
    program = compile_tree(parse(text).tree)
    with tensors.session("float64", "cpu"):
        values = {"x": torch.tensor(x)}
        found = rules.vjp(program, tensors.TorchArithmetic(), values, torch.tensor(1.0), ["x"])["x"]
        assert torch.allclose(found, torch.tensor(due), rtol=1e-14, atol=1e-14), found


@by_name(RULED)
def test_the_rule_is_what_balls_find(op: Op, draw: Draw) -> None:
    for case in with_derivative(op, draw.count(1, IN_BALLS)):
        assert_balls(case)


def fails(holds: Callable[[Case], None], case: Case) -> bool:
    try:
        holds(case)
    except (AssertionError, RuntimeError, ValueError, GradcliError):
        return True
    return False


@pytest.mark.parametrize(("name", "rule"), [
    ("sum", "g*ones_like(x)"), ("sum", "spread(g, x, dim, keepdim)*(1 + 1e-7)"), ("mean", "spread(g, x, dim, keepdim)"),
    ("cumsum", "cumsum(g, dim)"), ("mul", "g*x"),
])  # fmt: skip
def test_a_wrong_rule_is_seen(name: str, rule: str) -> None:
    op = OPS[name]
    wrong = replace(op, rule=(rule,) * len(op.tensors))
    cases = [replace(case, op=wrong) for case in with_derivative(op, 12)]
    for holds in (assert_vjp, assert_jvp, assert_balls):
        assert any(fails(holds, case) for case in cases), holds.__name__
