"""Matrices along a ray: regular ones, those that lose their inverse at t = 0, eigenvalues that meet there."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

import numpy as np
import pytest
from flint import arb
from series.along import assert_on_ray, coefficient, series

from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.series import spectra
from gradcli.meaning.series.series import Series

SEED = 11
REGULAR = {
    "det(A)": 1, "inv(A)": 9, "solve(A, b)": 3, "pinv(A)": 9, "pinv(A[:, :2])": 6, "pinv(A[:2])": 6, "logdet(A@A.T)": 1,
    "slogdet(A)": 1, "cholesky(A@A.T)": 6, "solve_triangular(A, b, False)": 3, "matrix_power(A, 3)": 9,
    "matrix_power(A, -2)": 9, "matrix_exp(A)": 9, "matrix_exp(sqrt(A**2 + 1))": 9, "eigvalsh(A)": 3, "svdvals(A)": 3,
    "svdvals(A[:2])": 2, "cond(A)": 1, "nuclear_norm(A)": 1, "spectral_norm(A)": 1, "A@b": 3, "b@A": 3, "A@A@A": 9,
    "einsum('ij,jk,ki->', A, A, A)": 1, "einsum('ii->i', A)": 3, "kron(A, b)": 27, "cross(A, b)": 9, "norm(A)": 1,
    "linalg_norm(A, 1)": 1, "linalg_norm(A, -inf)": 1, "lstsq(A[:, :2], b)": 2, "cov(A)": 9, "corrcoef(A)": 9,
    "softmax(A, 1)": 9, "logsumexp(A)": 1, "sort(A, 1)": 9,
}  # fmt: skip


def draw() -> dict[str, Any]:
    generator = np.random.default_rng(SEED)
    return {"A": generator.normal(size=(3, 3)), "b": generator.normal(size=3)}


@pytest.mark.parametrize("text", REGULAR)
def test_all_entries_move(text: str) -> None:
    values, direction = draw(), np.random.default_rng(SEED + 1).normal(size=(3, 3))
    values = {name: value for name, value in values.items() if name in text}
    assert assert_on_ray(text, values, {"A": direction}) == REGULAR[text]


@pytest.mark.parametrize("text", REGULAR)
def test_one_entry_moves(text: str) -> None:
    values = {name: value for name, value in draw().items() if name in text}
    for side in (1, -1):
        direction = np.zeros((3, 3))
        direction[1, 0] = side
        assert_on_ray(text, values, {"A": direction})


SINGULAR = {
    "det(A)": 1, "inv(A)": 4, "solve(A, [1, 2])": 2, "pinv(A)": 4, "svdvals(A)": 2, "nuclear_norm(A)": 1,
    "cond(A)": 1, "log(abs(det(A)))": 1, "matrix_power(A, -1)": 4, "eigvalsh(A)": 2, "matrix_exp(A)": 4,
}  # fmt: skip


@pytest.mark.parametrize("text", SINGULAR)
def test_a_matrix_without_an_inverse_at_the_point(text: str) -> None:
    moved = assert_on_ray(text, {"A": [[1, 2], [2, 4]]}, {"A": [[1, 0], [0.5, 3]]})
    assert moved == SINGULAR[text]


def test_a_pole_of_the_inverse() -> None:
    (first, *_), *_ = series("inv(A)", {"A": [[1, 2], [2, 4]]}, {"A": [[1, 0], [0, 0]]})
    assert coefficient(first, -1) == 1


def test_a_matrix_that_stays_singular() -> None:
    values, direction = {"x": [1, 2], "y": [3, 5]}, {"x": [1, -1]}
    assert float(series("det(outer(x, y))", values, direction)[()]) == 0
    assert type(series("inv(outer(x, y))", values, direction)[0, 0]) is Undefined
    assert type(series("cholesky(outer(x, x))", {"x": [1, 2]}, direction)[0, 0]) is Undefined


def test_a_root_of_a_pivot() -> None:
    assert assert_on_ray("cholesky(A)", {"A": [[1, 2], [2, 4]]}, {"A": [[0, 0], [0, 1]]}) == 1
    assert type(series("cholesky(A)", {"A": [[1, 2], [2, 4]]}, {"A": [[0, 0], [0, -1]]})[0, 0]) is Undefined


def test_an_exponential_of_roots_of_t() -> None:
    assert assert_on_ray("matrix_exp(sqrt(A))", {"A": [[0, 1], [0, 0]]}, {"A": [[1, 0], [2, 0]]}) == 4


# -- eigenvalues and singular values that meet


MEETING = {
    "split at once": ([[2, 0, 0], [0, 2, 0], [0, 0, 1]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]], [0, -1, 1]),
    "of a multiple of I": ([[2, 0], [0, 2]], [[1, 2], [2, -1]], [-sqrt(5), sqrt(5)]),
    "of nothing": ([[0, 0], [0, 0]], [[1, 2], [2, -1]], [-sqrt(5), sqrt(5)]),
    "one stays": ([[2, 0, 0], [0, 2, 0], [0, 0, 1]], [[1, 1, 1], [1, 1, 1], [1, 1, 1]], [1, 0, 2]),
    "not along the axes": ([[3, 1, 1], [1, 3, 1], [1, 1, 3]], [[1, 0, 0], [0, 0, 0], [0, 0, 0]], [0, 2 / 3, 1 / 3]),
}


@pytest.mark.parametrize("name", MEETING)
def test_eigenvalues_that_meet(name: str) -> None:
    a, direction, slopes = MEETING[name]
    found = series("eigvalsh(A)", {"A": a}, {"A": direction})
    assert [coefficient(v, 1) for v in found] == pytest.approx(slopes, abs=1e-15)
    assert_on_ray("eigvalsh(A)", {"A": a}, {"A": direction})
    assert_on_ray("eigvalsh(A)", {"A": a}, {"A": -np.array(direction)})
    for text in ("nuclear_norm(A)", "spectral_norm(A)", "linalg_norm(A, -2)"):
        assert_on_ray(text, {"A": a}, {"A": direction})


def test_eigenvalues_that_split_in_the_second_power() -> None:
    """diag(2, 2, 1) with a coupling of t to 1: 2 + t**2, 2, 1 - t**2."""
    found = series("eigvalsh(A)", {"A": np.diag([2, 2, 1])}, {"A": [[0, 0, 1], [0, 0, 0], [1, 0, 0]]})
    assert [coefficient(v, 2) for v in found] == [-1, 0, 1]


def test_balls_that_cannot_tell_whether_eigenvalues_meet() -> None:
    """Values and slopes are known to within their enclosures, the next power is not."""
    values, direction = {"A": np.eye(2)}, {"A": [[1, 2], [2, 5]]}
    low, high = series("eigvalsh(A*sqrt(2))", values, direction)
    assert float(low.value.mid()) == float(high.value.mid()) == sqrt(2)
    assert low.order == high.order == 1
    assert_on_ray("eigvalsh(A*sqrt(2))", values, direction)


@pytest.mark.parametrize("a", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_singular_values_of_zero(a: tuple[int, int]) -> None:
    """The nuclear norm of a matrix whose rank grows has the slope of the new singular value's size."""
    direction = np.array([[0, 0], [0, -3.0], [0, 4]]) if a[0] else np.array([[3.0, 0], [0, 0], [0, 4]])
    values = {"A": [[a[0], 0], [0, a[1]], [0, 0]]}
    assert_on_ray("svdvals(A)", values, {"A": direction})
    assert_on_ray("nuclear_norm(A)", values, {"A": direction})


