"""Gamma, its logarithm and derivatives at poles and at infinity; the incomplete ones at 0 and at infinity."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

from flint import arb, fmpq

from gradcli.meaning.balls.ball import ZERO, Ball, UntoldError, exact_integer, made
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.functions.error_functions import cos_pi, sin_pi
from gradcli.meaning.balls.functions.orders import pole
from gradcli.meaning.series.extent import kept
from gradcli.meaning.series.functions import grows, rule, split
from gradcli.meaning.series.rationals import SAME
from gradcli.meaning.series.series import ZEROTH, Series, endless, inverse, of, sign, summed, truncated, vanishing
from gradcli.meaning.series.trigonometric import HALF, size

# Any, in this module: Scalars, that are Balls, Undefined and Series


def _pi() -> Ball:
    return Ball(arb.pi())


def beside_pole(x: Any) -> bool:
    """Does it tend to a pole of gamma, without staying there? Errors: UntoldError."""
    if grows(x) or not pole(split(x)[0].value):
        return False
    rest = split(x)[1]
    return rest is not None and sign(rest) != 0


# -- gamma, by gamma(x)*gamma(1 - x) = pi/sin(pi*x)


@rule("gamma")
def gamma(x: Any) -> Any:
    if grows(x) and sign(x) > 0:
        return endless(1, x.moving)
    return _pi() * inverse(sin_pi(x) * FUNCTIONS["gamma"](1 - x)) if beside_pole(x) else NotImplemented


@rule("rgamma")
def rgamma(order: Ball, x: Any) -> Any:
    """1/gamma, of which every derivative vanishes faster than any power."""
    return vanishing() if type(order) is Ball and grows(x) and sign(x) > 0 else NotImplemented


@rule("lgamma")
def lgamma(x: Any) -> Any:
    if grows(x) and sign(x) > 0:
        return _stirling(x)
    if not beside_pole(x):
        return NotImplemented
    return FUNCTIONS["log"](_pi() * inverse(FUNCTIONS["Abs"](sin_pi(x)))) - FUNCTIONS["lgamma"](1 - x)


@rule("polygamma")
def polygamma(order: Ball, x: Any) -> Any:
    """``psi_n(x) = (-1)**n*psi_n(1 - x) - pi*(d/dx)**n cot(pi*x)``: DLMF 5.15.6."""
    n = exact_integer(order.value)
    if n is None or n < 0:
        return NotImplemented
    if grows(x) and sign(x) > 0:
        return _digamma_far(x) if n == 0 else zeta_far(Ball(arb(n + 1)), x) * Ball(arb((-1) ** (n + 1) * factorial(n)))
    if not beside_pole(x):
        return NotImplemented
    mirrored = FUNCTIONS["polygamma"](order, 1 - x) * (-1) ** n
    return mirrored - _pi() * _slope_of_cot(n, cos_pi(x) * inverse(sin_pi(x)))


def _slope_of_cot(n: int, cot: Any) -> Any:
    """The n-th derivative of ``c = cot(pi*x)``, a polynomial in c, as ``c' = -pi*(1 + c**2)``."""
    coefficients = [0, 1]
    for _ in range(n):
        slopes = [k * c for k, c in enumerate(coefficients)][1:]
        coefficients = [-(a + b) for a, b in zip([*slopes, 0, 0], [0, 0, *slopes], strict=True)]
    out: Any = ZERO
    for c in reversed(coefficients):
        out = out * cot + Ball(arb(c))
    return out * Ball(arb.pi() ** n)


# -- for large x, by the expansions DLMF 5.11.1, 5.11.2 and 25.11.43: of what is left out the order is known


def _bernoulli(n: int) -> fmpq:
    return fmpq.bernoulli(n)


def _far(x: Any, term: Callable[[int], Ball], first: int, lead: Any) -> Any:
    """``lead + sum_k term(k)*x**-(2*k - 2 + first)`` over k from 1."""
    reciprocal = inverse(x)
    step = size(x)
    if not step:
        raise UntoldError
    count = int(kept() / (2 * step)) + 1
    power = FUNCTIONS["pow"](reciprocal, Ball(arb(first)))
    total: Any = ZERO
    for k in range(1, count + 1):
        total = total + term(k) * power
        power = power * reciprocal * reciprocal
    return lead + truncated(total, step * (2 * count + first))


