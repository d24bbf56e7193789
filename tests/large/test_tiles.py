"""Sums over rows in tiles: found where a function is one, the same numbers as in one graph, and verdicts that see faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import gradcli
from gradcli.autograd import passes
from gradcli.autograd.point import Torch
from gradcli.inputs.prepare import prepare
from gradcli.meaning import tiles
from gradcli.meaning.task import Task
from gradcli.reference.answer import Answer
from gradcli.reference.every_entry import EveryEntry
from gradcli.reference.in_tiles import InTiles
from gradcli.reference.problem import ALONG, Problem

ROWS, SEED = 23, 20_261_130
SHAPES = {"x": (ROWS,), "y": (ROWS,), "X": (ROWS, 3), "Z": (3, ROWS), "w": (3,), "W": (3, 2), "c": ()}

SUMS = (
    "sum(x**2*sin(x))", "mean(exp(-x*y))", "sum(log1p(exp(X@w)) - y*(X@w))", "-sum(x)/3 + 2*sum(w**2)", "c*mean((X@w - y)**2) + c**2",
    "sum(w) - sum(x*y)", "x @ y", "dot(x, sin(y))", "sum((w @ Z - y)**2)", "sum(logsumexp(X@W, dim=1))", "sum(softmax(X, dim=0)*w)", "mean(log_softmax(X@W, dim=1))",
    "sum(X.T @ x)", "sum(X.mT @ (x*y))", "w @ (X.T @ x)", "sum(mean(X, dim=0)*w)", "sum(abs(X), dim=0) @ w", "sum((X.T @ X)*W[:, :1]) + sum(x)",
    "sum(where(x > 0, x, y)*c)", "sum(X*w)", "sum(X.T*w[:, None])", "mean(X)", "(sum(x*y) + c)/c",
    "[sum(x), c] @ w[:2]", "sum(stack([sum(x*y), c*c]))", "w @ W @ concat([sum(X*w, dim=0)[1:], w])[:2]", "sum(vstack([sum(X, dim=0), w]) @ w)",
    "sum(block_diag(sum(x), c, sum(y)))", "w @ pad(sum(X, dim=0)[:2], (1, 0))",
)  # fmt: skip
NO_SUMS = (
    "sum(x)**2", "prod(x)", "norm(x)", "sum(x[1:] - x[:-1])", "sum(cumsum(x))", "sum(softmax(x))", "sum(x)*sum(y)", "max(x)",
    "sum(x/sum(y))", "sum(x @ X)**2", "1/sum(x)", "exp(mean(x))", "sum(arange(23)*x)", "sum(w + sum(x))", "logsumexp(x)",
    "sum(outer(x, y))", "w @ pad(sum(X, dim=0)[:2], (1, 0), value=2)", "c*sum(np.pad(sum(X, dim=0), 1, constant_values=1))",
)  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of a few rows at any size."""
    monkeypatch.setattr(tiles, "LEAST", 1)
    monkeypatch.setattr(tiles, "WIDE", 9)


def task_of(text: str, *wrt: str) -> Task:
    draw = np.random.default_rng(SEED)
    drawn = {name: np.asarray(draw.uniform(0.5, 1.5, shape)) for name, shape in SHAPES.items()}
    values = {
        name: value for name, value in drawn.items() if name in prepare(text, drawn, None, unused=True).program.names
    }
    return prepare(text, values, wrt or None, unused=True)


def tiling_of(task: Task) -> tiles.Tiling | None:
    return tiles.tiling_of(task.program, task.shapes, task.values)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", NO_SUMS)
def test_what_is_no_sum_over_rows_is_not_cut(text: str) -> None:
    assert tiling_of(task_of(text)) is None


