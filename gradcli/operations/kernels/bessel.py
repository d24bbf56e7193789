"""Bessel and Airy functions in tensor operations, to float64 rounding; ``t`` is torch.

torch.special's own bessel_j0, j1, y0, y1 and airy_ai are wrong in the seventh digit around x = 5 and x = -2 (torch
2.13), so they are not used. K of any complex argument is an integral that the trapezoidal rule gives to rounding once
the variable is exp(pi/2 sinh u)-like (Takahasi and Mori, 1974); J, Y and Airy's functions away from 0 are K on the
imaginary axis (DLMF 10.27.8, 9.6), and power series near 0.
"""

from __future__ import annotations

from math import cos, gamma, lgamma, pi, sin, sqrt
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.gamma import EULER

MAX_ORDER = 300
_ROWS = 1 << 16
_NODES, _FIRST, _STEP = 170, 94, 0.05

# Any: torch, or a float64 tensor, throughout this room.


def bounded_order(n: float) -> int:
    """The order of a function that is computed by recurrence from order 0."""
    if abs(n) > MAX_ORDER:
        raise LimitError(f"a Bessel function of order {n}; the order is at most {MAX_ORDER}")
    return int(n)


def _series(t: Any, z: Any, first: Any, terms: int, ratio: Any) -> Any:
    """first*(1 + z*ratio(1) + z**2*ratio(1)*ratio(2) + ...), from the last term on (Horner)."""
    total = t.ones_like(z)
    for k in range(terms, 0, -1):
        total = 1 + z * ratio(k) * total
    return first * total


def _by_rows(t: Any, function: Any, x: Any) -> Any:
    """A function that spreads each entry over the nodes of a quadrature, for as many entries at a time as fit."""
    return t.cat([function(part) for part in x.reshape(-1).split(_ROWS)]).reshape(x.shape)


def _laplace(t: Any, nu: float, inverse: Any) -> Any:
    """sqrt(2z/pi) exp(z) K_nu(z) for complex ``inverse`` = 1/z.

    It is the mean of (1 + s/2z)**(nu - 1/2) under Gamma(nu + 1/2) (DLMF 10.32.8).
    """
    u = (t.arange(_NODES, dtype=t.float64, device=inverse.device) - _FIRST) * _STEP
    s = t.exp(u - t.exp(-u))
    weight = _STEP * s * (1 + t.exp(-u)) * t.exp(-s) * s ** (nu - 0.5) / gamma(nu + 0.5)
    return _by_rows(t, lambda v: (weight * (1 + s * v[:, None] / 2) ** (nu - 0.5)).sum(-1), inverse)


def _hankel(t: Any, nu: float, x: Any) -> Any:
    """sqrt(pi x/2) (J_nu + i Y_nu)(x) exp(-i(x - nu pi/2 - pi/4)) for x > 1 or so."""
    return _laplace(t, nu, t.complex(t.zeros_like(x), 1 / x))


def _polar(t: Any, x: Any, shift: float) -> tuple[Any, Any]:
    """cos and sin of x - shift, without rounding x - shift."""
    c, s = t.cos(x), t.sin(x)
    return c * cos(shift) + s * sin(shift), s * cos(shift) - c * sin(shift)


def _jy_outside(t: Any, nu: float, x: Any) -> tuple[Any, Any]:
    h, (c, s) = _hankel(t, nu, x), _polar(t, x, (2 * nu + 1) * pi / 4)
    size = t.sqrt(2 / (pi * x))
    return size * (h.real * c - h.imag * s), size * (h.real * s + h.imag * c)


def _j_series(t: Any, n: int, x: Any) -> Any:
    """Below x*x/4 = n + 1, where its terms fall from the start (DLMF 10.2.2)."""
    return _series(t, -x * x / 4, _leading(t, n, x), 30, lambda k: 1 / (k * (n + k)))


def _leading(t: Any, n: int, x: Any) -> Any:
    """(x/2)**n/n!"""
    return (x / 2) ** n / gamma(n + 1) if n < 100 else t.exp(n * t.log(x / 2) - lgamma(n + 1))


def _y_series(t: Any, n: int, x: Any) -> Any:
    """Order 0 or 1 (DLMF 10.8.1, 10.8.2)."""
    z, total, term = -x * x / 4, t.zeros_like(x), (x / 2) ** n
    harmonic = -2 * EULER + n
    for k in range(30):
        total = total + harmonic * term
        term = term * z / ((k + 1) * (n + k + 1))
        harmonic = harmonic + 1 / (k + 1) + 1 / (n + k + 1)
    pole = 2 / x if n else 0
    return (2 * t.log(x / 2) * _j_series(t, n, x) - total - pole) / pi


