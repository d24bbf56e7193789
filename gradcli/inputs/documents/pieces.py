"""A document as a list of pieces: headings, displayed formulas, formulas in a line, prose, comments to gradcli."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import accumulate

from gradcli.base.errors import InputError

Wrong = Callable[[int | None, str, str], InputError]  # the error at a line of the file, with its hint

MAX_FORMULAS = 10_000  # displayed or in a line: those of a book's chapters; each is parsed, for about a millisecond
MAX_WRITTEN = 500_000  # characters of all formulas together
MAX_PIECES = 50_000  # with what stands between them


class Kind(Enum):
    """What a piece is."""

    HEADING = auto()
    DISPLAY = auto()
    INLINE = auto()
    PROSE = auto()
    MAGIC = auto()  # what follows ``gradcli:`` in a comment
    OTHER_FILE = auto()  # named by \input, and not read
    UNCLOSED = auto()  # a formula that does not end


@dataclass(frozen=True, slots=True)
class Source:
    """A text of a document: a file, or a cell of one.

    text:  what does not count (comments, code) is blank, so that places stay what they are
    lines: for each line of the text its line in the file
    cell:  from 1, where there are cells
    """

    text: str
    starts: tuple[int, ...]
    lines: tuple[int, ...]
    cell: int | None = None

    @classmethod
    def of(cls, text: str, lines: tuple[int, ...] | None = None, cell: int | None = None) -> Source:
        """A text whose lines are those of the file, unless ``lines`` says where each is."""
        starts, at = [0], text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        return cls(text, tuple(starts), lines or tuple(range(1, len(starts) + 1)), cell)

    def blanked(self, text: str) -> Source:
        """The same places with ``text`` in them, which is as long."""
        return Source(text, self.starts, self.lines, self.cell)

    def row(self, place: int) -> int:
        """The line of the text, from 1, in which a place is."""
        return bisect_right(self.starts, place)

    def line(self, place: int) -> int:
        """The line of the file."""
        return self.lines[min(self.row(place), len(self.lines)) - 1]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a source; ``start``: the place of ``text`` in it; ``level``: of a heading, 1 the highest."""

    kind: Kind
    text: str
    start: int
    source: Source
    level: int = 0

    @property
    def line(self) -> int:
        """The line of the file in which it begins."""
        return self.source.line(self.start)


def bounded(pieces: Sequence[Piece], wrong: Wrong) -> None:
    """Counts before anything is parsed. Errors: those of ``wrong``, at the first formula that is too many."""
    if len(pieces) > MAX_PIECES:
        message = f"too many pieces, found more than {MAX_PIECES:,}, expected at most so many"
        raise wrong(pieces[MAX_PIECES].line, message, "split the file")
    formulas = [piece for piece in pieces if piece.kind in {Kind.DISPLAY, Kind.INLINE}]
    if len(formulas) > MAX_FORMULAS:
        message = f"too many formulas, found {len(formulas):,}, expected at most {MAX_FORMULAS:,}"
        raise wrong(formulas[MAX_FORMULAS].line, message, "split the file")
    written = list(accumulate(len(piece.text) for piece in formulas))
    if written and written[-1] > MAX_WRITTEN:
        message = f"formulas that are too long, found {written[-1]:,} characters, expected at most {MAX_WRITTEN:,}"
        raise wrong(formulas[bisect_right(written, MAX_WRITTEN)].line, message, "split the file")


def blank(text: str) -> str:
    """As long, with its ends of lines and nothing else."""
    return "".join("\n" if character == "\n" else " " for character in text)
