r"""``\begin`` and ``\end``: matrices and cases are tables of cells; what only sets a formula on lines says nothing."""

from __future__ import annotations

from gradcli.base.errors import ExpressionError, printable
from gradcli.language.latex.lexemes import Lexeme, plain
from gradcli.language.latex.suggest import near
from gradcli.language.latex.walk import Walk
from gradcli.language.latex.words import CASES, DISPLAYS, MATRICES, WITH_NUMBER

_KNOWN = DISPLAYS | CASES | MATRICES


def _name(walk: Walk, lexeme: Lexeme) -> str:
    first = walk.peek()
    if first is None or not first.is_char("{"):
        raise ExpressionError(f"\\{lexeme.text} without the name of an environment", span=lexeme.span)
    return plain(walk.raw(lexeme)).strip()


def begin(walk: Walk, lexeme: Lexeme) -> None:
    """Errors: ExpressionError where the environment is not known."""
    name = _name(walk, lexeme)
    span = lexeme.span.to(walk.lexemes[walk.at - 1].span)
    if name not in _KNOWN:
        hint = near(name, sorted(_KNOWN))
        raise ExpressionError(f"the environment {printable(name)} is not read", span=span, hint=hint)
    if name.rstrip("*") == "array" or name in WITH_NUMBER:
        walk.raw(lexeme)  # the columns
    elif walk.touching() == "[":
        while walk.peek() is not None and not walk.take().is_char("]"):
            pass
    walk.emit("BEGIN", f"\\begin{{{name}}}", span, name)
    walk.deeper(span)
    walk.tables.append((name, walk.delimiters.enter()))


def end(walk: Walk, lexeme: Lexeme) -> None:
    """Errors: ExpressionError where another environment is open, or none."""
    name = _name(walk, lexeme)
    span = lexeme.span.to(walk.lexemes[walk.at - 1].span)
    if not walk.tables or walk.tables[-1][0] != name:
        opened = f", and \\begin{{{walk.tables[-1][0]}}} is open" if walk.tables else ""
        raise ExpressionError(f"\\end{{{printable(name)}}} ends nothing{opened}", span=span)
    walk.end_cell()
    if walk.out[-1].type == "ROW":
        walk.out.pop()
    _, floor = walk.tables.pop()
    walk.delimiters.leave(floor)
    walk.depth -= 1
    walk.emit("END", f"\\end{{{name}}}", span, name)


def new_row(walk: Walk, lexeme: Lexeme) -> None:
    r"""``\\``, with a space below it in brackets perhaps."""
    if walk.touching() == "*":
        walk.at += 1
    if walk.touching() == "[" and walk.tables:
        while walk.peek() is not None and not walk.take().is_char("]"):
            pass
    if not walk.tables:
        if walk.peek() is None:
            return  # at the end of the last row
        raise ExpressionError(
            "a new line in the middle of a formula", span=lexeme.span, hint="give one formula at a time"
        )
    if walk.tables[-1][0] == "substack":
        walk.emit("COMMA", "\\\\", lexeme.span, ",")
        return
    walk.end_cell()
    walk.emit("ROW", "\\\\", lexeme.span)
