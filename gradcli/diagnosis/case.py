"""A refuted claim with the truth at every point: what its probable causes are made of, and held against."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.base.errors import GradcliError, LimitError
from gradcli.claims.branches import branched, suspects
from gradcli.claims.comparison import Comparison, close, compare
from gradcli.claims.point import Point
from gradcli.claims.points import Points, Sample, isolated_hole, special, try_claim
from gradcli.claims.proof import AT_SIZES, FOR_ALL_SIZES, QUICK, proof_of
from gradcli.claims.statement import Statement
from gradcli.closed.notation.form import closed_form
from gradcli.closed.notation.question import numbers_of
from gradcli.closed.notation.rewriting.engine import simplified
from gradcli.diagnosis import corrections
from gradcli.diagnosis.candidates import Candidates
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import Expression, at_sizes, parse
from gradcli.language.write import write, write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.balls import ball
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import Array, mapped
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.symbolic_size import SIMPLIFY
from gradcli.operations.shape_rules import size
from gradcli.reference.forms import agrees_at_points
from gradcli.reference.work import BITS

Maker = Callable[[Statement], Tree]
MAX_SUGGESTION = 400  # characters: four lines of a terminal
OTHER_SEED = 1_000_003  # of points at which a cause must hold as well
HELD = nodes.Inner("held")
WORK = 1_000_000  # scalar operations that one diagnosis computes; the longest that found anything took less than half
TRIAL = 50  # as many again for each trial: its tree is made and compiled
NAMES, FOREIGN = re.compile(r"\w+(?=\()"), 1.5  # functions that the user did not write make a form that much longer
NEARER = 1.25  # times as long as the closed form: that much more a mended claim may be, which a person knows again
ALONG = 8  # operations in the time of one that is computed with its slope along a direction
SWEEP = 4  # operations of a gradient for each of its function


@dataclass(frozen=True, slots=True)
class Cause:
    """A corrected claim, for each statement, and what it would mean if it were right. Without one: a fact that was
    verified, of which the derivative itself is the correction. named: the formulas for the ``{}`` of the text."""

    kind: str
    text: str
    make: Maker | None = None
    named: tuple[Tree, ...] = ()


class Case:
    """The claim and the truth at every point, and what follows from them."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.points = sorted(sample.points, key=lambda point: point.round)  # irregular ones tell more
        self.first = sample.statements[0]
        self.candidates: dict[Statement, Candidates] = {}
        self.text = cache(write)  # each part stands in many causes
        self.left = WORK

    @property
    def noun(self) -> str:
        """What the claim is of."""
        return "function" if self.first.kind == "value" else "derivative"

    def spend(self, operations: int) -> None:
        """Errors: LimitError, where all trials together were too many. The clock has no part in it."""
        self.left -= operations + self.trial
        if self.exhausted:
            raise LimitError(f"a diagnosis takes more than {WORK:,} scalar operations")

    @cached_property
    def trial(self) -> int:
        """What each trial takes, beside the operations that it computes: more where the claim is a derivative itself,
        whose function is run along every direction."""
        program = compile_tree(self.first.claim.tree)
        names = {name for name in program.names if name in self.first.shapes or name in self.first.given}
        if not any(step.body for step in program.steps) or self.first.mismatch or len(names) < len(program.names):
            return TRIAL
        shapes = shapes_of(program, {name: self.first.shape_of(name) for name in names})
        steps = zip(program.steps, shapes, strict=True)
        return TRIAL + ALONG * sum(symbolic.cost(step, shapes, shape) for step, shape in steps if step.body)

    @property
    def exhausted(self) -> bool:
        return self.left < 0

    @cached_property
    def truth_work(self) -> int:
        """About how many operations the truth at one more point costs."""
        program = compile_tree(self.first.function.tree)
        shapes = shapes_of(program, {name: self.first.shape_of(name) for name in program.names})
        return symbolic.work(shapes, program) * (SWEEP + size(self.first.expected))

    def right(self, make: Maker) -> bool:
        """Is the corrected claim certainly the truth at every point? The point that tells most comes first.

        At a few points, round ones or such as have the right value beside them, a right formula may have no value,
        ``a**b*log(a)`` at a = 0, and at some sizes nowhere.
        """
        holes: list[Point] = []
        held: set[int] = set()
        for point in self.points:
            found = self.compared(point, make)
            if found is not None and found.gap is not None and found.gap.undefined:
                holes.append(point)
            elif found is None or not found.holds:
                return False
            else:
                held.add(id(point.statement))
        exceptions = [point for point in holes if id(point.statement) in held]
        few = bool(held) and len(exceptions) <= len(self.points) // 4
        return few and all(point.round or self._isolated(point, make) for point in exceptions)

    def _isolated(self, point: Point, make: Maker) -> bool:
        self.spend(3 * self.truth_work)
        program = compile_tree(make(point.statement))
        return isolated_hole(point, Points(point.statement, 0), program) is not False

    def right_at(self, point: Point, make: Maker) -> bool:
        found = self.compared(point, make)
        return found is not None and found.holds

    def compared(self, point: Point, make: Maker) -> Comparison | None:
        """What a point says of the corrected claim; None where there is none of the right shape, or it is wrong."""
        try:
            tree = make(point.statement)
        except (IndexError, AssertionError, KeyError, StopIteration):
            return None
        return self._candidates(point).compared(tree, point)

    def values(self, tree: Tree, point: Point) -> Array | None:
        """Another formula's enclosures at a point, None in the place of what is no finite number; None where it has
        none, or another shape than the derivative."""
        found = self._candidates(point).value(tree, point)
        return None if found is None else finite(found)

    def _candidates(self, point: Point) -> Candidates:
        if point.statement not in self.candidates:
            self.candidates[point.statement] = Candidates(point.statement, self.spend)
        return self.candidates[point.statement]

    def suggestion(self, make: Maker | None = None) -> str | None:
        """The corrected claim, which is nearest to the person's, unless it is much longer than the closed form."""
        forms = [] if self.closed is None else [self.closed]
        with suppress(LimitError):  # what is left of the work does not tell the closed form
            forms += [] if self.formula is None else [self.formula]
        mended = [] if make is None else [self._neat(make)]
        weights = {text: float(len(text)) for text in forms} | {text: len(text) / NEARER for text in mended}
        short = {text: weight * (1 if self._of_the_user(text) else FOREIGN) for text, weight in weights.items()}
        return min((text for text in short if len(text) <= MAX_SUGGESTION), key=short.__getitem__, default=None)

    def _neat(self, make: Maker) -> str:
        """The corrected claim as a person writes it, where that is right as well."""
        text = write(make(self.first))
        names, axes = self._names, self.axes
        try:
            tree = parse(text, bound=names, sizes=numbers_of(axes)).tree
            short = parse(write(simplified(tree, axes)), bound=names, sizes=self.first.sizes)
            neat = self.right(lambda statement: at_sizes(short, statement.sizes, bound=names).tree)
        except GradcliError:
            return text
        return write(short.tree) if neat else text

    def said(self, cause: Cause) -> str:
        return cause.text.format(*map(self.written, cause.named)) if cause.named else cause.text

    def written(self, tree: Tree) -> str:
        """A formula that sympy made as closed forms are, sigmoid for fractions of exponentials, where that has the same
        values; a part of the function that is in the user's words stays."""
        text = write_formula(tree)
        if self.exploded is not None and self.exploded.has(tree) and self._of_the_user(text):
            return text
        try:
            short = simplified(parse(text, bound=self._names, sizes=self.first.sizes).tree, self.axes)
            made, short_made = compile_tree(tree), compile_tree(short)
            for point in [point for point in self.points if point.statement is self.first]:
                before, after = numbers(point, made), numbers(point, short_made)
                if before is None or after is None or not all(map(same, before.ravel(), after.ravel())):
                    return text
        except GradcliError:
            return text
        return write(short)

    def _of_the_user(self, text: str) -> bool:
        """Are all functions in it those of the function and the claim?"""
        known = f"{self.first.function.source} {self.first.claim.source}"
        return all(name in known for name in NAMES.findall(text))

    @cached_property
    def closed(self) -> str | None:
        """The derivative as one formula for all sizes, under its letters; of a value there is none."""
        first = self.first
        if first.kind == "value":
            return None
        try:
            with symbolic.failures():
                return closed_form(first.function, first.kind, first.wrt, self.axes, first.where, agrees_at_points).text
        except LimitError:
            return None

    @property
    def _names(self) -> tuple[str, ...]:
        """All names but sizes."""
        return (*self.first.shapes, *(n for n in self.first.given if n not in self.first.sizes))

    @property
    def axes(self) -> dict[str, tuple[str | int, ...]]:
        """The shapes of all names but sizes, as they were written: letters or numbers."""
        return self.first.axes

    def right_where(self, condition: Expression) -> bool:
        """Is the claim right at new points where a condition holds as well, of which there are three at least?"""
        if any(statement.claimed != statement.expected for statement in self.sample.statements):
            return False
        return self.accepted(self.narrowed(condition), least=3, telling=True)

    def wrong_where(self, condition: Expression) -> bool:
        """Is the claim wrong at every new point where a condition holds?"""
        self.spend(16 * self.truth_work)
        found = try_claim(self.narrowed(condition), OTHER_SEED, round_=8, irregular=8)
        return len(found.gaps) == len(found.points) > 0

    def narrowed(self, condition: Expression) -> list[Statement]:
        """The statements under a condition more, which may name sizes."""
        return [
            replace(known, where=(*known.where, at_sizes(condition, known.sizes, condition=True)))
            for known in self.sample.statements
        ]

    def holds_up(self, make: Maker) -> bool:
        """Is the corrected claim right at new points too, in the regions of its own branches above all?

        Without branches, what is right at an irregular point is right everywhere.
        """
        corrected = [
            replace(known, claim=replace(known.claim, tree=make(known)), claimed=known.expected, mismatch=None)
            for known in self.sample.statements
        ]
        irregular = {point.statement for point in self.points if not point.round}
        if irregular >= {*self.sample.tried} and not _has_regions(corrected):
            return True
        return self.accepted(corrected)

    def exact(self, make: Maker) -> bool:
        """Is the corrected claim proved, or the truth in thousands of bits, where it has parts that f has not?

        ``tanh(1000/x)`` may be 1 to more digits than are compared, and is not 1.
        """
        first, made = self.first, make(self.first)
        if not any(_new_parts(made, first.function.tree)):
            return True
        corrected = replace(first, claim=replace(first.claim, tree=made), claimed=first.expected, mismatch=None)
        if proof_of([corrected], FOR_ALL_SIZES).sure or proof_of([corrected], AT_SIZES).sure:
            return True
        if self._saturates(made):
            return False
        program = compile_tree(made)
        for point in [point for point in self.points if point.statement is first and not point.round][:2]:
            self.spend(len(BITS) * self.truth_work)
            claimed, true = point.evaluate(program, BITS[-1]), point.truth(BITS[-1])
            pairs = [] if claimed is None else zip(finite(claimed).ravel(), true.ravel(), strict=True)
            if claimed is None or any(c is None or not c.overlaps(t) for c, t in pairs):
                return False
        return True

    @cached_property
    def saturated(self) -> bool:
        """Does a part of the claim saturate?"""
        return self._saturates(self.first.claim.tree)

    def _saturates(self, tree: Tree) -> bool:
        """Is a part that varies, and is none of the function, one number at all points, up to its sign?"""
        points = [point for point in self.points if point.statement is self.first]
        for part in _new_parts(tree, self.first.function.tree):
            values = [numbers(point, compile_tree(part)) for point in points]
            known = [
                abs(entry) for array in values if array is not None for entry in array.ravel() if entry is not None
            ]
            if len(known) > 2 and all(same(entry, known[0]) for entry in known):
                return True
        return False

    def accepted(self, statements: Sequence[Statement], least: int = 0, *, telling: bool = False) -> bool:
        """Is there no gap at new points, of every size where there are regions?

        telling: and a derivative that is not 0 at one of them?
        """
        self.spend(8 * len(statements) * self.truth_work)
        regions = _has_regions(statements)
        found = try_claim(statements, OTHER_SEED, round_=4, irregular=4, to_first_gap=True, of_every_size=regions)
        if telling and all(entry.contains(0) for point in found.points for entry in point.truth().ravel()):
            return False
        if found.gaps or len(found.points) < least:
            return False
        return special(found, OTHER_SEED) is None or proof_of(statements, QUICK).sure

    @property
    def fits(self) -> list[Statement]:
        """The statements whose claim has the right shape."""
        return [known for known in self.sample.statements if known.claimed == known.expected]

    @property
    def fitting(self) -> list[Point]:
        """Points at which the claim has the right shape."""
        return [point for point in self.points if point.statement.claimed == point.statement.expected]

    @cached_property
    def claimed(self) -> list[tuple[Point, Array]]:
        """The claim's numbers, where all are finite."""
        found = []
        for point in self.fitting:
            array = numbers(point, compile_tree(point.statement.claim.tree))
            if array is not None and all(c is not None for c in array.ravel()):
                found.append((point, array))
        return found

    @cached_property
    def ratios(self) -> list[tuple[Point, Array]] | None:
        """True by claimed, entry by entry, None where both are 0; None where the claim alone is: no factor fits."""
        found = []
        for point, claimed in self.claimed:
            out = np.empty(claimed.shape, dtype=object)
            for place in np.ndindex(claimed.shape):
                c: Any = claimed[place]  # Any: an arb
                t: Any = point.truth()[place]  # Any: an arb
                if c.contains(0) and not t.contains(0):
                    return None
                out[place] = None if c.contains(0) else t / c
            found.append((point, out))
        return found or None

    def constant_ratio(self, ratios: Sequence[tuple[Point, Array]]) -> arb | None:
        """The ratio, where it is the same in every entry of every point."""
        known = [r for _, array in ratios for r in array.ravel() if r is not None]
        return known[0] if known and all(same(r, known[0]) for r in known) else None

    def claim_is(self, other: Callable[[Statement], Statement], *, times: int = 1) -> bool:
        """Is the claim right of another statement, at the same points but few where that has no derivative?

        times: is it so often as much?
        """
        if len(self.fits) < len(self.sample.statements):
            return False
        held = 0
        for point, _ in self.claimed:
            try:
                statement = other(point.statement)
            except (GradcliError, IndexError, KeyError, AssertionError, TypeError):
                return False
            if statement.kind != "value" and statement.expected != point.statement.expected:
                return False
            free = {n: v for n, v in point.values.items() if n not in statement.given}
            if HELD in statement.shapes:
                free[HELD] = point.values[statement.wrt[-1]]
            self.spend(self.truth_work)
            found = Points(statement, 0).at(free)
            if found is None:
                continue
            if found.truth().shape != point.statement.expected:
                return False
            tree = point.statement.claim.tree
            if not compare(
                found, compile_tree(tree if times == 1 else corrections.over(tree, sympy.Integer(times)))
            ).holds:
                return False
            held += 1
        return 2 * held > len(self.claimed)

    def met(self, point: Point, condition: Tree) -> bool | None:
        found = point.evaluate(compile_tree(condition))
        told = [] if found is None else [ball.condition(entry).truth for entry in found.ravel()]
        return None if not told or None in told else all(told)

    @cached_property
    def flat(self) -> frozenset[str]:
        """Names of scalars and vectors."""
        return frozenset(n for n in self.first.function.names if len(self.first.shape_of(n)) < 2)

    @cached_property
    def scalar(self) -> bool:
        """Are the function and all its variables scalars?"""
        return (
            all(shape == () for shape in self.first.shapes.values())
            and self.first.expected == ()
            and len(self.sample.statements) == 1
        )

    @cached_property
    def exploded(self) -> Tree | None:
        """The function in sympy's terms, for scalars."""
        if not self.scalar:
            return None
        arithmetic = symbolic.Symbolic(ideal=True)
        point = {name: symbolic.entries_of(name, ()) for name in self.first.shapes}
        for name in self.first.given:
            point[name] = symbolic.entries_of(name, ())
        return run(compile_tree(self.first.function.tree), arithmetic, point)[()]

    @cached_property
    def before(self) -> Tree | None:
        """What the last differentiation is of: the function, for a second derivative the first one."""
        f = self.exploded
        if f is None or self.first.kind == "value":
            return None
        return f if self.first.kind != "hessian" else symbolic.derivative(f, nodes.symbol(self.first.wrt[0]))

    @cached_property
    def derivative(self) -> Tree | None:
        return None if self.before is None else symbolic.derivative(self.before, nodes.symbol(self.first.wrt[-1]))

    @cached_property
    def formula(self) -> str | None:
        """sympy's derivative as text, the shorter of its forms."""
        if self.derivative is None:
            return None
        forms = [self.derivative]
        if not SIMPLIFY.refusal(self.derivative):
            forms.append(sympy.simplify(self.derivative))
        texts = [write_formula(form) for form in forms if self.right(partial(always, tree=form))]
        return min(texts, key=len) if texts else None

    def is_step_beside_branches(self, factor: Tree) -> bool:
        """Is the factor constant between jumps, where the claim has conditions of its own? Those are to blame then."""
        if not any(nodes.is_condition(part) for _, part in corrections.places(self.first.claim.tree)):
            return False
        slope = symbolic.derivative(factor, nodes.symbol(self.first.wrt[-1]))
        return not factor.is_number and slope == 0

    def scalar_value(self, point: Point, tree: Tree) -> Any:  # Any: an arb, or None
        found = numbers(point, compile_tree(tree))
        return None if found is None or found.shape else found[()]


