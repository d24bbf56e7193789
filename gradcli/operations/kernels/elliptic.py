"""Complete elliptic integrals in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import pi
from typing import Any

# Any: torch, or a float64 tensor, throughout this room.


def complete(t: Any, m: Any) -> tuple[Any, Any, Any]:
    """K(m), E(m) and D(m) = (K - E)/m for m < 1 by the arithmetic-geometric mean (DLMF 19.8.5, 19.8.6)."""
    inside = t.where(m < 1, m, t.nan)
    a, b, part = t.ones_like(m), t.sqrt(1 - inside), t.ones_like(m)  # part is the gap's square over m
    power, total = 0.5, 0.5 * part
    for _ in range(9):
        a, b = (a + b) / 2, t.sqrt(a * b)
        part, power = part * part * inside / (16 * a * a), 2 * power
        total = total + power * part
    k = pi / (2 * a)
    return k, k * (1 - inside * total), k * total
