"""Exponentials, logarithms and powers."""

from __future__ import annotations

from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, Differentiable, Undefined, exact_integer, is_infinite, made, untold
from gradcli.meaning.balls.functions.domains import UNTOLD, at_least, within
from gradcli.meaning.balls.functions.function import Function, at

# Any, in this module: Scalars


def _log(x: arb) -> arb | Undefined:
    if x.is_zero():
        return arb.neg_inf()
    return x.log() if x > 0 else Undefined("the logarithm of a negative number") if x < 0 else UNTOLD


def _slope_of_log(x: Ball, _out: Ball) -> Any:
    return Undefined("the slope of log at 0 is infinite") if x.value.is_zero() else 1 / x


def _slope_of_sqrt(x: Ball, out: Ball) -> Any:
    return Undefined("the slope of sqrt at 0 is infinite") if x.value.is_zero() else 1 / (2 * out)


exp: Function = Function("exp", (lambda x, out: out,), lambda x: x.exp(), infinite=True)
log = Function("log", (_slope_of_log,), _log, infinite=True, stands_on_jump=at(0))
sqrt = Function(
    "sqrt",
    (_slope_of_sqrt,),
    within(lambda x: at_least(x, 0), lambda x: x.sqrt(), "the square root of a negative number"),
    infinite=True,
    stands_on_jump=at(0),
)


# -- powers

_NEGATIVE_POWER = Undefined("0 to a negative power")
_JUMP_AT_ZERO = Undefined("0**y jumps at y = 0")
_NEGATIVE_BASE = Undefined("a negative number to a power that is not whole")
_EDGE = Undefined("the edge of a power's domain")
_LOGARITHMIC = Differentiable("x**y*log(x) at 0", (lambda x, y, out: _EDGE, lambda x, y, out: out))
_ZEROTH = Differentiable("pow at 0", (lambda y, out: _JUMP_AT_ZERO,))


def _pow(x: arb, y: arb) -> arb | Undefined:
    """Real powers: 0**0 is 1; a negative base needs a whole exponent."""
    whole = exact_integer(y)
    if whole is not None:
        if x.is_zero() and whole < 0:
            return _NEGATIVE_POWER
        if whole > 0 and x.mid().is_zero() and x.is_finite():
            return arb(0, x.upper() ** whole)  # FLINT's power of a ball around 0 is nan
        if is_infinite(x) and whole > 0:
            return arb.neg_inf() if x < 0 and whole % 2 else arb.pos_inf()
        return UNTOLD if x.is_nan() else x**whole
    if x > 0:
        return UNTOLD if x == 1 and is_infinite(y) else x**y
    if x.is_zero():
        return arb(0) if y > 0 else _NEGATIVE_POWER if y < 0 else UNTOLD
    return _NEGATIVE_BASE if x < 0 and not y.contains_integer() and not is_infinite(y) else UNTOLD


def _slope_in_base(x: Ball, y: Ball, _out: Ball) -> Any:
    """y*x**(y - 1); x**0 is 1 everywhere, so that its slope is 0 at 0 too."""
    if y.value.is_zero() and (x.value.is_zero() or not y.serial):
        return made(arb(0), (y,), _ZEROTH)
    if x.value.is_zero() and not y.value.contains_integer():
        return _EDGE
    return y * pow_(x, y - 1)


def _slope_in_exponent(x: Ball, y: Ball, out: Ball) -> Any:
    if x.value.is_zero():
        if y.value > 0:
            return made(arb(0), (x, y), _LOGARITHMIC)  # its slope in x may be infinite
        return _JUMP_AT_ZERO if y.value.is_zero() else untold((x, y))
    return _NEGATIVE_BASE if x.value < 0 else out * log(x)


pow_ = Function(
    "pow",
    (_slope_in_base, _slope_in_exponent),
    _pow,
    infinite=True,
    stands_on_jump=lambda x, y: x.is_zero() and not (y > 0 and y.is_integer()),
)


# -- x*log(y), 0 where x is


def _xlogy(x: arb, y: arb) -> arb | Undefined:
    if x.is_zero():
        return UNTOLD if y.is_nan() else arb(0)
    logarithm = _log(y)
    return logarithm if type(logarithm) is Undefined else x * logarithm


def _slope_in_factor(_x: Ball, y: Ball, _out: Ball) -> Any:
    return Undefined("the slope of xlogy at y = 0 is infinite") if y.value.is_zero() else log(y)


def _slope_in_argument(x: Ball, y: Ball, _out: Ball) -> Any:
    return ZERO if x.value.is_zero() and not x.serial else x / y


xlogy = Function(
    "xlogy",
    (_slope_in_factor, _slope_in_argument),
    _xlogy,
    infinite=True,
    stands_on_jump=lambda x, y: y.is_zero() or (x.is_zero() and y < 0),
)

FUNCTIONS = (exp, log, sqrt, pow_, xlogy)
