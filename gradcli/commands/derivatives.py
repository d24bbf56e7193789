"""``grad``, ``jacobian`` and ``hessian``: parse, compute on torch, cross-check, and return a frozen dataclass.

Keyword arguments have the names of the command line's options; see ``gradcli.api``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExpressionError, UsageError
from gradcli.base.events import timed
from gradcli.base.wording import call, either, option
from gradcli.closed.arrangement import Arrangement
from gradcli.commands.arranged import arranged, at_values, refuse_other_than_symmetric
from gradcli.commands.bound import Bound
from gradcli.commands.computation import Request, number, torch_for
from gradcli.commands.formula import symbolic_result
from gradcli.commands.from_latex import answered
from gradcli.commands.results import Result
from gradcli.commands.row_blocks import in_row_blocks, refuse_output, stored
from gradcli.commands.sparse import refuse_beside, sparse_or_dense
from gradcli.commands.wished import Wish
from gradcli.inputs.assumptions import Assumptions
from gradcli.inputs.prepare import MAX_DERIVATIVE, Values, entries_of, nonscalar, refuse_large
from gradcli.inputs.request import (
    MAX_ORDER,
    REDUCTIONS,
    CheckMode,
    Detail,
    Layout,
    Mode,
    Options,
    Reduction,
    Shapes,
    Symmetric,
    Tangent,
    Vector,
    Wrt,
    known_mode,
    whole,
)
from gradcli.inputs.sources import Source
from gradcli.inputs.symbolic import Asked, Given
from gradcli.inputs.vectors import cotangent_of, tangents_of
from gradcli.inputs.wanted import Manner, Wanted
from gradcli.language import nodes
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import size
from gradcli.operations.table import OPS
from gradcli.reference.answer import Answer
from gradcli.reference.formulas import NO_FORMULAS, Formulas, Label
from gradcli.reference.problem import ALONG, Problem


def grad(
    expression: Source,
    values: Values = None,
    *,
    wrt: Wrt = None,
    order: int = 1,
    reduce: Reduction | None = None,
    select: int | Sequence[int] | str | None = None,
    grad_outputs: Vector | None = None,
    allow_unused: bool = False,
    materialize_grads: bool = False,
    shape: Shapes = None,
    latex: bool = False,
    entries: bool = False,
    assume: Assumptions = None,
    layout: Layout | None = None,
    vec: bool = False,
    symmetric: Symmetric | None = None,
    code: str | None = None,
    derivation: bool = False,
    detail: Detail | None = None,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "full",
    rtol: float | None = None,
    atol: float = 0.0,
    seed: int = 0,
    check_time: float = 20.0,
    digits: int | None = None,
    min_digits: int | None = None,
    correct: bool = False,
    threads: int | None = None,
    max_memory: int | str | None = None,
) -> Result:
    """The gradient of a scalar function: ``d f / d x`` for each variable, of the variable's shape.

    expression:        a text in gradcli's language, or a sympy expression, whose symbols are matched by name
    values:            numbers, lists, arrays or tensors by name, or texts ``NAME=VALUE``; None, or values for some
                       names only: the formula is given, with these values in it
    wrt:               the variables, ``"x,y"`` or ``["x", "y"]``; by default those without a value, else all
    order:             the derivative is repeated so many times in each (scalar) variable
    reduce:            make a scalar of the output: sum, mean, prod, norm, max, min, logsumexp, var or std
    select:            or take an entry of it: ``0``, ``(1, 2)``, or an index as a text
    grad_outputs:      or give v in v^T J, of the output's shape
    allow_unused:      a variable that the expression does not use gives None
    materialize_grads: or zeros
    shape:             sizes by name: ``{"A": ("n", "m"), "x": 3}``; what has neither shape nor value is a scalar
    latex:             the expression is LaTeX, read by the shapes of its names: ``.read_as`` says what it was read as
    entries:           the formula entry by entry, instead of one in matrix notation; sizes are numbers
    assume:            what holds of a variable at the point, ``{"S": "symmetric"}``; its entries still move one by one
    layout:            numerator or denominator; by default torch's: output axes, then input axes: the numerator layout
                       of a Jacobian, the denominator layout of a gradient
    vec:               columns of matrices one below the other: the Jacobian of vec(F) in vec(X)
    symmetric:         joint: equal entries of a matrix that is assumed to be symmetric move together
    code:              or a program for value and derivative, in ``.code``: torch, numpy, jax, tensorflow, sympy, julia
                       or c
    derivation:        the formula line by line, each held equal to the one before, in ``.derivations``
    detail:            how small its steps are: brief, normal or full
    device:            where torch computes: cpu, cuda, cuda:N, mps, or auto
    dtype:             of all numbers: float64, float32, bfloat16 or float16
    check:             how much is compared with the second route: full, sample or off
    rtol, atol:        errors that still agree; rtol's default depends on the dtype
    seed:              of randn, rand, samples and test points
    check_time:        seconds for the second route; 0 is no limit
    digits:            the second route's own number to so many digits, as texts in ``.digits``
    min_digits:        right digits that rounding has to leave, or the exit code is 1; by default 3, for half types 1,
                       with digits 0
    correct:           the certain numbers as well, in ``.certain``: torch's own but where they are not right
    threads:           torch's, for this and later calls
    max_memory:        bytes that arrays may take, or a text such as 500MB or 2GiB, counted before work starts; by
                       default three quarters of the machine's memory
    Errors: ExpressionError (kind non-scalar) where the output is not a scalar and no option makes one of it;
    UsageError, InputError, LimitError, MissingError.

    >>> grad("x**2", {"x": 3.0}).derivative["x"]
    6.0
    """
    if latex:
        return answered(grad, locals())
    whole("order", order, MAX_ORDER)
    if sum(way is not None for way in (reduce, select, grad_outputs)) > 1:
        raise UsageError(f"{option('reduce')}, {option('select')} and {option('grad_outputs')} exclude each other")
    options = Options(device, dtype, check, rtol, atol, seed, check_time, digits, min_digits, correct, threads)
    given = _given(expression, values, shape, options.seed, wrt)
    manner = Manner(order, entries, assume, code, layout, vec, symmetric, options.check, options.seed)
    others = {"reduce": reduce, "select": select is not None, "grad_outputs": grad_outputs is not None}
    wish = Wish.of(derivation, detail, entries=entries, code=code, **others)
    if not given.complete:
        _needs_values(given, digits=options.digits, grad_outputs=grad_outputs, reduce=reduce, select=select)
        result = _formula("grad", given, wrt, manner, unused=allow_unused or materialize_grads)
        return wish.beside(result, given, manner)
    _only_symbolic(entries=entries, code=code)
    arrangement = at_values(manner, given.shapes, grad_outputs=grad_outputs)
    request = Request.of("grad", given, wrt, options, allow_unused or materialize_grads)
    bound = Bound.of(request.task, max_memory)
    bound.require(bound.footprint.gradient(), "this gradient")
    read_as = write(request.task.expression.tree)
    if reduce is not None or select is not None:
        task = request.task.scalarised(_scalar_tree(request.task, reduce, select))
        request = replace(request, task=task, torch=torch_for(task, options))
    keep_none = allow_unused and not materialize_grads
    if grad_outputs is not None:
        cotangent = cotangent_of(grad_outputs, request.task, "grad_outputs", options.seed)
        return bound.told(_vjp(request, cotangent, order, keep_none))
    result = _arranged(_gradient(request, order, keep_none, read_as), arrangement, request.task)
    return wish.beside(bound.told(result), given, manner)


def jacobian(
    expression: Source,
    values: Values = None,
    *,
    wrt: Wrt = None,
    mode: Mode = "auto",
    jvp: Tangent | None = None,
    vjp: Vector | None = None,
    output: str | Path | None = None,
    sparse: bool | None = None,
    allow_unused: bool = False,
    materialize_grads: bool = False,
    shape: Shapes = None,
    latex: bool = False,
    entries: bool = False,
    assume: Assumptions = None,
    layout: Layout | None = None,
    vec: bool = False,
    symmetric: Symmetric | None = None,
    code: str | None = None,
    derivation: bool = False,
    detail: Detail | None = None,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "full",
    rtol: float | None = None,
    atol: float = 0.0,
    seed: int = 0,
    check_time: float = 20.0,
    digits: int | None = None,
    min_digits: int | None = None,
    correct: bool = False,
    threads: int | None = None,
    max_memory: int | str | None = None,
) -> Result:
    """The Jacobian ``d f_i / d x_j``: output axes, then input axes, for each variable.

    expression: a text, a sympy expression, or a ``sympy.Matrix``, of which one column is a vector
    mode:       auto, reverse (one backward pass per output entry) or forward (one forward pass per input entry)
    jvp:        a vector of the variable's shape, or vectors by variable; then the result is J v of the output's shape
    vjp:        a vector of the output's shape; then the result is v^T J, of the inputs' shapes
    output:     an .npy file for it, written in blocks of rows that ``max_memory`` allows, whole or not at all: then it
                may be of any size, and is a view of the file
    sparse:     True: a ``SparseMatrix`` for each variable; a row is an entry of the output, a column one of the
                variable, both counted through as ``ravel()`` does; a variable that is not used has no entries. None:
                where all entries are too many, and it is known which may differ from zero
    The other arguments and errors are those of ``grad``.

    >>> jacobian("[x[0]**2, x[1]**3]", {"x": [1.0, 2.0]}).derivative["x"].tolist()
    [[2.0, 0.0], [0.0, 12.0]]
    """
    if latex:
        return answered(jacobian, locals())
    known_mode(mode)
    if jvp is not None and vjp is not None:
        raise UsageError(f"{option('jvp')} and {option('vjp')} exclude each other")
    refuse_beside(sparse, jvp=jvp, vjp=vjp, digits=digits, correct=correct or None)
    options = Options(device, dtype, check, rtol, atol, seed, check_time, digits, min_digits, correct, threads)
    given = _given(expression, values, shape, options.seed, wrt)
    manner = Manner(1, entries, assume, code, layout, vec, symmetric, options.check, options.seed)
    others = {"jvp": jvp is not None, "vjp": vjp is not None, "sparse": sparse, "output": output is not None}
    wish = Wish.of(derivation, detail, entries=entries, code=code, **others)
    if not given.complete:
        _needs_values(given, digits=options.digits, jvp=jvp, vjp=vjp, sparse=sparse or None)
        result = _formula("jacobian", given, wrt, manner, unused=allow_unused or materialize_grads)
        return wish.beside(result, given, manner)
    _only_symbolic(entries=entries, code=code)
    arrangement = at_values(manner, given.shapes, jvp=jvp, vjp=vjp, sparse=sparse or None)
    request = Request.of("jacobian", given, wrt, options, allow_unused or materialize_grads)
    keep_none = allow_unused and not materialize_grads
    bound = Bound.of(request.task, max_memory)
    if vjp is not None or jvp is not None:
        bound.require(bound.footprint.gradient(), "this product")
    if vjp is not None:
        return bound.told(_vjp(request, cotangent_of(vjp, request.task, "vjp", options.seed), 1, keep_none))
    if jvp is not None:
        return bound.told(_jvp(request, tangents_of(jvp, request.task, "jvp", options.seed)))
    by_rows = max_memory is not None or size(request.task.output) * entries_of(request.task) > MAX_DERIVATIVE
    if output is not None and by_rows:
        forward = mode if mode == "forward" else None
        refuse_output(sparse=sparse or None, mode=forward, digits=digits, correct=correct or None)
        refuse_output(layout=layout, vec=vec or None, assume=assume, symmetric=symmetric)
        return in_row_blocks(request, Path(output), bound.limit)

    def dense() -> Result:
        return bound.told(_arranged(_full_jacobian(request, mode, keep_none, bound), arrangement, request.task))

    if output is not None:
        refuse_output(sparse=sparse or None)
        return stored(dense(), Path(output))
    if wish.asked:
        return wish.beside(dense(), given, manner)
    fixed = None if mode == "auto" else mode
    return sparse_or_dense(request, sparse, dense, mode=fixed, arrangement=arrangement or None)


def hessian(
    expression: Source,
    values: Values = None,
    *,
    wrt: Wrt = None,
    hvp: Tangent | None = None,
    sparse: bool | None = None,
    allow_unused: bool = False,
    materialize_grads: bool = False,
    shape: Shapes = None,
    latex: bool = False,
    entries: bool = False,
    assume: Assumptions = None,
    vec: bool = False,
    symmetric: Symmetric | None = None,
    code: str | None = None,
    derivation: bool = False,
    detail: Detail | None = None,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "full",
    rtol: float | None = None,
    atol: float = 0.0,
    seed: int = 0,
    check_time: float = 20.0,
    digits: int | None = None,
    min_digits: int | None = None,
    correct: bool = False,
    threads: int | None = None,
    max_memory: int | str | None = None,
) -> Result:
    """The Hessian of a scalar function in blocks: ``derivative[row][column]`` has row axes, then column axes.

    hvp:    a vector of the variable's shape, or vectors by variable; then the result is H v, by variable
    sparse: True: each block is a ``SparseMatrix``, rows and columns the entries of its two variables, counted through
            as ``ravel()`` does. None: where all entries are too many, and it is known which may differ from zero
    The other arguments and errors are those of ``grad``.

    >>> hessian("x**2*y", {"x": 1.0, "y": 2.0}).derivative
    {'x': {'x': 4.0, 'y': 2.0}, 'y': {'x': 2.0, 'y': 0.0}}
    """
    if latex:
        return answered(hessian, locals())
    refuse_beside(sparse, hvp=hvp, digits=digits, correct=correct or None)
    options = Options(device, dtype, check, rtol, atol, seed, check_time, digits, min_digits, correct, threads)
    given = _given(expression, values, shape, options.seed, wrt)
    manner = Manner(1, entries, assume, code, None, vec, symmetric, options.check, options.seed)
    wish = Wish.of(derivation, detail, entries=entries, code=code, hvp=hvp is not None, sparse=sparse)
    if not given.complete:
        _needs_values(given, digits=options.digits, hvp=hvp, sparse=sparse or None)
        result = _formula("hessian", given, wrt, manner, unused=allow_unused or materialize_grads)
        return wish.beside(result, given, manner)
    _only_symbolic(entries=entries, code=code)
    arrangement = at_values(manner, given.shapes, hvp=hvp, sparse=sparse or None)
    request = Request.of("hessian", given, wrt, options, allow_unused or materialize_grads)
    if size(request.task.output) != 1:
        raise nonscalar(request.task, request.torch.nonscalar_error(), options=False)
    bound = Bound.of(request.task, max_memory)
    if hvp is not None:
        bound.require(bound.footprint.gradient(2), "this product")
        return bound.told(_hvp(request, tangents_of(hvp, request.task, "hvp", options.seed)))

    def dense() -> Result:
        return bound.told(_arranged(_full_hessian(request, bound), arrangement, request.task))

    if wish.asked:
        return wish.beside(dense(), given, manner)
    return sparse_or_dense(request, sparse, dense, arrangement=arrangement or None)


def _given(expression: Source, values: Values, shape: Shapes, seed: int, wrt: Wrt) -> Given:
    with timed("read"):
        return Given.of(expression, values, shape, seed, wrt)


def _formula(command: str, given: Given, wrt: Wrt, manner: Manner, *, unused: bool) -> Result:
    return symbolic_result(Wanted.of(command, Asked.of(given, wrt, unused=unused), manner))


# -- with values


def _arranged(result: Result, arrangement: Arrangement, task: Task) -> Result:
    refuse_other_than_symmetric(arrangement, task.values)
    return arranged(result, arrangement, task.output, {name: task.values[name].shape for name in task.wrt})


def _gradient(request: Request, order: int, keep_none: bool, read_as: str) -> Result:
    """All of the gradient, by variable."""
    if size(request.task.output) != 1:
        raise nonscalar(request.task, request.torch.nonscalar_error())
    _only_scalars(request.task, order)
    *parts, value = request.torch.gradient(None, order)
    answers = _by_variable(request.task, parts, order)
    found = request.check(request.problem(), answers, value, order, lambda torch: torch.gradient(None, order))
    return replace(request.result(value, _table(answers, parts, keep_none), found, read_as=read_as), order=order)


def _full_jacobian(request: Request, mode: Mode, keep_none: bool, bound: Bound) -> Result:
    """All of the Jacobian, by variable."""
    task, torch = request.task, request.torch
    products = f"{option('vjp', 'V', 'V')} and {option('jvp', 'V', 'V')} give products with it"
    whole = f"{either('-o J.npy', 'output=...')} writes all of it row by row"
    hint = f"{whole}; {products}; {option('wrt')} takes fewer variables"
    refuse_large(size(task.output) * entries_of(task), "the Jacobian", hint)
    bound.require(bound.footprint.matrix(size(task.output)), "this Jacobian", whole)
    *parts, value = torch.jacobian(mode)
    answers = [
        Answer((n,), part, ((n, task.values[n].ndim),), len(task.output))
        for n, part in zip(task.wrt, parts, strict=True)
    ]
    problem = Problem(task.program, task.shapes, torch.exact, None, frozenset(task.wrt))
    found = request.check(problem, answers, value, 1, lambda twin: twin.jacobian(mode))
    missing = [
        None if keep_none and n not in task.expression.names else a for n, a in zip(task.wrt, parts, strict=True)
    ]
    return request.result(value, _table(answers, missing, keep_none=True), found)


def _full_hessian(request: Request, bound: Bound) -> Result:
    """All blocks of the Hessian."""
    task = request.task
    refuse_large(
        entries_of(task) ** 2,
        "the Hessian",
        f"{option('hvp', 'V', 'V')} gives its product with a vector; {option('wrt')} takes fewer variables",
    )
    bound.require(bound.footprint.matrix(entries_of(task), 2), "this Hessian", f"{option('hvp', 'V', 'V')} takes less")
    *parts, value = request.torch.hessian()
    rank = {name: task.values[name].ndim for name in task.wrt}
    pairs: list[Label] = [(row, column) for row in task.wrt for column in task.wrt]
    labels = [pair if len(task.wrt) > 1 else pair[:1] for pair in pairs]
    answers = [
        Answer(label, part, ((r, rank[r]), (c, rank[c])))
        for label, (r, c), part in zip(labels, pairs, parts, strict=True)
    ]
    found = request.check(request.problem(), answers, value, 2, lambda twin: twin.hessian())
    blocks = {pair: number(part) for pair, part in zip(pairs, parts, strict=True)}
    by_pair = [
        None if table is None else dict(zip(pairs, table.values(), strict=True))
        for table in (found.formulas.text, found.formulas.trees, found.formulas.digits)
    ]
    return request.result(value, blocks, replace(found, formulas=Formulas(*by_pair)))


def _vjp(request: Request, cotangent: FloatArray, order: int, keep_none: bool) -> Result:
    """``v^T J``, by variable."""
    if order > 1:
        ways = f"make a scalar with {option('reduce')} or {option('select')}"
        raise UsageError(f"{option('order')} takes no {option('grad_outputs')}: {ways}")
    *parts, value = request.torch.gradient(cotangent)
    answers = _by_variable(request.task, parts, 1)
    problem = request.weighted(cotangent)
    found = request.check(problem, answers, None, 1, lambda torch: torch.gradient(cotangent))
    found = replace(found, formulas=Formulas(digits=found.formulas.digits))
    return request.result(value, _table(answers, parts, keep_none), found, product="vjp")


def _jvp(request: Request, tangents: dict[str, FloatArray]) -> Result:
    """``J v``, of the output's shape."""
    part, value = request.torch.jvp(tangents)
    answers = [Answer(("jvp",), part, ((ALONG, 0),), len(request.task.output))]
    problem = request.problem(request.task, tangents=tangents)
    found = request.check(problem, answers, value, 1, lambda torch: torch.jvp(tangents))
    return request.result(value, _table(answers), replace(found, formulas=NO_FORMULAS), product="jvp")


