"""Where the formulas of a text stand: displayed, in a line, not closed; and the headings between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gradcli.inputs.documents.pieces import Kind, Piece, Source, Wrong

_DISPLAYS = (
    "equation|align|gather|multline|eqnarray|flalign|alignat|xalignat|displaymath|math|dmath|IEEEeqnarray|"
    "empheq|darray|dgroup"
)
ESCAPED = r"(?P<escape>\\\\|\\\$)"
ENVIRONMENT = rf"\\begin\s*\{{(?P<display>(?:{_DISPLAYS})\*?)\}}"
_CLOSED_BY = {"\\[": "\\]", "$$": "$$", "\\(": "\\)"}
_ARGUMENTS = re.compile(r"(?:\s*\[[^\]\n]*\])?(?:\s*\{[^{}\n]*\})?")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_COLUMNS = {"alignat", "xalignat", "IEEEeqnarray", "empheq"}  # an argument follows their name


@dataclass(frozen=True, slots=True)
class Marks:
    """How a kind of text marks its formulas.

    found:  what begins one, by the groups escape, display and open; others go to ``others``
    dollar: what closes a formula in a line that a dollar opens
    wrong:  the error of a display that does not end; None where it is taken for prose
    """

    found: re.Pattern[str]
    dollar: re.Pattern[str]
    others: Callable[[Source, re.Match[str], int], tuple[Piece, int]]
    wrong: Wrong | None = None


def formulas_of(source: Source, place: int, end: int, marks: Marks) -> Iterator[Piece]:
    """The pieces from ``place`` to ``end``, in their order. Errors: those of ``marks.wrong``."""
    text = source.text
    said = place  # where the prose begins that no piece holds yet
    while (match := marks.found.search(text, place, end)) is not None:
        place = match.end()
        if match["escape"]:
            continue
        if match.start() > said:
            yield Piece(Kind.PROSE, text[said : match.start()], said, source)
        if match["display"]:
            piece, place = _environment(source, match, end, marks)
        elif match["open"]:
            piece, place = _delimited(source, match, end, marks)
        else:
            piece, place = marks.others(source, match, end)
        said = place
        yield piece
    if said < end:
        yield Piece(Kind.PROSE, text[said:end], said, source)


def _environment(source: Source, match: re.Match[str], end: int, marks: Marks) -> tuple[Piece, int]:
    r"""What stands between ``\begin{align}`` and ``\end{align}``, and the place behind that."""
    name = match["display"]
    start = match.end()
    if name.rstrip("*") in _COLUMNS:
        arguments = _ARGUMENTS.match(source.text, start)
        start = start if arguments is None else arguments.end()
    closing = f"\\end{{{name}}}"
    stop = source.text.find(closing, start, end)
    if stop < 0:
        return _unclosed(source, match, f"\\begin{{{name}}}", closing, marks), match.end()
    kind = Kind.INLINE if name == "math" else Kind.DISPLAY
    return Piece(kind, source.text[start:stop], start, source), stop + len(closing)


def _delimited(source: Source, match: re.Match[str], end: int, marks: Marks) -> tuple[Piece, int]:
    opening, start = match["open"], match.end()
    if opening in {"\\[", "$$"}:
        stop = _find(source.text, _CLOSED_BY[opening], start, end)
        if stop < 0:
            return _unclosed(source, match, opening, _CLOSED_BY[opening], marks), start
        return Piece(Kind.DISPLAY, source.text[start:stop], start, source), stop + 2
    paragraph = _PARAGRAPH.search(source.text, start, end)
    last = end if paragraph is None else paragraph.start()
    if opening == "\\(":
        stop = _find(source.text, "\\)", start, last)
        return _inline(source, match, stop, 2, marks)
    closing = marks.dollar.search(source.text, start, last)
    while closing is not None and closing["closing"] is None:
        closing = marks.dollar.search(source.text, closing.end(), last)
    return _inline(source, match, -1 if closing is None else closing.start("closing"), 1, marks)


def _inline(source: Source, match: re.Match[str], stop: int, width: int, marks: Marks) -> tuple[Piece, int]:
    start = match.end()
    if stop >= 0:
        return Piece(Kind.INLINE, source.text[start:stop], start, source), stop + width
    kind = Kind.PROSE if marks.wrong is None else Kind.UNCLOSED
    return Piece(kind, match[0], match.start(), source), start


def _unclosed(source: Source, match: re.Match[str], opening: str, closing: str, marks: Marks) -> Piece:
    if marks.wrong is None:
        return Piece(Kind.UNCLOSED, match[0], match.start(), source)
    message = f"a formula that does not end, found {opening}, expected {closing} behind it"
    raise marks.wrong(source.line(match.start()), message, "close it; a document that LaTeX reads has both")


def _find(text: str, closing: str, start: int, end: int) -> int:
    r"""The place of ``closing``, of which no ``\\`` takes the backslash; -1 where there is none."""
    while (stop := text.find(closing, start, end)) >= 0:
        before = stop
        while before > start and text[before - 1] == "\\":
            before -= 1
        if (stop - before) % 2 == 0:
            return stop
        start = stop + 1
    return -1
