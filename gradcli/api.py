"""The Python twin of every command: parse, compute on torch, cross-check, and return a frozen dataclass.

Keyword arguments have the names of the command line's options. ``values`` maps names to numbers, lists, numpy arrays
or tensors (or is a sequence of ``NAME=VALUE`` texts); without values the symbolic derivative is returned. Errors are
``gradcli.GradcliError`` with an exit code, a place in the expression and the next move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.data.values import read_value
from gradcli.errors import ExpressionError, InputError, UsageError
from gradcli.language import nodes
from gradcli.language.parse import parse
from gradcli.language.shape_rules import size
from gradcli.language.table import OPS
from gradcli.language.write import write
from gradcli.results import Result
from gradcli.unbound import symbolic_result
from gradcli.task import FloatArray, Task, Values, nonscalar, prepare, refuse_large
from gradcli.verify.crosscheck import Answer, Settings, crosscheck
from gradcli.verify.formulas import formulas
from gradcli.verify.reference import ALONG, Problem
from gradcli.verify.verdict import Check

if TYPE_CHECKING:
    from gradcli.calculus.compute import Torch

COTANGENT = "grad_outputs·"  # a name that no user can type
REDUCTIONS = ("sum", "mean", "prod", "norm", "max", "min", "logsumexp", "var", "std")


@dataclass(frozen=True, slots=True)
class Common:
    """The options that every command shares; see the command line's help for their meaning."""

    device: str = "cpu"
    dtype: str = "float64"
    check: str = "full"
    rtol: float | None = None
    atol: float = 0.0
    seed: int = 0
    check_seconds: float | None = 2.0


def grad(
    expression: Any, values: Values = None, *, wrt: str | Sequence[str] | None = None, order: int = 1, reduce: str | None = None,
    select: Any = None, grad_outputs: Any = None, allow_unused: bool = False, materialize_grads: bool = False,
    shape: Mapping[str, Any] | Sequence[str] | None = None, **common: Any,
) -> Result:  # fmt: skip
    """The gradient of a scalar function: ``d f / d x`` for each variable, of the variable's shape.

    order: derivative repeated so many times in each (scalar) variable
    reduce, select, grad_outputs: ways to make a scalar of a non-scalar output: a reduction, an entry, v in v^T J
    Any: an expression is a text or a sympy expression; select an index or its text; grad_outputs an array or a text.
    Errors: ExpressionError (kind non-scalar) where the output is not a scalar and none of these is given.

    >>> grad("x**2", {"x": 3.0}).derivative["x"]
    6.0
    """
    if order < 1 or order > 20:
        raise UsageError(f"--order is a whole number from 1 to 20, not {order}")
    if sum(option is not None for option in (reduce, select, grad_outputs)) > 1:
        raise UsageError("--reduce, --select and --grad-outputs exclude each other")
    options = Common(**common)
    if not values:
        return symbolic_result("grad", expression, wrt, shape, order, options.seed)
    _no_shape(shape)
    task = prepare(expression, values, wrt, seed=options.seed, unused=allow_unused or materialize_grads)
    read_as = write(task.expression.tree)
    task = task.scalarised(_scalar_tree(task, reduce, select)) if reduce is not None or select is not None else task
    cotangent = None if grad_outputs is None else _vector(grad_outputs, task.output, "--grad-outputs", task, options.seed)
    torch = _torch(task, options)
    if cotangent is None and size(task.output) != 1:
        raise nonscalar(task, torch.nonscalar_error())
    if order > 1:
        _only_scalars(task)
    *parts, value = torch.gradient(cotangent, order)
    answers = [Answer(name, np.zeros(task.values[name].shape) if part is None else part, ((name, task.values[name].ndim),) * order) for name, part in zip(task.wrt, parts, strict=True)]
    reference = _weighted(task, cotangent)
    again = partial(_filled, lambda twin: twin.gradient(cotangent, order))
    check, formula, latex = _checked(reference, torch, answers, value if cotangent is None else None, order, options, again)
    explicit = wrt is not None and not allow_unused
    derivative = {
        a.label: _number(a.array) if part is not None or materialize_grads or explicit else None for a, part in zip(answers, parts, strict=True)
    }  # fmt: skip
    return _result("grad", task, read_as, value, derivative, formula if cotangent is None else None, check, torch, options, "vjp" if cotangent is not None else None, latex)


