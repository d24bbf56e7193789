"""Kernels in C against torch: every operation that has a meaning in C, at numbers that are awkward."""

from __future__ import annotations

from itertools import product
from math import inf, nan

import numpy as np
import numpy.typing as npt
import pytest
import sympy
import torch
from engine.built import COMPILER, answers, in_loop

from gradcli.autograd.tensors import TorchArithmetic, session
from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.engine.c_source import c_source
from gradcli.engine.flags import KINK, LOSS, UNDEFINED
from gradcli.engine.formulas import Formulas, Output, formulas
from gradcli.export.c_scalars import SPELLINGS
from gradcli.language.nodes import symbol
from gradcli.language.parse import parse
from gradcli.meaning.program import Program, Step, compile_tree, values_of_steps
from gradcli.operations.row import Op
from gradcli.operations.table import OPS

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")

LARGE = (1e5, 1e9 + 0.5, 1e16, 1e300)
GRID = (
    *(s * v for v in (0.0, 0.3, 0.5, 1 / 3, 1.0, 1.5, 2.0, 2.5, 3.0, 6.0, 7.3, 20.5, 40.0, *LARGE) for s in (1, -1)),
    *(s * v for v in (5e-324, 1e-300, 1e-8, 100.3, 171.5, 710.0, inf) for s in (1, -1)),
    *(1 - 2**-53, 1 + 2**-52, nan),
)

# The sign of 0: where torch's meaning loses it, C has that of IEEE 754; of 0 and -0 either is the larger.
SIGNS = frozenset({
    "cbrt", "floor_divide", "ieee_remainder", "bessel_j1", "besselj", "maximum", "minimum",
})  # fmt: skip
ROUNDED = {"ieee_remainder": "torch rounds x/y first, the remainder of IEEE 754 is that of the exact quotient"}


def spelled(count: int) -> list[Op]:
    """The rows with a meaning in C whose examples have so many names."""
    found = (OPS[name] for name in SPELLINGS)
    return [op for op in found if not op.differentiates and not op.variable and len(names_of(op)) == count]


def program_of(op: Op) -> Program:
    return compile_tree(parse(op.example_parts[0]).tree)


def names_of(op: Op) -> tuple[str, ...]:
    return program_of(op).names


def together(ops: list[Op], columns: tuple[str, ...]) -> Formulas:
    """One kernel with an output for each, whose names are these columns."""
    steps: list[Step] = [Step(symbol(name)) for name in columns]
    outputs = []
    for op in ops:
        program, at = program_of(op), {}
        for index, step in enumerate(program.steps):
            if isinstance(step.tree, sympy.Symbol) and step.op is None:
                at[index] = program.names.index(step.tree.name)
                continue
            inputs = tuple(None if i is None else at[i] for i in step.inputs)
            steps.append(Step(step.tree, step.op, inputs, step.constants))
            at[index] = len(steps) - 1
        outputs.append(Output(op.name, (), (at[len(program.steps) - 1],)))
    return Formulas(Program(tuple(steps)), columns, (), tuple(outputs), None, None)


