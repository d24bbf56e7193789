"""Is a claimed derivative right? The truth at many points, in high precision, against the claim's own value there.

The truth is a difference quotient of the function with a hundred digits: it shares nothing with sympy's derivative,
which tries to prove the claim, nor with autograd, which is asked at one point of each size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import LimitError
from gradcli.claims.branches import Regions, branched, candidates, landmarks
from gradcli.claims.sampling import draw_points
from gradcli.claims.statement import Statement
from gradcli.meaning.program import Deadline, Program, compile_tree, run
from gradcli.meaning.scalars import Array, Scalar, as_array
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import size
from gradcli.reference.agreement import SHRINKS, ZERO
from gradcli.reference.differences import REFINEMENTS, Differences
from gradcli.reference.problem import Entry, Place, Problem, Variable

TOLERANCE = 1e-28  # relative, of a component; the truth has some 35 digits
KINK_TOLERANCE = 1e-8  # the same where one-sided quotients have to meet: they may do so slowly
NOTHING = 1e-60  # what may be left of a zero in which numbers cancel
TRIES = 150
MORE_POINTS, MORE_TRIES = 24, 60  # in regions that the drawn points have not seen


@dataclass(frozen=True, slots=True)
class Point:
    """The truth at one point: numbers, or one-sided derivatives at a kink.

    values: all names; true: numbers of some 35 digits, of the derivative's shape; None at a kink
    sides:  at a kink the derivative from the left and from the right, where there is one entry alone
    tolerance: relative, of a component; careful: entries of 0 have been computed with more digits
    """

    statement: Statement
    values: Mapping[str, Array]
    reference: Differences
    true: Array | None
    sides: tuple[Scalar | None, Scalar | None] | None = None
    round: bool = True
    tolerance: float = TOLERANCE
    careful: bool = False

    def evaluate(self, program: Program) -> Array | None:
        """Another expression at this point, in the truth's precision; None where that cannot be computed."""
        try:
            found: Array = run(
                program, self.reference.arithmetic, self.reference.point, deadline=self.reference.deadline
            )
            return self.cleaned(program, found)
        except LimitError as limit:
            if limit.kind == "time":
                raise
            return None

    def cleaned(self, program: Program, found: Array) -> Array:
        """Zero where the truth is zero, and the value found shrinks with more digits."""
        if self.true is None or found.shape != self.true.shape:
            return found
        unsure = (self.true == 0) & (found != 0) & (abs(found) < NOTHING)
        if not np.any(unsure):
            return found
        first, second = (
            as_array(run(program, refinement.arithmetic, refinement.point, deadline=refinement.deadline))
            for refinement in self.reference.refinements(0)
        )
        return as_array(np.where(unsure & (abs(second) <= abs(first) * SHRINKS), found * 0, found))

    def component(self, place: Place) -> Entry:
        """A place in the derivative as one in the output and one in each variable."""
        ranks = [len(self.statement.shape_of(name)) for name in self.statement.wrt]
        at = len(place) - sum(ranks)
        variables: list[Variable] = []
        for name, rank in zip(self.statement.wrt, ranks, strict=True):
            variables.append((name, place[at : at + rank]))
            at += rank
        return place[: len(place) - sum(ranks)], tuple(variables)

    def lost(self, place: Place) -> Scalar:
        """How large a derivative may be that is 0 here."""
        blind = self.reference.blind(self.component(place)[1])
        return min(blind, ZERO) if self.careful else blind

    @property
    def scale(self) -> Scalar:
        return max((abs(t) for t in self.truth.ravel()), default=self.reference.arithmetic.context.zero)

    @property
    def truth(self) -> Array:
        assert self.true is not None
        return self.true


