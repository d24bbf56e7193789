"""Every row in balls: values and first and second derivatives of examples, random points and extreme ones.

Generated from the rows; the oracle is mpmath by the mean value theorem, see oracle.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from balls.oracle import Values, assert_derivative, assert_value, derivative, in_balls
from flint import arb
from rows.calls import ENTRYWISE, by_name, call_of, domain_points, example_task, generator

from gradcli.base.errors import LimitError
from gradcli.language.parse import parse
from gradcli.meaning.balls import ball
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Differentiable, Undefined
from gradcli.meaning.balls.functions import FUNCTIONS, hyperbolic, powers, sinc, steps, trigonometric
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.operations.row import Op
from gradcli.operations.table import rows

EXTREMES = (1e-300, -1e-300, 1e-160, -1e-160, 1e-8, 1e8, 1e160, 1e300, -1e300)
MATRICES = {
    "matrices",
    "factors of matrices",
    "eigenvalues and functions of matrices",
}  # they have tests of their own, as have others' functions
CHOSEN = {"detach"}  # the slope is a choice, of which mpmath's function knows nothing
FAMILIES = (powers, trigonometric, hyperbolic, sinc, steps)
ELEMENTARY = {function.name: function for family in FAMILIES for function in family.FUNCTIONS}


class Elementary(Balls):
    """Balls without the special functions."""

    def __getattr__(self, name: str) -> Callable[..., Any]:  # Any: Scalars
        if name not in ELEMENTARY:
            raise AttributeError(name)
        return ELEMENTARY[name]


def is_elementary(op: Op) -> bool:
    """Does its meaning get along without special functions and matrix algorithms?"""
    if op.random or op.group in MATRICES or op.name in CHOSEN:
        return False
    task = example_task(op)
    arithmetic = Elementary()
    try:
        run(task.program, arithmetic, {name: arithmetic.exact(value) for name, value in task.values.items()})
    except AttributeError:
        return False
    return True


FIXED = [op for op in rows() if is_elementary(op)]
SCALAR = [op for op in FIXED if op in ENTRYWISE and call_of(op)]


def assert_derivatives(program: Program, values: Values, seed: Op, places: int = 2) -> int:
    """First derivatives in some entries of every variable, second ones in some pairs of them: how many were judged."""
    draw = generator(seed)
    keys = [(name, at) for name, value in values.items() for at in np.ndindex(np.shape(value))]
    chosen = draw.sample(keys, min(len(keys), places))
    moves: list[Any] = [(key,) for key in chosen]  # Any: Moves of the oracle
    moves += combinations_with_replacement(chosen[:2], 2)
    return sum(assert_derivative(program, values, (), move) for move in moves)


def called(op: Op) -> Program:
    return compile_tree(parse(call_of(op)).tree)


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name(FIXED)
def test_the_example(op: Op) -> None:
    task = example_task(op)
    values = dict(task.values)
    assert assert_value(task.program, values) > 0
    assert_derivatives(task.program, values, op)


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name(SCALAR)
def test_points_in_the_domain(op: Op) -> None:
    judged = 0
    for point in domain_points(op, 3):
        assert assert_value(called(op), point) == 1
        judged += assert_derivatives(called(op), point, op)
    assert judged >= 3


@pytest.mark.generated(share=1 / 8, kind=lambda op: op.group)
@by_name(SCALAR)
def test_extreme_points(op: Op) -> None:
    """Sizes from 1e-300 to 1e300: mpmath refuses some of them, and is the judge of the others."""
    names = parse(call_of(op)).names
    for i, x in enumerate(EXTREMES):
        point = {name: EXTREMES[(i + 4 * k) % len(EXTREMES)] if k else x for k, name in enumerate(names)}
        try:
            assert_value(called(op), point)
            assert_derivatives(called(op), point, op)
        except LimitError as refused:
            if "high-precision check" not in str(refused):
                raise


# -- planted faults


def off(slopes: Any) -> Any:  # Any: functions of Scalars
    """Slopes that are wrong by a part in 1e20."""

    def wrong(slope: Any) -> Any:
        def call(*operands: Any) -> Any:
            value = slope(*operands)
            return value * (1 + Ball(arb(10) ** -20)) if type(value) is Ball else value

        return call

    return tuple(map(wrong, slopes))


@by_name([op for op in SCALAR if not op.boolean])
def test_a_wrong_slope_is_seen(op: Op, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every slope of every function is off: where that makes the derivative wrong, the oracle sees it."""
    point = domain_points(op, 1)[0]
    right = {name: derivative(called(op), point, (), ((name, ()),), {}) for name in point}
    for name, function in ELEMENTARY.items():
        monkeypatch.setitem(FUNCTIONS, name, replace(function, slopes=off(function.slopes)))
    for name in ("MUL", "DIV"):
        step: Differentiable = getattr(ball, name)
        monkeypatch.setattr(ball, name, Differentiable(step.name, off(step.slopes)))
    for name, before in right.items():
        if not derivative(called(op), point, (), ((name, ()),), {}).value.overlaps(before.value):
            with pytest.raises(AssertionError):
                assert_derivative(called(op), point, (), ((name, ()),))


