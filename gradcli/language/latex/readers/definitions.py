"""Functions and names that a document defines, put in where they are used; and the shape of a text in our language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.latex.readers.code import ATOM, written
from gradcli.language.latex.readers.parts import Part
from gradcli.language.latex.readers.reader import Reader
from gradcli.language.nodes import Tree, arguments_of, row_of
from gradcli.language.parse import parse
from gradcli.language.tokens import tokenize
from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast


def defined(reader: Reader, span: Span, name: str, arguments: Sequence[Part]) -> Part:
    """The body of a definition with arguments in the place of its parameters. Errors: ExpressionError."""
    parameters, body = reader.context.functions[name]
    if len(arguments) != len(parameters) and arguments:
        raise reader.error(span, f"{name} is defined with {len(parameters)} arguments, and has {len(arguments)} here")
    given = {p: a for p, a in zip(parameters, arguments, strict=False) if a.text != p}
    if any(argument.axes for argument in given.values()):
        raise reader.error(span, f"{name} of something that has an index is not read", r"write out the body of it")
    text = put_in(body, {p: f"({a.text})" for p, a in given.items()})
    shapes = {n: reader.context.shape(n) or () for n in reader.context.shapes}
    shape = shape_of(reader, span, text, shapes)
    for free in _names(reader, text):
        reader.variable(free, span)
    return Part(written(span, "(", text, ")"), ATOM, span, shape)


def put_in(body: str, values: Mapping[str, str]) -> str:
    """The text with texts in the place of names."""
    pieces, at = list[str](), 0
    tokens = tokenize(body)
    for token, behind in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        if token.kind == "name" and token.text in values and behind.text != "=":
            pieces += [body[at : token.span.start], values[token.text]]
            at = token.span.stop
    return "".join([*pieces, body[at:]])


def _names(reader: Reader, text: str) -> tuple[str, ...]:
    return parse(text, bound=reader.context.shapes, sizes=reader.context.letters).names


def shape_of(reader: Reader, span: Span, text: str, shapes: Mapping[str, Shape]) -> Shape:
    """The shape of a text. Errors: ExpressionError where shapes do not fit, or the text cannot be read."""
    try:
        read = parse(text, bound=shapes, sizes=reader.context.letters)
        return _shape(read.tree, shapes)
    except (ExpressionError, ShapeMismatch) as error:
        said = error.said if isinstance(error, ExpressionError) else f"shapes that fit, needs {error.needs}"
        raise reader.error(span, f"what this stands for cannot be used here: {said}") from None


def _shape(tree: Tree, shapes: Mapping[str, Shape]) -> Shape:
    if tree.is_Symbol:
        return shapes.get(tree.name, ())
    row = row_of(tree)
    if row is None:
        return broadcast(*(_shape(part, shapes) for part in tree.args)) if tree.args else ()
    tensors, constants = arguments_of(tree, row)
    parts = [None if x is None else _shape(x, shapes) for x in tensors]
    return broadcast(*parts) if row.elementwise else row.shape(*parts, *constants)
