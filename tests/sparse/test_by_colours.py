"""Sparse derivatives by colours are the dense ones, with as many passes as theory gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.autograd import coloured, passes
from gradcli.autograd.point import Torch
from gradcli.base.errors import LimitError
from gradcli.engine.sparse import by_colours
from gradcli.engine.sparse.answer import SparseDerivative
from gradcli.engine.sparse.by_colours import sparse_hessian_by_colours, sparse_jacobian_by_colours
from gradcli.inputs.prepare import prepare

Array = np.ndarray[Any, np.dtype[np.float64]]  # Any: shapes are not typed

RNG = np.random.default_rng(11)
N = 30


def sparse_matrix(n: int, share: float) -> Array:
    return np.where(RNG.random((n, n)) < share, RNG.normal(size=(n, n)), 0)


POINT: dict[str, Array] = {
    "x": RNG.uniform(0.5, 2, N), "y": RNG.uniform(0.5, 2, N), "s": np.array(0.7), "A": sparse_matrix(N, 0.06), "X": RNG.uniform(-1, 1, (10, 3)),
    "W": RNG.normal(size=(10, 3, 3)), "i": RNG.integers(0, N, 25).astype(float), "j": RNG.integers(0, N, 25).astype(float), "w": RNG.normal(size=25),
    "u": RNG.uniform(-1, 1, (6, 6)), "D": RNG.normal(size=(N, N)),
}  # fmt: skip
CONSTANT = {"A", "W", "i", "j", "w", "D"}


def point(expression: str, values: dict[str, Array] | None = None) -> Torch:
    used = values or {
        name: value for name, value in POINT.items() if name in expression.replace("sum", "").replace("max", "")
    }
    wrt = tuple(name for name in used if name not in CONSTANT)
    return Torch(prepare(expression, used, wrt, seed=0, unused=True), "float64", "cpu")


def assert_dense(found: SparseDerivative, dense: list[Array], value: Array) -> None:
    for block, whole in zip(found.blocks.values(), dense, strict=True):
        np.testing.assert_allclose(block.toarray(), whole.reshape(block.shape), rtol=1e-12, atol=1e-12)
        assert (block.indptr[0], block.indptr[-1]) == (0, block.nnz)
        assert all(
            (np.diff(block.indices[a:b]) > 0).all() for a, b in zip(block.indptr, block.indptr[1:], strict=False)
        )
    np.testing.assert_array_equal(found.value, value)
    assert found.method == "colours"


HESSIANS = [
    ("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", 3), ("x[0]*sum(x[1:]) + sum(x**2)", 2), ("sum(x**3)", 1), ("s*sum(x**3)", 2), ("sum(x*y*s)", 3),
    ("sum(softmax(X, 1)**2)", 3), ("sum(logsumexp(X, 1))", 3), ("sum(einsum('bij,bj->bi', W, X)**2)", 3),
    ("sum((u[1:] - u[:-1])**4) + sum((u[:, 1:] - u[:, :-1])**4)", 5), ("sum(x) + 2*s", 0), ("sum(x*y)", 2),
    ("x @ A @ x", None), ("sum(w*gather(x, 0, i)*gather(x, 0, j))", None), ("sum(tanh(A @ x)**2) + dot(x, y)", None),
    ("sum((x[2:]*x[:-2] - sin(x[1:-1]))**2) + x[0]*x[29]", None), ("max(x)*s", None), ("norm(X)", None),
]  # fmt: skip
JACOBIANS = [
    ("x**2", 1), ("x[1:]*x[:-1]", 2), ("x[1:-1]*(x[2:] - 2*x[1:-1] + x[:-2])", 3), ("softmax(X, 1)", 3), ("x*y + s", 2), ("sin(s)*x", 2),
    ("concat([[sum(x**2)], x[1:]*x[:-1]])", 3), ("concat([x[:1]*x[1], x[1:]*x[0]])", 2), ("concat([[sum(x**2)], x[1:]*x[0]])", 3),
    ("ones(4)*2 + 0*x[0]", None), ("A @ x", None), ("A.T @ (x*y)", None), ("einsum('bij,bj->bi', W, X)", 3), ("gather(x, 0, i)*gather(y, 0, j)*s", None),
    ("concat([x, [dot(x, y)]])*s", None),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "count"), HESSIANS)
def test_hessians(expression: str, count: int | None) -> None:
    torch = point(expression)
    *dense, value = torch.hessian()
    for share in (by_colours.FEW, 2 * N):
        found = _with_passes(share, lambda: sparse_hessian_by_colours(torch))
        if found is not None:
            assert_dense(found, dense, value)
            assert count in (None, found.colours)
            return
    raise AssertionError(expression)


def _with_passes(most: int, compute: Any) -> SparseDerivative | None:  # Any: a function
    """Up to so many passes, where the product would call the derivative dense."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_colours, "FEW", most)
        try:
            return compute()  # type: ignore[no-any-return]  # as above
        except LimitError:
            return None


@pytest.mark.parametrize(("expression", "count"), JACOBIANS)
def test_jacobians(expression: str, count: int | None) -> None:
    torch = point(expression)
    *dense, value = torch.jacobian("reverse")
    found = sparse_jacobian_by_colours(torch)
    assert_dense(found, dense, value)
    assert count in (None, found.colours)


