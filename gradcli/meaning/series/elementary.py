"""Exponentials, powers, magnitudes and whole numbers of series, at poles, edges, kinks and jumps too."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, UntoldError, exact_integer
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.functions import grows, on_edge, rule, smooth, split
from gradcli.meaning.series.rationals import of_fraction, rational
from gradcli.meaning.series.series import (
    LONGEST,
    ZEROTH,
    Exponent,
    Series,
    either,
    endless,
    inverse,
    of,
    relative,
    sign,
    simple,
    summed,
    vanishing,
)

# Any, in this module: Scalars, that are Balls, Undefined and Series

ONE = Ball(arb(1))
HALF = Fraction(1, 2)
PRODUCTS = 64  # powers up to this one are products, which are exact where the number is


def power_of_t(e: Exponent, k: int = 0) -> Any:
    e = int(e) if e.denominator == 1 else e
    return ONE if not e and not k else Series({(e, k): ONE})


def of_zero(name: str, x: Any, *others: Ball) -> Any:
    """A function, by its name, of what is exactly 0 and moves. Errors: UntoldError."""
    if type(x) is Series and set(x.terms) - {ZEROTH}:
        raise UntoldError
    return FUNCTIONS[name](split(x)[0], *others)


# -- exponentials and logarithms


@rule("exp")
def exp(x: Any) -> Any:
    """t**q*exp(c + w) of ``q*log(t) + c + w``; what grows like a power of 1/t or faster makes it vanish, or endless."""
    found = next(((p, c) for p, c in x.ordered() if p[0] <= 0 and p != ZEROTH and not c.value.is_zero()), None)
    if found is None:
        centre, rest = split(x)
        return FUNCTIONS["exp"](centre) * summed(rest, lambda n: Ball(arb(1) / factorial(n)))
    (e, k), coefficient = found
    if e < 0 or k > 1:
        return endless(1, x.moving) if x.sign() > 0 else vanishing()
    q = rational(coefficient)
    if k != 1 or q is None:
        raise UntoldError
    others = {**x.terms, (e, k): coefficient - Ball(coefficient.value)}
    return power_of_t(q) * FUNCTIONS["exp"](simple(others.items(), x.order, rough=x.rough))


@rule("log")
def log(x: Any) -> Any:
    """``log(c) + e*log(t) + log(1 + w)``."""
    side = sign(x)
    if side < 0:
        return Undefined("the logarithm of a negative number")
    if side == 0:
        return of_zero("log", x)
    (e, k), coefficient = x.lead()
    if k or x.endless:
        raise UntoldError
    small = summed(relative(x, (e, k), coefficient), lambda n: Ball(arb((-1) ** (n + 1)) / n) if n else ZERO)
    logarithm = FUNCTIONS["log"](coefficient) + small
    return logarithm + Series({(0, 1): of_fraction(e)}) if e else logarithm


# -- powers


@rule("sqrt")
def sqrt(x: Any) -> Any:
    if sign(x) < 0:
        return Undefined("the square root of a negative number")
    return power(x, of_fraction(HALF))


@rule("pow")
def pow_(x: Any, y: Any) -> Any:
    return exp_of(y, x) if type(y) is Series else power(x, y)


def exp_of(y: Any, x: Any) -> Any:
    """``x**y`` of an exponent that depends on t."""
    side = sign(x)
    if side < 0:
        if sign(split(y)[1]) == 0:
            raise UntoldError
        return Undefined("a negative number to a power that is not whole")
    if side == 0:
        if of(x).moving or sign(y) == 0:
            raise UntoldError
        return Undefined("0 to a negative power") if sign(y) < 0 else ZERO
    exponent = y * FUNCTIONS["log"](x)
    at_zero = x.vanishes if type(x) is Series else x.value.contains(0)
    if type(exponent) is not Series or at_zero or exponent.lowest < 0 or exponent.terms.get(ZEROTH, ZERO).serial:
        return FUNCTIONS["exp"](exponent)
    rest = {power: c for power, c in exponent.terms.items() if power != ZEROTH}
    start = FUNCTIONS["pow"](split(x)[0], split(y)[0])  # exactly, where exp(y*log(x)) is not
    return start * FUNCTIONS["exp"](Series(rest, exponent.order, rough=exponent.rough))


def power(x: Any, y: Ball) -> Any:
    """``x**y``; of what vanishes, or grows, with exponents that are certainly rational."""
    exact = rational(y)
    whole = None if exact is None or exact.denominator != 1 else int(exact)
    if whole is not None and not y.serial:
        return _whole_power(x, whole)
    side = sign(x)
    if side == 0:
        return of_zero("pow", x, y)
    if side > 0:
        return _leading(x, y)
    if whole is not None:
        return on_edge(_whole_power(x, whole), (y,))
    if exact is None and y.value.contains_integer():
        raise UntoldError
    return Undefined("a negative number to a power that is not whole")


def _whole_power(x: Any, n: int) -> Any:
    if n < 0:
        return inverse(_whole_power(x, -n))
    if n <= PRODUCTS:
        return product(x, n)
    found = x.lead()
    return _leading(x, Ball(arb(n))) if found is not None and not found[0][1] else product(x, n)


def product(x: Any, n: int) -> Any:
    """``x**n`` by repeated squaring. Errors: UntoldError for a high power."""
    if n > LONGEST:
        raise UntoldError
    out: Any = ONE
    while n:
        out = out * x if n & 1 else out
        n >>= 1
        x = x * x if n else x
    return out


def _leading(x: Any, y: Ball) -> Any:
    """``(c*t**e)**y * (1 + w)**y``, the last by the binomial series; x is not 0."""
    if x.endless:
        return _of_endless(x, y)
    (e, k), coefficient = x.lead()
    exact = rational(y)
    if k or (e and exact is None):
        raise UntoldError
    factor: Any = ONE
    if e and exact is not None:
        factor = power_of_t(e * exact)
        if y.serial:
            factor = factor * FUNCTIONS["exp"](Series({(0, 1): (y - Ball(y.value)) * of_fraction(e)}))
    binomial = _binomials(y if exact is None or y.serial else exact)
    return factor * FUNCTIONS["pow"](coefficient, y) * summed(relative(x, (e, k), coefficient), binomial)


def _binomials(y: Any) -> Callable[[int], Any]:  # Any: a Ball, or a Fraction
    """``n -> y*(y - 1)*…*(y - n + 1)/n!``, exactly where y is a fraction and no third or other part is left."""
    known: list[Any] = [ONE if type(y) is Ball else Fraction(1)]

    def binomial(n: int) -> Any:
        while len(known) <= n:
            j = len(known)
            known.append(known[-1] * (y - (j - 1)) * (Ball(arb(1) / j) if type(y) is Ball else Fraction(1, j)))
        return known[n] if type(y) is Ball else of_fraction(known[n])

    return binomial


def _of_endless(x: Any, y: Ball) -> Any:
    if y.value.is_zero():
        raise UntoldError
    even = x.sign() > 0 or (rational(y) or Fraction(1)).numerator % 2 == 0
    return endless(1 if even else -1, [*x.moving, y] if y.serial else x.moving) if sign(y) > 0 else vanishing()


@rule("xlogy")
def xlogy(x: Any, y: Any) -> Any:
    """``x*log(y)``, 0 where x is: whatever y is, while x stays 0."""
    if sign(x) == 0 and not (sign(y) > 0):
        if of(x).moving:
            raise UntoldError
        return ZERO
    return x * FUNCTIONS["log"](y)


# -- magnitudes, signs and whole numbers


@rule("Abs")
def magnitude(x: Any) -> Any:
    try:
        side = sign(x)
    except UntoldError:
        return either(x, -x)
    return x if side > 0 else -x if side < 0 else of_zero("Abs", x)


@rule("sign")
def signum(x: Any) -> Any:
    side = sign(x)
    return Ball(arb(side)) if side else of_zero("sign", x)


def _step(name: str, jumps: Callable[[arb], bool], beside: Callable[[int, arb], arb]) -> None:
    """A step function; where it jumps, ``beside`` says what it is on the side of a sign."""

    @rule(name)
    def stepped(x: Any) -> Any:
        if grows(x):
            return _far(x)
        centre, rest = split(x)
        if not jumps(centre.value):
            return FUNCTIONS[name](Ball(centre.value))
        side = sign(rest)
        return Ball(beside(side, centre.value)) if side else of_zero(name, x)


def _far(x: Any) -> Any:
    """The whole part of what grows: it goes to and fro beside it by up to 1, ever faster.

    Errors: UntoldError where more moves x: a step has no slope in it.
    """
    if x.moving:
        raise UntoldError
    if x.endless:
        return x
    grown = {power: c for power, c in x.terms.items() if power[0] < 0}
    slow = any(e == 0 and k for e, k in x.terms)  # a logarithm, which is not known beside what is not
    return simple(grown.items(), 0 if x.order is None else min(x.order, 0), swings=not slow, rough=True)


def _whole(x: arb) -> bool:
    if x.contains_integer() and exact_integer(x) is None:
        raise UntoldError
    return exact_integer(x) is not None


def _half(x: arb) -> bool:
    return not x.is_integer() and _whole(x - arb(0.5))


def _truncates(x: arb) -> bool:
    return not abs(x) < 1 and _whole(x)


def _truncated(side: int, n: arb) -> arb:
    """Towards 0."""
    return n if (n > 0) == (side > 0) else n - (1 if n > 0 else -1)


_step("floor", _whole, lambda side, n: n if side > 0 else n - 1)
_step("ceiling", _whole, lambda side, n: n + 1 if side > 0 else n)
_step("round", _half, lambda side, x: x + arb(0.5) * side)
_step("trunc", _truncates, _truncated)


# -- angles


@rule("atan")
def atan(x: Any) -> Any:
    """``sign(x)*pi/2 - atan(1/x)`` of what grows without end."""
    if not grows(x):
        return smooth(FUNCTIONS["atan"], (x,))
    quarter = Ball(arb.pi() / 2)
    return (quarter if sign(x) > 0 else -quarter) - FUNCTIONS["atan"](inverse(x))


@rule("acot")
def acot(x: Any) -> Any:
    """``atan(1/x)``, and pi/2 at 0, where it jumps."""
    return of_zero("acot", x) if sign(x) == 0 else FUNCTIONS["atan"](inverse(x))


@rule("atan2")
def atan2(y: Any, x: Any) -> Any:
    """By the half plane in which the point stands, as far as it is told."""
    across, up = _half_plane(x), _half_plane(y)
    if across is not None and across > 0:
        return FUNCTIONS["atan"](y / x)
    if up:
        beyond = across is not None and across < 0
        return FUNCTIONS["atan"](y / x) + _pi(up) if beyond else _pi(up * HALF) - FUNCTIONS["atan"](x / y)
    if across is None or up is None:
        raise UntoldError
    if across == 0:
        return Undefined("the angle of the point (0, 0)")
    if type(y) is Series or y.serial:
        raise UntoldError  # on the cut, and moving across it
    return _pi(1) + FUNCTIONS["atan"](y / x)


def _half_plane(x: Any) -> int | None:
    try:
        return sign(x)
    except UntoldError:
        return None


def _pi(times: Fraction | int) -> Ball:
    return Ball(arb.pi() * Fraction(times).numerator / Fraction(times).denominator)
