"""Eigenvalues, singular values and exponentials in balls: certified, with slopes where these are certain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from balls.quotients import encloses, quotients, slopes, value
from flint import arb, arb_mat
from oracles.precise import Precise

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls import decomposition, spectra
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.decomposition import decompose

_DRAW = np.random.default_rng(7)
A = _DRAW.integers(-9, 9, (3, 3)) / 8.0
REAL = np.array([[1.5, 0.25], [0.5, 3.0]])
TALL = _DRAW.integers(-9, 9, (4, 2)) / 8.0
S = A + A.T
TWICE = np.diag([2.0, 2.0, 1.0])
RANK_ONE = np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
HILBERT = 1.0 / np.add.outer(np.arange(8), np.arange(1, 9))
GRADED = np.array([[1e200, 1.0, 0.0], [1.0, 1.0, 1e-100], [0.0, 1e-100, 1e-200]])

RULES = [
    ("eigvalsh(x)[0]", S),
    ("sum(eigvalsh(x)**3)", S),
    ("sum(sin(eigvalsh(x)) * [1, 2, 3])", S),
    ("sum(eigvecsh(x)**3)", S),
    ("svdvals(x)[0]", A),
    ("sum(svdvecs(x) * [1, 2])", TALL),
    ("sum(svdvecs(x) * [1, 2])", TALL.T),
    ("sum(svdvals(x) * [1, 2])", TALL),
    ("sum(svdvals(x) * [1, 2])", TALL.T),
    ("nuclear_norm(x)", A),
    ("spectral_norm(x)", TALL),
    ("cond(x)", A),
    ("matrix_norm(x, -2)", A),
    ("sum(matrix_exp(x)**2)", A),
    ("trace(matrix_exp(matrix_exp(x)))", A / 4),
    ("sum(eigvals(x) * [1, 2])", REAL),
    ("sum(eigvecs(x)**3)", REAL),
    ("sum(sqrtm(x) * [1, 2])", REAL),
    ("sum(logm(x) * [1, 2])", REAL),
    ("sum(qr_q(x) * [1, 2])", TALL),
    ("sum(qr_r(x) * [1, 2, 3, 4])", TALL.T),
    ("sum(solve_sylvester(x, x, x @ [[1, 2], [0, 1]]) * [1, 2])", REAL),
]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("text", "x"), RULES, ids=[f"{text} {x.shape}" for text, x in RULES])
def test_slopes_are_those_of_difference_quotients(text: str, x: np.ndarray, order: int) -> None:
    expected = quotients(text, {"x": x}, order)
    for ball, number in zip(slopes(text, {"x": x}, order).ravel(), expected, strict=True):
        assert encloses(ball, number), (ball, float(number))


@pytest.mark.parametrize(
    ("name", "text"), [("_weighted", "eigvalsh(x)[0]"), ("_along_exponential", "sum(matrix_exp(x)**2)")]
)
def test_a_wrong_rule_is_seen(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    right = getattr(spectra.BallSpectra, name)
    monkeypatch.setattr(spectra.BallSpectra, name, lambda *a: right(*a) * Ball(arb(1.0000001)))
    found = slopes(text, {"x": S}).ravel()
    assert not all(encloses(ball, number) for ball, number in zip(found, quotients(text, {"x": S}), strict=True))


@pytest.mark.parametrize("text", ["grad(eigvalsh(x)[0], x)[0, 0]", "sum(grad(nuclear_norm(x), x)**2)"])
def test_derivatives_inside_formulas(text: str) -> None:
    x = S[:2, :2]
    for ball, number in zip(slopes(text, {"x": x}).ravel(), quotients(text, {"x": x}), strict=True):
        assert encloses(ball, number, 1e-12), (text, ball, float(number))


# -- enclosures of values


def _precise(name: str, x: np.ndarray, digits: int) -> list[Any]:  # Any: mpmath numbers
    arithmetic = Precise(digits)
    return list(getattr(arithmetic, name)(arithmetic.exact(x)))


MATRICES = {"twice": TWICE, "rank one": RANK_ONE, "hilbert": HILBERT, "graded": GRADED, "zero": np.zeros((3, 3)),
            "ones": np.ones((4, 4)), "near": np.diag([1.0, 1.0 + 2.0**-52, 3.0]), "identity": np.eye(5)}  # fmt: skip


@pytest.mark.parametrize("bits", [128, 512, 2048])
@pytest.mark.parametrize("name", ["eigvalsh", "svdvals"])
@pytest.mark.parametrize("x", MATRICES.values(), ids=MATRICES)
def test_enclosures_hold_the_numbers_of_many_digits(x: np.ndarray, name: str, bits: int) -> None:
    """To within the last digits of mpmath's own algorithm, which are relative to the largest number."""
    with precision(6000):
        near = [arb(str(v)) for v in _precise(name, x, 1500)]
        slack = arb(0, 1) * max(abs(v) for v in near) * arb(10) ** -700
        for ball, number in zip(value(f"{name}(x)", {"x": x}, bits), near, strict=True):
            assert ball.value.overlaps(number + slack), (ball, number)


