"""Exponentials, powers, magnitudes and whole numbers of series, at poles, edges, kinks and jumps too."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, UntoldError, exact_integer
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.functions import rule, smooth, split
from gradcli.meaning.series.series import FLAT, LONGEST, ZEROTH, Exponent, Series, inverse, of, relative, sign, summed

# Any, in this module: Scalars, that are Balls, Undefined and Series

ONE = Ball(arb(1))
HUGE = Series({(-FLAT, 0): Ball(arb(1, arb(1) / 2))})  # above every power of 1/t; of no known size
VANISHING = Series({}, FLAT)  # below every power of t


def power_of_t(e: Exponent, k: int = 0) -> Any:
    e = int(e) if e.denominator == 1 else e
    return ONE if not e and not k else Series({(e, k): ONE})


def fraction(value: arb) -> Fraction | None:
    """The rational number that an exact ball is."""
    if not (value.is_exact() and value.is_finite()):
        return None
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


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
        return HUGE if x.sign() > 0 else VANISHING
    q = fraction(coefficient.value)
    if (e, k) != (0, 1) or q is None or coefficient.serial:
        raise UntoldError
    return power_of_t(q) * exp(of(x - Series({(e, k): coefficient})))


@rule("log")
def log(x: Any) -> Any:
    """``log(c) + e*log(t) + log(1 + w)``."""
    side = sign(x)
    if side < 0:
        return Undefined("the logarithm of a negative number")
    if side == 0:
        return Ball(arb.neg_inf())
    (e, k), coefficient = x.lead()
    if k:
        raise UntoldError
    small = summed(relative(x, (e, k), coefficient), lambda n: Ball(arb((-1) ** (n + 1)) / n) if n else ZERO)
    logarithm = FUNCTIONS["log"](coefficient) + small
    return logarithm + Series({(0, 1): Ball(arb(e.numerator) / e.denominator)}) if e else logarithm


# -- powers


@rule("sqrt")
def sqrt(x: Any) -> Any:
    side = sign(x)
    if side < 0:
        return Undefined("the square root of a negative number")
    return _root(x, side, Fraction(1, 2))


@rule("pow")
def pow_(x: Any, y: Any) -> Any:
    """Exponents that are exact, or known as in 1/3 (see SeriesArithmetic.pow), may be taken of what vanishes."""
    if type(y) is Series:
        return exp_of(y, x)
    return power(x, y, fraction(y.value))


def exp_of(y: Any, x: Any) -> Any:
    """``x**y`` of an exponent that depends on t."""
    if sign(x) < 0:
        if sign(split(y)[1]) == 0:
            raise UntoldError
        return Undefined("a negative number to a power that is not whole")
    if sign(x) == 0:
        return Undefined("0 to a negative power") if sign(y) < 0 else ZERO if sign(y) > 0 else ONE
    exponent = y * FUNCTIONS["log"](x)
    vanishing = x.vanishes if type(x) is Series else x.value.contains(0)
    if type(exponent) is not Series or vanishing or exponent.lowest < 0 or exponent.terms.get(ZEROTH, ZERO).serial:
        return FUNCTIONS["exp"](exponent)
    rest = Series({power: c for power, c in exponent.terms.items() if power != ZEROTH}, exponent.order)
    start = FUNCTIONS["pow"](split(x)[0], split(y)[0])  # exactly, where exp(y*log(x)) is not
    return start * FUNCTIONS["exp"](rest)


def power(x: Any, y: Ball, exact: Fraction | None) -> Any:
    """``x**y``; exact: the exponent, where it is known to be rational."""
    if exact is not None and exact.denominator == 1 and not y.serial:
        return _whole_power(x, int(exact))
    side = sign(x)
    if side < 0:
        return Undefined("a negative number to a power that is not whole")
    return _root(x, side, exact, y)


def _whole_power(x: Any, n: int) -> Any:
    if n < 0:
        return inverse(_whole_power(x, -n))
    if n == 0:
        return ONE
    try:
        found = x.lead()
    except UntoldError:
        found = None
    if found is None or found[0][1]:
        return _product(x, n)
    return _leading(x, n, Ball(arb(n)))


def _product(x: Any, n: int) -> Any:
    """By repeated squaring: of what is 0 and moves, and of logarithms. Errors: UntoldError for a high power."""
    if n > LONGEST:
        raise UntoldError
    out: Any = None
    while n:
        out = (x if out is None else out * x) if n & 1 else out
        n >>= 1
        x = x * x if n else x
    return out


def _root(x: Any, side: int, exact: Fraction | None, y: Ball | None = None) -> Any:
    if y is None:
        assert exact is not None
        y = Ball(arb(exact.numerator) / exact.denominator)
    if side == 0:
        if not y.value > 0:
            raise UntoldError
        constant, _ = split(x)
        if len(of(x).terms) > 1:
            raise UntoldError
        return FUNCTIONS["pow"](constant, y)
    return _leading(x, exact, y)


def _leading(x: Any, exact: Exponent | None, y: Ball) -> Any:
    """``(c*t**e)**y * (1 + w)**y``, the last by the binomial series."""
    (e, k), coefficient = x.lead()
    if k or (e and exact is None) or (e and y.serial):
        raise UntoldError
    factor = power_of_t(e * exact) if e and exact is not None else ONE
    binomials: list[Any] = [ONE]

    def binomial(n: int) -> Any:
        while len(binomials) <= n:
            j = len(binomials)
            binomials.append(binomials[-1] * (y - (j - 1)) * Ball(arb(1) / j))
        return binomials[n]

    return factor * FUNCTIONS["pow"](coefficient, y) * summed(relative(x, (e, k), coefficient), binomial)


@rule("xlogy")
def xlogy(x: Any, y: Any) -> Any:
    if sign(x) == 0:
        return ZERO if sign(y) == 0 or not of(x).terms else x * FUNCTIONS["log"](y)
    return x * FUNCTIONS["log"](y)


# -- magnitudes, signs and whole numbers


@rule("Abs")
def magnitude(x: Any) -> Any:
    side = sign(x)
    return x if side > 0 else -x if side < 0 else _of_zero("Abs", x)


@rule("sign")
def signum(x: Any) -> Any:
    side = sign(x)
    return Ball(arb(side)) if side else _of_zero("sign", x)


def _of_zero(name: str, x: Any) -> Any:
    """A function of what is 0 and moves."""
    constant, _ = split(x)
    if len(x.terms) > 1 or ZEROTH not in x.terms:
        raise UntoldError
    return FUNCTIONS[name](constant)


def _step(name: str, jumps: Callable[[arb], bool], beside: Callable[[int, arb], arb]) -> None:
    """A step function; where it jumps, ``beside`` says what it is on the side of a sign."""

    @rule(name)
    def stepped(x: Any) -> Any:
        centre, rest = split(x)
        side = sign(rest)
        if not side or not jumps(centre.value):
            return FUNCTIONS[name](Ball(centre.value)) if side else FUNCTIONS[name](centre)
        return Ball(beside(side, centre.value))


def _whole(x: arb) -> bool:
    if x.contains_integer() and exact_integer(x) is None:
        raise UntoldError
    return exact_integer(x) is not None


def _half(x: arb) -> bool:
    return not x.is_integer() and _whole(x - arb(0.5))


def _truncated(side: int, n: arb) -> arb:
    """Towards 0; at 0 it does not jump."""
    return n if n.is_zero() or (n > 0) == (side > 0) else n - (1 if n > 0 else -1)


_step("floor", _whole, lambda side, n: n if side > 0 else n - 1)
_step("ceiling", _whole, lambda side, n: n + 1 if side > 0 else n)
_step("round", _half, lambda side, x: x + arb(0.5) * side)
_step("trunc", _whole, _truncated)


# -- waves


def _wave(name: str) -> None:
    """Beyond all bounds it goes to and fro between -1 and 1."""

    @rule(name)
    def wave(x: Any) -> Any:
        found = x.lead()
        endless = found is not None and (found[0][0] < 0 or (found[0][0] == 0 and found[0][1] > 0))
        return Series({}, 0, swings=True) if endless else smooth(FUNCTIONS[name], (x,))


_wave("sin")
_wave("cos")


# -- angles


@rule("atan")
def atan(x: Any) -> Any:
    """``sign(x)*pi/2 - atan(1/x)`` of what grows without end."""
    found = x.lead()
    if found is None or found[0][0] > 0 or (found[0][0] == 0 and found[0][1] <= 0):
        return smooth(FUNCTIONS["atan"], (x,))
    quarter = Ball(arb.pi() / 2)
    return (quarter if sign(x) > 0 else -quarter) - FUNCTIONS["atan"](inverse(x))


@rule("acot")
def acot(x: Any) -> Any:
    """``atan(1/x)``, and pi/2 at 0, where it jumps."""
    return FUNCTIONS["acot"](split(x)[0]) if sign(x) == 0 else FUNCTIONS["atan"](inverse(x))


@rule("atan2")
def atan2(y: Any, x: Any) -> Any:
    across, up = sign(x), sign(y)
    if across == 0:
        if up == 0:
            return Undefined("the angle of the point (0, 0)")
        return Ball(arb.pi() / 2 * up) - FUNCTIONS["atan"](x / y)
    angle = FUNCTIONS["atan"](y / x)
    if across > 0:
        return angle
    if up == 0 and (type(y) is Series or y.serial):
        raise UntoldError  # on the cut, and moving across it
    return angle + Ball(arb.pi() * (1 if up >= 0 else -1))
