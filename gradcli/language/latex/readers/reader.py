"""The reader of a tree: what it knows of names and of indices, and who reads which kind of node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeAlias

from gradcli.base.errors import ExpressionError, Span
from gradcli.base.wording import option
from gradcli.language.latex.context import Context
from gradcli.language.latex.nodes import Node
from gradcli.language.latex.readers.code import ATOM, written
from gradcli.language.latex.readers.numbers import number_of
from gradcli.language.latex.readers.parts import Part
from gradcli.operations.shape_rules import Shape

# Any: a node of the kind under which the function stands in the table
Table: TypeAlias = "Mapping[type[Node], Callable[[Reader, Any], Part]]"


def shape_option(name: str, axes: int = 1) -> str:
    """How the shape of a vector, or of a square matrix, is told."""
    sizes = ",".join("n" * axes)
    return option("shape", f"{name}={sizes}", f'{{"{name}": "{sizes}"}}')


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a bound index takes, both ends included; None: all that there are.

    low:  a number
    high: a number, a size, or the name of a size that arrays tell, to which a number is added
    """

    low: int | None = None
    high: int | None = None
    name: str | None = None


@dataclass(slots=True)
class Met:
    """What is met on the way, of one formula.

    notes:   see Reading
    extents: how many values an index takes, by arrays that it runs over
    told:    sizes that arrays tell of names above sums
    names:   of variables
    waiting: an index that stands as a number before anything tells how far it runs
    """

    notes: list[str] = field(default_factory=list)
    extents: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    waiting: Node | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """bound: ranges of indices by letter; numbers: indices that stand for a number; source: the LaTeX, where known."""

    context: Context
    table: Table
    source: str | None
    met: Met
    bound: Mapping[str, Range] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)

    def read(self, node: Node) -> Part:
        """Errors: ExpressionError for what has no meaning here, or two."""
        return self.table[type(node)](self, node).at(node.span)

    def within(self, bound: Mapping[str, Range]) -> Reader:
        """The reader of what these indices are bound in."""
        numbers = {name: n for name, n in self.numbers.items() if name not in bound}
        return replace(self, bound={**self.bound, **bound}, numbers=numbers)

    def with_number(self, index: str, value: int) -> Reader:
        bound = {name: range_ for name, range_ in self.bound.items() if name != index}
        return replace(self, bound=bound, numbers={**self.numbers, index: value})

    def error(self, where: Node | Part | Span, message: str, hint: str | None = None, kind: str | None = None) -> Any:
        """An ExpressionError that points into the LaTeX. Any: it is raised."""
        span = where if isinstance(where, Span) else where.span
        return ExpressionError(message, span=span, source=self.source, hint=hint, kind=kind)

    def two(self, where: Node | Part | Span, one: str, other: str, hint: str | None = None) -> Any:
        """The error of what can be read in two ways. Any: it is raised."""
        ways = hint or "write the one that is meant so that the other cannot be"
        return self.error(where, f"this can be read in two ways: {one}, or {other}", ways)

    def note(self, text: str) -> None:
        if text not in self.met.notes:
            self.met.notes.append(text)

    def variable(self, name: str, span: Span, shape: Shape = ()) -> Part:
        """A name of the user's."""
        if name not in self.met.names:
            self.met.names.append(name)
        return Part(written(span, name), ATOM, span, shape)

    def fraction(self, node: Node) -> Fraction | None:
        """The number that a node is, with numbers for indices that have some; None where it is no number."""
        return number_of(node, self.numbers)
