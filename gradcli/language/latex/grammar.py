r"""LaTeX read: a formula to its tree, a display to its rows."""

from __future__ import annotations

from gradcli.base.errors import GradcliError
from gradcli.language.latex.heads import quoted
from gradcli.language.latex.lexemes import Lexeme, scan
from gradcli.language.latex.macros import NONE, Macros, definitions, expanded, usual
from gradcli.language.latex.nodes import Node
from gradcli.language.latex.rows import Row, one_formula, rows_of

__all__ = ["Row", "parse_display", "parse_latex"]


def parse_latex(text: str, macros: Macros = NONE) -> Node:
    r"""The tree of a formula; the macros of the text itself count, too.

    Errors: ExpressionError at its place, LimitError past the bounds, MissingError without lark.

    >>> parse_latex(r"\frac12 x").signs
    ('',)
    """
    try:
        return one_formula(_lexemes(text, macros))
    except GradcliError as error:
        _told(error, text)
        raise


def parse_display(text: str, macros: Macros = NONE) -> tuple[Row, ...]:
    r"""The rows of a display: of ``align``, of what stands between ``\[`` and ``\]``, of one inline formula.

    What cannot be read is told in its row, the others are read all the same.
    Errors: ExpressionError where not even the rows can be told apart, LimitError, MissingError without lark.
    """
    try:
        rows = rows_of(_lexemes(text, macros))
    except GradcliError as error:
        _told(error, text)
        raise
    for row in rows:
        for each in (row, *row.rest):
            if each.unread is not None:
                _told(each.unread, text)
    return rows


def _told(error: GradcliError, text: str) -> None:
    """The error as it is told: with its text, which it may quote."""
    if error.source is None:
        error.source = text
        quoted(error, text)


_DEFINES = ("\\newcommand", "\\renewcommand", "\\providecommand", "\\def", "\\let", "\\Declare")


def _lexemes(text: str, macros: Macros) -> list[Lexeme]:
    """What is left of a text when its macros are put in."""
    if any(word in text for word in _DEFINES):
        own, spans = definitions(text)
        macros = own.over(macros)
        for span in spans:
            text = text[: span.start] + " " * (span.stop - span.start) + text[span.stop :]
    return expanded(scan(text), macros.over(usual()))
