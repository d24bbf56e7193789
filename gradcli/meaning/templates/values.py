"""What a step's value is to the templates: numbers, formulas by places, or sums of formulas by owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy

from gradcli.base.arrays import FloatArray
from gradcli.meaning.templates.formula import (
    Formula,
    Leaf,
    Skeleton,
    applied,
    broadcast_leaf,
    exact_number,
    mapped,
    number_leaf,
    skeleton,
)
from gradcli.meaning.templates.template import Entries, Untemplated
from gradcli.operations.shape_rules import Shape, size

MOST_PIECES = 64  # formulas that one value consists of
MOST_NUMBERS = 2**28  # positions that one step may write down: 1 GiB, or 2 where they take 64 bits each
MOST_REPEATED = 2**26  # rows in which sums are repeated, each for an entry that a derivative then has


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A value that depends on no variable; truth: it holds truth values."""

    numbers: npt.NDArray[Any]  # Any: floats, or truth values
    truth: bool

    @property
    def shape(self) -> Shape:
        return self.numbers.shape


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A formula at some places of a value.

    places:  (k,) ascending positions in the flat value, and the formula's leaves have the shape (k,);
             None: all of them, and the leaves have the value's shape
    """

    places: Entries | None
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """A value whose every entry is the entry of one piece."""

    shape: Shape
    pieces: tuple[Piece, ...]

    @property
    def whole(self) -> Formula | None:
        """The formula of all entries, where that is one."""
        return self.pieces[0].formula if len(self.pieces) == 1 and self.pieces[0].places is None else None


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """Row r adds ``weights[r] * formula at r`` to the entry ``owners[r]`` of a flat value.

    formula: its leaves have the shape (rows,)
    owners:  None where the value has one entry
    weights: one number for all rows, or one for each
    """

    formula: Formula
    rows: int
    owners: Entries | None
    weights: float | FloatArray = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A value whose entries are sums of rows of terms; an entry without rows is 0."""

    shape: Shape
    terms: tuple[Term, ...]


Value = Known | Pieces | Sums


def counted(numbers: int, most: int = MOST_NUMBERS) -> None:
    """Before so many positions are written down. Errors: Untemplated."""
    if numbers > most:
        raise Untemplated(f"a template with {numbers} positions is too large, the limit is {most}")


def formula_of(known: Known, shape: Shape) -> Formula:
    """The numbers as a formula whose leaves have this shape: one number stands in the formula itself."""
    numbers = known.numbers
    uniform = numbers.size == 1
    formula: Formula
    if uniform:
        formula = exact_number(float(numbers.reshape(())))
    else:
        formula = number_leaf(np.broadcast_to(numbers.astype(np.float64, copy=False), shape))
    return applied("ne", formula, sympy.Integer(0)) if known.truth else formula


def leaf_of(known: Known) -> Leaf:
    return number_leaf(known.numbers.astype(np.float64, copy=False))


def broadcast_formula(formula: Formula, old: Shape, new: Shape) -> Formula:
    return formula if old == new else mapped(formula, lambda leaf: broadcast_leaf(leaf, new))


def flat_formula(formula: Formula) -> Formula:
    """Leaves in one row."""
    return mapped(formula, lambda leaf: _changed(leaf, lambda array: array.reshape(-1)))


def picked_formula(formula: Formula, at: Any) -> Formula:  # Any: an index of numpy's
    """The formula at these rows."""
    return mapped(formula, lambda leaf: _changed(leaf, lambda array: array[at]))


def _changed(leaf: Leaf, change: Any) -> Leaf:  # Any: a function of an array of any type
    return Leaf(change(leaf.entries), None if leaf.numbers is None else change(leaf.numbers))


def restricted(piece: Piece, at: Entries) -> Formula:
    """A piece's formula at some of its places, positions in the flat value."""
    if piece.places is None:
        return mapped(piece.formula, lambda leaf: _changed(leaf, lambda array: _taken(array, at)))
    return picked_formula(piece.formula, np.searchsorted(piece.places, at))


def _taken(array: Any, at: Entries) -> Any:  # Any: an array of any type
    if array.size and not any(array.strides):
        return np.broadcast_to(array.reshape(-1)[:1] if array.ndim else array, at.shape)
    return array.reshape(-1)[at]


def merged(shape: Shape, pieces: Sequence[Piece]) -> Pieces:
    """Pieces of one formula are one. Errors: Untemplated where too many are left."""
    pieces = [piece for piece in pieces if piece.places is None or len(piece.places)]
    if len(pieces) == 1 and pieces[0].places is None:
        return Pieces(shape, tuple(pieces))
    groups: dict[Any, list[tuple[Entries, Skeleton]]] = {}  # Any: a tree
    for piece in pieces:
        assert piece.places is not None
        bones = skeleton(piece.formula)
        groups.setdefault(bones.tree, []).append((piece.places, bones))
    if len(groups) > MOST_PIECES:
        raise Untemplated(f"a value of more than {MOST_PIECES} different formulas")
    return Pieces(shape, tuple(_joined(shape, group) for group in groups.values()))


def _joined(shape: Shape, group: list[tuple[Entries, Skeleton]]) -> Piece:
    places = np.concatenate([places for places, _ in group]) if len(group) > 1 else group[0][0]
    columns = zip(*(bones.leaves for _, bones in group), strict=True)
    leaves = [joined_leaves(column) for column in columns]
    if len(group) > 1:
        order = np.argsort(places, kind="stable")
        places = places[order]
        leaves = [_changed(leaf, lambda array: array[order]) for leaf in leaves]
    whole = len(places) == size(shape)
    if whole:
        leaves = [_changed(leaf, lambda array: array.reshape(shape)) for leaf in leaves]
    return Piece(None if whole else places, with_leaves(group[0][1], leaves))


def joined_leaves(leaves: Sequence[Leaf]) -> Leaf:
    """The rows of one after those of the other."""
    if len(leaves) == 1:
        return leaves[0]
    entries = np.concatenate([leaf.entries for leaf in leaves])
    if all(leaf.numbers is None for leaf in leaves):
        return Leaf(entries)
    numbers = [np.zeros(leaf.entries.shape) if leaf.numbers is None else leaf.numbers for leaf in leaves]
    return Leaf(entries, np.concatenate(numbers))


def with_leaves(bones: Skeleton, leaves: Sequence[Leaf]) -> Formula:
    """The formula of a skeleton with other leaves in the places of its own."""
    replaced = {id(old): new for old, new in zip(bones.leaves, leaves, strict=True)}
    return mapped(bones.formula, lambda leaf: replaced[id(bones.stands_for[id(leaf)])])
