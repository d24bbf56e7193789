"""Products, determinants, inverses and factors in balls: rules of every order, and what is certainly singular."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from balls.quotients import encloses, quotients, slopes, value
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls import elimination, products
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.exact import SPREAD, exact_matrix
from gradcli.meaning.balls.sweep import adjoints

_DRAW = np.random.default_rng(11)
A = _DRAW.integers(-9, 9, (3, 3)) / 8.0
B = _DRAW.integers(-9, 9, (3, 2)) / 8.0
S = A @ A.T + np.eye(3)
HILBERT = 1.0 / np.add.outer(np.arange(8), np.arange(1, 9))
GRADED = np.array([[1e200, 3.0, 0.0], [2.0, 1e-200, 1.0], [0.0, 5.0, 1e-100]])

RULES = [
    ("sum((x@b)**3)", A, B),
    ("sum(x@b[:, 0]) ** 3", A, B),
    ("sum((b.T@x)**2 @ x)", A, B),
    ("sum((stack([x, 2*x]) @ b)**3)", A, B),
    ("sum(einsum('ij,jk,ki->k', x, x, x))", A, B),
    ("sum(kron(x, b)**2)", A, B),
    ("dot(cross(x[0], x[1]), x[2])**2", A, B),
    ("det(x)", A, B),
    ("det(x)", HILBERT[:4, :4], B),
    ("logdet(x)", S, B),
    ("slogdet(x)[1]", A, B),
    ("sum(inv(x)**2)", A, B),
    ("sum(adjugate(x)**2)", A, B),
    ("sum(adjugate(x)**2)", np.outer(A[0], A[1]), B),
    ("sum(solve(x, b)**2)", A, B),
    ("sum(solve_triangular(x, b, True))", S, B),
    ("sum(cholesky(x)**3)", S, B),
    ("sum(pinv(x[:, :2])**2)", A, B),
    ("sum(pinv(x[:2])**2)", A, B),
    ("sum(matrix_power(x, 5))", A, B),
    ("sum(matrix_power(x, -2))", A, B),
    ("sum(cov(x)**2)", A, B),
    ("sum(cdist(x, b.T @ x)**3)", A, B),
    ("logsumexp(x)", A, B),
    ("sum(softmax(x, 1)**2)", A, B),
    ("prod(x)", A, B),
    ("sum(cumprod(x, 1)**2)", A, B),
]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("text", "x", "b"), RULES, ids=[f"{text} {len(x)}" for text, x, _ in RULES])
def test_slopes_are_those_of_difference_quotients(text: str, x: np.ndarray, b: np.ndarray, order: int) -> None:
    values = {"x": x, "b": b} if "b" in text else {"x": x}
    expected = quotients(text, values, order)
    for ball, number in zip(slopes(text, values, order).ravel(), expected, strict=True):
        assert encloses(ball, number), (ball, float(number))


@pytest.mark.parametrize(
    ("owner", "name", "text"),
    [
        (products.BallProducts, "_pull", "sum((x@b)**3)"),
        (elimination.BallElimination, "_pull_det", "det(x)"),
        (elimination.BallElimination, "_pull_cholesky", "sum(cholesky(x)**3)"),
    ],
)
def test_a_wrong_rule_is_seen(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, text: str) -> None:
    right = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *a: tuple(part * Ball(arb(1.0000001)) for part in right(*a)))
    values = {"x": S, "b": B} if "b" in text else {"x": S}
    found = slopes(text, values).ravel()
    assert not all(encloses(ball, number) for ball, number in zip(found, quotients(text, values), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "sum(grad(logdet(x), x)**2)",
        "sum(grad(sum(inv(x)), x))",
        "sum(grad(sum(cholesky(x)), x)**2)",
        "sum(grad(det(x), x)**2)",
        "sum(grad(sum(matrix_exp(x)), x))",
        "sum(grad(sum((x@x)**2), x))",
    ],
)
def test_derivatives_inside_formulas_go_through_whole_steps(text: str) -> None:
    """An operator's derivative is accumulated forward, and differentiated once more."""
    x = S[:2, :2]
    for ball, number in zip(slopes(text, {"x": x}).ravel(), quotients(text, {"x": x}), strict=True):
        assert encloses(ball, number, 1e-12), (text, ball, float(number))


def test_a_wrong_forward_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = elimination.BallElimination._push_det
    monkeypatch.setattr(elimination.BallElimination, "_push_det", lambda *a: right(*a) * Ball(arb(1.0000001)))
    text, x = "sum(grad(det(x), x)**2)", S[:2, :2]
    found = slopes(text, {"x": x}).ravel()
    assert not all(encloses(b, n, 1e-12) for b, n in zip(found, quotients(text, {"x": x}), strict=True))


# -- what is certainly singular, what cannot be told


