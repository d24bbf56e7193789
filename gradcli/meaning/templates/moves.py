"""Entries in other places: what a row that moves does to the positions in a formula's leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from gradcli.meaning.program import Step
from gradcli.meaning.scalars import Array, Placing
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
from gradcli.meaning.torch_meaning import plain_constant
from gradcli.operations.shape_rules import Shape, size


class Positions(Placing):
    """The library in which a row moves positions; ``filled``: it has put numbers of its own between them, as -1."""

    np = np
    array = staticmethod(np.asarray)

    def __init__(self, dtype: Any) -> None:  # Any: numpy's
        self.dtype, self.filled = dtype, False

    def full(self, shape: Shape, _value: object) -> Array:
        self.filled = True
        return np.full(shape, -1, dtype=self.dtype)

    def scalar(self, _value: object) -> Any:  # Any: a number of that type
        self.filled = True
        return self.dtype(-1)

    def on_diagonal(self, x: Array, offset: int) -> Array:
        return _on_diagonal(self, x, offset)

    def triangle(self, x: Array, keep: Callable[[int], bool]) -> Array:
        return _triangle(self, x, keep)


class Numbers(Placing):
    """The library in which it moves numbers."""

    np = np
    array = staticmethod(np.asarray)

    def full(self, shape: Shape, value: object) -> Array:
        return np.full(shape, float(value))  # type: ignore[arg-type]  # a number

    def scalar(self, value: object) -> float:
        return float(value)  # type: ignore[arg-type]  # a number

    def on_diagonal(self, x: Array, offset: int) -> Array:
        return _on_diagonal(self, x, offset)

    def triangle(self, x: Array, keep: Callable[[int], bool]) -> Array:
        return _triangle(self, x, keep)


def _on_diagonal(s: Placing, x: Array, offset: int) -> Array:
    n = x.shape[-1]
    counted(x.size * (n + abs(offset)))
    out = s.full((*x.shape[:-1], *(n + abs(offset),) * 2), 0)
    at = np.arange(n)
    out[..., at + max(-offset, 0), at + max(offset, 0)] = x
    return out


def _triangle(s: Placing, x: Array, keep: Callable[[int], bool]) -> Array:
    rows, columns = x.shape[-2:]
    kept = np.array([keep(gap) for gap in range(1 - rows, columns)], dtype=bool)
    return np.where(kept[np.arange(columns) - np.arange(rows)[:, None] + rows - 1], x, s.scalar(0))


Move = Callable[..., Any]  # Any: arrays; of a library and the operands, as the sympy meaning of a row that moves


def move_of(step: Step) -> Move:
    """What the step's row does, its constants given."""
    assert step.op is not None
    meaning = step.op.sympy
    assert callable(meaning)
    constants = [plain_constant(value) for value in step.constants]
    return lambda s, *arrays: meaning(s, *arrays, *constants)


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
    dtype = np.result_type(*(leaf.entries.dtype for leaf in leaves)).type
    library = Positions(dtype)
    entries = np.asarray(move(library, *(leaf.entries for leaf in leaves))).reshape(shape)
    if library.filled and not bare:
        return None
    if not library.filled and all(leaf.numbers is None for leaf in leaves):
        return Leaf(entries)
    given = [np.broadcast_to(0.0, leaf.entries.shape) if leaf.numbers is None else leaf.numbers for leaf in leaves]
    numbers = np.asarray(move(Numbers(), *given)).reshape(shape)
    return Leaf(entries, numbers if numbers.any() else None)


def sources_of(move: Move, shapes: Sequence[Shape], shape: Shape) -> tuple[Entries, list[int]]:
    """For each entry of the flat result the number of the entry that comes there, -1 for a number that comes from
    none; and where each operand's numbers begin."""
    sizes = [size(s) for s in shapes]
    starts = [0, *accumulate(sizes)]
    counted(starts[-1])
    numbered = [start + np.arange(n).reshape(s) for start, n, s in zip(starts, sizes, shapes, strict=False)]
    return np.asarray(move(Positions(np.int64), *numbered)).reshape(size(shape)), starts


def _by_places(move: Move, arguments: Sequence[Known | Pieces], shape: Shape) -> Pieces:
    sources, starts = sources_of(move, [a.shape for a in arguments], shape)
    pieces = []
    none = np.flatnonzero(sources < 0)
    if len(none):
        fills = np.asarray(move(Numbers(), *(np.zeros(a.shape) for a in arguments))).reshape(-1)
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
