"""Shapes that a library takes are taken, and give its value and slope: torch and numpy are run beside each text."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import gradcli
from gradcli.base.errors import ExpressionError
from gradcli.meaning.torch_meaning import torch_meaning
from gradcli.operations.table import OPS

DRAWN = np.random.default_rng(5)
VALUES: dict[str, np.ndarray] = {
    "s": np.array(-0.7), "r": np.array(1.3), "zero": np.zeros(3), "Z": DRAWN.normal(size=(1, 3)), "M": DRAWN.normal(size=(2, 3)),
    "N": DRAWN.normal(size=(2, 3)), "K": DRAWN.normal(size=(3, 4)), "L": DRAWN.normal(size=(2, 3, 4)), "R": DRAWN.normal(size=(5, 2, 3)),
    "P": DRAWN.normal(size=(2, 4, 2)), "Q": DRAWN.normal(size=(2, 3, 2)), "T": DRAWN.normal(size=(2, 3, 3)) + 2 * np.eye(3),
    "S": (lambda half: half @ half.swapaxes(-1, -2) + np.eye(3))(DRAWN.normal(size=(2, 3, 3))), "A": DRAWN.normal(size=(3, 3)),
    "Y": DRAWN.normal(size=(2, 1, 3, 1)), "W": DRAWN.normal(size=(2, 3, 4, 4)), "u": DRAWN.normal(size=3), "v": DRAWN.normal(size=4),
    "w": DRAWN.normal(size=4), "at": np.array(0), "ats": np.array([0, 0]), "classes": np.array([[0, 2, 1, -100], [1, 1, 0, 2]]),
}  # fmt: skip


def names_in(text: str) -> list[str]:
    return [name for name in VALUES if re.search(rf"(?<![\w.]){name}(?!\w)", text)]


def asked(text: str, weights: np.ndarray | None = None) -> Any:
    """gradcli's answer in the variables that are not whole numbers."""
    names = names_in(text)
    options = {} if weights is None or not weights.ndim else {"grad_outputs": weights.tolist()}
    wrt = [name for name in names if VALUES[name].dtype.kind == "f"]
    return gradcli.grad(text, {name: VALUES[name] for name in names}, wrt=wrt, allow_unused=True,
                        materialize_grads=True, **options)  # fmt: skip


def weights_of(value: np.ndarray) -> np.ndarray:
    return np.cos(1 + np.arange(value.size)).reshape(value.shape) if value.ndim else np.ones(())


def assert_as_torch(text: str) -> None:
    """Value, slopes by torch's own backward pass on the same text, and a certain check."""
    given = {name: torch.tensor(VALUES[name]).requires_grad_(VALUES[name].dtype.kind == "f") for name in names_in(text)}
    value = eval(text, {"torch": torch, "F": torch.nn.functional, "inf": math.inf, **given})  # noqa: S307 - the texts below
    weights = weights_of(value.detach().numpy())
    found = asked(text, weights)
    np.testing.assert_allclose(np.asarray(found.value), value.detach().numpy(), rtol=1e-12, atol=1e-13)
    assert np.shape(found.value) == tuple(value.shape)
    leaves = {name: x for name, x in given.items() if x.requires_grad}
    slopes = torch.autograd.grad(value, list(leaves.values()), torch.tensor(weights), allow_unused=True,
                                 materialize_grads=True)  # fmt: skip
    for name, slope in zip(leaves, slopes, strict=True):
        np.testing.assert_allclose(np.asarray(found.derivative[name]), slope.numpy(), rtol=1e-9, atol=1e-11)
    assert found.check.verdict == "agrees", found.check


def assert_as_numpy(text: str) -> None:
    value = np.asarray(eval(text, {"np": np, **VALUES}))  # noqa: S307 - the texts below
    found = asked(text, weights_of(value))
    np.testing.assert_allclose(np.asarray(found.value), value, rtol=1e-12, atol=1e-13)
    assert np.shape(found.value) == value.shape
    assert found.check.verdict == "agrees", found.check


