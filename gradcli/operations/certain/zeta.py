"""Polylogarithms, Lerch's function, Dirichlet's eta and beta, Clausen's function."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from flint import acb, arb, dirichlet_char

from gradcli.operations.certain.analytic import Analytic, Orders
from gradcli.operations.certain.domains import Told, above, below, either, to_whole, within

NARROW = 48  # bits: of a point of a circle; its arcs have fewer
ODD = dirichlet_char(4, 3)  # 1, 0, -1, 0 and so on


def _summed(s: arb, x: arb) -> Told:
    """At 1 it is zeta(s), for s > 1."""
    return bool(x == 1 and s > 1), not x.contains(1) or bool(s <= 1)


def _polylog(s: acb, x: acb) -> acb:
    """FLINT's formula has poles beside whole orders: of enclosures of s it tells nothing, and a bound has to do."""
    if x == 1:
        return s.zeta()
    return x.polylog(s) if s.rel_accuracy_bits() > NARROW else _around_zero(_size_of_polylog(s, x))


def _size_of_polylog(s: acb, x: acb) -> arb:
    """A bound: the series of absolute values inside of the unit circle, else from the integral of
    ``u**(s - 1)/(exp(u) - x)`` over u > 0, times x/gamma(s), for Re s > 0 and Re x < 0 (DLMF 25.12.10, 25.12.11)."""
    least, size = arb(s.real.lower()), arb(abs(x).upper())
    if size < 1:
        return size * acb.lerch_phi(acb(size), acb(least), 1).real
    return size * least.gamma() * abs(s.rgamma()) if least > 0 and x.real < 0 else arb.nan()


def _around_zero(size: arb) -> acb:
    ball = arb(0, size.abs_upper()) if size.is_finite() else size
    return acb(ball, ball)


def _edge_of_polylog(orders: Orders, _s: arb, x: arb) -> arb | None:
    if x == 1 and orders[1]:
        return arb.nan()
    return arb(0) if x.is_zero() and not orders[1] else None


def _reach_of_polylog(s: arb, x: arb) -> tuple[arb | None, arb]:
    return (s - 1) / 2 if x == 1 else None, abs(1 - x) / 2


def _clausen(x: acb) -> acb:
    """The sum of sin(k*x)/k**2: half the difference of Li2 on the circle, over i."""
    turned = (x * acb(0, 1)).exp()
    return (turned.polylog(2) - (1 / turned).polylog(2)) / acb(0, 2)


def _off_turns(x: arb) -> Told:
    turns = x / (2 * arb.pi())
    return not turns.contains_integer(), x.is_zero()


def _at_zero(value: Callable[[], arb], side: int) -> Callable[..., arb | None]:
    """A value, and an infinite slope."""

    def edge(orders: Orders, x: arb) -> arb | None:
        if not x.is_zero():
            return None
        return value() if orders == (0,) else side * arb.pos_inf() if orders == (1,) else arb.nan()

    return edge


FUNCTIONS = {
    "polylog": Analytic(
        "polylog",
        _polylog,
        lambda s, x: within(either(below(x, 1), _summed(s, x))),
        _reach_of_polylog,
        _edge_of_polylog,
        (100.0, 1e100),
    ),
    "lerchphi": Analytic(
        "lerchphi",
        lambda z, s, a: acb.lerch_phi(z, s, a),
        lambda z, s, a: within(below(z, 1), above(a, 0)),
        lambda z, s, a: ((1 - z) / 2, None, a / 2),
        limits=(1e3, 100.0, 1e6),
    ),
    "spence": Analytic(
        "spence",
        lambda x: (1 - x).polylog(2),
        lambda x: within(above(x, 0)),
        lambda x: (x / 2,),
        _at_zero(lambda: arb.pi() ** 2 / 6, -1),
        (inf,),
    ),
    "dirichlet_eta": Analytic("dirichlet_eta", acb.dirichlet_eta, lambda s: True, lambda s: (None,), limits=(1e3,)),
    "dirichlet_beta": Analytic(
        "dirichlet_beta", lambda s: acb.dirichlet_l(s, ODD), lambda s: True, lambda s: (None,), limits=(1e3,)
    ),
    "clausen": Analytic(
        "clausen",
        _clausen,
        lambda x: within(_off_turns(x)),
        lambda x: (to_whole(x / (2 * arb.pi())) * 3,),
        _at_zero(lambda: arb(0), 1),
        (1e8,),
    ),
}
