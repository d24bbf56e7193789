"""A second reading of formulas that shares nothing with gradcli: Python's parser, mpmath's functions, nested duals.

``Reading(text, digits=2000).number({"x": 1e-300}, ("x", "x"))`` is the second derivative of ``text`` in x there, with
a bound on its own error: every operation that rounds is disturbed in its last digits, and the bound is what three runs
with other disturbances leave open. What digits drop is in that bound, so that this oracle cannot be deceived by it.
"""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath import MPContext

CONTEXT = MPContext()
RUNS, SPARE = 3, 1000  # disturbed runs, and how many times their spread the error may be
LARGEST = 10**4  # of decimal exponents: what is larger still is given up before memory is


class NoNumberError(Exception):
    """There is no number, or no derivative, here."""


class KinkError(NoNumberError):
    """A slope that is not the same on both sides was asked for; what it enters may have one all the same."""


class GivenUpError(Exception):
    """mpmath is not asked: the number has too many digits."""


class Noise:
    """Disturbs the last digits of what was rounded."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a test
        self.flat = False  # was 0 multiplied by a slope that there is not?

    def __call__(self, value: Any, exact: bool = False) -> Any:  # Any: mpmath's numbers
        value = _real(value)
        if not CONTEXT.isfinite(value):
            raise NoNumberError("not finite")
        if exact:
            return value
        return value * (1 + CONTEXT.ldexp(self.rng.randint(-(2**20), 2**20), 10 - CONTEXT.prec))


def short(x: Any) -> bool:
    return bool(x.man.bit_length() < CONTEXT.prec // 2)


def exactly_called(name: str, xs: Sequence[Any], value: Any) -> bool:
    """Is a function's value no rounded one? exp(0) and sqrt(4) are not; tanh(1e5) and cos(1e-3000) are, though 1."""
    if name in NEVER_ROUNDED:
        return True
    if name == "pow" and CONTEXT.isint(xs[1]) and 0 <= xs[1] * CONTEXT.convert(xs[0]).man.bit_length() <= CONTEXT.prec:
        return True
    return short(value) and all(not x or 1 / 16 <= abs(x) <= 16 for x in map(CONTEXT.convert, xs))


NEVER_ROUNDED = frozenset({"abs", "sign", "floor", "ceil", "frac", "maximum", "minimum", "relu"})
NOISE = Noise(0)


def _real(value: Any) -> Any:  # Any: mpmath's numbers
    value = CONTEXT.convert(value)
    if isinstance(value, CONTEXT.mpc):
        if value.imag:
            raise NoNumberError("not real")
        return value.real
    return value


