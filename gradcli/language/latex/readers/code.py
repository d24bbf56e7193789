"""Text of gradcli's language that is written for a LaTeX formula; every piece of it knows its place there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from gradcli.base.errors import Span

SUM, PRODUCT, POWER, ATOM = range(4)  # how strongly what was written binds


@dataclass(frozen=True, slots=True)
class Code:
    """Pieces of text from left to right, each with the place in the LaTeX for which it was written."""

    pieces: tuple[tuple[str, Span], ...] = ()

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def places(self) -> tuple[tuple[int, int, Span], ...]:
        """Of each piece where it begins and ends in the text, and its place in the LaTeX."""
        found, at = [], 0
        for text, span in self.pieces:
            found.append((at, at + len(text), span))
            at += len(text)
        return tuple(found)


def written(span: Span, *parts: str | Code) -> Code:
    """The parts one after another; bare text is written for ``span``."""
    pieces: list[tuple[str, Span]] = []
    for part in parts:
        pieces.extend(part.pieces if isinstance(part, Code) else [(part, span)] if part else [])
    return Code(tuple(pieces))


def joined(span: Span, sign: str, parts: Iterable[Code]) -> Code:
    """The parts with a sign between them."""
    first, *rest = parts
    return written(span, first, *(piece for part in rest for piece in (sign, part)))


def place_of(places: Iterable[tuple[int, int, Span]], span: Span, whole: Span) -> Span:
    """Where in the LaTeX stands what is written at ``span`` of the text; ``whole`` where that is nowhere."""
    met = [there for start, stop, there in places if start < max(span.stop, span.start + 1) and span.start < stop]
    return reduce(Span.to, met) if met else whole
