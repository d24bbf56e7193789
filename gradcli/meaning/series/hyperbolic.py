"""Hyperbolic functions at poles and at infinity; their inverses at the edges of their domains too."""

from __future__ import annotations

from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.elementary import of_zero
from gradcli.meaning.series.functions import grows, rule, split
from gradcli.meaning.series.series import inverse, sign
from gradcli.meaning.series.trigonometric import HALF, TWO, at_one, at_zero, beside_one

# Any, in this module: Scalars, that are Balls, Undefined and Series


def _falling(x: Any) -> Any:
    """``exp(-abs(x))``"""
    return FUNCTIONS["exp"](-sign(x) * x)


@rule("sinh")
def sinh(x: Any) -> Any:
    return (FUNCTIONS["exp"](x) - FUNCTIONS["exp"](-x)) * HALF if grows(x) else NotImplemented


@rule("cosh")
def cosh(x: Any) -> Any:
    return (FUNCTIONS["exp"](x) + FUNCTIONS["exp"](-x)) * HALF if grows(x) else NotImplemented


def _is_large(x: Any) -> bool:
    """Beyond 1 what differs little from 1 is told apart by exp(-2*abs(x))."""
    return grows(x) or bool(abs(split(x)[0].value) > 1)


@rule("tanh")
def tanh(x: Any) -> Any:
    if not _is_large(x):
        return FUNCTIONS["sinh"](x) * inverse(FUNCTIONS["cosh"](x))
    square = _falling(x) * _falling(x)
    return sign(x) * (1 - 2 * square * inverse(1 + square))


@rule("sech")
def sech(x: Any) -> Any:
    if not _is_large(x):
        return inverse(FUNCTIONS["cosh"](x))
    return 2 * _falling(x) * inverse(1 + _falling(x) * _falling(x))


@rule("coth")
def coth(x: Any) -> Any:
    if not _is_large(x):
        return FUNCTIONS["cosh"](x) * inverse(FUNCTIONS["sinh"](x))
    square = _falling(x) * _falling(x)
    return sign(x) * (1 + 2 * square * inverse(1 - square))


@rule("csch")
def csch(x: Any) -> Any:
    return inverse(FUNCTIONS["sinh"](x))


# -- inverses


@rule("asinh")
def asinh(x: Any) -> Any:
    if not grows(x):
        return NotImplemented
    side = sign(x)
    return side * FUNCTIONS["log"](side * x + FUNCTIONS["sqrt"](x * x + 1))


@rule("acosh")
def acosh(x: Any) -> Any:
    """``2*asinh(sqrt((x - 1)/2))``, exactly 0 at 1."""
    if grows(x):
        return FUNCTIONS["log"](x + FUNCTIONS["sqrt"](x * x - 1)) if sign(x) > 0 else NotImplemented
    if at_one(x) != 1:
        return NotImplemented
    if sign(x - 1) < 0:
        return FUNCTIONS["acosh"](Ball(arb(0)))
    return TWO * FUNCTIONS["asinh"](FUNCTIONS["sqrt"]((x - 1) * HALF))


@beside_one("atanh")
def atanh(x: Any, side: int) -> Any:
    return FUNCTIONS["log"]((1 + side * x) * inverse(1 - side * x)) * (HALF * side)


@rule("acoth")
def acoth(x: Any) -> Any:
    side = 0 if grows(x) else at_one(x)
    if grows(x):
        return FUNCTIONS["atanh"](inverse(x))
    if not side:
        return NotImplemented
    if sign(side * x - 1) < 0:
        return FUNCTIONS["acoth"](Ball(arb(0)))
    return FUNCTIONS["log"]((side * x + 1) * inverse(side * x - 1)) * (HALF * side)


@rule("asech")
def asech(x: Any) -> Any:
    if grows(x) or not (at_zero(x) or at_one(x) == 1):
        return NotImplemented
    if sign(x) < 0 or sign(1 - x) < 0:
        return FUNCTIONS["asech"](TWO)
    return of_zero("asech", x) if sign(x) == 0 else FUNCTIONS["acosh"](inverse(x))


@rule("acsch")
def acsch(x: Any) -> Any:
    if sign(x) == 0:
        return of_zero("acsch", x)
    return FUNCTIONS["asinh"](inverse(x)) if at_zero(x) or grows(x) else NotImplemented
