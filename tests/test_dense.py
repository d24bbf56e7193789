"""Jacobians and Hessians in batches, by colours and by blocks give what passes one by one give, nan and zeros included."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch

import gradcli
from gradcli.autograd import passes, point
from gradcli.autograd.point import Torch
from gradcli.base.errors import GradcliError
from gradcli.inputs.prepare import prepare
from gradcli.meaning.sparsity import arithmetic
from gradcli.meaning.sparsity.structure import Pattern, Structure, structure_of
from gradcli.meaning.task import Task
from gradcli.operations.row import Op
from gradcli.operations.table import rows

Arrays = list[np.ndarray[Any, np.dtype[np.float64]]]  # Any: shapes are not typed


def task_of(expression: str, values: Any, wrt: tuple[str, ...] | None = None) -> Task:  # Any: see prepare
    return prepare(expression, values, wrt, seed=0, unused=True)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every short cut is taken at any size."""
    monkeypatch.setattr(point, "FOLLOWED", 0)
    monkeypatch.setattr(point, "SPREAD", 0)
    monkeypatch.setattr(passes, "FEW", 1)


def one_by_one(task: Task, dtype: str, kind: str) -> Arrays:
    """The same through ``jacobian_reverse`` without batches; forward mode where the product takes it."""
    torch_task = Torch(task, dtype, "cpu")
    with torch_task.guarded():
        made = torch_task.run()
        if kind == "hessian":
            blocks = passes.hessian(made.output.reshape(()), made.leaves)
            parts = [block for row in blocks for block in row]
        elif kind == "forward" or (kind == "auto" and made.output.numel() > 4 * sum(x.numel() for x in made.leaves)):
            parts = passes.jacobian_forward(torch_task.as_function(made), made.leaves, made.output)
        else:
            parts = passes.jacobian_reverse(made.output, made.leaves)
        return [*map(point.to_numpy, parts), point.to_numpy(made.output)]


def computed(task: Task, dtype: str, kind: str) -> Arrays:
    torch_task = Torch(task, dtype, "cpu")
    return torch_task.hessian() if kind == "hessian" else torch_task.jacobian(kind)


TOLERANCE = {"float64": 1e-12, "float32": 2e-5, "float16": 2e-2, "bfloat16": 1e-1}


def assert_same(ours: Arrays, truth: Arrays, dtype: str = "float64", *, zeros: bool = True) -> None:
    assert len(ours) == len(truth)
    for x, y in zip(ours, truth, strict=True):
        assert x.shape == y.shape
        np.testing.assert_array_equal(np.isfinite(x), np.isfinite(y))
        np.testing.assert_array_equal(x[~np.isfinite(x)], y[~np.isfinite(y)])
        if zeros:
            np.testing.assert_array_equal(x == 0, y == 0)
        finite = np.isfinite(y)
        scale = float(np.max(np.abs(y[finite]), initial=0))
        np.testing.assert_allclose(x[finite], y[finite], rtol=0, atol=TOLERANCE[dtype] * scale)


def test_the_comparison_sees_a_fault() -> None:
    good = [np.array([1.0, 0.0, np.nan])]
    for wrong in ([1.0, 1e-17, np.nan], [1.0, 0.0, np.inf], [1.0 + 1e-9, 0.0, np.nan], [1.0, 0.0]):
        with pytest.raises(AssertionError):
            assert_same([np.array(wrong)], good)
    assert_same(good, good)


X, Y = [0.3, 1.1, -0.7, 2.0, 0.9, -1.4], [1.2, 0.4, 0.8, 1.9, 0.1, 0.6]
A = [[0.5, -1.0, 2.0], [1.5, 0.3, 0.7], [0.2, 0.9, -0.4], [1.0, 1.0, 0.0]]
POINT: dict[str, Any] = {"x": X, "y": Y, "A": A, "s": 0.7, "v": [0.4, 1.3, 0.8]}  # Any: lists of lists, and numbers

