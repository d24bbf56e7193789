"""What goes through the factors of a product, and what is asked of nodes on the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.latex.heads import Braces, Head, Item, over, said, two_ways
from gradcli.language.latex.nodes import (  # fmt: skip
    Factorial,
    Letter,
    Listed,
    Negative,
    Node,
    Power,
    Product,
    Relation,
    Sign,
    Subscripted,
    Sum,
)
from gradcli.language.latex.tables import Rows

MAX_NESTED = 30  # functions and sums in one another without parentheses


class Assembly(ABC):
    """Goes through the items of a product once; ``at`` is the next one."""

    def __init__(self, items: tuple[Item, ...], nested: int = 0) -> None:
        self.items, self.nested = items, nested
        self.at = 0

    def sign(self) -> str | None:
        """Before the next item; None at the end."""
        return self.items[self.at].sign if self.at < len(self.items) else None

    def beside(self) -> Node | None:
        """The next unit where it stands side by side with the last one."""
        return self.items[self.at].unit if self.sign() == "" else None

    def next_span(self) -> Span:
        return self.items[self.at].span

    def ahead(self) -> Span:
        """The place of all that stands side by side from the next item on."""
        stop = self.at + 1
        while stop < len(self.items) and self.items[stop].sign == "":
            stop += 1
        return self.items[self.at].span.to(self.items[stop - 1].span)

    def function_follows(self) -> bool:
        """Is the next unit the name of a function, behind any sign?"""
        unit = self.items[self.at].unit if self.at < len(self.items) else None
        return isinstance(unit, Head) and unit.kind == "function"

    def deeper(self, span: Span) -> None:
        self.nested += 1
        if self.nested > MAX_NESTED:
            raise ExpressionError(f"more than {MAX_NESTED} functions in one another without parentheses", span=span)

    @abstractmethod
    def factor(self) -> Node:
        """The next factor with all that it takes."""

    @abstractmethod
    def run(self) -> tuple[Node, ...]:
        """The next factors that stand side by side."""

    @abstractmethod
    def rest(self) -> Node:
        """All that is left of the product, as one node."""


# -- nodes


def core_of(node: Node | None) -> Node | None:
    """What carries powers, subscripts and exclamation marks."""
    while isinstance(node, (Power, Subscripted, Factorial)):
        node = node.body if isinstance(node, Factorial) else node.base
    return node


def onto(node: Node, core: Node, span: Span) -> Node:
    """``node`` with another core: what was raised over ``(x)`` is raised over ``f(x)``."""
    if isinstance(node, (Power, Subscripted)):
        return replace(node, base=onto(node.base, core, core.span), span=span)
    if isinstance(node, Factorial):
        return replace(node, body=onto(node.body, core, core.span), span=span)
    return core


def unwrapped(node: Node) -> Node:
    """A node without braces around it; a table without brackets is a matrix."""
    if isinstance(node, Braces):
        return unwrapped(node.body)
    return node.alone() if isinstance(node, Rows) else node


def held_by(operator: Span, node: Node) -> Node:
    r"""What an operator takes. Errors: ExpressionError for ``\sin{x+1}``: the braces do not show."""
    if isinstance(node, Braces) and isinstance(node.body, (Sum, Relation, Listed)):
        raise two_ways(f"{said(operator)}({said(node.body.span)})", "a sum, as it looks", operator.to(node.span),
                       "braces do not show: write ( )")  # fmt: skip
    return unwrapped(node)


def arguments_of(body: Node) -> tuple[Node, ...]:
    return body.items if isinstance(body, Listed) else (body,)


def is_transpose(node: Node) -> bool:
    """Is it what a transpose is raised to? Also of an inverse: ``A^{-T}``."""
    node = node.body if isinstance(node, Negative) else node
    return isinstance(node, Letter) and node.base in {"T", "top", "prime"} and not node.sub


def spelled(node: Node) -> object:
    """A letter without its place and font: equal for the same letter."""
    return (node.base, node.marks, tuple(map(spelled, node.sub))) if isinstance(node, Letter) else node


HIDDEN = (Sum, Relation, Listed, Negative)  # what braces hold together without showing it


def side_by_side(factors: tuple[Node, ...]) -> Node:
    """The product of factors. Errors: ExpressionError where braces hold together what does not look so."""
    if len(factors) == 1:
        return unwrapped(factors[0])
    for factor in factors:
        as_looks = not isinstance(factor, Braces) or not isinstance(factor.body, HIDDEN)
        if not (as_looks or (isinstance(unwrapped(factor), Negative) and factor is factors[0])):
            raise two_ways(f"times ({said(unwrapped(factor).span)})", "a sum, as it looks", factor.span,
                           "braces do not show: write ( )")  # fmt: skip
    bare = tuple(unwrapped(factor) for factor in factors)
    signs: tuple[Sign, ...] = tuple("" for _ in bare[1:])
    return Product(bare, signs, span=over(bare))
