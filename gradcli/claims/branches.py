"""Points in every region that conditions and kinks make: of a function, of a claim, and of both together; and at the
boundaries of the regions.

A region is told by signs: of ``a - b`` for a condition ``a < b``, of ``x`` for ``relu(x)``, as the rows' kinks have it.
Points are drawn cheaply until one lies in a region that none has seen yet, and only such a point is worth the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, islice, pairwise
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import GradcliError
from gradcli.language import nodes
from gradcli.language.nodes import Tree, arguments_of, row_of
from gradcli.language.parse import parse_condition
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import UntoldError
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.program import Program, compile_all, compile_tree, run, values_of_steps
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.meaning.series.series import sign
from gradcli.operations.row import Op
from gradcli.operations.table import OPS
from gradcli.reference.kinks import ARGUMENT_NAMES

BITS = 128  # what cannot be told with so many is no region that is looked for
ORDERS = {"<", "<=", ">", ">="}
UNTOLD = 2  # in the place of a sign, beside -1, 0 and 1, where it cannot be told
MOST_COMPARED = 4  # operands of a maximum that are compared two by two, in six pairs
MAX_LANDMARKS, FARTHEST = 16, 1e15  # numbers of conditions, and their size: a float beside a larger one is itself
HALVINGS = 40  # of the way between two points: what is wider than a 1e-12th of it is seen, and far above rounding
BOUNDARIES, CROSSINGS = 12, 3  # places that are looked for: of all conditions, and of one

Values = Mapping[str, Array]
Region = frozenset[tuple[int, ...]]
Part = tuple[Op, tuple[Tree | None, ...]]  # an operation and its arguments


def branched(*trees: Tree) -> dict[Tree, Op]:
    """The parts of trees that have branches: conditions, and what has kinks that are no edge of its domain."""
    rows = {part: row for tree in trees for part in sympy.preorder_traversal(tree) if (row := row_of(part)) is not None}
    return {p: row for p, row in rows.items() if row.boolean or row.kinked or (row.kinks and not row.domain)}


def _edged(tree: Tree) -> Iterator[Part]:
    """Operations whose domain ends at numbers, as that of log, and lacks none inside, as that of 1/x."""
    for part in sympy.preorder_traversal(tree):
        row = row_of(part)
        if isinstance(part, sympy.Pow) and part.args[1].is_Rational and not part.args[1].is_Integer:
            yield OPS["sqrt"], part.args[:1]
        elif row is not None and row.domain and {p.infix for p, _ in _comparisons(row.domain)} <= ORDERS:
            yield row, tuple(arguments_of(part, row)[0])


def plain(function: Tree, claim: Tree, sizes: Collection[str]) -> bool:
    """Has the claim certainly a value where the function has a derivative, and neither has branches?

    Every divisor of the claim, and every operation that is not defined everywhere, is one of the function's or an
    argument of one.
    """
    if branched(function, claim):
        return False
    known = _partial(function)
    arguments = {tree for part in known for tree in part.args}
    return all(part in known or part in arguments or str(part) in sizes for part in _partial(claim))


def _partial(tree: Tree) -> set[Tree]:
    """Divisors and radicands, factor by factor, and operations that are not smooth or not defined everywhere."""
    found: set[Tree] = set()
    for part in sympy.preorder_traversal(tree):
        row = row_of(part)
        if isinstance(part, sympy.Pow) and not (part.args[1].is_Integer and part.args[1] > 0):
            found |= set(_factors(part.args[0]))
        elif row is not None and (row.domain or row.kinks or row.kinked):
            found.add(part)
    return found


def _factors(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, sympy.Mul):
        for part in tree.args:
            yield from _factors(part)
    elif isinstance(tree, sympy.Pow) and tree.args[1].is_Rational:
        yield from _factors(tree.args[0])
    elif not (tree.is_number and tree.is_positive):
        yield tree


def landmarks(trees: Sequence[Tree], conditions: Sequence[Tree]) -> tuple[float, ...]:
    """The numbers in conditions and in what has kinks, and 0; none where the trees have no branches and the conditions
    that a user asks for no number but 0."""
    parts = branched(*trees, *conditions)
    told = [row.kinks for row in parts.values() if row.kinks]  # relu6 has a kink at 6
    known = [parse_condition(kinks, bound=ARGUMENT_NAMES).tree for kinks in dict.fromkeys(told)]
    numbers = {float(n) for part in (*parts, *known) for n in part.atoms(sympy.Number) if n.is_finite} | {0.0}
    near = sorted((n for n in numbers if abs(n) < FARTHEST), key=abs)
    return tuple(sorted(near[:MAX_LANDMARKS])) if branched(*trees) or len(numbers) > 1 else ()


class Regions:
    """The regions of a function and a claim over the same variables.

    edges: operations of the claim whose domain ends where that of none in the function does
    """

    def __init__(self, function: Tree, claim: Tree, given: Values) -> None:
        self.given, self.arithmetic = given, Balls(ideal=True)
        parts = branched(claim, function)
        self.branches: list[Part] = [(row, tuple(arguments_of(part, row)[0])) for part, row in parts.items()]
        known = {arguments for _, arguments in _edged(function)}
        self.edges = [(row, arguments) for row, arguments in dict.fromkeys(_edged(claim)) if arguments not in known]
        trees = dict.fromkeys(t for _, args in (*self.branches, *self.edges) for t in args if t is not None)
        self.program, outputs = compile_all([*trees])
        self.at = dict(zip(trees, outputs, strict=True))

    def of(self, values: Values) -> Region:
        """The regions that a point's entries certainly lie in; none where what the branches hang on has no value."""
        signs = self._signs(values, self.branches)
        try:
            columns = np.broadcast_arrays(*signs)
            found = set(zip(*(column.ravel() for column in columns), strict=True))
        except ValueError:
            found = {(k, side) for k, array in enumerate(signs) for side in array.ravel()}
        return frozenset(region for region in found if UNTOLD not in region)

    def boundaries(self, points: Sequence[Values]) -> Iterator[Values]:
        """Points on boundaries that lie between the given points, and on either side close by: a region may be too
        narrow to be met by chance, its boundary is not."""
        parts = (*self.branches, *self.edges)
        found = (crossing for part in parts for crossing in islice(self._crossings(part, points), CROSSINGS))
        for crossing in islice(found, BOUNDARIES):
            yield from crossing

    def _crossings(self, part: Part, points: Sequence[Values]) -> Iterator[list[Values]]:
        ordered = sorted(points, key=lambda values: [value.tolist() for value in values.values()])
        told = [(values, column) for values in ordered if (column := self._column(values, part))]
        for entry in range(len(told[0][1]) if told else 0):
            known = [(values, column[entry]) for values, column in told if abs(column[entry]) == 1]
            for (a, side), (b, other) in pairwise(known):
                if side != other:
                    yield self._between(a, b, lambda values: self._column(values, part)[entry])  # noqa: B023 - used now

    def _column(self, values: Values, part: Part) -> list[int]:
        """All signs that a part hangs on; none where it has no value."""
        return [side for array in self._signs(values, [part]) for side in array.ravel()]

    def _between(self, a: Values, b: Values, side: Callable[[Values], int]) -> list[Values]:
        """The boundary between two points on different sides, and the nearest points that were found beside it."""
        first = side(a)
        for _ in range(HALVINGS):
            middle = _part_of_the_way(a, b, 0.5)
            here = side(middle)
            if here == 0:
                return [middle, *(_part_of_the_way(middle, end, 0.5**HALVINGS) for end in (a, b))]
            a, b = (middle, b) if here == first else (a, middle)
        return [a, b]

    def _signs(self, values: Values, parts: Sequence[Part]) -> list[Array]:
        """The signs that change where the parts take another branch; none where these have no value."""
        with precision(BITS):
            point = {name: self.arithmetic.exact(value) for name, value in {**self.given, **values}.items()}
            try:
                steps = values_of_steps(self.program, self.arithmetic, point)
                return [mapped(_sign, switch) for part in parts for switch in self._switches(part, steps)]
            except (GradcliError, ValueError):
                return []

    def _switches(self, part: Part, steps: Sequence[Array]) -> Iterator[Array]:
        row, trees = part
        arguments = [None if tree is None else steps[self.at[tree]] for tree in trees]
        if row.compares:
            a, b = arguments
            yield as_array(as_array(a) - as_array(b))
        elif row.kinks or row.domain:
            values = {p.name: v for p, v in zip(row.tensors, arguments, strict=True) if v is not None}
            for _, difference in _comparisons(row.domain or row.kinks):
                if all(name in values for name in difference.names):
                    yield as_array(run(difference, self.arithmetic, values))
        elif row.kinked:  # the largest of several, where they change places
            arrays = [as_array(argument) for argument in arguments if argument is not None]
            yield from (as_array(a - b) for a, b in combinations(arrays[:MOST_COMPARED], 2))


def _part_of_the_way(a: Values, b: Values, part: float) -> Values:
    return {name: np.asarray(a[name] + (b[name] - a[name]) * part + 0.0) for name in a}  # -0.0 + 0.0 is 0.0


def _sign(number: Any) -> int:  # Any: a Scalar
    """-1, 0 or 1; UNTOLD where balls cannot tell it."""
    try:
        return sign(number)
    except UntoldError:
        return UNTOLD


@cache
def _comparisons(condition: str) -> tuple[tuple[Op, Program], ...]:
    """Each comparison of x with y in a row's condition, and ``x - y``."""
    tree = parse_condition(condition, bound=ARGUMENT_NAMES).tree
    parts = [(p, row) for p in sympy.preorder_traversal(tree) if (row := row_of(p)) is not None and row.compares]
    return tuple((row, compile_tree(nodes.add(p.args[0], nodes.negate(p.args[1])))) for p, row in parts)
