"""Is a claimed derivative right? The truth at many points, enclosed, against the claim's own value there.

The truth is the chain rule in balls: it shares nothing with sympy's derivative, which tries to prove the claim, nor
with autograd, which is asked at one point of each size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, islice

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.claims.branches import Regions, Signs, Values, landmarks, turning
from gradcli.claims.comparison import Gap, compare
from gradcli.claims.point import Point, bare, conditions_hold, status
from gradcli.claims.proof import ALL, NO_PROOF, Proof
from gradcli.claims.sampling import Drawn, Sampler
from gradcli.claims.statement import Statement
from gradcli.meaning.program import Program, compile_tree, with_floats
from gradcli.meaning.residues.premises import drawn, entry_names
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape, size
from gradcli.reference.enclosures import DOUBLE
from gradcli.reference.problem import Problem
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Status
from gradcli.reference.work import BITS, RECORDED, WORK, Budget, Work

TRIES = 150  # points drawn of each sort, of which some lie outside of the domain
MORE_POINTS, MORE_TRIES = 24, 60  # in regions that the drawn points have not seen
LANDMARKS = 15  # of these points, of a claim that is proved: more would show nothing but more of its regions
VISITED = 60  # points, in the order drawn, between which boundaries are looked for: each pair takes HALVINGS steps
LEAST = 3  # points of the dearest function; of others as many as are wanted, in the work of one point of that
NEIGHBOURS = 3  # points beside a hole
LOOKED_AT = 6  # kinks of a claim that are looked at from both sides: a note needs one, and each takes milliseconds
NUMBERS = 6  # that conditions leave for a name: polynomials of a higher degree may agree at fewer
CLEAR = 1e-3  # relative: what nobody takes for rounding


class Points:
    """Draws points for one statement and finds the truth there; what comes of the others goes into a sample.

    Errors: LimitError where a point costs too much.
    """

    def __init__(self, statement: Statement, seed: int, sample: Sample | None = None) -> None:
        self.statement, self.seed, self.sample = statement, seed, sample or Sample()
        self.inside, self.outside = list[Values](), list[Values]()  # what was drawn, as far as it is in the domain
        self.program = compile_tree(statement.function.tree)
        self.floats = with_floats(self.program, DOUBLE) if statement.given else self.program
        self.shapes = shapes_of(self.program, {name: statement.shape_of(name) for name in self.program.names})
        self.conditions = [compile_tree(condition.tree) for condition in statement.where]
        rows = size(statement.expected) // size(statement.shape_of(statement.wrt[-1])) if statement.wrt else 1
        self.sweeps = max(rows, 1) * RECORDED ** max(len(statement.wrt) - 1, 0)
        self.evaluation = Work.of(Problem(self.program, self.shapes, {}))
        self.work = self.sweeps * self.evaluation.units(BITS[0])
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
        regions, sampler = self._regions(), self.sampler
        yield from islice(self._tried(sampler, sampler.draw(TRIES, is_round=True)), self.affordable(round_))
        if self.statement.free and regions.branches:
            more = islice(_elsewhere(sampler.about_landmarks(), regions, self.inside), MORE_TRIES)
            yield from islice(self._tried(sampler, more), self.affordable(MORE_POINTS))
        beside = map(self.at, regions.boundaries([*self.inside, *self.outside][:VISITED]))
        yield from islice(filter(None, beside), self.affordable(MORE_POINTS))
        irregular_ones = self._tried(sampler, sampler.draw(TRIES, is_round=False), is_round=False)
        yield from islice(irregular_ones, self.affordable(irregular))  # last: where autograd is asked

    def of_every_size(self) -> Iterator[Point]:
        """After those that are drawn: points at small and at large numbers, and on the way to where something changes
        its sign or ends. At others a claim may be right that comes near to the truth where a function saturates."""
        statement, sampler = self.statement, self.sampler
        sized = self._tried(sampler, sampler.of_every_size([*self.inside]), is_round=False)
        yield from islice(sized, self.affordable(MORE_POINTS))
        signs = Signs(turning(statement.function.tree, statement.claim.tree), statement.given)
        near = map(self.at, signs.approaches([*self.inside[::-1], *self.outside[::-1]][:VISITED]))
        yield from islice(filter(None, near), self.affordable(MORE_POINTS))

    def _tried(self, sampler: Sampler, draws: Iterable[Drawn], *, is_round: bool = True) -> Iterator[Point]:
        """The draws inside the domain; all are kept."""
        for draw in draws:
            point = self.at(draw.values, is_round=is_round)
            (self.outside if point is None else self.inside).append(draw.values)
            if point is not None:
                sampler.useful += [draw.kinds] if draw.kinds not in sampler.useful else []
                yield point

    def noteworthy(self, round_: int) -> Iterator[Point]:
        """Of a claim that is proved: one point inside the domain at which it can be compared, and those where it alone
        may have no value, or where the function may have a kink: one for each side of what decides that."""
        regions, sampler = self._regions(), self.sampler
        visited, known, enough = list[Values](), set[tuple[int, ...]](), self.sample.untold + LEAST
        draws = ((draw, is_round) for is_round in (True, False) for draw in sampler.draw(TRIES, is_round=is_round))
        for draw, is_round in draws:
            visited.append(draw.values)
            point = self.at(draw.values, is_round=is_round)
            if point is not None:
                yield point
                if self.statement in self.sample.tried or self.sample.untold >= enough:
                    break
        if not regions.branches and not regions.suspects:
            return
        known |= regions.sides(visited[-1])
        further = islice(sampler.about_landmarks(), LANDMARKS) if self.statement.free and regions.divided else ()
        for draw in chain(islice(sampler.draw(TRIES, is_round=True), round_), further):
            visited.append(draw.values)
            sides = regions.sides(draw.values)
            if sides - known:
                known |= sides
                yield from filter(None, [self.at(draw.values, is_round=True)])
        beside = map(self.at, regions.boundaries(visited[:VISITED]))
        yield from islice(filter(None, beside), self.affordable(MORE_POINTS))

    def _regions(self) -> Regions:
        return Regions(self.statement.function.tree, self.statement.claim.tree, self.statement.given)

    @cached_property
    def sampler(self) -> Sampler:
        """A sampler that knows at which numbers branches may change."""
        statement = self.statement
        trees = statement.function.tree, statement.claim.tree
        return self._sampler(landmarks(trees, [condition.tree for condition in statement.where]))

    @property
    def pinned(self) -> bool:
        """Do the conditions leave one point alone?"""
        return all(self._is_pinned(name, shape) for name, shape in self.statement.free.items())

    @property
    def equated(self) -> list[str]:
        """The names on which conditions put equations, and leave more than one value."""
        asked = (p for p in self.conditions if any(s.op is not None and s.op.infix == "==" for s in p.steps))
        names = {name for program in asked for name in program.names}
        return [
            name for name, shape in self.statement.free.items() if name in names and not self._is_pinned(name, shape)
        ]

    def _is_pinned(self, name: str, shape: Shape) -> bool:
        determined = self._equations()
        return all(set(determined.get(entry, {"not": 1})) <= {""} for entry in entry_names(name, shape).ravel())

    def _sampler(self, marks: Sequence[float]) -> Sampler:
        constrained = {name for condition in self.statement.where for name in condition.names}
        constrained &= self.statement.free.keys()
        return Sampler(self.statement.free, np.random.default_rng(self.seed), constrained, marks, self._equations())

    def _equations(self) -> Mapping[str, Mapping[str, Fraction]]:
        """What the conditions determine of the names that are drawn."""
        if not any(
            step.op is not None and step.op.infix == "==" for program in self.conditions for step in program.steps
        ):
            return {}
        entries = {name: entry_names(name, shape) for name, shape in self.statement.free.items()}
        return drawn(self.conditions, {**self.statement.given, **entries}).determined

    def at(self, values: Values, *, is_round: bool = False) -> Point | None:
        """The truth at a point. None outside of the domain, where the derivative is infinite, where it cannot be told,
        and at kinks, which are kept aside."""
        try:
            if not conditions_hold(self.conditions, {**self.statement.given, **values}):
                return None
            self.sample.allowed = True
            return self._regular(self.anywhere(values, is_round=is_round))
        except LimitError as limit:
            self.sample.unable = limit.message
            return None

    def anywhere(self, values: Values, *, is_round: bool = False) -> Point:
        """The point, whether or not it is in the domain."""
        everything = {**self.statement.given, **values}
        problem = Problem(self.program, self.shapes, everything, active=frozenset(self.statement.wrt), ideal=True)
        return self._point(problem, is_round=is_round)

    def _point(self, problem: Problem, *, is_round: bool) -> Point:
        reference = Reference(problem, len(self.statement.wrt), formulas=False, work=self.evaluation)
        return Point(self.statement, problem.values, reference, self.sweeps, self.sample.budget, is_round)

    def _regular(self, point: Point) -> Point | None:
        """The point where all numbers are enclosed."""
        for bits in point.levels():
            slopes = status(point.truth(bits))
            if slopes is Status.ENCLOSED:
                near = None if self.floats is self.program else self._near_kink(point)
                self.sample.kinks += [] if near is None else [near]
                return point if near is None else None
            if slopes is Status.UNDEFINED:
                has_value = status(bare(point.reference.at(bits).value)) is Status.ENCLOSED
                return self._at_kink(point) if has_value else None
        self.sample.untold += 1
        return None

    def _near_kink(self, point: Point) -> Point | None:
        """A given point as one of the function with the floats next to its numbers, where that one has a kink there:
        relu(x - 0.1) at 0.1, which no float is."""
        problem = replace(point.reference.problem, program=self.floats)
        found = self._point(problem, is_round=point.round)
        has_value = status(bare(found.reference.at(BITS[0]).value)) is Status.ENCLOSED
        return found if has_value and status(found.truth()) is Status.UNDEFINED and not found.met_from_sides() else None

    def _at_kink(self, point: Point) -> Point | None:
        """The point where there is a derivative all the same; else it is kept aside."""
        before = sum(kink.statement is self.statement for kink in self.sample.kinks)
        if before < LOOKED_AT and point.met_from_sides():
            return point
        self.sample.kinks.append(point)
        return None


def _elsewhere(draws: Iterator[Drawn], regions: Regions, inside: Sequence[Values]) -> Iterator[Drawn]:
    """The draws in regions that were not seen; who takes one that is inside the domain appends it to those inside."""
    known = set[tuple[int, ...]]().union(*map(regions.of, inside))
    for draw in draws:
        if inside and not known:
            return  # a norm has a kink, but no regions beside it
        found = regions.of(draw.values)
        if found - known:
            yield draw
            if inside and inside[-1] is draw.values:
                known |= found


@dataclass(slots=True)
class Sample:
    """What the points of one claim have shown, over all sizes.

    holes:  points at which the claim alone has no value
    doubtful: gaps that may be such holes: nothing can be asked beside them where the conditions hold
    kinks:  points at which there is a value, but a component of the derivative is undefined
    valueless: sizes at which the claim has no value anywhere
    limit:  why not all points were tried
    unable: why the function could not be computed at a point
    untold: points left out as nothing could be told there with all bits
    allowed: has a point been drawn at which the conditions hold?
    error:  the largest relative distance of a component, at most
    budget: of all points, for more bits than the first
    """

    statements: list[Statement] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    holes: list[Point] = field(default_factory=list)
    doubtful: list[Gap] = field(default_factory=list)
    kinks: list[Point] = field(default_factory=list)
    valueless: list[Statement] = field(default_factory=list)
    limit: str = ""
    unable: str = ""
    untold: int = 0
    allowed: bool = False
    error: float = 0.0
    budget: Budget = field(default_factory=Budget)

    @property
    def certain(self) -> Gap | None:
        """The gap that is shown: where a claim has a value, of other digits, and clearly wrong, at a round point of few
        entries."""
        return min(self.gaps, key=_order, default=None)

    @property
    def mismatched(self) -> list[Statement]:
        """Statements whose claim has another shape than the derivative, or none."""
        return [s for s in self.statements if s.claimed != s.expected]

    @property
    def tried(self) -> list[Statement]:
        """Statements that have points."""
        with_points = {point.statement for point in self.points}
        return [statement for statement in self.statements if statement in with_points]


def special(sample: Sample, seed: int) -> tuple[str, Sequence[float]] | None:
    """A name that has few numbers at all points, and these: an orthogonal matrix of floats has 0, 1, -1 and halves for
    its entries up to four rows, at which X**3 is X. None where there is none, and where no others are possible."""
    by_name: dict[str, set[float]] = {}
    for statement in sample.tried if sample.tried and sample.tried[0].where else ():
        for name in Points(statement, seed).equated:
            found = by_name.setdefault(name, set())
            found.update(n for p in sample.points if p.statement is statement for n in p.values[name].ravel().tolist())
    return next(((name, sorted(numbers)) for name, numbers in by_name.items() if len(numbers) < NUMBERS), None)


def _order(gap: Gap) -> tuple[bool, bool, bool, bool, int]:
    point = gap.point
    return (
        gap.undefined,
        not gap.visible,
        gap.error <= CLEAR,
        not point.round,
        sum(v.size for v in point.values.values()),
    )


def try_claim(
    statements: Iterable[Statement],
    seed: int,
    *,
    round_: int = 10,
    irregular: int = 6,
    into: Sample | None = None,
    proof: Proof = NO_PROOF,
    to_first_gap: bool = False,
    of_every_size: bool = True,
) -> Sample:
    """The claim against the truth at round and irregular points, all at the first sizes and fewer at the others.

    into:  what is filled, where an alarm may ring before the end
    to_first_gap: is one number that is certainly wrong all that is asked for?
    of_every_size: at very small and at very large numbers too? Not what is proved: there it may only lack a value
    proof: where it holds, a point shows that there is anything that it speaks of; more look for what may be noteworthy
    """
    sample = Sample() if into is None else into
    unproved: list[Points] = []
    for k, statement in enumerate(statements):
        sample.statements += [statement] if statement not in sample.statements else []
        counts = (round_, irregular) if k == 0 else (round_ // 2, irregular // 2)
        try:
            points = Points(statement, seed + k, sample)
        except LimitError as limit:
            sample.unable = limit.message
            continue
        unproved += [points] if of_every_size and not proof.covers(statement) else []
        for point in points.noteworthy(counts[0]) if proof.covers(statement) else points.drawn(*counts):
            _compare(point, points, sample)
            if to_first_gap and any(not gap.undefined for gap in sample.gaps):
                return sample
        if proof.sizes == ALL and sample.points:
            break
    for points in unproved:
        if all(gap.undefined and gap.point.statement is not points.statement for gap in sample.gaps):
            for point in points.of_every_size():
                _compare(point, points, sample)
    _settle(sample)
    _leave_out_valueless(sample)
    return sample


def _settle(sample: Sample) -> None:
    """What may be a hole is one where the claim is right at other points of the same size, else a gap."""
    wrong = {gap.point for gap in (*sample.gaps, *sample.doubtful)} | {*sample.holes}
    right = {point.statement for point in sample.points if point not in wrong}
    for gap in sample.doubtful:
        if gap.point.statement in right:
            sample.holes.append(gap.point)
        else:
            sample.gaps.append(gap)
    sample.doubtful.clear()


def _leave_out_valueless(sample: Sample) -> None:
    """Sizes at which the claim has no value at all, such as an inverse of what is singular for n < m, if it has values
    at others."""
    wrong = {gap.point for gap in sample.gaps if gap.undefined}
    right = {point.statement for point in sample.points if point not in wrong}
    if right:
        sample.valueless = [statement for statement in sample.tried if statement not in right]
        sample.points = [point for point in sample.points if point.statement in right]
        sample.gaps = [gap for gap in sample.gaps if gap.point.statement in right]


def _compare(point: Point, points: Points, sample: Sample) -> None:
    """The point and its gap, or its hole; only what was compared counts."""
    statement = point.statement
    if statement.claimed == statement.expected:
        program = compile_tree(statement.claim.tree)
        found = compare(point, program)
        if found.untold:
            sample.untold += 1
            return
        isolated = found.gap is not None and found.gap.undefined and isolated_hole(point, points, program)
        if found.gap is not None and isolated is None:
            sample.doubtful.append(found.gap)
        elif isolated:
            sample.holes.append(point)
        elif found.gap is not None:
            sample.gaps.append(found.gap)
        sample.error = max(sample.error, found.error)
    sample.points.append(point)


def isolated_hole(point: Point, points: Points, program: Program) -> bool | None:
    """Has the claim no value here, but the right one just beside it? Then the point is an exception, no refutation.
    None where no point beside it is in the domain, and the claim has a value at those that are not."""
    if not points.statement.free:  # values that were given may move for this
        points = Points(points.statement.opened, points.seed)
    names = list(points.statement.free)
    if not names:
        return False
    beside = _beside(point, points, names)
    right = _right_at(beside, points, program)
    if right is not None:
        return right
    if any(_right_at(_beside(point, points, [name]), points, program) for name in names):
        return True  # A**T of a negative A, which has no value where T moves
    values = [points.anywhere(place).evaluate(program) for place in beside]
    return None if all(value is not None and status(value) is Status.ENCLOSED for value in values) else False


def _beside(point: Point, points: Points, names: Collection[str]) -> list[Values]:
    return [points.sampler.beside(point.values, names, seed) for seed in range(NEIGHBOURS)]


def _right_at(places: Sequence[Values], points: Points, program: Program) -> bool | None:
    """Is the claim right at those places that are in the domain? None where none is."""
    found = [compare(near, program) for near in map(points.at, places) if near is not None]
    return all(f.gap is None for f in found) and any(f.holds for f in found) if found else None
