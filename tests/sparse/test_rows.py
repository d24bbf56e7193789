"""What the rows say of sparsity holds, for every axis and batch: ``within``, ``terms`` and ``picks``."""

from __future__ import annotations

import numpy as np
import pytest
from sparse import patterns
from sparse.patterns import entries, too_small

from gradcli.base.errors import GradcliError
from gradcli.meaning.sparsity import arithmetic
from gradcli.meaning.sparsity.fibres import Fibres
from gradcli.operations.row import Op
from gradcli.operations.table import rows

RNG = np.random.default_rng(3)
SHAPES = {"T": (2, 3, 4), "X": (2, 4), "x": (4,), "B": (3, 2, 2), "Y": (2, 2)}
POSITIVE = {name: RNG.uniform(0.5, 2, shape) for name, shape in SHAPES.items()}
DEFINITE = POSITIVE["B"] @ POSITIVE["B"].transpose(0, 2, 1) + np.eye(2)

WITHIN = [op for op in rows() if op.within]
TERMS = [op for op in rows() if op.terms]


@pytest.fixture(autouse=True)
def point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        patterns,
        "POINT",
        {**POSITIVE, "B": DEFINITE, "Y": DEFINITE[0], "A": POSITIVE["x"], "i": np.array([3.0, 0, 1])},
    )


def calls(op: Op) -> list[str]:
    """The row along each axis, all of them and pairs, or of a matrix and a batch."""
    if isinstance(op.within, int):
        return [f"{op.name}({name})" for name in ("B", "Y")]
    arrays = {"T": (0, 1, 2, -1, (0, 2), (1, 2), None), "X": (0, 1, None), "x": (0, None)}
    extra = [f", {p.name}=0.3" for p in op.constants if p.name == "q"]
    made = [f"{op.name}({name}{''.join(extra)}, dim={dim})" for name, dims in arrays.items() for dim in dims]
    keeping = any(param.name == "keepdim" for param in op.constants)
    return made + [call[:-1] + ", keepdim=True)" for call in made if keeping]


@pytest.mark.parametrize("op", WITHIN, ids=[op.name for op in WITHIN])
def test_parts_by_themselves(op: Op) -> None:
    ran = 0
    for call in calls(op):
        try:
            assert too_small(call) == []
        except GradcliError:
            continue  # not every row takes every axis
        ran += 1
    assert ran >= (1 if op.within == 2 else 2)


PAIRS = {
    "matmul": ("x @ x", "X @ x", "x @ X.T", "X.T @ X", "T @ x", "T @ X.T", "B @ Y", "X @ T.mT"), "dot": ("dot(x, x*x)", "dot(x, A)"), "outer": ("outer(x, x)", "outer(A, x)"),
    "inner": ("inner(X, x)", "inner(T, X)", "inner(x, x)", "inner(T[0, 0, 0], X)"), "array_dot": ("np.dot(X, x)", "np.dot(T, X.T)", "np.dot(x, X.T)", "np.dot(X, X[0, 0])"),
    "einsum": ("einsum('ii->', Y)", "einsum('ij,ij->j', X, X)", "einsum('...i,i->...', T, x)", "einsum('bij,jk,bk->bi', B, Y, B[:, 0])", "einsum('ij,kj', X, X)"),
    "max": ("max(x, 1)", "max(X, x)", "max(x, x*x, 1)"), "min": ("min(x, 1)", "min(X, x)"),
    "margin_ranking_loss": ("margin_ranking_loss(x, x*x, [1, -1, 1, -1])",), "binary_cross_entropy": ("binary_cross_entropy(x/3, X[0]/3)",),
    "binary_cross_entropy_with_logits": ("binary_cross_entropy_with_logits(x, X[0]/3)", "binary_cross_entropy_with_logits(X, X/3, 'none')",
                                         "binary_cross_entropy_with_logits(X, X/3, pos_weight=x)"),
}  # fmt: skip


@pytest.mark.parametrize("op", TERMS, ids=[op.name for op in TERMS])
def test_sums_of_terms(op: Op) -> None:
    two = [f"{op.name}(X, X[::-1]*2, reduction='{how}')" for how in ("mean", "sum", "none")]
    for call in PAIRS.get(op.name, two):
        assert too_small(call) == []


