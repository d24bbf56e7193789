"""Every row of the operation table keeps its promises: tests are generated from the rows, by name."""

from __future__ import annotations

import itertools
import math
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import gradcli
from gradcli.autograd import operators, tensors
from gradcli.commands.operations import operations
from gradcli.inputs.prepare import prepare
from gradcli.language.parse import parse
from gradcli.meaning import precise
from gradcli.meaning.program import Program, Step, compile_tree
from gradcli.meaning.task import Task
from gradcli.operations import table
from gradcli.operations.row import REQUIRED, Op
from gradcli.operations.table import METHOD, OPS, ROWS, candidates
from gradcli.reference.answer import Settings
from gradcli.report.formats import rendered
from gradcli.report.kinds import document_of

SLOPED = [op for op in ROWS if op.slope and not op.elementwise]
WRITTEN = [op for op in ROWS if op.slope and op.elementwise]
ENTRYWISE = [op for op in ROWS if op.elementwise]
KINKED = [op for op in ENTRYWISE if op.kinks and len(op.tensors) == 1]
BOUNDED = [op for op in ENTRYWISE if op.domain]
GRID = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
TOLERANCE = Settings("float64").tolerance

# How a row is called where its plain call is not a differentiable number.
CALLS = {
    "logical_and": "where(x > 0 and y < 1, x*y, x - y)", "logical_or": "where(x > 0 or y < 1, x*y, x - y)",
    "logical_not": "where(not x > 0, x**3, x)", "where": "where(x > y, x*y, x - y)", "polygamma": "polygamma(2, x)",
    **{name: f"{name}(2, x)" for name in ("besselj", "bessely", "besseli", "expn", "spherical_jn")}, "besselk": "besselk(0.75, x)",
    "multigammaln": "multigammaln(x + 3, 3)", "zeta": "zeta(s)",
    **{op.name: f"{op.name}(x, 4)" if op.params[0].is_tensor else f"{op.name}(4, x)" for op in ROWS if op.group == "orthogonal polynomials"},
    "threshold": "threshold(x, 0.5, 20)",
    "any": "", "all": "",
}  # fmt: skip

# Further calls for slopes, beside the one in the row's example.
SLOPE_CALLS: dict[str, list[tuple[str, dict[str, tuple[int, ...]]]]] = {
    "softmax": [("softmax(x, 0)", {"x": (3, 2)})],
    "log_softmax": [("log_softmax(x, dim=0)", {"x": (3, 2)})],
    "cumsum": [("cumsum(x, 1)", {"x": (2, 3)}), ("cumsum(x)", {"x": (4,)})],
    "matmul": [("A@B", {"A": (2, 3), "B": (3, 4)})],  # the row says that its slopes are written for matrices
    "outer": [("outer(x, y)", {"x": (2,), "y": (3,)})],
    "trace": [("trace(A)", {"A": (2, 3)})],
    "det": [("det(A)", {"A": (3, 3)})],
    "inv": [("inv(A)", {"A": (3, 3)})],
    "solve": [("solve(A, b)", {"A": (3, 3), "b": (3,)})],
    "matrix_transpose": [("A.mT", {"A": (2, 3, 4)})],
    "flip": [("flip(x, 1)", {"x": (2, 3)}), ("flip(x)", {"x": (2, 3)})],
    "roll": [("roll(x, 2, 1)", {"x": (2, 3)}), ("roll(x, -1)", {"x": (4,)})],
    "diag": [("diag(x, 1)", {"x": (3,)}), ("diag(x, 0)", {"x": (3, 3)})],
    "vec": [("vec(A)", {"A": (2, 3)})],
    "softmin": [("softmin(x, 0)", {"x": (3, 2)})],
    "tril": [("tril(A, -1)", {"A": (3, 4)})],
    "triu": [("triu(A, 1)", {"A": (3, 4)})],
}


def by_name(rows: list[Op] | tuple[Op, ...]) -> Any:  # Any: pytest's mark
    return pytest.mark.parametrize("op", rows, ids=[op.name for op in rows])


def generator(op: Op) -> random.Random:
    """Seeded by the row's name: the same points in every run."""
    return random.Random(zlib.crc32(op.name.encode()))  # noqa: S311 - points of a test


