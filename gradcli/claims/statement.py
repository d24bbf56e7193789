"""A claim as a statement: its formulas, variables and shapes at one choice of sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.wording import option
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.shapes import output_shape
from gradcli.operations.shape_rules import Shape, size

MAX_ENTRIES = 400  # of a derivative at the sizes that are tried


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim at one choice of sizes: ``claim`` is said to be the derivative of ``function``.

    kind:     grad, jacobian, hessian or value; wrt: one variable, for a Hessian two
    shapes:   of every name, those of values that were given included
    given:    values that stay, and the letters of sizes as numbers
    expected: the shape of the derivative
    mismatch: why the claim has no value at these sizes, or none of the expected shape
    """

    function: Expression
    claim: Expression
    kind: str
    wrt: tuple[str, ...]
    shapes: Mapping[str, Shape]
    given: Mapping[str, Array]
    where: tuple[Expression, ...]
    sizes: Mapping[str, int]
    expected: Shape
    claimed: Shape | None
    mismatch: ExpressionError | None = None

    def shape_of(self, name: str) -> Shape:
        return self.given[name].shape if name in self.given else self.shapes[name]

    @property
    def free(self) -> dict[str, Shape]:
        """The names that are drawn."""
        return {name: shape for name, shape in self.shapes.items() if name not in self.given}


def statement_of(
    function: Expression,
    claim: Expression,
    kind: str | None,
    wrt: tuple[str, ...],
    shapes: Mapping[str, Shape],
    given: Mapping[str, Array],
    where: tuple[Expression, ...],
    sizes: Mapping[str, int],
) -> Statement:
    """The statement with its shapes worked out. Errors: ExpressionError where the function itself has none."""
    inputs = {**shapes, **{name: value.shape for name, value in given.items()}}
    output = output_shape(compile_tree(function.tree), inputs, function)
    chosen = kind or ("grad" if output == () else "jacobian")
    if chosen in {"grad", "hessian"} and output != ():
        raise ExpressionError(
            f"the {'gradient' if chosen == 'grad' else 'Hessian'} is of a scalar; this function has shape {output}",
            source=function.source,
            hint=f"{option('kind', 'jacobian')}, or make a scalar of it: sum(...)",
            kind="non-scalar",
        )
    expected: Shape = () if chosen in {"grad", "hessian"} else output
    for name in wrt if chosen != "value" else ():
        expected = (*expected, *inputs[name])
    if size(expected) > MAX_ENTRIES:
        raise LimitError(
            f"a derivative of {size(expected):,} entries; claims are tried at up to {MAX_ENTRIES}",
            hint=f"smaller sizes: {option('shape')}",
        )
    claimed, mismatch = None, None
    try:
        claimed = output_shape(compile_tree(claim.tree), inputs, claim)
    except ExpressionError as error:
        mismatch = error
    for condition in where:
        output_shape(compile_tree(condition.tree), inputs, condition)
    return Statement(
        function, claim, chosen, wrt, dict(shapes), dict(given), where, dict(sizes), expected, claimed, mismatch
    )
