"""The second route: derivatives that share nothing with torch.

Small problems are exploded into scalar sympy expressions, differentiated by sympy and evaluated in high precision at
the exact values of the inputs. What is too large for that is differentiated by central differences of the sympy
meanings in high precision: with 110 digits and a step of 1e-20 the quotient is right to 30 digits. On a kink, where
sympy's formulas mean nothing, one-sided difference quotients say what the derivative does from either side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from math import inf
from typing import Any

import numpy as np

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.language.nodes import Tree
from gradcli.meaning import symbolic
from gradcli.meaning.arrays import Array, Scalar, as_array
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Deadline, Program, compile_all, run
from gradcli.operations.shape_rules import Shape
from gradcli.reference.agreement import (
    APPROACH,
    ZERO,
    agreed,
    finite,
    largest_number,
    limit,
    same,
    stands,
    tiny_is_zero,
    vanishes,
)
from gradcli.reference.kinks import Trace, trace

MAX_WORK = 1_000_000  # scalar operations that are evaluated in high precision
MAX_REFINED = 2_000
REFINED_DIGITS = 1_000
MAX_SYMBOLIC_WORK = 2_000  # scalar operations that are exploded into symbols
MAX_SYMBOLIC_TOTAL = 4_000  # the same, times the number of derivatives
DIGITS = (60, 120, 400, 1200)
LARGEST_ON_THE_WAY = 1e40  # larger numbers would drown what is left of them
MAX_REFINEMENT_WORK = 20_000  # scalar operations that are computed again with the digits below
# Digits of the step and digits to spare: two refinements, and two more where those do not tell
REFINEMENTS = (((45, 100), (60, 150)), ((250, 1000), (350, 1300)))
SMALL, FALL = 1e-15, 1e-4  # a quotient below SMALL that falls to FALL with steps of a thousandth is zero
STEP_DIGITS, SPARE_DIGITS = 20, 70  # a derivative of order n costs n steps of digits

Place = tuple[int, ...]
Variable = tuple[str, Place]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is differentiated where: the program, the shape of each step, the inputs' exact float values.

    ``ideal``: functions are meant as mathematics has them, not as torch approximates them.
    ``tangents`` adds one more variable, ``along``: the inputs move by ``along * tangent`` (for jvp and hvp).
    """

    program: Program
    shapes: Sequence[Shape]
    values: Mapping[str, Array]
    tangents: Mapping[str, Array] | None = None
    active: frozenset[str] = frozenset()
    ideal: bool = False

    def inputs(self, arithmetic: Any, variables: Mapping[str, Array]) -> dict[str, Array]:  # Any: Precise or Symbolic
        """The inputs of the program for given values of the variables, ``along`` among them."""
        found = dict(variables)
        along = found.pop(ALONG, None)
        if along is not None and self.tangents is not None:
            for name, tangent in self.tangents.items():
                exact = np.vectorize(lambda v: arithmetic.scalar(Fraction(float(v))), otypes=[object])(tangent)
                found[name] = as_array(found[name] + exact * along[()])
        return found

    def moved_formulas(self, arithmetic: symbolic.Symbolic, symbols: Mapping[str, Array], formulas: Array) -> Array:
        """Formulas in which each symbol moves along its tangent; as they are where there is none."""
        if self.tangents is None:
            return formulas
        moved = self.inputs(arithmetic, {**symbols, ALONG: symbolic.entries_of(ALONG, ())})
        pairs = {s: m for n, array in symbols.items() for s, m in zip(array.ravel(), moved[n].ravel(), strict=True)}
        return arithmetic.map(lambda tree: tree.xreplace(pairs), formulas)


ALONG = "along·"  # no name that a user can type


@dataclass(frozen=True, slots=True)
class Truth:
    """The derivative in one entry: a number, or two one-sided ones (None: there is none on that side)."""

    value: Scalar | None
    left: Scalar | None = None
    right: Scalar | None = None
    one_sided: bool = False
    jump: tuple[Scalar, Scalar] | None = None  # of the derivative one order lower, from left to right


