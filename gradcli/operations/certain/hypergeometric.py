"""Hypergeometric functions of real parameters: 0F1, 1F1, 2F1 and Tricomi's U."""

from __future__ import annotations

from flint import acb, arb

from gradcli.operations.certain.analytic import Analytic, Orders
from gradcli.operations.certain.domains import Told, above, below, either, is_pole, off_poles, to_poles, within


def _terminates(a: arb, b: arb) -> bool:
    return is_pole(a) or is_pole(b)


def _gauss(a: arb, b: arb, c: arb, x: arb) -> Told:
    """Does it converge at 1?"""
    gap = c - a - b
    return bool(x == 1 and gap > 0), not x.contains(1) or bool(gap <= 0)


def _inside_2f1(a: arb, b: arb, c: arb, x: arb) -> bool | None:
    """A polynomial goes on beyond 1."""
    goes_on = (_terminates(a, b) and bool(x > 1), False)
    return within(off_poles(c), either(below(x, 1), either(_gauss(a, b, c, x), goes_on)))


def _value_2f1(a: acb, b: acb, c: acb, x: acb) -> acb:
    """At 1 by Gauss's sum, DLMF 15.4.20."""
    if x == 1:
        return c.gamma() * (c - a - b).gamma() * (c - a).rgamma() * (c - b).rgamma()
    return x.hypgeom_2f1(a, b, c)


def _reach_2f1(a: arb, b: arb, c: arb, x: arb) -> tuple[arb | None, ...]:
    gap = abs(c - a - b) / 4 if x == 1 else arb(1)
    return gap, gap, gap.min(to_poles(c) / 2), abs(1 - x) / 2


def _edge_2f1(orders: Orders, a: arb, b: arb, c: arb, x: arb) -> arb | None:
    """At 0 it is 1. At 1 it has no slope in x, and beyond it a polynomial has none in its degree."""
    if off_poles(c)[1] or x < 1:
        return arb(int(not any(orders))) if x.is_zero() and not orders[3] and not off_poles(c)[1] else None
    if x == 1 and not _terminates(a, b):
        return arb.nan() if orders[3] else None
    moved = (orders[0] and not is_pole(b)) or (orders[1] and not is_pole(a)) or not _terminates(a, b)
    return arb.nan() if x > 1 and moved else None


def _edge_at_zero(orders: Orders, *point: arb) -> arb | None:
    """1 at 0, whatever the parameters."""
    outside = off_poles(point[-2])[1] or not point[-1].is_zero() or orders[-1]
    return None if outside else arb(int(not any(orders)))


def tricomi(a: acb, b: acb, x: acb) -> acb:
    """U(a, b, x): by FLINT, and where that says nothing of an enclosure of b beside a whole number by DLMF 13.2.42."""
    found = x.hypgeom_u(a, b)
    if found.is_finite():
        return found
    shifted = a - b + 1
    first = x.hypgeom_1f1(a, b, regularized=True) * shifted.rgamma()
    second = x ** (1 - b) * x.hypgeom_1f1(shifted, 2 - b, regularized=True) * a.rgamma()
    return acb.pi() / b.sin_pi() * (first - second)


FUNCTIONS = {
    "hyp0f1": Analytic(
        "hyp0f1",
        lambda b, x: x.hypgeom_0f1(b),
        lambda b, x: within(off_poles(b)),
        lambda b, x: (to_poles(b) / 2, None),
        _edge_at_zero,
        (1e6, 1e10),
    ),
    "hyp1f1": Analytic(
        "hyp1f1",
        lambda a, b, x: x.hypgeom_1f1(a, b),
        lambda a, b, x: within(off_poles(b)),
        lambda a, b, x: (None, to_poles(b) / 2, None),
        _edge_at_zero,
        (1e4, 1e4, 1e5),
    ),
    "hyp2f1": Analytic(
        "hyp2f1",
        _value_2f1,
        _inside_2f1,
        _reach_2f1,
        _edge_2f1,
        (500.0, 500.0, 500.0, 1e8),
    ),
    "hyperu": Analytic(
        "hyperu",
        tricomi,
        lambda a, b, x: within(above(x, 0)),
        lambda a, b, x: (None, None, x / 2),
        limits=(1e3, 1e3, 1e8),
    ),
}
