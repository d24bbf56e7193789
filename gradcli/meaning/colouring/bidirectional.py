"""Backward passes for some rows of a Jacobian and forward passes for some of its columns: few of both together.

One dense row makes every column need a forward pass of its own, and one dense column every row a backward pass; a
pattern with both, an arrow, takes three passes by rows and columns. Coleman and Verma, "The efficient computation of
sparse Jacobian matrices using automatic differentiation", SIAM J. Sci. Comput. 19 (1998): a star colouring of the
bipartite graph of rows and columns in which each entry has a coloured end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.meaning.colouring.groups import grouped, transposed
from gradcli.meaning.colouring.star import star
from gradcli.meaning.sparsity.lists import Lists, stacked


@dataclass(frozen=True, slots=True)
class Passes:
    """The colours of rows that backward passes have, and of columns that forward passes have; -1: none has it.

    rows:    (m,)
    columns: (n,)
    """

    rows: Positions
    columns: Positions

    @property
    def backward(self) -> int:
        """How many."""
        return int(self.rows.max(initial=-1)) + 1

    @property
    def forward(self) -> int:
        """How many."""
        return int(self.columns.max(initial=-1)) + 1

    @property
    def count(self) -> int:
        """How many of both."""
        return self.backward + self.forward

    def entries(self, rows: Positions, columns: Positions, backward: FloatArray, forward: FloatArray) -> FloatArray:
        """(entries,) at these places, all that may differ from zero, from the passes' results.

        backward: (colours of rows, n) the sum of the rows of each colour
        forward:  (colours of columns, m) the sum of the columns of each colour
        """
        found = np.empty(len(rows))
        alone = self._alone(rows, columns)
        found[alone] = backward[self.rows[rows[alone]], columns[alone]]
        found[~alone] = forward[self.columns[columns[~alone]], rows[~alone]]
        return found

    def _alone(self, rows: Positions, columns: Positions) -> Positions:
        """(entries,) is it the only one of its column that its row's backward pass has?"""
        coloured = self.rows[rows] >= 0
        keys = np.where(coloured, columns * max(self.backward, 1) + self.rows[rows], 0)
        counts = np.bincount(keys[coloured], minlength=1)
        found = np.zeros(len(rows), dtype=bool)
        found[coloured] = counts[keys[coloured]] == 1
        return found


def bidirectional(rows: Lists, columns: int, most: int, *, forward: bool = True) -> Passes | None:
    """The fewest passes that were found, backward ones where both are as many; None if they are more than ``most``.

    forward: whether forward passes may be taken
    A pass gives at most one number for each row, or for each column.
    """
    if len(rows.indices) > most * max(rows.rows, columns):
        return None
    nothing = np.full(columns, -1), np.full(rows.rows, -1)
    found = grouped(rows, columns, most)
    best = None if found is None else Passes(found, nothing[0])
    across = transposed(rows, columns)
    if not forward or (best is not None and best.count <= 1):
        return best
    bound = most if best is None else best.count - 1
    other = grouped(across, rows.rows, bound)
    if other is not None:
        best = Passes(nothing[1], other)
        bound = best.count - 1
    for cover in _covers(rows, across):
        mixed = _by_cover(rows, across, cover, bound)
        if mixed is not None and mixed.count <= bound:
            best, bound = mixed, mixed.count - 1
    return best


def _by_cover(rows: Lists, across: Lists, cover: Positions, most: int) -> Passes | None:
    """A star colouring of the bipartite graph, rows first, in which the vertices of a cover are coloured."""
    graph = stacked([Lists(rows.indptr, rows.indices + rows.rows), across])
    found = star(graph, cover, most, bipartite=True)
    return None if found is None else Passes(found[: rows.rows], found[rows.rows :])


def _covers(rows: Lists, across: Lists) -> Iterator[Positions]:
    """Covers of all entries: the dense rows and all columns that have others, then the other way round."""
    for few, many, first, second in ((rows, across, 0, rows.rows), (across, rows, rows.rows, 0)):
        dense = _dense(few.widths)
        if 0 < len(dense) < few.rows:
            rest = few.widths.copy()
            rest[dense] = 0
            left = np.bincount(few.indices[np.repeat(rest > 0, few.widths)], minlength=many.rows)
            yield np.concatenate([first + dense, second + np.flatnonzero(left)])


def _dense(widths: Positions) -> Positions:
    """The k largest, such that k passes for them and as many as the next one has entries are fewest."""
    order = np.argsort(-widths, kind="stable")
    k = int(np.argmin(np.arange(len(widths)) + widths[order])) if len(widths) else 0
    return order[:k]