class Points:
    """Draws points for one statement and finds the truth there."""

    def __init__(self, statement: Statement, deadline: Deadline[Any], seed: int) -> None:
        self.statement, self.deadline, self.seed = statement, deadline, seed
        self.program = compile_tree(statement.function.tree)
        inputs = {**statement.shapes, **{name: value.shape for name, value in statement.given.items()}}
        self.shapes = shapes_of(self.program, inputs)
        self.output = self.shapes[-1]
        self.conditions = [compile_tree(condition.tree) for condition in statement.where]
        self.constrained = {s.name for condition in statement.where for s in condition.tree.free_symbols}
        self.order = {"hessian": 2}.get(statement.kind, 1)
        self.kinks: list[Point] = []
        self.first = True  # no point so far
        self.unable = ""  # why the function could not be computed at a point

    def drawn(self, round_: int, irregular: int) -> Iterator[Point]:
        """Points with a number, inside the domain; kinks that were met are kept aside."""
        found: list[Point] = []
        statement = self.statement

        def usable(values: Mapping[str, Array]) -> bool:
            point = self.at(values)
            if point is None:
                return False
            (self.kinks if point.true is None else found).append(point)
            return point.true is not None

        drawn = draw_points(
            statement.free,
            usable,
            seed=self.seed,
            round_=round_,
            irregular=irregular,
            tries=TRIES,
            constrained=self.constrained,
            landmarks=self.landmarks,
        )
        regions = Regions([self.program, compile_tree(statement.claim.tree)], statement.given, self.deadline)
        seen: set[tuple[int, ...]] = set()
        for draw in drawn:
            if self.branched:
                seen |= regions.of(draw.values)
            yield replace(found[-1], round=draw.round)
        if self.branched and statement.free:
            yield from self.elsewhere(regions, seen)

    @cached_property
    def branched(self) -> bool:
        return bool(branched(self.statement.function.tree, self.statement.claim.tree))

    @cached_property
    def landmarks(self) -> tuple[float, ...]:
        """Numbers that branches and the user's conditions hold; with branches 0 as well."""
        statement = self.statement
        conditions = [condition.tree for condition in statement.where]
        if self.branched:
            return landmarks(statement.function.tree, statement.claim.tree, *conditions)
        numbers = any(tree.atoms(sympy.Number) - {0} for tree in conditions)
        return landmarks(*conditions) if numbers else ()

    def elsewhere(self, regions: Regions, seen: set[tuple[int, ...]]) -> Iterator[Point]:
        """Points in regions of the function's and the claim's branches that were not seen."""
        tries = points = 0
        for values in candidates(self.statement.free, self.landmarks, self.seed):
            new = regions.of(values) - seen
            if not new:
                continue
            tries += 1
            point = self.at(values)
            if point is not None and point.true is not None:
                points += 1
                seen |= new
                yield point
            if points == MORE_POINTS or tries == MORE_TRIES:
                return

    def at(self, values: Mapping[str, Array]) -> Point | None:
        """The truth at a point; None outside of the domain, or where the derivative is infinite or jumps."""
        everything = {**self.statement.given, **values}
        active = frozenset(self.statement.wrt) if self.statement.kind != "value" else frozenset()
        problem = Problem(self.program, self.shapes, everything, None, active, ideal=True)
        try:
            reference = Differences(problem, self.order, self.deadline)
            if not self.allowed(reference) or not _all_finite(reference, reference.value):
                return None
            found = self.truth(reference, everything, careful=self.first)
            if found is None and not self.statement.free:
                found = self.truth(reference, everything, level=len(REFINEMENTS) - 1)
            self.first = self.first and found is None
            return found
        except LimitError as limit:
            if limit.kind == "time":
                raise
            self.unable = limit.message
            return None

    def allowed(self, reference: Differences) -> bool:
        """Do the user's conditions hold?"""
        return all(
            bool(np.all(run(condition, reference.arithmetic, reference.point, deadline=self.deadline)))
            for condition in self.conditions
        )

    def truth(
        self, reference: Differences, values: Mapping[str, Array], *, careful: bool = False, level: int | None = None
    ) -> Point | None:
        """The truth at a point; None where the derivative is not finite.

        careful: what is 0 is computed again; level: of the digits, if not the usual ones
        """
        statement = self.statement
        wide, reference = reference, reference if level is None else reference.refinements(level)[1]
        if statement.kind == "value":
            return Point(statement, values, reference, reference.value)
        if not reference.smooth:
            return self.at_kink(reference, values)
        true = np.empty(statement.expected, dtype=object)
        rank = len(self.output)
        for place, variables in self.entries():
            close = wide.close(variables, [level]) if level is not None else None
            found = reference.two_sided(variables, careful=careful) if close is None else close
            for output in np.ndindex(found.shape):
                true[output[:rank] + place] = found[output]
        return Point(statement, values, reference, true, careful=careful) if _all_finite(reference, true) else None

    def entries(self) -> Iterator[Entry]:
        """Each entry of the variables: where it stands in the derivative, and what is moved."""
        ranges = [[(name, place) for place in np.ndindex(self.statement.shape_of(name))] for name in self.statement.wrt]
        for variables in product(*ranges):
            yield tuple(i for _, place in variables for i in place), variables

    def at_kink(self, reference: Differences, values: Mapping[str, Array]) -> Point | None:
        """Numbers where the kink does no harm; else one-sided derivatives, where there is a single entry."""
        statement = self.statement
        only = size(statement.expected) == 1
        if not only and statement.free:  # there are other points
            return Point(statement, values, reference, None)
        true = np.empty(statement.expected, dtype=object)
        rank = len(self.output)
        for place, variables in self.entries():
            for output in np.ndindex(self.output):
                found = reference.truth((output, variables))
                if found.value is None:
                    sides = (found.left, found.right) if only and self.order == 1 else None
                    return Point(statement, values, reference, None, sides)
                true[output[:rank] + place] = found.value
        if not _all_finite(reference, true):
            return None
        return Point(statement, values, reference, true, tolerance=KINK_TOLERANCE)


