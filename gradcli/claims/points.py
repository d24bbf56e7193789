"""Is a claimed derivative right? The truth at many points, enclosed, against the claim's own value there.

The truth is the chain rule in balls: it shares nothing with sympy's derivative, which tries to prove the claim, nor
with autograd, which is asked at one point of each size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np
import sympy

from gradcli.base.errors import LimitError
from gradcli.claims.branches import Regions, Values, branched, landmarks
from gradcli.claims.comparison import Gap, compare
from gradcli.claims.point import Point, conditions_hold, status
from gradcli.claims.sampling import Drawn, Sampler
from gradcli.claims.statement import Statement
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import size
from gradcli.reference.enclosures import Rules
from gradcli.reference.problem import Problem
from gradcli.reference.truth import Status
from gradcli.reference.work import BITS, RECORDED, WORK, Budget, Work

TRIES = 150  # points drawn of each sort, of which some lie outside of the domain
MORE_POINTS, MORE_TRIES = 24, 60  # in regions that the drawn points have not seen
VISITED = 60  # points, in the order drawn, between which boundaries are looked for: each pair takes HALVINGS steps
LEAST = 3  # points of the dearest function; of others as many as are wanted, in the work of one point of that
BESIDE, NEAREST = 64, 1e-30  # units of rounding from a hole, and how far from one at 0: fewer bits than are tried
LOOKED_AT = 6  # kinks of a claim that are looked at from both sides: a note needs one, and each takes milliseconds
CLEAR = 1e-3  # relative: what nobody takes for rounding


class Points:
    """Draws points for one statement and finds the truth there. Errors: LimitError where a point costs too much.

    kinks:  points at which there is a value, but a component of the derivative is undefined
    untold: how many points there were at which the function or its derivative could not be enclosed
    unable: why the function could not be computed at a point
    """

    def __init__(self, statement: Statement, seed: int, budget: Budget | None = None) -> None:
        self.statement, self.seed = statement, seed
        self.budget = budget or Budget()
        self.program = compile_tree(statement.function.tree)
        inputs = {**statement.shapes, **{name: value.shape for name, value in statement.given.items()}}
        self.shapes = shapes_of(self.program, inputs)
        self.conditions = [compile_tree(condition.tree) for condition in statement.where]
        self.order = {"hessian": 2}.get(statement.kind, 1)
        self.kinks: list[Point] = []
        self.untold = 0
        self.unable = ""
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
        """Points with a number, inside the domain: of every kind, in regions that these have not seen, and at the
        boundaries of all regions."""
        statement = self.statement
        generator = np.random.default_rng(self.seed)
        constrained = {s.name for condition in statement.where for s in condition.tree.free_symbols}
        sampler = Sampler(statement.free, generator, constrained, self.landmarks)
        regions = Regions(statement.function.tree, statement.claim.tree, statement.given)
        inside: list[Values] = []
        outside: list[Values] = []

        def tried(draws: Iterator[Drawn], *, is_round: bool = True) -> Iterator[Point]:
            for draw in draws:
                point = self.at(draw.values, is_round=is_round)
                (outside if point is None else inside).append(draw.values)
                if point is not None:
                    sampler.useful += [draw.kinds] if draw.kinds not in sampler.useful else []
                    yield point

        yield from islice(tried(sampler.draw(TRIES, is_round=True)), self.affordable(round_))
        if statement.free and regions.branches:
            more = islice(_elsewhere(sampler.about_landmarks(), regions, inside), MORE_TRIES)
            yield from islice(tried(more), self.affordable(MORE_POINTS))
        beside = map(self.at, regions.boundaries([*inside, *outside][:VISITED]))
        yield from islice(filter(None, beside), self.affordable(MORE_POINTS))
        irregular_ones = tried(sampler.draw(TRIES, is_round=False), is_round=False)  # last: where autograd is asked
        yield from islice(irregular_ones, self.affordable(irregular))

    @cached_property
    def landmarks(self) -> tuple[float, ...]:
        """Numbers that branches and the user's conditions hold; with branches 0 as well."""
        statement = self.statement
        conditions = [condition.tree for condition in statement.where]
        if branched(statement.function.tree, statement.claim.tree):
            return landmarks(statement.function.tree, statement.claim.tree, *conditions)
        numbers = any(tree.atoms(sympy.Number) - {0} for tree in conditions)
        return landmarks(*conditions) if numbers else ()

    def at(self, values: Values, *, is_round: bool = False) -> Point | None:
        """The truth at a point. None outside of the domain, where the derivative is infinite, where it cannot be told,
        and at kinks, which are kept aside. Errors: LimitError when time is up.
        """
        everything = {**self.statement.given, **values}
        active = frozenset(self.statement.wrt) if self.statement.kind != "value" else frozenset()
        problem = Problem(self.program, self.shapes, everything, None, active, ideal=True)
        try:
            if not conditions_hold(self.conditions, everything):
                return None
            reference = Rules(problem, self.order)
            return self._regular(Point(self.statement, everything, reference, self.sweeps, self.budget, is_round))
        except LimitError as limit:
            self.unable = limit.message
            return None

    def _regular(self, point: Point) -> Point | None:
        """The point where all numbers are enclosed."""
        for bits in point.levels():
            value = status(point.value(bits))
            slopes = status(point.truth(bits)) if value is Status.ENCLOSED else value
            if slopes is Status.ENCLOSED:
                return point
            if slopes is Status.UNDEFINED:
                return self._at_kink(point) if value is Status.ENCLOSED else None
        self.untold += 1
        return None

    def _at_kink(self, point: Point) -> Point | None:
        """The point where there is a derivative all the same; else it is kept aside."""
        if len(self.kinks) < LOOKED_AT and point.met_from_sides():
            return point
        self.kinks.append(point)
        return None


def _elsewhere(draws: Iterator[Drawn], regions: Regions, seen: Sequence[Values]) -> Iterator[Drawn]:
    """The draws in regions that were not seen; who takes one that is inside the domain appends it to those seen."""
    known: set[tuple[int, ...]] = set()
    count = 0
    for draw in draws:
        known = known.union(*map(regions.of, seen[count:]))
        count = len(seen)
        if seen and not known:
            return  # a norm has a kink, but no regions beside it
        if regions.of(draw.values) - known:
            yield draw


@dataclass(slots=True)
class Sample:
    """What the points of one claim have shown, over all sizes.

    holes:  points at which the claim alone has no value
    kinks:  points at which the function has no derivative
    valueless: sizes at which the claim has no value anywhere
    limit:  why not all points were tried
    unable: why the function could not be computed at a point
    untold: points left out as nothing could be told there with all bits
    error:  the largest relative distance of a component, at most
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
        sample.error = max(sample.error, found.error)
    sample.points.append(point)


def isolated_hole(point: Point, points: Points, program: Program) -> bool:
    """Has the claim no value here, but the right one just beside it? Then the point is an exception, no refutation."""
    free = points.statement.free
    right = 0
    for turn in range(3 if free else 0):
        generator = np.random.default_rng(turn)
        sizes = {n: np.maximum(BESIDE * np.spacing(abs(point.values[n])), NEAREST) for n in free}
        near = points.at({n: point.values[n] + sizes[n] * generator.standard_normal(free[n]) for n in free})
        if near is not None:
            found = compare(near, program)
            if found.gap is not None:
                return False
            right += found.holds
    return right > 0
