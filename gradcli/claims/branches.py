"""Points in every region that conditions and kinks make: of a function, of a claim, and of both together; and at the
boundaries of the regions.

A region is told by signs: of ``a - b`` for a condition ``a < b``, of ``x`` for ``relu(x)``, as the rows' kinks have it.
Points are drawn cheaply until one lies in a region that none has seen yet, and only such a point is worth the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, islice, pairwise
from math import nan, prod
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import GradcliError
from gradcli.base.precision import precision
from gradcli.language import nodes
from gradcli.language.nodes import Tree, arguments_of, row_of, subtrees
from gradcli.language.parse import parse_condition
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, UntoldError
from gradcli.meaning.program import Program, compile_all, compile_tree, run, values_of_steps
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.meaning.series.series import sign
from gradcli.operations.row import Op
from gradcli.operations.table import CONTENTS, OPS

BITS = 128  # what cannot be told with so many is no region that is looked for
ORDERS = {"<", "<=", ">", ">="}
POSITIVE = {"x > 0", "x >= 0"}  # domains of rows; where it ends, no such function has a derivative
UNTOLD = 2  # in the place of a sign, beside -1, 0 and 1, where it cannot be told
MOST_COMPARED = 4  # operands of a maximum that are compared two by two, in six pairs
MAX_LANDMARKS, FARTHEST = 16, 1e15  # numbers of conditions, and their size: a float beside a larger one is itself
DECIMALS = 9  # boundaries lie at round numbers more often than elsewhere
STEPS = 60  # of the search for a boundary; most take less than ten, and halving takes 40
CLOSE = 1e-12  # as a part of the way: what is wider is seen, and far above rounding
WAYS = (2.0**-10, 2.0**-20, 2.0**-40)  # parts of the way to a boundary, from far to near
TURNING = 24  # of what changes its sign in a function and a claim
BOUNDARIES, CROSSINGS = 12, 3  # places that are looked for: of all conditions, and of one

Values = Mapping[str, Array]
Region = frozenset[tuple[int, ...]]
Sides = Sequence[Array]  # -1, 0, 1 or UNTOLD, entry by entry, for each number that an operation's branch hangs on
Part = tuple[Op, tuple[Tree | None, ...]]  # an operation and its arguments


def branched(*trees: Tree) -> dict[Tree, Op]:
    """The parts of trees that have branches: conditions, and what has kinks that are no edge of its domain."""
    rows = {part: row for tree in trees for part in subtrees(tree) if (row := row_of(part)) is not None}
    return {p: row for p, row in rows.items() if row.boolean or row.kinked or (row.kinks and not row.domain)}


def _partial(tree: Tree) -> Iterator[Part]:
    """Operations that are not smooth, or not defined everywhere: a division by each factor, a root, those whose row has
    a domain or kinks."""
    for part in subtrees(tree):
        row = row_of(part)
        if isinstance(part, sympy.Pow) and part.args[1].is_Integer:
            yield from ((OPS["reciprocal"], (f,)) for f in _factors(part.args[0]) if part.args[1].is_negative)
        elif isinstance(part, sympy.Pow):
            yield (OPS["sqrt"], part.args[:1]) if part.args[1].is_Rational else (OPS["pow"], part.args)
        elif row is not None and (row.domain or row.kinks or row.kinked):
            yield row, tuple(arguments_of(part, row)[0])


def _factors(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, sympy.Mul):
        for part in tree.args:
            yield from _factors(part)
    elif isinstance(tree, sympy.Pow) and tree.args[1].is_Rational:
        yield from _factors(tree.args[0])
    elif not (tree.is_number and tree.is_positive):
        yield tree


def suspects(function: Tree, claim: Tree) -> list[Part]:
    """Where the claim may have no value although the function has a derivative: what is partial in it, and neither is
    in the function nor has a value wherever a logarithm or a root of the same argument there is differentiable."""
    known = set(_partial(function))
    positive = {arguments for row, arguments in known if row.domain in POSITIVE}
    return [
        part
        for part in dict.fromkeys(_partial(claim))
        if part not in known and not (part[0].domain in {*POSITIVE, "x != 0"} and part[1] in positive)
    ]


def turning(function: Tree, claim: Tree) -> list[Part]:
    """What a function that may rise or fall steeply is taken of: its sums and calls, where these change their signs,
    and where its domain ends."""
    parts = dict.fromkeys(part for tree in (claim, function) for part in sympy.preorder_traversal(tree))
    inside = dict.fromkeys(p for part in parts if _steep(part) for a in part.args for p in sympy.preorder_traversal(a))
    sums = [part for part in inside if isinstance(part, sympy.Add) or _numeric(part)]
    edges = [part for tree in (claim, function) for part in _partial(tree) if part[0].domain]
    return [*dict.fromkeys([*((OPS["abs"], (part,)) for part in sums), *edges])][:TURNING]


def _numeric(part: Tree) -> bool:
    """Is it a call that gives numbers?"""
    row = row_of(part)
    return row is not None and not row.boolean and not row.differentiates


def _steep(part: Tree) -> bool:
    """Is it neither linear in its operands nor a polynomial?"""
    if isinstance(part, sympy.Pow):
        return not (part.args[1].is_Integer and part.args[1].is_positive)
    row = row_of(part)
    return row is not None and _numeric(part) and not row.linear and not row.moves


def _ends(part: Part) -> bool:
    """Does the domain end at numbers, as that of log, and lack none inside, as that of 1/x?"""
    domain = part[0].domain
    return bool(domain) and {comparison.infix for comparison, _ in _comparisons(domain)} <= ORDERS


def landmarks(trees: Sequence[Tree], conditions: Sequence[Tree]) -> tuple[float, ...]:
    """The numbers in conditions and in what has kinks, and 0; none where the trees have no branches and the conditions
    that a user asks for no number but 0."""
    parts = branched(*trees, *conditions)
    told = dict.fromkeys(row.kinks for row in parts.values() if row.kinks)  # relu6 has a kink at 6
    known = map(_condition, told)
    leaves = {leaf for part in (*parts, *known) for leaf in subtrees(part) if leaf.is_Number}
    numbers = {float(leaf) for leaf in leaves if leaf.is_finite} | {0.0}
    near = sorted((n for n in numbers if abs(n) < FARTHEST), key=abs)
    return tuple(sorted(near[:MAX_LANDMARKS])) if branched(*trees) or len(numbers) > 1 else ()


class Signs:
    """Where numbers change their signs on which operations' branches hang: at the boundaries of regions."""

    def __init__(self, parts: Sequence[Part], given: Values) -> None:
        self.parts, self.given, self.arithmetic = parts, given, Balls(ideal=True)
        trees = dict.fromkeys(tree for _, arguments in parts for tree in arguments if tree is not None)
        self.program, outputs = compile_all([*trees])
        self.at = dict(zip(trees, outputs, strict=True))
        self._kept: dict[int, tuple[Values, list[Sides]]] = {}

    def boundaries(self, points: Sequence[Values]) -> Iterator[Values]:
        """Points on boundaries that lie between the given points, and on either side close by: a region may be too
        narrow to be met by chance, its boundary is not."""
        for _, _, places in self._crossings(points):
            yield from places

    def approaches(self, points: Sequence[Values]) -> Iterator[Values]:
        """Points on boundaries that lie between the given points, then some on the way to them, from either side."""
        crossings = [*self._crossings(points)]
        yield from (places[0] for _, _, places in crossings)
        for part in WAYS:
            yield from (_part_of_the_way(places[0], end, part) for *ends, places in crossings for end in ends)

    def _crossings(self, points: Sequence[Values]) -> Iterator[tuple[Values, Values, list[Values]]]:
        """Two points each on different sides, and what lies between them: a boundary, and points beside it."""
        ordered = sorted(points, key=lambda values: [value.tolist() for value in values.values()])
        found = (one for k in range(len(self.parts)) for one in islice(self._crossed(k, ordered), CROSSINGS))
        yield from islice(found, BOUNDARIES)

    def _crossed(self, k: int, ordered: Sequence[Values]) -> Iterator[tuple[Values, Values, list[Values]]]:
        told = [(values, _in_a_row(found)) for values in ordered if (found := self._sides(values)[k])]
        alone = Signs(self.parts[k : k + 1], self.given) if told and len(self.parts) > 1 else self
        for entry in range(len(told[0][1]) if told else 0):
            known = [(values, column[entry]) for values, column in told if abs(column[entry]) == 1]
            for (a, side), (b, other) in pairwise(known):
                if side != other:
                    yield a, b, self._between(a, b, lambda values: alone.number(values, entry))  # noqa: B023 - used now

    def _between(self, a: Values, b: Values, number: Callable[[Values], Any]) -> list[Values]:  # Any: a Scalar
        """The boundary between two points on different sides, and the nearest points that were found beside it."""
        sides = _bracket(a, b, number)
        for place in (_rounded(sides[0]), sides[0]):
            if _sign(number(place)) == 0:
                return [place, *(_part_of_the_way(place, end, CLOSE) for end in (a, b))]
        return [*sides]

    def number(self, values: Values, entry: int) -> Any:  # Any: a Scalar
        """What decides on which side of the first part an entry lies; None where it has no value."""
        found = self._numbers(values, self.parts[:1])
        row = [number for array in found[0] for number in array.ravel()] if found else []
        return row[entry] if entry < len(row) else None

    def _sides(self, values: Values) -> list[Sides]:
        """The signs for each part, kept with the point; none where they have no value."""
        if id(values) not in self._kept:
            found = self._numbers(values, self.parts)
            with precision(BITS):
                signs = [[mapped(_sign, array) for array in part] for part in found]
            self._kept[id(values)] = values, [*signs] or [()] * len(self.parts)
        return self._kept[id(values)][1]

    def _numbers(self, values: Values, parts: Sequence[Part]) -> list[list[Array]]:
        """The numbers that change their signs where each part takes another branch."""
        with precision(BITS):
            known = {**self.given, **values}
            point = {name: self.arithmetic.exact(known[name]) for name in self.program.names}
            try:
                steps = values_of_steps(self.program, self.arithmetic, point)
                return [list(self._switches(part, steps)) for part in parts]
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
            if len(arrays) > 1:
                yield from (as_array(a - b) for a, b in combinations(arrays[:MOST_COMPARED], 2))
            else:  # 0 where entries tie, or all are alike; and where all are 0, as in a norm
                entries, nothing = [*arrays[0].ravel()], self.arithmetic.scalar(0)
                ties = [apart * apart for apart in (a - b for a, b in combinations(entries[:MOST_COMPARED], 2))]
                yield as_array(prod(ties, start=self.arithmetic.scalar(1)))
                yield as_array(sum((entry * entry for entry in entries), nothing))


