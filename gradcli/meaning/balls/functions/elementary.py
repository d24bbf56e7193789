"""Exponentials, powers, trigonometric and hyperbolic functions and their inverses; magnitudes and steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Undefined, exact_integer
from gradcli.meaning.balls.functions.function import Function

UNTOLD = arb.nan()

# Any, in this module: Scalars


def _on(inside: Callable[[arb], Any], value: Callable[[arb], arb], why: str) -> Callable[[arb], arb | Undefined]:
    """A function where ``inside`` certainly holds, undefined where it certainly does not, else untold."""

    def enclose(x: arb) -> arb | Undefined:
        told = inside(x)
        return UNTOLD if told is None else value(x) if told else Undefined(why)

    return enclose


def _positive(x: arb) -> bool | None:
    return True if x > 0 else False if x <= 0 else None


def _not_negative(x: arb) -> bool | None:
    return True if x >= 0 else False if x < 0 else None


def _log(x: arb) -> arb | Undefined:
    if x.is_zero():
        return arb.neg_inf()
    if not x.is_finite() and x > 0:
        return x
    return UNTOLD if x.contains(0) else x.log() if x > 0 else Undefined("the logarithm of a negative number")


exp: Function = Function("exp", (lambda x, out: out,), lambda x: x.exp(), infinite=True)
log = Function("log", (lambda x, out: 1 / x,), _log, infinite=True)
sqrt = Function(
    "sqrt",
    (lambda x, out: 1 / (2 * out),),
    _on(_not_negative, lambda x: x.sqrt(), "the square root of a negative number"),
    infinite=True,
)
sin: Function = Function("sin", (lambda x, out: cos(x),), lambda x: x.sin())
cos: Function = Function("cos", (lambda x, out: -sin(x),), lambda x: x.cos())
tanh: Function = Function("tanh", (lambda x, out: sech(x) * sech(x),), lambda x: x.tanh())
sech: Function = Function("sech", (lambda x, out: -tanh(x) * out,), lambda x: x.sech())


def _sign_of(x: arb) -> int | None:
    return 1 if x > 0 else -1 if x < 0 else 0 if x.is_zero() else None


def _sign(x: arb) -> arb:
    told = _sign_of(x)
    return UNTOLD if told is None else arb(told)


def _flat(name: str, jump: Callable[[arb], Any]) -> Callable[..., Any]:
    """The slope of a step function: 0, but where it jumps."""

    def slope(x: Ball, _out: Ball) -> Any:
        told = jump(x.value)
        return Ball(UNTOLD) if told is None else Undefined(f"a jump of {name}") if told else Ball(arb(0))

    return slope


def _slope_of_abs(x: Ball, _out: Ball) -> Any:
    return Undefined("a kink of abs") if x.value.is_zero() else sign(x)


sign = Function("sign", (_flat("sign", lambda x: None if _sign_of(x) is None else x.is_zero()),), _sign, infinite=True)
Abs = Function("Abs", (_slope_of_abs,), abs, infinite=True)


def _pow(x: arb, y: arb) -> arb | Undefined:
    """Real powers: 0**0 is 1; a negative base needs a whole exponent."""
    whole = exact_integer(y)
    if whole is not None:
        return Undefined("0 to a negative power") if x.is_zero() and whole < 0 else x**whole
    if x > 0:
        return x**y
    if x.is_zero():
        return arb(0) if y > 0 else Undefined("0 to a negative power") if y < 0 else UNTOLD
    return Undefined("a negative number to a power that is not whole") if x < 0 and not y.contains_integer() else UNTOLD


def _slope_in_base(x: Ball, y: Ball, _out: Ball) -> Any:
    return Ball(arb(0)) if y.value.is_zero() and not y.serial else y * pow_(x, y - 1)


def _slope_in_exponent(x: Ball, y: Ball, out: Ball) -> Any:
    if x.value.is_zero() and y.value > 0:
        return Ball(arb(0))
    return out * log(x)


pow_ = Function("pow", (_slope_in_base, _slope_in_exponent), _pow)

FUNCTIONS = (exp, log, sqrt, sin, cos, tanh, sech, sign, Abs, pow_)
