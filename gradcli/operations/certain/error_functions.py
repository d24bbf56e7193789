"""Faddeeva's function of a complex argument by its parts, Owen's T and Marcum's Q."""

from __future__ import annotations

from math import inf

from flint import acb, arb

from gradcli.base.precision import working_bits
from gradcli.operations.certain.analytic import Analytic, Orders
from gradcli.operations.certain.domains import above, within

MAX_TERMS = 4096  # of a sum of incomplete gamma functions


def _faddeeva(z: acb, way: int) -> acb:
    """``exp(-z**2)*erfc(-i*way*z)``: for way = 1 Faddeeva's w, for -1 the conjugate of w at the conjugate of z."""
    return (-z * z).exp() * (z * acb(0, -way)).erfc()


def _pair(x: acb, y: acb) -> tuple[acb, acb]:
    """w(x + i*y) and its conjugate, as functions of complex x and y."""
    turned = y * acb(0, 1)
    return _faddeeva(x + turned, 1), _faddeeva(x - turned, -1)


def _real(x: acb, y: acb) -> acb:
    one, other = _pair(x, y)
    return (one + other) / 2


def _imaginary(x: acb, y: acb) -> acb:
    one, other = _pair(x, y)
    return (one - other) / acb(0, 2)


def _owens_t(h: acb, a: acb) -> acb:
    """``exp(-h**2/2)/(2*pi)`` times the integral of ``exp(-(h*u)**2/2)/(1 + u**2)`` from 0 to a."""
    if abs(a) > 1:
        return _complement(h, a)
    square = h * h / 2
    inner = acb.integral(lambda u, _: (-square * u * u).exp() / (1 + u * u), 0, a)
    return (-square).exp() / (2 * acb.pi()) * inner


def _complement(h: acb, a: acb) -> acb:
    """By ``T(h, a) + T(a*h, 1/a) = (N(h) + N(a*h))/2 - N(h)*N(a*h)`` for a > 0, with N the normal distribution; odd in
    a, and even in h (Owen 1956)."""
    if a.real < 0:
        return -_complement(h, -a)
    h = -h if h.real < 0 else h
    one, other = (_beyond(v) for v in (h, a * h))
    return (one + other) / 2 - one * other - _owens_t(a * h, 1 / a)


def _beyond(x: acb) -> acb:
    """1 - N(x), with which the sum reads the same."""
    return (x / acb(2).sqrt()).erfc() / 2


def _marcum(m: acb, a: acb, b: acb) -> acb:
    """``sum exp(-s)*s**k/k! * Q(m + k, b**2/2)``, s = a**2/2, over k from 0; Q is at most 1, and so is what is left out
    at most the sum of the other weights, ``exp(-s)*s**n/n!/(1 - s/(n + 1))``."""
    s, t = a * a / 2, b * b / 2
    size, precise = abs(s), arb(2) ** -working_bits()
    weight, total = (-s).exp(), acb(0)
    for k in range(MAX_TERMS):
        total = total + weight * t.gamma_upper(m + k, regularized=1)
        weight = weight * s / (k + 1)
        ratio = size / (k + 2)
        if ratio < 1 and abs(weight) / (1 - ratio) < precise * abs(total):
            return total + acb(arb(0, (abs(weight) / (1 - ratio)).abs_upper()), arb(0))
    return acb(arb.nan())


def _inside_marcum(m: arb, a: arb, b: arb) -> bool | None:
    return within(above(m, 0), above(a, 0), above(b, 0))


def _edge_of_marcum(orders: Orders, m: arb, a: arb, b: arb) -> arb | None:
    """1 at b = 0; at a = 0 an incomplete gamma function."""
    if any(orders) or not m > 0:
        return None
    if b.is_zero():
        return arb(1)
    return (b * b / 2).gamma_upper(m, regularized=1) if a.is_zero() and b > 0 else None


def _everywhere(*_: arb) -> bool:
    return True


def _log_erfcx(x: acb) -> acb:
    return x * x + x.erfc().log()


FUNCTIONS = {
    "logerfc": Analytic("logerfc", lambda x: x.erfc().log(), _everywhere, lambda x: (arb(0.5),), limits=(1e8,)),
    "logerfcx": Analytic("logerfcx", _log_erfcx, _everywhere, lambda x: (arb(0.5),), limits=(1e8,)),
    "wofz_real": Analytic("wofz_real", _real, _everywhere, lambda x, y: (None, None), limits=(1e6, 1e6)),
    "wofz_imag": Analytic("wofz_imag", _imaginary, _everywhere, lambda x, y: (None, None), limits=(1e6, 1e6)),
    "owens_t": Analytic("owens_t", _owens_t, _everywhere, lambda h, a: (None, arb(0.5)), limits=(1e4, inf)),
    "marcumq": Analytic(
        "marcumq", _marcum, _inside_marcum, lambda m, a, b: (m / 2, a / 2, b / 2), _edge_of_marcum, (1e4, 60.0, 1e3)
    ),
}
