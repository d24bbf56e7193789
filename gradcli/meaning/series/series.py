"""Numbers that depend on a step t, which tends to 0 from above: sums of ``c * t**e * log(t)**k`` with balls c.

Exponents e are rational, k are whole numbers. A sum is exact, or known up to terms of an order. Balls are the constants
among these numbers: what does not depend on t is a Ball.

A coefficient may be exactly 0 and move with a variable, as y does in abs(y + t) at y = 0. It counts for derivatives in
that variable, of as many orders as ``derivatives`` says, and for nothing else: beside the powers of t it is endlessly
small.

What grows faster than every power of 1/t, as exp(1/t) does, has a sign and no size: it is ENDLESS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from flint import arb

from gradcli.base.precision import working_bits
from gradcli.meaning.balls.ball import ZERO, Ball, Extension, Undefined, UntoldError, is_infinite, lifted, untold
from gradcli.meaning.series.extent import derivatives_taken, kept, pay

# Any, in this module: Scalars, that are Balls, Undefined and Series

Exponent = int | Fraction  # ints are many times as quick, and equal to fractions that are whole
Power = tuple[Exponent, int]  # of t, and of log(t)

ZEROTH: Power = (0, 0)
FLAT = 10**9  # the order of what vanishes faster than every power, as exp(-1/t)
ENDLESS: Power = (-FLAT, 0)  # the only power of what grows faster than every one; its coefficient has the sign alone
LONGEST = 400  # terms of a sum, before its powers of t are kept: as many powers of x**0.01 as x and x**4 are apart


class Series(Extension):
    """A number that depends on t.

    terms: coefficients by powers; those that are exactly 0 move
    order: terms of this power of t and above are not known (up to a power of its logarithm); None: there are no others
    swings: what is not known certainly goes to and fro between two multiples of that power, as sin(1/t) does of t**0
    rough: what is not known may go to and fro ever faster, so that its derivative may be larger than that of the power
    """

    __slots__ = ("order", "rough", "swings", "terms")
    serial = -1  # it moves, whoever asks
    applied: ClassVar[Callable[[Any, tuple[Any, ...]], Any]]  # in functions.py: functions are made of series

    def __init__(
        self, terms: Mapping[Power, Ball], order: Exponent | None = None, *, swings: bool = False, rough: bool = False
    ) -> None:
        self.terms, self.order, self.swings, self.rough = dict(terms), order, swings, rough or swings

    def __repr__(self) -> str:
        shown = [f"{c.value}*t**{e}*log(t)**{k}" for (e, k), c in self.ordered()]
        return " + ".join([*shown, *([] if self.order is None else [f"O(t**{self.order})"])]) or "0"

    # -- its size for small t

    def ordered(self) -> list[tuple[Power, Ball]]:
        """The terms, the largest first."""
        return sorted(self.terms.items(), key=lambda term: (term[0][0], -term[0][1]))

    def lead(self) -> tuple[Power, Ball] | None:
        """The first term that is not 0; None where all of it is exactly 0. Errors: UntoldError."""
        for power, coefficient in self.ordered():
            if coefficient.value != 0:
                return power, coefficient
            if not coefficient.value.is_zero():
                raise UntoldError
        if self.order is not None:
            raise UntoldError
        return None

    def sign(self) -> int:
        """Its sign for all small t. Errors: UntoldError."""
        found = self.lead()
        if found is None:
            return 0
        (_, logs), coefficient = found
        side = 1 if coefficient.value > 0 else -1
        return -side if logs % 2 else side

    @property
    def endless(self) -> bool:
        """Does it grow faster than every power of 1/t?"""
        return ENDLESS in self.terms

    @property
    def moving(self) -> list[Ball]:
        """The coefficients that move."""
        return [c for c in self.terms.values() if c.serial]

    @property
    def vanishes(self) -> bool:
        """Does it certainly tend to 0?"""
        small = self.order is None or self.order > 0
        return small and all(e > 0 or c.value.is_zero() for (e, _), c in self.terms.items())

    @property
    def lowest(self) -> Exponent:
        """The lowest power of t that may occur in it."""
        powers = [e for e, _ in self.terms]
        return min([*powers, *([] if self.order is None else [self.order])], default=0)

    @property
    def value(self) -> arb:
        """The number that it tends to; nan where it is not told, or is none."""
        for power, coefficient in self.ordered():
            if power == ZEROTH:
                return coefficient.value
            if (power[0] <= 0 and not coefficient.value.is_zero()) or power[0] > 0:
                break
        return arb(0) if self.vanishes else arb.nan()

    # -- arithmetic

    def __add__(self, other: Any) -> Any:
        return _added(self, other)

    def __radd__(self, other: Any) -> Any:
        return _added(self, other)

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else _added(self, -lifted(other))

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else _added(-self, other)

    def __mul__(self, other: Any) -> Any:
        return _multiplied(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _multiplied(self, other)

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lifted(other)
        if type(other) is Ball:
            return _shared(self, other)
        return other if type(other) is Undefined else _divided(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else _divided(other, self)

    def __neg__(self) -> Any:
        return Series({power: -c for power, c in self.terms.items()}, self.order, swings=self.swings, rough=self.rough)

    def __lt__(self, other: Any) -> bool:
        """Errors: UntoldError where it cannot be told."""
        return sign(self - other) < 0

    def __gt__(self, other: Any) -> bool:
        """Errors: as above."""
        return sign(self - other) > 0

    def __bool__(self) -> bool:
        return self.lead() is not None

    def through(self, function: Any, operands: tuple[Any, ...]) -> Any:  # Any: a Function
        """A function of series; what cannot be told is a ball that is nan."""
        try:
            return Series.applied(function, operands)
        except UntoldError:
            return Ball(arb.nan())


def of(number: Any) -> Any:
    """A constant as a Series; Undefined stays. Errors: UntoldError for an infinite one and for one that is not told."""
    if type(number) is not Ball:
        return number
    if not number.value.is_finite():
        raise UntoldError
    return Series({} if number.value.is_zero() and not number.serial else {ZEROTH: number})


def endless(side: int, moving: Iterable[Ball] = ()) -> Series:
    """What grows faster than every power of 1/t, with a sign; no slope of it is told in what it moves with."""
    balls = list(moving)
    return Series({ENDLESS: untold(balls, arb(side)) if balls else Ball(arb(side))})


def vanishing() -> Series:
    """What vanishes faster than every power of t, and so do its derivatives."""
    return Series({}, FLAT)


def simple(
    terms: Iterable[tuple[Power, Any]], order: Exponent | None, *, swings: bool = False, rough: bool = False
) -> Any:
    """The sum of terms, each power once, as a Ball where it does not depend on t, kept to the working length."""
    found: dict[Power, Any] = {}
    for power, coefficient in terms:
        if order is not None and power[0] >= order:
            continue
        found[power] = found[power] + coefficient if power in found else coefficient
    lost = next((c for c in found.values() if type(c) is Undefined), None)
    if lost is not None:
        return lost
    found = {power: c for power, c in found.items() if c.serial or not c.value.is_zero()}
    order = None if order is None else min(order, FLAT)
    first = min((e for (e, _), c in found.items() if not c.value.is_zero()), default=None)
    if first is not None:
        most = first + kept()
        if any(e >= most for e, _ in found):
            swings = swings and order is not None and order <= most
            order = most if order is None else min(order, most)
            found = {power: c for power, c in found.items() if power[0] < order}
    if order is None and not set(found) - {ZEROTH}:
        return found.get(ZEROTH, ZERO)
    return Series(found, order, swings=swings, rough=rough)


def sign(number: Any) -> int:
    """The sign of a Ball or a Series for all small t. Errors: UntoldError."""
    if type(number) is Series:
        return number.sign()
    if type(number) is Undefined:
        raise UntoldError
    value = number.value
    if value.is_zero():
        return 0
    if not (value > 0 or value < 0):
        raise UntoldError
    return 1 if value > 0 else -1


def wide(number: arb) -> bool:
    """Does an enclosure tell too little of a number to say that another one is the same? A quarter of the working bits
    may have cancelled; around 0 the rest is absolute."""
    size = abs(number.mid()).max(1) if number.contains(0) else abs(number.mid())
    return bool(number.rad() > size * arb(2) ** (-working_bits() * 3 // 4))


def same(x: arb, y: arb) -> bool:
    """Are two numbers one, as far as narrow enclosures tell? Errors: UntoldError where these are wide."""
    if not x.overlaps(y):
        return False
    if wide(x.union(y)):
        raise UntoldError
    return True


def either(x: Any, y: Any) -> Any:
    """One of two numbers, now this and now that, which are the same as far as narrow enclosures tell.

    Errors: UntoldError where they are not, or move.
    """
    x, y = of(x), of(y)
    if type(x) is Undefined or type(y) is Undefined or x.moving or y.moving:
        raise UntoldError
    order = min((o for o in (x.order, y.order) if o is not None), default=None)
    terms: list[tuple[Power, Ball]] = []
    for power in {*x.terms, *y.terms}:
        if order is None or power[0] < order:
            one, other = (z.terms.get(power, ZERO).value for z in (x, y))
            if not same(one, other):
                raise UntoldError
            terms.append((power, Ball(one.union(other))))
    return simple(terms, order, rough=True)


def _added(x: Series, other: Any) -> Any:
    if isinstance(other, np.ndarray):
        return NotImplemented
    other = lifted(other)
    if type(other) is Undefined:
        return other
    if type(other) is Ball and not other.value.is_finite():
        return other if x.lowest >= 0 or other.value.is_nan() else Ball(arb.nan())
    y = of(other)
    pay(0)
    if x.endless or y.endless:
        sides = {_side(z) for z in (x, y) if z.endless}
        return endless(sides.pop(), [*x.moving, *y.moving]) if len(sides) == 1 and 0 not in sides else Ball(arb.nan())
    order = min((o for o in (x.order, y.order) if o is not None), default=None)
    first = [number for number in (x, y) if number.order is not None and number.order == order]
    swings = len(first) == 1 and first[0].swings
    return simple([*x.terms.items(), *y.terms.items()], order, swings=swings, rough=x.rough or y.rough)


def _side(x: Any) -> int:
    """The sign of a number; 0 also where it cannot be told."""
    try:
        return sign(x)
    except UntoldError:
        return 0


def _multiplied(x: Series, other: Any) -> Any:
    if isinstance(other, np.ndarray):
        return NotImplemented
    other = lifted(other)
    if type(other) is Undefined:
        return other
    if type(other) is Ball and not other.value.is_finite():
        side = 0 if x.moving or other.serial else _side(x)
        return Ball(other.value * side) if side and is_infinite(other.value) else Ball(arb.nan())
    if type(other) is Ball and other.value.is_zero() and not other.serial:
        return ZERO  # exactly, where the rest of x is not known too
    y = of(other)
    pay(len(x.terms) * len(y.terms))
    if x.endless or y.endless:
        side = _side(x) * _side(y)
        return endless(side, [*x.moving, *y.moving]) if side else Ball(arb.nan())
    orders = [a.order + b.lowest for a, b in ((x, y), (y, x)) if a.order is not None]
    first = derivatives_taken() == 1
    terms = [
        ((e + f, k + m), a * b)
        for (e, k), a in x.terms.items()
        for (f, m), b in y.terms.items()
        if not (first and a.value.is_zero() and b.value.is_zero())  # of second order in what moves
    ]
    swings = _swing(x, y) or _swing(y, x)
    return simple(terms, min(orders, default=None), swings=swings, rough=x.rough or y.rough)


def _divided(x: Any, y: Any) -> Any:
    try:
        if type(x) is Ball and x.value.is_zero() and not x.serial and sign(y):
            return ZERO  # though 1/y may have no series, as 1/log(t) has none
        return inverse(y) * x
    except UntoldError:
        return Ball(arb.nan())


def _shared(x: Series, y: Ball) -> Any:
    """Each coefficient by itself: 3/3 is exactly 1, 3*(1/3) is not."""
    if y.value.is_zero():
        return Undefined("a division by 0")
    if x.endless or not y.value.is_finite():
        return x * (1 / y)
    return simple(((power, c / y) for power, c in x.terms.items()), x.order, swings=x.swings, rough=x.rough)


def _swing(x: Series, y: Series) -> bool:
    """Does the product swing as one factor does, the other being a power of t for small t?"""
    if not x.swings or y.order is not None:
        return False
    powers = sorted(y.terms)
    return bool(powers) and powers[0][1] == 0 and not y.terms[powers[0]].value.contains(0)


def inverse(x: Any) -> Any:
    """1/x. Errors: UntoldError."""
    if type(x) is not Series:
        return 1 / x
    found = x.lead()
    if found is None:
        return Undefined("a division by 0")
    if x.endless:
        return vanishing()
    (e, k), coefficient = found
    reciprocal = Series({(-e, -k): 1 / coefficient})
    return reciprocal * summed(relative(x, (e, k), coefficient), lambda n: Ball(arb((-1) ** n)))


def relative(x: Series, power: Power, coefficient: Ball) -> Any:
    """``x / (coefficient * t**e * log(t)**k) - 1``: what is small beside the leading term."""
    e, k = power
    rest = {p: c for p, c in x.terms.items() if p != power}
    order = None if x.order is None else x.order - e
    return simple((((f - e, m - k), c / coefficient) for (f, m), c in rest.items()), order, rough=x.rough)


def summed(w: Any, coefficient: Callable[[int], Any]) -> Any:  # -> a Scalar that stays bounded
    """``sum_n coefficient(n) * w**n`` of a number that vanishes with t, beside what moves. Errors: UntoldError.

    Where a power of t stands still and only its logarithm falls, as in 1/log(t), the sum would not end.
    """
    if type(w) is Ball:
        if w.value.is_zero() and not w.serial:
            return coefficient(0)
        w = of(w)
    step, below = steps_of([w])
    last, order = prolonged(step, below)
    total, power = coefficient(0), w
    for n in range(1, last + 1):
        total = total + coefficient(n) * power
        if type(power) is Ball and power.value.is_zero() and (not power.serial or n >= derivatives_taken()):
            return total
        power = power * w
    if order is None or (type(power) is Ball and power.value.is_zero()):
        return total
    return truncated(total, order, of(w).rough)


def steps_of(numbers: Iterable[Any]) -> tuple[Exponent | None, Exponent]:
    """The lowest power of t in what vanishes with it, None where there is none; that in what moves, at most 0.

    Errors: UntoldError where something does not vanish.
    """
    series = [of(number) for number in numbers]
    powers: list[Exponent] = [e for v in series for (e, _), c in v.terms.items() if not c.value.is_zero()]
    powers += [v.order for v in series if v.order is not None]
    if any(e <= 0 for e in powers):
        raise UntoldError
    return min(powers, default=None), min([0, *(e for v in series for e, _ in v.terms)])


def prolonged(step: Exponent | None, below: Exponent) -> tuple[int, Exponent | None]:
    """How many powers of what vanishes a sum must have to be as long as is kept, and what power of t it is known to.

    The powers have further ``step``, but what moves stands ``below`` as often as derivatives are taken of it.
    Errors: UntoldError.
    """
    taken = derivatives_taken()
    count = taken if step is None else int((kept() - taken * below) / step) + taken
    if count > LONGEST:
        raise UntoldError
    return count, None if step is None else taken * below + (count + 1 - taken) * step


def truncated(x: Any, order: Exponent, rough: bool = False) -> Any:
    """The same number, known only up to an order."""
    if type(x) is Undefined:
        return x
    x = of(x)
    return simple(x.terms.items(), order if x.order is None else min(order, x.order), rough=x.rough or rough)
