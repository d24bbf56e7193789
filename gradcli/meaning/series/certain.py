"""Functions that FLINT computes, at the ends of their domains."""

from __future__ import annotations

from math import factorial
from typing import Any

from flint import arb, fmpq

from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.functions import grows, rule, split
from gradcli.meaning.series.series import sign, summed
from gradcli.meaning.series.trigonometric import at_zero

# Any, in this module: Scalars, that are Balls, Undefined and Series

QUARTER = Ball(arb(1) / 4)


def _sqrt(x: Any) -> Any:
    return FUNCTIONS["sqrt"](x)


def _outside(name: str, count: int) -> Any:
    """What the function says left of its domain."""
    return FUNCTIONS[name](*[Ball(arb(-1))] * count)


# -- the incomplete beta functions: DLMF 8.17.8


def _below(a: Any, b: Any, x: Any) -> Any:
    """``I_x(a, b)`` beside x = 0."""
    log = FUNCTIONS["lgamma"](a + b) - FUNCTIONS["lgamma"](a + 1) - FUNCTIONS["lgamma"](b)
    front = FUNCTIONS["exp"](log) * FUNCTIONS["pow"](x, a) * FUNCTIONS["pow"](1 - x, b)
    known: list[Any] = [Ball(arb(1))]

    def coefficient(n: int) -> Any:
        while len(known) <= n:
            k = len(known)
            known.append(known[-1] * (a + b + (k - 1)) / (a + k))
        return known[n]

    return front * summed(x, coefficient)


def _part(name: str, a: Any, b: Any, x: Any) -> Any:
    if any(map(grows, (a, b, x))):
        return NotImplemented
    start, end = at_zero(x), at_zero(1 - x)
    if not start and not end:
        return NotImplemented
    if sign(a) <= 0 or sign(b) <= 0 or sign(x if start else 1 - x) < 0:
        return _outside(name, 3)
    below = _below(a, b, x) if start else _below(b, a, 1 - x)
    return below if start == (name == "betainc") else 1 - below


@rule("betainc")
def betainc(a: Any, b: Any, x: Any) -> Any:
    return _part("betainc", a, b, x)


@rule("betaincc")
def betaincc(a: Any, b: Any, x: Any) -> Any:
    return _part("betaincc", a, b, x)


# -- Carlson's degenerate integral, by a step of duplication, which leaves no operand at 0: DLMF 19.26.23


@rule("elliprc")
def elliprc(x: Any, y: Any) -> Any:
    if grows(x) or grows(y) or not at_zero(x) or at_zero(y):
        return NotImplemented
    if sign(x) < 0:
        return _outside("elliprc", 2)
    gap = 2 * _sqrt(x) * _sqrt(y) + y
    return FUNCTIONS["elliprc"]((x + gap) * QUARTER, (y + gap) * QUARTER)


# -- Spence's and Clausen's functions


@rule("spence")
def spence(x: Any) -> Any:
    """``pi**2/6 - log(x)*log(1 - x) - spence(1 - x)``: DLMF 25.12.6."""
    if grows(x) or not at_zero(x):
        return NotImplemented
    if sign(x) < 0:
        return _outside("spence", 1)
    log = FUNCTIONS["log"]
    return Ball(arb.pi() ** 2 / 6) - log(x) * log(1 - x) - FUNCTIONS["spence"](1 - x)


@rule("clausen")
def clausen(x: Any) -> Any:
    """``x - x*log(|x|) + sum |B_2n|*x**(2*n + 1)/(2*n*(2*n + 1)!)``, from its slope ``-log(2*sin(x/2))``."""
    if grows(x) or not at_zero(x):
        return NotImplemented

    def coefficient(n: int) -> Any:
        return Ball(arb(1) if n == 0 else abs(arb(fmpq.bernoulli(2 * n))) / (2 * n * factorial(2 * n + 1)))

    return x * summed(x * x, coefficient) - x * FUNCTIONS["log"](FUNCTIONS["Abs"](x))


# -- Airy's scaled functions


def _scaled(name: str, plain: str, power: int) -> None:
    """power: of the scale; the second kind has it right of 0 alone, where the first kind is."""

    @rule(name)
    def scaled(x: Any) -> Any:
        if grows(x) or not at_zero(x) or split(x)[1] is None:
            return NotImplemented
        if sign(x) < 0:
            return FUNCTIONS[plain](x) if power < 0 else _outside(name, 1)
        return FUNCTIONS[plain](x) * FUNCTIONS["exp"](x * _sqrt(x) * Ball(arb(2 * power) / 3))


_scaled("airyaix", "airyai", 1)
_scaled("airyaiprimex", "airyaiprime", 1)
_scaled("airybix", "airybi", -1)
_scaled("airybiprimex", "airybiprime", -1)
