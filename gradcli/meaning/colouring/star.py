"""Star colourings: neighbours differ, and every path of four vertices has three colours or more.

With one the compressed products of a symmetric matrix show each of its entries, in one of the two places where it
stands (Coleman and More 1984): in a path of two colours the edges form stars, and each leaf's row has no other entry
of its hub's colour.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.meaning.sparsity.lists import Lists


def star(graph: Lists, order: Positions, most: int, *, bipartite: bool = False) -> Positions | None:
    """A star colouring, each vertex in turn with the lowest colour that leaves it one; None past ``most`` colours.

    graph: the neighbours of each vertex, itself not among them
    order: all vertices; of a bipartite graph those of a cover, and the others have colour -1: neighbours of such a one
           all differ
    bipartite: both sides have colours of their own, which are never the same
    Follows Gebremedhin, Tarafdar, Manne and Pothen, "New acyclic and star coloring algorithms with application to
    computing Hessians", SIAM J. Sci. Comput. 29 (2007); as sets of colours are the bits of one number, here it is
    linear in the edges, with hubs of any degree.
    """
    ends, indices = graph.indptr.tolist(), graph.indices.tolist()
    colours = [-1] * graph.rows
    near = [0] * graph.rows  # the colours of neighbours
    hubs = [0] * graph.rows  # the colours of neighbours that have a second neighbour of this vertex's colour
    first: list[dict[int, int]] = [{}] * graph.rows  # of each colour, one neighbour that has it
    covered = set(order.tolist()) if bipartite else frozenset()
    for vertex in order.tolist():
        own_edges = indices[ends[vertex] : ends[vertex + 1]]
        coloured = [w for w in own_edges if colours[w] >= 0]
        taken = 0 if bipartite else near[vertex]
        if bipartite:
            for w in own_edges:
                if w not in covered:
                    taken |= near[w]
        for w in _repeated(coloured, colours):
            taken |= near[w]
        for w in coloured:
            taken |= hubs[w]
        bit = ~taken & (taken + 1)
        colour = colours[vertex] = bit.bit_length() - 1
        if colour >= most:
            return None
        own = first[vertex] = {}
        for w in coloured:
            other = own.setdefault(colours[w], w)
            if other != w:
                hubs[other] |= bit
                hubs[w] |= bit
            before = first[w].setdefault(colour, vertex)
            if before != vertex:
                hubs[before] |= 1 << colours[w]
                hubs[vertex] |= 1 << colours[w]
        for w in own_edges:
            near[w] |= bit
    return np.array(colours, dtype=np.int64)


def low_hubs(graph: Lists, order: Positions, most: int) -> Positions | None:
    """A star colouring as above in which every hub has a lower colour than its leaves: often fewer colours where a
    pattern is irregular, and many more where hubs come last (Gebremedhin, Manne and Pothen 2005, algorithm 4.1)."""
    ends, indices = graph.indptr.tolist(), graph.indices.tolist()
    colours = [-1] * graph.rows
    near = [0] * graph.rows
    for vertex in order.tolist():
        own_edges = indices[ends[vertex] : ends[vertex + 1]]
        taken = near[vertex]
        for w in own_edges:
            taken |= near[w] if colours[w] < 0 else near[w] & ((1 << colours[w]) - 1)
        bit = ~taken & (taken + 1)
        colours[vertex] = bit.bit_length() - 1
        if colours[vertex] >= most:
            return None
        for w in own_edges:
            near[w] |= bit
    return np.array(colours, dtype=np.int64)


def _repeated(vertices: list[int], colours: list[int]) -> Iterator[int]:
    """Those of which another one has the colour."""
    once = twice = 0
    for w in vertices:
        bit = 1 << colours[w]
        twice |= once & bit
        once |= bit
    return (w for w in vertices if twice >> colours[w] & 1) if twice else iter(())


def recovered(rows: Positions, columns: Positions, colours: Positions, products: FloatArray) -> FloatArray:
    """(entries,) the entries of a symmetric matrix at these places, both of a pair among them.

    colours:  a star colouring of the places off the diagonal
    products: (colours, n) the matrix times the sum of the basis vectors of each colour
    """
    count = int(colours.max(initial=0)) + 1
    keys = rows * count + colours[columns]
    alone = np.bincount(keys, minlength=len(colours) * count)[keys] == 1
    return np.where(alone, products[colours[columns], rows], products[colours[rows], columns])
