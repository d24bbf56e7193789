r"""What looks like one thing in print and may be another: spaces in arguments without parentheses, labels above."""

from __future__ import annotations

import re

from gradcli.language.latex.nodes import Call, Group, Letter, Node, Power, Product
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.reader import Reader

_SPACE = re.compile(r"\s*(\\[,;: ]|\\(quad|qquad|enspace|thinspace|medspace|thickspace)\b|~)\s*")
_LINEAR = frozenset({"tr", "trace"})  # of which a number that stands behind may be in the argument or not
_UPRIGHT = frozenset({"rm", "sf", "tt", "text"})


def refuse_wide_argument(reader: Reader, node: Call) -> None:
    r"""Errors: ExpressionError for ``\sin\theta\,t``, in which the space may end the argument."""
    argument = node.arguments[0] if node.bare and len(node.arguments) == 1 else None
    if not isinstance(argument, Product) or reader.source is None or node.name in _LINEAR:
        return
    for one, other in zip(argument.factors, argument.factors[1:], strict=False):
        if _SPACE.fullmatch(reader.source[one.span.stop : other.span.start]):
            ways = f"the argument of {node.name} ends at the space", "it goes on behind it"
            raise reader.two(other, *ways, "put parentheses around the argument")


def refuse_label(reader: Reader, node: Power) -> None:
    r"""Errors: ExpressionError for ``x^{\mathrm{new}}`` and ``x^{\underline{n}}``, which are no powers."""
    exponent = node.exponent.body if isinstance(node.exponent, Group) else node.exponent
    text = "" if reader.source is None else reader.source[node.span.start : node.span.stop]
    if re.search(r"\^[\s{]*\\underline\b", text):
        raise reader.error(node, "a factorial power, with a line below the exponent, is not read")
    if isinstance(exponent, Letter) and exponent.font in _UPRIGHT and not _known(reader, exponent):
        one, other = (
            f"a label, which makes another variable of {_text(node.base)}",
            f"a power, {exponent.base} a number",
        )
        raise reader.two(exponent, one, other, r"x_{\mathrm{new}} is a name; an italic exponent is a power")


def _known(reader: Reader, letter: Letter) -> bool:
    return letter.base in {"e", "T"} or name_of(letter, reader.context.known) in reader.context.known


def _text(node: Node) -> str:
    return node.base if isinstance(node, Letter) else "what it stands above"
