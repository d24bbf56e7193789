"""Functions that are sums over many rows: cut into tiles of rows, whose values and derivatives add up.

``sum(log1p(exp(X@w)) - y*(X@w))`` treats each row of X with its entry of y apart from all others until it adds them up.
So the function of a tile of rows is the same program on a part of X and y, and what it gives is a part of the sum.
What is computed of the parameters alone, a penalty beside the sum, is counted in the first tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

import sympy

from gradcli.base.arrays import FloatArray
from gradcli.meaning.program import Program, Step
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.row_axes import Over
from gradcli.operations.shape_rules import Shape, size
from gradcli.operations.table import OPS

LEAST = 2**20  # entries of the arrays with rows, from which on tiles pay
WIDE = 2**19  # entries of the widest array of a tile: 4 megabytes, with which the calls of a tile cost little


class Kind(Enum):
    """What a step is that has no axis of rows."""

    SHARED = "the same for all rows"
    TOTAL = "a sum over the rows"


Part = Kind | int  # or the axis of the rows, counted from the end


class _MeetError(Exception):
    """Rows meet in another way than in a sum."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows from ``start`` to ``stop``, and the program that gives their part of the function."""

    start: int
    stop: int
    program: Program

    def part(self, array: FloatArray, axis: int) -> FloatArray:
        """These rows of an array, as a view."""
        here: Any = (..., slice(self.start, self.stop), *(slice(None),) * (-1 - axis))  # Any: an index
        part: FloatArray = array[here]
        return part


