"""``Sum(x**k, (k, 0, 3))`` and ``Product``, as sympy prints them, written out: the body comes before its name."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import NamedTuple, Protocol

import sympy

from gradcli.base.errors import ExpressionError, LimitError, Span, printable
from gradcli.language.calls import Reader, Term, as_number, constant_of
from gradcli.language.cursor import MAX_NODES
from gradcli.language.nodes import Tree
from gradcli.language.tokens import Token

SERIES: dict[str, type[Tree]] = {"Sum": sympy.Add, "Product": sympy.Mul}
MOST_TERMS = 1_000  # of a sum or a product that is written out: a tree of some ten thousand nodes is the most


class SeriesReader(Reader, Protocol):
    """What this room needs of the parser."""

    at: int
    tokens: tuple[Token, ...]
    assigned: MutableMapping[str, Term]

    def peek(self) -> Token: ...
    def next(self) -> Token: ...
    def expect(self, text: str) -> None: ...
    def expression(self) -> Term: ...
    def unexpected(self, token: Token) -> ExpressionError: ...
    def leaf(self, tree: Tree, span: Span) -> Term: ...


class _Ends(NamedTuple):
    name: str
    first: int
    last: int


def series(reader: SeriesReader, name: str, span: Span) -> Term:
    """The term of a call whose bracket comes next. Errors: ExpressionError, LimitError where it is long."""
    reader.expect("(")
    body, behind = reader.at, _behind(reader)
    reader.at = behind
    ends = list(_all_ends(reader))
    if not ends:
        raise reader.error(f"{name} needs what its name runs over", span, hint=f"{name}(x**k, (k, 0, 3))", kind="arity")
    span = span.to(reader.peek().span)
    reader.expect(")")
    stop, outside, terms, size = reader.at, reader.assigned, list[Term](), 0
    for term in _rounds(reader, body, behind, ends):
        terms.append(term)
        size += term.size
        if size > MAX_NODES:
            raise LimitError(f"{name} written out has more than {MAX_NODES:,} nodes", span=span, source=reader.source)
    reader.at, reader.assigned = stop, outside
    if len(terms) < 2:
        return terms[0]._replace(span=span) if terms else reader.leaf(SERIES[name].identity, span)
    tree = SERIES[name](*(as_number(reader, term) for term in terms), evaluate=False)
    return reader.join(tree, *terms)._replace(span=span)


def _behind(reader: SeriesReader) -> int:
    """Where the body ends that begins here: at a comma or a bracket that closes."""
    depth = 0
    for place in range(reader.at, len(reader.tokens)):
        text = reader.tokens[place].text
        if not depth and text in {",", ")", "]"}:
            return place
        depth += (text in {"(", "["}) - (text in {")", "]"})
    raise reader.unexpected(reader.tokens[-1])


def _all_ends(reader: SeriesReader) -> Iterator[_Ends]:
    """``, (k, 1, 3), (m, 1, k)``; the ends of one are numbers."""
    while reader.peek().text == ",":
        reader.expect(",")
        reader.expect("(")
        name = reader.next()
        if name.kind != "name":
            raise reader.error("a name runs from one number to another", name.span, hint="(k, 0, 3)")
        reader.expect(",")
        first = _whole(reader)
        reader.expect(",")
        last = _whole(reader)
        reader.expect(")")
        if last < first - 1:
            raise reader.error(f"it runs backwards, from {first} to {last}", name.span, hint="swap its ends")
        if last - first >= MOST_TERMS:
            raise LimitError(
                f"more than {MOST_TERMS:,} terms are not written out", span=name.span, source=reader.source
            )
        yield _Ends(name.text, first, last)


def _whole(reader: SeriesReader) -> int:
    term = reader.expression()
    value = constant_of(reader, term, named=True)
    if not isinstance(value, int) or isinstance(value, bool):
        shown = printable(reader.text_of(term))
        hint = "sum(x) is over all entries of an array, however many"
        raise reader.error(f"its ends are whole numbers, found {shown}", term.span, hint=hint, kind="shape")
    return value


def _rounds(reader: SeriesReader, body: int, behind: int, ends: list[_Ends]) -> Iterator[Term]:
    """The body at each number of each name, the last name outermost."""
    if not ends:
        reader.at = body
        yield reader.expression()
        if reader.at != behind:
            raise reader.unexpected(reader.peek())
        return
    *inner, (name, first, last) = ends
    for n in range(first, last + 1):
        reader.assigned = {**reader.assigned, name: reader.literal(n)}
        yield from _rounds(reader, body, behind, inner)
