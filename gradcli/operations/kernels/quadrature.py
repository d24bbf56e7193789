"""Integrals over 0 to infinity in tensor operations, and products of two doubles without error; ``t`` is torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ROWS = 1 << 16
_NODES, _FIRST, _STEP = 170, 94, 0.05
_SPLIT = 134217729.0  # 2**27 + 1

# Any: torch, or a float64 tensor, throughout this room.


def laplace_nodes(t: Any, device: Any) -> tuple[Any, Any]:
    """Nodes s and weights of the integral of exp(-s) f(s): the trapezoidal rule once the variable is
    exp(u - exp(-u)) (Takahasi and Mori, 1974)."""
    u = (t.arange(_NODES, dtype=t.float64, device=device) - _FIRST) * _STEP
    s = t.exp(u - t.exp(-u))
    return s, _STEP * s * (1 + t.exp(-u)) * t.exp(-s)


def by_rows(t: Any, function: Callable[[Any], Any], x: Any) -> Any:
    """A function that spreads each entry over the nodes of a quadrature, for as many entries at a time as fit."""
    return t.cat([function(part) for part in x.reshape(-1).split(_ROWS)]).reshape(x.shape)


def product_error(x: Any, y: Any) -> Any:
    """x y less its rounded product, for factors below 1e300 (Dekker, 1971)."""
    (a, b), (c, d) = _halves(x), _halves(y)
    return ((a * c - x * y) + a * d + b * c) + b * d


def _halves(x: Any) -> tuple[Any, Any]:
    """Two numbers of 26 bits whose sum is x."""
    scaled = _SPLIT * x
    high = scaled - (scaled - x)
    return high, x - high
