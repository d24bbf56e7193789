"""Sine and its relatives at poles and at infinity; their inverses at the edges of their domains."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, UntoldError
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.series.functions import grows, rule, split
from gradcli.meaning.series.rationals import of_fraction
from gradcli.meaning.series.series import Series, inverse, sign

# Any, in this module: Scalars, that are Balls, Undefined and Series

HALF = of_fraction(Fraction(1, 2))
TWO = Ball(arb(2))


def size(x: Any) -> Fraction:
    """The order of 1/x where x grows; 0 where that is slower than every power."""
    (e, _), _ = x.lead()
    return -Fraction(e)


def waving(x: Any, order: Fraction) -> Any:
    """What goes to and fro as x grows, between two multiples of a power of x, which is of an order in t.

    Errors: UntoldError where more moves x: its slope is of a larger order.
    """
    if x.moving:
        raise UntoldError
    (_, logarithms), _ = x.lead()
    return Series({}, order, swings=not logarithms, rough=True)


def at_zero(x: Any) -> bool:
    """Does it tend to exactly 0? Errors: UntoldError."""
    return not grows(x) and bool(split(x)[0].value.is_zero())


def at_one(x: Any) -> int:
    """1 or -1 where it tends to exactly that, else 0. Errors: UntoldError."""
    centre = split(x)[0].value
    return 1 if centre == 1 else -1 if centre == -1 else 0


def beside_one(name: str) -> Callable[[Callable[[Any, int], Any]], Callable[[Any, int], Any]]:
    """Enters what a function with a domain from -1 to 1 is inside of an end, 1 or -1; beyond it is undefined."""

    def enter(written: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
        @rule(name)
        def ended(x: Any) -> Any:
            end = 0 if grows(x) else at_one(x)
            if not end:
                return NotImplemented
            return FUNCTIONS[name](TWO) if sign(1 - end * x) < 0 else written(x, end)

        return written

    return enter


# -- sine, cosine and their quotients


@rule("sin")
def sin(x: Any) -> Any:
    return _between(x) if grows(x) else NotImplemented


@rule("cos")
def cos(x: Any) -> Any:
    return _between(x) if grows(x) else NotImplemented


def _between(x: Any) -> Any:
    """From -1 to 1 and back. Errors: as above."""
    if x.moving:
        raise UntoldError
    return Series({}, 0, swings=True)


@rule("sinc")
def sinc(x: Any) -> Any:
    """At most 1/(pi*abs(x))."""
    return waving(x, size(x)) if grows(x) else NotImplemented


@rule("tan")
def tan(x: Any) -> Any:
    return FUNCTIONS["sin"](x) * inverse(FUNCTIONS["cos"](x))


@rule("sec")
def sec(x: Any) -> Any:
    return inverse(FUNCTIONS["cos"](x))


@rule("csc")
def csc(x: Any) -> Any:
    return inverse(FUNCTIONS["sin"](x))


@rule("cot")
def cot(x: Any) -> Any:
    return FUNCTIONS["cos"](x) * inverse(FUNCTIONS["sin"](x))


# -- inverses: acos(x) = 2*asin(sqrt((1 - x)/2)) is exactly 0 at 1


def _half_angle(x: Any, side: int) -> Any:
    return TWO * FUNCTIONS["asin"](FUNCTIONS["sqrt"]((1 - side * x) * HALF))


@beside_one("asin")
def asin(x: Any, side: int) -> Any:
    return side * (Ball(arb.pi() / 2) - _half_angle(x, side))


@beside_one("acos")
def acos(x: Any, side: int) -> Any:
    return _half_angle(x, 1) if side > 0 else Ball(arb.pi()) - _half_angle(x, -1)


def _of_reciprocal(name: str, inner: str) -> None:
    @rule(name)
    def of_reciprocal(x: Any) -> Any:
        side = 0 if grows(x) else at_one(x)
        if not side and not grows(x):
            return NotImplemented
        if side and sign(side * x - 1) < 0:
            return FUNCTIONS[name](Ball(arb(0)))
        return FUNCTIONS[inner](inverse(x))


_of_reciprocal("asec", "acos")
_of_reciprocal("acsc", "asin")
