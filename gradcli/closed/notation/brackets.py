r"""Brackets as high as what they hold: ``\left(\frac{x}{y}\right)``, and ``(x + y)`` beside it."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\\left\s*(?:\\[A-Za-z]+|\\?.)|\\right\s*(?:\\[A-Za-z]+|\\?.)|\\[A-Za-z]+|\\.|.", re.DOTALL)
_OPENING = {
    "(": ")",
    "[": "]",
    r"\lvert": r"\rvert",
    r"\lVert": r"\rVert",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
}
_TALL = frozenset([r"\frac", r"\sum", r"\prod", r"\int", r"\binom", r"\begin"])
_SCRIPTS = ("_", "^")


def grown(text: str) -> str:
    r"""A formula whose brackets stand behind ``\left`` and ``\right`` where they hold what is higher than a line.

    That is a fraction, a sum, cases or a matrix; one that is in an index or an exponent is small.
    """
    pieces = _PIECE.findall(text)
    opened, scripts, depth = list[list[int]](), list[int](), 0  # opened: its place, 1 where it holds what is tall
    before = ""
    for at, piece in enumerate(pieces):
        depth += (piece == "{") - (piece == "}")
        if piece == "{" and before in _SCRIPTS:
            scripts.append(depth)
        elif piece == "}" and scripts and depth < scripts[-1]:
            scripts.pop()
        elif piece in _TALL:
            _mark(opened, len(scripts))
        elif piece in _OPENING and not (piece == "[" and before == r"\sqrt"):
            opened.append([at, len(scripts), 0])
        elif opened and piece == _OPENING[pieces[opened[-1][0]]]:
            begin, _, tall = opened.pop()
            if tall:
                pieces[begin], pieces[at] = rf"\left{pieces[begin]}", rf"\right{piece}"
        before = piece if not piece.isspace() else before
    return "".join(pieces)


def _mark(opened: list[list[int]], scripts: int) -> None:
    """All open brackets hold it that stand in the same script; beyond, it is small."""
    for one in opened:
        one[2] |= one[1] == scripts
