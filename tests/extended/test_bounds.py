"""Numbers of whole arrays lie within their bounds of what balls enclose: all rows that have a meaning there, random
points, values beside first and second derivatives; and no bound is given where a slope does not exist."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from extended.comparing import beyond, exactly, in_arrays

from gradcli.base.errors import LimitError
from gradcli.meaning.extended.number import Extended, summed
from gradcli.meaning.extended.products import matmul
from gradcli.meaning.extended.rounding import UNIT, in_doubles

SEED = 20_260_101

ENTRYWISE = (
    "exp(x)", "log(x)", "log1p(x)", "expm1(x)", "sqrt(x)", "sin(x)", "cos(x)", "tan(x)", "asin(x)", "acos(x)", "atan(x)", "sinh(x)",
    "cosh(x)", "tanh(x)", "asinh(x)", "acosh(x)", "atanh(x)", "abs(x)", "sign(x)*x", "floor(x)*x", "ceil(x)", "round(x)*x", "trunc(x)",
    "frac(x)", "relu(x)", "sigmoid(x)", "softplus(x)", "silu(x)", "elu(x)", "selu(x)", "celu(x)", "softsign(x)", "mish(x)", "tanhshrink(x)",
    "relu6(x)", "hardtanh(x)", "hardsigmoid(x)", "hardswish(x)", "softshrink(x)", "hardshrink(x)", "logsigmoid(x)", "cbrt(x)", "square(x)",
    "reciprocal(x)", "rsqrt(x)", "exp2(x)", "log2(x)", "log10(x)", "sec(x)", "csc(x)", "cot(x)", "asec(x)", "acsc(x)", "acot(x)", "sech(x)",
    "csch(x)", "coth(x)", "asech(x)", "acsch(x)", "acoth(x)", "deg2rad(x)", "sinc(x)", "logit(x)", "entr(x)", "log(x)**0", "x**2.5", "x**-3",
    "x**7", "abs(x)**0.3", "exp(sin(x)*3 - x*x)", "log(1 + exp(-x))*sqrt(x*x + 1)",
)  # fmt: skip
OF_TWO = (
    "x*y", "x/y", "x**y", "maximum(x, y)", "minimum(x, y)", "hypot(x, y)", "atan2(y, x)", "mod(x, y)", "fmod(x, y)", "xlogy(x, y)",
    "logaddexp(x, y)", "where(x < y, x*y, x - y)", "fmax(x, y)", "where(x > 0 and y > 0, x, y*y)", "where(x == y or x < 0, x, sin(y))",
    "clamp(x, -1, y)", "lerp(x, y, 0.3)", "1.1*x + pi*y + 1/3",
)  # fmt: skip
ARRAYS = (
    "A@A", "A@u", "u@A", "u@v", "A.T@B", "sum(A)", "sum(A, dim=0)", "mean(A**2, dim=1)", "prod(A)", "prod(A, dim=1)", "amax(A)",
    "amax(A, dim=0)", "min(A, dim=1)", "max(u, v, 0)", "var(A)", "std(A, dim=0)", "norm(A)", "norm(A, p=1)", "norm(u, 3)", "norm(A, p=inf)",
    "cumsum(u)", "cumsum(A, dim=1)", "softmax(A, dim=1)", "log_softmax(A)", "logsumexp(A)", "logsumexp(A, dim=0)", "dot(u, v)",
    "outer(u, v)", "kron(A, B)", "einsum('ij,jk->ik', A, B)", "einsum('i,ij,j->', u, A, v)", "einsum('ii->i', A)", "einsum('ij->j', A)",
    "einsum('ij,ij->i', A, A)", "trace(A)", "diag(u)", "diag(A)", "tril(A)", "A[1:, 0]", "A[::-1]", "u[None, :]*A", "reshape(A, 2, 8)",
    "stack([u, v])", "concat([u, v])", "flip(A)", "roll(u, 1)", "pad(u, (1, 2))", "A.T", "take(u, [0, 0, 2])", "tile(A, 2)",
    "repeat_interleave(u, 2)", "expand(u, 2, 4)", "diag_embed(u)", "block_diag(A, u)", "embedding([0, 2, 0], A)", "mse_loss(u, v)",
    "l1_loss(u, v)", "huber_loss(u, v)", "smooth_l1_loss(u, v)", "cross_entropy(A, [0, 1, 2, 3])", "kl_div(u, exp(v))",
    "binary_cross_entropy_with_logits(u, v)", "layer_norm(A)", "rms_norm(A)", "normalize(A)", "cosine_similarity(A, B@B.T)",
    "linear(u, A, v)", "cdist(A, A + 1)", "pairwise_distance(u, v)", "cov(A)", "tensordot(A, B, 1)", "multi_dot([A, A, u])",
    "addmm(A, A, A)", "cross(A[:, :3], B)", "trapezoid(u)", "interp(u, [0, 1, 2], [1, 2, 4])", "eye(4)@u", "arange(4)*u",
    "linspace(0, 1, 4)*u", "full((4,), u[0])", "one_hot([0, 2], 4)@u", "grad(sum(u**3), u)", "jacobian(u**2, u)", "laplacian(sum(u**4), u)",
    "hinge_loss(u, v)", "glu(u)", "scaled_dot_product_attention(A, A, B@B.T)", "logcumsumexp(u)", "sum(A@A@A)", "A*u + A/v[:, None]",
    "sum(sin(A@u))*sum(exp(u))", "count_nonzero(u)*u", "u**A", "mean(log1p(exp(-v*(A@u))))",
)  # fmt: skip


WIDTHS = pytest.mark.parametrize("width", [nullcontext, in_doubles])


@WIDTHS
@pytest.mark.parametrize("size", [1e-3, 1, 30])
@pytest.mark.parametrize("text", ENTRYWISE)
def test_entrywise_numbers_lie_within_their_bounds(text: str, size: float, width: Callable[[], Any]) -> None:
    x = np.random.default_rng(SEED).standard_normal(24) * size
    x[:3] = [0, 1, -1]
    with width():
        assert not list(beyond(text, 2, x=x)), SEED


@WIDTHS
@pytest.mark.parametrize("text", OF_TWO)
def test_of_two_numbers_too(text: str, width: Callable[[], Any]) -> None:
    x, y = np.random.default_rng(SEED).standard_normal((2, 30))
    x[:4], y[:4] = [0, 1, 0, 2], [1, 1, 0, 2]
    with width():
        assert not list(beyond(text, 2, x=x, y=y)), SEED


@WIDTHS
@pytest.mark.parametrize("text", ARRAYS)
def test_of_arrays_too(text: str, width: Callable[[], Any]) -> None:
    random = np.random.default_rng(SEED)
    shapes = {"A": (4, 4), "B": (4, 3), "u": (4,), "v": (4,)}
    given = {name: random.standard_normal(shape) for name, shape in shapes.items()}
    found = {name: values for name, values in given.items() if name in text.replace("'", " ")}
    with width():
        assert not list(beyond(text, 2, **found)), SEED


@pytest.mark.parametrize("text", ["x*y", "x/y", "x**3", "x**-3", "exp(-x)", "x*x*y*y", "exp(-exp(x))"])
def test_what_underflows_in_float64_is_within_its_bounds(text: str) -> None:
    sizes = 10.0 ** np.random.default_rng(SEED).uniform(-200, 2.9, (2, 40))
    with in_doubles():
        found = in_arrays(text, 1, x=sizes[0], y=sizes[1]) if "y" in text else in_arrays(text, 1, x=sizes[0])
        assert all(numbers.value.dtype == np.float64 for numbers in found)
        names = {"x": sizes[0], "y": sizes[1]} if "y" in text else {"x": sizes[0]}
        assert not list(beyond(text, 1, **names)), SEED


@pytest.mark.parametrize("text", ENTRYWISE)
def test_bounds_are_narrow_at_ordinary_points(text: str) -> None:
    x = np.array([0.3, 0.7]) if text not in {"acosh(x)", "asec(x)", "acsc(x)", "acoth(x)"} else np.array([1.3, 2.7])
    for numbers in in_arrays(text, x=x):
        assert (numbers.errors <= 1e-17 * (abs(numbers.value) + 1)).all()


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("abs(x)", 0.0), ("relu(x)", 0.0), ("sign(x)", 0.0), ("floor(x)", 2.0), ("round(x)", 2.5), ("x - trunc(x)", 1.0),
        ("sqrt(x)", 0.0), ("x**1.5", 0.0), ("x**0.5", 0.0), ("asin(x)", 1.0), ("acosh(x)", 1.0), ("maximum(x, 1)", 1.0),
        ("minimum(x, x**2)", 1.0), ("where(x > 1, x, x**2)", 1.0), ("where(x == 1, 2, x)", 1.0), ("clamp(x, 0, 1)", 1.0),
        ("mod(x, 1)", 3.0), ("relu(sin(x) - sin(x))", 1.0), ("atan2(0*x, -x)", 1.0), ("norm(x)", 0.0),
        ("xlogy(x, x)", 0.0), ("max(concat([x, x**2]))", 1.0), ("hardtanh(x)", -1.0), ("elu(x)", 0.0), ("1/x", 0.0),
    ],
)  # fmt: skip
def test_where_there_is_no_slope_nothing_is_told(text: str, point: float) -> None:
    _, slope = in_arrays(text, x=np.array([point]))
    assert not (np.isfinite(slope.errors) & np.isfinite(slope.value)).any()


def test_a_kink_leaves_other_entries_alone() -> None:
    _, slope = in_arrays("sum(abs(x))", x=np.array([1.0, 0.0, -2.0]))
    assert np.isfinite(slope.errors).tolist() == [True, False, True]
    assert (slope.value[0], slope.value[2]) == (1, -1)


@pytest.mark.parametrize(
    "text", ["where(x > 0, sqrt(x), 2*x)", "where(x > 0, log(x)*x, 2*x)", "where(x < 0, 2*x, x**1.5)"]
)
def test_a_branch_that_is_not_taken_spoils_nothing(text: str) -> None:
    """Its slope is no number there; first and second derivative."""
    found = in_arrays(text, 2, x=np.array([-1.0, 4.0, -0.5]))
    assert all(np.isfinite(numbers.errors).all() for numbers in found)
    assert found[1].value[[0, 2]].tolist() == [2, 2]
    assert not list(beyond(text, 2, x=np.array([-1.0, 4.0, -0.5])))


@pytest.mark.parametrize("text", ["sigmoid(x)", "log(1 + exp(x))", "tanh(x)", "1/cosh(x)", "x*exp(-x*x)"])
def test_numbers_beyond_float64_are_told(text: str) -> None:
    x = np.array([-800.0, 800.0, 3.0])
    assert not list(beyond(text, 2, x=x))
    value, slope = in_arrays(text, x=x)
    assert np.isfinite(value.errors).all()
    assert np.isfinite(slope.errors).all()
    assert (slope.errors <= 1e-15 * abs(slope.value) + 1e-290).all()


def test_structural_zeros_are_exact() -> None:
    _, slope = in_arrays("sum(relu(x)*3 + where(x > 1, exp(x), 2))", x=np.array([-1.0, -3.0]))
    assert not slope.value.any()
    assert not slope.errors.any()


@pytest.mark.parametrize("scale", [0, 40])
def test_products_by_pieces_lie_within_their_bounds(scale: int) -> None:
    """40: factors of sizes from 2**-40 to 2**40 side by side."""
    random = np.random.default_rng(SEED)
    a, b = (random.standard_normal((60, 60)) * 2.0 ** random.integers(-scale, scale + 1, (60, 60)) for _ in range(2))
    found = matmul(Extended(a), Extended(b))
    for i in range(0, 60, 7):
        for j in range(0, 60, 11):
            true = sum(exactly(x) * exactly(y) for x, y in zip(a[i], b[:, j], strict=True))
            assert abs(exactly(found.value[i, j]) - true) <= float(found.errors[i, j])
            assert found.errors[i, j] <= 20 * UNIT * (abs(a[i]) @ abs(b[:, j])) or scale


def test_a_long_sum_lies_within_its_bound() -> None:
    numbers = np.random.default_rng(SEED).standard_normal(100_003)
    found = summed(Extended(numbers), None, False)
    assert abs(exactly(found.value[()]) - sum(map(exactly, numbers))) <= float(found.errors[()])
    assert float(found.errors[()]) <= 50 * UNIT * float(abs(numbers).sum())


def test_what_whole_arrays_lack_is_refused_with_its_name() -> None:
    with pytest.raises(LimitError, match="lgamma"):
        in_arrays("lgamma(x)", x=np.array([1.5]))