@pytest.mark.parametrize("text", [
    "torch.sum(s, 0)", "torch.mean(s, -1, True)", "torch.prod(s, 0, True)", "torch.amax(s, dim=0, keepdim=True)", "torch.norm(s, 2, 0)",
    "torch.logsumexp(s, (0,), True)", "torch.softmax(s, 0)*s", "torch.log_softmax(s, -1) + s", "F.softmin(s, 0) + s", "torch.cumsum(s, 0)",
    "torch.cumprod(s, -1)", "torch.logcumsumexp(s, 0)", "torch.flip(s, (0,))", "torch.squeeze(s, 0)", "torch.gather(s, 0, at)",
    "torch.gather(s, 0, ats)", "torch.gather(v, 0, at)", "torch.scatter_add(s, 0, ats, u[:2])", "torch.movedim(s, 0, 0)",
    "torch.transpose(s, 0, -1)", "F.normalize(s, p=1.2, dim=0) + s", "F.cosine_similarity(s, r, dim=0) + s", "torch.quantile(s, 0.5, 0, True)",
])  # fmt: skip
def test_a_scalar_is_a_line_of_one_entry(text: str) -> None:
    assert_as_torch(text)


@pytest.mark.parametrize("text", [
    "torch.norm(M, 0) + M[0, 0]", "torch.norm(M, -2)", "torch.norm(M, -0.5, 1)", "torch.norm(M, 0.5)", "torch.norm(M, -inf, 0, True)",
    "torch.linalg.norm(v, 0) + v[0]", "torch.linalg.norm(v, -inf)", "torch.cdist(M, N, 0.5)", "torch.dist(v, w, -1)",
    "F.pairwise_distance(M, N, p=-inf)", "F.triplet_margin_loss(M, N, M - 1, p=-1)", "F.normalize(M, -1)", "F.normalize(M, -inf)",
])  # fmt: skip
def test_norms_of_any_order(text: str) -> None:
    assert_as_torch(text)


@pytest.mark.parametrize("text", [
    "torch.linalg.inv(T)", "torch.linalg.det(T)", "torch.logdet(S)", "torch.linalg.slogdet(T)[1]", "torch.linalg.pinv(P)",
    "torch.linalg.pinv(P.mT)", "torch.linalg.matrix_power(T, 3)", "torch.linalg.matrix_power(T, -2)", "torch.linalg.solve(T, u)",
    "torch.linalg.solve(T, M)", "torch.linalg.solve(T, Q)", "torch.linalg.solve(A, Q)", "torch.linalg.solve(T, Q[:1])",
    "torch.linalg.vander(s, N=2)", "torch.linalg.vander(M)", "torch.linalg.vander(M, N=4)",
])  # fmt: skip
def test_batches_of_matrices(text: str) -> None:
    assert_as_torch(text)


@pytest.mark.parametrize("text", [
    "torch.einsum('ij,ij->ji', M, Z)", "torch.einsum('...ij,...jk', R, K)", "torch.einsum('...ij,...jk->ik', R, K)",
    "torch.einsum('i...j,j...->...i', R, K[:, :2])", "torch.einsum('i...j,j...->...i', R, K[:, :1])", "torch.einsum('...,...', v, K)",
    "torch.einsum('...,...->...', s, K)", "torch.einsum('...ii->...i', T)", "torch.einsum('...ab->...ba', W)",
])  # fmt: skip
def test_subscripts_with_an_ellipsis_and_broadcast_axes(text: str) -> None:
    assert_as_torch(text)


@pytest.mark.parametrize("text", [
    "F.cross_entropy(L, classes)", "F.cross_entropy(L, classes, reduction='none')", "F.cross_entropy(L, L)",
    "F.cross_entropy(W, W, reduction='none')", "F.cross_entropy(v, w)", "F.nll_loss(L, classes)", "F.nll_loss(L, classes, reduction='sum')",
])  # fmt: skip
def test_classes_stand_along_the_second_axis(text: str) -> None:
    assert_as_torch(text)


@pytest.mark.parametrize("text", [
    "F.pad(M, (2, 2), 'reflect')", "F.pad(M, (-1, 2), 'reflect')", "F.pad(L, (1, 1, -1, 1), mode='reflect')", "F.pad(M, (7, 9), 'replicate')",
    "F.pad(M, (-4, 5), 'replicate')", "F.pad(W, (-2, -1, 4, 6), 'replicate')", "F.pad(M, (3, 3), 'circular')", "F.pad(M, (2, -1), 'circular')",
    "F.pad(W, (-1, 1, -2, 1), 'circular')",
])  # fmt: skip
def test_padding_with_the_arrays_own_entries(text: str) -> None:
    assert_as_torch(text)


@pytest.mark.parametrize("text", [
    "torch.squeeze(M, 0)", "torch.squeeze(Y, (0, 1))", "torch.squeeze(Y, -1)", "torch.inner(s, M)", "torch.inner(R, M)", "torch.inner(u, M)",
    "torch.inner(v, w)", "torch.trapezoid(M, Z)", "torch.trapezoid(Z, M)", "torch.trapezoid(L, K, dim=1)", "torch.trapezoid(L, v)",
    "torch.cumulative_trapezoid(Z, M)", "torch.cumulative_trapezoid(L, u, dim=1)",
])  # fmt: skip
def test_other_shapes_that_torch_takes(text: str) -> None:
    assert_as_torch(text)