class Reference:
    """Answers ``truth(output place, variables)`` for one problem, by the best route that its size allows."""

    def __init__(
        self, problem: Problem, order: int, entries: int, deadline: Deadline[Any], spare: int = SPARE_DIGITS,
        step_digits: int = STEP_DIGITS,
    ) -> None:  # fmt: skip
        self.problem, self.deadline, self.spare, self.step_digits = problem, deadline, spare, step_digits
        cost = symbolic.work(problem.shapes, problem.program)
        if cost > MAX_WORK:
            raise LimitError(
                f"the second route is for at most {MAX_WORK:,} scalar operations; here are {cost:,}", kind="unchecked"
            )
        self.order, self.cost = order, cost
        self.digits = step_digits * max(order, 2) + spare
        arithmetic = self.arithmetic = Precise(self.digits, deadline, ideal=problem.ideal)
        self.rounding = arithmetic.context.mpf(10) ** (5 - self.digits)  # relative, with a margin
        self.point = {name: self.arithmetic.exact(value) for name, value in problem.values.items()}
        if problem.tangents is not None:
            self.point[ALONG] = self.arithmetic.exact(0.0)
        self.at_point: Trace = trace(problem.program, self.inputs(self.point), arithmetic, problem.active)
        self.arithmetic = self.at_point.suited(arithmetic)
        self.formulas: Array | None = None  # the function's entries in sympy, once they are needed
        self.symbolic = cost <= MAX_SYMBOLIC_WORK and cost * entries <= MAX_SYMBOLIC_TOTAL
        self.symbolic_deadline: Deadline[Any] = Deadline(None if deadline.seconds is None else deadline.seconds * 0.6)
        self.used: set[str] = set()
        self.refined_at: dict[int, tuple[Reference, Reference]] = {}
        self.closest: dict[tuple[Variable, ...], Array] = {}
        self.differences: dict[tuple[Variable, ...], Any] = {}  # Any: arrays of quotients, by the variables moved

    def inputs(self, variables: Mapping[str, Array]) -> dict[str, Array]:
        return self.problem.inputs(self.arithmetic, variables)

    @property
    def value(self) -> Array:
        """The function's value in high precision."""
        return self.at_point.result

    @property
    def smooth(self) -> bool:
        return not self.at_point.hazards

    @property
    def route(self) -> str | None:
        """Which routes gave truths: sympy's formulas, difference quotients, or both; None if none was needed."""
        return ", ".join(sorted(self.used, reverse=True)) or None

    def refined(self) -> Reference | None:
        """The same with many more digits, by differences, for a doubt that this one may have caused; None if too large."""
        return self.sharper(STEP_DIGITS, REFINED_DIGITS) if self.cost <= MAX_REFINED else None

    def sharper(self, step_digits: int, spare: int) -> Reference:
        """The same by differences with other steps and digits."""
        twin = Reference(self.problem, self.order, 1, self.deadline, spare, step_digits)
        twin.symbolic = False
        return twin

    # -- route one: sympy

    def by_sympy(self, wanted: Sequence[tuple[Place, tuple[Variable, ...]]]) -> list[Truth | None] | None:
        """The truth of each wanted entry where sympy's formula can be trusted; None for all if sympy gave up."""
        if not self.symbolic:
            return None
        try:
            trees = [self.formula(place, variables) for place, variables in wanted]
            if not self.smooth:
                return [None] * len(wanted)
            truths = [None if v is None else Truth(v) for v in self.settled(trees)]
            self.used |= {"sympy"} if any(truths) else set()
            return truths
        except (LimitError, ExpressionError):
            self.symbolic = False
            return None

    def formula(self, place: Place, variables: tuple[Variable, ...]) -> Tree:
        """sympy's derivative of one output entry by the given variables."""
        self.symbolic_deadline.check()
        with symbolic.failures():
            return self._formula(place, variables)

    def _formula(self, place: Place, variables: tuple[Variable, ...]) -> Tree:
        symbols_of = [symbolic.entry_symbol(name, at) for name, at in variables]
        return symbolic.derivative(self.exploded()[place], *symbols_of)

    def exploded(self) -> Array:
        """The function's entries as sympy expressions of the variables' entries; made once. Errors: LimitError."""
        if self.formulas is None:
            arithmetic = symbolic.Symbolic(self.symbolic_deadline)
            symbols = {n: symbolic.entries_of(n, value.shape) for n, value in self.point.items() if n != ALONG}
            with symbolic.failures():
                found = run(self.problem.program, arithmetic, symbols, deadline=self.symbolic_deadline)
                self.formulas = self.problem.moved_formulas(arithmetic, symbols, found)
        return self.formulas

    def settled(self, trees: Sequence[Tree]) -> list[Scalar | None]:
        """The trees' values, at rising precision until 25 digits stand still; None on a kink or where not finite."""
        if not trees:
            return []
        program, outputs = compile_all(trees)
        before: list[Scalar | None] | None = None
        for digits in DIGITS:
            arithmetic = Precise(digits, self.deadline)
            scalars = {
                symbolic.entry_symbol(name, place).name: arithmetic.exact(_float(value[place]))
                for name, value in self.point.items() for place in np.ndindex(value.shape)
            }  # fmt: skip
            run_ = trace(program, scalars, arithmetic)
            now = [None if run_.tainted[i] else finite(arithmetic, run_.values[i][()]) for i in outputs]
            if before is not None and all(stands(a, b) or vanishes(a, b) for a, b in zip(before, now, strict=True)):
                return [arithmetic.context.zero if vanishes(a, b) else b for a, b in zip(before, now, strict=True)]
            before = now
        return [tiny_is_zero(v) for v in before or []]

    # -- route two: difference quotients of the meanings

    def by_differences(self, place: Place, variables: tuple[Variable, ...]) -> Truth:
        """The truth of one entry by moving its variables; from each side on a kink, or where sympy's formula has no
        value. Errors: LimitError."""
        central = self.smooth and "sympy" not in self.used and not self.symbolic
        if variables not in self.differences:
            self.differences[variables] = self.two_sided(variables) if central else self.sides(variables)
        self.used.add("differences")
        found = self.differences[variables]
        if central:
            return Truth(finite(self.arithmetic, as_array(found)[place]))
        left, right = (limit(self.arithmetic, *(as_array(quotient)[place] for quotient in side)) for side in found)
        broken = self.discontinuity(place, variables)
        if broken is not None:
            return broken
        if left is not None and right is not None and abs(left) != inf and same(left, right):
            return Truth((left + right) / 2)
        return Truth(None, left, right, one_sided=True)

    def moved(self, moves: Sequence[tuple[Variable, Scalar]]) -> Array:
        """The function with some variables moved."""
        point = {name: value.copy() for name, value in self.point.items()}
        for (name, place), step in moves:
            point[name][place] = point[name][place] + step
        return run(self.problem.program, self.arithmetic, self.inputs(point), deadline=self.deadline)

    def step(self, variable: Variable) -> Scalar:
        """A step small beside the variable: 1e-20 of its size, or 1e-30 at 0."""
        name, place = variable
        size = abs(self.point[name][place])
        scale = size if size and self.arithmetic.context.isfinite(size) else self.arithmetic.context.mpf(10) ** -10
        return scale * self.arithmetic.context.mpf(10) ** -self.step_digits

    @cached_property
    def largest(self) -> Scalar:
        """The largest number on the way to the function's values."""
        size = np.max(abs(self.value))
        on_the_way = (abs(v) for array in self.at_point.values for v in array.ravel() if not isinstance(v, bool))
        return max((v for v in on_the_way if size <= v < LARGEST_ON_THE_WAY), default=size)

    @cached_property
    def lost(self) -> Scalar:
        """What is as good as lost in the rounding of the largest number on the way, of any size."""
        return largest_number(self.at_point.values, self.arithmetic) * self.rounding

    @property
    def noise(self) -> Scalar:
        """The rounding error of the function's values, with a margin."""
        return self.largest * self.rounding

    def two_sided(self, variables: tuple[Variable, ...], *, careful: bool = False) -> Array:
        """Central differences in each variable in turn: ``2**order`` evaluations, and more where an entry is so small that
        it may be the step's own error, (x - 1)**3 at 1 has the quotient 1e-40, or that of rounding.

        careful: entries of 0 are computed again too, which may be slopes of 1e-100
        """
        quotient, noise = self.central(variables, self.arithmetic.context.one)
        size = abs(quotient)
        unsure = size <= noise if careful else (quotient != 0) & (size <= noise)
        small = self.small(quotient, noise)
        falls = np.zeros(quotient.shape, dtype=bool)
        if np.any(small):
            closer, noise = self.central(variables, self.arithmetic.context.mpf(10) ** -3)
            unsure |= small & (noise > size * FALL)
            falls = small & self.falls(quotient, closer, noise)
        quotient = np.where(falls, self.arithmetic.context.zero, quotient)
        if not np.any(unsure):
            return as_array(quotient)
        if self.cost > MAX_REFINEMENT_WORK or self.spare > SPARE_DIGITS:
            return as_array(np.where(unsure, self.arithmetic.context.zero, quotient))
        seen = self.close(variables)
        return as_array(np.where(unsure & (seen == seen), seen, quotient))

    def small(self, quotient: Array, noise: Scalar) -> Array:
        """Where a quotient is no rounding error, but so small that it may be the step's own error."""
        size = abs(quotient)
        return np.asarray((size > noise) & (size < SMALL * max(1, self.largest)), dtype=bool)

    def falls(self, quotient: Array, closer: Array, noise: Scalar) -> Array:
        """Where it is the step's own error: it falls with the step, and not below the rounding error of the closer one."""
        return np.asarray((noise <= abs(quotient) * FALL) & (abs(closer) < abs(quotient) * FALL), dtype=bool)

    def close(self, variables: tuple[Variable, ...], levels: Sequence[int] = (0, 1)) -> Array:
        """Central differences that two refinements with many digits agree on; nan where they do at none of the levels."""
        return self.agreed_on(
            lambda refinement: refinement.central(variables, refinement.arithmetic.context.one)[0],
            lambda refinement: refinement.blind(variables),
            levels,
        )

    def closer(self, place: Place, variables: tuple[Variable, ...]) -> Scalar:
        """One entry of ``close``, at as many levels as the size allows; what moves the same variables is found together."""
        if variables not in self.closest:
            self.closest[variables] = self.close(variables, self.levels)
        return self.closest[variables][place]

    @property
    def levels(self) -> tuple[int, ...]:
        """Those of ``REFINEMENTS`` that the size of the problem allows."""
        return (0, 1) if self.cost <= MAX_REFINED else (0,)

    def agreed_on(
        self, quotient: Callable[[Reference], Array], blind: Callable[[Reference], Scalar], levels: Sequence[int]
    ) -> Array:
        """What two refinements agree on, at the first of the levels at which they do; nan where they do at none.

        blind: a slope that is as good as lost in a refinement's rounding
        """
        found: Array | None = None
        for level in levels:
            first, second = self.refinements(level)
            most = ZERO if level < len(REFINEMENTS) - 1 else inf
            now = agreed(quotient(first), quotient(second), blind(second), most)
            found = now if found is None else np.where(found == found, found, now)
            if np.all(found == found):
                break
        return as_array(found)

    def blind(self, variables: tuple[Variable, ...]) -> Scalar:
        """A slope that is as good as lost."""
        lost = self.lost
        for variable in variables:
            lost = lost / (2 * self.step(variable))
        return lost

    def refinements(self, level: int) -> tuple[Reference, Reference]:
        """Two references with more digits and smaller steps."""
        if level not in self.refined_at:
            first, second = (self.sharper(*digits) for digits in REFINEMENTS[level])
            self.refined_at[level] = first, second
        return self.refined_at[level]

    def central(self, variables: tuple[Variable, ...], shrink: Scalar) -> tuple[Array, Scalar]:
        """Central differences with every step times ``shrink``, and their rounding error."""
        total: Any = 0  # Any: an Array once the first term is in
        noise = self.noise
        steps = [self.step(variable) * shrink for variable in variables]
        for signs in np.ndindex(*(2,) * len(variables)):
            weight = (-1) ** (len(variables) - sum(signs))
            totals: dict[Variable, Scalar] = {}
            for variable, step, sign in zip(variables, steps, signs, strict=True):
                totals[variable] = totals.get(variable, 0) + (step if sign else -step)
            total = total + weight * self.moved(list(totals.items()))
        for step in steps:
            total = total / (2 * step)
            noise = noise / (2 * step)
        return as_array(total), noise

    def cleaned(self, quotient: Any, noise: Any) -> Array:  # Any: Arrays, or Scalars where arrays have no axes
        """The quotient with what is below its own rounding error set to zero."""
        return as_array(np.where(abs(as_array(quotient)) <= noise, self.arithmetic.context.zero, quotient))

    def sides(self, variables: tuple[Variable, ...]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Left and right: quotients at three steps each, so that a limit can be told from a divergence.

        For a second derivative the quotient is that of the first derivative's differences a little to each side.
        """
        if len(variables) > 2:
            raise LimitError("a kink, where derivatives beyond the second are not checked", kind="unchecked")
        *inner, last = variables
        step = self.step(last)
        steps = self.approaching(step)
        left, right = (tuple(self.one_sided(inner, last, sign * s) for s in steps) for sign in (-1, 1))
        return left, right

    def approaching(self, step: Scalar) -> list[Scalar]:
        """Three steps towards zero; their ratios are no powers of ten, in which an oscillation could hide."""
        return [step, step * APPROACH[0], step * APPROACH[0] * APPROACH[1]]

    def discontinuity(self, place: Place, variables: tuple[Variable, ...]) -> Truth | None:
        """Where a second derivative was asked for: how the first one fails to be continuous, or to exist; else None."""
        if len(variables) < 2:
            return None
        *inner, last = variables
        across, here = partial(self.beside, inner, last), partial(self.one_sided, [], inner[0])
        for quotient, step in ((across, self.step(last)), (here, self.step(inner[0]))):
            steps = self.approaching(step)
            before, after = (
                limit(self.arithmetic, *(as_array(quotient(sign * s))[place] for s in steps)) for sign in (-1, 1)
            )
            if before is None or after is None or max(abs(before), abs(after)) == inf:
                return Truth(None, before, after, one_sided=True)
            if not same(before, after, 1e-9) and abs(after - before) > abs(step) * 1e6:
                return Truth(None, before, after, one_sided=True, jump=(before, after))
        return None

    def one_sided(self, inner: Sequence[Variable], variable: Variable, step: Scalar) -> Array:
        if not inner:
            return self.cleaned((self.moved([(variable, step)]) - self.value) / step, self.noise / abs(step))
        far, near = self.beside(inner, variable, 2 * step), self.beside(inner, variable, step)
        truncation = self.arithmetic.context.mpf(10) ** (3 - self.step_digits) * max(1, np.max(abs(self.value)))
        return self.cleaned((far - near) / step, max(truncation, self.noise / (self.inner_step(step) * abs(step))))

    def beside(self, inner: Sequence[Variable], variable: Variable, shift: Scalar) -> Array:
        """The inner derivative (one variable) at a point shifted off the kink, by differences of a smaller step."""
        (first,) = inner
        small = self.inner_step(shift)
        if first == variable:
            plus, minus = self.moved([(variable, shift + small)]), self.moved([(variable, shift - small)])
        else:
            plus, minus = (self.moved([(variable, shift), (first, sign * small)]) for sign in (1, -1))
        return as_array((plus - minus) / (2 * small))

    def inner_step(self, shift: Scalar) -> Scalar:
        """A step that is small beside ``shift``."""
        return abs(shift) * self.arithmetic.context.mpf(10) ** -self.step_digits

    def limits_of_value(self) -> tuple[Scalar | None, Scalar | None]:
        """The function a little to the left and right of the point, for one scalar variable and a scalar output."""
        ((name, value),) = [(name, value) for name, value in self.point.items() if name in self.problem.active]
        if value.ndim or self.value.ndim:
            raise ValueError("limits are of scalars")
        step = self.step((name, ()))
        sides = []
        for sign in (-1, 1):
            values = (self.moved([((name, ()), sign * s)])[()] for s in self.approaching(step))
            sides.append(limit(self.arithmetic, *values))
        return sides[0], sides[1]

    def slope_across(self, limit: Scalar) -> Scalar | None:
        """The derivative at a removable singularity whose value would be ``limit``; None if the sides do not meet."""
        ((name, _),) = [(name, value) for name, value in self.point.items() if name in self.problem.active]
        step = self.step((name, ()))
        before, after = (self.moved([((name, ()), sign * step)])[()] for sign in (-1, 1))
        left, right = (limit - before) / step, (after - limit) / step
        slope = (after - before) / (2 * step)
        return (
            (slope if abs(slope) > 1e-15 else slope * 0)
            if abs(left - right) <= 1e-6 * max(abs(left), abs(right), 1e-9)
            else None
        )


def _float(value: Scalar) -> float:
    return float(value)
