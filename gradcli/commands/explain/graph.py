"""The backward graph: what a value is computed from, the slope along each use, and what autograd keeps on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradcli.commands.explain.backward import local_derivatives, local_formulas, step_names, step_text
from gradcli.commands.explain.memory import MemoryRow
from gradcli.commands.results import json_value
from gradcli.inputs.symbolic import Axes
from gradcli.language.write import write
from gradcli.meaning.moving import moving_steps
from gradcli.meaning.program import Program
from gradcli.meaning.tape import TapeEntry
from gradcli.operations.shape_rules import Shape

VARIABLE, CONSTANT, OPERATION, UNUSED = "variable", "constant", "operation", "unused"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A variable, a constant name, an operation, or a variable without influence.

    text:    the operation in the names of the nodes before it
    grad_fn: torch's name of its node in the graph, ``leaf`` for a variable; None where no gradient flows or no point is
    saved:   does autograd keep its value for the backward pass? saves: what the operation keeps, by name
    output:  is it the function's value?
    """

    name: str
    kind: str
    text: str
    shape: Axes
    grad_fn: str | None = None
    value: Any = None  # Any: a float, an array, or None without a point; here and below
    adjoint: Any = None
    saved: bool = False
    saves: tuple[str, ...] = ()
    output: bool = False

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "name": self.name,
            "kind": self.kind,
            "text": self.text,
            "shape": list(self.shape),
            "grad_fn": self.grad_fn,
            "value": json_value(self.value),
            "adjoint": json_value(self.adjoint),
            "saved": self.saved,
            "saves": list(self.saves),
            "output": self.output,
        }


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A use of one node by another: the derivative along it, and whether a gradient flows back through it."""

    source: str
    target: str
    local: str
    flows: bool

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"source": self.source, "target": self.target, "local": self.local, "flows": self.flows}


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes, each once, in an order in which what is used comes before its use; an edge for each use.

    pointed: are there values? Then ``saved`` and ``grad_fn`` are what torch recorded there
    """

    function: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    pointed: bool

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"nodes": [node.to_dict() for node in self.nodes], "edges": [edge.to_dict() for edge in self.edges]}


def graph_at_point(
    program: Program,
    entries: Sequence[TapeEntry],
    memory: Sequence[MemoryRow],
    wrt: Sequence[str],
    unused: Mapping[str, Shape],
) -> Graph:
    """The graph with torch's own names and numbers. memory: what its steps keep; unused: variables without influence"""
    names = step_names(program)
    saves = {row.name: tuple(dict.fromkeys(kept.of or "a tensor" for kept in row.saves)) for row in memory}
    kept = {row.name if of == "out" else of for row in memory for of in saves[row.name]}
    nodes = []
    for k in _shown(program):
        entry, name = entries[k], names[k]
        nodes.append(
            GraphNode(
                name,
                _kind(program, k, wrt),
                step_text(program.steps[k], names),
                tuple(getattr(entry.value, "shape", ())),
                entry.grad_fn,
                _plain(entry.value),
                _plain(entry.adjoint),
                name in kept,
                saves.get(name, ()),
                k == len(program.steps) - 1,
            )
        )
    locals_ = {k: local_derivatives(program.steps[k], names, entries) for k in _shown(program)}
    flowing = {k for k, entry in enumerate(entries) if entry.grad_fn is not None}
    return Graph(
        write(program.output.tree), (*nodes, *_idle(unused)), _edges(program, names, flowing, locals_), pointed=True
    )


def graph_of_shapes(program: Program, shapes: Sequence[Axes], wrt: Sequence[str]) -> Graph:
    """The graph of a function without a point: shapes, and local derivatives as formulas where these need no sizes."""
    names, moving = step_names(program), moving_steps(program, wrt)
    nodes = tuple(
        GraphNode(
            names[k],
            _kind(program, k, wrt),
            step_text(program.steps[k], names),
            shapes[k],
            output=k == len(program.steps) - 1,
        )
        for k in _shown(program)
    )
    locals_ = {k: local_formulas(program.steps[k], names, shapes, moving) for k in _shown(program)}
    return Graph(write(program.output.tree), nodes, _edges(program, names, moving, locals_), pointed=False)


def _shown(program: Program) -> list[int]:
    """The steps that are nodes: all but numbers, which stand in the texts of their users; one that is all there is."""
    last = len(program.steps) - 1
    return [k for k, step in enumerate(program.steps) if step.op is not None or step.tree.is_Symbol or k == last]


def _kind(program: Program, k: int, wrt: Sequence[str]) -> str:
    step = program.steps[k]
    if step.op is not None:
        return OPERATION
    return VARIABLE if step.tree.is_Symbol and step.tree.name in wrt else CONSTANT


def _edges(
    program: Program, names: Sequence[str], flowing: frozenset[int] | set[int], locals_: Mapping[int, Sequence[str]]
) -> tuple[GraphEdge, ...]:
    """One for each operand that is a node, with its own local derivative where a gradient flows."""
    nodes, edges = {*_shown(program)}, []
    for k in sorted(nodes):
        texts = iter(locals_[k])
        for i in program.steps[k].inputs:
            if i is None:
                continue
            flows = i in flowing and k in flowing
            local = next(texts, "") if flows else ""
            if i in nodes:
                edges.append(GraphEdge(names[i], names[k], local, flows))
    return tuple(edges)


def _idle(unused: Mapping[str, Shape]) -> tuple[GraphNode, ...]:
    return tuple(GraphNode(name, UNUSED, name, shape) for name, shape in unused.items())


def _plain(value: Any) -> Any:  # Any: an array, None, or a float
    return None if value is None else float(value) if getattr(value, "ndim", 0) == 0 else value
