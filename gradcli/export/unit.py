"""What code is written from: value and derivative as one program, at one choice of the letters' sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import sympy

from gradcli.base.errors import LimitError
from gradcli.export.contraction import ordered
from gradcli.language.nodes import Size, Tree
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write
from gradcli.meaning.program import Program, compile_all
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape

Shapes = Mapping[str, Sequence[str | int]]


@dataclass(frozen=True, slots=True)
class Unit:
    """
    program, shapes: the steps of both, and the shape of each; an axis of a letter's size holds it as a Size
    value, derivative: the steps with the results
    names:   the arguments of the function, in order; one that a derivative inside has taken away is none
    letters: of each letter the first argument and axis that has its size
    texts:   value and derivative in gradcli's language
    premises: what of the arguments the derivative is right under
    arranged: how its axes are, where that is not torch's order, in words
    """

    program: Program
    shapes: tuple[Shape, ...]
    value: int
    derivative: int
    names: tuple[str, ...]
    letters: Mapping[str, tuple[str, int]]
    texts: tuple[str, str]
    premises: tuple[Expression, ...] = ()
    arranged: str = ""

    @property
    def told(self) -> str:
        """The derivative, its arrangement, what is given."""
        given = ", ".join(premise.source for premise in self.premises)
        return "; ".join(filter(None, (self.texts[1], self.arranged, f"given {given}" if given else "")))

    def shape_of(self, name: str) -> Shape:
        """The shape of an argument."""
        found = (i for i, step in enumerate(self.program.steps) if step.op is None and _named(step.tree, name))
        return self.shapes[next(found)]

    @property
    def uses(self) -> list[int]:
        """How many steps take each step, the results counted."""
        found = [0] * len(self.program.steps)
        for step in self.program.steps:
            for i in {i for i in step.inputs if i is not None}:
                found[i] += 1
        for i in (self.value, self.derivative):
            found[i] += 1
        return found


def unit(
    function: Expression,
    derivative: Tree,
    shapes: Shapes,
    sizes: Mapping[str, int],
    premises: Sequence[Expression] = (),
    arranged: str = "",
) -> Unit:
    """Both read again where the letters have these sizes, so that eye(n) is a matrix of n rows.

    Errors: ExpressionError where shapes do not fit, LimitError for a letter that no argument has.
    """
    text = write(derivative)
    trees = (at_sizes(function, sizes).tree, parse(text, bound=function.names, sizes=sizes).tree)
    given = {name: tuple(_size(size, sizes) for size in shape) for name, shape in shapes.items()}
    inputs = {**dict.fromkeys(function.names, ()), **dict.fromkeys(sizes, ()), **given}
    program, (value, slope) = compile_all([ordered(tree, inputs) for tree in trees])
    left = {step.tree.name for step in program.steps if isinstance(step.tree, sympy.Symbol)}
    names = tuple(name for name in function.names if name in left and name not in sizes)
    letters = _letters(names, given)
    if missing := sizes.keys() - letters.keys():
        raise LimitError(f"no argument of the function has the size {min(missing)}", kind="unchecked")
    found = tuple(shapes_of(program, inputs))
    given_at = tuple(at_sizes(premise, sizes, bound=function.names, condition=True) for premise in premises)
    return Unit(program, found, value, slope, names, letters, (function.source, text), given_at, arranged)


def named(small: Unit, other: Unit) -> Unit:
    """The unit at the small sizes; sizes that were computed and follow a letter's in both are that letter's."""
    shapes = zip(small.shapes, other.shapes, strict=True)
    letters = [(_axis_size(small, at), _axis_size(other, at)) for at in small.letters.values()]
    found = tuple(tuple(_follows(*pair, letters) for pair in zip(a, b, strict=True)) for a, b in shapes)
    return replace(small, shapes=found)


def _follows(small: int, other: int, letters: Sequence[tuple[int, int]]) -> int:
    """A size by the letter that it is, that is so much more or less in both, or so many times; by a sum of two."""
    if isinstance(small, Size) or small == other:
        return small
    for a, b in letters:
        if small - a == other - b and isinstance(a, Size):
            more = small - a
            return Size.of(f"{a.name} {'+' if more > 0 else '-'} {abs(more)}" if more else a.name, small)
    for a, b in letters:
        if small * b == other * a and small % a == 0 and isinstance(a, Size):
            return Size.of(f"{small // a}*{a.name}", small)
    for (a, b), (c, d) in combinations(letters, 2):
        if small == a + c and other == b + d and isinstance(a, Size) and isinstance(c, Size):
            return Size.of(f"{a.name} + {c.name}", small)
    return small


def _axis_size(unit: Unit, at: tuple[str, int]) -> int:
    name, axis = at
    return unit.shape_of(name)[axis]


def _size(size: str | int, sizes: Mapping[str, int]) -> int:
    return Size.of(size, sizes[size]) if isinstance(size, str) else size


def _letters(names: Sequence[str], shapes: Mapping[str, Shape]) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for name in names:
        for axis, size in enumerate(shapes.get(name, ())):
            if isinstance(size, Size):
                found.setdefault(size.name, (name, axis))
    return found


def _named(tree: Tree, name: str) -> bool:
    return isinstance(tree, sympy.Symbol) and tree.name == name
