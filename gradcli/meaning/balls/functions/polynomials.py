"""Orthogonal polynomials of constant degree, by their three-term recurrences; slopes are polynomials of the family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from gradcli.base.precision import precision, working_bits
from gradcli.meaning.balls.ball import Ball, Undefined, is_infinite
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.orders import unmoved, whole

# Any, in this module: Scalars

# A step of a recurrence such as 2*x*p - q carries errors on by at most 1 + sqrt(2) where |x| <= 1, and beyond as it
# carries the polynomial on: 1.28 bits a degree, rounded up; 16 for the sizes of coefficients.
BITS_A_DEGREE, SPARE_BITS = 2, 16
ROUNDS = 3  # doublings of the spare bits where the polynomial cancels more than that

BEYOND = 4  # bits: all roots are below 2**(n + 4); the largest, of Laguerre's, are below 4*n + 2


def _recurred(n: int, first: arb, step: Callable[[int, arb, arb], arb]) -> arb:
    """p_n from p_0 = 1, p_1 and ``step(k, p_k, p_(k-1)) = p_(k+1)``."""
    before, now = arb(1), first
    if n == 0:
        return before
    for k in range(1, n):
        before, now = now, step(k, now, before)
    return now


def _polynomial(name: str, evaluate: Callable[..., arb]) -> Callable[..., arb | Undefined]:
    """An enclosure from ``evaluate(n, *others)`` with spare bits, as exact operands allow."""

    def enclose(degree: arb, *others: arb) -> arb | Undefined:
        n = whole(degree)
        if n < 0:
            return Undefined(f"{name} of a negative degree")
        if is_infinite(others[-1]):
            beyond = evaluate(n, *others[:-1], others[-1].sgn() * arb(2) ** (n + BEYOND))
            return beyond * arb.pos_inf() if n else beyond
        bits = working_bits()
        spare = BITS_A_DEGREE * n + SPARE_BITS
        for _ in range(ROUNDS):
            with precision(bits + spare):
                value = evaluate(n, *others)
            if value.rel_accuracy_bits() >= bits or not all(v.is_exact() for v in others):
                break
            spare = 2 * spare
        return 0 + value

    return enclose


def _chebyshevt(n: int, x: arb) -> arb:
    return _recurred(n, x, lambda _, now, before: 2 * x * now - before)


def _gegenbauer(n: int, m: arb, x: arb) -> arb:
    return _recurred(n, 2 * m * x, lambda k, now, before: (2 * (k + m) * x * now - (k + 2 * m - 1) * before) / (k + 1))


def _laguerre(n: int, a: arb, x: arb) -> arb:
    return _recurred(n, 1 + a - x, lambda k, now, before: ((2 * k + 1 + a - x) * now - (k + a) * before) / (k + 1))


def _hermite(n: int, x: arb) -> arb:
    return _recurred(n, 2 * x, lambda k, now, before: 2 * x * now - 2 * k * before)


def _hermite_prob(n: int, x: arb) -> arb:
    return _recurred(n, x, lambda k, now, before: x * now - k * before)


def _lower(degree: Any, slope: Callable[[Any], Any]) -> Any:
    """A multiple of the polynomial one degree below; 0 for a constant."""
    return Ball(arb(0)) if degree.value.is_zero() else slope(degree - 1)


HALF = Ball(arb(1) / 2)

gegenbauer: Function = Function(
    "gegenbauer",
    (unmoved, unmoved, lambda n, m, x, out: _lower(n, lambda lower: 2 * m * gegenbauer(lower, m + 1, x))),
    _polynomial("a Gegenbauer polynomial", _gegenbauer),
    infinite=True,
)
associated_laguerre: Function = Function(
    "laguerre",
    (unmoved, unmoved, lambda n, a, x, out: _lower(n, lambda lower: -associated_laguerre(lower, a + 1, x))),
    _polynomial("a Laguerre polynomial", _laguerre),
    infinite=True,
)
chebyshevt = Function(
    "chebyshevt",
    (unmoved, lambda n, x, out: _lower(n, lambda lower: n * gegenbauer(lower, 1, x))),
    _polynomial("a Chebyshev polynomial", _chebyshevt),
    infinite=True,
)
hermite: Function = Function(
    "hermite",
    (unmoved, lambda n, x, out: _lower(n, lambda lower: 2 * n * hermite(lower, x))),
    _polynomial("a Hermite polynomial", _hermite),
    infinite=True,
)
hermite_prob: Function = Function(
    "hermite_prob",
    (unmoved, lambda n, x, out: _lower(n, lambda lower: n * hermite_prob(lower, x))),
    _polynomial("a Hermite polynomial", _hermite_prob),
    infinite=True,
)

RECURRENCES: dict[str, Callable[..., Any]] = {  # by the names of the functions; of a whole degree and other numbers
    "gegenbauer": _gegenbauer,
    "laguerre": _laguerre,
    "chebyshevt": _chebyshevt,
    "hermite": _hermite,
    "hermite_prob": _hermite_prob,
}
NAMED: dict[str, Callable[..., Any]] = {
    "chebyshevt": chebyshevt,
    "chebyshevu": lambda n, x: gegenbauer(n, 1, x),
    "legendre": lambda n, x: gegenbauer(n, HALF, x),
    "laguerre": lambda n, x: associated_laguerre(n, 0, x),
    "hermite": hermite,
    "hermite_prob": hermite_prob,
}