def _has_regions(statements: Iterable[Statement]) -> bool:
    """May a function or claim be another formula in a part of its domain?"""
    trees = [(known.function.tree, known.claim.tree) for known in statements]
    return any(branched(*pair) or suspects(*pair) for pair in trees)


def _new_parts(tree: Tree, function: Tree) -> Iterator[Tree]:
    """Sums and functions of each entry that vary smoothly, and do not stand in the function."""
    own = {part for _, part in corrections.places(function)}
    for _, part in corrections.places(tree):
        row = row_of(part)
        smooth = isinstance(part, sympy.exp | sympy.Add) or (row is not None and row.elementwise and not row.flat)
        if smooth and part.free_symbols and part not in own and not nodes.is_condition(part):
            yield part


def numbers(point: Point, program: Program) -> Array | None:
    """An expression's enclosures at a point; None in the place of what is no finite number, or not told."""
    found = point.evaluate(program)
    return None if found is None else finite(found)


def finite(array: Array) -> Array:
    """The enclosures, None in the place of what is no finite number, or not told."""
    return mapped(lambda n: n if type(n) is arb and n.is_finite() else None, array)


def same(a: Any, b: Any) -> bool:  # Any: an arb, or None
    """Are two numbers certainly close, or may both be 0?"""
    if a is None or b is None:
        return False
    return close(a, b) is True or bool(a.contains(0) and b.contains(0))


