"""The incomplete beta functions, regularised: ``I_x(a, b)`` and ``1 - I_x(a, b)``."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from flint import acb, arb

from gradcli.operations.certain.analytic import Analytic, Orders
from gradcli.operations.certain.domains import above, between, within

LIMITS = (1e7, 1e7, inf)


def _part(a: acb, b: acb, x: acb, y: acb) -> acb:
    """``I_x(a, b)`` for y = 1 - x by DLMF 8.17.8, whose terms fall where x is below (a + 1)/(a + b + 2)."""
    log = a * x.log() + b * y.log() + (a + b).lgamma() - (a + 1).lgamma() - b.lgamma()
    return log.exp() * x.hypgeom_2f1(a + b, 1, a + 1)


def _lower(a: acb, b: acb, x: acb) -> acb:
    y = 1 - x
    return _part(a, b, x, y) if _is_low(a, b, x) else 1 - _part(b, a, y, x)


def _upper(a: acb, b: acb, x: acb) -> acb:
    y = 1 - x
    return 1 - _part(a, b, x, y) if _is_low(a, b, x) else _part(b, a, y, x)


def _is_low(a: acb, b: acb, x: acb) -> bool:
    return bool((x * (a + b + 2)).real < (a + 1).real)


def _inside(a: arb, b: arb, x: arb) -> bool | None:
    return within(above(a, 0), above(b, 0), between(x, 0, 1))


def _reach(a: arb, b: arb, x: arb) -> tuple[arb, arb, arb]:
    return a / 2, b / 2, x.min(1 - x) / 2


def _edge(sign: int, at_zero: int) -> Callable[..., arb | None]:
    """At x = 0 and x = 1: the value, 0 or 1, which does not move with a and b; from inside the slope in x."""

    def edge(orders: Orders, a: arb, b: arb, x: arb) -> arb | None:
        if not (a > 0 and b > 0) or not (x.is_zero() or x == 1):
            return None
        if orders[2] == 0:
            return arb(0) if any(orders) else arb(at_zero) if x.is_zero() else arb(1 - at_zero)
        near, far = (a, b) if x.is_zero() else (b, a)
        if orders != (0, 0, 1) or not (near > 1 or near == 1 or near < 1):
            return arb.nan()
        return arb(0) if near > 1 else sign * far if near == 1 else sign * arb.pos_inf()

    return edge


FUNCTIONS = {
    "betainc": Analytic("betainc", _lower, _inside, _reach, _edge(1, 0), LIMITS),
    "betaincc": Analytic("betaincc", _upper, _inside, _reach, _edge(-1, 1), LIMITS),
}
