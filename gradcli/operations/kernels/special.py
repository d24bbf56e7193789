"""Special functions that torch lacks, or lacks the slope of, in tensor operations; ``t`` is torch.

Every formula here can be differentiated by autograd to any order: a branch that is not taken gets a harmless argument.
"""

from __future__ import annotations

from math import fsum, log, pi, sqrt
from typing import Any

from gradcli.base.errors import LimitError

EULER = 0.57721566490153286061
MAX_DEGREE, MAX_A = 500, 1e5
_CUT = 60.0


def _zeta_less_one(k: int) -> float:
    """zeta(k) - 1 for a whole k > 1: the sum up to 60, and the rest by Euler and Maclaurin."""
    rise = k * (k + 1) * (k + 2)
    rest = (
        _CUT / (k - 1) - 1 / 2 + k / (12 * _CUT) - rise / (720 * _CUT**3) + rise * (k + 3) * (k + 4) / (30240 * _CUT**5)
    )
    return fsum([*(float(m) ** -k for m in range(2, 61)), _CUT**-k * rest])


_ZETA = [0.0, 0.0, *map(_zeta_less_one, range(2, 35))]
_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
    854513 / 138,
)

# Any: torch, or a float64 tensor, throughout this room.


# -- gamma's relatives


def gamma_sign(t: Any, x: Any) -> Any:
    """The sign of gamma(x)."""
    return t.where((x > 0) | (t.floor(x) % 2 == 0), 1.0, -1.0)


def beta(t: Any, a: Any, b: Any) -> Any:
    """gamma(a) gamma(b)/gamma(a + b)"""
    return gamma_sign(t, a) * gamma_sign(t, b) * gamma_sign(t, a + b) * t.exp(lbeta(t, a, b))


def lbeta(t: Any, a: Any, b: Any) -> Any:
    """log(abs(beta(a, b)))"""
    swapped = a > b
    return log_gamma(t, t.where(swapped, b, a)) - _log_gamma_rise(t, t.where(swapped, a, b), t.where(swapped, b, a))


def multigammaln(t: Any, x: Any, p: int) -> Any:
    if not 1 <= p <= MAX_DEGREE:
        raise LimitError(f"multigammaln of {p} variables; there are at least 1 and at most {MAX_DEGREE}")
    inside = t.where(x > (p - 1) / 2, x, t.nan)
    return sum((log_gamma(t, inside - j / 2) for j in range(p)), p * (p - 1) / 4 * log(pi) + 0 * x)


def binomial(t: Any, n: Any, k: Any) -> Any:
    """gamma(n + 1)/(gamma(k + 1) gamma(n - k + 1))"""
    sign = gamma_sign(t, n + 1) * gamma_sign(t, k + 1) * gamma_sign(t, n - k + 1)
    return sign * t.exp(_log_gamma_rise(t, n - k + 1, k) - log_gamma(t, k + 1))


def _stirling(a: Any) -> Any:
    """lgamma(a) - ((a - 1/2) log(a) - a + log(2 pi)/2) for a > 10 (DLMF 5.11.1)."""
    inverse = 1 / a
    square, total = inverse * inverse, 0.0
    for k in range(len(_BERNOULLI), 0, -1):
        total = total * square + _BERNOULLI[k - 1] / (2 * k * (2 * k - 1))
    return total * inverse


def _lgamma(t: Any, x: Any) -> Any:
    """lgamma for x > 0. torch's own has slopes right to nine digits only, from the second on (torch 2.13)."""
    small = x < 10
    low = t.where(small, x, 1.0)
    base = low * (low + 9)  # (low + k) (low + 9 - k) is base + k (9 - k)
    product = base * (base + 8) * (base + 14) * (base + 18) * (base + 20)
    high = t.where(small, low + 10, x)
    value = (high - 0.5) * t.log(high) - high + log(2 * pi) / 2 + _stirling(high)
    return value - t.where(small, t.log(product), 0.0)


def log_gamma(t: Any, x: Any) -> Any:
    """log(abs(gamma(x)))"""
    positive = x > 0
    return t.where(positive, _lgamma(t, t.where(positive, x, 1.0)), t.lgamma(t.where(positive, 0.5, x)))