def _hvp(request: Request, tangents: dict[str, FloatArray]) -> Result:
    """``H v``, by variable."""
    *parts, value = request.torch.hvp(tangents)
    answers = [
        Answer((name,), part, ((ALONG, 0), (name, part.ndim)))  # in this order one sweep gives all
        for name, part in zip(request.task.wrt, parts, strict=True)
    ]
    found = request.check(request.problem(tangents=tangents), answers, value, 2, lambda torch: torch.hvp(tangents))
    return request.result(value, _table(answers), replace(found, formulas=NO_FORMULAS), product="hvp")


# -- shared steps


def _by_variable(task: Task, parts: Sequence[FloatArray | None], order: int) -> list[Answer]:
    """An answer for each variable; where the output does not depend on it, the derivative is zero."""
    answers = []
    for name, part in zip(task.wrt, parts, strict=True):
        shape = task.values[name].shape
        answers.append(Answer((name,), np.zeros(shape) if part is None else part, ((name, len(shape)),) * order))
    return answers


def _table(
    answers: Sequence[Answer], parts: Sequence[FloatArray | None] | None = None, keep_none: bool = False
) -> dict[Label, Any]:  # Any: floats, arrays, None
    """Numbers by label; None stays None where the caller wants torch's ``allow_unused``."""
    missing = [keep_none and part is None for part in parts] if parts is not None else [False] * len(answers)
    return {answer.label: None if none else number(answer.array) for answer, none in zip(answers, missing, strict=True)}


