"""``explain``: why the derivative is what it is, from the shapes to the PyTorch program that reproduces it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExitCode, GradcliError
from gradcli.commands.computation import torch_for
from gradcli.commands.derivatives import grad, jacobian
from gradcli.commands.explain.backward import TapeRow, step_names, step_text, tape_rows
from gradcli.commands.explain.hazards import HazardRow, hazard_rows
from gradcli.commands.explain.torch_program import torch_program
from gradcli.commands.results import SCHEMA, json_value
from gradcli.inputs.prepare import Values, prepare, symbolic_shapes
from gradcli.inputs.request import CheckMode, Options, Shapes, Wrt
from gradcli.inputs.sources import Source, parse_source
from gradcli.language.nodes import Tree
from gradcli.language.write import write
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import Shape, size
from gradcli.verdicts.verdict import Check

if TYPE_CHECKING:
    from gradcli.commands.results import Result

MAX_ENTRIES = 10_000
MAX_VECTOR = 8  # entries of a vector that is written out


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a non-scalar output: what it means, the option, the PyTorch line, and its result."""

    name: str
    option: str
    torch: str
    result: Mapping[str, Any]  # Any: floats or arrays by variable

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"name": self.name, "option": self.option, "torch": self.torch, "result": json_value(self.result)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that there is to say; what does not apply is empty. ``to_dict()`` is the JSON object."""

    expression: str
    read_as: str
    wrt: tuple[str, ...]
    value: Any  # Any: a float, an array, or None without values
    shapes: tuple[tuple[str, str, Shape], ...]  # name, text, shape of each step
    error: str | None
    ways: tuple[Way, ...]
    formula: Mapping[str, Any] | None  # Any: texts
    tape: tuple[TapeRow, ...]
    unused: tuple[str, ...]
    derivative: Mapping[str, Any] | None  # Any: floats, arrays or None; the gradient, of the sum where it is no scalar
    check: Check
    hazards: tuple[HazardRow, ...]
    program: str
    device: str
    dtype: str
    seed: int

    @property
    def gradient(self) -> Mapping[str, Any] | None:  # Any: as derivative
        """Another name of ``derivative``."""
        return self.derivative

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """The exit code that the gradient's verdict asks for."""
        return self.check.verdict.exit_code(strict=strict)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "schema": SCHEMA,
            "command": "explain",
            "expression": self.expression,
            "read_as": self.read_as,
            "wrt": list(self.wrt),
            "value": json_value(self.value),
            "shapes": [{"name": n, "text": t, "shape": list(s)} for n, t, s in self.shapes],
            "error": self.error,
            "ways": [way.to_dict() for way in self.ways],
            "formula": json_value(self.formula),
            "tape": [row.to_dict() for row in self.tape],
            "unused": list(self.unused),
            "derivative": json_value(self.derivative),
            "check": json_value(self.check.to_dict()),
            "hazards": [row.to_dict() for row in self.hazards],
            "program": self.program,
            "device": self.device,
            "dtype": self.dtype,
            "seed": self.seed,
        }


def explain(
    expression: Source,
    values: Values = None,
    *,
    wrt: Wrt = None,
    shape: Shapes = None,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "full",
    rtol: float | None = None,
    atol: float = 0.0,
    seed: int = 0,
    check_time: float = 2.0,
    threads: int | None = None,
) -> Explanation:
    """The derivation of a gradient, step by step; for a non-scalar output torch's own error and each way on.

    See ``grad`` for the arguments. Errors: as ``grad``, but a non-scalar output is explained rather than refused.

    >>> explain("x**2", {"x": 3.0}).derivative
    {'x': 6.0}
    """
    options = Options(device, dtype, check, rtol, atol, seed, check_time, None, threads)
    if not values:
        return _without_values(expression, wrt, shape, options)
    task = prepare(expression, values, wrt, seed=options.seed, unused=True)
    torch = torch_for(task, options)
    scalar = size(task.output) == 1
    error = None if scalar else torch.nonscalar_error()
    request = {"wrt": task.wrt, "allow_unused": True, **asdict(options)}
    result = grad(expression, task.values, reduce=None if scalar else "sum", **request)
    cotangent = None if scalar else np.ones(task.output)
    unused = tuple(name for name, part in (result.derivative or {}).items() if part is None)
    entries = torch.tape(cotangent)
    return Explanation(
        expression=result.expression,
        read_as=result.read_as,
        wrt=task.wrt,
        value=_plain(entries[-1].value),
        shapes=_shape_rows(task.expression.tree, task.program, task.shapes),
        error=error,
        ways=() if scalar else _ways(expression, task, request | {"check": "off"}),
        formula=result.formula,
        tape=tuple(tape_rows(task.program, entries)),
        unused=unused,
        derivative=result.derivative,
        check=result.check,
        hazards=hazard_rows(task.program, torch.exact, task.wrt),
        program=torch_program(task, options, scalar=scalar, unused=bool(unused)),
        device=torch.device,
        dtype=options.dtype,
        seed=options.seed,
    )