class Regions(Signs):
    """The regions of a function and a claim over the same variables.

    branches: operations of both that have several
    suspects: operations of the claim that may have no value where the function has a derivative
    """

    def __init__(self, function: Tree, claim: Tree, given: Values) -> None:
        parts = branched(claim, function)
        self.branches: list[Part] = [(row, tuple(arguments_of(part, row)[0])) for part, row in parts.items()]
        self.suspects = [part for part in suspects(function, claim) if part not in self.branches]
        super().__init__([*self.branches, *self.suspects], given)

    @property
    def divided(self) -> bool:
        """Are there regions side by side, as those of a condition are, and not only places such as the 0 of a norm?"""
        return any(row.compares or row.kinks or len(arguments) > 1 for row, arguments in self.branches)

    def of(self, values: Values) -> Region:
        """The regions that a point's entries certainly lie in; none where what the branches hang on has no value."""
        found = self._sides(values)[: len(self.branches)]
        return frozenset(region for region in _columns(found) if UNTOLD not in region)

    def sides(self, values: Values) -> Region:
        """On which sides of kinks and of edges, or on which of them, the entries of a point lie, as far as is told."""
        return _columns(self._sides(values))


def _columns(found: Sequence[Sides]) -> Region:
    """The signs of each entry."""
    arrays = [array for part in found for array in part]
    try:
        columns = arrays if len({array.shape for array in arrays}) < 2 else np.broadcast_arrays(*arrays)
        return frozenset(zip(*(column.ravel().tolist() for column in columns), strict=True))
    except ValueError:
        return frozenset((k, side) for k, array in enumerate(arrays) for side in array.ravel())


