"""The live graph of autograd behind a tensor: its nodes and its leaves. Nothing is run, and no graph is freed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradcli.foreign.script.reading import live

MOST = 200_000  # nodes that are gone through


def nodes_behind(tensors: Iterable[Any]) -> dict[int, Any]:  # Any: torch's nodes
    """The nodes that a backward pass from these tensors would go through, by identity, the nearest first."""
    found: dict[int, Any] = {}
    waiting = [node for each in tensors if (node := _node(each)) is not None]
    while waiting and len(found) < MOST:
        node = waiting.pop(0) if len(found) < 1000 else waiting.pop()
        if id(node) in found:
            continue
        found[id(node)] = node
        waiting += [each for each, _ in node.next_functions if each is not None]
    return found


def _node(tensor: Any) -> Any:
    node = live.torch().Tensor.grad_fn.__get__(tensor)
    if node is None and live.requires_grad(tensor):
        return live.torch().autograd.graph.get_gradient_edge(tensor).node
    return node


def leaves_behind(nodes: dict[int, Any]) -> list[Any]:
    """The leaf tensors at the ends of a graph."""
    return [node.variable for node in nodes.values() if type(node).__name__ == "AccumulateGrad"]


def goes_through(nodes: dict[int, Any], tensor: Any) -> bool:
    """Whether a tensor is one of a graph: by its node, or as a leaf."""
    node = live.torch().Tensor.grad_fn.__get__(tensor)
    if node is not None:
        return id(node) in nodes
    return any(each is tensor for each in leaves_behind(nodes))


def operations(nodes: dict[int, Any]) -> list[str]:
    """The names of a graph's operations, without torch's ending: ``View``, ``Clone``."""
    return [type(node).__name__.removesuffix("Backward0") for node in nodes.values()]
