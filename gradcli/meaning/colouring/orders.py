"""Orders in which the vertices of a graph are coloured, by degree (Gebremedhin, Manne and Pothen 2005, section 6)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.meaning.sparsity.lists import Lists

Order = Callable[[Lists], Positions]


def natural(graph: Lists) -> Positions:
    """As they are numbered."""
    return np.arange(graph.rows)


def largest_first(graph: Lists) -> Positions:
    """By falling degree (Welsh and Powell 1967)."""
    return np.argsort(-graph.widths, kind="stable")


def smallest_last(graph: Lists) -> Positions:
    """Each the one of the lowest degree among itself and those before it (Matula and Beck 1983)."""
    return np.array(_by_bins(graph, graph.widths.tolist(), -1)[::-1], dtype=np.int64)


def incidence(graph: Lists) -> Positions:
    """Each the one with the most neighbours among those before it (Coleman and More 1983)."""
    return np.array(_by_bins(graph, [0] * graph.rows, 1), dtype=np.int64)


ORDERS: tuple[Order, ...] = (natural, largest_first, smallest_last, incidence)

TRIED = 2**16  # edges past which a better order costs more than the passes that it saves
SORTED = 2**20  # the same of an order that a sort gives


def orders_for(graph: Lists) -> tuple[Order, ...]:
    """The orders that are worth a try."""
    edges = len(graph.indices)
    return ORDERS if edges <= TRIED else ORDERS[:2] if edges <= SORTED else ORDERS[:1]


def _by_bins(graph: Lists, value: list[int], step: int) -> list[int]:
    """The vertices one by one, each with the lowest value (step -1) or the highest (1) of those left; a vertex that is
    taken changes its neighbours' values by ``step``. Linear in the edges: values change by one."""
    ends, neighbours = graph.indptr.tolist(), graph.indices.tolist()
    bins: list[list[int]] = [[] for _ in range(max([*value, *graph.widths.tolist()], default=0) + 1)]
    for vertex in range(graph.rows)[::-1]:
        bins[value[vertex]].append(vertex)
    taken = [False] * graph.rows
    found: list[int] = []
    at = 0 if step < 0 else len(bins) - 1
    while len(found) < graph.rows:
        while not bins[at]:
            at -= step
        vertex = bins[at].pop()
        if taken[vertex] or value[vertex] != at:
            continue
        taken[vertex] = True
        found.append(vertex)
        for other in neighbours[ends[vertex] : ends[vertex + 1]]:
            if not taken[other]:
                value[other] += step
                bins[value[other]].append(other)
        at = max(at - 1, 0) if step < 0 else min(at + 1, len(bins) - 1)
    return found
