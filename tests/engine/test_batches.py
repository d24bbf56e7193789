"""Rows of vectors and matrices: each row has what ``gradcli.grad`` and its like give of it alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch

import gradcli
from gradcli.autograd import rows as rows_module
from gradcli.autograd.rows import RowFunction, rows_at_once
from gradcli.base.arrays import FloatArray
from gradcli.engine.batches import BatchKernel
from gradcli.engine.flags import UNDEFINED
from gradcli.engine.kernel import LANES
from gradcli.language.parse import parse

SCALARS = (
    "sum(sin(x)*exp(-x**2))",
    "sum(where(x > 0, x**2, y*x))",
    "max(x) + min(y)",
    "norm(x - y)",
    "logsumexp(x)*s",
    "x @ A @ y",
    "trace(inv(A))",
    "log(abs(det(A)))",
    "x @ solve(A, y)",
    "sum(cholesky(A @ A.T + eye(3)))",
    "sum(softmax(x)*y)",
    "sum(cumsum(x)**2)",
    "einsum('i,ij,j->', x, A, y)",
    "sum(sort(x)*y)",
    "sum(gamma(x**2 + 1))",
    "sum(besselj(1, x))*s",
    "x[0]*A[1, 2] + s**2",
    "median(x)*prod(y)",
    "sum(pinv(A))",
    "sum(conv1d(x[None, None], y[None, None, :2]))",
)
VECTORS = ("softmax(x)", "A @ x*s", "cumsum(x)", "outer(x, y)", "[x[0]*s, y[1]]", "sort(x)", "solve(A, x)")
SHAPES: dict[str, tuple[int, ...]] = {"x": (3,), "y": (3,), "A": (3, 3), "s": ()}


def columns_of(rows: int) -> dict[str, FloatArray]:
    random = np.random.default_rng(7)
    return {name: random.normal(size=(rows, *shape)) for name, shape in SHAPES.items()}


def kernel_of(text: str, kind: str = "grad") -> BatchKernel:
    expression = parse(text)
    return BatchKernel(expression, kind, expression.names, SHAPES)


def computed(
    kernel: BatchKernel, columns: Mapping[str, FloatArray], **fixed: FloatArray
) -> tuple[dict[str, FloatArray], list[int]]:
    rows = len(next(iter(columns.values())))
    outputs = {o.name: np.full((rows, *o.shape), 7.0) for o in kernel.outputs}
    flags = np.full(rows, 255, dtype=np.uint8)
    kernel.run(columns, fixed, outputs, flags)
    return outputs, flags.tolist()


def used(text: str, columns: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return {name: columns[name] for name in parse(text).names}


@pytest.mark.parametrize("text", SCALARS)
def test_each_row_is_what_grad_gives_of_it_alone(text: str) -> None:
    columns = used(text, columns_of(4))
    kernel = kernel_of(text)
    outputs, flags = computed(kernel, columns)
    assert kernel.batched
    assert flags == [0] * 4
    for row in range(4):
        alone = gradcli.grad(text, {name: column[row] for name, column in columns.items()}, check="off")
        assert outputs["value"][row] == pytest.approx(alone.value, rel=1e-12)
        assert alone.derivative is not None
        for name in columns:
            assert np.allclose(outputs[f"d_{name}"][row], alone.derivative[name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("text", VECTORS)
def test_each_row_is_what_jacobian_gives_of_it_alone(text: str) -> None:
    columns = used(text, columns_of(3))
    outputs, _ = computed(kernel_of(text, "jacobian"), columns)
    for row in range(3):
        alone = gradcli.jacobian(text, {name: column[row] for name, column in columns.items()}, check="off")
        assert np.allclose(outputs["value"][row], np.asarray(alone.value), rtol=1e-13)
        assert alone.derivative is not None
        for name in columns:
            assert np.allclose(outputs[f"d_{name}"][row], alone.derivative[name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("text", [SCALARS[0], "x @ A @ x", "logsumexp(x)*s**2", "log(abs(det(A)))", "sum(x)*s"])
def test_each_row_is_what_hessian_gives_of_it_alone(text: str) -> None:
    columns = used(text, columns_of(3))
    kernel = kernel_of(text, "hessian")
    outputs, _ = computed(kernel, columns)
    assert len(kernel.outputs) == 1 + len(columns) * (len(columns) + 1) // 2
    for row in range(3):
        alone = gradcli.hessian(text, {name: column[row] for name, column in columns.items()}, check="off")
        assert alone.derivative is not None
        names = list(columns)
        for k, x in enumerate(names):
            for y in names[k:]:
                assert np.allclose(outputs[f"d_{x}_d_{y}"][row], alone.derivative[x][y], rtol=1e-10, atol=1e-12)


# -- rows that fail, and rows that cannot be batched


def test_a_singular_row_is_nan_and_stops_no_other() -> None:
    columns = {"A": np.stack([np.eye(2), np.zeros((2, 2)), 2 * np.eye(2), np.ones((2, 2)), np.eye(2)])}
    kernel = BatchKernel(parse("trace(inv(A))"), "grad", ["A"], {"A": (2, 2)})
    outputs, flags = computed(kernel, columns)
    assert flags == [0, UNDEFINED, 0, UNDEFINED, 0]
    assert np.isnan(outputs["value"]).tolist() == [False, True, False, True, False]
    assert outputs["value"][[0, 2, 4]].tolist() == [2.0, 1.0, 2.0]
    assert outputs["d_A"][2].tolist() == [[-0.25, 0.0], [0.0, -0.25]]
    assert np.isnan(outputs["d_A"][1]).all()
    assert kernel.batched


def test_rows_that_are_all_singular() -> None:
    kernel = BatchKernel(parse("trace(inv(A))"), "grad", ["A"], {"A": (2, 2)})
    outputs, flags = computed(kernel, {"A": np.zeros((3, 2, 2))})
    assert flags == [UNDEFINED] * 3
    assert np.isnan(outputs["d_A"]).all()


def test_rows_that_are_not_finite_are_flagged() -> None:
    columns = {"x": np.array([[1.0, 2.0], [np.nan, 1.0], [np.inf, 1.0], [0.0, 1.0]])}
    outputs, flags = computed(BatchKernel(parse("sum(log(x))"), "grad", ["x"], {"x": (2,)}), columns)
    assert flags == [0, UNDEFINED, UNDEFINED, UNDEFINED]
    assert outputs["d_x"][3].tolist() == [np.inf, 1.0]


def test_no_rows_and_one_row() -> None:
    kernel = kernel_of("x @ A @ y")
    for rows in (0, 1):
        columns = used("x @ A @ y", columns_of(rows))
        outputs, flags = computed(kernel, columns)
        assert flags == [0] * rows
        assert np.allclose(outputs["d_A"], columns["x"][:, :, None] * columns["y"][:, None, :])


def test_a_derivative_inside_runs_row_by_row() -> None:
    columns = used("sum(grad(sum(x**3), x))*s", columns_of(3))
    kernel = kernel_of("sum(grad(sum(x**3), x))*s")
    outputs, _ = computed(kernel, columns)
    assert not kernel.batched
    assert np.allclose(outputs["value"], 3 * (columns["x"] ** 2).sum(1) * columns["s"])
    assert np.allclose(outputs["d_x"], 6 * columns["x"] * columns["s"][:, None])


def test_what_looks_at_its_numbers_runs_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if torch could not batch it: rows come out the same."""
    columns = used("sum(sin(x))*s", columns_of(3))
    batched, _ = computed(kernel_of("sum(sin(x))*s"), columns)
    kernel = kernel_of("sum(sin(x))*s")

    def refused(*_: object, **__: object) -> None:
        raise RuntimeError("vmap: It looks like you're calling .item() on a Tensor.")

    monkeypatch.setattr(torch, "vmap", refused)
    outputs, flags = computed(kernel, columns)
    assert not kernel.batched
    assert flags == [0] * 3
    for name, expected in batched.items():
        assert np.allclose(outputs[name], expected, rtol=1e-14)


