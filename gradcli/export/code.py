"""The door: source text of a function and its derivative in a dialect."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.export import c, julia, sympy
from gradcli.export.arrays import body_of, is_taken, write_arrays
from gradcli.export.example import Example, example
from gradcli.export.jax import JAX
from gradcli.export.numpy import NUMPY
from gradcli.export.tensorflow import TENSORFLOW
from gradcli.export.torch import TORCH
from gradcli.export.unit import Shapes, Unit, named, unit
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression
from gradcli.operations.shape_rules import ShapeMismatch


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a dialect is written: the lines that must be the same at all sizes, the names that it has, the whole file."""

    lines: Callable[[Unit], list[str]]
    words: Container[str]
    write: Callable[[Unit, Example], str]


DIALECTS: Mapping[str, Dialect] = {
    **{
        each.name: Dialect(partial(body_of, each), each.words, partial(write_arrays, each))
        for each in (TORCH, JAX, TENSORFLOW, NUMPY)
    },
    "sympy": Dialect(sympy.function, sympy.Sympy.words, sympy.write_sympy),
    "julia": Dialect(julia.function, julia.Julia.words, julia.write_julia),
    "c": Dialect(c.function, c.C.words, c.write_c),
}
# The sizes of the letters in the self-test, and of a second look, larger than the places that people write in slices:
# x[:5] is all of x where n is 5. No letter's follow another's in both.
_SIZES: tuple[Callable[[int], int], ...] = (lambda at: 3 + at, lambda at: 19 + 5 * at + at * at)


def code(
    function: Expression,
    derivative: Tree,
    shapes: Shapes,
    dialect: str,
    seed: int = 0,
    premises: Sequence[Expression] = (),
    arranged: str = "",
) -> str:
    """A module with a function that returns value and derivative, and a self-test at a seeded point.

    shapes: of the names, letters or numbers; a name without is a scalar
    seed:   of the point
    premises: conditions under which the derivative is right; they hold at the point
    arranged: how the derivative's axes are, in words
    Errors: LimitError for what the dialect has no word for, or where the code would hold at some sizes alone.
    """
    chosen = DIALECTS[dialect]
    for size in {size for shape in shapes.values() for size in shape if isinstance(size, str)}:
        if is_taken(size, chosen.words):
            raise LimitError(f"{size} is a word of the code itself: give the size another letter", kind="unchecked")
    letters = sorted({size for shape in shapes.values() for size in shape if isinstance(size, str)})
    try:
        small, other = (
            unit(function, derivative, shapes, {n: size(at) for at, n in enumerate(letters)}, premises, arranged)
            for size in _SIZES
        )
    except (ExpressionError, ShapeMismatch) as error:
        raise LimitError(f"the formula is not read for all sizes: {error}", kind="unchecked") from None
    small = named(small, other)
    if chosen.lines(small) != chosen.lines(named(other, small)):
        raise LimitError(f"{dialect} code of it would be right for one choice of sizes alone", kind="unchecked")
    return chosen.write(small, example(small, seed))