@pytest.mark.parametrize("n", [2, 3, 6])
def test_the_determinant_of_a_singular_matrix_is_0_and_its_slopes_are_the_cofactors(n: int) -> None:
    x = np.outer(np.arange(1, n + 1), np.arange(1, n + 1)) * 0.1
    x[n - 1] = x[0] + x[1] if n > 2 else x[0] * 2
    whole = np.round(x * 10)
    assert value("det(x)", {"x": whole})[()].value.is_zero()
    cofactors = [
        (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(whole, i, 0), j, 1)) for i in range(n) for j in range(n)
    ]
    found = slopes("det(x)", {"x": whole}).ravel()
    assert all(abs(float(ball.value) - c) < 1e-9 for ball, c in zip(found, cofactors, strict=True))
    assert all(ball.value.is_exact() for ball in found)


def test_floats_that_only_look_singular_are_not() -> None:
    """0.1 + 0.2 is not 0.3: the determinant is 0.1 * 2**-54, and is exact."""
    x = np.array([[0.1, 0.1], [0.3, 0.1 + 0.2]])
    det = value("det(x)", {"x": x})[()].value
    assert det.is_exact()
    assert float(det) == 0.1 * 2.0**-54
    assert all(type(ball) is Ball and ball.value.is_finite() for ball in value("inv(x)", {"x": x}).ravel())


@pytest.mark.parametrize("text", ["inv(x)", "solve(x, [1, 2])", "matrix_power(x, -1)"])
def test_a_singular_matrix_has_certainly_no_inverse(text: str) -> None:
    found = value(text, {"x": [[1.0, 2.0], [2.0, 4.0]]}).ravel()
    assert {entry.why for entry in found} == {"the inverse of a singular matrix"}


def test_a_pivot_that_cannot_be_told_from_0_is_no_singular_matrix() -> None:
    """sqrt(2)**2 - 2 is 0, but balls cannot show it; 2**-300 next to 1 wants more bits."""
    for entry in value("inv([[sqrt(x)**2 - x, 0], [0, 1]])", {"x": 2.0}).ravel():
        assert type(entry) is Ball
    tiny = "inv([[1, 1], [1, 1 + x/sqrt(2)]])[0, 0]"
    assert not value(tiny, {"x": 2.0**-300})[()].value.is_finite()
    assert value(tiny, {"x": 2.0**-300}, bits=512)[()].value.is_finite()


def test_hilbert_and_graded_matrices_are_inverted_with_few_bits() -> None:
    """By whole numbers where elimination in balls has lost all bits."""
    for x in (HILBERT, GRADED):
        for text in ("det(x)", "sum(inv(x))"):
            wide, narrow = value(text, {"x": x}, 128)[()].value, value(text, {"x": x}, 8192)[()].value
            assert wide.contains(narrow)
            assert wide.rel_accuracy_bits() > 40


def test_what_is_not_positive_definite_has_no_cholesky_factor() -> None:
    for x in ([[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]]):
        found = value("cholesky(x)", {"x": x}).ravel()
        assert {entry.why for entry in found} == {"the Cholesky factor of a matrix that is not positive definite"}
    nearly = np.array([[1.0, 1.0], [1.0, 1.0 + 2.0**-52]])
    assert value("cholesky(x)", {"x": nearly})[1, 1].value.overlaps(arb(2.0**-26))
    assert value("cholesky([[1, 1], [1, x]])[1, 1]", {"x": 1.0})[()].why
    untold = value("cholesky([[1, 1], [1, sqrt(x)**2 - 1]])", {"x": 2.0})
    assert all(entry.value.is_nan() for entry in untold.ravel())  # not 1 above a row that may not be


def test_pseudo_inverses_are_for_full_rank_which_is_decided_exactly() -> None:
    with pytest.raises(LimitError, match="full rank"):
        value("pinv(x)", {"x": [[0.1, 0.2], [0.2, 0.4], [0.3, 0.6]]})
    with pytest.raises(LimitError, match="in floats too"):
        value("pinv(x)", {"x": [[1.0, 0.0], [0.0, 1e-30], [0.0, 0.0]]})
    assert value("sum(pinv(x))", {"x": [[0.1, 0.2], [0.2, 0.5], [0.3, 0.6]]})[()].value.is_finite()


@pytest.mark.parametrize("power", [1, 2, 3])
def test_powers_of_a_ball_around_0(power: int) -> None:
    """1/3 - 1/3 in balls, as in residuals, is around 0."""
    found = value(f"(1/x - 1/x)**{power}", {"x": 3.0})[()].value
    assert found.contains(0)
    assert float(found.rad()) < 1e-36


# -- undefined entries, exactness, inclusion


def test_an_undefined_entry_spoils_its_row_alone() -> None:
    found = value("[[1, 2], [log(-x), 1]] @ [[1, x], [x, 1]]", {"x": 3.0})
    assert [type(v) for v in found.ravel()] == [Ball, Ball, Undefined, Undefined]
    assert float(found[0, 1].value) == 5
    found = value("[[1, 2], [x, 1]] @ [[1, log(-x)], [x, 1]]", {"x": 3.0})
    assert [type(v) for v in found.ravel()] == [Ball, Undefined, Ball, Undefined]
    text = "dot(([[1, 2], [log(-y), 1]] @ [x, x**2])[:1], [1])"
    assert float(slopes(text, {"x": np.array(3.0), "y": 1.0})[()].value) == 13