def _in_a_row(sides: Sides) -> list[int]:
    return [side for array in sides for side in array.ravel()]


def _bracket(a: Values, b: Values, number: Callable[[Values], Any]) -> tuple[Values, Values]:  # Any: a Scalar
    """Two points close together, on the sides of the given ones, or twice one on the boundary, by the secant: where the
    same end stays twice, its number is halved (Dowell and Jarratt 1971, the Illinois algorithm)."""
    first, enough = _sign(number(a)), CLOSE * _distance(a, b)
    start, end, stayed = _float(number(a)), _float(number(b)), 0
    for _ in range(STEPS):
        share = start / (start - end) if start * end < 0 else 0.5
        middle = _part_of_the_way(a, b, share)
        here = number(middle)
        if _sign(here) == 0:
            return middle, middle
        at_first = _sign(here) == first
        if abs(_float(here)) < CLOSE * min(abs(start), abs(end)):  # near enough to step over the boundary
            beside = _part_of_the_way(middle, b if at_first else a, CLOSE)
            if (_sign(number(beside)) == first) != at_first:
                return middle, beside
        if at_first:
            a, start, end = middle, _float(here), end / 2 if stayed == 1 else end
        else:
            b, end, start = middle, _float(here), start / 2 if stayed == -1 else start
        stayed = 1 if at_first else -1
        if _distance(a, b) <= enough:
            break
    return a, b


