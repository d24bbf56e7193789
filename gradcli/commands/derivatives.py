"""``grad``, ``jacobian`` and ``hessian``: parse, compute on torch, cross-check, and return a frozen dataclass.

Keyword arguments have the names of the command line's options; see ``gradcli.api``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExpressionError, InputError, UsageError
from gradcli.commands.computation import Common, Request, number, torch_for
from gradcli.commands.formula import symbolic_result
from gradcli.commands.results import Result, by_rows
from gradcli.inputs.prepare import Values, entries_of, nonscalar, refuse_large
from gradcli.inputs.values import read_value
from gradcli.language import nodes
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import size
from gradcli.operations.table import OPS
from gradcli.reference.answer import Answer
from gradcli.reference.formulas import Formulas
from gradcli.reference.routes import ALONG, Problem

if TYPE_CHECKING:
    pass

MODES = ("auto", "reverse", "forward")
MAX_ORDER = 10
REDUCTIONS = ("sum", "mean", "prod", "norm", "max", "min", "logsumexp", "var", "std")


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
    if not isinstance(order, int) or order < 1 or order > MAX_ORDER:
        raise UsageError(f"--order is a whole number from 1 to {MAX_ORDER}, not {order}")
    if sum(option is not None for option in (reduce, select, grad_outputs)) > 1:
        raise UsageError("--reduce, --select and --grad-outputs exclude each other")
    options = Common(**common)
    if not values:
        _needs_values(digits=options.digits, grad_outputs=grad_outputs, reduce=reduce, select=select)
        return symbolic_result("grad", expression, wrt, shape, order, options.seed, options.check)
    _no_shape(shape)
    request = Request.of("grad", expression, values, wrt, options, allow_unused or materialize_grads)
    read_as = write(request.task.expression.tree)
    if reduce is not None or select is not None:
        task = request.task.scalarised(_scalar_tree(request.task, reduce, select))
        request = replace(request, task=task, torch=torch_for(task, options))
    keep_none = allow_unused and not materialize_grads
    if grad_outputs is not None:
        cotangent = _vector(grad_outputs, request.task, "--grad-outputs", options.seed)
        return _vjp(request, cotangent, order, keep_none)
    if size(request.task.output) != 1:
        raise nonscalar(request.task, request.torch.nonscalar_error())
    _only_scalars(request.task, order)
    *parts, value = request.torch.gradient(None, order)
    answers = _by_variable(request.task, parts, order)
    check, found = request.check(request.problem(), answers, value, order, lambda torch: torch.gradient(None, order))
    return request.result(value, _table(answers, parts, keep_none), check, found, read_as=read_as)


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
    if mode not in MODES:
        raise UsageError(f"--mode is {', '.join(MODES)}, not {mode}")
    if jvp is not None and vjp is not None:
        raise UsageError("--jvp and --vjp exclude each other")
    options = Common(**common)
    if not values:
        _needs_values(digits=options.digits, jvp=jvp, vjp=vjp)
        return symbolic_result("jacobian", expression, wrt, shape, 1, options.seed, options.check)
    _no_shape(shape)
    request = Request.of("jacobian", expression, values, wrt, options, allow_unused or materialize_grads)
    task, torch = request.task, request.torch
    if vjp is not None:
        return _vjp(request, _vector(vjp, task, "--vjp", options.seed), 1, allow_unused and not materialize_grads)
    if jvp is not None:
        return _jvp(request, _tangents(jvp, task, "--jvp", options.seed))
    refuse_large(
        size(task.output) * entries_of(task),
        "the Jacobian",
        "--vjp V and --jvp V give products with it; --wrt takes fewer variables",
    )
    *parts, value = torch.jacobian(mode)
    answers = [
        Answer(n, part, ((n, task.values[n].ndim),), len(task.output)) for n, part in zip(task.wrt, parts, strict=True)
    ]
    problem = Problem(task.program, task.shapes, torch.exact, None, frozenset(task.wrt))
    check, found = request.check(problem, answers, value, 1, lambda twin: twin.jacobian(mode))
    missing = [
        None if allow_unused and not materialize_grads and n not in task.expression.names else a
        for n, a in zip(task.wrt, parts, strict=True)
    ]
    return request.result(value, _table(answers, missing, keep_none=True), check, found)


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
        _needs_values(digits=options.digits, hvp=hvp)
        return symbolic_result("hessian", expression, wrt, shape, 2, options.seed, options.check)
    _no_shape(shape)
    request = Request.of("hessian", expression, values, wrt, options, allow_unused or materialize_grads)
    task, torch = request.task, request.torch
    if size(task.output) != 1:
        raise nonscalar(task, torch.nonscalar_error(), options=False)
    if hvp is not None:
        return _hvp(request, _tangents(hvp, task, "--hvp", options.seed))
    refuse_large(
        entries_of(task) ** 2, "the Hessian", "--hvp V gives its product with a vector; --wrt takes fewer variables"
    )
    *parts, value = torch.hessian()
    rank = {name: task.values[name].ndim for name in task.wrt}
    pairs = [(row, column) for row in task.wrt for column in task.wrt]
    labels = [f"{row},{column}" if len(task.wrt) > 1 else row for row, column in pairs]
    answers = [
        Answer(label, part, ((r, rank[r]), (c, rank[c])))
        for label, (r, c), part in zip(labels, pairs, parts, strict=True)
    ]
    check, found = request.check(request.problem(), answers, value, 2, lambda twin: twin.hessian())
    blocks = {pair: number(part) for pair, part in zip(pairs, parts, strict=True)}
    nested = [
        None if table is None else by_rows(dict(zip(pairs, table.values(), strict=True)))
        for table in (found.text, found.trees, found.digits)
    ]
    return request.result(value, by_rows(blocks), check, Formulas(*nested))


def _vjp(request: Request, cotangent: FloatArray, order: int, keep_none: bool) -> Result:
    """``v^T J``, by variable."""
    if order > 1:
        raise UsageError("--order takes no --grad-outputs: make a scalar with --reduce or --select")
    *parts, value = request.torch.gradient(cotangent)
    answers = _by_variable(request.task, parts, 1)
    problem = request.weighted(cotangent)
    check, found = request.check(problem, answers, None, 1, lambda torch: torch.gradient(cotangent))
    return request.result(value, _table(answers, parts, keep_none), check, Formulas(digits=found.digits), product="vjp")


def _jvp(request: Request, tangents: dict[str, FloatArray]) -> Result:
    """``J v``, of the output's shape."""
    part, value = request.torch.jvp(tangents)
    answers = [Answer("jvp", part, ((ALONG, 0),), len(request.task.output))]
    problem = request.problem(request.task, tangents=tangents)
    check, _ = request.check(problem, answers, value, 1, lambda torch: torch.jvp(tangents))
    return request.result(value, _table(answers), check, product="jvp")


