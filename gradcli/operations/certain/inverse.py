"""Inverses of monotone functions: the number at which such a function has a value, between two that enclose it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from flint import arb

from gradcli.base.precision import precision, working_bits
from gradcli.operations.certain import beta, gamma
from gradcli.operations.certain.analytic import Analytic, Point, derivative
from gradcli.operations.certain.domains import Told, above, between, within

FARTHEST = 1500.0  # exp of it is beyond float64, even where that is squared
HALVINGS = 64
FIRST_BITS, MOST_BITS = 96, 800
GUARD = 8  # bits: how much narrower the enclosure is tried first than the working precision


@dataclass(frozen=True, slots=True)
class Inverse:
    """Of ``forward(*parameters, x) = value`` the x.

    place:   x from a real number, rising, over all of its domain
    density: the slope of forward in x, to any accuracy
    inside:  may the parameters and the value be so?
    edge:    parameters and value -> x at an end, or None
    rises:   does forward?
    highest: parameters -> a number beyond which place gives none that is sought
    largest: the size of the parameters up to which it is computed: beyond it one number takes minutes
    """

    name: str
    forward: Analytic
    place: Callable[[arb], arb]
    density: Callable[..., arb]
    inside: Callable[..., bool | None]
    edge: Callable[..., arb | None]
    rises: bool = True
    highest: Callable[..., arb] = lambda *_: arb(FARTHEST)
    largest: float = inf

    def beyond(self, point: Point) -> bool:
        return any(abs(parameter) > self.largest for parameter in point[:-1])


def solved(inverse: Inverse, point: Point) -> arb | None:
    """An enclosure of x, nan where there is none yet; None outside of the domain."""
    known = inverse.edge(*point)
    if known is not None:
        return known
    inside = inverse.inside(*point)
    if inside is None or inverse.beyond(point) or inverse.forward.beyond((*point[:-1], arb(0))):
        return arb.nan()
    return _enclosed(inverse, point) if inside else None


def _above(inverse: Inverse, point: Point, x: arb) -> bool | None:
    """Is x above the one that is sought?"""
    found = derivative(inverse.forward, (0,) * len(point), (*point[:-1], x))
    if found is None:
        return None
    gap = found - point[-1] if inverse.rises else point[-1] - found
    return True if gap > 0 else False if gap < 0 else None


def _halved(inverse: Inverse, point: Point) -> tuple[arb, arb]:
    """By bisection, as far as a few bits tell."""
    low, high, bits = arb(-FARTHEST), inverse.highest(*point[:-1]), FIRST_BITS
    for _ in range(HALVINGS):
        with precision(bits):
            middle = arb(((low + high) / 2).mid())
            above = _above(inverse, point, inverse.place(middle))
        if above is None:
            bits *= 2
        else:
            low, high = (low, middle) if above else (middle, high)
        if bits > MOST_BITS:  # it may be this one exactly
            return middle, middle
    return low, high


def _enclosed(inverse: Inverse, point: Point) -> arb:
    low, high = _halved(inverse, point)
    if low == -FARTHEST or high == inverse.highest(*point[:-1]):
        beyond = inverse.place(low).union(inverse.place(high))
        return beyond if abs(high - low) < 1 else arb.nan()
    x = arb(inverse.place((low + high) / 2).mid())
    bits = FIRST_BITS // 2
    while bits < 2 * working_bits():
        bits *= 2
        with precision(bits + GUARD):
            x = _stepped(inverse, point, x)
    width = arb(2) ** (GUARD - working_bits())
    while width < 0.5:
        found = _between(inverse, point, x, width)
        if found is not None:
            return found
        width = width * 2**GUARD
    return arb.nan()


def _stepped(inverse: Inverse, point: Point, x: arb) -> arb:
    """One step of Newton's method, which doubles the digits."""
    found = derivative(inverse.forward, (0,) * len(point), (*point[:-1], x))
    if found is None or not found.is_finite():
        return x
    gap = found - point[-1]
    moved = x - (gap if inverse.rises else -gap) / inverse.density(*point[:-1], x)
    return arb(moved.mid()) if moved.is_finite() else x


def _between(inverse: Inverse, point: Point, x: arb, width: arb) -> arb | None:
    """x within a relative width on either side, if that is certain."""
    below, above = x * (1 - width), x * (1 + width)
    if inverse.forward.inside(*point[:-1], above) is False:  # beyond the end at 1
        above = arb(1)
    if _above(inverse, point, below) is False and (above == 1 or _above(inverse, point, above)):
        return below.union(above)
    return None


# -- the incomplete beta and gamma functions, digamma, and w + log(w)


def _logistic(t: arb) -> arb:
    """With the bits that 1 - x takes."""
    with precision(working_bits() + max(0, int(2 * float(t)))):
        return arb((1 / (1 + (-t).exp())).mid())


def _density_of_beta(a: arb, b: arb, x: arb) -> arb:
    log = (a - 1) * x.log() + (b - 1) * (1 - x).log() + (a + b).lgamma() - a.lgamma() - b.lgamma()
    return log.exp()


def _density_of_gamma(a: arb, x: arb) -> arb:
    return ((a - 1) * x.log() - x).exp() * a.rgamma()


def _is_part(p: arb) -> Told:
    return between(p, 0, 1)


def _ends(low: arb, high: arb) -> Callable[..., arb | None]:
    """At the values 0 and 1."""

    def edge(*point: arb) -> arb | None:
        if not all(parameter > 0 for parameter in point[:-1]):
            return None
        return low if point[-1].is_zero() else high if point[-1] == 1 else None

    return edge


def _no_end(*_: arb) -> None:
    return None


ZERO, ONE, INFINITE = arb(0), arb(1), arb.pos_inf()


def _of_beta(name: str, forward: str, ends: tuple[arb, arb], *, rises: bool) -> Inverse:
    inside = lambda a, b, p: within(above(a, 0), above(b, 0), _is_part(p))  # noqa: E731
    return Inverse(name, beta.FUNCTIONS[forward], _logistic, _density_of_beta, inside, _ends(*ends), rises, largest=1e3)


def _of_gamma(name: str, part: str, ends: tuple[arb, arb], *, rises: bool) -> Inverse:
    inside = lambda a, p: within(above(a, 0), _is_part(p))  # noqa: E731
    forward = gamma.FUNCTIONS[part]
    return Inverse(name, forward, arb.exp, _density_of_gamma, inside, _ends(*ends), rises, _far_out)


def _far_out(a: arb) -> arb:
    """Above it a part is less than all numbers of float64, by Chernoff's bound."""
    return arb((2 * a + 3000).log().mid())


INVERSES = {
    "betaincinv": _of_beta("betaincinv", "betainc", (ZERO, ONE), rises=True),
    "betainccinv": _of_beta("betainccinv", "betaincc", (ONE, ZERO), rises=False),
    "gammaincinv": _of_gamma("gammaincinv", "lower_part", (ZERO, INFINITE), rises=True),
    "gammainccinv": _of_gamma("gammainccinv", "upper_part", (INFINITE, ZERO), rises=False),
    "invdigamma": Inverse(
        "invdigamma",
        gamma.FUNCTIONS["digamma_right"],
        arb.exp,
        lambda x: gamma.trigamma(x),
        lambda p: True,
        _no_end,
    ),
    "wrightomega": Inverse(
        "wrightomega", gamma.FUNCTIONS["log_and_itself"], arb.exp, lambda x: 1 + 1 / x, lambda p: True, _no_end
    ),
}
