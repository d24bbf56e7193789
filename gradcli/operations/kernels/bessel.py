"""Bessel and Airy functions in tensor operations, to float64 rounding; ``t`` is torch.

torch.special's own bessel_j0, j1, y0, y1 and airy_ai are wrong in the seventh digit around x = 5 and x = -2 (torch
2.13), so they are not used. K of any complex argument is an integral that the trapezoidal rule gives to rounding once
the variable is exp(pi/2 sinh u)-like (Takahasi and Mori, 1974); J, Y and Airy's functions away from 0 are K on the
imaginary axis (DLMF 10.27.8, 9.6), and power series near 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, cos, gamma, log, pi, prod, sin, sqrt
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.gamma import EULER
from gradcli.operations.kernels.gamma_ratios import added
from gradcli.operations.kernels.primitive import with_slopes
from gradcli.operations.kernels.quadrature import by_rows, laplace_nodes, product_error

MAX_ORDER = 300
MAX_LEFT = 1e10  # beyond it the phase of Airy's functions wants more digits than two doubles have
_LOG_2 = 0.6931471805599453

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


def _laplace(t: Any, nu: float, inverse: Any) -> Any:
    """sqrt(2z/pi) exp(z) K_nu(z) for complex ``inverse`` = 1/z.

    It is the mean of (1 + s/2z)**(nu - 1/2) under Gamma(nu + 1/2) (DLMF 10.32.8).
    """
    s, weight = laplace_nodes(t, inverse.device)
    weight = weight * s ** (nu - 0.5) / gamma(nu + 0.5)
    return by_rows(t, lambda v: (weight * (1 + s * v[:, None] / 2) ** (nu - 0.5)).sum(-1), inverse)


def _hankel(t: Any, nu: float, x: Any) -> Any:
    """sqrt(pi x/2) (J_nu + i Y_nu)(x) exp(-i(x - nu pi/2 - pi/4)) for x > 1 or so."""
    return _laplace(t, nu, t.complex(t.zeros_like(x), 1 / x))


def _polar(t: Any, x: Any, shift: float, low: Any = None) -> tuple[Any, Any]:
    """cos and sin of x + low - shift, without rounding it."""
    c, s = t.cos(x), t.sin(x)
    if low is not None:
        c, s = c * t.cos(low) - s * t.sin(low), s * t.cos(low) + c * t.sin(low)
    return c * cos(shift) + s * sin(shift), s * cos(shift) - c * sin(shift)


def _jy_outside(t: Any, nu: float, x: Any) -> tuple[Any, Any]:
    h, (c, s) = _hankel(t, nu, x), _polar(t, x, (2 * nu + 1) * pi / 4)
    size = t.sqrt(2 / (pi * x))
    return size * (h.real * c - h.imag * s), size * (h.real * s + h.imag * c)


def _j_series(t: Any, n: int, x: Any) -> Any:
    """Below x*x/4 = n + 1, where its terms fall from the start (DLMF 10.2.2)."""
    return _series(t, -x * x / 4, _product(t, x / 2, range(1, n + 1)), 30, lambda k: 1 / (k * (n + k)))


def _product(t: Any, x: Any, divisors: Sequence[int]) -> Any:
    """The product of x/d, as many factors at a time as cannot overflow; logarithms would lose digits."""
    total = t.ones_like(x)
    for start in range(0, len(divisors), 50):
        part = divisors[start : start + 50]
        total = total * (x ** len(part) / float(prod(part)))
    return total


def _y_series(t: Any, n: int, x: Any) -> Any:
    """Order 0 or 1 (DLMF 10.8.1, 10.8.2)."""
    z, total, term = -x * x / 4, t.zeros_like(x), (x / 2) ** n
    harmonic = -2 * EULER + n
    for k in range(30):
        total = total + harmonic * term
        term = term * z / ((k + 1) * (n + k + 1))
        harmonic = harmonic + 1 / (k + 1) + 1 / (n + k + 1)
    pole = 2 / x if n else 0
    return (2 * (t.log(x) - _LOG_2) * _j_series(t, n, x) - total - pole) / pi


def _jy(t: Any, n: int, x: Any) -> tuple[Any, Any]:
    """J_n and Y_n of order 0 or 1 for x > 0."""
    near = x < 2
    inside, outside = t.where(near, x, 1), t.where(near, 3, x)
    j, y = _jy_outside(t, n, outside)
    return t.where(near, _j_series(t, n, inside), j), t.where(near, _y_series(t, n, inside), y)


def besselj(t: Any, x: Any, n: int) -> Any:
    """J_n(x)"""
    return _j(t, x, bounded_order(n))


def _j(t: Any, x: Any, n: int) -> Any:
    return with_slopes(t, lambda x: _value_of_j(t, x, n), [lambda x: (_j(t, x, n - 1) - _j(t, x, n + 1)) / 2], x)


def _value_of_j(t: Any, x: Any, n: int) -> Any:
    """A power series near 0, recurrence up to x, and beyond it the continued fraction with the Wronskian."""
    order, size = abs(n), t.abs(x)
    odd = order % 2 == 1
    sign = -1 if odd and n < 0 else 1
    signs = sign * t.where(x < 0, -1, 1) if odd else 1
    near = size * size < 4 * (order + 1)
    series = _j_series(t, order, t.where(near, size, 0.5))
    x = t.where(near, 3.0 + order, size)
    zeroth, y_zeroth = _jy(t, 0, x)
    if not order:
        return t.where(near, series, zeroth)
    first, y_first = _jy(t, 1, x)
    slow = x < order
    before, here = _upward(t, x, _even(order), t.where(slow, y_zeroth, zeroth), t.where(slow, y_first, first))
    argument, ratio = t.where(slow, x, 1.0), t.zeros_like(x)
    for k in range(order + 30 + int(12 * order ** (1 / 3)), order - 1, -1):
        ratio = 1 / (2 * k / argument - ratio)
    beyond = 2 / (pi * argument) / t.where(slow, before - here / ratio, 1.0)
    return signs * t.where(near, series, t.where(slow, beyond, here))


def bessely(t: Any, x: Any, n: int) -> Any:
    """Y_n(x) for x > 0; nan elsewhere."""
    y = _y(t, t.where(x > 0, x, t.nan), abs(bounded_order(n)))
    return -y if n < 0 and n % 2 else y


def _y(t: Any, x: Any, n: int) -> Any:
    """Of order 0 or more."""
    return with_slopes(t, lambda x: _value_of_y(t, x, n), [lambda x: _slope_of_y(t, x, n)], x)


def _value_of_y(t: Any, x: Any, n: int) -> Any:
    zeroth = _jy(t, 0, x)[1]
    return _upward(t, x, _even(n), zeroth, _jy(t, 1, x)[1])[1] if n else zeroth


def _slope_of_y(t: Any, x: Any, n: int) -> Any:
    if not n:
        return -_y(t, x, 1)
    here = _y(t, x, n)
    clear = t.where(t.isinf(here), float(n), x)  # there Y_(n-1) may be infinite as well, on the other side
    return _y(t, clear, n - 1) - n / x * here


def _upward(t: Any, x: Any, rises: Sequence[int], zeroth: Any, first: Any) -> tuple[Any, Any]:
    """The last two of a recurrence, each the one before times rise/x less that before it; infinite once it is.

    What each step loses is carried along: near a zero of a slope the sum of such losses would be all that is left.
    """
    before, here, lost_before, lost = zeroth, first, t.zeros_like(x), t.zeros_like(x)
    for rise in rises:
        ratio = rise / x
        rest = ratio * lost + (rise - ratio * x - product_error(ratio, x)) / x * here + product_error(ratio, here)
        after, rounding = added(ratio * here, -before)
        known = t.nan_to_num(rounding + rest - lost_before, nan=0.0, posinf=0.0, neginf=0.0)  # unknown beyond 1e300
        before, lost_before, lost = here, lost, known
        here = t.where(t.isinf(here), here, after)
    return before + lost_before, here + lost


def _even(order: int) -> Sequence[int]:
    """The rises from orders 0 and 1 up to this one (DLMF 10.6.1)."""
    return range(2, 2 * order, 2)


def besseli(t: Any, x: Any, n: int) -> Any:
    """I_n(x)"""
    return _i(t, x, bounded_order(n), 0)


def _i(t: Any, x: Any, n: int, times: int) -> Any:
    """The derivative of I_n, taken so many times: a mean of I of other orders (DLMF 10.29.5)."""

    def value(x: Any) -> Any:
        size = t.clamp(t.abs(x), max=1e300)
        orders = [(comb(times, k), n - times + 2 * k) for k in range(times + 1)]
        total = sum((weight * _i_in_part(t, size, abs(order)) for weight, order in orders), t.zeros_like(x))
        mean = total / 2**times * t.exp(size - _part(t, size))
        return mean * t.where(x < 0, -1, 1) if (n + times) % 2 else mean

    return with_slopes(t, value, [lambda x: _i(t, x, n, times + 1)], x)


def _part(t: Any, x: Any) -> Any:
    """What of x is taken into exp(x) first, so that a product with it neither overflows nor underflows early."""
    return t.clamp(x, max=300.0)


def _i_in_part(t: Any, x: Any, order: int) -> Any:
    """exp(_part(x) - x) I(x) for x >= 0: that of order 1 times the ratios I_k/I_(k-1), a continued fraction."""
    product, ratio = t.exp(_part(t, x)) * i_scaled(t, x, min(order, 1)), t.zeros_like(x)
    for k in range(order + 200 if order > 1 else 0, 1, -1):
        ratio = 1 / (2 * k / x + ratio)
        product = product * ratio if k <= order else product
    return product


def besselk(t: Any, x: Any, n: Any) -> Any:
    """K_n(x) for x > 0 and a real order; nan elsewhere."""
    order = abs(float(n))
    bounded_order(order)
    return _k_of_order(t, t.where(x > 0, x, t.nan), order)


def _k_of_order(t: Any, x: Any, order: float) -> Any:
    """Of order 0 or more, by recurrence from orders below 1 and 2."""

    def value(x: Any) -> Any:
        low, front = order - int(order), t.exp(-_part(t, x))
        before, here = (front * _k_between(t, low + k, x) for k in (0, 1))
        for k in range(1, int(order)):
            before, here = here, 2 * (low + k) / x * here + before
        return (here if int(order) else before) * t.exp(_part(t, x) - x)

    def slope(x: Any) -> Any:
        return -(_k_of_order(t, x, abs(order - 1)) + (order / x * _k_of_order(t, x, order) if order else 0))

    return with_slopes(t, value, [slope], x)


def _k_between(t: Any, nu: float, x: Any) -> Any:
    """exp(x) K of order 0 to 2: the integral of exp(x - x cosh u) cosh(nu u), cut where the integrand has fallen
    by 1e-26 (DLMF 10.32.9)."""
    if nu == int(nu):
        return k_scaled(t, x, int(nu))
    nodes = 200
    if x.numel():  # steps of at most 0.2, where the trapezoidal rule is exact to rounding
        nodes = max(nodes, int(5 * (12 - log(float(t.nan_to_num(x.detach(), nan=1.0).clamp(min=5e-324).min())))))
    steps = t.arange(nodes + 1, dtype=t.float64, device=x.device) / nodes

    def integral(x: Any) -> Any:
        end = t.log(2 * x + 120) - t.log(x) + 6 * nu / (1 + x)
        u = end[:, None] * steps
        f = t.exp(nu * u - (t.sqrt(2 * x)[:, None] * t.sinh(u / 2)) ** 2) * (1 + t.exp(-2 * nu * u)) / 2
        return end / nodes * (f.sum(-1) - f[:, 0] / 2)

    return by_rows(t, integral, x)


def k_scaled(t: Any, x: Any, n: int) -> Any:
    """exp(x) K_n(x) of order 0 or 1 for x > 0: a power series (DLMF 10.31) and an integral; nan elsewhere."""
    near = x < 1
    u = t.where(near & (x > 0), x, 0.5)
    z, log = u * u / 4, t.log(u) - _LOG_2
    total, term, harmonic = t.zeros_like(u), t.ones_like(u), (0.0, 1.0)[n] - (1 + n) * EULER
    for k in range(12):
        total = total + harmonic * term
        term = term * z / ((k + 1) * (n + k + 1))
        harmonic = harmonic + 1 / (k + 1) + (1 / (k + 2) if n else 0)
    grows = _series(t, z, t.ones_like(u) if n == 0 else u / 2, 12, lambda k: 1 / (k * (n + k)))
    inside = t.exp(u) * (log * grows - u / 4 * total if n else total - log * grows)
    if n:
        pole = u < 1e-200  # all that there is
        inside = t.where(pole, 1 / t.where(pole, u, 1.0), inside + t.exp(u) / t.where(pole, 1.0, u))
    far = t.where(near, 2.0, x)
    outside = sqrt(pi / 2) / t.sqrt(far) * _laplace(t, n, 1 / far)
    return t.where(x > 0, t.where(near, inside, outside), t.nan)


def i_scaled(t: Any, x: Any, n: int) -> Any:
    """exp(-abs(x)) I_n(x) of order 0 or 1: a power series of positive terms, and the asymptotic one."""
    near = t.abs(x) < 20
    u, far = t.where(near, x, 1.0), t.where(near, 30.0, t.abs(x))
    series = _series(t, u * u / 4, t.ones_like(u) if n == 0 else u / 2, 48, lambda k: 1 / (k * (n + k)))
    outside = _growing(t, n, far) / t.sqrt(2 * pi * far)
    return t.where(near, t.exp(-t.abs(u)) * series, outside if n == 0 else t.where(x < 0, -outside, outside))


def spherical_jn(t: Any, x: Any, n: int) -> Any:
    """j_n(x) = sqrt(pi/(2x)) J_(n+1/2)(x)"""
    if n < 0:
        raise LimitError(f"a spherical Bessel function of order {n}; the order is 0 or more")
    return _spherical(t, x, bounded_order(n))


def _spherical(t: Any, x: Any, n: int) -> Any:
    def slope(x: Any) -> Any:
        below = n * _spherical(t, x, n - 1) if n else 0
        return (below - (n + 1) * _spherical(t, x, n + 1)) / (2 * n + 1)

    return with_slopes(t, lambda x: _value_of_spherical(t, x, n), [slope], x)


def _value_of_spherical(t: Any, x: Any, n: int) -> Any:
    """A series near 0, recurrence up to x, down from a large order beyond it."""
    size = t.abs(x)
    near = size * size < 2 * (2 * n + 3)
    inside = t.where(near, size, 0.5)
    first = _product(t, inside, range(3, 2 * n + 2, 2))
    series = _series(t, -inside * inside / 2, first, 30, lambda k: 1 / (k * (2 * n + 2 * k + 1)))
    far = t.where(near, 4.0 + n, size)
    zeroth = t.sin(far) / far
    first_order = (zeroth - t.cos(far)) / far
    up = _upward(t, far, range(3, 2 * n + 1, 2), zeroth, first_order)[1] if n else zeroth
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
    if x.numel() and bool((x < -MAX_LEFT).any()):
        raise LimitError(
            f"an Airy function of {float(x.min()):g}; left of 0 the argument is at most {MAX_LEFT:g} in size"
        )
    near = (x > -1.0) & (x < edge)
    f, g = _airy_series(t, t.where(near, x, 0.5), slope)
    series = (f - g) * sqrt(3) if second else f + g
    nu, power = (2 / 3, 0.25) if slope else (1 / 3, -0.25)
    size = t.where(near, edge, t.clamp(t.abs(x), max=MAX_LEFT))
    zeta, low = _airy_phase(t, size)
    front = size**power / sqrt(pi)
    h, (c, s) = _hankel(t, nu, zeta), _polar(t, zeta, pi / 4, low)  # of the phase zeta - pi/4
    cosine, sine = h.real * c - h.imag * s, h.real * s + h.imag * c
    left = front * (cosine if second else sine) if slope else front * (-sine if second else cosine)
    if second:
        half = t.exp(zeta / 2)
        right = half * (front * t.exp(low) * _growing(t, nu, zeta)) * half
    else:
        half = t.exp(-zeta / 2)
        right = half * (front / 2 * t.exp(-low) * _laplace(t, nu, t.complex(1 / zeta, t.zeros_like(zeta))).real) * half
        right = -right if slope else right
    return t.where(near, series, t.where(x > 0, right, left))


def _airy_phase(t: Any, x: Any) -> tuple[Any, Any]:
    """2/3 x**(3/2) as a sum of two doubles."""
    root = t.sqrt(x)
    rest = (x - root * root - product_error(root, root)) / (2 * root)
    cube = x * root
    low = product_error(x, root) + x * rest
    third = t.full_like(x, 2 / 3)
    zeta = third * cube
    return zeta, product_error(third, cube) + 2 / 3 * low + 3.700743415417188e-17 * cube  # 2/3 less its double


def _growing(t: Any, nu: float, z: Any) -> Any:
    """sqrt(2 pi z) exp(-z) I_nu(z) for z > 18 (DLMF 10.40.1)."""
    total = t.ones_like(z)
    for k in range(24, 0, -1):
        total = 1 - (4 * nu * nu - (2 * k - 1) ** 2) / (8 * k * z) * total
    return total
