"""The incomplete gamma functions, with derivatives of every order in both arguments.

P(a, x) and Q(a, x) = 1 - P(a, x) are entire in a for x > 0. What is small of the two is computed, by its own sum of
counted terms; derivatives in a come from values at complex a, with a bound on a disc (``analytic``).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from math import factorial
from typing import Any

from flint import acb, arb, arb_series

from gradcli.base.precision import precision, working_bits
from gradcli.meaning.balls.ball import LARGEST, Undefined, is_infinite
from gradcli.meaning.balls.functions.analytic import derivative
from gradcli.meaning.balls.functions.domains import UNTOLD
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.gamma import gamma, moving, taylor
from gradcli.meaning.balls.functions.orders import edged, unmoved, whole

# Any, in this module: Scalars

Number = arb | acb

# Terms of a sum times their bits: about a tenth of a second at 128 bits. Where it does not do, a and x are above 1e7
# and equal to a few digits, at 128 bits.
WORK = 2**24
SMALL = arb(2) ** -32  # below it FLINT takes half a second for an a of 1e-300, at 2,048 bits
CHECKED = 16  # terms between two looks at what is left
RECIPROCAL_GAMMA = arb(113) / 100  # at least 1/gamma(x) for every x > 0: its maximum is 1.1292 at 1.4616


def _real(a: Number) -> arb:
    return a.real if isinstance(a, acb) else a


def _magnitude(*numbers: arb) -> int:
    """Bits that are lost where a number of that size is the exponent of exp. Errors: OverflowError for too many."""
    largest = max((abs(v).upper() for v in numbers), key=lambda v: v)
    if not largest <= LARGEST:
        raise OverflowError
    return next(bits for bits in count(0, 32) if arb(2) ** bits >= largest)


def _few(a: arb, x: arb) -> bool:
    """Are counted terms enough? The n-th is about ``exp(-n*abs(log(x/a)) - n**2/(2*max(a, x)))`` of the first."""
    digits = arb(working_bits())
    terms = _terms()
    wide = (2 * digits * a.max(x)).sqrt()
    apart = abs((x / a).log()).lower()
    return bool(wide < terms) or bool(digits < apart * terms)


def _terms() -> int:
    return WORK // working_bits()


def _summed(next_term: Callable[[int, Number], Number], rest: Callable[[int], arb]) -> Number:
    """``1 + t_1 + t_2 + …`` until what is left is below the working precision.

    rest: n -> a bound on what is left beyond t_n, in units of the absolute value of t_n; negative: not yet
    """
    total: Number = arb(1)
    term: Number = arb(1)
    precise = arb(2) ** -working_bits()
    for n in range(1, _terms() + working_bits()):
        term = next_term(n, term)
        total = total + term
        if n % CHECKED:
            continue
        units = rest(n)
        if units >= 0:
            left = abs(term) * units
            if left < precise * abs(total) or not left.is_finite():
                return _widened(total, left)
    return UNTOLD


def _widened(value: Number, error: arb) -> Number:
    ball = arb(0, error.abs_upper())
    return acb(value.real + ball, value.imag + ball) if isinstance(value, acb) else value + ball


def _lower_sum(a: Number, x: arb) -> Number:
    """``sum x**n/((a + 1)*…*(a + n))``: DLMF 8.11.4. For Re a > -1 the ratio of terms beyond the n-th is at most
    ``r = x/(Re a + n + 1)``: what is left is at most r/(1 - r) of the n-th."""

    def rest(n: int) -> arb:
        ratio = x / (_real(a) + n + 1)
        return ratio / (1 - ratio) if ratio < 1 else arb(-1)

    return _summed(lambda n, term: term * x / (a + n), rest)


def _upper_sum(a: Number, x: arb) -> Number:
    """``sum (a - 1)*…*(a - n)/x**n``, DLMF 8.11.1, for x > Re a > 0.

    By parts, what is left beyond n terms is ``u_n*gamma(a - n, x)/(x**(a-1)*exp(-x))``, where u_n is the n-th product,
    and ``|gamma(b, x)| <= gamma(Re b, x)``, at most ``x**(s-1)*exp(-x)/(1 - (s-1)/x)`` for 1 <= s = Re b < x + 1, and
    without the fraction for s <= 1.
    """

    def rest(n: int) -> arb:
        s = _real(a) - n
        return arb(1) if s <= 1 else 1 / (1 - (s - 1) / x)

    return _summed(lambda n, term: term * (a - n) / x, rest)


def _scaled(a: Number, x: arb, shifted: Number, total: Callable[[Number, arb], Number]) -> Number:
    """``x**a*exp(-x)/gamma(shifted)`` times a sum, with the bits that the exponent takes."""
    if not _few(abs(a), x):
        return UNTOLD
    with precision(working_bits() + _magnitude(abs(a), x)):
        return (a * x.log() - x).exp() * shifted.rgamma() * total(a, x)


def lower_part(a: Number, x: arb) -> Number:
    """P(a, x) by its power series, for Re a > -1 and x not much above a."""
    return _scaled(a, x, a + 1, _lower_sum)


def upper_part(a: Number, x: arb) -> Number:
    """Q(a, x) for x > Re a: by FLINT, and by parts where x is so large that its terms get small enough."""
    if x > working_bits():
        return _scaled(a, x, a, lambda a, x: _upper_sum(a, x) / x)
    if abs(a) < SMALL:
        return _complement(a, x)
    return acb(x).gamma_upper(a, regularized=1) if isinstance(a, acb) else x.gamma_upper(a, regularized=1)


def _complement(a: Number, x: arb) -> Number:
    """1 - P(a, x) with the bits that this takes: Q is about ``a*exp(-x)``, or larger."""
    with precision(working_bits() + _magnitude(1 / abs(a)) + _magnitude(x.exp())):
        return 1 - lower_part(a, x) if x < _terms() else UNTOLD


def _outside(a: arb, x: arb) -> Undefined | None:
    return Undefined("an incomplete gamma function outside of a > 0 and x >= 0") if a <= 0 or x < 0 else None


def _told(a: arb, x: arb) -> bool:
    return bool(a > 0) and (bool(x > 0) or x.is_zero())


def _lower(order: arb, a: arb, x: arb) -> arb | Undefined:
    """The derivative of P in a of an order; P itself where it is 0."""
    n = whole(order)
    known = _known(a, x, arb(int(n == 0)), arb(0))
    if known is not None:
        return known
    if n:
        return _slope_in_a(n, a, x)
    return _as_real(lower_part(a, x)) if x < a else 1 - _as_real(upper_part(a, x))


def _known(a: arb, x: arb, above: arb, below: arb) -> arb | Undefined | None:
    """What needs no sum: at infinity, at x = 0 (``below``), outside of the domain, and what cannot be told."""
    if is_infinite(a) or is_infinite(x):
        return _end(a, x, above, below)
    outside = _outside(a, x)
    if outside is not None:
        return outside
    if not _told(a, x):
        return UNTOLD
    return below if x.is_zero() else None


def _end(a: arb, x: arb, above: arb, below: arb) -> arb | Undefined:
    """At infinity, in x or in a."""
    if a > 0 and x > 0 and (a.is_finite() or x.is_finite()):
        return above if is_infinite(x) else below
    return Undefined("no limit of an incomplete gamma function at infinity")


def _upper(a: arb, x: arb) -> arb | Undefined:
    known = _known(a, x, arb(0), arb(1))
    if known is not None:
        return known
    return 1 - _as_real(lower_part(a, x)) if x < a else _as_real(upper_part(a, x))


def _as_real(value: Number) -> arb:
    return 0 + _real(value)


def _slope_in_a(n: int, a: arb, x: arb) -> arb:
    """By Cauchy's formula on a disc where neither part changes by more than a few times."""
    c, u = arb(a.mid()), arb(x.mid())
    large = c if c > 1 else arb(1)
    radius = arb((1 / (4 / large.sqrt() + 4 * abs((u / large).log()))).mid())
    below = bool(u < large)
    part, sign = (lower_part, 1) if below else (upper_part, -1)
    bound = _bound_of_lower(c, u, radius) if below else _bound_of_upper(c, u, radius)
    found = sign * derivative(lambda z: acb(part(z, u)), a, n, radius, bound)
    spread = radius - arb(a.rad())
    if x.is_exact() or not spread > 0:
        return found
    drift = arb(x.rad()) * factorial(n) / spread**n * _bound_of_density(c, x, radius)
    return found + arb(0, drift.abs_upper())


