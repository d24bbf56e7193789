"""Functions of scalars in mpmath, and their slopes written in one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fuzzing.duals import (
    CONTEXT,
    TABLE,
    Dual,
    GivenUpError,
    KinkError,
    Known,
    NoNumberError,
    called,
    over,
    plain,
    plus,
    times,
)


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


def _infinite(value: Callable[..., Any], *ends: int) -> Callable[..., Any]:
    """gradcli computes on with the infinity at an end; no number is said of what becomes of it."""

    def checked(x: Any) -> Any:
        if x in ends:
            raise GivenUpError("infinite")
        return value(x)

    return checked


_log = _infinite(CONTEXT.log, 0)


def _ndtr(x: Any) -> Any:
    return CONTEXT.erfc(-x / CONTEXT.sqrt(2)) / 2


def _erfinv(y: Any) -> Any:
    if abs(y) > 1 - 1e-15 and CONTEXT.dps > 400:
        raise GivenUpError("mpmath takes seconds so near to 1")
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
TABLE |= {
    "pow": Known(_power, (_slope_in_base, _slope_in_exponent)),
    "exp": Known(_bounded(C.exp, 400), (_f("exp"),)),
    "exp2": Known(_bounded(lambda x: C.mpf(2) ** x, 400), (lambda x: called("exp2", x) * called("log", 2),)),
    "expm1": Known(_bounded(C.expm1, 400), (_f("exp"),)),
    "log": Known(_positive(_log, lambda x: x >= 0), (lambda x: over(1, x),)),
    "log2": Known(_positive(_infinite(lambda x: C.log(x) / C.log(2), 0), lambda x: x >= 0), (lambda x: over(1, x * called("log", 2)),)),
    "log10": Known(_positive(_infinite(C.log10, 0), lambda x: x >= 0), (lambda x: over(1, x * called("log", 10)),)),
    "log1p": Known(_positive(_infinite(C.log1p, -1), lambda x: x >= -1), (lambda x: over(1, plus(1, x)),)),
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
    "atanh": Known(_positive(_infinite(C.atanh, 1, -1), lambda x: abs(x) <= 1), (lambda x: over(1, plus(1, times(-1, times(x, x)))),)),
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
        _positive(lambda x, y: x * _log(y) if x else x, lambda x, y: not x or y >= 0), (lambda x, y: called("log", y), lambda x, y: over(x, y))
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
        _positive(_bounded(lambda a, x: C.gammainc(a, 0, x, regularized=True), 4), lambda a, x: a > 0 and x >= 0),
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
    "e1": Known(_positive(_infinite(_bounded(C.e1, 4), 0), lambda x: x >= 0), (lambda x: over(called("exp", times(-1, x)), times(-1, x)),)),
    "li": Known(_positive(_bounded(C.li, 300), lambda x: x >= 0 and x != 1), (lambda x: over(1, called("log", x)),)),
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