def seeded(op: Op, shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(
        shape, generator=torch.Generator().manual_seed(zlib.crc32(op.name.encode())), dtype=torch.float64
    )


def example_task(op: Op) -> Task:
    text, bindings = op.example_parts
    return prepare(text, bindings, None, seed=0, unused=False)


def torch_steps(program: Program, values: dict[str, torch.Tensor]) -> list[Any]:  # Any: tensors and Python numbers
    found: list[Any] = []  # Any: as above
    with tensors.session("float64", "cpu"):
        tensors.evaluate(program, values, watch=lambda _, value: found.append(value), operators=operators)
    return found


def tensors_of(values: dict[str, Any]) -> dict[str, torch.Tensor]:  # Any: arrays or lists
    return {name: torch.tensor(np.asarray(value), dtype=torch.float64) for name, value in values.items()}


# -- the example


@by_name(ROWS)
def test_example_runs_and_agrees(op: Op) -> None:
    """Where torch itself is less accurate than the tolerance, as the row declares, `rounding` to that accuracy is true."""
    result = gradcli.grad(*op.example_parts)
    assert result.finite
    assert np.ndim(result.value) == 0
    if op.accuracy > TOLERANCE and result.check.verdict == "rounding":
        assert result.check.digits >= -math.log10(op.accuracy)
    else:
        assert result.check.verdict == "agrees", result.check
    assert result.check.checked == result.check.total > 0
    assert result.exit_code() == 0


def assert_shapes(op: Op) -> None:
    task = example_task(op)
    steps = torch_steps(task.program, tensors_of(dict(task.values)))
    assert [tuple(getattr(value, "shape", ())) for value in steps] == list(task.shapes)


@by_name(ROWS)
def test_shape_rule_predicts_torch(op: Op) -> None:
    assert op.random or any(step.op is op for step in example_task(op).program.steps), "the example shows another row"
    assert_shapes(op)


def test_a_wrong_shape_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.OPS, "sum", replace(OPS["sum"], shape=lambda *_: (1,)))
    with pytest.raises(AssertionError):
        assert_shapes(OPS["sum"])


@pytest.mark.filterwarnings("error")
def test_a_vector_is_its_own_transpose_without_a_warning() -> None:
    """torch deprecates .T off matrices, and says so on the user's stderr."""
    torch.set_warn_always(True)
    try:
        assert gradcli.grad("x.T @ x", {"x": [1.0, 2.0]}).derivative["x"].tolist() == [2.0, 4.0]
    finally:
        torch.set_warn_always(False)