def _hvp(request: Request, tangents: dict[str, FloatArray]) -> Result:
    """``H v``, by variable."""
    *parts, value = request.torch.hvp(tangents)
    answers = [
        Answer(name, part, ((name, part.ndim), (ALONG, 0))) for name, part in zip(request.task.wrt, parts, strict=True)
    ]
    check, _ = request.check(request.problem(tangents=tangents), answers, value, 2, lambda torch: torch.hvp(tangents))
    return request.result(value, _table(answers), check, product="hvp")


# -- shared steps


def _by_variable(task: Task, parts: Sequence[FloatArray | None], order: int) -> list[Answer]:
    """An answer for each variable; where the output does not depend on it, the derivative is zero."""
    answers = []
    for name, part in zip(task.wrt, parts, strict=True):
        shape = task.values[name].shape
        answers.append(Answer(name, np.zeros(shape) if part is None else part, ((name, len(shape)),) * order))
    return answers


def _table(
    answers: Sequence[Answer], parts: Sequence[FloatArray | None] | None = None, keep_none: bool = False
) -> dict[str, Any]:  # Any: floats, arrays, None
    """Numbers by label; None stays None where the caller wants torch's ``allow_unused``."""
    missing = [keep_none and part is None for part in parts] if parts is not None else [False] * len(answers)
    return {answer.label: None if none else number(answer.array) for answer, none in zip(answers, missing, strict=True)}


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


