"""A request made ready: the expression parsed, names matched with values, shapes checked, limits kept. No torch yet."""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray, as_flags, is_mask
from gradcli.base.errors import ExpressionError, InputError, LimitError, Span
from gradcli.base.wording import call, columns, either, option
from gradcli.inputs.asking import known_of
from gradcli.inputs.request import Wrt, names_of, texts_of, valid_name
from gradcli.inputs.sources import Source, parse_source
from gradcli.inputs.values import read_bindings
from gradcli.inputs.variables import chosen_variables, places_in
from gradcli.language import nodes
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import Shape, size
from gradcli.operations.table import candidates, did_you_mean

Values = Mapping[str, Any] | Sequence[str] | None  # Any: numbers, lists, numpy arrays, tensors

MAX_DERIVATIVE = 4_000_000
WAY = 21  # characters of a way on, as the command line writes it


def values_of(values: Values, seed: int) -> dict[str, FloatArray]:
    """Values as float64 arrays: from a mapping, or from ``NAME=VALUE`` texts. Errors: InputError."""
    if values is None:
        return {}
    if isinstance(values, Mapping):
        return {valid_name(str(name)): _as_float(str(name), value) for name, value in values.items()}
    return read_bindings(texts_of(values), seed=seed, stdin=io.BytesIO() if sys.stdin is None else sys.stdin.buffer)


def _as_float(name: str, value: Any) -> FloatArray:  # Any: a number, a list, a numpy array or a tensor
    if is_mask(value):  # read before: numpy would forget that these are truth values
        return value  # type: ignore[no-any-return]  # a value of any type, of which is_mask tells
    try:
        if hasattr(value, "detach"):
            value = value.detach().cpu()
            value = (value if str(value.dtype) == "torch.bool" else value.double()).numpy()
        array = np.asarray(value)
        if array.dtype.kind not in "biuf" or array.size == 0:
            raise InputError(
                f"{name} is not an array of real numbers: {array.dtype}, shape {array.shape}", kind="binding"
            )
        return as_flags(array) if array.dtype.kind == "b" else array.astype(np.float64, copy=False)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{name} is not an array of numbers: {error}", kind="binding") from None


def prepare(
    expression: Source | Expression,
    values: Values,
    wrt: Wrt,
    *,
    seed: int = 0,
    unused: bool,
    sizes: Collection[str] = (),
) -> Task:
    """The task of differentiating ``expression`` in the variables ``wrt`` (default: all that are bound but ``sizes``).

    unused: a bound name that the expression does not use is let through (``--allow-unused``, ``--materialize-grads``)
    Errors: ExpressionError, InputError, LimitError.
    """
    bound = values_of(values, seed)
    parsed = (
        expression
        if isinstance(expression, Expression)
        else parse_source(expression, (*bound, *(names_of(wrt) or ())), known=known_of(bound))
    )
    missing = [name for name in parsed.names if name not in bound]
    if missing:
        raise missing_value(missing[0], parsed, bound)
    program = compile_tree(parsed.tree)
    shapes = tuple(shapes_of(program, {name: value.shape for name, value in bound.items()}, parsed))
    parsed, chosen = chosen_variables(parsed, bound, wrt, sizes, places_in(program, shapes))
    left = [name for name in bound if name not in (*parsed.names, *sizes) and (wrt is None or name not in chosen)]
    if left and not unused:
        raise idle(left[0], parsed)
    return Task(parsed, program, shapes, bound, chosen)


def missing_value(name: str, parsed: Expression, bound: Mapping[str, Any]) -> InputError:
    """The error of a name that is given no value, with the one that was probably meant."""
    span = parsed.spans.get(nodes.symbol(name))
    if candidates(name):
        return InputError(
            f"{name} has no value: it is a function, and stands here without parentheses",
            span=span,
            source=parsed.source,
            hint=f"write {name}(...); that it is a variable, a scalar, says "
            f"{option('shape', f'{name}=', f'{{{name!r}: ()}}')}",
            kind="unbound",
        )
    close = did_you_mean(name, [other for other in bound if other not in parsed.names])
    return InputError(
        f"{name} has no value",
        span=span,
        source=parsed.source,
        hint=f"did you mean {close}?" if close else f"add {either(f'{name}=VALUE', f'{name!r}: VALUE')}",
        kind="unbound",
    )


def idle(name: str, parsed: Expression, *, options: bool = True) -> InputError:
    """options: are there those that let it pass?"""
    close = did_you_mean(name, parsed.names)
    null = either("--allow-unused (null)", "allow_unused=True (None)")
    zeros = either("--materialize-grads", "materialize_grads=True")
    ways = f"remove it, or pass {null} or {zeros} (zeros)" if options else "remove it"
    hint = f"did you mean {close}?" if close else ways
    return InputError(f"{name} is bound, but the expression does not use it", hint=hint, kind="unused")


def refuse_large(entries: int, what: str, hint: str) -> None:
    """Errors: LimitError for a derivative of more than MAX_DERIVATIVE entries."""
    if entries > MAX_DERIVATIVE:
        raise LimitError(f"{what} has {entries:,} entries; at most {MAX_DERIVATIVE:,} are computed", hint=hint)


def entries_of(task: Task) -> int:
    """How many numbers the variables hold: the columns of a derivative."""
    return sum(size(task.values[name].shape) for name in task.wrt)


def nonscalar(task: Task, torch_says: str, *, options: bool = True) -> ExpressionError:
    """The error of asking for the gradient of a non-scalar: torch's words and every way on.

    options: whether the command has options that make a scalar of it
    """
    inside = "make a scalar of it in the expression: sum(...), mean(...), norm(...), or an index"
    return ExpressionError(
        f"{torch_says}: this output has shape {task.output}",
        span=Span(0, len(task.expression.source)),
        source=task.expression.source,
        hint=columns(_ways_on(task.output), WAY) if options else inside,
        kind="non-scalar",
    )


def _ways_on(shape: Shape) -> list[tuple[str, str]]:
    """Each option that makes a scalar of an output of ``shape``, and what it does."""
    short = len(shape) == 1 and shape[0] <= 8
    ones = ["1"] * shape[0] if short else [f"ones({','.join(map(str, shape))})"]
    zeros = ["0"] * len(shape)
    literal = f"[{', '.join(ones)}]" if short else None
    entry = "0" if len(shape) == 1 else f"({', '.join(zeros)})"
    whole = f"the sum of the {size(shape)} entries (what TensorFlow's GradientTape does silently)"
    return [
        (option("reduce", "sum"), f"{whole}; also mean, prod, norm"),
        (option("select", ",".join(zeros), entry), "one entry"),
        (option("grad_outputs", ",".join(ones), literal), f"v^T J for a vector v of shape {shape}"),
        (call("jacobian"), "the whole Jacobian J: one row for each entry"),
    ]
