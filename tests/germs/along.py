"""A step of which only bounds are known, and what is told of a function of it, held against balls at small steps."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Undefined, variable
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.germs.arithmetic import Germ
from gradcli.meaning.germs.leading import Leading, ball, power_of

T = Germ(None, (Leading(arb(0), arb(1), power_of(0, Fraction(-1))), Leading(arb(1), arb(0))))  # t, without its series
CLOSE = 0.5  # of a ratio to its factor: the next term may be smaller by a logarithm alone
LOOSE = arb(2) ** 20  # a bound that is known up to a power of a logarithm, at the steps that are looked at

# Any, in this module: Scalars


def size(leading: Leading, t: arb) -> arb:
    """The powers beside the factor."""
    found, x = arb(1), 1 / t
    for exponent in leading.growth:
        if exponent != 0:
            found = found * x ** ball(exponent)
        x = x.log()
    return found


def assert_leads(leading: Leading, exact: arb, t: arb) -> None:
    """Is a number at a step what is told for all small enough ones?"""
    if any(not ball(exponent).is_finite() for exponent in leading.growth):
        beyond = leading.growth[0]
        assert abs(exact) > t**-20 if beyond > 0 else abs(exact) < t**20
        assert leading.factor.contains(0) or (exact > 0) == (leading.factor > 0)
        return
    ratio = (exact - leading.constant) / size(leading, t)
    if leading.factor.contains(0):
        assert abs(ratio).lower() <= LOOSE, (leading, exact)
    else:
        assert abs(ratio / leading.factor.mid() - 1).lower() < CLOSE, (leading, exact, ratio)


def slope_at(function: Any, operands: Any, t: arb) -> arb:
    """The derivative in t in balls; operands: t -> Scalars"""
    step = variable(t)
    (found,) = tangents([function(*operands(step))], {step.serial: Ball(arb(1))})
    return arb.nan() if type(found) is Undefined else found.value