def _float(number: Any) -> float:  # Any: a Scalar, or None
    return float(number.value.mid()) if type(number) is Ball else nan


def _distance(a: Values, b: Values) -> float:
    return max((float(np.max(abs(b[name] - a[name]), initial=0.0)) for name in a), default=0.0)


def _secant(start: Any, end: Any) -> float:  # Any: Scalars, or None
    """Which share of the way to the end a straight line takes to 0."""
    if type(start) is not Ball or type(end) is not Ball:
        return 0.5
    share = float((start.value / (start.value - end.value)).mid())
    return share if 0 < share < 1 else 0.5


def _rounded(values: Values) -> Values:
    return {name: np.asarray(np.round(value, DECIMALS) + 0.0) for name, value in values.items()}


def _part_of_the_way(a: Values, b: Values, part: float) -> Values:
    return {name: np.asarray(a[name] + (b[name] - a[name]) * part + 0.0) for name in a}  # -0.0 + 0.0 is 0.0


def _sign(number: Any) -> int:  # Any: a Scalar
    """-1, 0 or 1; UNTOLD where balls cannot tell it, or where there is no number."""
    if number is None:
        return UNTOLD
    try:
        return sign(number)
    except UntoldError:
        return UNTOLD


@cache
def _condition(text: str) -> Tree:
    return parse_condition(text, bound=CONTENTS.operands).tree


@cache
def _comparisons(condition: str) -> tuple[tuple[Op, Program], ...]:
    """Each comparison of x with y in a row's condition, and ``x - y``."""
    parts = [(p, row) for p in subtrees(_condition(condition)) if (row := row_of(p)) is not None and row.compares]
    return tuple((row, compile_tree(nodes.add(p.args[0], nodes.negate(p.args[1])))) for p, row in parts)