# -- numbers with a derivative, nested to any order


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """``a + b*t`` with t**2 = 0; ``tag`` names the t, later ones are outside. Both parts are Duals of earlier tags, or
    mpmath's numbers."""

    tag: int
    a: Any
    b: Any

    def __add__(self, other: Any) -> Any:
        return plus(self, other)

    def __radd__(self, other: Any) -> Any:
        return plus(other, self)

    def __sub__(self, other: Any) -> Any:
        return plus(self, times(-1, other))

    def __rsub__(self, other: Any) -> Any:
        return plus(other, times(-1, self))

    def __mul__(self, other: Any) -> Any:
        return times(self, other)

    def __rmul__(self, other: Any) -> Any:
        return times(other, self)

    def __neg__(self) -> Any:
        return times(-1, self)

    def __truediv__(self, other: Any) -> Any:
        return over(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return over(other, self)


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """An entry of an array where there is no number: an error where it is used."""

    error: NoNumberError


def entrywise(function: Callable[..., Any], *xs: Any) -> Any:
    """A function of scalars on arrays; an entry without a number spoils no other."""

    def entry(*scalars: Any) -> Any:
        try:
            return function(*scalars)
        except NoNumberError as error:
            return Missing(error)

    return np.vectorize(entry, otypes=[object])(*xs)


def parts(x: Any, tag: int) -> tuple[Any, Any]:
    """x as ``a + b*t`` for that t; b is 0 where x does not depend on it."""
    if isinstance(x, Missing):
        raise x.error
    return (x.a, x.b) if isinstance(x, Dual) and x.tag == tag else (x, 0)


def tag_of(*xs: Any) -> int:
    for x in xs:
        if isinstance(x, Missing):
            raise x.error
    return max((x.tag for x in xs if isinstance(x, Dual)), default=0)


def plain(x: Any) -> Any:
    """The number without its derivatives."""
    if isinstance(x, Missing):
        raise x.error
    while isinstance(x, Dual):
        x = x.a
    return x


def same(x: Any, y: Any) -> bool:
    """Are two numbers equal with all their derivatives?"""
    if isinstance(x, Dual) and isinstance(y, Dual):
        return x.tag == y.tag and same(x.a, y.a) and same(x.b, y.b)
    return not isinstance(x, Dual) and not isinstance(y, Dual) and bool(x == y)


def plus(x: Any, y: Any) -> Any:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return entrywise(plus, x, y)
    tag = tag_of(x, y)
    if not tag:
        x, y = CONTEXT.convert(x), CONTEXT.convert(y)
        out = x + y
        return NOISE(out, not x or not y or (short(out) and out - x == y and out - y == x))
    (a, b), (c, d) = parts(x, tag), parts(y, tag)
    return Dual(tag, plus(a, c), plus(b, d))


def times(x: Any, y: Any) -> Any:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return entrywise(times, x, y)
    tag = tag_of(x, y)
    if not tag:
        x, y = CONTEXT.convert(x), CONTEXT.convert(y)
        return NOISE(x * y, x.man.bit_length() + y.man.bit_length() <= CONTEXT.prec)
    (a, b), (c, d) = parts(x, tag), parts(y, tag)
    return Dual(tag, times(a, c), plus(times(a, d), times(b, c)))


def over(x: Any, y: Any) -> Any:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return entrywise(over, x, y)
    tag = tag_of(x, y)
    if not tag:
        if not y:
            raise NoNumberError("a division by 0")
        out = CONTEXT.convert(x) / y
        return NOISE(out, short(out) and out * y == x)
    (a, b), (c, d) = parts(x, tag), parts(y, tag)
    q = over(a, c)
    return Dual(tag, q, over(plus(b, times(-1, times(q, d))), c))


def called(name: str, *xs: Any) -> Any:
    """A function of scalars from the table, entry by entry of arrays."""
    if any(isinstance(x, np.ndarray) for x in xs):
        return entrywise(lambda *entries: called(name, *entries), *xs)
    function = TABLE[name]
    if name in {"maximum", "minimum"} and same(*xs):
        return xs[0] if not isinstance(xs[0], Dual) else _even(name, xs)
    tag = tag_of(*xs)
    if not tag:
        try:
            value = _real(function.value(*xs))
            return NOISE(value, exactly_called(name, xs, value))
        except (ZeroDivisionError, ValueError) as error:
            raise NoNumberError(f"{name}: {error}") from None
        except (OverflowError, MemoryError, NotImplementedError) as error:
            raise GivenUpError(f"{name}: {error}") from None
        except CONTEXT.NoConvergence as error:
            raise GivenUpError(f"{name}: {error}") from None
    inner = [parts(x, tag) for x in xs]
    bare = [a for a, _ in inner]
    value = called(name, *bare)
    slope: Any = 0
    for k, (_, b) in enumerate(inner):
        if isinstance(b, int) and b == 0:
            continue
        try:
            slope = plus(slope, times(b, function.slopes[k](*bare)))
        except NoNumberError:
            if isinstance(b, Dual) or b:
                raise
            NOISE.flat = True  # it does not move, and the slope does not matter
    return Dual(tag, value, slope)


def _even(name: str, xs: Sequence[Any]) -> Any:
    """The larger one of two that are equal with all their slopes: one and the same operand, or a kink to look beside."""
    if xs[0] is xs[1]:
        return xs[0]
    raise KinkError(f"{name} of two equal numbers")


@dataclass(frozen=True, slots=True)
class Known:
    """A function: its value in mpmath's numbers, and its slopes written in functions of this table."""

    value: Callable[..., Any]
    slopes: tuple[Callable[..., Any], ...] = ()


def _f(name: str) -> Callable[..., Any]:
    return lambda *xs: called(name, *xs)


def _bounded(value: Callable[..., Any], digits: int) -> Callable[..., Any]:
    """Given up beyond so many digits before the point: of what is exponentiated, or turned into an angle."""

    def inside(*xs: Any) -> Any:
        if any(CONTEXT.mag(x) > digits * 3.33 for x in xs if x):
            raise GivenUpError("an exponent or an angle too large")
        return value(*xs)

    return inside


def _power(x: Any, y: Any) -> Any:
    if CONTEXT.isint(y) and abs(y) < 10**6:
        if not x and y < 0:
            raise NoNumberError("0 to a negative power")
        return x ** int(y)
    if (not CONTEXT.isint(y) and x < 0) or (not x and y < 0):
        raise NoNumberError("a negative base, or 0")
    if not x:
        return CONTEXT.mpf(0)
    size = CONTEXT.exp(_small(y * CONTEXT.log(abs(x)), 400))
    return -size if x < 0 and int(y) % 2 else size


def _small(x: Any, digits: int) -> Any:
    if x and CONTEXT.mag(x) > digits * 3.33:
        raise GivenUpError("an exponent too large")
    return x


def power(x: Any, y: Any) -> Any:
    return called("pow", x, y)


def _slope_in_base(x: Any, y: Any) -> Any:
    if not isinstance(y, Dual) and not y:
        return 0
    return times(y, power(x, plus(y, -1)))


def _slope_in_exponent(x: Any, y: Any) -> Any:
    if not plain(x) and plain(y) > 0:
        if isinstance(x, Dual):
            raise KinkError("a slope at the edge of the domain")
        return 0
    return times(power(x, y), called("log", x))


def _kink(test: Callable[..., bool], slope: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*xs: Any) -> Any:
        if test(*map(plain, xs)):
            raise KinkError("a kink or a jump")
        return slope(*xs)

    return checked


def _on_cut(y: Any, x: Any) -> bool:
    return not y and x < 0


def _flat(test: Callable[..., bool]) -> Callable[..., Any]:
    return _kink(test, lambda *_: 0)


def _first(test: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The slopes of a choice between two: 1 in the chosen one; none where they are equal."""
    same = lambda x, y: x == y  # noqa: E731
    return (
        _kink(same, lambda x, y: 1 if test(plain(x), plain(y)) else 0),
        _kink(same, lambda x, y: 0 if test(plain(x), plain(y)) else 1),
    )


def _numeric(name: str, k: int) -> Callable[..., Any]:
    """The slope in a parameter by a difference quotient with half of the digits; not differentiated again."""

    def slope(*xs: Any) -> Any:
        if any(isinstance(x, Dual) for x in xs):
            raise GivenUpError("a second derivative in a parameter")
        more = CONTEXT.dps // 3
        with CONTEXT.workdps(2 * CONTEXT.dps):
            h = CONTEXT.mpf(10) ** -more
            up, down = list(xs), list(xs)
            up[k], down[k] = xs[k] + h, xs[k] - h
            return (TABLE[name].value(*up) - TABLE[name].value(*down)) / (2 * h)

    return slope


def _lgamma(x: Any) -> Any:
    if x > 0:
        return CONTEXT.loggamma(x)
    if CONTEXT.isint(x):
        raise NoNumberError("a pole")
    return CONTEXT.log(abs(CONTEXT.pi / CONTEXT.sinpi(x))) - CONTEXT.loggamma(1 - x)


def _positive(value: Callable[..., Any], test: Callable[..., bool]) -> Callable[..., Any]:
    def checked(*xs: Any) -> Any:
        if not test(*xs):
            raise NoNumberError("outside the domain")
        return value(*xs)

    return checked


def _not_zero(x: Any) -> Any:
    if not plain(x):
        raise GivenUpError("a removable singularity")
    return x


def _infinite_at_zero(value: Callable[..., Any]) -> Callable[..., Any]:
    """gradcli computes on with the infinity; no number is said of what becomes of it."""

    def checked(x: Any) -> Any:
        if not x:
            raise GivenUpError("infinite")
        return value(x)

    return checked


def _ndtr(x: Any) -> Any:
    return CONTEXT.erfc(-x / CONTEXT.sqrt(2)) / 2


def _erfinv(y: Any) -> Any:
    if abs(y) > 1 - 1e-15:
        raise GivenUpError("too near 1")
    return CONTEXT.erfinv(y)


def _whole_orders(value: Callable[..., Any], sign: int) -> Callable[..., Any]:
    """A Bessel function whose negative whole orders are the positive ones, but for the sign: mpmath is slow there."""

    def turned(n: Any, x: Any) -> Any:
        if n < 0 and CONTEXT.isint(n):
            return sign ** int(n) * value(-n, x)
        return value(n, x)

    return turned


C = CONTEXT
one = C.mpf(1)
TABLE: dict[str, Known] = {
    "pow": Known(_power, (_slope_in_base, _slope_in_exponent)),
    "exp": Known(_bounded(C.exp, 400), (_f("exp"),)),
    "exp2": Known(_bounded(lambda x: C.mpf(2) ** x, 400), (lambda x: called("exp2", x) * called("log", 2),)),
    "expm1": Known(_bounded(C.expm1, 400), (_f("exp"),)),
    "log": Known(_positive(_infinite_at_zero(C.log), lambda x: x >= 0), (lambda x: over(1, x),)),
    "log2": Known(_positive(_infinite_at_zero(lambda x: C.log(x) / C.log(2)), lambda x: x >= 0), (lambda x: over(1, x * called("log", 2)),)),
    "log10": Known(_positive(_infinite_at_zero(C.log10), lambda x: x >= 0), (lambda x: over(1, x * called("log", 10)),)),
    "log1p": Known(_positive(C.log1p, lambda x: x > -1), (lambda x: over(1, plus(1, x)),)),
    "sqrt": Known(_positive(C.sqrt, lambda x: x >= 0), (lambda x: over(1, times(2, called("sqrt", x))),)),
    "rsqrt": Known(_positive(lambda x: 1 / C.sqrt(x), lambda x: x > 0), (lambda x: over(called("rsqrt", x), times(-2, x)),)),
    "cbrt": Known(lambda x: C.sign(x) * C.cbrt(abs(x)), (lambda x: over(called("cbrt", x), times(3, x)),)),
    "square": Known(lambda x: x * x, (lambda x: times(2, x),)),
    "reciprocal": Known(lambda x: 1 / x, (lambda x: over(-1, times(x, x)),)),
    "abs": Known(abs, (_kink(lambda x: x == 0, lambda x: C.sign(plain(x))),)),
    "sign": Known(C.sign, (_flat(lambda x: x == 0),)),
    "floor": Known(C.floor, (_flat(C.isint),)),
    "ceil": Known(C.ceil, (_flat(C.isint),)),
    "frac": Known(lambda x: x - C.sign(x) * C.floor(abs(x)), (_kink(lambda x: x and C.isint(x), lambda x: 1),)),
    "maximum": Known(max, _first(lambda x, y: x > y)),
    "minimum": Known(min, _first(lambda x, y: x < y)),
    "hypot": Known(lambda x, y: C.sqrt(x * x + y * y), (lambda x, y: over(x, called("hypot", x, y)), lambda x, y: over(y, called("hypot", x, y)))),
    "sin": Known(_bounded(C.sin, 3000), (_f("cos"),)),
    "cos": Known(_bounded(C.cos, 3000), (lambda x: -1 * called("sin", x),)),
    "tan": Known(_bounded(C.tan, 3000), (lambda x: over(1, power(called("cos", x), 2)),)),
    "sec": Known(_bounded(C.sec, 3000), (lambda x: called("sec", x) * called("tan", x),)),
    "csc": Known(_bounded(C.csc, 3000), (lambda x: -1 * called("csc", x) * called("cot", x),)),
    "cot": Known(_bounded(C.cot, 3000), (lambda x: over(-1, power(called("sin", x), 2)),)),
    "sinc": Known(
        _bounded(lambda x: C.sinpi(x) / (C.pi * x) if x else C.mpf(1), 3000),
        (lambda x: over(plus(called("cos", times(C.pi, x)), times(-1, called("sinc", x))), _not_zero(x)),),
    ),
    "asin": Known(_positive(C.asin, lambda x: abs(x) <= 1), (lambda x: called("rsqrt", plus(1, times(-1, times(x, x)))),)),
    "acos": Known(_positive(C.acos, lambda x: abs(x) <= 1), (lambda x: times(-1, called("rsqrt", plus(1, times(-1, times(x, x))))),)),
    "atan": Known(C.atan, (lambda x: over(1, plus(1, times(x, x))),)),
    "atan2": Known(
        _positive(C.atan2, lambda y, x: bool(x or y)),
        (
            _kink(_on_cut, lambda y, x: over(x, plus(times(x, x), times(y, y)))),
            _kink(_on_cut, lambda y, x: over(times(-1, y), plus(times(x, x), times(y, y)))),
        ),
    ),
    "sinh": Known(_bounded(C.sinh, 400), (_f("cosh"),)),
    "cosh": Known(_bounded(C.cosh, 400), (_f("sinh"),)),
    "tanh": Known(_bounded(C.tanh, 400), (lambda x: power(called("sech", x), 2),)),
    "sech": Known(_bounded(C.sech, 400), (lambda x: times(-1, called("sech", x) * called("tanh", x)),)),
    "csch": Known(_bounded(C.csch, 400), (lambda x: times(-1, called("csch", x) * called("coth", x)),)),
    "coth": Known(_bounded(C.coth, 400), (lambda x: times(-1, power(called("csch", x), 2)),)),
    "asinh": Known(C.asinh, (lambda x: called("rsqrt", plus(1, times(x, x))),)),
    "acosh": Known(_positive(C.acosh, lambda x: x >= 1), (lambda x: over(1, called("sqrt", plus(x, -1)) * called("sqrt", plus(x, 1))),)),
    "atanh": Known(_positive(C.atanh, lambda x: abs(x) < 1), (lambda x: over(1, plus(1, times(-1, times(x, x)))),)),
    # activations
    "sigmoid": Known(_bounded(lambda x: 1 / (1 + C.exp(-x)), 400), (lambda x: called("sigmoid", x) * called("sigmoid", times(-1, x)),)),
    "logsigmoid": Known(_bounded(lambda x: -C.log1p(C.exp(-x)), 400), (lambda x: called("sigmoid", times(-1, x)),)),
    "relu": Known(lambda x: max(x, 0), (_kink(lambda x: x == 0, lambda x: 1 if plain(x) > 0 else 0),)),
    "silu": Known(_bounded(lambda x: x / (1 + C.exp(-x)), 400), (lambda x: called("sigmoid", x) * plus(1, x * called("sigmoid", times(-1, x))),)),
    "softsign": Known(lambda x: x / (1 + abs(x)), (_kink(lambda x: x == 0, lambda x: over(1, power(plus(1, called("abs", x)), 2))),)),
    "gelu": Known(_bounded(lambda x: x * _ndtr(x), 150), (lambda x: plus(called("ndtr", x), times(x, called("normal", x))),)),
    "logaddexp": Known(
        _bounded(lambda x, y: max(x, y) + C.log1p(C.exp(-abs(x - y))), 400),
        (lambda x, y: called("sigmoid", plus(x, times(-1, y))), lambda x, y: called("sigmoid", plus(y, times(-1, x)))),
    ),
    "xlogy": Known(
        _positive(lambda x, y: x * C.log(y) if x else x, lambda x, y: not x or y > 0), (lambda x, y: called("log", y), lambda x, y: over(x, y))
    ),
    "entr": Known(_positive(lambda x: -x * C.log(x) if x else x, lambda x: x >= 0), (lambda x: plus(-1, times(-1, called("log", x))),)),
    # special functions
    "normal": Known(_bounded(lambda x: C.npdf(x), 150), (lambda x: times(-1, times(x, called("normal", x))),)),
    "ndtr": Known(_bounded(_ndtr, 150), (_f("normal"),)),
    "erf": Known(_bounded(C.erf, 150), (lambda x: times(2 / C.sqrt(C.pi), called("exp", times(-1, times(x, x)))),)),
    "erfc": Known(_bounded(C.erfc, 150), (lambda x: times(-2 / C.sqrt(C.pi), called("exp", times(-1, times(x, x)))),)),
    "erfi": Known(_bounded(C.erfi, 2), (lambda x: times(2 / C.sqrt(C.pi), called("exp", times(x, x))),)),
    "erfcx": Known(
        _bounded(lambda x: C.exp(x * x) * C.erfc(x), 2), (lambda x: plus(times(2, times(x, called("erfcx", x))), -2 / C.sqrt(C.pi)),)
    ),
    "dawsn": Known(
        _bounded(lambda x: C.sqrt(C.pi) / 2 * C.exp(-x * x) * C.erfi(x), 2), (lambda x: plus(1, times(-2, times(x, called("dawsn", x)))),)
    ),
    "erfinv": Known(_positive(_erfinv, lambda y: abs(y) < 1), (lambda y: times(C.sqrt(C.pi) / 2, called("exp", power(called("erfinv", y), 2))),)),
    "lambertw": Known(
        _positive(C.lambertw, lambda x: x > -C.exp(-1)), (lambda x: over(1, plus(x, called("exp", called("lambertw", x)))),)
    ),
    "gamma": Known(_bounded(C.gamma, 5), (lambda x: called("gamma", x) * called("digamma", x),)),
    "lgamma": Known(_bounded(_lgamma, 300), (_f("digamma"),)),
    "digamma": Known(_bounded(C.digamma, 300), (lambda x: called("polygamma", 1, x),)),
    "polygamma": Known(
        _positive(_bounded(lambda n, x: C.psi(int(n), x), 300), lambda n, x: x > 0 or not C.isint(x)),
        (None, lambda n, x: called("polygamma", plain(n) + 1, x)),  # type: ignore[arg-type]  # a whole number has no slope
    ),
    "gammainc": Known(
        _positive(_bounded(lambda a, x: C.gammainc(a, 0, x, regularized=True), 4), lambda a, x: a > 0 and x > 0),
        (
            _numeric("gammainc", 0),
            lambda a, x: called("exp", times(plus(a, -1), called("log", x)) - x - called("lgamma", a)),
        ),
    ),
    "zeta": Known(
        _positive(_bounded(lambda s, q: C.zeta(s, q), 3), lambda s, q: s > 1 and q > 0),
        (_numeric("zeta", 0), lambda s, q: times(times(-1, s), called("zeta", plus(s, 1), q))),
    ),
    "besselj": Known(_bounded(_whole_orders(C.besselj, -1), 3), (_numeric("besselj", 0), lambda n, x: times(C.mpf("0.5"), called("besselj", plus(n, -1), x) - called("besselj", plus(n, 1), x)))),
    "bessely": Known(_positive(_bounded(_whole_orders(C.bessely, -1), 3), lambda n, x: x > 0), (_numeric("bessely", 0), lambda n, x: times(C.mpf("0.5"), called("bessely", plus(n, -1), x) - called("bessely", plus(n, 1), x)))),
    "besseli": Known(_bounded(_whole_orders(C.besseli, 1), 3), (_numeric("besseli", 0), lambda n, x: times(C.mpf("0.5"), called("besseli", plus(n, -1), x) + called("besseli", plus(n, 1), x)))),
    "besselk": Known(_positive(_bounded(_whole_orders(C.besselk, 1), 3), lambda n, x: x > 0), (_numeric("besselk", 0), lambda n, x: times(C.mpf("-0.5"), called("besselk", plus(n, -1), x) + called("besselk", plus(n, 1), x)))),
    "airy_ai": Known(_bounded(C.airyai, 2), (_f("airy_ai_prime"),)),
    "airy_ai_prime": Known(_bounded(lambda x: C.airyai(x, derivative=1), 2), (lambda x: times(x, called("airy_ai", x)),)),
    "airy_bi": Known(_bounded(C.airybi, 2), (_f("airy_bi_prime"),)),
    "airy_bi_prime": Known(_bounded(lambda x: C.airybi(x, derivative=1), 2), (lambda x: times(x, called("airy_bi", x)),)),
    "ei": Known(_positive(_bounded(C.ei, 4), lambda x: bool(x)), (lambda x: over(called("exp", x), x),)),
    "e1": Known(_positive(_bounded(C.e1, 4), lambda x: x > 0), (lambda x: over(called("exp", times(-1, x)), times(-1, x)),)),
    "li": Known(_positive(_bounded(C.li, 300), lambda x: x > 0 and x != 1), (lambda x: over(1, called("log", x)),)),
    "si": Known(_bounded(C.si, 4), (lambda x: called("sinc", over(x, C.pi)),)),
    "ci": Known(_positive(_bounded(C.ci, 4), lambda x: x > 0), (lambda x: over(called("cos", x), x),)),
    "shi": Known(_bounded(C.shi, 4), (lambda x: over(called("sinh", x), _not_zero(x)),)),
    "chi": Known(_positive(_bounded(C.chi, 4), lambda x: x > 0), (lambda x: over(called("cosh", x), x),)),
    "fresnels": Known(_bounded(C.fresnels, 2), (lambda x: called("sin", times(C.pi / 2, times(x, x))),)),
    "fresnelc": Known(_bounded(C.fresnelc, 2), (lambda x: called("cos", times(C.pi / 2, times(x, x))),)),
    "ellipk": Known(
        _positive(C.ellipk, lambda m: m < 1),
        (lambda m: over(called("ellipe", m) - plus(1, times(-1, m)) * called("ellipk", m), times(2, times(_not_zero(m), plus(1, times(-1, m))))),),
    ),
    "ellipe": Known(_positive(C.ellipe, lambda m: m <= 1), (lambda m: over(called("ellipe", m) - called("ellipk", m), times(2, _not_zero(m))),)),
}  # fmt: skip


# -- arrays


def _entries(x: Any) -> Any:
    return x if isinstance(x, np.ndarray) else np.array(x, dtype=object)


def _sum(x: Any) -> Any:
    total: Any = C.mpf(0)
    for entry in np.ravel(_entries(x)):
        total = plus(total, entry)
    return total


def _product(x: Any) -> Any:
    total: Any = one
    for entry in np.ravel(_entries(x)):
        total = times(total, entry)
    return total


def _filled(shape: tuple[int, ...], function: Callable[..., Any]) -> Any:
    """An array by its entries' places; an entry without a number spoils no other."""
    places = np.indices(shape)
    return entrywise(function, *places)


def _matmul(x: Any, y: Any) -> Any:
    left, right = np.atleast_2d(x), y if y.ndim == 2 else y[:, None]
    out = _filled((left.shape[0], right.shape[1]), lambda i, j: _sum(times(left[i], right[:, j])))
    shaped = out if x.ndim == 2 else out[0]
    return shaped if y.ndim == 2 else shaped[..., 0]


def _minor(x: Any, i: int, j: int) -> Any:
    return np.delete(np.delete(x, i, 0), j, 1)


def _det(x: Any) -> Any:
    if x.shape == (1, 1):
        return x[0, 0]
    return _sum(
        np.array([times((-1) ** j, times(x[0, j], _det(_minor(x, 0, j)))) for j in range(len(x))], dtype=object)
    )


def _inv(x: Any) -> Any:
    det = _det(x)
    return _filled(x.shape, lambda i, j: over(times(int((-1) ** (i + j)), _det(_minor(x, j, i))), det))


def _exponential(x: Any) -> Any:
    """Taylor's series, after halving as often as is enough for every size that is asked."""
    size_ = max(abs(plain(v)) for v in x.ravel())
    halvings = max(0, int(C.mag(size_)) + 40) if size_ else 0
    if halvings > 200:
        raise GivenUpError("a matrix too large")
    unit = np.empty(x.shape, dtype=object)
    for i, j in np.ndindex(x.shape):
        unit[i, j] = C.mpf(int(i == j))
    small, term, total = times(x, C.ldexp(1, -halvings)), unit, unit
    for k in range(1, 2 + CONTEXT.prec // 38):
        term = times(_matmul(term, small), C.mpf(1) / k)
        total = plus(total, term)
    for _ in range(halvings):
        total = _matmul(total, total)
    return total


def _eigvalsh2(x: Any) -> Any:
    a, b, d = x[0, 0], x[1, 0], x[1, 1]
    middle, half = times(plus(a, d), C.mpf("0.5")), times(plus(a, times(-1, d)), C.mpf("0.5"))
    radius = called("sqrt", plus(times(half, half), times(b, b)))
    return np.array([plus(middle, times(-1, radius)), plus(middle, radius)], dtype=object)


ARRAYS: dict[str, Callable[..., Any]] = {
    "sum": _sum,
    "prod": _product,
    "mean": lambda x: over(_sum(x), int(np.size(x))),
    "dot": lambda x, y: _sum(times(x, y)),
    "norm": lambda x: called("sqrt", _sum(times(x, x))),
    "det": _det,
    "logdet": lambda x: called("log", _det(x)),
    "inv": _inv,
    "trace": lambda x: _sum(np.diagonal(x)),
    "solve": lambda x, y: _matmul(_inv(x), y),
    "matrix_exp": _exponential,
    "eigvalsh": _eigvalsh2,
    "logsumexp": lambda x: called("log", _sum(called("exp", x))),
    "outer": lambda x, y: times(x[:, None], y[None, :]),
    "softmax": lambda x, _axis: over(called("exp", x), _sum(called("exp", x))),
    "cumsum": lambda x, _axis: _filled(x.shape, lambda k: _sum(x[: k + 1])),
    "cumprod": lambda x, _axis: _filled(x.shape, lambda k: _product(x[: k + 1])),
    "var": lambda x: over(_sum(power(plus(x, times(-1, over(_sum(x), len(x)))), 2)), len(x) - 1),
}


# -- reading


_TAGS = itertools.count(1)
BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: plus,
    ast.Sub: lambda x, y: plus(x, times(-1, y)),
    ast.Mult: times,
    ast.Div: over,
    ast.Pow: power,
    ast.MatMult: _matmul,
}
COMPARED: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: lambda x, y: x < y,
    ast.LtE: lambda x, y: x <= y,
    ast.Gt: lambda x, y: x > y,
    ast.GtE: lambda x, y: x >= y,
}


class Reading:
    """A formula in Python's syntax, read by Python's own parser."""

    def __init__(self, text: str, digits: int = 2000) -> None:
        self.text, self.digits = text, digits
        self.tree = ast.parse(text, mode="eval").body

    def number(
        self, values: Mapping[str, Any], variables: Sequence[Any] = (), place: tuple[int, ...] = ()
    ) -> tuple[Any, Any]:
        """The derivative of the entry at ``place`` in the variables, and a bound on its error.

        variables: names, or pairs of a name and an entry. Errors: NoNumberError, GivenUpError
        """
        found = []
        NOISE.flat = False
        with CONTEXT.workdps(self.digits):
            for seed in range(RUNS):
                NOISE.rng.seed(seed)
                env = {name: exact(value) for name, value in values.items()}
                wanted = [v if isinstance(v, tuple) else (v, ()) for v in variables]
                out = _differentiated(lambda inner: _entry(self.value(self.tree, inner), place), env, wanted)
                found.append(plain(out))
            spread = max(found) - min(found)
            return found[0], SPARE * spread

    def value(self, node: ast.AST, env: Mapping[str, Any]) -> Any:
        """A node with variables at hand: numbers, Duals, or arrays of them."""
        if isinstance(node, ast.Constant):
            written = Fraction(ast.get_source_segment(self.text, node) or "")
            return over(C.mpf(written.numerator), C.mpf(written.denominator))
        if isinstance(node, ast.Name):
            return env[node.id] if node.id in env else NOISE(+getattr(C, node.id))
        if isinstance(node, ast.BinOp):
            return BINARY[type(node.op)](self.value(node.left, env), self.value(node.right, env))
        if isinstance(node, ast.UnaryOp):
            return times(-1, self.value(node.operand, env))
        if isinstance(node, ast.Call):
            return self.call(node, env)
        if isinstance(node, ast.List):
            return np.array([self.part(part, env) for part in node.elts], dtype=object)
        if isinstance(node, ast.Subscript):
            return self.value(node.value, env)[ast.literal_eval(node.slice)]
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return self.value(node.value, env).T
        raise NotImplementedError(ast.dump(node))

    def part(self, node: ast.AST, env: Mapping[str, Any]) -> Any:
        try:
            return self.value(node, env)
        except NoNumberError as error:
            return Missing(error)

    def call(self, node: ast.Call, env: Mapping[str, Any]) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in OPERATORS:
            names = [part.id for part in node.args[1:] if isinstance(part, ast.Name)]
            return OPERATORS[name](lambda inner: self.value(node.args[0], inner), env, names)
        if name == "where":
            test, yes, no = node.args
            assert isinstance(test, ast.Compare)
            try:
                x, y = self.value(test.left, env), self.value(test.comparators[0], env)
            except NoNumberError as error:
                raise GivenUpError("a condition of what is no number") from error
            if plain(x) == plain(y) and not same(x, y):
                raise KinkError("on the edge of a condition")
            return self.value(yes if COMPARED[type(test.ops[0])](plain(x), plain(y)) else no, env)
        arguments = [self.value(part, env) for part in node.args]
        return ARRAYS[name](*arguments) if name in ARRAYS else called(name, *arguments)


Function = Callable[[Mapping[str, Any]], Any]
Entries = Sequence[tuple[str, tuple[int, ...]]]


def exact(value: Any) -> Any:
    """Floats, or mpmath's numbers, as they are."""
    array = np.asarray(value, dtype=object)
    return np.vectorize(C.mpf, otypes=[object])(array) if array.ndim else C.mpf(array[()])


def _entry(value: Any, place: tuple[int, ...]) -> Any:
    return value[place] if place else value


def _differentiated(function: Function, env: Mapping[str, Any], variables: Entries) -> Any:
    """The derivative of a scalar in each variable in turn."""
    if not variables:
        return function(env)
    (name, at), *rest = variables
    tag = next(_TAGS)
    old = env[name]
    if at:
        moved = old.copy()
        moved[at] = Dual(tag, old[at], one)
    else:
        moved = Dual(tag, old, one)
    return parts(_differentiated(function, {**env, name: moved}, rest), tag)[1]


def _places(value: Any) -> list[tuple[int, ...]]:
    return list(np.ndindex(np.shape(value)))


def _diff(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    return _differentiated(function, env, [(name, ()) for name in names])


def _grad(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    if not np.ndim(env[name]):
        return _diff(function, env, names)
    out = np.empty(env[name].shape, dtype=object)
    for at in _places(env[name]):
        out[at] = _differentiated(function, env, [(name, at)])
    return out


def _hessian(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    if not np.ndim(env[name]):
        return _diff(function, env, [name, name])
    shape = env[name].shape
    out = np.empty(shape + shape, dtype=object)
    for at in _places(out):
        first, second = at[: len(shape)], at[len(shape) :]
        out[at] = _differentiated(function, env, [(name, first), (name, second)])
    return out


def _laplacian(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    return _sum(np.array([_differentiated(function, env, [(name, at)] * 2) for at in _places(env[name])], dtype=object))


def _jacobian(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    places, inner = _places(function(env)), _places(env[name])
    out = np.empty(np.shape(function(env)) + np.shape(env[name]), dtype=object)
    for place, at in itertools.product(places, inner):
        try:
            out[place + at] = _differentiated(lambda e, place=place: _entry(function(e), place), env, [(name, at)])
        except NoNumberError as error:
            out[place + at] = Missing(error)
    return out if out.ndim else out[()]


def _divergence(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    return _sum(np.diagonal(_jacobian(function, env, names)))


OPERATORS: dict[str, Callable[[Function, Mapping[str, Any], Sequence[str]], Any]] = {
    "diff": _diff,
    "grad": _grad,
    "hessian": _hessian,
    "laplacian": _laplacian,
    "jacobian": _jacobian,
    "divergence": _divergence,
}
