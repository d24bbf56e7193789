"""The arithmetic of series: the rows' sympy meanings along a ray, for all small enough steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from gradcli.meaning.balls.arithmetic import edged
from gradcli.meaning.balls.ball import ZERO, Ball, Condition, Undefined, UntoldError, condition, lifted, variable
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.program import run
from gradcli.meaning.scalars import Array, Field, Move, as_array, mapped
from gradcli.meaning.series.elementary import fraction, power
from gradcli.meaning.series.matrices import moves
from gradcli.meaning.series.series import Series, sign, simple
from gradcli.meaning.series.spectra import SeriesSpectra

# Any, in this module: Scalars, that are Balls, Undefined and Series

STEP = Series({(Fraction(1), 0): Ball(arb(1))})  # t


class SeriesArithmetic(SeriesSpectra):
    """Scalars are Balls, Series or Undefined; conditions are Conditions that hold for all small enough t.

    The length of series is that of ``series.length``, the precision that of ``precision.precision``.
    """

    _rationals: dict[int, tuple[Ball, Fraction]]

    def __init__(self, *, ideal: bool = False) -> None:
        super().__init__(ideal=ideal)
        vars(self)["_rationals"] = {}

    # -- exact constants, which may be exponents: 1/3 is no exact ball

    def scalar(self, tree: Any) -> Any:  # Any: a number leaf, a Python number or a Fraction -> a Scalar
        found = super().scalar(tree)
        rational = getattr(tree, "is_Rational", False)
        return self._known(found, Fraction(int(tree.p), int(tree.q))) if rational else found

    def rational(self, p: int, q: int) -> Ball:
        found = super().rational(p, q)
        self._known(found, Fraction(p, q))
        return found

    def div(self, x: Any, y: Any) -> Any:
        found = super().div(x, y)
        above, below = self._exact(x), self._exact(y)
        return self._known(found, above / below) if above is not None and below else found

    def _known(self, ball: Any, exact: Fraction) -> Any:
        if type(ball) is Ball and not ball.serial:
            self._rationals[id(ball)] = (ball, exact)
        return ball

    def _exact(self, number: Any) -> Fraction | None:
        if isinstance(number, int | Fraction):
            return Fraction(number)
        if type(number) is not Ball:
            return None
        known = self._rationals.get(id(number))
        return fraction(number.value) if known is None else known[1]

    def pow(self, x: Any, y: Any) -> Any:
        x, y = lifted(x), lifted(y)
        if type(x) is not Series or type(y) is not Ball:
            return FUNCTIONS["pow"](x, y)
        try:
            return power(x, y, self._exact(y))
        except UntoldError:
            return Ball(arb.nan())

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
        try:
            difference = x - y
            side = sign(difference)
        except UntoldError:
            return Condition(None)
        still = side or (type(difference) is Ball and not difference.serial)
        return Condition(holds(side), () if still else _moving(difference))

    def where(self, chosen: Any, x: Any, y: Any) -> Any:
        c = condition(chosen)
        x, y = lifted(x), lifted(y)
        taken = y if c.truth is False else x
        if x is y or (c.truth is not None and not c.edge):
            return taken
        if not moves(x, y):
            return super().where(c, x, y)
        if c.truth is None:
            return Ball(arb.nan())
        terms = {power: edged(coefficient, c.edge) for power, coefficient in taken.terms.items()}
        return Series(terms, taken.order) if type(taken) is Series else super().where(c, x, y)

    def _extreme(
        self, xs: Sequence[Any], beats: Callable[[Any, Any], bool | None], hull: Callable[[arb, arb], arb]
    ) -> Any:
        if not moves(*xs):
            return super()._extreme(xs, beats, hull)
        best, *rest = map(lifted, xs)
        for x in rest:
            if type(best) is Undefined or type(x) is Undefined:
                return best if type(best) is Undefined else x
            side = self._side(best, x)
            if side is None:
                return Ball(arb.nan())
            if side == 0 and not (type(best) is Ball and type(x) is Ball):
                best = self.where(self.eq(best, x), best, x)
            elif side == 0:
                best = super()._extreme([best, x], beats, hull)
            elif beats(ZERO, Ball(arb(-side))):
                best = x
        return best

    def _side(self, x: Any, y: Any) -> int | None:
        try:
            return sign(x - y)
        except UntoldError:
            return None

    # -- arrays of which an entry depends on t

    def ordered(self, x: Array, dim: int) -> Array:
        """Ascending along an axis by comparisons. Errors: UntoldError."""
        if not moves(x):
            return super().ordered(x, dim)
        lines = np.moveaxis(x, dim, -1)
        out = np.empty(lines.shape, dtype=object)
        for place in np.ndindex(lines.shape[:-1]):
            out[place] = self._sorted([lifted(v) for v in lines[place]])
        return np.moveaxis(out, -1, dim)

    def _sorted(self, line: list[Any]) -> list[Any]:
        """By insertion; equal ones are tied where they move apart with a variable."""
        found: list[Any] = []
        for x in line:
            at = len(found)
            found.append(x)
            while at and type(x) is not Undefined and type(found[at - 1]) is not Undefined:
                low, high = self.Min(found[at - 1], x), self.Max(found[at - 1], x)
                if high is x:
                    break
                found[at - 1], found[at] = low, high
                x, at = low, at - 1
        return found

    # -- derivatives inside expressions

    def along(self, field: Field, *moves: Move) -> Array:
        """The derivative of the field along each move in turn: of each coefficient of the series."""
        steps = [variable(arb(0)) for _ in moves]
        point: dict[str, Array] = dict(field.point)
        for (moved, direction), h in zip(moves, steps, strict=True):
            point[moved.name] = mapped(lambda v, d, h=h: v + h * d, point[moved.name], direction)
        out = as_array(run(field.program, self, point))
        for h in steps:
            out = mapped(lambda v, h=h: slope_in(v, h), out)
        return out


def slope_in(number: Any, variable: Ball) -> Any:
    """The derivative of a number in a variable of its coefficients."""
    if type(number) is Series:
        powers = list(number.terms)
        slopes = tangents(list(number.terms.values()), {variable.serial: Ball(arb(1))})
        return simple(zip(powers, slopes, strict=True), number.order)
    if type(number) is Undefined:
        return number
    return tangents([number], {variable.serial: Ball(arb(1))})[0]


def _moving(difference: Any) -> tuple[Ball, ...]:
    return tuple(difference.terms.values()) if type(difference) is Series else (difference,)
