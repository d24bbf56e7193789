"""Lambert's function in tensor operations; ``t`` is torch."""

from __future__ import annotations

from typing import Any

from gradcli.base.errors import LimitError

# Any: torch, or a float64 tensor, throughout this room.


def lambertw(t: Any, x: Any, k: int) -> Any:
    """The real solution w of w exp(w) = x, w >= -1 for k = 0, w <= -1 for k = -1: Halley's iteration."""
    if k not in (0, -1):
        raise LimitError(f"branch {k} of lambertw, which is not real; the real ones are 0 and -1")
    edge = t.sqrt(2 * t.clamp(2.718281828459045 * x + 1 + 1.4456468917292502e-16 * x, min=0))
    if k == 0:
        inside = t.where((x >= -0.36787944117144233), x, t.nan)
        big = t.log(t.clamp(inside, min=3.0))
        w = t.where(
            inside < -0.2,
            -1 + edge - edge**2 / 3 + 11 / 72 * edge**3,
            t.where(inside < 3, t.log1p(t.clamp(inside, min=-0.3)), big - t.log(big)),
        )
    else:
        inside = t.where((x >= -0.36787944117144233) & (x < 0), x, t.nan)
        big = t.log(-t.where(x < 0, x, -0.1))
        w = t.where(inside < -0.25, -1 - edge - edge**2 / 3 - 11 / 72 * edge**3, big - t.log(-big))
    close = edge < 1e-3
    for _ in range(6):
        e = t.exp(w)
        f = w * e - inside
        w = t.where(close | (f == 0), w, w - f / (e * (w + 1) - (w + 2) * f / (2 * w + 2)))
    return t.where(inside == t.inf, inside, w)