def _stirling(x: Any) -> Any:
    lead = (x - HALF) * FUNCTIONS["log"](x) - x + Ball((2 * arb.pi()).log() / 2)
    return _far(x, lambda k: Ball(arb(_bernoulli(2 * k)) / (2 * k * (2 * k - 1))), 1, lead)


def _digamma_far(x: Any) -> Any:
    lead = FUNCTIONS["log"](x) - HALF * inverse(x)
    return _far(x, lambda k: Ball(-arb(_bernoulli(2 * k)) / (2 * k)), 2, lead)


def zeta_far(s: Ball, q: Any) -> Any:
    """``zeta(s, q)`` for large q: ``q**-s * (q/(s - 1) + 1/2 + sum_k B_2k/(2k)!*s*…*(s + 2k - 2)*q**(1 - 2k))``."""

    def term(k: int) -> Ball:
        found = Ball(arb(_bernoulli(2 * k)) / factorial(2 * k))
        for j in range(2 * k - 1):
            found = found * (s + j)
        return found

    return FUNCTIONS["pow"](q, -s) * _far(q, term, 1, q / (s - 1) + HALF)


# -- the incomplete gamma functions: P(a, x) and Q(a, x) = 1 - P(a, x)


def exactly(x: Any, value: int) -> Any:
    """A number that tends to a whole number, as is known, however it moves. Errors: UntoldError."""
    x = of(x)
    centre = x.terms.get(ZEROTH, ZERO)
    if not centre.value.contains(value) or x.lowest < 0:
        raise UntoldError
    known: Any = made(arb(value), (centre,), SAME)
    return Series({**x.terms, ZEROTH: known}, x.order, rough=x.rough)


def _lower(a: Any, x: Any) -> Any:
    """P(a, x) where no Taylor's formula has it; NotImplemented elsewhere."""
    if not grows(a) and type(x) is Series and grows(x):
        return _far_out(a, x)
    if grows(a) or grows(x):
        return NotImplemented
    start, left = split(a)[0].value.is_zero(), split(x)[0].value.is_zero()
    if not start and not left:
        return NotImplemented
    if sign(a) <= 0 or sign(x) < 0:
        return FUNCTIONS["gammainc"](Ball(arb(1)), Ball(arb(-1)))
    if left:
        return _near_zero(a, x)
    shifted = FUNCTIONS["pow"](x, a) * FUNCTIONS["exp"](-x) * FUNCTIONS["rgamma"](a + 1)
    return exactly(FUNCTIONS["gammainc"](a + 1, x) + shifted, 1)


def _near_zero(a: Any, x: Any) -> Any:
    """``x**a*exp(-x) * sum_n x**n/gamma(a + n + 1)``: DLMF 8.7.1."""
    if type(x) is Ball and not x.serial:
        return ZERO
    total = summed(x, lambda n: FUNCTIONS["rgamma"](a + (n + 1)))
    return FUNCTIONS["pow"](x, a) * FUNCTIONS["exp"](-x) * total


def _far_out(a: Any, x: Any) -> Any:
    """1, and what vanishes like ``exp(-x)``."""
    (e, k), _ = x.lead()
    if sign(x) < 0 or sign(a) <= 0:
        return FUNCTIONS["gammainc"](Ball(arb(1)), Ball(arb(-1)))
    if e == 0 and k == 1:
        raise UntoldError
    return vanishing() + 1


@rule("gammainc")
def gammainc(order: Ball, a: Any, x: Any) -> Any:
    found = _lower(a, x)
    if found is not NotImplemented and not order.value.is_zero():
        raise UntoldError
    return found


@rule("gammaincc")
def gammaincc(a: Any, x: Any) -> Any:
    found = _lower(a, x)
    return found if found is NotImplemented else 1 - found