def test_a_place_outside_of_its_axis_fails_in_its_row() -> None:
    """-1 too, which torch takes for the last one."""
    columns = {"x": np.arange(12.0).reshape(4, 3), "k": np.array([[2.0], [3.0], [-1.0], [0.0]])}
    kernel = BatchKernel(parse("sum(gather(x, 0, k)**2)"), "grad", ["x"], {"x": (3,), "k": (1,)})
    outputs, flags = computed(kernel, columns)
    assert flags == [0, UNDEFINED, UNDEFINED, 0]
    assert outputs["d_x"][[0, 3]].tolist() == [[0.0, 0.0, 4.0], [18.0, 0.0, 0.0]]
    assert kernel.batched


def test_classes_are_looked_up_in_batches() -> None:
    columns = {"x": np.zeros((3, 2)), "k": np.array([0.0, 1.0, 1.0])}
    kernel = BatchKernel(parse("cross_entropy(x, k)"), "grad", ["x"], {"x": (2,), "k": ()})
    outputs, flags = computed(kernel, columns)
    assert kernel.batched
    assert flags == [0] * 3
    assert outputs["d_x"].tolist() == [[-0.5, 0.5], [0.5, -0.5], [0.5, -0.5]]


def test_numbers_that_are_the_same_in_every_row() -> None:
    columns = used("x", columns_of(4))
    matrix = np.arange(9.0).reshape(3, 3)
    outputs, _ = computed(kernel_of("x @ A @ x"), columns, A=matrix)
    x = columns["x"]
    assert np.allclose(outputs["d_x"], x @ (matrix + matrix.T))
    assert np.allclose(outputs["d_A"], x[:, :, None] * x[:, None, :])


