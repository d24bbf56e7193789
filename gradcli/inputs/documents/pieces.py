"""A document as a list of pieces: headings, displayed formulas, formulas in a line, prose, comments to gradcli."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from gradcli.base.errors import InputError

Wrong = Callable[[int | None, str, str], InputError]  # the error at a line of the file, with its hint

MAX_DISPLAYS = 20_000
MAX_PIECES = 200_000


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


def blank(text: str) -> str:
    """As long, with its ends of lines and nothing else."""
    return "".join("\n" if character == "\n" else " " for character in text)
