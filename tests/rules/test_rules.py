"""Every row's rule is right for ranks 0 to 4, every axis, keepdim, broadcasts, batches and arrays without entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from rows.calls import by_name
from rules.cases import Case, chosen, is_differentiated
from rules.compare import assert_balls, assert_jvp, assert_vjp, differentiable
from slices import Draw

from gradcli.base.errors import GradcliError
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, ROWS

SOME, IN_BALLS, EVERYTHING = 8, 1, 600  # cases of a row: of a slice, of these in balls, with --all
RULED = [op for op in ROWS if is_differentiated(op) and (op.rule or op.elementwise)]


def with_derivative(op: Op, count: int) -> list[Case]:
    return [case for case in chosen(op, count) if differentiable(case)]


@by_name(RULED)
def test_the_rule_is_torchs_vjp(op: Op, draw: Draw) -> None:
    for case in with_derivative(op, draw.count(SOME, EVERYTHING)):
        assert_vjp(case)


@by_name(RULED)
def test_the_transposed_rule_is_torchs_jvp(op: Op, draw: Draw) -> None:
    for case in with_derivative(op, draw.count(SOME, EVERYTHING)):
        assert_jvp(case)


@by_name(RULED)
def test_the_rule_is_what_balls_find(op: Op, draw: Draw) -> None:
    for case in with_derivative(op, draw.count(IN_BALLS, SOME)):
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
