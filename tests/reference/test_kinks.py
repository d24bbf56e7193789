"""Which steps stand on a kink: balls beside what the rows declare, which is told without them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb
from rows.calls import ENTRYWISE, GRID, by_name, call_of, example_task, inside

import gradcli
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.program import compile_tree, run, values_of_steps
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows
from gradcli.reference.kinks import at_kink, goes_astray


def looked_at(text: str, point: Mapping[str, Any]) -> tuple[bool, bool, bool]:  # Any: numbers
    """Of the last step: has it a value, is it on a kink, does torch go astray?"""
    program = compile_tree(parse(text).tree)
    with precision(128):
        balls = Balls()
        values = values_of_steps(program, balls, {name: balls.exact(value) for name, value in point.items()})
        step, known = program.steps[-1], dict(enumerate(values))
        moving = {i for i, before in enumerate(program.steps) if before.tree.free_symbols}
        number = all(type(scalar) is Ball and scalar.value.is_finite() for scalar in np.ravel(values[-1]))
        return number, at_kink(step, known, moving), goes_astray(step, known)


@by_name([op for op in ENTRYWISE if op.kinks and not op.boolean and [p.name for p in op.tensors] == ["x"]])
def test_balls_find_the_kinks_that_a_row_declares_and_no_others(op: Op) -> None:
    for x in GRID:
        number, kink, _ = looked_at(call_of(op), {"x": x})
        assert kink == (number and inside(op, op.kinks, {"x": x})), x


@pytest.mark.parametrize("name", ["maximum", "minimum", "hypot", "mod", "floor_divide"])
def test_balls_find_the_kinks_of_two_operands(name: str) -> None:
    for x, y in itertools.product(GRID, repeat=2):
        number, kink, _ = looked_at(f"{name}(x, y)", {"x": x, "y": y})
        assert kink == (number and inside(OPS[name], OPS[name].kinks, {"x": x, "y": y})), (x, y)


KINKS = [
    ("norm(x)", [0.0, 0.0], [0.0, 1.0]),
    ("norm(x, 1)", [0.0, 1.0], [2.0, 1.0]),
    ("max(x)", [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]),
    ("sort(x)", [1.0, 1.0, 0.0], [1.0, 2.0, 0.0]),
    ("max_pool(x, 3)", [1.0, 1.0, 0.0], [1.0, 2.0, 0.0]),
    ("adaptive_max_pool(x, 2)", [0.0, 1.0, 1.0], [0.0, 1.0, 2.0]),
    ("median(x)", [1.0, 1.0, 0.0], [1.0, 2.0, 0.0]),
    ("quantile(x, 0.3)", [1.0, 1.0, 0.0], [1.0, 2.0, 0.0]),
    ("std(x)", [1.0, 1.0], [1.0, 2.0]),
    ("softshrink(x)", 0.5, 0.0),
    ("hardtanh(x)", 1.0, 0.0),
    ("huber_loss(x, [0, 0])", [1.0, 0.5], [0.0, 2.0]),
    ("svdvals(x)", [[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 1.0]]),
    ("eigvalsh(x)", [[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 1.0]]),
    ("matrix_norm(x, 2)", [[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 1.0]]),
    ("interp(x, [0, 1, 3], [1, 2, 5])", 1.0, 2.0),
    ("kl_div([1], [0.0] + x, 'sum')", [0.0], [0.5]),
    ("cdist(x, [[0, 0]])", [[0.0, 0.0]], [[0.0, 1.0]]),
]


@pytest.mark.parametrize(("text", "on", "beside"), KINKS)
def test_ties_zeros_and_constants_are_kinks(text: str, on: Any, beside: Any) -> None:  # Any: nested lists
    op = compile_tree(parse(text).tree).output.op
    assert op is not None
    assert op.kinked
    assert looked_at(text, {"x": on})[:2] == (True, True)
    assert looked_at(text, {"x": beside})[:2] == (True, False)


@pytest.mark.parametrize(
    ("text", "there", "elsewhere"),
    [
        ("det(x)", [[1.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [3.0, 4.0]]),
        ("binary_cross_entropy(x, 1)", 0.0, 0.5),
        ("gaussian_nll_loss(1, 2, x)", 1e-9, 1.0),
        ("cosine_similarity(x, [1, 2], 0, 1e-8)", [1e-9, 0.0], [1.0, 0.0]),
        ("scatter([0, 0, 0], 0, floor(x), x)", [1.25, 1.5], [0.25, 1.5]),
    ],
)
def test_torch_goes_astray_where_a_row_says_so(text: str, there: Any, elsewhere: Any) -> None:  # Any: nested lists
    has_value, on_kink, astray = looked_at(text, {"x": there})
    assert (has_value, astray) == (True, True)
    assert on_kink == (there == 0.0)  # where a logarithm ends, though it is discarded
    assert looked_at(text, {"x": elsewhere}) == (True, False, False)
    assert gradcli.grad(f"sum({text})", {"x": there}).check.verdict == "trap"


def test_every_row_that_goes_astray_is_tried() -> None:
    assert {op.name for op in rows() if op.astray} == {
        *("det", "binary_cross_entropy", "gaussian_nll_loss", "cosine_similarity", "scatter")
    }


def test_one_number_twice_is_no_tie_and_a_constant_exponent_has_no_slope() -> None:
    assert not looked_at("max(x, x)", {"x": 1.0})[1]
    assert not looked_at("x**2", {"x": 0.0})[1]
    assert looked_at("x**y", {"x": -3.0, "y": 2.0})[1]  # in y only whole numbers have a value


@by_name([op for op in rows() if not (op.elementwise or op.boolean or op.differentiates or op.random)])
def test_a_row_that_has_kinks_says_so(op: Op) -> None:
    """At ties and zeros of all operands, and of each alone, of its example."""
    text, given = op.example_parts[0], dict(example_task(op).values)
    points = [{n: level * np.ones(np.shape(v)) for n, v in given.items()} for level in (0.0, 0.5, 1.0)]
    points += [{**given, n: level * np.ones(np.shape(given[n]))} for level in (0.0, 0.5, 1.0) for n in given]
    program = compile_tree(parse(text).tree)
    index = next(i for i, step in enumerate(program.steps) if step.op is op)
    for point in points:
        with precision(128):
            balls, found = Balls(), []
            with contextlib.suppress(LimitError):
                run(program, balls, {n: balls.exact(v) for n, v in point.items()}, watch=lambda _, v: found.append(v))  # noqa: B023
            moving = {i for i, step in enumerate(program.steps) if step.tree.free_symbols}
            kink = index < len(found) and at_kink(program.steps[index], dict(enumerate(found)), moving)
        assert op.kinked or not kink, point


def test_a_kink_that_balls_do_not_know_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FUNCTIONS, "floor", replace(FUNCTIONS["floor"], slopes=(lambda x, out: Ball(arb(0)),)))
    with pytest.raises(AssertionError):
        test_balls_find_the_kinks_that_a_row_declares_and_no_others(OPS["floor"])
