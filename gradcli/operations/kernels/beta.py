"""Beta functions and binomial coefficients in tensor operations; ``t`` is torch.

Differences of logarithms and of digamma functions at near arguments are power series in the difference; reciprocals of
gamma are pi/sin(pi x) by gamma(x) gamma(1 - x) = pi/sin(pi x) left of 1/2, where they may be 0.
"""

from __future__ import annotations

from math import factorial, log, pi
from typing import Any

from gradcli.operations.kernels.gamma import cosine_of_turns, gamma_sign, sine_of_turns, stirling
from gradcli.operations.kernels.primitive import with_slopes
from gradcli.operations.kernels.zeta import log_gamma, polygamma

_NEAR, _TERMS = 0.01, 8  # powers of a rise that is smaller than this part of the distance to a pole

# Any: torch, or a float64 tensor, throughout this room.


def beta(t: Any, a: Any, b: Any) -> Any:
    """gamma(a) gamma(b)/gamma(a + b)"""
    slopes = [lambda a, b: _slope_of_beta(t, a, b), lambda a, b: _slope_of_beta(t, b, a)]
    return with_slopes(t, lambda a, b: _beta(t, a, b), slopes, *t.broadcast_tensors(a, b))


def _beta(t: Any, a: Any, b: Any) -> Any:
    total = a + b
    plain = gamma_sign(t, a) * gamma_sign(t, b) * gamma_sign(t, total) * t.exp(lbeta(t, a, b))
    reflects = _reflects(t, a, b)
    return t.where(reflects, _smooth(t, a, b) * sine_of_turns(t, a, b) / pi, plain)


def _reflects(t: Any, a: Any, b: Any) -> Any:
    """May gamma(a + b) have a pole here, so that it has to be reflected?"""
    beside = (t.abs(b) <= _NEAR * _distance(t, a)) | (t.abs(a) <= _NEAR * _distance(t, b))
    return ((a < 0) | (b < 0)) & (a + b < 0.5) & ~beside


def _smooth(t: Any, a: Any, b: Any) -> Any:
    """gamma(a) gamma(b) gamma(1 - a - b), where it is wanted."""
    here = _reflects(t, a, b)
    a, b = t.where(here, a, 0.2), t.where(here, b, 0.2)
    return gamma_sign(t, a) * gamma_sign(t, b) * t.exp(log_gamma(t, a) + log_gamma(t, b) + log_gamma(t, 1 - a - b))


def _slope_of_beta(t: Any, a: Any, b: Any) -> Any:
    """In a: beta (psi(a) - psi(a + b))."""
    reflects = _reflects(t, a, b)
    here_a, here_b = t.where(reflects, a, 0.2), t.where(reflects, b, 0.2)
    gap = polygamma(t, here_a, 0) - polygamma(t, 1 - here_a - here_b, 0)
    by_sine = beta(t, here_a, here_b) * gap + _smooth(t, a, b) * cosine_of_turns(t, here_a, here_b)
    left = reflects & (a < -0.5)
    far_a, far_b = t.where(left, a, -0.7), t.where(left, b, 0.2)
    sines = sine_of_turns(t, far_b) / sine_of_turns(t, far_a)  # where equal poles of psi would cancel
    by_sines = -beta(t, far_a, far_b) * digamma_rise(t, 1 - far_a, -far_b) - _smooth(t, a, b) * sines
    by_sine = t.where(left, by_sines, by_sine)
    there_a, there_b = t.where(reflects, 1.0, a), t.where(reflects, 1.0, b)
    return t.where(reflects, by_sine, -beta(t, there_a, there_b) * digamma_rise(t, there_a, there_b))


def lbeta(t: Any, a: Any, b: Any) -> Any:
    """log(abs(beta(a, b)))"""
    slopes = [lambda a, b: -digamma_rise(t, a, b), lambda a, b: -digamma_rise(t, b, a)]
    return with_slopes(t, lambda a, b: _lbeta(t, a, b), slopes, *t.broadcast_tensors(a, b))


