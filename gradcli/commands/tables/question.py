"""What is asked of each row of a table: a function, its variables' columns, names with one value for all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import InputError
from gradcli.base.wording import option
from gradcli.inputs.prepare import idle, nonscalar
from gradcli.inputs.request import Shapes, Wrt, names_of
from gradcli.inputs.sources import Source
from gradcli.inputs.symbolic import Given
from gradcli.language.nodes import symbol
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import Shape, size
from gradcli.operations.table import did_you_mean

SAYS = "grad can be implicitly created only for scalar outputs"  # torch, of outputs with entries


@dataclass(frozen=True, slots=True)
class Question:
    """
    kind:        grad, jacobian or hessian
    shapes:      of the variables that columns hold, in one row
    fixed:       what has one value for all rows
    output:      the shape of the function's value in one row
    dtype:       in which torch computes it
    """

    source: Source
    parsed: Expression
    kind: str
    wrt: tuple[str, ...]
    shapes: Mapping[str, Shape]
    fixed: Mapping[str, FloatArray]
    output: Shape = ()
    order: int = 1
    rtol: float | None = None
    seed: int = 0
    dtype: str = DType.FLOAT64

    @property
    def scalars(self) -> bool:
        """Has each name one value in a row?"""
        return not any(self.shapes.values()) and all(not value.ndim for value in self.fixed.values())

    def fingerprint(self, *how: str) -> str:
        """What tells whether an interrupted answer is one to the same question. how: on what its last bits hang."""
        fixed = {name: [value.shape, value.tobytes().hex()] for name, value in sorted(self.fixed.items())}
        asked = [self.kind, self.parsed.source, self.wrt, self.order, fixed, how]
        asked += [] if self.dtype == DType.FLOAT64 else [self.dtype]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def asked(
    kind: str,
    source: Source,
    fixed: Mapping[str, FloatArray],
    shape: Shapes,
    wrt: Wrt,
    seed: int,
    shapes_of_columns: Callable[[Sequence[str], Mapping[str, Shape]], Mapping[str, Shape]],
    there: Collection[str] = (),
) -> Question:
    """Reads the function, finds the columns of its names.

    shapes_of_columns: of names without a value for all rows, and shapes that were told, the shapes in one row
    there: the names of all columns, which are no constants then, such as e
    Errors: ExpressionError, InputError, UsageError.
    """
    named = [*(names_of(wrt) or ()), *there]
    given = Given.of(source, dict(fixed) or None, shape, seed, named)
    told = {name: tuple(map(int, axes)) for name, axes in given.shapes.items() if all(isinstance(n, int) for n in axes)}
    for name in fixed:
        if name not in given.parsed.names:
            raise idle(name, given.parsed, options=False)
    columns = [name for name in given.parsed.names if name not in fixed]
    shapes = dict(shapes_of_columns(columns, told))
    if any(shapes.values()):  # what a text means may hang on ranks
        given = Given.of(source, dict(fixed) or None, shapes, seed, named)
    _refuse_counted(given.parsed, shapes)
    parsed, whole = given.parsed, shapes | {name: value.shape for name, value in fixed.items()}
    program = compile_tree(parsed.tree)
    steps = tuple(shapes_of(program, whole, parsed))
    chosen = _chosen(parsed, wrt, columns)
    if kind != "jacobian" and size(steps[-1]) != 1:
        raise nonscalar(Task(parsed, program, steps, fixed, chosen), SAYS, options=False)
    return Question(source, parsed, kind, chosen, shapes, fixed, steps[-1])


def _refuse_counted(parsed: Expression, columns: Mapping[str, Shape]) -> None:
    """Errors: InputError for a column that says which expression it is: the size of an array, an index, a mask."""
    for name in {*parsed.counted, *(name for names in parsed.edges.values() for name in names)} & columns.keys():
        raise InputError(
            f"{name} says which function it is, and has a value of its own in each row",
            span=parsed.spans.get(symbol(name)),
            source=parsed.source,
            hint=f"give it one value for all rows: {name}=VALUE",
            kind="binding",
        )


def _chosen(parsed: Expression, wrt: Wrt, columns: Sequence[str]) -> tuple[str, ...]:
    """The variables. Errors: InputError for one that the function does not use, or where there is none."""
    names = tuple(names_of(wrt) or columns)
    for name in names:
        if name not in parsed.names:
            close = did_you_mean(name, parsed.names)
            hint = f"did you mean {close}?" if close else f"it uses {', '.join(parsed.names)}"
            raise InputError(
                f"{option('wrt')} names {name}, which the expression does not use", hint=hint, kind="unused"
            )
    if not names:
        raise InputError("the expression uses no column of the table", hint=f"{option('wrt')} names variables")
    return names
