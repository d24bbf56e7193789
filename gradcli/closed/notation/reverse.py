"""Reverse accumulation on trees: a gradient as the rows' rules write it, one after the other.

What index form has no words for, such as a running sum or an order, is in it as an operation on a whole array; so a
gradient is longer than it could be, and always there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import times
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.meaning import rules
from gradcli.meaning.program import Step, compile_tree, run
from gradcli.operations.shape_rules import Shape, broadcast, size
from gradcli.operations.table import OPS

ONE = sympy.Integer(1)
SPREADING = {"spread", "expand", "ones_like", "transpose"}


@dataclass(frozen=True, slots=True)
class Sized:
    """A tree and the shape of its value."""

    tree: Tree
    shape: Shape

    @property
    def array(self) -> Tree:
        """The tree of that shape: 1 stands for ones of any."""
        return nodes.make(OPS["ones"], [], (self.shape,)) if self.tree == ONE and self.shape else self.tree


class Trees:
    """The arithmetic whose values are formulas: it computes nothing, and leaves out what does nothing."""

    def number(self, tree: Tree) -> Sized:
        return Sized(tree, ())

    def apply(self, step: Step, arguments: list[Sized | None]) -> Sized:
        op = step.op
        assert op is not None
        present = [a for a in arguments if a is not None]
        shapes = [None if a is None else a.shape for a in arguments]
        shape = broadcast(*shapes) if op.elementwise else op.shape(*shapes, *step.constants)
        if op.name in SPREADING and present[0].tree == ONE:
            return Sized(ONE, shape)
        if op is OPS["mul"]:
            kept = [a for a in present if a.tree != ONE] or present[:1]
            if broadcast(*(a.shape for a in kept)) == shape:
                return Sized(times(*(a.tree for a in kept)), shape)
        if op is OPS["eye"] and step.constants[0] == step.constants[1]:
            return Sized(nodes.make(op, [], (step.constants[0], None)), shape)
        if op is OPS["matmul"]:
            others = [a for a in present if nodes.row_of(a.tree) is not OPS["eye"] or len(set(a.shape)) > 1]
            if len(others) == 1 and others[0].shape == shape:
                return Sized(others[0].tree, shape)
        if op is OPS["matmul"] and any(a.tree == ONE and a.shape == (1, 1) for a in present):
            other = present[present[0].tree == ONE and present[0].shape == (1, 1)]
            return Sized(other.tree, shape)
        if op is OPS["sum_to"] and present[0].shape == present[1].shape:
            return present[0]
        return Sized(nodes.make(op, [a.array for a in present], step.constants), shape)

    def derive(self, step: Step, _arguments: Any, _point: Any) -> Sized:  # Any: as in Arithmetic
        raise LimitError(f"the derivative in {step.tree} is not read", kind="unchecked")


def accumulated(tree: Tree, name: str, shapes: Mapping[str, Sequence[int]], letters: Mapping[str, int]) -> Tree:
    """The gradient of a function of one entry in one variable. Errors: LimitError where a rule is lacking."""
    program = compile_tree(tree)
    values = {n: Sized(symbol(n), tuple(shapes.get(n, ()))) for n in program.names}
    values |= {n: Sized(symbol(n), ()) for n in letters}
    output = run(program, Trees(), values).shape
    if size(output) != 1:
        raise LimitError("a function of more than one entry has no gradient", kind="unchecked")
    found = rules.vjp(program, Trees(), values, Sized(ONE, output), [name])[name]
    if found is None:
        return sympy.Integer(0)
    shape = tuple(shapes.get(name, ()))
    return found.array if found.shape == shape else nodes.make(OPS["expand"], [found.tree], (shape,))
