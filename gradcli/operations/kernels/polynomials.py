"""Orthogonal polynomials in tensor operations, by their three-term recurrences; ``t`` is torch."""

from __future__ import annotations

from typing import Any

from gradcli.base.errors import LimitError

MAX_DEGREE = 500

# Any: torch, or a float64 tensor, throughout this room.


def _recurrence(t: Any, x: Any, n: int, first: Any, step: Any) -> Any:
    """p_n from p_0 = 1, p_1 = first, p_(k+1) = step(k, p_k, p_(k-1))."""
    if not 0 <= n <= MAX_DEGREE:
        raise LimitError(f"a polynomial of degree {n}; the degree is from 0 to {MAX_DEGREE}")
    before, here = t.ones_like(x), first
    for k in range(1, n):
        before, here = here, step(k, here, before)
    return here if n else before + 0 * x


def chebyshev(t: Any, x: Any, n: int, first: Any) -> Any:
    return _recurrence(t, x, n, first, lambda _, p, q: 2 * x * p - q)


def hermite(t: Any, x: Any, n: int, scale: int) -> Any:
    return _recurrence(t, x, n, scale * x, lambda k, p, q: scale * (x * p - k * q))


def legendre(t: Any, x: Any, n: int) -> Any:
    return _recurrence(t, x, n, x, lambda k, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1))


def laguerre(t: Any, x: Any, n: int) -> Any:
    return _recurrence(t, x, n, 1 - x, lambda k, p, q: ((2 * k + 1 - x) * p - k * q) / (k + 1))
