"""Lines of a chain ``… = … = …``: which signs of equality part it, and which stand within a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LINES = 1_000  # of one chain

_QUOTED = r"""'[^'\n]*'|"[^"\n]*\""""
_PARTS = re.compile(rf"{_QUOTED}|[(\[{{]|[)\]}}]|;|[=!<>:]?=+")


@dataclass(frozen=True, slots=True)
class Part:
    """A side of a chain, and where it begins in the text."""

    start: int
    text: str


def sides(text: str) -> list[Part]:
    """What stands between the signs of equality at the top: of ``2*x = x + x`` both sides, in their order.

    Signs within parentheses are options, ``sum(x, dim=0)``; with a ``;`` the text is a formula of several statements,
    whose assignments are none of ours.

    >>> [part.text for part in sides("sum(x, dim=0) = x @ x  = y")]
    ['sum(x, dim=0)', 'x @ x', 'y']
    """
    cuts = list(_cuts(text))
    starts = [0, *(stop for _, stop in cuts)]
    stops = [*(start for start, _ in cuts), len(text)]
    return [_trimmed(text, start, stop) for start, stop in zip(starts, stops, strict=True)]


def _trimmed(text: str, start: int, stop: int) -> Part:
    piece = text[start:stop]
    return Part(start + len(piece) - len(piece.lstrip()), piece.strip())


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """The places of the signs, none where the text has several statements."""
    depth, found = 0, list[tuple[int, int]]()
    for match in _PARTS.finditer(text):
        sign = match[0]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and sign == ";":
            return
        elif depth == 0 and sign == "=":
            found.append(match.span())
    yield from found
