r"""Characters of LaTeX to commands and single characters, as TeX cuts them; comments are gone, blanks are kept."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from gradcli.base.errors import LimitError, Span
from gradcli.base.limits import MAX_SOURCE
from gradcli.language.latex.words import SUBSCRIPTS, SUPERSCRIPTS, UNICODE, greek_of

_COMMAND = re.compile(r"\\(?:[A-Za-z@]+|[^A-Za-z@])", re.DOTALL)
_COMMENT = re.compile(r"%[^\n]*(?:\n[ \t]*)?")
_BLANK = re.compile(r"[ \t\r\n\f\u00a0\u2000-\u200b\u202f\u205f\u2060\ufeff]+|~")
_RAISED = re.compile(f"[{''.join(map(chr, SUPERSCRIPTS))}]+")
_LOWERED = re.compile(f"[{''.join(map(chr, SUBSCRIPTS))}]+")


class Lexeme(NamedTuple):
    """``kind``: command (``text`` without its backslash), char or blank."""

    kind: str
    text: str
    span: Span

    def is_char(self, ch: str) -> bool:
        return self.kind == "char" and self.text == ch

    def is_command(self, *names: str) -> bool:
        return self.kind == "command" and self.text in names


def scan(source: str, start: int = 0, stop: int | None = None) -> list[Lexeme]:
    """What stands between two places of a text. Errors: LimitError."""
    stop = len(source) if stop is None else stop
    if stop - start > MAX_SOURCE:
        raise LimitError(f"the formula has {stop - start:,} characters; at most {MAX_SOURCE:,} are read")
    found: list[Lexeme] = []
    at = start
    while at < stop:
        at = _next(source, at, stop, found)
    return found


def _next(source: str, at: int, stop: int, found: list[Lexeme]) -> int:
    """Puts what begins at ``at`` to the others; where the next one begins."""
    ch = source[at]
    if "!" <= ch <= "~" and ch not in "\\%~":
        found.append(Lexeme("char", ch, Span(at, at + 1)))
        return at + 1
    if ch == "\\":
        command = _COMMAND.match(source, at, stop)
        if command is None:
            found.append(Lexeme("char", ch, Span(at, at + 1)))
            return at + 1
        found.append(Lexeme("command", command[0][1:], Span(at, command.end())))
        return command.end()
    if comment := _COMMENT.match(source, at, stop):
        return comment.end()
    if blank := _BLANK.match(source, at, stop):
        found.append(Lexeme("blank", " ", Span(at, blank.end())))
        return blank.end()
    return _beyond_ascii(source, at, stop, found)


def _beyond_ascii(source: str, at: int, stop: int, found: list[Lexeme]) -> int:
    """Letters and signs that people paste, as the commands that they stand for."""
    for pattern, table, mark in ((_RAISED, SUPERSCRIPTS, "^"), (_LOWERED, SUBSCRIPTS, "_")):
        if match := pattern.match(source, at, stop):
            span = Span(at, match.end())
            found += [Lexeme("char", ch, span) for ch in f"{mark}{{{match[0].translate(table)}}}"]
            return match.end()
    ch, span = source[at], Span(at, at + 1)
    if 0x1D400 <= ord(ch) <= 0x1D7FF:  # letters of mathematical alphabets: what they look like
        ch = unicodedata.normalize("NFKC", ch)
    if (half := re.fullmatch(r"(\d)\u2044(\d)", unicodedata.normalize("NFKC", ch))) is not None:
        found += [Lexeme("command", "frac", span), Lexeme("char", half[1], span), Lexeme("char", half[2], span)]
        return at + 1
    command = UNICODE.get(ch) or greek_of(ch)
    if command == "-":
        found.append(Lexeme("char", "-", span))
    elif command:
        found.append(Lexeme("command", command, span))
    else:
        found.append(Lexeme("char", ch, span))
    return at + 1


def plain(lexemes: list[Lexeme] | tuple[Lexeme, ...]) -> str:
    """The text that lexemes stand for, commands with their backslash."""
    return "".join(f"\\{each.text}" if each.kind == "command" else each.text for each in lexemes)
