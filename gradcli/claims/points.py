"""Is a claimed derivative right? The truth at many points, enclosed, against the claim's own value there.

The truth is the chain rule in balls: it shares nothing with sympy's derivative, which tries to prove the claim, nor
with autograd, which is asked at one point of each size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import sympy

from gradcli.base.errors import LimitError
from gradcli.claims.branches import Regions, branched, candidates, landmarks
from gradcli.claims.comparison import Gap, compare
from gradcli.claims.point import Point, conditions_hold, status
from gradcli.claims.sampling import draw_points
from gradcli.claims.statement import Statement
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import size
from gradcli.reference.enclosures import Rules
from gradcli.reference.problem import Problem
from gradcli.reference.truth import Status
from gradcli.reference.work import BITS, RECORDED, WORK, Budget, Work

TRIES = 150  # points drawn of each sort, of which some lie outside of the domain
MORE_POINTS, MORE_TRIES = 24, 60  # in regions that the drawn points have not seen
LEAST = 3  # points of the dearest function; of others as many as are wanted, in the work of one point of that
CLEAR = 1e-3  # relative: what nobody takes for rounding


class Points:
    """Draws points for one statement and finds the truth there. Errors: LimitError where a point costs too much."""

    def __init__(self, statement: Statement, seed: int, budget: Budget | None = None) -> None:
        self.statement, self.seed = statement, seed
        self.budget = budget or Budget()
        self.program = compile_tree(statement.function.tree)
        inputs = {**statement.shapes, **{name: value.shape for name, value in statement.given.items()}}
        self.shapes = shapes_of(self.program, inputs)
        self.conditions = [compile_tree(condition.tree) for condition in statement.where]
        self.constrained = {s.name for condition in statement.where for s in condition.tree.free_symbols}
        self.order = {"hessian": 2}.get(statement.kind, 1)
        self.kinks: list[Point] = []
        self.untold = 0  # points at which the function or its derivative could not be enclosed
        self.unable = ""  # why the function could not be computed at a point
        rows = size(statement.expected) // size(statement.shape_of(statement.wrt[-1])) if statement.wrt else 1
        self.sweeps = max(rows, 1) * RECORDED ** (self.order - 1)
        self.work = self.sweeps * Work.of(Problem(self.program, self.shapes, {})).units(BITS[0])
        if self.work > WORK:
            raise LimitError(
                f"a point of a claim takes at most {WORK:,} scalar operations; here are {round(self.work):,}",
                kind="unchecked",
            )

    def affordable(self, count: int) -> int:
        """So many points, or as many as their work allows."""
        return min(count, max(LEAST, int(WORK / max(self.work, 1))))

    def drawn(self, round_: int, irregular: int) -> Iterator[Point]:
        """Points with a number, inside the domain; kinks that were met are kept aside."""
        found: list[Point] = []
        statement = self.statement

        def usable(values: Mapping[str, Array]) -> bool:
            point = self.at(values)
            if point is None:
                return False
            (self.kinks if point.kink else found).append(point)
            return not point.kink

        drawn = draw_points(
            statement.free,
            usable,
            seed=self.seed,
            round_=self.affordable(round_),
            irregular=self.affordable(irregular),
            tries=TRIES,
            constrained=self.constrained,
            landmarks=self.landmarks,
        )
        regions = Regions([statement.function.tree, statement.claim.tree], statement.given)
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
        most = self.affordable(MORE_POINTS)
        for values in candidates(self.statement.free, self.landmarks, self.seed):
            new = regions.of(values) - seen
            if not new:
                continue
            tries += 1
            point = self.at(values)
            if point is not None and not point.kink:
                points += 1
                seen |= new
                yield point
            if points == most or tries == MORE_TRIES:
                return

    def at(self, values: Mapping[str, Array]) -> Point | None:
        """The truth at a point, or that it is a kink; None outside of the domain, where the derivative is infinite,
        and where it cannot be told. Errors: LimitError when time is up.
        """
        everything = {**self.statement.given, **values}
        active = frozenset(self.statement.wrt) if self.statement.kind != "value" else frozenset()
        problem = Problem(self.program, self.shapes, everything, None, active, ideal=True)
        try:
            if not self.allowed(everything):
                return None
            reference = Rules(problem, self.order)
            return self.told(Point(self.statement, everything, reference, self.sweeps, self.budget))
        except LimitError as limit:
            self.unable = limit.message
            return None

    def allowed(self, values: Mapping[str, Array]) -> bool:
        """Do the user's conditions certainly hold?"""
        return conditions_hold(self.conditions, values)

    def told(self, point: Point) -> Point | None:
        """The point where all numbers are enclosed, or where it is certainly a kink."""
        for bits in point.levels():
            value = status(point.value(bits))
            slopes = status(point.truth(bits)) if value is Status.ENCLOSED else value
            if slopes is Status.ENCLOSED:
                return point
            if slopes is Status.UNDEFINED:
                return replace(point, kink=True) if value is Status.ENCLOSED else None
        self.untold += 1
        return None


