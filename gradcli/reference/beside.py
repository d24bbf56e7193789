"""Limits and one-sided derivatives of a function of which no power series is told, from bounds for small steps.

The derivative from one side is what the slopes beside the point tend to, where the function is continuous from that
side: by the mean value theorem.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, UntoldError
from gradcli.meaning.germs.arithmetic import STEPPED, Germ, GermArithmetic
from gradcli.meaning.germs.leading import Leading, power_of
from gradcli.meaning.program import run
from gradcli.meaning.scalars import Array
from gradcli.meaning.series.ray import quotient, tends_to
from gradcli.meaning.series.series import same
from gradcli.reference.problem import Place, Problem, Variable

# Any, in this module: Scalars, that are Balls, Undefined and Germs

NARROW = arb(2) ** -100  # relative, of a number around 0 absolute: what may go to and fro by less does not
PER_STEP = Leading(arb(0), arb(1), power_of(0, Fraction(1)))  # 1/t


def beside(problem: Problem, point: Mapping[str, Array], place: Place, variable: Variable, sign: int) -> Any:
    """The function on one side of a point of Balls, along a variable. Errors: LimitError."""
    arithmetic = GermArithmetic(ideal=problem.ideal)
    name, at = variable
    point = {**point, name: point[name].copy()}
    point[name][at] = point[name][at] + STEPPED * sign
    return run(problem.program, arithmetic, problem.inputs(arithmetic, point))[place]


def limit(number: Any) -> arb | None:
    """As of ray.tends_to. Errors: UntoldError."""
    if type(number) is not Germ:
        return tends_to(number)
    return tends_to(number.series) if number.series is not None else _narrow(number.bounds[0])


def slope(near: Any, here: arb, sign: int) -> arb | None:
    """What ``(near - here)/(sign*t)`` tends to. Errors: UntoldError."""
    if type(near) is not Germ:
        return tends_to(quotient(near, here, sign))
    if near.series is not None:
        return tends_to(quotient(near.series, here, sign))
    end = _narrow(near.bounds[0])
    if not (end.is_finite() and same(end, here)):
        return tends_to(quotient(Ball(end), here, sign)) if end.is_finite() else end * sign
    value, found = near.bounds
    with suppress(UntoldError):
        if found is not None:
            return _narrow(found) * sign
    if value.moves >= 0:
        raise UntoldError
    return _narrow(value.term * PER_STEP) * sign


def _narrow(bounds: Leading) -> arb:
    """Errors: UntoldError where it is not told, or may go to and fro."""
    found = bounds.limit
    if found.is_finite() and found.rad() > NARROW * abs(found.mid()).max(1):
        raise UntoldError
    return found