@pytest.mark.parametrize("text", [
    "np.dot(s, M)", "np.dot(M, s)", "np.dot(M, K)", "np.dot(u, K)", "np.dot(R, K)", "np.dot(u, T)", "np.dot(M, T)", "np.inner(R, M)",
    "np.inner(s, r)", "np.vdot(M, N)", "np.vdot(M, N.T)", "np.vdot(s, r)", "np.outer(M, v)", "np.outer(s, M)", "np.outer(v, w)",
    "np.squeeze(Y, 1)", "np.squeeze(Y, (1, 3))", "np.trapezoid(M, Z)", "np.full_like(M, u)", "np.full_like(M, s)", "np.cumsum(M)",
    "np.cumprod(L)", "np.cumsum(M, axis=1)", "np.cumprod(v)", "np.cumprod(s)", "np.linalg.inv(T)", "np.linalg.solve(T, Q)",
    "np.einsum('j...k,lj...->lk...', A, A)", "np.pad(v, 1, 'edge')", "np.pad(v, 9, mode='reflect')", "np.pad(M, 2, mode='symmetric')",
    "np.pad(M, 7, mode='wrap')",
])  # fmt: skip
def test_shapes_that_numpy_takes(text: str) -> None:
    assert_as_numpy(text)


@pytest.mark.parametrize(("text", "said"), [
    ("torch.sum(s, (0, -1))", "each axis once"), ("torch.cumprod(s, 1)", r"\(-1 to 0\)"), ("np.squeeze(M, 0)", "size 1"), ("F.normalize(s)", "dim=1"),
    ("torch.cdist(M, N, -1)", "p >= 0"), ("torch.linalg.norm(A, 0)", "ord 1"), ("torch.vander(M)", "one vector"), ("torch.linalg.vander(s)", "N from 2"),
    ("torch.einsum('ii->i', Z)", "one size for 'i'"), ("torch.einsum('...i...->i', M)", "letters"), ("torch.dot(M, N)", "vectors"),
    ("torch.outer(M, v)", "vectors"), ("torch.vdot(M, N)", "vectors"), ("np.vdot(M, v)", "equally many"), ("torch.full_like(M, N)", "one number"),
    ("F.pad(v, (1, 1), 'reflect')", "axes before"), ("F.pad(M, (3, 0), 'reflect')", "at most 2"), ("F.pad(M, (4, 0), 'circular')", "at most 3"),
    ("F.pad(M, (-2, -1), 'replicate')", "entries"), ("F.pad(M, (1, 1), 'circular', 3)", "no value"), ("torch.cumsum(M)", "needs dim"),
    ("torch.linalg.solve(T, v)", "n rows"),
    ("F.cross_entropy(L, ats)", "class numbers"), ("np.convolve(M, N)", "two vectors"),
])  # fmt: skip
def test_what_the_library_refuses_is_refused(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        asked(text)


@pytest.mark.parametrize(("text", "shape", "wrt", "form"), [
    ("sum(np.dot(A, x)**2)", {"A": "n,m", "x": "m"}, "x", "2*A.T @ A @ x"), ("np.inner(x, x)", {"x": "n"}, "x", "2*x"),
    ("np.vdot(x, y)", {"x": "n", "y": "n"}, "x", "y"), ("sum(np.outer(x, y)**2)", {"x": "n", "y": "m"}, "x", "2*(y @ y)*x"),
])  # fmt: skip
def test_a_closed_form_has_the_words_that_people_know(text: str, shape: dict[str, str], wrt: str, form: str) -> None:
    assert gradcli.grad(text, {}, shape=shape, wrt=[wrt]).formula == {wrt: form}


def test_a_count_of_entries_jumps_at_0() -> None:
    assert asked("torch.linalg.norm(zero, 0)").check.verdict == "singular"


def test_another_value_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: meanings that are off by 1e-9."""
    for name in ("inner", "array_dot"):
        row = OPS[name]
        off = replace(row, torch=lambda t, x, y, row=row: torch_meaning(row)(t, x, y) * (1 + 1e-9))
        monkeypatch.setitem(OPS.loaded, name, off)
    with pytest.raises(AssertionError):
        assert_as_torch("torch.inner(R, M)")
    with pytest.raises(AssertionError):
        assert_as_numpy("np.dot(R, K)")
