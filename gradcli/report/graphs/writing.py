"""A backward graph in the way that is asked for."""

from __future__ import annotations

from gradcli.base.errors import printable
from gradcli.commands.explain.graph import UNUSED, Graph
from gradcli.report.graphs.dot import dot
from gradcli.report.graphs.graphviz import laid_out
from gradcli.report.graphs.kinds import GraphKind
from gradcli.report.graphs.mermaid import mermaid
from gradcli.report.graphs.svg import svg
from gradcli.report.plotting.elements import alone


def picture(graph: Graph) -> str:
    """SVG for a page: laid out by Graphviz where it is installed, else by ourselves. Errors: LimitError for a graph of
    too many nodes."""
    return laid_out(graph) or svg(graph)


def graph_text(graph: Graph, kind: GraphKind) -> str:
    """The graph as a file has it. Errors: LimitError, as above."""
    if kind is GraphKind.SVG:
        return alone(picture(graph))
    return dot(graph) if kind is GraphKind.DOT else mermaid(graph)


def uses(graph: Graph) -> str:
    """The graph in lines of text: each node, and below it what it uses, with the derivative along the way.

    ``t1 = x**2`` has below it ``x: d/dx = 2*x = 6``.
    """
    lines = []
    for node in graph.nodes:
        known = [edge for edge in graph.edges if edge.target == node.name]
        if node.kind == UNUSED:
            lines.append(f"{node.name}: not used")
        elif known or node.output:
            lines.append(node.text if node.text == node.name else f"{node.name} = {node.text}")
            if node.saved:
                lines[-1] += "  (saved)"
        lines += [f"  {edge.source}" + _told(edge.local, flows=edge.flows) for edge in known if node.kind != UNUSED]
    return "\n".join(map(printable, lines))


def _told(local: str, *, flows: bool) -> str:
    return ": no gradient" if not flows else f": {local}" if local else ""