@by_name(ROWS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_example_in_lower_precision(op: Op, dtype: str) -> None:
    try:
        result = gradcli.grad(*op.example_parts, dtype=dtype)
    except (RuntimeError, gradcli.GradcliError) as error:
        if not re.search("Half|BFloat16", str(error)):
            raise
        pytest.skip(f"torch: {error}")
    assert result.check.verdict != "differs", result.check
    assert result.finite
    assert result.check.checked == result.check.total


@by_name(ROWS)
def test_second_derivatives_of_the_example(op: Op) -> None:
    text, bindings = op.example_parts
    result = gradcli.hessian(f"sum({text})", bindings, check_time=20)
    assert result.check.verdict in {"agrees", "rounding"}, result.check
    assert result.check.checked == result.check.total


# -- both meanings, at points inside the domain


def call_of(op: Op) -> str:
    """A call of the row with the names of its tensor parameters; empty where a call of scalars makes no sense."""
    names = [param.name for param in op.tensors]
    plain = f"{op.name}({', '.join(names)})"
    return CALLS.get(op.name, f"where({plain}, x*y, x - y)" if op.boolean else plain)


def inside(op: Op, condition: str, point: dict[str, float]) -> bool:
    """A row's condition is Python as well: an oracle that shares nothing with gradcli's own evaluation of it."""
    return bool(eval(condition, {"abs": abs, "round": round, "floor": math.floor}, dict(point)))  # noqa: S307


def domain_points(op: Op, count: int) -> list[dict[str, float]]:
    """Seeded points in the declared domain, irregular numbers of either sign."""
    draw = generator(op)
    names = parse(call_of(op)).names
    found: list[dict[str, float]] = []
    for _ in range(1000):
        point = {name: draw.uniform(-3, 3) for name in names}
        if not op.domain or inside(op, op.domain, point):
            found.append(point)
        if len(found) == count:
            return found
    raise AssertionError(f"no points in the domain {op.domain}")


def both_values(text: str, values: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The value by torch and by the sympy meaning in high precision."""
    program = compile_tree(parse(text).tree)
    arithmetic = precise.Precise(60)
    exact = precise.evaluate(program, {name: arithmetic.exact(value) for name, value in values.items()}, arithmetic)
    return torch_steps(program, tensors_of(values))[-1].numpy(), exact.astype(np.float64)


def assert_meanings_agree(op: Op, values: dict[str, np.ndarray]) -> None:
    by_torch, by_sympy = both_values(call_of(op), values)
    assert by_torch.shape == by_sympy.shape
    np.testing.assert_allclose(by_torch, by_sympy, rtol=max(1e-12, op.accuracy), atol=1e-13)


DIFFERENTIABLE = [op for op in ENTRYWISE if call_of(op)]


@by_name(DIFFERENTIABLE)
def test_torch_and_sympy_mean_the_same_value(op: Op) -> None:
    points = domain_points(op, 6)
    for point in points:
        assert_meanings_agree(op, {name: np.array(value) for name, value in point.items()})
    assert_meanings_agree(op, {name: np.array([point[name] for point in points]) for name in points[0]})


@by_name([op for op in DIFFERENTIABLE if not op.boolean])
def test_the_comparison_of_meanings_sees_a_wrong_meaning(op: Op, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a torch meaning that is off by 1e-9 (or ten times what the row allows)."""
    right, off = tensors.torch_meaning(op), 1 + 10 * max(1e-10, op.accuracy)
    monkeypatch.setitem(table.OPS, op.name, replace(op, torch=lambda t, *a: right(t, *a) * off + (off - 1)))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_meanings_agree(
            op, {name: np.array([p[name] for p in domain_points(op, 4)]) for name in domain_points(op, 1)[0]}
        )


@by_name(DIFFERENTIABLE)
def test_torch_and_sympy_have_the_same_slope(op: Op) -> None:
    points = domain_points(op, 4)
    values = {name: np.array([point[name] for point in points]) for name in points[0]}
    result = gradcli.grad(f"sum({call_of(op)})", values)
    assert result.check.verdict in {"agrees", "rounding"}, result.check
    assert result.check.digits >= 6
    assert result.check.checked == result.check.total == 4 * len(values)


@by_name(DIFFERENTIABLE)
def test_second_derivatives_inside_the_domain(op: Op) -> None:
    """Where torch has no second derivative (floor, maximum, clamp), the true zero and not torch's error."""
    for point in domain_points(op, 2):
        result = gradcli.hessian(call_of(op), point, check_time=20)
        assert result.check.verdict in {"agrees", "rounding"}, (point, result.check)
        assert result.check.checked == result.check.total == len(point) ** 2


@pytest.mark.parametrize(
    "text", ["floor(x)", "maximum(x, y)", "clamp(x, -3, 3)", "sign(x)", "where(x > y, x, y)", "relu(x)"]
)
def test_the_second_derivative_that_torch_refuses_is_zero(text: str) -> None:
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.7, 0.2))
    function = {
        "floor": torch.floor,
        "maximum": lambda v: torch.maximum(v, y),
        "clamp": lambda v: torch.clamp(v, -3, 3),
    }.get(text.partition("(")[0])
    if function is not None:
        (slope,) = torch.autograd.grad(function(x), x, create_graph=True)
        with pytest.raises(RuntimeError, match="does not require grad"):
            torch.autograd.grad(slope, x)
    result = gradcli.hessian(text, {"x": 0.7, "y": 0.2}, allow_unused=True, materialize_grads=True)
    assert {block for row in result.derivative.values() for block in row.values()} == {0.0}
    assert result.check.verdict == "agrees"


