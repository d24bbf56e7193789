"""Sine and its relatives, in radians, and their inverses."""

from __future__ import annotations

from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Undefined, is_infinite, untold
from gradcli.meaning.balls.functions.domains import UNTOLD, from_one, off_zero, up_to_one, within
from gradcli.meaning.balls.functions.function import Function, at
from gradcli.meaning.balls.functions.powers import sqrt
from gradcli.meaning.balls.functions.steps import Abs

# Any, in this module: Scalars

sin: Function = Function("sin", (lambda x, out: cos(x),), lambda x: x.sin())
cos: Function = Function("cos", (lambda x, out: -sin(x),), lambda x: x.cos())
sec: Function = Function("sec", (lambda x, out: out * tan(x),), lambda x: x.sec())
tan: Function = Function("tan", (lambda x, out: sec(x) * sec(x),), lambda x: x.tan())
csc: Function = Function("csc", (lambda x, out: -out * cot(x),), off_zero(lambda x: x.csc(), "csc"))
cot: Function = Function("cot", (lambda x, out: -csc(x) * csc(x),), off_zero(lambda x: x.cot(), "cot"))


# -- inverses


def _cathetus(x: Ball) -> Any:
    """sqrt(1 - x**2), without cancellation near 1."""
    return sqrt((1 - x) * (1 + x))


def _beyond(x: Ball) -> Any:
    """abs(x)*sqrt(x**2 - 1), without cancellation near 1."""
    return Abs(x) * sqrt((x - 1) * (x + 1))


_OUTSIDE = "{} of a number that is not from -1 to 1"
_INSIDE = "{} of a number between -1 and 1"

asin = Function(
    "asin",
    (lambda x, out: 1 / _cathetus(x),),
    within(up_to_one, lambda x: x.asin(), _OUTSIDE.format("asin")),
    stands_on_jump=at(1, -1),
)
acos = Function(
    "acos",
    (lambda x, out: -1 / _cathetus(x),),
    within(up_to_one, lambda x: x.acos(), _OUTSIDE.format("acos")),
    stands_on_jump=at(1, -1),
)
atan = Function("atan", (lambda x, out: 1 / (1 + x * x),), lambda x: x.atan(), infinite=True)
asec = Function(
    "asec",
    (lambda x, out: 1 / _beyond(x),),
    within(from_one, lambda x: (1 / x).acos(), _INSIDE.format("asec")),
    infinite=True,
    stands_on_jump=at(1, -1),
)
acsc = Function(
    "acsc",
    (lambda x, out: -1 / _beyond(x),),
    within(from_one, lambda x: (1 / x).asin(), _INSIDE.format("acsc")),
    infinite=True,
    stands_on_jump=at(1, -1),
)


def _acot(x: arb) -> arb:
    """atan(1/x), from -pi/2 to pi/2; pi/2 at 0, where it jumps."""
    return arb.pi() / 2 if x.is_zero() else (1 / x).atan()


def _slope_of_acot(x: Ball, _out: Ball) -> Any:
    if x.value.contains(0):
        return Undefined("a jump of acot") if x.value.is_zero() else untold((x,))
    return -1 / (1 + x * x)


acot = Function("acot", (_slope_of_acot,), _acot, infinite=True, stands_on_jump=lambda x: x.contains(0))


# -- the angle of a point


def _atan2(y: arb, x: arb) -> arb | Undefined:
    if y.is_zero() and x.is_zero():
        return Undefined("the angle of the point (0, 0)")
    if y.is_finite() and x.is_finite():
        return arb.atan2(y, x)
    if is_infinite(y) and x.is_finite():
        return arb.pi() / 2 if y > 0 else -arb.pi() / 2
    if is_infinite(x) and y.is_finite() and (x > 0 or y >= 0 or y < 0):
        return arb(0) if x > 0 else arb.pi() if y >= 0 else -arb.pi()
    return UNTOLD


def _slope_in_y(y: Ball, x: Ball, _out: Ball) -> Any:
    """Along the negative half of the x axis the angle jumps as y passes 0; in x it has the slope of either side."""
    if y.value.contains(0) and not x.value > 0:
        return Undefined("a jump of atan2") if y.value.is_zero() and x.value < 0 else untold((y, x))
    return x / (x * x + y * y)


atan2 = Function(
    "atan2",
    (_slope_in_y, lambda y, x, out: -y / (x * x + y * y)),
    _atan2,
    infinite=True,
    stands_on_jump=lambda y, x: y.contains(0) and not x > 0,
)

FUNCTIONS = (sin, cos, tan, sec, csc, cot, asin, acos, atan, asec, acsc, acot, atan2)
