"""A backward graph in the language of Mermaid, which Markdown on many servers draws."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradcli.base.errors import printable
from gradcli.commands.explain.graph import CONSTANT, OPERATION, UNUSED, VARIABLE, Graph, GraphNode
from gradcli.report.graphs.labels import edge_lines, node_lines, title

# Signs that mean something to Mermaid, to Markdown or to HTML go as their numbers.
_PLAIN = re.compile(r"[^A-Za-z0-9 .,=()/+\u00a1-\uffff-]")
_FRAMES = {VARIABLE: ('(["', '"])'), CONSTANT: ('(["', '"])'), OPERATION: ('["', '"]'), UNUSED: ('(["', '"])')}


def mermaid(graph: Graph) -> str:
    """The text of a flowchart, for a block ```` ```mermaid ````. Names of nodes are ``n0``, ``n1``, ..."""
    ids = {id(node): f"n{k}" for k, node in enumerate(graph.nodes)}
    by_name = {node.name: ids[id(node)] for node in graph.nodes if node.kind != UNUSED}
    lines = ["flowchart TD", f"  accTitle: {_plain(title(graph))}"]
    for node in graph.nodes:
        opening, closing = _FRAMES[node.kind]
        lines.append(f"  {ids[id(node)]}{opening}{_text(node_lines(graph, node))}{closing}")
    for edge in graph.edges:
        label = edge_lines(edge)
        about = f'|"{_text(label)}"|' if label else ""
        lines.append(f"  {by_name[edge.source]} {'-->' if edge.flows else '-.->'}{about} {by_name[edge.target]}")
    return "\n".join([*lines, *_classes(graph, ids)]) + "\n"


def _classes(graph: Graph, ids: dict[int, str]) -> list[str]:
    """Frames: thick for values that autograd saves, dashed where no gradient flows."""
    saved = [ids[id(node)] for node in graph.nodes if node.saved]
    idle = [ids[id(node)] for node in graph.nodes if _is_idle(graph, node)]
    lines = ["  classDef saved stroke-width:4px", f"  class {','.join(saved)} saved"] if saved else []
    return lines + (["  classDef idle stroke-dasharray:4", f"  class {','.join(idle)} idle"] if idle else [])


def _is_idle(graph: Graph, node: GraphNode) -> bool:
    return graph.pointed and node.grad_fn is None


def _text(lines: Sequence[str]) -> str:
    return "<br/>".join(map(_escaped, lines))


def _escaped(line: str) -> str:
    """
    >>> _escaped('x*"y"')
    'x#42;#34;y#34;'
    """
    return _PLAIN.sub(lambda found: f"#{ord(found.group())};", printable(line).replace("\n", " "))


def _plain(line: str) -> str:
    """A title goes to the end of its line and knows no numbers of signs: what it cannot hold is left out."""
    return re.sub(r"[;#{}%\n]", " ", printable(line))
