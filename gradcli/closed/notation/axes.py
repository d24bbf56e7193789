"""Axes of size 1, which index form lacks, in and out of an array."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.closed.notation.factors import made
from gradcli.closed.sizes import Extent
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS


def without_ones(tree: Tree, shape: Sequence[Extent]) -> Tree:
    """The array without its axes of size 1."""
    entries = tuple(0 if size == 1 else slice(None) for size in shape)
    return _indexed(tree, entries) if 1 in shape else tree


def with_ones(tree: Tree, shape: Sequence[Extent]) -> Tree:
    """An array of the axes that are not of size 1 with those that are."""
    if all(size == 1 for size in shape):
        for _ in shape:
            tree = made("stack", tree)
        return tree
    return _indexed(tree, tuple(None if size == 1 else slice(None) for size in shape)) if 1 in shape else tree


def _indexed(tree: Tree, entries: tuple[object, ...]) -> Tree:
    while isinstance(entries[-1], slice):
        entries = entries[:-1]
    return made("index", tree, constants=(entries,))


def squeezed(tree: Tree, shape: Shape) -> Tree:
    """What ``with_ones`` puts axes of size 1 in."""
    inside = tree.args[0] if nodes.row_of(tree) is OPS["index"] else None
    return inside if inside is not None and tree == with_ones(inside, shape) else tree