VECTORS = (
    "x", "x + y", "sin(x)*exp(-x**2)", "x*y/(1 + y**2)", "x[1:]*x[:-1] - x[1:]**3", "x[::2]*x[1::2]", "[x, y, x*y]", "flip(x)*x",
    "roll(x, 1)*x", "cumsum(x**2)", "softmax(x, dim=0)", "outer(x, v)", "outer(x, y)", "A @ v", "tanh(A @ v)", "A*v", "A @ A.T", "diag(x)",
    "concat([x, y**2, v])", "where(x > 0, sqrt(abs(x)), x*y)", "reshape(x, 2, 3)*reshape(y, 2, 3)", "pad(x, (1, 2))*s", "x*s", "s*2",
    "[s, s**2, s**3]", "sort(x)", "floor(x)", "x - x", "0*x", "max(x, y)", "besselj(2, x)*x", "gammainc(y, y)", "dawsn(x)",
    "sin(s)*ones(9)", "kron(v, x)", "x[0]*x", "det(A.T @ A)*v", "repeat(x, 2)*repeat(y, 2)", "ones(3)*2", "grad(sum(x**3), x)",
    "jacobian(x*x, x) @ y", "clamp(x, -1, 1)*x", "sum(A*v, dim=1)", "A.T*v[0]",
)  # fmt: skip
SCALARS = (
    "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", "sum(exp(x)) + sum(y**4)", "sum(x*y)", "sum(x*y*s)", "sum(3*x - y)", "x[0]*y[1]*s",
    "norm(x)", "logsumexp(x, dim=0)", "x @ outer(y, y) @ x", "sum((A @ v - 1)**2)", "prod(y)", "sum(tanh(A @ v)**2)", "s", "s**3*sum(x)",
    "mean(x)/s", "sum(x)/sum(y)", "sum(where(x > 0, x*y, y**2))", "log(det(A.T @ A))", "sum(besselj(1, x)*y)", "2.0", "sum(floor(x))",
    "sum(x[::2]*x[1::2]*s)", "sum(outer(x, v)**2)", "sum(diag(x) @ y)", "sum(x)**2", "max(x)*s", "sum(grad(sum(x**4), x)*y)",
    "sum((x[:, None] - y[None, :])**2)", "sum(A**2)*s + sum(x**2*roll(x, 2))", "dot(x, y)*dot(x, y)", "sum(x/y)", "sum(y/s)",
    "trace(A.T @ A)", "sum(mod(x, 2)*x)",
)  # fmt: skip


@pytest.mark.generated(share=1 / 6, kind=lambda expression, kind, dtype: expression)
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["auto", "reverse", "forward"])
@pytest.mark.parametrize("expression", VECTORS)
def test_jacobians_are_those_of_single_passes(expression: str, kind: str, dtype: str) -> None:
    task = task_of(expression, POINT)
    if kind == "forward" and task.program.differentiated:
        with pytest.raises(GradcliError, match="forward mode does not go through"):
            computed(task, dtype, kind)
        return
    assert_same(computed(task, dtype, kind), one_by_one(task, dtype, kind), dtype, zeros=expression != "gammainc(y, y)")


# One and the same block by two routes: 0 here may be the rounding error of a cancellation there.
TRANSPOSED = {"log(det(A.T @ A))", "sum(x)/sum(y)", "dot(x, y)*dot(x, y)"}


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("expression", SCALARS)
def test_hessians_are_those_of_single_passes(expression: str, dtype: str) -> None:
    task = task_of(expression, POINT)
    zeros = expression not in TRANSPOSED
    assert_same(computed(task, dtype, "hessian"), one_by_one(task, dtype, "hessian"), dtype, zeros=zeros)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("expression", ["sin(x)*y", "A @ v", "x[1:]*x[:-1]", "softmax(x, dim=0)"])
def test_half_types(expression: str, dtype: str) -> None:
    task = task_of(expression, POINT)
    for kind in ("auto", "forward"):
        assert_same(computed(task, dtype, kind), one_by_one(task, dtype, kind), dtype, zeros=False)
    task = task_of(f"sum({expression})", POINT)
    assert_same(computed(task, dtype, "hessian"), one_by_one(task, dtype, "hessian"), dtype, zeros=False)


@pytest.mark.usefixtures("eager")
def test_a_batch_computes_in_the_dtype() -> None:
    """Where torch's vmap would compute in float64, and see no overflow, the passes run one by one."""
    task = task_of("s/1e-5", {"s": 0.7})
    truth = one_by_one(task, "float16", "forward")
    assert np.isinf(truth[0]).all()
    assert_same(computed(task, "float16", "forward"), truth, "float16")