def jacobian(
    expression: Any, values: Values = None, *, wrt: str | Sequence[str] | None = None, mode: str = "auto", jvp: Any = None, vjp: Any = None,
    allow_unused: bool = False, materialize_grads: bool = False, shape: Mapping[str, Any] | Sequence[str] | None = None, **common: Any,
) -> Result:  # fmt: skip
    """The Jacobian ``d f_i / d x_j``: output axes, then input axes, for each variable.

    mode: auto, reverse (one backward pass per output entry) or forward (one forward pass per input entry)
    jvp, vjp: a vector (array or text); then the result is J v of the output's shape, or v^T J of the inputs' shapes
    Any: as in ``grad``.

    >>> jacobian("[x[0]**2, x[1]**3]", {"x": [1.0, 2.0]}).derivative["x"].tolist()
    [[2.0, 0.0], [0.0, 12.0]]
    """
    if mode not in {"auto", "reverse", "forward"}:
        raise UsageError(f"--mode is auto, reverse or forward, not {mode}")
    if jvp is not None and vjp is not None:
        raise UsageError("--jvp and --vjp exclude each other")
    options = Common(**common)
    if not values:
        return symbolic_result("jacobian", expression, wrt, shape, 1, options.seed)
    _no_shape(shape)
    task = prepare(expression, values, wrt, seed=options.seed, unused=allow_unused or materialize_grads)
    torch = _torch(task, options)
    if vjp is not None:
        return _vjp(task, torch, _vector(vjp, task.output, "--vjp", task, options.seed), options)
    if jvp is not None:
        return _jvp(task, torch, _tangents(jvp, task, "--jvp", options.seed), options)
    entries = size(task.output) * sum(task.values[name].size for name in task.wrt)
    refuse_large(entries, "the Jacobian", "--vjp V and --jvp V give products with it; --wrt takes fewer variables")
    *parts, value = torch.jacobian(mode)
    answers = [Answer(name, part, ((name, task.values[name].ndim),), len(task.output)) for name, part in zip(task.wrt, parts, strict=True)]
    again = partial(_filled, lambda twin: twin.jacobian(mode))
    check, formula, latex = _checked(_problem(task, torch), torch, answers, value, 1, options, again)
    derivative = {answer.label: _number(answer.array) for answer in answers}
    return _result("jacobian", task, write(task.expression.tree), value, derivative, formula, check, torch, options, None, latex)


def _vjp(task: Task, torch: Torch, cotangent: FloatArray, options: Common) -> Result:
    *parts, value = torch.gradient(cotangent)
    answers = [Answer(n, np.zeros(task.values[n].shape) if p is None else p, ((n, task.values[n].ndim),)) for n, p in zip(task.wrt, parts, strict=True)]
    again = partial(_filled, lambda twin: twin.gradient(cotangent))
    check, _, _ = _checked(_weighted(task, cotangent), torch, answers, None, 1, options, again)
    derivative = {answer.label: _number(answer.array) for answer in answers}
    return _result("jacobian", task, write(task.expression.tree), value, derivative, None, check, torch, options, "vjp", None)


def _jvp(task: Task, torch: Torch, tangents: dict[str, FloatArray], options: Common) -> Result:
    part, value = torch.jvp(tangents)
    answers = [Answer("jvp", part, ((ALONG, 0),), len(task.output))]
    again = partial(_filled, lambda twin: twin.jvp(tangents))
    check, _, _ = _checked(_problem(task, torch, tangents), torch, answers, value, 1, options, again)
    return _result("jacobian", task, write(task.expression.tree), value, {"jvp": _number(part)}, None, check, torch, options, "jvp", None)


