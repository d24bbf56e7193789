"""Places for the nodes of a directed graph: in layers, edges downward, ends close to each other.

As Sugiyama, Tagawa and Toda have it (Methods for visual understanding of hierarchical system structures, 1981): a layer
for each node by the longest way to it, a place in each layer that an edge passes, an order by the means of neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP = 22.0  # between two things of one layer, in pixels, as all that follows
SWEEPS = 8  # over the layers, down and up in turn


@dataclass(frozen=True, slots=True)
class Box:
    """What takes room: a node, a label of an edge, or the place that an edge passes through."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """The middle of each node, the way of each edge from node to node, the middle of each edge's label; the size of
    all."""

    nodes: tuple[tuple[float, float], ...]
    ways: tuple[tuple[tuple[float, float], ...], ...]
    labels: tuple[tuple[float, float], ...]
    width: float
    height: float


def placed(nodes: Sequence[Box], edges: Sequence[tuple[int, int]], labels: Sequence[Box]) -> Placed:
    """nodes in an order in which an edge's first end comes before its second; labels: a box for each edge"""
    layer = _layers(len(nodes), edges)
    boxes, at = list(nodes), list(layer)
    chains = []
    for (source, target), label in zip(edges, labels, strict=True):
        passed = range(layer[source] + 1, layer[target])
        middle = passed[len(passed) // 2]
        chain = []
        for level in passed:
            chain.append(len(boxes))
            boxes.append(label if level == middle else Box(8.0, 0.0))
            at.append(level)
        chains.append(((source, *chain, target), chain[len(passed) // 2]))
    links = [pair for chain, _ in chains for pair in pairwise(chain)]
    rows = _ordered(at, links)
    across = _across(rows, links, boxes)
    down, height = _down(rows, boxes)
    points = [(x, down[level]) for x, level in zip(across, at, strict=True)]
    width = max((x + box.width / 2 for x, box in zip(across, boxes, strict=True)), default=0.0)
    ways = tuple(tuple(points[k] for k in chain) for chain, _ in chains)
    return Placed(tuple(points[: len(nodes)]), ways, tuple(points[k] for _, k in chains), width, height)


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Even numbers: labels stand in between. A node that uses nothing stands just above its first use."""
    layer = [0] * count
    uses: list[list[int]] = [[] for _ in range(count)]
    used = [False] * count
    for source, target in sorted(edges, key=lambda edge: edge[1]):
        layer[target] = max(layer[target], layer[source] + 2)
        uses[source].append(target)
        used[target] = True
    for node in range(count):
        if not used[node] and uses[node]:
            layer[node] = min(layer[target] for target in uses[node]) - 2
    return layer


def _ordered(at: Sequence[int], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The things of each layer, ordered by the means of their neighbours in the layer before, down and up in turn."""
    rows: list[list[int]] = [[] for _ in range(max(at, default=0) + 1)]
    for thing, level in enumerate(at):
        rows[level].append(thing)
    above: list[list[int]] = [[] for _ in at]
    below: list[list[int]] = [[] for _ in at]
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    for sweep in range(SWEEPS):
        near = above if sweep % 2 == 0 else below
        place = {thing: k for row in rows for k, thing in enumerate(row)}
        for level in range(len(rows)) if sweep % 2 == 0 else reversed(range(len(rows))):
            mean = {t: sum(place[n] for n in near[t]) / len(near[t]) if near[t] else place[t] for t in rows[level]}
            rows[level].sort(key=lambda thing: (mean[thing], place[thing]))
            place |= {thing: k for k, thing in enumerate(rows[level])}
    return rows


def _across(rows: Sequence[Sequence[int]], links: Sequence[tuple[int, int]], boxes: Sequence[Box]) -> list[float]:
    """The middle of each thing: near its neighbours, without touching those beside it."""
    near: list[list[int]] = [[] for _ in boxes]
    for source, target in links:
        near[source].append(target)
        near[target].append(source)
    x = [0.0] * len(boxes)
    for row in rows:
        _spread(row, boxes, x, [0.0] * len(row))
    for sweep in range(2 * SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [sum(x[n] for n in near[t]) / len(near[t]) if near[t] else x[t] for t in row]
            _spread(row, boxes, x, wanted)
    left = min((x[k] - box.width / 2 for k, box in enumerate(boxes)), default=0.0)
    return [place - left for place in x]


def _spread(row: Sequence[int], boxes: Sequence[Box], x: list[float], wanted: Sequence[float]) -> None:
    """Puts the things of a layer where they are wanted; those that would touch are put side by side around the mean of
    where they are wanted: least squares under an order, by pooling neighbours."""
    offset, offsets = 0.0, []
    for k, thing in enumerate(row):
        offset += (boxes[row[k - 1]].width + boxes[thing].width) / 2 + GAP if k else 0.0
        offsets.append(offset)
    pools: list[tuple[float, int]] = []  # the mean of so many
    for aim, shift in zip(wanted, offsets, strict=True):
        mean, count = aim - shift, 1
        while pools and pools[-1][0] > mean:
            before, number = pools.pop()
            mean, count = (mean * count + before * number) / (count + number), count + number
        pools.append((mean, count))
    start = 0
    for mean, count in pools:
        for k in range(start, start + count):
            x[row[k]] = mean + offsets[k]
        start += count


def _down(rows: Sequence[Sequence[int]], boxes: Sequence[Box]) -> tuple[list[float], float]:
    """The middle of each layer, and the height of all."""
    middles, y = [], 0.0
    for row in rows:
        height = max((boxes[thing].height for thing in row), default=0.0)
        middles.append(y + height / 2)
        y += height + GAP
    return middles, max(y - GAP, 0.0)