def _without_values(expression: Source, wrt: Wrt, shape: Shapes, options: Options) -> Explanation:
    """Shapes and formulas: all that can be said of a function without a point."""
    parsed = parse_source(expression, ())
    shapes, _ = symbolic_shapes(parsed, wrt, shape)
    program = compile_tree(parsed.tree)
    steps = shapes_of(program, shapes, parsed)
    derive: Callable[..., Result] = grad if size(steps[-1]) == 1 else jacobian
    result = derive(expression, None, wrt=wrt, shape=shape, **asdict(options))
    return Explanation(
        expression=result.expression,
        read_as=result.read_as,
        wrt=result.wrt,
        value=None,
        shapes=_shape_rows(parsed.tree, program, steps),
        error=None,
        ways=(),
        formula=result.formula,
        tape=(),
        unused=(),
        derivative=None,
        check=result.check,
        hazards=(),
        program="",
        device=result.device,
        dtype=result.dtype,
        seed=result.seed,
    )


def _shape_rows(tree: Tree, program: Program, shapes: Sequence[Shape]) -> tuple[tuple[str, str, Shape], ...]:
    """Name, text and shape of every variable and operation; numbers are left out."""
    names = step_names(program)
    rows = []
    for step, name, shape in zip(program.steps, names, shapes, strict=True):
        if step.op is not None:
            rows.append((name, step_text(step, names), shape))
        elif step.tree.is_Symbol:
            rows.append((name, "variable", shape))
    return tuple(rows) or (("f", write(tree), ()),)


def _ways(expression: Source, task: Task, request: Mapping[str, Any]) -> tuple[Way, ...]:  # Any: options of grad
    """Each way on, computed by the same code as the commands; a way that fails is left out."""
    names = ", ".join(task.wrt)
    inputs = f"[{names}]" if len(task.wrt) > 1 else names
    first = ", ".join("0" for _ in task.output)
    ones, custom = np.ones(task.output), np.arange(1.0, size(task.output) + 1).reshape(task.output)
    v = _vector_text(custom)

    def by_grad(**way: Any) -> Callable[[], Result]:  # Any: options of grad
        return lambda: grad(expression, task.values, **way, **request)

    call = "torch.autograd.grad"
    extra = "" if set(task.wrt) <= set(task.expression.names) else ", allow_unused=True"
    tensor = f"torch.tensor({custom.tolist()})" if custom.size <= MAX_VECTOR else "v"
    plans: list[tuple[str, str, str, Callable[[], Result]]] = [
        ("the sum of all entries", "--reduce sum", f"{call}(f.sum(), {inputs}{extra})", by_grad(reduce="sum")),
        ("their mean", "--reduce mean", f"{call}(f.mean(), {inputs}{extra})", by_grad(reduce="mean")),
        (
            "one entry",
            f"--select {first.replace(' ', '')}",
            f"{call}(f[{first}], {inputs}{extra})",
            by_grad(select=first),
        ),
        (
            "v^T J with v of ones: the same as the sum",
            f"--grad-outputs {_vector_text(ones)}",
            f"{call}(f, {inputs}, grad_outputs=torch.ones_like(f){extra})",
            by_grad(grad_outputs=ones),
        ),
        (
            f"v^T J with your own v, here {v}",
            f"--grad-outputs {v}",
            f"{call}(f, {inputs}, grad_outputs={tensor}{extra})",
            by_grad(grad_outputs=custom),
        ),
    ]
    entries = size(task.output) * sum(task.values[name].size for name in task.wrt)
    if entries <= MAX_ENTRIES:
        plans.append(
            (
                "the whole Jacobian, output axes first",
                "gradcli jacobian",
                _basis_loop(task.output, inputs + extra),
                lambda: jacobian(expression, task.values, **request),
            )
        )
    plans.append(
        (
            "what TensorFlow's GradientTape gives, without a word: the sum",
            "--reduce sum",
            f"tape.gradient(f, {inputs})",
            by_grad(reduce="sum"),
        )
    )
    found = []
    for name, option, line, compute in plans:
        try:
            found.append(Way(name, option, line, compute().derivative or {}))
        except GradcliError:
            continue
    return tuple(found)


def _basis_loop(output: Shape, inputs: str) -> str:
    """The Jacobian by basis vectors, as people write it in PyTorch."""
    if len(output) == 1:
        return f"[torch.autograd.grad(f, {inputs}, grad_outputs=e, retain_graph=True) for e in torch.eye({output[0]})]"
    return f"[torch.autograd.grad(y, {inputs}, retain_graph=True) for y in f.flatten()]"


def _vector_text(vector: FloatArray) -> str:
    """A vector as ``--grad-outputs`` takes it."""
    if vector.size > MAX_VECTOR:
        return "V"
    whole = vector.astype(int).tolist()
    return ",".join(map(str, whole)) if vector.ndim == 1 else str(whole).replace(" ", "")


def _plain(value: FloatArray) -> Any:  # Any: a float for a scalar, else the array
    return float(value) if value.ndim == 0 else value
