"""Operations entry by entry: the formulas of the operands in one formula, at each place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from gradcli.meaning.templates.formula import Formula
from gradcli.meaning.templates.moves import broadcast_pieces
from gradcli.meaning.templates.template import Entries, Untemplated
from gradcli.meaning.templates.values import (
    MOST_PIECES,
    Known,
    Piece,
    Pieces,
    broadcast_formula,
    counted,
    formula_of,
    merged,
    restricted,
)
from gradcli.operations.shape_rules import Shape, size

Build = Callable[[list[Formula | None]], Formula]  # of the operands' formulas


def combined(build: Build, arguments: Sequence[Known | Pieces | None], shape: Shape) -> Pieces:
    """What ``build`` makes of the operands' formulas, entry by entry; the operands broadcast to ``shape``."""
    moving = [a for a in arguments if isinstance(a, Pieces)]
    if all(a.whole is not None for a in moving):
        return Pieces(shape, (Piece(None, build([_everywhere(a, shape) for a in arguments])),))
    counted(size(shape))
    spread = [broadcast_pieces(a, shape) if isinstance(a, Pieces) else a for a in arguments]
    return merged(shape, [Piece(at, build([pick(at) for pick in picks])) for at, picks in _refined(spread, shape)])


def _everywhere(argument: Known | Pieces | None, shape: Shape) -> Formula | None:
    if argument is None:
        return None
    if isinstance(argument, Known):
        return formula_of(argument, shape)
    assert argument.whole is not None
    return broadcast_formula(argument.whole, argument.shape, shape)


Pick = Callable[[Entries], Formula | None]


def _refined(arguments: Sequence[Known | Pieces | None], shape: Shape) -> list[tuple[Entries, list[Pick]]]:
    """Places at which no operand changes its formula, and for each operand its formula there."""
    code = np.zeros(size(shape), dtype=np.int64)
    kinds = 1
    for a in arguments:
        if isinstance(a, Pieces) and a.whole is None:
            code *= len(a.pieces)
            for k, piece in enumerate(a.pieces):
                code[piece.places] += k
            kinds *= len(a.pieces)
    if kinds > MOST_PIECES**2:
        raise Untemplated(f"a value of more than {MOST_PIECES} different formulas")
    found = []
    for kind in range(kinds):
        places = np.flatnonzero(code == kind)
        if len(places):
            found.append((places, _picks(arguments, shape, kind)))
    return found


def _picks(arguments: Sequence[Known | Pieces | None], shape: Shape, kind: int) -> list[Pick]:
    picks: list[Pick] = []
    for a in reversed(arguments):
        number = 0
        if isinstance(a, Pieces) and a.whole is None:
            kind, number = divmod(kind, len(a.pieces))
        picks.append(partial(_pick, a, number, shape))
    return picks[::-1]


def _pick(argument: Known | Pieces | None, number: int, shape: Shape, at: Entries) -> Formula | None:
    if argument is None:
        return None
    if isinstance(argument, Known):
        return restricted(Piece(None, formula_of(argument, shape)), at)
    return restricted(argument.pieces[number], at)
