"""Lists of positions, one for each entry of an array, in compressed rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradcli.base.compressed import starts_of
from gradcli.base.sparse import Positions

MASKED = 4  # places for each key below which a mask of all places finds the different ones sooner than sorting does


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Row i is ``indices[indptr[i]:indptr[i + 1]]``, ascending, no position twice.

    indptr:  (rows + 1,)
    indices: (positions,)
    """

    indptr: Positions
    indices: Positions

    @classmethod
    def empty(cls, rows: int) -> Lists:
        """Rows without a position."""
        return cls(np.zeros(rows + 1, dtype=np.int64), np.empty(0, dtype=np.int64))

    @classmethod
    def of_each(cls, positions: Positions) -> Lists:
        """One position in each row."""
        return cls(np.arange(len(positions) + 1), positions)

    @classmethod
    def of_pairs(cls, rows: Positions, positions: Positions, shape: tuple[int, int]) -> Lists:
        """From pairs in any order; ``shape``: how many rows, and below which number the positions lie."""
        keys = different(rows * shape[1] + positions, shape[0] * shape[1])
        at = keys // max(shape[1], 1)
        return cls(starts_of(np.bincount(at, minlength=shape[0])), keys - at * shape[1])

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    @property
    def widths(self) -> Positions:
        """How many positions each row has."""
        return np.diff(self.indptr)

    @property
    def single(self) -> bool:
        """Has every row one position?"""
        return len(self.indices) == self.rows and bool((self.widths == 1).all())

    @property
    def row_of_each(self) -> Positions:
        """(positions,) the row of each."""
        return np.repeat(np.arange(self.rows), self.widths)

    def cost_of(self, at: Positions) -> int:
        """How many positions ``take`` gives."""
        return int(np.append(self.widths, 0)[at].sum())

    def take(self, at: Positions) -> Lists:
        """The rows of these numbers; -1 is a row without a position."""
        if len(at) == self.rows and np.array_equal(at, np.arange(self.rows)):
            return self
        if self.single and at.min(initial=0) >= 0:
            return Lists.of_each(self.indices[at])
        counts = np.append(self.widths, 0)[at]
        ends = starts_of(counts)
        starts = np.append(self.indptr[:-1], 0)[at] - ends[:-1]
        return Lists(ends, self.indices[np.arange(ends[-1]) + np.repeat(starts, counts)])

    def merged(self, labels: Positions, shape: tuple[int, int]) -> Lists:
        """The rows of one label as one; ``shape``: how many labels, and below which number the positions lie."""
        return Lists.of_pairs(np.repeat(labels, self.widths), self.indices, shape)


def different(keys: Positions, places: int) -> Positions:
    """The keys, each once, ascending; all are below ``places``."""
    if places <= MASKED * len(keys):
        mask = np.zeros(places, dtype=bool)
        mask[keys] = True
        return np.flatnonzero(mask)
    keys = np.sort(keys)
    return keys[np.flatnonzero(np.diff(keys, prepend=-1))]


def union(lists: Sequence[Lists], below: int) -> Lists:
    """Row by row the positions of all; ``below``: all positions are."""
    new = [one for k, one in enumerate(lists) if not any(same(one, other) for other in lists[:k])]
    if len(new) == 1:
        return new[0]
    if all(one.single for one in new):
        table = np.sort(np.stack([one.indices for one in new], axis=1), axis=1)
        fresh = np.ones(table.shape, dtype=bool)
        fresh[:, 1:] = table[:, 1:] != table[:, :-1]
        return Lists(starts_of(fresh.sum(axis=1)), table[fresh])
    rows = np.concatenate([one.row_of_each for one in new])
    return Lists.of_pairs(rows, np.concatenate([one.indices for one in new]), (new[0].rows, below))


def stacked(lists: Sequence[Lists]) -> Lists:
    """The rows of all, one after another."""
    if len(lists) == 1:
        return lists[0]
    counts = np.concatenate([one.widths for one in lists])
    return Lists(starts_of(counts), np.concatenate([one.indices for one in lists]))


def same(a: Lists, b: Lists) -> bool:
    """Have both the same positions in every row?"""
    return a is b or (np.array_equal(a.indptr, b.indptr) and np.array_equal(a.indices, b.indices))


def pairs(a: Lists, b: Lists) -> tuple[Positions, Positions]:
    """Row by row each position of the one with each of the other."""
    if a.single and b.single:
        return a.indices, b.indices
    others = b.take(a.row_of_each)
    return np.repeat(a.indices, others.widths), others.indices


def cost_of_pairs(a: Lists, b: Lists) -> int:
    """How many pairs there are."""
    return int(a.widths @ b.widths)
