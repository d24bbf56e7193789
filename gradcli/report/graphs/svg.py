"""A backward graph as SVG, of whatever width there is, in the colours of the text around it."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.base.errors import LimitError
from gradcli.base.wording import either
from gradcli.commands.explain.graph import OPERATION, UNUSED, Graph, GraphNode
from gradcli.report.graphs.labels import columns, description, edge_lines, node_lines, title
from gradcli.report.graphs.layers import Box, Placed, placed
from gradcli.report.plotting.elements import CURVE, GRID, INK, MARK, PAPER, drawing, element, number, words

LETTER, LINE, SIZE = 7.3, 15.0, 12  # pixels: the width of a letter, the height of a line, of the letters themselves
SMALL = 6.7  # the width of a letter on an edge
MARGIN, INSIDE = 14.0, 10.0
MOST = 400  # nodes: what is larger, nobody reads

Point = tuple[float, float]


def svg(graph: Graph) -> str:
    """The picture, laid out by ourselves. Errors: LimitError for a graph of too many nodes."""
    refuse_large(graph)
    used = [node for node in graph.nodes if node.kind != UNUSED]
    idle = [node for node in graph.nodes if node.kind == UNUSED]
    place = {node.name: k for k, node in enumerate(used)}
    edges = [(place[edge.source], place[edge.target]) for edge in graph.edges]
    boxes = [_box(node_lines(graph, node), LETTER, INSIDE) for node in used]
    labels = [_box(edge_lines(edge), SMALL, 0.0) for edge in graph.edges]
    found = placed(boxes, edges, labels)
    parts = [_way(way, boxes[target], graph.edges[k].flows) for k, (way, (_, target)) in enumerate(_ways(found, edges))]
    for edge, box, at in zip(graph.edges, labels, found.labels, strict=True):
        parts += [_frame(at[0] - box.width / 2, at[1] - box.height / 2, box, 2, {"fill": PAPER})] if edge.local else []
        parts.append(_lines(edge_lines(edge), at, SIZE - 1))
    parts += [_node(graph, n, box, at) for n, box, at in zip(used, boxes, found.nodes, strict=True)]
    more, width, height = _row_of(graph, idle, found)
    return drawing(
        [*parts, *more], (-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN), title(graph), description(graph)
    )


def refuse_large(graph: Graph) -> None:
    """Errors: LimitError."""
    if len(graph.nodes) > MOST:
        raise LimitError(
            f"the graph has {len(graph.nodes):,} nodes; at most {MOST} are drawn",
            hint=either("--graph dot writes all of them as text", "graph(...).dot() is the text of all of them"),
        )


def _ways(found: Placed, edges: Sequence[tuple[int, int]]) -> list[tuple[tuple[Point, ...], tuple[int, int]]]:
    return list(zip(found.ways, edges, strict=True))


def _box(lines: Sequence[str], letter: float, inside: float) -> Box:
    widest = max((columns(line) for line in lines), default=0)
    return Box(max(widest * letter, 8.0) + 2 * inside, LINE * len(lines) + inside)


def _way(way: Sequence[Point], target: Box, flows: bool) -> str:
    """A smooth line through the points of an edge, with a head at the frame of its second end."""
    *points, (x, y) = way
    end = (x, y - target.height / 2)
    head = f"M{number(end[0] - 4)} {number(end[1] - 8)}l4 8l4 -8z"
    tip = (end[0], end[1] - 7)
    pieces = [f"M{_at(points[0])}"]
    before = points[0]
    for point in (*points[1:], tip):
        middle = (before[1] + point[1]) / 2
        pieces.append(f"C{number(before[0])} {number(middle)} {number(point[0])} {number(middle)} {_at(point)}")
        before = point
    dashes = {} if flows else {"stroke-dasharray": "4 4", "stroke-opacity": "0.6"}
    line = element("path", d="".join(pieces), fill="none", stroke=INK, **dashes)
    return line + element("path", d=head, fill=INK)


def _node(graph: Graph, node: GraphNode, box: Box, at: Point) -> str:
    x, y = at[0] - box.width / 2, at[1] - box.height / 2
    radius = 3 if node.kind == OPERATION else min(box.height / 2, 18)
    idle = graph.pointed and node.grad_fn is None
    frame = {"fill": PAPER, "stroke": MARK if node.output else GRID if idle else CURVE[0]}
    frame |= {"stroke-width": "2.5"} if node.output else {"stroke-width": "1.3"}
    frame |= {"stroke-dasharray": "4 4"} if idle else {}
    parts = [_frame(x, y, box, radius, frame)]
    if node.saved:
        outer = Box(box.width + 8, box.height + 8)
        parts.insert(0, _frame(x - 4, y - 4, outer, radius + 3, {**frame, "stroke-width": "1"}))
    return "".join(parts) + _lines(node_lines(graph, node), at, SIZE)


def _frame(x: float, y: float, box: Box, radius: float, about: dict[str, str]) -> str:
    return element(
        "rect",
        x=number(x),
        y=number(y),
        width=number(box.width),
        height=number(box.height),
        rx=number(radius),
        **about,
    )


def _lines(lines: Sequence[str], at: Point, size: int, **more: str) -> str:
    """Lines around a point, in letters of one width."""
    top = at[1] - LINE * (len(lines) - 1) / 2 + size * 0.35
    font = {
        "font-family": "ui-monospace, monospace",
        "font-size": str(size),
        "text-anchor": "middle",
        "fill": INK,
        **more,
    }
    return "".join(words(line, at[0], top + LINE * k, **font) for k, line in enumerate(lines))


def _row_of(graph: Graph, idle: Sequence[GraphNode], found: Placed) -> tuple[list[str], float, float]:
    """The variables without influence, in a row below all others; the size of the whole."""
    if not idle:
        return [], found.width, found.height
    x, parts, tallest = 0.0, [], 0.0
    top = found.height + 2 * LINE
    for node in idle:
        box = _box(node_lines(graph, node), LETTER, INSIDE)
        parts.append(_node(graph, node, box, (x + box.width / 2, top + box.height / 2)))
        x += box.width + INSIDE
        tallest = max(tallest, box.height)
    return parts, max(found.width, x - INSIDE), top + tallest


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
