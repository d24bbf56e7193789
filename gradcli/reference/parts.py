"""Parts of a function that is a sum of small ones: the few rows of its templates in which an entry of a derivative
lies, as a problem of their own.

A large function that comes in slices is ``sum_r weight_r * tree(slots of row r)``; of ``d2 f / dx_i dx_j`` only rows
speak that hold both entries. With these alone the second route asks about one entry of a million at the price of a few
scalar operations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import sympy

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.language import nodes
from gradcli.language.nodes import Inner
from gradcli.meaning.program import Program, Step, compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.templates.template import Entries, Slot, Template
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS
from gradcli.reference.problem import Problem

MOST_STEPS = 2_000  # scalar operations of a part; some 10 milliseconds

Row = tuple[int, int]  # a template, and a row of it


def name_of(position: int) -> str:
    """The variable of a part that stands for an entry."""
    return f"entry{position}"


@dataclass(frozen=True)
class Parts:
    """The rows of templates by the entries that they hold.

    values: (entries,) of all variables
    """

    templates: Sequence[Template]
    values: FloatArray

    @property
    def total(self) -> int:
        return len(self.values)

    def numbers(self, slot: Slot, at: Positions | slice) -> FloatArray:
        """What stands in a slot in some rows."""
        entries = slot.entries[at]
        return np.where(entries >= 0, self.values[entries], slot.numbers[at]) if self.total else slot.numbers[at]

    @cached_property
    def programs(self) -> list[Program]:
        return [compile_tree(template.tree) for template in self.templates]

    @cached_property
    def shapes(self) -> list[list[Shape]]:
        """Of the steps of each."""
        return [
            shapes_of(program, {slot.name: () for slot in template.slots})
            for template, program in zip(self.templates, self.programs, strict=True)
        ]

    @cached_property
    def most(self) -> int:
        """The rows that a part may have."""
        return max(1, MOST_STEPS // max((len(program.steps) for program in self.programs), default=1))

    def holding(self, positions: Iterable[int]) -> dict[int, list[Row] | None]:
        """The rows that hold each entry; None where these are more than a part may have."""
        return self._found(
            positions, self.total, ((t, s.entries) for t, k in enumerate(self.templates) for s in k.slots)
        )

    def owned(self, outputs: Iterable[int], count: int) -> dict[int, list[Row] | None]:
        """The rows of each of ``count`` entries of the output, as above."""
        return self._found(outputs, count, ((t, owners_of(template)) for t, template in enumerate(self.templates)))

    def _found(
        self, wanted: Iterable[int], total: int, arrays: Iterable[tuple[int, Entries]]
    ) -> dict[int, list[Row] | None]:
        asked = np.unique(np.fromiter(wanted, dtype=np.int64))
        marked = np.zeros(total + 1, dtype=bool)  # the last one is that of constants, -1
        marked[asked] = True
        found: dict[int, dict[Row, None] | None] = {int(one): {} for one in asked}
        for t, entries in arrays:
            rows = np.flatnonzero(marked[entries])
            which = np.searchsorted(asked, entries[rows])
            many = np.bincount(which, minlength=len(asked)) > self.most
            found |= dict.fromkeys(asked[many].tolist())
            few = ~many[which]
            for k, r in zip(which[few].tolist(), rows[few].tolist(), strict=True):
                held = found[int(asked[k])]
                if held is not None:
                    held[t, r] = None
        return {one: None if rows is None or len(rows) > self.most else list(rows) for one, rows in found.items()}

    def rows_with(self, position: int) -> dict[int, Positions]:
        """All rows that hold an entry, however many, by template."""
        found = {}
        for t, template in enumerate(self.templates):
            held = [slot.entries == position for slot in template.slots]
            found[t] = np.flatnonzero(np.any(held, axis=0)) if held else np.zeros(0, dtype=np.int64)
        return found

    def holds(self, row: Row, position: int) -> bool:
        t, r = row
        return any(slot.entries[r] == position for slot in self.templates[t].slots)

    def owner(self, row: Row) -> int:
        owners = self.templates[row[0]].owners
        return 0 if owners is None else int(owners[row[1]])

    def held(self, rows: Iterable[Row]) -> list[int]:
        """The entries that rows hold, each once."""
        found = (int(slot.entries[r]) for t, r in rows for slot in self.templates[t].slots)
        return sorted({position for position in found if position >= 0})

    def problem(
        self, rows: Collection[Row], more: Mapping[int, float] | None = None, *, ideal: bool = False
    ) -> Problem:
        """The sum of these rows, in variables with the names of ``name_of``.

        more: a further weight for the rows of each output
        """
        total = _Sum()
        for row in rows:
            t, r = row
            template = self.templates[t]
            weights = [] if template.weights is None else [float(template.weights[r])]
            weights += [] if more is None else [more[self.owner(row)]]
            slots = {s.name: (int(s.entries[r]), s) for s in template.slots}
            given = {name: (e, float(s.numbers[r] if e < 0 else self.values[e])) for name, (e, s) in slots.items()}
            total.add(self.programs[t], self.shapes[t], given, weights)
        return total.problem(ideal=ideal)


def weighted_sum(problem: Problem, weights: FloatArray) -> Problem:
    """The scalar ``weights . f``, whose gradient is the product of these with the Jacobian from the left."""
    steps, name = problem.program.steps, Inner("weights")
    tree, last = problem.program.output.tree, len(steps)
    more = (
        Step(sympy.Symbol(name, real=True)),
        Step(tree, OPS["mul"], (last, last - 1)),
        Step(tree, OPS["sum"], (last + 1,), (None, False)),
    )
    shapes = [*problem.shapes, problem.output, problem.output, ()]
    values = {**problem.values, name: weights.reshape(problem.output)}
    return replace(problem, program=Program((*steps, *more)), shapes=shapes, values=values)


def owners_of(template: Template) -> Entries:
    """The output entry of each row."""
    return np.zeros(template.rows, dtype=np.int64) if template.owners is None else template.owners


@dataclass(slots=True)
class _Sum:
    """A program that grows by one weighted function after another."""

    steps: list[Step] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    leaves: dict[str, int] = field(default_factory=dict)
    values: dict[str, FloatArray] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)
    total: int | None = None

    def add(
        self,
        program: Program,
        shapes: Sequence[Shape],
        slots: Mapping[str, tuple[int, float]],
        weights: Sequence[float],
    ) -> None:
        """slots: the entry and the number of each name."""
        places: list[int] = []
        for step, shape in zip(program.steps, shapes, strict=True):
            if isinstance(step.tree, sympy.Symbol) and step.op is None:
                places.append(self.leaf(*slots[step.tree.name]))
            else:
                places.append(self.put(_moved(step, places), shape))
        last = places[-1]
        for weight in weights:
            if weight != 1:
                factor = self.leaf(-1, weight)
                last = self.put(Step(program.output.tree, OPS["mul"], (factor, last)))
        if self.total is not None:
            last = self.put(Step(program.output.tree, OPS["add"], (self.total, last)))
        self.total = last

    def leaf(self, position: int, number: float) -> int:
        """The step of an entry, or of a constant."""
        name = name_of(position) if position >= 0 else f"constant{len(self.values)}"
        if name not in self.leaves:
            self.leaves[name] = self.put(Step(nodes.symbol(name)))
            self.values[name] = np.array(number)
            self.active |= {name} if position >= 0 else set()
        return self.leaves[name]

    def put(self, step: Step, shape: Shape = ()) -> int:
        self.steps.append(step)
        self.shapes.append(shape)
        return len(self.steps) - 1

    def problem(self, *, ideal: bool) -> Problem:
        if self.total is None:
            self.put(Step(sympy.Integer(0)))
        return Problem(Program(tuple(self.steps)), self.shapes, self.values, None, frozenset(self.active), ideal)


def _moved(step: Step, places: Sequence[int]) -> Step:
    """A step whose inputs stand elsewhere."""
    inputs = tuple(None if i is None else places[i] for i in step.inputs)
    body = step.body
    if body is not None:
        body = replace(body, names={name: places[i] for name, i in body.names.items()})
    return replace(step, inputs=inputs, body=body)
