"""Functions of real numbers that go on to complex ones, and their derivatives of every order in every operand.

A value comes from FLINT; a derivative from values on circles around the point, by Cauchy's formula, so that parameters
(the order of a Bessel function, a and b of 2F1) need no formula of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import factorial, prod

from flint import acb, arb

from gradcli.base.precision import precision, working_bits

LEAST_SHIFT = 32  # bits: at 128 bits five points on a circle
SIZE_BITS = 128  # of a bound
MORE = 128  # bits: beyond those that wide operands have
GUARD = 16  # bits: for the sum over the points and its factors
# Circles beside the way to the next singularity, over which FLINT's enclosures are narrow; it tells more over the
# smaller ones, where a formula of its own has a pole.
SMALLER = (arb(2) ** -10, arb(2) ** -32)
ARCS = 12  # of a circle, each enclosed by itself where FLINT says nothing of the whole disc

Point = tuple[arb, ...]
Orders = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Analytic:
    """A function of real operands.

    value:  of complex operands near real ones inside of the domain; real for real ones
    inside: are real operands inside of the open domain? None where their enclosures cannot tell
    reach:  for each operand how far it may go in all directions, all at once, without a singularity; None: anywhere
    edge:   orders and operands -> the value, or a one-sided derivative, at an end of the domain, or where it is known
            exactly, nan where there is certainly none; None elsewhere
    limits: the largest size of each operand that is computed
    ends:   the operand that reaches the ends of the domain
    """

    name: str
    value: Callable[..., acb]
    inside: Callable[..., bool | None]
    reach: Callable[..., Sequence[arb | None]]
    edge: Callable[..., arb | None] = lambda *_: None
    limits: tuple[float, ...] = ()
    ends: int = -1

    def beyond(self, point: Point) -> bool:
        """Is an operand larger than what is computed?"""
        return any(abs(x) > limit for x, limit in zip(point, self.limits, strict=True))


def derivative(function: Analytic, orders: Orders, point: Point) -> arb | None:
    """The derivative of these orders at every number of the enclosures; nan where it cannot be told.

    None where there is certainly none: outside of the domain.
    """
    known = function.edge(orders, *point)
    if known is not None:
        return None if known.is_nan() else known
    inside = function.inside(*point)
    if inside is False:
        return None
    if inside is None or function.beyond(point):
        return arb.nan()
    try:
        return _value(function, point) if not any(orders) else _slope(function, orders, point)
    except (ValueError, ZeroDivisionError, OverflowError):
        return arb.nan()


def _value(function: Analytic, point: Point) -> arb:
    """By FLINT; of wide operands by the mean value theorem where that is narrower."""
    with precision(_bits_for(point)):
        direct = 0 + function.value(*map(acb, point)).real
    if direct.is_finite() and direct.rel_accuracy_bits() >= min(x.rel_accuracy_bits() for x in point) - GUARD:
        return direct
    if all(x.is_exact() for x in point):
        return direct
    middle = tuple(arb(x.mid()) for x in point)
    disc = _disc(function, (0,) * len(point), point)
    narrow = function.value(*map(acb, middle)).real + _drift(disc, point, (0,) * len(point))
    return narrow if not direct.is_finite() or narrow.rad() < direct.rad() else direct


def _bits_for(point: Point) -> int:
    """No more than wide operands have digits for: FLINT's series are longer then, and their sums no narrower."""
    known = min((x.rel_accuracy_bits() for x in point if not x.is_exact()), default=working_bits())
    return min(working_bits(), max(known, 0) + MORE)


@dataclass(frozen=True, slots=True)
class Disc:
    """A product of discs around the operands' midpoints, and a bound on the function there. Radii of 0: it stays."""

    radii: tuple[arb, ...]
    bound: arb


def _disc(function: Analytic, orders: Orders, point: Point) -> Disc:
    """The discs of the operands that are differentiated in, or are wide. Errors: ValueError where nothing is told."""
    middle = tuple(arb(x.mid()) for x in point)
    room = [arb(1) if room is None else room.min(arb(1)) for room in function.reach(*middle)]
    for smaller in SMALLER:
        radii = tuple(
            arb((r * smaller).mid()) if order or not x.is_exact() else arb(0)
            for r, order, x in zip(room, orders, point, strict=True)
        )
        if any(not (r > x.rad() or r.is_zero()) for r, x in zip(radii, point, strict=True)):
            break
        bound = _bound(function, middle, radii)
        if bound.is_finite():
            return Disc(radii, bound)
    raise ValueError("an operand that is too wide, or a function that is not bounded over a disc")


