"""Searching many patterns in a text, few of which are ever compiled; and once more where copying has broken words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_OPTIONAL = ("?", "*", "{0")
_LITERAL = re.compile(r"[A-Za-z0-9_'\", :;`@=/<>&%!#~-]")
_QUANTIFIER = re.compile(r"(?:[?*+]|\{\d*,?\d*\})[?+]?")


@cache
def anchor(pattern: str) -> str:
    """The longest text that each match of a pattern contains, in small letters: what has not got it cannot match.

    >>> anchor(r"Output (?P<index>\\d+) of (\\w+) is a view and is being modified in-?place")
    ' is a view and is being modified in'
    """
    longest = run = ""
    depth = at = 0
    while at < len(pattern):
        width, literal = _piece(pattern, at)
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        if pattern[at] == "|" and depth == 0:
            return ""
        follows = pattern[at + width : at + width + 2]
        if literal and depth == 0 and not follows.startswith(_OPTIONAL):
            run += literal
            longest = max(longest, run, key=len)
        else:
            run = ""
        at += width
    return longest.lower()


def _piece(pattern: str, at: int) -> tuple[int, str]:
    """How many characters of a pattern are one piece, and the literal character that it stands for, if it is one."""
    if pattern[at] == "\\":
        escaped = pattern[at + 1 : at + 2]
        return 2, "" if escaped.isalnum() else escaped
    if pattern[at] == "[":
        end = pattern.find("]", at + 2 + (pattern[at + 1 : at + 2] == "^"))
        return end + 1 - at, ""
    quantifier = _QUANTIFIER.match(pattern, at)
    if quantifier is not None:
        return quantifier.end() - at, ""
    return 1, pattern[at] if _LITERAL.match(pattern[at]) else ""


def search(pattern: str, text: str, lowered: str, flags: int = 0) -> re.Match[str] | None:
    """The first match; ``lowered`` is the text in small letters, once for all patterns."""
    return re.search(pattern, text, flags) if anchor(pattern) in lowered else None


def last_match(pattern: str, text: str, lowered: str, flags: int = 0) -> re.Match[str] | None:
    """The match that stands last."""
    found = None
    if anchor(pattern) in lowered:
        for found in re.finditer(pattern, text, flags):  # noqa: B007
            pass
    return found


def squeezed(text: str) -> str:
    """A text without any blanks, so that it does not matter where a terminal broke it."""
    return "".join(text.split())


@cache
def squeezed_pattern(pattern: str) -> str:
    """The pattern for squeezed texts: it asks for no blank and for no edge of a word.

    >>> squeezed_pattern(r"grad can be\\s+implicitly created only for (real )?scalar\\b")
    'gradcanbeimplicitlycreatedonlyfor(real)?scalar'
    """
    return "".join(_without_blanks(pattern))


def _without_blanks(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        width, _ = _piece(pattern, at)
        piece = pattern[at : at + width]
        at += width
        if piece in {" ", "\\ ", "\\s", "\\b"}:
            found = _QUANTIFIER.match(pattern, at)
            at = found.end() if found else at
        elif piece.startswith("[") and " " in piece and not piece.startswith("[^"):
            found = _QUANTIFIER.match(pattern, at)
            yield f"{piece}*" if found else f"{piece}?"
            at = found.end() if found else at
        else:
            yield piece
