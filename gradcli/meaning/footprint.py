"""How many bytes the arrays of a derivative take at most: counted from shapes, before any of them is made.

Counted are the inputs, the values of the steps that a variable moves and as much again for what flows back, the
derivative itself and its copies. The program, its libraries and what a check holds beside are not among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gradcli.language.nodes import symbol
from gradcli.meaning.task import Task
from gradcli.meaning.tiles import Tile, Tiling, tiling_of
from gradcli.operations.shape_rules import Shape, size

NUMBER = 8  # bytes: all is float64 in the end
BACK = 2  # arrays that live on the way back for each on the way there: an adjoint, and the term that is added to it
INSIDE = 4  # arrays as large as its operands that a step makes on the way back, as of a quotient or a power
BATCH = 2**22  # numbers in one array of a batch of backward passes: rows times entries
COPIES = 2  # of a derivative: as it is computed, and as it is handed on


@dataclass(frozen=True)
class Footprint:
    """The memory of one task's derivatives, in bytes."""

    task: Task

    @cached_property
    def inputs(self) -> int:
        return NUMBER * sum(size(value.shape) for value in self.task.values.values())

    @cached_property
    def columns(self) -> int:
        """The numbers of all variables."""
        return sum(size(self.task.values[name].shape) for name in self.task.wrt)

    @cached_property
    def tiling(self) -> Tiling | None:
        return tiling_of(self.task.program, self.task.shapes, self.task.values)

    @cached_property
    def graph(self) -> int:
        """The values that a backward pass needs, and what it makes of them; of a tile, where there are some."""
        if self.tiling is None:
            return self._graph(self.task.shapes)
        tile = Tile(0, min(self.tiling.height, self.tiling.rows), self.tiling.first)
        return NUMBER * (1 + BACK) * sum(map(size, self.tiling.shapes(tile, self.task.values)))

    def _graph(self, shapes: tuple[Shape, ...]) -> int:
        return (
            NUMBER * (1 + BACK) * sum(size(shape) for shape, moves in zip(shapes, self._moving, strict=True) if moves)
        )

    @cached_property
    def _moving(self) -> list[bool]:
        variables = {symbol(name) for name in self.task.wrt}
        found: list[bool] = []
        for step in self.task.program.steps:
            leaf = step.op is None and step.tree in variables
            found.append(leaf or any(found[i] for i in step.inputs if i is not None))
        return found

    @cached_property
    def widest(self) -> int:
        """The numbers of the largest step that a variable moves."""
        moved = (size(shape) for shape, moves in zip(self.task.shapes, self._moving, strict=True) if moves)
        return max(moved, default=1)

    @cached_property
    def flowing(self) -> int:
        """The numbers that are held at once on the way back, at most, from the last step to the first: the adjoints
        that wait for their step, those of the variables, and what a step makes of its own."""
        steps, sizes = self.task.program.steps, [size(shape) for shape in self.task.shapes]
        held, most = {len(steps) - 1}, 0
        for k in range(len(steps) - 1, -1, -1):
            if k not in held:
                continue
            given = {i for i in steps[k].inputs if i is not None and self._moving[i]}
            held |= given
            widest = max(sizes[i] for i in {k, *given})
            most = max(most, sum(sizes[i] for i in held) + INSIDE * widest)
            if given:
                held.remove(k)
        return most

    def gradient(self, order: int = 1) -> int:
        """Of a gradient, or of the product of a Hessian with a vector: order 2."""
        return self.inputs + order * self.graph + COPIES * NUMBER * order * self.columns

    @property
    def start(self) -> int:
        """Before the first row of a Jacobian."""
        return self.inputs + self._graph(self.task.shapes) + 4 * NUMBER * self.columns

    @property
    def row(self) -> int:
        """Of each row of a Jacobian in a batch: its seed, the adjoints on the way back, the row and its copies."""
        return NUMBER * (size(self.task.output) + self.flowing + COPIES * self.columns)

    def matrix(self, rows: int, order: int = 1) -> int:
        """Of so many rows, of a Jacobian or, order 2, of a Hessian, all of which are held, and of a batch of them."""
        batch = min(rows, max(1, BATCH // max(self.widest, self.columns, 1)))
        return self.start + order * batch * self.row + COPIES * NUMBER * rows * self.columns
