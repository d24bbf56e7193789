"""What is written on the nodes and edges of a backward graph, whoever draws it."""

from __future__ import annotations

from unicodedata import east_asian_width

from gradcli.base.errors import printable
from gradcli.commands.explain.backward import short
from gradcli.commands.explain.graph import OPERATION, UNUSED, VARIABLE, Graph, GraphEdge, GraphNode
from gradcli.operations.shape_rules import shape_text

WIDEST = 44  # columns of a line on a node
WIDEST_EDGE = 34  # of a line at an edge
READ = (
    "Arrows lead from what is used to its use, with the derivative along each. A gradient goes back against them: the "
    "adjoint of a node is the sum, over its uses, of the user's adjoint times the derivative along the arrow."
)
SAVED = "A double frame: autograd saves this value for the backward pass. Dashed: no gradient flows here."


def title(graph: Graph) -> str:
    return f"Backward graph of {_cut(graph.function, 100)}"


def description(graph: Graph) -> str:
    """For those who do not see the picture: each use in words."""
    uses = (f"{e.target} uses {e.source}" + (f", {e.local}" if e.local else "") for e in graph.edges)
    idle = (f"{n.name} is not used" for n in graph.nodes if n.kind == UNUSED)
    return printable("; ".join((*uses, *idle)) or "one node without uses") + ". " + READ


def node_lines(graph: Graph, node: GraphNode) -> tuple[str, ...]:
    """The node's text; then torch's name of it and its shape; its value; its adjoint."""
    said = f"{node.name} = {node.text}" if node.kind == OPERATION else node.name
    lines = [said, _about(graph, node)]
    lines += [] if node.value is None else [f"value {short(node.value)}"]
    lines += [] if node.adjoint is None else [f"adjoint {short(node.adjoint)}"]
    return tuple(_cut(line, WIDEST) for line in lines if line)


def _about(graph: Graph, node: GraphNode) -> str:
    shape = shape_text(node.shape) if node.shape else "scalar"
    if node.kind == UNUSED:
        return f"not used, {shape}"
    recorded = node.grad_fn if node.grad_fn is not None or not graph.pointed else "no gradient"
    known = recorded if recorded is not None else "variable" if node.kind == VARIABLE else ""
    return ", ".join(part for part in (known, shape, "output" if node.output else "") if part)


def edge_lines(edge: GraphEdge) -> tuple[str, ...]:
    """The local derivative: as a formula, and below it the number."""
    formula, _, number = edge.local.rpartition(" = ")
    parts = (formula, f"= {number}") if " = " in formula else (edge.local,)
    return tuple(_cut(part, WIDEST_EDGE) for part in parts if part)


def columns(text: str) -> int:
    """How wide a text is in letters of one width."""
    return sum(2 if east_asian_width(ch) in "WF" else 1 for ch in text)


def _cut(text: str, most: int) -> str:
    text = printable(text).replace("\n", " ")
    return text if len(text) <= most else f"{text[: most - 1]}…"