def test_random_quadratic_forms() -> None:
    """x @ A @ x has the pattern of A + A.T, and no more."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 60))
        a = np.where(rng.random((n, n)) < 2 / n, rng.normal(size=(n, n)), 0)
        found = sparse_hessian_by_colours(point("x @ A @ x", {"x": rng.normal(size=n), "A": a})).blocks["x", "x"]
        np.testing.assert_allclose(found.toarray(), a + a.T, rtol=1e-14, atol=0)
        assert found.nnz == np.count_nonzero((a != 0) | (a != 0).T)


def test_pairs_of_entries_at_a_hundred_thousand() -> None:
    rng = np.random.default_rng(5)
    n = 10**5
    i, j, w = rng.integers(0, n, n), rng.integers(0, n, n), rng.normal(size=n)
    values = {"x": rng.normal(size=n), "i": i.astype(float), "j": j.astype(float), "w": w}
    found = sparse_hessian_by_colours(point("sum(w*gather(x, 0, i)*gather(x, 0, j))", values)).blocks["x", "x"]
    v = rng.normal(size=n)
    expected = np.bincount(i, w * v[j], minlength=n) + np.bincount(j, w * v[i], minlength=n)
    np.testing.assert_allclose(found @ v, expected, rtol=1e-12, atol=1e-12)


def test_what_is_dense_is_said_to_be() -> None:
    ones = {"x": np.ones(100)}
    with pytest.raises(LimitError, match="the Hessian has no zeros that are known: it takes more than 25 passes"):
        sparse_hessian_by_colours(point("norm(x)", ones))
    with pytest.raises(LimitError, match="the Jacobian has no zeros that are known: it takes more than 25 passes"):
        sparse_jacobian_by_colours(point("cumsum(x)*x[0]", ones))
    with pytest.raises(LimitError, match="no zeros of the Hessian in x and x are known: 5,000 x 5,000 entries"):
        sparse_hessian_by_colours(point("exp(sum(x))", {"x": np.zeros(5000)}))


@pytest.mark.parametrize(("expression", "values"), [
    ("sqrt(x)*y", {"x": np.array([0.0, 1, 4]), "y": np.array([1.0, 2, 3])}),
    ("x[1:]**1.5*sqrt(x[:-1])", {"x": np.array([1.0, 0, 4, 9])}),
    ("concat([where(x > 0, sqrt(x), 0), x])", {"x": np.array([0.0, 1, 4])}),
    ("x/norm(x)", {"x": np.zeros(3)}),
])  # fmt: skip
def test_infinite_slopes(expression: str, values: dict[str, Array]) -> None:
    """In the pattern stand the marks that torch's passes one by one leave; outside the true zeros."""
    torch = point(expression, values)
    with torch.guarded():
        made = torch.run()
        dense = [part.numpy() for part in passes.jacobian_reverse(made.output, made.leaves)]
    found = sparse_jacobian_by_colours(torch)
    assert any(not np.isfinite(part).all() for part in dense)
    for (name,), block in found.blocks.items():
        whole = dense[torch.task.wrt.index(name)].reshape(block.shape)
        np.testing.assert_array_equal(block.data, whole[block.rows, block.indices])


def test_rows_that_are_not_finite_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_colours, "PASSES", 2)
    with pytest.raises(LimitError, match="3 entries are not finite here, in 3 rows"):
        sparse_jacobian_by_colours(point("sqrt(x)", {"x": np.zeros(3)}))


def test_without_forward_mode_the_passes_are_backward_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Array:
        raise NotImplementedError

    monkeypatch.setattr(coloured, "sums_of_columns", refuse)
    torch = point("concat([x[:1]*x[1], x[1:]*x[0]])")
    with pytest.raises(LimitError, match="the Jacobian has 60 of 900 entries that may differ from zero"):
        sparse_jacobian_by_colours(torch)
    found = _with_passes(N, lambda: sparse_jacobian_by_colours(torch))
    assert found is not None
    assert found.colours == N
    *dense, value = torch.jacobian("reverse")
    assert_dense(found, dense, value)


def test_batches_are_cut_and_given_up() -> None:
    expression = "sum(softmax(X, 1)**2)"
    *dense, value = point(expression).hessian()
    for attribute, replacement in (("at_once", lambda *_: 1), ("at_once", lambda *_: 2)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(coloured, attribute, replacement)
            assert_dense(sparse_hessian_by_colours(point(expression)), dense, value)
    pulled = passes.pulled_back

    def one_alone(output: Any, inputs: Any, seeds: Any) -> Any:  # Any: tensors
        if len(seeds) > 1:
            raise RuntimeError("torch cannot batch this")
        return pulled(output, inputs, seeds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coloured, "pulled_back", one_alone)
        assert_dense(sparse_hessian_by_colours(point(expression)), dense, value)


def test_a_pattern_that_lacks_an_entry_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = by_colours._joined

    def lacking(patterns: Any, columns: int) -> Any:  # Any: as there
        rows, to = real(patterns, columns)
        kept = np.abs(rows - to) <= 1
        return rows[kept], to[kept]

    torch = point("sum(x[2:]*x[:-2]*x[1:-1])")
    *dense, value = torch.hessian()
    monkeypatch.setattr(by_colours, "_joined", lacking)
    with pytest.raises(AssertionError):
        assert_dense(sparse_hessian_by_colours(torch), dense, value)