def test_a_wrong_enclosure_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = FUNCTIONS["sin"]
    monkeypatch.setitem(FUNCTIONS, "sin", replace(right, enclose=lambda x: x.sin() * (1 + arb(10) ** -300)))
    with pytest.raises(AssertionError):
        assert_value(compile_tree(parse("sin(x)").tree), {"x": 0.5})


def test_a_value_that_is_called_undefined_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = FUNCTIONS["sin"]
    monkeypatch.setitem(FUNCTIONS, "sin", replace(right, enclose=lambda _: Undefined("no reason")))
    with pytest.raises(AssertionError):
        assert_value(compile_tree(parse("sin(x)").tree), {"x": 0.5})


def test_most_rows_are_elementary() -> None:
    assert len(FIXED) > 200
    assert len(SCALAR) > 90


# -- what is undefined in one entry


ARRAYS = {
    "sqrt(A)": 1, "A*[[1, 2, 3], [0, 0, 1]]": 1, "A + x": 1, "A @ B": 2, "B @ A": 3, "A.T": 1, "sum(A, 0)": 1,
    "mean(A, 1)": 1, "prod(A, 0)": 1, "amax(A, 1)": 1, "amin(A, 0)": 1, "softmax(A, 1)": 3, "log_softmax(A, 0)": 2,
    "logsumexp(A, 1)": 1, "cumsum(A, 1)": 3, "cumprod(A, 0)": 2, "sort(A, 1)": 3, "sort(A, 0)": 2, "middle(A, 0)": 1,
    "var(A, 1)": 1, "norm(A, 2, 1)": 1, "norm(A, 1, 0)": 1, "einsum('ij,jk->ik', A, B)": 2, "outer(x, A[0])": 3,
    "concat([A, A], 0)": 2, "stack([A, B.T])": 1, "where(A > 0, A, 0*A)": 1, "maximum(A, 0)": 1, "clamp(A, -1, 1)": 1,
    "roll(A, 1, 1)": 1, "diag(A)": 1, "pad(A, (1, 1))": 1, "differences(A)": 1, "layer_norm(A, 3)": 3,
    "normalize(A)": 3, "cdist(A, B.T)": 2, "convolve(A[0], x)": 3, "relu(A)": 1, "fmax(A, 0)": 0, "kron(A, x)": 3,
    "jacobian(sqrt(x), x)": 0, "cosine_similarity(A, B.T)": 1, "cross(A, B.T)": 2,
}  # fmt: skip


@pytest.mark.parametrize("text", ARRAYS)
def test_an_undefined_entry_stays_with_what_it_concerns(text: str) -> None:
    """A is 2 by 3 and not a number in one entry: so many entries of the result are none, as mpmath has it too."""
    draw = np.random.default_rng(7)
    values = {"A": draw.uniform(0.5, 2, (2, 3)), "B": draw.uniform(0.5, 2, (3, 2)), "x": draw.uniform(0.5, 2, 3)}
    values["A"][0, 0] = np.nan
    program = compile_tree(parse(text).tree)
    point = {name: value for name, value in values.items() if name in program.names}
    _, out = in_balls(program, point, {})
    assert assert_value(program, point) == out.size - ARRAYS[text]
    assert sum(type(entry) is Undefined for entry in out.ravel()) == ARRAYS[text]
