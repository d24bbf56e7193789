"""The arithmetic of series: the rows' sympy meanings along a ray, for all small enough steps."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.precision import working_bits
from gradcli.meaning.balls.ball import (
    NAN,
    ZERO,
    Ball,
    Condition,
    Undefined,
    UntoldError,
    condition,
    lifted,
    next_serial,
)
from gradcli.meaning.balls.order import in_order
from gradcli.meaning.balls.sweep import reachable, tangents
from gradcli.meaning.program import Program, Step
from gradcli.meaning.scalars import Array, Field, Move, as_array, mapped
from gradcli.meaning.series import (
    bessel,
    certain,
    elementary,
    error_functions,
    gamma,
    hyperbolic,
    integrals,
    polynomials,
    zeta,
)
from gradcli.meaning.series.extent import derivatives
from gradcli.meaning.series.functions import on_edge
from gradcli.meaning.series.matrices import beyond, limit, moves
from gradcli.meaning.series.rationals import known, rational
from gradcli.meaning.series.roots import SeriesRoots
from gradcli.meaning.series.series import Series, either, sign, simple
from gradcli.meaning.series.still import Still, still

# Any, in this module: Scalars, that are Balls, Undefined and Series

# They enter rules.
FAMILIES = (bessel, certain, elementary, error_functions, gamma, hyperbolic, integrals, polynomials, zeta)
STEP = Series({(1, 0): Ball(arb(1))})  # t


class SeriesArithmetic(SeriesRoots):
    """Scalars are Balls, Series or Undefined; conditions are Conditions that hold for all small enough t.

    program, point: what a ray from this point does not move is taken from there, if given, and not computed again

    The length of series is that of ``series.length``, the precision that of ``precision.precision``.
    """

    _of_rationals: dict[tuple[Fraction, int], Ball]  # inexact balls, one for a number and a precision
    _still: Still

    def __init__(
        self, *, ideal: bool = False, program: Program | None = None, point: Mapping[str, Array] | None = None
    ) -> None:
        super().__init__(ideal=ideal)
        vars(self).update(_of_rationals={}, _still=Still())
        if program is not None:
            vars(self)["_still"] = still(program, self, point or {})

    # -- what a ray does not move

    def number(self, tree: Any) -> Array:
        found: Array | None = self._still.numbers.get(id(tree))
        return as_array(super().number(tree)) if found is None else found

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        known = self._still.steps.get(id(step))
        if known is None or step.op is None:
            return super().apply(step, arguments)
        marks = known.moved(arguments)
        if not marks:
            return known.outcome
        if not step.op.elementwise:
            return super().apply(step, arguments)
        moved = np.zeros(known.outcome.shape, bool)
        for mark in marks:
            moved |= mark
        meaning, constants = self.meaning(step.op), [self.constant(value) for value in step.constants]
        spread = [None if a is None else np.broadcast_to(a, moved.shape) for a in arguments]
        out = known.outcome.copy()
        for place in map(tuple, np.argwhere(moved)):
            out[place] = self.called(meaning, [None if a is None else a[place] for a in spread], constants)
        return out

    def derive(self, step: Step, arguments: list[Array | None], point: Mapping[str, Array]) -> Array:
        known = self._still.steps.get(id(step))
        if known is not None and not known.moved([*arguments, *point.values()]):
            return known.outcome
        return super().derive(step, arguments, point)

    # -- exact constants, which may be exponents: 1/3 is no exact ball

    def scalar(self, tree: Any) -> Any:  # Any: a number leaf, a Python number or a Fraction -> a Scalar
        found = super().scalar(tree)
        return self._known(found, Fraction(int(tree.p), int(tree.q))) if getattr(tree, "is_Rational", False) else found

    def rational(self, p: int, q: int) -> Ball:
        return self._known(super().rational(p, q), Fraction(p, q))

    def div(self, x: Any, y: Any) -> Any:
        found = super().div(x, y)
        if type(found) is not Ball or found.serial:
            return found
        above, below = rational(lifted(x)), rational(lifted(y))
        return found if above is None or below is None else self._known(found, above / below)

    def _known(self, ball: Ball, exact: Fraction) -> Ball:
        """The ball of a rational number, one for each."""
        if ball.value.is_exact():
            return ball
        return self._of_rationals.setdefault((exact, working_bits()), known(ball.value, exact))

    # -- conditions

    def lt(self, x: Any, y: Any) -> Condition:
        return self._compared(x, y, lambda side: side < 0, super().lt)

    def eq(self, x: Any, y: Any) -> Condition:
        return self._compared(x, y, lambda side: side == 0, super().eq)

    def _compared(
        self, x: Any, y: Any, holds: Callable[[int], bool], constant: Callable[[Any, Any], Condition]
    ) -> Condition:
        """By the sign of the difference; on an edge where that is 0 and moves with a variable."""
        x, y = lifted(x), lifted(y)
        if not moves(x, y) or type(x) is Undefined or type(y) is Undefined:
            return constant(x, y)
        if x is y:
            return Condition(holds(0))
        try:
            difference = x - y
            side = sign(difference)
        except UntoldError:
            return Condition(None)
        still = side or (type(difference) is Ball and not difference.serial)
        return Condition(holds(side), () if still else _coefficients(difference))

    def where(self, chosen: Any, x: Any, y: Any) -> Any:
        c = condition(chosen)
        x, y = lifted(x), lifted(y)
        taken = y if c.truth is False else x
        if x is y or (c.truth is not None and not c.edge):
            return taken
        if c.truth is None:
            return super().where(c, x, y) if c.lost is not None or not moves(x, y) else either(x, y)
        return on_edge(taken, c.edge)

    def _extreme(
        self, xs: Sequence[Any], beats: Callable[[Any, Any], bool | None], hull: Callable[[arb, arb], arb]
    ) -> Any:
        """That of the balls, held against each series; tied where they are equal and move apart with a variable."""
        xs = [lifted(x) for x in xs]
        balls, series = [x for x in xs if type(x) is not Series], [x for x in xs if type(x) is Series]
        best: Any = super()._extreme(balls, beats, hull) if balls else series.pop(0)
        for x in series:
            if type(best) is Undefined:
                return best
            side = self._side(best, x)
            if side is None:
                best = either(best, x)
            elif side == 0:
                best = self.where(self.eq(best, x), best, x)
            elif beats(ZERO, Ball(arb(-side))):
                best = x
        return best

    def _side(self, x: Any, y: Any) -> int | None:
        if x is y:
            return 0
        try:
            return sign(x - y)
        except UntoldError:
            return None

    # -- arrays of which an entry depends on t

    def ordered(self, x: Array, dim: int) -> Array:
        """Ascending along an axis; where an entry is undefined, all of its line is."""
        if not moves(x):
            return super().ordered(x, dim)
        lines = np.moveaxis(x, dim, -1)
        out = np.empty(lines.shape, dtype=object)
        for place in np.ndindex(lines.shape[:-1]):
            out[place] = self._sorted([lifted(v) for v in lines[place]])
        return np.moveaxis(out, -1, dim)

    def _sorted(self, line: list[Any]) -> list[Any]:
        """Series inserted among the balls in order; equal ones are tied where they move apart with a variable."""
        found = in_order([x for x in line if type(x) is not Series])
        if found and type(found[0]) is Undefined:
            return [found[0]] * len(line)
        for x in line:
            if type(x) is not Series:
                continue
            at, low = self._above(found, x), x
            found.insert(at, x)
            while at:
                low, high = self.Min(found[at - 1], low), self.Max(found[at - 1], low)
                if high is found[at]:
                    break
                found[at - 1], found[at] = low, high
                at -= 1
        return found

    def _above(self, line: list[Any], x: Any) -> int:
        """Where the entries begin that are certainly above x."""
        low, high = 0, len(line)
        while low < high:
            middle = (low + high) // 2
            if self._side(line[middle], x) == 1:
                high = middle
            else:
                low = middle + 1
        return low

    def positions(self, index: Array) -> Any:  # Any: an array of ints
        """Indices as ints, -1 for what moves: it is not whole."""
        return super().positions(mapped(_index, index))

    # -- derivatives inside expressions

    def along(self, field: Field, *moves: Move) -> Array:
        before = next_serial()
        with derivatives(len(moves)):
            found = super().along(field, *moves)
        balls = [ball for number in found.ravel() for ball in _coefficients(number)]
        outside: set[int] = set()
        for step in reversed(reachable(balls)):
            if step.serial < before or any(operand.serial in outside for operand in step.operands):
                outside.add(step.serial)
        return mapped(lambda v: _freed(v, outside), found)

    def slopes(self, found: Sequence[Any], variable: Ball) -> list[Any]:
        """Those of each coefficient of the series."""
        return [slope_in(v, variable) for v in found]


def _index(number: Any) -> Any:
    """What an index that moves tends to where it stays there for every t; no number elsewhere."""
    if type(number) is not Series:
        return number
    return NAN if sign(beyond(number)) else limit(number)


def slope_in(number: Any, variable: Ball) -> Any:
    """The derivative of a number in a variable of its coefficients."""
    if type(number) is Series:
        powers = list(number.terms)
        slopes = tangents(list(number.terms.values()), {variable.serial: Ball(arb(1))})
        return simple(zip(powers, slopes, strict=True), number.order, rough=number.rough)
    if type(number) is Undefined:
        return number
    return tangents([number], {variable.serial: Ball(arb(1))})[0]


def _coefficients(number: Any) -> tuple[Ball, ...]:
    if type(number) is Series:
        return tuple(number.terms.values())
    return () if type(number) is Undefined else (number,)


def _freed(number: Any, outside: Container[int]) -> Any:
    """Constants in the place of coefficients that depend on nothing outside of a derivative that is taken."""
    if type(number) is Series:
        terms = [(power, _freed(coefficient, outside)) for power, coefficient in number.terms.items()]
        return simple(terms, number.order, swings=number.swings, rough=number.rough)
    still = type(number) is Ball and number.serial not in outside
    return Ball(number.value) if still else number