# -- written slopes


def steps_with_slope(op: Op) -> Iterator[tuple[Step, list[torch.Tensor]]]:
    """Calls of the row, each with the tensors it is applied to: from its example, and from SLOPE_CALLS."""
    task = example_task(op)
    programs = [(task.program, tensors_of(dict(task.values)))]
    for text, shapes in SLOPE_CALLS.get(op.name, []):
        values = {name: seeded(op, shape) for name, shape in shapes.items()}
        programs.append((compile_tree(parse(text, bound=values).tree), values))
    for program, values in programs:
        found = torch_steps(program, values)
        step = next(step for step in program.steps if step.op is op)
        arguments = [torch.as_tensor(found[i], dtype=torch.float64) for i in step.inputs if i is not None]
        yield step, [tensor.detach().clone().requires_grad_() for tensor in arguments]


def slope_value(op: Op, text: str, step: Step, values: dict[str, torch.Tensor]) -> torch.Tensor:
    sizes = dict(zip("nm", values[op.tensors[0].name].shape, strict=False))
    constants = {param.name: value for param, value in zip(op.constants, step.constants, strict=True)}
    tree = parse(text, bound=[*values, "n", "m"], constants=constants | sizes).tree
    with tensors.session("float64", "cpu"):
        return tensors.evaluate(compile_tree(tree), values)


def assert_slopes(op: Op, slopes: tuple[str, ...]) -> None:
    for step, leaves in steps_with_slope(op):
        with tensors.session("float64", "cpu"):
            constants = map(tensors.plain_constant, step.constants)
            out = tensors.torch_meaning(op)(torch, *leaves, *constants)
        cotangent = seeded(op, tuple(out.shape))
        values = {param.name: leaf.detach() for param, leaf in zip(op.tensors, leaves, strict=True)}
        values |= {"g": cotangent, "out": out.detach()}
        for text, expected in zip(slopes, torch.autograd.grad(out, leaves, cotangent), strict=True):
            found = slope_value(op, text, step, values)
            assert found.shape == expected.shape, f"{text} for {[tuple(leaf.shape) for leaf in leaves]}"
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-10, atol=1e-12, err_msg=text)


@by_name(SLOPED)
def test_written_slope_is_torchs_vjp(op: Op) -> None:
    assert_slopes(op, op.slope)


def test_a_wrong_written_slope_is_seen() -> None:
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_slopes(OPS["dot"], ("g*y", "g*y"))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_slopes(OPS["logdet"], ("g*inv(A) + 1e-9",))


@by_name(WRITTEN)
def test_written_slope_of_an_entrywise_row_runs_forward_and_is_differentiated_again(op: Op) -> None:
    """Backward, forward and third-order derivatives of the same points, all against the second route."""
    point = domain_points(op, 1)[0]
    values = {name: np.array([value, value]) for name, value in point.items()}
    for mode in ("reverse", "forward"):
        check = gradcli.jacobian(call_of(op), values, mode=mode).check
        assert check.verdict in {"agrees", "rounding"}, (mode, check)
    for name in point:
        check = gradcli.grad(call_of(op), point, wrt=name, order=3).check
        assert check.verdict in {"agrees", "rounding"}, (name, check)


def test_a_wrong_written_slope_of_an_entrywise_row_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.OPS, "bessel_j0", replace(OPS["bessel_j0"], slope=("-g*bessel_j1(x)*(1 + 1e-8)",)))
    assert gradcli.grad("bessel_j0(x)", {"x": 2.0}).check.verdict == "differs"


# -- kinks and the edges of domains


def one_sided(op: Op, x: float) -> list[float]:
    """Difference quotients of the sympy meaning from the left and the right; nan outside the domain, inf at a jump."""
    arithmetic = precise.Precise(80)
    program = compile_tree(parse(call_of(op)).tree)
    value = lambda v: precise.evaluate(program, {"x": np.array(v, dtype=object)}, arithmetic)[()]  # noqa: E731
    centre, quotients = arithmetic.context.mpf(x), []
    for side in (-1, 1):
        step = side * arithmetic.context.mpf(10) ** -30
        quotient = float((value(centre + step) - value(centre)) / step)
        quotients.append(math.inf if abs(quotient) > 1e9 else quotient)
    return quotients


