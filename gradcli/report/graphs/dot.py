"""A backward graph in the language of Graphviz: ``dot -Tsvg`` draws it."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.base.errors import printable
from gradcli.commands.explain.graph import OPERATION, UNUSED, Graph, GraphNode
from gradcli.report.graphs.labels import edge_lines, node_lines, title


def dot(graph: Graph, *, labelled: bool = True) -> str:
    """The text of a directed graph. labelled: with a title below it

    Names of nodes are ``n0``, ``n1``, ...; all that a user wrote stands in quoted labels.
    """
    ids = {id(node): f"n{k}" for k, node in enumerate(graph.nodes)}
    by_name = {node.name: ids[id(node)] for node in graph.nodes if node.kind != UNUSED}
    lines = ["digraph backward {"]
    lines += [f"  label={_quoted([title(graph)])};"] if labelled else []
    lines += ['  node [shape=box, fontname="monospace", fontsize=11];', '  edge [fontname="monospace", fontsize=10];']
    lines += [f"  {ids[id(node)]} [{_node(graph, node)}];" for node in graph.nodes]
    for edge in graph.edges:
        label = edge_lines(edge)
        told = [f"label={_quoted(label)}"] if label else []
        told += [] if edge.flows else ["style=dashed"]
        about = f" [{', '.join(told)}]" if told else ""
        lines.append(f"  {by_name[edge.source]} -> {by_name[edge.target]}{about};")
    return "\n".join([*lines, "}"]) + "\n"


def _node(graph: Graph, node: GraphNode) -> str:
    told = [f"label={_quoted(node_lines(graph, node))}"]
    told += ["peripheries=2"] if node.saved else []
    told += ["penwidth=2"] if node.output else []
    styles = ["rounded"] if node.kind != OPERATION else []
    styles += ["dashed"] if graph.pointed and node.grad_fn is None else []
    told += [f'style="{",".join(styles)}"'] if styles else []
    return ", ".join(told)


def _quoted(lines: Sequence[str]) -> str:
    r"""A string of dot, in which the signs of an escape are doubled: \N is no name of a node.

    >>> print(_quoted(['a"b', "c\\N"]))
    "a\"b\nc\\N"
    """
    escaped = (printable(line).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") for line in lines)
    return '"' + "\\n".join(escaped) + '"'
