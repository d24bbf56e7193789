"""Riemann's and Hurwitz's zeta functions, with derivatives of every order in both arguments."""

from __future__ import annotations

from typing import Any

from flint import arb, arb_series, ctx

from gradcli.meaning.balls.ball import Ball, Undefined, is_infinite, lifted
from gradcli.meaning.balls.functions.domains import UNTOLD
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.gamma import moving, taylor
from gradcli.meaning.balls.functions.orders import unmoved, whole

# Any, in this module: Scalars

TERMS = 32  # of the sum over n, where s is so large that they do

# FLINT never ends where s takes a thirteenth of 2,048 or more bits
BITS_OF_S = 20


def _far(s: arb, q: arb) -> bool:
    """Are all terms but the first few below the working precision, beside the second?"""
    return bool(s > 64) and bool(s * ((q + TERMS) / (q + 1)).log() > ctx.prec)


def _hurwitz(s: arb, q: arb, order: int) -> arb:
    small = bool(s < arb(2) ** max(32, ctx.prec // BITS_OF_S))
    if _far(s, q) or not small:
        return taylor(_summed(s, q, order), order) if s > 64 else UNTOLD
    return taylor(moving(s, order).zeta(q), order)


def _summed(s: arb, q: arb, order: int) -> arb_series:
    """The power series of ``sum_n (q + n)**-(s + t)`` in t from its first terms, for s > 64; narrow where s is above q.

    What is left out of the k-th derivative, from v = q + N on, has the sign of (-1)**k and is at most
    ``log(v)**k * v**-s * (1 + v/(s/2 - 1))`` where ``log(v) > 2*k/s``: then ``log(u)**k * u**(-s/2)`` falls for u > v,
    so that the rest is below its value at v times ``sum u**(-s/2) <= v**(-s/2)*(1 + v/(s/2 - 1))``.
    """
    out = arb_series([arb(0)], order + 1)
    for n in range(TERMS):
        log = (q + n).log()
        out = out + arb_series([-s * log, -log], order + 1).exp()
    v = q + TERMS
    log = v.log()
    if not log > 2 * arb(order) / s:
        return arb_series([UNTOLD] * (order + 1), order + 1)
    rest = (-s * log).exp() * (1 + v / (s / 2 - 1))
    bounds, size = [], rest
    for k in range(order + 1):
        bounds.append((-1) ** k * arb(0).union(size.upper()))
        size = size * log / (k + 1)
    return out + arb_series(bounds, order + 1)


def _reflected(s: arb, order: int) -> arb_series:
    """``zeta(s) = 2*(2*pi)**(s-1)*sin(pi*s/2)*gamma(1-s)*zeta(1-s)``, DLMF 25.4.2, for s far left of 0."""
    log = (2 * arb.pi()).log()
    power = arb_series([(s - 1) * log, log], order + 1).exp()
    sine = arb_series([s / 2, arb(1) / 2], order + 1).sin_pi()
    gamma = arb_series([1 - s, -1], order + 1).gamma()
    right = _summed(1 - s, arb(1), order).coeffs()
    mirrored = arb_series([c * (-1) ** k for k, c in enumerate(right)], order + 1)
    return 2 * power * sine * gamma * mirrored


def _riemann(s: arb, order: int) -> arb:
    """Around 0 by ``zeta(s, 2) + 1``: FLINT reflects s < 0, and reflection cancels next to 0."""
    if abs(s) < 1:
        return _hurwitz(s, arb(2), order) + int(order == 0)
    if s > 0:
        return _hurwitz(s, arb(1), order)
    if order == 0 and s.is_exact() and s.is_integer() and (s / 2).is_integer():
        return arb(0)
    if _far(1 - s, arb(1)):
        return taylor(_reflected(s, order), order)
    return taylor(moving(s, order).zeta(arb(1)), order)


def _end(n: int, s: arb, q: arb) -> arb | Undefined:
    """At infinity, in s or in q."""
    if s > 0 and q == 1:
        return arb(int(n == 0))
    falls = is_infinite(q) and s.is_finite() and s > 1 and q > 0
    return arb(0) if falls else Undefined("no limit of zeta at infinity")


def _zeta(order: arb, s: arb, q: arb) -> arb | Undefined:
    """The derivative in s of an order, at q = 1 for every s but 1, else for s > 1 and q > 0."""
    n = whole(order)
    if is_infinite(s) or is_infinite(q):
        return _end(n, s, q)
    if s == 1:
        return Undefined("zeta at its pole s = 1")
    if q.is_exact() and q == 1:
        return UNTOLD if s.contains(1) else _riemann(s, n)
    if s <= 1 or q <= 0:
        return Undefined("zeta(s, q) outside of s > 1 and q > 0")
    if not (s > 1 and q > 0):
        return UNTOLD
    return _hurwitz(s, q, n)


def _slope_in_q(order: Any, s: Any, q: Any, _out: Any) -> Any:
    """``d/dq zeta(s, q) = -s*zeta(s + 1, q)``, differentiated in s as often as the order says."""
    n = whole(order.value)
    slope = -s * zeta_slope(n, s + 1, q)
    return slope - n * zeta_slope(n - 1, s + 1, q) if n else slope


zeta_slope: Function = Function(
    "zeta", (unmoved, lambda n, s, q, out: zeta_slope(n + 1, s, q), _slope_in_q), _zeta, infinite=True
)


def zeta(s: Any, q: Any = None) -> Any:
    """``sum 1/(q + n)**s`` over n from 0; Riemann's for q = 1."""
    if q is None:
        return zeta_slope(0, s, Ball(arb(1)))
    outside = type(lifted(s)) is Ball and lifted(s).value <= 1
    return Undefined("zeta(s, q) outside of s > 1 and q > 0") if outside else zeta_slope(0, s, q)


NAMED = {"zeta": zeta}
