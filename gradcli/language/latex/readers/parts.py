r"""What a part of a LaTeX formula means: its text in gradcli's language, its shape, and over which indices it runs.

``x_i`` of a vector x is the text ``x`` with the index i and the shape of a number; ``x_i`` of the rows of a matrix X is
``X`` with the index i and the shape of a row. The axes of the text are those of the indices, then those of the shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from gradcli.base.errors import Span
from gradcli.language.latex.readers.code import ATOM, PRODUCT, SUM, Code, written
from gradcli.operations.shape_rules import Shape

Sized = Callable[[Shape], "Part"]


@dataclass(frozen=True, slots=True)
class Factor:
    """One of several factors whose product is taken later: each axis of its text has a label."""

    code: Code
    binds: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    r"""A part that was read.

    code:    its text; binds: how strongly that binds; span: the part in the LaTeX
    shape:   of each of its values
    axes:    indices over which it runs, in the order of the leading axes of the text
    row:     is it the transpose of a vector?
    matmul:  does the text end in a product with @?
    factors: where it is a product that indices run over
    value:   the number that it is where an index stands for one
    divisor: of 1/d the text of d, where the part is one divided by something
    sized:   of the identity, ones and zeros, whose sizes are told by what they meet: makes the part of a shape, of as
             many axes as ``shape`` has
    """

    code: Code
    binds: int
    span: Span
    shape: Shape = ()
    axes: tuple[str, ...] = ()
    row: bool = False
    matmul: bool = False
    factors: tuple[Factor, ...] = ()
    value: Fraction | None = None
    divisor: Code | None = None
    sized: Sized | None = None

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def text(self) -> str:
        return str(self.code)

    @property
    def scalar(self) -> bool:
        """Is each of its values a number?"""
        return not self.shape

    @property
    def labels(self) -> tuple[str, ...]:
        """Of all axes of the text."""
        return (*self.axes, *inner_labels(self.rank))

    def within(self, need: int) -> Code:
        """Its text, in parentheses where it binds less than is needed."""
        return self.code if self.binds >= need else written(self.span, "(", self.code, ")")

    def at(self, span: Span) -> Part:
        """The same for a larger place in the LaTeX."""
        return replace(self, span=span)


def inner_labels(rank: int) -> tuple[str, ...]:
    return tuple(f"#{axis}" for axis in range(rank))


def changed(part: Part, change: Callable[[Part], Part]) -> Part:
    """What becomes of a part by ``change``; of one whose sizes are not told yet, as soon as they are."""
    sized = part.sized
    if sized is None:
        return change(part)
    return replace(change(replace(part, sized=None)), sized=lambda shape: change(sized(shape)))


def number(span: Span, value: Fraction, *, known: bool = False) -> Part:
    """known: by an index, so that what is made of it may be worked out."""
    text = str(value)
    binds = SUM if value < 0 else PRODUCT if value.denominator > 1 else ATOM
    return Part(written(span, text), binds, span, value=value if known else None)
