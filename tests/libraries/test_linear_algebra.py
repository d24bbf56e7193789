"""Calls of linear algebra mean what their library means: torch and numpy are run beside gradcli, value and slope.

Vectors whose sign is free enter in forms that do not depend on it.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from libraries.beside import difference, weights_of
from libraries.matrix_calls import NUMPY, PIVOTS, SCIPY, TORCH, VALUES, named

import gradcli
from gradcli.base.errors import GradcliError


def torchs(text: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """torch's value, and the slopes of its weighted sum."""
    given = {name: torch.tensor(at, requires_grad=True) for name, at in named(text, VALUES).items()}
    pivots = {name: torch.tensor(at, dtype=torch.int32) for name, at in named(text, PIVOTS).items()}
    value = eval(text, {"torch": torch, "inf": math.inf, **given, **pivots})  # noqa: S307 - the texts above
    found = value.detach().numpy()
    weights = torch.tensor(weights_of(found) if found.ndim else 1.0, dtype=value.dtype)
    slopes = torch.autograd.grad(value, list(given.values()), weights, allow_unused=True, materialize_grads=True)
    return found, {name: slope.numpy() for name, slope in zip(given, slopes, strict=True)}


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", TORCH)
def test_torchs_calls(text: str) -> None:
    value, slopes = torchs(text)
    options = {"grad_outputs": weights_of(value).tolist()} if value.ndim else {}
    given = {**named(text, VALUES), **named(text, PIVOTS)}
    found = gradcli.grad(text, given, wrt=list(slopes), allow_unused=True, materialize_grads=True, **options)
    assert np.shape(found.value) == value.shape
    np.testing.assert_allclose(np.asarray(found.value), value, rtol=1e-9, atol=1e-11)
    for name, slope in slopes.items():
        np.testing.assert_allclose(np.asarray(found.derivative[name]), slope, rtol=1e-7, atol=1e-9)
    assert found.check.verdict in {"agrees", "convention"}, found.check


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", NUMPY)
def test_numpys_calls(text: str) -> None:
    assert difference(text, {"np": np}, named(text, VALUES)) == ""


@pytest.mark.parametrize("text", SCIPY)
def test_scipys_calls(text: str) -> None:
    scipy = pytest.importorskip("scipy.linalg", reason="the oracle of this library is not installed")
    assert difference(text, {"scipy": SimpleNamespace(linalg=scipy), "np": np}, named(text, VALUES)) == ""


@pytest.mark.parametrize(("text", "shape", "unknowns"), [
    ("sum(sqrtm(A))", (17, 17), 289), ("sum(logm(A))", (17, 17), 289), ("sum(solve_sylvester(A, A, A))", (17, 17), 289),
])  # fmt: skip
def test_a_large_equation_is_not_enclosed_and_says_so(text: str, shape: tuple[int, int], unknowns: int) -> None:
    found = gradcli.grad(text, {"A": np.eye(*shape) * 3 + np.tri(*shape) / 9})
    assert found.check.verdict == "unchecked"
    assert any(f"{unknowns} unknowns" in note for note in found.check.notes)


@pytest.mark.parametrize(("text", "due"), [
    ("sum(sqrtm([[0, 1], [1, 0]]*s))", "an eigenvalue of 0 or below"), ("sum(logm([[1, 1], [1, 1]]*s))", "an eigenvalue of 0 or below"),
    ("sum(eigvals([[0, 1], [-1, 0]]*s))", "an eigenvalue that is not real"), ("sum(eigvecs(E*s))", "eigenvalues meet"),
    ("torch.linalg.qr(torch.ones(2, 2)*s)[0][0, 0]", "which way it takes"),
])  # fmt: skip
def test_what_has_no_slope_says_why(text: str, due: str) -> None:
    found = gradcli.grad(text, {"s": 0.7, **({"E": np.eye(2)} if "E" in text else {})}, wrt=["s"])
    assert found.check.verdict in {"singular", "unchecked"}
    assert any(due in note for note in found.check.notes)


@pytest.mark.parametrize("text", [
    "torch.linalg.qr(M, mode='complete')[0]", "torch.linalg.svd(M)[0]", "np.linalg.svd(W)[2]", "scipy.linalg.null_space(W)",
    "torch.linalg.ldl_factor(S)", "torch.linalg.lu(A, pivot=False)[1]", "scipy.linalg.schur(A)", "np.linalg.qr(A, mode='raw')[0]",
    "jax.scipy.linalg.cho_factor(S)[0]", "torch.linalg.solve(K, A, left=False)",
])  # fmt: skip
def test_what_is_a_choice_is_refused(text: str) -> None:
    with pytest.raises(GradcliError, match=r"any will do|any basis|slope|vectors|pivots|reflections"):
        gradcli.jacobian(text, named(text, VALUES))


def test_angles_between_spaces_of_dependent_columns_are_refused() -> None:
    with pytest.raises(GradcliError, match="independent columns"):
        gradcli.jacobian("scipy.linalg.subspace_angles(A, A)", {"A": [[1.0, 2, 3], [4, 5, 7]]})
