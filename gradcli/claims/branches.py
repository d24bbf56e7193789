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

from gradcli.base.errors import GradcliError
from gradcli.language import nodes
from gradcli.language.nodes import Tree, arguments_of, row_of
from gradcli.language.parse import parse_condition
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.program import Program, compile_all, compile_tree, run, values_of_steps
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape
from gradcli.reference.kinks import ARGUMENT_NAMES

BITS = 128  # what cannot be told with so many is no region that is looked for
UNTOLD = 2  # beside the signs -1, 0 and 1
DRAWS, ENTRIES = 400, 2_000  # points that are drawn, and entries of all of them
MOST_COMPARED = 4  # operands of a maximum that are compared two by two
MAX_LANDMARKS, FARTHEST = 16, 1e15  # numbers of conditions, and their size: a float beside a larger one is itself

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
    """The regions of some trees over the same variables."""

    def __init__(self, trees: Sequence[Tree], given: Mapping[str, Array]) -> None:
        self.given, self.arithmetic = given, Balls(ideal=True)
        self.parts = [(row, arguments_of(part, row)[0]) for part in branched(*trees) if (row := row_of(part))]
        arguments = dict.fromkeys(tree for _, given in self.parts for tree in given if tree is not None)
        self.program, outputs = compile_all([*arguments])
        self.at = dict(zip(arguments, outputs, strict=True))

    def of(self, values: Mapping[str, Array]) -> Region:
        """The regions that a point's entries certainly lie in; none where what the branches hang on has no value.

        Errors: LimitError when the time is up.
        """
        with precision(BITS):
            point = {name: self.arithmetic.exact(value) for name, value in {**self.given, **values}.items()}
            try:
                signs = self._signs(point)
            except (GradcliError, ValueError):
                return frozenset()
        try:
            columns = np.broadcast_arrays(*signs)
            found = set(zip(*(column.ravel().tolist() for column in columns), strict=True))
        except ValueError:
            found = {(k, int(sign)) for k, array in enumerate(signs) for sign in array.ravel()}
        return frozenset(region for region in found if UNTOLD not in region)

    def _signs(self, point: Mapping[str, Array]) -> list[Array]:
        found = values_of_steps(self.program, self.arithmetic, point)
        signs: list[Array] = []
        for row, arguments in self.parts:
            signs.extend(self._switches(row, [None if tree is None else found[self.at[tree]] for tree in arguments]))
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
    return as_array(np.vectorize(_sign_of, otypes=[int])(array))


def _sign_of(number: Any) -> int:  # Any: a Scalar
    """-1, 0 or 1; UNTOLD where balls cannot tell it."""
    if type(number) is not Ball:
        return UNTOLD
    if number.value.is_zero():
        return 0
    return 1 if number.value > 0 else -1 if number.value < 0 else UNTOLD


@cache
def _differences(kinks: str) -> tuple[Program, ...]:
    """``x - y`` for each comparison of x with y in a row's condition."""
    tree = parse_condition(kinks, bound=ARGUMENT_NAMES).tree
    parts = [p for p in sympy.preorder_traversal(tree) if (row := row_of(p)) is not None and row.compares]
    return tuple(compile_tree(nodes.add(part.args[0], nodes.negate(part.args[1]))) for part in parts)


def candidates(shapes: Mapping[str, Shape], marks: Sequence[float], seed: int) -> Iterator[dict[str, Array]]:
    """Points with entries beside landmarks, halfway between them, far away, and of every size; none twice."""
    generator = np.random.default_rng(seed)
    ordered = np.asarray(marks)
    halfway = (ordered[1:] + ordered[:-1]) / 2 if len(ordered) > 1 else ordered
    entries = sum(int(np.prod(shape)) for shape in shapes.values())
    count = min(DRAWS, ENTRIES // max(entries, 1))
    drawn = {name: _entries((count, *shape), ordered, halfway, generator) for name, shape in shapes.items()}
    seen: set[bytes] = set()
    for k in range(count):
        values = {name: np.asarray(array[k]) for name, array in drawn.items()}
        key = b"".join(value.tobytes() for value in values.values())
        if key not in seen:
            seen.add(key)
            yield values


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
