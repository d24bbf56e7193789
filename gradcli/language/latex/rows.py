"""The rows of a display: each line cut into statements, and those at their signs of relation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gradcli.base.errors import ExpressionError, GradcliError, Span, printable
from gradcli.language.latex import words
from gradcli.language.latex.lexemes import Lexeme, plain
from gradcli.language.latex.lines import (
    Line,
    argument,
    is_operator,
    is_relation,
    levels,
    lines_of,
    says_something,
)
from gradcli.language.latex.nodes import Listed, Node, Relation
from gradcli.language.latex.recognise import tree_of


@dataclass(frozen=True, slots=True)
class Row:
    r"""One line of a display, or one of several statements on it.

    parts:  between the relation signs; None where one cannot be read, and in front where the row begins with its sign
    signs:  ``=``, ``<`` ..., as in Relation; one less than parts
    span:   from the first to the last character
    label:  of ``\label`` on the line, else of ``\tag``
    unread: why a part cannot be read
    said:   the words before it: ``where``, ``for all``, ``Rightarrow``
    rest:   what else stands on the line, behind a wide space, words or an arrow
    """

    parts: tuple[Node | None, ...]
    signs: tuple[str, ...]
    span: Span
    label: str | None = None
    unread: GradcliError | None = None
    said: str = ""
    rest: tuple[Row, ...] = ()


def one_formula(lexemes: list[Lexeme]) -> Node:
    """The tree of a text that holds a single formula, on several lines perhaps. Errors: ExpressionError."""
    lines = lines_of(lexemes)
    for line in lines[1:]:
        if not is_relation(line.content, 0):
            where = line.content[0].span.to(line.content[-1].span)
            raise ExpressionError("a second formula", span=where, hint="give one formula at a time")
    for line in lines:
        _check_single(line.lexemes)
    return tree_of([each for line in lines for each in _unaligned(line.lexemes)])


def _check_single(line: list[Lexeme]) -> None:
    """Errors: ExpressionError where something else stands on the line, behind words, an arrow or a wide space."""
    pieces = list(_pieces(line))
    for (_, before), (said, piece) in pairwise(pieces):
        where = _place(piece)
        if said:
            where = Span(_place(before).stop, where.start)
            raise ExpressionError(f"words that are no part of a formula: {printable(said)}", span=where,
                                  hint="give the formula alone")  # fmt: skip
        raise ExpressionError("something else behind a wide space", span=where, hint="give the formula alone")


def rows_of(lexemes: list[Lexeme]) -> tuple[Row, ...]:
    """All rows of a display. Errors: LimitError where there are too many."""
    return tuple(row for line in lines_of(lexemes) if (row := _row_of(line)) is not None)


def _row_of(line: Line) -> Row | None:
    rows = [row for said, piece in _pieces(line.lexemes) for row in _read(said, piece)]
    if not rows:
        return None
    first = rows[0]
    return Row(first.parts, first.signs, first.span, line.label, first.unread, first.said, tuple(rows[1:]))


# -- statements on a line

_ARROWS = frozenset({
    "Rightarrow", "implies", "Longrightarrow", "iff", "Leftrightarrow", "Longleftrightarrow", "Leftarrow", "impliedby",
    "leadsto", "therefore", "because",
})  # fmt: skip
_INTERTEXT = frozenset({"intertext", "shortintertext"})
_WORDS = frozenset({"text", "mbox", "hbox", "textrm", "textit"}) | _INTERTEXT


class _Cutter:
    """Goes along a line and cuts it into statements."""

    def __init__(self, line: list[Lexeme]) -> None:
        self.line = line
        self.found: list[tuple[str, list[Lexeme]]] = []
        self.said: list[str] = []
        self.piece: list[Lexeme] = []
        self.last: Lexeme | None = None  # that says something in the piece
        self.columns = 0
        following: Lexeme | None = None
        self.next: list[Lexeme | None] = []  # behind each place, that says something
        for each in reversed(line):
            self.next.append(following)
            following = each if says_something(each) else following
        self.next.reverse()

    def run(self) -> list[tuple[str, list[Lexeme]]]:
        skip = -1
        for at, each, level in levels(self.line):
            if at < skip:
                continue
            if level == 0 and self.is_space(each, at):
                self.cut()
            elif level == 0 and (prose := self.prose(each, at)) is not None:
                self.cut()
                self.said.append(prose[0])
                skip = prose[1]
            else:
                self.piece.append(each)
                self.last = each if says_something(each) else self.last
        self.cut()
        return self.found

    def cut(self) -> None:
        if self.last is not None:
            self.found.append((" ".join(self.said), self.piece))
            self.said = []
        self.piece, self.last = [], None

    def is_space(self, each: Lexeme, at: int) -> bool:
        """Is it a wide space between statements, or the second place to align, at which the next column begins?"""
        following = self.next[at]
        if each.is_char("&"):
            self.columns += 1
            even = self.columns % 2 == 0
        else:
            even = each.is_command("quad", "qquad")
        if not even or following is None or self.last is None:
            return False
        inner = is_operator(following) or is_relation([following], 0) or is_operator(self.last)
        return not (inner or is_relation([self.last], 0))

    def prose(self, each: Lexeme, at: int) -> tuple[str, int] | None:
        """The words of an arrow or of a text, and where the line goes on; None where it is none or a name."""
        if each.kind != "command" or each.text not in _ARROWS | _WORDS:
            return None
        if each.text in _ARROWS:
            return each.text, at + 1
        start, stop = argument(self.line, at)
        text = " ".join(plain(self.line[start:stop]).split())
        low = set(text.lower().strip(",.;:()").split())
        named = text[:1].isalpha() and len(low) <= 3 and not low & words.PROSE
        return (text, stop + 1) if each.text in _INTERTEXT or not named else None


def _pieces(line: list[Lexeme]) -> Iterator[tuple[str, list[Lexeme]]]:
    """The statements of a line, each with the words before it."""
    if any(each.is_command("begin") for each in line):  # the places to align are a table's
        yield from _Cutter([each for each in line if not each.is_command("quad", "qquad")]).run()
    else:
        yield from _Cutter(line).run()


def _unaligned(piece: list[Lexeme]) -> list[Lexeme]:
    """Without the places to align, which in a table part its columns."""
    inside = any(each.is_command("begin") for each in piece)
    return [each for _, each, level in levels(piece) if not (each.is_char("&") and level == 0)] if inside else [
        each for each in piece if not each.is_char("&")
    ]  # fmt: skip


def _place(piece: list[Lexeme]) -> Span:
    said = [each for each in piece if says_something(each)]
    return said[0].span.to(said[-1].span)


# -- reading


def _read(said: str, piece: list[Lexeme]) -> list[Row]:
    """The rows of a piece: one, or as many as there are statements between commas."""
    content, span = _unaligned(piece), _place(piece)
    leading: tuple[str, ...] = ()
    first = next((at for at, each in enumerate(content) if says_something(each) and each.text not in "{}"), None)
    try:
        if first is not None and is_relation(content, first):
            sign, content = _sign_at(content, first)
            leading = (sign,)
        node = tree_of(content)
    except GradcliError as error:
        return [_half_read(said, content, leading, span, error)]
    if isinstance(node, Listed) and all(isinstance(item, Relation) for item in node.items) and not leading:
        return [_row(item, (), item.span, said if k == 0 else "") for k, item in enumerate(node.items)]
    return [_row(node, leading, span, said)]


def _row(node: Node, leading: tuple[str, ...], span: Span, said: str) -> Row:
    parts: tuple[Node | None, ...] = (node,)
    signs: tuple[str, ...] = ()
    if isinstance(node, Relation):
        parts, signs = node.parts, node.signs
    if leading:
        parts, signs = (None, *parts), (*leading, *signs)
    return Row(parts, signs, span, said=said)


def _sign_at(content: list[Lexeme], at: int) -> tuple[str, list[Lexeme]]:
    """The sign that a row begins with, and what follows. Errors: ExpressionError."""
    each = content[at]
    stop = at + 1
    if each.is_command("stackrel", "overset"):
        stop = argument(content, argument(content, at)[1])[1] + 1
    elif each.is_char(":") or each.is_command("not"):
        stop = at + 2
    probe = [Lexeme("char", "x", each.span)]
    relation = tree_of([*probe, *content[at:stop], *probe])
    assert isinstance(relation, Relation)
    return relation.signs[0], content[stop:]


def _half_read(said: str, content: list[Lexeme], leading: tuple[str, ...], span: Span, error: GradcliError) -> Row:
    """A row that cannot be read as a whole: the sides of its equations one by one, None for what is not read."""
    sides: list[list[Lexeme]] = [[]]
    for _, each, level in levels(content):
        if level == 0 and each.is_char("="):
            sides.append([])
        else:
            sides[-1].append(each)
    parts: list[Node | None] = [None] if leading else []
    for side in sides:
        try:
            parts.append(tree_of(side) if len(sides) > 1 else None)
        except GradcliError:
            parts.append(None)
    signs = (*leading, *("=" for _ in sides[1:]))
    return Row(tuple(parts), signs, span, unread=error, said=said)
