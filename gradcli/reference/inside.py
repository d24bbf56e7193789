"""Derivatives inside expressions, at points where balls find none: told from both sides."""

from __future__ import annotations

from typing import Any

from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined, UntoldError, untold, variable
from gradcli.meaning.germs.arithmetic import STEPPED, GermArithmetic
from gradcli.meaning.program import run
from gradcli.meaning.scalars import Array, Field, Move, as_array, mapped
from gradcli.meaning.series.arithmetic import SeriesArithmetic, slope_in
from gradcli.meaning.series.extent import length
from gradcli.meaning.series.matrices import moves as depends_on_step
from gradcli.meaning.series.ray import BITS, LENGTHS, meeting, moved
from gradcli.reference.beside import slope

# Any, in this module: Scalars

INSIDE = "a derivative inside the expression does not exist here"


class Sided(Balls):
    """Balls in which a first or second derivative inside the expression is a number where its two sides meet; no slope
    of it is told."""

    def along(self, field: Field, *moves: Move) -> Array:
        found = super().along(field, *moves)
        if not any(type(entry) is Undefined for entry in found.ravel()):
            return found
        if len(moves) > 2:
            return mapped(lambda entry: Ball(arb.nan()) if type(entry) is Undefined else entry, found)
        *inner, last = moves
        here = self.along(field, *inner) if inner else as_array(field.value)
        with precision(BITS), length(LENGTHS[0]):
            before, after = (self._beside(field, inner, last, sign) for sign in (-1, 1))
            met = mapped(_met, found, here, before, after)
            if inner or not any(type(entry) is Ball and entry.value.is_nan() for entry in met.ravel()):
                return met
            try:
                before, after = (self._bounded(field, last, sign) for sign in (-1, 1))
            except LimitError:
                return met
            return mapped(_met, found, here, before, after)

    def _bounded(self, field: Field, last: Move, sign: int) -> Array:
        """The function on one side along a move, where it has no series."""
        moving, direction = last
        step = STEPPED * sign
        point = {name: mapped(_still, value) for name, value in field.point.items()}
        point[moving.name] = mapped(lambda v, d: v + step * d, point[moving.name], mapped(_still, direction))
        return as_array(run(field.program, GermArithmetic(ideal=self.ideal), point))

    def _beside(self, field: Field, inner: list[Move], last: Move, sign: int) -> Array:
        """The function, or its inner derivative, on one side along the last move."""
        arithmetic = SeriesArithmetic(ideal=self.ideal)
        point = dict(field.point)
        h = variable(arb(0))
        for changed, direction in inner:
            point[changed.name] = mapped(lambda v, d: v + h * d, point[changed.name], direction)
        along = mapped(lambda d: d if type(d) is Undefined else Ball(d.value * sign), last[1])
        values = as_array(run(field.program, arithmetic, moved(point, {last[0].name: along})))
        return mapped(lambda v: slope_in(v, h), values) if inner else values


def _still(number: Any) -> Any:
    """As a constant."""
    return Ball(number.value) if type(number) is Ball else number


def _met(found: Any, here: Any, before: Any, after: Any) -> Any:
    """The derivative of which both sides tell, where balls have none."""
    if type(found) is not Undefined:
        return found
    if type(here) is Undefined:
        return here if here.why.startswith(INSIDE) else found
    try:
        ends = [slope(near, here.value, sign) for near, sign in ((before, -1), (after, 1))]
        both = meeting(*ends)
    except UntoldError:
        return Ball(arb.nan())
    if both is not None:
        return untold([here], both)
    return found if any(end is None or not end.is_finite() for end in ends) else Undefined(f"{INSIDE}: {found.why}")


class SidedSeries(SeriesArithmetic):
    """Series for which derivatives inside the expression, where they do not move, are told from both sides as well."""

    def along(self, field: Field, *moves: Move) -> Array:
        if depends_on_step(field.value, *field.point.values()):
            return super().along(field, *moves)
        return Sided(ideal=self.ideal).along(field, *moves)