def _jy(t: Any, n: int, x: Any) -> tuple[Any, Any]:
    """J_n and Y_n of order 0 or 1 for x > 0."""
    near = x < 2
    inside, outside = t.where(near, x, 1), t.where(near, 3, x)
    j, y = _jy_outside(t, n, outside)
    return t.where(near, _j_series(t, n, inside), j), t.where(near, _y_series(t, n, inside), y)


def besselj(t: Any, x: Any, n: int) -> Any:
    """J_n(x): a power series near 0, recurrence up to x, and beyond it the continued fraction with the Wronskian."""
    order, size = abs(bounded_order(n)), t.abs(x)
    odd = order % 2 == 1
    sign = -1 if odd and n < 0 else 1
    signs = sign * t.where(x < 0, -1, 1) if odd else 1
    near = size * size < 4 * (order + 1)
    series = _j_series(t, order, t.where(near, size, 0.5))
    x = t.where(near, 3.0 + order, size)
    before, y_before = _jy(t, 0, x)
    if not order:
        return t.where(near, series, before)
    here, y_here = _jy(t, 1, x)
    for k in range(1, order):
        before, here = here, 2 * k / x * here - before
        y_before, y_here = y_here, 2 * k / x * y_here - y_before
    slow = x < order
    argument, ratio = t.where(slow, x, 1.0), t.zeros_like(x)
    for k in range(order + 30 + int(12 * order ** (1 / 3)), order - 1, -1):
        ratio = 1 / (2 * k / argument - ratio)
    beyond = 2 / (pi * argument) / t.where(slow, y_before - y_here / ratio, 1.0)
    return signs * t.where(near, series, t.where(slow, beyond, here))


def bessely(t: Any, x: Any, n: int) -> Any:
    """Y_n(x) for x > 0, by recurrence; nan elsewhere."""
    order, positive = abs(bounded_order(n)), t.where(x > 0, x, t.nan)
    before = here = _jy(t, 0, positive)[1]
    if order:
        here = _jy(t, 1, positive)[1]
    for k in range(1, order):
        before, here = here, 2 * k / positive * here - before
    return -here if n < 0 and order % 2 else here


def besseli(t: Any, x: Any, n: int) -> Any:
    """I_n(x) = I_0 times the ratios I_k/I_(k-1), which a continued fraction gives."""
    order, size = abs(bounded_order(n)), t.abs(x)
    ratio, product = t.zeros_like(x), t.special.i0(size)
    for k in range(order + 200, 0, -1):
        ratio = 1 / (2 * k / size + ratio)
        product = product * ratio if k <= order else product
    return product * t.where(x < 0, -1, 1) if order % 2 else product


def besselk(t: Any, x: Any, n: Any) -> Any:
    """K_n(x) for x > 0 and a real order, by recurrence from orders below 1 and 2; nan elsewhere."""
    order = abs(float(n))
    bounded_order(order)
    low, positive = order - int(order), t.where(x > 0, x, t.nan)
    before, here = (_k(t, low + k, positive) for k in (0, 1))
    for k in range(1, int(order)):
        before, here = here, 2 * (low + k) / positive * here + before
    return here if int(order) else before


def _k(t: Any, nu: float, x: Any) -> Any:
    """The integral of exp(-x cosh u) cosh(nu u), cut where the integrand has fallen by 1e-26 (DLMF 10.32.9)."""
    if nu == int(nu):
        return (t.special.modified_bessel_k0, t.special.modified_bessel_k1)[int(nu)](x)
    nodes = t.arange(201, dtype=t.float64, device=x.device) / 200

    def integral(x: Any) -> Any:
        end = t.acosh(1 + 60 / x) + 6 * nu / (1 + x)
        u = end[:, None] * nodes
        f = t.exp(-2 * x[:, None] * t.sinh(u / 2) ** 2) * t.cosh(nu * u)
        return end / 200 * (f.sum(-1) - f[:, 0] / 2)

    return t.exp(-x) * _by_rows(t, integral, x)


