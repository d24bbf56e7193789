"""Special functions of mpmath under sympy's names, real and single-valued: nan where gradcli's have no value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracles.precise_certain import PreciseCertain

from gradcli.base.errors import LimitError
from gradcli.meaning.scalars import Scalar

# sympy's name -> mpmath's
SPECIAL = {
    "erfi": "erfi",
    "erfinv": "erfinv",
    "airyai": "airyai",
    "airybi": "airybi",
    "Ei": "ei",
    "li": "li",
    "Si": "si",
    "Ci": "ci",
    "Shi": "shi",
    "Chi": "chi",
    "fresnels": "fresnels",
    "fresnelc": "fresnelc",
    "elliptic_k": "ellipk",
    "rgamma": "rgamma",
}
MAX_ZETA = 150
MAX_NINES = 40
MAX_BITS = 40  # magnitude of an argument: mpmath sums hypergeometric series for as long as it takes


class PreciseFunctions(PreciseCertain):
    """What ``Precise`` has beside the elementary functions; ``real`` turns complex values and poles into nan."""

    context: Any  # mpmath's context, which has no types
    nan: Scalar
    real: Callable[..., Scalar]
    bounded: Callable[..., None]
    gamma: Callable[[Scalar], Scalar]

    def special(self, function: Callable[..., Scalar], *arguments: Scalar) -> Scalar:
        """``function`` of arguments of moderate size, finite or nan."""
        numbers = [self.context.mpf(x) for x in arguments]
        for x in numbers:
            if self.context.isinf(x):
                raise LimitError("a special function at infinity in the high-precision check", kind="unchecked")
            self.bounded(x, MAX_BITS)
        try:
            value = self.real(function, *numbers)
        except self.context.NoConvergence:
            raise LimitError("more terms than mpmath sums in the high-precision check", kind="unchecked") from None
        return value if self.context.isfinite(value) else self.nan

    def whole(self, n: Any) -> int:  # Any: an order as Python's, sympy's or mpmath's number
        return int(n)

    # -- Bessel functions

    def besselj(self, n: Any, x: Scalar) -> Scalar:  # Any: see whole
        order, sign = abs(self.whole(n)), -1 if self.whole(n) < 0 and self.whole(n) % 2 else 1
        return self.special(lambda v: sign * self.context.besselj(order, v), x)

    def bessely(self, n: Any, x: Scalar) -> Scalar:  # Any: see whole
        return self.special(lambda v: self.context.bessely(self.whole(n), v), x) if x > 0 else self.nan

    def besseli(self, n: Any, x: Scalar) -> Scalar:  # Any: see whole
        return self.special(lambda v: self.context.besseli(abs(self.whole(n)), v), x)

    def besselk(self, n: Any, x: Scalar) -> Scalar:  # Any: a real order
        order = self.context.mpf(int(n.p)) / int(n.q) if hasattr(n, "p") else n
        return self.special(lambda v: self.context.besselk(order, v), x) if x > 0 else self.nan

    def jn(self, n: Any, x: Scalar) -> Scalar:  # Any: see whole
        """Spherical Bessel functions, by parity for negative arguments."""
        n = self.whole(n)
        if x == 0:
            return self.context.mpf(n == 0) if n >= 0 else self.nan
        half = n + self.context.mpf(1) / 2
        size = self.special(
            lambda v: self.context.sqrt(self.context.pi / (2 * v)) * self.context.besselj(half, v), abs(x)
        )
        return -size if x < 0 and n % 2 else size

    def airyaiprime(self, x: Scalar) -> Scalar:
        return self.special(lambda v: self.context.airyai(v, derivative=1), x)

    def airybiprime(self, x: Scalar) -> Scalar:
        return self.special(lambda v: self.context.airybi(v, derivative=1), x)

    # -- gamma's relatives

    def gammainc(self, a: Scalar, x: Scalar) -> Scalar:
        return self.part(lambda a, x: self.context.gammainc(a, 0, x, regularized=True), a, x)

    def gammaincc(self, a: Scalar, x: Scalar) -> Scalar:
        return self.part(lambda a, x: self.context.gammainc(a, x, regularized=True), a, x)

    def part(self, function: Callable[..., Scalar], a: Scalar, x: Scalar) -> Scalar:
        """A part of a whole. Errors: LimitError where it is 1 to so many digits that its slope cannot be checked."""
        if not (a > 0 and x >= 0):
            return self.nan
        value = self.special(function, a, x)
        if x > 0 and abs(1 - value) < self.context.mpf(10) ** -MAX_NINES:
            raise LimitError(f"a part of a whole that is 1 to {MAX_NINES} digits", kind="unchecked")
        return value

    def lowergamma(self, a: Scalar, x: Scalar) -> Scalar:
        return self.gammainc(a, x) * self.gamma(self.context.mpf(a)) if a > 0 else self.nan

    def uppergamma(self, a: Scalar, x: Scalar) -> Scalar:
        return self.gammaincc(a, x) * self.gamma(self.context.mpf(a)) if a > 0 else self.nan

    def zeta(self, s: Scalar, q: Scalar | None = None) -> Scalar:
        if s > MAX_ZETA:
            raise LimitError(
                f"zeta beyond {MAX_ZETA}, where it is 1 to more digits than the check has", kind="unchecked"
            )
        if q is None or q == 1:
            return self.special(self.context.zeta, s)
        return self.special(self.context.zeta, s, q) if s > 1 and q > 0 else self.nan

    def multigammaln(self, x: Scalar, p: int) -> Scalar:
        if not 2 * x > p - 1:
            return self.nan
        parts = [self.special(self.context.loggamma, x - self.context.mpf(j) / 2) for j in range(p)]
        return self.context.mpf(p * (p - 1)) / 4 * self.context.log(self.context.pi) + sum(parts)

    def xlogy(self, x: Scalar, y: Scalar) -> Scalar:
        return x if x == 0 and y == y else x * self.special(self.context.log, y)

    # -- relatives of the error function

    def erfcinv(self, x: Scalar) -> Scalar:
        """erfinv(1 - x), with the digits that 1 - x takes."""
        if not 0 < x < 2:
            return self.nan
        with self.context.extradps(max(0, -int(self.context.mag(x))) // 3 + 5):
            value = self.special(self.context.erfinv, 1 - x)
        return +value

    def LambertW(self, x: Scalar, k: Any = 0) -> Scalar:  # noqa: N802 - sympy's name; Any: see whole
        k = self.whole(k)
        if k not in (0, -1) or (k == -1 and x >= 0):
            return self.nan
        return self.special(lambda v: self.kept(self.context.lambertw(v, k)), x)

    def kept(self, value: Scalar) -> Scalar:
        """The real part of a number without an imaginary one."""
        return value.real if isinstance(value, self.context.mpc) and value.imag == 0 else value

    # -- integrals

    def expint(self, n: Any, x: Scalar) -> Scalar:  # Any: see whole
        return self.special(lambda v: self.context.expint(self.whole(n), v), x) if x > 0 else self.nan

    def elliptic_e(self, m: Scalar) -> Scalar:
        return self.special(self.context.ellipe, m) if m < 1 else self.nan

    def elliptic_d(self, m: Scalar) -> Scalar:
        if m == 0:
            return self.context.pi / 4
        with self.context.extradps(max(0, -int(self.context.mag(m))) // 3 + 5):
            value = self.special(lambda v: (self.context.ellipk(v) - self.context.ellipe(v)) / v, m)
        return +value

    # -- orthogonal polynomials, from hypergeometric series

    def chebyshevt(self, n: int, x: Scalar) -> Scalar:
        return self.special(lambda v: self.context.chebyt(n, v), x)

    def chebyshevu(self, n: int, x: Scalar) -> Scalar:
        return self.special(lambda v: self.context.chebyu(n, v), x)

    def legendre(self, n: int, x: Scalar) -> Scalar:
        return self.special(lambda v: self.context.legendre(n, v), x)

    def laguerre(self, n: int, x: Scalar) -> Scalar:
        return self.special(lambda v: self.context.laguerre(n, 0, v), x)

    def hermite(self, n: int, x: Scalar) -> Scalar:
        return self.special(lambda v: self.context.hermite(n, v), x)

    def hermite_prob(self, n: int, x: Scalar) -> Scalar:
        root = self.context.sqrt(2)
        return self.special(lambda v: self.context.hermite(n, v / root), x) / root**n