def assert_kinks(op: Op) -> None:
    points = [x for x in GRID if inside(op, op.kinks, {"x": x}) and (not op.domain or inside(op, op.domain, {"x": x}))]
    assert points, f"no point of {GRID} is a kink of {op.name}"
    for x in points:
        check = gradcli.grad(call_of(op), {"x": x}).check
        left, right = one_sided(op, x)
        smooth = math.isfinite(left) and math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
        if smooth:
            assert check.verdict in {"agrees", "trap"}, (x, check)
        else:
            infinite = math.inf in {left, right}
            assert check.verdict == ("singular" if infinite else "convention"), (x, left, right, check)


@by_name(KINKED)
def test_a_kink_is_a_convention_or_singular_and_never_differs(op: Op) -> None:
    assert_kinks(op)


def test_an_undeclared_kink_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = OPS["floor"]
    monkeypatch.setitem(table.OPS, "floor", replace(declared, kinks=""))
    with pytest.raises(AssertionError):
        assert_kinks(declared)


def assert_domain(op: Op) -> None:
    names = [param.name for param in op.tensors if param.default is REQUIRED]
    points = [dict(zip(names, values, strict=True)) for values in itertools.product(GRID, repeat=len(names))]
    outside = [point for point in points if not inside(op, op.domain, point)]
    assert outside, f"no point of the grid is outside of {op.domain}"
    for point in generator(op).sample(outside, min(6, len(outside))):
        result = gradcli.grad(call_of(op), point)
        assert (result.check.verdict, result.exit_code()) == ("singular", 5), (point, result)
        assert result.check.notes


@by_name(BOUNDED)
def test_outside_the_domain_is_singular(op: Op) -> None:
    assert_domain(op)


def test_a_function_that_goes_on_past_its_domain_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    longer = replace(OPS["log"], torch=lambda t, x: t.log(t.abs(x)), sympy=lambda s, x: s.log(s.Abs(x)))
    monkeypatch.setitem(table.OPS, "log", longer)
    with pytest.raises(AssertionError):
        assert_domain(longer)


# -- what people read


@by_name(ROWS)
def test_documentation(op: Op) -> None:
    assert op.doc.endswith((".", "?"))
    assert not op.note or op.note.endswith(".")
    assert op.group
    text = str(rendered(document_of(operations(op.name)), "text"))
    assert op.usage in text
    assert "example: gradcli grad " in text
    assert all(alias in text for alias in op.aliases)
    names = [param.name for param in op.params]
    assert len(set(names)) == len(names)
    assert len(op.slope) in {0, len(op.tensors)}


@by_name([op for op in ROWS if op.aliases])
def test_aliases_resolve(op: Op) -> None:
    for alias in op.aliases:
        dotted, _, preset = alias.removesuffix(")").partition("(")
        library, _, name = dotted.rpartition(".")
        found, constants = candidates(name, library if "." in dotted else None)[0]
        assert found is op
        assert [f"{key}={value!r}" for key, value in constants.items()] == list(filter(None, [preset]))
    assert candidates("T", METHOD)[0][0] is OPS["transpose"]


def repeated(rows: tuple[Op, ...] | list[Op]) -> set[str]:
    """Names and aliases that stand more than once in the table."""
    words = [word.partition("(")[0] for op in rows for word in (op.name, *op.aliases)]
    return {word for word in words if words.count(word) > 1}


def test_names_and_aliases_are_unique() -> None:
    assert repeated(ROWS) == set()
    assert len(OPS) == len(ROWS)
    assert repeated([*ROWS, replace(OPS["sin"], aliases=("ln",))]) == {"sin", "ln"}


def test_every_reference_in_a_row_resolves() -> None:
    """Slopes, domains and kinks are written in gradcli's own language and name only the row's parameters."""
    for op in ROWS:
        allowed = {param.name for param in op.params}
        for condition in filter(None, (op.domain, op.kinks)):
            assert set(parse(f"where({condition}, 1, 0)", bound=allowed).names) <= allowed, op.name
