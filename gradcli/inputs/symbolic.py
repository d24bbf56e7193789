"""A function of which not all has a value: parsed, the shape of each name, what is put in, and what is differentiated
in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExpressionError, InputError, Span
from gradcli.base.wording import EXAMPLE, call, option
from gradcli.inputs.asking import known_of
from gradcli.inputs.literals import literals
from gradcli.inputs.prepare import Values, idle, missing_value, values_of
from gradcli.inputs.request import Shapes, Wrt, names_of, shapes_by_name, variables_of
from gradcli.inputs.sources import Source, parse_source, shapes_told
from gradcli.language.nodes import Size, Tree, in_letters, number, stand_ins
from gradcli.language.parse import Expression, parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import MAX_ELEMENTS, shape_reader, shapes_of
from gradcli.operations.shape_rules import Shape, shape_text, size
from gradcli.operations.table import OPS, did_you_mean

Axes = tuple[str | int, ...]
_LARGE_NUMBER = re.compile(r"\d{9,}|\d{1,3}(?:,\d{3}){3,}")


@dataclass(frozen=True, slots=True)
class Given:
    """An expression, with values for some of its names, for all or for none.

    values: as they were given
    shapes: of names with values, and those that were asked for, with numbers for the letters that values tell
    sizes:  those numbers
    """

    parsed: Expression
    values: Values
    floats: Mapping[str, FloatArray]
    shapes: Mapping[str, Axes]
    sizes: Mapping[str, int]

    @classmethod
    def of(cls, expression: Source, values: Values, shape: Shapes, seed: int = 0, wrt: Wrt = None) -> Given:
        """Errors: ExpressionError; InputError for a value that is not read, or has another shape than was asked for."""
        asked, floats = shapes_told(expression) | shapes_by_name(shape), values_of(values, seed)
        sizes = _sizes_told(asked, floats)
        shapes = {name: tuple(sizes.get(str(axis), axis) for axis in axes) for name, axes in asked.items()}
        letters, named = {**_letters(shapes), **sizes}, (*floats, *asked, *(names_of(wrt) or ()))
        parsed = parse_source(expression, named, letters, known_of(floats, _lettered(shapes, letters)))
        return cls(parsed, values, floats, shapes | {name: value.shape for name, value in floats.items()}, sizes)

    @property
    def letters(self) -> dict[str, int]:
        """Those of sizes that no value tells, with large numbers that stand for them."""
        return _letters(self.shapes)

    @property
    def free(self) -> list[str]:
        """The names that are neither bound nor sizes."""
        known = {*self.floats, *self.letters, *self.sizes}
        return [name for name in self.parsed.names if name not in known]

    @property
    def complete(self) -> bool:
        """Has everything a value, so that the derivative is a number?"""
        return bool(self.floats) and not self.free

    @property
    def bound(self) -> dict[str, FloatArray]:
        """The values, and the sizes that stand in the expression as numbers."""
        sizes = self.sizes if self.parsed.sized else {}
        return {**self.floats, **{name: np.asarray(float(n)) for name, n in sizes.items()}}

    def refuse_unused(self, *, values: bool) -> None:
        """Errors: InputError for a shape, and where ``values`` says so a value, of a name that is not used."""
        for name in self.shapes:
            if name in self.parsed.names or name in self.sizes:
                continue
            if name not in self.floats:
                message = f"{option('shape')} names {name}, which the expression does not use"
                raise InputError(message, kind="unused")
            if values:
                meant = next((one for one in self.free if did_you_mean(one, [name])), None)
                raise idle(name, self.parsed) if meant is None else missing_value(meant, self.parsed, self.floats)


def _unused(sizes: Collection[str]) -> Callable[[str], str]:
    return lambda name: "is a size" if name in sizes else "the expression does not use"


def _lettered(shapes: Mapping[str, Axes], letters: Mapping[str, int]) -> dict[str, Shape]:
    """The shapes with numbers under their letters."""
    return {
        name: tuple(Size.of(part, letters[part]) if isinstance(part, str) else part for part in axes)
        for name, axes in shapes.items()
    }


def _letters(shapes: Mapping[str, Axes]) -> dict[str, int]:
    return stand_ins(axis for axes in shapes.values() for axis in axes if isinstance(axis, str))


def _sizes_told(asked: Mapping[str, Axes], floats: Mapping[str, FloatArray]) -> dict[str, int]:
    """The numbers of letters, by values' shapes. Errors: InputError for a contradiction."""
    letters = {axis for axes in asked.values() for axis in axes if isinstance(axis, str)}
    by: dict[str, tuple[int, str]] = {}
    for name, value in ((name, value) for name, value in floats.items() if name in letters):
        if value.ndim or value < 1 or value != int(value):
            raise InputError(f"{name} is a size: its value is a whole number from 1, not {value}", kind="binding")
        by[name] = int(value), f"{name}={int(value)}"
    for name, axes in ((name, axes) for name, axes in asked.items() if name in floats):
        shape = floats[name].shape
        said = f"{name} has shape {shape_text(shape)}"
        if len(shape) != len(axes) or any(
            isinstance(axis, int) and n != axis for n, axis in zip(shape, axes, strict=False)
        ):
            raise InputError(f"{said}, and {option('shape')} says {shape_text(axes)}", kind="binding")
        for letter, n in zip(axes, shape, strict=True):
            known, source = by.setdefault(str(letter), (n, said))
            if known != n:
                why = f", and {option('shape')} says {shape_text(axes)}" if source == said else f", but {source}"
                raise InputError(f"{said}{why}: {letter} is not both {known} and {n}", kind="binding")
    return {letter: n for letter, (n, _) in by.items() if letter in letters}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be differentiated.

    parsed:  with values in the place of numbers that have some and are no variables
    shapes:  of the names in it, letters or numbers; () of a scalar
    names:   the variables
    letters: of sizes, with the large numbers that stand for them where a shape has to be known
    source:  as it was given
    sizes:   that values tell, of letters in it
    values:  of names
    literals: the same as formulas, where they can be written out
    premises: conditions that hold of the names
    """

    parsed: Expression
    shapes: Mapping[str, Axes]
    names: tuple[str, ...]
    letters: Mapping[str, int]
    source: str
    sizes: Mapping[str, int]
    values: Mapping[str, FloatArray]
    literals: Mapping[str, Tree]
    premises: tuple[Expression, ...] = ()

    @classmethod
    def of(cls, given: Given, wrt: Wrt, *, unused: bool = False) -> Asked:
        """Free names are scalars by default, the variables those without a value.

        unused: a bound name that the expression does not use is let through. Errors: InputError, UsageError.
        """
        parsed, letters, sizes = given.parsed, given.letters, {**given.letters, **given.sizes}
        both = [name for name in letters if name in given.shapes]
        if both:
            raise InputError(f"{both[0]} is a size and a variable", hint="use another letter", kind="binding")
        given.refuse_unused(values=not unused)
        free = given.free
        if not free:
            raise InputError(
                "the expression has no variable to differentiate in",
                span=Span(0, len(parsed.source)),
                source=parsed.source,
                hint=f"write one: {EXAMPLE}",
                kind="unbound",
            )
        shapes = {name: given.shapes.get(name, ()) for name in parsed.names if name not in sizes}
        names = variables_of(wrt, free if wrt is None else shapes, _unused(sizes))
        for name in free:
            if name in OPS and name not in given.shapes:
                raise missing_value(name, parsed, {})
        written = literals(given.values, given.floats)
        told = given.sizes if parsed.sized else {}
        asked = cls(parsed, shapes, names, letters, parsed.source, told, given.floats, written)
        scalars = {name: tree for name, tree in written.items() if not given.floats[name].ndim}
        return asked.put_in(scalars | {name: number(n) for name, n in told.items()})

    def put_in(self, values: Mapping[str, Tree]) -> Asked:
        """With these values in the place of names, but for those of variables."""
        known = {*self.shapes, *self.sizes}
        values = {name: tree for name, tree in values.items() if name in known and name not in self.names}
        if not values:
            return self
        shapes = {name: axes for name, axes in self.shapes.items() if name not in values}
        parsed = _assigned(self.parsed, values, shapes, self.letters)
        return replace(self, parsed=parsed, shapes=shapes, sizes={})

    def written_out(self) -> Asked:
        """With the values of arrays in it too."""
        return self.put_in(self.literals)

    @property
    def numbers(self) -> dict[str, Shape]:
        """The shapes in numbers: large ones in the place of letters; a letter itself is a scalar."""
        shapes = {
            name: tuple(self.letters[part] if isinstance(part, str) else part for part in axes)
            for name, axes in self.shapes.items()
        }
        return shapes | dict.fromkeys(self.letters, ())

    def steps(self) -> tuple[Shape, ...]:
        """The shape of each step. Errors: ExpressionError in letters, where shapes do not fit together."""
        try:
            most = inf if self.letters else MAX_ELEMENTS
            return tuple(shapes_of(compile_tree(self.parsed.tree), self.numbers, self.parsed, most))
        except ExpressionError as error:
            error.reword(self.in_letters)
            self._advise_shapes(error)
            raise

    def _advise_shapes(self, error: ExpressionError) -> None:
        """A name that nobody gave a shape is a scalar, beside values that are none."""
        plain = [name for name, axes in self.shapes.items() if not axes and name not in self.values]
        if error.kind == "shape" and self.values and plain:
            name = plain[0]
            example = option("shape", f"{name}=n", f'{{"{name}": "n"}}')
            way = f"{example} gives {name} a shape"
            error.advice = f"{way}\n{error.advice}" if error.advice else way

    def lettered(self, shape: Shape) -> Axes:
        """A shape with the letters that its large numbers stand for."""
        return tuple(in_letters(part, self.letters) if part > MAX_ELEMENTS else part for part in shape)

    @property
    def in_letters(self) -> Callable[[str], str]:
        """Turns a message's large numbers into their letters."""
        return lambda text: _LARGE_NUMBER.sub(lambda found: self._in_letters(found[0]), text)

    def _in_letters(self, text: str) -> str:
        found = in_letters(int(text.replace(",", "")), self.letters)
        return text if found.isdigit() else found

    def refuse_nonscalar(self, command: str, output: Shape) -> None:
        """Errors: ExpressionError where a gradient or Hessian has no scalar."""
        if command == "jacobian" or size(output) == 1:
            return
        raise ExpressionError(
            f"the output has shape {shape_text(self.lettered(output))}, and {command} needs a scalar",
            span=Span(0, len(self.parsed.source)),
            source=self.parsed.source,
            hint=f"{call('jacobian')} gives all of it; sum(...) or an index makes a scalar",
            kind="non-scalar",
        )


def _assigned(
    parsed: Expression, values: Mapping[str, Tree], shapes: Mapping[str, Axes], letters: Mapping[str, int]
) -> Expression:
    """The function with the values assigned before it, so that they are indices and sizes where these are due."""
    text = "; ".join([*(f"{name} = {write(tree)}" for name, tree in values.items()), parsed.source])
    known = replace(parsed.known, shape_of=shape_reader(_lettered(shapes, letters)))
    read = parse(text, bound=shapes, sizes=letters, known=known)
    return replace(read, parts={name: part for name, part in read.parts.items() if name not in values})