def test_rational_eigenvalues_are_exact_and_multiple_ones_enclosed() -> None:
    exact = [float(ball.value) for ball in value("eigvalsh(x)", {"x": TWICE}) if ball.value.is_exact()]
    assert exact == [1, 2, 2]
    assert [float(b.value) for b in value("eigvalsh(x)", {"x": RANK_ONE}) if b.value.is_exact()] == [0, 0, 14]
    values = value("svdvals(x)", {"x": RANK_ONE})
    assert [bool(ball.value.is_zero()) for ball in values] == [False, True, True]


def test_wide_balls_contain_the_narrow_ones() -> None:
    for text, x in [(text, x) for text, x in RULES if len(x) == 3] + [("eigvalsh(x)[3]", HILBERT)]:
        for order in (1, 2):
            pairs = (slopes(text, {"x": x}, order, bits).ravel() for bits in (128, 1024))
            for wide, narrow in zip(*pairs, strict=True):
                assert wide.value.contains(narrow.value)


_TURN = arb_mat([[1, 2.0**-20, 0], [-(2.0**-20), 1, 0], [0, 0, 1]])  # orthogonal to within 2**-40
_STRETCH = arb_mat(np.diag([1.0 + 2.0**-20, 1.0, 1.0 - 2.0**-20]).tolist())


@pytest.mark.parametrize(
    ("change", "bound", "without"),
    [
        (_TURN, "_discs", lambda near: sorted([near[i, i] for i in range(3)], key=float)),
        (_STRETCH, "_norm", lambda _: arb(0)),
    ],
    ids=["turned", "stretched"],
)
def test_the_bounds_hold_for_a_poor_approximation(
    monkeypatch: pytest.MonkeyPatch, change: arb_mat, bound: str, without: Any
) -> None:
    """Vectors that are off give wide balls, which hold what better ones give; a bound left out is seen."""
    with precision(128):
        matrix = arb_mat(S.tolist())
        fine = decompose(matrix, None)
        right = decomposition._approximate
        monkeypatch.setattr(decomposition, "_approximate", lambda m: (right(m) * change).mid())
        poor = decompose(matrix, None)
        assert all(p.contains(f) and float(p.rad()) > 1e-14 for p, f in zip(poor.values, fine.values, strict=True))
        for k in range(3):
            pairs = list(zip(poor.vector(k), fine.vector(k), strict=True))
            assert all(p.contains(f) for p, f in pairs)
        monkeypatch.setattr(decomposition, bound, without)
        assert not all(p.contains(f) for p, f in zip(decompose(matrix, None).values, fine.values, strict=True))


# -- eigenvalues that meet