def _turned(s: arb, radius: arb) -> arb:
    """At least ``gamma(s)/|gamma(s + i*t)|``, t up to the radius: it is ``prod sqrt(1 + t**2/(s + n)**2)``, n from 0,
    which is at most ``exp(t**2*psi_1(s)/2)``; it falls in s."""
    return (radius**2 * acb(s).polygamma(1).real / 2).exp()


def _powers(x: arb, low: arb, high: arb) -> arb:
    """At least ``x**s`` for s between low and high."""
    return (x**low).max(x**high)


def _bound_of_lower(c: arb, x: arb, radius: arb) -> arb:
    """Of |P(a, x)| on the disc: at most P(Re a, x)*gamma(Re a)/|gamma(a)|, and P falls in a. Near 0 from the series."""
    least = c - radius
    if c > arb(1) / 2:
        return _as_real(lower_part(least, x)) * _turned(least, radius)
    size = _powers(x, least, c + radius) * (-x).exp() * RECIPROCAL_GAMMA * _turned(1 + least, radius)
    return size * _as_real(_lower_sum(least, x))


def _bound_of_upper(c: arb, x: arb, radius: arb) -> arb:
    """Of |Q(a, x)|: likewise, and Q rises in a. Near 0 from ``gamma(s, x) <= x**(s-1)*exp(-x)`` for s <= 1."""
    least, most = c - radius, c + radius
    if c > arb(1) / 2:
        if most >= x:
            return _turned(least, radius)
        return _as_real(upper_part(most, x)) * _turned(least, radius)
    return _bound_of_density(c, x, radius)


