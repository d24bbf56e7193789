"""The door: source text of a function and its derivative in a dialect."""

from __future__ import annotations

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.export.arrays import body_of, write_arrays
from gradcli.export.example import example
from gradcli.export.numpy import NUMPY
from gradcli.export.torch import TORCH
from gradcli.export.unit import Shapes, named, unit
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression
from gradcli.operations.shape_rules import ShapeMismatch

DIALECTS = {dialect.name: dialect for dialect in (TORCH, NUMPY)}
_SMALL, _OTHER = 2, 5  # the least sizes of the letters: of the self-test, and of a second look


def code(function: Expression, derivative: Tree, shapes: Shapes, dialect: str) -> str:
    """A module with a function that returns value and derivative, and a self-test at a seeded point.

    shapes: of the names, letters or numbers; a name without is a scalar
    Errors: LimitError for what the dialect has no word for, or where the code would hold at some sizes alone.
    """
    chosen = DIALECTS[dialect]
    letters = sorted({size for shape in shapes.values() for size in shape if isinstance(size, str)})
    try:
        small, other = (
            unit(function, derivative, shapes, {letter: least + at for at, letter in enumerate(letters)})
            for least in (_SMALL, _OTHER)
        )
    except (ExpressionError, ShapeMismatch) as error:
        raise LimitError(f"the formula is not read for all sizes: {error}", kind="unchecked") from None
    small = named(small, other)
    if body_of(chosen, small) != body_of(chosen, named(other, small)):
        raise LimitError(f"{dialect} code of it would be right for one choice of sizes alone", kind="unchecked")
    return write_arrays(chosen, small, example(small))