TRAPS = (
    ("sqrt(x)", {"x": [0.0, 1.0, 4.0, 9.0]}),
    ("where(x > 0, sqrt(x), 0)", {"x": [0.0, 1.0, -1.0, 4.0]}),
    ("where(x > 0, x*log(x), 0)*x[1]", {"x": [0.0, 1.0, 2.0]}),
    ("x/norm(x)", {"x": [0.0, 0.0, 0.0]}),
    ("[x[0]/x[1], x[1], x[0]**2]", {"x": [1.0, 0.0]}),
    ("A @ x", {"x": [1.0, 2.0, 3.0], "A": [[np.inf, 1, 2], [0, 1, 0], [1, 1, 1]]}),
    ("exp(1000*x)*y", {"x": [1.0, -1.0, 0.0], "y": [0.0, 1.0, 2.0]}),
    ("1/exp(1000*x)", {"x": [1.0, -1.0, 0.0]}),
    ("sqrt(x**2)*y", {"x": [0.0, 1.0, 2.0], "y": [1.0, 0.0, 1.0]}),
    ("concat([where(x > 0, sqrt(x), 0), x])", {"x": [0.0, 1.0, 4.0]}),
    ("concat([sqrt(x), x, x**2, 2*x, x])", {"x": [0.0, 1.0, 4.0]}),
)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(("expression", "values"), TRAPS)
@pytest.mark.parametrize("kind", ["auto", "reverse", "forward", "hessian"])
def test_infinite_slopes_leave_the_marks_that_single_passes_leave(
    expression: str, values: Mapping[str, Any], kind: str
) -> None:
    task = task_of(f"sum({expression})" if kind == "hessian" else expression, values)
    truth = one_by_one(task, "float64", kind)
    assert_same(computed(task, "float64", kind), truth)
    assert any(not np.isfinite(part).all() for part in truth) or kind in {"forward", "hessian"} or "exp(" in expression


def test_large_ones_take_the_short_cuts_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the fixture: no pass runs by itself."""
    counted: list[int] = []
    monkeypatch.setattr(passes, "pulled_back", _counting(counted, passes.pulled_back))
    point = {
        "x": np.linspace(-1, 1, 400),
        "y": np.linspace(1, 2, 400),
        "W": np.random.default_rng(0).normal(size=(400, 400)),
    }
    for expression, kind, expected in (
        ("sin(x)*x", "auto", [1]), ("x*y", "auto", [1]), ("x[1:]*x[:-1]", "auto", [2]), ("tanh(W @ x)", "auto", [400]),
        ("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", "hessian", [3]), ("sum(3*x - y)", "hessian", [1, 1]),
        ("sum(exp(x)) + sum(y**4)", "hessian", [1, 1]), ("sum(W @ x)*y[0]", "hessian", [1, 400, 1, 1]),
    ):  # fmt: skip
        wrt = tuple(name for name in ("x", "y") if name in expression)
        task = task_of(expression, {name: point[name] for name in ("x", "y", "W") if name in expression}, wrt)
        counted.clear()
        ours = computed(task, "float64", kind)
        assert (expression, counted) == (expression, expected)
        assert_same(ours, one_by_one(task, "float64", kind))


def _counting(passes: list[int], function: Any) -> Any:  # Any: a function
    def counted(output: Any, inputs: Any, seeds: torch.Tensor) -> Any:  # Any: as it is called
        passes.append(len(seeds))
        return function(output, inputs, seeds)

    return counted


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("kind", ["reverse", "forward", "hessian"])
def test_batches_that_do_not_fit_are_cut(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "MAX_NUMBERS", 40)
    task = task_of("softmax(A @ v, dim=0)" if kind != "hessian" else "sum(tanh(A @ v)**3)", POINT)
    assert_same(computed(task, "float64", kind), one_by_one(task, "float64", kind), zeros=kind != "hessian")


def test_a_batch_is_bounded_by_what_depends_on_the_variables() -> None:
    task = task_of("sum(A @ x)*outer(x, x)", {"A": np.ones((50, 3)), "x": [1.0, 2.0, 3.0]}, ("x",))
    assert Torch(task, "float64", "cpu").widest == 50
    assert passes.at_once(2**20, torch.zeros(3)) == passes.MAX_NUMBERS // 2**20
    assert passes.at_once(passes.MAX_NUMBERS * 2, torch.zeros(3)) == 1


class _Stubborn(torch.autograd.Function):
    """Looks at its numbers, which a batch has not."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:  # Any: torch's context
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:  # Any: as above
        (x,) = ctx.saved_tensors
        return 2 * x * cotangent if float(cotangent.sum()) > -1 else cotangent


def test_what_torch_cannot_batch_goes_one_by_one() -> None:
    x = torch.arange(5.0, requires_grad=True)
    (found,) = passes.jacobian_reverse(_Stubborn.apply(x), [x], 5)  # type: ignore[no-untyped-call]  # torch's
    assert torch.equal(found, torch.diag(2 * x))
    ((block,),) = passes.hessian(_Stubborn.apply(x).sum(), [x], 5)  # type: ignore[no-untyped-call]  # as above
    assert torch.equal(block, 2 * torch.eye(5))


