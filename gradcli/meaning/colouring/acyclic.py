"""Acyclic colourings: neighbours differ, and every cycle has three colours or more.

The vertices of two colours form trees then, and the compressed products of a symmetric matrix show its entries one
after another, from the leaves of each tree inwards (Coleman and Cai 1986). They take fewer colours than a star
colouring, but each entry is a difference from those further out, so that errors grow along the trees.
"""

from __future__ import annotations

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.meaning.sparsity.lists import Lists


class _Trees:
    """Disjoint sets with path halving."""

    def __init__(self) -> None:
        self.parent: list[int] = []

    def new(self) -> int:
        self.parent.append(len(self.parent))
        return len(self.parent) - 1

    def root(self, a: int) -> int:
        parent = self.parent
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        return a

    def join(self, a: int, b: int) -> None:
        self.parent[self.root(a)] = self.root(b)


def acyclic(graph: Lists, order: Positions, most: int) -> Positions | None:
    """An acyclic colouring, each vertex in turn with the lowest colour that leaves it one; None past ``most`` colours.

    graph: as for ``star``
    Gebremedhin, Tarafdar, Manne and Pothen 2007, with the tree that each vertex is in with each other colour.
    """
    ends, indices = graph.indptr.tolist(), graph.indices.tolist()
    colours = [-1] * graph.rows
    trees = _Trees()
    tree: list[dict[int, int]] = [{}] * graph.rows
    for vertex in order.tolist():
        coloured = [w for w in indices[ends[vertex] : ends[vertex + 1]] if colours[w] >= 0]
        taken = 0
        met: set[int] = set()
        for w in coloured:
            taken |= 1 << colours[w]
            for other, at in tree[w].items():
                root = trees.root(at)
                if root in met:
                    taken |= 1 << other
                met.add(root)
        bit = ~taken & (taken + 1)
        colour = colours[vertex] = bit.bit_length() - 1
        if colour >= most:
            return None
        own = tree[vertex] = {}
        for w in coloured:
            here = own[colours[w]] if colours[w] in own else own.setdefault(colours[w], trees.new())
            there = tree[w].setdefault(colour, here)
            trees.join(here, there)
    return np.array(colours, dtype=np.int64)


def substituted(rows: Positions, columns: Positions, colours: Positions, products: FloatArray) -> FloatArray:
    """(entries,) as ``star.recovered``, of an acyclic colouring; the places row by row."""
    count, n = int(colours.max(initial=0)) + 1, len(colours)
    rest = products.T.reshape(-1).tolist()  # of each row and colour, the sum of the entries that are not known yet
    keys = (rows * count + colours[columns]).tolist()
    left = np.bincount(rows * count + colours[columns], minlength=n * count).tolist()
    mirror = np.lexsort((rows, columns)).tolist()  # the place of (j, i), since places are sorted
    of_key: dict[int, list[int]] = {}
    for entry, key in enumerate(keys):
        of_key.setdefault(key, []).append(entry)
    found: list[float | None] = [None] * len(keys)
    ready = [key for key in of_key if left[key] == 1]
    while ready:
        key = ready.pop()
        unknown = [e for e in of_key[key] if found[e] is None]
        if not unknown:
            continue
        entry = unknown[0]
        other = mirror[entry]
        found[entry] = found[other] = rest[key]
        if other != entry:
            across = keys[other]
            rest[across] -= rest[key]
            left[across] -= 1
            if left[across] == 1:
                ready.append(across)
    return np.array(found, dtype=np.float64)
