"""Relatives of the error function in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

# Any: torch, or a float64 tensor, throughout this room.


def ndtr(t: Any, x: Any) -> Any:
    return t.erfc(-x / sqrt(2)) / 2


def log_ndtr(t: Any, x: Any) -> Any:
    """log(ndtr(x)) from erfcx on the left and log1p on the right: no underflow, no cancellation."""
    left = x < -1
    u = t.where(left, -x, 1.0)
    tail = t.log(t.special.erfcx(u / sqrt(2)) / 2) - u * u / 2
    return t.where(left, tail, t.log1p(-t.erfc(t.where(left, 1.0, x) / sqrt(2)) / 2))


def dawsn(t: Any, x: Any) -> Any:
    """exp(-x*x) times the integral of exp(u*u): Rybicki's sampling (1989) up to 12, beyond it the asymptotic series."""
    near = t.abs(x) < 12
    u = t.where(near, x, 0.0)[..., None]
    nodes = 0.25 * t.arange(1, 150, 2, dtype=x.dtype, device=x.device)
    sign = t.where(u < 0, -1.0, 1.0)
    size = sign * u
    sampled = (
        (t.exp(-((size - nodes) ** 2)) * -t.expm1(-4 * size * nodes) / (nodes * 4)).sum(-1) / sqrt(pi) * sign[..., 0]
    )
    far = t.where(near, 20.0, x)
    total = t.ones_like(x)
    for k in range(16, 0, -1):
        total = 1 + (2 * k - 1) / (2 * far * far) * total
    return t.where(near, sampled, total / (2 * far))


def erfi(t: Any, x: Any) -> Any:
    return 2 / sqrt(pi) * t.exp(x * x) * dawsn(t, x)


def erfcinv(t: Any, x: Any) -> Any:
    return -t.special.ndtri(x / 2) / sqrt(2)