def test_single_eigenvalues_that_meet_have_no_slopes() -> None:
    found = slopes("eigvalsh(x)[1]", {"x": TWICE})
    assert {v.why for v in found.ravel() if type(v) is Undefined} == {"eigenvalues meet"}
    assert all(type(v) is Ball for v in slopes("eigvalsh(x)[0]", {"x": TWICE}).ravel())


def test_eigenvalues_are_told_apart_however_near_and_however_large() -> None:
    """Nearer than floats can tell, in another order than ascending, and beyond the range of floats."""
    text = "eigvalsh(diag([3, 1 + x**2, 1, 1 + x**3]))"
    found = value(text, {"x": 2.0**-20}, 256)
    assert [float(v.value - 1) for v in found] == [0, 2.0**-60, 2.0**-40, 2]
    found = slopes(f"({text})[1]", {"x": np.array(2.0**-20)}, 1, 256)
    assert found[()].value.overlaps(arb(3) * arb(2) ** -40)
    assert found[()].value.rel_accuracy_bits() > 100
    found = slopes("eigvalsh(x*x*[[1, 2], [2, 5]])[1]", {"x": np.array(1e250)})
    assert found[()].value.rel_accuracy_bits() > 100


def test_near_eigenvalues_want_more_bits() -> None:
    x = np.array([[1.0, 2.0**-200], [2.0**-200, 1.0]])
    few, many = (slopes("eigvalsh(x)[0]", {"x": x}, 1, bits) for bits in (128, 2048))
    assert not few[0, 0].value.is_finite()
    assert float(many[0, 0].value) == 0.5


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("sum(eigvalsh(x))", TWICE, np.eye(3)),
        ("sum(eigvalsh(x)[1:])", TWICE, np.diag([1.0, 1.0, 0.0])),
        ("sum(eigvalsh(x)**2)", TWICE, 2 * TWICE),
        ("sum(eigvalsh(x)**2)", RANK_ONE, 2 * np.tril(RANK_ONE) + 2 * np.tril(RANK_ONE, -1)),
        ("nuclear_norm(x)", np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)),
        ("nuclear_norm(x)", 3 * np.eye(3), np.eye(3)),
        ("sum(svdvals(x)**2)", RANK_ONE, 2 * RANK_ONE),
        ("spectral_norm(x)", RANK_ONE, RANK_ONE / 14),
    ],
)
def test_what_weighs_them_equally_has_slopes(text: str, x: np.ndarray, expected: np.ndarray) -> None:
    for ball, number in zip(slopes(text, {"x": x}).ravel(), expected.ravel(), strict=True):
        assert abs(float(ball.value) - number) < 1e-14, (ball, number)
        assert float(ball.value.rad()) < 1e-15


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("sum(eigvalsh(x)[1:])", TWICE),
        ("sum(eigvalsh(x)[:2])**2", np.array([[5.0, 2.0, 2.0], [2.0, 2.0, 1.0], [2.0, 1.0, 2.0]])),
        ("sum(eigvalsh(x)[:2])", np.diag([1.0, 2.0, 1.0])),
        ("nuclear_norm(x)", 3 * np.eye(3)),
        ("nuclear_norm(x)", np.array([[1.0, 1.0], [1.0, -1.0], [0.0, 0.0]])),
        ("nuclear_norm(x)", np.diag([2.0, 2.0, 1.0])),
        ("exp(nuclear_norm(x)/8)", np.diag([2.0, 2.0, 1.0])),
    ],
)
def test_second_derivatives_of_what_weighs_them_equally(text: str, x: np.ndarray) -> None:
    """torch's are nan here; the third ones cannot be told."""
    for ball, number in zip(slopes(text, {"x": x}, 2).ravel(), quotients(text, {"x": x}, 2), strict=True):
        assert encloses(ball, number), (ball, float(number))
    assert any(not v.value.is_finite() for v in slopes(text, {"x": x}, 3).ravel())


