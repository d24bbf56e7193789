"""Complete elliptic integrals in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import pi
from typing import Any

_STEPS = 16  # at m = -1e300 the two means are 1e150 apart at first

# Any: torch, or a float64 tensor, throughout this room.


def complete(t: Any, m: Any) -> tuple[Any, Any, Any]:
    """K(m), E(m) and D(m) = (K - E)/m for m <= 1 by the arithmetic-geometric mean (DLMF 19.8.5, 19.8.6)."""
    inside = t.where(m < 1, m, t.nan)
    a, b, part = t.ones_like(m), t.sqrt(1 - inside), t.ones_like(m)  # part is the gap's square over m
    power, total = 0.5, 0.5 * part
    for _ in range(_STEPS):
        apart = t.abs(a - b) > a / 4  # there the recurrence doubles its error
        gap = t.where(apart, (a - b) / 2, 1.0)
        a, b = (a + b) / 2, t.sqrt(a) * t.sqrt(b)
        part = t.where(apart, gap / t.where(apart, inside, 1.0) * gap, part * part * inside / (16 * a * a))
        power = 2 * power
        total = total + power * part
    k = pi / (2 * a)
    end = m == 1
    return t.where(end, t.inf, k), t.where(end, 1.0, k * (1 - inside * total)), t.where(end, t.inf, k * total)