@dataclass(slots=True)
class Sample:
    """What the points of one claim have shown, over all sizes.

    holes:  points at which the claim alone has no value
    kinks:  points at which the function has no derivative
    valueless: sizes at which the claim has no value anywhere
    limit:  why not all points were tried
    unable: why the function could not be computed at a point
    untold: points left out as nothing could be told there with all bits
    error:  the largest relative distance of a component, at most; within: the largest of one that is 0, at most
    """

    statements: list[Statement] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    holes: list[Point] = field(default_factory=list)
    kinks: list[Point] = field(default_factory=list)
    valueless: list[Statement] = field(default_factory=list)
    limit: str = ""
    unable: str = ""
    untold: int = 0
    error: float = 0.0
    within: float = 0.0

    @property
    def certain(self) -> Gap | None:
        """The gap that is shown: where a claim has a value and is clearly wrong, at a round point, of few entries."""
        return min(self.gaps, key=_order, default=None)

    @property
    def mismatched(self) -> list[Statement]:
        """Statements whose claim has another shape than the derivative, or none."""
        return [s for s in self.statements if s.claimed != s.expected]

    @property
    def tried(self) -> list[Statement]:
        """Statements that have points."""
        return [s for s in self.statements if any(point.statement is s for point in self.points)]

    @property
    def worst(self) -> float:
        return max((g.error for g in self.gaps), default=0.0)


def _order(gap: Gap) -> tuple[bool, bool, bool, int]:
    point = gap.point
    return gap.undefined, gap.error <= CLEAR, not point.round, sum(v.size for v in point.values.values())


def try_claim(
    statements: Sequence[Statement],
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
    budget = Budget()
    for k, statement in enumerate(statements):
        counts = (round_, irregular) if k == 0 else (round_ // 2, irregular // 2)
        try:
            points = Points(statement, seed + k, budget)
        except LimitError as limit:
            sample.unable = limit.message
            continue
        try:
            for point in points.drawn(*counts):
                _compare(point, points, sample)
        except LimitError as limit:
            sample.limit = limit.message
            break
        finally:
            sample.kinks += points.kinks
            sample.untold += points.untold
            sample.unable = points.unable or sample.unable
    _leave_out_valueless(sample)
    return sample


def _leave_out_valueless(sample: Sample) -> None:
    """Sizes at which the claim has no value at all, such as an inverse of what is singular for n < m, if it has values
    at others."""
    wrong = {id(gap.point) for gap in sample.gaps if gap.undefined}
    sample.valueless = [s for s in sample.tried if all(id(p) in wrong for p in sample.points if p.statement is s)]
    if 0 < len(sample.valueless) < len(sample.tried):
        out = {id(statement) for statement in sample.valueless}
        sample.points = [point for point in sample.points if id(point.statement) not in out]
        sample.gaps = [gap for gap in sample.gaps if id(gap.point.statement) not in out]
    else:
        sample.valueless = []


def _compare(point: Point, points: Points, sample: Sample) -> None:
    """The point and its gap, or its hole; only what was compared counts. Errors: LimitError when time is up."""
    statement = point.statement
    if statement.claimed == statement.expected:
        program = compile_tree(statement.claim.tree)
        found = compare(point, program)
        if found.untold:
            sample.untold += 1
            return
        if found.gap is not None and found.gap.undefined and isolated_hole(point, points, program):
            sample.holes.append(point)
        elif found.gap is not None:
            sample.gaps.append(found.gap)
        sample.error, sample.within = max(sample.error, found.error), max(sample.within, found.within)
    sample.points.append(point)


def isolated_hole(point: Point, points: Points, program: Program) -> bool:
    """Has the claim no value here, but the right one just beside it? Then the point is an exception, no refutation."""
    free = points.statement.free
    right = 0
    for turn in range(3 if free else 0):
        generator = np.random.default_rng(turn)
        near = points.at({n: point.values[n] + 1e-3 * generator.standard_normal(free[n]) for n in free})
        if near is not None and not near.kink:
            found = compare(near, program)
            if found.gap is not None:
                return False
            right += found.holds
    return right > 0
