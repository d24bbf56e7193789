"""Entries in other places: what a row that moves does to the positions in a formula's leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.meaning.moves import Move, sources_of
from gradcli.meaning.scalars import Plain
from gradcli.meaning.templates.formula import Leaf, broadcast_leaf, number_leaf, skeleton
from gradcli.meaning.templates.template import Entries
from gradcli.meaning.templates.values import (
    Known,
    Piece,
    Pieces,
    broadcast_formula,
    counted,
    leaf_of,
    merged,
    restricted,
    with_leaves,
)
from gradcli.operations.shape_rules import Shape, size

NUMBERS = Plain(float)


def moved(move: Move, arguments: Sequence[Known | Pieces], shape: Shape) -> Pieces:
    """The operands' entries in other places; shape: of the result."""
    counted(size(shape))
    direct = _leaf_by_leaf(move, arguments, shape)
    return _by_places(move, arguments, shape) if direct is None else direct


def _leaf_by_leaf(move: Move, arguments: Sequence[Known | Pieces], shape: Shape) -> Pieces | None:
    """Where all operands are one formula at all places; None elsewhere."""
    formulas = [leaf_of(a) if isinstance(a, Known) else a.whole for a in arguments]
    if any(formula is None for formula in formulas) or any(isinstance(a, Known) and a.truth for a in arguments):
        return None
    bones = [skeleton(formula) for formula in formulas if formula is not None]
    if any(other.tree != bones[0].tree for other in bones[1:]):
        return None
    bare = isinstance(formulas[0], Leaf)
    leaves = []
    for column in zip(*(part.leaves for part in bones), strict=True):
        spread = [broadcast_leaf(leaf, a.shape) for leaf, a in zip(column, arguments, strict=True)]
        leaf = _moved_leaf(move, spread, shape, bare=bare)
        if leaf is None:
            return None
        leaves.append(leaf)
    return Pieces(shape, (Piece(None, with_leaves(bones[0], leaves)),))


def _moved_leaf(move: Move, leaves: Sequence[Leaf], shape: Shape, *, bare: bool) -> Leaf | None:
    """None where numbers come in between that are no part of a formula."""
    none = np.result_type(*(leaf.entries.dtype for leaf in leaves)).type(-1)
    own: list[object] = []  # numbers that the row puts in between

    def entry_of(number: object) -> Any:  # Any: none
        own.append(number)
        return none

    entries = np.asarray(move(Plain(entry_of), *(leaf.entries for leaf in leaves))).reshape(shape)
    if own and not bare:
        return None
    if not own and all(leaf.numbers is None for leaf in leaves):
        return Leaf(entries)
    given = [np.broadcast_to(0.0, leaf.entries.shape) if leaf.numbers is None else leaf.numbers for leaf in leaves]
    numbers = np.asarray(move(NUMBERS, *given)).reshape(shape)
    return Leaf(entries, numbers if numbers.any() else None)


def _by_places(move: Move, arguments: Sequence[Known | Pieces], shape: Shape) -> Pieces:
    sources, starts = sources_of(move, [a.shape for a in arguments])
    pieces = []
    none = np.flatnonzero(sources < 0)
    if len(none):
        fills = np.asarray(move(NUMBERS, *(np.zeros(a.shape) for a in arguments))).reshape(-1)
        pieces.append(Piece(none, number_leaf(fills[none])))
    for argument, start, end in zip(arguments, starts, starts[1:], strict=False):
        places = np.flatnonzero((sources >= start) & (sources < end))
        pieces += _at_places(argument, sources[places] - start, places)
    return merged(shape, pieces)


def _at_places(argument: Known | Pieces, sources: Entries, places: Entries) -> list[Piece]:
    """The operand's entries ``sources`` at these places of the result."""
    if isinstance(argument, Known):
        argument = Pieces(argument.shape, (Piece(None, leaf_of(argument)),))
    found = []
    for piece in argument.pieces:
        if piece.places is None:
            found.append(Piece(places, restricted(piece, sources)))
            continue
        at = np.searchsorted(piece.places, sources)
        there = piece.places[np.minimum(at, len(piece.places) - 1)] == sources
        found.append(Piece(places[there], restricted(piece, sources[there])))
    return found


def broadcast_pieces(value: Pieces, shape: Shape) -> Pieces:
    """The same entries, repeated along axes."""
    if value.shape == shape:
        return value
    whole = value.whole
    if whole is not None:
        return Pieces(shape, (Piece(None, broadcast_formula(whole, value.shape, shape)),))
    counted(size(shape))
    sources = np.broadcast_to(np.arange(size(value.shape)).reshape(value.shape), shape).reshape(-1)
    return merged(shape, _at_places(value, sources, np.arange(size(shape))))
