"""Exponential, logarithmic and trigonometric integrals at 0 and at infinity, elliptic ones at m = 1 and infinity."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Undefined, UntoldError, exact_integer
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.bessel import fast
from gradcli.meaning.series.functions import grows, rule, split
from gradcli.meaning.series.series import LONGEST, endless, inverse, sign, summed, vanishing
from gradcli.meaning.series.trigonometric import HALF, at_one, at_zero, size, waving

# Any, in this module: Scalars, that are Balls, Undefined and Series


def _logarithmic(x: Any, step: Any, coefficient: Callable[[int], arb]) -> Any:
    """``euler + log(abs(x)) + sum_n coefficient(n)*step**n`` over n from 1: DLMF 6.6."""
    rest = summed(step, lambda n: Ball(coefficient(n) if n else arb.const_euler()))
    return FUNCTIONS["log"](FUNCTIONS["Abs"](x)) + rest


@rule("Ei")
def ei(x: Any) -> Any:
    if grows(x):
        if not fast(x):
            return NotImplemented
        return endless(1, x.moving) if sign(x) > 0 else vanishing()
    if not at_zero(x) or sign(x) == 0:
        return NotImplemented
    return _logarithmic(x, x, lambda n: arb(1) / (n * factorial(n)))


@rule("li")
def li(x: Any) -> Any:
    """``Ei(log(x))`` at 1."""
    if grows(x) or at_one(x) != 1:
        return FUNCTIONS["li"](Ball(arb(-1))) if sign(x) < 0 else _no_edge(x)
    return FUNCTIONS["Ei"](FUNCTIONS["log"](x)) if sign(x - 1) else NotImplemented


def _no_edge(x: Any) -> Any:
    if at_zero(x):
        raise UntoldError  # x/log(x) and on, in ever more powers of 1/log(x)
    return NotImplemented


def _right(name: str, power: int, sign_of_square: int) -> None:
    """Ci and Chi: the coefficients of x**2."""

    @rule(name)
    def right(x: Any) -> Any:
        if sign(x) <= 0:
            return FUNCTIONS[name](Ball(arb(-1)))
        if grows(x):
            if sign_of_square < 0:
                return waving(x, size(x))
            return endless(1, x.moving) if fast(x) else NotImplemented
        if not at_zero(x):
            return NotImplemented
        return _logarithmic(x, x * x, lambda n: arb(sign_of_square**n) / (power * n * factorial(power * n)))


_right("Ci", 2, -1)
_right("Chi", 2, 1)


@rule("Si")
def si(x: Any) -> Any:
    return waving(x, size(x)) + sign(x) * Ball(arb.pi() / 2) if grows(x) else NotImplemented


@rule("Shi")
def shi(x: Any) -> Any:
    return endless(sign(x), x.moving) if grows(x) and fast(x) else NotImplemented


@rule("expint")
def expint(order: Ball, x: Any) -> Any:
    """DLMF 8.19.8 at 0; of orders below 1 by ``n*E_(n+1)(x) = exp(-x) - x*E_n(x)``."""
    if sign(x) < 0:
        return FUNCTIONS["expint"](order, Ball(arb(-1)))
    if grows(x):
        return vanishing() if fast(x) else NotImplemented
    n = exact_integer(order.value)
    if not at_zero(x) or sign(x) == 0:
        return NotImplemented
    if n is None or abs(n) > LONGEST:
        raise UntoldError
    return _of_order(n, x)


def _of_order(n: int, x: Any) -> Any:
    if n < 1:
        found = FUNCTIONS["exp"](-x) * inverse(x)
        for p in range(-1, n - 1, -1):
            found = (FUNCTIONS["exp"](-x) - p * found) * inverse(x)
        return found
    power = FUNCTIONS["pow"](-x, Ball(arb(n - 1))) * Ball(arb(1) / factorial(n - 1))
    entire = summed(-x, lambda k: Ball(arb(0) if k == n - 1 else arb(-1) / ((k - n + 1) * factorial(k))))
    return power * (Ball(arb(n).digamma()) - FUNCTIONS["log"](x)) + entire


# -- elliptic integrals: DLMF 19.12.1, 19.12.2, and 19.7.3 at minus infinity


def _at_end(m: Any) -> bool:
    """Is it at m = 1, from below?"""
    return bool(split(m)[0].value == 1) and sign(1 - m) > 0


def _squares(n: int, first: int, second: int) -> arb:
    """``(1/2)_n*(first/2)_n/(second_n*n!)``"""
    out = arb(1)
    for j in range(n):
        out = out * (arb(1) / 2 + j) * (arb(first) / 2 + j) / ((second + j) * (j + 1))
    return out


def _difference(n: int) -> arb:
    """``psi(1 + n) - psi(1/2 + n)``"""
    return arb(1 + n).digamma() - (arb(1) / 2 + n).digamma()


@rule("elliptic_k")
def elliptic_k(m: Any) -> Any:
    if grows(m):
        return _turned("elliptic_k", m) * inverse(FUNCTIONS["sqrt"](1 - m)) if sign(m) < 0 else NotImplemented
    if not _at_end(m):
        return NotImplemented
    u = 1 - m
    logarithm = -HALF * FUNCTIONS["log"](u)
    constant = summed(u, lambda n: Ball(_squares(n, 1, 1) * _difference(n)))
    return constant + logarithm * summed(u, lambda n: Ball(_squares(n, 1, 1)))


@rule("elliptic_e")
def elliptic_e(m: Any) -> Any:
    if grows(m):
        return _turned("elliptic_e", m) * FUNCTIONS["sqrt"](1 - m) if sign(m) < 0 else NotImplemented
    if split(m)[0].value == 1 and sign(1 - m) < 0:
        return Undefined("a complete elliptic integral where m is not below 1")
    if not _at_end(m):
        return NotImplemented
    u = 1 - m
    logarithm = -HALF * FUNCTIONS["log"](u)
    shifted = summed(u, lambda n: Ball(_squares(n, 3, 2) * (_difference(n) - arb(1) / ((2 * n + 1) * (2 * n + 2)))))
    return 1 + u * HALF * (shifted + logarithm * summed(u, lambda n: Ball(_squares(n, 3, 2))))


@rule("elliptic_d")
def elliptic_d(order: Ball, m: Any) -> Any:
    """``(K(m) - E(m))/m``"""
    if not (sign(m) < 0 if grows(m) else _at_end(m)):
        return NotImplemented
    if not order.value.is_zero():
        raise UntoldError
    return (FUNCTIONS["elliptic_k"](m) - FUNCTIONS["elliptic_e"](m)) * inverse(m)


def _turned(name: str, m: Any) -> Any:
    return FUNCTIONS[name](m * inverse(m - 1))


@rule("LambertW")
def lambert(x: Any, branch: Ball) -> Any:
    """The lower branch is left of 0 alone."""
    if branch.value == -1 and not grows(x) and at_zero(x) and sign(x) >= 0:
        return FUNCTIONS["LambertW"](Ball(arb(1)), branch)
    return NotImplemented