def _lbeta(t: Any, a: Any, b: Any) -> Any:
    swapped = t.abs(a) < t.abs(b)
    x, r = t.where(swapped, b, a), t.where(swapped, a, b)
    both = (x > 10) & (r > 10)
    large, small = t.where(both, x, 20.0), t.where(both, r, 20.0)
    total = large + small
    far = (0.5 - large) * t.log1p(small / large) + small * t.log(small / total) - t.log(small) / 2 + log(2 * pi) / 2
    far = far + stirling(large) + stirling(small) - stirling(total)
    return t.where(both, far, log_gamma(t, r) - log_rise(t, x, r))


def binomial(t: Any, n: Any, k: Any) -> Any:
    """gamma(n + 1)/(gamma(k + 1) gamma(n - k + 1))"""
    slopes = [lambda n, k: _binomial_in_n(t, n, k), lambda n, k: _binomial_in_k(t, n, k)]
    return with_slopes(t, lambda n, k: _binomial(t, n, k)[0], slopes, *t.broadcast_tensors(n, k))


def _other(n: Any, k: Any) -> Any:
    """n - k + 1, rounded once."""
    gap = n - k
    part = gap - n
    return (gap + 1) + ((n - (gap - part)) - (k + part))


def _binomial(t: Any, n: Any, k: Any) -> tuple[Any, Any, Any]:
    """The value, and what the sines of pi times k + 1 and n - k + 1 are multiplied by, 0 where there are none."""
    p, q, s = k + 1, _other(n, k), n + 1
    low_p, low_q = p < 0.5, q < 0.5
    neither, both, one = ~low_p & ~low_q, low_p & low_q, low_p ^ low_q
    total = t.where(neither, s, 1.0)
    plain = t.exp(-lbeta(t, t.where(neither, p, 1.0), t.where(neither, q, 1.0)) - t.log(total))
    reflected = beta(t, t.where(one, s, 1.0), t.where(one, t.where(low_p, -k, k - n), 1.0))
    mirrored = t.exp(lbeta(t, t.where(both, -k, 1.0), t.where(both, k - n, 1.0)))
    mirrored = -mirrored * pi / t.where(both, sine_of_turns(t, n), 1.0)
    smooth = t.where(neither, plain, t.where(both, mirrored, reflected))
    of_p = t.where(low_p, -sine_of_turns(t, k) / pi, 1.0)
    of_q = t.where(low_q, -sine_of_turns(t, n, -k) / pi, 1.0)
    return smooth * of_p * of_q, t.where(low_p, smooth * of_q, 0.0), t.where(low_q, smooth * of_p, 0.0)


def _binomial_in_n(t: Any, n: Any, k: Any) -> Any:
    q, s = _other(n, k), n + 1
    near = t.abs(k) < _NEAR * _distance(t, q)
    low = (q < 0.5) & ~near
    _, _, front = _binomial(t, n, k)
    gap = polygamma(t, s, 0) - polygamma(t, t.where(low, 1 - q, q), 0)
    gap = t.where(near, digamma_rise(t, t.where(near, q, 1.0), t.where(near, k, 0.0)), gap)
    return binomial(t, n, k) * gap - t.where(low, front * cosine_of_turns(t, n, -k), 0.0)


def _binomial_in_k(t: Any, n: Any, k: Any) -> Any:
    p, q = k + 1, _other(n, k)
    low_p, low_q = p < 0.5, q < 0.5
    _, front_p, front_q = _binomial(t, n, k)
    left, right = t.where(low_p, -k, p), t.where(low_q, k - n, q)
    rise = n - 2 * k
    near = ~low_p & ~low_q & (t.abs(rise) < _NEAR * _distance(t, p))
    gap = polygamma(t, right, 0) - polygamma(t, left, 0)
    gap = t.where(near, digamma_rise(t, t.where(near, p, 1.0), t.where(near, rise, 0.0)), gap)
    smooth = binomial(t, n, k) * gap
    return smooth - front_p * cosine_of_turns(t, k) + front_q * cosine_of_turns(t, n, -k)


