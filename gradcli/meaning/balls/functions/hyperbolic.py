"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from flint import arb

from gradcli.meaning.balls.ball import Undefined
from gradcli.meaning.balls.functions.domains import UNTOLD, at_least, either, off_zero, within
from gradcli.meaning.balls.functions.function import Function, at
from gradcli.meaning.balls.functions.powers import sqrt
from gradcli.meaning.balls.functions.steps import Abs

sinh: Function = Function("sinh", (lambda x, out: cosh(x),), lambda x: x.sinh(), infinite=True)
cosh: Function = Function("cosh", (lambda x, out: sinh(x),), lambda x: x.cosh(), infinite=True)
tanh: Function = Function("tanh", (lambda x, out: sech(x) * sech(x),), lambda x: x.tanh(), infinite=True)
sech: Function = Function("sech", (lambda x, out: -tanh(x) * out,), lambda x: x.sech(), infinite=True)
csch: Function = Function("csch", (lambda x, out: -out * coth(x),), off_zero(lambda x: x.csch(), "csch"))
coth: Function = Function(
    "coth", (lambda x, out: -csch(x) * csch(x),), off_zero(lambda x: x.coth(), "coth"), infinite=True
)


# -- inverses


def _atanh(x: arb) -> arb | Undefined:
    if x == 1 or x == -1:
        return arb.pos_inf() if x == 1 else arb.neg_inf()
    told = either(x > -1 and x < 1, x < -1 or x > 1)
    return UNTOLD if told is None else x.atanh() if told else Undefined("atanh of a number that is not from -1 to 1")


def _acoth(x: arb) -> arb | Undefined:
    if x > -1 and x < 1:
        return Undefined("acoth of a number between -1 and 1")
    return _atanh(x if x == 1 or x == -1 else 1 / x)


def _asech(x: arb) -> arb | Undefined:
    if x.is_zero():
        return arb.pos_inf()
    if x < 0 or x > 1:
        return Undefined("asech of a number that is not from 0 to 1")
    return (1 / x).acosh() if x > 0 and x <= 1 else UNTOLD


asinh = Function("asinh", (lambda x, out: 1 / sqrt(1 + x * x),), lambda x: x.asinh(), infinite=True)
acosh = Function(
    "acosh",
    (lambda x, out: 1 / sqrt((x - 1) * (x + 1)),),
    within(lambda x: at_least(x, 1), lambda x: x.acosh(), "acosh of a number below 1"),
    infinite=True,
    stands_on_jump=at(1),
)
atanh = Function("atanh", (lambda x, out: 1 / ((1 - x) * (1 + x)),), _atanh, stands_on_jump=at(1, -1))
asech = Function("asech", (lambda x, out: -1 / (x * sqrt((1 - x) * (1 + x))),), _asech, stands_on_jump=at(0, 1))
acsch = Function(
    "acsch",
    (lambda x, out: -1 / (Abs(x) * sqrt(1 + x * x)),),
    off_zero(lambda x: (1 / x).asinh(), "acsch"),
    infinite=True,
)
acoth = Function("acoth", (lambda x, out: 1 / ((1 - x) * (1 + x)),), _acoth, infinite=True, stands_on_jump=at(1, -1))

FUNCTIONS = (sinh, cosh, tanh, sech, csch, coth, asinh, acosh, atanh, asech, acsch, acoth)