def test_no_warning_of_torch_gets_out() -> None:
    """Neither of these has a batching rule in torch 2.13, which says so where it batches them in a loop of its own."""
    x = torch.rand(8, dtype=torch.float64)
    with pytest.warns(UserWarning, match="performance drop"):
        torch.vmap(lambda v: torch.func.jvp(torch.nn.functional.glu, (x,), (v,))[1])(torch.eye(8, dtype=torch.float64))
    with warnings.catch_warnings(action="error"):
        computed(task_of("glu(x, 0)", POINT, ("x",)), "float64", "forward")
        computed(task_of("interp(x, [0, 1, 2], [1, 3, 2])", POINT, ("x",)), "float64", "forward")


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0), (2, 2)])
@pytest.mark.parametrize("widest", [None, 4])
def test_shapes_of_every_kind(shape: tuple[int, ...], widest: int | None) -> None:
    x = torch.rand(shape, requires_grad=True)
    unused = torch.rand(3, requires_grad=True)
    found = passes.jacobian_reverse(x**2, [x, unused], widest)
    assert torch.equal(found[0].reshape(x.numel(), x.numel()), torch.diag(2 * x.detach().reshape(-1)))
    assert torch.equal(found[1], torch.zeros(*shape, 3))
    (ahead, _) = passes.jacobian_forward(lambda inputs: inputs[0] ** 2, [x, unused], x**2, widest)
    assert torch.equal(ahead, found[0])
    blocks = passes.hessian((x**2).sum(), [x, unused], widest)
    assert torch.equal(blocks[0][0].reshape(x.numel(), x.numel()), 2 * torch.eye(x.numel()))
    assert [block.shape for row in blocks for block in row] == [(*shape, *shape), (*shape, 3), (3, *shape), (3, 3)]
    constant = passes.jacobian_reverse(torch.ones(4), [x, unused], widest)
    assert [part.shape for part in constant] == [(4, *shape), (4, 3)]
    assert not any(part.any() for part in constant)


@pytest.mark.usefixtures("eager")
def test_results_are_the_callers_to_write_on() -> None:
    for expression, kind in (
        ("x + y", "auto"),
        ("x + y", "reverse"),
        ("x + y", "forward"),
        ("sum(x*y)*s", "hessian"),
        ("A @ v", "reverse"),
    ):
        torch_task = Torch(task_of(expression, POINT), "float64", "cpu")
        first = torch_task.hessian() if kind == "hessian" else torch_task.jacobian(kind)
        before = [part.copy() for part in first]
        for part in first:
            part += 1
        assert all(np.array_equal(part, copy + 1) for part, copy in zip(first, before, strict=True))
        again = torch_task.hessian() if kind == "hessian" else torch_task.jacobian(kind)
        assert all(np.array_equal(part, copy) for part, copy in zip(again, before, strict=True))


@pytest.mark.usefixtures("eager")
def test_a_function_of_derivatives_goes_its_own_way() -> None:
    """Patterns of zeros are those of the function itself."""
    assert Torch(task_of("sin(x)*y", POINT, ("x",)), "float64", "cpu").plain
    assert not Torch(task_of("grad(sum(x**3), x)", POINT, ("x",)), "float64", "cpu").plain


def test_the_verdict_on_a_large_jacobian() -> None:
    result = gradcli.jacobian("x**4 + roll(x, 1)", {"x": np.linspace(0.1, 2, 400)}, check="sample", check_time=20)
    assert result.check.verdict == "agrees"
    assert result.derivative is not None
    block = result.derivative["x"]
    assert block[0, 399] == block[1, 0] == 1.0
    assert np.count_nonzero(block) == 800


def test_the_mode_keeps_its_meaning() -> None:
    with pytest.raises(GradcliError, match="forward mode does not go through"):
        gradcli.jacobian("grad(sum(x**3), x)", {"x": X}, mode="forward")
    for mode in ("auto", "reverse", "forward"):
        found = gradcli.jacobian("cumsum(x**2)", {"x": X}, mode=mode).derivative
        assert found is not None
        np.testing.assert_allclose(found["x"], np.tril(np.ones((6, 6))) * 2 * np.array(X), rtol=1e-14)


# -- sparsity


