"""Rows of one colour share no column: one backward pass for each colour tells a Jacobian (Curtis, Powell and Reid
1974); a colouring of the rows at distance 2, among the columns. Of the transpose it is one of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.meaning.colouring.orders import ORDERS, TRIED, natural
from gradcli.meaning.sparsity.lists import Lists, pairs
from gradcli.meaning.sparsity.structure import NOWHERE, Pattern


def grouped(rows: Lists, columns: int, most: int) -> Positions | None:
    """A colour for each row, such that rows of one colour share no column; None if that takes more than ``most``.

    columns: how many there are
    The best of several orders; a column with so many rows needs so many colours, and none is looked for past that.
    """
    least = int(np.bincount(rows.indices, minlength=1).max())
    if least > most:
        return None
    best = greedy(rows, columns, natural(rows), most)
    for order in ORDERS[1:]:
        if best is not None and int(best.max(initial=0)) + 1 <= max(least, 1):
            return best
        graph = sharing(rows, columns)
        if graph is None:
            return best
        found = greedy(rows, columns, order(graph), most if best is None else int(best.max(initial=0)))
        best = best if found is None else found
    return best


def grouped_blocks(patterns: Sequence[Pattern | None], widths: Sequence[int], rows: int, most: int) -> Positions | None:
    """``grouped`` for patterns side by side, each of so many columns; those that are None do not count."""
    starts = accumulate(widths, initial=0)
    known = [(one[0], one[1] + start) for one, start in zip(patterns, starts, strict=False) if one is not None]
    at, columns = (np.concatenate([one[axis] for one in known] or [NOWHERE[axis]]) for axis in (0, 1))
    return grouped(Lists.of_pairs(at, columns, (rows, sum(widths))), sum(widths), most)


def sharing(rows: Lists, columns: int) -> Lists | None:
    """The rows that share a column with each one, itself left out; None where that is more work than a better order
    saves."""
    across = transposed(rows, columns)
    if int(across.widths @ across.widths) > TRIED:
        return None
    a, b = pairs(across, across)
    return Lists.of_pairs(a[a != b], b[a != b], (rows.rows, rows.rows))


def transposed(rows: Lists, columns: int) -> Lists:
    """For each column the rows that have it."""
    return Lists.of_pairs(rows.indices, rows.row_of_each, (columns, rows.rows))


def greedy(rows: Lists, columns: int, order: Positions, most: int) -> Positions | None:
    """Each row in turn has the lowest colour that none with a column of it has; None past ``most`` colours.

    The colours that each column has met are the bits of one number, so that this is linear in the entries.
    """
    met = [0] * columns
    ends, indices = rows.indptr.tolist(), rows.indices.tolist()
    colours = [0] * rows.rows
    for row in order.tolist():
        own = indices[ends[row] : ends[row + 1]]
        taken = 0
        for column in own:
            taken |= met[column]
        bit = ~taken & (taken + 1)
        for column in own:
            met[column] |= bit
        colours[row] = bit.bit_length() - 1
        if colours[row] >= most:
            return None
    return np.array(colours, dtype=np.int64)
