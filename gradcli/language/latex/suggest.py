"""What was probably meant by a command that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cache
from typing import NoReturn

from gradcli.base.errors import ExpressionError, printable
from gradcli.language.latex import words
from gradcli.language.latex.lexemes import Lexeme
from gradcli.language.latex.walk import Walk, shown_as


def near(name: str, known: Sequence[str]) -> str | None:
    """``did you mean ...`` where something is near."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return f"did you mean {found[0]}?" if found else None


_ONES = ("operatorname", "sqrt", "partial", "nabla", "left", "right", "begin", "end", "div")


@cache
def _commands() -> tuple[str, ...]:
    tables = (words.LETTERS, words.FUNCTION_COMMANDS, words.BIG, words.FONTS, words.ACCENTS, words.FRACTIONS,
              words.BINOMIALS, words.SIGNS, words.RELATIONS, words.JOINING, words.OPENING, words.CLOSING, words.SIZES,
              words.TRANSPARENT, _ONES)  # fmt: skip
    return tuple(sorted({name for table in tables for name in table if len(name) > 1}))


def unknown_command(_walk: Walk, lexeme: Lexeme) -> NoReturn:
    """Errors: ExpressionError always."""
    shown = shown_as(lexeme)
    meant = near(lexeme.text[:40], [name for name in _commands() if abs(len(name) - len(lexeme.text)) < 4])
    define = f"define it: \\newcommand{{{printable(shown[:40])}}}{{...}}"
    hint = f"did you mean \\{meant.removeprefix('did you mean ')}\n{define}" if meant else define
    raise ExpressionError(f"the command {shown[:60]} is not known", span=lexeme.span, hint=hint)