def test_small_functions_are_not_cut() -> None:
    assert tiling_of(task_of(SUMS[0])) is None


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", SUMS)
def test_tiles_give_what_one_graph_gives(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of(text)
    tiling = tiling_of(task)
    assert tiling is not None
    assert tiling.count > 1
    in_tiles = Torch(task, "float64", "cpu")
    along = {name: np.cos(value) for name, value in task.values.items()}
    found = [*in_tiles.gradient(), *in_tiles.hvp(along)]
    monkeypatch.setattr(tiles, "LEAST", 2**30)
    whole = Torch(task, "float64", "cpu")
    assert whole.tiling is None
    for one, other in zip(found, [*whole.gradient(), *whole.hvp(along)], strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("text", SUMS)
def test_bounds_in_tiles_hold_what_longdouble_gives(text: str, second: bool) -> None:
    task = task_of(text)
    along = {name: np.cos(value) for name, value in task.values.items()} if second else None
    problem = Problem(task.program, task.shapes, task.values, along, frozenset(task.wrt))
    first: tuple[tuple[str, int], ...] = ((ALONG, 0),) if second else ()
    answers = [Answer((n,), np.zeros(task.values[n].shape), (*first, (n, task.values[n].ndim))) for n in task.wrt]
    tiling = tiling_of(task)
    assert tiling is not None
    rough, sharp = InTiles(problem, tiling, answers), EveryEntry(problem)
    pairs = [(rough.value(), sharp.value()), *((rough.derivative(a), sharp.derivative(a)) for a in answers)]
    for wide, narrow in pairs:
        assert np.isfinite(wide.error).all()
        assert (abs(wide.value - narrow.value) <= (wide.error + narrow.error) * (1 + 1e-6)).all()
        assert (wide.error <= 1e-12 * (1 + abs(wide.value))).all()


# -- verdicts, at sizes that are cut


def large(count: int = tiles.LEAST) -> Any:  # Any: an array
    return np.random.default_rng(SEED).standard_normal(count)


def test_a_large_gradient_is_checked_in_every_entry() -> None:
    found = gradcli.grad("sum(exp(x/2) + atan(x))", {"x": large()}).check
    assert (found.verdict, found.checked, found.total) == ("agrees", tiles.LEAST, tiles.LEAST)
    assert found.certain == 16
    assert found.reference is not None
    assert "extended" in found.reference


def test_one_wrong_entry_among_a_million_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    true, called = passes.gradient, []

    def wrong(*arguments: Any, **options: Any) -> Any:  # Any: as passes.gradient
        (found,) = true(*arguments, **options)
        called.append(found.numel())
        if len(called) == 2:
            found[77] *= 1 + 1e-8
        return [found]

    monkeypatch.setattr(passes, "gradient", wrong)
    found = gradcli.grad("sum(x**2*exp(-x))", {"x": large()}).check
    assert found.verdict == "differs"
    assert f"x[{called[0] + 77}]" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("[sum(x), c] @ [c, c**2]", lambda total, c: total + 3 * c**2),
        ("c*sum(pad([sum(x)], (1, 1), value=2))", lambda total, c: total + 4),
    ],
)
def test_what_stands_beside_a_sum_is_counted_once(text: str, slope: Any) -> None:  # Any: a function
    x, c = large(), 0.5
    found = gradcli.grad(text, {"x": x, "c": c}, wrt="c")
    assert found.check.verdict == "agrees"
    assert found.derivative is not None
    np.testing.assert_allclose(found.derivative["c"], slope(x.sum(), c), rtol=1e-9)


def test_rows_that_do_not_add_up_are_seen_by_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    text, point = "c*sum(pad([sum(x)], (1, 1), value=2))", {"x": large(), "c": 0.5}
    monkeypatch.setattr("gradcli.operations.row.Op.fills", lambda *_: False)
    with pytest.raises(AssertionError, match="do not add up"):
        gradcli.grad(text, point, wrt="c")


def test_a_kink_at_one_row_of_a_million_is_named() -> None:
    x = large()
    x[123_456] = 0
    found = gradcli.grad("sum(abs(x))", {"x": x}).check
    assert found.verdict == "convention"
    assert "x[123456]" in found.notes[0]


def test_rows_where_digits_are_lost_are_looked_at_more_closely() -> None:
    x = large()
    x[:1000] = 2.0  # where the derivative of x**2*exp(-x) is 0
    found = gradcli.grad("sum(x**2*exp(-x))", {"x": x}).check
    assert found.checked == tiles.LEAST
    assert found.verdict in {"agrees", "rounding"}


def test_a_hessian_vector_product_of_a_logistic_regression() -> None:
    draw = np.random.default_rng(SEED)
    X, w, v = draw.standard_normal((2**17, 8)), draw.standard_normal(8), draw.standard_normal(8)
    y = np.round(draw.uniform(size=2**17))
    found = gradcli.hessian("sum(log1p(exp(X@w)) - y*(X@w))", {"X": X, "w": w, "y": y}, wrt="w", hvp=v)
    p = 1 / (1 + np.exp(-X @ w))
    assert found.check.verdict == "agrees"
    assert found.derivative is not None
    np.testing.assert_allclose(found.derivative["w"], X.T @ (p * (1 - p) * (X @ v)), rtol=1e-9)


def test_arrays_of_the_caller_stay_his_own() -> None:
    x = np.arange(1.0, 4.0)
    x.flags.writeable = False
    found = gradcli.jacobian("x", {"x": x}, vjp=x)
    assert found.derivative is not None
    assert not np.shares_memory(found.derivative["x"], x)
    assert not np.shares_memory(found.value, x)
    assert torch.get_default_dtype() is torch.float32
