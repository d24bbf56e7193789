"""The tree of a LaTeX formula: what stands there, before anybody asks what it means.

Every node has the place in the LaTeX text that the user gave; what a macro expands to has the place of its call.
Whether a letter before a parenthesis is a function, a subscript an index or part of a name, a raised T a transpose:
that hangs on shapes and definitions, and is decided by the reader of the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gradcli.base.errors import Span

Font = Literal["", "bf", "rm", "it", "sf", "tt", "cal", "scr", "frak", "bb", "text"]
Sign = Literal[
    "", "cdot", "times", "odot", "otimes", "oslash", "circ", "ast"
]  # between two factors; "" is side by side

BigKind = Literal["sum", "prod", "max", "min"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a formula and its place."""

    span: Span


@dataclass(frozen=True, slots=True)
class Number(Node):
    """Digits as written, at most one point among them: ``0.5``, ``.25``, ``12``."""

    text: str


@dataclass(frozen=True, slots=True)
class Letter(Node):
    r"""A letter or a word that names something, with all that is written on it.

    base:  ``x``, ``A``, ``alpha``, ``varepsilon``, ``ell``, ``infty``, ``1`` of ``\mathbf{1}``, ``mass`` of
           ``\text{mass}``
    marks: from the inside out: hat, bar, tilde, dot, ddot, vec, check, breve, ring, underline, prime, star
    sub:   what stands below, split at its commas; ``x_{ij}`` has one entry, the product of i and j
    """

    base: str
    marks: tuple[str, ...] = ()
    font: Font = ""
    sub: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscripted(Node):
    """``(Xw)_i``: below something that is no letter; ``sub`` as with letters."""

    base: Node
    sub: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Power(Node):
    r"""Something raised. What is no number stays a letter there: T, top (``\top``, ``\intercal``), prime, star, dagger,
    plus, perp, circ (degrees); ``x^{(i)}`` has a Group there."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Product(Node):
    """Factors from left to right; ``signs[k]`` stands between factor k and factor k + 1."""

    factors: tuple[Node, ...]
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Quotient(Node):
    r"""``\frac``, ``/``, ``\over``, ``\div``."""

    over: Node
    under: Node
    how: Literal["frac", "slash", "over", "div"]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """At least two terms; what is subtracted is a Negative among them."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Root(Node):
    """A root; ``degree`` is None for the square root."""

    body: Node
    degree: Node | None


@dataclass(frozen=True, slots=True)
class Call(Node):
    r"""A named function as it is written: ``sin``, ``arctanh``, ``tr``, ``log``, ``max``.

    power: of ``\sin^2 x``: between the name and the argument
    sub:   of ``\log_a x``
    bare:  without parentheses
    """

    name: str
    arguments: tuple[Node, ...]
    power: Node | None = None
    sub: tuple[Node, ...] = ()
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Applied(Node):
    r"""A letter before a parenthesis: ``f(x)``, ``\sigma(x)``, ``P(1+r)``; a function or a factor.

    power: of ``f^2(x)``, ``f^{-1}(x)``: between the letter and the parenthesis
    kind:  the parenthesis: ( [ or {
    """

    letter: Letter
    arguments: tuple[Node, ...]
    power: Node | None = None
    kind: str = "("


@dataclass(frozen=True, slots=True)
class Group(Node):
    """Parentheses ``(``, ``[`` or ``{`` that show."""

    kind: str
    body: Node


@dataclass(frozen=True, slots=True)
class Bars(Node):
    r"""``|x|`` or ``\|x\|``; ``sub`` of the closing bar: the 2 of ``\|x\|_2``."""

    kind: Literal["|", "||"]
    body: Node
    sub: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Inner(Node):
    r"""``\langle x, y \rangle``."""

    left: Node
    right: Node
    sub: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Floor(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Ceil(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Factorial(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Binomial(Node):
    over: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Big(Node):
    r"""``\sum``, ``\prod``, ``\max``, ``\min`` with what stands below and above.

    indices:   the bound letters, in order: ``i``, ``i, j``
    low, high: of ``i=1`` and ``n``; None where the index runs over all there is
    condition: of ``i<j``, ``i \neq j``, ``i \in S``
    """

    kind: BigKind
    indices: tuple[Letter, ...]
    low: Node | None
    high: Node | None
    condition: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    r"""``\frac{d}{dx} f``, ``\frac{\partial^2 f}{\partial x \partial y}``, ``\partial_x f``.

    order:     as written above, or as many as there are variables
    variables: in the order in which they are written, each as often as one differentiates in it
    body:      None where nothing follows
    """

    kind: Literal["d", "partial"]
    order: int
    variables: tuple[Node, ...]
    body: Node | None


@dataclass(frozen=True, slots=True)
class Nabla(Node):
    r"""``\nabla_x f``, ``\nabla^2 f``, ``\nabla \cdot F`` (div), ``\nabla \times F`` (curl).

    order: 2 of ``\nabla^2``; Hessian or Laplacian is decided by the reader
    body:  None where nothing follows
    """

    kind: Literal["grad", "div", "curl"]
    order: int
    variables: tuple[Node, ...]
    body: Node | None


@dataclass(frozen=True, slots=True)
class Case(Node):
    """A row of ``cases``; ``condition`` is None for otherwise."""

    value: Node
    condition: Node | None


@dataclass(frozen=True, slots=True)
class Cases(Node):
    rows: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    """Entries in rows; kind: ``matrix``, ``pmatrix``, ``bmatrix``, ``Bmatrix``, ``vmatrix`` (the determinant) or
    ``Vmatrix`` (the norm); an ``array`` between delimiters is of the kind that they make."""

    kind: str
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Indicator(Node):
    r"""``\mathbb{1}[x > 0]``, ``\mathbf 1_{x>0}``: 1 where the condition holds, 0 elsewhere."""

    condition: Node


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """Parts with signs between them: ``x = y = z``, ``0 < x <= 1``.

    signs: ``=``, ``<``, ``<=``, ``>``, ``>=``, ``!=``, ``in``, or the LaTeX name of another one (``approx``, ``sim``)
    """

    parts: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined(Node):
    """Conditions that hold together (and; commas too) or one of them (or)."""

    kind: Literal["and", "or"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Listed(Node):
    """Parts between commas or semicolons: ``(x, y)`` is a Group with one of these inside."""

    items: tuple[Node, ...]