def _log_gamma_rise(t: Any, x: Any, rise: Any) -> Any:
    """log(abs(gamma(x + rise)/gamma(x))), for large x without the cancellation of two large logarithms."""
    large = (x > 10) & (x + rise > 10)
    x_large, rise_large = t.where(large, x, 20.0), t.where(large, rise, 1.0)
    top = x_large + rise_large
    far = (x_large - 0.5) * t.log1p(rise_large / x_large) + rise_large * (t.log(top) - 1)
    far = far + _stirling(top) - _stirling(x_large)
    x_small, rise_small = t.where(large, 1.0, x), t.where(large, 1.0, rise)
    return t.where(large, far, log_gamma(t, x_small + rise_small) - log_gamma(t, x_small))


def _front(t: Any, a: Any, x: Any) -> Any:
    """x**a exp(-x)/gamma(a + 1), for large a without the cancellation of its logarithms."""
    large = a > 10
    a_large, a_small = t.where(large, a, 20.0), t.where(large, 1.0, a)
    near = t.abs(x - a_large) < 0.3 * a_large
    d = t.where(near, (x - a_large) / a_large, 0.1)
    far = t.where(near, 1.0, x / a_large)
    gap = t.where(near, d - t.log1p(d), far - 1 - t.log(far))
    tail = t.exp(-a_large * gap - _stirling(a_large)) / t.sqrt(2 * pi * a_large)
    return t.where(large, tail, t.exp(a_small * t.log(x) - x - _lgamma(t, a_small + 1)))