@dataclass(frozen=True)
class Tiling:
    """A function in tiles.

    rows:   how many there are
    axes:   the axis of the rows, counted from the end, in each input that has one
    first:  the function of a tile, with what is shared beside the sum; rest: without
    height: rows of a tile, the last of which may have fewer
    """

    rows: int
    axes: Mapping[str, int]
    first: Program
    rest: Program
    height: int

    def __iter__(self) -> Iterator[Tile]:
        for start in range(0, self.rows, self.height):
            yield self.tile(start, min(start + self.height, self.rows))

    def tile(self, start: int, stop: int) -> Tile:
        """These rows; those from 0 on have what is shared."""
        return Tile(start, stop, self.rest if start else self.first)

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return -(-self.rows // self.height)

    def values(self, tile: Tile, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Of each array its rows in the tile, as a view, or all of one that has none."""
        return {
            name: tile.part(value, self.axes[name]) if name in self.axes else value for name, value in values.items()
        }

    def shapes(self, tile: Tile, values: Mapping[str, FloatArray]) -> list[Shape]:
        """The shape of each step of a tile's program."""
        return self._shapes(tile.program is self.first, tile.stop - tile.start, values)

    def _shapes(self, first: bool, height: int, values: Mapping[str, FloatArray]) -> list[Shape]:
        key = (first, height)
        if key not in self._known:
            tile = Tile(0, height, self.first if first else self.rest)
            given = self.values(tile, values)
            self._known[key] = shapes_of(tile.program, {name: value.shape for name, value in given.items()})
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[bool, int], list[Shape]]:
        return {}


def tiling_of(
    program: Program, shapes: Sequence[Shape], values: Mapping[str, FloatArray], wide: int | None = None
) -> Tiling | None:
    """The function in tiles; None where it has fewer entries than pay, or is no sum over rows.

    wide: entries of the widest array of a tile; None: as many as are best on a processor
    """
    inputs = {name: values[name].shape for name in program.names}
    largest = max(inputs.values(), key=size, default=())
    if size(largest) < LEAST or size(shapes[-1]) != 1 or program.differentiated:
        return None
    for rows in sorted({*largest}, reverse=True):
        axes = _axes(inputs, rows)
        if axes is None or rows < 2:
            continue
        try:
            parts = _parts(program, shapes, axes)
        except _MeetError:
            continue
        if parts[-1] is not Kind.TOTAL:
            continue
        widest = max(size(shape) for part, shape in zip(parts, shapes, strict=True) if isinstance(part, int))
        height = max(1, (WIDE if wide is None else wide) * rows // widest)
        return Tiling(rows, axes, *_programs(program, shapes, parts), height)
    return None


def _axes(inputs: Mapping[str, Shape], rows: int) -> dict[str, int] | None:
    """The axis of so many rows in each input that has it; None where one has two such axes."""
    found = {}
    for name, shape in inputs.items():
        if shape.count(rows) > 1:
            return None
        if rows in shape:
            found[name] = shape.index(rows) - len(shape)
    return found


def _parts(program: Program, shapes: Sequence[Shape], axes: Mapping[str, int]) -> list[Part]:
    """What each step is. Errors: _MeetError."""
    parts: list[Part] = []
    for step in program.steps:
        if step.op is None:
            name = step.tree.name if isinstance(step.tree, sympy.Symbol) else ""
            parts.append(axes.get(name, Kind.SHARED))
        else:
            given = [(parts[i], shapes[i]) for i in step.inputs if i is not None]
            parts.append(_part(step, [part for part, _ in given], [shape for _, shape in given], shapes[len(parts)]))
    return parts


def _part(step: Step, given: Sequence[Part], shapes: Sequence[Shape], out: Shape) -> Part:
    op = step.op
    assert op is not None
    if op.random:
        raise _MeetError
    axes = [part if isinstance(part, int) else None for part in given]
    if Kind.TOTAL in given:
        return _of_totals(step, given, shapes, out)
    if all(axis is None for axis in axes):
        return Kind.SHARED
    if op.elementwise:
        return _elementwise(given, shapes)
    found = None if op.rows is None else op.rows(shapes, axes, *step.constants)
    if found is None:
        raise _MeetError
    return Kind.TOTAL if isinstance(found, Over) else found


def _elementwise(given: Sequence[Part], shapes: Sequence[Shape]) -> int:
    """Operands that broadcast: all rows on one axis, on which the others have one entry or none."""
    found = {part for part in given if isinstance(part, int)}
    axis = found.pop()
    for part, shape in zip(given, shapes, strict=True):
        if found or (part is Kind.SHARED and len(shape) >= -axis and shape[axis] != 1):
            raise _MeetError
    return axis


def _of_totals(step: Step, given: Sequence[Part], shapes: Sequence[Shape], out: Shape) -> Kind:
    """What is linear in sums over rows is one too; what is added to one may not repeat it."""
    op = step.op
    assert op is not None
    repeated = any(part is Kind.TOTAL and shape != out for part, shape in zip(given, shapes, strict=True))
    if any(isinstance(part, int) for part in given) or (op.elementwise and Kind.SHARED in given and repeated):
        raise _MeetError
    alone = given.count(Kind.TOTAL) == 1
    linear = (
        (op.elementwise and op.linear == "jointly" and not op.chooses)
        or (op.linear == "each" and alone)
        or (op.linear == "first" and alone and given[0] is Kind.TOTAL)
        or (op.moves and not op.fills(step.constants))
        or (op.rows is not None and op.linear == "jointly")
    )
    if not linear:
        raise _MeetError
    return Kind.TOTAL


def _programs(program: Program, shapes: Sequence[Shape], parts: Sequence[Part]) -> tuple[Program, Program]:
    """The function of the first tile, and that of the others: means are sums over a number, and what is shared is added
    once."""
    zero = Step(sympy.Integer(0))
    made: list[list[Step]] = [[], []]
    at: list[list[int]] = [[], []]
    for k, (steps, places) in enumerate(zip(made, at, strict=True)):
        for step, part in zip(program.steps, parts, strict=True):
            inputs = [None if i is None else places[i] for i in step.inputs]
            if k and part is Kind.TOTAL and step.op is not None and (step.op.linear == "jointly" or step.op.moves):
                for n, i in enumerate(step.inputs):
                    if i is not None and parts[i] is Kind.SHARED:
                        scalar = step.op.elementwise or not shapes[i]
                        steps.append(zero if scalar else Step(zero.tree, OPS["zeros_like"], (places[i],)))
                        inputs[n] = len(steps) - 1
            changed = replace(step, inputs=tuple(inputs))
            averaged = _averaged(step, parts, shapes)
            if averaged:
                total = replace(changed, op=OPS["sum"])
                steps += [total, Step(sympy.Integer(averaged))]
                changed = Step(step.tree, OPS["div"], (len(steps) - 2, len(steps) - 1))
            steps.append(changed)
            places.append(len(steps) - 1)
    first, rest = (_needed(steps) for steps in made)
    return first, rest


def _averaged(step: Step, parts: Sequence[Part], shapes: Sequence[Shape]) -> int:
    """Of how many entries a mean over rows is taken; 0 for any other step."""
    if step.op is None or step.op.rows is None:
        return 0
    operands = [i for i in step.inputs if i is not None]
    axes = [part if isinstance(part, int) else None for part in (parts[i] for i in operands)]
    if all(axis is None for axis in axes):
        return 0
    given = [shapes[i] for i in operands]
    if step.op.rows(given, axes, *step.constants) is not Over.AVERAGED:
        return 0
    return size(given[0]) // size(step.op.shape(*given, *step.constants))


def _needed(steps: Sequence[Step]) -> Program:
    """The steps that the last one is made of."""
    needed = {len(steps) - 1}
    for k in range(len(steps) - 1, -1, -1):
        if k in needed:
            needed |= {i for i in steps[k].inputs if i is not None}
    places = {k: n for n, k in enumerate(sorted(needed))}
    return Program(
        tuple(
            replace(steps[k], inputs=tuple(None if i is None else places[i] for i in steps[k].inputs))
            for k in sorted(needed)
        )
    )