def _all_finite(reference: Differences, array: Array) -> bool:
    return all(reference.arithmetic.context.isfinite(x) for x in as_array(array).ravel())


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a claim and the truth differ most at one point: the component, both numbers, the relative error."""

    point: Point
    place: Place
    claimed: Scalar
    true: Scalar
    error: float

    @property
    def undefined(self) -> bool:
        return bool(self.claimed != self.claimed)


def gap(point: Point, claimed: Array | None) -> Gap | None:
    """The worst component; None where all agree. A claim without a value there has nan."""
    nan = point.reference.arithmetic.nan
    array = np.full(point.truth.shape, nan, dtype=object) if claimed is None else as_array(claimed)
    if array.shape != point.truth.shape:
        raise ValueError(f"shapes {array.shape} and {point.truth.shape}")
    worst: Gap | None = None
    for place in np.ndindex(array.shape):
        error = relative_error(array[place], point.truth[place], point.scale)
        if error > point.tolerance and (worst is None or error > worst.error):
            if point.truth[place] == 0 and abs(array[place]) <= min(point.lost(place), NOTHING):
                continue
            worst = Gap(point, place, array[place], point.truth[place], error)
    return worst


def relative_error(claimed: Scalar, true: Scalar, scale: Scalar) -> float:
    """``|claimed - true|/|true|``, relative to the largest component where the true one is 0.

    Infinite where either is no number.
    """
    if claimed == true:
        return 0.0
    difference = abs(claimed - true)
    if difference != difference or difference > 1e300 * max(abs(true), 1):
        return float("inf")
    return float(difference / (abs(true) or scale or difference))


@dataclass(slots=True)
class Sample:
    """What the points of one claim have shown, over all sizes."""

    statements: list[Statement] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    holes: list[Point] = field(default_factory=list)  # points at which the claim alone has no value
    kinks: list[Point] = field(default_factory=list)
    limit: str = ""
    certain: Gap | None = None  # the gap at the roundest point that was confirmed
    unable: str = ""  # why the function could not be computed at a point
    untold: int = 0  # points left out as all digits were lost there

    @property
    def mismatched(self) -> list[Statement]:
        """Statements whose claim has another shape than the derivative, or none."""
        return [s for s in self.statements if s.claimed != s.expected]

    @property
    def worst(self) -> float:
        return max((g.error for g in self.gaps), default=0.0)


def try_claim(
    statements: Sequence[Statement],
    deadline: Deadline[Any],
    seed: int,
    *,
    round_: int = 10,
    irregular: int = 6,
    into: Sample | None = None,
) -> Sample:
    """The claim against the truth at round and irregular points, all at the first sizes and fewer at the others.

    into: what is filled, where an alarm may ring before the end
    """
    sample = Sample(list(statements)) if into is None else into
    for k, statement in enumerate(statements):
        points = Points(statement, deadline, seed + k)
        counts = (round_, irregular) if k == 0 else (round_ // 2, irregular // 2)
        try:
            for point in points.drawn(*counts):
                _compare(point, points, sample)
        except LimitError as limit:
            sample.limit = limit.message
            break
        finally:
            sample.kinks += points.kinks
            sample.unable = points.unable or sample.unable
    return sample


def _compare(point: Point, points: Points, sample: Sample) -> None:
    """The point and its gap, or its hole; only what was compared counts. Errors: LimitError, where time is up."""
    statement = point.statement
    if statement.claimed == statement.expected:
        program = compile_tree(statement.claim.tree)
        claimed = point.evaluate(program)
        if claimed is None:
            sample.untold += 1
            return
        found = gap(point, claimed)
        if found is not None and found.undefined and isolated_hole(point, points, program):
            sample.holes.append(point)
        elif found is not None:
            sample.gaps.append(found)
    sample.points.append(point)


def isolated_hole(point: Point, points: Points, program: Program) -> bool:
    """Has the claim no value here, but the right one just beside it? Then the point is an exception, no refutation."""
    free = points.statement.free
    if not free:
        return False
    right = 0
    for turn in range(3):
        generator = np.random.default_rng(turn)
        beside = {n: point.values[n] + 1e-3 * generator.standard_normal(free[n]) for n in free}
        near = points.at(beside)
        if near is not None and near.true is not None:
            found = gap(near, near.evaluate(program))
            if found is not None:
                return False
            right += 1
    return right > 0
