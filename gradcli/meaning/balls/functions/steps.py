"""Magnitudes, signs and whole numbers: functions with kinks and jumps, at which they have no slope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, untold
from gradcli.meaning.balls.functions.domains import UNTOLD
from gradcli.meaning.balls.functions.function import Function

# Any, in this module: Scalars


def _flat(name: str, value: Callable[[arb], arb], jumps: Callable[[arb], bool | None]) -> Function:
    """A step function: its slope is 0, but where it jumps.

    jumps: does it certainly jump there, certainly not, or can it not be told?
    """
    jump = Undefined(f"a jump of {name}")

    def slope(x: Ball, _out: Ball) -> Any:
        told = jumps(x.value)
        return untold((x,)) if told is None else jump if told else ZERO

    return Function(
        name,
        (slope,),
        lambda x: value(x) if x.is_finite() else x,
        infinite=True,
        stands_on_jump=lambda x: jumps(x) is not False,
    )


def _at(x: arb) -> bool | None:
    """Is it at a whole number?"""
    return True if x.is_integer() else None if x.contains_integer() or x.is_nan() else False


def _at_half(x: arb) -> bool | None:
    """Is it in the middle between two whole numbers?"""
    return _at(x - arb(0.5)) if not x.is_integer() else False


def _sign(x: arb) -> arb:
    return arb(1) if x > 0 else arb(-1) if x < 0 else arb(0) if x.is_zero() else UNTOLD


def _round(x: arb) -> arb:
    """The nearest whole number, halves to the even one."""
    if x.is_integer():
        return x
    up = (x + arb(0.5)).floor()
    return up - 1 if _at_half(x) and not (up / 2).is_integer() else up


def _trunc(x: arb) -> arb:
    """The whole part."""
    if abs(x) < 1:
        return arb(0)
    return x.floor() if x > 0 else x.ceil() if x < 0 else x.floor().union(x.ceil())


def _truncated(x: arb) -> bool | None:
    return False if abs(x) < 1 else _at(x)


floor = _flat("floor", lambda x: x.floor(), _at)
ceiling = _flat("ceiling", lambda x: x.ceil(), _at)
round_ = _flat("round", _round, _at_half)
trunc = _flat("trunc", _trunc, _truncated)


def _slope_of_sign(x: Ball, out: Ball) -> Any:
    return Undefined("a jump of sign") if x.value.is_zero() else untold((x,)) if out.value.is_nan() else ZERO


def _slope_of_abs(x: Ball, _out: Ball) -> Any:
    return Undefined("a kink of abs") if x.value.is_zero() else sign(x)


sign = Function("sign", (_slope_of_sign,), _sign, infinite=True, stands_on_jump=lambda x: x.contains(0))
Abs = Function("Abs", (_slope_of_abs,), abs, infinite=True)

FUNCTIONS = (floor, ceiling, round_, trunc, sign, Abs)
