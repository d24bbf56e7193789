"""Functions of bounds, and their slopes: from power series in the distance to where the operand goes; by rules of their
own where there are none.

``RULES`` holds what a function does where it has no power series, by its name; a rule sees the operands and answers
None where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Undefined, UntoldError
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.germs.leading import (
    SAME,
    SMALL,
    Leading,
    ball,
    constant,
    exactly,
    power_of,
    side,
    total,
)
from gradcli.meaning.series.functions import derivative
from gradcli.meaning.series.rationals import rational
from gradcli.meaning.series.series import ZEROTH, Series

# Any, in this module: Scalars, that are Balls, Undefined and Series; Functions

STEP = Series({(1, 0): Ball(arb(1))})
LATE = Fraction(1, 2**20)  # a power of t less than this one is larger than every power of its logarithm
FAR = 100  # what vanishes faster than every power is bounded by this one
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Composed:
    """The value of a function, and its slope in each operand; None for one that is not told."""

    value: Leading
    slopes: tuple[Leading | None, ...]


Found = Composed | Undefined
Rule = Callable[..., Found | None]
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Enters a rule for the function of this name."""

    def enter(written: Rule) -> Rule:
        RULES[name] = written
        return written

    return enter


def composed(function: Any, operands: Sequence[Leading]) -> Found:
    """Errors: UntoldError."""
    written = RULES.get(function.name)
    found = None if written is None else written(*operands)
    if found is not None:
        return found
    moving = [i for i, x in enumerate(operands) if not x.factor.is_zero()]
    if len(moving) == 1 and operands[moving[0]].moves:
        try:
            return _substituted(function, operands, moving[0])
        except UntoldError:
            pass
    return _over_balls(function, operands)


# -- by series in the distance


def _substituted(function: Any, operands: Sequence[Leading], i: int) -> Found:
    """``f(c + s)``, ``f(c - s)``, ``f(1/s)`` or ``f(-1/s)`` of one operand, for what vanishes as s does."""
    x = operands[i]
    up = side(x.factor)
    grows = x.moves > 0
    distance = x.term if up > 0 else -x.term
    distance = distance.inverse() if grows else distance
    centres: list[Any] = [Ball(operand.constant) for operand in operands]
    centres[i] = Ball(arb(up)) / STEP if grows else centres[i] + STEP * up
    series = function(*centres)
    if type(series) is Undefined:
        return series
    value = of_series(series, distance)
    slopes: list[Leading | None] = [None] * len(operands)
    try:
        turned = constant(arb(-up if grows else up))
        slopes[i] = (
            of_series(derivative(series), distance) * turned * (distance * distance if grows else constant(arb(1)))
        )
    except UntoldError:
        pass
    return Composed(value, tuple(slopes))


def of_series(number: Any, step: Leading | None = None) -> Leading:
    """A Ball or a Series in t; or in a step that is positive and vanishes with t. Errors: UntoldError."""
    if type(number) is Undefined:
        raise UntoldError
    if type(number) is not Series:
        return constant(number.value)
    step = Leading(arb(0), arb(1), power_of(0, Fraction(-1))) if step is None else step
    if number.moving:
        raise UntoldError
    if number.endless:
        if not step.growth[0] < 0:
            raise UntoldError
        return Leading(arb(0), arb(number.sign()), power_of(0, arb.pos_inf()))
    logarithm = step.log()
    terms = [_term(c.value, step, logarithm, *power) for power, c in number.terms.items()]
    if number.order is not None:
        order = Fraction(min(number.order, FAR))
        terms.append(constant(arb(0, 1)) * step.power(order - LATE))
    return total(terms)


def _term(coefficient: arb, step: Leading, logarithm: Leading, e: Any, k: int) -> Leading:  # Any: an Exponent
    out = constant(coefficient)
    if (e, k) == ZEROTH:
        return out
    out = out * step.power(Fraction(e)) if e else out
    for _ in range(abs(k)):
        out = out * (logarithm if k > 0 else logarithm.inverse())
    return out


# -- by balls


def _over_balls(function: Any, operands: Sequence[Leading]) -> Found:
    """The mean value theorem, with the slopes over all that the operands go through."""
    if any(x.moves > 0 for x in operands):
        raise UntoldError
    boxes = [Ball(x.limit if x.moves == 0 or x.factor.is_zero() else x.constant + SMALL) for x in operands]
    over = function(*boxes)
    if type(over) is Undefined:
        return over
    if not _is_told(over):
        raise UntoldError
    slopes = [slope(*boxes, over) for slope in function.slopes]
    told = [constant(slope.value) if _is_told(slope) else None for slope in slopes]
    if any(x.moves == 0 for x in operands):
        return Composed(Leading(arb(0), over.value), tuple(told))
    value = function(*(Ball(x.constant) for x in operands))
    changes = [(slope, x.term) for slope, x in zip(told, operands, strict=True) if not x.factor.is_zero()]
    if not _is_told(value) or any(slope is None for slope, _ in changes):
        raise UntoldError
    return Composed(total([constant(value.value), *(slope * rest for slope, rest in changes if slope)]), tuple(told))


def _is_told(number: Any) -> bool:
    return type(number) is Ball and bool(number.value.is_finite())


# -- where there are no series


def call(name: str, *operands: Leading) -> Leading:
    """Errors: UntoldError, also where it is undefined."""
    found = composed(FUNCTIONS[name], operands)
    if isinstance(found, Undefined):
        raise UntoldError
    return found.value


def _goes_to(x: Leading, end: int) -> bool:
    """Does it tend to exactly that number, and move?"""
    return x.moves < 0 and not x.factor.is_zero() and bool(x.constant == end)


