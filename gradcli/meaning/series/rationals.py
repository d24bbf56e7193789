"""Constants that are known as fractions, though no ball is exactly 1/3: they may be exponents."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Differentiable


@dataclass(frozen=True, slots=True)
class Rational(Differentiable):
    """What a constant was made of, in the place of a function."""

    exact: Fraction


def known(value: arb, exact: Fraction) -> Ball:
    """An enclosure of a fraction that remembers it."""
    return Ball(value, 0, (), Rational("a fraction", (), exact))


LONGEST = 4_096  # bits before or after the point of a number that is written as a fraction


def of_fraction(exact: Fraction) -> Ball:
    return known(arb(exact.numerator) / exact.denominator, exact)


def rational(number: Any) -> Fraction | None:  # Any: a Scalar
    """The fraction that a number certainly is, here; None where it is not known to be one."""
    if type(number) is not Ball:
        return None
    if isinstance(number.function, Rational):
        return number.function.exact
    if not (number.value.is_exact() and number.value.is_finite()):
        return None
    mantissa, exponent = number.value.man_exp()
    if abs(int(exponent)) > LONGEST:
        return None
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


# the slope of a value that is known otherwise, and moves as before
SAME = Differentiable("the same number", (lambda *_: Ball(arb(1)),))