def _scalar_tree(task: Task, reduction: str | None, select: Any) -> nodes.Tree:  # Any: an index or its text
    tree = task.expression.tree
    if reduction is not None:
        if reduction not in REDUCTIONS:
            raise UsageError(f"{option('reduce')} is one of {', '.join(REDUCTIONS)}, not {reduction}")
        op = OPS[reduction]
        return nodes.make(op, [tree], tuple(param.default for param in op.constants))
    text = select if isinstance(select, str) else ",".join(map(str, np.atleast_1d(select)))
    index = parse(f"f[{text}]").tree
    if not nodes.is_index(index):
        raise UsageError(f"{option('select')} is an index such as 0 or 1,2, not {text}")
    return nodes.make(OPS["index"], [tree], index.args[-1].value)


def _only_scalars(task: Task, order: int) -> None:
    """A second gradient needs a scalar first one."""
    for name in task.wrt if order > 1 else ():
        shape = task.values[name].shape
        if size(shape) != 1:
            raise ExpressionError(
                f"the first derivative in {name} has shape {shape}: grad of it again can be created only for scalars",
                source=task.expression.source,
                hint=f"{call('hessian')} gives all second derivatives",
                kind="non-scalar",
            )


def _needs_values(given: Given, **options: Any) -> None:  # Any: options' values
    """Options that make no sense for a formula."""
    lacking = f" of all names: {', '.join(given.free)} has none" if given.floats else ""
    for name, value in options.items():
        if value is not None:
            hint = "bind the variables, or write it into the expression"
            raise UsageError(f"{option(name)} needs values{lacking}", hint=hint)


def _only_symbolic(**options: Any) -> None:  # Any: options' values
    """Options that say how a formula is made and written."""
    for name, value in options.items():
        if value:
            raise UsageError(f"{option(name)} is for symbolic derivatives, and all names have values")
