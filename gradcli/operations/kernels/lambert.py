"""Lambert's function in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import e
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.primitive import with_slopes

_EDGE, _LOW = 0.36787944117144233, 1.2428753672788363e-17  # 1/e is their difference

_CLOSE = 1e-3

# Any: torch, or a float64 tensor, throughout this room.


def lambertw(t: Any, x: Any, k: int) -> Any:
    """The real solution w of w exp(w) = x, w >= -1 for k = 0, w <= -1 for k = -1. At the double nearest to -1/e it
    is -1, though this double lies beside the domain."""
    if k not in (0, -1):
        raise LimitError(f"branch {k} of lambertw, which is not real; the real ones are 0 and -1")
    return with_slopes(t, lambda x: _solution(t, x, k), [lambda x: _slope(t, x, k)], x)


def _slope(t: Any, x: Any, k: int) -> Any:
    return t.exp(-lambertw(t, x, k)) / _rise(t, x, k)


def _rise(t: Any, x: Any, k: int) -> Any:
    """1 + w, which is small at the edge."""

    def value(x: Any) -> Any:
        edge = _edge(t, x)
        return t.where(edge < _CLOSE, _beside_edge(edge, k), 1 + _solution(t, x, k))

    return with_slopes(t, value, [lambda x: _slope(t, x, k)], x)


def _edge(t: Any, x: Any) -> Any:
    """sqrt(2*(e*x + 1))"""
    return t.sqrt(2 * e * t.clamp((x + _EDGE) - _LOW, min=0))


def _beside_edge(edge: Any, k: int) -> Any:
    """1 + w as a power series (DLMF 4.13.6)."""
    p = edge if k == 0 else -edge
    return p * (1 - p * (1 / 3 - p * (11 / 72 - p * (43 / 540 - p * (769 / 17280 - p * 221 / 8505)))))


def _solution(t: Any, x: Any, k: int) -> Any:
    """Halley's iteration; beside 0 on the lower branch Newton's for w + log(-w) = log(-x)."""
    edge = _edge(t, x)
    if k == 0:
        inside = t.where(x >= -_EDGE, x, t.nan)
        big = t.log(t.clamp(inside, min=3.0))
        upper = t.where(inside < 3, t.log1p(t.clamp(inside, min=-0.3)), big - t.log(big))
        w = t.where(inside < -0.2, _beside_edge(edge, k) - 1, upper)
    else:
        inside = t.where((x >= -_EDGE) & (x < 0), x, t.nan)
        big = t.log(-t.where(x < 0, x, -0.1))
        w = t.where(inside < -0.25, _beside_edge(edge, k) - 1, big - t.log(-big))
    tiny = (inside > -1e-3) & (k == -1)
    low = t.where(tiny, w, -10.0)
    for _ in range(6):
        low = low - (low + t.log(-low) - t.where(tiny, big, -7.7)) / (1 + 1 / low)
    close = edge < _CLOSE
    for _ in range(6):
        power = t.exp(w)
        f = w * power - inside
        w = t.where(close | (f == 0), w, w - f / (power * (w + 1) - (w + 2) * f / (2 * w + 2)))
    return t.where((inside == t.inf) | t.isnan(inside), inside, t.where(tiny, low, w))