def hessian(
    expression: Any, values: Values = None, *, wrt: str | Sequence[str] | None = None, hvp: Any = None,
    allow_unused: bool = False, materialize_grads: bool = False, shape: Mapping[str, Any] | Sequence[str] | None = None, **common: Any,
) -> Result:  # fmt: skip
    """The Hessian of a scalar function in blocks: ``derivative[row][column]`` has row axes, then column axes.

    hvp: a vector (array or text; ``x=...;y=...`` for several variables); the result is H v by variable
    Any: as in ``grad``.

    >>> hessian("x**2*y", {"x": 1.0, "y": 2.0}).derivative
    {'x': {'x': 4.0, 'y': 2.0}, 'y': {'x': 2.0, 'y': 0.0}}
    """
    options = Common(**common)
    if not values:
        return symbolic_result("hessian", expression, wrt, shape, 2, options.seed)
    _no_shape(shape)
    task = prepare(expression, values, wrt, seed=options.seed, unused=allow_unused or materialize_grads)
    torch = _torch(task, options)
    if size(task.output) != 1:
        raise nonscalar(task, torch.nonscalar_error())
    rank = {name: task.values[name].ndim for name in task.wrt}
    if hvp is not None:
        return _hvp(task, torch, _tangents(hvp, task, "--hvp", options.seed), options)
    total = sum(task.values[name].size for name in task.wrt)
    refuse_large(total * total, "the Hessian", "--hvp V gives its product with a vector; --wrt takes fewer variables")
    *parts, value = torch.hessian()
    pairs = [(row, column) for row in task.wrt for column in task.wrt]
    answers = [Answer(f"{row},{column}" if len(task.wrt) > 1 else row, part, ((row, rank[row]), (column, rank[column]))) for (row, column), part in zip(pairs, parts, strict=True)]
    again = partial(_filled, lambda twin: twin.hessian())
    problem = _problem(task.scalarised(_first(task)) if task.output else task, torch)
    check, formula, latex = _checked(problem, torch, answers, value.reshape(()), 2, options, again)
    blocks: dict[str, dict[str, Any]] = {row: {} for row in task.wrt}
    for (row, column), part in zip(pairs, parts, strict=True):
        blocks[row][column] = _number(part)
    nested = [None if table is None else {row: {c: table[a.label] for (r, c), a in zip(pairs, answers, strict=True) if r == row} for row in task.wrt} for table in (formula, latex)]
    return _result("hessian", task, write(task.expression.tree), value, blocks, nested[0], check, torch, options, None, nested[1])


def _hvp(task: Task, torch: Torch, tangents: dict[str, FloatArray], options: Common) -> Result:
    *parts, value = torch.hvp(tangents)
    answers = [Answer(name, part, ((name, part.ndim), (ALONG, 0))) for name, part in zip(task.wrt, parts, strict=True)]
    again = partial(_filled, lambda twin: twin.hvp(tangents))
    problem = _problem(task.scalarised(_first(task)) if task.output else task, torch, tangents)
    check, _, _ = _checked(problem, torch, answers, value.reshape(()), 2, options, again)
    derivative = {answer.label: _number(answer.array) for answer in answers}
    return _result("hessian", task, write(task.expression.tree), value, derivative, None, check, torch, options, "hvp", None)


# -- shared steps


def _torch(task: Task, options: Common) -> Torch:
    from gradcli.calculus.compute import Torch, find_device
    from gradcli.meaning.torch_ops import DTYPES

    if options.dtype not in DTYPES:
        raise UsageError(f"--dtype is one of {', '.join(DTYPES)}, not {options.dtype}")
    return Torch(task, options.dtype, find_device(options.device))


def _problem(task: Task, torch: Torch, tangents: Mapping[str, FloatArray] | None = None, extra: Mapping[str, FloatArray] | None = None) -> Problem:
    exact = {**torch.exact, **(extra or {})}
    return Problem(task.program, task.shapes, exact, tangents, frozenset(task.wrt))


def _weighted(task: Task, cotangent: FloatArray | None) -> Callable[[Torch], Problem]:
    """The scalar function whose gradient is asked for: the output itself, or its product with the cotangent."""

    def build(torch: Torch) -> Problem:
        if cotangent is None:
            return _problem(task.scalarised(_first(task)) if task.output else task, torch)
        tree = nodes.make(OPS["sum"], [nodes.multiply(nodes.symbol(COTANGENT), task.expression.tree)], (None, False))
        return _problem(task.scalarised(tree, {COTANGENT: cotangent}), torch, extra={COTANGENT: cotangent})

    return build


def _first(task: Task) -> nodes.Tree:
    """The one entry of an output of shape (1,) or (1, 1) as a scalar."""
    return nodes.make(OPS["sum"], [task.expression.tree], (None, False))


def _checked(problem: Problem | Callable[[Torch], Problem], torch: Torch, answers: Sequence[Answer], value: Any, order: int, options: Common, again: Any) -> tuple[Check, dict[str, str] | None, dict[str, str] | None]:  # fmt: skip  # Any: a float array, a callable
    """The verdict, and formulas where the second route was symbolic."""
    made = problem if isinstance(problem, Problem) else problem(torch)
    settings = Settings(options.dtype, options.check, options.rtol, options.atol, options.seed, options.check_seconds, partial(again, torch))
    if value is not None:
        value = value.reshape(made.shapes[-1])
    check, reference = crosscheck(made, answers, value, order, settings)
    text, latex = formulas(reference, answers) if reference is not None else (None, None)
    return check, text, latex