LISTED = {
    "conv1d": ("conv1d(X, reshape(T[0, :, :], 3, 2, 2))", "conv1d(T, reshape(T[:, :, :2], 2, 3, 2), x[:2], 2, 1)", "conv1d(X, [[[1, 0, 2]], [[0, 0, 3]]], None, 1, 1, 1, 2)"),
    "conv2d": ("conv2d(T, reshape(T[:1, :, :2], 1, 2, 3, 1), x[:1])", "conv2d(reshape(T, 2, 1, 3, 4), [[[[0, 1], [1, -4]]]], None, (1, 2), (1, 0), (2, 1))"),
    "conv3d": ("conv3d(reshape(T, 1, 2, 3, 4), reshape(x, 1, 1, 1, 2, 2))",),
    "conv_transpose1d": ("conv_transpose1d(X, reshape(x, 2, 1, 2), None, 2, 1, 1)", "conv_transpose1d(X, reshape(X[:, :2], 2, 1, 2), x[:2], 2, 0, 0, 2, 3)"),
    "conv_transpose2d": ("conv_transpose2d(reshape(T, 2, 3, 4)[:1], reshape(x, 1, 1, 2, 2), None, (1, 2))",),
    "conv_transpose3d": ("conv_transpose3d(reshape(T, 1, 2, 3, 4), reshape(x, 1, 1, 1, 2, 2))",),
    "convolve": ("convolve(x, x)", "convolve(x, [0, 1, 2], 'same')", "convolve([1, 0, 3], X[0], 'valid')"),
    "kron": ("kron(x, [1, 0])", "kron(X, x)", "kron(x[0], X)", "kron(Y, T)"),
    "index_add": ("index_add(X, 0, [1, 1, 0], T[0])", "index_add(x, 0, -1, x[0])", "index_add(X, None, [7, 2, 2], X[0, :3])", "index_add(zeros(5), 0, [1, 2, 4, 4], x)"),
    "put_at": ("put_at(x, X, [0, 1, 0, 0], [1, 1, 1, 3])", "put_at(T[0, :2], X, [1, 1])", "put_at(x[:1], x, [False, True, False, False])"),
    "scatter_add": ("scatter_add(X, 1, [[0, 3], [2, 2]], Y)", "scatter_add(zeros(5), 0, [1, 2, 4, 4], x)", "scatter_add(X, 0, [[1, 0, 1]], T[:1, 0, :3])"),
}  # fmt: skip


@pytest.mark.parametrize("op", [op for op in rows() if op.summands], ids=lambda op: op.name)
def test_sums_that_are_listed(op: Op) -> None:
    for call in LISTED[op.name]:
        assert too_small(call) == []


def test_patterns_of_sums_that_are_listed() -> None:
    assert sorted(entries("convolve(x, [0, 1, 2], 'valid')", 1)["x",]) == [(0, 0), (0, 1), (1, 1), (1, 2)]
    assert sorted(entries("conv1d(X, [[[1, 0, 2]], [[0, 0, 3]]], None, 1, 0, 1, 2)", 1)["X",]) == [
        (0, 0), (0, 2), (1, 1), (1, 3), (2, 6), (3, 7)]  # fmt: skip
    assert sorted(entries("scatter_add(zeros(5), 0, [1, 2, 4, 4], x)", 1)["x",]) == [(1, 0), (2, 1), (4, 2), (4, 3)]
    assert sorted(entries("kron(x[:2], [1, 0])", 1)["x",]) == [(0, 0), (2, 1)]
    assert entries("sum(index_add(x, 0, [0, 0], x[2:]))", 2)["x", "x"] == []


def test_picked_entries() -> None:
    assert [op.name for op in rows() if op.picks] == ["gather"]
    for call in (
        "gather(x, 0, i)",
        "gather(X, 1, [[0, 3], [2, 2]])",
        "gather(X, 0, [[1, 0, 1]])",
        "gather(x[0], 0, [0, 0])",
        "gather(T, -1, [[[3]]])",
    ):
        assert too_small(call) == []
    assert entries("gather(X, 1, [[0, 3], [2, 2]])", 1)["X",] == [(0, 0), (1, 3), (2, 6), (3, 6)]


def test_a_wrong_fact_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines without their own entries, and terms without a sum."""
    with monkeypatch.context() as patch:
        patch.setattr(arithmetic, "fibres_of", lambda *_: Fibres(8, np.arange(8), np.arange(8)))
        assert too_small("softmax(X, dim=0)") != []
    real = arithmetic.terms_of
    monkeypatch.setattr(arithmetic, "terms_of", lambda _, *rest, **more: real("ij,ij->ij", *rest, **more))
    assert too_small("Y @ Y") != []