def test_second_derivatives_where_eigenvalues_meet_are_not_0_by_oversight() -> None:
    """sum(lambda**2) has the Hessian 2; that balls cannot tell it here is said as a nan."""
    assert all(v.value.is_zero() for v in slopes("sum(eigvalsh(x))", {"x": TWICE}, 2).ravel())
    assert slopes("sum(eigvalsh(x)**2)", {"x": TWICE}, 2)[0, 0].value.is_nan()


def test_what_does_not_look_at_a_singular_value_of_0_has_a_slope() -> None:
    for x in (RANK_ONE, np.diag([2.0, 1.0, 0.0])):
        first = slopes("sum(svdvals(x)**2)", {"x": x})
        assert all(ball.value.overlaps(arb(2 * v)) for ball, v in zip(first.ravel(), x.ravel(), strict=True))
        assert all(v.value.is_nan() for v in slopes("sum(svdvals(x)**2)", {"x": x}, 2).ravel())


def test_a_singular_value_of_0_is_a_kink() -> None:
    found = slopes("nuclear_norm(x)", {"x": RANK_ONE}).ravel()
    assert {v.why for v in found} == {"a singular value of 0, where it has a kink"}
    found = slopes("svdvals(x)[1]", {"x": [[1.0, 0.0], [0.0, 0.0]]}).ravel()
    assert all(type(v) is Undefined for v in found)


def test_exponentials_are_of_matrices_whose_squarings_are_paid_for() -> None:
    assert value("trace(matrix_exp(x))", {"x": [[-1e15, 1.0], [0.0, -1e15]]})[()].value.is_finite()
    with pytest.raises(LimitError, match=r"beyond 2\*\*64"):
        value("matrix_exp(x)", {"x": [[1e200, 1.0], [0.0, 1.0]]})


def test_undefined_entries_and_batches() -> None:
    assert [type(v) for v in value("eigvalsh([[log(-x), 0], [0, 1]])", {"x": 1.0})] == [Undefined] * 2
    batch = np.stack([S, TWICE, RANK_ONE])
    found = value("eigvalsh(x)", {"x": batch})
    assert found.shape == (3, 3)
    assert np.allclose(np.vectorize(lambda v: float(v.value))(found), np.linalg.eigvalsh(batch))
    assert value("svdvals(x)", {"x": np.zeros((2, 0))}).shape == (0,)
    for name, shape in (("eigvalsh", (0, 3)), ("matrix_exp", (0, 3, 3)), ("spectral_norm", (0,))):
        assert value(f"{name}(x)", {"x": np.zeros((0, 3, 3))}).shape == shape


@pytest.mark.parametrize(
    "x", [S, np.stack([S, HILBERT[:3, :3]]), np.array([[2.0, 1.0], [1.0, 2.0]]), np.diag([2.0, 3.0])]
)
def test_eigenvectors_are_orthonormal_and_their_signs_told(x: np.ndarray) -> None:
    found = np.vectorize(lambda v: float(v.value))(value("eigvecsh(x)", {"x": x}))
    assert np.allclose(x @ found, found * np.linalg.eigvalsh(x)[..., None, :], atol=1e-12)
    assert np.allclose(np.swapaxes(found, -1, -2) @ found, np.eye(x.shape[-1]), atol=1e-12)
    leading = np.abs(found) >= 0.99 * np.abs(found).max(-2, keepdims=True)
    assert (np.take_along_axis(found, leading.argmax(-2)[..., None, :], -2) > 0).all()


def test_singular_vectors_belong_to_the_singular_values() -> None:
    for x in (TALL, TALL.T):
        found = np.vectorize(lambda v: float(v.value))(value("svdvecs(x)", {"x": x}))
        assert np.allclose(np.linalg.norm(x @ found, axis=0), np.linalg.svd(x)[1])
        assert np.allclose(found.T @ found, np.eye(2))


def test_eigenvectors_of_eigenvalues_that_meet_are_none() -> None:
    found = value("eigvecsh(x)", {"x": TWICE})
    assert [type(v) for v in found[:, 0]] == [Ball] * 3
    assert {v.why for v in found[:, 1:].ravel()} == {"eigenvalues meet"}