def _bound_of_density(c: arb, x: arb, radius: arb) -> arb:
    """Of ``|x**(a-1)*exp(-x)/gamma(a)|``: its logarithm is concave in a real a, so that it is below its tangent at c.
    Near 0 from ``1/gamma(a) = a/gamma(a + 1)``."""
    least, most = c - radius, c + radius
    if c > arb(1) / 2:
        with precision(working_bits() + _magnitude(c, x)):
            at_centre = ((c - 1) * x.log() - x).exp() * c.rgamma()
        return at_centre * (radius * abs(x.log() - c.digamma())).exp() * _turned(least, radius)
    size = _powers(x, least - 1, most - 1) * (-x).exp() * RECIPROCAL_GAMMA
    return size * most * _turned(1 + least, radius)


def _density(order: arb, a: arb, x: arb) -> arb | Undefined:
    """The derivative in a, of an order, of ``x**(a-1)*exp(-x)/gamma(a)``, for x > 0."""
    outside = _outside(a, x)
    if outside is not None:
        return outside
    if not (a > 0 and x > 0):
        return UNTOLD
    n = whole(order)
    if is_infinite(a) or is_infinite(x):
        return arb(0)
    with precision(working_bits() + _magnitude(a, x)):
        log = x.log()
        power = arb_series([(a - 1) * log - x, log], n + 1).exp()
        value = taylor(power * moving(a, n).rgamma(), n)
    return 0 + value


def _slope_of_density(order: Any, a: Any, x: Any, out: Any) -> Any:
    """``((a - 1)/x - 1)`` times it, differentiated in a as often as the order says."""
    n = whole(order.value)
    slope = ((a - 1) / x - 1) * out
    return slope + n * density(n - 1, a, x) / x if n else slope


density: Function = Function(
    "the slope of gammainc",
    (unmoved, lambda n, a, x, out: density(n + 1, a, x), _slope_of_density),
    _density,
    infinite=True,
)


def _edge(slope: Callable[..., Any]) -> Callable[..., Any]:
    return edged("an incomplete gamma function", arb.is_zero, slope)


lower_slope: Function = Function(
    "gammainc",
    (unmoved, lambda n, a, x, out: lower_slope(n + 1, a, x), _edge(lambda n, a, x, out: density(n, a, x))),
    _lower,
    infinite=True,
    stands_on_jump=lambda n, a, x: x.is_zero(),
)
gammaincc: Function = Function(
    "gammaincc",
    (lambda a, x, out: -lower_slope(1, a, x), _edge(lambda a, x, out: -density(0, a, x))),
    _upper,
    infinite=True,
    stands_on_jump=lambda a, x: x.is_zero(),
)


def gammainc(a: Any, x: Any) -> Any:
    """P(a, x): the part of gamma(a) below x."""
    return lower_slope(0, a, x)


NAMED: dict[str, Callable[..., Any]] = {
    "gammainc": gammainc,
    "gammaincc": gammaincc,
    "lowergamma": lambda a, x: gammainc(a, x) * gamma(a),
    "uppergamma": lambda a, x: gammaincc(a, x) * gamma(a),
}
