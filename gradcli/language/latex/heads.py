r"""Nodes on the way to the tree: operators that wait for what they act on, and braces that do not show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gradcli.base.errors import ExpressionError, GradcliError, Span, printable
from gradcli.language.latex.nodes import Node

HeadKind = Literal["function", "big", "nabla", "partial"]


@dataclass(frozen=True, slots=True)
class Head(Node):
    r"""``\sin^2``, ``\sum_{i=1}^n``, ``\nabla_x``, ``\partial_x`` before what follows."""

    kind: HeadKind
    name: str
    power: Node | None = None
    sub: Node | None = None


@dataclass(frozen=True, slots=True)
class Braces(Node):
    """Braces that hold more than one thing together, and do not show."""

    body: Node


@dataclass(frozen=True, slots=True)
class Item:
    """A factor of a product with the sign before it; slash and div are among them, "" is side by side."""

    sign: str
    unit: Node
    span: Span
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Differential(Node):
    r"""``\partial^2 f``, ``\partial x \partial y``: above or below in a derivative; the items are those of ``body``."""

    order: Node | None
    items: tuple[Item, ...]
    body: Node | None


def over(parts: tuple[Node, ...]) -> Span:
    """The place of several nodes."""
    return parts[0].span.to(parts[-1].span)


# -- messages that quote the formula: the text is known at the border alone, where ``quoted`` puts it in

_MARK = "\ufdd4"
_QUOTE = re.compile(f"{_MARK}(\\d+):(\\d+){_MARK}")
_SHOWN = 40  # characters of a quotation


def said(span: Span) -> str:
    """What stands at a place, for a message."""
    return f"{_MARK}{span.start}:{span.stop}{_MARK}"


def quoted(error: GradcliError, source: str) -> None:
    """Puts the text of a formula into the messages of an error."""

    def cut(match: re.Match[str]) -> str:
        text = " ".join(source[int(match[1]) : int(match[2])].split())
        return printable(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 4]} ...")

    error.reword(lambda text: _QUOTE.sub(cut, text))


def two_ways(first: str, second: str, span: Span, hint: str) -> ExpressionError:
    """The error of a text of two readings."""
    return ExpressionError(f"this can be read two ways: {first}, or {second}", span=span, hint=hint)