@rule("exp")
def exp(x: Leading) -> Found | None:
    if x.moves <= 0:
        return None
    value = x.exp()
    return Composed(value, (value,))


def _as_logarithm(x: Leading) -> bool:
    """Does it grow as a logarithm does, so that its exponential is a power? What grows otherwise has a series."""
    return x.moves > 0 and all(ball(exponent).is_finite() for exponent in x.exp().growth)


def _near_one(x: Leading, sign: int) -> Found | None:
    """``1 - 2*sign*e/(1 + sign*e)`` and ``4*sign*e/(1 + sign*e)**2`` of what grows, with ``e = exp(-2*x)``; odd."""
    if not _as_logarithm(x):
        return None
    up = constant(arb(x.sign()))
    falling = (constant(arb(-2)) * up * x).exp() * constant(arb(sign))
    below = (constant(arb(1)) + falling).inverse()
    value = up * (constant(arb(1)) + constant(arb(-2)) * falling * below)
    return Composed(value, (constant(arb(4)) * falling * below * below,))


@rule("tanh")
def tanh(x: Leading) -> Found | None:
    return _near_one(x, 1)


@rule("coth")
def coth(x: Leading) -> Found | None:
    return _near_one(x, -1)


def _half_sum(x: Leading, sign: int) -> Leading:
    """``(exp(x) + sign*exp(-x))/2``"""
    return (x.exp() + (-x).exp() * constant(arb(sign))) * constant(arb(1) / 2)


@rule("sinh")
def sinh(x: Leading) -> Found | None:
    return Composed(_half_sum(x, -1), (_half_sum(x, 1),)) if _as_logarithm(x) else None


@rule("cosh")
def cosh(x: Leading) -> Found | None:
    return Composed(_half_sum(x, 1), (_half_sum(x, -1),)) if _as_logarithm(x) else None


@rule("csch")
def csch(x: Leading) -> Found | None:
    if not _as_logarithm(x):
        return None
    value = _half_sum(x, -1).inverse()
    return Composed(value, (-value * call("coth", x),))


@rule("sech")
def sech(x: Leading) -> Found | None:
    if not _as_logarithm(x):
        return None
    value = _half_sum(x, 1).inverse()
    return Composed(value, (-value * call("tanh", x),))


@rule("pow")
def pow_(x: Leading, y: Leading) -> Found | None:
    """``exp(y*log(x))``, of which the leading term is told directly where y stands still."""
    still = y.factor.is_zero()
    if (still and rational(Ball(y.constant)) is not None) or x.sign() <= 0:
        return None
    if still and (x.moves > 0 or (x.moves < 0 and x.constant.is_zero())):
        value = x.power(exactly(y.constant))
        return Composed(value, (value * y * x.inverse(), None))
    logarithm = call("log", x)
    value = call("exp", y * logarithm)
    return Composed(value, (value * y * x.inverse(), value * logarithm))


@rule("xlogy")
def xlogy(x: Leading, y: Leading) -> Found | None:
    if x.sign() == 0 or y.sign() <= 0:
        return None
    logarithm = call("log", y)
    return Composed(x * logarithm, (logarithm, x * y.inverse()))


def _inverse_of_erfc(rest: Leading) -> tuple[Leading, Leading]:
    """u and 1/(2*rest*u) of ``rest = erfc(u)``, which vanishes as ``exp(-u**2)/(u*sqrt(pi))``: DLMF 7.12.1."""
    u = (-rest.log()).power(HALF) * constant(SAME)
    return u, (constant(arb(2)) * rest * u).inverse() * constant(SAME)


@rule("erfinv")
def erfinv(x: Leading) -> Found | None:
    for end in (1, -1):
        if _goes_to(x, end):
            rest = constant(arb(1)) + (-x if end > 0 else x)
            if rest.sign() < 0:
                return None
            u, slope = _inverse_of_erfc(rest)
            return Composed(u if end > 0 else -u, (slope,))
    return None


@rule("erfcinv")
def erfcinv(x: Leading) -> Found | None:
    for end in (0, 2):
        if _goes_to(x, end):
            rest = x if end == 0 else constant(arb(2)) + -x
            if rest.sign() < 0:
                return None
            u, slope = _inverse_of_erfc(rest)
            return Composed(u if end == 0 else -u, (-slope,))
    return None


@rule("li")
def li(x: Leading) -> Found | None:
    """``x/log(x)`` at 0 and at infinity: DLMF 6.12.1, with ``li(x) = Ei(log(x))``."""
    if not (x.moves > 0 or _goes_to(x, 0)) or x.sign() <= 0:
        return None
    slope = call("log", x).inverse()
    return Composed(x * slope * constant(SAME), (slope,))


@rule("Ei")
def ei(x: Leading) -> Found | None:
    """``exp(x)/x`` at infinity, on both sides."""
    if x.moves <= 0:
        return None
    slope = x.exp() * x.inverse()
    return Composed(slope * constant(SAME), (slope,))


@rule("LambertW")
def lambert(x: Leading, branch: Leading) -> Found | None:
    """``log(x)`` at infinity, ``log(-x)`` of the lower branch at 0: DLMF 4.13.10 and 4.13.11; W/(x*(1 + W))."""
    lower = bool(branch.constant == -1)
    if not (_goes_to(x, 0) and x.sign() < 0 if lower else x.moves > 0 and x.sign() > 0):
        return None
    value = call("log", -x if lower else x) * constant(SAME)
    return Composed(value, (x.inverse() * constant(SAME), None))