def test_a_singular_value_that_stays_zero() -> None:
    found = series("svdvals(outer(x, y))", {"x": [1, 2], "y": [3, 4.7]}, {"x": [1, 0.3]}, bits=512)
    assert found[1].value == 0
    assert type(found[1]) is Ball
    assert coefficient(found[0], 1) == pytest.approx(1.6 / sqrt(5) * np.hypot(3, 4.7))


def test_what_moves_an_eigenvalue_in_another_variable() -> None:
    """Beside a step in A the slope in y is that of the eigenvectors that the step chooses."""
    text = "grad(eigvalsh(A + y*[[0, 1], [1, 0]])[1], y)"
    assert float(series(text, {"A": np.eye(2), "y": 0}, {"A": [[1, 0], [0, -1]]})[()].value) == 0
    assert float(series(text, {"A": np.eye(2), "y": 0}, {"A": [[0, 1], [1, 0]]})[()].value) == 1
    assert float(series(text, {"A": np.eye(2), "y": 0}, {"A": [[1, 1], [1, -1]]})[()].value) == pytest.approx(sqrt(0.5))


# -- what is endless, and orders


def test_sums_of_exponentials_without_an_end() -> None:
    found = series("logsumexp([1/x, 2, 3])", {"x": 0}, {"x": 1})[()]
    assert coefficient(found, -1) == 1
    assert coefficient(series("logsumexp([-1/x, 2])", {"x": 0}, {"x": 1})[()]) == pytest.approx(2)
    assert [float(v.value) for v in series("softmax([1/x, 2, 3])", {"x": 0}, {"x": 1})] == [1, 0, 0]
    assert_on_ray("logsumexp(x)", {"x": [1e5, -1e5, 3]}, {"x": [1, 1, 0]})


@pytest.mark.parametrize("order", [1, -1, 2, -2, inf, -inf, "'nuc'", "'fro'"])
def test_norms_of_matrices_at_kinks(order: Any) -> None:
    for direction in ([[1, 0], [0, 0]], [[-1, 2], [0, 0]]):
        assert_on_ray(f"matrix_norm(A, {order})", {"A": np.ones((2, 2))}, {"A": direction})


def test_a_wrong_power_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = spectra.SeriesSpectra._carried
    monkeypatch.setattr(
        spectra.SeriesSpectra, "_carried", lambda self, a, b, c, d: right(self, a, b, c, d) * Ball(arb(2))
    )
    with pytest.raises(AssertionError):
        assert_on_ray("eigvalsh(A)", {"A": [[2, 1], [1, 3]]}, {"A": [[1, 0], [0, 0]]})


def test_a_series_is_what_is_found() -> None:
    assert type(series("det(A)", {"A": np.eye(2)}, {"A": np.eye(2)})[()]) is Series
