"""A function at a point: what a derivative needs except the library that computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gradcli.base.arrays import FloatArray
from gradcli.language import nodes
from gradcli.language.parse import Expression
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape


@dataclass(frozen=True, slots=True)
class Task:
    """An expression, its program, and the point: everything a derivative needs except the library that computes it."""

    expression: Expression
    program: Program
    shapes: tuple[Shape, ...]
    values: Mapping[str, FloatArray]
    wrt: tuple[str, ...]

    @property
    def output(self) -> Shape:
        """The shape of the function's value."""
        return self.shapes[-1]

    def scalarised(self, tree: nodes.Tree, extra: Mapping[str, FloatArray] | None = None) -> Task:
        """The same request for another tree over the same variables."""
        values = {**self.values, **(extra or {})}
        expression = replace(self.expression, tree=tree)
        program = compile_tree(tree)
        shapes = tuple(shapes_of(program, {name: value.shape for name, value in values.items()}, expression))
        return Task(expression, program, shapes, values, self.wrt)
