"""Relatives of the error function in tensor operations; ``t`` is torch."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

from gradcli.operations.kernels.quadrature import by_rows, laplace_nodes

# Any: torch, or a float64 tensor, throughout this room.


def ndtr(t: Any, x: Any) -> Any:
    return t.erfc(-x / sqrt(2)) / 2


def log_ndtr(t: Any, x: Any) -> Any:
    """log(ndtr(x)) from erfcx on both sides: no underflow, no cancellation."""
    left = x < -1
    u = t.where(left, -x, 1.0)
    tail = t.log(t.special.erfcx(u / sqrt(2)) / 2) - u * u / 2
    right = t.where(left, 1.0, x)
    size = t.abs(right)
    beyond = _bell(t, size) * t.special.erfcx(size / sqrt(2)) / 2
    return t.where(left, tail, t.log1p(-t.where(right < 0, 1 - beyond, beyond)))


def _bell(t: Any, x: Any) -> Any:
    """exp(-x**2/2), without the rounding of a large square."""
    x = t.clamp(x, -100.0, 100.0)
    near = t.round(16 * x) / 16
    return t.exp(-near * near / 2) * t.exp((near - x) * (near + x) / 2)


def erfcx(t: Any, x: Any) -> Any:
    """exp(x**2) erfc(x): torch's left of 1, where its slope 2 x erfcx(x) - 2/sqrt(pi) is no difference of equals; right
    of it the integral of exp(-s - s**2/(2x)**2) over sqrt(pi) x."""
    near = x < 1
    far = t.where(near, 2.0, x)

    def integral(x: Any) -> Any:
        s, weight = laplace_nodes(t, x.device)
        return (weight * t.exp(-((s / 2 / x[:, None]) ** 2))).sum(-1)

    return t.where(near, t.special.erfcx(t.where(near, x, 0.5)), by_rows(t, integral, far) / sqrt(pi) / far)


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
    half = t.exp(x * x / 2)
    return half * (2 / sqrt(pi) * dawsn(t, x)) * half


def erfcinv(t: Any, x: Any) -> Any:
    """From the quantile of x/2; where halving it loses digits, by Newton's method for the logarithm of erfc."""
    tiny = (x > 0) & (x < 1e-300)
    wanted = t.log(t.where(tiny, x, 1e-300))
    w = t.full_like(x, 26.0)
    for _ in range(6):
        scaled = t.special.erfcx(w)
        w = w + (t.log(scaled) - w * w - wanted) * scaled * sqrt(pi) / 2
    return t.where(tiny, w, -t.special.ndtri(t.where(tiny, 0.5, x) / 2) / sqrt(2))