def test_orders_of_scalars() -> None:
    columns = {"s": np.array([0.5, -1.0]), "x": np.array([[1.0, 2.0, 0.0]] * 2)}
    kernel = BatchKernel(parse("sum(exp(x*s))"), "grad", ["s"], SHAPES, 2)
    outputs, _ = computed(kernel, columns)
    assert np.allclose(outputs["d2_s"], (columns["x"] ** 2 * np.exp(columns["x"] * columns["s"][:, None])).sum(1))


def test_an_order_above_that_of_a_polynomial_is_zero() -> None:
    kernel = BatchKernel(parse("sum(x)*s**2"), "grad", ["s"], SHAPES, 4)
    outputs, _ = computed(kernel, used("sum(x)*s", columns_of(3)))
    assert outputs["d4_s"].tolist() == [0.0] * 3


def test_values_alone() -> None:
    columns = used("A @ x", columns_of(3))
    outputs, _ = computed(kernel_of("A @ x", "value"), columns)
    assert outputs.keys() == {"value"}
    assert np.allclose(outputs["value"], np.einsum("rij,rj->ri", columns["A"], columns["x"]))


def test_tiles_on_threads_leave_no_row_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "AT_ONCE", 8 * 9 * 40)
    kernel = kernel_of("x @ A @ y")
    assert kernel.tile == LANES
    columns = used("x @ A @ y", columns_of(123))
    outputs, _ = computed(kernel, columns)
    assert np.allclose(outputs["d_A"], columns["x"][:, :, None] * columns["y"][:, None, :])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_digits_of_a_row_do_not_depend_on_the_rows_beside_it(dtype: str) -> None:
    """A product of matrices is cut into blocks of rows, and what does not fill a vector has functions of its own."""
    text, draw = "sum(tanh(A @ x))*s + norm(x)**s", np.random.default_rng(1)
    shapes: dict[str, tuple[int, ...]] = {"x": (3,), "s": (), "A": (5, 3)}
    columns = {"x": draw.normal(size=(12_345, 3)), "s": draw.normal(size=12_345)}
    matrix = {"A": draw.normal(size=(5, 3))}
    kernel = BatchKernel(parse(text), "grad", ["x", "s"], shapes, dtype=dtype)
    whole, _ = computed(kernel, columns, **matrix)
    for part in (slice(0, 7), slice(1, 12_340), slice(7_002, 7_019)):
        here, _ = computed(kernel, {name: column[part] for name, column in columns.items()}, **matrix)
        for name, numbers in here.items():
            assert numbers.tobytes() == whole[name][part].tobytes()


def test_what_torch_said_of_a_row_without_an_answer() -> None:
    kernel = BatchKernel(parse("binary_cross_entropy(x, y)"), "grad", ["x"], {"x": (2,), "y": (2,)})
    columns = {"x": np.full((3, 2), 0.5), "y": np.array([[0.0, 1.0], [0.0, 2.0], [1.0, 0.0]])}
    outputs, flags = computed(kernel, columns)
    assert flags == [0, UNDEFINED, 0]
    assert outputs["d_x"][2].tolist() == [-1.0, 1.0]
    assert kernel.refused is not None
    assert "between 0 and 1" in kernel.refused


def test_a_row_beyond_what_a_function_of_ours_computes() -> None:
    kernel = BatchKernel(parse("sum(airy_ai(x))"), "grad", ["x"], {"x": (2,)})
    outputs, flags = computed(kernel, {"x": np.array([[1.0, 0.0], [-1e20, 0.0]])})
    assert flags == [0, UNDEFINED]
    assert np.isfinite(outputs["d_x"][0]).all()


def test_a_row_of_a_million_entries_is_a_tile_by_itself() -> None:
    assert rows_at_once([(10**7,)]) == 1
    assert rows_at_once([(), (64,)]) == rows_module.AT_ONCE // 512


def test_a_function_of_no_column_is_the_same_in_each_row() -> None:
    function = RowFunction(parse("2 + 3"), "value", [])
    answers = [torch.empty(2)]
    function.fill(answers, {"x": torch.ones(2)}, {})
    assert answers[0].tolist() == [5.0, 5.0]


def test_another_device() -> None:
    columns = used("x @ A @ y", columns_of(4))
    expression = parse("x @ A @ y")
    kernel = BatchKernel(expression, "grad", expression.names, SHAPES, device="cpu:0")
    outputs, flags = computed(kernel, columns)
    assert flags == [0] * 4
    assert np.allclose(outputs["d_A"], columns["x"][:, :, None] * columns["y"][:, None, :])