def _vector(given: Any, task: Task, option: str, seed: int) -> FloatArray:  # Any: an array or a text
    """A cotangent of the output's shape. Errors: ExpressionError in torch's words, with both shapes."""
    shape = task.output
    array = _floats(option, given, task, seed)
    if array.shape != shape:
        raise ExpressionError(
            f"Mismatch in shape: grad_output[0] has a shape of {_torch_size(array.shape)} and output[0] has a shape of "
            f"{_torch_size(shape)}",
            hint=f"{option} takes one number for each entry of the output",
            kind="shape",
        )
    return array


def _floats(option: str, given: Any, task: Task, seed: int) -> FloatArray:  # Any: an array or a text
    if isinstance(given, str):
        return read_value(option, given, dict(task.values), seed)
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{option} is not an array of numbers: {error}", kind="binding") from None


def _torch_size(shape: tuple[int, ...]) -> str:
    return f"torch.Size({list(shape)})"


def _tangents(
    given: Any, task: Task, option: str, seed: int
) -> dict[str, FloatArray]:  # Any: an array, a mapping or a text
    """Tangents of the variables' shapes; ``x=1,0;y=2`` names several, and one left out is zero."""
    if isinstance(given, str) and "=" in given:
        given = _named_vectors(given, option)
    if not isinstance(given, Mapping):
        if len(task.wrt) != 1:
            raise UsageError(
                f"{option} needs a name for each vector",
                hint=f"{option} '" + ";".join(f"{name}=..." for name in task.wrt) + "'",
            )
        given = {task.wrt[0]: given}
    found = {}
    for name, value in given.items():
        if name.strip() not in task.wrt:
            raise InputError(
                f"{option} names {name}, which is not differentiated",
                hint=f"variables are {', '.join(task.wrt)}",
                kind="wrt",
            )
        array = _floats(option, value, task, seed)
        if array.shape != task.values[name.strip()].shape:
            raise ExpressionError(
                f"{option} has shape {array.shape} for {name.strip()} of shape {task.values[name.strip()].shape}",
                kind="shape",
            )
        found[name.strip()] = array
    return found


def _named_vectors(text: str, option: str) -> dict[str, str]:
    """``x=1,0;y=2`` -> values by name. Errors: UsageError."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        if not sign or not value.strip() or name.strip() in found:
            raise UsageError(f"{option} is a vector, or NAME=VECTOR once for each variable, joined by ;")
        found[name.strip()] = value
    return found


def _only_scalars(task: Task, order: int) -> None:
    """A second gradient needs a scalar first one."""
    for name in task.wrt if order > 1 else ():
        shape = task.values[name].shape
        if size(shape) != 1:
            raise ExpressionError(
                f"the first derivative in {name} has shape {shape}: grad of it again can be created only for scalars", source=task.expression.source,
                hint="gradcli hessian ... gives all second derivatives", kind="non-scalar",
            )  # fmt: skip


def _needs_values(**options: Any) -> None:  # Any: options' values
    """Options that make no sense for a formula."""
    for name, value in options.items():
        if value is not None:
            hint = "bind the variables, or write it into the expression"
            raise UsageError(f"--{name.replace('_', '-')} needs values", hint=hint)


def _no_shape(shape: Any) -> None:  # Any: see prepare
    if shape:
        raise UsageError("--shape is for symbolic derivatives: bound values bring their own shapes")
