"""Bounds that hold for all small enough t > 0: ``constant + factor * X0**g0 * X1**g1 * …`` with X0 = 1/t and each
further X the logarithm of the one before.

The constant is one number, which a ball encloses; the factor may be any function of t that stays inside of its ball. An
exponent is a fraction, or a ball in which it may move. An infinite one stands for what grows (or vanishes) faster than
every power of its X, and slower than every power of the X before it; then the factor has the sign alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from gradcli.meaning.balls.ball import UntoldError

LEVELS = 4  # X0 to X3: the logarithm of X3 is not told
Exponent = Fraction | arb
Growth = tuple[Exponent, ...]

STILL: Growth = (Fraction(0),) * LEVELS
SMALL = arb(0, arb(2) ** -300)  # what vanishes is at last smaller than every bound
SAME = 1 + SMALL  # a ratio that tends to 1


def ball(exponent: Exponent) -> arb:
    return arb(exponent.numerator) / exponent.denominator if isinstance(exponent, Fraction) else exponent


def _plus(x: Exponent, y: Exponent) -> Exponent:
    return x + y if isinstance(x, Fraction) and isinstance(y, Fraction) else ball(x) + ball(y)


def _times(x: Exponent, y: Exponent) -> Exponent:
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x * y
    return Fraction(0) if _is_zero(x) else ball(x) * ball(y)


def _negative(x: Exponent) -> Exponent:
    return -x


def _is_zero(exponent: Exponent) -> bool:
    """Exactly: a ball that may be 0 is neither equal to it nor unequal."""
    return exponent == 0 if isinstance(exponent, Fraction) else bool(exponent.is_zero())


def power_of(level: int, exponent: Exponent) -> Growth:
    """Of one X. Errors: UntoldError beyond the last."""
    if level >= LEVELS:
        raise UntoldError
    return (*STILL[:level], exponent, *STILL[level + 1 :])


def direction(growth: Growth) -> int:
    """1 for what grows without end, -1 for what vanishes, 0 for exactly 1. Errors: UntoldError."""
    for exponent in growth:
        if exponent > 0:
            return 1
        if exponent < 0:
            return -1
        if not _is_zero(exponent):
            raise UntoldError
    return 0


def side(number: arb) -> int:
    """Its sign. Errors: UntoldError."""
    if number.is_zero():
        return 0
    if not (number > 0 or number < 0):
        raise UntoldError
    return 1 if number > 0 else -1


def _blurred(factor: arb) -> arb:
    """Of a term beside which there are others, that are at last smaller."""
    return factor * SAME if factor > 0 or factor < 0 else factor + SMALL


@dataclass(frozen=True, slots=True, eq=False)
class Leading:
    """A function of t, in bounds; see above."""

    constant: arb
    factor: arb
    growth: Growth = STILL

    def __post_init__(self) -> None:
        """Errors: UntoldError where there are no bounds."""
        if not (self.constant.is_finite() and self.factor.is_finite()):
            raise UntoldError

    # -- what it does as t tends to 0

    @property
    def is_zero(self) -> bool:
        """Is it exactly 0?"""
        return bool(self.constant.is_zero()) and bool(self.factor.is_zero())

    @property
    def moves(self) -> int:
        """1 where it grows without end, -1 where it tends to its constant, 0 where it stays in bounds beside it.

        Errors: UntoldError.
        """
        return -1 if self.factor.is_zero() else direction(self.growth)

    def sign(self) -> int:
        """For all small t. Errors: UntoldError."""
        moves = self.moves
        if moves == 0:
            return side(self.constant + self.factor)
        return side(self.factor) if moves > 0 or self.constant.is_zero() else side(self.constant)

    @property
    def limit(self) -> arb:
        """What it tends to, infinities among it; a wide ball where it only stays inside. Errors: UntoldError."""
        moves = self.moves
        if moves > 0:
            return arb.pos_inf() if side(self.factor) > 0 else arb.neg_inf()
        return self.constant if moves < 0 else self.constant + self.factor

    @property
    def term(self) -> Leading:
        """All of it but the constant; all of it where it grows."""
        return Leading(arb(0), _blurred(self.factor) if self.moves > 0 else self.factor, self.growth)

    # -- arithmetic. Errors, in all that follow: UntoldError

    def __add__(self, other: Leading) -> Leading:
        constant = self.constant + other.constant
        if self.factor.is_zero() or other.factor.is_zero():
            larger = other if self.factor.is_zero() else self
            return Leading(constant, larger.factor, larger.growth)
        try:
            ahead = direction(tuple(map(_plus, self.growth, map(_negative, other.growth))))
        except UntoldError:
            return Leading(constant, *_either(self, other))
        if ahead == 0:
            return Leading(constant, self.factor + other.factor, self.growth)
        larger = self if ahead > 0 else other
        return Leading(constant, _blurred(larger.factor), larger.growth)

    def __neg__(self) -> Leading:
        return Leading(-self.constant, -self.factor, self.growth)

    def __mul__(self, other: Leading) -> Leading:
        growth = tuple(map(_plus, self.growth, other.growth))
        out = Leading(self.constant * other.constant, self.factor * other.factor, growth)
        for one, by in ((self, other.constant), (other, self.constant)):
            if not by.is_zero():
                out = out + Leading(arb(0), one.factor * by, one.growth)
        return out

    def inverse(self) -> Leading:
        moves = self.moves
        if self.sign() == 0:
            raise UntoldError
        if moves == 0:
            return Leading(arb(0), 1 / (self.constant + self.factor))
        if moves < 0 and not self.constant.is_zero():
            return Leading(1 / self.constant, -self.factor / self.constant**2 * SAME, self.growth)
        return self.power(Fraction(-1))

    def power(self, exponent: Exponent) -> Leading:
        """Of a term without a constant: positive, unless the exponent is whole."""
        factor = self.term.factor
        growth = tuple(_times(g, exponent) for g in self.growth)
        if isinstance(exponent, Fraction) and exponent.denominator == 1:
            return Leading(arb(0), factor ** int(exponent), growth)
        if side(factor) < 0:
            raise UntoldError
        return Leading(arb(0), factor ** ball(exponent), growth)

    def log(self) -> Leading:
        """Of a positive term without a constant."""
        term = self.term
        out = Leading(arb(0), term.factor.log())
        for level, exponent in enumerate(self.growth):
            if not _is_zero(exponent):
                out = out + Leading(arb(0), ball(exponent), power_of(level + 1, Fraction(1)))
        return out

    def exp(self) -> Leading:
        """Of what grows."""
        up = side(self.factor)
        for level in range(1, LEVELS):
            ahead = direction(tuple(map(_plus, self.growth, power_of(level, Fraction(-1)))))
            if ahead > 0:
                return Leading(arb(0), arb(1), power_of(level - 1, arb.pos_inf() if up > 0 else arb.neg_inf()))
            if ahead == 0:
                return Leading(arb(0), self.constant.exp(), power_of(level - 1, exactly(self.factor)))
        raise UntoldError


def _either(x: Leading, y: Leading) -> tuple[arb, Growth]:
    """Of two terms of which nobody knows the larger: as much of the smaller as there may be beside it."""
    share = arb(0.5, 0.5)
    factor = (x.factor + y.factor * share).union(y.factor + x.factor * share)
    return factor, tuple(map(_hull, x.growth, y.growth))


def _hull(x: Exponent, y: Exponent) -> Exponent:
    if isinstance(x, Fraction) and isinstance(y, Fraction) and x == y:
        return x
    low, high = ball(x), ball(y)
    if low.is_finite() and high.is_finite():
        return low.union(high)
    if low == high:
        return low
    raise UntoldError


ZERO = Leading(arb(0), arb(0))


def constant(value: arb) -> Leading:
    """Errors: UntoldError for one that is infinite or not told."""
    return Leading(value, arb(0))


def exactly(value: arb) -> Exponent:
    """A number as an exponent, exactly where it is exact."""
    if not (value.is_exact() and value.is_finite()):
        return value
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent) if abs(int(exponent)) < 4_096 else value


def total(terms: Sequence[Leading]) -> Leading:
    out = ZERO
    for term in terms:
        out = out + term
    return out
