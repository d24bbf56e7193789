"""What a letter before a parenthesis is: a function that is defined, one that letters stand for, or a factor."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.language.latex.nodes import Applied, Group, Letter, Listed, Node, Number, Power
from gradcli.language.latex.readers.naming import GREEK, name_of
from gradcli.language.latex.readers.reader import Reader
from gradcli.language.latex.readers.spelled import APPLIED

_FUNCTIONS = frozenset({"f", "g", "h"})
_BETA = 2  # arguments of the beta function


def arguments_of(node: Applied) -> list[Node]:
    return [item for a in node.arguments for item in (a.items if isinstance(a, Listed) else (a,))]


def defined_name(reader: Reader, node: Applied) -> str | None:
    """The name of a function that is defined with parameters."""
    name = name_of(node.letter, reader.context.known)
    return name if name is not None and name in reader.context.functions and reader.context.functions[name][0] else None


def is_known(reader: Reader, letter: Letter) -> bool:
    name = name_of(letter, reader.context.known)
    return name is not None and name in reader.context.known


def is_distribution(letter: Letter) -> bool:
    r"""``\mathbb{E}``, ``\mathbb{P}``."""
    return letter.font == "bb" and letter.base in {"E", "P", "V"}


def letter_function(node: Applied) -> str:
    """The name of a function for which a letter or a word stands; "" of others."""
    letter, count = node.letter, len(arguments_of(node))
    if letter.marks or letter.sub or node.kind == "{":
        return ""
    if len(letter.base) > 1 and letter.base.lower() not in {*GREEK, "varphi", "varepsilon", "ell"}:
        return letter.base
    if letter.base == "B" and count == _BETA:
        return "beta"
    return APPLIED.get(letter.base, "") if count == 1 else ""


def may_be_function(node: Applied, arguments: Sequence[Node]) -> bool:
    """Is it what nobody writes of a factor: several arguments, a letter alone, f, g and h?"""
    if node.kind != "(" and len(arguments) == 1:
        return False
    alone = len(arguments) == 1 and isinstance(arguments[0], Letter | Number)
    return len(arguments) != 1 or alone or node.letter.base in _FUNCTIONS or node.letter.marks[-1:] == ("prime",)


def factored(reader: Reader, node: Applied) -> tuple[Node, Group] | None:
    """The letter and the parenthesis where these are two factors; None where they are no such, or may be another."""
    if defined_name(reader, node) is not None or is_distribution(node.letter):
        return None
    arguments = arguments_of(node)
    if not is_known(reader, node.letter) and (letter_function(node) or may_be_function(node, arguments)):
        return None
    if len(arguments) != 1:
        return None
    letter: Node = node.letter
    if node.power is not None:
        letter = Power(node.letter, node.power, span=node.letter.span.to(node.power.span))
    return letter, Group(node.kind, arguments[0], span=node.span)
