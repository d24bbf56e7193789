"""Where the formulas of a text stand: displayed, in a line, not closed; and the headings between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gradcli.inputs.documents.pieces import MAX_PIECES, Kind, Piece, Source, Wrong

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


@dataclass(slots=True)
class _Scan:
    """A text that is searched for the ends of formulas. ``breaks``: where its paragraphs end.

    barren: for what closes a formula, up to where there is none; a text full of what is opened is searched once
    """

    source: Source
    end: int
    marks: Marks
    breaks: list[int]
    barren: dict[str, int] = field(default_factory=dict)

    def last(self, start: int) -> int:
        """Where the paragraph ends."""
        number = bisect_left(self.breaks, start)
        return self.breaks[number] if number < len(self.breaks) else self.end

    def stop(self, closing: str, start: int, end: int) -> int:
        """Where a formula ends, from ``start`` to ``end``; -1 where nothing closes it."""
        if start < self.barren.get(closing, -1):
            return -1
        if closing == "$":
            place = self._dollar(start, end)
        elif closing.startswith("\\end"):
            place = self.source.text.find(closing, start, end)
        else:
            place = _find(self.source.text, closing, start, end)
        if place < 0:
            self.barren[closing] = end
        return place

    def _dollar(self, start: int, end: int) -> int:
        closing = self.marks.dollar.search(self.source.text, start, end)
        while closing is not None and closing["closing"] is None:
            closing = self.marks.dollar.search(self.source.text, closing.end(), end)
        return -1 if closing is None else closing.start("closing")


def formulas_of(source: Source, place: int, end: int, marks: Marks) -> Iterator[Piece]:
    """The pieces from ``place`` to ``end``, in their order. Errors: those of ``marks.wrong``."""
    text, count = source.text, 0
    scan = _Scan(source, end, marks, [match.start() for match in _PARAGRAPH.finditer(text, place, end)])
    said = place  # where the prose begins that no piece holds yet
    while count <= MAX_PIECES and (match := marks.found.search(text, place, end)) is not None:
        place = match.end()
        if match["escape"]:
            continue
        if match.start() > said:
            yield Piece(Kind.PROSE, text[said : match.start()], said, source)
        if match["display"]:
            piece, place = _environment(scan, match)
        elif match["open"]:
            piece, place = _delimited(scan, match)
        else:
            piece, place = marks.others(source, match, end)
        said, count = place, count + 1
        yield piece
    if said < end:
        yield Piece(Kind.PROSE, text[said:end], said, source)


def _environment(scan: _Scan, match: re.Match[str]) -> tuple[Piece, int]:
    r"""What stands between ``\begin{align}`` and ``\end{align}``, and the place behind that."""
    name, source = match["display"], scan.source
    start = match.end()
    if name.rstrip("*") in _COLUMNS:
        arguments = _ARGUMENTS.match(source.text, start)
        start = start if arguments is None else arguments.end()
    closing = f"\\end{{{name}}}"
    stop = scan.stop(closing, start, scan.end)
    if stop < 0:
        return _unclosed(source, match, f"\\begin{{{name}}}", closing, scan.marks), match.end()
    kind = Kind.INLINE if name == "math" else Kind.DISPLAY
    return Piece(kind, source.text[start:stop], start, source), stop + len(closing)


def _delimited(scan: _Scan, match: re.Match[str]) -> tuple[Piece, int]:
    opening, start, source = match["open"], match.end(), scan.source
    if opening in {"\\[", "$$"}:
        stop = scan.stop(_CLOSED_BY[opening], start, scan.end)
        if stop < 0:
            return _unclosed(source, match, opening, _CLOSED_BY[opening], scan.marks), start
        return Piece(Kind.DISPLAY, source.text[start:stop], start, source), stop + 2
    closing = "\\)" if opening == "\\(" else "$"
    return _inline(source, match, scan.stop(closing, start, scan.last(start)), len(closing), scan.marks)


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