# -- differences


def _shifted(t: Any, x: Any) -> tuple[Any, Any]:
    """Is x beside the pole at 0, so that it is taken by itself? And the argument beyond it."""
    beside = t.abs(x) < 0.5
    return beside, t.where(beside, x + 1, x)


def _distance(t: Any, x: Any) -> Any:
    """From x to a pole of gamma."""
    return t.where(x > 0, x, t.abs(x - t.round(x)))


def digamma_rise(t: Any, x: Any, r: Any) -> Any:
    """psi(x + r) - psi(x); left of -1/2 by psi(1 - x) = psi(x) + pi cot(pi x), where equal poles would cancel."""
    left = (x < -0.5) & (x + r < 0.5)
    mirrored, back = t.where(left, 1 - x, 1.0), t.where(left, -r, 0.0)
    sines = sine_of_turns(t, t.where(left, x, 0.5)) * sine_of_turns(t, t.where(left, x, 0.5), t.where(left, r, 0.0))
    reflected = _rise(t, mirrored, back, 0) + pi * sine_of_turns(t, t.where(left, r, 0.0)) / sines
    return t.where(left, reflected, _rise(t, t.where(left, 1.0, x), t.where(left, 0.0, r), 0))


def _rise(t: Any, x: Any, r: Any, n: int) -> Any:
    """psi_n(x + r) - psi_n(x)"""
    slopes = [lambda x, r: _rise(t, x, r, n + 1), lambda x, r: polygamma(t, x + r, n + 1)]
    return with_slopes(t, lambda x, r: _value_of_rise(t, x, r, n), slopes, x, r)


def _value_of_rise(t: Any, x: Any, r: Any, n: int) -> Any:
    beside, far = _shifted(t, x)
    near = t.abs(r) < _NEAR * _distance(t, far)
    series = _powers(t, far, t.where(near, r, 0.0), n)
    plain = polygamma(t, far + r, n) - polygamma(t, far, n)
    u, v = 1 / t.where(beside, x, 1.0), 1 / t.where(beside, x + r, 1.0)
    terms = sum((v**i * u ** (n - i) for i in range(n + 1)), t.zeros_like(u))
    pole = (-1) ** n * factorial(n) * (r * v * u) * terms
    return t.where(near, series, plain) + t.where(beside, pole, 0.0)


def _powers(t: Any, x: Any, r: Any, n: int) -> Any:
    """The sum of r**k/k! psi_(n + k)(x) from k = 1."""
    total = t.zeros_like(x)
    for k in range(_TERMS, 0, -1):
        total = (total + polygamma(t, x, n + k)) * r / k
    return total


def log_rise(t: Any, x: Any, r: Any) -> Any:
    """log(abs(gamma(x + r)/gamma(x)))"""
    slopes = [lambda x, r: digamma_rise(t, x, r), lambda x, r: polygamma(t, x + r, 0)]
    return with_slopes(t, lambda x, r: _log_rise(t, x, r), slopes, x, r)


def _log_rise(t: Any, x: Any, r: Any) -> Any:
    beside, far = _shifted(t, x)
    near = t.abs(r) < _NEAR * _distance(t, far)
    large = (x > 10) & (x + r > 10)
    base, rise = t.where(large, x, 20.0), t.where(large, r, 1.0)
    top = base + rise
    distant = (base - 0.5) * t.log1p(rise / base) + rise * (t.log(top) - 1) + stirling(top) - stirling(base)
    plain = log_gamma(t, far + r) - log_gamma(t, far)
    ratio = t.where(beside, r / t.where(beside, x, 1.0), 0.0)
    pole = t.where(ratio > -0.5, t.log1p(t.where(ratio > -0.5, ratio, 0.0)), t.log(t.abs(1 + ratio)))
    series = _powers(t, far, t.where(near, r, 0.0), -1)
    return t.where(near, series, t.where(large, distant, plain)) - pole
