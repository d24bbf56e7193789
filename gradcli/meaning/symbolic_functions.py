"""Special functions of sympy, as the rows call them. Where sympy has no derivative, difference quotients take over."""

from __future__ import annotations

from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.meaning.scalars import Scalar, ScalarArithmetic

MAX_EXPANDED = 40  # the degree up to which sympy writes a polynomial out


class SymbolicFunctions(ScalarArithmetic):
    """What ``Symbolic`` has beside the elementary functions."""

    asec, acsc, acot, asech, acsch, acoth = sympy.asec, sympy.acsc, sympy.acot, sympy.asech, sympy.acsch, sympy.acoth
    besselj, bessely, besseli, besselk, jn = sympy.besselj, sympy.bessely, sympy.besseli, sympy.besselk, sympy.jn
    airyai, airybi, airyaiprime, airybiprime = sympy.airyai, sympy.airybi, sympy.airyaiprime, sympy.airybiprime
    Ei, li, Si, Ci, Shi, Chi, expint = sympy.Ei, sympy.li, sympy.Si, sympy.Ci, sympy.Shi, sympy.Chi, sympy.expint
    fresnels, fresnelc = sympy.fresnels, sympy.fresnelc
    elliptic_k, elliptic_e = sympy.elliptic_k, sympy.elliptic_e
    erfi, erfinv, erfcinv, LambertW = sympy.erfi, sympy.erfinv, sympy.erfcinv, sympy.LambertW
    lowergamma, uppergamma = sympy.lowergamma, sympy.uppergamma

    def zeta(self, s: Scalar, q: Scalar | None = None) -> Scalar:
        return sympy.zeta(s) if q is None else sympy.zeta(s, q)

    def gammainc(self, a: Scalar, x: Scalar) -> Scalar:
        return sympy.lowergamma(a, x) / sympy.gamma(a)

    def gammaincc(self, a: Scalar, x: Scalar) -> Scalar:
        return sympy.uppergamma(a, x) / sympy.gamma(a)

    def multigammaln(self, x: Scalar, p: int) -> Scalar:
        parts = [sympy.loggamma(x - sympy.Rational(j, 2)) for j in range(p)]
        return sympy.Rational(p * (p - 1), 4) * sympy.log(sympy.pi) + sympy.Add(*parts)

    def xlogy(self, x: Scalar, y: Scalar) -> Scalar:
        return x * sympy.log(y)

    def rgamma(self, x: Scalar) -> Scalar:
        return 1 / sympy.gamma(x)

    def elliptic_d(self, m: Scalar) -> Scalar:
        return (sympy.elliptic_k(m) - sympy.elliptic_e(m)) / m

    def polynomial(self, family: Any, n: int, x: Scalar) -> Scalar:  # Any: a class of sympy's
        if n > MAX_EXPANDED:
            raise LimitError(f"a polynomial of degree {n} is not written out", kind="unchecked")
        return family(n, x)

    def chebyshevt(self, n: int, x: Scalar) -> Scalar:
        return self.polynomial(sympy.chebyshevt, n, x)

    def chebyshevu(self, n: int, x: Scalar) -> Scalar:
        return self.polynomial(sympy.chebyshevu, n, x)

    def legendre(self, n: int, x: Scalar) -> Scalar:
        return self.polynomial(sympy.legendre, n, x)

    def laguerre(self, n: int, x: Scalar) -> Scalar:
        return self.polynomial(sympy.laguerre, n, x)

    def hermite(self, n: int, x: Scalar) -> Scalar:
        return self.polynomial(sympy.hermite, n, x)

    def hermite_prob(self, n: int, x: Scalar) -> Scalar:
        return self.polynomial(sympy.hermite_prob, n, x)