def spherical_jn(t: Any, x: Any, n: int) -> Any:
    """j_n(x) = sqrt(pi/(2x)) J_(n+1/2)(x): a series near 0, recurrence up to x, down from a large order beyond it."""
    if n < 0:
        raise LimitError(f"a spherical Bessel function of order {n}; the order is 0 or more")
    bounded_order(n)
    size = t.abs(x)
    near = size * size < 2 * (2 * n + 3)
    inside = t.where(near, size, 0.5)
    first = inside**n / _odd_factorial(n) if n < 80 else t.exp(n * t.log(inside) - _log_odd_factorial(n))
    series = _series(t, -inside * inside / 2, first, 30, lambda k: 1 / (k * (2 * n + 2 * k + 1)))
    far = t.where(near, 4.0 + n, size)
    zeroth = t.sin(far) / far
    first_order = (zeroth - t.cos(far)) / far
    before, here = zeroth, first_order
    for k in range(1, n):
        before, here = here, (2 * k + 1) / far * here - before
    up = here if n else zeroth
    return t.where((x < 0) & (n % 2 == 1), -1, 1) * t.where(
        near, series, t.where(far < n, _spherical_down(t, far, n, zeroth, first_order), up)
    )


def _spherical_down(t: Any, x: Any, n: int, zeroth: Any, first: Any) -> Any:
    """For x < n: downwards, scaled by whichever of j_0 and j_1 is larger."""
    above, here, wanted = t.zeros_like(x), t.full_like(x, 1e-30), t.zeros_like(x)
    for k in range(n + 40 + int(12 * n ** (1 / 3)), 0, -1):
        large = t.where(t.abs(here) > 1e100, 1e-100, 1.0)
        above, here, wanted = above * large, here * large, wanted * large
        wanted = here if k == n else wanted
        above, here = here, (2 * k + 1) / x * here - above
    return wanted * t.where(t.abs(here) > t.abs(above), zeroth / here, first / above)


def _odd_factorial(n: int) -> float:
    """1*3*5*...*(2n + 1)"""
    product = 1.0
    for k in range(1, n + 1):
        product *= 2 * k + 1
    return product


def _log_odd_factorial(n: int) -> float:
    return lgamma(2 * n + 2) - lgamma(n + 1) - n * 0.6931471805599453


_AI, _AI_PRIME = 0.35502805388781723926, -0.25881940379280679840  # Ai(0), Ai'(0)


def _airy_series(t: Any, x: Any, slope: bool) -> tuple[Any, Any]:
    """Ai(0) f and Ai'(0) g of the two power series (DLMF 9.4.1), or of their slopes."""
    cube = x * x * x
    if slope:
        f = _series(t, cube, x * x / 2, 60, lambda k: 1 / (3 * k * (3 * k + 2)))
        g = _series(t, cube, 1, 60, lambda k: 1 / (3 * k * (3 * k - 2)))
    else:
        f = _series(t, cube, 1, 60, lambda k: 1 / (3 * k * (3 * k - 1)))
        g = _series(t, cube, x, 60, lambda k: 1 / (3 * k * (3 * k + 1)))
    return _AI * f, _AI_PRIME * g


def airy(t: Any, x: Any, *, second: bool = False, slope: bool = False) -> Any:
    """Ai(x), Ai'(x), Bi(x) or Bi'(x)."""
    edge = 9.0 if second else 1.0
    near = (x > -1.0) & (x < edge)
    f, g = _airy_series(t, t.where(near, x, 0.5), slope)
    series = (f - g) * sqrt(3) if second else f + g
    nu, power = (2 / 3, 0.25) if slope else (1 / 3, -0.25)
    size = t.where(near, edge, t.abs(x))
    zeta = 2 / 3 * size * t.sqrt(size)
    front = size**power / sqrt(pi)
    h, (c, s) = _hankel(t, nu, zeta), _polar(t, zeta, pi / 4)  # of the phase zeta - pi/4
    cosine, sine = h.real * c - h.imag * s, h.real * s + h.imag * c
    left = front * (cosine if second else sine) if slope else front * (-sine if second else cosine)
    if second:
        right = front * t.exp(zeta) * _growing(t, nu, zeta)
    else:
        right = front / 2 * t.exp(-zeta) * _laplace(t, nu, t.complex(1 / zeta, t.zeros_like(zeta))).real
        right = -right if slope else right
    return t.where(near, series, t.where(x > 0, right, left))


def _growing(t: Any, nu: float, z: Any) -> Any:
    """sqrt(2 pi z) exp(-z) I_nu(z) for z > 18 (DLMF 10.40.1)."""
    total = t.ones_like(z)
    for k in range(24, 0, -1):
        total = 1 - (4 * nu * nu - (2 * k - 1) ** 2) / (8 * k * z) * total
    return total