def gamma_parts(t: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """P(a, x) and Q(a, x) for a > 0, x >= 0: a series below a + 1, a continued fraction above (DLMF 8.7.1, 8.9.2)."""
    a, x = t.broadcast_tensors(a, x)
    a = t.where(a > 0, a, t.nan)
    low = (x < a + 1) & (x >= 0)
    largest = float(t.nan_to_num(a.detach()).max()) if a.numel() else 0.0
    if largest > MAX_A:
        raise LimitError(f"an incomplete gamma function of a = {largest:g}; a is at most {MAX_A:g}")
    steps = 100 + int(9 * largest**0.5)
    zero = x == 0
    inside = t.where(low & ~zero, x, 1.0)
    base = t.where(low, a, 1.0)
    total = t.ones_like(x)
    for k in range(steps, 0, -1):
        total = 1 + inside / (base + k) * total
    below = _front(t, base, inside) * total
    outside = t.where(low, 9.0, t.where(x < 0, t.nan, x))
    other = t.where(low, 1.0, a)
    tail = t.zeros_like(x)
    for k in range(steps, 0, -1):
        tail = k * (k - other) / (outside + 2 * k + 1 - other - tail)
    above = _front(t, other, outside) * other / (outside + 1 - other - tail)
    upper = t.where(low, t.where((a < 0.5) & (x < 1), _small_upper(t, a, x, zero), 1 - below), above)
    return t.where(zero, 0 * x, t.where(low, below, 1 - above)), t.where(zero, 1 + 0 * x, upper)


def _small_upper(t: Any, a: Any, x: Any, zero: Any) -> Any:
    """Q(a, x) for a < 1/2 and x < 1, where 1 - P would cancel (from DLMF 8.7.3)."""
    inside = t.where((a < 0.5) & (x < 1) & ~zero, x, 0.5)
    base = t.where((a < 0.5) & (x < 1), a, 0.25)
    total, term = t.zeros_like(x), t.ones_like(x)
    for k in range(1, 22):
        term = term * -inside / k
        total = total + term / (base + k)
    log_gamma_1 = -t.log1p(base) + base * (1 - EULER) + _power_series(base)
    exponent = base * t.log(inside) - log_gamma_1
    return -t.expm1(exponent) - t.exp(exponent) * base * total


def _power_series(a: Any) -> Any:
    """The sum of (zeta(k) - 1) (-a)**k/k from k = 2: lgamma(1 + a) without its first terms (DLMF 5.7.3)."""
    total = 0 * a
    for k in range(34, 1, -1):
        total = (total + _ZETA[k] / k) * -a
    return total * -a


def zeta(t: Any, s: Any, q: Any) -> Any:
    """Hurwitz's zeta(s, q) by Euler and Maclaurin (DLMF 25.11.28); without q Riemann's, by reflection left of -1/2."""
    if q is not None:
        s, q = t.broadcast_tensors(s, q)
        return _zeta(t, t.where(s > 1, s, t.nan), t.where(q > 0, q, t.nan))
    left = s < -0.5
    right = t.where(left, 2.0, s)
    mirrored = t.where(left, s, -1.5)
    turns = t.round(mirrored / 2).detach()
    sine = t.sin(pi / 2 * (mirrored - 2 * turns)) * (1 - 2 * t.remainder(turns, 2.0))
    reflected = (
        t.exp(mirrored * 0.6931471805599453 + (mirrored - 1) * 1.1447298858494002 + _lgamma(t, 1 - mirrored)) * sine
    )
    return t.where(left, reflected * _zeta(t, 1 - mirrored, t.ones_like(s)), _zeta(t, right, t.ones_like(s)))


def _zeta(t: Any, s: Any, q: Any) -> Any:
    terms = 12
    total = sum((t.pow(q + k, -s) for k in range(terms)), t.zeros_like(s))
    end = q + terms
    rest = end / (s - 1) + 0.5
    rising = s / end
    for j, bernoulli in enumerate(_BERNOULLI, 1):
        rest = rest + rising * (bernoulli / _factorial(2 * j))
        rising = rising * (s + 2 * j - 1) * (s + 2 * j) / (end * end)
    return total + t.pow(end, -s) * rest


def _factorial(n: int) -> float:
    return 1.0 if n < 2 else n * _factorial(n - 1)


# -- relatives of the error function


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


# -- exponential, trigonometric and Fresnel integrals


def ei(t: Any, x: Any) -> Any:
    """Principal value of the integral of exp(u)/u from -inf (DLMF 6.2.5).

    A series to 40, the asymptotic one beyond, -E1(-x) left of 0.
    """
    middle = (x > 0) & (x < 40)
    u = t.where(middle, x, 1.0)
    far = t.where(x >= 40, x, 50.0)
    total = t.ones_like(x)
    for k in range(40, 0, -1):
        total = 1 + k / far * total
    series = EULER + t.log(u) + _entire(t, u, 140)
    left = -expn(t, t.where(x < 0, -x, 1.0), 1)
    return t.where(x < 0, left, t.where(middle, series, t.where(x >= 40, t.exp(far) / far * total, t.nan)))


def _entire(t: Any, u: Any, terms: int) -> Any:
    """u + u**2/(2*2!) + u**3/(3*3!) + ..."""
    total = t.full_like(u, 1 / (terms + 1))
    for k in range(terms, 0, -1):
        total = 1 / k + u / (k + 1) * total
    return u * total


def expn(t: Any, x: Any, n: int) -> Any:
    """E_n(x), the integral of exp(-x u)/u**n from 1, for x > 0 (DLMF 8.19).

    Recurrence below 1, a continued fraction above.
    """
    if abs(n) > MAX_DEGREE:
        raise LimitError(f"an exponential integral of order {n}; the order is at most {MAX_DEGREE}")
    x = t.where(x > 0, x, t.nan)
    if n <= 0:
        value = t.exp(-x) / x
        for k in range(1, 1 - n):
            value = (t.exp(-x) + k * value) / x
        return value
    near = x < 1
    u, v = t.where(near, x, 0.5), t.where(near, 2.0, x)
    small = -EULER - t.log(u) - _entire(t, -u, 24)
    for k in range(1, n):
        small = (t.exp(-u) - u * small) / k
    tail = t.zeros_like(x)
    for k in range(150, 0, -1):
        tail = k * (n + k - 1) / (v + n + 2 * k - tail)
    return t.where(near, small, t.exp(-v) / (v + n - tail))


def li(t: Any, x: Any) -> Any:
    inside = t.where((x > 0) & (x != 1), x, t.nan)
    return t.where(x == 0, 0.0, ei(t, t.log(inside)))


def _imaginary(t: Any, x: Any) -> Any:
    """exp(ix) E1(ix) for x > 2, by the same continued fraction."""
    z = t.complex(t.zeros_like(x), x)
    tail = t.zeros_like(z)
    for k in range(200, 0, -1):
        tail = k * k / (z + (1 + 2 * k) - tail)
    return 1 / (z + 1 - tail)


def si(t: Any, x: Any) -> Any:
    """The integral of sin(u)/u from 0."""
    near = t.abs(x) < 4
    u, size = t.where(near, x, 1.0), t.where(near, 5.0, t.abs(x))
    outer = _imaginary(t, size)
    value = pi / 2 + outer.imag * t.cos(size) - outer.real * t.sin(size)
    return t.where(near, _odd(t, u, -1, 20), t.where(x < 0, -value, value))


def ci(t: Any, x: Any) -> Any:
    """EULER + log(x) + the integral of (cos(u) - 1)/u from 0, for x > 0."""
    positive = t.where(x > 0, x, t.nan)
    near = positive < 4
    u, size = t.where(near, x, 1.0), t.where(near, 5.0, positive)
    outer = _imaginary(t, size)
    return t.where(near, EULER + t.log(u) + _even(t, u, -1, 20), -(outer.real * t.cos(size) + outer.imag * t.sin(size)))


def _odd(t: Any, u: Any, sign: int, terms: int) -> Any:
    """The sum of sign**k u**(2k+1)/((2k+1) (2k+1)!)"""
    z, total = sign * u * u, t.full_like(u, 1 / (2 * terms + 1))
    for k in range(terms, 0, -1):
        total = 1 / (2 * k - 1) + z / (2 * k * (2 * k + 1)) * total
    return u * total


def _even(t: Any, u: Any, sign: int, terms: int) -> Any:
    """The sum of sign**k u**(2k)/(2k (2k)!) from k = 1."""
    z, total = sign * u * u, t.full_like(u, 1 / (2 * terms))
    for k in range(terms, 1, -1):
        total = 1 / (2 * k - 2) + z / (2 * k * (2 * k - 1)) * total
    return z / 2 * total


def shi(t: Any, x: Any) -> Any:
    """The integral of sinh(u)/u from 0: a series of positive terms, beyond 40 half of ei."""
    near = t.abs(x) < 40
    value = ei(t, t.where(near, 50.0, t.abs(x))) / 2
    return t.where(near, _odd(t, t.where(near, x, 1.0), 1, 75), t.where(x < 0, -value, value))


def chi(t: Any, x: Any) -> Any:
    """EULER + log(x) + the integral of (cosh(u) - 1)/u from 0, for x > 0."""
    positive = t.where(x > 0, x, t.nan)
    near = positive < 40
    u = t.where(near, x, 1.0)
    return t.where(near, EULER + t.log(u) + _even(t, u, 1, 75), ei(t, t.where(near, 50.0, positive)) / 2)


def fresnel(t: Any, x: Any) -> tuple[Any, Any]:
    """S and C, the integrals of sin and cos of pi*u*u/2 from 0: series to 1.6, beyond it erfc's continued fraction."""
    near = t.abs(x) < 1.6
    u, size = t.where(near, x, 1.0), t.where(near, 2.0, t.abs(x))
    z, c, s = (pi / 2 * u * u) ** 2, 1 / (4 * 30 + 1), 1 / (4 * 30 + 3)
    for k in range(30, 0, -1):
        c = 1 / (4 * k - 3) - z / (2 * k * (2 * k - 1)) * c
        s = 1 / (4 * k - 1) - z / (2 * k * (2 * k + 1)) * s
    w = t.complex(size, -size) * (sqrt(pi) / 2)
    tail = t.zeros_like(w)
    for k in range(160, 0, -1):
        tail = k / 2 / (w + tail)
    fraction = 1 / (w + tail) / sqrt(pi)
    phase = pi / 2 * size * size
    cosine, sine = t.cos(phase), t.sin(phase)
    real, imaginary = fraction.real * cosine - fraction.imag * sine, fraction.real * sine + fraction.imag * cosine
    sign = t.where(x < 0, -1.0, 1.0)
    outer_c, outer_s = 0.5 - (real - imaginary) / 2, 0.5 - (real + imaginary) / 2
    return t.where(near, pi / 2 * u**3 * s, sign * outer_s), t.where(near, u * c, sign * outer_c)


# -- complete elliptic integrals


def elliptic(t: Any, m: Any) -> tuple[Any, Any, Any]:
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


# -- orthogonal polynomials, by their three-term recurrences


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