def by_torch(found: Formulas, columns: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The outputs by the rows' torch meanings."""
    given = {name: torch.tensor(column) for name, column in columns.items()}
    with session("float64", "cpu"):
        values = values_of_steps(found.program, TorchArithmetic(), given)
    rows = len(next(iter(columns.values())))
    entries = {o.name: [torch.as_tensor(values[i], dtype=torch.float64) for i in o.steps] for o in found.outputs}
    shapes = {o.name: (rows, *o.shape) for o in found.outputs}
    return {n: torch.stack([e.expand(rows) for e in of], -1).reshape(shapes[n]).numpy() for n, of in entries.items()}


def same(found: FloatArray, due: FloatArray, rtol: float) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.array(
            (found == due) | (np.isnan(found) & np.isnan(due)) | (np.abs(found - due) <= 1e-15 + rtol * np.abs(due))
        )


def apart(ops: list[Op], columns: tuple[str, ...]) -> list[list[Op]]:
    """Each that calls functions of vectors alone, as a compiler calls fewer of them where many stand together."""
    calls = [bool(in_loop(c_source(together([op], columns)))) for op in ops]
    return [[op for op, called in zip(ops, calls, strict=True) if not called]] + [
        [op] for op, called in zip(ops, calls, strict=True) if called
    ]


@needs_compiler
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("options", [(), ("-D__clang__",)], ids=["vectors", "one by one"])
def test_rows_mean_what_torch_means(count: int, options: tuple[str, ...]) -> None:
    """Also where the compiler is taken for one that does not call vectors."""
    ops, columns = spelled(count), ("x", "y", "z")[:count]
    assert ops
    points = list(product(GRID, repeat=count))
    given = {name: np.array([point[k] for point in points]) for k, name in enumerate(columns)}
    kernel: dict[str, FloatArray] = {}
    for group in apart(ops, columns) if not options else [ops]:
        kernel |= answers(together(group, columns), given, {}, *options).outputs
    due, wrong = by_torch(together(ops, columns), given), []
    for op in ops:
        agrees = same(kernel[op.name], due[op.name], 1e-11)
        if op.name in ROUNDED:
            agrees |= np.abs(given["x"]) > 1e15
        if op.name not in SIGNS:
            zero = (kernel[op.name] == 0) & (due[op.name] == 0)
            agrees &= ~zero | (np.signbit(kernel[op.name]) == np.signbit(due[op.name]))
        wrong += [
            f"{op.name}{points[i]}: {kernel[op.name][i]} in C, {due[op.name][i]} in torch"
            for i in np.flatnonzero(~agrees)[:3]
        ]
    assert wrong == []


DERIVED = (
    ("x**2*sin(y)", "grad"), ("sin(x)*exp(-y**2) + log(1 + x**2)", "grad"), ("log(1 + exp(-y*x))", "grad"),
    ("[x*cos(y), x*sin(y)]", "jacobian"), ("exp(x*y)/(1 + y**2)", "hessian"), ("abs(x)*relu(y) + max(x, y)", "grad"),
    ("where(x > y and not y < 0, x**3, y**-2)", "grad"), ("x**y", "grad"), ("hypot(x, y)*atan2(y, x)", "grad"),
    ("(1 + x*x)**-1.5", "hessian"), ("gelu(x)*softplus(y)", "grad"), ("ndtr(x)*log_ndtr(y)", "grad"),
    ("lgamma(x)*gamma(y)", "grad"), ("lgamma(x)", "hessian"), ("x%2 + y//3 + round(x)", "grad"),
    ("clamp(x, -1, y)", "grad"), ("clamp(x, max=y)*clamp(y, min=1)", "grad"), ("3", "value"), ("[x, 2, x*y]", "value"),
)  # fmt: skip


@needs_compiler
@pytest.mark.parametrize(("text", "kind"), DERIVED)
def test_derivatives_are_those_of_the_program_in_torch(text: str, kind: str) -> None:
    tree = parse(text).tree
    found = formulas(tree, kind, ["x", "y"], ["x", "y"], ())
    given = {name: np.random.default_rng(seed).normal(size=1000) * 3 for seed, name in enumerate("xy")}
    kernel, due = answers(found, given), by_torch(found, given)
    for name, values in due.items():
        assert same(kernel.outputs[name], values, 1e-9).all(), name


@needs_compiler
def test_what_is_of_arrays_is_of_numbers_too() -> None:
    found = formulas(parse("min(x, y, 1)*norm(x) + sum(y)").tree, "grad", ["x", "y"], ["x", "y"], ())
    got = answers(found, {"x": np.array([-2.0, 3.0]), "y": np.array([5.0, 0.5])}).outputs
    assert [list(got[name]) for name in ("value", "d_x", "d_y")] == [[1.0, 2.0], [4.0, 0.5], [1.0, 4.0]]


@needs_compiler
def test_flags_tell_the_rows_apart() -> None:
    found = formulas(parse("abs(x) + log(y) + (sqrt(1 + y**2) - 1)").tree, "grad", ["x", "y"], ["x", "y"], ())
    given = {"x": np.array([1.0, 0.0, 1.0, nan, 0.0]), "y": np.array([1.0, 1.0, 1e-6, 1.0, 0.0])}
    flags = answers(found, given).flags
    assert list(flags) == [0, KINK, 0, UNDEFINED, UNDEFINED | KINK]
    lost = formulas(parse("sqrt(1 + y**2) - 1").tree, "value", ["y"], ["y"], ())
    assert list(answers(lost, {"y": given["y"][1:3]}).flags) == [0, LOSS]


@needs_compiler
def test_what_is_fixed_is_computed_once_and_right() -> None:
    found = formulas(parse("x*exp(sin)").tree, "grad", ["x"], ["x"], ["sin"])
    inside = c_source(found).split("#pragma omp simd\n")[1]
    assert "exp(" not in inside
    given = np.arange(3.0)
    assert np.allclose(answers(found, {"x": given}, {"sin": 2.0}).outputs["value"], given * np.exp(2.0), rtol=1e-15)


@needs_compiler
def test_names_of_c_are_only_names() -> None:
    names = ["int", "double", "tile", "job", "o0", "t1", "c0_", "main"]
    found = formulas(parse(" + ".join(f"{n}**2" for n in names)).tree, "grad", names, names, ())
    given = {name: np.array([float(k)]) for k, name in enumerate(names)}
    assert answers(found, given).outputs["value"] == [sum(k * k for k in range(len(names)))]
    assert answers(found, given).outputs["d_main"] == [14.0]


@needs_compiler
def test_thousands_of_steps() -> None:
    tree = parse(" + ".join(f"sin({k}*x)*cos(x + {k})" for k in range(1, 71))).tree
    found = formulas(tree, "grad", ["x"], ["x"], ())
    assert len(found.program.steps) > 2000
    given = {"x": np.linspace(-2, 2, 50)}
    kernel, due = answers(found, given).outputs, by_torch(found, given)
    assert np.allclose(kernel["d_x"], due["d_x"], rtol=1e-10)


@pytest.mark.parametrize(("text", "said"), [
    ("lambertw(x)", r"lambertw\(x, k=0\) has no meaning in C"),
    ("besselj(100000000, x)", r"besselj\(n, x\) with these constants has no meaning in C"),
    ("polygamma(21, x)", r"polygamma\(n, x\) with these constants has no meaning in C"),
])  # fmt: skip
def test_what_c_lacks_is_said_by_name(text: str, said: str) -> None:
    with pytest.raises(LimitError, match=said):
        c_source(formulas(parse(text).tree, "value", ["x"], ["x"], ()))
