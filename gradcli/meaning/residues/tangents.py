"""Derivatives of nodes along directions of the inputs, as nodes again: the chain rule, forwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradcli.meaning.residues.nodes import (
    ADD,
    ATOM,
    CONST,
    COS,
    DIV,
    DOT,
    EXP,
    INPUT,
    LOG,
    MUL,
    NEG,
    POWER,
    SIN,
    SUB,
    Graph,
    Node,
    below,
    pairs_of,
)

Slope = Callable[[Node, int], Node]  # of an atom in its operand of that place


def tangents(outputs: Sequence[Node], along: Mapping[Node, Node], slope: Slope) -> list[Node]:
    """The derivative of each output where the inputs move along these directions."""
    found: dict[int, Node] = {node.index: direction for node, direction in along.items()}
    for node in below(outputs, found):
        graph = node.graph
        found[node.index] = graph.zero if node.op in (INPUT, CONST) else _tangent(graph, node, found, slope)
    return [found[node.index] for node in outputs]


def _tangent(g: Graph, node: Node, known: Mapping[int, Node], slope: Slope) -> Node:
    moved = [known[a.index] for a in node.args]
    if all(m is g.zero for m in moved):
        return g.zero
    op = node.op
    if op == DOT:
        pairs = zip(pairs_of(node), moved[::2], moved[1::2], strict=True)
        return g.dot(pair for (x, y), dx, dy in pairs for pair in ((dx, y), (x, dy)))
    if op == MUL:
        return g.dot([(moved[0], node.args[1]), (node.args[0], moved[1])])
    if op in (ADD, SUB):
        return g.add(*moved) if op == ADD else g.sub(*moved)
    if op == NEG:
        return g.neg(moved[0])
    if op == DIV:
        return g.div(g.sub(moved[0], g.mul(node, moved[1])), node.args[1])
    if op == POWER:
        return g.mul(g.mul(g.constant(node.data), g.power(node.args[0], node.data - 1)), moved[0])
    if op == EXP:
        return g.mul(node, moved[0])
    if op == LOG:
        return g.div(moved[0], node.args[0])
    if op in (COS, SIN):
        inner = g.dot((g.constant(c), m) for c, m in zip(node.data, moved, strict=True))
        other = g.mul(g.make(SIN if op == COS else COS, node.args, node.data), inner)
        return g.neg(other) if op == COS else other
    assert op == ATOM
    return g.dot((slope(node, place), m) for place, m in enumerate(moved) if m is not g.zero)