def times(statement: Statement, factor: Tree) -> Tree:
    """The claim times a factor, whose denominator goes under the fraction bar."""
    tree = statement.claim.tree
    if factor.is_Rational or not factor.is_number:
        return corrections.times(factor, tree)
    above, below = factor.as_numer_denom()
    tree = tree if above == 1 else corrections.times(above, tree)
    return tree if below == 1 else corrections.over(tree, below)


def changed(statement: Statement, path: corrections.Path, change: corrections.Change) -> Tree:
    tree = statement.claim.tree
    return corrections.put(tree, path, change(corrections.at(tree, path)))


def everywhere(tree: Tree, node: Tree, change: corrections.Change) -> Maker:
    """The claim with a change at all places of a node in ``tree``, which is the claim at the first sizes.

    Conditions stay: another number in ``x == 7`` would be met at no point.
    """
    spots = [path for path, other in corrections.places(tree) if other == node]
    paths = tuple(path for path in spots if not corrections.in_condition(tree, path))
    return partial(corrected_by, correction=corrections.Correction("", "", paths, change))


def instead(_tree: Tree, new: Tree) -> Tree:
    return new


def corrected_by(statement: Statement, correction: corrections.Correction) -> Tree:
    return correction.apply(statement.claim.tree)


def always(_statement: Statement, tree: Tree) -> Tree:
    return tree