def _bound(function: Analytic, middle: Point, radii: Sequence[arb]) -> arb:
    """At least the size of the function on the discs: by their enclosure, else by that of arcs of their circles, where
    an analytic function is largest. A size needs few digits, however many are asked for."""
    with precision(min(working_bits(), SIZE_BITS)):
        whole = function.value(*(_around(acb(c), r) for c, r in zip(middle, radii, strict=True)))
        if whole.is_finite():
            return _size(whole)
        arcs = [[acb(c)] if r.is_zero() else list(_arcs(c, r)) for c, r in zip(middle, radii, strict=True)]
        return _largest([_size(function.value(*places)) for places in product(*arcs)])


def _largest(sizes: Sequence[arb]) -> arb:
    """Infinite where one is not finite."""
    if not all(size.is_finite() for size in sizes):
        return arb.pos_inf()
    largest = arb(0)
    for size in sizes:
        largest = largest.max(size)
    return largest


def _around(centre: acb, radius: arb) -> acb:
    ball = arb(0, radius.abs_upper())
    return acb(centre.real + ball, centre.imag + ball)


def _arcs(centre: arb, radius: arb) -> Iterator[acb]:
    """Squares around points of a circle, which they cover: half the way from one point to the next is below r*pi/n."""
    for j in range(ARCS):
        yield _around(centre + radius * acb(arb(2 * j) / ARCS).exp_pi_i(), radius * 4 / ARCS)


def _size(value: acb) -> arb:
    return arb(abs(value).abs_upper())


def _slope(function: Analytic, orders: Orders, point: Point) -> arb:
    """By the trapezoid rule on Cauchy's integral, in each operand as in ``meaning.balls.functions.analytic``:

    with R the radii, r = R/2**shift, M the bound, N points on each circle, the aliases of the coefficient of the orders
    k are at most ``M/R**k * (prod 1/(1 - q) - 1)``, q = 2**(-shift*N), over the circles.
    """
    bits = working_bits()
    shift = max(LEAST_SHIFT, bits // 8)
    disc = _disc(function, orders, point)
    if disc.bound.is_zero():
        return arb(0)
    counts = [max(order, -(-bits // shift)) + 1 if order else 1 for order in orders]
    scale = prod(map(factorial, orders))
    lost = sum(order * (shift + _bits(r)) for order, r in zip(orders, disc.radii, strict=True))
    with precision(bits + lost + GUARD):
        total = _trapezoid(function, orders, point, [r * arb(2) ** -shift for r in disc.radii], counts)
    ratio = prod((1 / (1 - arb(2) ** (-shift * n)) for n, k in zip(counts, orders, strict=True) if k), start=arb(1))
    alias = disc.bound * scale * (ratio - 1)
    for r, order in zip(disc.radii, orders, strict=True):
        alias = alias / r**order if order else alias
    return 0 + total * scale + arb(0, alias.abs_upper()) + _drift(disc, point, orders)


def _bits(radius: arb) -> int:
    """How many bits a division by the radius takes."""
    return 0 if radius.is_zero() else max(0, -int((radius.log() / arb(2).log()).floor().unique_fmpz() or 0))


def _trapezoid(function: Analytic, orders: Orders, point: Point, radii: Sequence[arb], counts: Sequence[int]) -> arb:
    """The Taylor coefficient of these orders, but for aliases; of conjugates on the first circle one is computed."""
    first = next(i for i, order in enumerate(orders) if order)
    ranges = [range(n // 2 + 1) if i == first else range(n) for i, n in enumerate(counts)]
    total = arb(0)
    for places in product(*ranges):
        turns = [arb(2 * j) / n for j, n in zip(places, counts, strict=True)]
        numbers = [
            acb(arb(x.mid())) + (r * acb(turn).exp_pi_i() if order else 0)
            for x, r, turn, order in zip(point, radii, turns, orders, strict=True)
        ]
        turned = acb(-sum((turn * order for turn, order in zip(turns, orders, strict=True)), arb(0))).exp_pi_i()
        found = (function.value(*numbers) * turned).real
        total = total + (found if 2 * places[first] in (0, counts[first]) else 2 * found)
    below = prod((arb(n) * r**order for n, r, order in zip(counts, radii, orders, strict=True) if order), start=arb(1))
    return total / below


def _drift(disc: Disc, point: Point, orders: Orders) -> arb:
    """How far a derivative moves over wide operands: by the mean value theorem, with Cauchy's estimate of the next."""
    total = arb(0)
    for i, x in enumerate(point):
        if x.is_exact():
            continue
        size = disc.bound
        for j, (r, order) in enumerate(zip(disc.radii, orders, strict=True)):
            more = order + (i == j)
            size = size * factorial(more) / (r - arb(point[j].rad())) ** more if more else size
        total = total + size * arb(x.rad())
    return arb(0, total.abs_upper())
