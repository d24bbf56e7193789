"""Every row along rays: from its example and from its kinks, along each axis and against it.

Generated from the rows; the oracle is balls at a point of the ray, see along.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from rows.calls import ENTRYWISE, GRID, KINKED, by_name, call_of, domain_points, example_task, generator, inside
from series.along import assert_on_ray, series

from gradcli.language.parse import parse
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.series.arithmetic import SeriesArithmetic
from gradcli.meaning.series.functions import RULES
from gradcli.meaning.series.ray import moved_along_axis
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows

Ray = tuple[Program, dict[str, Any], dict[str, Any]]  # the program, the point, and the direction of each variable
PLACES = 1  # entries of each variable along which an example's rays go
MEANT = [op for op in rows() if op.sympy is not None and not op.random]


def axes(op: Op, values: dict[str, Any]) -> Iterator[dict[str, Any]]:  # Any: arrays
    """Directions along some entries, and against them."""
    for name, value in values.items():
        for place in generator(op).sample(list(np.ndindex(np.shape(value))), min(np.size(value), PLACES)):
            for side in (1.0, -1.0):
                direction = np.zeros(np.shape(value))
                direction[place] = side
                yield {name: direction}


def rays_from_kinks(op: Op) -> Iterator[Ray]:
    """To both sides of every number of the grid at which the row declares a kink."""
    program = compile_tree(parse(call_of(op)).tree)
    (name,) = program.names
    for x in [x for x in GRID if inside(op, op.kinks, {op.tensors[0].name: x})]:
        for side in (1.0, -1.0):
            yield program, {name: x}, {name: side}


def ray_in_the_domain(op: Op) -> Ray:
    (values,) = domain_points(op, 1)
    direction = {name: generator(op).choice((1.0, -1.0, 0.5)) for name in values}
    return compile_tree(parse(call_of(op)).tree), values, direction


@pytest.mark.generated(share=1 / 4)
@by_name(MEANT)
def test_the_example(op: Op) -> None:
    task = example_task(op)
    values = dict(task.values)
    for direction in axes(op, values):
        assert_on_ray(task.program, values, direction)


@pytest.mark.generated(share=1 / 4)
@by_name(KINKED)
def test_from_kinks(op: Op) -> None:
    for ray in rays_from_kinks(op):
        assert_on_ray(*ray)


@pytest.mark.generated(share=1 / 4)
@by_name([op for op in ENTRYWISE if op in MEANT and call_of(op)])
def test_from_a_point_in_the_domain(op: Op) -> None:
    assert_on_ray(*ray_in_the_domain(op))


TIES = (
    "sort(x)", "sort(x, descending=True)", "torch.sort(x)", "torch.sort(x)[0]", "median(x)", "np.median(x)",
    "quantile(x, 0.4)", "amax(x)", "amin(x)", "max(x)", "max(x[0], x[1], 1)", "min(x, 1)", "norm(x - 1)", "norm(x, 1)",
    "norm(x, inf)", "norm(x, 3)", "std(x[:3])", "var(x)", "cumprod(x - 1)", "prod(x - 1)", "count_nonzero(x - 1)",
    "interp(x, [0, 1, 2], [3, 5, 4])", "dist(x, 1 + 0*x)", "cdist(x[None], x[None])", "logsumexp(x)", "softmax(x, 0)",
    "normalize(x[None] - 1)", "cosine_similarity(x, x[::-1], 0)", "clamp(x, 1, 1)", "clamp(x, x[::-1], 2)", "fmax(x, 1)",
    "where(x > 1, x**2, 3*x)", "where(x == 1, 2, x)", "heaviside(x - 1, 0.5)", "relu(x - 1)*abs(x - 1)", "hinge_embedding_loss(x, 1 + 0*x)",
    "huber_loss(x, 0*x)", "l1_loss(x, 1 + 0*x)", "nuclear_norm(outer(x, x))",
    "floor(x) + ceil(x)", "frac(x)", "x % 1", "gather(x, 0, x)",
)  # fmt: skip


@pytest.mark.parametrize("text", TIES)
def test_from_ties(text: str) -> None:
    """Entries that are equal, and that are where a function has its kink."""
    program = compile_tree(parse(text).tree)
    for direction in ([1, 0, 0, 0, 0], [0, -1, 0, 0, 0], [0, 1, 1, 0, -2], [1, 1, 0, 2, 1]):
        assert_on_ray(program, {"x": [1, 1, 1, 0, 2]}, {"x": direction})


ARRAYS = (
    "sum(relu(x)*A)", "sin(x)*x[::-1]", "A@x", "softmax(x, 0)", "where(x > 1, A, x)", "x**(1/3)", "sort(x)/3",
    "sum(grad(sum(x**3), x)*grad(sum(A**2*y), y))", "jacobian(A@x, x)", "floor(x) + y", "inv(A + y)", "max(x, y)",
    "inv(A*x) + sqrt(x)",
)  # fmt: skip


@pytest.mark.parametrize("text", ARRAYS)
def test_what_a_ray_does_not_move_is_taken_from_its_start(text: str) -> None:
    values = {"x": [1, 0, 2.5, 1, 3], "y": 1.5, "A": np.arange(25.0).reshape(5, 5) ** 2 % 7}
    program = compile_tree(parse(text).tree)
    values = {name: value for name, value in values.items() if name in program.names}
    for direction in axes(OPS["sum"], values):
        known, found = series(program, values, direction), series(program, values, direction, anew=True)
        assert [str(v) for v in known.ravel()] == [str(v) for v in found.ravel()]


def test_one_arithmetic_for_many_rays() -> None:
    """Only the entries that move are computed again."""
    program = compile_tree(parse("sin(x)").tree)
    start = SeriesArithmetic()
    point = {"x": start.exact(np.arange(5.0))}
    arithmetic = SeriesArithmetic(program=program, point=point)
    before = run(program, arithmetic, point)
    for i, side in ((1, 1), (3, -1)):
        found = run(program, arithmetic, moved_along_axis(point, "x", (i,), side))
        assert [j for j in range(5) if found[j] is not before[j]] == [i]


def test_most_rows_have_a_meaning() -> None:
    assert len(MEANT) > 320
    assert len(KINKED) > 20


def test_a_wrong_side_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "Abs", lambda x: x)
    with pytest.raises(AssertionError):
        assert_on_ray("abs(x)", {"x": 0}, {"x": -1})
