"""Points in every region that conditions and kinks make: of a function, of a claim, and of both together.

A region is told by signs: of ``a - b`` for a condition ``a < b``, of ``x`` for ``relu(x)``, as the rows' kinks have it.
Points are drawn cheaply until one lies in a region that none has seen yet, and only such a point is worth the truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import GradcliError, LimitError
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse_condition
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Deadline, Program, compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape
from gradcli.reference.kinks import ARGUMENT_NAMES

DIGITS = 20
DRAWS, ENTRIES = 400, 2_000  # points that are drawn, and entries of all of them
MOST_COMPARED = 4
MAX_LANDMARKS, FARTHEST = 16, 1e15

Region = frozenset[tuple[int, ...]]


def branched(*trees: Tree) -> list[Tree]:
    """The parts of trees that have branches: conditions, and what has kinks that are no edge of its domain."""
    parts = (part for tree in trees for part in sympy.preorder_traversal(tree))
    return [part for part in parts if (row := row_of(part)) is not None and _may_branch(row)]


def _may_branch(row: Op) -> bool:
    return row.boolean or row.kink_test is not None or bool(row.kinks and not row.domain)


def landmarks(*trees: Tree) -> tuple[float, ...]:
    """The numbers in the trees' conditions and in what has kinks, and 0; none where there is neither."""
    parts = branched(*trees)
    told = [row.kinks for part in parts if (row := row_of(part)) is not None and row.kinks]  # relu6 has a kink at 6
    conditions = [parse_condition(kinks, bound=ARGUMENT_NAMES).tree for kinks in dict.fromkeys(told)]
    numbers = {float(n) for part in (*parts, *conditions) for n in part.atoms(sympy.Number) if n.is_finite}
    near = sorted((n for n in numbers | {0.0} if abs(n) < FARTHEST), key=abs)
    return tuple(sorted(near[:MAX_LANDMARKS])) if parts else ()


class Regions:
    """The regions of some programs over the same variables."""

    def __init__(self, programs: Sequence[Program], given: Mapping[str, Array], deadline: Deadline[Any]) -> None:
        self.programs, self.arithmetic = programs, Precise(DIGITS, deadline)
        self.given = {name: self.arithmetic.exact(value) for name, value in given.items()}

    def of(self, values: Mapping[str, Array]) -> Region:
        """The regions that a point's entries lie in; empty where the programs have no value.

        Errors: LimitError when the time is up.
        """
        signs: list[Array] = []
        point = {**self.given, **{name: self.arithmetic.exact(value) for name, value in values.items()}}
        try:
            for program in self.programs:
                signs += self._signs(program, point)
        except (GradcliError, ValueError) as error:
            if isinstance(error, LimitError) and error.kind == "time":
                raise
            return frozenset()
        try:
            columns = np.broadcast_arrays(*signs)
            return frozenset(tuple(int(column[place]) for column in columns) for place in np.ndindex(columns[0].shape))
        except (ValueError, IndexError):
            return frozenset((k, int(sign)) for k, array in enumerate(signs) for sign in array.ravel())

    def _signs(self, program: Program, point: Mapping[str, Array]) -> list[Array]:
        found: list[Array] = []
        signs: list[Array] = []

        def watch(index: int, value: Array) -> None:
            step = program.steps[index]
            arguments = [None if i is None else found[i] for i in step.inputs]
            found.append(value)
            if step.op is not None and arguments:
                signs.extend(self._switches(step.op, arguments))

        run(program, self.arithmetic, point, deadline=self.arithmetic.deadline, watch=watch)
        return signs

    def _switches(self, op: Op, arguments: Sequence[Array | None]) -> Iterator[Array]:
        """The signs that change where the operation takes another branch."""
        if op.compares:
            a, b = arguments
            yield _sign(as_array(as_array(a) - as_array(b)))
        elif op.kinks and not op.domain:
            values = {p.name: v for p, v in zip(op.tensors, arguments, strict=True) if v is not None}
            for difference in _differences(op.kinks):
                if all(name in values for name in difference.names):
                    yield _sign(as_array(run(difference, self.arithmetic, values)))
        elif op.kink_test is not None:  # the largest of several, where they change places
            arrays = [as_array(argument) for argument in arguments if argument is not None]
            yield from (_sign(as_array(a - b)) for a, b in combinations(arrays[:MOST_COMPARED], 2))


def _sign(array: Array) -> Array:
    return as_array(np.vectorize(lambda v: 0 if v != v else int(v > 0) - int(v < 0), otypes=[int])(array))


@cache
def _differences(kinks: str) -> tuple[Program, ...]:
    """``x - y`` for each comparison of x with y in a row's condition."""
    tree = parse_condition(kinks, bound=ARGUMENT_NAMES).tree
    parts = [p for p in sympy.preorder_traversal(tree) if (row := row_of(p)) is not None and row.compares]
    return tuple(compile_tree(nodes.add(part.args[0], nodes.negate(part.args[1]))) for part in parts)


def candidates(shapes: Mapping[str, Shape], marks: Sequence[float], seed: int) -> Iterator[dict[str, Array]]:
    """Points with entries beside landmarks, halfway between them, far away, and of every size."""
    generator = np.random.default_rng(seed)
    ordered = np.asarray(marks)
    halfway = (ordered[1:] + ordered[:-1]) / 2 if len(ordered) > 1 else ordered
    entries = sum(int(np.prod(shape)) for shape in shapes.values())
    for _ in range(min(DRAWS, ENTRIES // max(entries, 1))):
        yield {name: _entries(shape, ordered, halfway, generator) for name, shape in shapes.items()}


def _entries(shape: Shape, marks: Array, halfway: Array, generator: np.random.Generator) -> Array:
    size = generator.choice([-1.0, 1.0], shape) * np.round(10 ** generator.uniform(-1, 1, shape), 1)
    far = size * 10.0 ** generator.integers(0, 9, shape)
    beside = generator.choice(marks, shape) + generator.choice([-2.0, -1.0, -0.5, -0.125, 0.125, 0.5, 1.0, 2.0], shape)
    scaled = generator.choice(marks, shape) * generator.choice([0.5, 0.9, 1.1, 2.0, -1.0, -2.0], shape)
    kind = generator.integers(0, 6, shape)
    drawn = np.select(
        [kind == 0, kind == 1, kind == 2, kind == 3, kind == 4],
        [generator.choice(halfway, shape), beside, scaled, far, np.round(generator.normal(size=shape) * 8) / 4],
        size,
    )
    return np.asarray(drawn, dtype=np.float64)