def pattern_matrix(
    pattern: Pattern | None, shape: tuple[int, int]
) -> np.ndarray[Any, np.dtype[np.bool_]]:  # Any: as above
    found = np.full(shape, pattern is None)
    if pattern is not None:
        found[pattern] = True
    return found


def structure(expression: str, shapes: Mapping[str, tuple[int, ...]], wrt: tuple[str, ...], order: int) -> Structure:
    values = {name: np.full(shape, 0.5) for name, shape in shapes.items()}
    return structure_of(task_of(expression, values).program, shapes, wrt, order)


def test_patterns_by_hand() -> None:
    found = structure("x[1:]*x[:-1]", {"x": (4,)}, ("x",), 1).jacobian("x")
    assert pattern_matrix(found, (3, 4)).tolist() == [
        [True, True, False, False],
        [False, True, True, False],
        [False, False, True, True],
    ]
    found = structure("sum(x[1:]*x[:-1]) + sum(x) + y", {"x": (3,), "y": ()}, ("x", "y"), 2).hessian("x", "x")
    assert pattern_matrix(found, (3, 3)).tolist() == [[False, True, False], [True, False, True], [False, True, False]]


@pytest.mark.parametrize(("expression", "meets"), [
    ("sum(x) + sum(y)", set()), ("sum(x) + sum(y**2)", {"yy"}), ("dot(x, y)", {"xy", "yx"}), ("sum(x)*sum(x)", {"xx"}),
    ("sum(x/sum(y))", {"xy", "yx", "yy"}), ("exp(sum(x))*2", {"xx"}), ("sum(where(x > y, x, y))", set()),
    ("exp(sum(x) + sum(y))", {"xx", "xy", "yx", "yy"}),
])  # fmt: skip
def test_which_variables_meet(expression: str, meets: set[str]) -> None:
    found = structure(expression, {"x": (3,), "y": (3,)}, ("x", "y"), 2)
    pairs = {r + c for r in "xy" for c in "xy" if (p := found.hessian(r, c)) is None or len(p[0])}
    assert pairs == meets


def calls(op: Op) -> Iterator[Task]:
    """The row's example, its summand, and for a function of single entries the same of vectors."""
    expression, bindings = op.example_parts
    for text in {expression, expression[4:-1] if expression.startswith("sum(") else expression}:
        try:
            task = task_of(text, bindings)
            if op.elementwise:
                task = task_of(text, {name: np.stack([v, v * 1.01, v * 0.98]) for name, v in task.values.items()})
        except GradcliError:
            continue
        yield task


@pytest.mark.generated(share=1 / 5, kind=lambda op: op.group)
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("op", rows(), ids=[op.name for op in rows()])
def test_every_row_batches_and_keeps_to_its_pattern(op: Op) -> None:
    """Numbers are those of single passes, and every entry other than 0 lies inside of the pattern."""
    for task in calls(op):
        shapes = {name: value.shape for name, value in task.values.items()}
        kinds = ["auto", "reverse", *(["hessian"] if np.prod(task.output) == 1 else [])]
        for kind in kinds:
            truth = one_by_one(task, "float64", kind)
            assert_same(computed(task, "float64", kind), truth)
        found = structure_of(task.program, shapes, task.wrt, 2)
        for name, part in zip(task.wrt, one_by_one(task, "float64", "reverse"), strict=False):
            whole = part.reshape(int(np.prod(task.output)), -1)
            assert not whole[~pattern_matrix(found.jacobian(name), whole.shape)].any(), op.name
        if "hessian" in kinds:
            blocks = iter(one_by_one(task, "float64", "hessian"))
            for row in task.wrt:
                for column in task.wrt:
                    size = (task.values[row].size, task.values[column].size)
                    inside = pattern_matrix(found.hessian(row, column), size)
                    assert not next(blocks).reshape(size)[~inside].any(), op.name


def test_a_wrong_pattern_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every operation taken for linear, second derivatives are lost."""
    monkeypatch.setattr(point, "FOLLOWED", 0)
    monkeypatch.setattr(arithmetic.SparsityArithmetic, "meet", lambda *_: None)
    task = task_of("sum(exp(x))", {"x": X})
    with pytest.raises(AssertionError):
        assert_same(computed(task, "float64", "hessian"), one_by_one(task, "float64", "hessian"))


def test_long_dependences_count_as_dependence_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, "MOST", 40)
    assert structure("outer(x[:5], x[5:])*1", {"x": (13,)}, ("x",), 1).jacobian("x") is None
    assert structure("x[:3] + x[3:6]", {"x": (13,)}, ("x",), 1).jacobian("x") is not None
