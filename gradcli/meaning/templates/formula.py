"""Formulas over slots: nodes that share their parts, whose leaves hold positions of entries as arrays.

A leaf's arrays have the shape of the value that the formula stands for, or one that broadcasts to it: slices and
transposes of a leaf are views of the variable's numbering, which take no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from gradcli.base.arrays import FloatArray
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.meaning.templates.template import Entries, Untemplated
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """entries: positions, -1 for a number; numbers: those, None for zeros."""

    entries: Entries
    numbers: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An operation on formulas; None stands for an absent optional argument."""

    op: Op
    arguments: tuple[Formula | None, ...]
    constants: tuple[Any, ...] = ()  # Any: see nodes.Static


Formula = Leaf | Node | Tree  # a tree is a number


MOST_PARTS = 2**12  # of a formula: steps within steps, as of a stencil applied again and again, grow without end


def ordered(formula: Formula) -> list[Formula]:
    """Each part once, parts before what is made of them. Errors: Untemplated where they are too many."""
    found: list[Formula] = []
    seen: set[int] = set()
    stack: list[tuple[Formula, bool]] = [(formula, False)]
    while stack:
        part, ready = stack.pop()
        if ready:
            found.append(part)
        elif id(part) not in seen:
            seen.add(id(part))
            stack.append((part, True))
            if isinstance(part, Node):
                stack.extend((a, False) for a in reversed(part.arguments) if a is not None)
        if len(seen) > MOST_PARTS:
            raise Untemplated(f"a formula of more than {MOST_PARTS} parts")
    return found


def leaves_of(formula: Formula) -> list[Leaf]:
    """Each leaf once, from left to right."""
    return [part for part in ordered(formula) if isinstance(part, Leaf)]


def mapped(formula: Formula, change: Callable[[Leaf], Leaf]) -> Formula:
    """The same formula of changed leaves."""
    if isinstance(formula, Leaf):
        return change(formula)
    made: dict[int, Formula] = {}
    for part in ordered(formula):
        if isinstance(part, Leaf):
            made[id(part)] = change(part)
        elif isinstance(part, Node):
            made[id(part)] = Node(
                part.op, tuple(None if a is None else made[id(a)] for a in part.arguments), part.constants
            )
        else:
            made[id(part)] = part
    return made[id(formula)]


def broadcast_leaf(leaf: Leaf, shape: Shape) -> Leaf:
    numbers = None if leaf.numbers is None else np.broadcast_to(leaf.numbers, shape)
    return Leaf(np.broadcast_to(leaf.entries, shape), numbers)


def number_leaf(numbers: FloatArray) -> Leaf:
    """A leaf of numbers alone."""
    return Leaf(np.broadcast_to(np.int32(-1), numbers.shape), numbers)


def zeros_leaf(shape: Shape) -> Leaf:
    return Leaf(np.broadcast_to(np.int32(-1), shape))


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """A formula in which each distinct leaf has a name, in the order in which they are met."""

    formula: Formula
    tree: Tree
    leaves: tuple[Leaf, ...]
    stands_for: Mapping[int, Leaf]  # for each leaf of the formula, by its id, the one of ``leaves`` that is equal


def skeleton(formula: Formula) -> Skeleton:
    """Formulas with one tree differ in their leaves alone. Leaves whose arrays are equal are one."""
    leaves = Distinct()
    made: dict[int, Tree] = {}
    stands_for: dict[int, Leaf] = {}
    for part in ordered(formula):
        if isinstance(part, Leaf):
            number = leaves.number(part)
            made[id(part)], stands_for[id(part)] = slot_symbol(number), leaves.found[number]
        elif isinstance(part, Node):
            made[id(part)] = _tree(part, [None if a is None else made[id(a)] for a in part.arguments])
        else:
            made[id(part)] = part
    return Skeleton(formula, made[id(formula)], tuple(leaves.found), stands_for)


def slot_symbol(k: int) -> Tree:
    return nodes.symbol(f"s{k}")


def _tree(node: Node, arguments: list[Tree | None]) -> Tree:
    given = [a for a in arguments if a is not None]
    while arguments and arguments[-1] is None:
        arguments.pop()
    constants = node.constants
    if None in arguments:
        constants = (*constants, tuple(a is not None for a in arguments))
    return nodes.make(node.op, given, constants)


class Distinct:
    """Leaves, each once: two are the same where their arrays are equal."""

    def __init__(self) -> None:
        self.found: list[Leaf] = []
        self.views: dict[tuple[Any, ...], int] = {}  # Any: where an array lies in memory, and how
        self.samples: dict[tuple[Any, ...], list[int]] = {}

    def number(self, leaf: Leaf) -> int:
        view = (_view(leaf.entries), None if leaf.numbers is None else _view(leaf.numbers))
        if view in self.views:
            return self.views[view]
        for k in self.samples.setdefault(_sample(leaf), []):
            if _equal(self.found[k], leaf):
                self.views[view] = k
                return k
        self.views[view] = len(self.found)
        self.samples[_sample(leaf)].append(len(self.found))
        self.found.append(leaf)
        return len(self.found) - 1


def _view(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:  # Any: arrays of any type
    return (array.ctypes.data, array.strides, array.shape, array.dtype.str)


_LOOKED_AT = 8  # entries of each leaf that tell most leaves apart before all of them are compared


def _sample(leaf: Leaf) -> tuple[Any, ...]:  # Any: a shape, then numbers
    entries = leaf.entries
    if not entries.size:
        return (entries.shape,)
    flat = entries.flat
    step = max(1, entries.size // _LOOKED_AT)
    return (
        entries.shape,
        leaf.numbers is None,
        *(int(flat[k]) for k in range(0, entries.size, step)),
        int(flat[entries.size - 1]),
    )


def _equal(a: Leaf, b: Leaf) -> bool:
    if not np.array_equal(a.entries, b.entries):
        return False
    if a.numbers is None or b.numbers is None:
        return a.numbers is None and b.numbers is None
    return np.array_equal(a.numbers, b.numbers, equal_nan=True)


def applied(name: str, *arguments: Formula, constants: tuple[Any, ...] = ()) -> Node:  # Any: see nodes.Static
    """The operation of that row on formulas."""
    return Node(OPS[name], arguments, constants)


def added(parts: Sequence[Formula]) -> Formula:
    """The sum, from left to right; a single part is itself."""
    total = parts[0]
    for part in parts[1:]:
        total = applied("add", total, part)
    return total


def exact_number(value: float) -> Tree:
    """A float as the number that it is."""
    if np.isnan(value):
        return sympy.nan
    if np.isinf(value):
        return sympy.oo if value > 0 else -sympy.oo
    return sympy.Rational(*value.as_integer_ratio())
