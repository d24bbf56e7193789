"""Principal square roots and logarithms of matrices in tensor operations, each matrix of a batch by itself."""

from __future__ import annotations

from math import cos, pi
from typing import Any

SCALED, STEPS = 8, 16  # of Newton's iteration: with a scale, which brings it near, and without, where it is quadratic
ROOTS, NODES = 4, 16  # before the logarithm is a quadrature: good to rounding where eigenvalues are within 1e8 of 1
_CLOSE = 1e-3  # relative, of the square of a root: what has none is off by as much as it is large

# Any: torch, or a tensor, throughout this room.


def square_root(t: Any, a: Any) -> Any:
    """Denman and Beavers' iteration, scaled by determinants (Higham 2008, Functions of matrices, 6.3); nan where the
    principal root is not real."""
    if not a.shape[-1]:
        return a
    x, y = a, t.eye(a.shape[-1], dtype=a.dtype, device=a.device) + 0 * a
    for step in range(SCALED + STEPS):
        scale = _scale(t, x, y) if step < SCALED else 1
        x, y = (scale * x + _inverse(t, y) / scale) / 2, (scale * y + _inverse(t, x) / scale) / 2
    is_root = t.amax(t.abs(x @ x - a), (-2, -1), True) <= _CLOSE * t.amax(t.abs(a), (-2, -1), True)
    return x * t.where(is_root, 1, t.nan)


def _inverse(t: Any, a: Any) -> Any:
    """Infinite entries where there is none: then there is no root either."""
    return t.linalg.inv_ex(a)[0]


def _scale(t: Any, x: Any, y: Any) -> Any:
    """What makes the product of the determinants 1: a constant, as the limit does not depend on it."""
    sizes = t.linalg.slogdet(x.detach())[1] + t.linalg.slogdet(y.detach())[1]
    return t.exp(-sizes / (2 * x.shape[-1]))[..., None, None]


def logarithm(t: Any, a: Any) -> Any:
    """Of a root near the identity, by Gauss and Legendre's quadrature of ``E @ inv(I + s*E)`` from 0 to 1, which is
    Pade's approximant (Higham 2008, 11.4); the size of the determinant is taken out first."""
    n = a.shape[-1]
    if not n:
        return a
    eye = t.eye(n, dtype=a.dtype, device=a.device)
    size = (t.linalg.slogdet(a)[1] / n)[..., None, None]
    root = a * t.exp(-size)
    for _ in range(ROOTS):
        root = square_root(t, root)
    rest = root - eye
    parts = [weight * t.linalg.solve(eye + node * rest, rest) for node, weight in _gauss(NODES)]
    return size * eye + 2**ROOTS * sum(parts[1:], parts[0])


def _gauss(count: int) -> list[tuple[float, float]]:
    """Nodes and weights on [0, 1]: roots of Legendre's polynomial by Newton's iteration."""
    found = []
    for k in range(count):
        x = cos(pi * (k + 0.75) / (count + 0.5))
        for _ in range(8):
            p, slope = _legendre(count, x)
            x -= p / slope
        _, slope = _legendre(count, x)
        found.append(((1 + x) / 2, 1 / ((1 - x * x) * slope * slope)))
    return found


def _legendre(n: int, x: float) -> tuple[float, float]:
    """The polynomial and its slope."""
    before, p = 1.0, x
    for k in range(2, n + 1):
        before, p = p, ((2 * k - 1) * x * p - (k - 1) * before) / k
    return p, n * (x * p - before) / (x * x - 1)
