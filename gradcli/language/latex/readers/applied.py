"""Letters before a parenthesis, read."""

from __future__ import annotations

from gradcli.language.latex.nodes import Applied, Group
from gradcli.language.latex.readers.calls import called, powered
from gradcli.language.latex.readers.chains import chained
from gradcli.language.latex.readers.definitions import defined
from gradcli.language.latex.readers.naming import name_of
from gradcli.language.latex.readers.parts import Part
from gradcli.language.latex.readers.products import refuse_repeated
from gradcli.language.latex.readers.reader import Reader
from gradcli.language.latex.readers.roles import (
    arguments_of,
    defined_name,
    factored,
    is_distribution,
    is_known,
    letter_function,
)


def read_applied(reader: Reader, node: Applied) -> Part:
    """A function that is defined, one of the few that letters stand for, or a factor. Errors: ExpressionError for what
    can be a function that is not given."""
    if is_distribution(node.letter):
        raise reader.error(node, "an expectation or a probability: the distribution is not part of the formula")
    name = defined_name(reader, node)
    if name is not None:
        arguments = [reader.read(argument) for argument in arguments_of(node)]
        return _powered(reader, node, defined(reader, node.span, name, arguments))
    parts = factored(reader, node)
    if parts is not None:
        read = [reader.read(part) for part in parts]
        refuse_repeated(reader, node.span, read)
        return chained(reader, node.span, read)
    function = "" if is_known(reader, node.letter) else letter_function(node)
    if function == "digamma" and isinstance(node.power, Group):
        return called(reader, node.span, "psi", [reader.read(a) for a in arguments_of(node)], (node.power.body,))
    if function:
        arguments = [reader.read(argument) for argument in arguments_of(node)]
        return _powered(reader, node, called(reader, node.span, function, arguments))
    letter = name_of(node.letter, reader.context.known) or node.letter.base
    if is_known(reader, node.letter):
        raise reader.error(node, f"{letter} is no function, and has several arguments here")
    way = f"give {letter} a value or a shape, or write {letter} \\cdot (...)"
    raise reader.two(node, f"a function {letter} that is not given", f"a factor {letter}", way)


def _powered(reader: Reader, node: Applied, made: Part) -> Part:
    if node.power is not None and reader.fraction(node.power) == -1:
        raise reader.two(node, "the inverse function", "one divided by it", r"\frac{1}{f(x)}")
    return powered(reader, node.span, made, node.power)
