"""A function without values: parsed, the shape of each name in letters or numbers, and what is differentiated in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from gradcli.base.errors import ExpressionError, InputError, Span
from gradcli.base.wording import EXAMPLE, call, option
from gradcli.inputs.prepare import missing_value
from gradcli.inputs.request import Shapes, Wrt, shapes_by_name, variables_of
from gradcli.inputs.sources import Source, parse_source
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import MAX_ELEMENTS, shapes_of
from gradcli.operations.shape_rules import Shape, shape_text, size
from gradcli.operations.table import OPS

LARGE = 10**9  # of sizes that stand for letters, each another one

Axes = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be differentiated, at no point.

    shapes:  of the free names, letters or numbers; () of a scalar
    names:   the variables
    letters: of sizes, with the large numbers that stand for them where a shape has to be known
    premises: conditions that hold of the names
    """

    parsed: Expression
    shapes: Mapping[str, Axes]
    names: tuple[str, ...]
    letters: Mapping[str, int]
    premises: tuple[Expression, ...] = ()

    @classmethod
    def of(cls, expression: Source, wrt: Wrt, shape: Shapes) -> Asked:
        """Shapes of the free names are scalars by default. Errors: ExpressionError, InputError, UsageError."""
        given = shapes_by_name(shape)
        letters = {name: LARGE + n for n, name in enumerate(_letters(given))}
        both = [name for name in letters if name in given]
        if both:
            raise InputError(f"{both[0]} is a size and a variable", hint="use another letter", kind="binding")
        parsed = parse_source(expression, (), letters)
        unknown = [name for name in given if name not in parsed.names]
        if unknown:
            raise InputError(f"{option('shape')} names {unknown[0]}, which the expression does not use", kind="unused")
        shapes = {name: given.get(name, ()) for name in parsed.names if name not in letters}
        if not shapes:
            raise InputError(
                "the expression has no variable to differentiate in",
                span=Span(0, len(parsed.source)),
                source=parsed.source,
                hint=f"write one: {EXAMPLE}",
                kind="unbound",
            )
        names = variables_of(wrt, shapes)
        for name in shapes:
            if name in OPS and name not in given:
                raise missing_value(name, parsed, {})
        return cls(parsed, shapes, names, letters)

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
            raise

    def lettered(self, shape: Shape) -> Axes:
        """A shape with the letters that its large numbers stand for."""
        names = {number: letter for letter, number in self.letters.items()}
        return tuple(names.get(part, part) for part in shape)

    @property
    def in_letters(self) -> Callable[[str], str]:
        """Turns a message's large numbers into their letters."""
        names = {str(number): letter for letter, number in self.letters.items()}
        return lambda text: re.sub(r"\d{10}", lambda found: names.get(found[0], found[0]), text)

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


def _letters(given: Mapping[str, Axes]) -> list[str]:
    return list(dict.fromkeys(part for axes in given.values() for part in axes if isinstance(part, str)))
