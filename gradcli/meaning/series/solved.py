"""Taylor coefficients from differential equations: of f' = g(x) by one integral, of f' = g(x, f) by as many as there
are coefficients. Slopes of slopes grow with every order; series do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, UntoldError
from gradcli.meaning.series.extent import kept, length
from gradcli.meaning.series.series import Power, Series, of, simple

# Any, in this module: Scalars, that are Balls, Undefined and Series; Functions

# by name, the operand in which a function is so; its slope does not depend on its own value
EXPLICIT = {
    **dict.fromkeys(("asin", "acos", "atan", "asec", "acsc", "acot"), 0),
    **dict.fromkeys(("asinh", "acosh", "atanh", "asech", "acsch", "acoth"), 0),
    **dict.fromkeys(("erf", "erfc", "erfi", "fresnels", "fresnelc", "Ei", "li", "Si", "Ci", "Shi", "Chi"), 0),
    "gammainc": 2,
    "gammaincc": 1,
}
IMPLICIT = {"erfinv": 0, "erfcinv": 0, "LambertW": 0, "gamma": 0, "elliptic_k": 0, "the slope of gammainc": 2}

# of x**2*f'' + p*x*f' + (sign*x**2 - n*(n + p - 1))*f = 0, the sign and p: DLMF 10.2.1, 10.25.1, 10.47.1, 10.47.2
BESSEL = {"besselj": (1, 1), "bessely": (1, 1), "besseli": (-1, 1), "besselk": (-1, 1), "jn": (1, 2), "in": (-1, 2)}
NEAR = arb(1) / 2  # the recurrence divides by the square of x


def is_solved(name: str, centres: Sequence[Ball], i: int) -> bool:
    if name in BESSEL:
        return bool(abs(centres[i].value) > NEAR)
    return EXPLICIT.get(name, IMPLICIT.get(name)) == i


def solved(function: Any, centres: Sequence[Ball], i: int) -> Callable[[int], Ball]:
    """``n -> the n-th derivative/n!`` in operand i. Errors: UntoldError."""
    known: list[Ball] = [function(*centres)]

    def coefficient(n: int) -> Ball:
        if n >= len(known):
            known[:] = _solution(function, centres, i, known[0], max(n, 2 * len(known), kept()) + 1)
        return known[n]

    return coefficient


def _solution(function: Any, centres: Sequence[Ball], i: int, start: Ball, count: int) -> list[Ball]:
    """The first coefficients, of powers of s."""
    if function.name in BESSEL:
        return _bessel(function, centres[0], centres[1], start, count)
    operands: list[Any] = list(centres)
    operands[i] = operands[i] + Series({(1, 0): Ball(arb(1))})
    found: Any = start
    for n in range(1, count) if function.name in IMPLICIT else (count - 1,):
        with length(n):
            slope = function.slopes[i](*operands, found)
        with length(n + 1):
            found = start + _integral(slope)
    if type(found) is not Series:
        raise UntoldError
    if found.order is not None and found.order < count:
        raise UntoldError
    return [found.terms.get((n, 0), ZERO) for n in range(count)]


def _bessel(function: Any, order: Ball, x: Ball, start: Ball, count: int) -> list[Ball]:
    """By recurrence: the equation's coefficient of ``s**k``."""
    sign, p = BESSEL[function.name]
    constant = order * (order + (p - 1))
    out = [ZERO, ZERO, start, function.slopes[1](order, x, start)]
    for k in range(count - 2):
        known = sign * (out[k] + 2 * x * out[k + 1])
        known = (
            known + (k * (k - 1 + p) + sign * x * x - constant) * out[k + 2] + (k + 1) * (2 * k + p) * x * out[k + 3]
        )
        out.append(-known / (x * x * ((k + 2) * (k + 1))))
    return out[2:]


def _integral(x: Any) -> Any:
    """In s, from 0. Errors: UntoldError."""
    if type(x) is Ball and not x.value.is_finite():
        raise UntoldError
    x = of(x)
    if type(x) is not Series or any(e < 0 or k for e, k in x.terms):
        raise UntoldError
    terms: list[tuple[Power, Any]] = [((e + 1, 0), c * Ball(arb(1) / int(e + 1))) for (e, _), c in x.terms.items()]
    return simple(terms, None if x.order is None else x.order + 1)
