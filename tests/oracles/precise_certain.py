"""mpmath's functions for those that FLINT computes in gradcli, by the names of their rows; nan where those have no value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.meaning.scalars import Scalar, ScalarArithmetic

Known = Callable[..., Any]  # Any: of mpmath's context and numbers -> such a number, complex where it is none
EXTRA = 30  # digits, for what is computed as a difference


def _positive(*numbers: Any) -> bool:  # Any: mpmath's numbers, as in all that follow
    return all(x > 0 for x in numbers)


def _part(m: Any, a: Any, b: Any, x: Any) -> Any:
    return m.betainc(a, b, 0, x, regularized=True) if _positive(a, b) and 0 <= x <= 1 else m.nan


def _inverse(m: Any, forward: Callable[[Any], Any], value: Any, low: Any, high: Any) -> Any:
    """By bisection in the logarithm, of a function that rises."""
    low, high = m.log(low), m.log(high)
    for _ in range(int(m.prec * 1.2) + 16):
        middle = (low + high) / 2
        low, high = (middle, high) if forward(m.exp(middle)) < value else (low, middle)
    return m.exp((low + high) / 2)


def _clear(m: Any, parameter: Any, phi: Any) -> bool:
    return bool(parameter < 1 or (abs(phi) < m.pi / 2 and parameter * m.sin(phi) ** 2 < 1))


def _pi(m: Any, n: Any, phi: Any, parameter: Any) -> Any:
    inside = _clear(m, parameter, phi) and _clear(m, n, phi)
    return m.ellippi(n, phi, parameter) if inside else m.nan


def _jacobi(kind: str) -> Known:
    def value(m: Any, u: Any, parameter: Any) -> Any:
        return m.re(m.ellipfun(kind, u, m=parameter)) if parameter <= 1 else m.nan

    return value


def _am(m: Any, u: Any, parameter: Any) -> Any:
    if parameter > 1:
        return m.nan
    if parameter == 1:
        return m.atan(m.sinh(u))
    sine, cosine = _jacobi("sn")(m, u, parameter), _jacobi("cn")(m, u, parameter)
    turns = m.floor((u / m.ellipk(parameter) + 2) / 4)
    return m.atan2(sine, cosine) + 2 * m.pi * turns


def _airy(kind: str, slope: int) -> Known:
    def value(m: Any, x: Any) -> Any:
        plain = getattr(m, f"airy{kind}")(x, derivative=slope)
        scale = m.exp(2 * x * m.sqrt(x) / 3) if x >= 0 else m.mpf(1)
        if kind == "bi":
            return plain / scale
        return plain * scale if x >= 0 else m.nan

    return value


def _kelvin(kind: str, slope: int) -> Known:
    def value(m: Any, x: Any) -> Any:
        w = m.expjpi(m.mpf(3 if kind.startswith("be") else 1) / 4)
        if kind.startswith("ke") and x <= 0:
            return m.nan
        bessel = m.besselj if kind.startswith("be") else m.besselk
        found = -w * bessel(1, x * w) if slope else bessel(0, x * w)
        return found.real if kind.endswith("r") else found.imag

    return value


def _of_order(function: str) -> Known:
    def value(m: Any, v: Any, x: Any) -> Any:
        return getattr(m, function)(v, x) if x > 0 else m.nan

    return value


def _wofz(m: Any, x: Any, y: Any) -> Any:
    z = m.mpc(x, y)
    return m.exp(-z * z) * m.erfc(-1j * z)


def _owens_t(m: Any, h: Any, a: Any) -> Any:
    return m.quad(lambda u: m.exp(-h * h * (1 + u * u) / 2) / (1 + u * u), [0, a / 2, a]) / (2 * m.pi)


def _marcum(m: Any, order: Any, a: Any, b: Any) -> Any:
    if not _positive(order, a, b):
        return m.nan
    total, weight, k = m.mpf(0), m.exp(-a * a / 2), 0
    while weight > m.eps * total or k < 10:
        total += weight * m.gammainc(order + k, b * b / 2, regularized=True)
        k += 1
        weight *= a * a / 2 / k
    return total


def _at_zero(limit: Any, function: Callable[[Any, Any], Any]) -> Known:
    return lambda m, x: m.mpf(limit) if x == 0 else function(m, x)


def _polylog(m: Any, s: Any, x: Any) -> Any:
    if x == 1:
        return m.zeta(s) if s > 1 else m.nan
    return m.re(m.polylog(s, x)) if x < 1 else m.nan


def _inverse_of_beta(m: Any, a: Any, b: Any, p: Any, upper: bool) -> Any:
    if not _positive(a, b) or not 0 <= p <= 1:
        return m.nan
    sought = 1 - p if upper else p
    ends = {0: m.mpf(0), 1: m.mpf(1)}
    return ends[int(sought)] if sought in (0, 1) else _inverse(m, lambda x: _part(m, a, b, x), sought, m.eps**20, 1)


def _inverse_of_gamma(m: Any, a: Any, p: Any, upper: bool) -> Any:
    inside = a > 0 and (0 < p <= 1 if upper else 0 <= p < 1)
    if not inside or p == int(upper):
        return m.mpf(0) if inside else m.nan
    return _inverse(m, lambda x: m.gammainc(a, 0, x, regularized=True), 1 - p if upper else p, m.eps**20, 2 * a + 3000)


KNOWN: dict[str, Known] = {
    "betainc": _part,
    "betaincc": lambda m, a, b, x: _part(m, b, a, 1 - x),
    "betaincinv": lambda m, a, b, p: _inverse_of_beta(m, a, b, p, False),
    "betainccinv": lambda m, a, b, q: _inverse_of_beta(m, a, b, q, True),
    "gammaincinv": lambda m, a, p: _inverse_of_gamma(m, a, p, False),
    "gammainccinv": lambda m, a, q: _inverse_of_gamma(m, a, q, True),
    "invdigamma": lambda m, x: _inverse(m, m.digamma, x, m.mpf(10) ** -30, m.mpf(10) ** 30),
    "wrightomega": lambda m, x: m.lambertw(m.exp(x)),
    "hyp0f1": lambda m, b, x: m.hyp0f1(b, x),
    "hyp1f1": lambda m, a, b, x: m.hyp1f1(a, b, x),
    "hyp2f1": lambda m, a, b, c, x: m.hyp2f1(a, b, c, x),
    "hyperu": lambda m, a, b, x: m.hyperu(a, b, x) if x > 0 else m.nan,
    "jv": _of_order("besselj"),
    "yv": _of_order("bessely"),
    "iv": _of_order("besseli"),
    "kv": _of_order("besselk"),
    "ive": lambda m, v, x: _of_order("besseli")(m, v, x) * m.exp(-x),
    "kve": lambda m, v, x: _of_order("besselk")(m, v, x) * m.exp(x),
    "struve": _of_order("struveh"),
    "modstruve": _of_order("struvel"),
    **{kind: _kelvin(kind, 0) for kind in ("ber", "bei", "ker", "kei")},
    **{f"{kind}p": _kelvin(kind, 1) for kind in ("ber", "bei", "ker", "kei")},
    "airyaix": _airy("ai", 0),
    "airyaiprimex": _airy("ai", 1),
    "airybix": _airy("bi", 0),
    "airybiprimex": _airy("bi", 1),
    "ellipkinc": lambda m, phi, k: m.ellipf(phi, k) if _clear(m, k, phi) else m.nan,
    "ellipeinc": lambda m, phi, k: m.ellipe(phi, k) if _clear(m, k, phi) else m.nan,
    "elliptic_pi": _pi,
    "ellippi": lambda m, n, k: m.ellippi(n, k) if n < 1 and k < 1 else m.nan,
    "elliprc": lambda m, x, y: m.elliprc(x, y) if _positive(x, y) else m.nan,
    "elliprd": lambda m, x, y, z: m.elliprd(x, y, z) if _positive(x, y, z) else m.nan,
    "elliprf": lambda m, x, y, z: m.elliprf(x, y, z) if _positive(x, y, z) else m.nan,
    "elliprg": lambda m, x, y, z: m.elliprg(x, y, z) if _positive(x, y, z) else m.nan,
    "elliprj": lambda m, x, y, z, p: m.elliprj(x, y, z, p) if _positive(x, y, z, p) else m.nan,
    **{f"jacobi_{kind}": _jacobi(kind) for kind in ("sn", "cn", "dn")},
    "jacobi_am": _am,
    "poch": lambda m, a, k: m.rf(a, k),
    "exprel": _at_zero(1, lambda m, x: m.expm1(x) / x),
    "log1prel": _at_zero(1, lambda m, x: m.log1p(x) / x),
    "log1pmx": lambda m, x: m.log1p(x) - x,
    "logerfc": lambda m, x: m.log(m.erfc(x)),
    "logerfcx": lambda m, x: x * x + m.log(m.erfc(x)),
    "polylog": _polylog,
    "lerchphi": lambda m, z, s, a: m.lerchphi(z, s, a) if z < 1 and a > 0 else m.nan,
    "spence": lambda m, x: m.re(m.polylog(2, 1 - x)) if x >= 0 else m.nan,
    "dirichlet_eta": lambda m, s: m.altzeta(s),
    "dirichlet_beta": lambda m, s: m.dirichlet(s, [0, 1, 0, -1]),
    "clausen": lambda m, x: m.clsin(2, x),
    "wofz_real": lambda m, x, y: _wofz(m, x, y).real,
    "wofz_imag": lambda m, x, y: _wofz(m, x, y).imag,
    "owens_t": _owens_t,
    "marcumq": _marcum,
}


class PreciseCertain(ScalarArithmetic):
    """What ``Precise`` has of them."""

    context: Any  # mpmath's context, which has no types
    special: Callable[..., Scalar]

    def known(self, name: str) -> Callable[..., Scalar]:
        """With digits to spare, as differences are taken inside."""

        def function(*operands: Scalar) -> Scalar:
            with self.context.extradps(EXTRA):
                found = self.special(lambda *numbers: self.kept_real(KNOWN[name](self.context, *numbers)), *operands)
            return +found

        return function

    def kept_real(self, value: Scalar) -> Scalar:
        """The real part of a number with next to no imaginary one."""
        complex_ = isinstance(value, self.context.mpc)
        return value.real if complex_ and abs(value.imag) <= abs(value) * self.context.eps * 2**20 else value
