"""Markdown, by itself and in the cells of a notebook: its pieces. Code is left out, but for fences of ``math``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradcli.inputs.documents.pieces import Kind, Piece, Source, blank
from gradcli.inputs.documents.scanning import ENVIRONMENT, ESCAPED, Marks, formulas_of

_SKIPPED = re.compile(
    r"^ {0,3}(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[ \t]*(?P<language>[^\s`]*)[^\n]*$"
    r"|<!--(?P<comment>.*?)(?:-->|\Z)"
    r"|\$`(?P<math>[^`\n]+)`\$"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).){1,4000}?(?<!`)(?P=ticks)(?!`)"
    r"|\\[\\`$]",
    re.DOTALL | re.MULTILINE,
)
_MAGIC = re.compile(r"\s*gradcli\s*:(.*)", re.IGNORECASE | re.DOTALL)
_TITLE = r"^ {0,3}(?P<heading>\#{1,6})[ \t]+(?P<title>[^\n]*)"
_OPEN = r"(?P<open>^[ \t]*\\\[(?=[ \t]*$)|\$\$|\\\(|\$(?!\s))"
_FOUND = re.compile(rf"{ESCAPED}|{ENVIRONMENT}|{_OPEN}|{_TITLE}", re.MULTILINE)
# As pandoc has it, no blank stands inside beside a dollar, and no digit behind the second: $5 and $6 are no formula.
_DOLLAR = re.compile(r"\\.|(?<=\S)(?P<closing>\$)(?!\d)", re.DOTALL)


def pieces_of(source: Source) -> Iterator[Piece]:
    """The pieces of a text in Markdown, in their order; fences of gradcli are not among them."""
    blanked, found = _without_code(source)
    marks = Marks(_FOUND, _DOLLAR, _heading)
    yield from sorted(
        [*found, *formulas_of(blanked, 0, len(blanked.text), marks)], key=lambda piece: (piece.start, piece.kind.value)
    )


def _without_code(source: Source) -> tuple[Source, list[Piece]]:
    """The source with blanks for code and comments; fences of math and comments to gradcli, which are so too."""
    text, place = source.text, 0
    parts, found = list[str](), list[Piece]()
    while (match := _SKIPPED.search(text, place)) is not None:
        start, end = match.span()
        parts.append(text[place:start])
        place = end
        if match["fence"]:
            place, piece = _fenced(source, match)
            found += [] if piece is None else [piece]
        elif match["math"]:
            found.append(Piece(Kind.INLINE, match["math"], match.start("math"), source))
        elif match["comment"] is not None:
            magic = _MAGIC.fullmatch(match["comment"])
            found += [] if magic is None else [Piece(Kind.MAGIC, magic[1].strip(), start, source)]
        elif not match["ticks"]:
            parts.append(text[start:end])
            continue
        parts.append(blank(text[start:place]))
    return source.blanked("".join([*parts, text[place:]])), found


def _fenced(source: Source, match: re.Match[str]) -> tuple[int, Piece | None]:
    """The place behind a fence; its text where that is math."""
    text, fence = source.text, match["fence"]
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$", re.MULTILINE)
    closed = closing.search(text, match.end())
    stop, end = (len(text), len(text)) if closed is None else closed.span()
    if match["language"].lower() not in {"math", "{math}"}:
        return end, None
    start = min(match.end() + 1, stop)
    return end, Piece(Kind.DISPLAY, text[start:stop], start, source)


def _heading(source: Source, match: re.Match[str], _end: int) -> tuple[Piece, int]:
    title = match["title"].strip().rstrip("#").strip()
    return Piece(Kind.HEADING, title, match.start("title"), source, len(match["heading"])), match.end()
