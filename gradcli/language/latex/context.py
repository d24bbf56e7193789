"""What is known before a LaTeX formula is read, and what comes of reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from gradcli.base.errors import GradcliError, Span
from gradcli.language.latex.macros import NONE, Macros
from gradcli.language.latex.readers.code import place_of
from gradcli.language.nodes import Size, stand_ins
from gradcli.operations.shape_rules import Shape

Axes: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Context:
    r"""What is known of the names in a formula.

    shapes:    of names, letters or numbers; () of a scalar
    functions: parameters and body, in gradcli's language, of what is defined: ``f(x) = ...``, or ``r = Ax - b``, which
               has no parameters
    names:     others that are known, values and variables
    values:    numbers that names have, for sums that end at one
    indices:   letters that may stand below without being bound by a sum, more than once in a product: those of the
               left side of an equation
    macros:    of the document, as ``macros_of`` finds them
    partial:   are shapes told of some names only, so that of the others nothing is known? Then ``A^\top`` of a name
               without a shape is refused, not a scalar's
    """

    shapes: Mapping[str, Axes] = field(default_factory=dict)
    functions: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    indices: frozenset[str] = frozenset()
    macros: Macros = NONE
    partial: bool = False
    values: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def letters(self) -> dict[str, int]:
        """The letters of sizes, with large numbers that stand for them."""
        return stand_ins(axis for axes in self.shapes.values() for axis in axes if isinstance(axis, str))

    @cached_property
    def sizes(self) -> dict[str, Size]:
        return {letter: Size.of(letter, number) for letter, number in self.letters.items()}

    @cached_property
    def known(self) -> frozenset[str]:
        """All names of which something is known."""
        return frozenset({*self.shapes, *self.functions, *self.names, *self.letters})

    def shape(self, name: str) -> Shape | None:
        """With numbers under its letters; None where nobody has said."""
        axes = self.shapes.get(name)
        return None if axes is None else tuple(self.sizes[a] if isinstance(a, str) else a for a in axes)


EMPTY = Context()


@dataclass(frozen=True, slots=True)
class Reading:
    """A LaTeX formula in gradcli's language.

    latex:  as it was given; None where a tree was
    text:   what it was read as
    notes:  what a reader should know about how it was read
    places: of pieces of the text where they begin and end, and where in the LaTeX that is which they stand for
    whole:  the place of the formula in the LaTeX
    names:  of variables in it
    shape:  of the value, letters or numbers
    name:   what the left side of an equation defines, ``L`` of ``L(w) = ...``, with its parameters
    """

    latex: str | None
    text: str
    notes: tuple[str, ...]
    places: tuple[tuple[int, int, Span], ...]
    whole: Span
    names: tuple[str, ...]
    shape: Axes
    name: str | None = None
    parameters: tuple[str, ...] = ()

    def place(self, span: Span) -> Span:
        """Where in the LaTeX stands what is written at ``span`` of the text."""
        return place_of(self.places, span, self.whole)

    def point(self, error: GradcliError) -> None:
        """An error that points into the text points into the LaTeX from now on."""
        if error.source == self.text and error.span is not None and self.latex is not None:
            error.span, error.source = self.place(Span(*error.span)), self.latex