def test_a_kink_has_no_say_in_products_that_are_not_asked_for() -> None:
    """The second row of abs(x) enters the second entry alone; the first row's entries enter the first with a 0."""
    for text in ("dot((abs(x) @ [1, 2])[:1], [1])", "einsum('ij,j->i', abs(x), [1, 2])[0]"):
        found = slopes(text, {"x": np.array([[1.0, -1.0], [0.0, 3.0]])})
        assert [float(v.value) for v in found.ravel()] == [1, -2, 0, 0]
    found = slopes("([1, 2] @ abs(x))[0]", {"x": np.array([[1.0, 0.0], [-3.0, 0.0]])})
    assert [float(v.value) for v in found.ravel()] == [1, 0, -2, 0]
    assert type(slopes("(abs(x) @ [1, 0])[0]", {"x": np.array([[1.0, 0.0]])})[0, 1]) is Undefined


def test_rows_on_which_nothing_depends_do_not_spoil_the_next_derivative() -> None:
    assert [float(v.value) for v in slopes("(x @ x)[0, 1]", {"x": np.array([[1.0, 2.0], [3.0, 4.0]])}, 2).ravel()] == [
        float(v) for v in quotients("(x @ x)[0, 1]", {"x": np.array([[1.0, 2.0], [3.0, 4.0]])}, 2)
    ]


def test_einsum_is_numpys() -> None:
    draw = np.random.default_rng(2)
    for spec, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 4)), ("ii->i", (3, 3)), ("ii->", (3, 3)), ("ij->ji", (2, 3)), ("ij,ij->", (2, 3), (2, 3)),
        ("i,j->ij", (2,), (3,)), ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)), ("ij,jk,kl->", (2, 3), (3, 4), (4, 2)),
        ("iji,jk->k", (2, 3, 2), (3, 4)), ("i,i,i->i", (3,), (3,), (3,)), ("i,->i", (3,), ()), ("ij,k->k", (2, 3), (2,)),
        ("iii->", (2, 2, 2)), ("ij,jk->ik", (2, 0), (0, 3)), ("i,i->i", (0,), (0,)), ("ij->j", (0, 2)),
    ]:  # fmt: skip
        operands = [draw.integers(-4, 5, shape) * 1.0 for shape in shapes]
        names = "abc"[: len(shapes)]
        found = value(f"einsum('{spec}', {', '.join(names)})", dict(zip(names, operands, strict=True)))
        expected = np.einsum(spec, *operands)
        assert found.shape == expected.shape, spec
        assert [float(v.value) for v in found.ravel()] == list(expected.ravel()), spec


def test_products_of_every_rank_have_their_shapes() -> None:
    draw = np.random.default_rng(5)
    for left, right in [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((4, 1, 2, 3), (5, 3, 2)),
        ((4, 2, 3), (3,)),
        ((3,), (4, 3, 2)),
        ((2, 0), (0, 3)),
        ((0, 2), (2, 3)),
    ]:
        a, b = draw.integers(-5, 5, left) * 1.0, draw.integers(-5, 5, right) * 1.0
        found = value("a@b", {"a": a, "b": b})
        assert found.shape == (a @ b).shape
        assert np.array_equal(np.vectorize(lambda v: float(v.value), otypes=[float])(found), a @ b)


def test_wide_balls_contain_the_narrow_ones() -> None:
    for text, x in [("sum(inv(x)**2)", A), ("det(x)", HILBERT), ("logdet(x)", S), ("sum(matrix_exp(x))", A)]:
        for wide, narrow in zip(
            slopes(text, {"x": x}, 1, 128).ravel(), slopes(text, {"x": x}, 1, 1024).ravel(), strict=True
        ):
            assert wide.value.contains(narrow.value)


def test_large_exponentials_need_no_more_bits() -> None:
    assert slopes("logsumexp(x)", {"x": [1e8, 1e8]})[0].value.rel_accuracy_bits() > 100
    assert value("softmax(x)[0]", {"x": [1e300, 1e300]})[()].value.overlaps(arb(0.5))
    assert value("logsumexp(x)", {"x": [-1e300]})[()].value.overlaps(arb(-1e300))


def test_the_size_of_terms_that_cancel_in_a_product() -> None:
    with precision(128):
        arithmetic = Balls()
        x = arithmetic.variables(np.array([1.0]))
        big = arithmetic.matmul(arithmetic.exact(np.array([[1e10, -1e10]])), np.array([x[0], x[0]], dtype=object))
        leaves = adjoints([(big[0], Ball(arb(1)))], absolute=True)
        assert float(leaves[x[0].serial].value) == 2e10


def test_integers_are_not_made_of_numbers_that_would_fill_the_memory() -> None:
    def matrix(exponent: int) -> np.ndarray:
        return np.array([[Ball(arb(2) ** exponent), Ball(arb(1))]], dtype=object)

    assert exact_matrix(matrix(SPREAD - 1)) is not None
    assert exact_matrix(matrix(SPREAD + 1)) is None
    assert exact_matrix(np.array([[Ball(arb(2).sqrt())]], dtype=object)) is None
