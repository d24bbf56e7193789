"""``explain``: why the derivative is what it is, from the shapes to the PyTorch program that reproduces it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExitCode
from gradcli.commands.computation import torch_for
from gradcli.commands.derivatives import grad, jacobian
from gradcli.commands.explain.backward import TapeRow, step_names, step_text, tape_rows
from gradcli.commands.explain.hazards import HazardRow, hazard_rows
from gradcli.commands.explain.torch_program import torch_program
from gradcli.commands.explain.ways import Way, ways_on
from gradcli.commands.results import SCHEMA, json_value
from gradcli.inputs.prepare import Values, prepare, symbolic_shapes
from gradcli.inputs.request import CheckMode, Options, Shapes, Wrt
from gradcli.inputs.sources import Source, parse_source
from gradcli.language.nodes import Tree
from gradcli.language.write import write
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape, size
from gradcli.verdicts.verdict import Check

if TYPE_CHECKING:
    from gradcli.commands.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that there is to say; what does not apply is empty. ``to_dict()`` is the JSON object."""

    expression: str
    read_as: str
    wrt: tuple[str, ...]
    value: Any = None  # Any: a float, an array, or None without values
    shapes: tuple[tuple[str, str, Shape], ...]  # name, text, shape of each step
    error: str | None = None
    ways: tuple[Way, ...] = ()
    formula: Mapping[str, Any] | None  # Any: texts
    tape: tuple[TapeRow, ...] = ()
    unused: tuple[str, ...] = ()
    derivative: Mapping[str, Any] | None = None  # Any: floats, arrays or None; of the sum where it is no scalar
    check: Check
    hazards: tuple[HazardRow, ...] = ()
    program: str = ""
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
        ways=() if scalar else ways_on(expression, task, request | {"check": "off"}),
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
        shapes=_shape_rows(parsed.tree, program, steps),
        formula=result.formula,
        check=result.check,
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


def _plain(value: FloatArray) -> Any:  # Any: a float for a scalar, else the array
    return float(value) if value.ndim == 0 else value