def _filled(compute: Callable[[Torch], Sequence[FloatArray | None]], torch: Torch, seed: int) -> list[FloatArray]:
    """One noisy run; an unused variable's derivative is zero."""
    parts = compute(torch.noisy(seed))
    return [np.zeros(()) if part is None else part for part in parts]


def _result(
    command: str, task: Task, read_as: str, value: FloatArray, derivative: Mapping[str, Any], formula: Mapping[str, Any] | None, check: Check,
    torch: Torch, options: Common, product: str | None, latex: Mapping[str, Any] | None,
) -> Result:  # fmt: skip
    return Result(
        command, task.expression.source, read_as, task.wrt, _number(value), derivative, formula, check, torch.device, options.dtype, options.seed,
        product, latex,
    )  # fmt: skip


def _number(array: FloatArray) -> Any:  # Any: a float for a scalar, else the array
    return float(array) if array.ndim == 0 else array


def _scalar_tree(task: Task, reduction: str | None, select: Any) -> nodes.Tree:  # Any: an index or its text
    tree = task.expression.tree
    if reduction is not None:
        if reduction not in REDUCTIONS:
            raise UsageError(f"--reduce is one of {', '.join(REDUCTIONS)}, not {reduction}")
        op = OPS[reduction]
        return nodes.make(op, [tree], tuple(param.default for param in op.constants))
    text = select if isinstance(select, str) else ",".join(map(str, np.atleast_1d(select)))
    index = parse(f"f[{text}]").tree
    if type(index).__name__ != "index":
        raise UsageError(f"--select is an index such as 0 or 1,2, not {text}")
    return nodes.make(OPS["index"], [tree], index.args[-1].value)


def _vector(given: Any, shape: tuple[int, ...], option: str, task: Task, seed: int) -> FloatArray:  # Any: an array or a text
    """A cotangent of the output's shape. Errors: ExpressionError in torch's words, with both shapes."""
    array = read_value(option, given, dict(task.values), seed) if isinstance(given, str) else np.asarray(given, dtype=np.float64)
    if array.shape != shape:
        raise ExpressionError(
            f"Mismatch in shape: grad_output[0] has a shape of {_torch_size(array.shape)} and output[0] has a shape of {_torch_size(shape)}",
            hint=f"{option} takes one number for each entry of the output", kind="shape",
        )  # fmt: skip
    return array


def _torch_size(shape: tuple[int, ...]) -> str:
    return f"torch.Size({list(shape)})"


def _tangents(given: Any, task: Task, option: str, seed: int) -> dict[str, FloatArray]:  # Any: an array, a mapping or a text
    """Tangents of the variables' shapes; ``x=1,0;y=2`` names several, and one left out is zero."""
    if isinstance(given, str) and "=" in given:
        given = dict(part.split("=", 1) for part in given.split(";") if "=" in part)
    if not isinstance(given, Mapping):
        if len(task.wrt) != 1:
            raise UsageError(f"{option} needs a name for each vector", hint=f"{option} '" + ";".join(f"{name}=..." for name in task.wrt) + "'")
        given = {task.wrt[0]: given}
    found = {}
    for name, value in given.items():
        if name.strip() not in task.wrt:
            raise InputError(f"{option} names {name}, which is not differentiated", hint=f"variables are {', '.join(task.wrt)}", kind="wrt")
        array = read_value(option, value, dict(task.values), seed) if isinstance(value, str) else np.asarray(value, dtype=np.float64)
        if array.shape != task.values[name.strip()].shape:
            raise ExpressionError(f"{option} has shape {array.shape} for {name.strip()} of shape {task.values[name.strip()].shape}", kind="shape")
        found[name.strip()] = array
    return found


def _only_scalars(task: Task) -> None:
    """A second gradient needs a scalar first one."""
    for name in task.wrt:
        shape = task.values[name].shape
        if size(shape) != 1:
            raise ExpressionError(
                f"the first derivative in {name} has shape {shape}: grad of it again can be created only for scalars", source=task.expression.source,
                hint="gradcli hessian ... gives all second derivatives", kind="non-scalar",
            )  # fmt: skip


def _no_shape(shape: Any) -> None:  # Any: see prepare
    if shape:
        raise UsageError("--shape is for symbolic derivatives: bound values bring their own shapes")
